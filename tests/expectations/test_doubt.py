"""Doubt that must not be lost: rows that could not be read, and deliveries and cards that are not there yet."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from expectations.judge import judge_first, judge_second
from expectations.shortfall import short_by_strictly
from tests.expectations.conftest import by_arithmetic
from warehouse.declarations import Declarations, RowSet
from warehouse.workdays import Calendar

AS_OF = date(2025, 2, 6)
NAMES = ("documents", "filings", "suits")
Makers = dict[str, Callable[..., dict[str, Any]]]
Inputs = dict[str, list[dict[str, Any]]]


@pytest.fixture
def inputs(rows: Makers) -> Inputs:
    return {
        "figures": [], "quarantined": [],
        "owed": [rows["owed"](name) for name in NAMES], "deliveries": [rows["came"](name) for name in NAMES],
    }  # fmt: skip


@pytest.fixture
def standing(county: Declarations, calendar: Calendar, inputs: Inputs) -> Callable[..., Any]:
    def found(target: str, unit: str, period: str = "2024", as_of: date = AS_OF) -> tuple[str, str | None] | None:
        judged = judge_first(inputs, county, calendar, as_of, by_arithmetic)["standings"]
        by_key = {(row["target"], row["unit"], row["period"]): row for row in judged}
        row = by_key.get((target, unit, period))
        return (row["standing"], row["cause"]) if row else None

    return found


@pytest.mark.parametrize(("loaded", "whole"), [(10, 10), (19, None)])
def test_a_row_that_could_not_be_read_breaks_an_exact_duty_that_was_kept(loaded: int, whole: int | None) -> None:
    denominator = None if whole is None else Decimal(whole)
    bound = Decimal(19) if whole is None else Decimal(1)
    assert short_by_strictly(Decimal(loaded), denominator, bound, "equals", 1, False) > 0


def test_a_unit_that_no_target_names_with_nothing_but_unreadable_rows_does_not_disappear(
    standing: Any, inputs: Inputs, rows: Makers
) -> None:
    assert standing("filing_rate", "hall") is None
    inputs["quarantined"] = [rows["quarantined"]("documents", "hall")]
    assert standing("filing_rate", "hall") == ("unsure", "quarantine:documents:1")


def test_a_figure_whose_delivery_is_owed_only_after_its_period_is_not_due_yet(
    standing: Any, county: Declarations, inputs: Inputs
) -> None:
    target = county.targets["filing_rate"][0]
    by_quarter = target.judged.model_copy(update={"every": "quarter", "from_": "10 days after"})
    county.targets["filing_rate"] = (target.model_copy(update={"judged": by_quarter}),)
    inputs["owed"], inputs["deliveries"] = [], []  # what is owed for 2024 stands there once 2024 is over
    assert standing("filing_rate", "police", "2024Q1", date(2024, 5, 1)) == ("not_due", None)


def test_a_row_whose_other_date_is_unreadable_counts_until_its_file_came(
    standing: Any, county: Declarations, inputs: Inputs, rows: Makers
) -> None:
    county.metrics["loss_rate"] = county.metrics["loss_rate"].model_copy(update={"dated_by": "judged_on"})
    inputs["figures"] = [rows["figure"]("loss_rate", None, 0, 9)]
    of_2023 = {"on": date(2023, 5, 1), "period_start": date(2023, 1, 1), "period_end": date(2023, 12, 31)}
    held = rows["quarantined"]("suits", "bureau", 3) | of_2023
    inputs["quarantined"] = [held | {"received_on": date(2023, 12, 31)}]
    assert standing("loss_rate", "county") == ("met", None)
    inputs["quarantined"] = [held | {"received_on": date(2024, 1, 15)}]  # it may have been judged in January
    assert standing("loss_rate", "county") == ("unsure", "quarantine:suits:3")


@pytest.mark.parametrize("day", ["issued_on", "heard_on"])
def test_a_joins_own_date_may_be_another_than_that_of_its_datasets(
    standing: Any, county: Declarations, inputs: Inputs, rows: Makers, day: str
) -> None:
    joined = RowSet(sql="SELECT", key=("number",), unit="drafting_unit", date=day, reads=("documents",))
    county.row_sets["joined"] = joined
    county.metrics["filing_rate"] = county.metrics["filing_rate"].model_copy(
        update={"of": "joined", "numerator": "count where issued_on is not null"}
    )
    inputs["figures"] = [rows["figure"]("filing_rate", "police", 9, 9)]
    inputs["quarantined"] = [rows["quarantined"]("documents", "police") | {"on": date(2023, 5, 1)}]
    assert standing("filing_rate", "police")[0] == {"issued_on": "met", "heard_on": "unsure"}[day]


def test_no_unit_is_weak_only_when_every_card_is_due(county: Declarations, calendar: Calendar) -> None:
    def weak(standing: str, found: int = 0) -> str:
        signals = [{"unit": "police", "period": "2024", "standing": standing}]
        figures = [{"metric": "weak_units", "period": "2024", "unit": None, "numerator": found, "denominator": None}]
        judged = judge_second({"figures": figures}, signals, county, calendar, AS_OF, by_arithmetic)["standings"]
        return next(str(row["standing"]) for row in judged if row["period"] == "2024")

    assert (weak("met"), weak("not_applicable")) == ("met", "met")
    assert weak("not_due") == "not_due"
    assert weak("not_due", 1) == "short"
    assert weak("missing") == "missing"
