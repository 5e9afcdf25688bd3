"""Letters, legal aid, filings and cases of the hall: the last day, make-up days and holidays, the end of the year."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from warehouse.declarations import Declarations, read_declarations
from warehouse.workdays import Calendar, add_due_dates


@pytest.fixture(scope="module")
def declared() -> Declarations:
    return read_declarations()


def due(declared: Declarations, dataset: str, clock: str, **row: Any) -> date | None:
    """The due day that the packaged contract gives one row."""
    contract = declared.contracts[dataset]
    names = {*row, *contract.clocks[clock][0].inputs}
    schema = {
        name: pl.Date if name.endswith("_on") else pl.Int64 if name.endswith("days") else pl.Utf8 for name in names
    }
    frame = pl.DataFrame([{name: row.get(name) for name in names}], schema=schema)
    found = add_due_dates(frame, contract, Calendar(declared.holidays))[f"{clock}_due_on"][0]
    assert found is None or isinstance(found, date)
    return found


@pytest.mark.parametrize(
    ("asked", "last"),
    [
        (date(2024, 3, 1), date(2024, 3, 29)),
        # 14 and 29 September and 12 October 2024 are worked; 15 to 17 September and 1 to 7 October are off.
        (date(2024, 9, 10), date(2024, 10, 14)),
        (date(2024, 12, 20), date(2025, 1, 20)),
        (None, None),
    ],
)
def test_a_letter_is_answered_within_twenty_working_days(
    declared: Declarations, asked: date | None, last: date | None
) -> None:
    assert due(declared, "citizen_letters", "reply", asked_on=asked) == last


@pytest.mark.parametrize(
    ("accepted", "last"),
    [
        (date(2024, 5, 6), date(2024, 5, 14)),  # 11 May, a Saturday, is worked
        (date(2024, 4, 25), date(2024, 5, 8)),  # Sunday 28 April is worked, 1 to 5 May are off
        (date(2024, 12, 27), date(2025, 1, 8)),
    ],
)
def test_legal_aid_is_reviewed_within_seven_working_days(declared: Declarations, accepted: date, last: date) -> None:
    assert due(declared, "legal_aid_cases", "review", accepted_on=accepted) == last


@pytest.mark.parametrize(
    ("reviewed", "last"),
    [
        (date(2024, 5, 13), date(2024, 5, 16)),
        (date(2024, 9, 13), date(2024, 9, 19)),  # Saturday the 14th is worked, the 15th to the 17th are off
        (date(2024, 12, 31), date(2025, 1, 6)),
    ],
)
def test_legal_aid_is_assigned_within_three_working_days(declared: Declarations, reviewed: date, last: date) -> None:
    assert due(declared, "legal_aid_cases", "assignment", reviewed_on=reviewed) == last


@pytest.mark.parametrize(
    ("issued", "last"),
    [
        (date(2024, 5, 6), date(2024, 5, 21)),
        (date(2024, 4, 18), date(2024, 5, 6)),  # the fifteenth day is 3 May, a holiday
        (date(2024, 4, 13), date(2024, 4, 28)),  # a Sunday, but worked
        (date(2024, 12, 17), date(2025, 1, 2)),  # the fifteenth day is New Year
        (date(2025, 1, 14), date(2025, 2, 5)),  # the first day of the Spring Festival of 2025
    ],
)
def test_a_document_is_filed_within_fifteen_days(declared: Declarations, issued: date, last: date) -> None:
    assert due(declared, "normative_documents", "filing", issued_on=issued) == last


@pytest.mark.parametrize(
    ("accepted", "promised", "last"),
    [
        (date(2024, 5, 6), 5, date(2024, 5, 11)),  # the fifth day is a Saturday, but worked
        (date(2024, 9, 27), 3, date(2024, 10, 8)),  # Sunday the 29th is worked, 1 to 7 October are off
        (date(2024, 12, 30), 5, date(2025, 1, 7)),
        (date(2024, 5, 6), None, None),  # nothing promised, so nothing to be late against
    ],
)
def test_a_case_of_the_hall_is_completed_within_the_days_promised(
    declared: Declarations, accepted: date, promised: int | None, last: date | None
) -> None:
    assert due(declared, "service_cases", "completion", accepted_on=accepted, promised_days=promised) == last
