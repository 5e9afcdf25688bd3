"""A check that did not run is never a verdict: expectations are deleted, renamed and broken, in the real library."""

from collections.abc import Callable
from typing import Any

import pytest

from expectations.suites import Check, build_expectations, build_frame, evaluate, read_results, run_expectations

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
    import great_expectations.expectations as kinds

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
