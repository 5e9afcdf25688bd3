"""What the judge is given: plain rows from a snapshot that is still being written."""

from __future__ import annotations

from datetime import date
from typing import Any

from warehouse.engine import DuckEngine

DELIVERIES = """
SELECT d.*, coalesce(q.rows_now, 0) AS quarantined_now
FROM deliveries d
LEFT JOIN (SELECT _delivery, count(*) AS rows_now FROM quarantine GROUP BY _delivery) q ON q._delivery = d.id
WHERE d.state = 'in_force' ORDER BY d.seq
"""
QUARANTINED = """
SELECT q._dataset AS dataset, q._supplier AS supplier, q._unit AS unit, q._on AS "on", q._period_start AS period_start,
       q._period_end AS period_end, d.received_on, count(*) AS rows
FROM quarantine q LEFT JOIN deliveries d ON d.id = q._delivery GROUP BY ALL ORDER BY ALL
"""


def judging_inputs(engine: DuckEngine, as_of: date) -> dict[str, Any]:
    """Plain rows for the judge: figures, owed, quarantined, deliveries, signals.

    `figures`: as in the table, unit and town None for the county. `owed`: rows of deliveries_owed. `quarantined`:
    counts by dataset, supplier, unit, day, and the period and arrival of the delivery. `deliveries`: those in force;
    their `quarantined` counts the rows that still wait, since a later delivery may have put some right.
    `rows_of`: given the name of a dataset, its loaded rows in the order of their files.
    """
    deliveries = engine.rows(DELIVERIES)
    for row in deliveries:
        row["quarantined"] = row.pop("quarantined_now")

    def rows_of(dataset: str) -> list[dict[str, Any]]:
        return engine.rows(f'SELECT * FROM "{dataset}" ORDER BY _file, _sheet, _row, _delivery')

    return {
        "as_of": as_of,
        "rows_of": rows_of,
        "figures": engine.rows("SELECT * FROM figures"),
        "owed": engine.rows("SELECT * FROM deliveries_owed"),
        "quarantined": engine.rows(QUARANTINED),
        "deliveries": deliveries,
        "signals": engine.rows("SELECT * FROM signals"),
    }
