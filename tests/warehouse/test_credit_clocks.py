"""The clocks of what is made public and of objections: the last day, make-up days and the year's end."""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl
import pytest

from warehouse.declarations import read_declarations
from warehouse.workdays import Calendar, add_due_dates

DECLARED = read_declarations()


@cache
def calendar() -> Calendar:
    return Calendar(DECLARED.holidays)


def due(dataset: str, column: str, **row: date | None) -> date | None:
    """One due day that the packaged contract gives a row."""
    plain = pl.DataFrame([row], schema=dict.fromkeys(row, pl.Date))
    frame = add_due_dates(plain, DECLARED.contracts[dataset], calendar())
    found = frame[column][0]
    assert found is None or isinstance(found, date)
    return found


@pytest.mark.parametrize(
    "dataset", ["double_publicity_penalties", "double_publicity_licences", "penalty_cases", "licence_decisions"]
)
@pytest.mark.parametrize(
    ("decided", "last"),
    [
        (date(2024, 6, 3), date(2024, 6, 13)),  # Monday 10 June is off
        (date(2024, 5, 6), date(2024, 5, 14)),  # Saturday 11 May is worked
        (date(2024, 4, 26), date(2024, 5, 9)),  # Sunday 28 April is worked, 1 to 5 May are off
        (date(2024, 9, 29), date(2024, 10, 14)),  # 1 to 7 October are off, Saturday 12 October is worked
        (date(2024, 12, 27), date(2025, 1, 8)),
        (date(2025, 1, 20), date(2025, 2, 5)),  # Sunday 26 January is worked, 28 January to 4 February are off
    ],
)
def test_a_decision_is_public_within_seven_working_days(dataset: str, decided: date, last: date) -> None:
    assert due(dataset, "publication_due_on", decided_on=decided) == last


@pytest.mark.parametrize(
    ("revoked", "last"),
    [
        (date(2024, 6, 5), date(2024, 6, 11)),
        (date(2024, 9, 30), date(2024, 10, 10)),
        (date(2024, 10, 10), date(2024, 10, 14)),  # Saturday 12 October is worked
        (date(2024, 12, 30), date(2025, 1, 3)),
        (date(2024, 2, 8), date(2024, 2, 19)),  # Friday 9 and Sunday 18 February are worked, the days between are off
    ],
)
def test_a_revoked_penalty_is_withdrawn_within_three_working_days(revoked: date, last: date) -> None:
    assert due("double_publicity_penalties", "retraction_due_on", revoked_on=revoked) == last


def test_a_penalty_that_stands_has_no_day_of_withdrawal() -> None:
    assert due("double_publicity_penalties", "retraction_due_on", revoked_on=None) is None


@pytest.mark.parametrize("column", ["objection_due_on", "review_due_on"])
@pytest.mark.parametrize(
    ("start", "last"),
    [
        (date(2024, 5, 6), date(2024, 6, 5)),
        (date(2024, 4, 12), date(2024, 5, 13)),  # Sunday 12 May is off
        (date(2024, 4, 11), date(2024, 5, 11)),  # a Saturday that is worked
        (date(2024, 9, 3), date(2024, 10, 8)),
        (date(2024, 12, 2), date(2025, 1, 2)),
    ],
)
def test_objections_and_their_reviews_have_thirty_days_each(column: str, start: date, last: date) -> None:
    row = {"assigned_on": start} if column == "objection_due_on" else {"assigned_on": None, "objected_on": start}
    assert due("rectifications", column, **row) == last
