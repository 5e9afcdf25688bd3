"""Findings of a signed year: it opens none and worsens none; what is still open may be put right until it is closed."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.findings import FindingChange, move_findings
from expectations.lifecycle import Person, Said, move_by_person
from tests.expectations.test_findings import CALENDAR, DAY, _ledger, close_finding, night, standing
from warehouse.ledger import Ledger

SIGNED = standing("short", lacking=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with _ledger(tmp_path) as ledger:
        yield ledger


def signed_night(ledger: Ledger, tonight: dict[str, Any], days: int = 1) -> list[FindingChange]:
    """A night on which the year stands as it was signed, short by one, and its rows would give `tonight` instead."""
    name = ledger.begin_night(DAY + timedelta(days))
    with ledger.publishing() as tx:
        tx.publish_night(name, f"{name}.duckdb", "", "", {})
        return move_findings(
            tx, [SIGNED], name, DAY + timedelta(days), CALENDAR, lambda row: ("今", "now"), after_signing=[tonight]
        )


def actions(ledger: Ledger) -> list[str]:
    return [event["action"] for event in ledger.finding_events(1)]


def test_a_signed_year_opens_no_finding(ledger: Ledger) -> None:
    assert signed_night(ledger, standing("short", lacking=5)) == []
    assert ledger.findings() == []


def test_late_rows_worsen_no_finding_of_a_signed_year_and_change_nothing_of_it(ledger: Ledger) -> None:
    night(ledger, SIGNED)
    before = ledger.findings()
    (kept,) = signed_night(ledger, standing("short", lacking=5, numerator=4))
    assert (kept.kind, kept.finding["short_by"]) == ("kept", 1)
    assert ledger.findings() == before and actions(ledger) == ["found"]


def test_the_deadline_of_an_open_finding_runs_on_after_the_signing(ledger: Ledger) -> None:
    night(ledger, SIGNED)
    assert [signed_night(ledger, standing("short"), days)[0].kind for days in (7, 8, 9)] == ["kept", "overdue", "kept"]


def test_late_rows_put_a_finding_right_and_it_falls_back_under_its_number(ledger: Ledger) -> None:
    night(ledger, SIGNED, mail="sent")
    (right,) = signed_night(ledger, standing("met", lacking=0))
    assert (right.kind, right.finding["state"], right.was_told) == ("put_right", "awaiting_verification", True)
    assert ledger.findings()[0]["standing"] == "met"
    (back,) = signed_night(ledger, standing("short", lacking=3), 2)
    assert (back.kind, back.finding["id"], back.finding["short_by"]) == ("relapsed", 1, 3)
    assert actions(ledger) == ["found", "put_right", "relapsed"]


@pytest.mark.parametrize("word", ["missing", "unsure", "error", "not_due"])
def test_what_is_not_known_is_shown_and_puts_nothing_right(ledger: Ledger, word: str) -> None:
    night(ledger, SIGNED)
    cause = "delivery:documents:bureau:2024"
    (kept,) = signed_night(ledger, standing(word, cause=cause))
    assert (kept.kind, kept.finding["state"], ledger.findings()[0]["standing"]) == ("kept", "found", word)


@pytest.mark.parametrize("word", ["short", "met", "near"])
@pytest.mark.parametrize("is_looked_back", [False, True])
def test_what_a_person_closed_in_a_signed_year_stays_closed(ledger: Ledger, word: str, is_looked_back: bool) -> None:
    night(ledger, SIGNED)
    close_finding(ledger, 1, "inspector", "put_right", "已整改")
    if is_looked_back:
        move_by_person(ledger, 1, "look_back", Person("王某", "office"), Said("没有反弹"), DAY, CALENDAR)
    before = ledger.findings()
    assert signed_night(ledger, standing(word, lacking=9)) == []
    assert ledger.findings() == before


def test_years_that_nobody_signed_move_as_ever_beside_a_signed_one(ledger: Ledger) -> None:
    rows = [SIGNED, standing("short", period="2025")]
    name = ledger.begin_night(DAY)
    with ledger.publishing() as tx:
        tx.publish_night(name, f"{name}.duckdb", "", "", {})
        changes = move_findings(tx, rows, name, DAY, CALENDAR, lambda row: ("", ""), after_signing=iter([SIGNED]))
    assert [(change.kind, change.finding["period"]) for change in changes] == [("new", "2025")]


def test_an_open_finding_is_kept_once_however_often_it_is_looked_at(ledger: Ledger) -> None:
    night(ledger, SIGNED, standing("short", "other"))
    assert [change.finding["id"] for change in signed_night(ledger, standing("short"))] == [1]
    assert ledger.findings(id=2)[0]["unjudged_since"] == date(2025, 2, 7)
