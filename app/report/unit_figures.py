"""A unit's own figure of a period, and which figures a unit answers for by itself."""

from __future__ import annotations

from app.letters.cell_words import said
from app.report.figures import Figure, Figures
from expectations.standings import COUNTY
from warehouse.declarations import Declarations
from warehouse.metric_rows import datasets_behind, metric_rows
from warehouse.periods import period_named


def is_units_own(declarations: Declarations, unit: str, metric: str) -> bool:
    """Whether a unit's report states its own part: not where the county government or the office states the county's
    figure, nor where the figure knows no units. The same rule as for figures stated in a table.
    """
    known = declarations.units.get(unit)
    if known is None or unit == COUNTY or known.kind in ("county", "office"):
        return False
    return bool(metric_rows(declarations, metric).unit)


def unit_figure(figures: Figures, unit: str, name: str, period: str) -> Figure:
    """What was counted under one unit. `missing` while a delivery that this unit owes for it has not come."""
    metric, span = figures.declarations.metrics[name], period_named(period)
    label = said(metric.label, "zh")
    rows = figures.snapshot.figures(period, unit=unit, metric=name, town=None)
    needed = set(datasets_behind(figures.declarations, name))
    is_owed = any(
        one["dataset"] in needed and one["came_on"] is None
        and one["period_start_on"] <= span.end and one["period_end_on"] >= span.start
        for one in figures.snapshot.owed(supplier=unit)
    )  # fmt: skip
    if not rows or rows[0]["numerator"] is None or is_owed or not figures.came_at_all(name, period):
        return Figure(name, period, label, "missing")
    sides = (rows[0]["numerator"], rows[0]["denominator"])
    if metric.denominator is not None and not sides[1]:
        return Figure(name, period, label, "empty", *sides)
    return Figure(name, period, label, "figure", *sides, figures.print(metric, name, period, *sides))
