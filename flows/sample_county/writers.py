"""Lines of cells -> a file: delimited text, zip, xlsx, or the HTML that some systems call xls."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from flows.sample_county.crosstab import write_crosstab
from flows.sample_county.exports import Layout
from flows.sample_county.spelling import Cell

SUFFIX = {"csv": ".csv", "zip": ".zip", "xlsx": ".xlsx", "large_xlsx": ".xlsx", "html": ".xls", "crosstab": ".xlsx"}
# The time stored inside zips, so that the same rows give the same file.
WRITTEN_AT = re.compile(rb">\d{4}-\d\d-\d\dT[\d:.]+Z<")
STORED_AT = (2024, 1, 1, 0, 0, 0)


def suffix_of(layout: Layout) -> str:
    """`.txt` for text between tabs, else the usual one."""
    return ".txt" if layout.kind == "csv" and layout.delimiter == "\t" else SUFFIX[layout.kind]


def write_table(path: Path, layout: Layout, header: list[Cell], lines: Iterator[list[Cell]], more: str) -> None:
    """Write one table. Lines are streamed, except into a small xlsx; `more` names its sheet of instructions."""
    match layout.kind:
        case "csv":
            with path.open("w", encoding=layout.encoding, newline="") as target:
                _write_delimited(target, layout, header, lines)
        case "zip":
            _write_zip(path, layout, header, lines)
        case "xlsx":
            _write_xlsx(path, layout, header, lines, more)
        case "large_xlsx":
            _write_large_xlsx(path, layout, header, lines)
        case "crosstab":
            write_crosstab(path, layout, header, lines)
            _forget_when(path)
        case "html":
            _write_html(path, layout, header, lines)


def _write_delimited(target: TextIO, layout: Layout, header: list[Cell], lines: Iterator[list[Cell]]) -> None:
    writer = csv.writer(target, delimiter=layout.delimiter)
    if layout.title:
        writer.writerow([layout.title, *("" for _ in header[1:])])
    writer.writerow(header)
    writer.writerows(lines)
    for note in layout.notes:
        writer.writerow([note, *("" for _ in header[1:])])


class _GbkZipInfo(zipfile.ZipInfo):
    """A member whose name is stored in GBK without the UTF-8 flag, as Chinese Windows does."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def _write_zip(path: Path, layout: Layout, header: list[Cell], lines: Iterator[list[Cell]]) -> None:
    inner = _GbkZipInfo(path.stem + ".csv", STORED_AT)
    inner.compress_type = zipfile.ZIP_DEFLATED
    with (
        zipfile.ZipFile(path, "w") as outer,
        outer.open(inner, "w", force_zip64=True) as raw,
        io.TextIOWrapper(raw, encoding=layout.encoding, newline="") as target,
    ):
        _write_delimited(target, layout, header, lines)


def _write_xlsx(path: Path, layout: Layout, header: list[Cell], lines: Iterator[list[Cell]], more: str) -> None:
    """A small workbook with what people do to them: merged title, header in two rows, further sheets, notes."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    at, last = 1, get_column_letter(len(header))
    if layout.title:
        sheet.append([layout.title])
        sheet.merge_cells(f"A{at}:{last}{at}")
        at += 1
    if layout.group:
        _append_grouped_header(sheet, layout.group, header, at)
    else:
        sheet.append(header)
    for line in lines:
        sheet.append(line)
    for note in layout.notes:
        sheet.append([note])
        sheet.merge_cells(f"A{sheet.max_row}:{last}{sheet.max_row}")
    if layout.more_sheets:
        told = book.create_sheet(more)
        for note in layout.notes:
            told.append([note])
        book.create_sheet("Sheet3")
    book.save(path)
    _forget_when(path)


def _forget_when(path: Path) -> None:
    """Write a workbook's members with one fixed moment: the same rows are the same bytes, whenever they are written."""
    fresh = path.with_name(path.name + ".part")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename == "docProps/core.xml":
                content = WRITTEN_AT.sub(b">2025-01-01T00:00:00Z<", content)
            settled = zipfile.ZipInfo(member.filename, STORED_AT)
            settled.compress_type, settled.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(settled, content)
    fresh.replace(path)


def _append_grouped_header(sheet: Any, group: tuple[str, str, str], header: list[Cell], at: int) -> None:
    """A group over its columns in row `at`; all other headers are merged over both rows."""
    text, first, last = group
    start, end = header.index(first), header.index(last)
    over = [text if index == start else None if start < index <= end else name for index, name in enumerate(header)]
    sheet.append(over)
    sheet.append([name if start <= index <= end else None for index, name in enumerate(header)])
    sheet.merge_cells(start_row=at, end_row=at, start_column=start + 1, end_column=end + 1)
    for index in range(len(header)):
        if not start <= index <= end:
            sheet.merge_cells(start_row=at, end_row=at + 1, start_column=index + 1, end_column=index + 1)


def _write_large_xlsx(path: Path, layout: Layout, header: list[Cell], lines: Iterator[list[Cell]]) -> None:
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), {**options, "strings_to_numbers": False})
    sheet, days = book.add_worksheet("Sheet1"), book.add_format({"num_format": "yyyy/m/d"})
    at = 0
    if layout.title:
        sheet.merge_range(0, 0, 0, len(header) - 1, layout.title)
        at = 1
    notes: list[list[Cell]] = [[note] for note in layout.notes]
    for line in chain([header], lines, notes):
        for column, cell in enumerate(line):
            if isinstance(cell, date):
                sheet.write_datetime(at, column, cell, days)
            elif isinstance(cell, int):
                sheet.write_number(at, column, cell)
            elif cell:
                sheet.write_string(at, column, cell)
        at += 1
    book.close()
    _forget_when(path)


def _write_html(path: Path, layout: Layout, header: list[Cell], lines: Iterator[list[Cell]]) -> None:
    """A page with one table, named .xls: what many web systems give as an Excel export."""
    with path.open("w", encoding=layout.encoding, newline="\n") as target:
        target.write(f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={layout.encoding}">')
        target.write("</head><body><table border=1>\n")
        if layout.title:
            target.write(f"<tr><td colspan={len(header)}>{html.escape(layout.title)}</td></tr>\n")
        for line in chain([header], lines):
            target.write("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in line) + "</tr>\n")
        for note in layout.notes:
            target.write(f"<tr><td colspan={len(header)}>{html.escape(note)}</td></tr>\n")
        target.write("</table></body></html>\n")
