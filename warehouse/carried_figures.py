"""Which of last night's figures stand tonight: those counted in the same way from rows that nobody touched.

A figure follows from three things: the statements that count it, with every constant in them; the periods it is wanted
for; and the rows they read. The first two are hashed into a key that stands beside the figures; of the rows, a dataset
is untouched when tonight's file is a copy of last night's and nothing was written into it. Due dates are columns of the
rows, so a changed holiday reads their dataset again. Whatever else a metric reads is counted anew each night.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import version

from warehouse.declarations import Declarations
from warehouse.engine import DuckEngine
from warehouse.predicates import constant_sql
from warehouse.tables import SYSTEM, all_tables, append_rows, link_tables

WORD = re.compile(r"[a-z_][a-z0-9_]*")
Versions = Mapping[str, tuple[tuple[str, int], ...]]


def versions_in_force(engine: DuckEngine) -> dict[str, tuple[tuple[str, int], ...]]:
    """dataset -> its deliveries in force, each with its place in the order applied; none before the first night."""
    if not engine.rows("SELECT 1 FROM duckdb_tables() WHERE database_name = 'snapshot' AND table_name = 'deliveries'"):
        return {}
    found: dict[str, list[tuple[str, int]]] = {}
    for row in engine.rows("SELECT dataset, id, seq FROM deliveries WHERE state = 'in_force' ORDER BY seq, id"):
        found.setdefault(row["dataset"], []).append((row["id"], row["seq"]))
    return {dataset: tuple(versions) for dataset, versions in found.items()}


def datasets_touched(before: Versions, after: Versions, written: Iterable[str]) -> set[str]:
    """The datasets whose rows may differ from last night's: those written into, and those whose deliveries differ."""
    return set(written) | {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def figure_keys(
    declarations: Declarations,
    statements: Mapping[str, str],
    periods: Mapping[str, Iterable[str]],
    common: Iterable[str],
) -> dict[str, str]:
    """metric -> the hash of how it is counted: its statement, its periods, the units and rosters it looks into.

    `common`: the statements that all metrics share.
    """
    people = _hash(*(one.model_dump_json() for one in (*declarations.units.values(), *declarations.rosters.values())))
    listed = {"units", "towns", *declarations.rosters}
    counted_by = _hash(version("ducha"), *common)
    return {
        metric: _hash(
            counted_by, statement, *periods[metric], people if listed & set(WORD.findall(statement)) else "no list"
        )
        for metric, statement in statements.items()
    }


def stale_metrics(
    engine: DuckEngine,
    declarations: Declarations,
    statements: Mapping[str, str],
    keys: Mapping[str, str],
    touched: Collection[str],
) -> set[str]:
    """The metrics that must be counted anew; the figures of all others stand as they are in the file."""
    carried = {row["metric"]: row["key"] for row in engine.rows("SELECT metric, key FROM figure_keys")}
    links = {table: dataset for table, (dataset, _column) in link_tables(declarations).items()}
    lists = {"units", "towns", *declarations.rosters}
    tables = all_tables(declarations).keys()

    def may_differ(table: str) -> bool:
        dataset = links.get(table, table)
        return dataset in touched or (dataset not in declarations.contracts and table not in lists)

    return {
        metric
        for metric, statement in statements.items()
        if carried.get(metric) != keys[metric] or any(map(may_differ, tables & set(WORD.findall(statement))))
    }


def remember_keys(engine: DuckEngine, keys: Mapping[str, str]) -> None:
    """Write the keys of the metrics that were just counted in the place of their former ones."""
    named = ", ".join(map(constant_sql, keys))
    engine.run(f"DELETE FROM figure_keys WHERE metric IN ({named})")
    append_rows(
        engine, "figure_keys", SYSTEM["figure_keys"], ({"metric": name, "key": key} for name, key in keys.items())
    )


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
