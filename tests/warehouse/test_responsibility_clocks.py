"""The clocks of proposals, openness, the hotline and yearly reports, by days counted on a paper calendar."""

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
    """The due date of one row; what is not given is empty."""
    frame = pl.DataFrame([row], schema_overrides={name: pl.Date for name in row if name.endswith("_on")})
    found = add_due_dates(frame, declared.contracts[dataset], Calendar(declared.holidays))
    value = found[f"{clock}_due_on"][0]
    assert value is None or isinstance(value, date)
    return value


REPLIES = [
    # 25 April 2024: 1-5 May is off, 28 April and 11 May are worked.
    ({"received_on": date(2024, 4, 25)}, date(2024, 5, 24)),
    # Over the year's end: 1 January 2025 is off.
    ({"received_on": date(2024, 12, 13)}, date(2025, 1, 13)),
    # Over the Spring Festival of 2025 (28 January to 4 February), 26 January and 8 February are worked.
    ({"received_on": date(2025, 1, 10)}, date(2025, 2, 13)),
    # Put right on 17 May: the clock starts anew there, and nothing is added for the days before.
    (
        {
            "received_on": date(2024, 4, 25),
            "correction_noticed_on": date(2024, 5, 7),
            "corrected_on": date(2024, 5, 17),
        },
        date(2024, 6, 17),
    ),
    # Asked and not yet put right: no deadline runs.
    ({"received_on": date(2024, 4, 25), "correction_noticed_on": date(2024, 5, 7)}, None),
    # A third party was heard from 6 to 27 May: sixteen working days are added.
    (
        {
            "received_on": date(2024, 4, 25),
            "third_party_asked_on": date(2024, 5, 6),
            "third_party_heard_on": date(2024, 5, 27),
        },
        date(2024, 6, 18),
    ),
    # Extended on the last day: twenty more. A day later: nothing.
    ({"received_on": date(2024, 4, 25), "extension_approved_on": date(2024, 5, 24)}, date(2024, 6, 24)),
    ({"received_on": date(2024, 4, 25), "extension_approved_on": date(2024, 5, 27)}, date(2024, 5, 24)),
]


@pytest.mark.parametrize(("row", "day"), REPLIES)
def test_a_request_is_due_after_twenty_working_days(declared: Declarations, row: dict[str, Any], day: date) -> None:
    assert due(declared, "disclosure_requests", "reply", **row) == day


def test_an_extension_leaves_the_first_deadline_to_be_seen(declared: Declarations) -> None:
    row = {"received_on": date(2024, 4, 25), "extension_approved_on": date(2024, 5, 24)}
    assert due(declared, "disclosure_requests", "reply_base", **row) == date(2024, 5, 24)


@pytest.mark.parametrize(
    ("dataset", "clock", "row", "day"),
    [
        ("disclosure_requests", "correction", {"received_on": date(2024, 4, 25)}, date(2024, 5, 8)),
        ("disclosure_requests", "correction", {"received_on": date(2024, 12, 27)}, date(2025, 1, 8)),
        ("disclosure_requests", "third_party", {"third_party_asked_on": date(2024, 9, 9)}, date(2024, 9, 30)),
        ("disclosure_requests", "third_party", {"third_party_asked_on": date(2024, 12, 16)}, date(2025, 1, 7)),
        ("citizen_letters", "reply", {"asked_on": date(2024, 3, 1)}, date(2024, 3, 29)),
        # 4 and 18 February 2024, both Sundays, are worked; 10 to 17 February are off.
        ("citizen_letters", "reply", {"asked_on": date(2024, 1, 26)}, date(2024, 2, 28)),
        # 14 and 29 September and 12 October 2024 are worked; 15 to 17 September and 1 to 7 October are off.
        ("citizen_letters", "reply", {"asked_on": date(2024, 9, 10)}, date(2024, 10, 14)),
        ("citizen_letters", "reply", {"asked_on": date(2024, 12, 13)}, date(2025, 1, 13)),
        ("citizen_letters", "reply", {"asked_on": date(2024, 12, 20)}, date(2025, 1, 20)),
        ("citizen_letters", "reply", {"asked_on": None}, None),
        ("disclosed_information", "publication", {"formed_on": date(2024, 9, 9)}, date(2024, 10, 12)),
        ("disclosed_information", "publication", {"formed_on": date(2024, 12, 20)}, date(2025, 1, 20)),
        ("proposals", "reply", {"assigned_on": date(2024, 2, 26), "scope": "ordinary"}, date(2024, 5, 27)),
        ("proposals", "reply", {"assigned_on": date(2024, 2, 26), "scope": "wide"}, date(2024, 8, 26)),
        # 31 November does not exist, and the last day of November 2024 is a Saturday.
        ("proposals", "reply", {"assigned_on": date(2024, 8, 31), "scope": "ordinary"}, date(2024, 12, 2)),
        # Three months from 8 November end on a Saturday that is worked.
        ("proposals", "reply", {"assigned_on": date(2024, 11, 8), "scope": "ordinary"}, date(2025, 2, 8)),
        ("proposals", "reply", {"assigned_on": date(2024, 11, 1), "scope": "ordinary"}, date(2025, 2, 5)),
        ("hotline_tickets", "closure", {"called_on": date(2024, 4, 30), "kind": "consultation"}, date(2024, 5, 6)),
        ("hotline_tickets", "closure", {"called_on": date(2024, 4, 30), "kind": "complaint"}, date(2024, 5, 10)),
        ("hotline_tickets", "closure", {"called_on": date(2024, 12, 27), "kind": "help"}, date(2025, 1, 6)),
        ("hotline_tickets", "closure", {"called_on": date(2024, 12, 20), "kind": "report"}, date(2025, 1, 13)),
        # Days that a rule names never move: 1 March 2025 is a Saturday.
        ("rule_of_law_reports", "submission", {"report_year_on": date(2024, 12, 31)}, date(2025, 3, 1)),
        ("rule_of_law_reports", "publication", {"report_year_on": date(2024, 12, 31)}, date(2025, 4, 1)),
        (
            "disclosure_annual_reports",
            "publication",
            {"report_year_on": date(2023, 12, 31), "level": "unit"},
            date(2024, 1, 31),
        ),
        (
            "disclosure_annual_reports",
            "publication",
            {"report_year_on": date(2023, 12, 31), "level": "county"},
            date(2024, 3, 31),
        ),
    ],
)
def test_the_last_day_of_each_clock(
    declared: Declarations, dataset: str, clock: str, row: dict[str, Any], day: date
) -> None:
    assert due(declared, dataset, clock, **row) == day


def test_a_ticket_is_extended_only_before_its_deadline(declared: Declarations) -> None:
    ticket = {"called_on": date(2024, 4, 25), "kind": "help"}
    assert due(declared, "hotline_tickets", "closure", **ticket) == date(2024, 5, 6)
    in_time = due(declared, "hotline_tickets", "closure", **ticket, extension_approved_on=date(2024, 5, 6))
    late = due(declared, "hotline_tickets", "closure", **ticket, extension_approved_on=date(2024, 5, 7))
    assert (in_time, late) == (date(2024, 5, 11), date(2024, 5, 6))
