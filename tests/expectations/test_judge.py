"""One standing per target, unit and period: what decides it, and in which order."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.findings import opens_finding
from expectations.judge import judge_first, judge_second, make_judge
from expectations.shortfall import short_by
from expectations.standings import WORST_FIRST, worst
from expectations.suites import (
    Check,
    Verdict,
    build_expectations,
    build_frame,
    evaluate,
    read_results,
    run_expectations,
)
from tests.expectations.conftest import by_arithmetic
from warehouse.declarations import Declarations, read_declarations
from warehouse.periods import periods_between
from warehouse.workdays import Calendar

AS_OF = date(2025, 2, 6)
Makers = dict[str, Callable[..., dict[str, Any]]]


class County:
    """A county whose three datasets came for 2024, judged on 6 February 2025."""

    def __init__(self, declared: Declarations, calendar: Calendar, makers: Makers) -> None:
        self.declared, self.calendar, self.as_of = declared, calendar, AS_OF
        names = ("documents", "filings", "suits")
        self.inputs: dict[str, list[dict[str, Any]]] = {
            "figures": [], "quarantined": [],
            "owed": [makers["owed"](name) for name in names], "deliveries": [makers["came"](name) for name in names],
        }  # fmt: skip

    def judge(self, evaluator: Any = by_arithmetic) -> dict[tuple[str, str, str], dict[str, Any]]:
        judged = judge_first(self.inputs, self.declared, self.calendar, self.as_of, evaluator)
        return {(row["target"], row["unit"], row["period"]): row for row in judged["standings"]}

    def standing(self, target: str, unit: str, period: str = "2024") -> tuple[str, str | None]:
        row = self.judge()[target, unit, period]
        return row["standing"], row["cause"]


@pytest.fixture
def judged(county: Declarations, calendar: Calendar, rows: Makers) -> County:
    return County(county, calendar, rows)


def test_a_rate_is_met_or_short_by_whole_rows_and_zero_of_zero_is_not_applicable(judged: County, rows: Makers) -> None:
    judged.inputs["figures"] = [
        rows["figure"]("filing_rate", "police", 22, 23),
        rows["figure"]("filing_rate", "bureau", 3, 3),
    ]
    found = judged.judge()
    assert found["filing_rate", "police", "2024"]["standing"] == "short"
    assert found["filing_rate", "police", "2024"]["short_by"] == 1
    assert found["filing_rate", "police", "2024"]["value"] == Decimal("0.956522")
    assert found["filing_rate", "bureau", "2024"]["standing"] == "met"
    assert found["filing_rate", "schools", "2024"]["standing"] == "not_applicable"


def test_the_running_year_is_not_due_and_a_year_before_since_has_no_standing(judged: County) -> None:
    assert judged.standing("filing_rate", "police", "2025")[0] == "not_due"
    assert {period for target, _, period in judged.judge() if target == "filing_rate"} == {"2024", "2025"}
    judged.as_of = date(2025, 1, 31)
    assert judged.standing("filing_rate", "police")[0] == "not_due"


def test_a_unit_that_no_target_names_but_has_rows_is_judged_too(judged: County, rows: Makers) -> None:
    judged.inputs["figures"] = [rows["figure"]("filing_rate", "hall", 0, 1)]
    assert judged.standing("filing_rate", "hall") == ("short", None)


def test_a_figure_whose_delivery_never_came_is_missing_whatever_was_counted(judged: County, rows: Makers) -> None:
    judged.inputs["figures"] = [rows["figure"]("filing_rate", "police", 5, 5)]
    judged.inputs["owed"][1] = rows["owed"]("filings", came=False)  # read only by the predicate
    assert judged.standing("filing_rate", "police") == ("missing", "delivery:filings:bureau:2024")
    assert judged.standing("filings:delivered", "bureau") == ("missing", None)
    assert judged.standing("filings:totals_tie", "bureau") == ("missing", "delivery:filings:bureau:2024")
    assert judged.standing("complaints", "police")[0] == "met"


def test_a_delivery_on_its_last_day_is_not_missing_yet(judged: County, rows: Makers) -> None:
    judged.inputs["owed"][0] = rows["owed"]("documents", came=False, due_on=AS_OF)
    assert judged.standing("filing_rate", "police") == ("not_due", None)
    assert judged.standing("documents:delivered", "bureau") == ("not_due", None)


def test_what_was_never_connected_is_outside_every_light_and_never_green(judged: County) -> None:
    judged.inputs["owed"], judged.inputs["deliveries"] = [], []
    assert judged.standing("complaints", "police") == ("not_applicable", "not_connected:documents")


def test_quarantined_rows_never_turn_a_figure_green(judged: County, rows: Makers) -> None:
    figure = rows["figure"]
    judged.inputs["figures"] = [figure("filing_rate", "police", 9, 9), figure("filing_rate", "schools", 1, 2)]
    judged.inputs["quarantined"] = [
        rows["quarantined"]("documents", "police"),
        rows["quarantined"]("documents", "schools"),
    ]
    found = judged.judge()
    police = found["filing_rate", "police", "2024"]
    assert (police["standing"], police["cause"], police["owner"]) == ("unsure", "quarantine:documents:1", "bureau")
    assert found["filing_rate", "schools", "2024"]["standing"] == "short"
    assert found["filing_rate", "schools", "2024"]["owner"] == "schools"


def test_a_unit_whose_rows_were_all_quarantined_is_unsure_and_not_inapplicable(judged: County, rows: Makers) -> None:
    judged.inputs["quarantined"] = [rows["quarantined"]("documents", "schools", 2)]
    assert judged.standing("filing_rate", "schools") == ("unsure", "quarantine:documents:2")


def test_a_row_of_unknown_unit_counts_against_everyone_and_is_told_once(judged: County, rows: Makers) -> None:
    figure = rows["figure"]
    judged.inputs["figures"] = [figure("filing_rate", "police", 9, 9), figure("filing_rate", "schools", 2, 2)]
    judged.inputs["quarantined"] = [rows["quarantined"]("documents", None)]
    judged.inputs["deliveries"][0] |= {"quarantined": 1, "loaded": 99}
    assert judged.standing("filing_rate", "police") == ("unsure", "unplaced:documents:1")
    assert judged.standing("filing_rate", "schools") == ("unsure", "unplaced:documents:1")
    assert judged.standing("documents:few_quarantined", "bureau") == ("unsure", "quarantine:documents:1")


def test_a_row_judged_under_another_column_than_its_datasets_own_could_be_anyones(judged: County, rows: Makers) -> None:
    loss = judged.declared.targets["loss_rate"][0]
    by_unit = loss.model_copy(update={"judged": loss.judged.model_copy(update={"for_": "department"})})
    judged.declared.targets["loss_rate"] = (by_unit,)
    judged.inputs["figures"] = [rows["figure"]("loss_rate", "police", 0, 1)]
    judged.inputs["quarantined"] = [rows["quarantined"]("suits", "bureau")]
    assert judged.standing("loss_rate", "police") == ("unsure", "unplaced:suits:1")


def test_a_bound_from_above_counts_quarantined_rows_as_bad_ones(judged: County, rows: Makers) -> None:
    judged.inputs["figures"] = [rows["figure"]("complaints", "police", 2), rows["figure"]("loss_rate", None, 1, 10)]
    assert judged.standing("complaints", "police") == ("met", None)
    assert judged.standing("loss_rate", "county") == ("met", None)
    judged.inputs["quarantined"] = [
        rows["quarantined"]("documents", "police"),
        rows["quarantined"]("suits", "bureau", 2),
    ]
    assert judged.standing("complaints", "police")[0] == "unsure"
    assert judged.standing("loss_rate", "county") == ("unsure", "quarantine:suits:2")


def test_a_kept_duty_beyond_its_amber_mark_is_near_and_a_small_sample_is_said(judged: County, rows: Makers) -> None:
    judged.inputs["figures"] = [rows["figure"]("loss_rate", None, 4, 20)]
    assert judged.standing("loss_rate", "county")[0] == "near"
    judged.inputs["figures"] = [rows["figure"]("loss_rate", None, 5, 20)]
    assert judged.standing("loss_rate", "county")[0] == "short"
    judged.inputs["figures"] = [rows["figure"]("loss_rate", None, 0, 4)]
    assert judged.judge()["loss_rate", "county", "2024"]["small_sample"] is True


def test_a_delivery_rate_that_is_short_only_by_what_never_came_names_it(judged: County, rows: Makers) -> None:
    judged.inputs["owed"][1] = rows["owed"]("filings", came=False)
    judged.inputs["figures"] = [rows["figure"]("delivery_rate", "bureau", 2, 3)]
    assert judged.standing("delivery_rate", "bureau") == ("short", "delivery:filings:bureau:2024")
    judged.inputs["figures"] = [rows["figure"]("delivery_rate", "bureau", 1, 3)]  # one more came late
    assert judged.standing("delivery_rate", "bureau") == ("short", None)


def test_what_a_supplier_promises_of_its_file_is_judged_per_delivery(judged: County) -> None:
    judged.inputs["deliveries"][0] |= {"rows": 501, "quarantined": 26, "totals_tie": False, "key_duplicates": 2}
    found = judged.judge()
    lacking = {
        name: found[f"documents:{name}", "bureau", "2024"]
        for name in ("rows_in_band", "few_quarantined", "totals_tie", "keys_unique")
    }
    assert {row["standing"] for row in lacking.values()} == {"short"}
    assert [row["short_by"] for row in lacking.values()] == [1, 1, 1, 2]
    assert found["suits:totals_tie", "bureau", "2024"]["standing"] == "met"
    assert found["documents:delivered", "bureau", "2024"]["standing"] == "met"


def test_figures_of_a_mostly_quarantined_delivery_follow_from_it(judged: County, rows: Makers) -> None:
    judged.inputs["deliveries"][0] |= {"quarantined": 60, "loaded": 40}
    judged.inputs["quarantined"] = [rows["quarantined"]("documents", "police", 60)]
    judged.inputs["figures"] = [rows["figure"]("filing_rate", "police", 9, 9)]
    assert judged.standing("filing_rate", "police") == ("unsure", "delivery:documents:bureau:2024")
    assert judged.standing("documents:few_quarantined", "bureau")[0] == "short"


@pytest.mark.parametrize(
    ("numerator", "held", "follows"),
    [(5, 60, True), (0, 60, True), (5, 4, False)],  # of 8 asked: 5 and 3 of the 60 would do, 5 and 3 of the 4 would not
)
def test_a_figure_short_by_rows_that_wait_is_not_told_beside_their_delivery(
    judged: County, rows: Makers, numerator: int, held: int, follows: bool
) -> None:
    (asked,) = judged.declared.targets["complaints"]
    least = asked.model_copy(update={"at_most": None, "at_least": Decimal(8 if follows else 10)})
    judged.declared.targets["complaints"] = (least,)
    judged.inputs["deliveries"][0] |= {"rows": held + 5, "quarantined": held, "totals_tie": False, "key_duplicates": 2}
    judged.inputs["quarantined"] = [rows["quarantined"]("documents", "police", held)]
    judged.inputs["figures"] = [rows["figure"]("complaints", "police", numerator)]
    found = judged.judge()
    told = {
        key[0] for key, row in found.items() if key[0].startswith(("complaints", "documents:")) and opens_finding(row)
    }
    every = {"documents:few_quarantined", "documents:totals_tie", "documents:keys_unique", "complaints"}
    assert told == ({"documents:few_quarantined"} if follows else every)
    assert found["complaints", "police", "2024"]["standing"] == "short"


def test_a_refused_delivery_is_told_once_and_its_figures_follow(judged: County, rows: Makers) -> None:
    judged.inputs["owed"][0] = rows["owed"]("documents", came=False, outcome="refused")
    judged.inputs["deliveries"] = judged.inputs["deliveries"][1:]
    judged.inputs["figures"] = [rows["figure"]("filing_rate", "police", 0, 9)]
    told = {key[0] for key, row in judged.judge().items() if opens_finding(row)}
    assert told == {"documents:delivered"}


def test_a_file_for_two_quarters_is_judged_once_with_the_last(judged: County, rows: Makers) -> None:
    quarterly = judged.declared.contracts["documents"].due.model_copy(update={"every": "quarter"})  # type: ignore[union-attr]
    judged.declared.contracts["documents"] = judged.declared.contracts["documents"].model_copy(
        update={"due": quarterly}
    )
    spans = {"2024Q3": (date(2024, 7, 1), date(2024, 9, 30)), "2024Q4": (date(2024, 10, 1), date(2024, 12, 31))}
    judged.inputs["owed"][:1] = [
        rows["owed"]("documents", period=name, period_start_on=start, period_end_on=end)
        for name, (start, end) in spans.items()
    ]
    judged.inputs["deliveries"][0] |= {"rows": 600}
    assert judged.standing("documents:rows_in_band", "bureau", "2024Q4")[0] == "short"
    assert judged.standing("documents:rows_in_band", "bureau", "2024Q3")[0] == "not_applicable"
    assert judged.standing("documents:delivered", "bureau", "2024Q3")[0] == "met"


def test_an_abolished_unit_hands_its_duty_to_its_successor(judged: County, rows: Makers) -> None:
    gone = judged.declared.units["schools"].model_copy(update={"valid_to": date(2024, 12, 31), "becomes": "police"})
    judged.declared.units["schools"] = gone
    judged.inputs["figures"] = [rows["figure"]("filing_rate", "schools", 0, 1)]
    assert judged.judge()["filing_rate", "schools", "2024"]["owner"] == "police"


def test_two_targets_of_one_metric_for_the_same_year_both_stand(judged: County, rows: Makers) -> None:
    first = judged.declared.targets["filing_rate"][0]
    judged.declared.targets["filing_rate"] = (first, first.model_copy(update={"at_least": Decimal("0.5")}))
    judged.inputs["figures"] = [rows["figure"]("filing_rate", "police", 1, 2)]
    assert judged.standing("filing_rate", "police")[0] == "short"
    assert judged.standing("filing_rate#2", "police")[0] == "met"


def test_the_cards_of_units_are_counted_in_a_second_pass_and_doubt_is_no_zero(judged: County, rows: Makers) -> None:
    judged.inputs["figures"] = [rows["figure"]("filing_rate", "police", 1, 1)]
    judge = make_judge(judged.declared, judged.calendar, AS_OF, by_arithmetic)
    signals = judge(judged.inputs, "first")["signals"]
    police = [row for row in signals if row["unit"] == "police" and row["period"] == "2024"]
    assert [(row["signal"], row["standing"], row["_row"]) for row in police] == [
        ("filing", "met", 1), ("dues", "not_applicable", 2)
    ]  # fmt: skip
    (weak,) = [row for row in judge({"figures": []}, "second")["standings"] if row["period"] == "2024"]
    assert (weak["target"], weak["unit"], weak["standing"]) == ("weak_units", "county", "met")

    judged.inputs["owed"][0] = rows["owed"]("documents", came=False)
    judge(judged.inputs, "first")
    (weak,) = [row for row in judge({"figures": []}, "second")["standings"] if row["period"] == "2024"]
    assert (weak["standing"], weak["cause"]) == ("missing", "signals:3")
    counted = {"figures": [rows["figure"]("weak_units", None, 2)]}
    (weak,) = [
        row
        for row in judge_second(counted, signals, judged.declared, judged.calendar, AS_OF, by_arithmetic)["standings"]
        if row["period"] == "2024"
    ]
    assert (weak["standing"], weak["short_by"]) == ("short", 2)


@given(
    st.integers(0, 400), st.integers(0, 400), st.integers(0, 100), st.sampled_from(["at_least", "at_most", "equals"])
)
def test_short_by_is_above_zero_exactly_when_the_rate_breaks_its_bound(
    part: int, rest: int, percent: int, kind: Any
) -> None:
    whole, bound = part + rest, Decimal(percent) / 100
    kept = {
        "at_least": part * 100 >= percent * whole,
        "at_most": part * 100 <= percent * whole,
        "equals": part * 100 == percent * whole,
    }
    lacking = short_by(Decimal(part), Decimal(whole), bound, kind)
    assert (lacking <= 0) is kept[kind]
    if kind == "at_least" and lacking > 0:
        assert (part + lacking) * 100 >= percent * whole > (part + lacking - 1) * 100


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_owed_standing_exists_once_and_no_quarantined_row_makes_one_better(data: st.DataObject) -> None:
    declared, calendar, makers = _DECLARED[0]
    county = County(declared, calendar, makers)
    units = ["bureau", "police", "schools", None]
    for name in ("filing_rate", "loss_rate", "complaints", "delivery_rate"):
        for unit in units:
            if data.draw(st.booleans()):
                whole = data.draw(st.integers(0, 6))
                part = data.draw(st.integers(0, whole))
                county.inputs["figures"].append(
                    makers["figure"](name, unit, part, None if name == "complaints" else whole)
                )
    for place, dataset in enumerate(("documents", "filings", "suits")):
        if data.draw(st.integers(0, 4)) == 0:
            county.inputs["owed"][place] = makers["owed"](dataset, came=False)
    before = county.judge()
    county.inputs["quarantined"] = [
        makers["quarantined"](
            data.draw(st.sampled_from(("documents", "filings", "suits"))),
            data.draw(st.sampled_from(units)),
            data.draw(st.integers(1, 3)),
        )
        for _ in range(data.draw(st.integers(1, 4)))
    ]
    after = county.judge()
    assert before.keys() <= after.keys()
    for key, row in before.items():
        assert row["standing"] in WORST_FIRST
        if after[key]["standing"] == "met":
            assert row["standing"] == "met"
        if row["standing"] in ("short", "missing"):
            assert after[key]["standing"] == row["standing"]


_DECLARED: list[tuple[Declarations, Calendar, Makers]] = []


@pytest.fixture(autouse=True)
def _declared(county: Declarations, calendar: Calendar, rows: Makers) -> None:
    _DECLARED[:] = [(county, calendar, rows)]


def test_a_check_that_did_not_run_is_an_error_of_its_target_alone_and_never_a_verdict(
    judged: County, rows: Makers
) -> None:
    figure = rows["figure"]
    judged.inputs["figures"] = [figure("filing_rate", "police", 0, 1), figure("complaints", "police", 9)]
    whole = judged.judge(evaluate)
    columns: list[str] = []

    def without(column: str) -> Any:
        def evaluator(checks: Sequence[Check]) -> dict[str, Verdict]:
            columns[:] = [check.column for check in checks]
            declared = [one for one in build_expectations(checks) if one.column != column]
            frame = build_frame(checks)
            return read_results(checks, len(frame), run_expectations(frame, declared))

        return evaluator

    assert judged.judge(without("")) == whole
    for column in list(columns):
        check = column.rpartition(".")[0]
        for key, row in judged.judge(without(column)).items():
            target, _, promise = key[0].partition(":")
            judged_by = f"files:{promise}" if promise else target  # what every file promises is one check
            is_broken = judged_by == check and whole[key]["standing"] in ("met", "near", "short", "unsure")
            assert row["standing"] == ("error" if is_broken else whole[key]["standing"])


def test_standings_roll_up_by_one_precedence() -> None:
    assert worst(["met", "near", "error"]) == "error"
    assert worst(["met", "unsure", "missing"]) == "missing"
    assert worst(["not_due", "met"]) == "met"
    assert worst([]) == "not_applicable"


def test_the_library_judges_the_packaged_county_as_plain_arithmetic_does(rows: Makers) -> None:
    declared = read_declarations()
    calendar = Calendar(declared.holidays)
    inputs = packaged_inputs(declared, calendar, rows)
    judge = make_judge(declared, calendar, AS_OF)
    first = judge(inputs, "first")
    second = judge(inputs, "second")
    standings = first["standings"] + second["standings"]
    plain = make_judge(declared, calendar, AS_OF, by_arithmetic)
    assert standings == plain(inputs, "first")["standings"] + plain(inputs, "second")["standings"]
    counted = Counter(row["standing"] for row in standings)
    assert counted["met"] > 100 and counted["short"] > 20 and counted["unsure"] > 0 and counted["error"] == 0
    assert {row["metric"] for row in standings if row["metric"]} == set(declared.targets)
    assert len(first["evaluations"]) >= len(declared.targets) - 1


def packaged_inputs(declared: Declarations, calendar: Calendar, rows: Makers) -> dict[str, list[dict[str, Any]]]:
    figures: list[dict[str, Any]] = []
    owed: list[dict[str, Any]] = []
    deliveries: list[dict[str, Any]] = []
    for name, targets in declared.targets.items():
        for period in periods_between(targets[0].judged.every, date(2024, 1, 1), AS_OF):
            for place, unit in enumerate([None, *declared.units]):
                whole = None if declared.metrics[name].denominator is None else 10
                figures.append(
                    rows["figure"](name, unit, 0 if whole is None else 10 - (place % 7 == 3), whole, period=period.name)
                )
    for name, contract in declared.contracts.items():
        if contract.due is None:
            continue
        for period in periods_between(contract.due.every, date(2024, 1, 1), date(2024, 12, 31)):
            days = {"period": period.name, "period_start_on": period.start, "period_end_on": period.end}
            supplier = contract.supplied_by[0]
            owed.append(rows["owed"](name, supplier=supplier, **days))
            deliveries.append(
                rows["came"](name, supplier=supplier, coverage_start=period.start, coverage_end=period.end)
            )
    held = [rows["quarantined"]("service_cases", unit, on=date(2024, 2, 1)) for unit in list(declared.units)[:20]]
    return {"figures": figures, "owed": owed, "deliveries": deliveries, "quarantined": held}
