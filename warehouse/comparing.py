"""What a figure is held against: the size of a roster, or the same figure of the year before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from warehouse.declarations import Declarations
from warehouse.models import Metric, Target, UnitsOf
from warehouse.periods import Period, period_named, period_of
from warehouse.printed import bound_of

if TYPE_CHECKING:
    from warehouse.snapshot import Snapshot

HUNDREDTH = Decimal("0.01")
Sides = tuple[Decimal, Decimal | None]


@dataclass(frozen=True)
class YearOnYear:
    """A figure beside that of the year before.

    `change`: the difference, of a rate in percentage points. `percent`: 同比 of a count or sum, None after 0 and for a
    rate. Both are None where there is no earlier figure, or where the counting rule changed in between.
    """

    previous_period: str
    previous: Sides | None
    change: Decimal | None
    percent: Decimal | None
    rule_changed: bool


def previous_year(period: Period) -> Period:
    """The same year, quarter or month one year earlier."""
    found = period
    for _ in range({"year": 1, "quarter": 4, "month": 12}[period.every]):
        found = period_of(period.every, found.start - timedelta(days=1))
    return found


def rule_changed(metric: Metric, earlier: Period, later: Period) -> bool:
    """Whether another counting rule held in the earlier period than in the later one."""
    return any(earlier.start.year <= one.until < later.start.year for one in metric.earlier_rules)


def bound_on(declarations: Declarations, target: Target, period: Period) -> Decimal | None:
    """The number that a target names for a period; None where only an earlier figure gives it."""
    if isinstance(target.equals, UnitsOf):
        return Decimal(len(declarations.units_for(target.equals.units, period.end)))
    return bound_of(target)


def compare_years(snapshot: Snapshot, metric: str, period: str, unit: str | None = None) -> YearOnYear:
    """One figure against the same one of the year before. `unit` None: the county."""
    later = period_named(period)
    rows = {name: _sides(snapshot, metric, name, unit) for name in (period, previous_year(later).name)}
    return compared(snapshot.declarations.metrics[metric], later, rows[period], rows[previous_year(later).name])


def compared(metric: Metric, period: Period, now: Sides | None, before: Sides | None) -> YearOnYear:
    """As `compare_years`, from the two sides of both figures; 0/0 is no figure."""
    earlier = previous_year(period)
    is_other_rule = rule_changed(metric, earlier, period)
    change = percent = None
    old, new = (_number(sides) for sides in (before, now))
    if old is not None and new is not None and not is_other_rule:
        change = new - old
        if metric.denominator is None and old:
            percent = (change * 100 / old).quantize(HUNDREDTH, ROUND_HALF_UP)
        if metric.denominator is not None:
            change = (change * 100).quantize(HUNDREDTH, ROUND_HALF_UP)
    return YearOnYear(earlier.name, before if old is not None else None, change, percent, is_other_rule)


def with_last_year(snapshot: Snapshot, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `metrics_json` with `previous`, `change`, `percent` and `rule_changed` behind their fixed keys.

    `previous`: last year's value in the same period and place, a rate as a fraction. `change` of a rate is in
    percentage points; `percent` is 同比 of a count. All None where last year's rows are not all there.
    """
    metrics = {row["metric"] for row in rows}
    figures = {
        (row["metric"], row["period"], row["unit"], row["town"]): sides_of(row)
        for row in snapshot.figures()
        if row["metric"] in metrics
    }
    counted: dict[tuple[str, str], bool] = {}
    found = []
    for row in rows:
        period = period_named(row["period"])
        earlier = previous_year(period).name
        sides: list[Sides | None] = []
        for name in (row["period"], earlier):
            if (row["metric"], name) not in counted:
                counted[row["metric"], name] = is_counted(snapshot, row["metric"], name)
            here = figures.get((row["metric"], name, row["unit"], row["town"]))
            sides.append(here if counted[row["metric"], name] else None)
        told = compared(snapshot.declarations.metrics[row["metric"]], period, *sides)
        more = {"previous": _number(told.previous), "change": told.change, "percent": told.percent}
        plain = {name: None if value is None else round(float(value), 6) for name, value in more.items()}
        found.append({**row, "previous_period": earlier, **plain, "rule_changed": told.rule_changed})
    return found


def sides_of(row: Mapping[str, Any]) -> Sides:
    """Numerator and denominator of a figure's row."""
    return Decimal(row["numerator"] or 0), None if row["denominator"] is None else Decimal(row["denominator"])


def _sides(snapshot: Snapshot, metric: str, period: str, unit: str | None) -> Sides | None:
    """What was counted; nothing where no row of a delivery lies behind the period, whatever the zero says."""
    rows = snapshot.figures(period, unit=unit, metric=metric, town=None)
    if not rows or not is_counted(snapshot, metric, period):
        return None
    return sides_of(rows[0])


def is_counted(snapshot: Snapshot, metric: str, period: str) -> bool:
    """Whether deliveries in force cover the whole period, for every dataset that the metric reads."""
    return period in counted_periods(snapshot, metric, [period])


def counted_periods(snapshot: Snapshot, metric: str, periods: Iterable[str]) -> set[str]:
    """Those of the periods that `is_counted` holds for; the deliveries are read once for all of them."""
    from warehouse.metric_rows import datasets_behind

    spans: dict[str, list[tuple[Any, Any]]] = {}
    for row in snapshot.deliveries():
        if row["state"] == "in_force" and row["coverage_start"] and row["coverage_end"]:
            spans.setdefault(row["dataset"], []).append((row["coverage_start"], row["coverage_end"]))
    contracts = snapshot.declarations.contracts
    behind = [name for name in datasets_behind(snapshot.declarations, metric) if name in contracts]
    return {
        period
        for period in periods
        if all(
            covers_whole(spans.get(one, []), period_named(period), contracts[one].covers == "stock") for one in behind
        )
    }


def covers_whole(spans: list[tuple[Any, Any]], period: Period, is_stock: bool) -> bool:
    """Whether spans of days cover every day of a period; of a stock, its last day."""
    if is_stock:
        return any(first <= period.end <= last for first, last in spans)
    reached = period.start
    for first, last in sorted(spans):
        if first <= reached <= last:
            reached = last + timedelta(days=1)
    return reached > period.end


def _number(sides: Sides | None) -> Decimal | None:
    if sides is None:
        return None
    numerator, denominator = sides
    if denominator is None:
        return numerator
    return numerator / denominator if denominator else None
