"""The cells of one xlsx worksheet, as a stream of events: no tree is built, however large the sheet."""

from __future__ import annotations

import re
from typing import IO, Any, Protocol
from xml.parsers import expat

from warehouse.header_cells import Cell, Merge
from warehouse.number_shapes import Shape
from warehouse.refusals import refuse
from warehouse.serials import Kind, is_damaged, iso_text, number_text, serial_text
from warehouse.text_rows import RowWriter

PIECE = 1 << 18
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")


class Book(Protocol):
    """What the cells of all sheets share: texts, formats by style, the calendar, whether results are yet to come."""

    texts: list[str]
    formats: dict[str, Kind | Shape]
    since_1904: bool
    is_uncalculated: bool


def read_cells(stream: IO[bytes], book: Book, writer: RowWriter) -> list[Merge]:
    """Write the rows of a worksheet; returns its merged ranges. Refuses a DOCTYPE: no program writes one."""
    cells = _Cells(book, writer)
    while piece := stream.read(PIECE):
        cells.parser.Parse(piece, False)
    cells.parser.Parse(b"", True)
    return cells.merged


class _Cells:
    """The state between two events. Cells and rows may leave out their place: they then follow the one before."""

    def __init__(self, book: Book, writer: RowWriter) -> None:
        self.book = book
        self.writer = writer
        self.merged: list[Merge] = []
        self.columns: dict[str, int] = {}
        self.row = 0
        self.column = -1
        self.is_hidden = False
        self.cells: list[Cell] = []
        self.attributes: dict[str, str] | None = None
        self.value: str | None = None
        self.formula: str | None = None
        self.inline: list[str] | None = None
        self.phonetic = False
        self.pieces: list[str] = []
        self.starts: dict[str, Any] = {}
        self.ends: dict[str, Any] = {}
        parser = self.parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start_root
        parser.CharacterDataHandler = self.pieces.append

    def _refuse_doctype(self, *_: object) -> None:
        raise refuse("unsafe_xml", self.writer.file)

    def _start_root(self, name: str, _: dict[str, str]) -> None:
        """The root tells the prefix of all names: mostly none."""
        prefix = name.removesuffix("worksheet")
        clear = self.pieces.clear
        starts = {
            "row": self._start_row, "c": self._start_cell, "is": self._start_inline, "rPh": self._start_phonetic,
            "mergeCell": self._merge, "v": lambda _: clear(), "f": lambda _: clear(), "t": lambda _: clear(),
        }  # fmt: skip
        ends = {
            "row": self._end_row, "c": self._end_cell, "v": self._end_value, "f": self._end_formula,
            "t": self._end_text, "rPh": self._end_phonetic,
        }  # fmt: skip
        self.starts = {prefix + key: value for key, value in starts.items()}
        self.ends = {prefix + key: value for key, value in ends.items()}
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if (start := self.starts.get(name)) is not None:
            start(attributes)

    def _end(self, name: str) -> None:
        if (end := self.ends.get(name)) is not None:
            end()

    def _start_row(self, attributes: dict[str, str]) -> None:
        self.row = int(attributes.get("r") or self.row + 1)
        self.column = -1
        self.is_hidden = attributes.get("hidden") in ("1", "true")

    def _end_row(self) -> None:
        if self.cells:
            self.writer.add(self.row, self.cells, self.is_hidden)
            self.cells = []

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if self.attributes is not None:
            raise ValueError("a cell inside a cell")
        self.attributes = attributes
        self.value = self.formula = self.inline = None

    def _start_inline(self, _: dict[str, str]) -> None:
        self.inline = []

    def _start_phonetic(self, _: dict[str, str]) -> None:
        self.phonetic = True

    def _end_phonetic(self) -> None:
        self.phonetic = False

    def _end_value(self) -> None:
        self.value = "".join(self.pieces) or None

    def _end_formula(self) -> None:
        self.formula = "".join(self.pieces)

    def _end_text(self) -> None:
        if self.inline is not None and not self.phonetic:
            self.inline.append("".join(self.pieces))

    def _merge(self, attributes: dict[str, str]) -> None:
        self.merged += read_range(attributes.get("ref", ""))

    def _end_cell(self) -> None:
        attributes, self.attributes = self.attributes or {}, None
        place = attributes.get("r")
        if place is None:
            self.column += 1
        else:
            letters = place.rstrip("0123456789")
            column = self.columns.get(letters)
            if column is None:
                column = self.columns[letters] = column_index(letters)
            self.column = column
        if self.value is None and self.inline is None and self.formula is None:
            return
        text = self._text(attributes)
        if text is None:
            return
        if self.column != len(self.cells):
            if self.column < len(self.cells):
                raise ValueError(f"cell {place} comes after column {len(self.cells)}")
            self.cells.extend([None] * (self.column - len(self.cells)))
        self.cells.append(text)

    def _text(self, attributes: dict[str, str]) -> Cell:
        kind, value = attributes.get("t"), self.value
        if self.inline is not None:
            return unescaped("".join(self.inline))
        # a program that leaves all computing to the reader saves 0 as the result of every formula
        if value is None or (value == "0" and self.formula is not None and self.book.is_uncalculated):
            # a formula saved without its result has no value: told as it stands, for a reader of cells to refuse
            return None if kind == "str" else f"={self.formula}"
        if kind == "s":
            return self.book.texts[int(value)]
        if kind is None or kind == "n":
            return self._number(value, attributes.get("s", ""))
        if kind == "b":
            return "TRUE" if value.strip() in ("1", "true") else "FALSE"
        if kind == "d":
            return iso_text(value)
        return unescaped(value) if kind == "str" else value

    def _number(self, value: str, style: str) -> Cell:
        kind = self.book.formats.get(style)
        if kind is None and len(value) < 15 and value.isascii() and value.isdigit() and value[0] != "0":
            return value
        number = float(value)
        if kind is not None and not isinstance(kind, Shape):
            return serial_text(number, kind, self.book.since_1904)
        if is_damaged(number):
            self.writer.damaged.extend((self.row, self.column))
        return number_text(number) if kind is None else kind.text_of(number)


def unescaped(text: str) -> str:
    """_x000D_ is how the format writes what XML cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def column_index(letters: str) -> int:
    """A -> 0, AA -> 26, XFD -> 16383."""
    index = 0
    for letter in letters:
        if not "A" <= letter <= "Z" or index > 16_384:
            raise ValueError(f"no column {letters!r}")
        index = index * 26 + ord(letter) - 64
    return index - 1


def read_range(text: str) -> list[Merge]:
    """ "A1:C2" -> [(1, 1, 2, 3)]; what is no range is left out."""
    found = _RANGE.fullmatch(text)
    if not found:
        return []
    first, first_row, last, last_row = found.groups()
    return [(int(first_row), column_index(first) + 1, int(last_row), column_index(last) + 1)]
