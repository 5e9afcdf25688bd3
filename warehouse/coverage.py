"""Which periods a delivery covers: by its title, else by the dates in it, else by the due window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from warehouse.cells import period_in_title
from warehouse.models import Contract, Every
from warehouse.periods import Period, period_of, periods_between


@dataclass(frozen=True)
class Coverage:
    """Whole periods, first day to last day; `periods` names each."""

    start: date
    end: date
    periods: tuple[str, ...]


def coverage_of(contract: Contract, titles: Iterable[str], dates: Iterable[date], received_on: date) -> Coverage:
    """The slice that a delivery speaks for.

    A title that names whole periods wins, as far as they have begun. Else the dates of the rows: the span for
    `replace`; for `upsert` the run of periods without a gap that ends at the last one, so that a few late changes to
    old rows do not claim years. A nil return is of the period whose window was open when it came. A stock is of the
    last period that had ended.
    """
    stated = [found for text in titles if (found := period_in_title(text))]
    every = contract.covers_every
    if every is None:
        ends = [end for _, _, end in stated]
        return _of([_ended(_stock_every(contract), ends[0] if ends else received_on)])
    seen = sorted({period_of(every, day) for day in dates})
    # A ledger titled 2024 that comes in April does not speak for the autumn.
    last = max([received_on, *(period.start for period in seen)])
    for _, start, end in stated:
        if whole := [period for period in _whole(every, start, end) if period.start <= last]:
            return _of(whole)
    if not seen:
        return _of([_ended(every, received_on)])
    if contract.mode == "replace":
        return _of(periods_between(every, seen[0].start, seen[-1].end))
    run = [seen[-1]]
    for period in reversed(seen[:-1]):
        if period.end + timedelta(days=1) != run[0].start:
            break
        run.insert(0, period)
    return _of(run)


def is_in_title(contract: Contract, titles: Iterable[str]) -> bool:
    """Whether the title, and not the rows, says what is covered."""
    every = contract.covers_every
    stated = [found for text in titles if (found := period_in_title(text))]
    return every is not None and any(_whole(every, start, end) for _, start, end in stated)


def gaps(contract: Contract, coverage: Coverage, dates: Iterable[date]) -> tuple[str, ...]:
    """Periods inside the coverage in which no row lies."""
    every = contract.covers_every
    if every is None:
        return ()
    seen = {period_of(every, day).name for day in dates}
    return tuple(name for name in coverage.periods if name not in seen)


def _of(periods: list[Period]) -> Coverage:
    return Coverage(periods[0].start, periods[-1].end, tuple(period.name for period in periods))


def _whole(every: Every, start: date, end: date) -> list[Period]:
    """The periods from start to end, if they begin and end with them."""
    found = periods_between(every, start, end)
    return found if found and found[0].start == start and found[-1].end == end else []


def _ended(every: Every, day: date) -> Period:
    """The last period that ended on or before the day."""
    period = period_of(every, day)
    return period if period.end <= day else period_of(every, period.start - timedelta(days=1))


def _stock_every(contract: Contract) -> Every:
    return contract.due.every if contract.due else "year"
