"""The life of a finding in people's hands: which move leads where, who may make it, and what it needs.

The night's own moves are in findings.py; both write the same history. Every date is a business date that is given in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, get_args

from expectations.carried import DONE, NOT_TOLD, given_back
from expectations.findings import CLAIMS_GOOD, NOT_CONTESTED, STATES, WORKING_DAYS, FindingRefused
from warehouse.ledger import Ledger
from warehouse.models import Severity
from warehouse.publishing import Publishing
from warehouse.workdays import Calendar

Row = dict[str, Any]
Role = Literal["office", "inspector", "liaison", "leader"]
Need = Literal["comment", "reason", "days", "unit", "evidence"]
OPEN = frozenset(STATES) - DONE
WORKED_ON = OPEN - {"contested"}
OFFICE: frozenset[Role] = frozenset({"office", "inspector"})
DECIDERS: frozenset[Role] = frozenset({"office", "leader"})
EVERYONE: frozenset[Role] = frozenset(get_args(Role))
HANDS = EVERYONE - {"leader"}
REASONS = ("put_right", "measures_taken", "false_alarm", "data_corrected", "counting_rule")
# Nobody can say of these that the figure is right now.
NOT_KNOWN = frozenset({"missing", "unsure", "error"})


@dataclass(frozen=True)
class Move:
    """One move. `to_state` None: the state stays, or goes back to where it was."""

    from_states: frozenset[str]
    to_state: str | None
    roles: frozenset[Role]
    needs: tuple[Need, ...] = ()


MOVES: dict[str, Move] = {
    "assign": Move(frozenset({"found", "returned"}), "assigned", OFFICE),
    "receive": Move(frozenset({"found", "assigned"}), "received", HANDS),
    "plan": Move(frozenset({"found", "assigned", "received", "returned"}), "planned", HANDS, ("comment",)),
    "progress": Move(WORKED_ON - {"verified"}, "rectifying", HANDS, ("comment",)),
    "contest": Move(WORKED_ON, "contested", HANDS, ("comment",)),
    "uphold": Move(frozenset({"contested"}), "closed", DECIDERS, ("comment",)),
    "reject": Move(frozenset({"contested"}), None, DECIDERS, ("comment",)),
    "evidence": Move(WORKED_ON - {"verified"}, "evidenced", HANDS, ("evidence",)),
    "return": Move(frozenset({"evidenced", "awaiting_verification", "verified"}), "returned", OFFICE, ("comment",)),
    "verify": Move(frozenset({"evidenced", "awaiting_verification"}), "verified", OFFICE, ("comment",)),
    "close": Move(WORKED_ON, "closed", OFFICE, ("reason", "comment")),
    "look_back": Move(frozenset({"closed"}), "looked_back", OFFICE, ("comment",)),
    "reopen": Move(DONE, "found", OFFICE, ("comment",)),
    "extend": Move(WORKED_ON, None, HANDS, ("days", "comment")),
    "approve": Move(WORKED_ON, None, DECIDERS),
    "deny": Move(WORKED_ON, None, DECIDERS, ("comment",)),
    "refer": Move(WORKED_ON, "assigned", OFFICE, ("unit", "comment")),
    "note": Move(frozenset(STATES), None, EVERYONE, ("comment",)),
}  # fmt: skip
SAY_NEED: dict[Need, tuple[str, str]] = {
    "comment": ("要写说明", "it needs a comment"),
    "reason": (f"要写原因：{'、'.join(REASONS)}", f"it needs a reason, one of: {', '.join(REASONS)}"),
    "days": ("要写几个工作日，至少1个", "it needs a number of working days, at least 1"),
    "unit": ("要写转给哪个单位", "it needs the unit that it goes to"),
    "evidence": ("要附佐证文件", "it needs a file as evidence"),
}


@dataclass(frozen=True)
class Person:
    """Who moves a finding. A liaison speaks for one unit, and only for what that unit answers for."""

    who: str
    role: Role
    unit: str = ""


@dataclass(frozen=True)
class Said:
    """What a person says with a move. `evidence`: the sha256 of the kept file and its name."""

    comment: str = ""
    reason: str = ""
    days: int = 0
    unit: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """Parameters of a county, in working days: to decide a contest, and until a closed finding is looked back on."""

    contest_days: int = 10
    look_back_days: Mapping[Severity, int] = field(default_factory=lambda: {"high": 60, "medium": 90, "low": 120})


def moves_open(finding: Mapping[str, Any], person: Person) -> list[str]:
    """The moves that a person may make by role and unit, and by the finding's state; none of another unit's finding."""
    if person.role == "liaison" and person.unit != finding["owner"]:
        return []
    return [
        action
        for action, move in MOVES.items()
        if person.role in move.roles
        and finding["state"] in move.from_states
        and (finding["extension"] or action not in ("approve", "deny"))
    ]


def move_by_person(
    ledger: Ledger, finding: int, action: str, person: Person, said: Said, today: date, calendar: Calendar,
    limits: Limits | None = None, keep: Callable[[], object] = lambda: None,
) -> Row:  # fmt: skip
    """Make one move and return the finding as it stands then; the history and the audit say who, why and when.

    Refuses (FindingRefused), with nothing done: an unknown finding or move; a state that it does not start from; a role
    that may not make it, and a liaison of another unit; what it needs and was not said; deciding on one's own contest,
    extension or evidence; and closing as put right what the data does not show. `keep` puts evidence where its hash
    says, once the move is allowed and before it is written.
    """
    with ledger.publishing() as tx:
        return move_inside(tx, ledger, finding, action, person, said, today, calendar, limits, keep)


def move_inside(
    tx: Publishing, ledger: Ledger, finding: int, action: str, person: Person, said: Said, today: date,
    calendar: Calendar, limits: Limits | None = None, keep: Callable[[], object] = lambda: None,
) -> Row:  # fmt: skip
    """The same move inside a transaction that is open already, as the night's commit is."""
    move = MOVES.get(action)
    if move is None:
        raise FindingRefused(f"没有“{action}”这个动作 / no such move: {action}; {', '.join(MOVES)}")
    rows = ledger.findings(id=finding)
    if not rows:
        raise FindingRefused(f"没有编号为 {finding} 的问题 / no finding {finding}")
    life = _Life(tx, ledger, rows[0], person, said, today, calendar, limits or Limits())
    life.check(action, move)
    keep()
    values = life.values(action, move)
    if values:
        tx.change_finding(finding, values)
    to_state = str(values.get("state", rows[0]["state"]))
    tx.record_finding_event(
        finding, who=person.who, action=action, from_state=rows[0]["state"], to_state=to_state, day=today,
        reason=said.reason or None, comment=said.comment, evidence=dict(said.evidence) or None,
    )  # fmt: skip
    detail = {"finding": finding, "role": person.role, "reason": said.reason, "comment": said.comment}
    tx.audit(person.who, f"finding_{action}", {**detail, **said.evidence})
    return rows[0] | values


class _Life:
    """One move of one finding, inside its transaction."""

    def __init__(
        self, tx: Publishing, ledger: Ledger, finding: Row, person: Person, said: Said, today: date,
        calendar: Calendar, limits: Limits,
    ) -> None:  # fmt: skip
        self.tx, self.finding, self.person, self.said = tx, finding, person, said
        self.today, self.calendar, self.limits = today, calendar, limits
        self.events = ledger.finding_events(finding["id"])

    def check(self, action: str, move: Move) -> None:
        """Refuse what this person may not do to this finding now."""
        state, person = self.finding["state"], self.person
        if not person.who.strip():
            raise FindingRefused("要写是谁办理的 / say who it is done by")
        if person.role not in move.roles:
            raise FindingRefused(f"“{person.role}”不能办理“{action}” / a {person.role} may not {action}")
        if person.role == "liaison" and person.unit != self.finding["owner"]:
            raise FindingRefused("联络员只能办理本单位的问题 / a liaison moves only what the own unit answers for")
        if state not in move.from_states:
            raise FindingRefused(f"问题现为“{state}”，不能“{action}” / a finding that is {state} has no move {action}")
        for need in move.needs:
            given = getattr(self.said, need)
            if not (given.strip() if isinstance(given, str) else given) or (need == "days" and given < 1):
                raise FindingRefused(f"“{action}”{SAY_NEED[need][0]} / {action}: {SAY_NEED[need][1]}")
        if action in ("uphold", "reject"):
            self._by_another("contest", "异议不能由提出人自己裁定", "whoever contested may not decide")
        if action == "verify":
            self._by_another("evidence", "复核人不能是报佐证的人", "whoever gave the evidence may not verify it")
        if action in ("approve", "deny"):
            if not self.finding["extension"]:
                raise FindingRefused("没有待批的延期 / no extension is waiting")
            self._by_another("extend", "延期不能由申请人自己批准", "whoever asked may not decide")
        if action == "close":
            self._check_reason()

    def _by_another(self, action: str, zh: str, en: str) -> None:
        last = self._last(action)
        if last is not None and last["who"] == self.person.who:
            raise FindingRefused(f"{zh} / {en}")

    def _check_reason(self) -> None:
        reason, standing = self.said.reason, self.finding["standing"]
        if reason not in REASONS:
            raise FindingRefused(f"“close”{SAY_NEED['reason'][0]} / close: {SAY_NEED['reason'][1]}")
        if reason in CLAIMS_GOOD and standing in NOT_KNOWN:
            raise FindingRefused(
                f"数据为“{standing}”，不能按“{reason}”销号，请等数据到齐 / "
                f"the data is {standing}: nobody can say that it is put right"
            )

    def _last(self, action: str) -> Row | None:
        return next((event for event in reversed(self.events) if event["action"] == action), None)

    def values(self, action: str, move: Move) -> Row:
        """The columns that the move changes."""
        found: Row = {} if move.to_state is None else {"state": move.to_state}
        match action:
            case "contest":
                decide_by = self.calendar.add_working_days(self.today, self.limits.contest_days)
                found |= {"contested_on": self.today, "decide_by": decide_by}
            case "uphold" | "reject":
                found |= {"contested_on": None, "decide_by": None}
                found |= self._rejected() if action == "reject" else {"extension": None}
            case "close":
                look_back_days = self.limits.look_back_days[self.finding["severity"]]
                found["look_back_on"] = self.calendar.add_working_days(self.today, look_back_days)
                found["extension"] = None
            case "look_back":
                found["look_back_on"] = None
            case "reopen":
                due_on = self.calendar.add_working_days(self.today, WORKING_DAYS[self.finding["severity"]])
                found |= {"due_on": due_on, "look_back_on": None, **NOT_TOLD, **NOT_CONTESTED}
            case "extend":
                found["extension"] = {"days": self.said.days, "who": self.person.who}
            case "approve" | "deny":
                found["extension"] = None
                if action == "approve":
                    days = int(self.finding["extension"]["days"])
                    found["due_on"] = self.calendar.add_working_days(self.finding["due_on"], days)
            case "refer":
                found |= {"owner": self.said.unit, **NOT_TOLD}
        return found

    def _rejected(self) -> Row:
        """Back to where it was contested; the working days that the clock stood still are added to its deadline."""
        contest = self._last("contest")
        found: Row = {"state": contest["from_state"] if contest else "found"}
        since, due_on = self.finding["contested_on"], self.finding["due_on"]
        if since is not None:
            found["due_on"] = given_back(self.calendar, due_on, since, self.today)
        return found
