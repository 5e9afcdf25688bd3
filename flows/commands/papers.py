"""paper: documents that a person signs, drafted when asked for and never by themselves."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from app.wording import chosen_lang, text
from flows.commands.figures import current_snapshot
from flows.commands.kept_files import write_whole
from flows.commands.shared import (
    HomeOption,
    JsonOption,
    Refused,
    day_asked,
    existing_home,
    out,
    print_json,
    print_table,
    say,
    speaks_plainly,
)
from flows.settings import Settings

if TYPE_CHECKING:
    from warehouse.document_numbers import Kind, NumberedDocument

paper_app = typer.Typer(
    help="公文 / documents to sign: notice, supervise, ledger, visit, numbers", no_args_is_help=True
)
FindingsArgument = Annotated[list[int], typer.Argument(help="问题编号，可写多个 / findings of one unit")]
DocxOption = Annotated[Path, typer.Option("--out", help="写到哪个docx / the docx to write")]
ByOption = Annotated[str | None, typer.Option("--by", help="整改期限 / deadline, 2025-03-31; else the findings' own")]
NewOption = Annotated[bool, typer.Option("--new", help="另取新号 / another number for the same findings")]
WhoOption = Annotated[str, typer.Option("--who", help="经办人，默认当前用户 / by whom; else this user")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(paper_app, name="paper")
    paper_app.command("notice")(speaks_plainly(notice))
    paper_app.command("supervise")(speaks_plainly(supervise))
    paper_app.command("numbers")(speaks_plainly(numbers))


def notice(
    findings: FindingsArgument,
    out_path: DocxOption,
    home: HomeOption = None,
    json: JsonOption = False,
    by: ByOption = None,
    new: NewOption = False,
    who: WhoOption = "",
) -> None:
    """整改通知书草稿 / a rectification notice with its number, for a person to sign and seal."""
    _draft("notice", findings, out_path, existing_home(home), json, by, new, who)


def supervise(
    findings: FindingsArgument,
    out_path: DocxOption,
    home: HomeOption = None,
    json: JsonOption = False,
    by: ByOption = None,
    new: NewOption = False,
    who: WhoOption = "",
) -> None:
    """督办单草稿 / a supervision order with its number, for a leader's instruction and a person's seal."""
    _draft("supervision", findings, out_path, existing_home(home), json, by, new, who)


def numbers(home: HomeOption = None, json: JsonOption = False) -> None:
    """文号登记 / the numbers that were given, to whom, about what, by whom."""
    from app.letters.cell_words import unit_words
    from warehouse.declarations import read_declarations
    from warehouse.document_numbers import numbered_documents
    from warehouse.ledger import open_ledger

    settings, lang = existing_home(home), chosen_lang()
    with open_ledger(settings.place, read_only=True) as ledger:
        documents = numbered_documents(ledger)
    if json:
        print_json([{**vars(one), "number": _number(settings, one)} for one in documents])
        return
    declared = read_declarations(settings.place.catalogue)
    print_table(
        say("paper.numbers"),
        [say(f"paper.head.{name}") for name in ("number", "kind", "unit", "findings", "by", "on", "who")],
        (
            (_number(settings, one), text(f"papers.kinds.{one.kind}", lang), unit_words(one.unit, declared, lang),
             ", ".join(map(str, one.findings)), one.by_day, one.on_day, escape(one.who))
            for one in documents
        ),
        say("paper.no_numbers"),
    )  # fmt: skip


def _number(settings: Settings, document: NumberedDocument) -> str:
    mark = _mark(settings, document.kind) or text(f"papers.mark.{document.kind}", "zh")
    return text("papers.number", "zh", mark=mark, year=document.year, number=document.number)


def _mark(settings: Settings, kind: Kind) -> str:
    return settings.papers.notice_mark if kind == "notice" else settings.papers.supervision_mark


def _draft(
    kind: Kind, findings: list[int], path: Path, settings: Settings, json: bool, by: str | None, new: bool, who: str
) -> None:
    """Take the number, then write the draft; drafted again, the same findings keep their number."""
    from app.papers.cases import case_of, deadline_of
    from app.papers.notices import Paper, write_paper
    from flows.checkups import latest_day
    from warehouse.document_numbers import take_number
    from warehouse.ledger import open_ledger

    check_docx(path)
    today = latest_day(settings)
    with current_snapshot(settings) as snapshot, open_ledger(settings.place) as ledger:
        rows = _findings_of(ledger.findings(), findings)
        cases = tuple(case_of(snapshot, row) for row in rows)
        by_day = (
            (day_asked(by) if by else None) or (None if new else _given(ledger, kind, rows)) or deadline_of(rows, today)
        )
        if by_day is None:
            raise Refused(say("paper.no_deadline"))
        ids = [row["id"] for row in rows]
        history = {number: ledger.finding_events(number) for number in ids}
        taken = take_number(ledger, kind, rows[0]["owner"], ids, by_day, who or getpass.getuser(), today, new)
        paper = Paper(
            taken, cases, _mark(settings, kind), snapshot.meta["night"], snapshot.as_of, settings.county.sample, history
        )
        write_whole(path, write_paper(paper))
    told = {"number": paper.number, "unit": taken.unit, "by": taken.by_day.isoformat(), "file": str(path)}
    print_json(told) if json else out.print(escape(say("paper.drafted", **told | {"unit": paper.unit})))


def _findings_of(known: list[dict[str, Any]], asked: list[int]) -> list[dict[str, Any]]:
    """The findings asked for. Refuses unknown ones, several units, and what no paper is drafted about."""
    from app.papers.cases import NotForPaper, check_for_paper

    by_id = {row["id"]: row for row in known}
    if unknown := [number for number in asked if number not in by_id]:
        raise Refused(f"没有编号为 {unknown[0]} 的问题 / no finding {unknown[0]}")
    rows = [by_id[number] for number in dict.fromkeys(asked)]
    if len({row["owner"] for row in rows}) > 1:
        raise Refused(say("paper.one_unit"))
    try:
        for row in rows:
            check_for_paper(row)
    except NotForPaper as error:
        raise Refused(str(error)) from None
    return rows


def _given(ledger: Any, kind: Kind, rows: list[dict[str, Any]]) -> date | None:
    """The deadline under the number that these findings have already."""
    from warehouse.document_numbers import numbered_documents

    ids = tuple(sorted(row["id"] for row in rows))
    return next((one.by_day for one in reversed(numbered_documents(ledger)) if (one.kind, one.findings) == (kind, ids)),
                None)  # fmt: skip


def check_docx(path: Path) -> None:
    """Refuses another kind of file than docx."""
    if path.suffix.lower() != ".docx":
        raise Refused(say("print_docx", file=path.name))
