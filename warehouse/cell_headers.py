"""Headers and titles: one spelling of a header, the unit of money it names, the period a title names."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Literal

from warehouse.cell_dates import DASHES
from warehouse.cell_numbers import MoneyUnit
from warehouse.cell_text import CellError, normal, shown

TitleEvery = Literal["year", "quarter", "month", "day"]
Titled = tuple[TitleEvery, date, date]
BRACKETED = re.compile(r"(?:\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕)$")
MONEY_UNITS: dict[str, MoneyUnit] = {
    "元": "yuan", "千元": "qian_yuan", "万元": "wan_yuan", "百万元": "bai_wan_yuan", "千万元": "qian_wan_yuan",
    "亿元": "yi_yuan",
}  # fmt: skip
SCALED = r"百万|千万|[千万亿]"
MONEY = re.compile(rf"(?<![百千万亿单公美欧日港多纪台加韩])({SCALED})?元(?=$|[)\]】/]|人民币)")
# (万) leaves 元 out; 千 and 百 alone may count anything.
SCALE_ALONE = re.compile(r"[(\[【](?:单位:?)?(?:人民币)?(百万|千万|[万亿])[)\]】]")
UNIT_AT_END = re.compile(rf"[:/_-]?(?:人民币)?(?<![单公美欧日港多纪台加韩])(?:{SCALED})?元$")
FOREIGN = re.compile(r"美元|欧元|日元|港元|台币|英镑|澳元|加元|韩元|usd|eur|hkd|jpy")


def normalise_header(raw: str) -> str:
    """One spelling of a header: half-width, lower case, no white space, no `*` or colon of a form around it."""
    return re.sub(r"\s+", "", normal(raw)).casefold().strip("*:★")


def _bare_of_units(header: str) -> str:
    """注册资本(万元) and 注册资本万元 -> 注册资本."""
    return UNIT_AT_END.sub("", BRACKETED.sub("", header).strip("*:★")).strip("*:★")


def header_forms(raw: str) -> tuple[str, str]:
    """(the header as written, the header without brackets or unit of money at its end): the second is second choice."""
    exact = short = normalise_header(raw)
    while (cut := _bare_of_units(short)) != short:
        short = cut
    return exact, short or exact


def header_money_unit(raw: str) -> MoneyUnit | None:
    """The unit of money in a header: 罚款金额(万元) -> wan_yuan; None when it names none.

    Refuses foreign money and two different units: read as yuan they would be silently wrong.
    """
    header = normalise_header(raw).replace("萬", "万").replace("億", "亿")
    units = {MONEY_UNITS[(scale or "") + "元"] for scale in (*MONEY.findall(header), *SCALE_ALONE.findall(header))}
    if FOREIGN.search(header) or len(units) > 1:
        say = f"表头“{shown(raw)}”的金额单位不明，请只用元、万元或亿元"
        raise CellError("unknown_money_unit", raw, say, f"the header {shown(raw)} names no single unit of yuan")
    return units.pop() if units else None


YEAR = r"(?P<y>(?:19|20|21)[0-9]{2})"
MONTH = r"(?:1[0-2]|0?[1-9])"
DAY = r"[0-3]?[0-9]"
FULL_DAY = (
    rf"(?:19|20|21)[0-9]{{2}}(?:年{MONTH}月{DAY}[日号]|-{MONTH}-{DAY}|\.{MONTH}\.{DAY}|/{MONTH}/{DAY}"
    r"|(?:0[1-9]|1[0-2])[0-3][0-9](?![0-9]))"
)
TO = r"[-至到~]+"
SPAN_OF_DAYS = re.compile(
    rf"(?<![0-9])(?P<first>{FULL_DAY}){TO}(?P<last>{FULL_DAY}|(?P<m>{MONTH})月(?P<d>{DAY})[日号])(?![0-9])"
)
UNTIL = re.compile(
    rf"截[至止到]+(?:(?P<full>{FULL_DAY})|{YEAR}年(?:度?(?P<end>末|底|年末|年底)|(?P<m>{MONTH})月(?:末|底|份)?(?![0-9])))"
)
SPAN_OF_MONTHS = re.compile(
    rf"(?<![0-9]){YEAR}年?度?(?:(?<=[年度])(?P<m>{MONTH})月?份?{TO}(?:(?P<y2>(?:19|20|21)[0-9]{{2}})年)?(?P<m2>{MONTH})月)"
)
SPAN_IN_DIGITS = re.compile(
    rf"(?<![0-9]){YEAR}(?P<sep>[-./]?)(?P<m>{MONTH}){TO}(?P<y2>(?:19|20|21)[0-9]{{2}})(?P=sep)(?P<m2>{MONTH})(?![0-9./-])"
)
SPAN_OF_YEARS = re.compile(rf"(?<![0-9]){YEAR}年?+度?+{TO}(?P<y2>(?:19|20|21)[0-9]{{2}})年度?+(?![0-9])")
QUARTER = re.compile(rf"(?<![0-9]){YEAR}(?:年度?第?(?P<q>[1-4一二三四])季度?|年?[Qq](?P<q2>[1-4])(?![0-9]))")
PART = re.compile(rf"(?<![0-9]){YEAR}年度?(?P<part>上半年|下半年|前三季度|前3季度|全年)")
# Since 2023, before 2024, the end of a year, an edition: not the period that the rows are of.
NO_PERIOD = (
    r"(?:[以之][来前后下]|至今|起(?!草)|前(?![三置3])|后(?!勤)|[初末底](?![审次级步])|修订|[模样]板|版|印发|制(?:$|表))"
)
ONE_MONTH = re.compile(
    rf"(?<![0-9]){YEAR}(?:年度?(?P<m>{MONTH})月(?!{DAY}[日号]|[上中下]旬|份?{NO_PERIOD})|[-./](?P<m2>{MONTH})(?![0-9./-])"
    r"|(?P<m3>0[1-9]|1[0-2])(?![0-9]))"
)
ONE_YEAR = re.compile(
    rf"(?<![0-9]){YEAR}年度?+(?!{NO_PERIOD}|[0-9]{{1,2}}[-至到~、月]|第?[0-9]+号|第?[0-9一二三四五六七八九十]+[批次期周旬])"
)
# What is left beside a year says that less than the year is meant: 2024年度台账（第二季度）.
LESS = re.compile(r"[0-9一二三四五六七八九十]个?月|季|半年|[上中下]旬")
LONE_DAY = re.compile(rf"(?<![0-9]){FULL_DAY}")
# When a paper was made, and what it was made after.
MADE = re.compile(
    r"(?:填报|填表|制表|打印|导出|报送|上报|生成|印发|发布|更新|修订|编制)(?:日期|时间|于|:)+[0-9年月日./-]*"
)
BASED_ON = re.compile(r"^(?:根据|依据|按照|按《)")
PARTS = {"上半年": (1, 6), "下半年": (7, 12), "前三季度": (1, 9), "前3季度": (1, 9), "全年": (1, 12)}
CHINESE_YEAR = re.compile(r"[一二][〇○零一二三四五六七八九]{3}(?=年)")
CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def period_in_title(text: str) -> Titled | None:
    """(every, first day, last day) of the one period that a title or sheet name names; None for none or several.

    2024年度, 2024年第一季度, 2024年5月; 2024年1—3月 and 2024.1.1-2024.3.31 are the coarsest of year, quarter, month of
    which whole ones fill them. 截至2024年12月31日 is a `day`. A lone date is when a paper was made, not a period.
    """
    title = re.sub(r"\s+", "", normal(text)).translate(DASHES)
    title = CHINESE_YEAR.sub(lambda year: year[0].translate(CHINESE_DIGITS), title)
    if re.fullmatch(YEAR, title):
        return "year", date(int(title), 1, 1), date(int(title), 12, 31)
    if BASED_ON.match(title):
        return None
    title = MADE.sub("|", title)
    found: set[Titled | None] = set()
    for pattern, read in READERS:
        found |= {read(match) for match in pattern.finditer(title)}
        # What one pattern has read, a shorter one must not read again: 2024年1月 inside 2024年1月1日至3月31日.
        title = pattern.sub("|", title)
        title = LONE_DAY.sub("|", title) if pattern is UNTIL else title
    return _the_one(found, title)


def _the_one(found: set[Titled | None], rest: str) -> Titled | None:
    """The only period found; a day within the other one goes first: 2024年度名录（截至2024年12月31日）."""
    days = [one for one in found if one and one[0] == "day" and one[1] == one[2]]
    if len(found) == 2 and len(days) == 1 and all(one and one[1] <= days[0][1] <= one[2] for one in found):
        return days[0]
    one = found.pop() if len(found) == 1 else None
    # A quarter often names its months beside it: 2024年第三季度（7—9月）.
    less = re.search("季", rest) if one and one[0] == "quarter" else LESS.search(rest)
    return None if one and one[0] != "day" and less else one


def _span(match: re.Match[str]) -> Titled | None:
    first = _day(match["first"])
    last = _day(match["last"]) if match["m"] is None else _made(first.year if first else 0, match["m"], match["d"])
    return _filled(first, last) if first and last and first <= last else None


def _until(match: re.Match[str]) -> Titled | None:
    day = _day(match["full"]) if match["full"] else _last_of(int(match["y"]), int(match["m"] or 12))
    return ("day", day, day) if day else None


def _months(match: re.Match[str]) -> Titled | None:
    year, month, last_month = int(match["y"]), int(match["m"]), int(match["m2"])
    first, last = date(year, month, 1), _last_of(int(match["y2"] or year), last_month)
    return _filled(first, last) if first <= last else None


def _years(match: re.Match[str]) -> Titled | None:
    first, last = date(int(match["y"]), 1, 1), date(int(match["y2"]), 12, 31)
    return _filled(first, last) if first <= last else None


def _quarter(match: re.Match[str]) -> Titled | None:
    number = int((match["q"] or match["q2"]).translate(CHINESE_DIGITS))
    year = int(match["y"])
    return "quarter", date(year, number * 3 - 2, 1), _last_of(year, number * 3)


def _part(match: re.Match[str]) -> Titled | None:
    first, last = PARTS[match["part"]]
    return _filled(date(int(match["y"]), first, 1), _last_of(int(match["y"]), last))


def _month(match: re.Match[str]) -> Titled | None:
    year, month = int(match["y"]), int(match["m"] or match["m2"] or match["m3"])
    return "month", date(year, month, 1), _last_of(year, month)


def _year(match: re.Match[str]) -> Titled | None:
    return "year", date(int(match["y"]), 1, 1), date(int(match["y"]), 12, 31)


READERS = (
    (SPAN_OF_DAYS, _span), (UNTIL, _until), (SPAN_OF_MONTHS, _months),
    (SPAN_IN_DIGITS, _months), (SPAN_OF_YEARS, _years), (QUARTER, _quarter),
    (PART, _part), (ONE_MONTH, _month), (ONE_YEAR, _year),
)  # fmt: skip


def _day(text: str) -> date | None:
    if text.isdigit():
        return _made(text[:4], text[4:6], text[6:])
    return _made(*re.findall(r"[0-9]+", text))


def _made(year: int | str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _last_of(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _filled(first: date, last: date) -> Titled:
    """The coarsest kind of period of which whole ones fill the span exactly; `day` when none does."""
    if first.day != 1 or last != _last_of(last.year, last.month):
        return "day", first, last
    if first.month == 1 and last.month == 12:
        return "year", first, last
    return "quarter" if first.month % 3 == 1 and last.month % 3 == 0 else "month", first, last
