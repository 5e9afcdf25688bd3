"""What the figures of section 4 mean, on rows whose answer is known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from warehouse.snapshot import open_snapshot

END = date(2024, 12, 31)
DAY = date(2024, 5, 6)
CASE = {
    "enforcement_unit": "market_bureau", "procedure": "ordinary", "filed_on": date(2024, 4, 1), "decided_on": DAY,
    "document_number": "1", "discretion": "ordinary", "needs_legal_review": False,
}  # fmt: skip
PLAN = {
    "plan_year_on": END, "enforcement_unit": "market_bureau", "item_code": "1", "is_listed_item": True,
    "filed_on": date(2024, 3, 29), "filing_due_on": date(2024, 3, 31),
}  # fmt: skip
INSPECTION = {
    "enforcement_unit": "market_bureau", "trigger": "planned", "plan_number": "P1", "item_code": "1",
    "inspected_on": DAY, "is_scanned": True, "credentials_shown": True,
}  # fmt: skip
Sides = dict[str, tuple[Any, Any]]


def figures(county: Any, unit: str | None = None, period: str = "2024", **rows: list[dict[str, Any]]) -> Sides:
    """Both sides of every figure that these rows give."""
    built = county.build(*(county.deliver(dataset, found) for dataset, found in rows.items()))
    with open_snapshot(built.path) as snapshot:
        found = snapshot.figures(period, unit=unit, town=None)
    return {row["metric"]: (row["numerator"], row["denominator"]) for row in found}


def cases(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """One penalty case for each change."""
    return [CASE | {"case_number": str(at)} | change for at, change in enumerate(changes)]


def officer(number: str, **other: Any) -> dict[str, Any]:
    return {"certificate_number": number, "unit": "market_bureau", "issued_on": date(2020, 1, 1)} | other


def test_a_case_with_several_penalties_counts_once_under_the_gravest(county: Any) -> None:
    found = figures(county, penalty_cases=cases(
        {"kinds": "警告;罚款;没收违法所得"},
        {"kinds": "没收违法所得;没收非法财物"},
        {"kinds": "罚款"},
        {"kinds": "罚款;吊销许可证件"},
        {"kinds": "责令改正"},
        {"kinds": None},
        {"kinds": "罚款", "discretion": "exempt"},
    ))  # fmt: skip
    counted = {name.removeprefix("penalties_"): sides[0] for name, sides in found.items() if "penalties_" in name[:10]}
    assert counted["confiscations"] == 2
    assert (counted["fines"], counted["revocations"], counted["others"], counted["warnings"]) == (1, 1, 2, 0)
    classes = set(counted) - {"decided"}
    assert sum(counted[name] for name in classes) == counted["decided"] == 6


def test_two_certificates_must_be_in_force_on_the_day_of_filing(county: Any) -> None:
    register = [
        officer("A"),
        officer("B"),
        officer("LATE", issued_on=date(2024, 4, 2)),
        officer("GONE", cancelled_on=date(2024, 4, 1)),
        officer("LEFT", cancelled_on=date(2024, 4, 2)),
    ]
    signed = ["A;B", "A;B;LATE", "A;LATE", "A;GONE", "A;LEFT", "A", "A;A", None, "A;X;B"]
    rows = cases(*({"certificates": text} for text in signed), {"procedure": "summary", "certificates": "A"})
    found = figures(county, penalty_cases=rows, enforcement_officers=register)
    assert found["penalty_two_officers_rate"] == (4, 9)


def test_exempt_cases_need_a_word_on_education_and_blank_is_not_yes(county: Any) -> None:
    exempt = [CASE | {"discretion": "exempt", "is_educated": said} for said in (True, False, None)]
    found = figures(county, penalty_cases=cases(*exempt, {"is_educated": None}))
    assert (found["exempted_with_education_rate"], found["exempted_penalties"]) == ((1, 3), (3, None))


def test_a_case_is_late_in_the_year_in_which_its_limit_ended(county: Any) -> None:
    due = {"decision_due_on": date(2024, 7, 1)}
    rows = cases(
        due | {"decided_on": date(2024, 7, 1)},
        due | {"decided_on": date(2024, 7, 2)},
        due | {"decided_on": None},
        {"decision_due_on": date(2025, 1, 15), "decided_on": None},
    )
    assert figures(county, penalty_cases=rows)["penalty_decided_on_time_rate"] == (1, 3)
    # The year that runs has no export yet: whether the last one was decided in the meantime nobody can know.
    assert figures(county, period="2025", penalty_cases=rows).get("penalty_decided_on_time_rate", (0, 0)) == (0, 0)


def test_an_extension_after_the_limit_is_short_of_its_own(county: Any) -> None:
    limit = date(2024, 6, 5)
    rows = [
        {"measure_number": str(days), "enforcement_unit": "market_bureau", "measure": "seizure", "started_on": DAY,
         "extension_approved_on": limit + timedelta(days=days), "seizure_base_due_on": limit,
         "seizure_due_on": limit + timedelta(days=30) if days <= 0 else limit, "ended_on": date(2024, 7, 5)}
        for days in (-1, 0, 1)
    ]  # fmt: skip
    found = figures(county, coercive_measures=rows)
    assert found["seizure_extended_in_time_rate"] == found["seizure_ended_on_time_rate"] == (2, 3)


def test_an_inspection_matches_the_filed_plan_of_its_own_unit(county: Any) -> None:
    plans = [
        PLAN | {"plan_number": "P1"},
        PLAN | {"plan_number": "UNLISTED", "is_listed_item": False},
        PLAN | {"plan_number": "UNFILED", "filed_on": None},
    ]
    apart: list[dict[str, Any]] = [
        {"plan_number": "P2"},
        {"plan_number": None},
        {"item_code": "2"},
        {"enforcement_unit": "water_bureau"},
        {"plan_number": "UNLISTED"},
        {"plan_number": "UNFILED"},
        {"trigger": "complaint", "plan_number": None, "is_scanned": False},
        {"trigger": "special", "plan_number": None},
    ]
    rows = [INSPECTION | {"inspection_number": str(at)} | change for at, change in enumerate([{}, *apart])]
    built = county.build(
        county.deliver("enterprise_inspection_plans", plans), county.deliver("enterprise_inspections", rows)
    )
    with open_snapshot(built.path) as snapshot:
        found = {row["metric"]: (row["numerator"], row["denominator"]) for row in snapshot.figures("2024", unit=None)}
        met = snapshot.trace("planned_inspection_rate", "2024", side="numerator")
    assert found["planned_inspection_rate"] == (1, 7)
    assert [row["inspection_number"] for row in met] == ["0"]
    assert (found["inspection_scan_rate"], found["enterprise_inspections_made"]) == ((8, 9), (9, None))


def test_a_unit_with_one_late_plan_or_with_none_has_not_filed_in_time(county: Any) -> None:
    water = {"enforcement_unit": "water_bureau"}
    plans = [
        PLAN | {"plan_number": "1"},
        PLAN | {"plan_number": "2", "filed_on": date(2024, 3, 31)},
        PLAN | water | {"plan_number": "3"},
        PLAN | water | {"plan_number": "4", "filed_on": date(2024, 4, 1)},
        PLAN | water | {"plan_number": "5", "plan_year_on": date(2023, 12, 31), "filed_on": date(2023, 3, 1)},
        PLAN | {"plan_number": "6", "enforcement_unit": "health_bureau", "filed_on": None},
    ]
    found = figures(county, enterprise_inspection_plans=plans)
    assert found["inspection_plan_filing_rate"] == (1, 20)
    assert (found["inspection_plans"], found["inspection_plan_units"]) == ((4, None), (2, None))


def test_lists_divide_by_all_units_that_enforce_and_the_three_lists_are_the_countys(county: Any) -> None:
    own = {"list_year_on": END, "published_on": DAY}
    lists: list[dict[str, Any]] = [
        *(own | {"unit": "county_government", "level": "county", "list_kind": kind} for kind in ("lighter", "exempt")),
        own | {"unit": "county_government", "level": "county", "list_kind": "mitigated", "published_on": None},
        *(own | {"unit": "market_bureau", "level": "department", "list_kind": kind}
          for kind in ("items", "lighter", "mitigated", "exempt")),
        own | {"unit": "qingyan_town", "level": "town", "list_kind": "items"},
        own | {"unit": "datang_town", "level": "town", "list_kind": "items", "list_year_on": date(2023, 12, 31)},
    ]  # fmt: skip
    found = figures(county, enforcement_lists=lists)
    assert found["enforcement_lists_published_rate"] == (2, 47)
    assert found["lenient_lists_rate"] == (1, 28)
    assert found["three_lists_published"] == (2, None)


def test_officers_are_counted_on_the_last_day_and_every_one_of_them_is_trained(county: Any) -> None:
    register = [
        officer("OLD", platform_registered_on=date(2020, 2, 1)),
        officer("NEW", issued_on=date(2024, 6, 3), platform_registered_on=date(2025, 1, 2)),
        officer("LEFT", cancelled_on=END, platform_registered_on=date(2020, 2, 1)),
        officer("LEAVES", cancelled_on=date(2025, 1, 1), platform_registered_on=date(2020, 2, 1)),
        officer("GONE", cancelled_on=date(2023, 12, 31)),
        officer("NEXT", issued_on=date(2025, 1, 3)),
    ]
    attended = [
        {"session_number": "1", "certificate_number": number, "unit": "market_bureau", "attended_on": day}
        for number, day in (("OLD", date(2023, 12, 29)), ("NEW", DAY), ("LEFT", DAY), ("LEAVES", DAY))
    ]
    found = figures(county, enforcement_officers=register, training_attendance=attended)
    assert (found["officers_total"], found["officers_newly_qualified"]) == ((3, None), (1, None))
    assert (found["officers_at_year_start"], found["officers_cancelled"]) == ((3, None), (1, None))
    assert (found["officers_on_platform"], found["officer_training_rate"]) == ((2, 3), (2, 3))


def test_a_round_without_files_is_a_round(county: Any) -> None:
    rounds = [
        {"round_number": str(at), "round_kind": kind, "organised_by": "justice_bureau", "held_on": DAY}
        for at, kind in enumerate(("file_review", "quality_check"))
    ]
    assert figures(county, supervision_rounds=rounds)["file_review_rounds"] == (2, None)


def test_blank_is_nothing_in_a_table_that_must_tie(county: Any) -> None:
    own = {"stat_year_on": END}
    found = figures(
        county,
        penalty_statistics=[
            own | {"unit": "market_bureau", "warnings": 2, "fines": 3, "total": 5},
            own | {"unit": "water_bureau", "warnings": 2, "others": 1, "total": 4},
            own | {"unit": "health_bureau", "total": 0},
        ],
        licence_statistics=[
            own | {"unit": "market_bureau", "applied": 9, "accepted": 8, "granted": 9, "carried_in": 1},
            own | {"unit": "water_bureau", "applied": 9, "accepted": 8, "granted": 9},
            own | {"unit": "health_bureau", "applied": 8, "accepted": 9, "granted": 1},
        ],
        certificate_statistics=[
            own | {"unit": "market_bureau", "held_before": 9, "newly_certified": 2, "cancelled": 1, "held_after": 10},
            own | {"unit": "water_bureau", "held_before": 9, "held_after": 10},
        ],
    )
    assert found["penalty_statistics_ties_rate"] == (2, 3)
    assert found["licence_statistics_ties_rate"] == (1, 3)
    assert found["certificate_statistics_ties_rate"] == (1, 2)
    assert found["stated_penalties_total"] == (9, None)
