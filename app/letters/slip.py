"""退回清单.xlsx: the rows to check and the rows set aside, as constant text that no spreadsheet program runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import Any

from app.wording import text
from warehouse.return_slips import identity_lines, seen_mark

LONGEST_CELL = 32_000
NONE: frozenset[int] = frozenset()
LINE_HEIGHT, MOST_LINES, SOURCE_WIDTH = 15, 12, 20
CONSTANT_TEXT = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
ROW_COLUMNS = ("number", "figure", "period", "matter", "delivery", "file", "sheet", "row")
HELD_COLUMNS = ("number", "delivery", "file", "sheet", "row", "cell", "column", "value", "fault", "to_do")
CONTEST_COLUMNS = (
    "number", "figure", "period", "matter", "objection", "reason", "evidence", "filled_by", "phone", "day",
)  # fmt: skip
WIDTHS = {
    "number": 6, "figure": 24, "period": 12, "matter": 48, "file": 28, "sheet": 14, "row": 8, "to_do": 28,
    "delivery": 20, "cell": 9, "column": 16, "value": 22, "fault": 36, "objection": 32, "reason": 28, "evidence": 20,
    "filled_by": 12, "phone": 16, "day": 12,
}  # fmt: skip


@dataclass(frozen=True)
class RowToCheck:
    """One traced row that keeps a figure from its target."""

    figure: str
    period: str
    matter: str
    delivery: str
    file: str
    sheet: str
    row: str


@dataclass(frozen=True)
class HeldRow:
    """One quarantined row of the unit's own delivery; `source` holds its cells by header, personal ones masked or gone.

    `comments` says what to do, by header at fault; `comment` stands where no header can be named.
    """

    delivery: str
    file: str
    sheet: str
    row: str
    cell: str
    column: str
    value: str
    fault: str
    comment: str
    source: dict[str, str]
    comments: dict[str, str]


@dataclass(frozen=True)
class HeldTable:
    """The quarantined rows of one dataset; `headers` are the contract's, `more` counts those not listed."""

    label: str
    headers: tuple[str, ...]
    rows: tuple[HeldRow, ...]
    more: int = 0


@dataclass(frozen=True)
class Contested:
    """A finding that the unit may contest."""

    finding: int
    figure: str
    period: str
    matter: str


@dataclass(frozen=True)
class Slip:
    """Everything a return slip holds."""

    unit: str
    night: str
    business_date: date
    day: str
    sample: bool
    rows: tuple[RowToCheck, ...]
    more_rows: int
    held: tuple[HeldTable, ...]
    contested: tuple[Contested, ...] = field(default=())
    unit_id: str = ""
    sent: tuple[HeldTable, ...] = field(default=())


def write_slip(slip: Slip) -> bytes:
    """The workbook. The same slip gives the same bytes; every cell is a text constant; nothing is hidden."""
    import xlsxwriter

    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, CONSTANT_TEXT)
    book.set_properties({"created": datetime.combine(slip.business_date, datetime.min.time())})
    writer = _Writer(book, slip)
    writer.rows_sheet()
    for number, table in enumerate(slip.held, start=1):
        writer.held_sheet("quarantined", number, table)
    for number, table in enumerate(slip.sent, start=1):
        writer.held_sheet("sent", number, table)
    writer.contest_sheet()
    writer.identity_sheet()
    book.close()
    return buffer.getvalue()


class _Writer:
    """Writes the sheets of one slip with one set of formats."""

    def __init__(self, book: Any, slip: Slip) -> None:
        self.book, self.slip = book, slip
        self.widths: list[int] = []
        self.records: list[Mapping[str, Any]] = []
        font = {"font_name": "宋体", "font_size": 10.5, "valign": "top", "text_wrap": True}
        # quote_prefix keeps `=...` a text even after somebody edits the cell.
        cell = {**font, "border": 1, "border_color": "#B8C2CC", "quote_prefix": True, "num_format": "@"}
        self.formats = {
            "title": book.add_format({**font, "bold": True, "font_size": 14, "text_wrap": False}),
            "line": book.add_format({**font, "text_wrap": False, "font_color": "#52606D"}),
            "header": book.add_format({**font, "border": 1, "border_color": "#B8C2CC", "bold": True,
                                       "bg_color": "#E8EDF2", "valign": "vcenter"}),
            "cell": book.add_format(cell),
            "bad": book.add_format({**cell, "bg_color": "#FFE3B3"}),
            "fill": book.add_format({**cell, "bg_color": "#F4F9F1"}),
        }  # fmt: skip

    def rows_sheet(self) -> None:
        """The rows that the letter's figures rest on."""
        sheet = self._sheet(text("slip.sheets.rows", "zh"))
        at = self._head(sheet, ROW_COLUMNS)
        for number, row in enumerate(self.slip.rows, start=1):
            values = (str(number), row.figure, row.period, row.matter, row.delivery, row.file, row.sheet, row.row)
            self._line(sheet, at, values)
            at += 1
        self._foot(sheet, at, len(self.slip.rows), self.slip.more_rows)

    def held_sheet(self, kind: str, number: int, table: HeldTable) -> None:
        """The quarantined rows of one dataset, or loaded ones to check (`sent`), each with its cells."""
        name = sheet_name(f"{text(f'slip.sheets.{kind}', 'zh')} {number}")
        sheet = self._sheet(name)
        headers = [text("slip.columns.in_source", "zh", header=header) for header in table.headers]
        self._identify(name, HELD_COLUMNS, dict(zip(table.headers, headers, strict=True)))
        at = self._head(sheet, HELD_COLUMNS, headers, table.label)
        first = len(HELD_COLUMNS)
        for count, row in enumerate(table.rows, start=1):
            values = [
                str(count),
                row.delivery,
                row.file,
                row.sheet,
                row.row,
                row.cell,
                row.column,
                row.value,
                row.fault,
                "",
            ]
            source = [row.source.get(header, "") for header in table.headers]
            seen = {header: seen_mark(clip(value)) for header, value in zip(table.headers, source, strict=True)}
            record = {"sheet": name, "number": str(count), "delivery": row.delivery, "row": int(row.row)}
            self.records.append(record | {"column": row.column, "seen": seen})
            bad = {
                first + place: row.comments[header]
                for place, header in enumerate(table.headers)
                if header in row.comments
            }
            if row.comment:
                bad = bad or {HELD_COLUMNS.index("value"): row.comment}
            told = frozenset({*bad, HELD_COLUMNS.index("value")} if row.comment else ())
            self._line(sheet, at, values + source, bad=told, fills=frozenset({first - 1}))
            for column, comment in bad.items():
                sheet.write_comment(at, column, clip(comment), {"x_scale": 1.6, "author": ""})
            at += 1
        self._foot(sheet, at, len(table.rows), table.more)
        # On paper only what is wrong and what to do; the cells as sent are for the screen.
        sheet.print_area(0, 0, at, first - 1)

    def contest_sheet(self) -> None:
        """Where the unit contests a figure."""
        name = sheet_name(text("slip.sheets.contest", "zh"))
        sheet = self._sheet(name)
        self._identify(name, CONTEST_COLUMNS, {})
        at = self._head(sheet, CONTEST_COLUMNS)
        for number, one in enumerate(self.slip.contested, start=1):
            self.records.append({"sheet": name, "number": str(number), "finding": one.finding})
            blank = [""] * (len(CONTEST_COLUMNS) - 4)
            fills = frozenset(range(4, len(CONTEST_COLUMNS)))
            self._line(sheet, at, [str(number), one.figure, one.period, one.matter, *blank], fills=fills)
            at += 1
        self._foot(sheet, at, len(self.slip.contested), 0)

    def identity_sheet(self) -> None:
        """What the lines of the other sheets stand for, so that the slip can be read back."""
        sheet = self._sheet(text("slip.sheets.identity", "zh"))
        at = self._head(sheet, (), label=text("slip.identity", "zh"))
        for row, values in enumerate(identity_lines(self.slip.unit_id, self.slip.night, self.records), start=at):
            for column, value in enumerate(values):
                sheet.write_string(row, column, value, self.formats["line"])

    def _identify(self, name: str, columns: Sequence[str], cells: Mapping[str, str]) -> None:
        self.records.append({"sheet": name, "headers": {column: header_words(column) for column in columns},
                             "cells": dict(cells)})  # fmt: skip

    def _sheet(self, name: str) -> Any:
        sheet = self.book.add_worksheet(sheet_name(name))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.4, 0.4, 0.5, 0.5)
        return sheet

    def _head(self, sheet: Any, columns: Sequence[str], further: Sequence[str] = (), label: str = "") -> int:
        """Title, date, what to do, then the header; returns the first row for data."""
        key = "slip.sample_title" if self.slip.sample else "slip.title"
        lines = [
            text(key, "zh", unit=self.slip.unit),
            text("slip.dated", "zh", day=self.slip.day, night=self.slip.night),
        ]
        lines.append(text("slip.how", "zh"))
        lines += [label] if label else []
        for at, line in enumerate(lines):
            sheet.write_string(at, 0, clip(line), self.formats["title" if at == 0 else "line"])
            sheet.set_row(at, 24 if at == 0 else 17)
        header = len(lines)
        self.widths = [WIDTHS[name] for name in columns] + [SOURCE_WIDTH] * len(further)
        for column, name in enumerate(columns):
            sheet.write_string(header, column, header_words(name), self.formats["header"])
        for column, name in enumerate(further, start=len(columns)):
            sheet.write_string(header, column, clip(name), self.formats["header"])
        for column, width in enumerate(self.widths):
            sheet.set_column(column, column, width)
        sheet.set_row(header, 34)
        sheet.freeze_panes(header + 1, 0)
        sheet.repeat_rows(header)
        return header + 1

    def _line(
        self, sheet: Any, at: int, values: Sequence[str], bad: frozenset[int] = NONE, fills: frozenset[int] = NONE
    ) -> None:
        for column, value in enumerate(values):
            name = "bad" if column in bad else "fill" if column in fills else "cell"
            if value:
                sheet.write_string(at, column, clip(value), self.formats[name])
            else:
                sheet.write_blank(at, column, None, self.formats[name])
        # No program sets the height of wrapped rows by itself when it opens a file that does not name one.
        lines = max(lines_of(value, width) for value, width in zip(values, self.widths, strict=True))
        sheet.set_row(at, LINE_HEIGHT * min(lines, MOST_LINES) + 3)

    def _foot(self, sheet: Any, at: int, listed: int, more: int) -> None:
        if more:
            sheet.write_string(at, 0, text("slip.more", "zh", count=more), self.formats["line"])
        elif not listed:
            sheet.write_string(at, 0, text("slip.nothing", "zh"), self.formats["line"])


def header_words(name: str) -> str:
    """What stands above a column, in both languages."""
    return text("slip.bilingual", "zh", zh=text(f"slip.columns.{name}", "zh"), en=text(f"slip.columns.{name}", "en"))


def clip(value: str) -> str:
    """At most what a cell holds; longer text is cut and says so."""
    return value if len(value) <= LONGEST_CELL else value[:LONGEST_CELL] + "…"


def lines_of(value: str, width: int) -> int:
    """How many lines a text takes in a column of that width, counted in narrow characters."""
    wide = sum(2 if ord(char) > 0x2E7F else 1 for char in value)
    return max(1, -(-wide // max(width - 1, 1)))


def sheet_name(name: str) -> str:
    """A name that Excel takes: at most 31 characters, none of []:*?/\\."""
    return re.sub(r"[\[\]:*?/\\]", " ", name)[:31].strip("' ") or "1"
