"""What a clerk reads when a cell is refused: which rule, of which cell, and what to do, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from warehouse import cells
from warehouse.cells import CellError

LEVELS = {"县级": "county", "镇级（含街道）": "town"}
FIGURES = {"规范性文件报送率": "filing_rate", "行政复议纠错率": "corrected_rate", "规范性文件备案率": "filed_rate"}
EXPONENT = "已被表格软件转成科学计数法，末位数字丢失，请将该列设为文本后重新填写"
DIGITS_LOST = "a spreadsheet dropped its last digits; store it as text"
Reader = Callable[[str], Any]


def of_wan_yuan(raw: str) -> Any:
    return cells.read_yuan(raw, "wan_yuan")


def of_levels(raw: str) -> Any:
    return cells.read_code(raw, LEVELS)


def of_figures(raw: str) -> Any:
    return cells.read_metric(raw, FIGURES)


def said(reader: Reader, raw: str) -> tuple[str, str, str]:
    with pytest.raises(CellError) as refused:
        reader(raw)
    assert refused.value.raw == raw
    assert str(refused.value) == refused.value.say
    return refused.value.rule, refused.value.say, refused.value.say_en


@pytest.mark.parametrize(
    ("reader", "raw", "rule", "say", "say_en"),
    [
        (cells.read_document_number, "样政办发20247号", "not_document_number",
         "“样政办发20247号”不是一个完整的文号，请按“某政办发〔2024〕7号”填写",
         "样政办发20247号 is not one document number with organ, year, number"),
        (cells.read_document_number, "（24）湘0799行初12号", "not_document_number",
         "“（24）湘0799行初12号”不是一个完整的文号，请按“（2024）湘0799行初12号”填写",
         "（24）湘0799行初12号 is not one document number with organ, year, number"),
        (cells.read_document_number, "9.11E+17", "damaged_number", f"“9.11E+17”{EXPONENT}", f"9.11E+17: {DIGITS_LOST}"),
        (cells.read_credit_code, "91110000600037341M", "bad_check_digit",
         "“91110000600037341M”校验位不符，统一社会信用代码有误，请核对",
         "91110000600037341M: the check digit of the credit code is wrong"),
        (cells.read_credit_code, "911100006000373", "not_credit_code",
         "“911100006000373”不是18位统一社会信用代码，请核对（不含字母I、O、S、V、Z）",
         "911100006000373 is not a credit code of 18 characters"),
        (cells.read_citizen_id, "1101051949", "not_citizen_id", "不是18位（或老式15位）身份证号，请核对",
         "not a citizen id of 18 or 15 characters"),
        (cells.read_citizen_id, "110105194902310026", "bad_birth_date", "身份证号中的出生日期不存在，请核对",
         "the citizen id holds no real day of birth"),
        (cells.read_citizen_id, "110105194912310021", "bad_check_digit", "身份证号校验位不符，请核对",
         "the check digit of the citizen id is wrong"),
        (cells.read_phone, "13900000000/13800000000", "not_phone", "不是一个完整的电话号码，请核对（每格只填一个）",
         "not one whole telephone number"),
        (cells.read_date, "2024-02-30", "impossible_date", "“2024-02-30”不是日历上的日期，请核对",
         "2024-02-30 is no day of the calendar"),
        (cells.read_timestamp, "2024-03-05 9:61", "impossible_time", "“2024-03-05 9:61”的时间不存在，请核对",
         "2024-03-05 9:61: no such time of day"),
        (cells.read_date, "2200/1/1", "year_out_of_range", "“2200/1/1”的年份不在1900年至2199年之间，请核对",
         "2200/1/1: the year is not within 1900 to 2199"),
        (cells.read_date, "24/3/5", "two_digit_year", "“24/3/5”的年份只有两位，请写四位年份",
         "24/3/5: write the year with four digits"),
        (cells.read_date, "长期", "not_date", "“长期”不是日期，请按2024-03-05填写",
         "长期 is not a date; write it as 2024-03-05"),
        (cells.read_date, "99999", "not_date", "“99999”不是日期，请按2024-03-05填写",
         "99999 is not a date; write it as 2024-03-05"),
        (cells.read_timestamp, "2024-03-05 9:00 XM", "not_date", "“2024-03-05 9:00 XM”不是日期，请按2024-03-05填写",
         "2024-03-05 9:00 XM is not a date; write it as 2024-03-05"),
        (cells.read_timestamp, "2024-03-05 9:00+15:00", "not_date",
         "“2024-03-05 9:00+15:00”不是日期，请按2024-03-05填写",
         "2024-03-05 9:00+15:00 is not a date; write it as 2024-03-05"),
        (cells.read_year, "二〇二四", "not_year", "“二〇二四”不是年度，请按2024填写",
         "二〇二四 is not a year; write it as 2024"),
        (cells.header_money_unit, "注册资本（美元）", "unknown_money_unit",
         "表头“注册资本（美元）”的金额单位不明，请只用元、万元或亿元",
         "the header 注册资本（美元） names no single unit of yuan"),
        (cells.read_decimal, "20天", "not_number", "“20天”不是数字，请填写数字", "20天 is not a number"),
        (cells.read_decimal, "5万%", "not_number", "“5万%”不是数字，请填写数字", "5万% is not a number"),
        (cells.read_decimal, "1e15", "damaged_number", f"“1e15”{EXPONENT}", f"1e15: {DIGITS_LOST}"),
        (cells.read_decimal, "99亿亿", "not_number", "“99亿亿”不是数字，请填写数字", "99亿亿 is not a number"),
        (cells.read_decimal, "9999999万亿", "number_too_large", "“9999999万亿”数额过大，请核对",
         "9999999万亿 is too large a number"),
        (cells.read_decimal, "7万余", "qualified_number", "“7万余”是概数，请填写准确的数字",
         "7万余 is an approximate number; write the exact one"),
        (cells.read_integer, "12.5", "not_integer", "“12.5”不是整数，请填写整数", "12.5 is not a whole number"),
        (of_wan_yuan, "免罚", "not_money", "“免罚”不是人民币金额，请填写数字", "免罚 is not an amount of yuan"),
        (of_wan_yuan, "约50万元", "qualified_number", "“约50万元”是概数，请填写准确的数字",
         "约50万元 is an approximate number; write the exact one"),
        (of_wan_yuan, "5千", "ambiguous_unit", "“5千”的单位与表头不一致，请写明元或万元",
         "5千: write 元 or 万元, for the header says otherwise"),
        (of_wan_yuan, "一万二元", "not_number", "“一万二元”不是数字，请填写数字", "一万二元 is not a number"),
        (of_wan_yuan, "9999999万亿", "number_too_large", "“9999999万亿”数额过大，请核对",
         "9999999万亿 is too large a number"),
        (of_wan_yuan, "999999999999999", "number_too_large", "“999999999999999”数额过大，请核对",
         "999999999999999 is too large a number"),
        (cells.read_identifier, " ", "empty", "此处为空，请填写编号", "empty; an identifier is expected"),
        (cells.read_identifier, "1.14307E+17", "damaged_number", f"“1.14307E+17”{EXPONENT}",
         f"1.14307E+17: {DIGITS_LOST}"),
        (cells.read_flag, "也许", "not_flag", "“也许”不是“是”或“否”，请填写是或否", "也许 is neither yes nor no"),
        (of_levels, "省级", "unknown_code", "“省级”不在可填内容之内，请填写：县级、镇级（含街道）",
         "省级 is not one of: 县级、镇级（含街道）"),
        (of_figures, "规范文件报送", "unknown_metric",
         "没有名为“规范文件报送”的指标，最接近的是“规范性文件报送率”，请按指标名称填写",
         "no figure is called 规范文件报送; the nearest is filing_rate"),
        (of_figures, "送达文件", "unknown_metric",
         "没有名为“送达文件”的指标，最接近的是“规范性文件报送率”，请按指标名称填写",
         "no figure is called 送达文件; the nearest is filing_rate"),
    ],
)  # fmt: skip
def test_a_refused_cell_says_which_rule_and_what_to_do(
    reader: Reader, raw: str, rule: str, say: str, say_en: str
) -> None:
    assert said(reader, raw) == (rule, say, say_en)


ANY_READER: list[Reader] = [
    cells.read_text, cells.read_name, cells.read_identifier, cells.read_date, cells.read_timestamp, cells.read_year,
    cells.read_integer, cells.read_decimal, cells.read_qualified, cells.read_flag, cells.read_document_number,
    cells.read_credit_code, cells.read_citizen_id, cells.read_phone, cells.read_several, cells.read_stated_text,
    of_wan_yuan, of_levels,
]  # fmt: skip


@pytest.mark.parametrize("reader", ANY_READER)
def test_every_reader_refuses_a_failed_formula_and_one_without_a_result(reader: Reader) -> None:
    assert said(reader, "#n/a") == (
        "error_cell",
        "单元格是公式错误“#n/a”，请填写实际内容",
        "the cell holds the formula error #n/a; write the value",
    )
    assert said(reader, "=SUM(A1:A3)") == (
        "formula_without_result",
        "单元格是没有结果的公式“=SUM(A1:A3)”，请用 Excel 或 WPS 打开后保存，或改为填写内容",
        "=SUM(A1:A3) is a formula without a result: save it again",
    )


def test_a_sentence_quotes_one_line_of_at_most_forty_characters() -> None:
    assert said(cells.read_flag, " 甲\n\t乙 ")[1] == "“甲 乙”不是“是”或“否”，请填写是或否"
    assert said(cells.read_flag, "长" * 40)[2] == "长" * 40 + " is neither yes nor no"
    assert said(cells.read_flag, "长" * 41)[2] == "长" * 39 + "… is neither yes nor no"
