"""paper ledger, paper visit: the rectification ledger, and the sheet for a visit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from flows.commands.figures import current_snapshot
from flows.commands.kept_files import write_whole
from flows.commands.papers import DocxOption, check_docx, paper_app
from flows.commands.shared import (
    HomeOption,
    JsonOption,
    Refused,
    UnitOption,
    existing_home,
    out,
    print_json,
    say,
    speaks_plainly,
    unit_named,
)


def register(_app: object) -> None:
    """Add these commands to `paper`."""
    paper_app.command("ledger")(speaks_plainly(ledger_of))
    paper_app.command("visit")(speaks_plainly(visit))


def ledger_of(
    out_path: Annotated[Path, typer.Option("--out", help="docx 或 xlsx / a docx or xlsx to write")],
    home: HomeOption = None,
    json: JsonOption = False,
    unit: UnitOption = None,
    year: Annotated[str | None, typer.Option("--year", help="只列该年度的 / of this year only")] = None,
    only_open: Annotated[bool, typer.Option("--open", help="只列未销号的 / open ones only")] = False,
) -> None:
    """整改台账 / all findings, open and closed, as docx or xlsx: measures, deadline, progress, evidence, closing."""
    from app.letters.cell_words import unit_words
    from app.papers.rectification import Rectifications, rectification_line, write_docx, write_xlsx
    from expectations.carried import DONE
    from warehouse.ledger import open_ledger

    writers = {".docx": write_docx, ".xlsx": write_xlsx}
    if out_path.suffix.lower() not in writers:
        raise Refused(say("paper.ledger_kind", file=out_path.name))
    settings = existing_home(home)
    with current_snapshot(settings) as snapshot, open_ledger(settings.place) as book:
        declared = snapshot.declarations
        owner = None if unit is None else unit_named(declared.units, unit)
        rows = [
            row
            for row in book.findings(owner=owner)
            if year in (None, str(row["period"])[:4]) and not (only_open and row["state"] in DONE)
        ]
        lines = tuple(
            rectification_line(number, row, book.finding_events(row["id"]), declared)
            for number, row in enumerate(rows, start=1)
        )
        of = unit_words(owner, declared, "zh") if owner else settings.county.name
        ledger = Rectifications(lines, of, snapshot.as_of, snapshot.meta["night"], settings.county.sample)
    write_whole(out_path, writers[out_path.suffix.lower()](ledger))
    told: dict[str, Any] = {"findings": [row["id"] for row in rows], "file": str(out_path)}
    print_json(told) if json else out.print(escape(say("paper.ledger_written", count=len(rows), file=out_path)))


def visit(
    unit: Annotated[str, typer.Argument(help="单位 id 或名称 / a unit's id or name")],
    out_path: DocxOption,
    home: HomeOption = None,
    json: JsonOption = False,
    year: Annotated[
        str | None, typer.Option("--year", help="年度，默认上一年 / else the last year that is over")
    ] = None,
) -> None:
    """核查单 / a sheet for a visit: the unit's figures, ten rows drawn at random, open findings, lines to sign."""
    from app.papers.visit_sheet import write_visit_sheet
    from app.report.figures import Figures
    from expectations.carried import DONE
    from warehouse.ledger import open_ledger

    check_docx(out_path)
    if year is not None and not (year.isascii() and year.isdigit() and len(year) == 4):
        raise Refused(f"“{year}”不是年度，请写成2024 / is no year: write 2024")
    settings = existing_home(home)
    with current_snapshot(settings) as snapshot, open_ledger(settings.place, read_only=True) as book:
        asked = unit_named(snapshot.declarations.units, unit)
        figures = Figures(snapshot, year or str(snapshot.as_of.year - 1))
        findings = [row for row in book.findings(owner=asked) if row["state"] not in DONE]
        if asked not in figures.units and not findings:
            raise Refused(say("report_nothing_of", unit=unit, year=figures.year))
        write_whole(out_path, write_visit_sheet(figures, asked, findings, settings.county.sample))
    told = {"unit": asked, "year": figures.year, "file": str(out_path)}
    print_json(told) if json else out.print(escape(say("paper.visit_written", **told | {"unit": unit})))
