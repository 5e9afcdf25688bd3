"""Deadlines in years whose holidays nobody has entered: Monday to Friday are taken for worked there, so they may move.

The State Council names the holidays of a year late in the year before; until then such a deadline is marked wherever
people read it. A day that a law names (03-31) never moves and is never marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from warehouse.declarations import Declarations
from warehouse.engine import Engine
from warehouse.models import ChosenLimit, Clock, Contract


def counted_due_columns(contract: Contract) -> tuple[str, ...]:
    """The due columns of a contract that are counted in days and so depend on the calendar."""
    found = []
    for name, versions in contract.clocks.items():
        if any(_counts_days(clock) for clock in versions):
            found += [column for column in contract.due_columns if column in (f"{name}_due_on", f"{name}_base_due_on")]
    return tuple(found)


def is_provisional(declarations: Declarations, column: str, value: object) -> bool:
    """Whether the value is a deadline that may still move."""
    if not column.endswith("_due_on") or not isinstance(value, date) or value == date.max:
        return False
    if any(holiday.day.year == value.year for holiday in reversed(declarations.holidays)):
        return False
    return any(column in counted_due_columns(contract) for contract in declarations.contracts.values())


def provisional_columns(declarations: Declarations, row: Mapping[str, Any]) -> tuple[str, ...]:
    """The deadlines of one row that may still move."""
    return tuple(name for name, value in row.items() if is_provisional(declarations, name, value))


def provisional_counts(engine: Engine, declarations: Declarations) -> dict[str, int]:
    """Dataset -> how many of its loaded rows' deadlines may still move; datasets without any are left out."""
    years = ", ".join(str(year) for year in sorted({holiday.day.year for holiday in declarations.holidays})) or "0"
    found = {}
    for dataset, contract in declarations.contracts.items():
        columns = counted_due_columns(contract)
        sums = " + ".join(f"count(CASE WHEN year({name}) NOT IN ({years}, 9999) THEN 1 END)" for name in columns)
        if columns and (count := int(engine.rows(f"SELECT {sums} AS days FROM {dataset}")[0]["days"])):
            found[dataset] = count
    return found


def _counts_days(clock: Clock) -> bool:
    if isinstance(clock.limit, ChosenLimit):
        texts = list(clock.limit.values.values())
    else:
        texts = [clock.limit if isinstance(clock.limit, str) else clock.limit.days]
    if clock.is_minimum:  # no day off moves one in days of the calendar
        return any("working" in text for text in texts)
    return clock.extend is not None or any("-" not in text for text in texts)
