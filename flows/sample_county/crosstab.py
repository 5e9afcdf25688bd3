"""A statistical table as it is published: labels over several merged columns, and a header of bands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flows.sample_county.exports import Layout
from flows.sample_county.spelling import Cell

# How many columns the labels are spread over, and the sign between the parts of one label.
LABELS, PARTED = 3, "|"


def write_crosstab(path: Path, layout: Layout, header: list[Cell], lines: Iterator[list[Cell]]) -> None:
    """One xlsx. The first cell of a line is its label, its parts between `|`; the last part fills the columns left.

    Each band of the layout (text, first, last) is a header row over its columns; what no further band covers is merged
    down to the last header row. Equal parts above one another are merged too.
    """
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append([layout.title])
    width = LABELS + len(header) - 1
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=width)
    last = 2 + len(layout.bands)
    _merge(sheet, str(header[0]), (2, last), (1, LABELS))
    covering = _write_bands(sheet, layout, header)
    for at, name in enumerate(header[1:], start=LABELS + 1):
        _merge(sheet, str(name), (2 + covering[at], last), (at, at))
    labels: list[list[str]] = []
    for row, (label, *numbers) in enumerate(lines, start=last + 1):
        parts = str(label).split(PARTED)
        labels.append(parts)
        for place, part in enumerate(parts, start=1):
            end = LABELS if place == len(parts) else place
            if labels[-2:-1] and labels[-2][:place] == parts[:place]:
                continue
            _merge(sheet, part, (row, row), (place, end))
        for at, number in enumerate(numbers, start=LABELS + 1):
            sheet.cell(row, at, number)
    _merge_down(sheet, labels, last + 1)
    for note in layout.notes:
        sheet.append([note])
    book.save(path)


def _write_bands(sheet: Any, layout: Layout, header: list[Cell]) -> dict[int, int]:
    """The rows of bands; gives for each column how many bands stand over it."""
    covering = dict.fromkeys(range(LABELS + 1, LABELS + len(header)), 0)
    for row, (text, first, last) in enumerate(layout.bands, start=2):
        start, end = (LABELS + header.index(name) for name in (first, last))
        _merge(sheet, text, (row, row), (start, end))
        for at in range(start, end + 1):
            covering[at] += 1
    return covering


def _merge_down(sheet: Any, labels: list[list[str]], first: int) -> None:
    """Merge each part but a label's last over the rows that share it."""
    for place in range(LABELS - 1):
        row = 0
        while row < len(labels):
            run = row + 1
            key = labels[row][: place + 1]
            while len(labels[row]) > place + 1 and run < len(labels) and labels[run][: place + 1] == key:
                run += 1
            if run - row > 1:
                column = place + 1
                sheet.merge_cells(
                    start_row=first + row, end_row=first + run - 1, start_column=column, end_column=column
                )
            row = run


def _merge(sheet: Any, text: str, rows: tuple[int, int], columns: tuple[int, int]) -> None:
    sheet.cell(rows[0], columns[0], text)
    if rows[0] < rows[1] or columns[0] < columns[1]:
        sheet.merge_cells(start_row=rows[0], end_row=rows[1], start_column=columns[0], end_column=columns[1])
