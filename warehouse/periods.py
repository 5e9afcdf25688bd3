"""Years, quarters and months: their names, their days, and when something is due after them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from warehouse.models import Due, Every
from warehouse.workdays import Calendar

MONTHS: dict[str, int] = {"year": 12, "quarter": 3, "month": 1}
NAME = re.compile(r"(?P<year>[0-9]{4})(?:Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?")
DATED = re.compile(r"(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?P<next> next year)?")
COUNTED = re.compile(r"(?P<count>[0-9]+) (?P<kind>working_days|days) after")


@dataclass(frozen=True, order=True)
class Period:
    """One year, quarter or month: both days included. `name` is 2024, 2024Q1 or 2024-05."""

    start: date
    end: date
    every: Every

    @property
    def name(self) -> str:
        """As people and commands write it."""
        match self.every:
            case "year":
                return f"{self.start.year:04d}"
            case "quarter":
                return f"{self.start.year:04d}Q{(self.start.month + 2) // 3}"
            case "month":
                return f"{self.start:%Y-%m}"

    def holds(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return self.start <= day <= self.end


def period_named(name: str) -> Period:
    """The period that `2024`, `2024Q1` or `2024-05` names. Refuses (ValueError) every other spelling."""
    found = NAME.fullmatch(name)
    if not found or not 1 <= int(found["year"]) < 9999:
        raise ValueError(f"“{name}” is not a period: write 2024, 2024Q1 or 2024-05")
    if found["quarter"]:
        return period_of("quarter", date(int(found["year"]), int(found["quarter"]) * 3, 1))
    if found["month"]:
        return period_of("month", date(int(found["year"]), int(found["month"]), 1))
    return period_of("year", date(int(found["year"]), 1, 1))


def period_of(every: Every, day: date) -> Period:
    """The year, quarter or month that a day lies in."""
    months = MONTHS[every]
    first = (day.month - 1) // months * months + 1
    after = date(day.year + (first + months > 12), (first + months - 1) % 12 + 1, 1)
    return Period(date(day.year, first, 1), after - timedelta(days=1), every)


def next_period(period: Period) -> Period:
    """The period of the same length that follows."""
    return period_of(period.every, period.end + timedelta(days=1))


def periods_between(every: Every, first: date, last: date) -> list[Period]:
    """Every period from the one that holds `first` to the one that holds `last`; none when `last` comes earlier."""
    if last < first:
        return []
    found = [period_of(every, first)]
    while found[-1].end < last:
        found.append(next_period(found[-1]))
    return found


def due_day(due: Due, period: Period, calendar: Calendar) -> date:
    """The last day on which the delivery for the period is in time."""
    return judged_from(due.by, period, calendar)


def judged_from(text: str, period: Period, calendar: Calendar) -> date:
    """The day that `01-20`, `01-20 next year`, `10 days after` or `10 working_days after` means for a period.

    `01-20` is the first such day after the period; it stands as written even on a day off. A number of days counts from
    the period's last day, and one that ends on a day off runs to the next working day. Refuses (ValueError) other text.
    """
    if counted := COUNTED.fullmatch(text):
        count = int(counted["count"])
        if counted["kind"] == "working_days":
            return calendar.add_working_days(period.end, count)
        return calendar.roll_forward(period.end + timedelta(days=count))
    dated = DATED.fullmatch(text)
    if not dated:
        raise ValueError(f"“{text}” is not a day: write 01-20, 01-20 next year, 10 days after or 10 working_days after")
    year = period.end.year + (1 if dated["next"] else 0)
    day = _day_of(year, text, int(dated["month"]), int(dated["day"]))
    return day if day > period.end else _day_of(year + 1, text, day.month, int(dated["day"]))


def _day_of(year: int, text: str, month: int, day: int) -> date:
    """29 February is the 28th in other years."""
    if (month, day) == (2, 29):
        return date(year, 3, 1) - timedelta(days=1)
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"“{text}” names no day of the year") from None
