"""Small samples: how far a rate may lie from what it seems, so that one lost suit is not 100 % of anything."""

from __future__ import annotations

from decimal import Context, Decimal

from expectations.standings import SIX_PLACES

Z_95 = Decimal("1.959964")
ROUGH = Context(prec=40)


def wilson_interval(numerator: Decimal, denominator: Decimal) -> tuple[Decimal, Decimal]:
    """The 95 % interval after Wilson for a share of `denominator` cases, to six places: 1 of 1 -> 0.206549 to 1.

    Refuses (ValueError) no cases at all, and more hits than cases.
    """
    if denominator <= 0 or not 0 <= numerator <= denominator:
        raise ValueError(f"{numerator} of {denominator} is no share")
    share, square = numerator / denominator, Z_95 * Z_95
    whole = 1 + square / denominator
    middle = (share + square / (2 * denominator)) / whole
    spread = ROUGH.sqrt(share * (1 - share) / denominator + square / (4 * denominator * denominator)) * Z_95 / whole
    low, high = max(Decimal(0), middle - spread), min(Decimal(1), middle + spread)
    return low.quantize(SIX_PLACES), high.quantize(SIX_PLACES)
