"""What is owed, and what came: one row per dataset with `due`, supplier and period that has ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from warehouse.declarations import Declarations
from warehouse.models import Contract
from warehouse.periods import Period, due_day, periods_between
from warehouse.workdays import Calendar

Delivery = Mapping[str, Any]
# Not in force, but told when nothing else came: it explains the gap better than “missing”.
STOPPED = ("refused", "held")


def deliveries_owed(
    declarations: Declarations, calendar: Calendar, deliveries: Sequence[Delivery], as_of: date
) -> Iterator[dict[str, Any]]:
    """Rows of `deliveries_owed`, for periods from the contract's `since` that ended before `as_of`.

    A period came on the first day on which the deliveries received by then covered all of it, if those in force still
    do: a correction sent later does not make a department late. `deliveries` are all that the snapshot knows.
    """
    for dataset, contract in declarations.contracts.items():
        if contract.due is None:
            continue
        number = 0
        own = [row for row in deliveries if row["dataset"] == dataset]
        for period in periods_between(contract.due.every, contract.due.since, as_of):
            if period.start < contract.due.since or period.end >= as_of:
                continue
            due_on = due_day(contract.due, period, calendar)
            for supplier in suppliers(declarations, contract, period.end):
                number += 1
                folders = _folders(declarations, contract, supplier)
                sent = [row for row in own if row["supplier"] in folders]
                came_on, delivery = _came(contract, period, sent)
                yield {
                    "dataset": dataset, "dataset_label": contract.label.zh, "supplier": supplier,
                    "period": period.name, "period_start_on": period.start, "period_end_on": period.end,
                    "due_on": due_on, "came_on": came_on, "delivery": delivery,
                    "outcome": _outcome(period, sent, due_on, came_on, as_of), "_dataset": "deliveries_owed",
                    "_file": f"datasets/{dataset}.yml", "_sheet": "", "_row": number,
                }  # fmt: skip


def suppliers(declarations: Declarations, contract: Contract, on: date) -> list[str]:
    """The units that owe a dataset on a day."""
    return list(dict.fromkeys(unit for kind in contract.supplied_by for unit in declarations.units_for(kind, on)))


def _folders(declarations: Declarations, contract: Contract, supplier: str) -> set[str]:
    """Under whose name its file may come: a unit that the contract names may have been abolished or come from one.

    Not so for a kind of units, of which two may have become one: the file of one of them is not the other's.
    """
    lines = [declarations.successors(name) for name in contract.supplied_by if name in declarations.units]
    return {supplier}.union(*(line for line in lines if supplier in line))


def _came(contract: Contract, period: Period, sent: Sequence[Delivery]) -> tuple[date | None, str | None]:
    """The day the period was complete, and the delivery in force that completes it now."""
    in_force = [row for row in sent if row["state"] == "in_force"]
    _, delivery = _completed(contract, period, in_force)
    if delivery is None:
        return None, None
    came_on, _ = _completed(contract, period, [row for row in sent if row["state"] in ("in_force", "replaced")])
    return came_on, delivery


def _completed(contract: Contract, period: Period, sent: Sequence[Delivery]) -> tuple[date | None, str | None]:
    spans: list[tuple[date, date]] = []
    for row in sorted(sent, key=lambda one: (one["received_on"] or date.max, one["id"])):
        if row["coverage_start"] is None or row["coverage_end"] is None:
            continue
        spans.append((row["coverage_start"], row["coverage_end"]))
        if _covered(contract, period, spans):
            return row["received_on"] or row["coverage_end"], row["id"]
    return None, None


def _covered(contract: Contract, period: Period, spans: Sequence[tuple[date, date]]) -> bool:
    """Every day of the period; of a stock, its last day."""
    if contract.covers == "stock":
        return any(first <= period.end <= last for first, last in spans)
    reached = period.start
    for first, last in sorted(spans):
        if first <= reached <= last:
            reached = last + timedelta(days=1)
    return reached > period.end


def _outcome(period: Period, sent: Sequence[Delivery], due_on: date, came_on: date | None, as_of: date) -> str:
    if came_on is not None:
        return "came" if came_on <= due_on else "late"
    for row in reversed(sent):
        start, end = row["coverage_start"], row["coverage_end"]
        touches = start <= period.end and end >= period.start if start and end else _is_meant(row, period)
        if row["state"] in STOPPED and touches:
            return str(row["state"])
    return "not_due" if due_on >= as_of else "missing"


def _is_meant(row: Delivery, period: Period) -> bool:
    """A refused file rarely says what it covers: it is taken for every period that had ended when it came."""
    return row["received_on"] is None or row["received_on"] > period.end
