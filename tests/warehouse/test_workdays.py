from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import chinese_calendar
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Cases
from warehouse.declarations import read_holidays
from warehouse.models import Clock, Contract
from warehouse.workdays import Calendar, add_due_dates, add_months, clock_due_on


@cache
def packaged() -> Calendar:
    return Calendar(read_holidays(None))


def clock(**tree: Any) -> Clock:
    return Clock.model_validate({"start": "on", "basis": "test"} | tree)


def due(tree: dict[str, Any], **row: object) -> date | None:
    return clock_due_on(clock(**tree), row, packaged())


days = st.dates(date(2004, 1, 1), date(2026, 12, 31))


def unpublished(calendar: Calendar, years: Iterable[date]) -> list[date]:
    """The days that the calendar works otherwise than the published lists, or does not know."""
    return [day for day in years if calendar.is_workday(day) != chinese_calendar.is_workday(day)
            or not calendar.is_known(day)]  # fmt: skip


def days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def test_every_day_from_2004_to_2026_agrees_with_the_published_holidays(cases: Cases) -> None:
    years = days_from(date(2004, 1, 1), date(2026, 12, 31))
    assert unpublished(packaged(), cases.each(years)) == []


def test_a_holiday_that_was_not_entered_is_noticed() -> None:
    entries = read_holidays(None)
    days = days_from(date(2024, 1, 1), date(2026, 12, 31))
    for entry in (one for one in entries if one.day >= days[0] and one.is_workday == (one.day.weekday() > 4)):
        rest = tuple(one for one in entries if one != entry)
        assert unpublished(Calendar(rest), [entry.day]) == [entry.day]


def test_working_days_of_a_year_count_as_published() -> None:
    counted = [packaged().working_days_between(date(y - 1, 12, 31), date(y, 12, 31)) for y in (2024, 2025, 2026)]
    assert counted == [251, 248, 248]


def test_a_year_without_entries_is_provisional_and_works_monday_to_friday() -> None:
    calendar = packaged()
    assert not calendar.is_known(date(2027, 1, 1))
    assert calendar.is_workday(date(2027, 1, 1))
    assert not calendar.is_workday(date(2027, 1, 2))
    assert calendar.add_working_days(date(2026, 12, 31), 5) == date(2027, 1, 7)


def test_a_letter_of_25_april_2019_is_due_after_the_may_holiday_and_both_make_up_days() -> None:
    # 28 April and 5 May 2019 are worked Sundays; 1 to 4 May are off.
    assert packaged().add_working_days(date(2019, 4, 25), 20) == date(2019, 5, 24)
    assert due({"limit": "20 working_days"}, on=date(2019, 4, 25)) == date(2019, 5, 24)


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2024, 2, 2), 1, date(2024, 2, 4)),  # a worked Sunday before the Spring Festival
        (date(2024, 2, 9), 1, date(2024, 2, 18)),  # the eve is worked in 2024; 10 to 17 are off; 18 is a worked Sunday
        (date(2024, 9, 13), 1, date(2024, 9, 14)),  # a worked Saturday before the Mid-Autumn Festival
        (date(2024, 9, 30), 1, date(2024, 10, 8)),
        (date(2024, 10, 11), 1, date(2024, 10, 12)),
        (date(2024, 12, 31), 1, date(2025, 1, 2)),
        (date(2024, 12, 28), 0, date(2024, 12, 28)),
        (date(2025, 1, 2), -1, date(2024, 12, 31)),
        (date(2025, 1, 1), -1, date(2024, 12, 31)),
    ],
)
def test_counting_crosses_make_up_weekends_and_the_turn_of_the_year(start: date, count: int, expected: date) -> None:
    assert packaged().add_working_days(start, count) == expected


@given(days, st.integers(-300, 300))
def test_adding_and_counting_working_days_agree_with_counting_on_fingers(start: date, count: int) -> None:
    calendar, day, left = packaged(), start, abs(count)
    while left:
        day += timedelta(days=1 if count > 0 else -1)
        left -= calendar.is_workday(day)
    assert calendar.add_working_days(start, count) == day
    if count > 0:
        assert calendar.working_days_between(start, day) == count
        assert calendar.working_days_between(day, start) == -count


def test_a_limit_beyond_the_calendar_never_falls_due_and_never_crashes() -> None:
    assert packaged().add_working_days(date(2024, 1, 1), 10**9) == date.max
    for kind in ("working_days", "calendar_days", "months"):
        assert due({"limit": f"{10**9} {kind}"}, on=date(2024, 1, 1)) == date.max
    with pytest.raises(ValueError, match="outside the calendar"):
        packaged().add_working_days(date(1800, 1, 1), 1)
    with pytest.raises(ValueError, match="outside the calendar"):
        packaged().add_working_days(date(1900, 1, 1), -1000)


def test_a_period_in_calendar_days_that_ends_on_a_day_off_runs_to_the_next_working_day() -> None:
    assert due({"limit": "15 calendar_days"}, on=date(2024, 9, 16)) == date(2024, 10, 8)
    assert due({"limit": "15 calendar_days"}, on=date(2024, 1, 20)) == date(2024, 2, 4)  # a worked Sunday: no rolling
    assert due({"limit": "60 calendar_days"}, on=date(2024, 12, 2)) == date(2025, 2, 5)


def test_months_end_on_the_same_day_or_the_last_of_a_shorter_month() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2023, 11, 30), 3) == date(2024, 2, 29)
    assert add_months(date(2024, 12, 31), 12) == date(2025, 12, 31)
    assert due({"limit": "3 months"}, on=date(2024, 7, 31)) == date(2024, 10, 31)
    assert due({"limit": "3 months"}, on=date(2024, 7, 1)) == date(2024, 10, 8)


def test_no_start_or_no_limit_means_no_deadline() -> None:
    by_column = {"limit": {"column": "days", "days": "working_days"}}
    assert due({"limit": "5 working_days"}, on=None) is None
    assert due(by_column, on=date(2024, 3, 4), days=None) is None
    assert due(by_column, on=date(2024, 3, 4), days=-3) is None
    assert due(by_column, on=date(2024, 3, 4), days=3) == date(2024, 3, 7)
    assert due(by_column, on=date(2024, 3, 4), days=Decimal("2.5")) == date(2024, 3, 7)
    assert due(by_column, on=datetime(2024, 3, 4, 23, 59), days=0) == date(2024, 3, 4)
    assert due(by_column, on=date(2024, 3, 9), days=0) == date(2024, 3, 11)


def test_a_clock_applies_to_starts_within_since_and_until_both_included() -> None:
    tree = {"limit": "1 working_days", "since": "2024-01-02", "until": "2024-03-01"}
    assert due(tree, on=date(2024, 1, 1)) is None
    assert due(tree, on=date(2024, 1, 2)) == date(2024, 1, 3)
    assert due(tree, on=date(2024, 3, 1)) == date(2024, 3, 4)
    assert due(tree, on=date(2024, 3, 2)) is None


def test_a_correction_restarts_the_clock_and_an_earlier_one_does_not() -> None:
    tree = {"limit": "20 working_days", "restart": "again"}
    assert due(tree, on=date(2024, 3, 1), again=date(2024, 3, 11)) == date(2024, 4, 9)
    assert due(tree, on=date(2024, 3, 1), again=date(2024, 2, 1)) == date(2024, 3, 29)
    assert due(tree, on=date(2024, 3, 1), again=None) == date(2024, 3, 29)


PAUSED: dict[str, Any] = {"limit": "5 working_days", "pauses": [["a", "b"], ["c", "d"]]}


def test_paused_days_are_added_in_the_clocks_own_days() -> None:
    start = date(2024, 3, 4)  # a Monday
    assert due(PAUSED, on=start) == date(2024, 3, 11)
    # (Tue 5, Thu 14]: 7 working days stand still.
    assert due(PAUSED, on=start, a=date(2024, 3, 5), b=date(2024, 3, 14)) == date(2024, 3, 20)
    calendar_days = PAUSED | {"limit": "5 calendar_days"}
    assert due(calendar_days, on=start, a=date(2024, 3, 5), b=date(2024, 3, 14)) == date(2024, 3, 18)
    months = PAUSED | {"limit": "1 months"}
    assert due(months, on=start, a=date(2024, 3, 5), b=date(2024, 3, 14)) == date(2024, 4, 15)


def test_an_open_pause_stops_the_clock_unless_it_begins_after_the_deadline() -> None:
    start = date(2024, 3, 4)
    assert due(PAUSED, on=start, a=date(2024, 3, 11), b=None) is None
    assert due(PAUSED, on=start, a=date(2024, 3, 12), b=None) == date(2024, 3, 11)
    assert due(PAUSED, on=start, a=None, b=date(2024, 3, 20)) == date(2024, 3, 11)


def test_pauses_that_overlap_lie_before_the_start_or_end_before_they_begin_add_no_day_twice() -> None:
    start = date(2024, 3, 4)
    one = due(PAUSED, on=start, a=date(2024, 3, 5), b=date(2024, 3, 14))
    assert due(PAUSED, on=start, a=date(2024, 3, 5), b=date(2024, 3, 14), c=date(2024, 3, 6), d=date(2024, 3, 8)) == one
    both = due(PAUSED, on=start, c=date(2024, 3, 5), d=date(2024, 3, 12), a=date(2024, 3, 8), b=date(2024, 3, 14))
    assert both == one
    assert due(PAUSED, on=start, a=date(2024, 2, 1), b=date(2024, 2, 28)) == date(2024, 3, 11)
    assert due(PAUSED, on=start, a=date(2024, 2, 1), b=date(2024, 3, 6)) == date(2024, 3, 13)
    assert due(PAUSED, on=start, a=date(2024, 3, 8), b=date(2024, 3, 5)) == date(2024, 3, 11)
    # The second pause begins after the first deadline but within the one that the first pause gives.
    late = due(PAUSED, on=start, a=date(2024, 3, 5), b=date(2024, 3, 14), c=date(2024, 3, 19), d=date(2024, 3, 20))
    assert late == date(2024, 3, 21)


def test_an_extension_counts_only_if_approved_by_the_deadline_it_extends() -> None:
    tree = {"limit": "60 calendar_days", "extend": {"by": "30 calendar_days", "approved_on": "ok"}}
    start = date(2024, 3, 1)
    plain = date(2024, 4, 30)
    assert due(tree, on=start, ok=None) == plain
    assert due(tree, on=start, ok=plain) == date(2024, 5, 30)
    assert due(tree, on=start, ok=plain + timedelta(days=1)) == plain
    mixed = {"limit": "3 months", "extend": {"by": "10 working_days", "approved_on": "ok"}}
    assert due(mixed, on=start, ok=date(2024, 5, 1)) == date(2024, 6, 17)
    paused = tree | {"pauses": [["a", "b"]]}
    assert due(paused, on=start, ok=date(2024, 4, 1), a=date(2024, 5, 10), b=None) is None
    assert due(paused, on=start, ok=None, a=date(2024, 5, 10), b=None) == plain


def contract(**clocks: Any) -> Contract:
    names = ("on", "again", "a", "b", "ok", "days")
    columns = {name: {"header": name, "type": "integer" if name == "days" else "date"} for name in names}
    tree = {"label": {"zh": "台账", "en": "ledger"}, "domain": "services", "supplied_by": "all", "covers": "year of on"}
    clocks = {name: {"start": "on", "basis": "test"} | one for name, one in clocks.items()}
    return Contract.model_validate(tree | {"unit": {"from": "supplier"}, "columns": columns, "clocks": clocks})


def test_a_contract_whose_extension_names_no_column_is_refused() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        contract(x={"limit": "1 months", "extend": {"by": "1 months", "approved_on": "nowhere"}})


def test_due_dates_of_a_frame_keep_rows_order_and_empty_starts() -> None:
    frame = pl.DataFrame(
        {
            "n": [1, 2, 3, 4],
            "on": [date(2024, 12, 30), None, date(2019, 4, 25), date(2024, 12, 30)],
            "days": [1, 2, 20, 3],
        }
    )
    declared = contract(
        reply={"limit": {"column": "days", "days": "working_days"}, "pauses": [["a", "b"]], "restart": "again"},
        other={"start": "again", "limit": "1 months"},
    )
    dated = add_due_dates(frame, declared, packaged())
    assert dated["n"].to_list() == [1, 2, 3, 4]
    assert dated["reply_due_on"].to_list() == [date(2024, 12, 31), None, date(2019, 5, 24), date(2025, 1, 3)]
    assert dated["other_due_on"].to_list() == [None] * 4
    assert dated.schema["other_due_on"] == pl.Date
    assert add_due_dates(dated, declared, packaged()).equals(
        dated.select(add_due_dates(dated, declared, packaged()).columns)
    )
    assert add_due_dates(frame.clear(), declared, packaged()).height == 0


def test_a_million_rows_of_few_distinct_inputs_take_about_a_second() -> None:
    starts = [date(2024, 1, 1) + timedelta(days=n % 366) for n in range(5000)] * 200
    frame = pl.DataFrame({"on": starts, "days": [5, 10, 20, 30] * 250_000})
    declared = contract(reply={"limit": {"column": "days", "days": "working_days"}, "pauses": [["a", "b"]]})
    packaged().is_workday(date(2024, 1, 1))
    began = time.perf_counter()
    dated = add_due_dates(frame, declared, packaged())
    assert time.perf_counter() - began < 5
    assert dated.height == 1_000_000
