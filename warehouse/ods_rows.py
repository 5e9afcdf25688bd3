"""An OpenDocument spreadsheet: repeated cells and rows unfolded, values from attributes and never from looks."""

from __future__ import annotations

import re
from typing import Any
from zipfile import ZipFile

from lxml import etree

from warehouse.header_cells import Cell, Merge
from warehouse.refusals import refuse
from warehouse.serials import is_damaged, iso_text, number_text
from warehouse.sheet_job import SheetJob
from warehouse.text_rows import MAX_COLUMNS, RowWriter
from warehouse.xlsx_rows import refuse_entities

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
MAX_REPEATED = 10_000  # rows with content that one element may stand for
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")


def read_ods(job: SheetJob, archive: ZipFile) -> None:
    """All tables, hidden ones too, in their order. Refuses a document with a password."""
    if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise refuse("encrypted", job.file)
    with archive.open("content.xml") as stream:
        refuse_entities(stream.read(65_536), job.file)
    hidden_styles: set[str] = set()
    sheet: _OdsSheet | None = None
    tags = [f"{TABLE}table", f"{TABLE}table-row", f"{STYLE}style"]
    options = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}
    with archive.open("content.xml") as stream:
        for event, element in etree.iterparse(stream, events=("start", "end"), tag=tags, **options):
            if element.tag == tags[0] and event == "start" and sheet is None:
                hidden = element.get(f"{TABLE}style-name") in hidden_styles
                sheet = _OdsSheet(job.open_sheet(element.get(f"{TABLE}name") or ""), hidden)
            elif event == "end" and element.tag == tags[1] and sheet is not None:
                sheet.take_row(element)
                element.clear()
            elif event == "end" and element.tag == tags[0] and sheet is not None:
                job.close_sheet(sheet.writer, sheet.merged, sheet.hidden)
                sheet = None
                element.clear()
            elif element.tag == tags[2] and any(child.get(f"{TABLE}display") == "false" for child in element):
                hidden_styles.add(element.get(f"{STYLE}name", ""))


class _OdsSheet:
    """One table while its rows go by."""

    def __init__(self, writer: RowWriter, hidden: bool) -> None:
        self.writer = writer
        self.hidden = hidden
        self.merged: list[Merge] = []
        self.row = 0

    def take_row(self, element: Any) -> None:
        """One row element, which may stand for many rows."""
        repeated = int(element.get(f"{TABLE}number-rows-repeated") or 1)
        hidden = element.get(f"{TABLE}visibility") in ("collapse", "filter")
        cells: list[Cell] = []
        damaged: list[int] = []
        column = 0
        for cell in element:
            if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                continue
            times = int(cell.get(f"{TABLE}number-columns-repeated") or 1)
            text = None if cell.tag == f"{TABLE}covered-table-cell" else _cell_text(cell, damaged, column)
            if text:
                cells.extend([None] * (column - len(cells)))
                cells.extend([text] * min(times, MAX_COLUMNS + 1))
            self._note_merge(cell, column)
            column += times
        if cells:
            for number in range(self.row + 1, self.row + 1 + min(repeated, MAX_REPEATED)):
                self.writer.add(number, list(cells), hidden)
                for index in damaged:
                    self.writer.damaged.extend((number, index))
            if repeated > MAX_REPEATED:
                cell_name = f"A{self.row + repeated}"
                raise refuse("stray_cell", self.writer.file, sheet=self.writer.sheet, cell=cell_name)
        self.row += repeated

    def _note_merge(self, cell: Any, column: int) -> None:
        across = int(cell.get(f"{TABLE}number-columns-spanned") or 1)
        down = int(cell.get(f"{TABLE}number-rows-spanned") or 1)
        if across > 1 or down > 1:
            self.merged.append((self.row + 1, column + 1, self.row + down, column + across))


def _cell_text(cell: Any, damaged: list[int], column: int) -> Cell:
    kind = cell.get(f"{OFFICE}value-type")
    value = cell.get(f"{OFFICE}value")
    if kind in ("float", "percentage", "currency") and value is not None:
        if is_damaged(float(value)):
            damaged.append(column)
        return number_text(float(value))
    if kind == "date":
        return iso_text(cell.get(f"{OFFICE}date-value") or "")
    if kind == "boolean":
        return (cell.get(f"{OFFICE}boolean-value") or "").upper()
    if kind == "time":
        found = _DURATION.fullmatch(cell.get(f"{OFFICE}time-value") or "")
        return ":".join(f"{int(part):02d}" for part in found.groups()) if found else _shown(cell)
    return _shown(cell)


def _shown(cell: Any) -> Cell:
    """The paragraphs of a cell, without its comment."""
    lines = ["".join(_pieces(child)) for child in cell if child.tag == f"{TEXT}p"]
    return "\n".join(lines) or None


def _pieces(element: Any) -> list[str]:
    found = [element.text or ""]
    for child in element:
        if child.tag == f"{TEXT}s":
            found.append(" " * min(int(child.get(f"{TEXT}c") or 1), 1_000))
        elif child.tag == f"{TEXT}tab":
            found.append("\t")
        elif child.tag == f"{TEXT}line-break":
            found.append("\n")
        elif child.tag != f"{OFFICE}annotation":
            found += _pieces(child)
        found.append(child.tail or "")
    return found
