"""Every form of a deadline at its boundary: chosen limits, fixed days, versions by law; and what may move."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from tests.warehouse.test_workdays import clock, contract, due, packaged
from warehouse.declarations import read_declarations
from warehouse.provisional import counted_due_columns, is_provisional, provisional_columns, provisional_counts
from warehouse.workdays import add_due_dates


@pytest.mark.parametrize(
    ("limit", "start", "expected"),
    [
        # Qingming 2024 is off from Thursday 4 to Saturday 6 April; Sunday 7 is worked for it.
        ("5 calendar_days", date(2024, 4, 2), date(2024, 4, 7)),
        ("5 calendar_days", date(2024, 4, 1), date(2024, 4, 7)),
        ("2 working_days", date(2024, 4, 3), date(2024, 4, 8)),
        ("1 working_days", date(2024, 4, 3), date(2024, 4, 7)),
        ("1 months", date(2024, 3, 6), date(2024, 4, 7)),
        # Sunday 29 September is worked, the week after is off, Saturday 12 October is worked.
        ("5 working_days", date(2024, 9, 27), date(2024, 10, 10)),
        ("7 working_days", date(2024, 9, 27), date(2024, 10, 12)),
        # Over the turn of the year: 1 January 2025 is off, and Sunday 26 is worked before the spring festival.
        ("3 working_days", date(2024, 12, 27), date(2025, 1, 2)),
        ("5 calendar_days", date(2024, 12, 27), date(2025, 1, 2)),
        ("3 months", date(2024, 11, 30), date(2025, 2, 28)),
        ("1 working_days", date(2025, 1, 24), date(2025, 1, 26)),
    ],
)
def test_a_limit_ends_on_the_day_people_count_to(limit: str, start: date, expected: date) -> None:
    assert due({"limit": limit}, on=start) == expected


CHOSEN: dict[str, Any] = {
    "limit": {"by": "kind", "values": {"ordinary": "60 calendar_days", "simple": "30 calendar_days", "list": "03-31"}},
    "extend": {"by": {"by": "kind", "values": {"ordinary": "30 calendar_days"}}, "approved_on": "ok"},
}


def test_a_code_chooses_the_limit_and_an_unnamed_one_has_none() -> None:
    start = date(2024, 3, 1)
    assert due(CHOSEN, on=start, kind="ordinary") == date(2024, 4, 30)
    assert due(CHOSEN, on=start, kind="simple") == date(2024, 4, 1)  # 31 March is a Sunday
    assert due(CHOSEN, on=start, kind="list") == date(2024, 3, 31)  # a day that the law names stays
    assert due(CHOSEN, on=start, kind="other") is None
    assert due(CHOSEN, on=start, kind=None) is None


def test_only_a_named_code_is_extended_and_only_up_to_the_deadline() -> None:
    start, last = date(2024, 3, 1), date(2024, 4, 30)
    assert due(CHOSEN, on=start, kind="ordinary", ok=last) == date(2024, 5, 30)
    assert due(CHOSEN, on=start, kind="ordinary", ok=last + timedelta(days=1)) == last
    assert due(CHOSEN, on=start, kind="simple", ok=date(2024, 3, 20)) == date(2024, 4, 1)


def test_a_fixed_day_is_of_the_starts_year_or_the_next_and_never_moves() -> None:
    assert due({"limit": "03-31"}, on=date(2024, 12, 31)) == date(2024, 3, 31)  # a Sunday
    assert due({"limit": "01-31 next year"}, on=date(2024, 12, 31)) == date(2025, 1, 31)  # in the spring festival
    assert due({"limit": "01-31 next year"}, on=date(2024, 1, 1)) == date(2025, 1, 31)
    assert due({"limit": "02-29 next year"}, on=date(2024, 5, 1)) == date(2025, 2, 28)
    assert due({"limit": "02-29"}, on=date(2024, 1, 5)) == date(2024, 2, 29)
    restarted = {"limit": "03-31 next year", "restart": "again"}
    assert due(restarted, on=date(2023, 5, 1), again=date(2024, 2, 1)) == date(2025, 3, 31)


def test_a_fixed_day_can_be_extended_while_it_has_not_passed() -> None:
    tree = {"limit": "03-31", "extend": {"by": "10 working_days", "approved_on": "ok"}}
    assert due(tree, on=date(2025, 1, 1), ok=date(2025, 3, 31)) == date(2025, 4, 15)
    assert due(tree, on=date(2025, 1, 1), ok=date(2025, 4, 1)) == date(2025, 3, 31)


BY_LAW = [
    {"limit": "60 calendar_days", "until": "2023-12-31", "pauses": [["a", "b"]]},
    {"limit": "30 calendar_days", "since": "2024-01-01"},
]


def dated(versions: list[dict[str, Any]] | dict[str, Any], **columns: list[date | None]) -> dict[str, list[Any]]:
    trees = versions if isinstance(versions, list) else [versions]
    declared = contract().model_copy(update={"clocks": {"x": tuple(clock(**tree) for tree in trees)}})
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Date))
    return add_due_dates(frame, declared, packaged()).drop(list(columns)).to_dict(as_series=False)


def test_the_law_in_force_at_the_start_decides_even_when_the_deadline_is_later() -> None:
    found = dated(BY_LAW, on=[date(2023, 12, 31), date(2024, 1, 1), None], a=[None] * 3, b=[None] * 3)
    assert found == {"x_due_on": [date(2024, 2, 29), date(2024, 1, 31), None]}


def test_while_the_clock_of_one_law_stands_still_no_other_law_runs() -> None:
    overlapping = [BY_LAW[0] | {"until": None}, {"limit": "30 calendar_days"}]
    found = dated(overlapping, on=[date(2023, 12, 1)], a=[date(2023, 12, 5)], b=[None])
    assert found == {"x_due_on": [None]}


def test_beside_an_extended_deadline_stands_the_one_without() -> None:
    tree = {"limit": "60 calendar_days", "extend": {"by": "30 calendar_days", "approved_on": "ok"}}
    late = date(2024, 5, 1)
    found = dated(tree, on=[date(2024, 3, 1)] * 3, ok=[date(2024, 4, 30), late, None])
    assert found["x_base_due_on"] == [date(2024, 4, 30)] * 3
    assert found["x_due_on"] == [date(2024, 5, 30), date(2024, 4, 30), date(2024, 4, 30)]


def test_a_restart_inside_a_pause_and_one_after_it() -> None:
    tree = {"limit": "5 working_days", "restart": "again", "pauses": [["a", "b"]]}
    pause = {"a": date(2024, 3, 5), "b": date(2024, 3, 14)}
    assert due(tree, on=date(2024, 3, 4), again=date(2024, 3, 12), **pause) == date(2024, 3, 21)
    assert due(tree, on=date(2024, 3, 4), again=date(2024, 3, 18), **pause) == date(2024, 3, 25)


def test_only_counted_deadlines_in_years_without_holidays_may_move() -> None:
    declared = read_declarations()
    fixed = contract(x={"limit": "03-31 next year"}, y={"limit": "1 months"}, z=CHOSEN | {"limit": "03-31"} | {
        "extend": {"by": "10 working_days", "approved_on": "ok"}})  # fmt: skip
    assert counted_due_columns(fixed) == ("y_due_on", "z_due_on", "z_base_due_on")
    made = declared.model_copy(update={"contracts": {"fixed": fixed}})
    row = {"x_due_on": date(2027, 3, 31), "y_due_on": date(2027, 1, 4), "z_due_on": date(2026, 12, 31), "on": None}
    assert provisional_columns(made, row) == ("y_due_on",)
    assert not is_provisional(made, "y_due_on", date.max) and not is_provisional(made, "on", date(2027, 1, 4))


def test_provisional_deadlines_are_counted_by_dataset(county: Any) -> None:
    from warehouse.engine import DuckEngine

    rows = [
        {"letter_number": f"L{at}", "asked_on": date(2026, 12, 1), "reply_due_on": day}
        for at, day in enumerate((date(2026, 12, 31), date(2027, 1, 1), date(2028, 2, 1), date.max, None))
    ]
    span = (date(2026, 10, 1), date(2026, 12, 31))
    built = county.build(county.deliver("citizen_letters", rows, span=span), as_of=date(2027, 1, 5))
    with DuckEngine(built.path, read_only=True) as engine:
        assert provisional_counts(engine, county.declarations) == {"citizen_letters": 2}
