"""Figures as units state them in words, and whether a counted figure agrees with one at the digits it was written with.

Pure. 9,425件, 19.2%, 7万余份, 132.3亿元, 95%以上. Money is stated in 元, 万元 or 亿元 and read in yuan.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from warehouse.cell_numbers import SCALES, Qualifier, read_qualified
from warehouse.cell_text import CellError, clean_text, normal, read_code, refuse_error_cell, shown

YUAN = re.compile(r"(?<=[0-9万亿千百余多])[元圆]")
DIGITS = re.compile(r"(?P<whole>[0-9][0-9,]*)(?:\.(?P<part>[0-9]+))?")
LONGEST_FIRST = sorted(SCALES, key=len, reverse=True)
ONE = Decimal(1)


@dataclass(frozen=True)
class Stated:
    """A stated figure. `step`: the worth of its last written digit; before 余 and 多 the zeros at its end are none."""

    value: Decimal
    qualifier: Qualifier
    step: Decimal
    is_share: bool


def read_stated(raw: str) -> Stated:
    """A figure with the digits it was written with. Refuses (CellError) what is no number."""
    refuse_error_cell(raw)
    text = normal(raw)
    if len(YUAN.findall(text)) == 1:
        text = YUAN.sub("", text)
    value, qualifier = read_qualified(text)
    is_share = "%" in text
    return Stated(value, qualifier, _step(text, value, qualifier, is_share), is_share)


def read_stated_text(raw: str) -> str:
    """The cell's text, once it reads as a figure. Refuses (CellError) what is no number."""
    read_stated(raw)
    return clean_text(raw)


def read_metric(raw: str, names: Mapping[str, str]) -> str:
    """The id of a figure by its name or its id. Refuses an unknown name with a sentence that gives the nearest."""
    try:
        return read_code(raw, names)
    except CellError:
        near = difflib.get_close_matches(clean_text(raw), list(names), n=1, cutoff=0.3)
        hint, hint_en = (f"，最接近的是“{near[0]}”", f"; the nearest is {names[near[0]]}") if near else ("", "")
        say = f"没有名为“{shown(raw)}”的指标{hint}，请按指标名称填写"
        raise CellError("unknown_metric", raw, say, f"no figure is called {shown(raw)}{hint_en}") from None


def agrees(stated: Stated, counted: Decimal) -> bool:
    """Whether a counted figure, exact, would be written so.

    An exact number is the counted one rounded half up to its last digit, but 99.96 % is not 100 % and 0.04 % not 0 %.
    7万余 holds from 70,000 up to one step more; 95%以上 from 95 % upwards; 约 within a step; 近 up to a step below.
    """
    value, step = stated.value, stated.step
    match stated.qualifier:
        case "exact":
            return _written(counted, step, stated.is_share) == value
        case "over":
            return value <= counted < value + step
        case "at_least":
            return value <= counted
        case "about":
            return abs(counted - value) < step
        case "nearly":
            return value - step <= counted <= value
        case "under":
            return counted < value
        case "at_most":
            return counted <= value


def _written(counted: Decimal, step: Decimal, is_share: bool) -> Decimal:
    near = _to_a_step(counted, step, ROUND_HALF_UP)
    if is_share and near >= 1 > counted:
        return _to_a_step(counted, step, ROUND_FLOOR)
    if is_share and near <= 0 < counted:
        return _to_a_step(counted, step, ROUND_CEILING)
    return near


def _to_a_step(number: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (number / step).to_integral_value(rounding) * step


def _step(text: str, value: Decimal, qualifier: Qualifier, is_share: bool) -> Decimal:
    """The worth of the last written digit: 132.3亿 -> 0.1亿, 19.2 % -> 0.1 %, 2600余 -> 100, 9425 -> 1."""
    found = DIGITS.search(text)
    scale = Decimal(next((SCALES[word] for word in LONGEST_FIRST if word in text), 1))
    if found is None:
        return _zeros(value) if qualifier in ("over", "about", "nearly") else ONE
    if found["part"]:
        step = scale.scaleb(-len(found["part"]))
    elif qualifier in ("over", "about", "nearly") and not is_share:
        step = scale * _zeros(Decimal(found["whole"].replace(",", "")))
    else:
        step = scale
    return step / 100 if is_share else step


def _zeros(value: Decimal) -> Decimal:
    """1 for 7, 100 for 2600: the worth of the last digit that is not zero."""
    digits = f"{value:f}".split(".")[0]
    return ONE.scaleb(len(digits) - len(digits.rstrip("0"))) if value else ONE
