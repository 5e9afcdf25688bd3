"""What the figures of cleanups, contracts, meetings and decisions mean, on rows whose answer is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from warehouse.snapshot import open_snapshot
from warehouse.workdays import clock_due_on

DAY, YEAR_END = date(2024, 5, 6), date(2024, 12, 31)
Row = dict[str, Any]
Figures = dict[str, tuple[int, int | None]]
CLEANED: Row = {
    "title": "x", "drafting_unit": "market_bureau", "issued_on": date(2019, 5, 6), "cleaned_on": DAY, "outcome": "kept",
}  # fmt: skip
CONTRACT: Row = {
    "ledger_year_on": YEAR_END, "contract_name": "x", "drafting_unit": "market_bureau", "submitted_on": DAY,
    "reviewed_on": date(2024, 5, 10), "risk_assessed_on": date(2024, 5, 8), "registered_on": date(2024, 5, 13),
    "signed_on": date(2024, 5, 13),
}  # fmt: skip
MEETING: Row = {"held_on": DAY, "items_count": 3, "adviser_attended": True}
ITEM: Row = {
    "kind": "executive_item", "meeting_number": "1", "held_on": DAY, "subject": "x", "submitting_unit": "market_bureau",
}  # fmt: skip
# Open to comment 6 May to 5 June: exactly thirty days. Sent on Friday 7 June: the seventh working day is the 19th.
DECISION: Row = {
    "ledger_year_on": YEAR_END, "decision_name": "x", "lead_unit": "market_bureau", "catalogue_title": "a",
    "catalogue_published_on": date(2024, 2, 1), "needs_consultation": True, "consulted_from_on": DAY,
    "consulted_until_on": date(2024, 6, 5), "needs_experts": True, "experts_heard_on": date(2024, 6, 7),
    "needs_risk_assessment": True, "risk_assessed_on": date(2024, 6, 6), "review_received_on": date(2024, 6, 7),
    "reviewed_on": date(2024, 6, 11), "review_conclusion": "lawful", "discussed_on": date(2024, 6, 19),
    "decided_on": date(2024, 6, 19),
}  # fmt: skip
UNPUBLISHED: Row = {"catalogue_title": "c", "catalogue_published_on": None}
OPEN = dict.fromkeys(("consulted_from_on", "consulted_until_on"))
ASSESSED = dict.fromkeys(("experts_heard_on", "risk_assessed_on"))
# What each decision changes, and whether its consultation, its review and its whole procedure were right.
DECISIONS: list[tuple[str, Row, bool | None, bool, bool]] = [
    ("every step in order", {}, True, True, True),
    ("open for twenty-nine days", {"consulted_until_on": date(2024, 6, 4)}, False, True, False),
    (
        "shortened, and it was explained",
        {"consulted_until_on": date(2024, 5, 20), "is_shortening_explained": True},
        True,
        True,
        True,
    ),
    ("still open when it was sent for review", {"consulted_until_on": date(2024, 6, 10)}, True, True, False),
    ("never open to comment", OPEN, False, True, False),
    ("said to be explained, and never open", OPEN | {"is_shortening_explained": True}, False, True, False),
    (
        "needs no consultation, experts or assessment",
        OPEN | ASSESSED | {"needs_consultation": False, "needs_experts": False, "needs_risk_assessment": False},
        None,
        True,
        True,
    ),
    ("experts heard after it was sent", {"experts_heard_on": date(2024, 6, 10)}, True, True, False),
    ("no assessment of risks", {"risk_assessed_on": None}, True, True, False),
    (
        "discussed on the sixth working day",
        {"discussed_on": date(2024, 6, 18), "decided_on": date(2024, 6, 18)},
        True,
        False,
        False,
    ),
    ("reviewed the day after the meeting", {"reviewed_on": date(2024, 6, 20)}, True, False, False),
    ("never reviewed", {"reviewed_on": None, "review_conclusion": None}, True, False, False),
    ("found unlawful and discussed all the same", {"review_conclusion": "unlawful"}, True, False, False),
    ("decided before it was discussed", {"decided_on": date(2024, 6, 18)}, True, True, False),
]
ROWS: dict[str, list[Row]] = {
    "document_cleanups": [
        CLEANED | {"document_number": "1"},
        CLEANED | {"document_number": "2", "outcome": "repealed", "ground": "fair_competition"},
        CLEANED | {"document_number": "3", "outcome": "repealed", "ground": "expired"},
        CLEANED | {"document_number": "4", "outcome": "amended", "ground": "fair_competition"},
        CLEANED | {"document_number": "5", "outcome": "lapsed"},
        CLEANED | {"document_number": "6", "outcome": None},
    ],
    "government_contracts": [
        CONTRACT | {"review_number": "1", "register_number": 1},
        CONTRACT | {"review_number": "2", "register_number": 2, "signed_on": date(2024, 5, 12)},
        CONTRACT | {"review_number": "3", "register_number": 2, "reviewed_on": None},
        CONTRACT | {"review_number": "4", "register_number": 4, "signed_on": None},
        CONTRACT | {"review_number": "5", "register_number": None, "registered_on": None},
        CONTRACT | {"review_number": "6", "register_number": 5, "risk_assessed_on": None},
        CONTRACT | {"review_number": "7", "register_number": 3, "ledger_year_on": date(2023, 12, 31)},
    ],
    "executive_meetings": [
        MEETING | {"meeting_number": "1"},
        MEETING | {"meeting_number": "2", "adviser_attended": False, "items_count": 1},
    ],
    "meeting_reviews": [
        ITEM | {"review_number": "1", "agenda_number": "1-1", "reviewed_on": date(2024, 5, 7)},
        ITEM | {"review_number": "2", "agenda_number": "1-1", "reviewed_on": date(2024, 4, 30)},
        ITEM | {"review_number": "3", "agenda_number": "1-2", "reviewed_on": DAY},
        ITEM | {"review_number": "4", "agenda_number": "1-3", "reviewed_on": date(2024, 5, 7)},
        ITEM | {"review_number": "5", "agenda_number": "1-4", "reviewed_on": None},
        ITEM | {"review_number": "6", "kind": "executive_minutes", "reviewed_on": date(2024, 5, 9)},
        ITEM | {"review_number": "7", "kind": "special_minutes", "reviewed_on": date(2024, 5, 9)},
        ITEM | {"review_number": "8", "kind": "special_minutes", "reviewed_on": None},
    ],
    "major_decisions": [
        *(DECISION | changed | {"decision_number": str(at)} for at, (_, changed, *_) in enumerate(DECISIONS)),
        DECISION | {"decision_number": "90", "catalogue_published_on": date(2024, 6, 20)},
        DECISION | {"decision_number": "91", "catalogue_title": None, "catalogue_published_on": None},
        DECISION | {"decision_number": "92", "catalogue_title": "b", "decided_on": None},
        DECISION | {"decision_number": "93", "decided_on": None} | UNPUBLISHED,
    ],
}  # fmt: skip


def with_clocks(county: Any, dataset: str, row: Row) -> Row:
    """The row with the days that loading would add."""
    clocks = county.declarations.contracts[dataset].clocks.items()
    return row | {f"{name}_due_on": clock_due_on(clock, row, county.calendar) for name, (clock,) in clocks}


@pytest.fixture(scope="module")
def snapshot(lasting_county: Callable[..., Any]) -> Any:
    county = lasting_county()
    span = (date(2023, 1, 1), YEAR_END)
    sent = [county.deliver(name, [with_clocks(county, name, row) for row in rows], span) for name, rows in ROWS.items()]
    with open_snapshot(county.build(*sent).path) as opened:
        yield opened


@pytest.fixture(scope="module")
def found(snapshot: Any) -> Figures:
    """The county's figures of 2024 as (numerator, denominator)."""
    figures = snapshot.figures("2024", unit=None, town=None)
    return {row["metric"]: (row["numerator"], row["denominator"]) for row in figures}


def test_a_document_without_an_outcome_is_in_the_whole_and_in_no_part(found: Figures) -> None:
    parts = [found[f"documents_{part}"][0] for part in ("kept", "amended", "repealed", "lapsed")]
    assert (found["documents_cleaned"], parts) == ((6, None), [1, 1, 2, 1])


def test_only_what_was_repealed_counts_as_repealed_for_fair_competition(found: Figures) -> None:
    assert found["documents_repealed_fair_competition"] == (1, None)


def test_a_contract_needs_every_step_on_or_before_the_day_of_its_signature(found: Figures) -> None:
    # The first was entered in the register on the day it was signed; the fourth is not signed yet.
    assert found["contract_procedure_rate"] == (1, 5)
    assert (found["contracts_reviewed"], found["contract_review_rate"]) == ((5, None), (4, 5))


def test_a_gap_stands_against_the_number_after_it_and_another_years_number_fills_none(found: Figures) -> None:
    assert found["contract_numbering_rate"] == (4, 5)


def test_a_number_given_twice_shows_as_fewer_numbers_than_contracts(found: Figures) -> None:
    assert (found["contracts_registered"], found["contract_register_numbers"]) == ((5, None), (4, None))


def test_the_gap_opens_to_the_contract_behind_it(snapshot: Any) -> None:
    (row,) = snapshot.trace("contract_numbering_rate", "2024", side="shortfall")
    assert (row["review_number"], row["register_number"]) == ("4", 4)


def test_meetings_and_not_reviews_are_what_advisers_attend(found: Figures) -> None:
    assert found["adviser_attendance"] == (1, 2)


def test_every_review_counts_and_what_was_not_reviewed_does_not(found: Figures) -> None:
    assert found["executive_items_reviewed"] == (4, None)
    assert (found["executive_minutes_reviewed"], found["special_minutes_reviewed"]) == ((1, None), (1, None))


def test_an_item_is_reviewed_before_its_meeting_once_any_of_its_reviews_is(found: Figures) -> None:
    # 1-1 was reviewed twice, once in time; 1-2 on the very day; 1-3 a day late; 1-4 never.
    assert found["executive_items_reviewed_before_rate"] == (2, 4)


def test_agendas_and_register_are_counted_apart_so_that_they_can_be_compared(found: Figures) -> None:
    assert (found["executive_items_on_agenda"], found["executive_items_registered"]) == ((4, None), (4, None))


def test_a_catalogue_counts_once_it_is_published(found: Figures) -> None:
    assert found["decision_catalogue_published"] == (2, None)


def test_a_decision_is_from_the_catalogue_only_if_that_was_published_by_then(found: Figures) -> None:
    assert found["decisions_from_catalogue_rate"] == (len(DECISIONS), len(DECISIONS) + 2)


@pytest.mark.parametrize(
    ("metric", "place"),
    [("decision_consultation_rate", 2), ("decision_review_rate", 3), ("decision_procedure_rate", 4)],
)
def test_each_decision_is_right_or_wrong_for_its_own_reason(snapshot: Any, metric: str, place: int) -> None:
    short = {row["decision_number"] for row in snapshot.trace(metric, "2024", side="shortfall")}
    told = {one[0] for at, one in enumerate(DECISIONS) if str(at) in short}
    assert told == {one[0] for one in DECISIONS if one[place] is False}
    counted = {row["decision_number"] for row in snapshot.trace(metric, "2024", side="denominator")}
    assert counted == {str(at) for at, one in enumerate(DECISIONS) if one[place] is not None} | {"90", "91"}
