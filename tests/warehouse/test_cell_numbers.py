from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from warehouse.cell_numbers import YUAN_PER
from warehouse.cells import CellError, MoneyUnit, read_decimal, read_integer, read_qualified, read_yuan

WIDE = str.maketrans("0123456789,.-", "０１２３４５６７８９，．－")


def rule_of(reader: object, *arguments: object) -> str:
    assert callable(reader)
    with pytest.raises(CellError) as caught:
        reader(*arguments)
    return caught.value.rule


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234", 1234), ("1，234，567", 1234567), ("７万", 70000), ("1.2万", 12000), ("12.0", 12), ("-3", -3),
        ("−3", -3), ("一百二十三", 123), ("贰拾叁", 23), ("十五万", 150000), ("三亿零五十万", 300500000),
        ("二千零一十五", 2015), ("零", 0), ("一万亿", 10**12), ("23件", 23), ("1.3 万 件", 13000), ("20个工作日", 20),
        ("1e3", 1000), ("+5", 5), ("'007", 7), ("一万", 10**4), ("一亿", 10**8), ("0" * 59 + "7", 7),
        ("9" * 18, 10**18 - 1),
    ],
)  # fmt: skip
def test_whole_numbers_read_as_departments_write_them(text: str, value: int) -> None:
    assert read_integer(text) == value
    assert isinstance(read_integer(text), int)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("7万余", "qualified_number"), ("约5", "qualified_number"), ("100余万", "qualified_number"),
        ("5+", "qualified_number"), ("12.5", "not_integer"), ("95%", "not_integer"), ("100%", "not_integer"),
        ("1 234", "not_number"), ("1,23", "not_number"), ("10²", "not_number"), ("①", "not_number"),
        ("⒈5", "not_number"), ("½", "not_number"), ("1_000", "not_number"), ("NaN", "not_number"),
        ("Infinity", "not_number"), ("0x10", "not_number"), ("٣", "not_number"), ("20天", "not_number"),
        ("一万二", "not_number"), ("零五", "not_number"), ("百", "not_number"), ("约7万余", "not_number"),
        ("1.14307E+17", "damaged_number"), ("9" * 19, "number_too_large"), ("1" * 61, "not_number"), ("", "not_number"),
        ("#DIV/0!", "error_cell"), ("12件13件", "not_number"), ("5万%", "not_number"), ("亿亿", "not_number"),
        ("1e999", "damaged_number"), ("9" * 60, "number_too_large"), ("1e15", "damaged_number"),
    ],
)  # fmt: skip
def test_what_is_no_exact_whole_number_is_refused(text: str, rule: str) -> None:
    assert rule_of(read_integer, text) == rule


@pytest.mark.parametrize(
    ("text", "value", "qualifier"),
    [
        ("7万余", 70000, "over"), ("超过7万余件", 70000, "over"), ("3万多", 30000, "over"), ("100余万", 10**6, "over"),
        ("三十余", 30, "over"), ("二百五十余万", 2500000, "over"), ("15000+", 15000, "over"), (">15000", 15000, "over"),
        ("近1.6万件", 16000, "nearly"), ("约132.3亿", 13230000000, "about"), ("200家左右", 200, "about"),
        ("95%以上", Decimal("0.95"), "at_least"), ("不少于30", 30, "at_least"), ("≥30", 30, "at_least"),
        ("不足5", 5, "under"), ("不超过20", 20, "at_most"), ("23/1"[:2], 23, "exact"),
    ],
)  # fmt: skip
def test_a_qualifier_is_told_apart_from_its_number(text: str, value: Decimal, qualifier: str) -> None:
    assert read_qualified(text) == (value, qualifier)


def test_decimals_keep_a_millionth_and_percentages_are_shares() -> None:
    assert read_decimal("95%") == Decimal("0.95")
    assert read_decimal("0.30000000000000004") == Decimal("0.3")
    assert read_decimal("0.0000005") == 0
    assert read_decimal("0.00005" + "0" * 30 + "1%") == Decimal("0.000001")
    assert read_decimal(".5") == Decimal("0.5")
    assert str(read_decimal("1e3")) == "1000"
    assert str(read_decimal("-0")) == "0"
    assert rule_of(read_decimal, "7万余") == "qualified_number"


@pytest.mark.parametrize(
    ("text", "unit", "yuan"),
    [
        ("１３２．３ 亿元", "yuan", 13230000000), ("132.3", "yi_yuan", 13230000000), ("50万元", "yuan", 500000),
        ("50万", "wan_yuan", 500000), ("5000元", "wan_yuan", 5000), ("5千元", "wan_yuan", 5000),
        ("罚款人民币5,000元", "wan_yuan", 5000), ("罚款人民币伍仟元整", "yuan", 5000),
        ("人民币壹拾贰万叁仟元整", "yuan", 123000), ("500万元人民币", "yuan", 5000000),
        ("500.000000万人民币", "yuan", 5000000), ("500万人民币元", "wan_yuan", 5000000), ("￥500", "yuan", 500),
        ("1153.79", "wan_yuan", 11537900), ("-200", "wan_yuan", -2000000), ("0.00000001", "yi_yuan", 1),
        ("十万", "wan_yuan", 100000), ("1.1500000000000001", "wan_yuan", 11500), ("处以罚款200", "yuan", 200),
        ("3", "qian_yuan", 3000), ("3亿", "wan_yuan", 3 * 10**8),
    ],
)  # fmt: skip
def test_money_leaves_in_yuan_and_a_unit_in_the_cell_beats_the_header(text: str, unit: MoneyUnit, yuan: int) -> None:
    assert read_yuan(text, unit) == yuan


@pytest.mark.parametrize(
    ("text", "unit", "rule"),
    [
        ("5千", "wan_yuan", "ambiguous_unit"), ("¥500", "wan_yuan", "ambiguous_unit"),
        ("500人民币", "yi_yuan", "ambiguous_unit"), ("五百", "wan_yuan", "ambiguous_unit"),
        ("500万美元", "yuan", "not_money"), ("USD500", "yuan", "not_money"), ("1元2元", "yuan", "not_money"),
        ("合计处以115万元罚款", "yuan", "not_money"), ("约50万元", "yuan", "qualified_number"),
        ("50余万元", "yuan", "qualified_number"), ("12%", "yuan", "not_money"), ("5元5角", "yuan", "not_money"),
        ("免罚", "yuan", "not_money"), ("", "yuan", "not_money"), ("500 600", "yuan", "not_money"),
        ("99999999999", "yi_yuan", "number_too_large"), ("5元人民币元", "yuan", "not_money"),
    ],
)  # fmt: skip
def test_money_that_may_mean_two_things_is_refused(text: str, unit: MoneyUnit, rule: str) -> None:
    assert rule_of(read_yuan, text, unit) == rule


amounts = st.decimals(-(10**9), 10**9, places=4)


@given(amounts, st.sampled_from(get_args(MoneyUnit)), st.booleans(), st.booleans())
def test_no_generated_spelling_of_an_amount_reads_as_another(
    amount: Decimal, unit: MoneyUnit, wide: bool, commas: bool
) -> None:
    text = f"{amount:,f}" if commas else f"{amount:f}"
    assert read_yuan(text.translate(WIDE) if wide else text, unit) == amount * YUAN_PER[unit]
    assert read_yuan(f"人民币{text}万元", unit) == amount * 10**4
    assert read_decimal(text) == amount


@given(st.integers(-(10**17), 10**17), st.sampled_from(["", " ", "\u3000", "\n\t"]))
def test_a_whole_number_reads_back(number: int, edge: str) -> None:
    for text in (f"{number}", f"{number:,}", f"{number}.0", f"{number}件"):
        assert read_integer(edge + text + edge) == number


@given(st.integers(0, 10**13))
def test_a_chinese_number_reads_back_only_as_itself(number: int) -> None:
    text = chinese(number)
    assert read_integer(text) == number
    assert read_integer(text.translate(str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟"))) == number


def chinese(number: int) -> str:
    """An independent spelling: groups of four digits, one 零 for each gap."""
    groups = [number // 10**exponent % 10**4 for exponent in (12, 8, 4, 0)]
    text, gap = "", False
    for group, unit in zip(groups, ("万亿", "亿", "万", ""), strict=True):
        if not group:
            gap = bool(text)
            continue
        zero = text and (gap or group < 1000)
        unit = "万" if unit == "万亿" and groups[1] else unit
        text += ("零" if zero else "") + four(group) + unit
        gap = False
    assume(not (groups[0] and not groups[1] and (groups[2] or groups[3])))
    return text or "零"


def four(group: int) -> str:
    text, gap = "", False
    for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = group // power % 10
        if digit:
            text += ("零" if gap and text else "") + "零一二三四五六七八九"[digit] + unit
        gap = not digit
    return text
