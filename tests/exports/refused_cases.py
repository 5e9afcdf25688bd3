"""Files of which nothing is loaded."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from functools import partial
from pathlib import Path

from aid_cases import THREE, one, saved_as
from cases import AID, Case, Sheet, aid
from writers import convert, write_openpyxl

refused = partial(Case, "refused")


def word_document(path: Path) -> None:
    """A letter as WPS Writer saves it: an OLE document."""
    source = path.with_name("letter_source.txt")
    source.write_text("关于报送台账的函", "utf-8")
    convert(source, path, "doc")
    source.unlink()


REFUSED = [
    refused("no_dataset.xlsx", "表头不是任何一张登记的表", one([["食堂", "菜名", "单价"], ["一", "米饭", "1"]]), (Sheet(refused="no_match"),)),
    refused(
        "data_row_as_header.xlsx",
        "表头丢了，首行就是数据",
        one([aid(1), aid(2)]),
        (Sheet(refused="no_match"),),
    ),
    refused("empty.xlsx", "空工作簿", lambda path: write_openpyxl(path, {"Sheet1": []}), refused="no_table"),
    refused("scan.pdf", "PDF", saved_as(THREE, "pdf"), refused="not_a_table"),
    refused("archive.rar", "rar 压缩包", lambda path: path.write_bytes(b"Rar!\x1a\x07\x01\x00" + b"\x00" * 64), refused="other_archive"),
    refused("letter.wps", "WPS 文字", word_document, refused="not_a_table"),
    refused(
        "secret_by_name.xlsx",
        "文件名带密级",
        one(THREE),
        refused="secret",
        display_name="机密★法律援助台账.xlsx",
    ),
    refused("secret_by_title.xlsx", "标题上方有密级标志", one([["秘密★1年"], ["法律援助台账"], *THREE]), refused="secret"),
    refused("internal_by_title.xlsx", "标题注明内部资料", one([["法律援助台账（内部资料 注意保密）"], *THREE]), refused="secret"),
    refused("secret_by_column.xlsx", "“密级”列中有机密的行", one([[*AID, "密级"], *[[*aid(n), "公开"] for n in range(1, 25)], [*aid(25), "机密"]]), refused="secret"),
    refused("wrong_supplier.xlsx", "别的单位报送的表", one(THREE), (Sheet(refused="wrong_supplier"),), supplier="hotline_office"),
]
