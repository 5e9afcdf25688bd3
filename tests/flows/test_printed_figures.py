"""The published report's own numbers come out of the sample county's rows, by the command a person would run.

printed_figures.csv is the table of facts: what was printed, with its qualifier and the step it was printed to.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.night import Summary
from tests.flows.test_cli import as_json

Night = tuple[Path, Summary]
Figure = dict[str, Any]
with Path(__file__).with_name("printed_figures.csv").open(encoding="utf-8", newline="") as opened:
    FACTS = tuple(csv.DictReader(opened))


@pytest.fixture(scope="module")
def county(sample_night: Night) -> dict[tuple[str, str], Figure]:
    """The county's figures of both years as `ducha metrics --json` gives them."""
    found = {}
    for period in ("2023", "2024"):
        for row in as_json("--home", sample_night[0], "metrics", "--period", period):
            if row["unit"] is None and row["town"] is None and row["period"] == period:
                found[row["metric"], period] = row
    return found


def comes_out(fact: dict[str, str], figure: Figure) -> bool:
    """Whether a figure is what was printed: exactly, to the printed digit, or within what the qualifier allows."""
    printed, step = Decimal(fact["value"]), Decimal(fact["step"])
    if fact["kind"] == "rate":
        value = Decimal(figure["numerator"]) * 100 / Decimal(figure["denominator"])
        if printed == 100:
            return value == 100
    else:
        assert figure["denominator"] is None, fact["metric"]
        value = Decimal(str(figure["numerator"]))
    match fact["qualifier"]:
        case "exact":
            return abs(value - printed) * 2 <= step if fact["kind"] == "rate" else value == printed
        case "over":
            return printed < value < printed + step
        case "rounded":
            return abs(value - printed) * 2 <= step
        case "at_least":
            return value >= printed
    raise ValueError(fact)


def test_the_table_holds_85_facts_of_two_years() -> None:
    assert len(FACTS) == len({(fact["metric"], fact["period"]) for fact in FACTS}) == 85
    assert {fact["period"] for fact in FACTS} == {"2023", "2024"}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f"{fact['metric']}-{fact['period']}")
def test_a_printed_number_comes_out_of_the_rows(fact: dict[str, str], county: dict[tuple[str, str], Figure]) -> None:
    figure = county[fact["metric"], fact["period"]]
    assert comes_out(fact, figure), (fact, figure["numerator"], figure["denominator"])


def test_a_number_next_to_a_fact_does_not_come_out() -> None:
    for fact in FACTS:
        printed, step = Decimal(fact["value"]), Decimal(fact["step"])
        if fact["kind"] == "rate":
            beside = {"numerator": (printed - step) * 10, "denominator": 1000}
        else:
            beside = {"numerator": printed - step, "denominator": None}
        assert not comes_out(fact, beside), fact["metric"]
