"""Small samples, and the scorecard that shows them."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.findings import opens_finding
from expectations.judge import judge_first
from expectations.samples import wilson_interval
from expectations.suites import evaluate
from warehouse.declarations import Declarations
from warehouse.models import Scorecard
from warehouse.workdays import Calendar

AS_OF = date(2025, 2, 6)
WORDS = {"zh": "文字", "en": "words"}
Makers = dict[str, Callable[..., dict[str, Any]]]


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(1, 1, "0.206549", "1.000000"), (0, 10, "0.000000", "0.277533"), (29, 135, "0.153938", "0.291473")],
)
def test_the_interval_of_a_share_is_wilsons(hits: int, cases: int, low: str, high: str) -> None:
    assert wilson_interval(Decimal(hits), Decimal(cases)) == (Decimal(low), Decimal(high))


@given(st.integers(1, 2000), st.integers(0, 2000))
def test_a_share_lies_in_its_interval_and_more_cases_narrow_it(cases: int, hits: int) -> None:
    hits = min(hits, cases)
    low, high = wilson_interval(Decimal(hits), Decimal(cases))
    assert 0 <= low <= round(Decimal(hits) / cases, 6) <= high <= 1
    more = wilson_interval(Decimal(hits * 4), Decimal(cases * 4))
    assert more[1] - more[0] < high - low


@pytest.mark.parametrize(("hits", "cases"), [(0, 0), (2, 1), (-1, 3)])
def test_no_share_has_no_interval(hits: int, cases: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson_interval(Decimal(hits), Decimal(cases))


class Card:
    def __init__(self, declared: Declarations, calendar: Calendar, makers: Makers) -> None:
        (target,) = declared.targets["loss_rate"]
        judged = target.judged.model_copy(update={"for_": "department"})
        declared.targets["loss_rate"] = (target.model_copy(update={"judged": judged, "near": None, "owner": "unit"}),)
        card = {"label": WORDS, "for": "department", "note": WORDS,
                "signals": {"loss": {"target": "loss_rate", "label": WORDS}}}  # fmt: skip
        declared.scorecards["card"] = Scorecard.model_validate(card)
        self.declared, self.calendar, self.makers = declared, calendar, makers
        names = ("documents", "filings", "suits")
        self.inputs: dict[str, list[dict[str, Any]]] = {
            "figures": [], "quarantined": [],
            "owed": [makers["owed"](name) for name in names], "deliveries": [makers["came"](name) for name in names],
        }  # fmt: skip

    def judge(self) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
        judged = judge_first(self.inputs, self.declared, self.calendar, AS_OF, evaluate)
        standings = {row["unit"]: row for row in judged["standings"]
                     if (row["target"], row["period"]) == ("loss_rate", "2024")}  # fmt: skip
        return standings, {row["unit"]: row for row in judged["signals"] if row["period"] == "2024"}


@pytest.fixture
def card(county: Declarations, calendar: Calendar, rows: Makers) -> Card:
    return Card(county, calendar, rows)


def test_a_unit_that_loses_its_only_suit_is_a_small_sample_and_not_the_worst(card: Card, rows: Makers) -> None:
    card.inputs["figures"] = [
        rows["figure"]("loss_rate", "police", 1, 1),
        rows["figure"]("loss_rate", "bureau", 3, 10),
    ]
    standings, signals = card.judge()
    assert (standings["police"]["standing"], standings["police"]["cause"]) == ("not_applicable", "small_sample:1")
    assert standings["police"]["small_sample"] is True and not opens_finding(standings["police"])
    assert standings["bureau"]["standing"] == "short"
    assert standings["schools"]["standing"] == "not_applicable" and not standings["schools"]["small_sample"]
    one = signals["police"]
    assert (one["numerator"], one["denominator"], one["bound"], one["small_sample"]) == (1, 1, Decimal("0.2"), True)
    assert (one["wilson_low"], one["wilson_high"], one["basis"]) == (Decimal("0.206549"), 1, "法")
    assert signals["bureau"]["standing"] == "short" and signals["bureau"]["wilson_low"] < Decimal("0.3")
    assert signals["schools"]["wilson_low"] is None


def test_a_small_sample_within_its_bound_is_met_and_from_five_on_a_percentage_judges(card: Card, rows: Makers) -> None:
    card.inputs["figures"] = [
        rows["figure"]("loss_rate", "police", 0, 4),
        rows["figure"]("loss_rate", "bureau", 2, 5),
        rows["figure"]("loss_rate", "schools", 4, 4),
    ]
    standings, _ = card.judge()
    assert (standings["police"]["standing"], standings["police"]["small_sample"]) == ("met", True)
    assert (standings["bureau"]["standing"], standings["bureau"]["small_sample"]) == ("short", False)
    assert (standings["schools"]["standing"], standings["schools"]["cause"]) == ("not_applicable", "small_sample:4")


def test_a_unit_that_sent_nothing_is_missing_however_few_its_cases(card: Card, rows: Makers) -> None:
    card.inputs["figures"] = [rows["figure"]("loss_rate", "police", 1, 1)]
    card.inputs["owed"][2] = rows["owed"]("suits", came=False)
    standings, signals = card.judge()
    assert standings["police"]["standing"] == signals["police"]["standing"] == "missing"


def test_a_duty_of_all_is_short_with_one_case_too(card: Card, rows: Makers) -> None:
    """Small numbers excuse a rate that must stay low; whoever owes every case owes the only one."""
    (target,) = card.declared.targets["loss_rate"]
    card.declared.targets["loss_rate"] = (target.model_copy(update={"at_most": None, "at_least": Decimal(1)}),)
    card.inputs["figures"] = [rows["figure"]("loss_rate", "police", 0, 1)]
    assert card.judge()[0]["police"]["standing"] == "short"
