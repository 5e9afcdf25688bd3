"""The shapes around loading: what a load is given, and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from warehouse.coverage import Coverage
from warehouse.declarations import Declarations
from warehouse.models import Contract
from warehouse.workdays import Calendar

LISTED_KINDS = ("title", "blank", "note", "total", "header", "superseded", "duplicate", "deletion")


@dataclass(frozen=True)
class LoadContext:
    """What a load knows besides the sheet. `file` is the display name; `out` an own folder for the four tables."""

    contract: Contract
    dataset: str
    supplier: str
    declarations: Declarations
    calendar: Calendar
    delivery_id: str
    file: str
    received_on: date
    as_of: date
    out: Path


@dataclass(frozen=True)
class Told:
    """Something about a delivery that its department should know; nothing was lost by it."""

    code: str
    say: str
    say_en: str


@dataclass(frozen=True)
class Example:
    """One quarantined row: physical row number, cell name, the text of the cell."""

    row: int
    cell: str
    value: str
    say: str
    say_en: str


@dataclass(frozen=True)
class Reason:
    """Why rows are quarantined: a row counts under its first fault only. At most five examples."""

    rule: str
    column: str
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Loaded:
    """One sheet, split. Always rows == loaded + quarantined + sum(listed); header rows are not rows.

    The paths are Parquet files: typed rows, quarantined rows, listed rows, and the keys that this delivery removes.
    `totals_tie` is None when there was no total to check; `key_duplicates` counts rows quarantined as `duplicate_key`.
    """

    dataset: str
    supplier: str
    delivery_id: str
    file: str
    sheet: str
    coverage: Coverage
    rows: int
    loaded: int
    quarantined: int
    listed: Mapping[str, int]
    reasons: tuple[Reason, ...]
    told: tuple[Told, ...]
    totals_tie: bool | None
    key_duplicates: int
    core_path: Path
    quarantine_path: Path
    listed_path: Path
    deletions_path: Path
