"""核查单: for a visit to a unit, its figures, ten rows drawn at random to be held against the papers, lines to sign."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docx.shared import Mm, Pt

from app.letters.cell_words import LEFT_OUT, number_words, place_words, said, unit_words, value_words
from app.letters.sentences import finding_label
from app.report.figures import Figures
from app.report.paper import LINE, add_line, add_table, fill_row, new_paper, packed
from app.wording import day_words, standing_word, state_word, text
from expectations.standings import WORST_FIRST, worst
from warehouse.masking import mask_text

Row = Mapping[str, Any]
DRAWN, CELLS_SHOWN, MOST_TRIES, MOST_FIGURES = 10, 6, 200, 20
UNJUDGED = ("not_due", "not_applicable")
FIGURES = {"metric": Mm(66), "value": Mm(24), "sides": Mm(24), "standing": Mm(20), "check": Mm(22)}
ROWS = {"number": Mm(12), "metric": Mm(28), "place": Mm(40), "cells": Mm(56), "check": Mm(20)}
FINDINGS = {"finding": Mm(12), "matter": Mm(90), "until": Mm(30), "check": Mm(24)}


def write_visit_sheet(figures: Figures, unit: str, findings: Sequence[Row], is_sample: bool) -> bytes:
    """The sheet as docx. The same night, unit and year give the same rows, so that it can be printed again.

    `findings`: the unit's own that nobody closed yet.
    """
    document = new_paper(text("report.sample_header", "zh") if is_sample else "")
    document.core_properties.comments = ""
    snapshot, declared = figures.snapshot, figures.declarations
    add_line(document, "title", _word("title"))
    addressee = add_line(document, "addressee", _word("addressee", unit=unit_words(unit, declared, "zh")))
    addressee.paragraph_format.space_before = LINE
    day, night = day_words(snapshot.as_of, "zh"), snapshot.meta["night"]
    add_line(document, "body", _word("lead", day=day, night=night, year=figures.year))
    add_line(document, "heading", _word("figures"))
    listed = _figure_lines(figures, unit)
    _table(document, FIGURES, listed[:MOST_FIGURES], _word("no_figures"))
    if len(listed) > MOST_FIGURES:
        add_line(document, "note", _word("more_figures", count=len(listed) - MOST_FIGURES))
    add_line(document, "heading", _word("rows")).paragraph_format.space_before = Pt(12)
    drawn = [_drawn_line(figures, number, *one) for number, one in enumerate(draw_rows(figures, unit), start=1)]
    if drawn:
        add_line(document, "note", _word("rows_lead", count=len(drawn))).paragraph_format.space_after = Pt(4)
    _table(document, ROWS, drawn, _word("no_rows"))
    add_line(document, "heading", _word("findings")).paragraph_format.space_before = Pt(12)
    _table(document, FINDINGS, [_finding_line(figures, one) for one in findings], _word("no_findings"))
    _add_end(document, figures, unit)
    return packed(document)


def _word(key: str, **values: object) -> str:
    return text(f"papers.visit.{key}", "zh", **values)


def _figure_lines(figures: Figures, unit: str) -> list[list[str]]:
    """The unit's judged figures of the year, the worst first."""
    own = figures.units.get(unit, {})
    judged: dict[str, list[Any]] = defaultdict(list)
    for row in figures.standings:
        if row["unit"] == unit and row["metric"] in own and row["standing"] not in UNJUDGED:
            judged[row["metric"]].append(row["standing"])
    found = {name: worst(standings) for name, standings in judged.items()}
    lines = []
    for name in sorted(found, key=lambda one: WORST_FIRST.index(found[one])):
        metric, sides = figures.declarations.metrics[name], (own[name]["numerator"], own[name]["denominator"])
        value = figures.print(metric, name, figures.year, *sides)
        counted = text("papers.visit.sides", "zh").join(number_words(side) for side in sides if side is not None)
        lines.append([said(metric.label, "zh"), value, counted, standing_word(found[name], "zh"), ""])
    return lines


def draw_rows(figures: Figures, unit: str, wanted: int = DRAWN) -> list[tuple[str, Row]]:
    """At most `wanted` rows of files behind the unit's figures of the year, ids masked, each with its metric.

    A metric is drawn first and a row of it then, so that a long file does not crowd out the short ones.
    """
    own = figures.units.get(unit, {})
    names = sorted(name for name in own if figures.declarations.reads(figures.declarations.metrics[name].of))
    found: dict[tuple[Any, ...], tuple[str, Row]] = {}
    for name, row in _draws(figures, unit, names) if names else ():
        place = tuple(row.get(key) for key in ("_delivery", "_file", "_sheet", "_row"))
        if row.get("_delivery"):  # what the county itself declares is on no paper
            found.setdefault(place, (name, row))
        if len(found) == wanted:
            break
    return list(found.values())


def _draws(figures: Figures, unit: str, names: Sequence[str]) -> Iterator[tuple[str, Row]]:
    """Rows as chance gives them, the same chance for the same night, unit and year."""
    chance = random.Random(f"{figures.snapshot.meta['night']}:{unit}:{figures.year}")
    counts: dict[str, int] = {}
    for _ in range(MOST_TRIES):
        name = chance.choice(names)
        if name not in counts:
            counts[name] = figures.snapshot.trace_count(name, figures.year, unit=unit)
        if counts[name]:
            at = chance.randrange(counts[name])
            yield name, figures.snapshot.trace(name, figures.year, unit=unit, limit=1, offset=at)[0]


def _drawn_line(figures: Figures, number: int, name: str, row: Row) -> list[str]:
    declared = figures.declarations
    label = said(declared.metrics[name].label, "zh")
    return [str(number), label, place_words(row, declared, "zh"), cells_of(figures, row), _word("boxes")]


def cells_of(figures: Figures, row: Row) -> str:
    """The first cells of the row by their headers; what people are called and wrote is left out, and a telephone or id
    number that stands in free text is masked.
    """
    contract = figures.declarations.contracts.get(str(row.get("_dataset")))
    columns = contract.columns.items() if contract else ()
    shown = []
    for name, column in columns:
        if column.personal in LEFT_OUT or row.get(name) in (None, ""):
            continue
        value = value_words(name, row[name], column, figures.declarations, "zh")
        value = mask_text(value) if column.type == "text" else value
        shown.append(_word("cell", header=column.header[0], value=value))
    return _word("cells_join").join(shown[:CELLS_SHOWN])


def _finding_line(figures: Figures, finding: Row) -> list[str]:
    label = finding_label(finding, figures.declarations, "zh")
    matter = text("papers.visit.cell", "zh", header=label, value=finding["sentence_zh"])
    until = _word("until", day=finding["due_on"].isoformat(), state=state_word(finding["state"], "zh"))
    return [str(finding["id"]), matter, until, _word("seen_room")]


def _table(document: Any, columns: Mapping[str, Any], rows: Sequence[list[str]], empty: str) -> None:
    if not rows:
        add_line(document, "body", empty)
        return
    widths = list(columns.values())
    table = add_table(document, [_word(f"columns.{name}") for name in columns], widths, "cell")
    for row in rows:
        fill_row(table, row, widths, "cell")


def _add_end(document: Any, figures: Figures, unit: str) -> None:
    """Room to write, and who signs: together on one page."""
    heading = add_line(document, "heading", _word("situation"))
    heading.paragraph_format.space_before, heading.paragraph_format.space_after = Pt(12), LINE * 3
    lines = [heading] + [
        add_line(document, "body", _word(key)) for key in ("inspectors", "unit_head", "liaison", "day")
    ]
    for line in lines:
        line.paragraph_format.keep_with_next = True
    for line in lines[1:4]:
        line.paragraph_format.space_after = Pt(14)
    snapshot = figures.snapshot.path.name
    add_line(document, "note", _word("record", snapshot=snapshot, sha256=figures.unit_hash(unit)))
