"""A figure as people read it: half up, but never across the target."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from warehouse.models import Metric, Target

NOTHING = "—"
TENTH = Decimal("0.1")
HUNDREDTH = Decimal("0.01")


def bound_of(target: Target) -> Decimal | None:
    """The one number that a target names; None where a roster or an earlier figure gives it."""
    return next((one for one in (target.at_least, target.at_most, target.equals) if isinstance(one, Decimal)), None)


def printed(
    metric: Metric, numerator: Decimal | None, denominator: Decimal | None, target: Target | None = None
) -> str:
    """22/23 -> 95.7%; 9999/10000 -> 99.9%, since only all of them are 100%; 0/0 -> —; 5 -> 5件.

    A rate that misses its target never prints as the target, nor one that is not whole as 0% or 100%.
    """
    if numerator is None:
        return NOTHING
    if metric.denominator is None:
        return f"{_plain(numerator.quantize(HUNDREDTH, ROUND_HALF_UP))}{metric.measured_in}"
    if not denominator:
        return NOTHING
    percent = numerator * 100 / denominator
    bounds = [Decimal(0), Decimal(100)]
    bound = bound_of(target) if target else None
    bounds += [bound * 100] if bound is not None else []
    return f"{_rounded(percent, bounds)}%"


def _rounded(percent: Decimal, bounds: list[Decimal]) -> str:
    """Whole where it is whole; else one digit behind the point, more only where a bound itself lies between."""
    if percent == percent.to_integral_value():
        return _plain(percent)
    for step in (TENTH, HUNDREDTH, Decimal("0.001")):
        near = percent.quantize(step, ROUND_HALF_UP)
        if any(percent < bound <= near for bound in bounds):
            near = percent.quantize(step, ROUND_FLOOR)
        if any(near <= bound < percent for bound in bounds):
            near = percent.quantize(step, ROUND_CEILING)
        if not any(percent < bound <= near or near <= bound < percent for bound in bounds):
            return str(near)
    return str(percent.quantize(Decimal("0.000001"), ROUND_HALF_UP))


def _plain(number: Decimal) -> str:
    """Without zeros behind the point and without an exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
