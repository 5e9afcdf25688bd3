from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from warehouse.cells import CellError, read_date, read_timestamp, read_year

days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
WIDE = str.maketrans("0123456789/-.:", "０１２３４５６７８９／－．：")


def rule_of(text: str) -> str:
    with pytest.raises(CellError) as caught:
        read_timestamp(text)
    assert caught.value.say and caught.value.say_en and caught.value.raw == text
    return caught.value.rule


@pytest.mark.parametrize(
    "text",
    [
        "2024年3月5日", "2024年03月05日", "2024 年 3 月 5 日", "2024年3月5号", "2024/3/5", "2024/03/05", "2024.3.5",
        "2024-03-05", "2024－03－05", "2024—3—5", "20240305", "２０２４年３月５日", "２０２４／３／５",
        "2024-03-05 00:00:00", "2024-03-05T00:00:00", "2024/3/5 9:32:09", "2024/3/5 9:32", "2024-03-05 09:32:09.0",
        "2024-03-05T09:32:09+08:00", "20240305093209", "2024年3月5日9时32分", "2024年3月5日 9时",
        "2024年3月5日 上午 9:32", "2024/3/5 9:32:09 AM", "45356", "45356.0", "45356.5", "\n\t\t2024/3/5 9:32:09\n",
        "\u3000\u30002024-3-5\u00a0", "\ufeff2024.3.5", "'2024-03-05", '="2024-03-05"', "20240305 9:32",
    ],
)  # fmt: skip
def test_every_spelling_of_5_march_2024_reads_as_that_day(text: str) -> None:
    assert read_date(text) == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2024-02-30", "impossible_date"), ("2023年2月29日", "impossible_date"), ("20241301", "impossible_date"),
        ("0000-00-00", "impossible_date"), ("2024-3-0", "impossible_date"), ("24/3/5", "two_digit_year"),
        ("24年3月5日", "two_digit_year"), ("05.03.24", "two_digit_year"), ("3/5/2024", "not_date"),
        ("2024-3/5", "not_date"), ("2024年3月", "not_date"), ("2024", "not_date"), ("1899-12-31", "year_out_of_range"),
        ("2200/1/1", "year_out_of_range"), ("9999-12-31", "year_out_of_range"), ("19999", "not_date"),
        ("80001", "not_date"), ("80000.5", "not_date"), ("2024.3.5-2024.3.9", "not_date"),
        ("2024-03-05 24:00:00", "impossible_time"), ("2024-03-05 9:61", "impossible_time"),
        ("2024-03-05 9:3209", "not_date"), ("2024-03-05 1:234", "not_date"), ("2024/3/5 上午 13:00", "impossible_time"),
        ("2024/3/5 上午 9:00 PM", "not_date"), ("2024-03-05T09:00:00+15:00", "not_date"),
        ("2024-03-05T09:00:00+08:60", "not_date"), ("2024-03-05-3", "not_date"),
        ("长期", "not_date"), ("", "not_date"), ("#N/A", "error_cell"), ("2024-03-０²", "not_date"),
        ("1899-12-31T00:00:00Z", "not_date"), ("2199-12-31T20:00:00Z", "year_out_of_range"), ("2024-٠3-05", "not_date"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused_and_says_why(text: str, rule: str) -> None:
    assert rule_of(text) == rule


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019/4/25 9:32:09", datetime(2019, 4, 25, 9, 32, 9)),
        ("2024-03-05", datetime(2024, 3, 5)),
        ("2024/3/5 下午 2:30", datetime(2024, 3, 5, 14, 30)),
        ("2024/3/5 下午 12:30", datetime(2024, 3, 5, 12, 30)),
        ("2024/3/5 上午 12:30", datetime(2024, 3, 5, 0, 30)),
        ("2024/3/5 2:30:00 PM", datetime(2024, 3, 5, 14, 30)),
        ("2024年3月5日下午2时30分15秒", datetime(2024, 3, 5, 14, 30, 15)),
        ("2024-03-05T01:02:03.123456789", datetime(2024, 3, 5, 1, 2, 3, 123456)),
        ("2024-03-04T16:00:00.000Z", datetime(2024, 3, 5)),
        ("2024-03-05 12:00:00 -0500", datetime(2024, 3, 6, 1)),
        ("2024-03-05 12:00:00 +0530", datetime(2024, 3, 5, 14, 30)),
        ("2024-03-05 12:00:00 -03:45", datetime(2024, 3, 5, 23, 45)),
        ("2024-03-05 14:00:00 +14:00", datetime(2024, 3, 5, 8)),
        ("2024-03-05 00:00:00 +00:59", datetime(2024, 3, 5, 7, 1)),
        ("2024-03-05 1:02:03.5", datetime(2024, 3, 5, 1, 2, 3, 500_000)),
        ("2024/3/5 12:30:00 am", datetime(2024, 3, 5, 0, 30)),
        ("45356.397326388", datetime(2024, 3, 5, 9, 32, 9)),
        ("45355.999999999996", datetime(2024, 3, 5)),
    ],
)
def test_times_are_those_of_a_beijing_clock(text: str, expected: datetime) -> None:
    assert read_timestamp(text) == expected


FORMS = ["{0}年{1}月{2}日", "{0}/{1}/{2}", "{0}.{1}.{2}", "{0}-{1:02}-{2:02}", "{0}{1:02}{2:02}"]
TIMES = ["", " 00:00:00", " 9:05:07", " 23:59", " 23:59:59.999"]
EDGES = ["", " ", "\n\t", "\u3000", "\u00a0", "\u200b"]


@given(days, st.sampled_from(FORMS), st.booleans(), st.sampled_from(TIMES), st.sampled_from(EDGES))
def test_no_generated_spelling_of_a_day_reads_as_another(
    day: date, form: str, wide: bool, time: str, edge: str
) -> None:
    text = edge + form.format(day.year, day.month, day.day) + time + edge
    assert read_date(text.translate(WIDE) if wide else text) == day


@given(st.integers(20000, 80000))
@example(20000)
@example(80000)
def test_a_serial_reads_as_the_day_a_spreadsheet_shows(serial: int) -> None:
    assert read_date(str(serial)) == date(1899, 12, 30) + timedelta(days=serial)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)))
def test_a_timestamp_reads_back_to_the_microsecond(moment: datetime) -> None:
    assert read_timestamp(moment.isoformat()) == moment
    assert read_timestamp(str(moment)) == moment


@pytest.mark.parametrize("text", ["2024", "2024年", "2024年度", "２０２４ 年度", "2024.0"])
def test_a_year_reads_as_its_last_day(text: str) -> None:
    assert read_year(text) == date(2024, 12, 31)


@pytest.mark.parametrize("text", ["24", "2024-05", "1899", "2200", "2024年5月", "二〇二四年", "", "1905-07-16"])
def test_what_is_no_year_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="不是年度") as caught:
        read_year(text)
    assert (caught.value.rule, caught.value.raw) == ("not_year", text) and "is not a year" in caught.value.say_en
