"""The system row set `reported_rows`: every source row that counts for something, loaded or quarantined, in one shape.

Grain: one row per source row. `reported_on`: its own day, for a row without a readable one the last day that its
delivery covers. Listed rows (titles, totals, duplicates) are no reports and are not in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from warehouse.models import Contract
from warehouse.predicate_tree import Column, Compare, Constant, InList, Joined, Predicate
from warehouse.predicates import constant_sql

NAME = "reported_rows"
COLUMNS = {
    "dataset": "VARCHAR", "dataset_label": "VARCHAR", "supplier": "VARCHAR", "unit": "VARCHAR", "reported_on": "DATE",
    "outcome": "VARCHAR", "rule": "VARCHAR", "say": "VARCHAR", "fault_column": "VARCHAR", "fault_value": "VARCHAR",
    "_dataset": "VARCHAR", "_delivery": "VARCHAR", "_file": "VARCHAR", "_sheet": "VARCHAR", "_row": "INTEGER",
}  # fmt: skip


def reported_rows_sql(contracts: Mapping[str, Contract], datasets: Collection[str] = ()) -> str:
    """The rows of the named datasets (none named: of all) as one SELECT. Reads no table of any other dataset."""
    chosen = {name: contract for name, contract in contracts.items() if not datasets or name in datasets}
    return "\nUNION ALL ".join([*(_loaded(name, one) for name, one in chosen.items()), _quarantined(chosen)])


def _loaded(name: str, contract: Contract) -> str:
    return (
        f"SELECT {constant_sql(name)} AS dataset, {constant_sql(contract.label.zh)} AS dataset_label,"
        " t._supplier AS supplier, t._unit AS unit, coalesce(t._on, d.coverage_end) AS reported_on,"
        " 'loaded' AS outcome, CAST(NULL AS VARCHAR) AS rule, CAST(NULL AS VARCHAR) AS say,"
        " CAST(NULL AS VARCHAR) AS fault_column, CAST(NULL AS VARCHAR) AS fault_value,"
        " t._dataset, t._delivery, t._file, t._sheet, t._row"
        f" FROM {name} t LEFT JOIN deliveries d ON d.id = t._delivery"
    )


def _quarantined(chosen: Mapping[str, Contract]) -> str:
    labels = " ".join(f"WHEN {constant_sql(name)} THEN {constant_sql(one.label.zh)}" for name, one in chosen.items())
    by_supplier = [constant_sql(name) for name, one in chosen.items() if one.unit.from_ == "supplier"]
    unit = f"CASE WHEN q._dataset IN ({', '.join(by_supplier)}) THEN q._supplier ELSE q._unit END"
    names = ", ".join(map(constant_sql, chosen)) or "NULL"
    label = f"CASE q._dataset {labels} END" if chosen else "CAST(NULL AS VARCHAR)"
    return (
        f"SELECT q._dataset, {label}, q._supplier, {unit if by_supplier else 'q._unit'},"
        " coalesce(q._on, q._period_end), 'quarantined', q.rule, q.say, q.\"column\", q.value,"
        " q._dataset, q._delivery, q._file, q._sheet, q._row"
        f" FROM quarantine q WHERE q._dataset IN ({names})"
    )


def datasets_named(where: Predicate | None) -> tuple[str, ...]:
    """The datasets that a condition lets through: `dataset = 'x'` or `dataset in ('x', 'y')`, alone or before `and`.

    Empty when it lets all through.
    """
    match where:
        case Compare("=", Column("dataset"), Constant(str(name))) | Compare(
            "=", Constant(str(name)), Column("dataset")
        ):
            return (name,)
        case InList(Column("dataset"), constants):
            return tuple(str(one.value) for one in constants)
        case Joined("and", parts):
            return next((found for part in parts if (found := datasets_named(part))), ())
    return ()
