"""The tables of a snapshot: their names, columns and SQL types. Grain: named at each table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from warehouse import reported_rows
from warehouse.declarations import Declarations
from warehouse.engine import DuckEngine
from warehouse.models import ColumnType, Contract, Roster

TYPES: dict[ColumnType, str] = {
    "date": "DATE",
    "year": "DATE",
    "timestamp": "TIMESTAMP",
    "integer": "BIGINT",
    "decimal": "DECIMAL(24,6)",
    "yuan": "DECIMAL(24,6)",
    "flag": "BOOLEAN",
}
SOURCE = {"_dataset": "VARCHAR", "_file": "VARCHAR", "_sheet": "VARCHAR", "_row": "INTEGER"}
CORE = {
    "_dataset": "VARCHAR",
    "_delivery": "VARCHAR",
    "_supplier": "VARCHAR",
    "_unit": "VARCHAR",
    "_file": "VARCHAR",
    "_sheet": "VARCHAR",
    "_row": "INTEGER",
    "_on": "DATE",
    "_period": "DATE",
}
AMOUNT = "DECIMAL(38,6)"
SYSTEM: dict[str, dict[str, str]] = {
    # One row per metric, period and unit or town (both null: the county).
    "figures": {
        "metric": "VARCHAR", "kind": "VARCHAR", "every": "VARCHAR", "period": "VARCHAR", "period_start": "DATE",
        "period_end": "DATE", "unit": "VARCHAR", "town": "VARCHAR", "numerator": AMOUNT, "denominator": AMOUNT,
    },
    # One row per metric: the hash of how its figures were counted.
    "figure_keys": {"metric": "VARCHAR", "key": "VARCHAR"},
    # One row per target, period and unit (null: the county).
    "standings": {
        "target": "VARCHAR", "metric": "VARCHAR", "dataset": "VARCHAR", "kind": "VARCHAR", "every": "VARCHAR",
        "period": "VARCHAR", "unit": "VARCHAR", "standing": "VARCHAR", "numerator": AMOUNT, "denominator": AMOUNT,
        "bound": AMOUNT, "comparison": "VARCHAR", "short_by": AMOUNT, "value": AMOUNT, "severity": "VARCHAR",
        "owner": "VARCHAR", "basis": "VARCHAR", "since": "DATE", "cause": "VARCHAR", "small_sample": "BOOLEAN",
    },
    # One row per expectation that was evaluated, as its library gave it.
    "evaluations": {"target": "VARCHAR", "success": "BOOLEAN", "result": "VARCHAR"},
    # One row per scorecard, unit, period and signal.
    "signals": {
        "scorecard": "VARCHAR", "unit": "VARCHAR", "period": "VARCHAR", "period_start_on": "DATE",
        "period_end_on": "DATE", "signal": "VARCHAR", "signal_label": "VARCHAR", "target": "VARCHAR",
        "standing": "VARCHAR", "numerator": AMOUNT, "denominator": AMOUNT, "wilson_low": AMOUNT, "wilson_high": AMOUNT,
        "bound": AMOUNT, "basis": "VARCHAR", "small_sample": "BOOLEAN", **SOURCE,
    },
    # One row per finding that was past its deadline when the night began, as the ledger had it.
    "findings_past_due": {
        "finding": "BIGINT", "target": "VARCHAR", "metric": "VARCHAR", "unit": "VARCHAR", "owner": "VARCHAR",
        "period": "VARCHAR", "period_end_on": "DATE", "state": "VARCHAR", "first_seen": "DATE", "due_on": "DATE",
        "severity": "VARCHAR", "sentence": "VARCHAR", **SOURCE,
    },
    # One row per metric and period that a supplier's own table states too, beside what was counted from the rows.
    "stated_against_counted": {
        "unit": "VARCHAR", "metric": "VARCHAR", "metric_label": "VARCHAR", "period": "VARCHAR",
        "period_start_on": "DATE", "period_end_on": "DATE", "stated": AMOUNT, "stated_text": "VARCHAR",
        "counted": AMOUNT, "counted_text": "VARCHAR", "agrees": "BOOLEAN", "difference": AMOUNT,
        "_dataset": "VARCHAR", "_delivery": "VARCHAR", "_file": "VARCHAR", "_sheet": "VARCHAR", "_row": "INTEGER",
    },
    # One row per unit and period: where oversight goes first, and why.
    "oversight_priorities": {
        "unit": "VARCHAR", "period": "VARCHAR", "period_start_on": "DATE", "period_end_on": "DATE", "rank": "INTEGER",
        "is_listed": "BOOLEAN", "reason": "VARCHAR", "suits_lost": "BIGINT", "suits_judged": "BIGINT",
        "files_unfit": "BIGINT", "files_reviewed": "BIGINT", "small_sample": "BOOLEAN", "last_visit_on": "DATE",
        **SOURCE,
    },
    # One row per delivery that was ever read, as the ledger names its states. `seq`: the order applied.
    "deliveries": {
        "id": "VARCHAR", "seq": "INTEGER", "night": "VARCHAR", "state": "VARCHAR", "dataset": "VARCHAR",
        "supplier": "VARCHAR", "file_name": "VARCHAR", "sheet": "VARCHAR", "sha256": "VARCHAR", "mode": "VARCHAR",
        "coverage_start": "DATE", "coverage_end": "DATE", "periods": "VARCHAR", "received_on": "DATE",
        "rows": "BIGINT", "loaded": "BIGINT", "quarantined": "BIGINT", "listed": "VARCHAR", "reasons": "VARCHAR",
        "told": "VARCHAR", "totals_tie": "BOOLEAN", "key_duplicates": "BIGINT", "refusal_code": "VARCHAR",
        "say": "VARCHAR", "say_en": "VARCHAR", "amends": "VARCHAR",
    },
    # One row per dataset with `due`, supplier and period: what is owed, and what came.
    "deliveries_owed": {
        "dataset": "VARCHAR", "dataset_label": "VARCHAR", "supplier": "VARCHAR", "period": "VARCHAR",
        "period_start_on": "DATE", "period_end_on": "DATE", "due_on": "DATE", "came_on": "DATE",
        "delivery": "VARCHAR", "outcome": "VARCHAR", **SOURCE,
    },
    # One row per source row that broke a rule.
    "quarantine": {
        "_delivery": "VARCHAR", "_dataset": "VARCHAR", "_supplier": "VARCHAR", "_unit": "VARCHAR", "_on": "DATE",
        "_period_start": "DATE", "_period_end": "DATE", "_file": "VARCHAR", "_sheet": "VARCHAR", "_row": "INTEGER",
        "rule": "VARCHAR", "column": "VARCHAR", "cell": "VARCHAR", "value": "VARCHAR", "say": "VARCHAR",
        "say_en": "VARCHAR", "also": "VARCHAR", "raw": "VARCHAR",
    },
    # One row per source row that is neither loaded nor quarantined; `by` is the row, `by_delivery`
    # the delivery that it gave way to; `text` its first cells.
    "listed": {
        "_delivery": "VARCHAR", "_dataset": "VARCHAR", "_supplier": "VARCHAR", "_file": "VARCHAR", "_sheet": "VARCHAR",
        "_row": "INTEGER", "kind": "VARCHAR", "by": "INTEGER", "text": "VARCHAR", "by_delivery": "VARCHAR",
    },
    # One row per key that an upsert file deleted, so that an older row that comes later stays deleted.
    "deletions": {"_dataset": "VARCHAR", "_supplier": "VARCHAR", "_delivery": "VARCHAR", "key": "VARCHAR",
                  "ordered_at": "VARCHAR"},
    # One row per key that stands more than once: from two suppliers, or in two deliveries of one.
    "contradictions": {"dataset": "VARCHAR", "key": "VARCHAR", "kind": "VARCHAR", "suppliers": "VARCHAR",
                       "deliveries": "VARCHAR", "rows": "BIGINT"},
    # One row per unit of the roster, and the towns among them.
    "units": {
        "unit": "VARCHAR", "label_zh": "VARCHAR", "label_en": "VARCHAR", "kind": "VARCHAR", "flags": "VARCHAR",
        "town_code": "VARCHAR", "valid_from": "DATE", "valid_to": "DATE", "becomes": "VARCHAR", **SOURCE,
    },
    "meta": {"key": "VARCHAR", "value": "VARCHAR"},
    "declarations": {"sha256": "VARCHAR", "json": "VARCHAR"},
}  # fmt: skip
SYSTEM["towns"] = SYSTEM["units"]
# One row per standing of a signed year, as tonight's rows would give it under the signed rules.
SYSTEM["standings_after_signing"] = SYSTEM["standings"]
# Filled by the judge after the figures; metrics of these are counted, and judged, in a second pass.
JUDGED_SETS = ("signals", "stated_against_counted", "oversight_priorities")


def core_columns(contract: Contract) -> dict[str, str]:
    """The columns of a dataset's table: its own, its due dates, and where each row came from."""
    own = {name: TYPES.get(column.type, "VARCHAR") for name, column in contract.columns.items()}
    return own | dict.fromkeys(contract.due_columns, "DATE") | CORE


def roster_columns(roster: Roster) -> dict[str, str]:
    """The columns of a roster's table: its own and the line of each entry."""
    return {name: TYPES.get(kind, "VARCHAR") for name, kind in roster.columns.items()} | SOURCE


def link_tables(declarations: Declarations) -> dict[str, tuple[str, str]]:
    """`<dataset>_<column>` -> (dataset, column), for each column that names several units or things in one cell."""
    return {
        f"{dataset}_{name}": (dataset, name)
        for dataset, contract in declarations.contracts.items()
        for name, column in contract.columns.items()
        if column.type in ("units", "several")
    }


LINK = {"_delivery": "VARCHAR", "_sheet": "VARCHAR", "_row": "INTEGER", "entity": "VARCHAR"}


def all_tables(declarations: Declarations) -> dict[str, dict[str, str]]:
    """Every table of a snapshot with its columns. Refuses (ValueError) two things of one name."""
    tables = SYSTEM | {reported_rows.NAME: reported_rows.COLUMNS}
    named = [
        *((name, core_columns(contract)) for name, contract in declarations.contracts.items()),
        *((name, roster_columns(roster)) for name, roster in declarations.rosters.items()),
        *((name, LINK) for name in link_tables(declarations)),
    ]
    for name, columns in named:
        if name in tables:
            raise ValueError(f"two tables would be called “{name}”: rename the dataset or roster")
        tables[name] = columns
    return tables


def make_tables(engine: DuckEngine, declarations: Declarations) -> None:
    """Create the tables that are missing; those that stand are left alone. The view follows tonight's contracts."""
    for name, columns in all_tables(declarations).items():
        if name == reported_rows.NAME:
            continue
        inside = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        engine.run(f"CREATE TABLE IF NOT EXISTS {name} ({inside})")
    rows = reported_rows.reported_rows_sql(declarations.contracts)
    engine.run(f"CREATE OR REPLACE VIEW {reported_rows.NAME} AS {rows}")


def append_rows(engine: DuckEngine, table: str, columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows into a table; what a row does not hold is NULL. Refuses (ValueError) a key without a column."""
    found = list(rows)
    if unknown := {key for row in found for key in row} - columns.keys():
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
    if not found:
        return
    texts = {
        name: [value if (value := row.get(name)) is None or value.__class__ is str else _text(value) for row in found]
        for name in columns
    }
    if len(found) == 1:  # a delivery, mostly: to lend a frame of one row costs three times as much
        values = [texts[name][0] for name in columns]
        engine.run(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in values)})", values)
        return
    import polars as pl

    engine.lend("lent_rows", pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.Utf8)))
    casts = ", ".join(f'CAST("{name}" AS {kind})' for name, kind in columns.items())
    engine.run(f"INSERT INTO {table} SELECT {casts} FROM lent_rows")
    engine.take_back("lent_rows")


def _text(value: Any) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case date() | datetime():
            return value.isoformat()
        case list() | tuple() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)
