"""A check that did not run is never a verdict: expectations are deleted, renamed and broken, in the real library."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from expectations import suites
from expectations.suites import (
    Check,
    Verdict,
    build_expectations,
    build_frame,
    evaluate,
    read_results,
    run_expectations,
)
from tests.conftest import Cases
from tests.expectations.conftest import by_arithmetic, came, figure, owed, quarantined
from tests.expectations.test_judge import AS_OF, make_judge, packaged_inputs
from warehouse.declarations import read_declarations
from warehouse.workdays import Calendar

UNITS = [f"unit_{number}" for number in range(60)]


def check(name: str, every: int = 1) -> Check:
    """Every third judged unit falls short by one; `every` leaves units out, which the frame holds as empty."""
    values = {("", unit, "2024"): float(place % 3 == 0) for place, unit in enumerate(UNITS[::every])}
    return Check(
        f"{name}.short_by", name, values, "high", f"{name} = 100%", "counted so", {"owner": "unit", "basis": "法"}
    )


CHECKS = [check("filing_rate"), check("loss_rate", 2), check("delivery_rate", 7)]


def broken(
    change_frame: Callable[[Any], Any] = lambda frame: frame, change: Callable[[list[Any]], list[Any]] = lambda x: x
) -> dict[str, str | None]:
    """Evaluate with something broken on the way; the error of each target."""
    frame = build_frame(CHECKS)
    results = run_expectations(change_frame(frame), change(build_expectations(CHECKS)))
    verdicts = read_results(CHECKS, len(frame), results)
    return {verdict.check.target: verdict.error for verdict in verdicts.values()}


def test_the_library_names_every_unit_that_falls_short_and_skips_none_that_was_declared() -> None:
    verdicts = evaluate(CHECKS)
    for declared in CHECKS:
        verdict = verdicts[declared.column]
        assert verdict.error is None
        assert verdict.failing == {key for key, value in declared.values.items() if value > 0}
    record = verdicts["loss_rate.short_by"].record
    assert (record["element_count"], record["missing_count"], record["unexpected_count"]) == (60, 30, 10)
    assert (record["success"], record["severity"], record["description"]) == (False, "high", "loss_rate = 100%")
    assert record["result"]["expectation_config"]["severity"] == "critical"
    assert record["meta"]["basis"] == "法"


@pytest.mark.parametrize("place", range(3))
def test_a_deleted_expectation_is_an_error_of_that_target_alone(place: int) -> None:
    errors = broken(change=lambda declared: declared[:place] + declared[place + 1 :])
    assert [name for name, error in errors.items() if error] == [CHECKS[place].target]
    assert "0 times" in str(errors[CHECKS[place].target])


@pytest.mark.parametrize("place", range(3))
def test_a_renamed_column_is_an_error_of_that_target_alone(place: int) -> None:
    errors = broken(lambda frame: frame.rename(columns={CHECKS[place].column: "elsewhere"}))
    assert [name for name, error in errors.items() if error] == [CHECKS[place].target]


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(
    "change",
    [{"max_value": 1}, {"max_value": None, "min_value": 0}, {"mostly": 0.1}, {"strict_max": True}, {"column": "unit"}],
    ids=str,
)
def test_a_loosened_or_changed_expectation_is_an_error_of_that_target_alone(place: int, change: dict[str, Any]) -> None:
    def replace(declared: list[Any]) -> list[Any]:
        asked = {"column": CHECKS[place].column, "max_value": 0, "meta": declared[place].meta} | change
        return [*declared[:place], type(declared[place])(**asked), *declared[place + 1 :]]

    errors = broken(change=replace)
    assert [name for name, error in errors.items() if error] == [CHECKS[place].target]


def test_another_kind_of_expectation_in_its_place_is_an_error() -> None:
    kinds = suites._library().expectations
    other = kinds.ExpectColumnValuesToNotBeNull(column=CHECKS[0].column, meta={"target": CHECKS[0].target})
    errors = broken(change=lambda declared: [other, *declared[1:]])
    assert [name for name, error in errors.items() if error] == ["filing_rate"]


def test_values_lost_on_the_way_are_an_error_although_the_library_passes_them_over() -> None:
    def lose(frame: Any) -> Any:
        frame.loc[frame.index[1], CHECKS[0].column] = None  # a unit that was fine: success would not change
        return frame

    errors = broken(lose)
    assert [name for name, error in errors.items() if error] == ["filing_rate"]
    assert "judged 59 rows; 60 were declared" in str(errors["filing_rate"])


def test_a_lost_row_or_index_is_an_error_of_all() -> None:
    assert all(broken(lambda frame: frame.iloc[1:]).values())
    assert all(broken(lambda frame: frame.rename(columns={"unit": "u"})).values())


def test_text_in_a_figure_is_an_error_of_that_target_alone() -> None:
    def spoil(frame: Any) -> Any:
        frame[CHECKS[1].column] = frame[CHECKS[1].column].astype(object)
        frame.loc[frame.index[0], CHECKS[1].column] = "一"
        return frame

    assert [name for name, error in broken(spoil).items() if error] == ["loss_rate"]


def test_two_checks_of_one_column_are_both_errors_and_no_checks_are_no_verdicts() -> None:
    twin = check("filing_rate")
    assert evaluate([]) == {}
    assert evaluate([twin, twin])["filing_rate.short_by"].error is not None


@cache
def declared_checks() -> tuple[Check, ...]:
    """Every expectation that the packaged county declares, on a few of its rows each."""
    declared = read_declarations()
    makers = {"figure": figure, "owed": owed, "came": came, "quarantined": quarantined}
    seen: list[Check] = []

    def take(checks: Sequence[Check]) -> dict[str, Verdict]:
        seen.extend(checks)
        return by_arithmetic(checks)

    calendar = Calendar(declared.holidays)
    judge = make_judge(declared, calendar, AS_OF, take)
    inputs = packaged_inputs(declared, calendar, makers)
    judge(inputs, "first")
    judge(inputs, "second")
    return tuple(replace(one, values=dict(list(one.values.items())[:6])) for one in seen)


BREAKS: dict[str, Callable[[list[Any], Any, set[int]], tuple[list[Any], Any]]] = {
    "deleted": lambda given, frame, at: ([one for number, one in enumerate(given) if number not in at], frame),
    "renamed": lambda given, frame, at: (
        given, frame.rename(columns={given[number].column: f"{given[number].column}s" for number in at})
    ),
    "loosened": lambda given, frame, at: (
        [type(one)(column=one.column, max_value=1, meta=one.meta) if number in at else one
         for number, one in enumerate(given)], frame,
    ),
    "emptied": lambda given, frame, at: (given, frame.assign(**{given[number].column: None for number in at})),
}  # fmt: skip


def unnoticed(kind: str, checks: Sequence[Check], at: set[int]) -> list[tuple[str, str]]:
    """The broken ones that got a verdict, and the whole ones that got none."""
    expectations, frame = BREAKS[kind](build_expectations(checks), build_frame(checks), at)
    verdicts = read_results(checks, len(frame), run_expectations(frame, expectations))
    told = [(number, bool(verdicts[check.column].error)) for number, check in enumerate(checks)]
    return [(kind, checks[number].column) for number, is_error in told if is_error != (number in at)]


@pytest.mark.parametrize("kind", BREAKS)
def test_each_declared_expectation_that_is_broken_is_noticed(
    kind: str, request: pytest.FixtureRequest, cases: Cases
) -> None:
    """In each round every fifteenth is broken, so that after fifteen each one was; quick: two rounds of thirty."""
    checks = declared_checks()
    assert len(checks) > 100
    rounds = request.config.getoption("--rounds")
    checks = checks[:30] if rounds < 15 else checks
    for first in range(rounds):
        at = set(range(first, len(checks), 15))
        assert unnoticed(kind, checks, at) == []
        cases.add(len(at))


def test_a_judge_that_trusts_whatever_comes_back_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(check: Check, _rows: int, results: list[Any]) -> Verdict:
        return Verdict(check, frozenset(), None, {"result": results})

    monkeypatch.setattr("expectations.suites._verdict", trusting)
    assert unnoticed("emptied", declared_checks()[:12], {3})
