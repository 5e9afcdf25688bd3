from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import cells
from warehouse.cells import (
    CellError,
    clean_text,
    is_empty,
    read_code,
    read_flag,
    read_identifier,
    read_several,
    read_text,
)

MARKS = {"I": "inserted", "U": "updated", "D": "deleted", "i": "inserted", "u": "updated", "d": "deleted"}
LEVELS = {"县级": "county", "镇级（含街道）": "town", "1": "application", "无": "none"}


def test_free_text_loses_white_space_at_its_ends_and_nothing_inside() -> None:
    real = "\n\t\t\t\t\t\n\t\t\t\t\t\u3000\u3000尊敬的书记：\u3000您好！\u00a0"
    assert clean_text(real) == "尊敬的书记：\u3000您好！"
    assert read_text("\ufeff\u200b７万 \x00") == "７万"
    assert read_text(" \t ") == ""


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_text(text) in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\t",
        "\u3000",
        "—",
        "——",
        "-",
        "--",
        "/",
        "／",
        "无",
        "空",
        "N/A",
        "null",
        "NULL",
        "None",
        "（空）",
        "NaN",
    ],
)
def test_marks_for_nothing_are_empty_except_in_free_text(text: str) -> None:
    assert is_empty(text)
    assert is_empty(text, "date")
    assert is_empty(text, "text") == (not text.strip())


def test_a_mark_that_means_something_is_not_empty() -> None:
    assert not is_empty("无", "flag")
    assert not is_empty("无", "code", LEVELS)
    assert is_empty("无", "code", MARKS)
    assert not is_empty("0", "integer")
    assert not is_empty("否", "flag")


@pytest.mark.parametrize("text", ["#N/A", "#REF!", " #div/0! "])
def test_a_failed_formula_is_no_text_and_no_identifier(text: str) -> None:
    for reader in (read_text, read_identifier, read_several):
        with pytest.raises(CellError, match="公式错误"):
            reader(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.0", "12"), ("00012", "00012"), ("1.20", "1.20"), ("ＳＬ－２０２４", "SL-2024"), (" A  12 ", "A 12"),
        ("'0430", "0430"), ('="0430"', "0430"), ("12E5", "12E5"), ("aB", "aB"), ("\u200e2549", "2549"),
        ("2549.0", "2549"), ("V2.0", "V2.0"),
    ],
)  # fmt: skip
def test_an_identifier_keeps_its_zeros_and_its_case(text: str, expected: str) -> None:
    assert read_identifier(text) == expected


def test_an_identifier_that_a_spreadsheet_has_damaged_is_refused() -> None:
    for text in ("1.14307E+17", "1.1430723199e+17"):
        with pytest.raises(CellError) as caught:
            read_identifier(text)
        assert caught.value.rule == "damaged_number"
    with pytest.raises(CellError, match="为空"):
        read_identifier("\u3000")


@pytest.mark.parametrize("text", ["是", "Y", "ｙ", "yes", "1", "1.0", "TRUE", "true", "√", "☑", "有", " 是 "])
def test_flags_that_say_yes(text: str) -> None:
    assert read_flag(text) is True


@pytest.mark.parametrize("text", ["否", "N", "no", "0", "０", "FALSE", "×", "无", "没有"])
def test_flags_that_say_no(text: str) -> None:
    assert read_flag(text) is False


@pytest.mark.parametrize("text", ["", "2", "○", "是/否", "未知", "—", "是的否"])
def test_what_is_neither_yes_nor_no_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="是或否"):
        read_flag(text)


@pytest.mark.parametrize(
    ("reader", "raw", "rule"),
    [
        (read_identifier, "\u3000", "empty"),
        (read_identifier, "1.14307E+17", "damaged_number"),
        (read_flag, "也许", "not_flag"),
        (lambda raw: read_code(raw, LEVELS), "省级", "unknown_code"),
        (cells.read_phone, "12", "not_phone"),
    ],
)
def test_a_refusal_carries_its_rule_the_cell_and_both_sentences(reader: Any, raw: str, rule: str) -> None:
    with pytest.raises(CellError) as caught:
        reader(raw)
    found = caught.value
    assert (found.rule, found.raw) == (rule, raw)
    assert found.say[0] in "“此不" and found.say_en[0] not in "X" and found.say_en != found.say_en.upper()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("王　强", "王强"), ("王 小 强", "王小强"), (" 王强\u3000", "王强"), ("买买提 • 艾力", "买买提·艾力"),
        ("买买提・艾力", "买买提·艾力"), ("John Smith", "John Smith"), ("县委 依法治县办公室", "县委 依法治县办公室"),
    ],
)  # fmt: skip
def test_a_name_is_one_whatever_its_spaces_and_dots(text: str, expected: str) -> None:
    assert cells.read_name(text) == expected


def test_a_code_reads_by_its_label_whatever_its_width_spaces_and_brackets() -> None:
    assert read_code("镇级(含街道)", LEVELS) == "town"
    assert read_code(" 县 级", LEVELS) == "county"
    assert read_code("1.0", LEVELS) == "application"
    assert read_code("Ｄ", MARKS) == "deleted"
    assert read_code("V2.0", {"V2": "second", "V2.0": "second_first"}) == "second_first"
    with pytest.raises(CellError):
        read_code("V 2.0", {"V2": "second"})
    assert read_code("\u3000是\n", {"是": "first", "是 ": "second"}) == "first"
    with pytest.raises(CellError, match=r"请填写：1、2、3、4、5、6、7、8$"):
        read_code("0", {str(number): "" for number in range(1, 10)})
    with pytest.raises(CellError, match="请填写：县级、镇级") as caught:
        read_code("省级", LEVELS)
    assert caught.value.rule == "unknown_code"
    with pytest.raises(CellError):
        read_code("A", {"a": "one", "ａ": "two"})


def test_a_cell_with_several_entries_splits_outside_brackets_only() -> None:
    assert read_several("县公安局、县住建局（质安站、造价站）；县司法局") == [
        "县公安局",
        "县住建局（质安站、造价站）",
        "县司法局",
    ]
    assert read_several("A1,A2，A1 / A3\nA4\u3000A5") == ["A1", "A2", "A3", "A4", "A5"]
    assert read_several("甲（乙、丙") == ["甲（乙", "丙"]
    assert read_several(" \n") == []


READERS: list[Callable[[str], Any]] = [
    cells.read_text,
    cells.read_identifier,
    cells.read_date,
    cells.read_timestamp,
    cells.read_year,
    cells.read_integer,
    cells.read_decimal,
    cells.read_qualified,
    cells.read_flag,
    cells.read_document_number,
    cells.read_credit_code,
    cells.read_citizen_id,
    cells.read_phone,
    cells.read_several,
    lambda raw: cells.read_code(raw, LEVELS),
    lambda raw: cells.read_yuan(raw, "wan_yuan"),
    cells.is_empty,
    cells.header_forms,
    cells.header_money_unit,
    cells.period_in_title,
]
FRAGMENTS = [
    *"年月日至3.-/:TZ%,〔〕()号第万亿元余约转X无 \n\u200b²１〇一十百'",
    *(
        "2024",
        "截至",
        "31",
        "12",
        "13",
        "+08:00",
        "下午",
        "PM",
        "人民币",
        "样政办发",
        "湘0799行初",
        "139",
        "0000",
        "0736",
    ),
    *("E+", "#N/A", '="', "季度", "上半年", "单位：", "美元", "9" * 30, "-0", "e999"),
]
PIECED = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)
NUMERIC = st.text("0123456789-/.:年月日 TZ+,万元", max_size=24)


@settings(max_examples=1500)
@given(st.one_of(st.text(), PIECED, NUMERIC))
def test_a_reader_returns_or_raises_a_cell_error_with_a_sentence_and_nothing_else(text: str) -> None:
    for reader in READERS:
        try:
            reader(text)
        except CellError as error:
            assert error.rule.isidentifier()
            assert error.say
            assert error.say_en
