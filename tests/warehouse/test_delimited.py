"""csv and other text is read in every encoding and with every delimiter, in little memory."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from warehouse.sheets import DeliveryRefused, Limits, TextSheet, read_sheets

HEADER = ["序号", "单位名称", "受理日期"]
ROWS = [HEADER, ["1", "澧西街道办事处", "2024-03-05"], ["2", "某某县司法局，局机关", "2024-03-06"]]


def texts(sheet: TextSheet) -> list[list[str | None]]:
    frame = pl.read_parquet(sheet.rows)
    assert frame["_row"].to_list() == list(range(1, sheet.height + 1))
    assert frame.columns == ["_row", *(f"c{index}" for index in range(sheet.width))]
    return [list(row[1:]) for row in frame.rows()]


def read_one(path: Path, **options: str) -> TextSheet:
    (sheet,) = read_sheets(path, path.name, path.parent / "work", **options)
    return sheet


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_is_read_in_every_encoding_and_with_every_delimiter(encoding: str, delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "台账.csv"
    body = "\r\n".join(delimiter.join(row) for row in [["2024年度台账"], *ROWS])
    path.write_bytes(body.encode(encoding))
    sheet = read_one(path)
    assert texts(sheet) == [["2024年度台账", None, None], *ROWS]
    assert sheet.encoding == encoding.removesuffix("-sig") and sheet.name == ""


def test_quotes_keep_line_breaks_and_a_text_marked_with_equals(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('编号,内容\n="00123","两行\n""引号"",逗号"\n4.30723E+17,\n\n5,末\n,\n\n', "utf-8", newline="")
    sheet = read_one(path)
    assert texts(sheet) == [
        ["编号", "内容"], ["00123", '两行\n"引号",逗号'], ["4.30723E+17", None], [None, None], ["5", "末"],
    ]  # fmt: skip
    assert set(sheet.damaged) == {(3, 0)}


def test_a_short_gbk_file_that_is_also_utf8_reads_as_chinese(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("支,茅\n".encode("gbk"))  # D6 A7 and C3 A9: valid UTF-8, a Hebrew accent and é
    assert texts(read_one(path)) == [["支", "茅"]]
    assert texts(read_one(path, encoding="utf-8")) == [["\u05a7", "é"]]


def test_rows_that_grow_wider_late_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    lines = [f"{number},甲" for number in range(120_000)] + ["120000,甲,乙,丙"] + ['120001,"甲"'] * 60_000
    path.write_text("\n".join(lines), "gb18030")
    sheet = read_one(path)
    assert (sheet.width, sheet.height) == (4, 180_001)
    frame = pl.read_parquet(sheet.rows)
    assert frame["c2"].drop_nulls().to_list() == ["乙"] and frame["c1"].null_count() == 0
    assert frame["c0"].cast(pl.Int64).head(120_001).to_list() == list(range(120_001))


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        ('甲,乙\n1,"没有结束\n2,3\n'.encode(), "broken_quotes", "第2行"),
        ('甲,乙\n1,"他说"好"的"\n'.encode("gbk"), "broken_quotes", "第2行"),
        ("甲,乙\n1,".encode() + b"\0\0", "nul_bytes", "a.csv"),
        ("甲,乙\n".encode("gbk") + b"\xff\xff,1\n", "unknown_encoding", "xlsx"),
        ("甲,乙\n".encode("utf-16-le"), "nul_bytes", "a.csv"),
        (b"", "empty_file", "a.csv"),
        (b"1,2\n" + b"," * 3_000 + b"x\n", "stray_cell", "DKK2"),
    ],
)
def test_text_that_cannot_be_read_rightly_is_refused(body: bytes, code: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(body)
    with pytest.raises(DeliveryRefused) as refused:
        read_one(path)
    assert refused.value.code == code and place in refused.value.say and "a.csv" in refused.value.say_en


def test_sixty_megabytes_of_gb18030_need_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    line = "11440232MB2D06811W40001,企业设立登记,某某县行政审批服务局,2024/3/8,办结\r\n".encode("gb18030")
    path.write_bytes("事项编号,事项名称,承办单位,日期,结果\r\n".encode("gb18030") + line * 800_000)
    limits = Limits(memory_mb=200)
    (sheet,) = read_sheets(path, path.name, tmp_path / "work", limits)
    assert (sheet.width, sheet.height, sheet.encoding) == (5, 800_001, "gb18030")
