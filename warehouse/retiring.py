"""Deliveries that carry no rows any more, because later ones cover all that they did."""

from __future__ import annotations

from warehouse.engine import DuckEngine
from warehouse.predicates import constant_sql
from warehouse.settle import Version, standing_versions


def retire_replaced(engine: DuckEngine) -> None:
    """Deliveries whose whole slice later ones cover carry no rows any more: replaced, and nothing of them is kept."""
    rows = engine.rows("SELECT * FROM deliveries WHERE state = 'in_force' ORDER BY seq")
    versions = [
        Version(
            row["id"], row["dataset"], row["supplier"], row["sha256"] or "", row["sheet"] or "",
            row["coverage_start"], row["coverage_end"], row["mode"], row["amends"] or "",
        )
        for row in rows
    ]  # fmt: skip
    standing = {version.delivery_id for version in standing_versions(versions)}
    for version in versions:
        if version.delivery_id in standing:
            continue
        named = constant_sql(version.delivery_id)
        for table in (version.dataset, "quarantine", "listed"):
            engine.run(f"DELETE FROM {table} WHERE _delivery = {named}")
        engine.run(f"UPDATE deliveries SET state = 'replaced' WHERE id = {named}")
