"""A province of three invented counties in a lake: skewed, with nulls, moments, a leap day, the year's last day."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from warehouse.declarations import read_declarations
from warehouse.lake import publish_to_lake
from warehouse.metric_rows import metric_rows
from warehouse.models import Label
from warehouse.models import Metric as DeclaredMetric

# How many rows each dataset has at most: one county is twenty times another.
SIZES = {"big_county": 40, "middle_county": 6, "small_county": 2}
LEAP_DAY, LAST_DAY = date(2024, 2, 29), date(2024, 12, 31)


def metric(of: str, numerator: str, **more: Any) -> DeclaredMetric:
    """A metric for one question of the engines, not of the report."""
    words = Label(zh="试", en="trial")
    return DeclaredMetric.model_validate(
        {"label": words, "of": of, "numerator": numerator, "counting_rule": words, "report": {"section": 0}, **more}
    )


# What no packaged metric may ask: what nothing passes, cents, NULL under NOT, both ends of a lookup without rows.
TRIALS = {
    "trial_nothing": metric("penalty_cases", "count where case_number = 'none'"),
    "trial_cents": metric("mediation_cases", "sum(amount_yuan)", denominator="sum(amount_yuan) where town is not null"),
    "trial_not": metric("penalty_cases", "count where not discretion in ('exempt', 'lighter')"),
    "trial_not_found": metric(
        "penalty_cases", "count where not (enforcement_unit, discretion) in penalty_cases(enforcement_unit, discretion"
        " where fine_yuan > 9000)"
    ),
    "trial_nowhere": metric("penalty_cases", "count where not cause in audit_problems(unit where unit = 'none')"),
    "trial_distinct": metric("penalty_cases", "distinct(enforcement_unit)", denominator="distinct(enforcement_unit)"),
    "trial_moment": metric("service_cases", "count where synced_at < accepted_on + 30 days"),
}  # fmt: skip


def metrics_for_two_engines(share: int) -> dict[str, DeclaredMetric]:
    """The trials, all metrics that add up, and every `share`th of those counted period by period, of each kind one.

    One that looks up by period is counted for one kind of period: it asks the same of the others.
    """
    declared = read_declarations()
    readings = [metric_rows(declared, name) for name in declared.metrics]
    kinds: dict[tuple[bool, ...], list[Any]] = {}
    for one in (one for one in readings if not one.adds_up):
        asked = (bool(one.metric.per), bool(one.metric.stock), one.numerator.kind == "distinct", one.looks_up_by_period)
        kinds.setdefault(asked, []).append(one)
    chosen = [one for one in readings if one.adds_up] + [one for found in kinds.values() for one in found[::share]]
    found = {one.metric_id: one.metric for one in chosen}
    for one in (one for one in chosen if one.looks_up_by_period):
        found[one.metric_id] = one.metric.model_copy(update={"periods": one.metric.periods[:1]})
    return TRIALS | found


def make_province(lake: Path, county_of: Callable[[], Any]) -> dict[str, Any]:
    """Publish the three counties; gives each one's snapshot as it was built."""
    built = {}
    for seed, (name, rows) in enumerate(SIZES.items()):
        county = county_of()
        deliveries = county.random_deliveries(seed, rows)
        if name != "small_county":
            deliveries.append(_edges(county, seed))
        meta = {"county": name, "county_en": name, "night": f"2025-02-06.{seed}"}
        built[name] = county.build(*deliveries, meta=meta)
        publish_to_lake(lake, name, built[name].path)
    return built


def _edges(county: Any, seed: int) -> Any:
    chance = random.Random(seed)
    rows = []
    for at, day in enumerate((LEAP_DAY, LAST_DAY, date(2024, 1, 1), date(2024, 3, 1))):
        (row,) = county.random_rows(chance, "mediation_cases", 1)
        for name, column in county.declarations.contracts["mediation_cases"].columns.items():
            if column.type in ("date", "timestamp"):
                row[name] = day if column.type == "date" else datetime(day.year, day.month, day.day, 23, 59, 59)
            if column.type == "yuan":
                row[name] = Decimal("0.01")
            if name in county.declarations.contracts["mediation_cases"].key and column.type not in (
                "date",
                "timestamp",
            ):
                row[name] = f"edge{at}"
        rows.append(row)
    return county.deliver("mediation_cases", rows, (date(2023, 1, 1), date(2025, 3, 31)))
