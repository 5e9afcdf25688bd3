"""Numbers and money, exact: Decimal and int, never float."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Literal

from warehouse.cell_text import CellError, damaged, normal, refuse_error_cell, shown

MoneyUnit = Literal["yuan", "qian_yuan", "wan_yuan", "bai_wan_yuan", "qian_wan_yuan", "yi_yuan"]
Qualifier = Literal["exact", "over", "at_least", "about", "nearly", "under", "at_most"]
YUAN_PER: dict[str, int] = {
    "yuan": 1, "qian_yuan": 10**3, "wan_yuan": 10**4, "bai_wan_yuan": 10**6, "qian_wan_yuan": 10**7, "yi_yuan": 10**8,
}  # fmt: skip
SCALES = {
    "百": 10**2, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7,
    "亿": 10**8, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12,
}  # fmt: skip
BEFORE: dict[str, Qualifier] = {
    "约": "about", "大约": "about", "~": "about", "近": "nearly", "将近": "nearly", "接近": "nearly",
    "超": "over", "超过": "over", "逾": "over", "突破": "over", ">": "over",
    "至少": "at_least", "不少于": "at_least", "不低于": "at_least", "≥": "at_least", ">=": "at_least",
    "不足": "under", "不到": "under", "低于": "under", "少于": "under", "<": "under",
    "不超过": "at_most", "最多": "at_most", "至多": "at_most", "≤": "at_most", "<=": "at_most",
}  # fmt: skip
# In Chinese statutes 以上, 以下 and 以内 include the number itself.
AFTER: dict[str, Qualifier] = {
    "余": "over", "多": "over", "+": "over", "以上": "at_least", "以下": "at_most", "以内": "at_most",
    "左右": "about", "上下": "about",
}  # fmt: skip


def _one_of(words: dict[str, Qualifier] | dict[str, int]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


FIGURE = (
    r"(?P<sign>[+-]?)(?P<figure>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?P<power>[eE][+-]?[0-9]{1,3})?"
)
CHINESE = "零一二三四五六七八九十百千万亿"
COUNTERS = "人次|件次|户次|个工作日|工作日|[件个人次户家项起份条例宗名所处批场篇部辆台组笔期]"
NUMBER = re.compile(
    rf"(?P<before>{_one_of(BEFORE)})?(?:{FIGURE}|(?P<chinese>[{CHINESE}]+?))"
    rf"(?P<odd>[余多])?(?P<scale>{_one_of(SCALES)})?(?P<more>[余多])?(?P<counter>{COUNTERS}|%)?(?P<after>{_one_of(AFTER)})?"
)
CURRENCY = "人民币|RMB|CNY|¥"
MONEY = re.compile(
    rf"(?:处以|并处|处)?(?:罚款|罚金|没收违法所得)?(?P<currency>{CURRENCY})?"
    rf"(?P<body>[^元圆整正]+?)(?P<yuan>元|圆)?(?P<after>{CURRENCY})?(?P<yuan2>元)?(?:整|正)?",
    re.IGNORECASE,
)
FOLD = str.maketrans("〇○壹贰貳叁叄肆伍陆陸柒捌玖拾佰仟萬億两−", "零零一二二三三四五六六七八九十百千万亿二-")
LARGEST = Decimal(10) ** 18  # a Decimal(24, 6) and an Int64 both hold it
MILLIONTH = Decimal("0.000001")
WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)


def read_qualified(raw: str) -> tuple[Decimal, Qualifier]:
    """A number with what is said about it: 7万余 -> (70000, over), 近1.6万件 -> (16000, nearly), 23 -> (23, exact).

    Kept to a millionth. Refuses text around the number, two different qualifiers, and what is 10^18 or larger.
    """
    refuse_error_cell(raw)
    found = NUMBER.fullmatch(_joined(raw).translate(FOLD))
    if not found:
        raise not_number(raw)
    value, qualifier = _value(raw, found)
    return _kept(raw, value), qualifier


def _joined(raw: str) -> str:
    """The cell without white space; empty when some stands between two digits, for `1 234` may be two numbers."""
    text = normal(raw)
    too_much = len(text) > 60 or re.search(r"[0-9.,]\s+[0-9.,]", text)
    return "" if too_much else re.sub(r"\s+", "", text)


def _value(raw: str, found: re.Match[str]) -> tuple[Decimal, Qualifier]:
    """What a match of NUMBER is worth, not yet rounded, and its qualifier."""
    scale, percent = found["scale"] or "", found["counter"] == "%"
    if found["figure"]:
        value: Decimal | None = _figure(raw, found["sign"], found["figure"], found["power"])
    elif found["odd"]:
        value = _chinese_value(found["chinese"])
    else:
        value, scale = _chinese_value(found["chinese"] + scale), ""
    said = {BEFORE[found["before"]]} if found["before"] else set()
    said |= {AFTER[found[name]] for name in ("odd", "more", "after") if found[name]}
    if value is None or len(said) > 1 or (percent and found["scale"]):
        raise not_number(raw)
    value = WIDE.multiply(value, Decimal(SCALES.get(scale, 1)))
    return value.scaleb(-2, WIDE) if percent else value, said.pop() if said else "exact"


def _figure(raw: str, sign: str, figure: str, power: str | None) -> Decimal:
    value = Decimal(sign + figure.replace(",", "") + (power or ""))
    # Only a spreadsheet writes powers of ten; from sixteen digits on it has lost some.
    if power and abs(value) >= 10**15:
        raise damaged(raw)
    return value


def _kept(raw: str, value: Decimal) -> Decimal:
    """The value to a millionth, without a tail of zeros after a whole number. Refuses 10^18 and more."""
    kept = value.quantize(MILLIONTH, context=WIDE) if abs(value) < LARGEST else LARGEST
    if abs(kept) >= LARGEST:
        say = f"“{shown(raw)}”数额过大，请核对"
        raise CellError("number_too_large", raw, say, f"{shown(raw)} is too large a number")
    return (kept.to_integral_value(context=WIDE) if kept == kept.to_integral_value(context=WIDE) else kept) + 0


def not_number(raw: str) -> CellError:
    """The error for text that is no number."""
    say = f"“{shown(raw)}”不是数字，请填写数字"
    return CellError("not_number", raw, say, f"{shown(raw)} is not a number")


def _chinese_value(text: str) -> Decimal | None:
    """一百二十三 -> 123; None unless the text is exactly how that number is written (一万二 says too little)."""
    total = section = digit = 0
    for character in text:
        if character in "十百千":
            section += (digit or 1) * 10 ** ("十百千".index(character) + 1)
            digit = 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        elif character == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
        else:
            digit = CHINESE.index(character)
    value = total + section + digit
    written = _in_chinese(value)
    return (
        Decimal(value) if text in (written, written.removeprefix("一") if written[:2] == "一十" else written) else None
    )


def _in_chinese(value: int) -> str:
    """123 -> 一百二十三, as far as the ten-thousands of 亿."""
    if value >= 10**8:
        low = value % 10**8
        return _in_chinese(value // 10**8) + "亿" + _with_zero(low, 10**7)
    if value >= 10**4:
        return _in_chinese(value // 10**4) + "万" + _with_zero(value % 10**4, 10**3)
    for power, unit in ((1000, "千"), (100, "百"), (10, "十")):
        if value >= power:
            return CHINESE[value // power] + unit + _with_zero(value % power, power // 10)
    return CHINESE[value]


def _with_zero(rest: int, without: int) -> str:
    return "" if not rest else _in_chinese(rest) if rest >= without else "零" + _in_chinese(rest)


def _exact(raw: str) -> Decimal:
    value, qualifier = read_qualified(raw)
    if qualifier != "exact":
        raise _qualified(raw)
    return value


def _qualified(raw: str) -> CellError:
    say = f"“{shown(raw)}”是概数，请填写准确的数字"
    return CellError("qualified_number", raw, say, f"{shown(raw)} is an approximate number; write the exact one")


def read_decimal(raw: str) -> Decimal:
    """A number, kept to a millionth: 1,234.5, 1.2万 -> 12000, 95% -> 0.95. Refuses approximate numbers (7万余)."""
    return _exact(raw)


def read_integer(raw: str) -> int:
    """A whole number: 1,234, ７万, 12.0, 1.2万, 23件, 一百二十三. Refuses fractions, percentages, approximations."""
    value = _exact(raw)
    if value != value.to_integral_value() or "%" in normal(raw):
        say = f"“{shown(raw)}”不是整数，请填写整数"
        raise CellError("not_integer", raw, say, f"{shown(raw)} is not a whole number")
    return int(value)


def read_yuan(raw: str, unit: MoneyUnit) -> Decimal:
    """Money in yuan from a cell whose header says `unit`; a unit in the cell itself beats the header's.

    132.3亿元, 50万, 罚款人民币5,000元, 伍仟元整. Kept to a millionth of a yuan. Refuses approximate amounts, foreign
    money, several amounts, and a cell like 5千 or ¥500 under 万元, of which nobody can say what it means.
    """
    refuse_error_cell(raw)
    found = MONEY.fullmatch(_joined(raw))
    body = NUMBER.fullmatch(found["body"].translate(FOLD)) if found else None
    if not found or not body or body["counter"] or (found["yuan"] and found["yuan2"]):
        say = f"“{shown(raw)}”不是人民币金额，请填写数字"
        raise CellError("not_money", raw, say, f"{shown(raw)} is not an amount of yuan")
    value, qualifier = _value(raw, body)
    if qualifier != "exact":
        raise _qualified(raw)
    scale = (body["scale"] or "") + (body["chinese"] or "")
    if found["yuan"] or found["yuan2"] or "万" in scale or "亿" in scale or unit == "yuan":
        return _kept(raw, value)
    if scale or found["currency"] or found["after"]:
        say = f"“{shown(raw)}”的单位与表头不一致，请写明元或万元"
        raise CellError("ambiguous_unit", raw, say, f"{shown(raw)}: write 元 or 万元, for the header says otherwise")
    return _kept(raw, WIDE.multiply(value, Decimal(YUAN_PER[unit])))
