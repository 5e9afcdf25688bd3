"""Figures with their standings, in the fixed shape that commands and the view hand out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.comparing import bound_on
from warehouse.declarations import Declarations
from warehouse.metric_rows import datasets_behind
from warehouse.models import Target
from warehouse.periods import period_named
from warehouse.printed import printed

Row = Mapping[str, Any]
COUNTY = "county"
# How the standings of units roll up into the county's: the worst first.
WORST_FIRST = ("short", "missing", "unsure", "error", "near", "met", "not_due", "not_applicable")


def metrics_as_json(
    declarations: Declarations, figures: Iterable[Row], standings: Iterable[Row], owed: Iterable[Row], as_of: date
) -> list[dict[str, Any]]:
    """One entry per figure, and per standing without one (nothing came, or nothing counted).

    A rate's value is a fraction to six places, and null for 0/0. `standing`: the unit's own; the county's is its own
    where it is judged itself, else the worst of its units. `target`: the bound in force, as a number. `units_owed` and
    `units_delivered` (county only): suppliers that owed what the metric reads by then, and those of them without a gap.
    """
    judged = _by_place(standings)
    figures, owed = list(figures), list(owed)
    told: dict[tuple[str, str], tuple[int, int]] = {}
    entries = []
    for row in [*figures, *_without_figure(figures, judged)]:
        metric_id, period, unit, town = row["metric"], row["period"], row["unit"], row["town"]
        metric, target = declarations.metrics[metric_id], _target(declarations, metric_id, period)
        numerator, denominator = row["numerator"], row["denominator"]
        if unit is None and town is None and (metric_id, period) not in told:
            told[metric_id, period] = _units_owed(declarations, metric_id, period, owed, as_of)
        counts = told[metric_id, period] if unit is None and town is None else (None, None)
        entries.append(
            {
                "metric": metric_id, "kind": row["kind"], "period": period, "unit": unit, "town": town,
                "numerator": _number(numerator), "denominator": _number(denominator),
                "value": _value(row["kind"], numerator, denominator),
                "printed": printed(metric, numerator, denominator, target),
                "standing": None if town else _standing(judged, metric_id, period, unit),
                "target": _number(_bound(declarations, target, judged, metric_id, period, unit or COUNTY)),
                "units_owed": counts[0], "units_delivered": counts[1],
            }
        )  # fmt: skip
    order = {name: place for place, name in enumerate(declarations.metrics)}
    return sorted(entries, key=lambda one: (order[one["metric"]], one["period"], one["town"] or "", one["unit"] or ""))


def _by_place(standings: Iterable[Row]) -> dict[tuple[str, str], dict[str, list[Row]]]:
    found: dict[tuple[str, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in standings:
        if row["metric"] is not None:
            found[row["metric"], row["period"]][row["unit"] or COUNTY].append(row)
    return found


def _without_figure(
    figures: Iterable[Row], judged: Mapping[tuple[str, str], Mapping[str, list[Row]]]
) -> Iterable[dict[str, Any]]:
    known = {(row["metric"], row["period"], row["unit"] or COUNTY) for row in figures if row["town"] is None}
    for (metric, period), by_unit in judged.items():
        for unit, rows in by_unit.items():
            if (metric, period, unit) not in known:
                first = rows[0]
                place = {"metric": metric, "period": period, "unit": None if unit == COUNTY else unit, "town": None}
                yield place | {name: first[name] for name in ("kind", "numerator", "denominator")}


def _standing(
    judged: Mapping[tuple[str, str], Mapping[str, list[Row]]], metric: str, period: str, unit: str | None
) -> str | None:
    by_unit = judged.get((metric, period), {})
    rows = by_unit.get(unit or COUNTY, [])
    if unit is None and not rows:
        rows = [row for one in by_unit.values() for row in one]
    return min((str(row["standing"]) for row in rows), key=WORST_FIRST.index, default=None)


def _target(declarations: Declarations, metric: str, period: str) -> Target | None:
    """The target that is in force in the period; the one judged at its length first."""
    span = period_named(period)
    found = [
        target
        for target in declarations.targets.get(metric, ())
        if target.since <= span.end and (target.until is None or target.until >= span.start)
    ]
    return min(found, key=lambda target: target.judged.every != span.every, default=None)


def _bound(
    declarations: Declarations,
    target: Target | None,
    judged: Mapping[tuple[str, str], Mapping[str, list[Row]]],
    metric: str,
    period: str,
    unit: str,
) -> Decimal | None:
    """The number in force: that of the standing, which a signed year keeps; else the target's or its roster's size."""
    rows = judged.get((metric, period), {}).get(unit, [])
    held: Decimal | None = next((row["bound"] for row in rows), None)
    if held is not None or target is None or target.more_than is not None:
        return held
    return bound_on(declarations, target, period_named(period))


def _units_owed(
    declarations: Declarations, metric: str, period: str, owed: Iterable[Row], as_of: date
) -> tuple[int, int]:
    """Suppliers that owed a delivery of the metric's datasets overlapping the period by now; those without a gap."""
    span, datasets = period_named(period), datasets_behind(declarations, metric)
    complete: dict[str, bool] = {}
    for row in owed:
        is_meant = row["dataset"] in datasets or declarations.metrics[metric].of == "deliveries_owed"
        overlaps = row["period_start_on"] <= span.end and row["period_end_on"] >= span.start
        if is_meant and overlaps and (row["came_on"] is not None or row["due_on"] < as_of):
            complete[row["supplier"]] = complete.get(row["supplier"], True) and row["came_on"] is not None
    return len(complete), sum(complete.values())


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _value(kind: str, numerator: Decimal | None, denominator: Decimal | None) -> int | float | None:
    if kind != "rate":
        return _number(numerator)
    return round(float(numerator / denominator), 6) if numerator is not None and denominator else None
