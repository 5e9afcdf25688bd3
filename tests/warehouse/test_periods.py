from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.declarations import read_holidays
from warehouse.models import Due, Every
from warehouse.periods import due_day, judged_from, next_period, period_named, period_of, periods_between
from warehouse.workdays import Calendar

days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
kinds = st.sampled_from(["year", "quarter", "month"])


@cache
def packaged() -> Calendar:
    return Calendar(read_holidays(None))


def due(every: Every, by: str) -> Due:
    return Due.model_validate({"every": every, "by": by, "since": "2024"})


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024Q4", date(2024, 10, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-12", date(2023, 12, 1), date(2023, 12, 31)),
    ],
)
def test_a_name_gives_the_first_and_the_last_day(name: str, start: date, end: date) -> None:
    period = period_named(name)
    assert (period.start, period.end, period.name) == (start, end, name)


@pytest.mark.parametrize(
    "name", ["", "24", "2024Q5", "2024Q0", "2024-13", "2024-5", "2024年", "0000", "9999", "２０２４", "2024 "]
)
def test_any_other_spelling_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="is not a period: write 2024"):
        period_named(name)


@given(kinds, days)
def test_the_period_of_a_day_holds_it_and_is_found_again_by_its_name(every: Every, day: date) -> None:
    period = period_of(every, day)
    assert period.holds(day)
    assert not period.holds(period.end + timedelta(days=1))
    assert period_named(period.name) == period
    assert next_period(period).start == period.end + timedelta(days=1)


@given(kinds, days, st.integers(0, 1500))
def test_periods_between_leave_no_day_out(every: Every, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = periods_between(every, first, last)
    assert found[0].holds(first)
    assert found[-1].holds(last)
    assert all(one.end + timedelta(days=1) == after.start for one, after in pairwise(found))


def test_no_period_lies_between_a_day_and_an_earlier_one() -> None:
    assert periods_between("month", date(2024, 3, 1), date(2024, 2, 29)) == []


@pytest.mark.parametrize(
    ("every", "name", "by", "expected"),
    [
        ("year", "2024", "01-20", date(2025, 1, 20)),
        ("year", "2024", "01-31", date(2025, 1, 31)),  # a day off in 2025: a date set by name stands
        ("quarter", "2024Q4", "10 days after", date(2025, 1, 10)),
        ("quarter", "2024Q3", "15 days after", date(2024, 10, 15)),
        ("quarter", "2024Q3", "3 days after", date(2024, 10, 8)),  # ends within the National Day holiday
        ("month", "2024-01", "10 days after", date(2024, 2, 18)),  # 10 to 17 February are off, 18 is a worked Sunday
        ("month", "2024-09", "10 working_days after", date(2024, 10, 18)),  # 12 October is a worked Saturday
        ("month", "2026-12", "5 working_days after", date(2027, 1, 7)),  # provisional
        ("quarter", "2024Q1", "04-20", date(2024, 4, 20)),
    ],
)
def test_a_delivery_is_due_on_the_declared_day(every: Every, name: str, by: str, expected: date) -> None:
    assert due_day(due(every, by), period_named(name), packaged()) == expected


def test_a_target_is_judged_from_a_date_of_the_next_year_or_some_days_after() -> None:
    calendar = packaged()
    assert judged_from("01-20", period_named("2024"), calendar) == date(2025, 1, 20)
    assert judged_from("01-20 next year", period_named("2024"), calendar) == date(2025, 1, 20)
    assert judged_from("03-01 next year", period_named("2024Q1"), calendar) == date(2025, 3, 1)
    assert judged_from("02-29 next year", period_named("2024"), calendar) == date(2025, 2, 28)
    assert judged_from("02-29", period_named("2023"), calendar) == date(2024, 2, 29)
    assert judged_from("10 days after", period_named("2024Q2"), calendar) == date(2024, 7, 10)


@pytest.mark.parametrize("text", ["soon", "13-01", "02-30", "1-20", "10 weeks after", "", "01-20 this year"])
def test_a_day_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        judged_from(text, period_named("2024"), packaged())
