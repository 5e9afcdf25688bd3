"""The sample county's night: what was planted is found, and every figure opens to its rows."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flows.night import Summary
from tests.conftest import Cases
from tests.drills.seeding import SEED
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import Snapshot, open_current
from warehouse.trace import Side, recount, trace_query

Night = tuple[Path, Summary]
PRINTED_2024 = {  # the published report's own numbers: metric -> (numerator, denominator)
    "study_center_group_sessions": (3, None),
    "study_standing_committee_sessions": (2, None),
    "study_executive_meeting_sessions": (2, None),
    "cadres_trained": (2653, None),  # over 2600
    "cadre_class_kinds": (3, None),
    "standing_committee_law_topics": (3, None),
    "rule_of_law_committee_meetings": (1, None),
    "rule_of_law_special_meetings": (2, None),
    "oversight_towns": (19, None),
    "oversight_departments": (34, None),
    "hall_departments": (40, None),
    "hall_items": (1732, None),
    "hall_staff": (156, None),
    "service_cases_completed": (9425, None),
    "park_delegating_departments": (19, None),
    "park_items": (160, None),
    "intermediary_items_cancelled": (42, None),
    "intermediary_items_kept": (47, None),
    "town_items": (128, None),
    "village_items": (62, None),
    "business_campaigns": (3, None),
    "joint_inspection_share": (40, 68),  # 58.8 %
    "random_inspection_department_coverage": (25, 25),
    "random_inspection_completion": (68, 68),
    "supervision_participation": (32, 32),
    "supervision_claim_rate": (172, 172),
    "supervision_item_coverage": (172, 172),
    "checkup_enterprises": (37, None),
    "checkup_risks_resolved": (13, None),
    "county_normative_documents": (5, None),
    "department_normative_documents": (13, None),
    "documents_cleaned": (175, None),
    "documents_repealed_fair_competition": (3, None),
    "contracts_reviewed": (10, None),
    "contract_procedure_rate": (10, 10),
    "executive_items_reviewed": (162, None),
    "executive_minutes_reviewed": (12, None),
    "special_minutes_reviewed": (95, None),
    "executive_items_reviewed_before_rate": (156, 156),
    "adviser_attendance": (12, 12),
    "decision_catalogue_published": (1, None),
    "decisions_from_catalogue_rate": (8, 8),
    "decision_procedure_rate": (8, 8),
    "three_lists_published": (3, None),
    "exempted_penalties": (189, None),
    "mitigated_penalties": (242, None),
    "lighter_penalties": (124, None),
    "inspection_plan_units": (20, None),
    "inspection_plans": (481, None),
    "officers_newly_qualified": (158, None),
    "officers_total": (1935, None),
    "officers_on_platform": (1935, 1935),
    "officer_trainings": (47, None),
    "officer_training_rate": (1935, 1935),
    "supervised_units": (32, None),
    "file_review_rounds": (6, None),
    "files_reviewed": (175, None),
    "mediations": (7141, None),
    "industry_mediations": (2552, None),
    "mediations_converted": (0, None),
    "county_centre_disputes": (22, None),
    "reconsideration_cases": (123, None),
    "reconsideration_contact_points": (19, 19),
    "county_defendant_suits": (23, None),
    "pre_suit_mediations": (10, None),
    "leaflets": (73_420, None),  # over 70,000
    "legal_consultations": (2643, None),  # over 2600
    "publicity_audience": (181_260, None),  # 180,000
    "publicity_campaigns": (3, None),
    "model_households": (291, None),
    "law_literate_people": (873, None),
    "village_coverage_rate": (230, 230),
    "congress_suggestions": (156, None),
    "conference_proposals": (88, None),
    "proposal_meeting_rate": (244, 244),
    "proposal_reply_rate": (244, 244),
    "proposal_satisfaction_rate": (244, 244),
    "information_published": (4274, None),
    "key_area_information": (290, None),
    "grassroots_openness_updates": (1452, None),
    "disclosure_requests": (26, None),
    "disclosure_reply_rate": (26, 26),
    "credit_repairs": (123, None),  # over 120
    "financing_applications": (2949, None),
    "financing_amount": (13_231_400_000, None),  # 13.23 billion
    "credit_graded_areas": (4, None),
    "audit_rectification_rate": (52, 52),
    "penalties_published_rate": (874, 874),
    "published_penalties_known_rate": (874, 874),
    "licences_published_rate": (182, 182),
    "awards": (2, None),
}


def test_exactly_the_planted_shortfalls_are_found(sample_night: Night, manifest: dict[str, Any]) -> None:
    expected = {
        (one["target"], one["unit"], one["period"], one["standing"])
        for plant in manifest["plants"]
        for one in plant["expects"]
        if one["opens_finding"] and "final" in one["nights"]
    }
    with open_ledger(Home(sample_night[0]), read_only=True) as ledger:
        found = {(row["target"], row["unit"], row["period"], row["standing"]) for row in ledger.findings()}
    assert found == expected


def test_no_standing_is_bad_that_no_plant_explains(sample_night: Night, manifest: dict[str, Any]) -> None:
    planted = {
        (one["target"], one["unit"], one["period"]): one["standing"]
        for plant in manifest["plants"]
        for one in plant["expects"]
        if "final" in one["nights"]
    }
    snapshot = open_current(Home(sample_night[0]))
    assert snapshot is not None
    with snapshot:
        standings = {(row["target"], row["unit"], row["period"]): row["standing"] for row in snapshot.standings()}
    bad = {key: word for key, word in standings.items() if word in ("short", "unsure", "missing", "near", "error")}
    assert bad.keys() <= planted.keys()
    assert {key: standings[key] for key in planted} == planted


def test_the_clean_county_has_no_finding_and_prints_the_published_numbers(clean_night: Night) -> None:
    home, summary = clean_night
    assert summary.open_findings == 0 and summary.quarantined == 0
    assert {name: summary.standings[name] for name in ("short", "unsure", "missing", "near", "error")} == {
        "short": 0, "unsure": 0, "missing": 0, "near": 0, "error": 0,
    }  # fmt: skip
    snapshot = open_current(Home(home))
    assert snapshot is not None
    with snapshot:
        county = {row["metric"]: row for row in snapshot.figures("2024", unit=None, town=None)}
    for metric, (numerator, denominator) in PRINTED_2024.items():
        assert (county[metric]["numerator"], county[metric]["denominator"]) == (numerator, denominator), metric
    for metric in ("random_inspection_publicity", "supervision_accuracy"):
        assert county[metric]["numerator"] == county[metric]["denominator"] > 0, metric
    assert (county["filing_rate"]["numerator"], county["filing_rate"]["denominator"]) == (23, 23)
    assert county["grassroots_online_rate"]["numerator"] == county["grassroots_online_rate"]["denominator"] > 0
    assert 15_000 <= county["enterprises"]["numerator"] < 16_000
    checked = county["credit_check_rate"]
    assert 0.95 <= checked["numerator"] / checked["denominator"] < 0.96


def closed_to(snapshot: Snapshot, row: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The sides of a figure that do not recount from their traced rows, or whose rows do not name file and row."""
    declared, found = snapshot.declarations, []
    sides: tuple[Side, ...] = ("numerator", "denominator") if row["denominator"] is not None else ("numerator",)
    for side in sides:
        rows = snapshot.trace(row["metric"], row["period"], unit=row["unit"], town=row["town"], side=side, masked=False)
        is_named = all(one["_file"] and one["_row"] is not None for one in rows)
        if not is_named or recount(declared, row["metric"], rows, side) != row[side]:
            found.append((row["metric"], row["period"], side))
    return found


def test_every_figure_recounts_from_its_traced_rows(
    sample_night: Night, request: pytest.FixtureRequest, cases: Cases
) -> None:
    """Quick form: 1,200 figures, some of every metric; `--figures 100000`: all of all periods."""
    snapshot, count = open_current(Home(sample_night[0])), request.config.getoption("--figures")
    assert snapshot is not None
    with snapshot:
        figures, turns = snapshot.figures(), Counter[str]()
        random.Random(SEED).shuffle(figures)
        for row in figures:
            turns[row["metric"]] += 1
            row["turn"] = turns[row["metric"]]
        figures = sorted(figures, key=lambda row: row["turn"])[:count]
        assert {row["metric"] for row in figures} == set(snapshot.declarations.metrics)
        assert [one for row in cases.each(figures) for one in closed_to(snapshot, row)] == []


def test_a_figure_of_which_one_row_does_not_open_is_noticed(
    sample_night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = open_current(Home(sample_night[0]))
    assert snapshot is not None
    monkeypatch.setattr("warehouse.snapshot.trace_query", lambda *asked: f"FROM ({trace_query(*asked)}) OFFSET 1")
    with snapshot:
        figures = [row for row in snapshot.figures() if row["period"] == "2024" and row["unit"] is None]
        assert len([row for row in figures[:30] if closed_to(snapshot, row)]) > 20


def test_the_ledger_keeps_how_many_stand_so_for_whoever_watches_the_night(sample_night: Night) -> None:
    with open_ledger(Home(sample_night[0]), read_only=True) as ledger:
        night = ledger.current_night()
    assert night is not None and night["summary"]["standings"] == sample_night[1].standings
    assert sample_night[1].standings["short"] > 40 and sample_night[1].standings["error"] == 0


def test_rows_read_are_loaded_quarantined_or_listed(sample_night: Night) -> None:
    with open_ledger(Home(sample_night[0]), read_only=True) as ledger:
        deliveries = ledger.deliveries()
    assert len([row for row in deliveries if row["state"] == "in_force"]) > 20
    for row in deliveries:
        assert row["rows"] == row["loaded"] + row["quarantined"] + sum(row["listed"].values()), row["file_name"]


def test_a_secret_file_leaves_no_byte_and_no_name(sample_night: Night) -> None:
    home = sample_night[0]
    with open_ledger(Home(home), read_only=True) as ledger:
        (secret,) = [row for row in ledger.deliveries() if row["refusal_code"] == "secret"]
    assert not (home / "archive" / secret["sha256"]).exists()
    assert "内部" not in json.dumps(secret["file_name"], ensure_ascii=False)


def test_files_leave_the_inbox_and_leave_a_receipt(sample_night: Night, manifest: dict[str, Any]) -> None:
    inbox = sample_night[0] / "inbox"
    left = [path for path in inbox.rglob("*") if path.is_file() and path.parent.name != "回执"]
    assert [path.name for path in left] == ["信访件转办清单（内部）.csv"]
    receipts = [path for path in inbox.rglob("回执/*")]
    assert len(receipts) == len(manifest["files"]) - 1
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in receipts)


def test_letters_are_one_per_unit_and_bear_the_sample_mark(sample_night: Night) -> None:
    from email import message_from_bytes
    from email.policy import default

    with open_ledger(Home(sample_night[0]), read_only=True) as ledger:
        letters, findings = ledger.letters(), ledger.findings()
    units = [row["unit"] for row in letters if row["kind"] == "letter"]
    assert sorted(units) == sorted({row["owner"] for row in findings})
    for row in letters:
        message = message_from_bytes((sample_night[0] / row["path"]).read_bytes(), policy=default)
        assert "样例数据" in message["Subject"] and message["Message-ID"] == row["message_id"]
        assert len(message.get_all("To") or []) <= 1
