"""The tables of the catalogue as one workbook, and back: text cells, a grey row of field names that tells the sheet.

The row of field names starts with `<part>:<first field>`; by it a sheet is known again, whatever it is called now and
whatever stands above. A workbook that comes back is parsed in guarded children alone.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from warehouse.catalogue_grids import Grid
from warehouse.refusals import DeliveryRefused, refuse
from warehouse.sheets import TextSheet, read_sheets
from warehouse.text_rows import column_letters

HEAD_ROWS = 3
VERSION = "version "
MARK = re.compile(r"(\w+):(\w+)")
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
MOST_ROWS = 20_000


@dataclass(frozen=True)
class BookRow:
    """One row of a sheet that came back: its cells by field, and the letters of its columns."""

    part: str
    sheet: str
    row: int
    cells: Mapping[str, str]
    letters: Mapping[str, str]


def write_book(
    grids: Mapping[str, Grid], titles: Mapping[str, str], heads: Mapping[str, Sequence[str]], note: str, version: str
) -> bytes:
    """All tables as xlsx. `titles` and `heads` (one per field) are what people read; `note` stands on top.

    `version`: of the declarations, behind the field names, so that a workbook from before a later change is known.
    """
    import xlsxwriter

    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, options) as book:
        plain = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        grey = book.add_format({"font_color": "#8c959f", "font_size": 8})
        for part, grid in grids.items():
            sheet = book.add_worksheet(FORBIDDEN.sub(" ", titles[part])[:31])
            sheet.write_string(0, 0, note)
            for at, field in enumerate(grid.fields):
                sheet.write_string(1, at, f"{part}:{field}" if at == 0 else field, grey)
                sheet.write_string(2, at, heads[part][at], head)
                wide = max((len(row.get(field, "")) for row in grid.rows.values()), default=0)
                sheet.set_column(at, at, min(44, max(9, 2 * len(heads[part][at]), round(1.3 * wide))), plain)
            sheet.write_string(1, len(grid.fields), f"{VERSION}{version}", grey)
            for down, row in enumerate(grid.rows.values(), start=HEAD_ROWS):
                for at, field in enumerate(grid.fields):
                    sheet.write_string(down, at, row.get(field, ""), plain)
            sheet.freeze_panes(HEAD_ROWS, grid.keys)
    return written.getvalue()


def read_book(data: bytes, name: str, grids: Mapping[str, Grid]) -> tuple[list[BookRow], set[str]]:
    """The rows of every sheet that carries the row of field names, and the versions that these rows name.

    Rows without any cell are left out.

    Refuses (DeliveryRefused) what `read_sheets` refuses, `no_catalogue_sheet` where no sheet is known, and
    `unknown_field` where a column of the row of field names is none.
    """
    with tempfile.TemporaryDirectory(prefix="ducha-book-") as work:
        path = Path(work) / "incoming.xlsx"
        path.write_bytes(data)
        versions: set[str] = set()
        sheets = read_sheets(path, name, Path(work) / "sheets")
        found = [row for sheet in sheets for row in _rows(sheet, grids, versions)]
    if not found:
        raise DeliveryRefused(
            "no_catalogue_sheet",
            f"“{name}”不是从本页下载的表格（找不到灰色的字段名那一行），请先下载、在下载的表里改，再上传",
            f"“{name}” was not downloaded from this page (its grey row of field names is missing): download it first, "
            "change it there, then bring it",
        )
    return found, versions


def _rows(sheet: TextSheet, grids: Mapping[str, Grid], versions: set[str]) -> list[BookRow]:
    if not sheet.height or not sheet.width:
        return []
    if sheet.height > MOST_ROWS:
        raise refuse("too_large", sheet.name)
    text = pl.read_parquet(sheet.rows)
    rows = [(row[0], [(cell or "").strip() for cell in row[1:]]) for row in text.iter_rows()]
    at = next((place for place, (_, cells) in enumerate(rows[:10]) if MARK.fullmatch(cells[0])), None)
    if at is None:
        return []
    part, _, first = rows[at][1][0].partition(":")
    grid = grids.get(part)
    fields = [first, *("" if field.startswith(VERSION) else field for field in rows[at][1][1:])]
    versions |= {field.removeprefix(VERSION) for field in rows[at][1] if field.startswith(VERSION)}
    unknown = [field for field in fields if field and (grid is None or field not in grid.fields)]
    if grid is None or unknown or fields[: grid.keys] != list(grid.fields[: grid.keys]):
        said = "、".join(unknown) or part
        raise DeliveryRefused(
            "unknown_field",
            f"工作表“{sheet.name}”第{rows[at][0]}行灰色的字段名被改动过：{said}。请不要改这一行，重新下载后再改",
            f"sheet “{sheet.name}”, row {rows[at][0]}: the grey field names were changed ({said}): download it anew",
        )
    letters = {field: column_letters(place) for place, field in enumerate(fields) if field}
    return [
        BookRow(
            part, sheet.name, number, {name: cell for name, cell in zip(fields, cells, strict=True) if name}, letters
        )
        for number, cells in rows[at + 2 :]
        if any(cells)
    ]
