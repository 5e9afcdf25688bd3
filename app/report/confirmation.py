"""数据确认单: the sheet on which a unit confirms its figures of a year, and what it delivered."""

from __future__ import annotations

from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from app.letters.cell_words import number_words, said
from app.report.figures import Figures
from app.report.paper import add_line, add_table, fill_row, new_paper, packed
from app.wording import day_words, has_text, judged_word, outcome_word, period_words, text
from expectations.standings import worst
from warehouse.periods import period_named

# Each the width of the text: 156 mm.
FIGURES = {"metric": Mm(38), "value": Mm(20), "sides": Mm(18), "rule": Mm(44), "standing": Mm(19), "check": Mm(17)}
DELIVERIES = {
    "dataset": Mm(30), "file": Mm(40), "covers": Mm(24), "received": Mm(23), "rows": Mm(23), "outcome": Mm(16),
}  # fmt: skip
TOLD = ("in_force", "held", "refused")


def units_to_confirm(figures: Figures) -> list[str]:
    """Units that have a figure or a delivery of the year, in the order of the roster."""
    sent = {row["supplier"] for row in _deliveries(figures)}
    return [unit for unit in figures.declarations.units if unit in figures.units or unit in sent]


def write_confirmation(figures: Figures, unit: str, is_sample: bool) -> bytes:
    """One unit's sheet as docx."""
    document = new_paper(text("report.sample_header", "zh") if is_sample else "")
    name = said(figures.declarations.units[unit].label, "zh")
    add_line(document, "title", _word("title", year=figures.year))
    add_line(document, "addressee", _word("addressee", unit=name)).paragraph_format.space_before = Pt(28.95)
    add_line(document, "body", _word("lead", year=figures.year))
    add_line(document, "heading", _word("figures"))
    _table(document, FIGURES, _figure_rows(figures, unit), _word("no_figures"))
    add_line(document, "heading", _word("deliveries")).paragraph_format.space_before = Pt(14.5)
    _table(document, DELIVERIES, _delivery_rows(figures, unit), _word("no_deliveries"))
    closing = [add_line(document, "body", _word("opinion")), add_line(document, "body", _word("signed"))]
    closing[0].paragraph_format.space_before = Pt(28.95)
    for words in (_word("seal"), _word("day")):
        closing.append(add_line(document, "date", words))
        closing[-1].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for paragraph in closing:  # nothing is sealed on one page and said on the next
        paragraph.paragraph_format.keep_with_next = True
    meta = figures.snapshot
    day = day_words(meta.as_of, "zh")
    add_line(document, "note", _word("record", snapshot=meta.path.name, day=day, sha256=figures.unit_hash(unit)))
    return packed(document)


def _word(key: str, **values: object) -> str:
    return text(f"report.confirm.{key}", "zh", **values)


def _table(document: Any, columns: dict[str, Any], rows: list[list[str]], empty: str) -> None:
    if not rows:
        add_line(document, "body", empty)
        return
    widths = list(columns.values())
    table = add_table(document, [_word(name) for name in columns], widths, "cell")
    for row in rows:
        fill_row(table, row, widths, "cell")


def _figure_rows(figures: Figures, unit: str) -> list[list[str]]:
    found = []
    own = figures.units.get(unit, {})
    standings = [row for row in figures.standings if row["unit"] == unit]
    for name, metric in figures.declarations.metrics.items():
        if name not in own:
            continue
        sides = [own[name]["numerator"], own[name]["denominator"]]
        judged = [row["standing"] for row in standings if row["metric"] == name]
        standing = text("report.appendix.no_target", "zh")
        if judged:
            standing = judged_word(worst(judged), sides[1], metric.small_sample, "zh")
        shown = "／".join(number_words(side) for side in sides if side is not None)
        printed = figures.print(metric, name, figures.year, sides[0], sides[1])
        found.append([f"{said(metric.label, 'zh')}\n{name}", printed, shown, metric.counting_rule.zh, standing, ""])
    return found


def _deliveries(figures: Figures) -> list[dict[str, Any]]:
    span = period_named(figures.year)
    return [
        row
        for row in figures.snapshot.deliveries(all_known=True)
        if row["state"] in TOLD and row["coverage_start"] and row["coverage_end"]
        and row["coverage_start"] <= span.end and row["coverage_end"] >= span.start
    ]  # fmt: skip


def _delivery_rows(figures: Figures, unit: str) -> list[list[str]]:
    """What came, and what is owed and did not come."""
    found = []
    for row in _deliveries(figures):
        if row["supplier"] != unit:
            continue
        listed = sum((row["listed"] or {}).values())
        counts = f"{row['rows']}＝{row['loaded']}＋{row['quarantined']}＋{listed}"
        covers = f"{row['coverage_start']}\n{row['coverage_end']}"
        received = str(row["received_on"] or "")
        label = _dataset(figures, row["dataset"])
        found.append([label, row["file_name"], covers, received, counts, _outcome(row["state"])])
    nothing = text("nothing", "zh")
    for row in figures.snapshot.owed(supplier=unit):
        if str(row["period"])[:4] == figures.year and row["outcome"] == "missing":
            period = period_words(row["period"], "zh")
            found.append([_dataset(figures, row["dataset"]), nothing, period, nothing, nothing, _outcome("missing")])
    return found


def _dataset(figures: Figures, dataset: str | None) -> str:
    contract = figures.declarations.contracts.get(dataset or "")
    return said(contract.label, "zh") if contract else str(dataset or "")


def _outcome(state: str) -> str:
    return outcome_word(state, "zh") if has_text(f"outcomes.{state}") else state
