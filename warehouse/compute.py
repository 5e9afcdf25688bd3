"""Declarations -> SQL -> figures. Grain of `figures`: metric, period, and unit or town (both null: the county).

Counts and sums go in two stages: one scan gives cells of month x unit x town for up to 25 metrics, then the small cells
roll up to every period. What does not add up (distinct, per, stock, or a condition that asks for the period) is counted
per period on the rows themselves. Neither runs one query per metric and period.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from datetime import date

from warehouse.carried_figures import figure_keys, remember_keys, stale_metrics
from warehouse.declarations import Declarations
from warehouse.engine import DuckEngine
from warehouse.figure_sql import (
    CELLS,
    LINE_SQL,
    ROLLED_UP_SQL,
    WANTED,
    ZEROS_SQL,
    by_period_sql,
    cells_sql,
    months_sql,
    scan_of,
    scans_of,
    sides_of,
    sources_of,
)
from warehouse.metric_rows import MetricRows, datasets_behind, metric_rows
from warehouse.periods import Period, period_of, periods_between
from warehouse.predicates import constant_sql
from warehouse.tables import append_rows

Months = dict[tuple[str, str | None], dict[date | None, bool]]


def compute_figures(
    engine: DuckEngine,
    declarations: Declarations,
    as_of: date,
    metrics: Collection[str] | None = None,
    touched: Collection[str] | None = None,
) -> int:
    """Count every metric (or those named) into `figures`; returns how many were counted anew.

    Periods: those that have rows, and all since the metric's first target (without one: since what it reads is owed),
    up to the one that holds `as_of`.
    A county figure stands for each of them, 0 or 0/0 where nothing is counted; a unit or town has one where it has
    rows. `touched`: the datasets whose rows may differ from those that the figures in the file were counted from; None:
    all of them.
    """
    chosen = [name for name in declarations.metrics if metrics is None or name in metrics]
    if not chosen:
        return 0
    readings = [metric_rows(declarations, name) for name in chosen]
    months = _months_with_rows(engine, readings, as_of)
    wanted = wanted_periods(declarations, readings, months, as_of)
    statements = {one.metric_id: _statement(one, wanted[one.metric_id], as_of) for one in readings}
    names = {name: [one.name for one in found] for name, found in wanted.items()}
    keys = figure_keys(declarations, statements, names, (ROLLED_UP_SQL, ZEROS_SQL))
    stale = set(chosen)
    if touched is not None:
        stale = stale_metrics(engine, declarations, statements, keys, touched)
    if stale:
        _count(engine, [one for one in readings if one.metric_id in stale], months, wanted, statements, as_of)
        remember_keys(engine, {name: key for name, key in keys.items() if name in stale})
    return len(stale)


def _statement(reading: MetricRows, periods: list[Period], as_of: date) -> str:
    """The SQL that counts one metric, with every constant; of one that adds up, its two columns of the scan."""
    if reading.adds_up:
        return "\n".join((*map(str, scan_of(reading)), *sides_of(reading, as_of)))
    return by_period_sql(reading, periods, as_of) if periods else ""


def _count(
    engine: DuckEngine,
    readings: list[MetricRows],
    months: Months,
    wanted: dict[str, list[Period]],
    statements: dict[str, str],
    as_of: date,
) -> None:
    filled = [one for one in readings if months[one.source, one.day]]
    named = ", ".join(constant_sql(one.metric_id) for one in readings)
    engine.run(f"DELETE FROM figures WHERE metric IN ({named})")
    engine.run(f"CREATE OR REPLACE TEMP TABLE wanted ({', '.join(f'{n} {kind}' for n, kind in WANTED.items())})")
    append_rows(engine, "wanted", WANTED, wanted_rows(readings, wanted))
    _compute_additive(engine, [one for one in filled if one.adds_up], as_of)
    for reading in filled:
        if not reading.adds_up and wanted[reading.metric_id]:
            engine.run(f"INSERT INTO figures {statements[reading.metric_id]}")
    engine.run(f"INSERT INTO figures {ZEROS_SQL}")
    engine.run("DROP TABLE wanted")


def wanted_rows(readings: list[MetricRows], wanted: dict[str, list[Period]]) -> Iterator[dict[str, object]]:
    """One row per metric and period, as the table `wanted` holds them."""
    for reading in readings:
        for period in wanted[reading.metric_id]:
            place = {"period": period.name, "period_start": period.start, "period_end": period.end}
            yield {"metric": reading.metric_id, "kind": reading.kind, "every": period.every, **place}


def wanted_periods(
    declarations: Declarations, readings: list[MetricRows], months: Months, as_of: date
) -> dict[str, list[Period]]:
    """The periods of every metric, by its id, in their order."""
    wanted: dict[str, list[Period]] = {}
    for reading in readings:
        since = _counted_since(declarations, reading)
        found: set[Period] = set()
        if reading.metric.stock is not None:
            # A stock has rows on every day back to its oldest entry: what is owed bounds it, not what is there.
            since = since or date(as_of.year - 1, 1, 1)
        elif reading.day is not None:
            seen = [month for month, has_begun in months[reading.source, reading.day].items() if month and has_begun]
            found = {period_of(every, month) for every in reading.metric.periods for month in seen}
        if since is not None:
            found.update(one for every in reading.metric.periods for one in periods_between(every, since, as_of))
        wanted[reading.metric_id] = sorted(found)
    return wanted


def _counted_since(declarations: Declarations, reading: MetricRows) -> date | None:
    """The day from which nothing is an answer too: since its first target, else since what it reads is owed."""
    targets = declarations.targets.get(reading.metric_id, ())
    dues = [declarations.contracts[name].due for name in datasets_behind(declarations, reading.metric_id)]
    since = [target.since for target in targets] or [due.since for due in dues if due is not None]
    return min(since, default=None)


def _months_with_rows(engine: DuckEngine, readings: list[MetricRows], as_of: date) -> Months:
    """Of each source and day: the first day of every month with rows, and whether one of them is of `as_of` or before.

    Rows without a day stand under None. An empty source has no month at all, and nothing of it needs to be counted.
    """
    sources = sources_of(readings)
    months: Months = {source: {} for source in sources}
    for row in engine.rows(months_sql(sources, as_of)):
        months[sources[row["place"]]][row["month"]] = row["has_begun"]
    return months


def _compute_additive(engine: DuckEngine, readings: list[MetricRows], as_of: date) -> None:
    """Stage one: cells. Stage two: cells rolled up to periods and grains."""
    engine.run(f"CREATE OR REPLACE TEMP TABLE cells ({', '.join(f'{name} {kind}' for name, kind in CELLS.items())})")
    for scan in scans_of(readings):
        engine.run(f"INSERT INTO cells {cells_sql(scan, as_of)}")
    engine.run(f"INSERT INTO figures {ROLLED_UP_SQL}")
    engine.run("DROP TABLE cells")


def figures_sha256(engine: DuckEngine) -> str:
    """The hash of the sorted figures: equal inputs give equal bytes, whatever their order."""
    rows = engine.rows(f"SELECT {LINE_SQL} AS line FROM figures")
    return hashlib.sha256("\n".join(sorted(row["line"] for row in rows)).encode()).hexdigest()
