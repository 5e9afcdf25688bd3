"""Golden cases of what is easily misread: units of money told elsewhere, looks of numbers, formulas without results."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import openpyxl
import xlsxwriter
from aid_cases import one
from cases import AID, ENTERPRISE, YEAR, Case, Sheet, aid, enterprise
from writers import Cell, Rows, convert

register = partial(Case, "enterprises")
case = partial(Case, "legal_aid_cases")


def shaped(rows: Rows, column: int, formats: list[str], kind: str = "") -> Callable[[Path], None]:
    """A workbook whose `column` (1-based) has one number format a data row; `kind` is what LibreOffice saves it as."""

    def make(path: Path) -> None:
        book = openpyxl.Workbook()
        sheet = book.active
        for row in rows:
            sheet.append(list(row))
        for at, code in enumerate(formats, start=2):
            sheet.cell(at, column).number_format = code
        source = path.with_name(f"{path.stem}_source.xlsx") if kind else path
        book.save(source)
        if kind:
            convert(source, path, kind)
            source.unlink()

    return make


def uncalculated(path: Path) -> None:
    """XlsxWriter computes nothing: it saves 0 as the result of each formula, and asks the reader to compute."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for row, cells in enumerate([ENTERPRISE, enterprise(1, c5=0), enterprise(2)]):
        for at, cell in enumerate(cells):
            if cell is not None:
                sheet.write(row, at, cell)
    sheet.write_formula(2, 5, "=500*1000")
    book.close()


def filtered(kind: str = "") -> Callable[[Path], None]:
    """A ledger of which a filter that was left on hides the second case."""

    def make(path: Path) -> None:
        book = openpyxl.Workbook()
        for row in [AID, aid(1), aid(2, c5="刑事"), aid(3)]:
            book.active.append(list(row))
        book.active.auto_filter.ref = "A1:L4"
        book.active.auto_filter.add_filter_column(5, ["民事"])
        book.active.row_dimensions[3].hidden = True
        source = path.with_name(f"{path.stem}_source.xlsx") if kind else path
        book.save(source)
        if kind:
            convert(source, path, kind)
            source.unlink()

    return make


def header(name: str) -> list[Cell]:
    """The header of the register with another one for its column of amounts."""
    return [*ENTERPRISE[:5], name, ENTERPRISE[6]]


MISREAD = [
    register("capital_unit_below_header.xlsx", "表头下一行写明（万元）：是表头，不是数据", one([ENTERPRISE, [None] * 5 + ["（万元）", None], enterprise(1, c5=50)]), (Sheet(loaded=1, periods=YEAR),)),
    register("capital_unit_in_note.xlsx", "单位只写在表下的注里", one([ENTERPRISE, enterprise(1, c5=50), ["注：注册资本单位为万元。"]]), (Sheet(loaded=1, listed={3: "note"}, periods=YEAR),)),
    register("capital_unit_without_yuan.xlsx", "“单位：家、万元”：有一个金额单位", one([["单位：家、万元"], ENTERPRISE, enterprise(1, c5=50)]), (Sheet(loaded=1, listed={1: "title"}, periods=YEAR),)),
    register("capital_wan_in_brackets.xlsx", "表头“注册资本（万）”", one([header("注册资本（万）"), enterprise(1, c5=50)]), (Sheet(loaded=1, periods=YEAR),)),
    register("capital_wan_without_brackets.xlsx", "表头“注册资本万元”", one([header("注册资本万元"), enterprise(1, c5=50)]), (Sheet(loaded=1, periods=YEAR),)),
    register("capital_in_dollars.xlsx", "表头是外币：拒收整张表，不当作元", one([header("注册资本（万美元）"), enterprise(1, c5=50)]), (Sheet(refused="unknown_money_unit"),)),
    register(
        "capital_as_shown.xlsx",
        "数字格式带“万元”“元”：照显示读；显示时缩小的、外币的隔离",
        shaped([ENTERPRISE, *(enterprise(n, c5=50) for n in range(1, 7))], 6, ['0.00"万元"', '#,##0"元"', '"¥"#,##0.00', '#,##0"家"', '0!.0,"万"', '[$$-409]#,##0.00']),
        (Sheet(loaded=4, quarantined={6: "not_money", 7: "not_money"}, periods=YEAR),),
    ),
    register(
        "capital_as_shown.xls",
        "同上，xls",
        shaped([ENTERPRISE, *(enterprise(n, c5=50) for n in range(1, 4))], 6, ['0.00"万元"', '"¥"#,##0.00', '0.0,'], "xls"),
        (Sheet(loaded=2, quarantined={4: "not_money"}, periods=YEAR),),
    ),
    register("capital_not_computed.xlsx", "XlsxWriter 的公式没有结果（存的是0）：隔离；填写的0照读", uncalculated, (Sheet(loaded=1, quarantined={3: "formula_without_result"}, periods=YEAR),)),
    case(
        "numbers_as_shown.xlsx",
        "案件编号由数字格式显示成“样援2024-007”“0007”：照显示读",
        shaped([AID, *(aid(n, c0=n) for n in range(1, 5))], 1, ['"样援2024-"000', "0000", "General", '000"号"']),
        (Sheet(loaded=4),),
    ),
    case("formula_without_result.xlsx", "程序写出的公式没有结果：不当作文字入库", one([AID, aid(1, c1="=K2"), aid(2, c5='=IF(1,"民事","")'), aid(3, c7="=DATE(2024,3,5)"), aid(4, c10="=TEXT(1,0)")]), (Sheet(quarantined={2: "formula_without_result", 3: "formula_without_result", 4: "formula_without_result", 5: "formula_without_result"}),)),
    register("enterprise_named_total.xlsx", "企业名称就叫“合计”“说明：……”：有信用代码就是数据，不是合计行、说明", one([ENTERPRISE, enterprise(1, c1="合计"), enterprise(2, c1="说明：图文广告部"), ["总计", None, None, None, None, "1000000"]]), (Sheet(loaded=2, listed={4: "total"}, totals_tie=True, periods=YEAR),)),
    case(
        "footers.xlsx",
        "表下各种落款、小计、续表、分节标题；其中的日期不是受理日期。只剩编号的行是残缺的数据，不是说明",
        one([
            ["法律援助台账"], AID, list(map(str, range(1, 13))), ["示例", *aid(2)[1:]], ["一、第一批"], aid(1), ["本页小计", 1], ["法律援助台账"], AID, ["（二）续报"], aid(3),
            ["累计2件"], ["430799202403010000012345"], ["湖南省样例县某某某某某某法律服务有限责任公司"], ["单位负责人：", "王五", None, "填表人：", "李四", None, "填报日期：", "2024-12-31"],
            ["制表人", "张三", None, None, None, None, "日期", "2024.12.31"], ["以下空白"],
        ]),
        (Sheet(loaded=2, quarantined={13: "required", 14: "required"}, listed={1: "title", 3: "header", 4: "note", 5: "note", 7: "total", 8: "title", 9: "header", 10: "note", 12: "total", 15: "note", 16: "note", 17: "note"}),),
    ),
    case("title_of_last_year.xlsx", "标题还是去年的，各行都是今年的：拒收，不顶替去年的数据", one([["2023年度法律援助案件台账"], AID, aid(1), aid(2)]), (Sheet(refused="title_contradicts_rows"),)),
    case("title_as_number.xlsx", "标题格是数字2024.1：可能是2024.10，不作数", one([["法律援助台账"], [2024.1], AID, aid(1)]), (Sheet(loaded=1, listed={1: "title", 2: "title"}),)),
    case(
        "one_mistyped_year.xlsx",
        "一行的年份写成2014：照读，但不当作报送了2014年至2023年",
        one([AID, *(aid(n) for n in range(1, 13)), aid(13, c7="2014-03-13", c8=None, c9=None)]),
        (Sheet(loaded=13, told=("far_dates",)),),
    ),
    *(case(f"filtered.{kind}", "筛选没有取消：被隐藏的行照读并告知", filtered(kind * (kind != "xlsx")), (Sheet(loaded=3, told=("hidden_rows",)),)) for kind in ("xlsx", "xls", "ods")),
    case(
        "header_turned.xlsx",
        "两行表头“日期”下分“受理”“审批”：即受理日期、审批日期",
        one([[*AID[:7], "日期", None, None, *AID[10:]], [None] * 7 + ["受理", "审批", "指派", None, None], aid(1)], merged=("H1:J1", *(f"{at}1:{at}2" for at in "ABCDEFGKL"))),
        (Sheet(loaded=1),),
    ),
    case("header_in_another_order.xlsx", "下半段又有表头，“姓名”“案件编号”换了位置：拒收，不错列", one([AID, aid(1), [AID[1], AID[0], *AID[2:]], [aid(2)[1], aid(2)[0], *aid(2)[2:]]]), (Sheet(refused="header_changes"),)),
    case("running_number_column.xlsx", "“序号”列不必告知", one([["序号", *AID], [1, *aid(1)]]), (Sheet(loaded=1),)),
    case("count_as_date.xlsx", "数字12被设成日期格式：不是1900年1月12日", shaped([AID, aid(1), aid(2, c7=12)], 8, ["General", "yyyy-mm-dd"]), (Sheet(loaded=1, quarantined={3: "not_date"}),)),
]
