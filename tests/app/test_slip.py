import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from app.letters.slip import Contested, HeldRow, HeldTable, RowToCheck, Slip, write_slip
from warehouse.declarations import read_declarations
from warehouse.delivery import read_file
from warehouse.workdays import Calendar

STARTS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "=\t", "'=", "＝")
ENDS = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x")', "SUM(A1:A9)", "IMPORTXML(1)", "http://x.cn/")


PRINTED = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), min_size=1)


def slip(value: str, sample: bool = False) -> Slip:
    held = HeldRow(
        delivery="2025-02-06.1-3.1", file=value, sheet=value, row="7", cell="F7", column="受理日期", value=value,
        fault=value, comment=value, source={"案件编号": value, "受理日期": value}, comments={"受理日期": "请改正"},
    )  # fmt: skip
    return Slip(
        unit="县教育局", night="2025-02-06.1", business_date=date(2025, 2, 6), day="2025年2月6日", sample=sample,
        rows=(RowToCheck(value, value, value, value, value, value, "7"),), more_rows=3,
        held=(HeldTable("法律援助案件台账", ("案件编号", "受理日期"), (held,)),),
        contested=(Contested(12, value, value, value),), unit_id="education_bureau",
    )  # fmt: skip


def values_of(content: bytes) -> list[str]:
    """The first sheet's texts; openpyxl leaves Excel's own `_x0009_` escapes as they stand in the file."""
    cells = [cell.value for row in book_of(content).worksheets[0].iter_rows() for cell in row]
    return [unescape(value) for value in cells if value is not None]


def book_of(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.mark.parametrize("payload", [start + end for start in STARTS for end in ENDS])
def test_no_payload_becomes_a_formula_a_link_or_a_number(payload: str) -> None:
    content = write_slip(slip(payload))
    cells = [cell for sheet in book_of(content) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell for cell in cells if cell.hyperlink] == []
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert all(b"<f>" not in sheet and b"<f " not in sheet and b"hyperlink" not in sheet for sheet in sheets)


@settings(max_examples=100, deadline=None)
@given(PRINTED, st.sampled_from(["", "\n", "\t", "& <"]))
def test_every_character_is_read_back(value: str, more: str) -> None:
    assert value + more in values_of(write_slip(slip(value + more)))


def test_numbers_and_long_ids_stay_as_they_were_written() -> None:
    for value in ("00123", "430723199001010011", "1E5", "2024-03-05", "TRUE"):
        assert value in values_of(write_slip(slip(value)))


def test_the_bad_cell_is_coloured_and_says_what_to_do() -> None:
    sheet = book_of(write_slip(slip("2024年2月30日"))).worksheets[1]
    commented = [cell for row in sheet.iter_rows() for cell in row if cell.comment]
    assert [(cell.value, cell.comment.text) for cell in commented] == [("2024年2月30日", "请改正")]
    assert commented[0].fill.fgColor.rgb == "FFFFE3B3"


def test_nothing_is_hidden_and_every_sheet_names_unit_and_night() -> None:
    book = book_of(write_slip(slip("甲", sample=True)))
    assert book.sheetnames == ["待核的行", "退回待改的行 1", "异议", "系统识别"]
    for sheet in book:
        assert sheet.sheet_state == "visible"
        assert not [one for one in (*sheet.column_dimensions.values(), *sheet.row_dimensions.values()) if one.hidden]
        assert "样例数据" in sheet["A1"].value and "县教育局" in sheet["A1"].value
        assert "2025-02-06.1" in sheet["A2"].value


def test_rows_that_do_not_fit_are_counted() -> None:
    assert any("另有3行" in word for word in values_of(write_slip(slip("甲"))))


def test_a_slip_dropped_into_the_inbox_is_never_taken_for_the_whole_delivery(tmp_path: Path) -> None:
    declarations = read_declarations()
    contract = declarations.contracts["legal_aid_cases"]
    headers = tuple(column.header[0] for column in contract.columns.values())
    held = slip("甲").held[0].rows[0]
    table = HeldTable(contract.label.zh, headers, (held,))
    path = tmp_path / "退回清单.xlsx"
    path.write_bytes(write_slip(Slip(**{**vars(slip("甲")), "held": (table,)})))
    on, calendar = date(2025, 2, 6), Calendar(declarations.holidays)
    read = read_file(path, path.name, "justice_bureau", declarations, calendar, on, on, tmp_path / "work", "d")
    assert not [sheet for sheet in read.sheets if sheet.loaded]
