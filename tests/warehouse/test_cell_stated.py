"""Stated figures: read with their digits, and held against what was counted."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.cell_stated import agrees, read_metric, read_stated, read_stated_text
from warehouse.cell_text import CellError


@pytest.mark.parametrize(
    ("text", "value", "qualifier", "step"),
    [
        ("9,425件", "9425", "exact", "1"),
        ("９４２５", "9425", "exact", "1"),
        ("19.2%", "0.192", "exact", "0.001"),
        ("１００％", "1", "exact", "0.01"),
        ("7万余份", "70000", "over", "10000"),
        ("2600余人次", "2600", "over", "100"),
        ("120多起", "120", "over", "10"),
        ("15000多家", "15000", "over", "1000"),
        ("超过15000家", "15000", "over", "1000"),
        ("18万人次", "180000", "exact", "10000"),
        ("132.3亿元", "13230000000", "exact", "10000000"),
        ("1,753.79万元", "17537900", "exact", "100"),
        ("132.3亿多元", "13230000000", "over", "10000000"),
        ("95%以上", "0.95", "at_least", "0.01"),
        ("一百二十三件", "123", "exact", "1"),
        ("七万余份", "70000", "over", "10000"),
        ("约七万份", "70000", "about", "10000"),
        ("近七万份", "70000", "nearly", "10000"),
        ("近2600件", "2600", "nearly", "100"),
        ("2,600余件", "2600", "over", "100"),
        ("约0件", "0", "about", "1"),
        ("0", "0", "exact", "1"),
    ],
)
def test_a_stated_figure_is_read_with_the_digits_it_was_written_with(
    text: str, value: str, qualifier: str, step: str
) -> None:
    found = read_stated(text)
    assert (found.value, found.qualifier, found.step) == (Decimal(value), qualifier, Decimal(step))


@pytest.mark.parametrize(
    ("text", "counted", "does"),
    [
        ("19.2%", Decimal(29) / 151, True),
        ("19.2%", Decimal(29) / 135, False),  # 21.48 %: divided by what was accepted instead of concluded
        ("21.5%", Decimal(29) / 135, True),
        ("21.4%", Decimal(29) / 135, False),
        ("7万余份", Decimal(70000), True),
        ("7万余份", Decimal(79999), True),
        ("7万余份", Decimal(80000), False),
        ("7万余份", Decimal(69999), False),
        ("132.3亿元", Decimal(13_231_400_000), True),
        ("132.3亿元", Decimal(13_235_000_000), False),
        ("132.3亿元", Decimal(13_225_000_000), True),  # half goes up, not to the even digit
        ("0.3%", Decimal("0.0025"), True),
        ("一百件", Decimal(100), True),
        ("一百件", Decimal(101), False),
        ("100%", Decimal(9996) / 10000, False),
        ("99.9%", Decimal(9996) / 10000, True),
        ("100%", Decimal(1), True),
        ("0%", Decimal(1) / 3000, False),
        ("95%以上", Decimal("0.956"), True),
        ("95%以上", Decimal("0.9499"), False),
        ("9,425件", Decimal(9425), True),
        ("9,425件", Decimal(9426), False),
        ("近1.6万件", Decimal(15950), True),
        ("近1.6万件", Decimal(16001), False),
        ("近1.6万件", Decimal(16000), True),
        ("近1.6万件", Decimal(15000), True),
        ("近1.6万件", Decimal(14999), False),
        ("95%以上", Decimal("0.95"), True),
        ("约2600件", Decimal(2501), True),
        ("约2600件", Decimal(2699), True),
        ("约2600件", Decimal(2500), False),
        ("约2600件", Decimal(2700), False),
        ("不足5%", Decimal("0.0499"), True),
        ("不足5%", Decimal("0.05"), False),
        ("不超过5%", Decimal("0.05"), True),
        ("不超过5%", Decimal("0.0501"), False),
        ("0%", Decimal(0), True),
    ],
)
def test_a_counted_figure_agrees_at_the_digits_written(text: str, counted: Decimal, does: bool) -> None:
    assert agrees(read_stated(text), counted) is does


@given(st.integers(0, 10**7))
def test_an_exact_whole_number_agrees_with_itself_alone(number: int) -> None:
    stated = read_stated(f"{number:,}件")
    assert agrees(stated, Decimal(number))
    assert not agrees(stated, Decimal(number + 1)) and not agrees(stated, Decimal(number - 1))


@pytest.mark.parametrize("text", ["很多", "见附件", "12/34", "约7至8万", "元", "3件5件"])
def test_what_is_no_figure_is_refused(text: str) -> None:
    with pytest.raises(CellError) as refused:
        read_stated_text(text)
    assert refused.value.say


def test_a_stated_figure_is_kept_as_it_was_written() -> None:
    assert read_stated_text(" 7万余份\u3000") == "7万余份"


def test_a_figures_name_is_known_by_label_or_id_and_an_unknown_one_names_the_nearest() -> None:
    names = {"规范性文件报送率": "filing_rate", "filing_rate": "filing_rate", "行政复议纠错率": "corrected_rate"}
    assert read_metric(" 规范性文件报送率\u3000", names) == read_metric("filing_rate", names) == "filing_rate"
    with pytest.raises(CellError) as refused:
        read_metric("复议纠错率", names)
    assert refused.value.rule == "unknown_metric"
    assert "行政复议纠错率" in refused.value.say and "corrected_rate" in refused.value.say_en
    assert refused.value.raw == "复议纠错率" and "规范性" not in refused.value.say
    with pytest.raises(CellError) as far:
        read_metric("xyz", names)
    assert far.value.say == "没有名为“xyz”的指标，请按指标名称填写" and far.value.say_en == "no figure is called xyz"
