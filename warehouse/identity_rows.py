"""The rows behind an identity: those of each figure on its two sides, and those that stand on one side only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from warehouse.metric_rows import metric_rows
from warehouse.models import Identity
from warehouse.trace import Side

if TYPE_CHECKING:
    from warehouse.snapshot import Snapshot

Row = dict[str, Any]


def trace_identity(
    snapshot: Snapshot,
    name: str,
    period: str,
    unit: str | None = None,
    side: Side = "denominator",
    limit: int | None = None,
    offset: int = 0,
    masked: bool = True,
) -> list[Row]:
    """Rows of the left side (`numerator`), of the right (`denominator`), or of the difference (`shortfall`).

    Each row says in `_metric` which figure it counts for. The difference is in rows only where both sides count rows
    of one row set: then it is those that stand on one side more often than on the other. Else it has none.
    """
    identity = snapshot.declarations.identities[name]
    if side == "shortfall":
        found = _difference(snapshot, identity, period, unit, masked)
    else:
        chosen = identity.left if side == "numerator" else identity.right
        found = [row for metric in chosen for row in _rows(snapshot, metric, period, unit, masked)]
    return found[offset : None if limit is None else offset + limit]


def identity_sides(snapshot: Snapshot, name: str, period: str, unit: str | None = None) -> dict[str, dict[str, Any]]:
    """Per side (left, right) every metric with what it counts for that unit and period; None where it has no figure."""
    identity = snapshot.declarations.identities[name]
    found: dict[str, dict[str, Any]] = {}
    for side, metrics in (("left", identity.left), ("right", identity.right)):
        rows = {metric: snapshot.figures(period, unit=unit, metric=metric, town=None) for metric in metrics}
        found[side] = {metric: found[0]["numerator"] if found else None for metric, found in rows.items()}
    return found


def counts_the_same_rows(snapshot: Snapshot, identity: Identity) -> bool:
    """Whether every figure of the identity counts rows of one row set, so that a difference is a set of rows."""
    readings = [metric_rows(snapshot.declarations, metric) for metric in (*identity.left, *identity.right)]
    are_counts = all(one.kind == "count" and one.metric.per is None for one in readings)
    return are_counts and len({(one.metric.of, one.day, one.unit) for one in readings}) == 1


def _rows(snapshot: Snapshot, metric: str, period: str, unit: str | None, masked: bool) -> Iterable[Row]:
    for row in snapshot.trace(metric, period, unit=unit, side="numerator", masked=masked):
        yield row | {"_metric": metric}


def _difference(snapshot: Snapshot, identity: Identity, period: str, unit: str | None, masked: bool) -> list[Row]:
    if not counts_the_same_rows(snapshot, identity):
        return []
    rows: dict[str, Row] = {}
    counted = {"left": Counter[str](), "right": Counter[str]()}
    for side, metrics in (("left", identity.left), ("right", identity.right)):
        for metric in metrics:
            plain = snapshot.trace(metric, period, unit=unit, side="numerator", masked=False)
            shown = snapshot.trace(metric, period, unit=unit, side="numerator") if masked else plain
            for own, row in zip(plain, shown, strict=True):
                counted[side][repr(own)] += 1
                rows.setdefault(repr(own), row | {"_metric": metric})
    off = [key for key in rows if counted["left"][key] > counted["right"][key]]
    if identity.holds == "equal":
        off = [key for key in rows if counted["left"][key] != counted["right"][key]]
    return [rows[key] for key in off]
