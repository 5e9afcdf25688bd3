"""Golden cases of legal aid: kinds of file, headers, rows that are no data, and keys."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from functools import partial
from pathlib import Path

from cases import AID, Case, Sheet, aid
from writers import Rows, convert, text_of, write_openpyxl, write_text, write_xlsxwriter, write_zip

THREE: Rows = [AID, aid(1), aid(2), aid(3)]
LOADS = (Sheet(loaded=3),)


def one(rows: Rows, name: str = "Sheet1", merged: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    """A writer of an xlsx of one sheet."""
    return lambda path: write_openpyxl(path, {name: rows}, merged)


def saved_as(rows: Rows, kind: str):  # type: ignore[no-untyped-def]
    """A writer that lets LibreOffice save the rows as another kind of file."""

    def make(path: Path) -> None:
        source = path.with_name(f"{path.stem}_source.xlsx")
        write_openpyxl(source, {"Sheet1": rows})
        convert(source, path, kind)
        source.unlink()

    return make


def packed(path: Path) -> None:
    """A zip with a csv of the first quarter and an xlsx of the second, named in Chinese."""
    inner = path.with_name("packed_source.xlsx")
    write_openpyxl(inner, {"Sheet1": [AID, aid(4, c7="2024-05-06", c8="2024-05-10", c9="2024-05-11")]})
    write_zip(path, {"一季度.csv": text_of(THREE).encode("gb18030"), "二季度.xlsx": inner.read_bytes()})
    inner.unlink()


SECOND_QUARTER = [AID, aid(4, c7="2024-05-06", c8="2024-05-10", c9="2024-05-11")]
case = partial(Case, "legal_aid_cases")
KINDS = [
    case("comma_utf8.csv", "逗号分隔，UTF-8", partial(write_text, rows=THREE), LOADS),
    case("comma_bom.csv", "逗号分隔，UTF-8 带 BOM", partial(write_text, rows=THREE, encoding="utf-8-sig"), LOADS),
    case("comma_gb18030.csv", "逗号分隔，GB18030，由 iconv 转出", partial(write_text, rows=THREE, encoding="gb18030"), LOADS),
    case("tabs_gb18030.txt", "制表符分隔的文本，GB18030", partial(write_text, rows=THREE, delimiter="\t", encoding="gb18030"), LOADS),
    case("semicolons.csv", "分号分隔", partial(write_text, rows=THREE, delimiter=";"), LOADS),
    case(
        "line_breaks_in_quotes.csv",
        "引号内有换行和逗号；_row 数的是记录，不是文本行",
        partial(write_text, rows=[AID, aid(1, c10="县法律援助中心，\n二楼"), aid(2)]),
        (Sheet(loaded=2),),
    ),
    case("openpyxl.xlsx", "xlsx，openpyxl 写出", one(THREE), LOADS),
    case("xlsxwriter.xlsx", "xlsx，XlsxWriter 写出", lambda path: write_xlsxwriter(path, {"台账": THREE}), LOADS),
    case("macros.xlsm", "带宏的工作簿，宏从不运行", lambda path: write_xlsxwriter(path, {"台账": THREE}, vba=True), LOADS),
    case("libreoffice.xls", "老式 xls，LibreOffice 写出", saved_as(THREE, "xls"), LOADS),
    case("libreoffice.ods", "ods，LibreOffice 写出", saved_as(THREE, "ods"), LOADS),
    case("wps.et", "WPS 表格，内里是老式 xls", saved_as(THREE, "xls"), LOADS),
    case("wps_new.et", "WPS 表格，内里是 xlsx", one(THREE), LOADS),
    case("really_html.xls", "扩展名 xls，其实是网页", saved_as(THREE, "html"), LOADS),
    case("really_text.xls", "扩展名 xls，其实是制表符文本", partial(write_text, rows=THREE, delimiter="\t", encoding="gb18030"), LOADS),
    case("really_xls.xlsx", "扩展名 xlsx，其实是老式 xls", saved_as(THREE, "xls"), LOADS),
    case(
        "quarter_a_sheet.xlsx",
        "一个文件两张表，一季度和二季度各一张，另有填表说明和空表",
        lambda path: write_openpyxl(
            path,
            {"一季度": THREE, "二季度": SECOND_QUARTER, "填表说明": [["日期请写成2024-03-05。"]], "Sheet4": []},
        ),
        (Sheet(loaded=3), Sheet(loaded=1, periods=("2024Q2",)), Sheet(skipped="notes_only"), Sheet(skipped="empty_sheet")),
    ),
    case(
        "same_quarter_twice.xlsx",
        "两张表都是同一季度的完整清单：无法知道哪张为准，拒收",
        lambda path: write_openpyxl(path, {"甲所": [AID, aid(1), aid(2)], "乙所": [AID, aid(3)]}),
        (Sheet(refused="two_sheets_one_period"), Sheet(refused="two_sheets_one_period")),
    ),
    case(
        "hidden_sheet.xlsx",
        "隐藏的下拉选项表跳过",
        lambda path: write_openpyxl(path, {"台账": THREE, "选项": [["民事", "是"], ["刑事", "否"]]}, hidden=["选项"]),
        (Sheet(loaded=3), Sheet(skipped="hidden_sheet_skipped")),
    ),
    case("packed.zip", "zip 内两个文件，文件名为 GBK", packed, (Sheet(loaded=3), Sheet(loaded=1, periods=("2024Q2",)))),
]
GROUPS = ["案件编号", "受援人信息", None, None, "案件信息", None, None, "办理日期", None, None, "承办机构", "结案日期"]
SUBS = [None, "姓名", "身份证号", "联系电话", "服务类别", "案件性质", "类型", "受理日期", "审批日期", "指派日期", None, None]
GROUP_MERGES = ("A1:A2", "B1:D1", "E1:G1", "H1:J1", "K1:K2", "L1:L2")
HEADERS = [
    case(
        "titles_above.xlsx",
        "表头上方有合并的标题和填报单位；标题写明第一季度",
        one([["样例县2024年第一季度法律援助案件台账"], ["填报单位：县司法局", None, None, "填报日期：2024年4月8日"], *THREE], merged=("A1:L1",)),
        (Sheet(loaded=3, listed={1: "title", 2: "title"}),),
    ),
    case(
        "title_covers_more.xlsx",
        "标题写明全年，各行只在一季度：按标题覆盖四个季度，没有数据的季度按零条计并告知",
        one([["2024年度法律援助案件台账"], *THREE]),
        (Sheet(loaded=3, listed={1: "title"}, told=("empty_period",), periods=("2024Q1", "2024Q2", "2024Q3", "2024Q4")),),
    ),
    case(
        "two_row_header.xlsx",
        "两行表头，上行合并",
        one([GROUPS, SUBS, aid(1), aid(2), aid(3)], merged=GROUP_MERGES),
        LOADS,
    ),
    case("two_row_header.xls", "两行表头的老式 xls，不带合并信息", saved_as([GROUPS, SUBS, aid(1), aid(2)], "xls"), (Sheet(loaded=2),)),
    case(
        "spaces_in_header.xlsx",
        "表头尾部空格、字间空格、换行和星号",
        one([["案件编号 ", "姓 名", "身份证号\n", "联系电话", "服务类别*", "*案件性质", "类　型", "受理\n日期", *AID[8:]], *THREE[1:]]),
        LOADS,
    ),
    case(
        "brackets_in_header.xlsx",
        "表头带括号说明；受理日期写成别名",
        one([["案件编号（必填）", "受援人姓名", "身份证号码(18位)", *AID[3:7], "收案日期", *AID[8:]], *THREE[1:]]),
        LOADS,
    ),
    case(
        "columns_in_another_order.xlsx",
        "列的次序不同：只看表头，不看位置",
        one([list(reversed(row)) for row in THREE]),
        LOADS,
    ),
    case(
        "running_number.xlsx",
        "序号列“编号”与“案件编号”同在：以“案件编号”为准，“编号”告知",
        one([["编号", *AID], ["1", *aid(1)], ["2", *aid(2)]]),
        (Sheet(loaded=2, told=("unknown_column",)),),
    ),
    case(
        "same_header_twice.xlsx",
        "“结案日期”出现两次：内容互补则合并，不一致则隔离该行",
        one(
            [
                [*AID, "结案 日期"],
                [*aid(1, c11="2024-06-01"), None],
                [*aid(2), "2024-06-02"],
                [*aid(3, c11="2024-06-03"), "2024-06-30"],
                [*aid(4, c11="2024-06-04"), "2024年6月4日"],
            ]
        ),
        (Sheet(loaded=3, quarantined={4: "two_values"}),),
    ),
    case(
        "unknown_columns.xlsx",
        "未登记的列、没有表头的列都告知，不悄悄丢掉",
        one([[*AID, "第三方评分", None], [*aid(1), "95", None], [*aid(2), None, "补正过"]]),
        (Sheet(loaded=2, told=("unknown_column", "column_without_header")),),
    ),
    case(
        "missing_optional.xlsx",
        "缺少可选列“结案日期”",
        one([row[:11] for row in THREE]),
        (Sheet(loaded=3, told=("missing_optional",)),),
    ),
    case(
        "missing_required.xlsx",
        "缺少必需列“受理日期”：整张拒收，并指出相近的列",
        one([[*AID[:7], "受理的日期", *AID[8:]], *THREE[1:]]),
        (Sheet(refused="missing_required"),),
    ),
    case("nil_return.xlsx", "只有表头：零报告，属于收到时窗口所在的季度", one([AID]), (Sheet(told=("nil_return",), periods=("2024Q4",)),)),
    case(
        "nil_return_titled.xlsx",
        "零报告，标题写明季度，表头下只写“无”",
        one([["2024年第三季度法律援助台账"], AID, ["无"]]),
        (Sheet(listed={1: "title", 3: "blank"}, told=("nil_return",), periods=("2024Q3",)),),
    ),
]
ROWS = [
    case(
        "notes_below.xlsx",
        "表下有说明、编号的注和签字行",
        one(
            [
                *THREE,
                [None],
                ["说明：本表按季度报送，次月10日前报县委依法治县办。"],
                ["2.法律咨询不计入法律援助案件数量，另行统计上报。"],
                ["填表人：李某", None, None, "审核人：赵某", None, None, "联系电话：0736-3201234"],
            ]
        ),
        (Sheet(loaded=3, listed={5: "blank", 6: "note", 7: "note", 8: "note"}),),
    ),
    case(
        "stray_cell_is_no_note.xlsx",
        "只填了一个短单元格的行不是说明：隔离，让人看见",
        one([*THREE, ["样援2024-009"]]),
        (Sheet(loaded=3, quarantined={5: "required"}),),
    ),
    case(
        "blank_rows_between.xlsx",
        "数据之间有空行和只有空白字符的行",
        one([AID, aid(1), [None], ["　", " \n"], aid(2)]),
        (Sheet(loaded=2, listed={3: "blank", 4: "blank"}),),
    ),
    case(
        "repeated_header.xlsx",
        "打印分页带来的重复表头",
        one([AID, aid(1), [*AID[:1], "姓 名", *AID[2:]], aid(2)]),
        (Sheet(loaded=2, listed={3: "header"}),),
    ),
    case(
        "counts_in_a_total_row.xlsx",
        "合计行没有可加的数：列出，不比较",
        one([*THREE, ["合 计", "3件"]]),
        (Sheet(loaded=3, listed={5: "total"}),),
    ),
    case(
        "duplicate_keys.xlsx",
        "同一案件编号：完全相同的列为重复，内容不同的隔离",
        one([AID, aid(1), aid(2), aid(1), aid(2, c5="刑事"), aid(3)]),
        (Sheet(loaded=3, quarantined={5: "duplicate_key"}, listed={4: "duplicate"}),),
    ),
]
AID_CASES = [*KINDS, *HEADERS, *ROWS]
