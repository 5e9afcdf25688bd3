"""A standing changes -> a finding is opened, kept, or marked as put right. Only a person closes it.

A finding is (target, unit, period): there is one for it, ever; when it comes back it reopens under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from expectations.carried import DONE, Carrier, Successors
from warehouse.models import Severity
from warehouse.publishing import Publishing
from warehouse.signed_year import key_of
from warehouse.workdays import Calendar

Row = dict[str, Any]
Change = Literal["new", "worse", "overdue", "kept", "put_right", "relapsed"]
Sentences = Callable[[Mapping[str, Any]], tuple[str, str]]
BY_NIGHT = {"unjudged_since": None, "entered": None, "untold": None}
NO_SUCCESSORS = Successors()
WORKING_DAYS: dict[Severity, int] = {"high": 5, "medium": 10, "low": 20}
LOWER: dict[Severity, Severity] = {"high": "medium", "medium": "low", "low": "low"}
# How bad a standing that opens findings is; `missing` opens one only for the delivery itself.
RANK = {"near": 1, "unsure": 2, "missing": 3, "short": 4}
# Causes that are told once, elsewhere: a delivery that did not come, rows that could be anyone's, other units' cards.
FOLLOWS_FROM = ("delivery:", "unplaced:", "signals:")
STATES = (
    "found", "assigned", "received", "planned", "contested", "rectifying", "evidenced", "verified", "closed",
    "returned", "awaiting_verification", "looked_back",
)  # fmt: skip
# Whose clock does not run: it is settled, it waits for the office, or its owner contests it.
STOPPED = DONE | {"awaiting_verification", "evidenced", "verified", "contested"}
NOT_CONTESTED = {"contested_on": None, "decide_by": None, "extension": None}
# A person's moves after which somebody answers for it who was not told.
BY_PERSONS = ("refer", "reopen", "entered")
CLAIMS_GOOD = frozenset({"put_right", "data_corrected"})


class FindingRefused(Exception):
    """A person asked for something that this finding does not allow."""


@dataclass(frozen=True)
class FindingChange:
    """What tonight did to one finding. `was_told`: it stood in a letter that went out, so its recovery may be told."""

    kind: Change
    finding: Row
    was_told: bool = False


def is_overdue(finding: Mapping[str, Any], on: date) -> bool:
    """Whether a finding's deadline has passed and its clock runs: someone judges it, and its owner has it in hand."""
    is_running = finding["state"] not in STOPPED and finding["unjudged_since"] is None
    return is_running and bool(finding["due_on"] < on)


def opens_finding(standing: Mapping[str, Any]) -> bool:
    """Whether a standing is a finding in itself, and does not only follow from one that is told elsewhere."""
    if (standing["cause"] or "").startswith(FOLLOWS_FROM):
        return False
    if standing["standing"] == "missing":
        return str(standing["target"]).endswith(":delivered")
    return standing["standing"] in RANK


def move_findings(
    tx: Publishing,
    standings: Iterable[Mapping[str, Any]],
    night: str,
    business_date: date,
    calendar: Calendar,
    sentences: Sentences,
    successors: Successors = NO_SUCCESSORS,
    after_signing: Iterable[Mapping[str, Any]] = (),
) -> list[FindingChange]:
    """Move all findings by tonight's standings, inside the transaction that publishes the night.

    `met` moves an open finding to awaiting_verification. missing, unsure for another's cause, error, not_due and
    not_applicable never close one or put it right. Returns every finding that is open or was put right tonight; who is
    told of it, and when, is decided in `cadence.py`. `successors`: what stands in the place of
    units and metrics that were; an open finding of a unit that was abolished is handed over, and is news to the other.
    `after_signing`: what tonight's rows give for standings of signed years; those open nothing and worsen nothing.
    """
    judged = {key_of(standing): standing for standing in standings}
    known, handed = Carrier(tx, night, business_date, calendar, successors).carry(judged)
    mover = _Mover(tx, night, business_date, calendar, sentences)
    signed = {key_of(row): row for row in after_signing}
    changes: list[FindingChange] = []
    for row in known.values():
        if row["entered"] and (change := mover.unmoved(row)):
            changes.append(change)
    for key, standing in judged.items():
        finding = known.get(key)
        if key in signed:
            change = mover.track(signed[key], finding)
        else:
            change = mover.move(standing, finding) if finding else mover.open(standing)
        changes += [change] if change else []
    return [_as_news(change) if change.finding["id"] in handed else change for change in _with_telling(tx, changes)]


def _as_news(change: FindingChange) -> FindingChange:
    """What its former owner was told, the successor was not."""
    if change.kind == "kept" and change.finding["state"] != "awaiting_verification":
        return FindingChange("new", change.finding, False)
    return change


def _with_telling(tx: Publishing, changes: list[FindingChange]) -> list[FindingChange]:
    """Each change with whether its finding was told; what stands only in a letter that never went out was not."""
    unsent = tx.never_told()
    return [
        FindingChange(
            change.kind,
            change.finding,
            change.finding["told_night"] is not None
            and (change.finding["told_night"], change.finding["owner"]) not in unsent,
        )
        for change in changes
    ]


class _Mover:
    """One night's moves."""

    def __init__(
        self, tx: Publishing, night: str, business_date: date, calendar: Calendar, sentences: Sentences
    ) -> None:
        self.tx = tx
        self.night = night
        self.business_date = business_date
        self.calendar = calendar
        self.sentences = sentences

    def open(self, standing: Mapping[str, Any]) -> FindingChange | None:
        """A finding that did not exist before, if the standing is one."""
        if not opens_finding(standing):
            return None
        values = {
            "target": standing["target"], "metric": standing["metric"], "unit": standing["unit"],
            "period": standing["period"], "state": "found", "first_seen": self.business_date,
            "due_on": self._due_on(standing), **self._seen(standing),
        }  # fmt: skip
        finding = {"id": self.tx.open_finding(values), "told_night": None, **BY_NIGHT, **values}
        self._event(finding, "found", None, "found")
        return FindingChange("new", finding)

    def move(self, standing: Mapping[str, Any], finding: Row) -> FindingChange | None:
        """What tonight's standing does to a finding that exists."""
        if opens_finding(standing):
            return self._still_short(standing, finding)
        # Tonight's word is shown even where it decides nothing: what is missing must not go on looking green.
        values: Row = {"standing": standing["standing"]}
        if standing["standing"] != "met":
            self.tx.change_finding(finding["id"], values)
            return self.unmoved(finding | values)
        values |= {"judged": "met", "short_by": standing["short_by"], "cause": None}
        values |= {"numerator": standing["numerator"], "denominator": standing["denominator"]}
        if finding["state"] in DONE or finding["state"] == "awaiting_verification":
            self.tx.change_finding(finding["id"], values)
            return self.unmoved(finding | values)
        values |= {"state": "awaiting_verification", **NOT_CONTESTED}
        self.tx.change_finding(finding["id"], values)
        self._event(finding, "put_right", finding["state"], "awaiting_verification")
        return FindingChange("put_right", finding | values)

    def track(self, standing: Mapping[str, Any], finding: Row | None) -> FindingChange | None:
        """A signed year: what is still open may be put right, and fall back until a person has closed it."""
        if finding is None or finding["state"] in DONE:
            return None
        if opens_finding(standing) and finding["state"] != "awaiting_verification":
            return self.unmoved(finding)
        return self.move(standing, finding)

    def _still_short(self, standing: Mapping[str, Any], finding: Row) -> FindingChange | None:
        values = self._seen(standing)
        if values["owner"] != finding["owner"] and self._last(finding, "refer"):
            values["owner"] = finding["owner"]  # whom a person made answer for it, the next night does not change
        is_worse = _is_worse(standing, finding)
        if finding["state"] in DONE:
            if not (is_worse or self._was_closed_as_good(finding)):
                # A person settled it as it is (measures taken, false alarm, counting rule): it rests until it worsens.
                self.tx.change_finding(finding["id"], {"standing": standing["standing"]})
                return None
            return self._reopen(standing, finding, values)
        if finding["state"] == "awaiting_verification":
            return self._reopen(standing, finding, values)
        self.tx.change_finding(finding["id"], values)
        if not is_worse:
            return self.unmoved(finding | values)
        self._event(finding, "worse", finding["state"], finding["state"])
        return FindingChange("worse", finding | values)

    def unmoved(self, finding: Row) -> FindingChange | None:
        """An open finding stays as it is; on the first night after its deadline that itself is news."""
        if finding["state"] in DONE:
            return None
        is_told = finding["told_night"] is not None or finding["untold"] is not None
        if not is_told and self._last(finding, "relapsed", *BY_PERSONS) in BY_PERSONS:
            return FindingChange("new", finding)
        if not is_overdue(finding, self.business_date) or self._was_said_overdue(finding):
            return FindingChange("kept", finding)
        self._event(finding, "overdue", finding["state"], finding["state"])
        return FindingChange("overdue", finding)

    def _reopen(self, standing: Mapping[str, Any], finding: Row, values: Row) -> FindingChange:
        """The same finding, same id; it must be told again before its recovery may be."""
        values |= {"state": "found", "due_on": self._due_on(standing), "told_night": None, "look_back_on": None}
        values |= NOT_CONTESTED
        self.tx.change_finding(finding["id"], values)
        self._event(finding, "relapsed", finding["state"], "found")
        return FindingChange("relapsed", finding | values)

    def _seen(self, standing: Mapping[str, Any]) -> Row:
        zh, en = self.sentences(standing)
        return {
            "standing": standing["standing"], "judged": standing["standing"], "severity": _severity(standing),
            "owner": standing["owner"], "last_seen": self.business_date, "short_by": standing["short_by"],
            "numerator": standing["numerator"], "denominator": standing["denominator"], "cause": standing["cause"],
            "sentence_zh": zh, "sentence_en": en,
        }  # fmt: skip

    def _due_on(self, standing: Mapping[str, Any]) -> date:
        return self.calendar.add_working_days(self.business_date, WORKING_DAYS[_severity(standing)])

    def _was_closed_as_good(self, finding: Row) -> bool:
        """Whether the last closing said that the figure is right now; if it is not, tonight contradicts it."""
        last = self.tx.con.execute(
            "SELECT reason FROM finding_events WHERE finding_id = ? AND action IN ('close', 'uphold')"
            " ORDER BY seq DESC LIMIT 1",
            (finding["id"],),
        ).fetchone()
        return last is not None and last["reason"] in CLAIMS_GOOD

    def _was_said_overdue(self, finding: Row) -> bool:
        """Whether the night said so already, since the finding was opened, came back or was given another deadline."""
        return self._last(finding, "relapsed", "reopen", "approve", "reject", "overdue") == "overdue"

    def _last(self, finding: Row, *actions: str) -> str | None:
        """Which of these happened last to a finding."""
        marks = ", ".join("?" * len(actions))
        found = self.tx.con.execute(
            f"SELECT action FROM finding_events WHERE finding_id = ? AND action IN ({marks}) ORDER BY seq DESC LIMIT 1",
            (finding["id"], *actions),
        ).fetchone()
        return None if found is None else str(found["action"])

    def _event(self, finding: Row, action: str, from_state: str | None, to_state: str) -> None:
        self.tx.record_finding_event(
            finding["id"], night=self.night, who="night", action=action, from_state=from_state, to_state=to_state
        )


def _severity(standing: Mapping[str, Any]) -> Severity:
    """Amber weighs one degree less than the duty itself."""
    declared: Severity = standing["severity"]
    return LOWER[declared] if standing["standing"] == "near" else declared


def _is_worse(standing: Mapping[str, Any], finding: Row) -> bool:
    """Worse than when it was last judged: a worse word (any is worse than met), or the same word and more lacking."""
    before, tonight = RANK.get(finding["judged"], 0), RANK[standing["standing"]]
    if before != tonight:
        return tonight > before
    return Decimal(standing["short_by"] or 0) > Decimal(finding["short_by"] or 0)
