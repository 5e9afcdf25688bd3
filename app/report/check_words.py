"""What became of a number of a report, in the words that the command line and the view share."""

from __future__ import annotations

from decimal import Decimal

from app.report.checking import Checked
from app.wording import Lang, text
from warehouse.declarations import Declarations


def check_word(key: str, lang: Lang, **values: object) -> str:
    """A text of the checks."""
    return text(f"report.check.{key}", lang, **values)


def counted_words(one: Checked) -> tuple[str, str]:
    """The figure as the report would print it, and its two sides; of a gap its words alone."""
    figure = one.figure
    if figure is None or figure.held != "figure" or figure.numerator is None:
        return (figure.gap if figure else ""), ""
    sides = [f"{side.normalize():f}" for side in (figure.numerator, figure.denominator) if side is not None]
    return f"{figure.printed}{figure.mark}", "/".join(sides)


def difference_words(one: Checked, declarations: Declarations, lang: Lang) -> str:
    """`+1件`, `-2.2个百分点`, `+0.1亿元`; empty where nothing was subtracted."""
    if one.difference is None or one.figure is None:
        return ""
    rounded = round(one.difference, 2)
    by = f"{_short(rounded or one.difference):+f}"
    metric = declarations.metrics[one.figure.metric]
    if metric.denominator is not None:
        return check_word("points", lang, by=by)
    return check_word("by", lang, by=by, unit=f"{one.scale}{metric.measured_in}")


def _short(number: Decimal) -> Decimal:
    """Without zeros behind the point."""
    return number.to_integral_value() if number == number.to_integral_value() else number.normalize()
