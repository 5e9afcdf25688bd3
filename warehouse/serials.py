"""Numbers of a workbook as text: plain digits, and true dates as ISO text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Literal

Kind = Literal["date", "duration"]

# ECMA-376 part 1, 18.8.30: formats without a code; 27-36 and 50-58 are dates in Chinese, Japanese and Korean
DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)])
DURATION_FORMATS = frozenset([46])
FIRST_SERIAL = 367  # 1901-01-01
LAST_SERIAL = 2_958_466  # 9999-12-31
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.')
_BRACKETS = re.compile(r"\[[^\]]*\]")
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)


def format_kind(code: str) -> Kind | None:
    """Whether a number format shows a date or time; None for a plain number. Only its first section counts."""
    shown = _LITERAL.sub("", code.split(";", 1)[0])
    if _ELAPSED.search(shown):
        return "duration"
    shown = _BRACKETS.sub("", shown)
    if re.search(r"general|e[+-]", shown, re.IGNORECASE) and not re.search(r"[ydhs]", _without_general(shown), re.I):
        return None
    return "date" if re.search(r"[ymdhs]", _without_general(shown), re.IGNORECASE) else None


def _without_general(code: str) -> str:
    return re.sub(r"general", "", code, flags=re.IGNORECASE)


def number_text(number: float) -> str:
    """12.0 -> "12", 0.1 -> "0.1", 1e20 -> all its digits; never an exponent."""
    if not isfinite(number):
        return repr(number)
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)), "f")


def is_damaged(number: float) -> bool:
    """A whole number of 16 digits or more: a workbook keeps 15, the rest is lost."""
    return isfinite(number) and abs(number) >= 1e15 and number == int(number)


def serial_text(serial: float, kind: Kind, since_1904: bool) -> str:
    """A date serial as "2024-03-05", "2024-03-05 09:32:09" or, below one day, "09:32:09"; durations as hours.

    What is no possible date stays a number, and so does a count that was formatted as a day of the year 1900.
    """
    if not 0 <= serial < LAST_SERIAL or (kind == "date" and 1 <= serial < FIRST_SERIAL):
        return number_text(serial)
    seconds = round(serial * 86_400)
    if kind == "duration" or seconds < 86_400:
        hours, rest = divmod(seconds, 3_600)
        return f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    if since_1904:
        day_zero = datetime(1904, 1, 1)
    else:
        # the 1900 calendar has a 29 February 1900 that never was; serial 60
        day_zero = datetime(1899, 12, 30) if seconds >= 60 * 86_400 else datetime(1899, 12, 31)
    return moment_text(day_zero + timedelta(seconds=seconds))


def moment_text(moment: datetime) -> str:
    """A date, with its time only if it is not midnight."""
    return moment.strftime("%Y-%m-%d %H:%M:%S" if moment.time() != moment.min.time() else "%Y-%m-%d")


def iso_text(text: str) -> str:
    """ISO 8601 as workbooks write it: "2024-03-05T09:32:09.000" -> "2024-03-05 09:32:09"; anything else as it is."""
    try:
        moment = datetime.fromisoformat(text.strip().removesuffix("Z"))
    except ValueError:
        return text
    return moment_text(moment.replace(microsecond=0, tzinfo=None))
