"""A signed year is judged by what it was signed with; everything else by tonight's rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from expectations.judge import make_judge
from expectations.suites import Check, Verdict
from tests.expectations.conftest import by_arithmetic
from warehouse.declarations import Declarations
from warehouse.signed_year import SignedYear, changes_since, key_of
from warehouse.workdays import Calendar

SIGNED_ON, LATER = date(2025, 2, 6), date(2025, 4, 10)
Makers = dict[str, Callable[..., dict[str, Any]]]
Judged = dict[str, dict[tuple[str, str, str], dict[str, Any]]]


class County:
    """A county that is judged and signed on one day, and judged again two months later."""

    def __init__(self, declared: Declarations, calendar: Calendar, makers: Makers) -> None:
        self.declared, self.calendar, self.makers = declared, calendar, makers
        names = ("documents", "filings", "suits")
        self.inputs: dict[str, list[dict[str, Any]]] = {
            "owed": [makers["owed"](name) for name in names],
            "deliveries": [makers["came"](name, coverage_start=date(2023, 1, 1)) for name in names],
            "figures": [], "quarantined": [],
        }  # fmt: skip

    def count(self, part: int, whole: int) -> None:
        self.inputs["figures"] = [
            self.makers["figure"]("filing_rate", "police", part, whole),
            self.makers["figure"]("filing_rate", "police", part, whole, period="2023")
            | {"period_start": date(2023, 1, 1), "period_end": date(2023, 12, 31)},
        ]

    def judge(self, on: date, signed: Sequence[SignedYear] = ()) -> Judged:
        judge = make_judge(self.declared, self.calendar, on, by_arithmetic, signed)
        passes = [judge(self.inputs, "first"), judge(self.inputs, "second")]
        tables = ("standings", "standings_after_signing")
        return {name: {key_of(row): row for one in passes for row in one[name]} for name in tables}

    def sign(self) -> SignedYear:
        rows = [row for row in self.judge(SIGNED_ON)["standings"].values() if row["period"].startswith("2024")]
        return SignedYear("2024", "2025-02-06.1", self.declared, tuple(rows))


@pytest.fixture
def signing(county: Declarations, calendar: Calendar, rows: Makers) -> County:
    found = County(county, calendar, rows)
    found.count(9, 10)
    late = found.declared.targets["complaints"][0]
    judged = late.judged.model_copy(update={"from_": "04-01 next year"})
    found.declared.targets["complaints"] = (late.model_copy(update={"judged": judged}),)
    first = found.declared.targets["filing_rate"][0]
    bound = {"at_least": Decimal("0.9"), "since": date(2023, 1, 1)}
    found.declared.targets["filing_rate"] = (first.model_copy(update=bound),)
    return found


def test_a_signed_standing_stays_and_tonights_judgement_stands_beside_it(signing: County) -> None:
    signed = signing.sign()
    signing.count(5, 10)
    found = signing.judge(LATER, [signed])
    key = ("filing_rate", "police", "2024")
    assert (found["standings"][key]["standing"], found["standings"][key]["numerator"]) == ("met", 9)
    assert found["standings_after_signing"][key]["standing"] == "short"
    assert found["standings"]["filing_rate", "police", "2023"]["standing"] == "short"
    assert {row[2] for row in found["standings_after_signing"]} == {"2024"}


def test_a_bound_raised_later_judges_only_years_that_nobody_signed(signing: County) -> None:
    signed = signing.sign()
    raised = signing.declared.targets["filing_rate"][0].model_copy(update={"at_least": Decimal(1)})
    targets = signing.declared.targets | {"filing_rate": (raised,)}
    signing.declared = signing.declared.model_copy(update={"targets": targets})
    found = signing.judge(LATER, [signed])
    assert found["standings_after_signing"]["filing_rate", "police", "2024"]["standing"] == "met"
    assert found["standings"]["filing_rate", "police", "2023"]["standing"] == "short"


def test_what_was_not_due_when_the_year_was_signed_is_judged_when_it_falls_due(signing: County) -> None:
    signed = signing.sign()
    key = ("complaints", "police", "2024")
    assert {key_of(row): row["standing"] for row in signed.standings}[key] == "not_due"
    signing.inputs["figures"].append(signing.makers["figure"]("complaints", "police", 7))
    found = signing.judge(LATER, [signed])
    assert found["standings"][key]["standing"] == "short" and key not in found["standings_after_signing"]


def test_a_signed_year_has_the_standings_it_was_signed_with_and_no_others(signing: County) -> None:
    signed = signing.sign()
    metrics = {name: one for name, one in signing.declared.metrics.items() if name != "loss_rate"}
    targets = {name: one for name, one in signing.declared.targets.items() if name != "loss_rate"}
    units = signing.declared.units | {"newcomer": signing.declared.units["police"]}
    signing.declared = signing.declared.model_copy(update={"metrics": metrics, "targets": targets, "units": units})
    found = signing.judge(LATER, [signed])["standings"]
    assert {key for key in found if key[2] == "2024"} == {key_of(row) for row in signed.standings}
    assert ("filing_rate", "newcomer", "2023") in found


def test_two_signed_years_each_stand_with_tonights_judgement_beside_them(signing: County) -> None:
    judged = signing.judge(SIGNED_ON)["standings"].values()
    signed = [
        SignedYear(year, f"{SIGNED_ON}.1", signing.declared, tuple(row for row in judged if row["period"] == year))
        for year in ("2023", "2024")
    ]
    signing.count(5, 10)
    found = signing.judge(LATER, signed)
    for year in ("2023", "2024"):
        key = ("filing_rate", "police", year)
        assert (found["standings"][key]["standing"], found["standings_after_signing"][key]["standing"]) == (
            "met",
            "short",
        )


def count_weak(signing: County, *units: str, year: int = 2024) -> None:
    """So many units are weak in a year, by cards that are all there."""
    days = {"period": str(year), "period_start": date(year, 1, 1), "period_end": date(year, 12, 31)}
    signing.inputs["figures"].append(signing.makers["figure"]("weak_units", None, len(units), **days))
    words = {unit: "short" if unit in units else "met" for unit in ("bureau", "police", "schools")}
    signing.inputs.setdefault("signals", []).extend(
        {"unit": unit, "period": str(year), "standing": word} for unit, word in words.items()
    )


def test_what_is_counted_over_the_cards_of_a_signed_year_stays_signed_too(signing: County) -> None:
    count_weak(signing)
    signed = signing.sign()
    signing.inputs["figures"], signing.inputs["signals"] = [], []
    count_weak(signing, "police", "schools")
    found = signing.judge(LATER, [signed])
    key = ("weak_units", "county", "2024")
    assert (found["standings"][key]["standing"], found["standings"][key]["numerator"]) == ("met", 0)
    tonight = found["standings_after_signing"][key]
    assert (tonight["standing"], tonight["numerator"], tonight["short_by"]) == ("short", 2, 2)
    assert ("weak_units", "county", "2025") in found["standings"]


def test_signed_and_unsigned_years_each_have_their_cards_and_records(signing: County) -> None:
    weak = signing.declared.targets["weak_units"][0].model_copy(update={"since": date(2023, 1, 1)})
    signing.declared.targets["weak_units"] = (weak,)
    for year in (2023, 2024):
        count_weak(signing, year=year)

    def telling(checks: Sequence[Check]) -> dict[str, Verdict]:
        records = {
            check.column: {"check": check.column, "of": sorted(key[2] for key in check.values)} for check in checks
        }
        return {
            name: Verdict(one.check, one.failing, None, records[name]) for name, one in by_arithmetic(checks).items()
        }

    judge = make_judge(signing.declared, signing.calendar, LATER, telling, [signing.sign()])
    first, second = judge(signing.inputs, "first"), judge(signing.inputs, "second")
    for judged, check in ((first, "filing_rate.short_by"), (second, "weak_units.short_by")):
        assert [one["of"] for one in judged["evaluations"] if one["check"] == check] == [["2023"], ["2024"]]
    assert {row["period"] for row in first["signals"]} >= {"2023", "2024"}
    keys = [(row["unit"], row["period"], row["signal"]) for row in first["signals"]]
    assert len(set(keys)) == len(keys)


def test_changes_tell_rows_and_rules_and_no_figure_that_is_new(signing: County) -> None:
    signed = signing.sign()
    figure = signing.makers["figure"]
    before = [figure("filing_rate", None, 9, 10), figure("complaints", None, 3), figure("loss_rate", "police", 0, 0)]
    now = [figure("filing_rate", None, 9, 12), figure("complaints", None, 3), figure("unheard_of", None, 3)]
    now += [figure("filing_rate", None, 1, 1, period="2025"), figure("complaints", "police", 2)]
    other = signing.declared.metrics["complaints"].model_copy(update={"numerator": "count"})
    metrics = signing.declared.metrics | {"complaints": other}
    declared = signing.declared.model_copy(update={"metrics": metrics})
    found = changes_since(signed, before, now, declared)
    assert [(one.metric, one.unit, one.difference, one.is_rule) for one in found] == [
        ("filing_rate", None, Decimal(-15), False), ("complaints", "police", Decimal(2), True),
    ]  # fmt: skip
