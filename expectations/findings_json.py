"""Findings in the fixed shape that commands hand out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def findings_json(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Findings as `ducha findings --json` prints them. What a file promises has its target's id for a metric."""
    return [
        {
            "id": row["id"], "metric": row["metric"] or row["target"], "unit": row["unit"], "period": row["period"],
            "state": row["state"], "standing": row["standing"], "first_seen": row["first_seen"].isoformat(),
            "last_seen": row["last_seen"].isoformat(), "due_on": row["due_on"].isoformat(),
        }
        for row in findings
    ]  # fmt: skip
