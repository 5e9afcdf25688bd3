"""csv, tsv and other delimited text, in bounded memory however large: pieces of text become Arrow columns.

Grain: one physical row per record, as a spreadsheet program would show it; a line break inside quotes is no new row.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from warehouse.encodings import PIECE, detect_encoding
from warehouse.refusals import refuse
from warehouse.sheet_job import SheetJob
from warehouse.text_rows import BATCH_CHARACTERS, BATCH_ROWS, MAX_COLUMNS, RowWriter, column_letters

DELIMITERS = (",", "\t", ";", "|")
SAMPLE = 1 << 16
SAMPLE_ROWS = 200
MAX_LINE = 64_000_000
MAX_CELL = 1_000_000  # a spreadsheet cell holds 32,767 characters; longer means a quote that never closes
_AS_TEXT = re.compile(r'^="(?s:.*)"$')


def read_delimited(job: SheetJob) -> None:
    """The file as one sheet without a name.

    Refuses what is neither UTF-8, GB18030 nor marked UTF-16, holds NUL bytes, or whose quotes do not pair up.
    """
    encoding = job.encoding or detect_encoding(job.path, job.file)
    writer = job.open_sheet("")
    reader = _Reader(writer)
    try:
        with job.path.open("rb") as stream:
            sample = codecs.getincrementaldecoder(encoding)().decode(stream.read(SAMPLE))
        reader.delimiter = find_delimiter(sample)
        reader.read(_pieces(job.path, encoding, job.file))
    except UnicodeError as error:
        raise refuse("unknown_encoding", job.file, detail=repr(error)[:500]) from None
    except csv.Error as error:
        raise refuse("broken_quotes", job.file, row=reader.row, detail=str(error)) from None
    job.close_sheet(writer, encoding=encoding.removesuffix("-sig"))


def find_delimiter(sample: str) -> str:
    """The delimiter that cuts most of the first rows into the same number of columns; `,` if none cuts any."""
    told = re.match(r"sep=(.)\r?\n", sample)
    if told:
        return told[1]
    best = (0.0, 0, ",")
    for delimiter in DELIMITERS:
        widths = Counter(_widths(sample, delimiter))
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        if width > 1 and (rows / widths.total(), width) > best[:2]:
            best = (rows / widths.total(), width, delimiter)
    return best[2]


def _widths(sample: str, delimiter: str) -> list[int]:
    lines = io.StringIO(sample, newline="")
    widths = []
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            if any(cell.strip() for cell in row):
                widths.append(len(row))
            if len(widths) > SAMPLE_ROWS:
                return widths
    except csv.Error:
        return widths
    return widths[:-1] if len(widths) > 1 and len(sample) > SAMPLE // 4 else widths  # the last may be cut off


def _pieces(path: Path, encoding: str, file: str) -> Iterator[str]:
    """The text in pieces that end with a line."""
    decoder = codecs.getincrementaldecoder(encoding)()
    rest = ""
    with path.open("rb") as stream:
        while raw := stream.read(PIECE):
            text = rest + decoder.decode(raw)
            cut = text.rfind("\n") + 1 or text.rfind("\r", 0, len(text) - 1) + 1
            rest = text[cut:]
            if len(rest) > MAX_LINE:
                raise refuse("unknown_file_kind", file, detail="a line without end")
            if cut:
                yield text[:cut]
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest


class _Reader:
    """Takes pieces of text; `row` is the physical row that comes next, or the one it failed at."""

    def __init__(self, writer: RowWriter) -> None:
        self.writer = writer
        self.delimiter = ","
        self.row = 1

    def read(self, pieces: Iterator[str]) -> None:
        """Arrow's fast reader while there are no quotes; from the first quote on the csv module, which is strict."""
        for piece in pieces:
            if "\0" in piece:  # possible in UTF-16 only
                raise refuse("nul_bytes", self.writer.file)
            if '"' in piece:
                self._read_quoted(chain([piece], pieces))
                return
            if not self._read_plain(piece):
                self._read_quoted([piece])

    def _read_plain(self, piece: str) -> bool:
        """False if the rows differ in width."""
        width = piece.split("\n", 1)[0].count(self.delimiter) + 1
        if not 1 < width <= MAX_COLUMNS:
            return False
        names = [str(index) for index in range(width)]
        raw = piece.encode("utf-8")
        try:
            table = pyarrow.csv.read_csv(
                pa.BufferReader(raw),
                pyarrow.csv.ReadOptions(use_threads=False, block_size=len(raw) + 1, column_names=names),
                pyarrow.csv.ParseOptions(delimiter=self.delimiter, quote_char=False, ignore_empty_lines=False),
                pyarrow.csv.ConvertOptions(check_utf8=False, column_types=dict.fromkeys(names, pa.string())),
            )
        except pa.ArrowInvalid:
            return False
        self._write([column.combine_chunks() for column in table.columns], table.num_rows)
        return True

    def _read_quoted(self, pieces: Iterable[str]) -> None:
        csv.field_size_limit(MAX_CELL)
        lines = _Lines(pieces)
        rows: list[list[str]] = []
        first = self.row
        for row in csv.reader(lines, delimiter=self.delimiter, strict=True):
            rows.append(row if len(row) <= MAX_COLUMNS else self._narrowed(row))
            self.row += 1
            if len(rows) >= BATCH_ROWS or lines.characters >= BATCH_CHARACTERS:
                first = self._write_rows(rows, first)
                rows, lines.characters = [], 0
        self._write_rows(rows, first)

    def _write_rows(self, rows: list[list[str]], first: int) -> int:
        self.row = first
        columns = [pa.array(column, pa.string()) for column in zip_longest(*rows)]
        self._write([_unwrapped(column) for column in columns], len(rows))
        return self.row

    def _write(self, columns: list[Any], rows: int) -> None:
        self.writer.add_columns(self.row, columns)
        self.row += rows

    def _narrowed(self, row: list[str]) -> list[str]:
        last = max((index for index, cell in enumerate(row) if cell.strip()), default=-1)
        if last >= MAX_COLUMNS:
            cell = f"{column_letters(last)}{self.row}"
            raise refuse("stray_cell", self.writer.file, sheet=self.writer.file, cell=cell)
        return row[: last + 1]


class _Lines:
    """Lines of all pieces; `characters` counts what went through."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self.characters = 0
        self._pieces = pieces

    def __iter__(self) -> Iterator[str]:
        for piece in self._pieces:
            self.characters += len(piece)
            yield from io.StringIO(piece, newline="")


def _unwrapped(column: Any) -> Any:
    """="00123" is how exporters keep a spreadsheet program from changing a number: the text is 00123."""
    if pc.any(pc.starts_with(column, '="')).as_py():
        texts = [cell[2:-1] if cell and _AS_TEXT.match(cell) else cell for cell in column.to_pylist()]
        return pa.array(texts, pa.string())
    return column
