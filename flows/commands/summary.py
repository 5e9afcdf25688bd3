"""What a clerk reads when the night is over: files, rows, standings, findings, letters, where to look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from app.wording import LANGS, chosen_lang, standing_word, text
from flows.commands.shared import out, say
from flows.night import Summary
from flows.settings import Settings
from warehouse.declarations import read_declarations

LETTERS = ("leader", "office", "receipts", "sent", "waiting", "failed", "written")
STATES = ("in_force", "replaced", "duplicate", "refused", "held")


def print_summary(summary: Summary, settings: Settings) -> None:
    """What a clerk reads when the night is over: files, rows, standings, findings, letters, where to look."""
    county = {"county": settings.county.name, "county_en": settings.county.name_en}
    title = say("summary_title", **county, date=summary.business_date)
    mark = f"【{say('sample')}】" if summary.sample else ""
    table = Table(title=f"{mark}{title}", title_justify="left", show_header=False, show_edge=False, title_style="bold")
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    counts: dict[str, Any] = dict.fromkeys(STATES, 0) | summary.deliveries
    _line(table, "files", say("files_line", files=summary.files, **counts))
    if summary.waiting:
        _line(table, "files", say("waiting_line", waiting=summary.waiting))
    rows = {name: f"{getattr(summary, name):,}" for name in ("rows", "loaded", "quarantined", "listed")}
    _line(table, "rows", say("rows_line", **rows))
    words = [f"{standing_word(name, chosen_lang())} {count}" for name, count in summary.standings.items() if count]
    _line(table, "standings", "  ".join(words))
    if summary.provisional:
        days = {"count": sum(summary.provisional.values()), "datasets": len(summary.provisional)}
        _line(table, "deadlines", say("provisional_line", **days))
    changes: dict[str, Any] = dict.fromkeys(("new", "worse", "put_right", "relapsed"), 0) | summary.changes
    _line(table, "findings", say("findings_line", **changes, open=summary.open_findings))
    letters: dict[str, Any] = dict.fromkeys(LETTERS, 0) | summary.letters
    letters["letters"] = letters.pop("letter", 0)
    _line(table, "letters", say("letters_line", **letters))
    if summary.lake:
        _line(table, "lake", say("lake_failed" if "failed" in summary.lake else "lake_line", **summary.lake))
    home = _shown(settings.home)
    _line(table, "where", say("where_view", port=settings.ports.view))
    table.add_row("", escape(say("where_letters", path=f"{home}/letters/{summary.night}")))
    table.add_row("", escape(say("where_trace", home=home)))
    out.print(table)
    if summary.missed:
        dates = "、".join(day.isoformat() for day in summary.missed[:5])
        out.print(say("missed", count=len(summary.missed), dates=dates))
    if summary.refused:
        roster = read_declarations(settings.place.catalogue).units
        units = {name: getattr(unit.label, chosen_lang()) for name, unit in roster.items()}
        out.print(f"\n[bold]{say('refused_title')}[/]")
        for one in summary.refused:
            why = one["say"] if chosen_lang() == "zh" else one["say_en"]
            out.print(escape(f"  · {units.get(one['supplier'], one['supplier'])} / {one['file']}: {why}"))
    if summary.dry_run:
        out.print(say("dry_run"))


def _line(table: Table, key: str, words: str) -> None:
    table.add_row(" ".join(text(f"cli.{key}", lang) for lang in LANGS), escape(words))


def _shown(home: Path) -> str:
    """The home as a person would type it."""
    return str(home.relative_to(Path.cwd())) if home.is_relative_to(Path.cwd()) else str(home)
