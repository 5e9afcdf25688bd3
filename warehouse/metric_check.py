"""Every metric held against its row set before anything is counted: a misspelt name is told with the nearest one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date

from warehouse.declarations import Declarations
from warehouse.engine import DuckEngine
from warehouse.metric_rows import MetricRows, metric_rows, row_set_sql
from warehouse.models import Column as Declared
from warehouse.predicate_tree import Column, Compare, Constant, InList, Node, Parameter, Predicate, Shift, nodes
from warehouse.predicates import PredicateError, check_names, check_sums, lookups_of
from warehouse.tables import all_tables, make_tables

NUMBER = re.compile(r"(BIGINT|INTEGER|DECIMAL)\b")


# Declarations that passed in this process, by their hash: a night after the first need not hold them up again.
_passed: set[str] = set()


def check_metrics(declarations: Declarations) -> None:
    """Refuses (PredicateError, one line per fault) metrics and row sets that cannot be counted. Needs no snapshot."""
    if (sha256 := declarations.sha256) in _passed:
        return
    declared = all_tables(declarations)
    tables = {name: set(columns) for name, columns in declared.items()}
    numbers = {name: {one for one, kind in found.items() if NUMBER.match(kind)} for name, found in declared.items()}
    faults = []
    with DuckEngine() as engine:
        make_tables(engine, declarations)
        for name in declarations.row_sets:
            try:
                joined = engine.frame(f"SELECT * FROM {row_set_sql(declarations, name)} r LIMIT 0")
                tables[name] = set(joined.columns)
                numbers[name] = {one for one, kind in joined.schema.items() if kind.is_numeric()}
            except Exception as error:  # the engine's own errors; which ones differs from engine to engine
                faults.append(f"row_sets/{name}.sql: {error}")
    for name, metric in declarations.metrics.items():
        try:
            if metric.of in tables:
                reading = metric_rows(declarations, name)
                _check(reading, tables[metric.of], tables)
                for where in reading.wheres:
                    check_sums(where, numbers, metric.of)
                    _check_values(declarations, where, declarations.reads(metric.of))
        except PredicateError as error:
            text = str(error)
            faults.append(text if text.startswith("metrics: ") else f"metrics: {name}: {text}")
    if faults:
        raise PredicateError("\n".join(faults))
    _passed.add(sha256)


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


def _check_values(declarations: Declarations, where: Predicate, datasets: Iterable[str]) -> None:
    """Refuses a code that no cell can hold, and a day held against a moment in a way that loses part of the day."""
    contracts = [declarations.contracts[name] for name in datasets if name in declarations.contracts]
    declared = {name: column for contract in contracts for name, column in contract.columns.items()}
    for node in nodes(where):
        for column, values in _compared(node):
            if column.name in declared:
                _check_column(column.name, declared[column.name], node, values)
    for lookup in lookups_of(where):
        if lookup.where is not None:
            _check_values(declarations, lookup.where, declarations.reads(lookup.dataset))


def _compared(node: Node) -> Iterator[tuple[Column, tuple[Node, ...]]]:
    """The columns that a comparison holds against something, with what they are held against."""
    match node:
        case Compare(_, left, right):
            pairs: tuple[tuple[Node, tuple[Node, ...]], ...] = ((left, (right,)), (right, (left,)))
        case InList(value, constants):
            pairs = ((value, constants),)
        case _:
            return
    yield from ((column, values) for column, values in pairs if isinstance(column, Column))


def _check_column(name: str, column: Declared, node: Node, values: Iterable[Node]) -> None:
    known = set(column.values.values())
    texts = [one.value for one in values if isinstance(one, Constant) and isinstance(one.value, str)]
    for text in texts if known else ():
        if text not in known:
            near = difflib.get_close_matches(text, known, n=1)
            raise PredicateError(f"{name} is never “{text}”" + (f"; did you mean “{near[0]}”?" if near else ""))
    is_day = any(isinstance(one, Parameter | Shift) or _is_date(one) for one in values)
    keeps_days = isinstance(node, Compare) and node.sign == (">=" if node.left == Column(name) else "<=")
    keeps_days |= isinstance(node, Compare) and node.sign == ("<" if node.left == Column(name) else ">")
    if column.type == "timestamp" and is_day and not keeps_days:
        raise PredicateError(
            f"{name} is a moment: a day is held against it with < or >=, or its own last hours are lost"
        )


def _is_date(node: Node) -> bool:
    return isinstance(node, Constant) and isinstance(node.value, date)
