"""The least time of consultation and review, and the time for filing, by days counted on a paper calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from warehouse.declarations import Declarations, read_declarations
from warehouse.models import Clock
from warehouse.provisional import counted_due_columns
from warehouse.workdays import Calendar, add_due_dates


@pytest.fixture(scope="module")
def declared() -> Declarations:
    return read_declarations()


def due(declared: Declarations, clock: str, dataset: str = "major_decisions", **row: date | None) -> date | None:
    """The due day of one row; of a decision, the first day on which its step may end."""
    frame = pl.DataFrame([row], schema_overrides=dict.fromkeys(row, pl.Date))
    found = add_due_dates(frame, declared.contracts[dataset], Calendar(declared.holidays))
    value = found[f"{clock}_due_on"][0]
    assert value is None or isinstance(value, date)
    return value


@pytest.mark.parametrize(
    ("opened", "day"),
    [
        # The day of the start is not counted: 6 May to 5 June are thirty days.
        (date(2024, 5, 6), date(2024, 6, 5)),
        # The thirtieth day is 1 May, a holiday, and is not moved behind the holidays to the 6th.
        (date(2024, 4, 1), date(2024, 5, 1)),
        # A Sunday that is worked (28 April 2024) and a Saturday that is not (1 June 2024) end it alike.
        (date(2024, 3, 29), date(2024, 4, 28)),
        (date(2024, 5, 2), date(2024, 6, 1)),
        # Over the year's end, and ending within the Spring Festival of 2025.
        (date(2024, 12, 10), date(2025, 1, 9)),
        (date(2024, 12, 30), date(2025, 1, 29)),
        # February has twenty-nine days in 2024 and twenty-eight in 2025.
        (date(2024, 2, 1), date(2024, 3, 2)),
        (date(2025, 2, 1), date(2025, 3, 3)),
        (None, None),
    ],
)
def test_thirty_days_of_consultation_are_never_made_longer(
    declared: Declarations, opened: date | None, day: date | None
) -> None:
    assert due(declared, "public_consultation", consulted_from_on=opened) == day


@pytest.mark.parametrize(
    ("sent", "day"),
    [
        (date(2024, 5, 13), date(2024, 5, 22)),
        # 28 April and 11 May 2024 are worked, 1 to 5 May are not.
        (date(2024, 4, 25), date(2024, 5, 8)),
        (date(2024, 5, 8), date(2024, 5, 16)),
        # Sent on a Saturday that is worked, and on one that is not: neither day is counted.
        (date(2024, 5, 11), date(2024, 5, 21)),
        (date(2024, 5, 18), date(2024, 5, 28)),
        # The seventh working day is Saturday 12 October 2024, which is worked after the holidays.
        (date(2024, 9, 26), date(2024, 10, 11)),
        (date(2024, 9, 27), date(2024, 10, 12)),
        # Over the year's end: 1 January 2025 is off.
        (date(2024, 12, 25), date(2025, 1, 6)),
        (None, None),
    ],
)
def test_a_draft_goes_to_the_meeting_on_the_seventh_working_day(
    declared: Declarations, sent: date | None, day: date | None
) -> None:
    assert due(declared, "legal_review", review_received_on=sent) == day


def test_only_the_minimum_in_working_days_may_still_move(declared: Declarations) -> None:
    assert counted_due_columns(declared.contracts["major_decisions"]) == ("legal_review_due_on",)


@pytest.mark.parametrize(
    ("issued", "day"),
    [
        (date(2024, 3, 4), date(2024, 3, 19)),
        (date(2024, 5, 6), date(2024, 5, 21)),
        (date(2024, 4, 13), date(2024, 4, 28)),  # a Sunday that was worked
        (date(2024, 4, 18), date(2024, 5, 6)),  # 3 May is a holiday
        (date(2024, 5, 17), date(2024, 6, 3)),  # 1 June is a Saturday
        (date(2024, 9, 20), date(2024, 10, 8)),  # 1 to 7 October are off
        (date(2024, 12, 17), date(2025, 1, 2)),  # New Year's Day
        (date(2025, 1, 14), date(2025, 2, 5)),  # within the Spring Festival
        (date(2023, 12, 29), None),  # the rule is in force from 2024 on
    ],
)
def test_a_document_is_filed_within_fifteen_days_that_end_on_a_working_day(
    declared: Declarations, issued: date, day: date | None
) -> None:
    assert due(declared, "filing", "normative_documents", issued_on=issued) == day


@pytest.mark.parametrize(
    "more",
    [
        {"limit": "03-31"},
        {"pauses": (("paused_on", "resumed_on"),)},
        {"extend": {"by": "10 calendar_days", "approved_on": "approved_on"}},
    ],
)
def test_a_minimum_knows_no_fixed_day_no_pause_and_no_extension(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a minimum is counted in days"):
        Clock(**{"start": "opened_on", "limit": "30 calendar_days", "is_minimum": True, "basis": "x"} | more)
