"""Total rows: compared with the rows above them, then listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from warehouse.models import Contract


@dataclass
class Totals:
    """Running sums of a sheet's numeric columns: since the last total row, and over all rows."""

    contract: Contract
    ties: bool | None = None
    differing: list[tuple[int, str, str, Decimal]] = field(default_factory=list)
    _rows: int = 0
    _on_top: list[tuple[int, str, str, Decimal]] = field(default_factory=list)
    _part: dict[str, Decimal] = field(default_factory=dict)
    _whole: dict[str, Decimal] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The columns that can be summed."""
        return [name for name, one in self.contract.columns.items() if one.type in ("integer", "decimal", "yuan")]

    def add(self, typed: pl.DataFrame) -> None:
        """Rows of the table, in order, loaded or not. Money is in yuan."""
        self._rows += typed.height
        for name in self.columns:
            value = typed[name].sum() if typed.height else 0
            found = Decimal(str(value if value is not None else 0))
            self._part[name] = self._part.get(name, Decimal(0)) + found
            self._whole[name] = self._whole.get(name, Decimal(0)) + found

    def check(self, row: int, read: Callable[[str], tuple[str, Decimal | None]]) -> None:
        """A total row: each number in it equals the rows since the last total, or all rows so far.

        `read(column)` gives the cell's text and its value; None where the cell holds no number. A total that stands
        above all rows waits for `finish`.
        """
        for name in self.columns:
            text, value = read(name)
            if value is None:
                continue
            if not self._rows:
                self._on_top.append((row, name, text, value))
                continue
            expected = (self._part.get(name, Decimal(0)), self._whole.get(name, Decimal(0)))
            self._compare(row, name, text, value, expected)
        self._part = {}

    def finish(self) -> None:
        """Compare the totals that stand above all rows with the sum of them."""
        for row, name, text, value in self._on_top:
            self._compare(row, name, text, value, (self._whole.get(name, Decimal(0)),))
        self._on_top = []

    def _compare(self, row: int, name: str, text: str, value: Decimal, expected: tuple[Decimal, ...]) -> None:
        if value in expected:
            self.ties = self.ties is not False
        else:
            self.ties = False
            self.differing.append((row, name, text, expected[0]))
