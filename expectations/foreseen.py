"""What a changed target would make of the figures as they are: an estimate; the night judges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from expectations.shortfall import short_by
from warehouse.models import Target
from warehouse.periods import period_named

SIDES: tuple[Literal["at_least", "at_most", "equals"], ...] = ("at_least", "at_most", "equals")


@dataclass
class Foreseen:
    """Units whose light would turn, by (unit, period). `is_known` False: only the night can tell."""

    is_known: bool = True
    falls_short: list[tuple[str, str]] = field(default_factory=list)
    is_met: list[tuple[str, str]] = field(default_factory=list)


def foreseen(target: Target, standings: Iterable[Mapping[str, Any]]) -> Foreseen:
    """Hold the figures behind the present standings of a target against its new bound.

    `standings`: rows of the snapshot of this very target. A bound that is no number (a roster's size, the year before),
    or another length of period, is left to the night.
    """
    side = next((one for one in SIDES if isinstance(getattr(target, one), Decimal)), None)
    if side is None:
        return Foreseen(is_known=False)
    bound, found = getattr(target, side), Foreseen()
    for row in standings:
        period = period_named(row["period"])
        is_judged = target.since <= period.end and (target.until is None or period.start <= target.until)
        if row["standing"] not in ("met", "near", "short") or row["numerator"] is None or not is_judged:
            continue
        if period.every != target.judged.every:
            return Foreseen(is_known=False)
        of = None if row["denominator"] is None else Decimal(str(row["denominator"]))
        is_short = short_by(Decimal(str(row["numerator"])), of, bound, side) > 0
        about = (row["unit"], row["period"])
        if is_short and row["standing"] != "short":
            found.falls_short.append(about)
        elif not is_short and row["standing"] == "short":
            found.is_met.append(about)
    return found
