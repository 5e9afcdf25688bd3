"""An xlsx, xlsm or et package read part by part: true positions, cached values, true dates. Nothing in it is run.

fastexcel drops leading empty rows and columns, knows no merged cells and aborts on one stray cell; openpyxl is five
times slower. What is needed of the format is little, so it is read here.
"""

from __future__ import annotations

import posixpath
import re
from array import array
from collections.abc import Iterator
from typing import IO, Any
from zipfile import ZipFile

from lxml import etree

from warehouse.header_cells import Cell, Merge
from warehouse.refusals import refuse
from warehouse.serials import (
    DATE_FORMATS,
    DURATION_FORMATS,
    Kind,
    format_kind,
    is_damaged,
    iso_text,
    number_text,
    serial_text,
)
from warehouse.sheet_job import SheetJob
from warehouse.text_rows import RowWriter

HIDDEN = frozenset(["hidden", "veryHidden"])
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def read_xlsx(job: SheetJob, archive: ZipFile) -> None:
    """All worksheets of the package, hidden ones too, in their order."""
    book = _Book(archive, job.file)
    for name, part, hidden in book.sheets:
        writer = job.open_sheet(name)
        merged = _read_sheet(book, part, writer)
        job.close_sheet(writer, merged, hidden)


class _Book:
    """What all sheets share: texts, date formats, the calendar."""

    def __init__(self, archive: ZipFile, file: str) -> None:
        self.archive = archive
        self.file = file
        self.names = {name.lower(): name for name in archive.namelist()}
        main = self._target("_rels/.rels", "officeDocument") or "xl/workbook.xml"
        folder, base = posixpath.split(main)
        self.relations = dict(self._relations(f"{folder}/_rels/{base}.rels", folder))
        self.since_1904 = False
        self.sheets: list[tuple[str, str, bool]] = []
        self._read_main(main)
        kinds = {kind: target for kind, target in self.relations.values()}
        self.texts = list(self._texts(kinds["sharedStrings"])) if "sharedStrings" in kinds else []
        self.formats = self._formats(kinds["styles"]) if "styles" in kinds else {}

    def elements(self, part: str, *tags: str) -> Iterator[Any]:
        """The elements of a part with these local names, each freed after use."""
        name = self.names[part.lower().lstrip("/")]
        with self.archive.open(name) as stream:
            refuse_entities(stream.read(65_536), self.file)
        with self.archive.open(name) as stream:
            yield from stream_elements(stream, *tags)

    def _relations(self, part: str, folder: str) -> Iterator[tuple[str, tuple[str, str]]]:
        if part.lower().lstrip("/") in self.names:
            for element in self.elements(part, "Relationship"):
                target = element.get("Target", "")
                path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
                yield element.get("Id", ""), (element.get("Type", "").rsplit("/", 1)[-1], path.lstrip("/"))

    def _target(self, part: str, kind: str) -> str | None:
        return next((path for _, (found, path) in self._relations(part, "") if found == kind), None)

    def _read_main(self, main: str) -> None:
        for element in self.elements(main, "workbookPr", "sheet"):
            if element.tag.endswith("workbookPr"):
                self.since_1904 = element.get("date1904") in ("1", "true")
                continue
            relation = element.get(_RELATION) or element.get(_STRICT_RELATION) or ""
            kind, part = self.relations[relation]
            if kind == "worksheet":
                self.sheets.append((element.get("name", ""), part, element.get("state") in HIDDEN))

    def _texts(self, part: str) -> Iterator[str]:
        for element in self.elements(part, "si"):
            yield rich_text(element)

    def _formats(self, part: str) -> dict[str, Kind]:
        """Style index, as cells name it -> date or duration."""
        own: dict[int, str] = {}
        kinds: dict[str, Kind] = {}
        for element in self.elements(part, "numFmts", "cellXfs"):
            if element.tag.endswith("numFmts"):
                own = {int(item.get("numFmtId", "0")): item.get("formatCode", "") for item in element}
                continue
            for index, style in enumerate(element):
                number = int(style.get("numFmtId") or 0)
                builtin: Kind | None = "duration" if number in DURATION_FORMATS else None
                builtin = "date" if number in DATE_FORMATS else builtin
                kind = format_kind(own[number]) if number in own else builtin
                if kind:
                    kinds[str(index)] = kind
        return kinds


def refuse_entities(head: bytes, file: str) -> None:
    """No spreadsheet program writes a DOCTYPE; in UTF-16 its letters have NULs between them."""
    if b"<!DOCTYPE" in head.replace(b"\0", b"") or b"<!ENTITY" in head.replace(b"\0", b""):
        raise refuse("unsafe_xml", file)


def stream_elements(stream: IO[bytes], *tags: str) -> Iterator[Any]:
    """Elements by local name; the tree never holds more than one of them."""
    wanted = [f"{{*}}{tag}" for tag in tags]
    options = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False}
    for _, element in etree.iterparse(stream, events=("end",), tag=wanted, **options):
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def rich_text(element: Any) -> str:
    """The text of <si> or <is>: its runs, without the phonetic reading."""
    parts = []
    for child in element:
        name = child.tag.rsplit("}", 1)[-1]
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts += [run.text or "" for run in child if run.tag.endswith("}t")]
    return unescaped("".join(parts))


def unescaped(text: str) -> str:
    """_x000D_ is how the format writes what XML cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _read_sheet(book: _Book, part: str, writer: RowWriter) -> list[Merge]:
    merged: list[Merge] = []
    number = 0
    columns: dict[str, int] = {}
    for element in book.elements(part, "row", "mergeCell"):
        if element.tag.endswith("mergeCell"):
            merged += read_range(element.get("ref", ""))
            continue
        number = int(element.get("r") or number + 1)
        writer.add(number, _read_row(book, element, number, columns, writer))
    return merged


def _read_row(book: _Book, row: Any, number: int, columns: dict[str, int], writer: RowWriter) -> list[Cell]:
    """The cells of one row up to its last value. A cell may leave out its place: it then follows the one before."""
    cells: list[Cell] = []
    column = -1
    for cell in row:
        place = cell.get("r")
        if place is None:
            column += 1
        else:
            letters = place.rstrip("0123456789")
            found = columns.get(letters)
            column = columns.setdefault(letters, column_index(letters)) if found is None else found
        text = _cell_text(book, cell, writer.damaged, number, column)
        if text is not None:
            if column < len(cells):
                raise ValueError(f"cell {place} comes after column {len(cells)}")
            cells.extend([None] * (column - len(cells)))
            cells.append(text)
    return cells


def _cell_text(book: _Book, cell: Any, damaged: array[int], number: int, column: int) -> Cell:
    kind = cell.get("t")
    value = formula = None
    for child in cell:
        tag = child.tag
        if tag.endswith("}v"):
            value = child.text
        elif tag.endswith("}is"):
            return rich_text(child)
        elif tag.endswith("}f"):
            formula = child.text or ""
    if value is None:
        # a formula saved without its result has no value: told as it stands, for a reader of cells to refuse
        return None if formula is None or kind == "str" else f"={formula}"
    if kind == "s":
        return book.texts[int(value)]
    if kind is None or kind == "n":
        style = book.formats.get(cell.get("s", ""))
        if style is None and len(value) < 15 and value.isascii() and value.isdigit() and value[0] != "0":
            return str(value)
        serial = float(value)
        if style is not None:
            return serial_text(serial, style, book.since_1904)
        if is_damaged(serial):
            damaged.extend((number, column))
        return number_text(serial)
    if kind == "b":
        return "TRUE" if value.strip() in ("1", "true") else "FALSE"
    if kind == "d":
        return iso_text(value)
    return unescaped(value) if kind == "str" else str(value)


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
