"""The clocks of section 2 on the packaged calendar: the last day and the next, make-up days, the end of the year."""

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


def due(dataset: str, clock: str, **row: Any) -> date | None:
    """The due day that the packaged contract gives one row."""
    contract = DECLARED.contracts[dataset]
    kinds = {name: pl.Date if name.endswith("_on") else pl.Utf8 for name in row} | {"promised_days": pl.Int64}
    frame = pl.DataFrame([row], schema={name: kinds[name] for name in row})
    found = add_due_dates(frame, contract, calendar())[f"{clock}_due_on"][0]
    assert found is None or isinstance(found, date)
    return found


@pytest.mark.parametrize(
    ("inspected", "last"),
    [
        (date(2024, 3, 1), date(2024, 3, 29)),
        # 29 September and 12 October 2024 are worked; 1 to 7 October are off.
        (date(2024, 9, 27), date(2024, 10, 30)),
        # 28 January 2025 to 4 February are off, 26 January and 8 February are worked.
        (date(2024, 12, 31), date(2025, 2, 5)),
    ],
)
def test_a_result_is_published_within_twenty_working_days(inspected: date, last: date) -> None:
    assert due("random_inspection_objects", "publication", inspected_on=inspected) == last


def test_an_object_never_inspected_has_no_day_of_publication() -> None:
    assert due("random_inspection_objects", "publication", inspected_on=None) is None


@pytest.mark.parametrize(
    ("checked", "last"),
    [
        (date(2024, 5, 6), date(2024, 5, 14)),  # 11 May, a Saturday, is worked
        (date(2024, 4, 3), date(2024, 4, 15)),  # 4 to 6 April are off, Sunday 7 April is worked
        (date(2024, 12, 30), date(2025, 1, 9)),
    ],
)
def test_an_action_is_reported_within_seven_working_days(checked: date, last: date) -> None:
    assert due("supervision_actions", "reporting", checked_on=checked) == last


@pytest.mark.parametrize(
    ("reviewed", "complexity", "last"),
    [
        (date(2024, 8, 5), "ordinary", date(2024, 8, 12)),
        (date(2024, 8, 10), "ordinary", date(2024, 8, 19)),  # the seventh day is a Saturday
        (date(2024, 9, 22), "ordinary", date(2024, 9, 29)),  # a Sunday, but worked
        (date(2024, 9, 25), "ordinary", date(2024, 10, 8)),  # the second day of the holidays
        (date(2024, 8, 6), "complex", date(2024, 8, 21)),
        (date(2024, 12, 25), "ordinary", date(2025, 1, 2)),  # New Year's Day is off
        (date(2024, 8, 6), None, None),
    ],
)
def test_a_bad_review_is_put_right_within_seven_or_fifteen_days(
    reviewed: date, complexity: str | None, last: date | None
) -> None:
    assert due("service_reviews", "rectification", reviewed_on=reviewed, complexity=complexity) == last


LICENCE = {
    "handling": "single", "accepted_on": date(2024, 3, 1), "special_started_on": None, "special_ended_on": None,
    "extension_approved_on": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "last"),
    [
        ({}, date(2024, 3, 29)),
        ({"handling": "joint"}, date(2024, 5, 8)),
        # Approved on the last day the extension counts; a day later it does not.
        ({"extension_approved_on": date(2024, 3, 29)}, date(2024, 4, 15)),
        ({"extension_approved_on": date(2024, 4, 1)}, date(2024, 3, 29)),
        ({"handling": "joint", "extension_approved_on": date(2024, 4, 1)}, date(2024, 5, 28)),
        # Ten working days of a special procedure are added; while it runs, nothing is due.
        ({"special_started_on": date(2024, 3, 8), "special_ended_on": date(2024, 3, 22)}, date(2024, 4, 15)),
        ({"special_started_on": date(2024, 3, 8)}, None),
        ({"accepted_on": date(2024, 9, 12)}, date(2024, 10, 16)),
        ({"accepted_on": date(2024, 12, 20)}, date(2025, 1, 20)),
    ],
)
def test_a_licence_is_decided_within_the_limits_of_the_act(changed: dict[str, Any], last: date | None) -> None:
    assert due("licence_decisions", "decision", **LICENCE | changed) == last


def test_the_deadline_without_the_extension_stays_beside_it() -> None:
    contract = DECLARED.contracts["licence_decisions"]
    row = LICENCE | {"extension_approved_on": date(2024, 3, 29)}
    days = {name: pl.Utf8 if name == "handling" else pl.Date for name in row}
    found = add_due_dates(pl.DataFrame([row], schema=days), contract, calendar())
    assert found["decision_base_due_on"][0] == date(2024, 3, 29) < found["decision_due_on"][0]


@pytest.mark.parametrize(
    ("decided", "last"),
    [
        (date(2024, 3, 1), date(2024, 3, 15)),
        (date(2024, 9, 25), date(2024, 10, 14)),  # 29 September and 12 October are worked
        (date(2024, 12, 26), date(2025, 1, 10)),
    ],
)
def test_a_licence_is_delivered_within_ten_working_days(decided: date, last: date) -> None:
    assert due("licence_decisions", "delivery", decided_on=decided) == last


CASE = {"accepted_on": date(2024, 3, 4), "promised_days": 5, "special_started_on": None, "special_ended_on": None}


@pytest.mark.parametrize(
    ("changed", "last"),
    [
        ({}, date(2024, 3, 11)),
        ({"promised_days": 1}, date(2024, 3, 5)),
        # 29 September 2024 is worked, 1 to 7 October are off.
        ({"accepted_on": date(2024, 9, 27)}, date(2024, 10, 10)),
        ({"accepted_on": date(2024, 9, 27), "promised_days": 3}, date(2024, 10, 8)),
        ({"accepted_on": date(2024, 5, 6)}, date(2024, 5, 11)),
        ({"accepted_on": date(2024, 5, 10), "promised_days": 1}, date(2024, 5, 11)),  # a Saturday that was worked
        ({"accepted_on": date(2024, 12, 30), "promised_days": 3}, date(2025, 1, 3)),
        ({"accepted_on": date(2024, 12, 30)}, date(2025, 1, 7)),
        # Five working days of a special procedure are added; while it runs, nothing is due.
        ({"special_started_on": date(2024, 3, 6), "special_ended_on": date(2024, 3, 13)}, date(2024, 3, 18)),
        ({"special_started_on": date(2024, 3, 6)}, None),
        ({"promised_days": None}, None),
    ],
)
def test_a_case_is_completed_within_the_days_that_were_promised(changed: dict[str, Any], last: date | None) -> None:
    assert due("service_cases", "completion", **CASE | changed) == last
