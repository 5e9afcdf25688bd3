"""Every metric held against its row set before anything is counted: a misspelt name is told with the nearest one."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from warehouse.declarations import Declarations
from warehouse.engine import DuckEngine
from warehouse.metric_rows import MetricRows, metric_rows, row_set_sql
from warehouse.predicates import PredicateError, check_names
from warehouse.tables import all_tables, make_tables


def check_metrics(declarations: Declarations) -> None:
    """Refuses (PredicateError, one line per fault) metrics and row sets that cannot be counted. Needs no snapshot."""
    tables = {name: set(columns) for name, columns in all_tables(declarations).items()}
    faults = []
    with DuckEngine() as engine:
        make_tables(engine, declarations)
        for name in declarations.row_sets:
            try:
                tables[name] = set(engine.frame(f"SELECT * FROM {row_set_sql(declarations, name)} r LIMIT 0").columns)
            except Exception as error:  # the engine's own errors; which ones differs from engine to engine
                faults.append(f"row_sets/{name}.sql: {error}")
    for name, metric in declarations.metrics.items():
        try:
            if metric.of in tables:
                _check(metric_rows(declarations, name), tables[metric.of], tables)
        except PredicateError as error:
            text = str(error)
            faults.append(text if text.startswith("metrics: ") else f"metrics: {name}: {text}")
    if faults:
        raise PredicateError("\n".join(faults))


def _check(reading: MetricRows, columns: Collection[str], tables: dict[str, set[str]]) -> None:
    for where in reading.wheres:
        check_names(where, columns, tables)
    metric = reading.metric
    named = [side.column for side in (reading.denominator, reading.numerator) if side is not None]
    named += [metric.unit, metric.town, metric.dated_by, metric.per.column if metric.per else None]
    named += [metric.stock.from_, metric.stock.to] if metric.stock else []
    for name in named:
        if name is not None and name not in columns:
            near = difflib.get_close_matches(name, columns, n=1)
            raise PredicateError(f"no column “{name}”" + (f"; did you mean “{near[0]}”?" if near else ""))
