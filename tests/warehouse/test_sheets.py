"""Every kind of table that departments send is read as the text that stands in it, at its true place."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from warehouse.sheets import DamagedCells, TextSheet, read_sheets


def texts(sheet: TextSheet) -> list[list[str | None]]:
    frame = pl.read_parquet(sheet.rows)
    assert frame["_row"].to_list() == list(range(1, sheet.height + 1))
    assert frame.columns == ["_row", *(f"c{index}" for index in range(sheet.width))]
    return [list(row[1:]) for row in frame.rows()]


def read_one(path: Path, **options: str) -> TextSheet:
    (sheet,) = read_sheets(path, path.name, path.parent / "work", **options)
    return sheet


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with every kind of cell. Its table starts at C5, under a header of two rows."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.xlsx"
    book = xlsxwriter.Workbook(path)
    day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
    moment = book.add_format({"num_format": "[$-804]yyyy/m/d h:mm:ss;@"})
    hours = book.add_format({"num_format": "[h]:mm"})
    share = book.add_format({"num_format": "0.0%;[Red]-0.0%"})
    sheet = book.add_worksheet("台账")
    sheet.merge_range("C3:L3", "2024年度行政处罚台账")
    sheet.merge_range("C5:C6", "序号")
    sheet.merge_range("D5:E5", "罚款")
    sheet.write("D6", "金额")
    sheet.write("E6", "日期")
    sheet.write("F5", "标志")
    sheet.write("C7", 1)
    sheet.write("D7", 12.5)
    sheet.write_datetime("E7", dt.datetime(2024, 3, 5), day)
    sheet.write_boolean("F7", True)
    sheet.write_datetime("G7", dt.datetime(2024, 3, 5, 9, 32, 9), moment)
    sheet.write_number("H7", 1.5, hours)
    sheet.write_formula("I7", "=D7*2", None, 25)
    sheet.write_formula("J7", "=1/0", None, "#DIV/0!")
    sheet.write("C8", 2)
    sheet.write_number("D8", 430723199001010011)
    sheet.write_string("E8", "45362")
    sheet.write_string("F8", "430723199001010011")
    sheet.write_number("G8", 0.956, share)
    sheet.write_number("H8", 1e-7)
    sheet.merge_range("C9:C11", "三行共用")
    sheet.write("L9", "末列")
    sheet.write("M12", "  ")
    hidden = book.add_worksheet("隐藏")
    hidden.write("A1", "甲")
    hidden.hide()
    book.add_worksheet("空表")
    book.close()
    return path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, ledger: Path) -> Path:
    """The same workbook as LibreOffice saves it: xls, ods, html."""
    folder = tmp_path_factory.mktemp("office")
    for kind in ("xls", "ods", "html"):
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(folder), str(ledger)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder


EXPECTED = [
    [None] * 10, [None] * 10,
    [None, None, "2024年度行政处罚台账", *[None] * 7],
    [None] * 10,
    [None, None, "序号", "罚款", "罚款", "标志", *[None] * 4],
    [None, None, "序号", "金额", "日期", *[None] * 5],
    [None, None, "1", "12.5", "2024-03-05", "TRUE", "2024-03-05 09:32:09", "36:00:00", "25", "#DIV/0!"],
    [None, None, "2", "430723199001009984", "45362", "430723199001010011", "0.956", "0.0000001", None, None],
    [None, None, "三行共用", *[None] * 7],
]  # fmt: skip


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_workbook_reads_the_same_in_every_format(kind: str, ledger: Path, office: Path, tmp_path: Path) -> None:
    path = ledger if kind == "xlsx" else office / f"ledger.{kind}"
    first, hidden, empty = read_sheets(path, path.name, tmp_path)
    expected = [[*row, None, "末列" if number == 9 else None] for number, row in enumerate(EXPECTED, 1)]
    if kind == "ods":  # LibreOffice saves a boolean that came from xlsx as the number 1
        expected[6][5] = "1"
    assert texts(first) == expected
    assert set(first.damaged) == {(8, 3)} and (8, 3) in first.damaged and (8, 5) not in first.damaged
    assert first.merged == ((3, 3, 3, 12), (5, 3, 6, 3), (5, 4, 5, 5), (9, 3, 11, 3))
    assert [(sheet.name, sheet.hidden) for sheet in (first, hidden, empty)] == [
        ("台账", False), ("隐藏", True), ("空表", False),
    ]  # fmt: skip
    assert (empty.width, empty.height) == (0, 0)


def test_a_web_page_that_calls_itself_xls_is_read_with_its_spans(office: Path, tmp_path: Path) -> None:
    path = tmp_path / "ledger.xls"
    path.write_bytes((office / "ledger.html").read_bytes())
    sheet = next(sheet for sheet in read_sheets(path, path.name, tmp_path) if sheet.height > 2)
    rows = texts(sheet)
    assert rows[2][:4] == ["序号", "罚款", "罚款", "标志"] and rows[3][:4] == ["序号", "金额", "日期", None]
    assert rows[4][:3] == ["1", "12.5", "2024年3月5日"]
    assert set(sheet.damaged) == {(6, 1)}  # shown as 4.3072319900101E+017


def test_a_gbk_web_page_without_a_charset_reads_as_chinese(tmp_path: Path) -> None:
    path = tmp_path / "导出.xls"
    page = "<html><body><table><tr><td>序号<td>处罚&nbsp;内容<br>（元）</tr><tr><td> 1 <td>a &lt; b</table></html>"
    path.write_bytes(page.encode("gbk"))
    sheet = read_one(path)
    assert texts(sheet) == [["序号", "处罚\xa0内容\n（元）"], ["1", "a < b"]] and sheet.encoding == "gb18030"


def test_the_xml_spreadsheet_of_2003_is_read(tmp_path: Path) -> None:
    path = tmp_path / "报表.xls"
    path.write_text(
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="一"><Table>'
        '<Row ss:Index="2"><Cell ss:Index="2" ss:MergeAcross="1"><Data ss:Type="String">甲</Data></Cell>'
        '<Cell><Data ss:Type="Number">3.0</Data></Cell></Row><Row><Cell><Data ss:Type="DateTime">'
        "2024-03-05T00:00:00.000</Data></Cell></Row></Table></Worksheet></Workbook>",
        "utf-8",
    )
    sheet = read_one(path)
    assert texts(sheet) == [[None] * 4, [None, "甲", "甲", "3"], ["2024-03-05", None, None, None]]
    assert sheet.name == "一" and sheet.merged == ((2, 2, 2, 3),)


def test_a_merged_header_is_filled_in_a_sheet_of_many_rows_too(tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.merge_range("A1:B1", "罚款")
    sheet.write("C1", "备注")
    for row in range(1, 59_999):
        sheet.write_row(row, 0, [row, row * 2])
    sheet.write(59_999, 5, "宽")
    book.close()
    read = read_one(path)
    frame = pl.read_parquet(read.rows)
    assert frame.row(0) == (1, "罚款", "罚款", "备注", None, None, None)
    assert frame.row(59_999) == (60_000, None, None, None, None, None, "宽") and read.height == 60_000


def test_a_formula_saved_without_its_result_is_no_empty_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append([2, 3, "=A1*B1"])
    book.save(tmp_path / "a.xlsx")
    assert texts(read_one(tmp_path / "a.xlsx")) == [["2", "3", "=A1*B1"]]


def test_the_dimension_a_file_claims_is_not_believed(ledger: Path, tmp_path: Path) -> None:
    path = tmp_path / "lies.xlsx"
    with zipfile.ZipFile(ledger) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'<dimension ref="C3:M12"/>', b'<dimension ref="A1"/>'))
    assert b'"A1"/>' in zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")
    assert read_sheets(path, path.name, tmp_path)[0].height == 9


class GbkName(zipfile.ZipInfo):
    """A name as Chinese Windows writes it: GBK, and no flag that says so."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), 0


def test_a_zip_from_chinese_windows_gives_each_table_its_name(ledger: Path, tmp_path: Path) -> None:
    path = tmp_path / "三月.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(GbkName("数据/台账.xlsx"), ledger.read_bytes())
        archive.writestr(GbkName("数据/名单.csv"), "甲,乙\n1,2\n".encode("gbk"))
        archive.writestr("__MACOSX/._x", b"\0\0")
    sheets = read_sheets(path, path.name, tmp_path / "work")
    assert {sheet.file for sheet in sheets} == {"三月.zip/数据/台账.xlsx", "三月.zip/数据/名单.csv"}
    assert texts(sheets[-1]) == [["甲", "乙"], ["1", "2"]]


def test_content_decides_and_not_the_suffix(ledger: Path, office: Path, tmp_path: Path) -> None:
    for source, name in ((ledger, "a.xls"), (office / "ledger.xls", "b.xlsx"), (office / "ledger.xls", "c.et")):
        path = tmp_path / name
        path.write_bytes(source.read_bytes())
        assert read_sheets(path, name, tmp_path)[0].height == 9
    path = tmp_path / "d.xls"
    path.write_bytes("甲\t乙\n1\t2\n".encode("gbk"))
    assert texts(read_one(path)) == [["甲", "乙"], ["1", "2"]]


def test_a_workbook_of_random_cells_reads_as_it_was_written(tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    draw = random.Random(seed)
    kinds = [
        lambda: None, lambda: draw.randint(-(10**14), 10**14), lambda: draw.uniform(-1e6, 1e6), lambda: " ",
        lambda: "".join(draw.choices("甲乙&<>\"'_x \n\t,;０１𠮷😀\r", k=draw.randint(1, 30))),
    ]  # fmt: skip
    rows = [[draw.choice(kinds)() for _ in range(draw.randint(0, 12))] for _ in range(400)]
    book = xlsxwriter.Workbook(tmp_path / "random.xlsx", {"strings_to_numbers": False})
    sheet = book.add_worksheet()
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            sheet.write_string(row, column, value) if isinstance(value, str) else sheet.write(row, column, value)
    book.close()
    expected = [[None if cell is None or not str(cell).strip() else cell for cell in row] for row in rows]
    found = texts(read_one(tmp_path / "random.xlsx"))
    for number, (read, wrote) in enumerate(zip(found, expected, strict=False)):
        for text, cell in zip(read, wrote, strict=False):
            same = (
                float(text or "nan") == pytest.approx(cell)
                if isinstance(cell, float)
                else text == (None if cell is None else str(cell))
            )
            assert same, (seed, number, text, cell)


def test_damaged_cells_behave_as_the_set_they_stand_for() -> None:
    pairs = {(3, 1), (2, 1), (9, 0)}
    cells = DamagedCells(pairs)
    assert cells == pairs and len(cells) == 3 and (2, 1) in cells and (2, 0) not in cells
    assert cells.columns == (0, 1) and list(cells.rows_of(1)) == [2, 3] and cells & {(9, 0)} == {(9, 0)}
