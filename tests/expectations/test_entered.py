"""Findings that people enter: what is refused, one per visit, and the same life as those of the night."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.carried import Successors
from expectations.entered import Entry, enter_finding
from expectations.findings import FindingRefused, is_overdue, move_findings
from expectations.lifecycle import Person, Said, move_by_person
from tests.expectations.test_findings import night, standing
from warehouse.declarations import read_declarations
from warehouse.home import Home
from warehouse.ledger import Ledger, open_ledger
from warehouse.workdays import Calendar

DAY = date(2024, 4, 22)
CALENDAR = Calendar(read_declarations().holidays)
OFFICE, LIAISON = Person("王某", "inspector"), Person("张某", "liaison", "police")
SAID: dict[str, Any] = {"unit": "police", "what": "案卷未附审批表", "basis": "执法案卷标准第五条"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    home = Home(tmp_path)
    home.make()
    with open_ledger(home) as ledger:
        yield ledger


def enter(ledger: Ledger, person: Person = OFFICE, **said: Any) -> dict[str, Any]:
    return enter_finding(ledger, Entry(**(SAID | said)), person, DAY, CALENDAR)


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ({"unit": ""}, "责任单位"),
        ({"what": " "}, "发现了什么"),
        ({"basis": ""}, "依据"),
        ({"severity": "grave"}, "grave"),
        ({"source": "dream"}, "dream"),
        ({"due_on": date(2024, 4, 21)}, "2024-04-21"),
    ],
)
def test_what_is_not_said_is_refused_and_nothing_is_entered(ledger: Ledger, said: dict[str, Any], match: str) -> None:
    with pytest.raises(FindingRefused, match=match) as refused:
        enter(ledger, **said)
    assert " / " in str(refused.value)
    assert ledger.findings() == [] and ledger.audit() == []


@pytest.mark.parametrize("person", [LIAISON, Person("县长", "leader"), Person(" ", "office")])
def test_only_a_named_person_of_the_office_enters_findings(ledger: Ledger, person: Person) -> None:
    with pytest.raises(FindingRefused):
        enter(ledger, person)
    assert ledger.findings() == []


@pytest.mark.parametrize(("severity", "due"), [("high", 5), ("medium", 10), ("low", 20)])
def test_the_deadline_is_that_of_the_severity_in_working_days(ledger: Ledger, severity: str, due: int) -> None:
    row = enter(ledger, severity=severity)
    assert (row["state"], row["standing"], row["owner"]) == ("found", "short", "police")
    assert row["due_on"] == CALENDAR.add_working_days(DAY, due)
    assert enter(ledger, due_on=date(2024, 6, 3))["due_on"] == date(2024, 6, 3)
    assert [row["target"] for row in ledger.findings()] == ["entered:1", "entered:2"]
    assert [entry["action"] for entry in ledger.audit()] == ["finding_entered"] * 2 and ledger.verify_audit() == []


def test_a_visit_is_entered_once(ledger: Ledger) -> None:
    enter(ledger, number="督察001", period="2024", source="visit")
    with pytest.raises(FindingRefused, match="finding 1"):
        enter(ledger, number="督察001", period="2024", source="visit", unit="schools")
    assert enter(ledger, number="督察001", period="2025", source="visit")["id"] == 2


def test_nights_tell_it_once_then_its_passed_deadline_and_never_close_or_reopen_it(ledger: Ledger) -> None:
    enter(ledger, due_on=date(2024, 4, 26))
    kinds = [
        [(change.kind, change.finding["id"]) for change in night(ledger, day=DAY + timedelta(n), mail="sent")]
        for n in (1, 2, 5, 6)
    ]
    assert kinds == [[("new", 1)], [("kept", 1)], [("overdue", 1)], [("kept", 1)]]
    assert is_overdue(ledger.findings()[0], date(2024, 4, 27)) and ledger.findings()[0]["unjudged_since"] is None
    move_by_person(ledger, 1, "contest", LIAISON, Said("审批表在附卷"), date(2024, 4, 28), CALENDAR)
    assert not is_overdue(ledger.findings()[0], date(2024, 6, 1))
    move_by_person(ledger, 1, "uphold", Person("李某", "office"), Said("已见附卷"), date(2024, 4, 29), CALENDAR)
    assert night(ledger, standing("short"), day=date(2024, 5, 6))[0].finding["id"] == 2
    assert ledger.findings(id=1)[0]["state"] == "closed"
    move_by_person(ledger, 1, "reopen", OFFICE, Said("附卷无签字"), date(2024, 5, 7), CALENDAR)
    assert [change.kind for change in night(ledger, day=date(2024, 5, 8)) if change.finding["id"] == 1] == ["new"]


def test_it_is_handed_over_with_its_unit(ledger: Ledger) -> None:
    enter(ledger)
    night(ledger, day=DAY, mail="sent")
    name = ledger.begin_night(DAY + timedelta(1))
    with ledger.publishing() as tx:
        merged = Successors(lambda one: "market" if one == "police" else one)
        (change,) = move_findings(tx, [], name, DAY + timedelta(1), CALENDAR, lambda _: ("", ""), merged)
    assert (change.kind, change.finding["owner"], change.finding["unit"]) == ("new", "market", "police")
