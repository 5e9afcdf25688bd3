"""An xlsx, xlsm or et package read part by part: true positions, cached values, true dates. Nothing in it is run.

fastexcel drops leading empty rows and columns, knows no merged cells and aborts on one stray cell; openpyxl is slow
and keeps formulas or values, never both. What is needed of the format is little, so it is read here.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import IO, Any
from zipfile import ZipFile

from lxml import etree

from warehouse.number_shapes import Shape, shape_of
from warehouse.refusals import refuse
from warehouse.serials import (
    DATE_FORMATS,
    DURATION_FORMATS,
    Kind,
    format_kind,
)
from warehouse.sheet_job import SheetJob
from warehouse.xlsx_cells import read_cells, unescaped

HIDDEN = frozenset(["hidden", "veryHidden"])
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def read_xlsx(job: SheetJob, archive: ZipFile) -> None:
    """All worksheets of the package, hidden ones too, in their order."""
    book = _Book(archive, job.file)
    for name, part, hidden in book.sheets:
        writer = job.open_sheet(name)
        with book.open(part) as stream:
            merged = read_cells(stream, book, writer)
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
        self.is_uncalculated = False
        self.sheets: list[tuple[str, str, bool]] = []
        self._read_main(main)
        kinds = {kind: target for kind, target in self.relations.values()}
        self.texts = list(self._texts(kinds["sharedStrings"])) if "sharedStrings" in kinds else []
        self.formats = self._formats(kinds["styles"]) if "styles" in kinds else {}

    def open(self, part: str) -> IO[bytes]:
        """The bytes of a part; programs do not agree on upper and lower case."""
        return self.archive.open(self.names[part.lower().lstrip("/")])

    def elements(self, part: str, *tags: str) -> Iterator[Any]:
        """The elements of a part with these local names, each freed after use."""
        with self.open(part) as stream:
            refuse_entities(stream.read(65_536), self.file)
        with self.open(part) as stream:
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
        for element in self.elements(main, "workbookPr", "sheet", "calcPr"):
            if element.tag.endswith("calcPr"):
                self.is_uncalculated = element.get("fullCalcOnLoad") in ("1", "true")
                continue
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

    def _formats(self, part: str) -> dict[str, Kind | Shape]:
        """Style index, as cells name it -> date, duration, or what is shown beside the digits."""
        own: dict[int, str] = {}
        kinds: dict[str, Kind | Shape] = {}
        for element in self.elements(part, "numFmts", "cellXfs"):
            if element.tag.endswith("numFmts"):
                own = {int(item.get("numFmtId", "0")): item.get("formatCode", "") for item in element}
                continue
            for index, style in enumerate(element):
                number = int(style.get("numFmtId") or 0)
                builtin: Kind | None = "duration" if number in DURATION_FORMATS else None
                builtin = "date" if number in DATE_FORMATS else builtin
                kind = format_kind(own[number]) if number in own else builtin
                shown = kind or (shape_of(own[number]) if number in own else None)
                if shown:
                    kinds[str(index)] = shown
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
    if len(element) == 1 and element[0].tag.endswith("}t"):
        return unescaped(element[0].text or "")
    parts = []
    for child in element:
        name = child.tag.rsplit("}", 1)[-1]
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts += [run.text or "" for run in child if run.tag.endswith("}t")]
    return unescaped("".join(parts))
