from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.cells import CellError, header_forms, header_money_unit, normalise_header, period_in_title
from warehouse.periods import period_of

YEAR = ("year", date(2024, 1, 1), date(2024, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("序 号", "序号"), ("行政处罚 内容", "行政处罚内容"), ("受理日期\n", "受理日期"), ("*姓名", "姓名"),
        ("姓名：", "姓名"), ("cd＿TIME", "cd_time"), ("\u3000\ufeff文号\u00a0", "文号"),
        ("罚款金额（元）", "罚款金额(元)"),
    ],
)  # fmt: skip
def test_a_header_has_one_spelling(text: str, expected: str) -> None:
    assert normalise_header(text) == expected


def test_a_header_without_its_brackets_is_only_the_second_form() -> None:
    assert header_forms("承诺办结时限（工作日）") == ("承诺办结时限(工作日)", "承诺办结时限")
    assert header_forms("罚款金额（万元）【必填】") == ("罚款金额(万元)【必填】", "罚款金额")
    assert header_forms("原告（上诉人）姓名") == ("原告(上诉人)姓名", "原告(上诉人)姓名")
    assert header_forms("（备注）") == ("(备注)", "(备注)")
    assert header_forms("*注册资本:*元") == ("注册资本:*元", "注册资本")
    assert header_forms("*罚款*（元）*") == ("罚款*(元)", "罚款")
    assert header_forms("X轴X（米）") == ("x轴x(米)", "x轴x")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("罚款金额(元)", "yuan"), ("罚款金额（万元）", "wan_yuan"), ("注册资本（万元人民币）", "wan_yuan"),
        ("单位：亿元", "yi_yuan"), ("罚款金额（单位：万元）", "wan_yuan"), ("合同额千元", "qian_yuan"),
        ("总额（百万元）", "bai_wan_yuan"), ("罚款金额（萬元）", "wan_yuan"), ("投资额（億元）", "yi_yuan"),
        ("金额", None), ("所属单元", None), ("多元解纷数", None), ("公元", None),
        ("元旦值班", None),
    ],
)  # fmt: skip
def test_a_header_names_its_unit_of_money(text: str, unit: str | None) -> None:
    assert header_money_unit(text) == unit


@pytest.mark.parametrize("text", ["注册资本（美元）", "金额(元/万元)", "金额USD"])
def test_a_header_in_foreign_money_or_two_units_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="单位不明") as caught:
        header_money_unit(text)
    assert (caught.value.rule, caught.value.raw) == ("unknown_money_unit", text)


@pytest.mark.parametrize(
    "text",
    [
        "2024年度", "2024年", "2024", "样例县2024年度行政规范性文件备案台账", "二〇二四年度法律援助案件台账",
        "2024年1—12月", "2024年1月-12月", "2024年全年", "2024年1月1日至2024年12月31日", "2024年1月1日至12月31日",
        "2024.1.1-2024.12.31", "20240101-20240331".replace("0331", "1231"), "2024年度台账 填报日期：2025年1月15日",
        "2024年12345热线留言台账", "2024年度台账（2025年1月15日）", "2024年度台账（2025.1.15）",
        "２０２４ 年度 统计表", "2024年度（2024年1—12月）",
    ],
)  # fmt: skip
def test_a_title_that_names_the_whole_year_reads_as_that_year(text: str) -> None:
    assert period_in_title(text) == YEAR


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024年第一季度法律援助台账", ("quarter", date(2024, 1, 1), date(2024, 3, 31))),
        ("2024年4季度", ("quarter", date(2024, 10, 1), date(2024, 12, 31))),
        ("2024年度第二季度", ("quarter", date(2024, 4, 1), date(2024, 6, 30))),
        ("留言2024Q3", ("quarter", date(2024, 7, 1), date(2024, 9, 30))),
        ("2024年1—3月", ("quarter", date(2024, 1, 1), date(2024, 3, 31))),
        ("2024年上半年", ("quarter", date(2024, 1, 1), date(2024, 6, 30))),
        ("2024年前三季度", ("quarter", date(2024, 1, 1), date(2024, 9, 30))),
        ("2024年5月份办件", ("month", date(2024, 5, 1), date(2024, 5, 31))),
        ("2024年度5月", ("month", date(2024, 5, 1), date(2024, 5, 31))),
        ("办件202402", ("month", date(2024, 2, 1), date(2024, 2, 29))),
        ("2024-12", ("month", date(2024, 12, 1), date(2024, 12, 31))),
        ("2024年2至4月", ("month", date(2024, 2, 1), date(2024, 4, 30))),
        ("2023年12月—2024年2月", ("month", date(2023, 12, 1), date(2024, 2, 29))),
        ("2024.01-2024.12", ("year", date(2024, 1, 1), date(2024, 12, 31))),
        ("202404-202406", ("quarter", date(2024, 4, 1), date(2024, 6, 30))),
        ("2023-2024年度", ("year", date(2023, 1, 1), date(2024, 12, 31))),
        ("2024年第三季度（7—9月）", ("quarter", date(2024, 7, 1), date(2024, 9, 30))),
        ("20240101-20240331", ("quarter", date(2024, 1, 1), date(2024, 3, 31))),
        ("2024.1.15-2024.3.31", ("day", date(2024, 1, 15), date(2024, 3, 31))),
        ("截至2024年12月31日", ("day", date(2024, 12, 31), date(2024, 12, 31))),
        ("企业名录（截止2024年6月底）", ("day", date(2024, 6, 30), date(2024, 6, 30))),
        ("截至2024年底", ("day", date(2024, 12, 31), date(2024, 12, 31))),
        ("2024年度企业名录（截至2024年12月31日）", ("day", date(2024, 12, 31), date(2024, 12, 31))),
        ("2024年度企业名录（截至2024年6月30日）", ("day", date(2024, 6, 30), date(2024, 6, 30))),
        ("2024年1月1日至2024年1月1日", ("day", date(2024, 1, 1), date(2024, 1, 1))),
        ("2024年3月—3月", ("month", date(2024, 3, 1), date(2024, 3, 31))),
        ("2024-2024年度", ("year", date(2024, 1, 1), date(2024, 12, 31))),
        ("2024年第一季台账", ("quarter", date(2024, 1, 1), date(2024, 3, 31))),
        ("截至2024年6月30日2024年5月6日", ("day", date(2024, 6, 30), date(2024, 6, 30))),
        ("第二季度（截至2024年6月30日）", ("day", date(2024, 6, 30), date(2024, 6, 30))),
    ],
)
def test_a_title_names_its_period(text: str, expected: object) -> None:
    assert period_in_title(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "Sheet1", "办件台账", "填报日期：2025年1月15日", "样政办发〔2024〕7号", "公告2024年第7号", "2023年、2024年",
        "2024年度台账（第二季度）", "2024年度办件（5月）", "2024年第二批", "2024年5月上旬", "2024年1、2月",
        "2024年1-3季度", "2024年5月-3月", "2024年13月", "截至2024年2月30日", "2024年3月31日至2024年1月1日",
        "13900002024", "2024.5.6", "2023年以来台账", "2024年1月至今", "2024年底", "2024年修订", "2024年版", "2024年7-9",
        "2024-2023年度", "2024年度台账（截至2025年1月15日）", "2025年度台账（截至2024年12月31日）",
        "2024年度（截至2024年6月30日）（截至2024年7月31日）",
        "2024年2月30日至3月5日", "2024年度台账（2024.1.15-2024.3.31）",
        "2024年1月、2月", "2024年1季度和2季度", "填报日期：2025年1月", "2025年1月制", "根据《2023年工作要点》填报",
    ],
)  # fmt: skip
def test_a_title_that_names_no_single_period_names_none(text: str) -> None:
    assert period_in_title(text) is None


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(["year", "quarter", "month"]), st.booleans())
def test_no_generated_title_reads_as_another_period(day: date, every: str, wide: bool) -> None:
    period = period_of(every, day)  # type: ignore[arg-type]
    number = (day.month + 2) // 3
    titles = {
        "year": ["{y}年度台账", "{y}"],
        "quarter": ["{y}年第{q}季度", "{y}Q{n}", "{y}年{a}—{b}月", "{y}年{a}月1日至{b}月{d}日"],
        "month": ["{y}年{m}月", "{y}-{m:02}", "{y}{m:02}", "{y}.{m}", "{y}年{m}月1日-{y}年{m}月{e}日"],
    }[every]
    for title in titles:
        quarter = {"n": number, "q": "一二三四"[number - 1], "a": number * 3 - 2, "b": number * 3}
        text = title.format(y=day.year, m=day.month, d=period.end.day, e=period.end.day, **quarter)
        if wide:
            text = text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
        assert period_in_title(text) == (every, period.start, period.end)
