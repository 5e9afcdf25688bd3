"""What one file of the sample county is: typed rows, and how they are laid out and spelled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

Row = dict[str, object]
Kind = Literal["csv", "zip", "xlsx", "large_xlsx", "html", "crosstab"]


class Written(str):
    """A cell that is written exactly as it stands, readable or not."""


@dataclass(frozen=True)
class Layout:
    """How rows become cells.

    `alias` picks the header spelling of every column; `group` is a header over the columns (text, first, last);
    `bands` are the upper header rows of a crosstab in the same form; `extra` are columns that no contract knows;
    `total_off` makes the total row differ from the sum, in the unit shown; `without` are columns the file lacks.
    """

    kind: Kind
    title: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    alias: int = 0
    serial: bool = False
    group: tuple[str, str, str] | None = None
    bands: tuple[tuple[str, str, str], ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    without: tuple[str, ...] = ()
    dates: tuple[str, ...] = ("iso",)
    paddings: tuple[str, ...] = ("",)
    empties: tuple[str, ...] = ("",)
    header_spaces: bool = False
    full_width: bool = False
    brackets: tuple[str, ...] = ()
    total: bool = False
    total_text: str = ""
    total_off: Decimal = Decimal(0)
    money_header: str = ""
    notes: tuple[str, ...] = ()
    more_sheets: bool = False


@dataclass(frozen=True)
class Export:
    """One file: rows of one dataset from one supplier, and when it arrives. `copies` are the same bytes again."""

    dataset: str
    supplier: str
    name: str
    layout: Layout
    rows: Iterable[Row]
    arrives_at: datetime
    folder: str = ""
    copies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A file that holds no table: a scan, or a paper that must not be kept."""

    supplier: str
    name: str
    content: bytes
    arrives_at: datetime
