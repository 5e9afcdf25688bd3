"""The clocks of section 5 on the packaged calendar: the last day, make-up days, the year's end, and two laws."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest

from warehouse.declarations import read_declarations
from warehouse.workdays import Calendar, add_due_dates

DECLARED = read_declarations()
CASES = "reconsideration_cases"


@cache
def calendar() -> Calendar:
    return Calendar(DECLARED.holidays)


def due(dataset: str, column: str, **row: Any) -> date | None:
    """One due day that the packaged contract gives a row."""
    schema = {name: pl.Date if name.endswith("_on") else pl.Utf8 for name in row}
    frame = add_due_dates(pl.DataFrame([row], schema=schema), DECLARED.contracts[dataset], calendar())
    found = frame[column][0]
    assert found is None or isinstance(found, date)
    return found


@pytest.mark.parametrize(
    ("agreed", "last"),
    [
        (date(2024, 1, 19), date(2024, 2, 18)),  # a Sunday that was worked after the Spring Festival
        (date(2024, 2, 1), date(2024, 3, 4)),  # 2 March is a Saturday
        (date(2024, 9, 1), date(2024, 10, 8)),  # 1 to 7 October are off
        (date(2024, 12, 2), date(2025, 1, 2)),  # New Year's Day
    ],
)
def test_confirmation_is_asked_for_within_thirty_days_of_the_agreement(agreed: date, last: date) -> None:
    assert due("mediation_cases", "confirmation_due_on", agreed_on=agreed, outcome="succeeded") == last


def test_a_failed_mediation_has_nothing_to_confirm() -> None:
    assert due("mediation_cases", "confirmation_due_on", agreed_on=date(2024, 2, 1), outcome="failed") is None


@pytest.mark.parametrize(
    ("received", "last"),
    [
        (date(2024, 4, 26), date(2024, 5, 7)),  # Sunday 28 April is worked, 1 to 5 May are off
        (date(2024, 2, 6), date(2024, 2, 19)),  # 10 to 17 February are off, Sunday the 18th is worked
        (date(2024, 12, 27), date(2025, 1, 6)),  # over the year's end
        (date(2023, 12, 29), date(2024, 1, 8)),  # the same five days under the law of 1999
    ],
)
def test_an_application_is_examined_within_five_working_days(received: date, last: date) -> None:
    assert due(CASES, "acceptance_due_on", received_on=received) == last


def test_a_supplement_lets_the_five_days_begin_anew() -> None:
    row = {"received_on": date(2024, 6, 3), "supplemented_on": date(2024, 6, 20)}
    assert due(CASES, "acceptance_due_on", **row) == date(2024, 6, 27)


@pytest.mark.parametrize(
    ("accepted", "procedure", "last"),
    [
        (date(2024, 9, 27), "ordinary", date(2024, 10, 12)),  # the 29th and the 12th are worked at weekends
        (date(2024, 9, 27), "simplified", date(2024, 10, 8)),
        (date(2024, 12, 26), "ordinary", date(2025, 1, 7)),
        (date(2023, 12, 29), None, date(2024, 1, 10)),  # no procedure under the law of 1999
        (date(2024, 1, 2), None, None),  # from 2024 on the procedure sets the limit
    ],
)
def test_the_copy_goes_out_within_seven_or_three_working_days(
    accepted: date, procedure: str | None, last: date | None
) -> None:
    assert due(CASES, "sending_due_on", accepted_on=accepted, procedure=procedure) == last


@pytest.mark.parametrize(
    ("copied", "procedure", "last"),
    [
        (date(2024, 9, 20), "ordinary", date(2024, 10, 10)),  # Sunday the 29th is worked, 1 to 7 October are off
        (date(2024, 9, 20), "simplified", date(2024, 9, 27)),
        (date(2024, 12, 25), "ordinary", date(2025, 1, 9)),
        (date(2023, 12, 22), None, date(2024, 1, 2)),  # ten days of the calendar, ending on New Year's Day
        (date(2023, 12, 29), None, date(2024, 1, 8)),
        (date(2024, 1, 3), None, None),
    ],
)
def test_the_respondent_answers_within_ten_or_five_days(copied: date, procedure: str | None, last: date | None) -> None:
    assert due(CASES, "answer_due_on", copy_received_on=copied, procedure=procedure) == last


@pytest.mark.parametrize(
    ("accepted", "procedure", "last"),
    [
        (date(2024, 5, 6), "ordinary", date(2024, 7, 5)),
        (date(2024, 8, 5), "ordinary", date(2024, 10, 8)),  # 4 October is off
        (date(2023, 12, 20), None, date(2024, 2, 18)),  # a Sunday that was worked
        (date(2024, 11, 29), "ordinary", date(2025, 2, 5)),  # 28 January to 4 February are off
        (date(2024, 12, 2), "simplified", date(2025, 1, 2)),
    ],
)
def test_a_case_is_decided_within_sixty_or_thirty_days(accepted: date, procedure: str | None, last: date) -> None:
    assert due(CASES, "decision_due_on", accepted_on=accepted, procedure=procedure) == last


def test_thirty_more_days_are_for_ordinary_cases_and_approved_by_the_last_day() -> None:
    accepted, last = date(2024, 5, 6), date(2024, 7, 5)

    def decided(procedure: str | None, approved: date, began: date = accepted) -> date | None:
        row = {"accepted_on": began, "procedure": procedure, "extension_approved_on": approved}
        return due(CASES, "decision_due_on", **row)

    assert decided("ordinary", last) == date(2024, 8, 5)  # 4 August is a Sunday
    assert decided("ordinary", date(2024, 7, 6)) == last
    assert decided("simplified", date(2024, 5, 20)) == date(2024, 6, 5)
    assert decided(None, date(2024, 2, 18), date(2023, 12, 20)) == date(2024, 3, 19)


def test_days_of_suspension_are_added_and_an_open_one_stops_the_clock() -> None:
    row = {"accepted_on": date(2024, 5, 6), "procedure": "ordinary", "suspended_on": date(2024, 6, 1)}
    assert due(CASES, "decision_due_on", **row, resumed_on=date(2024, 6, 20)) == date(2024, 7, 24)
    assert due(CASES, "decision_due_on", **row, resumed_on=None) is None
    base = {"extension_approved_on": date(2024, 7, 19), "resumed_on": date(2024, 6, 20)}
    assert due(CASES, "decision_base_due_on", **row, **base) == date(2024, 7, 24)


@pytest.mark.parametrize(
    ("received", "last"),
    [
        (date(2024, 3, 4), date(2024, 3, 19)),
        (date(2024, 9, 16), date(2024, 10, 8)),  # 1 to 7 October are off
        (date(2024, 9, 14), date(2024, 9, 29)),  # a Sunday that was worked
        (date(2024, 12, 17), date(2025, 1, 2)),  # New Year's Day
    ],
)
def test_a_suit_is_answered_within_fifteen_days(received: date, last: date) -> None:
    assert due("litigation_cases", "answer_due_on", complaint_received_on=received) == last


@pytest.mark.parametrize(
    ("accepted", "last"),
    [
        (date(2024, 3, 1), date(2024, 3, 12)),
        (date(2024, 5, 6), date(2024, 5, 14)),  # Saturday 11 May is worked
        (date(2024, 4, 25), date(2024, 5, 8)),  # Sunday 28 April is worked, 1 to 5 May are off
        (date(2024, 9, 27), date(2024, 10, 12)),  # the 29th and the 12th are worked, 1 to 7 October are off
        (date(2024, 12, 27), date(2025, 1, 8)),  # New Year's Day
        (date(2021, 12, 31), None),  # the Act is in force from 2022 on
    ],
)
def test_an_application_for_legal_aid_is_reviewed_within_seven_days(accepted: date, last: date | None) -> None:
    assert due("legal_aid_cases", "review_due_on", accepted_on=accepted, reviewed_on=None) == last


@pytest.mark.parametrize(
    ("reviewed", "last"),
    [
        (date(2024, 3, 1), date(2024, 3, 6)),
        (date(2024, 5, 8), date(2024, 5, 11)),  # a Saturday that was worked
        (date(2024, 5, 13), date(2024, 5, 16)),
        (date(2024, 9, 13), date(2024, 9, 19)),  # Saturday the 14th is worked, the 15th to the 17th are off
        (date(2024, 2, 8), date(2024, 2, 19)),  # 10 to 17 February are off, Sunday the 18th is worked
        (date(2024, 12, 30), date(2025, 1, 3)),
        (date(2024, 12, 31), date(2025, 1, 6)),
        (None, None),
    ],
)
def test_a_lawyer_is_assigned_within_three_days_of_the_review(reviewed: date | None, last: date | None) -> None:
    assert due("legal_aid_cases", "assignment_due_on", accepted_on=date(2024, 1, 2), reviewed_on=reviewed) == last
