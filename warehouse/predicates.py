"""Predicates of metrics and row rules: the tree as portable SQL, as a polars expression, and checked against columns.

The SQL stays inside what DuckDB and Spark read alike. Every name in it comes from a declaration, never from data.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from warehouse.predicate_reader import parse, parse_measure
from warehouse.predicate_tree import (
    Coalesce,
    Column,
    Compare,
    Constant,
    Flag,
    InDataset,
    InList,
    IsNull,
    Joined,
    Measure,
    Negated,
    Parameter,
    Predicate,
    PredicateError,
    Shift,
    Sum,
    Value,
    columns_of,
    lookups_of,
    nodes,
    parameters_of,
)

if TYPE_CHECKING:
    import polars as pl

SUMMED = "DECIMAL(38,6)"

__all__ = [
    "Measure",
    "Predicate",
    "PredicateError",
    "check_names",
    "check_sums",
    "columns_of",
    "constant_sql",
    "lookups_of",
    "parameters_of",
    "parse",
    "parse_measure",
    "to_polars",
    "to_sql",
]


def constant_sql(value: str | int | Decimal | date | bool) -> str:
    """A constant as SQL that DuckDB and Spark read alike."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case number:
            return str(number)


def to_sql(tree: Predicate | Value, parameters: Mapping[str, str], row: str = "r") -> str:
    """A predicate as SQL over the row set that stands under the alias `row`.

    `parameters` gives as_of, period_start and period_end as SQL: constants, or columns of a periods table (not inside
    another dataset's brackets: a correlated subquery does not run everywhere).
    """
    match tree:
        case Column(name):
            return f"{row}.{name}"
        case Constant(value):
            return constant_sql(value)
        case Parameter(name):
            if name not in parameters:
                raise PredicateError(f"“{name}” has no value here")
            return parameters[name]
        case Shift(value, days):
            return f"CAST({to_sql(value, parameters, row)} + INTERVAL '{days}' DAY AS DATE)"
        case Coalesce(values):
            return f"coalesce({', '.join(to_sql(one, parameters, row) for one in values)})"
        case Sum(first, rest):
            parts = [_number_sql(first, parameters, row)]
            parts += [f"{sign} {_number_sql(value, parameters, row)}" for sign, value in rest]
            return f"({' '.join(parts)})"
        case Compare(sign, left, right):
            return f"({to_sql(left, parameters, row)} {sign} {to_sql(right, parameters, row)})"
        case Joined(word, parts):
            return "(" + f" {word.upper()} ".join(to_sql(one, parameters, row) for one in parts) + ")"
        case Negated(IsNull(value)):
            return f"({to_sql(value, parameters, row)} IS NOT NULL)"
        case Negated(part):
            return f"(NOT {to_sql(part, parameters, row)})"
        case Flag(value):
            return to_sql(value, parameters, row)
        case IsNull(value):
            return f"({to_sql(value, parameters, row)} IS NULL)"
        case InList(value, constants):
            inside = ", ".join(to_sql(one, parameters, row) for one in constants)
            return f"({to_sql(value, parameters, row)} IN ({inside}))"
        case InDataset():
            return _lookup_sql(tree, parameters, row)


def _number_sql(value: Value, parameters: Mapping[str, str], row: str) -> str:
    """Wide enough that no sum of read numbers overflows, and exact where an engine would turn to floats."""
    return f"CAST({to_sql(value, parameters, row)} AS {SUMMED})"


def _lookup_sql(tree: InDataset, parameters: Mapping[str, str], row: str) -> str:
    """NULL keys are filtered inside, so that IN gives true, false or (for a NULL outside) NULL on every engine."""
    inner = f"{row}_in"
    values = ", ".join(to_sql(one, parameters, row) for one in tree.values)
    values = f"({values})" if len(tree.values) > 1 else values
    columns = ", ".join(f"{inner}.{name}" for name in tree.columns)
    where = [f"{inner}.{name} IS NOT NULL" for name in tree.columns]
    where += [to_sql(tree.where, parameters, inner)] if tree.where is not None else []
    return f"({values} IN (SELECT {columns} FROM {tree.dataset} {inner} WHERE {' AND '.join(where)}))"


def to_polars(tree: Predicate | Value, as_of: date) -> pl.Expr:
    """A row rule as a polars expression; NULL stays NULL as in SQL.

    Refuses lookups in other datasets and period parameters.
    """
    import polars as pl

    match tree:
        case Column(name):
            return pl.col(name)
        case Constant(value):
            return pl.lit(value)
        case Parameter("as_of"):
            return pl.lit(as_of)
        case Shift(value, days):
            return to_polars(value, as_of).dt.offset_by(f"{days}d")
        case Coalesce(values):
            return pl.coalesce([to_polars(one, as_of) for one in values])
        case Sum(head, more):
            total = to_polars(head, as_of).cast(pl.Decimal(38, 6))
            for plus, value in more:
                number = to_polars(value, as_of).cast(pl.Decimal(38, 6))
                total = total + number if plus == "+" else total - number
            return total
        case Compare(sign, left, right):
            return _compare(sign, to_polars(left, as_of), to_polars(right, as_of))
        case Joined(word, parts):
            first, *rest = (to_polars(one, as_of) for one in parts)
            for one in rest:
                first = first & one if word == "and" else first | one
            return first
        case Negated(part):
            return ~to_polars(part, as_of)
        case Flag(value):
            return to_polars(value, as_of)
        case IsNull(value):
            return to_polars(value, as_of).is_null()
        case InList(value, constants):
            return to_polars(value, as_of).is_in([one.value for one in constants])
        case Parameter(name):
            raise PredicateError(f"a row rule knows “as_of”, not “{name}”")
        case InDataset():
            raise PredicateError(f"a row rule cannot look into another dataset (“{tree.dataset}”)")


def _compare(sign: str, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    match sign:
        case "=":
            return left == right
        case "<>":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def check_names(tree: Predicate | None, columns: Collection[str], tables: Mapping[str, Collection[str]]) -> None:
    """Every column stands in the row set, every dataset in `tables`. Refuses with the nearest name."""
    for name in sorted(columns_of(tree)):
        _need(name, columns, "no column")
    for lookup in lookups_of(tree):
        _need(lookup.dataset, tables, "no dataset")
        for name in (*lookup.columns, *sorted(columns_of(lookup.where))):
            _need(name, tables[lookup.dataset], f"{lookup.dataset} has no column")


def check_sums(tree: Predicate | None, numbers: Mapping[str, Collection[str]], of: str) -> None:
    """Only numbers are added. `numbers`: the numeric columns of every table, `of`: the table of the row set.

    Refuses a text, a day or a flag: an engine would read the text, another would count the days.
    """
    for one in nodes(tree):
        for inside in nodes(one) if isinstance(one, Sum) else ():
            if isinstance(inside, Column) and inside.name not in numbers[of]:
                raise PredicateError(f"“{inside.name}” is not a number: + and - add numbers, or days (“+ 30 days”)")
            if isinstance(inside, Constant) and (isinstance(inside.value, bool | str | date)):
                raise PredicateError(f"“{inside.value}” is not a number")
    for lookup in lookups_of(tree):
        check_sums(lookup.where, numbers, lookup.dataset)


def _need(name: str, known: Collection[str], say: str) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise PredicateError(f"{say} “{name}”" + (f"; did you mean “{near[0]}”?" if near else ""))
