"""How the export files are written: by the programs that departments use, as far as they run here."""

from __future__ import annotations

import csv
import io
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import xlsxwriter

Cell = str | int | float | date | datetime | None
Rows = Sequence[Sequence[Cell]]


def write_openpyxl(path: Path, sheets: dict[str, Rows], merged: Sequence[str] = (), hidden: Sequence[str] = ()) -> None:
    """Several sheets; `merged` ranges such as A1:D1 are of the first one. Numbers and dates stay such."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in hidden:
            sheet.sheet_state = "hidden"
    for area in merged:
        book.worksheets[0].merge_cells(area)
    book.save(path)


def write_xlsxwriter(path: Path, sheets: dict[str, Rows], vba: bool = False) -> None:
    """The same through XlsxWriter; with `vba` a workbook that claims macros."""
    with tempfile.TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd", "strings_to_numbers": False})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for at, value in enumerate(row):
                    if value is not None:
                        sheet.write(number, at, value)
        if vba:
            macros = Path(folder) / "vbaProject.bin"
            macros.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504)
            book.add_vba_project(str(macros))
        book.close()


def text_of(rows: Rows, delimiter: str = ",") -> str:
    """The rows as separated text, quoted where needed."""
    lines = io.StringIO()
    csv.writer(lines, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return lines.getvalue()


def write_text(path: Path, rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> None:
    """Separated text. GB18030 comes from iconv, as on the machines that still export it."""
    text = text_of(rows, delimiter)
    if encoding != "gb18030":
        path.write_bytes(text.encode(encoding))
        return
    command = ["iconv", "-f", "UTF-8", "-t", "GB18030"]
    converted = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    path.write_bytes(converted.stdout)


def convert(source: Path, target: Path, kind: str) -> None:
    """Let LibreOffice save `source` as `kind` (xls, ods, html, pdf, doc ...) under the name of `target`."""
    with tempfile.TemporaryDirectory() as folder:
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", folder, str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        made = next(Path(folder).glob(f"{source.stem}.*"))
        target.write_bytes(made.read_bytes())


def write_zip(path: Path, members: dict[str, bytes]) -> None:
    """A zip whose member names are GBK, as Windows in China writes them: no UTF-8 flag is set."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(_GbkInfo(name), content)


class _GbkInfo(zipfile.ZipInfo):
    """A directory entry whose name is written in GBK."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800
