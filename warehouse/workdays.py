"""The working-day calendar and the statutory clocks that run on it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from math import ceil
from typing import Literal

import polars as pl

from warehouse.declarations import Holiday
from warehouse.models import ChosenLimit, Clock, Contract, LimitColumn

DayType = Literal["working_days", "calendar_days", "months"]
Limit = tuple[int, str]
FIRST_DAY = date(1899, 1, 1)
LAST_DAY = date(2399, 12, 31)
# A limit that runs past the table (a typing error such as 99999 days) never falls due; the row itself shows why.
NEVER = date.max


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. Immutable; a year without any entry is provisional: Monday to Friday are worked there."""

    holidays: tuple[Holiday, ...]

    @cached_property
    def _changed(self) -> dict[date, bool]:
        return {holiday.day: holiday.is_workday for holiday in self.holidays}

    @cached_property
    def _known_years(self) -> frozenset[int]:
        return frozenset(holiday.day.year for holiday in self.holidays)

    @cached_property
    def _worked_until(self) -> list[int]:
        """For each day since FIRST_DAY: how many days are worked up to and including it."""
        span = range((LAST_DAY - FIRST_DAY).days + 1)
        # FIRST_DAY is a Sunday, so index % 7 is 0 on Sundays and 6 on Saturdays.
        worked = [index % 7 not in (0, 6) for index in span]
        for day, is_workday in self._changed.items():
            if FIRST_DAY <= day <= LAST_DAY:
                worked[(day - FIRST_DAY).days] = is_workday
        return list(accumulate(worked, initial=0))[1:]

    def _count(self, day: date) -> int:
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError(f"{day} is outside the calendar ({FIRST_DAY} to {LAST_DAY})")
        return self._worked_until[(day - FIRST_DAY).days]

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked; in a year that is not known, Monday to Friday are."""
        changed = self._changed.get(day)
        return day.weekday() < 5 if changed is None else changed

    def is_known(self, day: date) -> bool:
        """Whether the holidays of the day's year have been entered. Otherwise every answer there is provisional."""
        return day.year in self._known_years

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th worked day after `day`, which itself is not counted; 0 gives `day`, below 0 goes back.

        Gives `date.max` for a day past the end of the calendar. Refuses (ValueError) a day outside it.
        """
        if count == 0:
            return day
        worked = self._count(day)
        # Going back, `day` itself is not counted either: -1 on a worked day is the worked day before it.
        place = worked + count - 1 if count > 0 else worked + count - int(self.is_workday(day))
        if place < 0:
            raise ValueError(f"{count} working days before {day} is outside the calendar")
        index = bisect_left(self._worked_until, place + 1)
        return FIRST_DAY + timedelta(days=index) if index < len(self._worked_until) else NEVER

    def working_days_between(self, after: date, until: date) -> int:
        """Worked days in (after, until]; negative when `until` comes first."""
        return self._count(until) - self._count(after)

    def roll_forward(self, day: date) -> date:
        """The day itself if it is worked, else the next worked day."""
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day


def is_set_day(day: date, is_named: Callable[[date], bool], calendar: Calendar) -> bool:
    """Whether a day is a named one, or the first worked day after one that is not worked."""
    if not calendar.is_workday(day):
        return False
    while not is_named(day):
        day -= timedelta(days=1)
        if calendar.is_workday(day):
            return False
    return True


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > LAST_DAY.year:
        return NEVER
    after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), after - timedelta(days=1))


def clock_due_on(clock: Clock, row: Mapping[str, object], calendar: Calendar) -> date | None:
    """The last day of the clock for one row; None while it has not started, stands still, or does not apply.

    The day of the start is not counted. A later restart replaces the start. A limit in calendar days or months that
    ends on a day off runs to the next working day; a minimum does not, or it would ask for more than the law does.
    Paused days in (from, to] are added in the clock's own kind of day; a pause that begins after the deadline changes
    nothing, an open one stops the clock. An extension counts only if it was approved on or before the deadline it
    extends. `since` and `until` look at the start, not at the restart.
    """
    start = _day(row.get(clock.start))
    if start is None or not _holds_from(clock, start):
        return None
    restart = _day(row.get(clock.restart)) if clock.restart else None
    start = max(start, restart or start)
    if (text := _limit_text(clock.limit, row)) and "-" in text:
        return _extended_day(clock, row, _fixed_day(text, start), calendar)
    limit = _limit_of(clock, row)
    if limit is None:
        return None
    if clock.is_minimum:
        return _add(start, *limit, calendar)
    pauses = [(_day(row.get(begin)), _day(row.get(end))) for begin, end in clock.pauses]
    begun = sorted(((begin, end) for begin, end in pauses if begin), key=lambda pause: pause[0])
    due = _end_of(start, [limit], begun, calendar)
    if due is None or clock.extend is None:
        return due
    approved = _day(row.get(clock.extend.approved_on))
    more = _limit_text(clock.extend.by, row)
    if approved is None or approved > due or more is None:
        return due
    return _end_of(start, [limit, _limit(more)], begun, calendar)


def _holds_from(clock: Clock, start: date) -> bool:
    """Whether the law of this version was in force on the day of the start."""
    return (clock.since is None or start >= clock.since) and (clock.until is None or start <= clock.until)


def _extended_day(clock: Clock, row: Mapping[str, object], due: date, calendar: Calendar) -> date:
    """A fixed day, or the end of the extension that was approved by then."""
    approved = _day(row.get(clock.extend.approved_on)) if clock.extend else None
    more = _limit_text(clock.extend.by, row) if clock.extend else None
    return due if approved is None or more is None or approved > due else _after(due, [_limit(more)], 0, calendar)


def _fixed_day(text: str, start: date) -> date:
    """`03-31` or `01-31 next year`: a day of the calendar that a law names; it never moves to a working day."""
    month, day = int(text[:2]), int(text[3:5])
    first = date(start.year + text.endswith("next year"), month, 1)
    # 02-29 is the last day of February in a year that has none.
    return min(first + timedelta(days=day - 1), add_months(first, 1) - timedelta(days=1), LAST_DAY)


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _limit(text: str) -> Limit:
    count, kind = text.split(" ")
    return int(count), kind


def _limit_text(limit: str | LimitColumn | ChosenLimit, row: Mapping[str, object]) -> str | None:
    """The limit in words: as declared, or as the row's code chooses; None when it names none."""
    if isinstance(limit, ChosenLimit):
        return limit.values.get(str(row.get(limit.by)))
    return limit if isinstance(limit, str) else None


def _limit_of(clock: Clock, row: Mapping[str, object]) -> Limit | None:
    """The limit of this row; None when its column is empty or, being negative, says nothing."""
    if not isinstance(clock.limit, LimitColumn):
        text = _limit_text(clock.limit, row)
        return _limit(text) if text else None
    days = row.get(clock.limit.column)
    return (ceil(days), clock.limit.days) if isinstance(days, int | Decimal) and days >= 0 else None


def _end_of(
    start: date, limits: list[Limit], pauses: list[tuple[date, date | None]], calendar: Calendar
) -> date | None:
    """The deadline of the summed limits from `start`, with the pauses that begin on or before it; None if one is open.

    `pauses` are sorted by their first day; days that two pauses share are added once.
    """
    works = limits[0][1] == "working_days"
    paused, counted_until = 0, start
    due = _after(start, limits, paused, calendar)
    for begin, end in pauses:
        if begin > due:
            break
        if end is None:
            return None
        begin = max(begin, counted_until)
        if end > begin:
            paused += calendar.working_days_between(begin, end) if works else (end - begin).days
            counted_until = end
            due = _after(start, limits, paused, calendar)
    return due


def _after(start: date, limits: list[Limit], paused: int, calendar: Calendar) -> date:
    """`start` plus limits of one kind summed, limits of different kinds one after the other, then the paused days."""
    summed: dict[str, int] = {}
    for count, kind in limits:
        summed[kind] = summed.get(kind, 0) + count
    paused_kind = "working_days" if limits[0][1] == "working_days" else "calendar_days"
    summed[paused_kind] = summed.get(paused_kind, 0) + paused
    day = start
    for kind, count in summed.items():
        day = _add(day, count, kind, calendar)
        if day == NEVER:
            return NEVER
    return calendar.roll_forward(day)


def _add(day: date, count: int, kind: str, calendar: Calendar) -> date:
    match kind:
        case "working_days":
            return calendar.add_working_days(day, count)
        case "calendar_days":
            return day + timedelta(days=count) if count <= (LAST_DAY - day).days else NEVER
        case "months":
            return add_months(day, count)
        case unknown:
            raise ValueError(f"no such kind of day: {unknown}")


def add_due_dates(frame: pl.DataFrame, contract: Contract, calendar: Calendar) -> pl.DataFrame:
    """`frame` with one Date column `<clock>_due_on` per clock of the contract; rows and their order stay.

    Each distinct combination of a clock's inputs is computed once. A column the frame lacks counts as empty.
    """
    for name, versions in contract.clocks.items():
        frame = _with_due(frame, f"{name}_due_on", versions, calendar)
        if any(one.extend for one in versions):
            plain = tuple(one.model_copy(update={"extend": None}) for one in versions)
            frame = _with_due(frame, f"{name}_base_due_on", plain, calendar)
    return frame


def _with_due(frame: pl.DataFrame, column: str, versions: tuple[Clock, ...], calendar: Calendar) -> pl.DataFrame:
    inputs = [name for name in dict.fromkeys(name for one in versions for name in one.inputs) if name in frame.columns]
    if not any(one.start in inputs for one in versions):
        return frame.with_columns(pl.lit(None, pl.Date).alias(column))
    distinct = frame.select(inputs).unique()
    due = [_due_on(versions, row, calendar) for row in distinct.iter_rows(named=True)]
    known = distinct.with_columns(pl.Series(column, due, pl.Date))
    return frame.drop(column, strict=False).join(known, on=inputs, how="left", nulls_equal=True, maintain_order="left")


def _due_on(versions: tuple[Clock, ...], row: Mapping[str, object], calendar: Calendar) -> date | None:
    """By the first version whose law was in force at the start; while that one stands still, no other runs."""
    for clock in versions:
        start = _day(row.get(clock.start))
        if start is not None and _holds_from(clock, start):
            return clock_due_on(clock, row, calendar)
    return None
