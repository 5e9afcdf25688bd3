"""A hostile or broken file costs one refusal, soon, and this process little memory; nothing is left behind."""

from __future__ import annotations

import io
import os
import resource
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from warehouse.sheet_child import run_job
from warehouse.sheets import DeliveryRefused, Limits, read_sheets

SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook() -> bytes:
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw)
    book.add_worksheet("台账").write_row(0, 0, ["序号", "单位", 430723199001010011])
    book.close()
    return raw.getvalue()


def with_part(name: str, body: bytes) -> bytes:
    """A real workbook with one part replaced or added."""
    raw = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as source, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            if part != name:
                target.writestr(part, source.read(part))
        target.writestr(name, body)
    return raw.getvalue()


def sheet_of(rows: str, before: str = "") -> bytes:
    sheet = f'{before}<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>'
    return with_part(SHEET, sheet.encode())


def cells(*places: str) -> bytes:
    """A workbook with a 1 in each place."""
    rows = [f'<row r="{place.lstrip("ABCDFX")}"><c r="{place}"><v>1</v></c></row>' for place in places]
    return sheet_of("".join(rows))


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in entries:
            archive.writestr(name, body)
    return raw.getvalue()


def link() -> bytes:
    entry = zipfile.ZipInfo("a.csv")
    entry.external_attr = 0o120777 << 16
    return packed((entry, b"/etc/passwd"))


def with_password() -> bytes:
    raw = bytearray(packed(("a.csv", b"1,2")))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def understated_size() -> bytes:
    """A gigabyte of zeros whose directory says 1,000 bytes."""
    raw = with_part(SHEET, b"\0" * 300_000_000)
    return raw.replace(struct.pack("<I", 300_000_000), struct.pack("<I", 1_000))


def compound(*streams: str) -> bytes:
    """An OLE container with empty streams of these names."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += b"\0" * 6 + struct.pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", free) * 108
    table = struct.pack("<II", 0xFFFFFFFD, end) + struct.pack("<I", free) * 126
    directory = b""
    for number, name in enumerate(["Root Entry", *streams]):
        text = name.encode("utf-16-le") + b"\0\0"
        entry = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), 5 if number == 0 else 2, 1)
        right = number + 1 if 0 < number < len(streams) else free
        entry += struct.pack("<III", free, right, 1 if number == 0 and streams else free)
        directory += (entry + b"\0" * 36 + struct.pack("<II", end, 0)).ljust(128, b"\0")
    return header + table + directory.ljust(512, b"\0")


LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
) + "]>"  # fmt: skip

HOSTILE: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "stray_corner": ("a.xlsx", "stray_cell", lambda: cells("A1", "XFD1048576")),
    "stray_row": ("a.xlsx", "stray_cell", lambda: cells("A1", "C1048576")),
    "stray_column": ("a.xlsx", "stray_cell", lambda: cells("A1", "XFD2")),
    "no_such_column": ("a.xlsx", "broken_file", lambda: cells("A1", "XXXXXXXX2")),
    "bomb": ("a.xlsx", "zip_bomb", lambda: with_part(SHEET, b" " * 500_000_000)),
    "bomb_beside": ("a.xlsx", "zip_bomb", lambda: with_part("xl/media/x.bin", b"\0" * 500_000_000)),
    "bomb_in_archive": ("a.zip", "zip_bomb", lambda: packed(("a.csv", b"1,2\n" * 90_000_000))),
    "understated": ("a.xlsx", "broken_file", understated_size),
    "entities": ("a.xlsx", "unsafe_xml", lambda: sheet_of('<row r="1"><c t="str"><v>&j;</v></c></row>', LAUGHS)),
    "outside_file": ("a.xlsx", "unsafe_xml", lambda: with_part(
        "xl/sharedStrings.xml", b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst><si><t>&x;</t></si></sst>')),
    "late_entities": ("a.xlsx", "unsafe_xml", lambda: sheet_of('<row r="1"><c t="str"><v>&j;</v></c></row>',
        "<!--" + "".join(map(str, range(30_000))) + "-->" + LAUGHS)),
    "deep": ("a.xlsx", "broken_file", lambda: sheet_of('<row r="1">' + "<c>" * 99_999 + "</c>" * 99_999 + "</row>")),
    "encrypted_xlsx": ("a.xlsx", "encrypted", lambda: compound("EncryptionInfo", "EncryptedPackage")),
    "word_as_xls": ("a.xls", "not_a_table", lambda: compound("WordDocument", "1Table")),
    "empty_ole": ("a.xls", "broken_file", lambda: compound("Workbook")),
    "truncated": ("a.xlsx", "broken_file", lambda: workbook()[:3_000]),
    "flipped": ("a.xlsx", "broken_file", lambda: workbook().replace(b"PK\x03\x04", b"PK\x03\x05")),
    "slip": ("a.zip", "unsafe_archive", lambda: packed(("../../a.csv", b"1,2"))),
    "slip_windows": ("a.zip", "unsafe_archive", lambda: packed(("..\\a.csv", b"1,2"))),
    "slip_absolute": ("a.zip", "unsafe_archive", lambda: packed(("/tmp/a.csv", b"1,2"))),
    "slip_drive": ("a.zip", "unsafe_archive", lambda: packed(("C:/a.csv", b"1,2"))),
    "link": ("a.zip", "unsafe_archive", link),
    "nested": ("a.zip", "archive_in_archive", lambda: packed(("b.zip", packed(("a.csv", b"1,2"))))),
    "nested_disguised": ("a.zip", "archive_in_archive", lambda: packed(("b.xlsx", packed(("a.csv", b"1,2"))))),
    "many": ("a.zip", "too_many_files", lambda: packed(*((f"{n}.csv", b"1") for n in range(200)))),
    "nothing_inside": ("a.zip", "empty_archive", lambda: packed(("__MACOSX/._a", b"1"))),
    "password_zip": ("a.zip", "encrypted", with_password),
    "program": ("a.xlsx", "nul_bytes", lambda: b"MZ\x90\0\x03\0\0\0" * 100),
    "pdf": ("a.xlsx", "not_a_table", lambda: b"%PDF-1.7\n1 0 obj\n"),
    "scan": ("a.xls", "not_a_table", lambda: b"\xff\xd8\xff\xe0\0\x10JFIF"),
    "rar": ("a.rar", "other_archive", lambda: b"Rar!\x1a\x07\x01\0"),
    "seven": ("a.zip", "other_archive", lambda: b"7z\xbc\xaf\x27\x1c\0\x04"),
    "word": ("a.docx", "not_a_table", lambda: packed(("[Content_Types].xml", b"<a/>"), ("word/document.xml", b"<a/>"))),
    "binary": ("a.xlsb", "binary_workbook", lambda: packed(("[Content_Types].xml", b"<a/>"), ("xl/workbook.bin", b""))),
    "mht": ("a.xls", "web_archive", lambda: b"MIME-Version: 1.0\r\nContent-Type: multipart/related"),
    "script": ("a.sh", "unknown_file_kind", lambda: b"#!/bin/sh\nrm -rf /\n"),
    "page": ("a.xls", "no_table_inside", lambda: "<html><body>请先登录</body></html>".encode()),
    "bomb_in_styles": ("a.xlsx", "zip_bomb", lambda: with_part("xl/styles.xml", b" " * 300_000_000)),
    "cut_archive": ("a.zip", "broken_file", lambda: packed(("a.csv", b"1,2\n" * 5_000))[:60]),
    "wide_span": ("a.xls", "stray_cell", lambda: b"<table><tr>" + b'<td colspan="99999999">' * 9 + b"<td>x</table>"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_one_refusal_and_little_memory(name: str, tmp_path: Path) -> None:
    file, code, build = HOSTILE[name]
    path = tmp_path / file
    path.write_bytes(build())
    files = {entry for entry in tmp_path.rglob("*")}
    before, started = memory(), time.monotonic()
    with pytest.raises(DeliveryRefused) as refused:
        read_sheets(path, f"三月/{file}", tmp_path / "work")
    assert refused.value.code == code, refused.value.detail
    assert time.monotonic() - started < 30
    assert memory() - before < 50_000_000
    assert file in refused.value.say and file in refused.value.say_en
    outside = {entry for entry in tmp_path.rglob("*") if tmp_path / "work" not in [entry, *entry.parents]}
    assert outside == files


class _InHere:
    """Reads in this process, where a test can change the program; the real nursery imports it anew."""

    def run(self, request: dict[str, Any]) -> str:
        run_job(request)
        return "done"


def test_an_archive_whose_places_nobody_checks_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.sheets._nursery", _InHere)
    test_a_hostile_file_costs_one_refusal_and_little_memory("slip", tmp_path)
    monkeypatch.setattr("warehouse.archives._check_place", lambda *_: None)
    with pytest.raises(pytest.fail.Exception):
        test_a_hostile_file_costs_one_refusal_and_little_memory("slip", tmp_path)


def memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_an_xls_with_a_password_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(workbook())
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xls", "--outdir", tmp_path, tmp_path / "a.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    raw = bytearray((tmp_path / "a.xls").read_bytes())
    start = raw.index(b"\x09\x08\x10\0")  # the first record; the next one becomes FILEPASS
    raw[start + 20 : start + 22] = b"\x2f\0"
    (tmp_path / "a.xls").write_bytes(raw)
    with pytest.raises(DeliveryRefused, match="password") as refused:
        read_sheets(tmp_path / "a.xls", "a.xls", tmp_path / "work")
    assert refused.value.code == "encrypted" and "取消密码" in refused.value.say


def test_a_file_that_takes_too_long_is_stopped_and_the_next_one_is_read(tmp_path: Path) -> None:
    slow, good = tmp_path / "slow.xlsx", tmp_path / "good.xlsx"
    slow.write_bytes(sheet_of("".join(f'<row r="{n}"><c><v>{n}</v></c></row>' for n in range(1, 900_000))))
    good.write_bytes(workbook())
    started = time.monotonic()
    with pytest.raises(DeliveryRefused) as refused:
        read_sheets(slow, "slow.xlsx", tmp_path / "work", Limits(seconds=0.5, bytes_a_second=10**9))
    assert refused.value.code == "too_slow" and time.monotonic() - started < 5
    assert read_sheets(good, "good.xlsx", tmp_path / "work")[0].height == 1


def test_a_file_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    texts = "".join(f"<si><t>{n:060d}</t></si>" for n in range(700_000))
    (tmp_path / "a.xlsx").write_bytes(with_shared_texts(texts))
    with pytest.raises(DeliveryRefused) as refused:
        read_sheets(tmp_path / "a.xlsx", "a.xlsx", tmp_path / "work", Limits(memory_mb=20))
    assert refused.value.code == "too_large" and "拆成几个文件" in refused.value.say


def with_shared_texts(texts: str) -> bytes:
    return with_part("xl/sharedStrings.xml", f'<sst xmlns="{NAMESPACE}">{texts}</sst>'.encode())


def test_a_workbook_of_empty_styled_cells_is_as_high_as_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    styled = "".join(f'<row r="{n}"><c r="A{n}" s="0"/><c r="XFD{n}" s="0"/></row>' for n in range(3, 200_000))
    path.write_bytes(sheet_of(f'<row r="2"><c r="B2"><v>7</v></c></row>{styled}'))
    (sheet,) = read_sheets(path, "a.xlsx", tmp_path / "work")
    assert (sheet.width, sheet.height) == (2, 2)


def test_a_macro_is_never_run_and_its_workbook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsm"
    path.write_bytes(with_part("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" * 100))
    assert read_sheets(path, "a.xlsm", tmp_path / "work")[0].height == 1


def test_children_may_be_asked_from_many_threads_and_leave_nothing_behind(tmp_path: Path) -> None:
    script = tmp_path / "asks.py"
    (tmp_path / "a.csv").write_text("甲,乙\n1,2\n", "utf-8")
    script.write_text(THREADS, "utf-8")
    run = subprocess.run([sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, timeout=120)
    assert (run.stdout.strip(), run.stderr) == ("once 40", "")


THREADS = """
import os, sys, threading
from pathlib import Path
print("once", end=" ")  # a child that imported this file would print it again
from warehouse.sheets import read_sheets
folder = Path(sys.argv[1])
read = []
def ask():
    for _ in range(5):
        read.extend(read_sheets(folder / "a.csv", "a.csv", folder / "work"))
threads = [threading.Thread(target=ask) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(read))
for process in Path("/proc").iterdir():
    if process.name.isdigit():
        try:
            state, parent = (process / "stat").read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue
        assert not (state == "Z" and int(parent) == os.getpid()), "a zombie"
"""


def test_a_forked_program_starts_a_nursery_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("甲,乙\n1,2\n", "utf-8")
    read_sheets(tmp_path / "a.csv", "a.csv", tmp_path / "work")
    child = os.fork()
    if child == 0:
        read = read_sheets(tmp_path / "a.csv", "a.csv", tmp_path / "work")
        os._exit(0 if len(read) == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert len(read_sheets(tmp_path / "a.csv", "a.csv", tmp_path / "work")) == 1
