"""What a supplier promises of its file: it came, has a plausible size, few bad rows, true totals, unique keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from expectations.evidence import Evidence, Owed, as_day
from expectations.standings import Case
from warehouse.declarations import Declarations
from warehouse.models import Contract, Every, Label, Model, Severity, Share
from warehouse.periods import period_named, period_of
from warehouse.yaml_reader import read_yaml, validate

PROMISES = Path(__file__).with_name("promises.yml")
Delivery = Mapping[str, Any]
Key = tuple[str, str]
# Promises that rows break which are quarantined: where most of them are, that alone is told.
FROM_ROWS = ("totals_tie", "keys_unique")


class Promise(Model):
    """One promise about every delivery, with the words and the weight that a finding about it has."""

    label: Label
    severity: Severity
    basis: str
    at_most: Share = Decimal(0)


@cache
def read_promises() -> dict[str, Promise]:
    """The promises by the part of a target's id after the colon (`service_cases:delivered`)."""
    return {name: validate(Promise, tree, PROMISES, name) for name, tree in read_yaml(PROMISES).items()}


def promise_cases(declarations: Declarations, evidence: Evidence) -> Iterator[Case]:
    """One case per dataset, promise, supplier and period that is owed or came.

    A file that covers several periods is judged once, with the last of them.
    """
    promises = read_promises()
    for dataset, contract in declarations.contracts.items():
        every: Every = contract.due.every if contract.due else "year"
        owed = {(row.supplier, row.period): row for row in evidence.owed[dataset]}
        came = _by_last_period(evidence, dataset, every)
        for key in dict.fromkeys([*owed, *came]):
            for name, promise in promises.items():
                if name == "delivered" and key not in owed:
                    continue
                case = _case(declarations, dataset, name, promise, key, evidence.as_of)
                _decide(case, name, promise, contract, owed.get(key), came.get(key, []), evidence.as_of)
                yield case


def _by_last_period(evidence: Evidence, dataset: str, every: Every) -> dict[Key, list[Delivery]]:
    found: dict[Key, list[Delivery]] = defaultdict(list)
    for row in evidence.deliveries:
        end = as_day(row["coverage_end"])
        if row["dataset"] == dataset and end is not None:
            found[row["supplier"], period_of(every, end).name].append(row)
    return found


def _case(declarations: Declarations, dataset: str, name: str, promise: Promise, key: Key, as_of: date) -> Case:
    supplier, period = key
    contract = declarations.contracts[dataset]
    return Case(
        target=f"{dataset}:{name}", metric=None, dataset=dataset, kind="promise", period=period_named(period),
        unit=supplier, owner=declarations.answers_for(supplier, as_of), severity=promise.severity,
        basis=promise.basis, sentence=f"{contract.label.zh}：{promise.label.zh}", rule=promise.label.zh,
        bound=promise.at_most, comparison="at_most", since=contract.due.since if contract.due else None,
    )  # fmt: skip


def _decide(
    case: Case, name: str, promise: Promise, contract: Contract, owed: Owed | None, came: list[Delivery], as_of: date
) -> None:
    if owed is not None and owed.came_on is None:
        is_overdue = owed.due_on < as_of
        case.standing = "missing" if is_overdue else "not_due"
        case.cause = owed.cause if is_overdue and name != "delivered" else None
        if is_overdue and name == "delivered":
            case.numerator, case.short_by = Decimal(1), Decimal(1)
        return
    if name == "delivered":
        case.numerator, case.short_by = Decimal(0), Decimal(0)
    elif not came:
        case.standing = "not_applicable"  # its file covers later periods too and is judged with the last of them
    else:
        case.numerator, case.denominator, case.short_by = _measured(name, promise, contract, came)
        if name in FROM_ROWS and case.short_by > 0 and _is_mostly_held(came):
            case.cause = f"delivery:{case.dataset}:{case.unit}:{case.period.name}"


def _is_mostly_held(came: list[Delivery]) -> bool:
    return bool(sum(row["quarantined"] for row in came) * 2 > sum(row["rows"] for row in came))


def _measured(
    name: str, promise: Promise, contract: Contract, came: list[Delivery]
) -> tuple[Decimal, Decimal | None, Decimal]:
    """What breaks the promise, of how many, and how far it lies over the bound."""
    rows = Decimal(sum(row["rows"] for row in came))
    match name:
        case "rows_in_band":
            least, most = contract.rows.at_least, contract.rows.at_most
            off = [max(least - row["rows"], row["rows"] - most if most is not None else 0, 0) for row in came]
            return rows, None, Decimal(max(off))
        case "few_quarantined":
            held = Decimal(sum(row["quarantined"] for row in came))
            return held, rows, held - (rows * promise.at_most).to_integral_value(ROUND_FLOOR)
        case "totals_tie":
            wrong = Decimal(sum(row["totals_tie"] is False for row in came))
            return wrong, None, wrong
        case "keys_unique":
            double = Decimal(sum(row["key_duplicates"] or 0 for row in came))
            return double, None, double
        case unknown:
            raise ValueError(f"promises.yml names a promise that nobody measures: {unknown}")
