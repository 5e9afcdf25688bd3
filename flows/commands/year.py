"""year open: the turn to a new year."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from app.wording import chosen_lang
from flows.commands.shared import (
    HomeOption,
    JsonOption,
    Refused,
    existing_home,
    out,
    print_json,
    print_table,
    say,
    speaks_plainly,
)

if TYPE_CHECKING:
    from flows.turning import OpenedYear

year_app = typer.Typer(help="年度 / years: open", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this group."""
    app.add_typer(year_app, name="year")
    year_app.callback()(years)
    year_app.command("open")(speaks_plainly(open_))


def years() -> None:
    """年度 / years."""


def open_(
    year: Annotated[str, typer.Argument(help="年度 / the year, as 2025")],
    home: HomeOption = None,
    json: JsonOption = False,
    who: Annotated[str | None, typer.Option("--who", help="谁打开 / who opens it")] = None,
) -> None:
    """打开新年度 / open a year: targets copied, what is still to be given listed, findings and cases go on.

    再次运行不改动任何内容，也不覆盖手工修改 / done again it changes nothing, and never what a clerk wrote.
    """
    from flows.turning import YearRefused, open_year

    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Refused(f"“{year}”不是年度，请写成2025 / is no year: write 2025")
    settings = existing_home(home)
    try:
        opened = open_year(settings, int(year), (who or "").strip() or getpass.getuser())
    except YearRefused as error:
        raise Refused(str(error)) from None
    if json:
        print_json(_plain(opened))
    else:
        _tell(opened)


def _plain(opened: OpenedYear) -> dict[str, object]:
    targets = opened.targets
    return {
        "year": opened.year, "changed": opened.has_changed, "targets_copied": list(targets.copied),
        "targets_given": len(targets.given), "targets_by_hand": list(targets.by_hand),
        "files": list(map(str, targets.files)), "folders": opened.folders,
        "to_give": [vars(one) for one in opened.to_give], "open_findings": opened.open_findings,
        "held": opened.held, "running_cases": opened.running, "previous_year_signed": opened.is_signed,
    }  # fmt: skip


def _tell(opened: OpenedYear) -> None:
    targets, year, before = opened.targets, opened.year, opened.year - 1
    if not opened.has_changed:
        out.print(say("year.nothing", year=year))
    if targets.copied:
        files = ", ".join(f"targets/{path.name}" for path in targets.files)
        out.print(escape(say("year.copied", count=len(targets.copied), year=year, before=before, files=files)))
    for metric in targets.by_hand:
        out.print(escape(say("year.by_hand", metric=metric, year=year)))
    for folder in opened.folders:
        out.print(escape(say("year.folder", folder=folder)))
    print_table(
        say("year.to_give", year=year),
        (say("year.head.where"), say("year.head.what")),
        ((one.subject, escape(one.say if chosen_lang() == "zh" else one.say_en)) for one in opened.to_give),
        say("year.all_given"),
    )
    running = sum(opened.running.values())
    out.print(say("year.goes_on", findings=opened.open_findings, cases=running, held=opened.held, year=year))
    out.print(say("year.signed" if opened.is_signed else "year.unsigned", before=before))
