"""The rows behind an identity: both sides recount to their sums, and a difference names its rows where it can."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.letters.sentences import basis_words, bound_words, figure_words, finding_label, sentences_from
from expectations.judge import make_judge
from expectations.suites import evaluate
from warehouse.identity_rows import identity_sides, trace_identity
from warehouse.snapshot import Snapshot, open_snapshot
from warehouse.trace import recount

NAME = "legal_aid_by_kind"
UNIT = "justice_bureau"


def case(number: int, kind: str | None, service: str = "legal_aid") -> dict[str, Any]:
    return {
        "case_number": f"A{number}", "applicant_name": "李小明", "kind": kind, "service": service,
        "origin": "application", "accepted_on": date(2024, 2, number), "reviewed_on": date(2024, 2, number),
        "assigned_on": date(2024, 2, number), "review_due_on": date(2024, 3, 1), "assignment_due_on": date(2024, 3, 1),
    }  # fmt: skip


@pytest.fixture
def snapshot(county: Any) -> Any:
    kinds = ["criminal", "criminal", "civil", None, "administrative"]
    rows = [case(number, kind) for number, kind in enumerate(kinds, start=1)]
    rows.append(case(9, None, "consultation"))
    quarter = (date(2024, 1, 1), date(2024, 3, 31))
    judge = make_judge(county.declarations, county.calendar, date(2025, 2, 6), evaluate)
    built = county.build(county.deliver("legal_aid_cases", rows, quarter), judge=judge)
    with open_snapshot(built.path) as opened:
        yield opened


def test_both_sides_recount_to_the_sums_that_were_judged(snapshot: Snapshot) -> None:
    (row,) = [row for row in snapshot.standings("2024Q1", target=NAME) if row["unit"] == UNIT]
    assert (row["standing"], row["numerator"], row["bound"], row["short_by"]) == ("short", 4, 5, 1)
    for side, wanted in (("numerator", 4), ("denominator", 5)):
        rows = trace_identity(snapshot, NAME, "2024Q1", UNIT, side)  # type: ignore[arg-type]
        assert len(rows) == wanted and all(one["_file"] and one["_row"] and one["_metric"] for one in rows)
        by_metric = {one["_metric"] for one in rows}
        counted = [
            recount(snapshot.declarations, name, [one for one in rows if one["_metric"] == name]) for name in by_metric
        ]
        assert sum(counted, Decimal(0)) == wanted
    sides = identity_sides(snapshot, NAME, "2024Q1", UNIT)
    assert sides["left"] == {"legal_aid_criminal": 2, "legal_aid_civil": 1, "legal_aid_administrative": 1}
    assert sides["right"] == {"legal_aid_accepted": 5}


def test_the_difference_is_the_row_that_only_one_side_counts(snapshot: Snapshot) -> None:
    (row,) = trace_identity(snapshot, NAME, "2024Q1", UNIT, "shortfall")
    assert (row["case_number"], row["_row"], row["applicant_name"]) == ("A4", 5, "李***")
    (plain,) = trace_identity(snapshot, NAME, "2024Q1", UNIT, "shortfall", masked=False)
    assert plain["applicant_name"] == "李小明"
    assert trace_identity(snapshot, "legal_aid_by_origin", "2024Q1", UNIT, "shortfall") == []


def test_a_broken_identity_is_worded_with_both_sums_and_its_row(snapshot: Snapshot) -> None:
    declared = snapshot.declarations
    (row,) = [row for row in snapshot.standings("2024Q1", target=NAME) if row["unit"] == UNIT]
    chinese, english = sentences_from(snapshot, declared)(row)
    assert "为4件" in chinese and "为5件" in chinese and "相差1件" in chinese and "第5行" in chinese
    assert "differ by 1" in english and "row 5" in english
    assert finding_label(row, declared, "zh") == declared.identities[NAME].label.zh
    assert bound_words(row, declared, "zh") == "等于5件" and figure_words(row, declared, "zh") == "4件"
    assert basis_words(row, declared) == declared.identities[NAME].basis
    later = {**row, "bound": None, "comparison": None}  # the ledger's finding keeps no bound
    assert bound_words(later, declared, "zh") == ""


def test_sums_of_different_row_sets_have_no_rows_of_their_own_difference(snapshot: Snapshot) -> None:
    assert trace_identity(snapshot, "hotline_tickets_add_up", "2024", side="shortfall") == []
