"""A BIFF workbook (xls, older et) through xlrd: calamine tells no merged cells, durations or damaged numbers."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import xlrd
from xlrd.biffh import XL_CELL_BOOLEAN, XL_CELL_DATE, XL_CELL_ERROR, XL_CELL_NUMBER, XL_CELL_TEXT, error_text_from_code
from xlrd.compdoc import CompDoc

from warehouse.header_cells import Cell
from warehouse.number_shapes import Shape, shape_of
from warehouse.refusals import refuse
from warehouse.serials import DURATION_FORMATS, format_kind, is_damaged, number_text, serial_text
from warehouse.sheet_job import SheetJob
from warehouse.text_rows import RowWriter

FIRST_OWN_FORMAT = 164
STREAMS = ("Workbook", "Book", "EncryptedPackage", "WordDocument", "PowerPoint Document")


def read_xls(job: SheetJob) -> None:
    """All worksheets, hidden ones too, in their order. Refuses a workbook with a password."""
    with open(os.devnull, "w") as log:
        book = _open(job, log)
        for index in range(book.nsheets):
            sheet = book.sheet_by_index(index)
            writer = job.open_sheet(sheet.name)
            for row in range(sheet.nrows):
                look = sheet.rowinfo_map.get(row)
                writer.add(row + 1, _read_row(book, sheet, row, writer), hidden=bool(look and look.hidden))
            merged = [(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells]
            job.close_sheet(writer, merged, hidden=bool(sheet.visibility))
            book.unload_sheet(index)


def stream_names(path: Path) -> set[str]:
    """What an OLE container holds: tells workbooks from documents and from encrypted packages."""
    raw = path.read_bytes()
    try:
        with open(os.devnull, "w") as log:
            return {entry.name for entry in CompDoc(raw, logfile=log, ignore_workbook_corruption=True).dirlist}
    except Exception:  # a broken directory: its names still tell a document from a workbook
        return {name for name in STREAMS if name.encode("utf-16-le") in raw}


def _open(job: SheetJob, log: Any) -> Any:
    """With formats if it goes (merged cells and durations need them); some exporters write formats xlrd cannot read."""
    options: dict[str, Any] = {"logfile": log, "on_demand": True, "ragged_rows": True}
    options["ignore_workbook_corruption"] = True  # cross-linked sectors outside the workbook, as WPS writes them
    try:
        return xlrd.open_workbook(str(job.path), formatting_info=True, **options)
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower() or "password" in str(error).lower():
            raise refuse("encrypted", job.file) from None
        raise
    except Exception:
        return xlrd.open_workbook(str(job.path), **options)


def _read_row(book: Any, sheet: Any, row: int, writer: RowWriter) -> list[Cell]:
    cells: list[Cell] = []
    for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
        if kind == XL_CELL_TEXT:
            cells.append(value)
        elif kind == XL_CELL_NUMBER:
            if is_damaged(value):
                writer.damaged.extend((row + 1, column))
            shape = _shape(book, sheet.cell_xf_index(row, column)) if book.formatting_info else None
            cells.append(shape.text_of(value) if shape else number_text(value))
        elif kind == XL_CELL_DATE:
            duration = book.formatting_info and _is_duration(book, sheet.cell_xf_index(row, column))
            cells.append(serial_text(value, "duration" if duration else "date", bool(book.datemode)))
        elif kind == XL_CELL_BOOLEAN:
            cells.append("TRUE" if value else "FALSE")
        elif kind == XL_CELL_ERROR:
            cells.append(error_text_from_code.get(value, "#ERROR"))
        else:
            cells.append(None)
    return cells


def _shape(book: Any, style: int) -> Shape | None:
    """Of formats that the file defines itself: those that every program has are told by xlrd in dollars."""
    number = book.xf_list[style].format_key
    return _shape_of(book.format_map[number].format_str) if number >= FIRST_OWN_FORMAT else None


@lru_cache(maxsize=512)
def _shape_of(code: str) -> Shape | None:
    return shape_of(code)


def _is_duration(book: Any, style: int) -> bool:
    number = book.xf_list[style].format_key
    known = book.format_map.get(number)
    return number in DURATION_FORMATS or (known is not None and format_kind(known.format_str) == "duration")
