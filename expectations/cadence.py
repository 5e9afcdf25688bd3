"""Who is told what, and when: one letter per unit and date, no repeat while nothing changes, no recovery unannounced.

What a night changes is put down as untold. High severity is told at once, the routine on one day of the week, what
stays open on set days of the month; a deadline long past goes up to the leader in charge, then to the office.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from expectations.carried import DONE
from expectations.findings import STOPPED, FindingChange, is_overdue
from warehouse.letter_book import is_silenced, silences
from warehouse.models import Severity
from warehouse.publishing import Publishing
from warehouse.workdays import Calendar, is_set_day

Row = dict[str, Any]
Kind = Literal["letter", "leader"]
NEWS = ("new", "relapsed")
# Since when a deadline counts that may go up: whatever gave the finding its present one.
DEADLINE_GIVEN = ("found", "entered", "relapsed", "reopen", "approve", "reject", "judged_again")


@dataclass(frozen=True)
class Cadence:
    """A county's days. `weekly_on`: 0 is Monday · `remind_on`: days of the month · the rest in working days overdue.

    A set day that is not worked is the next one that is; one on which no night ran is made up for by the next night.
    """

    weekly_on: int = 3
    at_once: frozenset[Severity] = frozenset({"high"})
    remind_on: tuple[int, ...] = (1, 15)
    leader_after: int = 5
    office_after: int = 10


@dataclass(frozen=True)
class Item:
    """One finding as a letter tells it: new, relapsed, worse, overdue, put_right, reminder."""

    finding: Row
    change: str


@dataclass(frozen=True)
class Planned:
    """One letter of tonight."""

    unit: str
    kind: Kind
    items: tuple[Item, ...]


@dataclass
class Plan:
    """What tonight is told, and why the others are told nothing (unit -> reason and how many findings)."""

    letters: list[Planned] = field(default_factory=list)
    silent: dict[str, tuple[str, int]] = field(default_factory=dict)
    to_office: list[Row] = field(default_factory=list)
    is_routine: bool = False


def plan_letters(
    tx: Publishing,
    changes: Iterable[FindingChange],
    cadence: Cadence,
    calendar: Calendar,
    night: str,
    today: date,
    before: date | None,
) -> Plan:
    """Decide tonight's letters inside the transaction that publishes the night, after the findings moved.

    `before`: the business date of the last published night; None on the first, which tells everything. Writes down what
    stays untold and what went up; the caller queues the letters and then calls `mark_letters_told`.
    """
    return _Planner(tx, list(changes), cadence, calendar, night, today, before).plan()


def mark_letters_told(tx: Publishing, plan: Plan, night: str) -> None:
    """What stands in tonight's letters to units is told."""
    tx.mark_told([item.finding["id"] for one in plan.letters if one.kind == "letter" for item in one.items], night)


def after_change(change: FindingChange) -> str | None:
    """What is untold of a finding once tonight's change is put onto what was untold before."""
    held: str | None = change.finding.get("untold")
    match change.kind:
        case "new" | "relapsed":
            return change.kind
        case "put_right":
            return "put_right" if change.was_told else None
        case "worse" | "overdue":
            return held if held in (*NEWS, "worse") else change.kind
        case _:
            return held


class _Planner:
    """One night's decision."""

    def __init__(
        self, tx: Publishing, changes: list[FindingChange], cadence: Cadence, calendar: Calendar, night: str,
        today: date, before: date | None,
    ) -> None:  # fmt: skip
        self.tx, self.changes, self.cadence, self.calendar = tx, changes, cadence, calendar
        self.night, self.today, self.before = night, today, before
        self.silences = silences(tx.con, today)
        self.waiting, self.never_out = tx.waiting_letters(), tx.never_told()
        self.is_routine = self._falls(lambda day: day.weekday() == cadence.weekly_on)
        self.reminds = before is not None and self._falls(lambda day: day.day in cadence.remind_on)

    def plan(self) -> Plan:
        """Put down what is untold, then decide unit by unit."""
        by_owner: dict[str, list[Row]] = defaultdict(list)
        for finding in self._findings():
            by_owner[finding["owner"]].append(finding)
        plan = Plan(is_routine=self.is_routine)
        for owner, findings in sorted(by_owner.items()):
            items = self._items(findings)
            if items:
                plan.letters.append(Planned(owner, "letter", tuple(items)))
            elif reason := self._why_not(findings):
                plan.silent[owner] = (reason, len(findings))
            if self.is_routine:
                self._go_up(owner, findings, plan)
        self._drop_what_is_no_longer_true(plan)
        return plan

    def _findings(self) -> list[Row]:
        """Every finding that is open, or whose recovery is untold, with what is untold of it."""
        found = []
        changed = {change.finding["id"]: change for change in self.changes}
        for row in self.tx.findings():
            change = changed.get(row["id"])
            untold = after_change(change) if change else row["untold"]
            if row["state"] in DONE and untold != "put_right":
                untold = None  # a person settled it before its owner heard of it
            if untold != row["untold"]:
                self.tx.change_finding(row["id"], {"untold": untold})
            if row["state"] not in DONE or untold:
                found.append(row | {"untold": untold})
        return found

    def _items(self, findings: Sequence[Row]) -> list[Item]:
        """What the owner is told tonight; nothing when nothing of it is due, or a letter of this date went out."""
        told = [Item(row, row["untold"]) for row in findings if self._may_be_told(row)]
        is_due = self.is_routine or any(
            item.change != "put_right" and item.finding["severity"] in self.cadence.at_once for item in told
        )
        items = told if is_due else []
        if self.reminds:
            items = items + [Item(row, "reminder") for row in findings if self._is_reminded(row)]
        if not items or self._had_letter_today(findings[0]["owner"]):
            return []
        known = {item.finding["id"] for item in items}
        # What is due tonight takes along what waits for its day; a letter that never went out is said again by this.
        items += [item for item in told if item.finding["id"] not in known]
        known |= {item.finding["id"] for item in told}
        again = [(row, self._said_again(row)) for row in findings if row["id"] not in known]
        return items + [Item(row, change) for row, change in again if change]

    def _may_be_told(self, row: Row) -> bool:
        """A check that did not run, what nobody judges, an open contest, and what is silenced are nobody's news."""
        is_held = row["standing"] == "error" or row["state"] == "contested" or row["unjudged_since"] is not None
        return bool(row["untold"]) and not is_held and not is_silenced(row, self.silences)

    def _is_reminded(self, row: Row) -> bool:
        return self._is_open_and_told(row) and not row["untold"] and not is_silenced(row, self.silences)

    def _is_open_and_told(self, row: Row) -> bool:
        is_open = row["state"] not in STOPPED and row["standing"] != "error" and row["unjudged_since"] is None
        return is_open and self._is_told(row)

    def _is_told(self, row: Row) -> bool:
        """Whether a letter with it went out."""
        return row["told_night"] is not None and not self._stands_unsent(row)

    def _stands_unsent(self, row: Row) -> bool:
        return (row["told_night"], row["owner"]) in self.never_out

    def _said_again(self, row: Row) -> str | None:
        """What stands only in a letter that never went out was not told."""
        if row["untold"] or not self._stands_unsent(row) or is_silenced(row, self.silences):
            return None
        if row["state"] not in (*DONE, "awaiting_verification"):
            return None if row["state"] == "contested" else "new"
        # Only a recovery whose alert had gone out was put into a letter on the night it happened.
        return "put_right" if in_order(row["told_night"]) >= in_order(self._put_right_on(row["id"])) else None

    def _put_right_on(self, finding: int) -> str:
        found = self._last(finding, "put_right")
        return str(found["night"]) if found else f"{date.max}.1"

    def _had_letter_today(self, owner: str) -> bool:
        found = self.tx.con.execute(
            "SELECT 1 FROM letters WHERE unit = ? AND kind = 'letter' AND state IN ('sent', 'written')"
            " AND substr(night, 1, 10) = ? LIMIT 1",
            (owner, self.today.isoformat()),
        ).fetchone()
        return found is not None

    def _why_not(self, findings: Sequence[Row]) -> str | None:
        """Why a unit is told nothing: silenced, its day has not come, or nothing changed."""
        if not findings:
            return None
        due = [row for row in findings if row["untold"] or (self.reminds and self._is_open_and_told(row))]
        if due and all(is_silenced(row, self.silences) for row in due):
            return "silenced"
        return "waiting" if any(row["untold"] for row in findings) else "unchanged"

    def _go_up(self, owner: str, findings: Sequence[Row], plan: Plan) -> None:
        """Deadlines long past: to the leader in charge, then to the office. Each step once for one deadline."""
        up: list[Item] = []
        unsent = {
            int(change["finding_id"])
            for letter in self.waiting
            if (letter["unit"], letter["kind"]) == (owner, "leader")
            for change in letter["content"].get("changes", ())
        }
        for row in findings:
            if not is_overdue(row, self.today) or not self._is_told(row) or is_silenced(row, self.silences):
                continue
            late = self.calendar.working_days_between(row["due_on"], self.today)
            last = self._last(row["id"], *DEADLINE_GIVEN, "to_leader", "to_office")
            step = last["action"] if last else ""
            if late >= self.cadence.office_after and step != "to_office":
                self._event(row, "to_office")
                plan.to_office.append(row)
            is_new = late >= self.cadence.leader_after and step not in ("to_leader", "to_office")
            if is_new or row["id"] in unsent:
                up.append(Item(row, "overdue"))
            if is_new and late < self.cadence.office_after:
                self._event(row, "to_leader")
        if any(item.finding["id"] not in unsent for item in up):
            plan.letters.append(Planned(owner, "leader", tuple(up)))

    def _drop_what_is_no_longer_true(self, plan: Plan) -> None:
        """A letter that waits and of which nothing stands any more goes no more."""
        if not self.waiting:
            return
        now = {row["id"]: row for row in self.tx.findings()}
        again = {(one.unit, one.kind) for one in plan.letters}
        for letter in self.waiting:
            told = letter["content"].get("changes")
            is_alone = told and (letter["unit"], letter["kind"]) not in again
            if is_alone and not any(_still_true(change, now) for change in told):
                self.tx.supersede(letter["id"], "nothing of it is true any more")

    def _falls(self, is_named: Callable[[date], bool]) -> bool:
        """Whether a set day lies after the last night and not after tonight."""
        if self.before is None:
            return True
        days = (self.before + timedelta(days=each) for each in range(1, (self.today - self.before).days + 1))
        return any(is_set_day(day, is_named, self.calendar) for day in days)

    def _last(self, finding: int, *actions: str) -> Mapping[str, Any] | None:
        marks = ", ".join("?" * len(actions))
        found: Mapping[str, Any] | None = self.tx.con.execute(
            f"SELECT action, night FROM finding_events WHERE finding_id = ? AND action IN ({marks})"
            " ORDER BY seq DESC LIMIT 1",
            (finding, *actions),
        ).fetchone()
        return found

    def _event(self, row: Row, action: str) -> None:
        self.tx.record_finding_event(
            row["id"], night=self.night, who="night", action=action, from_state=row["state"], to_state=row["state"]
        )


def _still_true(change: Mapping[str, Any], now: Mapping[int, Row]) -> bool:
    row = now.get(int(change["finding_id"]))
    if row is None:
        return False
    if change["change"] == "put_right":
        return bool(row["state"] in (*DONE, "awaiting_verification"))
    return row["state"] not in (*DONE, "awaiting_verification")


def in_order(night: str) -> tuple[str, int]:
    """A night's date and sequence: 2025-02-06.10 comes after 2025-02-06.9."""
    day, _, sequence = night.partition(".")
    return day, int(sequence)
