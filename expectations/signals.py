"""Scorecards: the standings of one unit and period that make its card, as rows that metrics can count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from expectations.samples import wilson_interval
from expectations.standings import Case, Standing, worst
from warehouse.declarations import Declarations
from warehouse.models import Scorecard, Signal
from warehouse.periods import Period, periods_between

IN_DOUBT: frozenset[Standing] = frozenset({"missing", "unsure", "error"})


def signal_rows(declarations: Declarations, cases: Iterable[Case], as_of: date) -> list[dict[str, Any]]:
    """One row per scorecard, unit, period and signal; a signal without a standing is not applicable.

    `denominator` is n; a rate has its 95 % interval (`wilson_low`, `wilson_high`) beside it, however many cases it has.
    """
    by_metric: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_metric[case.metric or case.target].append(case)
    found: list[dict[str, Any]] = []
    for name, card in declarations.scorecards.items():
        for period in _periods(card, by_metric, as_of):
            lists = {signal.target: _inside(period, by_metric[signal.target]) for signal in card.signals.values()}
            units = dict.fromkeys(declarations.units_for(card.for_, period.end))
            units |= dict.fromkeys(unit for by_unit in lists.values() for unit in by_unit if unit in declarations.units)
            for unit in units:
                for number, (key, signal) in enumerate(card.signals.items(), start=1):
                    of_unit = lists[signal.target].get(unit, [])
                    found.append(_row(name, key, signal, number, unit, period, of_unit))
    return found


def units_in_doubt(signals: Iterable[Mapping[str, Any]], period: str) -> dict[str, Standing]:
    """Units of which a signal is missing, unsure or in error while none is short: a count of short ones omits them."""
    by_unit: dict[str, list[Standing]] = defaultdict(list)
    for row in signals:
        if row["period"] == period:
            by_unit[row["unit"]].append(row["standing"])
    rolled = {unit: worst(standings) for unit, standings in by_unit.items()}
    return {unit: standing for unit, standing in rolled.items() if standing in IN_DOUBT}


def _periods(card: Scorecard, by_metric: Mapping[str, list[Case]], as_of: date) -> Iterator[Period]:
    starts = [case.period.start for signal in card.signals.values() for case in by_metric.get(signal.target, [])]
    if starts:
        yield from periods_between(card.every, min(starts), as_of)


def _inside(period: Period, cases: Iterable[Case]) -> dict[str, list[Case]]:
    """The cases whose last day lies in the period, by unit."""
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if period.holds(case.period.end):
            found[case.unit].append(case)
    return found


def _row(
    card: str, key: str, signal: Signal, number: int, unit: str, period: Period, cases: list[Case]
) -> dict[str, Any]:
    standing = worst(case.standing or "error" for case in cases)
    shown = next((case for case in cases if case.standing == standing), None)
    counted = [case for case in cases if case.numerator is not None]
    numerator = sum((case.numerator or Decimal(0) for case in counted), Decimal(0))
    denominator = sum((case.denominator or Decimal(0) for case in counted), Decimal(0))
    is_share = denominator > 0 and 0 <= numerator <= denominator
    low, high = wilson_interval(numerator, denominator) if is_share else (None, None)
    return {
        "scorecard": card, "unit": unit, "period": period.name, "period_start_on": period.start,
        "period_end_on": period.end, "signal": key, "signal_label": signal.label.zh, "target": signal.target,
        "standing": standing, "numerator": numerator, "denominator": denominator, "wilson_low": low,
        "wilson_high": high, "bound": shown.bound if shown else None, "basis": shown.basis if shown else None,
        "small_sample": any(case.small_sample for case in cases),
        "_dataset": "signals", "_file": f"scorecards/{card}.yml", "_sheet": "", "_row": number,
    }  # fmt: skip
