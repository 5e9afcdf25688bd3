"""The clocks of section 4 on the packaged calendar: the last day, make-up days and the year's end."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest

from warehouse.declarations import read_declarations
from warehouse.workdays import Calendar, add_due_dates

DECLARED = read_declarations()


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


def decision(filed: date, procedure: str = "ordinary", **more: Any) -> date | None:
    return due("penalty_cases", "decision_due_on", filed_on=filed, procedure=procedure, **more)


@pytest.mark.parametrize(
    ("filed", "last"),
    [
        (date(2024, 1, 8), date(2024, 4, 7)),  # a Sunday that was worked for the holiday before it
        (date(2024, 3, 4), date(2024, 6, 3)),  # 2 June is a Sunday
        (date(2024, 7, 3), date(2024, 10, 8)),  # 1 to 7 October are off
        (date(2023, 10, 3), date(2024, 1, 2)),  # New Year's Day
        (date(2024, 10, 30), date(2025, 2, 5)),  # 28 January to 4 February are off
    ],
)
def test_a_penalty_is_decided_within_ninety_days_that_end_on_a_working_day(filed: date, last: date) -> None:
    assert decision(filed) == last


def test_a_penalty_on_the_spot_has_no_limit_of_ninety_days() -> None:
    assert decision(date(2024, 3, 4), "summary") is None


def test_an_extension_approved_on_the_last_day_counts_and_one_a_day_later_does_not() -> None:
    filed, last = date(2024, 3, 4), date(2024, 6, 3)
    assert decision(filed, extension_approved_on=last) == date(2024, 7, 2)
    assert decision(filed, extension_approved_on=date(2024, 6, 4)) == last
    row = {"filed_on": filed, "procedure": "ordinary", "extension_approved_on": last}
    assert due("penalty_cases", "decision_base_due_on", **row) == last


@pytest.mark.parametrize(
    ("decided", "last"),
    [
        (date(2024, 9, 29), date(2024, 10, 14)),  # 12 October, a Saturday, is worked
        (date(2024, 4, 28), date(2024, 5, 10)),  # 1 to 5 May are off
        (date(2024, 12, 27), date(2025, 1, 8)),
    ],
)
def test_a_decision_is_served_within_seven_working_days(decided: date, last: date) -> None:
    assert due("penalty_cases", "serving_due_on", decided_on=decided) == last


@pytest.mark.parametrize(
    ("started", "last"),
    [
        (date(2024, 5, 6), date(2024, 6, 5)),
        (date(2024, 4, 12), date(2024, 5, 13)),  # Saturday 11 May is worked, Sunday 12 May is not
        (date(2024, 9, 2), date(2024, 10, 8)),
        (date(2024, 12, 2), date(2025, 1, 2)),
    ],
)
def test_a_seizure_ends_within_thirty_days(started: date, last: date) -> None:
    assert due("coercive_measures", "seizure_due_on", started_on=started) == last


def test_a_seizure_lasts_sixty_days_only_if_extended_within_the_first_thirty() -> None:
    def last(approved: date) -> date | None:
        row = {"started_on": date(2024, 5, 6), "extension_approved_on": approved}
        return due("coercive_measures", "seizure_due_on", **row)

    assert last(date(2024, 6, 5)) == date(2024, 7, 5)
    assert last(date(2024, 6, 6)) == date(2024, 6, 5)


def test_a_seizure_from_december_is_extended_over_the_years_end() -> None:
    # Sixty days from 5 December end on Monday 3 February 2025, which is off.
    row = {"started_on": date(2024, 12, 5), "extension_approved_on": date(2025, 1, 3)}
    assert due("coercive_measures", "seizure_due_on", **row) == date(2025, 2, 5)


@pytest.mark.parametrize("year", [2024, 2025])
def test_plans_are_filed_by_the_end_of_march_of_their_own_year_worked_or_not(year: int) -> None:
    assert due("enterprise_inspection_plans", "filing_due_on", plan_year_on=date(year, 12, 31)) == date(year, 3, 31)
    assert not calendar().is_workday(date(2024, 3, 31))
