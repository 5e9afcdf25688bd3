"""Web pages and XML spreadsheets that call themselves xls: what report servers and old web systems export."""

from __future__ import annotations

import io
import re
from typing import Any

from lxml import etree

from warehouse.encodings import decode_text
from warehouse.header_cells import Cell, Merge
from warehouse.refusals import refuse
from warehouse.serials import is_damaged, iso_text, number_text
from warehouse.sheet_job import SheetJob
from warehouse.text_rows import LOST_DIGITS, MAX_COLUMNS, RowWriter
from warehouse.xlsx_rows import refuse_entities, stream_elements

MAX_SPAN = 1_000
_SPACES = re.compile(r"[ \t\r\n]+")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
_EXCEL_2003 = "{urn:schemas-microsoft-com:office:spreadsheet}"


def read_html(job: SheetJob) -> None:
    """Each table of a web page as a sheet; a table that only holds other tables has no rows of its own and is left out.

    Refuses (no_table_inside) a page without a table.
    """
    raw = job.path.read_bytes()
    text, encoding = decode_text(raw, job.file, job.encoding or _declared(raw))
    utf8 = text.encode("utf-8")
    del raw, text
    open_tables: list[_HtmlTable] = []
    for event, element in etree.iterparse(
        io.BytesIO(utf8), events=("start", "end"), tag=("table", "tr"), html=True, encoding="utf-8", no_network=True
    ):
        if element.tag == "table" and event == "start":
            open_tables.append(_HtmlTable(job, encoding))
        elif element.tag == "tr" and event == "end" and open_tables:
            open_tables[-1].take_row(element)
            element.clear()
        elif element.tag == "table" and event == "end" and open_tables:
            open_tables.pop().close()
            element.clear()
    while open_tables:
        open_tables.pop().close()
    if not job.sheets:
        raise refuse("no_table_inside", job.file)
    if len(job.sheets) == 1:
        job.sheets[0]["name"] = ""


def _declared(raw: bytes) -> str | None:
    """gb18030 if the page says gb2312 or gbk: the smaller sets are parts of it."""
    found = _CHARSET.search(raw[:4_096])
    name = found[1].decode("ascii").lower() if found else ""
    return {"utf-8": "utf-8", "utf8": "utf-8"}.get(name, "gb18030" if name.startswith("gb") else None)


class _HtmlTable:
    """One table while its rows go by; `covered` counts rows still covered from above, by column."""

    def __init__(self, job: SheetJob, encoding: str) -> None:
        self.job = job
        self.encoding = encoding
        self.writer: RowWriter | None = None
        self.merged: list[Merge] = []
        self.covered: dict[int, int] = {}
        self.row = 0

    def take_row(self, element: Any) -> None:
        """One <tr>: its cells go where no cell from above reaches down."""
        self.row += 1
        covered, self.covered = self.covered, {c: left - 1 for c, left in self.covered.items() if left > 1}
        cells: list[Cell] = []
        for cell in element:
            if cell.tag not in ("td", "th"):
                continue
            while len(cells) in covered:
                cells.append(None)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            if across > 1 or down > 1:
                self.merged.append((self.row, len(cells) + 1, self.row + down - 1, len(cells) + across))
            if down > 1:
                self.covered |= {column: down - 1 for column in range(len(cells), len(cells) + across)}
            cells += [_html_text(cell), *[None] * (across - 1)]
        if any(cells):
            self._write(cells)

    def _write(self, cells: list[Cell]) -> None:
        if self.writer is None:
            self.writer = self.job.open_sheet(f"table {self.job.opened + 1}")
        for column, text in enumerate(cells):
            if text and "+" in text and re.match(LOST_DIGITS, text):
                self.writer.damaged.extend((self.row, column))
        self.writer.add(self.row, cells)

    def close(self) -> None:
        """The table ends; one without content is no sheet."""
        if self.writer is not None:
            self.job.close_sheet(self.writer, self.merged, encoding=self.encoding)


def _span(cell: Any, name: str) -> int:
    text = (cell.get(name) or "1").strip()
    return max(1, min(int(text), MAX_SPAN)) if text.isdecimal() else 1


def _html_text(cell: Any) -> str:
    """The text as a browser shows it: runs of white space are one space, <br> and paragraphs are new lines."""
    pieces: list[str] = []
    for event, element in etree.iterwalk(cell, events=("start", "end")):
        if not isinstance(element.tag, str):
            text = ""
        elif event == "start":
            pieces.append("\n" if element.tag in ("br", "p", "div") else "")
            text = element.text or ""
        else:
            text = (element.tail or "") if element is not cell else ""
        pieces.append(_SPACES.sub(" ", text))
    lines = [line.strip(" ") for line in "".join(pieces).split("\n")]
    return "\n".join(line for line in lines if line)


def read_excel_2003(job: SheetJob) -> None:
    """The XML spreadsheet of Excel 2002 and 2003, still written by report servers."""
    with job.path.open("rb") as stream:
        refuse_entities(stream.read(65_536), job.file)
    with job.path.open("rb") as stream:
        for sheet in stream_elements(stream, "Worksheet"):
            writer = job.open_sheet(sheet.get(f"{_EXCEL_2003}Name") or "")
            merged: list[Merge] = []
            number = 0
            for row in sheet.iter(f"{_EXCEL_2003}Row"):
                number = int(row.get(f"{_EXCEL_2003}Index") or number + 1)
                writer.add(number, _excel_2003_row(row, number, merged, writer))
            hidden = any(item.text != "SheetVisible" for item in sheet.iter("{*}Visible"))
            job.close_sheet(writer, merged, hidden)


def _excel_2003_row(row: Any, number: int, merged: list[Merge], writer: RowWriter) -> list[Cell]:
    cells: list[Cell] = []
    column = 0
    for cell in row.iterchildren(f"{_EXCEL_2003}Cell"):
        column = int(cell.get(f"{_EXCEL_2003}Index") or column + 1)
        if not len(cells) < column <= MAX_COLUMNS:
            raise ValueError(f"column {column} after column {len(cells)}")
        across, down = (int(cell.get(f"{_EXCEL_2003}{name}") or 0) for name in ("MergeAcross", "MergeDown"))
        if across or down:
            merged.append((number, column, number + down, column + across))
        data = cell.find(f"{_EXCEL_2003}Data")
        if data is not None:
            cells.extend([None] * (column - 1 - len(cells)))
            cells.append(_excel_2003_text(data, number, column - 1, writer))
        column += across
    return cells


def _excel_2003_text(data: Any, number: int, column: int, writer: RowWriter) -> str:
    text = "".join(data.itertext())
    match data.get(f"{_EXCEL_2003}Type"):
        case "Number":
            if is_damaged(float(text)):
                writer.damaged.extend((number, column))
            return number_text(float(text))
        case "DateTime":
            return iso_text(text)
        case "Boolean":
            return "TRUE" if text.strip() == "1" else "FALSE"
        case _:
            return text
