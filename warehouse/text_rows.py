"""Rows of text on their way to Parquet: `_row` and c0..cN, with bounded memory, whatever file they came from."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.header_cells import HEADER_ROWS, Cell, Merge, fill_header
from warehouse.refusals import refuse

BATCH_ROWS = 50_000
BATCH_CHARACTERS = 24_000_000
MAX_COLUMNS = 1_024  # no departmental export is wider; one stray cell in XFD would cost gigabytes
MAX_BLANK_ROWS = 50_000
# 4.30723E+17: a spreadsheet program wrote a long number to text and lost its digits
LOST_DIGITS = r"^\s*-?\d(\.\d+)?[Ee]\+\d{2,3}\s*$"


def column_letters(index: int) -> str:
    """0 -> A, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class RowWriter:
    """Writes one sheet, rows in order. Physical rows are 1-based and contiguous: gaps become blank rows.

    Rows after the last one with content are not written; a cell of white space only is empty. Refuses (stray_cell)
    content beyond MAX_COLUMNS or after MAX_BLANK_ROWS blank rows.
    `damaged` holds row, column index, row, column index ... of numbers that have lost digits; `hidden_rows` counts
    the rows with content that a person does not see.
    """

    def __init__(self, path: Path, file: str, sheet: str) -> None:
        self.path = path
        self.file = file
        self.sheet = sheet
        self.width = 0
        self.height = 0
        self.damaged = array("i")
        self.hidden_rows = 0
        self._rows: list[list[Cell]] = []
        self._characters = 0
        self._written = 0
        self._writer: Any = None
        self._writer_width = 0

    def add(self, number: int, cells: list[Cell], hidden: bool = False) -> None:
        """One row from column A on; a blank row need not be given."""
        while cells and (cells[-1] is None or not cells[-1].strip()):
            cells.pop()
        if not cells:
            return
        self._bridge(number, len(cells))
        self._rows.append(cells)
        self.hidden_rows += hidden
        self.height = number
        self.width = max(self.width, len(cells))
        self._characters += sum(len(cell) for cell in cells if cell)
        if len(self._rows) >= BATCH_ROWS or self._characters >= BATCH_CHARACTERS:
            self._flush()

    def add_columns(self, number: int, columns: list[Any]) -> None:
        """Consecutive rows of a text file from `number` on, as Arrow columns; notes numbers that have lost digits."""
        columns = [_without_blanks(column) for column in columns]
        rows = _rows_with_content(columns)
        if rows == 0:
            return
        columns = [column.slice(0, rows) for column in columns]
        while columns[-1].null_count == rows:
            columns.pop()
        self._bridge(number, len(columns))
        self._flush()
        self._note_lost_digits(columns, number)
        self.width = max(self.width, len(columns))
        self.height = number + rows - 1
        self._write(columns, rows)

    def finish(self, merged: Sequence[Merge] = ()) -> None:
        """Fill merged header cells and close the file."""
        merged = [merge for merge in merged if merge[0] <= HEADER_ROWS]
        flushed = self._written > 0
        if not flushed:
            fill_header(self._rows, merged, self.width)
        self._flush()
        if self._writer is None:
            self._open()
        self._writer.close()
        if flushed and merged:
            self._copy_wider(merged)
            self._writer.close()

    def _bridge(self, number: int, width: int) -> None:
        """Blank rows up to `number`, if that place is plausible."""
        blank = number - self.height - 1
        if blank < 0:
            raise ValueError(f"row {number} comes after row {self.height}")
        if blank > MAX_BLANK_ROWS or width > MAX_COLUMNS:
            cell = f"{column_letters(width - 1)}{number}"
            raise refuse("stray_cell", self.file, sheet=self.sheet or self.file, cell=cell)
        self._rows.extend([] for _ in range(blank))

    def _flush(self) -> None:
        if self._rows:
            rows, self._rows, self._characters = self._rows, [], 0
            columns = [pa.array(column, pa.string()) for column in zip_longest(*rows)]
            self._write([_without_blanks(column) for column in columns], len(rows))

    def _write(self, columns: list[Any], rows: int) -> None:
        if self._writer is not None and len(columns) > self._writer_width:
            self._writer.close()
            self._copy_wider([])
        if self._writer is None:
            self._open()
        numbers = pa.array(range(self._written + 1, self._written + 1 + rows), pa.int32())
        self._write_batch(self._writer, numbers, columns)
        self._written += rows

    def _write_batch(self, writer: Any, numbers: Any, columns: list[Any]) -> None:
        missing = [pa.nulls(len(numbers), pa.string())] * (self._writer_width - len(columns))
        writer.write_table(pa.table([numbers, *columns, *missing], schema=_schema(self._writer_width)))

    def _open(self) -> None:
        self._writer_width = self.width
        self._writer = pq.ParquetWriter(self.path, _schema(self.width), compression="lz4")

    def _copy_wider(self, merged: Sequence[Merge]) -> None:
        """Copy what is written into a file of the present width: a later row was wider, or the header is merged."""
        old = self.path.with_suffix(".before")
        self.path.rename(old)
        self._open()
        for number, batch in enumerate(_batches(old)):
            columns = batch.columns[1:]
            if number == 0 and merged:
                columns = _with_filled_header(columns, merged, self._writer_width)
            self._write_batch(self._writer, batch.column(0), columns)
        old.unlink()

    def _note_lost_digits(self, columns: list[Any], first: int) -> None:
        for index, column in enumerate(columns):
            if pc.any(pc.match_substring(column, "+")).as_py():
                lost = pc.fill_null(pc.match_substring_regex(column, LOST_DIGITS), False)
                for place in pc.indices_nonzero(lost).to_pylist():
                    self.damaged.extend((first + place, index))


def _schema(width: int) -> Any:
    return pa.schema([("_row", pa.int32()), *((f"c{index}", pa.string()) for index in range(width))])


def _batches(path: Path) -> Iterator[Any]:
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield from file.read_row_group(group, use_threads=False).combine_chunks().to_batches()


def _without_blanks(column: Any) -> Any:
    """White space only is an empty cell: null."""
    blank = pc.equal(pc.binary_length(pc.utf8_trim_whitespace(column)), 0)
    return pc.if_else(blank, pa.scalar(None, pa.string()), column) if pc.any(blank).as_py() else column


def _rows_with_content(columns: list[Any]) -> int:
    """How many rows there are up to the last one that has a value."""
    rows = len(columns[0]) if columns else 0
    if any(rows and column[rows - 1].is_valid for column in columns):
        return rows
    last = [pc.indices_nonzero(pc.is_valid(column)) for column in columns]
    return max((places[-1].as_py() + 1 for places in last if len(places)), default=0)


def _with_filled_header(columns: list[Any], merged: Sequence[Merge], width: int) -> list[Any]:
    head = [list(row) for row in zip(*(column[:HEADER_ROWS].to_pylist() for column in columns), strict=True)]
    fill_header(head, merged, width)
    tops = [pa.array(column, pa.string()) for column in zip_longest(*head)]
    return [pa.concat_arrays([top, column[HEADER_ROWS:]]) for top, column in zip(tops, columns, strict=True)]
