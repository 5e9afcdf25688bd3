"""What the figures of responsibility, proposals, openness and the hotline mean, on rows whose answer is known.

All rows stand in one snapshot, built once: each dataset's rows are listed here, its meaning is told below.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from warehouse.declarations import read_declarations
from warehouse.snapshot import open_snapshot
from warehouse.workdays import clock_due_on

DAY = date(2024, 5, 6)
Row = dict[str, Any]
Figures = dict[str, tuple[int, int | None]]
MEETING: Row = {
    "meeting_number": "1", "item_number": 1, "level": "county", "unit": "rule_of_law_office", "held_on": DAY,
    "kind": "standing_committee", "item": "x", "is_rule_of_law": True,
}  # fmt: skip
SESSION: Row = {"level": "unit", "unit": "market_bureau", "kind": "centre_group", "held_on": DAY, "topic": "x"}
REPORT: Row = {"report_year_on": date(2023, 12, 31), "unit": "market_bureau", "submitted_on": date(2024, 3, 1)}
VISIT: Row = {"visit_number": "1", "visited_unit": "pinghu_town", "visited_on": DAY, "form": "unannounced"}
PROBLEM: Row = {
    "rectification_number": "1", "source": "county", "problem": "x", "kind": "by_day", "unit": "market_bureau",
    "assigned_on": DAY, "limit_on": date(2024, 7, 5),
}  # fmt: skip
CLOSED = PROBLEM | {"verified_on": date(2024, 7, 5), "closed_on": date(2024, 7, 5)}
PROPOSAL: Row = {
    "proposal_number": "1", "kind": "suggestion", "title": "x", "lead_unit": "market_bureau", "assigned_on": DAY,
    "scope": "ordinary",
}  # fmt: skip
REPLIED = PROPOSAL | {"replied_on": date(2024, 8, 6)}
REQUEST: Row = {
    "request_number": "1", "applicant_kind": "natural_person", "applicant_name": "x", "channel": "post",
    "unit": "market_bureau", "received_on": DAY,
}  # fmt: skip
# The twentieth working day after 6 May is 31 May; twenty more end on 1 July.
EXTENDED = REQUEST | {
    "extension_approved_on": date(2024, 5, 31), "replied_on": date(2024, 7, 1), "reply_kind": "disclosed",
}  # fmt: skip
ITEM: Row = {
    "index_number": "1", "list": "general", "title": "x", "publishing_unit": "market_bureau", "formed_on": DAY,
    "published_on": DAY,
}  # fmt: skip
TICKET: Row = {
    "ticket_number": "1", "called_on": DAY, "kind": "help", "subject": "x", "way": "dispatched",
    "handling_unit": "market_bureau", "status": "open",
}  # fmt: skip
CLOSED_TICKET = TICKET | {"status": "closed", "closed_on": date(2024, 5, 13), "satisfaction": "not_rated"}
LINE: Row = dict.fromkeys(("natural_person", "enterprise", "research", "charity", "law_firm", "other"), 0)
LINES = (("received", 5), ("carried_in", 1), ("disclosed", 4), ("all_results", 4), ("carried_out", 2))
ORGAN: Row = {"report_year_on": date(2023, 12, 31), "level": "unit", "unit": "market_bureau"}
ROWS: dict[str, list[Row]] = {
    "rule_of_law_meetings": [
        MEETING,
        MEETING | {"item_number": 2},
        MEETING | {"meeting_number": "2", "is_rule_of_law": False},
        MEETING | {"meeting_number": "3", "kind": "rule_of_law_committee"},
        MEETING | {"meeting_number": "3", "kind": "rule_of_law_committee", "item_number": 2},
        MEETING | {"meeting_number": "4", "level": "unit", "kind": "party_group", "unit": "market_bureau"},
    ],
    "law_study_sessions": [
        SESSION,
        SESSION | {"level": "county", "unit": "education_bureau"},
        SESSION | {"kind": "lecture", "held_on": date(2024, 5, 7)},
    ],
    "cadre_training_classes": [
        {"class_number": number, "class_name": "x", "kind": kind, "started_on": DAY, "trained_count": 40}
        for number, kind in (("1", "section_heads"), ("2", "section_heads"), ("3", "young_cadres"))
    ],
    "rule_of_law_reports": [
        REPORT,
        REPORT | {"unit": "education_bureau", "submitted_on": date(2024, 3, 2)},
        REPORT | {"unit": "health_bureau", "report_year_on": date(2024, 12, 31), "submitted_on": date(2025, 1, 2)},
    ],
    "oversight_visits": [
        VISIT,
        VISIT | {"visit_number": "2", "form": "announced"},
        VISIT | {"visit_number": "3", "visited_unit": "market_bureau"},
        VISIT | {"visit_number": "4", "visited_unit": "rule_of_law_office"},
    ],
    "rectifications": [
        CLOSED,
        CLOSED | {"rectification_number": "2", "closed_on": date(2024, 7, 8)},
        PROBLEM | {"rectification_number": "3"},
        PROBLEM | {"rectification_number": "4", "limit_on": date(2025, 6, 30)},
        PROBLEM | {"rectification_number": "5", "kind": "long_term", "limit_on": None, "source": "province"},
    ],
    "proposals": [
        REPLIED | {"rating": "satisfied"},
        REPLIED | {"proposal_number": "2", "rating": "mostly_satisfied"},
        REPLIED | {"proposal_number": "3", "rating": "dissatisfied", "replied_on": date(2024, 8, 7)},
        REPLIED | {"proposal_number": "4", "kind": "proposal", "scope": "wide", "replied_on": date(2024, 11, 6)},
        PROPOSAL | {"proposal_number": "5"},
    ],
    "disclosure_requests": [
        EXTENDED,
        EXTENDED | {"request_number": "2", "extension_approved_on": date(2024, 6, 3)},
        REQUEST | {"request_number": "3", "correction_noticed_on": date(2024, 5, 8)},
        REQUEST | {"request_number": "4"},
    ],
    "disclosed_information": [ITEM, ITEM | {"list": "key_area"}, ITEM | {"index_number": "2"}],
    "hotline_tickets": [
        TICKET,
        TICKET | {"ticket_number": "2", "status": "void"},
        CLOSED_TICKET | {"ticket_number": "3"},
        CLOSED_TICKET | {"ticket_number": "4", "kind": "consultation", "way": "online", "closed_on": DAY},
        CLOSED_TICKET | {"ticket_number": "5", "called_on": date(2024, 5, 7)},
    ],
    "disclosure_year_table": [
        LINE | {"item": item, "natural_person": count, "all_applicants": count} for item, count in LINES
    ],
    "disclosure_annual_reports": [
        ORGAN | {"published_on": date(2024, 1, 31)},
        ORGAN | {"unit": "education_bureau", "published_on": date(2024, 2, 1)},
    ],
}


def with_clocks(county: Any, dataset: str, row: Row) -> Row:
    """The row with the due dates that loading would add."""
    calendar, found = county.calendar, dict(row)
    for name, (clock,) in county.declarations.contracts[dataset].clocks.items():
        found[f"{name}_due_on"] = clock_due_on(clock, row, calendar)
        if clock.extend:
            plain = clock.model_copy(update={"extend": None})
            found[f"{name}_base_due_on"] = clock_due_on(plain, row, calendar)
    return found


@pytest.fixture(scope="module")
def found(lasting_county: Callable[..., Any]) -> Figures:
    """The county's figures of 2024 as (numerator, denominator)."""
    county = lasting_county()
    sent = [county.deliver(name, [with_clocks(county, name, row) for row in rows]) for name, rows in ROWS.items()]
    with open_snapshot(county.build(*sent).path) as snapshot:
        figures = snapshot.figures("2024", unit=None, town=None)
    return {row["metric"]: (row["numerator"], row["denominator"]) for row in figures}


def test_a_meeting_with_two_items_on_the_rule_of_law_counts_once(found: Figures) -> None:
    assert found["standing_committee_law_topics"] == (1, None)
    assert found["rule_of_law_committee_meetings"] == (1, None)
    assert found["unit_law_topics"] == (1, None)


def test_a_units_own_centre_group_is_not_the_countys(found: Figures) -> None:
    assert found["study_center_group_sessions"] == (1, None)
    assert found["unit_study_sessions"] == (2, None)


def test_a_unit_without_a_session_of_its_own_stays_in_the_denominator(found: Figures) -> None:
    units = read_declarations().units_for("all", date(2024, 12, 31))
    assert found["study_coverage_rate"] == (1, len(units))


def test_class_sizes_are_summed_and_kinds_counted_once(found: Figures) -> None:
    assert found["cadres_trained"] == (120, None)
    assert found["cadre_class_kinds"] == (2, None)


def test_a_report_counts_in_the_year_in_which_it_is_due(found: Figures) -> None:
    # One came on 1 March, one a day later; the report on 2024 that came early is not due in 2024.
    assert found["unit_report_on_time_rate"][0] == 1


def test_towns_and_departments_visited_are_counted_apart_and_once(found: Figures) -> None:
    assert (found["oversight_towns"], found["oversight_departments"]) == ((1, None), (1, None))
    assert found["oversight_unannounced_rate"] == (3, 4)


def test_a_problem_is_judged_in_the_year_of_its_limit_and_the_limit_is_in_time(found: Figures) -> None:
    assert found["rectification_rate"] == (1, 3)
    assert found["rectification_closure_rate"] == (2, 3)
    assert found["lookback_verified_rate"] == (0, 1)


def test_mostly_satisfied_is_satisfied_and_who_said_nothing_is_not_asked(found: Figures) -> None:
    assert (found["congress_suggestions"], found["conference_proposals"]) == ((4, None), (1, None))
    assert found["proposal_satisfaction_rate"] == (2, 3)
    assert found["proposal_rated_rate"] == (3, 4)


def test_a_reply_on_the_day_of_the_month_is_in_time_and_a_wide_matter_has_six_months(found: Figures) -> None:
    assert found["proposal_reply_rate"] == (4, 5)
    # The third came a day late, the fifth never.
    assert found["proposal_reply_on_time_rate"] == (3, 5)


def test_an_extension_recorded_late_is_a_shortfall_and_saves_nobody(found: Figures) -> None:
    assert found["disclosure_extended_in_time_rate"] == (1, 2)
    # The third waits for the applicant, so that no deadline runs; the fourth was never replied to.
    assert found["disclosure_reply_on_time_rate"] == (1, 3)
    assert found["disclosure_reply_rate"] == (2, 3)
    assert found["disclosure_requests"] == (4, None)


def test_key_areas_are_no_part_of_what_was_disclosed(found: Figures) -> None:
    assert (found["information_published"], found["key_area_information"]) == ((2, None), (1, None))


def test_void_tickets_are_counted_nowhere_and_open_ones_once_they_are_late(found: Figures) -> None:
    assert found["hotline_tickets_valid"] == (4, None)
    assert (found["hotline_tickets_dispatched"], found["hotline_tickets_online"]) == ((3, None), (1, None))
    # Five working days from 6 May end on Saturday the 11th, which is worked; from the 7th, on Monday the 13th.
    assert found["hotline_closure_rate"] == (2, 4)
    assert found["hotline_satisfaction_rate"] == (0, 0)


def test_the_year_table_leaves_its_own_total_out(found: Figures) -> None:
    assert found["disclosure_table_in_natural_person"] == (6, None)
    assert found["disclosure_table_out_natural_person"] == (6, None)
    assert found["disclosure_received_stated"] == (5, None)


def test_who_ended_before_the_years_end_owes_no_report_on_open_government(found: Figures) -> None:
    owed = read_declarations().rosters["disclosure_organs"].rows.values()
    assert found["unit_disclosure_report_on_time_rate"] == (1, sum("owes_until" not in row for row in owed))


def test_the_countys_report_and_its_honours_come_from_the_rosters(found: Figures) -> None:
    assert (found["report_signed_on"], found["report_published_on"], found["awards"]) == ((1, 1), (1, 1), (2, None))
