"""Findings whose target, unit or metric people changed: each keeps its number and its history, none is doubled."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from warehouse.publishing import Publishing
from warehouse.signed_year import Key, key_of
from warehouse.workdays import Calendar

Row = dict[str, Any]
DONE = frozenset({"closed", "looked_back"})
# Whoever answers for a finding from now on has heard nothing of it.
NOT_TOLD = {"told_night": None, "untold": None}


@dataclass(frozen=True)
class Successors:
    """What stands tonight in the place of what was declared before: of a unit, and of a metric's id."""

    of_unit: Callable[[str], str] = str
    of_target: Callable[[str], str] = str


def given_back(calendar: Calendar, due_on: date, since: date, until: date) -> date:
    """A deadline after its clock stood still from `since` to `until`; one that had passed before is not moved."""
    if due_on < since:
        return due_on
    return calendar.add_working_days(due_on, calendar.working_days_between(since, until))


class Carrier:
    """One night's look at what became of every finding's target, unit and owner, before its standing is looked at."""

    def __init__(self, tx: Publishing, night: str, on: date, calendar: Calendar, successors: Successors) -> None:
        self.tx, self.night, self.on, self.calendar, self.successors = tx, night, on, calendar, successors

    def carry(self, judged: Mapping[Key, Mapping[str, Any]]) -> tuple[dict[Key, Row], set[int]]:
        """All findings by what they are known by from tonight on, and the ids of those that another unit answers for.

        `judged`: what has a standing tonight. A finding that has none goes on under the name of its metric and unit
        that has one, unless that has a finding of its own. Otherwise nobody judges it any more: its clock stands still
        until someone does, or a person closes it.
        """
        rows = self.tx.findings()
        taken = {key_of(row) for row in rows}
        handed = set()
        for row in rows:
            if not row["entered"]:  # what people entered, no rule judges
                if key_of(row) not in judged:
                    self._rename(row, judged, taken)
                    taken.add(key_of(row))
                self._mark(row, key_of(row) in judged)
            if self._hand_over(row):
                handed.add(row["id"])
        return {key_of(row): row for row in rows}, handed

    def _rename(self, row: Row, judged: Mapping[Key, Mapping[str, Any]], taken: Container[Key]) -> None:
        old = key_of(row)
        new = (self.successors.of_target(row["target"]), self.successors.of_unit(row["unit"]), row["period"])
        if new == old or new not in judged or new in taken:
            return
        self._change(row, {"target": new[0], "metric": judged[new]["metric"], "unit": new[1]})
        if new[0] != old[0]:
            self._event(row, "renamed", f"{old[0]} → {new[0]}")
        if new[1] != old[1]:
            self._event(row, "unit_changed", f"{old[1]} → {new[1]}")

    def _mark(self, row: Row, is_judged: bool) -> None:
        """Write down that nobody judges an open finding from tonight on, or that it is judged again."""
        since = row["unjudged_since"]
        if not is_judged and since is None and row["state"] not in DONE:
            self._change(row, {"unjudged_since": self.on})
            self._event(row, "unjudged")
        elif is_judged and since is not None:
            due_on = given_back(self.calendar, row["due_on"], since, self.on)
            self._change(row, {"unjudged_since": None, "due_on": due_on})
            self._event(row, "judged_again")

    def _hand_over(self, row: Row) -> bool:
        """Whether an open finding moved to the unit that answers for its owner now."""
        owner = self.successors.of_unit(row["owner"])
        if owner == row["owner"] or row["state"] in DONE:
            return False
        self._change(row, {"owner": owner, **NOT_TOLD})
        self._event(row, "handed_over")
        return True

    def _change(self, row: Row, values: Row) -> None:
        self.tx.change_finding(row["id"], values)
        row.update(values)

    def _event(self, row: Row, action: str, comment: str = "") -> None:
        self.tx.record_finding_event(
            row["id"], night=self.night, who="night", action=action, from_state=row["state"], to_state=row["state"],
            comment=comment,
        )  # fmt: skip
