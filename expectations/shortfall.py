"""How many more a unit needs to keep a duty: exact, and the same with quarantined rows counted against it."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from expectations.standings import Comparison

ONE = Decimal(1)
MILLIONTH = Decimal("0.000001")


def short_by(numerator: Decimal, denominator: Decimal | None, bound: Decimal, comparison: Comparison) -> Decimal:
    """What is lacking, or too many; 0 or less means that the duty is kept.

    A rate (denominator given) is measured in its own numerator: whole rows where both sides are whole numbers, so that
    one case out of 10,000 is one case; an exact amount where they are sums of money.
    """
    asked = bound if denominator is None else bound * denominator
    if denominator is not None and _is_whole(numerator) and _is_whole(denominator) and comparison != "equals":
        asked = asked.to_integral_value(ROUND_CEILING if comparison == "at_least" else ROUND_FLOOR)
    match comparison:
        case "at_least":
            return asked - numerator
        case "at_most":
            return numerator - asked
        case "equals":
            return abs(numerator - asked)
        case "more_than":
            raise ValueError("an earlier figure has two sides: see short_of_more")


def short_of_more(numerator: Decimal, denominator: Decimal | None, before: tuple[Decimal, Decimal | None]) -> Decimal:
    """How many more rows of the numerator lift the figure above an earlier one; 0 or less means that it is above.

    Rate against rate by cross-multiplication, so that 30/51 is above 10/17 by nothing and not by a rounding. All of
    all cannot rise: whoever stood at 100 % keeps the duty by staying there.
    """
    earlier, of = before
    if denominator is None or not of:
        step = ONE if _is_whole(numerator) and _is_whole(earlier) else MILLIONTH
        return earlier + step - numerator
    if not all(map(_is_whole, (numerator, denominator, earlier, of))):
        return earlier * denominator / of + MILLIONTH - numerator
    enough = Decimal(int(earlier) * int(denominator) // int(of) + 1)
    return min(enough, denominator) - numerator


def short_of_more_strictly(
    numerator: Decimal, denominator: Decimal | None, before: tuple[Decimal, Decimal | None], rows: int, is_sum: bool
) -> Decimal:
    """`short_of_more` with `rows` quarantined rows of either year counted against the unit."""
    earlier, of = before
    if is_sum:
        return max(ONE, short_of_more(numerator, denominator, before))
    if denominator is None or of is None:
        return short_of_more(numerator, None, (earlier + rows, None))
    return short_of_more(numerator, denominator + rows, (min(earlier + rows, of + rows), of + rows))


def short_by_strictly(
    numerator: Decimal, denominator: Decimal | None, bound: Decimal, comparison: Comparison, rows: int, is_sum: bool
) -> Decimal:
    """`short_by` with `rows` quarantined rows counted against the unit.

    Of money nobody knows how much they hold: any such row is in doubt.
    """
    if is_sum and not (denominator is None and comparison == "at_least"):
        return max(ONE, short_by(numerator, denominator, bound, comparison))
    whole = None if denominator is None else denominator + rows
    counted = {"at_least": (0,), "at_most": (rows,), "equals": (0, rows), "more_than": (0,)}[comparison]
    return max(short_by(numerator + met, whole, bound, comparison) for met in counted)


def is_enough_at_best(
    numerator: Decimal, denominator: Decimal | None, bound: Decimal, comparison: Comparison, rows: int, is_sum: bool
) -> bool:
    """Whether a duty that is short might be kept, were `rows` quarantined rows counted the way that helps it most."""
    if is_sum:
        return True  # of money nobody knows how much they hold
    if comparison == "equals" and denominator is None:
        return numerator <= bound <= numerator + rows
    helps = 0 if comparison == "at_most" else rows
    whole = None if denominator is None else denominator + rows
    return short_by(numerator + helps, whole, bound, comparison) <= 0


def is_near(value: Decimal, near: Decimal, comparison: Comparison) -> bool:
    """Whether a duty that is kept lies on the wrong side of its amber mark."""
    return value < near if comparison == "at_least" else value > near


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()
