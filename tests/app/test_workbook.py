"""A page as a workbook: what stands in its tables, and nothing that a program takes for a formula."""

from __future__ import annotations

import io

import openpyxl

from app.markup import Html, facts, joined, light, table, tag
from app.viewer import Viewer
from app.workbook import write_workbook


def sheets_of(page: Html) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(page, ["样例县"], "页面")))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_text_that_looks_like_a_formula_stays_text_also_after_it_is_edited() -> None:
    evil = ["=1+1", "+86", "-2", "@SUM(A1)", '=HYPERLINK("http://x")', "https://example.invalid"]
    page = table(["甲"], [[one] for one in evil], caption="表")
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(page, [], "页面")))
    cells = [row[0] for row in book["表"].iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == ["=1+1", "+86", -2, *evil[3:]]
    assert [cell.data_type for cell in cells] == ["s", "s", "n", "s", "s", "s"]
    assert [cell.quotePrefix for cell in cells if str(cell.value)[0] in "=+@"] == [True] * 4
    assert not any(cell.hyperlink for cell in cells)


def test_only_what_a_person_would_type_as_a_number_becomes_one() -> None:
    said = ["12", "0", "-0.5", "007", "430723199001011234", "1e5", "12,000", "2024-05-01", "95.7%", "—", "NaN"]
    rows = sheets_of(table(["甲"], [[one] for one in said], caption="表"))["表"]
    assert [row[0] for row in rows[3:]] == [12, 0, -0.5, *said[3:9], None, "NaN"]


def test_each_table_is_a_sheet_under_the_lines_above_it() -> None:
    lit = light(Viewer(), "short", "Q2")
    page = joined([
        tag("h2", "第一部分"), facts([("分子", "3")]), tag("p", "说明"), tag("p", "只是链接", class_="say links"),
        table(["单位", "状态"], [["县[司]法局", lit]], caption="一/二"), table(["x"], [["<b>"]], caption="一/二"),
    ])  # fmt: skip
    found = sheets_of(page)
    assert list(found) == ["一 二", "一 二 2"]
    assert [row[0] for row in found["一 二"][:4]] == ["样例县", "第一部分", "分子: 3", "说明"]
    assert found["一 二"][-2:] == [("单位", "状态"), ("县[司]法局", "未达标 Q2")]
    assert found["一 二 2"][-1][0] == "<b>"


def test_a_cell_that_covers_three_months_leaves_two_empty_beside_it() -> None:
    body = '<tr><th>甲</th><td colspan="3">缺报</td><td>收到</td></tr>'
    page = Html(f"<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody>{body}</tbody></table>")
    assert sheets_of(page)["页面"][-1] == ("甲", "缺报", None, None, "收到")


def test_a_page_without_a_table_is_a_sheet_that_says_so() -> None:
    assert sheets_of(tag("p", "没有"))["页面"] == [("样例县",), ("没有",)]
