"""Stated against recomputed: every figure that a unit states for a year beside what was counted for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from expectations.evidence import Evidence, as_day, datasets_read
from expectations.standings import COUNTY, SIX_PLACES
from warehouse.cell_stated import agrees, read_stated
from warehouse.declarations import Declarations
from warehouse.metric_rows import metric_rows
from warehouse.periods import Period, period_of
from warehouse.printed import printed
from warehouse.tables import JUDGED_SETS

DATASET = "stated_figures"
PLACE = ("_dataset", "_delivery", "_file", "_sheet", "_row")
Sides = tuple[Decimal, Decimal | None]


def stated_rows(
    declarations: Declarations, evidence: Evidence, rows: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """One row per stated figure, with the place where it was stated.

    `counted` and `agrees` are empty where there is nothing to hold it against: its rows have not come, or come to 0/0.
    """
    for row in rows:
        metric, on = row["metric_name"], as_day(row["year_on"])
        if metric not in declarations.metrics or on is None or not row["stated_text"]:
            continue
        period, stated = period_of("year", on), read_stated(row["stated_text"])
        found = {
            "unit": row["unit"], "metric": metric, "metric_label": declarations.metrics[metric].label.zh,
            "period": period.name, "period_start_on": period.start, "period_end_on": period.end,
            "stated": stated.value, "stated_text": row["stated_text"], **{name: row[name] for name in PLACE},
        }  # fmt: skip
        sides = counted_for(declarations, evidence, metric, row["unit"], period)
        if sides is not None:
            exact = sides[0] if sides[1] is None else sides[0] / sides[1]
            found |= {
                "counted": exact.quantize(SIX_PLACES), "counted_text": printed(declarations.metrics[metric], *sides),
                "agrees": agrees(stated, exact), "difference": (stated.value - exact).quantize(SIX_PLACES),
            }  # fmt: skip
        yield found


def counted_for(declarations: Declarations, evidence: Evidence, metric: str, unit: str, period: Period) -> Sides | None:
    """What was counted under a unit's own name: the county's figure where the county government or the office states
    it, or where the figure knows no units. None while a row that it needs has not come, and for 0/0.
    """
    declared = declarations.metrics[metric]
    if declared.of in JUDGED_SETS or period.every not in declared.periods:
        return None
    known = declarations.units.get(unit)
    is_county = (known is not None and known.kind in ("county", "office")) or not metric_rows(declarations, metric).unit
    whose = COUNTY if is_county else unit
    for dataset in datasets_read(declarations, declared):
        if any(owed.came_on is None for owed in evidence.owed_for(dataset, whose, period)):
            return None
        if not evidence.is_covered_whole(dataset, whose, period):
            return None
    sides = evidence.figure(metric, period, whose) or (Decimal(0), Decimal(0) if declared.denominator else None)
    return None if sides[1] == 0 else sides
