"""Dates, times and years as departments write them. All times are Beijing time, without a zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from warehouse.cell_text import CellError, normal, refuse_error_cell, shown

YEARS = range(1900, 2200)
SERIALS = range(20000, 80001)  # 1954-10-03 to 2119-01-11; below 20000 a bare number is more likely something else
SERIAL_ZERO = datetime(1899, 12, 30)
BEIJING = timezone(timedelta(hours=8))
DASHES = str.maketrans("‐‑‒–—―−", "-------")
DAY = re.compile(
    r"(?P<y>[0-9]{4})\s*年\s*(?P<m>[0-9]{1,2})\s*月\s*(?P<d>[0-9]{1,2})\s*[日号]\s*(?P<rest>.*)"
    r"|(?P<y2>[0-9]{4})\s*(?P<sep>[-/.])\s*(?P<m2>[0-9]{1,2})\s*(?P=sep)\s*(?P<d2>[0-9]{1,2})(?:(?:\s*T\s*|\s+)(?P<rest2>.+))?"
    r"|(?P<y3>[0-9]{4})(?P<m3>[0-9]{2})(?P<d3>[0-9]{2})(?:(?:\s*T\s*|\s+)(?P<rest3>.+))?"
)
COMPACT = re.compile(r"([0-9]{8})([0-9]{2})([0-9]{2})([0-9]{2})")
SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
TIME = re.compile(
    r"(?P<noon>上午|下午)?\s*(?:(?P<h>[0-9]{1,2}):(?P<mi>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.(?P<f>[0-9]{1,9}))?)?"
    r"|(?P<h2>[0-9]{1,2})[时点](?:(?P<mi2>[0-9]{1,2})分(?:(?P<s2>[0-9]{1,2})秒)?)?)"
    r"\s*(?P<noon2>AM|PM)?\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)


def read_date(raw: str) -> date:
    """A day: 2024年3月5日, 2024/3/5 9:32:09, 2024.3.5, 2024-03-05T00:00:00, 20240305, or an Excel serial 20000-80000.

    Refuses what is no day of the calendar, years outside 1900-2199, two-digit years and day-month-year.
    """
    return read_timestamp(raw).date()


def read_timestamp(raw: str) -> datetime:
    """A moment in Beijing time; a day alone is its midnight. Refuses what `read_date` refuses, and impossible times."""
    refuse_error_cell(raw)
    text = normal(raw).translate(DASHES)
    if SERIAL.fullmatch(text):
        return _of_serial(raw, text)
    if compact := COMPACT.fullmatch(text):
        text = "{} {}:{}:{}".format(*compact.groups())
    found = DAY.fullmatch(text)
    if not found:
        raise _no_date(raw, text)
    year, month, day, rest = (found[name] or found[name + "2"] or found[name + "3"] for name in ("y", "m", "d", "rest"))
    try:
        start = datetime(int(year), int(month), int(day))
    except ValueError:
        say = f"“{shown(raw)}”不是日历上的日期，请核对"
        raise CellError("impossible_date", raw, say, f"{shown(raw)} is no day of the calendar") from None
    return _within(raw, _with_time(raw, start, rest) if rest else start)


def _of_serial(raw: str, text: str) -> datetime:
    serial = Decimal(text)
    if int(serial) not in SERIALS or serial > SERIALS[-1]:
        raise _no_date(raw, text)
    # A spreadsheet keeps times as fractions of a day; the noise of the last bits goes at a millisecond.
    milliseconds = int((serial % 1 * 86_400_000).to_integral_value())
    return SERIAL_ZERO + timedelta(days=int(serial), milliseconds=milliseconds)


def _with_time(raw: str, day: datetime, rest: str) -> datetime:
    found = TIME.fullmatch(rest.strip())
    if not found or (found["noon"] and found["noon2"]):
        raise _no_date(raw, rest)
    hour, minute, second = (int(found[name] or found[name + "2"] or 0) for name in ("h", "mi", "s"))
    noon = (found["noon"] or found["noon2"] or "").upper()
    if noon in ("上午", "AM") and hour >= 12:
        hour = 0 if hour == 12 else 24
    elif noon in ("下午", "PM") and hour < 12:
        hour += 12
    try:
        moment = day.replace(hour=hour, minute=minute, second=second)
    except ValueError:
        say = f"“{shown(raw)}”的时间不存在，请核对"
        raise CellError("impossible_time", raw, say, f"{shown(raw)}: no such time of day") from None
    moment = moment.replace(microsecond=int((found["f"] or "0")[:6].ljust(6, "0")))
    return _in_beijing(raw, moment, found["zone"]) if found["zone"] else moment


def _in_beijing(raw: str, moment: datetime, zone: str) -> datetime:
    """The same instant on a Beijing clock: what a system wrote as 16:00Z is the next day here."""
    text = zone.replace(":", "").upper()
    hours, minutes = (0, 0) if text == "Z" else (int(text[1:3]), int(text[3:5]))
    if hours > 14 or minutes > 59 or moment.year not in YEARS:
        raise _no_date(raw, raw)
    east = timedelta(hours=hours, minutes=minutes) * (-1 if text.startswith("-") else 1)
    return moment.replace(tzinfo=timezone(east)).astimezone(BEIJING).replace(tzinfo=None)


def _within(raw: str, moment: datetime) -> datetime:
    if moment.year not in YEARS:
        say = f"“{shown(raw)}”的年份不在1900年至2199年之间，请核对"
        raise CellError("year_out_of_range", raw, say, f"{shown(raw)}: the year is not within 1900 to 2199")
    return moment


def _no_date(raw: str, text: str) -> CellError:
    if re.match(r"[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}(?:[日号\s]|$)", text):
        say = f"“{shown(raw)}”的年份只有两位，请写四位年份"
        return CellError("two_digit_year", raw, say, f"{shown(raw)}: write the year with four digits")
    say = f"“{shown(raw)}”不是日期，请按2024-03-05填写"
    return CellError("not_date", raw, say, f"{shown(raw)} is not a date; write it as 2024-03-05")


def read_year(raw: str) -> date:
    """A year as its last day: 2024, 2024年, 2024年度 -> 2024-12-31. Refuses other text and years outside 1900-2199."""
    refuse_error_cell(raw)
    found = re.fullmatch(r"([0-9]{4})(?:\.0)?\s*(?:年度|年)?", normal(raw))
    if not found or int(found[1]) not in YEARS:
        say = f"“{shown(raw)}”不是年度，请按2024填写"
        raise CellError("not_year", raw, say, f"{shown(raw)} is not a year; write it as 2024")
    return date(int(found[1]), 12, 31)
