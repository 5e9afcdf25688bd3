"""Findings that people enter: what a visit saw, what a higher level fed back. They live like those of the night."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast

from expectations.findings import WORKING_DAYS, FindingRefused
from expectations.lifecycle import OFFICE, Person
from warehouse.ledger import Ledger
from warehouse.masking import mask_text
from warehouse.models import Severity
from warehouse.workdays import Calendar

Row = dict[str, Any]
Source = Literal["visit", "feedback", "other"]
SOURCES: tuple[Source, ...] = ("visit", "feedback", "other")
ENTERED = "entered:"


@dataclass(frozen=True)
class Entry:
    """What a person says of a finding. `number`, `row`: its own in a ledger, and where it stands there.

    `is_on_record`: the ledger has given it its deadline, which may have passed.
    """

    unit: str
    what: str
    what_en: str = ""
    severity: str = "medium"
    basis: str = ""
    source: str = "other"
    due_on: date | None = None
    period: str = ""
    number: str = ""
    row: Row | None = None
    is_on_record: bool = False


def enter_finding(ledger: Ledger, entry: Entry, person: Person, today: date, calendar: Calendar) -> Row:
    """Open a finding and return it; history and audit say who entered it, when and from what.

    Its standing is `short`: a person saw that something is lacking. Nobody counts it, so only people move it, and its
    deadline is theirs or that of its severity. Its sentence and basis go into letters and onto paper: numbers of people
    and names that sign are masked in them; the words as they were written stay in history and audit.
    Refuses (FindingRefused), with nothing done: who is not of the office, what says nothing or names no unit or basis,
    an unknown severity or source, a deadline before today, and what was entered before from the same entry of a ledger.
    """
    _check(entry, person, today)
    due_on = entry.due_on or calendar.add_working_days(today, WORKING_DAYS[cast(Severity, entry.severity)])
    period = entry.period or str(today.year)
    with ledger.publishing() as tx:
        known = [row for row in tx.findings() if row["entered"]]
        target = f"{ENTERED}{entry.number or len(known) + 1}"
        before = next((row for row in known if row["target"] == target and row["period"] == period), None)
        if before is not None:
            raise FindingRefused(
                f"台账的这一条已登记为问题 {before['id']}，请办理该问题 / it is finding {before['id']} already"
            )
        entered = {"source": entry.source, "basis": mask_text(entry.basis.strip()), "row": entry.row}
        values = {
            "target": target, "metric": None, "unit": entry.unit, "period": period, "state": "found",
            "standing": "short", "judged": "short", "severity": entry.severity, "owner": entry.unit,
            "first_seen": today, "last_seen": today, "due_on": due_on, "entered": entered,
            "sentence_zh": mask_text(entry.what.strip()),
            "sentence_en": mask_text((entry.what_en or entry.what).strip()),
        }  # fmt: skip
        number = tx.open_finding(values)
        tx.record_finding_event(
            number, who=person.who, action="entered", from_state=None, to_state="found", day=today,
            comment=entry.what.strip(),
        )  # fmt: skip
        detail = {"finding": number, "unit": entry.unit, "what": entry.what.strip(), **entered}
        tx.audit(person.who, "finding_entered", json.loads(json.dumps(detail, default=str)))
    return ledger.findings(id=number)[0]


def _check(entry: Entry, person: Person, today: date) -> None:
    if not person.who.strip():
        raise FindingRefused("要写是谁立的问题 / say who enters it")
    if person.role not in OFFICE:
        raise FindingRefused(
            f"“{person.role}”不能立问题，请交督察组 / a {person.role} enters no finding: tell the office"
        )
    if not entry.unit:
        raise FindingRefused("要写责任单位（--unit） / say which unit answers for it (--unit)")
    if not entry.what.strip():
        raise FindingRefused("要写发现了什么问题（--comment） / say what was found (--comment)")
    if not entry.basis.strip():
        raise FindingRefused("要写依据或职责（--basis） / say on which duty or law it rests (--basis)")
    if entry.severity not in WORKING_DAYS:
        raise FindingRefused(f"没有“{entry.severity}”这一严重程度：high、medium、low / no severity {entry.severity}")
    if entry.source not in SOURCES:
        raise FindingRefused(f"没有“{entry.source}”这一来源：{'、'.join(SOURCES)} / no source {entry.source}")
    if entry.due_on is not None and entry.due_on < today and not entry.is_on_record:
        raise FindingRefused(f"整改期限 {entry.due_on} 早于今天 {today} / the deadline lies before today, {today}")
