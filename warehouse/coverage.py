"""Which periods a delivery covers: by its title, else by the dates in it, else by the due window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from warehouse.cells import period_in_title
from warehouse.models import Contract, Every
from warehouse.periods import Period, period_of, periods_between
from warehouse.refusals import DeliveryRefused

FEW = Decimal("0.1")


@dataclass(frozen=True)
class Coverage:
    """Whole periods, first day to last day; `periods` names each."""

    start: date
    end: date
    periods: tuple[str, ...]


def coverage_of(contract: Contract, titles: Iterable[str], dates: Iterable[date], received_on: date) -> Coverage:
    """The slice that a delivery speaks for.

    A title that names whole periods wins, as far as they have begun. Else the dates of the rows: the span for
    `replace`, without what a mistyped year adds far from the rest; for `upsert` the run of periods without a gap that
    ends at the last one, so that a few late changes to old rows claim neither years nor the quarter before. A nil
    return is of the period whose window was open when it came. A stock is of the last period that had ended.
    """
    stated = [found for text in titles if (found := period_in_title(text))]
    every = contract.covers_every
    if every is None:
        ends = [end for _, _, end in stated]
        return _of([_ended(_stock_every(contract), ends[0] if ends else received_on)])
    counted = Counter(period_of(every, day) for day in dates)
    seen = sorted(counted)
    # A ledger titled 2024 that comes in April does not speak for the autumn.
    last = max([received_on, *(period.start for period in seen)])
    for _, start, end in stated:
        if whole := [period for period in _whole(every, start, end) if period.start <= last]:
            return _of(whole)
    if not seen:
        return _of([_ended(every, received_on)])
    if contract.mode == "replace":
        return _of(periods_between(every, *_span(counted, _runs(seen))))
    start, end = _span(counted, [[period] for period in _runs(seen)[-1]])
    return _of(periods_between(every, start, end))


def _runs(seen: list[Period]) -> list[list[Period]]:
    """Periods in order, cut where one is left out."""
    runs = [[seen[0]]]
    for period in seen[1:]:
        if runs[-1][-1].end + timedelta(days=1) == period.start:
            runs[-1].append(period)
        else:
            runs.append([period])
    return runs


def _span(counted: Counter[Period], runs: list[list[Period]]) -> tuple[date, date]:
    """First and last day without the runs at either end that hold hardly any of the days.

    One row dated 2014 among those of 2024 must not make nine years look delivered.
    """
    weights = [sum(counted[period] for period in run) for run in runs]
    few = Decimal(sum(weights)) * FEW
    first, last = 0, len(runs) - 1
    while first < last and sum(weights[: first + 1]) < few:
        first += 1
    while last > first and sum(weights[last:]) < few:
        last -= 1
    return runs[first][0].start, runs[last][-1].end


def is_in_title(contract: Contract, titles: Iterable[str]) -> bool:
    """Whether the title, and not the rows, says what is covered."""
    every = contract.covers_every
    stated = [found for text in titles if (found := period_in_title(text))]
    return every is not None and any(_whole(every, start, end) for _, start, end in stated)


def refuse_stale_title(contract: Contract, titles: Iterable[str], coverage: Coverage, dates: set[date]) -> None:
    """Refuse (`title_contradicts_rows`) a complete list of which no row lies in the period that its title names.

    Mostly the title of last year's file was left standing: it would replace last year's rows by this year's.
    """
    every = contract.covers_every
    if every is None or contract.mode != "replace" or not dates or not is_in_title(contract, titles):
        return
    seen = sorted({period_of(every, day) for day in dates})
    if set(coverage.periods) & {period.name for period in seen}:
        return
    stated, found = _named(coverage.periods), _named([period.name for period in seen])
    raise DeliveryRefused(
        "title_contradicts_rows",
        f"《{contract.label.zh}》的标题（或工作表名）写明的期间是{stated}，但各行日期都在{found}，"
        "请改正标题或日期后重新报送",
        f"the title names {stated}, but all rows lie in {found}: please put the title or the dates right",
    )


def _named(periods: Sequence[str]) -> str:
    return "—".join(dict.fromkeys((periods[0], periods[-1])))


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
