"""Typed values -> cells, spelled the many ways in which departments spell them. Everything stays readable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import Any

from flows.sample_county.exports import Layout, Row, Written
from warehouse.models import Column, Contract, Unit

Cell = str | int | date
Spell = Callable[[Any], Cell]
FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
WAN = Decimal(10000)
SERIAL_START = date(1899, 12, 30)


class Speller:
    """Spells the rows of one file; deterministic for the `Random` it is given. Grain: one line per row."""

    def __init__(
        self, contract: Contract, units: Mapping[str, Unit], layout: Layout, words: Mapping[str, Any], rnd: Random
    ) -> None:
        self._units, self._layout, self._words, self._rnd = units, layout, words, rnd
        self._columns = {name: column for name, column in contract.columns.items() if name not in layout.without}
        self._spellers = {name: self._speller(column) for name, column in self._columns.items()}
        self._sums: dict[str, Decimal] = {}
        self.rows = 0

    def header(self) -> list[Cell]:
        """The header row: a chosen spelling of every column, the running number first, unknown columns last."""
        shown: list[Cell] = []
        for at, column in enumerate(self._columns.values()):
            text = column.header[min(self._layout.alias, len(column.header) - 1)]
            text += self._layout.money_header if column.type == "yuan" else ""
            if self._layout.header_spaces and at % 3 == 1:
                text = f"{text} " if at % 2 else f"{text[:1]} {text[1:]}"
            shown.append(text)
        serial = [self._words["serial"]] if self._layout.serial else []
        return [*serial, *shown, *(text for text, _ in self._layout.extra)]

    def lines(self, rows: Iterator[Row]) -> Iterator[list[Cell]]:
        """One list of cells per row, then the total row if the layout has one."""
        extra = [text for _, text in self._layout.extra]
        for row in rows:
            self.rows += 1
            cells = [self._cell(name, spell, row.get(name)) for name, spell in self._spellers.items()]
            yield [*([str(self.rows)] if self._layout.serial else []), *cells, *extra]
        if self._layout.total:
            yield self._total()

    def _cell(self, name: str, spell: Spell, value: object) -> Cell:
        if isinstance(value, Written):
            return str(value)
        if value is None or value == "":
            # Free text and flags take a sign such as 无 at its word, so there an empty cell is simply blank.
            plain = self._columns[name].type in ("text", "flag")
            return "" if plain else self._rnd.choice(self._layout.empties)
        if self._layout.total and isinstance(value, Decimal):
            self._sums[name] = self._sums.get(name, Decimal(0)) + value
        cell = spell(value)
        if isinstance(cell, str) and len(self._layout.paddings) > 1:
            pad = self._rnd.choice(self._layout.paddings)
            return f"{pad}{cell}{pad.strip(chr(10))}"
        return cell

    def _total(self) -> list[Cell]:
        """`合计` in the first cell, a count beside it, and the sum under every column of money."""
        line: list[Cell] = ["" for _ in self.header()]
        first = 1 if self._layout.serial else 0
        line[0] = self._words["total"]
        if self._layout.total_text:
            line[1] = self._layout.total_text.format(count=self.rows)
        for at, name in enumerate(self._columns, start=first):
            if name in self._sums:
                line[at] = _plain(self._shown(self._sums[name]) + self._layout.total_off)
        return line

    def _shown(self, yuan: Decimal) -> Decimal:
        return yuan / WAN if self._layout.money_header else yuan

    def _speller(self, column: Column) -> Spell:
        match column.type:
            case "date":
                return self._spell_date
            case "timestamp":
                return lambda value: f"{value:%Y-%m-%d %H:%M:%S}"
            case "year":
                return lambda value: str(self._rnd.choice(self._words["years"])).format(y=value.year)
            case "code":
                return self._spell_code(column)
            case "flag":
                return self._spell_flag
            case "unit" | "town":
                return self._spell_unit
            case "units":
                return lambda value: self._rnd.choice(("、", "，", "\n")).join(self._spell_unit(one) for one in value)
            case "integer":
                return self._spell_integer
            case "yuan":
                return self._spell_yuan
            case "document_number":
                return self._spell_document_number
            case _:
                return str

    def _spell_date(self, value: date) -> Cell:
        style = self._rnd.choice(self._layout.dates) if len(self._layout.dates) > 1 else self._layout.dates[0]
        if style == "native":
            return value
        return spelled_date(value, style, str(self._words["dates"].get(style, "")))

    def _spell_code(self, column: Column) -> Spell:
        texts: dict[str, list[str]] = {}
        for text, code in column.values.items():
            texts.setdefault(code, []).append(text)
        fixed = {code: spelled[min(self._layout.alias, len(spelled) - 1)] for code, spelled in texts.items()}
        return fixed.__getitem__

    def _spell_flag(self, value: bool) -> str:
        spelled = self._words["yes_no"]["true" if value else "false"]
        return str(spelled[min(self._layout.alias, len(spelled) - 1)])

    def _spell_unit(self, unit_id: str) -> str:
        unit = self._units[unit_id]
        if self._layout.alias and unit.aliases:
            return self._rnd.choice((unit.label.zh, *unit.aliases))
        return unit.label.zh

    def _spell_integer(self, value: int) -> Cell:
        if self._layout.full_width:
            return str(value).translate(FULL_WIDTH)
        return value

    def _spell_yuan(self, value: Decimal) -> str:
        text = _plain(self._shown(value))
        whole = text.split(".")[0]
        if len(whole) > 3 and self._rnd.random() < 0.5:
            text = f"{int(whole):,}{text[len(whole) :]}"
        return text.translate(FULL_WIDTH) if self._layout.full_width and self._rnd.random() < 0.1 else text

    def _spell_document_number(self, value: str) -> str:
        if not self._layout.brackets or "〔" not in value:
            return value
        pair = self._rnd.choice(self._layout.brackets)
        return value.replace("〔", pair[0]).replace("〕", pair[1])


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=20000)
def spelled_date(day: date, style: str, pattern: str) -> str:
    """One date in one style: a pattern of words/, `serial` as Excel counts days, or `full_width` digits."""
    if isinstance(day, datetime):
        day = day.date()
    if style == "serial":
        return str((day - SERIAL_START) // timedelta(days=1))
    if style == "full_width":
        return f"{day:%Y-%m-%d}".translate(FULL_WIDTH)
    return pattern.format(y=day.year, m=day.month, d=day.day)
