"""What the figures of disputes mean, on rows whose answer is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.snapshot import open_snapshot

END = date(2024, 12, 31)
Sides = tuple[int, int | None]
CASE = {
    "ledger_year_on": END, "case_number": "1", "respondent": "market_bureau", "matter": "penalty",
    "received_on": date(2024, 5, 6), "accepted_on": date(2024, 5, 8), "procedure": "ordinary",
}  # fmt: skip
DISPUTE = {
    "dispute_number": "1", "committee_kind": "village", "accepted_on": date(2024, 5, 6), "origin": "own",
    "kind": "neighbours", "is_converted": False,
}  # fmt: skip
STEPS = {
    "reconsideration_accepted_on_time_rate": ("received_on", "accepted_on", "acceptance_due_on"),
    "reconsideration_sent_on_time_rate": ("accepted_on", "sent_on", "sending_due_on"),
    "reconsideration_answered_on_time_rate": ("copy_received_on", "answered_on", "answer_due_on"),
    "reconsideration_decided_on_time_rate": ("accepted_on", "concluded_on", "decision_due_on"),
}


def figures(county: Any, *delivered: Any, period: str = "2024", **built: Any) -> dict[str, Sides]:
    """County figures of a period as (numerator, denominator), by metric."""
    with open_snapshot(county.build(*delivered, **built).path) as snapshot:
        found = snapshot.figures(period, unit=None, town=None)
    return {row["metric"]: (row["numerator"], row["denominator"]) for row in found}


def reconsidered(county: Any, *rows: dict[str, Any], **more: Any) -> dict[str, Sides]:
    numbered = [CASE | {"case_number": str(at)} | row for at, row in enumerate(rows)]
    return figures(county, county.deliver("reconsideration_cases", numbered), **more)


def test_handled_is_carried_over_and_newly_accepted_and_ties_with_concluded_and_pending(county: Any) -> None:
    found = reconsidered(
        county,
        {"accepted_on": date(2023, 12, 20), "procedure": None, "concluded_on": date(2024, 2, 1), "outcome": "upheld"},
        {"concluded_on": date(2024, 7, 1), "outcome": "quashed"},
        {"concluded_on": date(2025, 1, 6), "outcome": "quashed"},  # known when the ledger was sent, not of its year
        {},
        {"accepted_on": None, "refused_on": date(2024, 5, 8), "procedure": None},
    )
    assert found["reconsideration_cases"] == (4, None)
    assert (found["reconsiderations_carried_over"], found["reconsiderations_accepted"]) == ((1, None), (3, None))
    assert (found["reconsiderations_concluded"], found["reconsiderations_pending"]) == ((2, None), (2, None))
    assert found["reconsideration_correction_rate"] == (1, 2)  # over those concluded, not over the three accepted


def test_what_counts_as_corrected(county: Any) -> None:
    corrected = ("quashed", "altered", "declared_unlawful", "declared_void", "ordered")
    kept = ("upheld", "claim_dismissed", "application_dismissed", "settled", "terminated")
    rows = [{"concluded_on": date(2024, 7, 1), "outcome": outcome} for outcome in (*corrected, *kept)]
    delivered = county.deliver("reconsideration_cases", [CASE | {"case_number": str(at)} | row
                                                         for at, row in enumerate(rows)])  # fmt: skip
    with open_snapshot(county.build(delivered).path) as snapshot:
        counted = snapshot.trace("reconsideration_correction_rate", "2024", side="numerator")
        (figure,) = snapshot.figures("2024", unit=None, town=None, metric="reconsideration_correction_rate")
    assert {row["outcome"] for row in counted} == set(corrected)
    assert (figure["numerator"], figure["denominator"]) == (5, 10)


def test_a_step_is_judged_in_the_year_in_which_it_was_taken_or_fell_due(county: Any) -> None:
    began, due, rows = date(2024, 5, 8), date(2024, 6, 3), []
    for start, done, limit in STEPS.values():
        rows += [
            {start: began, done: due, limit: due},
            {start: began, done: date(2024, 6, 4), limit: due},
            {start: began, done: None, limit: due},
            {start: began, done: None, limit: date(2025, 1, 9)},  # of the next ledger
            {start: began, done: date(2025, 1, 8), limit: date(2025, 1, 9)},
            {start: date(2023, 12, 27), done: date(2023, 12, 29), limit: date(2024, 1, 9)},  # of the one before
            {start: began, done: None, limit: None},  # the clock stands still
        ]
    found = reconsidered(county, *rows)
    assert {metric: found[metric] for metric in STEPS} == dict.fromkeys(STEPS, (1, 3))


def test_a_limit_that_ends_tonight_is_not_missed_yet(county: Any) -> None:
    row = {"decision_due_on": date(2024, 7, 5)}
    tonight, tomorrow = (
        reconsidered(county, row, as_of=on)["reconsideration_decided_on_time_rate"]
        for on in (date(2024, 7, 5), date(2024, 7, 6))
    )
    assert (tonight, tomorrow) == ((0, 0), (0, 1))


def test_a_refused_application_was_examined_too(county: Any) -> None:
    refused = {"accepted_on": None, "acceptance_due_on": date(2024, 5, 13)}
    rows = [refused | {"refused_on": date(2024, 5, 13)}, refused | {"refused_on": date(2024, 5, 14)}]
    assert reconsidered(county, *rows)["reconsideration_accepted_on_time_rate"] == (1, 2)


def test_an_extension_counts_only_by_the_limit_and_never_for_a_simplified_case(county: Any) -> None:
    extended = {"decision_base_due_on": date(2024, 7, 8)}
    found = reconsidered(
        county,
        extended | {"extension_approved_on": date(2024, 7, 8)},
        extended | {"extension_approved_on": date(2024, 7, 9)},
        extended | {"extension_approved_on": date(2024, 6, 3), "procedure": "simplified"},
        extended,
    )
    assert found["reconsideration_extended_in_time_rate"] == (1, 3)


def test_a_corrected_penalty_stands_in_the_ledger_of_penalties_under_its_number(county: Any) -> None:
    quashed = {"concluded_on": date(2024, 7, 1), "outcome": "quashed", "disputed_on": date(2024, 4, 1)}
    cases = [
        quashed | {"disputed_document": "样市监罚〔2024〕1号"},
        quashed | {"disputed_document": "样市监罚〔2024〕2号"},
        quashed | {"disputed_document": "样市监罚〔2023〕9号", "disputed_on": date(2023, 12, 1)},  # in no ledger yet
        quashed | {"disputed_document": "样市监许〔2024〕2号", "matter": "licence"},
        quashed | {"disputed_document": "样市监罚〔2024〕3号", "outcome": "upheld"},
    ]
    penalty = {
        "case_number": "P1", "enforcement_unit": "market_bureau", "decided_on": date(2024, 4, 1),
        "document_number": "样市监罚〔2024〕1号",
    }  # fmt: skip
    ledger = county.deliver("penalty_cases", [penalty])
    numbered = [CASE | {"case_number": str(at)} | row for at, row in enumerate(cases)]
    found = figures(county, ledger, county.deliver("reconsideration_cases", numbered))
    assert found["corrected_penalties_matched_rate"] == (1, 2)


def test_disputes_by_origin_and_by_kind_leave_out_what_nobody_said(county: Any) -> None:
    rows = [
        DISPUTE,
        DISPUTE | {"dispute_number": "2", "origin": "applied", "kind": "other", "committee_kind": "industry"},
        DISPUTE | {"dispute_number": "3", "origin": None, "kind": None, "is_converted": True},
    ]
    found = figures(county, county.deliver("mediation_cases", rows), period="2024Q2")
    parts = [found[f"mediations_{name}"][0] for name in ("own", "applied", "entrusted")]
    assert (found["mediations"][0], sum(parts)) == (3, 2)
    assert (found["mediations_neighbours"][0], found["mediations_other_kinds"][0]) == (1, 1)
    assert (found["industry_mediations"][0], found["mediations_converted"][0]) == (1, 1)


def test_success_and_files_divide_by_what_is_over_and_confirmation_by_what_was_asked_for(county: Any) -> None:
    settled = {"outcome": "succeeded", "agreement_form": "written", "agreed_on": date(2024, 5, 7), "file_number": "1",
               "confirmation_due_on": date(2024, 6, 6), "amount_yuan": Decimal("1200.5")}  # fmt: skip
    rows = [
        DISPUTE | settled | {"confirmation_applied_on": date(2024, 6, 6)},
        DISPUTE | settled | {"dispute_number": "2", "confirmation_applied_on": date(2024, 6, 7), "file_number": None},
        DISPUTE | settled | {"dispute_number": "3", "agreement_form": "oral"},
        DISPUTE | {"dispute_number": "4", "outcome": "failed", "file_number": "4"},
        DISPUTE | {"dispute_number": "5"},
    ]
    found = figures(county, county.deliver("mediation_cases", rows))
    assert found["mediation_success_rate"] == (3, 4) and found["mediation_files_rate"] == (3, 4)
    assert found["judicial_confirmation_on_time_rate"] == (1, 2)
    assert (found["mediation_written_agreements"][0], found["mediation_oral_agreements"][0]) == (2, 1)
    assert found["mediation_amount"][0] == Decimal("3601.5")


def test_every_town_owes_a_contact_point_that_is_still_open_at_the_years_end(county: Any) -> None:
    def point(name: str, town: str, closed: date | None = None) -> dict[str, Any]:
        return {"point_name": name, "town": town, "established_on": date(2023, 4, 1), "closed_on": closed}

    rows = [
        point("a", "liuxi_town"), point("b", "liuxi_town"), point("c", "chashan_town", date(2024, 9, 30)),
        point("d", "datang_town", date(2025, 1, 2)),
    ]  # fmt: skip
    found = figures(county, county.deliver("reconsideration_contact_points", rows))
    towns = county.declarations.units_for("town", END)
    assert found["reconsideration_contact_points"] == (2, len(towns)) and len(towns) == 19


def test_a_village_is_covered_by_somebody_who_serves_it_on_the_last_day(county: Any) -> None:
    villages = [
        {"village_code": code, "village_name": code, "town": "liuxi_town", "established_on": date(1984, 3, 1),
         "abolished_on": abolished}
        for code, abolished in (("1", None), ("2", None), ("3", None), ("4", date(2024, 6, 30)))
    ]  # fmt: skip
    people = [
        {"badge_number": str(at), "person_name": "甲", "town": "liuxi_town", "village_code": code,
         "appointed_on": appointed, "left_on": left}
        for at, (code, appointed, left) in enumerate(
            [("1", date(2022, 1, 4), None), ("1", date(2022, 1, 4), None), ("2", date(2022, 1, 4), date(2024, 8, 1)),
             ("3", date(2025, 1, 3), None), ("4", date(2022, 1, 4), None)])
    ]  # fmt: skip
    found = figures(county, county.deliver("villages", villages), county.deliver("law_literate_people", people))
    assert found["village_coverage_rate"] == (1, 3)
    assert found["law_literate_people"] == (3, None)


def suit(number: int, **more: Any) -> dict[str, Any]:
    return {"case_number": f"（2024）湘0799行初{number}号", "defendants": "market_bureau", "instance": "first",
            "filed_on": date(2024, 3, 4)} | more  # fmt: skip


def test_who_sits_in_for_the_head_is_a_hearing_without_one(county: Any) -> None:
    heard = {"hearing_on": date(2024, 4, 8), "head_attended": True, "head_post": "deputy"}
    rows = [
        suit(1, **heard, concern="environment"),
        suit(2, **heard | {"head_post": "other"}, concern="food_and_drugs"),
        suit(3, **heard | {"head_attended": False, "head_post": None}, concern="ordinary"),
        suit(4, hearing_on=date(2025, 3, 3)),
    ]
    found = figures(county, county.deliver("litigation_cases", rows))
    assert found["hearings_held"] == (3, None)
    assert (found["hearings_attended"][0], found["hearings_unattended"][0]) == (1, 2)
    assert found["mandatory_appearance_rate"] == (1, 2) and found["court_appearance_rate"] == (1, 3)


def test_an_answer_that_several_defendants_owe_counts_once(county: Any) -> None:
    received = {"complaint_received_on": date(2024, 3, 8), "answer_due_on": date(2024, 3, 25)}
    both = {"defendants": "market_bureau;justice_bureau"}
    rows = [
        suit(1, **received, **both, answered_on=date(2024, 3, 25)),
        suit(2, **received, **both, answered_on=date(2024, 3, 26)),
        suit(3, **received),
    ]
    found = figures(county, county.deliver("litigation_cases", rows))
    assert found["litigation_answers_on_time_rate"] == (1, 3)


def test_plea_assistance_and_consultations_are_no_legal_aid_cases(county: Any) -> None:
    rows = [
        {"case_number": str(at), "service": service, "kind": kind, "origin": origin, "accepted_on": date(2024, 5, 6)}
        for at, (service, kind, origin) in enumerate(
            [("legal_aid", "criminal", "notified_defence"), ("legal_aid", "civil", "application"),
             ("plea_assistance", "criminal", "notified_defence"), ("consultation", "civil", "application")])
    ]  # fmt: skip
    found = figures(county, county.deliver("legal_aid_cases", rows))
    assert found["legal_aid_accepted"] == (2, None)
    assert (found["legal_aid_applied"][0], found["legal_aid_notified"][0]) == (1, 1)
    assert (found["plea_assistance_given"][0], found["legal_aid_consultations"][0]) == (1, 1)
