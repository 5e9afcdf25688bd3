"""What the judge is given: plain rows from a snapshot that is still being written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from warehouse.engine import DuckEngine
from warehouse.predicates import constant_sql

DELIVERIES = """
SELECT d.*, coalesce(q.rows_now, 0) AS quarantined_now, coalesce(q.doubles_now, 0) AS doubles_now
FROM deliveries d
LEFT JOIN (SELECT _delivery, count(*) AS rows_now, count(*) FILTER (rule = 'duplicate_key') AS doubles_now
           FROM quarantine GROUP BY _delivery) q ON q._delivery = d.id
WHERE d.state = 'in_force' ORDER BY d.seq
"""
QUARANTINED = """
SELECT q._dataset AS dataset, q._supplier AS supplier, q._unit AS unit, q._on AS "on", q._period_start AS period_start,
       q._period_end AS period_end, d.received_on, count(*) AS rows
FROM quarantine q LEFT JOIN deliveries d ON d.id = q._delivery GROUP BY ALL ORDER BY ALL
"""


FIGURES = "SELECT metric, period, unit, town, numerator, denominator FROM figures"


def judging_inputs(engine: DuckEngine, as_of: date) -> dict[str, Any]:
    """Plain rows for the judge: figures, owed, quarantined, deliveries, signals.

    `figures`: metric, period, unit, town (both None: the county) and the two sides. `owed`: rows of deliveries_owed.
    `quarantined`: counts by dataset, supplier, unit, day, and the period and arrival of the delivery. `deliveries`:
    those in force; their `quarantined` counts the rows that still wait, since a later delivery may have put some right.
    A return slip is part of what it amends: its rows at fault count there, and its total is the one that counts.
    `rows_of`: given the name of a dataset, its loaded rows in the order of their files.
    """
    deliveries = _with_their_slips(engine.rows(DELIVERIES))

    def rows_of(dataset: str) -> list[dict[str, Any]]:
        return engine.rows(f'SELECT * FROM "{dataset}" ORDER BY _file, _sheet, _row, _delivery')

    return {
        "as_of": as_of,
        "rows_of": rows_of,
        "figures": engine.rows(FIGURES),
        "owed": engine.rows("SELECT * FROM deliveries_owed"),
        "quarantined": engine.rows(QUARANTINED),
        "deliveries": deliveries,
        "signals": engine.rows("SELECT * FROM signals"),
    }


def second_inputs(engine: DuckEngine, first: Mapping[str, Any], metrics: Collection[str]) -> dict[str, Any]:
    """The same after the first pass, with the rows that it filled and the figures of `metrics`, which count them."""
    named = ", ".join(map(constant_sql, metrics)) or "NULL"
    figures = engine.rows(f"{FIGURES} WHERE metric IN ({named})")
    return {**first, "figures": [*first["figures"], *figures], "signals": engine.rows("SELECT * FROM signals")}


def _with_their_slips(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = {row["id"]: row | {"quarantined": row["quarantined_now"]} for row in rows if not row["amends"]}
    for slip in (row for row in rows if row["amends"]):
        whole = found[slip["amends"]]
        whole["quarantined"] += slip["quarantined_now"]
        whole["totals_tie"] = slip["totals_tie"]
        whole["doubles_now"] += slip["doubles_now"]
        whole["key_duplicates"] = whole["doubles_now"]
    now = ("quarantined_now", "doubles_now")
    return [{name: value for name, value in row.items() if name not in now} for row in found.values()]
