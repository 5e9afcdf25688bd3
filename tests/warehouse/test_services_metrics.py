"""What the figures of section 2 mean, on rows whose answer is known."""

from __future__ import annotations

from datetime import date
from typing import Any

from warehouse.declarations import read_declarations
from warehouse.snapshot import Snapshot, open_snapshot

END = date(2024, 12, 31)
Sides = tuple[int, int | None]


def county(snapshot: Snapshot, metric: str, period: str = "2024", unit: str | None = None) -> Sides:
    """One figure of the year as (numerator, denominator)."""
    (row,) = snapshot.figures(period, unit=unit, metric=metric, town=None)
    return row["numerator"], row["denominator"]


def built(make: Any, **deliveries: list[dict[str, Any]]) -> Snapshot:
    """A snapshot of these rows by dataset."""
    return open_snapshot(make.build(*(make.deliver(name, rows) for name, rows in deliveries.items())).path)


ITEM = {
    "item_code": "1", "item_name": "a", "department": "market_bureau", "kind": "on_application",
    "entered_on": date(2022, 3, 1), "promised_days": 5, "statutory_days": 20,
}  # fmt: skip


def test_the_hall_holds_what_is_in_it_on_the_last_day_and_nothing_done_on_duty(county_with: Any) -> None:
    rows = [
        ITEM,
        ITEM | {"item_code": "2", "kind": "public_service", "department": "archives_bureau"},
        ITEM | {"item_code": "3", "left_on": END},
        ITEM | {"item_code": "4", "left_on": date(2025, 1, 1)},
        ITEM | {"item_code": "5", "entered_on": date(2025, 1, 2), "department": "water_bureau"},
        ITEM | {"item_code": "6", "kind": "on_duty", "department": "forestry_bureau"},
    ]
    with built(county_with(), service_items=rows) as snapshot:
        assert county(snapshot, "hall_items") == (3, None)
        assert county(snapshot, "hall_departments") == (2, None)


def test_a_promise_longer_than_the_law_is_a_shortfall_and_one_equal_to_it_is_not(county_with: Any) -> None:
    rows = [
        ITEM | {"promised_days": 20},
        ITEM | {"item_code": "2", "promised_days": 21},
        ITEM | {"item_code": "3", "statutory_days": None},
    ]
    with built(county_with(), service_items=rows) as snapshot:
        assert county(snapshot, "promised_within_statute_rate") == (1, 2)


def test_an_item_at_two_levels_counts_at_each_and_one_taken_back_at_none(county_with: Any) -> None:
    one = {"item_code": "1", "item_name": "a", "department": "civil_affairs_bureau", "delegated_on": date(2023, 1, 1)}
    rows = [
        one | {"level": "town"},
        one | {"level": "village"},
        one | {"item_code": "2", "level": "town", "revoked_on": date(2024, 6, 1)},
    ]
    with built(county_with(), delegated_items=rows) as snapshot:
        assert (county(snapshot, "town_items"), county(snapshot, "village_items")) == ((1, None), (1, None))


def test_a_service_without_a_conclusion_breaks_the_sum(county_with: Any) -> None:
    one = {"service_name": "a", "department": "water_bureau", "reviewed_on": date(2024, 5, 6)}
    listed = {"list_title": "b", "published_on": date(2024, 8, 1)}
    rows = [
        one | {"service_number": "1", "conclusion": "kept"} | listed,
        one | {"service_number": "2", "conclusion": "cancelled"},
        one | {"service_number": "3"},
    ]
    identity = read_declarations().identities["intermediary_items_tie"]
    with built(county_with(), intermediary_services=rows) as snapshot:
        left = sum(county(snapshot, metric)[0] for metric in identity.left)
        right = sum(county(snapshot, metric)[0] for metric in identity.right)
        assert county(snapshot, "intermediary_list_published") == (1, None)
    assert (left, right) == (2, 3)


TASK = {
    "task_number": "1", "task_name": "a", "unit": "market_bureau", "departments": "market_bureau", "is_joint": False,
    "planned_on": date(2024, 3, 5), "planned_until_on": date(2024, 5, 31), "completed_on": date(2024, 5, 31),
}  # fmt: skip
OBJECT = {
    "task_number": "1", "object_name": "a", "object_code": "1", "unit": "water_bureau", "drawn_on": date(2024, 3, 7),
    "task_until_on": date(2024, 5, 31), "inspected_on": date(2024, 4, 1), "entered_on": date(2024, 4, 2),
    "published_on": date(2024, 4, 30), "publication_due_on": date(2024, 4, 30),
}  # fmt: skip


def test_departments_without_any_task_stay_in_the_denominator(county_with: Any) -> None:
    tasks = [TASK, TASK | {"task_number": "2", "unit": "education_bureau", "completed_on": None}]
    with built(county_with(), random_inspection_tasks=tasks, random_inspection_objects=[OBJECT]) as snapshot:
        roster = len(snapshot.declarations.units_for("random_inspection", END))
        # One led a task, one inspected an object of another's; the third planned and did nothing.
        assert county(snapshot, "random_inspection_department_coverage") == (2, roster)
        assert county(snapshot, "random_inspection_department_coverage", unit="education_bureau") == (0, 1)
        assert county(snapshot, "random_inspection_department_coverage", unit="health_bureau") == (0, 1)
        assert county(snapshot, "random_inspection_completion") == (1, 2)
        missing = snapshot.trace("random_inspection_department_coverage", "2024", side="shortfall")
        assert {row["unit"] for row in missing} >= {"education_bureau", "health_bureau"} and all(
            row["_file"] for row in missing
        )


def test_completed_and_published_on_the_last_day_are_in_time_and_a_day_later_are_not(county_with: Any) -> None:
    tasks = [TASK, TASK | {"task_number": "2", "completed_on": date(2024, 6, 1)}]
    objects = [
        OBJECT,
        OBJECT | {"object_code": "2", "published_on": date(2024, 5, 6)},
        OBJECT | {"object_code": "3", "entered_on": None, "published_on": None},
        OBJECT | {"object_code": "4", "inspected_on": None, "entered_on": None, "published_on": None,
                  "publication_due_on": None},
    ]  # fmt: skip
    with built(county_with(), random_inspection_tasks=tasks, random_inspection_objects=objects) as snapshot:
        assert county(snapshot, "random_inspection_completion") == (2, 2)
        assert county(snapshot, "random_inspection_completed_on_time_rate") == (1, 2)
        # One was never published, one never inspected though its task is over.
        assert county(snapshot, "random_inspection_publicity") == (2, 4)
        assert county(snapshot, "random_inspection_published_on_time_rate") == (1, 3)


def test_an_item_is_covered_by_its_own_department_in_that_year_only(county_with: Any) -> None:
    item = {"catalogue_code": "1", "item_name": "a", "unit": "water_bureau", "is_claimable": True,
            "listed_on": date(2022, 6, 1), "claimed_on": date(2022, 7, 1)}  # fmt: skip
    items = [
        item,
        item | {"unit": "agriculture_bureau"},
        item | {"catalogue_code": "2", "claimed_on": None},
        item | {"catalogue_code": "3", "is_claimable": False, "claimed_on": None},
        item | {"catalogue_code": "4", "removed_on": date(2024, 5, 1), "claimed_on": None},
    ]
    action = {"record_id": "1", "catalogue_code": "1", "unit": "water_bureau", "party_name": "a",
              "checked_on": date(2024, 5, 6), "reported_on": date(2024, 5, 7), "synced_at": None,
              "sync_mark": "inserted"}  # fmt: skip
    actions = [
        action,
        action | {"record_id": "2", "catalogue_code": "9", "unit": "agriculture_bureau"},
        action | {"record_id": "3", "unit": "forestry_bureau", "checked_on": date(2023, 5, 6)},
    ]
    with built(county_with(), supervision_items=items, supervision_actions=actions) as snapshot:
        members = len(snapshot.declarations.units_for("internet_supervision", END))
        assert county(snapshot, "supervision_claim_rate") == (2, 3)
        assert county(snapshot, "supervision_item_coverage") == (1, 2)
        assert county(snapshot, "supervision_participation") == (2, members)


LICENCE = {
    "application_number": "1", "item_name": "a", "applicant_name": "b", "deciding_unit": "water_bureau",
    "handling": "single", "accepted_on": date(2024, 3, 1), "decided_on": date(2024, 3, 29), "result": "granted",
    "delivered_on": date(2024, 4, 15), "decision_base_due_on": date(2024, 3, 29), "decision_due_on": date(2024, 3, 29),
    "delivery_due_on": date(2024, 4, 15),
}  # fmt: skip


def test_an_extension_recorded_after_the_deadline_is_itself_a_shortfall(county_with: Any) -> None:
    late = {"extension_approved_on": date(2024, 4, 1), "decided_on": date(2024, 4, 10)}
    rows = [
        LICENCE,
        LICENCE | {"application_number": "2"} | late,
        LICENCE | {"application_number": "3", "extension_approved_on": date(2024, 3, 29),
                   "decision_due_on": date(2024, 4, 15), "decided_on": date(2024, 4, 15)},
        LICENCE | {"application_number": "4", "result": "refused", "delivered_on": None},
        LICENCE | {"application_number": "5", "delivered_on": None},
    ]  # fmt: skip
    with built(county_with(), licence_decisions=rows) as snapshot:
        assert county(snapshot, "licence_extended_in_time_rate") == (1, 2)
        assert county(snapshot, "licence_decided_on_time_rate") == (4, 5)
        # A refusal is not delivered as a certificate; one granted and never delivered is owed.
        assert county(snapshot, "licence_delivered_on_time_rate") == (3, 4)


def test_an_open_case_is_late_once_the_file_that_could_say_otherwise_is_in(county_with: Any) -> None:
    make = county_with()
    case = {"case_number": "1", "accepted_on": date(2024, 6, 24), "promised_days": 5, "handling_unit": "market_bureau",
            "level": "county", "channel": "online", "can_be_online": True,
            "completion_due_on": date(2024, 7, 1)}  # fmt: skip
    delivery = make.deliver("service_cases", [case], received_on=date(2024, 7, 9))
    for as_of, expected in ((date(2024, 8, 20), (0, 0)), (date(2024, 8, 21), (0, 1))):
        with open_snapshot(make.build(delivery, as_of=as_of).path) as snapshot:
            assert county(snapshot, "service_cases_on_time_rate", "2024Q2") == expected


def test_a_bad_review_never_put_right_counts_once_its_limit_is_past(county_with: Any) -> None:
    bad = {"review_number": "1", "case_number": "1", "handling_unit": "market_bureau", "reviewed_on": date(2024, 8, 10),
           "rating": "bad", "complexity": "ordinary", "rectification_due_on": date(2024, 8, 19)}  # fmt: skip
    rows = [
        bad,
        bad | {"review_number": "2", "rating": "very_bad", "rectified_on": date(2024, 8, 19)},
        bad | {"review_number": "3", "rectified_on": date(2024, 8, 20)},
        bad | {"review_number": "4", "rating": "good", "complexity": None, "rectification_due_on": None},
    ]
    with built(county_with(), service_reviews=rows) as snapshot:
        assert county(snapshot, "bad_reviews_rectified_rate") == (2, 3)
        assert county(snapshot, "bad_reviews_rectified_on_time_rate") == (1, 3)


def test_a_quarantined_action_is_a_reported_one_that_was_not_accurate(county_with: Any) -> None:
    make = county_with()
    action = {"record_id": "1", "catalogue_code": "1", "unit": "water_bureau", "party_name": "a",
              "checked_on": date(2024, 11, 6), "reported_on": date(2024, 11, 7), "synced_at": None,
              "sync_mark": "inserted"}  # fmt: skip
    held = {"_unit": "water_bureau", "_on": None, "rule": "impossible_date", "column": "checked_on"}
    delivery = make.deliver("supervision_actions", [action, action | {"record_id": "2"}], held=[held])
    with open_snapshot(make.build(delivery).path) as snapshot:
        assert county(snapshot, "supervision_accuracy") == (2, 3)
        (row,) = snapshot.trace("supervision_accuracy", "2024", side="shortfall")
        assert row["rule"] == "impossible_date"
