"""report --check: the numbers of a report that people wrote, each held against the rows."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from app.wording import Lang, chosen_lang, text
from flows.commands.figures import check_unit, current_snapshot
from flows.commands.shared import Refused, err, out, print_json, print_table, say
from flows.settings import Settings

if TYPE_CHECKING:
    from app.report.checking import Checked
    from app.report.drafts import Draft
    from warehouse.declarations import Declarations

CheckOption = Annotated[
    Path | None,
    typer.Option(
        "--check", help="核对文稿中的数字，- 为粘贴；有不符也是0 / hold a text's numbers against the rows; exit code 0"
    ),
]
PASTED = "-"
COLOURS = {"agrees": "green", "differs": "red", "no_rows": "yellow", "not_traced": "dim", "not_placed": "yellow"}
AROUND = 14
ENDS = re.compile(r"[。；;！？\n]")


def check_report(
    settings: Settings, path: Path, year: str | None, unit: str | None, json: bool, is_alone: bool = True
) -> None:
    """Print what became of every number of the file. Refuses what is no report, and a text that names no year."""
    from app.report.checking import check_draft, year_of
    from app.report.drafts import DraftRefused
    from app.report.figures import Figures
    from app.report.phrases import patterns_of

    if not is_alone:
        raise Refused(say("check_alone"))
    try:
        draft = _draft(path)
    except DraftRefused as error:
        raise Refused(str(error)) from None
    asked = year or year_of(draft)
    if asked is None:
        raise Refused(say("check_no_year", file=path))
    if year is None:
        err.print(escape(say("check_year", year=asked)))
    with current_snapshot(settings) as snapshot:
        whose = check_unit(snapshot, unit)
        found = check_draft(
            Figures(snapshot, asked), draft, patterns_of(snapshot.declarations, settings.place.catalogue), whose
        )
        if json:
            print_json([one.as_json() for one in found])
        else:
            _tell(path, asked, whose, found, snapshot.declarations, draft)


def _draft(path: Path) -> Draft:
    from app.report.drafts import MOST_BYTES, draft_of, read_draft

    if str(path) != PASTED:
        return read_draft(path)
    return draft_of(sys.stdin.buffer.read(MOST_BYTES + 1), text("report.check.pasted", chosen_lang()))


def _tell(
    path: Path, year: str, unit: str | None, found: list[Checked], declarations: Declarations, draft: Draft
) -> None:
    """A table, what differs first, and how many of each."""
    from app.report.check_words import check_word, counted_words, difference_words
    from app.report.checking import STATES

    lang = chosen_lang()
    whose = getattr(declarations.units[unit].label, lang) if unit else check_word("county", lang)
    name = check_word("pasted", lang) if str(path) == PASTED else path.name
    rows = sorted(found, key=lambda one: STATES.index(one.state))
    print_table(
        escape(check_word("title", lang, file=name, year=year, whose=whose)),
        [check_word(column, lang) for column in ("state", "written", "metric", "counted", "difference")],
        (
            (
                f"[{COLOURS[one.state]}]{check_word(f'states.{one.state}', lang)}[/]",
                _in_sentence(one, draft),
                _metric(one, declarations, lang),
                _counted(*counted_words(one)),
                escape(difference_words(one, declarations, lang)),
            )
            for one in rows
        ),
        say("check_none"),
    )
    for command in dict.fromkeys(one.trace for one in rows if one.state == "differs" and one.trace):
        out.print(escape(say("check_trace", command=command)))
    counts = Counter(one.state for one in found)
    told = [f"{check_word(f'states.{state}', lang)} {counts[state]}" for state in STATES if counts[state]]
    if told:
        out.print(
            escape(say("check_summary", count=len(found), counts="，".join(told) if lang == "zh" else ", ".join(told)))
        )


def _in_sentence(one: Checked, draft: Draft) -> str:
    """The number as written, and below it the words around it."""
    before = ENDS.split(draft.text[max(0, one.start - AROUND) : one.start])[-1]
    after = ENDS.split(draft.text[one.end : one.end + AROUND])[0]
    return (
        f"[bold]{escape(one.written)}[/]\n[dim]{escape(before)}[/][bold]{escape(one.written)}[/][dim]{escape(after)}[/]"
    )


def _metric(one: Checked, declarations: Declarations, lang: Lang) -> str:
    if one.figure is None:
        return ""
    label = getattr(declarations.metrics[one.figure.metric].label, lang)
    return f"{escape(label)}\n[dim]{one.figure.metric} {one.figure.period}[/]"


def _counted(printed: str, sides: str) -> str:
    return f"{escape(printed)}  [dim]{sides}[/]" if sides else escape(printed)
