"""Bounds that another number gives: the size of a roster, or the same figure of the year before."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.judge import judge_first
from expectations.shortfall import short_of_more
from expectations.suites import Check, Verdict, evaluate
from warehouse.comparing import compared, previous_year
from warehouse.declarations import Declarations
from warehouse.models import EarlierRule, Metric, Target
from warehouse.periods import period_named
from warehouse.workdays import Calendar

AS_OF = date(2026, 2, 6)
Makers = dict[str, Callable[..., dict[str, Any]]]
NAMES = ("documents", "filings", "suits")
DAYS_2025 = {"period": "2025", "period_start": date(2025, 1, 1), "period_end": date(2025, 12, 31)}
OWED_2025 = {
    "period": "2025", "period_start_on": date(2025, 1, 1), "period_end_on": date(2025, 12, 31),
    "due_on": date(2026, 1, 20),
}  # fmt: skip
CAME_2025 = {"coverage_start": date(2025, 1, 1), "coverage_end": date(2025, 12, 31)}


def rising(**values: Any) -> Target:
    judged = {"every": "year", "for": "department", "from": "02-01 next year"}
    return Target.model_validate(
        {"since": "2025", "judged": judged, "more_than": "previous_year", "severity": "low", "basis": "法"} | values
    )


class Years:
    """Three datasets that came for 2024 and 2025, judged on 6 February 2026."""

    def __init__(self, declared: Declarations, calendar: Calendar, makers: Makers) -> None:
        self.declared, self.calendar, self.makers = declared, calendar, makers
        declared.targets["filing_rate"] = (rising(),)
        self.inputs: dict[str, list[dict[str, Any]]] = {
            "figures": [], "quarantined": [],
            "owed": [makers["owed"](name, **more) for name in NAMES for more in ({}, OWED_2025)],
            "deliveries": [makers["came"](name, **more) for name in NAMES for more in ({}, CAME_2025)],
        }  # fmt: skip

    def count(self, before: tuple[int, int] | None, now: tuple[int, int]) -> None:
        figure = self.makers["figure"]
        self.inputs["figures"] = [figure("filing_rate", "police", *now, **DAYS_2025)]
        self.inputs["figures"] += [figure("filing_rate", "police", *before)] if before else []

    def judge(self) -> dict[str, Any]:
        judged = judge_first(self.inputs, self.declared, self.calendar, AS_OF, evaluate)
        (row,) = (
            row
            for row in judged["standings"]
            if (row["target"], row["unit"], row["period"]) == ("filing_rate", "police", "2025")
        )
        return row


@pytest.fixture
def years(county: Declarations, calendar: Calendar, rows: Makers) -> Years:
    return Years(county, calendar, rows)


@pytest.mark.parametrize(
    ("before", "now", "standing", "short_by"),
    [
        ((10, 17), (30, 51), "short", 1),  # the very same share: one more row is needed
        ((10, 17), (31, 51), "met", 0),
        ((10, 17), (29, 51), "short", 2),
        ((377, 1000), (588, 1000), "met", 378 - 588),
        ((9, 9), (8, 8), "met", 0),  # all of all cannot rise
        ((9, 9), (7, 8), "short", 1),
        ((0, 4), (0, 3), "short", 1),
    ],
)
def test_a_rate_is_held_against_last_years_rate_without_rounding(
    years: Years, before: tuple[int, int], now: tuple[int, int], standing: str, short_by: int
) -> None:
    years.count(before, now)
    row = years.judge()
    assert (row["standing"], row["short_by"], row["comparison"]) == (standing, short_by, "more_than")
    assert row["bound"] == (Decimal(before[0]) / before[1]).quantize(Decimal("0.000001"))


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 60), st.integers(1, 60))
def test_short_of_more_is_the_least_number_of_rows_that_lifts_the_rate(p: int, q: int, n: int, d: int) -> None:
    p, n = min(p, q), min(n, d)
    lacking = int(short_of_more(Decimal(n), Decimal(d), (Decimal(p), Decimal(q))))
    if p == q:
        assert n + lacking == d
        return
    assert (n + lacking) * q > p * d
    assert (n + lacking - 1) * q <= p * d


def test_a_count_and_money_must_exceed_last_years(years: Years) -> None:
    assert short_of_more(Decimal(7), None, (Decimal(7), None)) == 1
    assert short_of_more(Decimal(8), None, (Decimal(7), None)) == 0
    assert short_of_more(Decimal("7.5"), None, (Decimal("7.5"), None)) > 0
    assert short_of_more(Decimal("7.51"), None, (Decimal("7.5"), None)) <= 0


def test_without_last_years_rows_nothing_is_green(years: Years) -> None:
    years.count(None, (9, 9))
    assert (years.judge()["standing"], years.judge()["cause"]) == ("not_applicable", "no_previous_year:2024")
    years.count((0, 0), (9, 9))
    assert (years.judge()["standing"], years.judge()["cause"]) == ("not_applicable", "no_previous_year:2024")
    years.count((1, 9), (9, 9))
    assert years.judge()["standing"] == "met"
    first = next(row for row in years.inputs["deliveries"] if row["dataset"] == "filings")
    first["coverage_start"] = date(2024, 4, 1)  # its first quarter never came
    assert (years.judge()["standing"], years.judge()["cause"]) == ("not_applicable", "no_previous_year:2024")


def test_across_a_changed_counting_rule_nothing_is_compared(years: Years) -> None:
    rule = EarlierRule.model_validate({"until": 2024, "rule": {"zh": "旧口径", "en": "the old rule"}})
    years.declared.metrics["filing_rate"] = years.declared.metrics["filing_rate"].model_copy(
        update={"earlier_rules": (rule,)}
    )
    years.count((1, 9), (9, 9))
    assert (years.judge()["standing"], years.judge()["cause"]) == ("not_applicable", "rule_changed:2024")


def test_quarantined_rows_of_either_year_leave_a_rise_in_doubt(years: Years, rows: Makers) -> None:
    years.count((5, 9), (6, 9))
    assert years.judge()["standing"] == "met"
    years.inputs["quarantined"] = [rows["quarantined"]("documents", "police", 2)]  # of 2024
    assert years.judge()["standing"] == "unsure"
    years.count((1, 9), (9, 9))
    assert years.judge()["standing"] == "met"  # even 3 of 11 stay below


def test_a_roster_gives_the_bound_by_its_size_at_the_periods_end(years: Years, rows: Makers) -> None:
    target = rising(more_than=None, equals={"units": "department"}, since="2024", judged={
        "every": "year", "for": "county", "from": "02-01 next year"})  # fmt: skip
    years.declared.targets["complaints"] = (target,)
    years.declared.units["schools"] = years.declared.units["schools"].model_copy(
        update={"valid_from": date(2025, 6, 1)}
    )
    years.inputs["figures"] = [
        rows["figure"]("complaints", None, 2),
        rows["figure"]("complaints", None, 2, **DAYS_2025),
    ]
    judged = judge_first(years.inputs, years.declared, years.calendar, AS_OF, evaluate)
    found = {row["period"]: row for row in judged["standings"] if row["target"] == "complaints"}
    assert (found["2024"]["standing"], found["2024"]["bound"]) == ("met", 2)
    assert (found["2025"]["standing"], found["2025"]["bound"], found["2025"]["short_by"]) == ("short", 3, 1)


def test_the_library_is_told_what_is_asked(years: Years) -> None:
    years.count((1, 9), (9, 9))
    seen: list[Check] = []

    def watching(checks: Sequence[Check]) -> dict[str, Verdict]:
        seen.extend(checks)
        return evaluate(checks)

    judge_first(years.inputs, years.declared, years.calendar, AS_OF, watching)
    (check,) = (check for check in seen if check.target == "filing_rate")
    assert check.description.endswith("> 上年") and check.meta["bound"] == "more_than previous_year"


def test_a_year_beside_the_year_before(county: Declarations) -> None:
    assert previous_year(period_named("2025-03")).name == "2024-03"
    assert previous_year(period_named("2025Q1")).name == "2024Q1"
    rate, count = county.metrics["filing_rate"], county.metrics["complaints"]
    found = compared(rate, period_named("2025"), (Decimal(588), Decimal(1000)), (Decimal(377), Decimal(1000)))
    assert (found.change, found.percent) == (Decimal("21.10"), None)
    found = compared(count, period_named("2025"), (Decimal(150), None), (Decimal(120), None))
    assert (found.change, found.percent, found.previous_period) == (30, Decimal("25.00"), "2024")
    assert compared(count, period_named("2025"), (Decimal(3), None), (Decimal(0), None)).percent is None
    assert compared(rate, period_named("2025"), (Decimal(3), Decimal(3)), (Decimal(0), Decimal(0))).previous is None
    changed: Metric = count.model_copy(
        update={"earlier_rules": (EarlierRule.model_validate({"until": 2024, "rule": {"zh": "旧", "en": "old"}}),)}
    )
    found = compared(changed, period_named("2025"), (Decimal(150), None), (Decimal(120), None))
    assert found.rule_changed and found.change is None and found.previous == (120, None)
