"""A figure as people read it: half up, but never across the target."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from warehouse.models import Metric, Target

NOTHING = "—"
TENTH = Decimal("0.1")
HUNDREDTH = Decimal("0.01")
SCALES = {"": Decimal(1), "万": Decimal(10**4), "亿": Decimal(10**8)}
Answers = Callable[[Decimal], tuple[bool, ...]]
# Where people write the word: before the number, between number and unit, or behind the unit.
BEFORE, AFTER = ("超过",), ("以上", "等")


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


def printed_for_report(
    metric: Metric, numerator: Decimal | None, denominator: Decimal | None, target: Target | None = None
) -> str:
    """The figure as the annual report words it: 71234 -> 7万余份, 13231400000 -> 132.3亿元, 95.6 % -> 95%以上.

    A figure that does not bear its qualifier prints exactly: `over` the step itself or less than one step, `at_least`
    while it misses its target, and any number that would print on the other side of the target, of 0 or of 100 %.
    """
    if numerator is None or (metric.denominator is not None and not denominator):
        return NOTHING
    is_rate = metric.denominator is not None
    number = numerator * 100 / denominator if denominator and is_rate else numerator
    answers = _answers(is_rate, target)
    shown = _worded(metric, number, answers)
    if is_rate and shown is None:
        step = min(metric.step, TENTH) if metric.qualifier in ("over", "at_least") else metric.step
        return f"{_to_a_step(number, step, answers)}%"
    word = metric.report.word if shown is not None else ""
    if shown is None:
        near = _to_multiple(number, metric.step, ROUND_HALF_UP)
        is_rounded = metric.qualifier == "rounded" and answers(near) == answers(number)
        shown = near if is_rounded else number.quantize(HUNDREDTH, ROUND_HALF_UP)
    scale = metric.report.scale if shown >= SCALES[metric.report.scale] else ""  # 2014份, not 0.2014万份
    text, unit = _plain(shown / SCALES[scale]), "%" if is_rate else metric.measured_in
    before, after = (word if word in BEFORE else ""), (word if word in AFTER else "")
    between = "" if before or after else word
    return f"{before}{text}{scale}{between}{unit}{after}"


def _answers(is_rate: bool, target: Target | None) -> Answers:
    """What a number says: whether it is nothing, all of a rate, and on which side of the target."""
    bound = bound_of(target) if target else None
    bound = bound * 100 if bound is not None and is_rate else bound

    def answers(number: Decimal) -> tuple[bool, ...]:
        found = (number > 0, is_rate and number >= 100)
        if bound is None or target is None:
            return found
        is_enough, is_in_bounds = target.at_most is not None or number >= bound, number <= bound
        return (*found, is_enough, target.at_least is not None or is_in_bounds)

    return answers


def _worded(metric: Metric, number: Decimal, answers: Answers) -> Decimal | None:
    """The whole steps that the qualifier's word stands with; None where the figure does not bear the word."""
    floor = _to_multiple(number, metric.step, ROUND_FLOOR)
    if metric.qualifier not in ("over", "at_least") or not metric.report.word or floor <= 0:
        return None
    said, true = answers(floor), answers(number)
    if metric.qualifier == "over":
        return None if floor == number or said != true else floor
    # 95%以上 holds for 95 % too, so the target itself may stand there; what misses it, or is all there is, has no more.
    is_missed, is_all = len(true) > 2 and not true[2], true[1]
    return None if is_missed or is_all or said != true else floor


def _to_multiple(number: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (number / step).to_integral_value(rounding) * step


def _to_a_step(percent: Decimal, step: Decimal, answers: Answers) -> str:
    """Half up to the step; finer where that would say another thing than the number does."""
    while step > Decimal("0.000001"):
        for rounding in (ROUND_HALF_UP, ROUND_FLOOR, ROUND_CEILING) if step <= TENTH else (ROUND_HALF_UP,):
            near = _to_multiple(percent, step, rounding)
            if answers(near) == answers(percent):
                return _plain(near)
        step /= 10
    return _plain(percent.quantize(Decimal("0.000001"), ROUND_HALF_UP))


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
