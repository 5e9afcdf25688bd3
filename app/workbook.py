"""A page as a workbook: each of its tables a sheet, under the lines that stand above it. Text stays text."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from app.markup import Html
from app.report.plain import clean

# What a person would also type as a number; a document number, a code with a leading zero or a date is text.
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
BLOCKS = frozenset({"p", "h1", "h2", "h3", "li", "dt", "dd", "summary"})
MOST_NAME, MOST_CELL = 31, 32_767
NARROWEST, WIDEST = 6, 60
EMPTY = "—"
# Lines that lead elsewhere or explain shapes say nothing on a sheet.
LEFT_OUT = frozenset({"links", "legend", "leave"})


@dataclass
class Table:
    """One table in words: what stands above it, its name, its rows; the first `heads` rows are heads."""

    above: list[str]
    name: str = ""
    heads: int = 0
    rows: list[list[tuple[str, int]]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Takes the tables out of a page, each cell as its text and how many columns it covers."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self.lines: list[str] = []
        self._text: list[str] = []
        self._span = 1
        self._silent = 0
        self._is_left_out = False
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if tag == "span" and (self._silent or held.get("aria-hidden")):
            self._silent += 1  # a shape says in the page what the word beside it says here
        elif tag == "table":
            self.tables.append(Table(self.lines))
            self.lines = []
        elif tag == "tr":
            self.tables[-1].rows.append([])
            self.tables[-1].heads += self._in_head
        elif tag == "thead":
            self._in_head = True
        elif tag in ("td", "th", "caption") or tag in BLOCKS:
            self._text, self._span = [], int(held.get("colspan") or 1)
            self._is_left_out = bool(LEFT_OUT & set((held.get("class") or "").split()))
        elif tag in ("br", "small", "span", "b"):
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        said = " ".join("".join(self._text).split())
        if tag == "span" and self._silent:
            self._silent -= 1
        elif tag == "thead":
            self._in_head = False
        elif tag == "caption":
            self.tables[-1].name = said
        elif tag in ("td", "th"):
            self.tables[-1].rows[-1].append(("" if said == EMPTY else said, self._span))
            self._text = []
        elif tag == "dd" and self.lines:
            self.lines[-1] = f"{self.lines[-1]}: {said}"
            self._text = []
        elif tag in BLOCKS:
            self.lines += [said] if said and not self._is_left_out else []
            self._text, self._is_left_out = [], False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text.append(data)


def tables_of(page: Html) -> list[Table]:
    """The tables of a page in its order; lines after the last one are left out, of a page without any they are all."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.tables or [Table(reader.lines)]


def write_workbook(page: Html, above: Sequence[str], otherwise: str) -> bytes:
    """All tables of a page as xlsx. `above` stands on top of every sheet; `otherwise` is the sheet of a page without.

    A number is a number, all else is text that no program takes for a formula, also after it was edited.
    """
    import xlsxwriter

    written = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, options) as book:
        cell = {"text_wrap": True, "valign": "top"}
        forms = {
            "head": book.add_format({**cell, "bold": True, "bottom": 1}),
            "plain": book.add_format(cell),
            "quoted": book.add_format({**cell, "quote_prefix": True}),
        }
        used: set[str] = set()
        for table in tables_of(page):
            sheet = book.add_worksheet(_name(table.name or otherwise, used))
            sheet.set_landscape()
            sheet.set_paper(9)
            for at, line in enumerate((*above, *table.above)):
                sheet.write_string(at, 0, clean(line)[:MOST_CELL])
            _write_rows(sheet, table, len(above) + len(table.above), forms)
    return written.getvalue()


def _write_rows(sheet: Any, table: Table, above: int, forms: Mapping[str, Any]) -> None:
    """The rows of one table, an empty line below what stands above it; heads stay in sight and on every sheet."""
    top = above + (1 if above else 0)
    widths: dict[int, int] = {}
    for number, row in enumerate(table.rows):
        column = 0
        for said, span in row:
            words = clean(said)[:MOST_CELL]
            is_head = number < table.heads
            if not words:
                sheet.write_blank(top + number, column, None, forms["head" if is_head else "plain"])
            elif NUMBER.fullmatch(words) and not is_head:
                sheet.write_number(top + number, column, float(words), forms["plain"])
            else:
                form = "head" if is_head else "quoted" if words.startswith(FORMULA) else "plain"
                sheet.write_string(top + number, column, words, forms[form])
            if span == 1:
                widths[column] = max(widths.get(column, NARROWEST), min(_width(words), WIDEST))
            column += span
    for column, width in widths.items():
        sheet.set_column(column, column, width + 2)
    if table.heads:
        sheet.freeze_panes(top + table.heads, 1)
        sheet.repeat_rows(top, top + table.heads - 1)


def _width(words: str) -> int:
    """In columns of a screen: a Chinese character takes two."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in words)


def _name(wanted: str, used: set[str]) -> str:
    """A sheet's name as Excel allows it: at most 31 signs, without the forbidden ones, each once."""
    plain = FORBIDDEN.sub(" ", clean(wanted)).strip() or "Sheet"
    name, again = plain[:MOST_NAME], 2
    while name.lower() in used:
        tail = f" {again}"
        name, again = plain[: MOST_NAME - len(tail)] + tail, again + 1
    used.add(name.lower())
    return name
