"""What the night would make of a file, in plain values that outlive the folder in which it was read. Nothing is kept.

The same reading as the night's (`delivery.read_file`): the bytes are parsed in guarded children, never here.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from warehouse.cells import header_forms
from warehouse.declarations import Declarations
from warehouse.delivery import FileRead, SheetRead, read_file
from warehouse.ledger import Ledger
from warehouse.loaded import Loaded
from warehouse.masking import mask_quarantined, mask_row, personal_columns
from warehouse.models import Contract
from warehouse.purging import is_purged
from warehouse.settle import Version, same_version
from warehouse.slices import held_against
from warehouse.workdays import Calendar

MOST_WRONG, MOST_RIGHT = 50, 5


@dataclass(frozen=True)
class Said:
    """One sentence for the clerk in both languages, and the code of what it is about."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True)
class WrongCell:
    """One fault of a row: its cell (`C7`, "" where the whole row is meant) and the header above it."""

    cell: str
    header: str
    said: Said


@dataclass(frozen=True)
class WrongRow:
    """A row that would be set aside: its physical number, its cells by header (personal ones masked), its faults."""

    row: int
    cells: Mapping[str, str]
    faults: tuple[WrongCell, ...]


@dataclass(frozen=True)
class SheetSeen:
    """One sheet. Always rows == loaded + quarantined + sum(listed).

    `refused`: nothing of it would load. `outcome`: it would load later or not again (held, duplicate). At most
    MOST_WRONG rows stand in `wrong`, at most MOST_RIGHT of those that load in `right`.
    """

    sheet: str
    dataset: str | None
    supplier: str = ""
    periods: tuple[str, ...] = ()
    rows: int = 0
    loaded: int = 0
    quarantined: int = 0
    listed: Mapping[str, int] = field(default_factory=dict)
    told: tuple[Said, ...] = ()
    refused: Said | None = None
    outcome: Said | None = None
    wrong: tuple[WrongRow, ...] = ()
    right: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class FileSeen:
    """One file. `unit`: who supplies it, given or recognised; "" where more than one unit of `suppliers` may.

    `may_be_brought`: the night would take something of it, be it rows, a return slip or a list of corrections.
    """

    name: str
    sha256: str
    unit: str
    suppliers: tuple[str, ...]
    refused: Said | None
    sheets: tuple[SheetSeen, ...]
    may_be_brought: bool


def look_at(
    data: bytes,
    name: str,
    unit: str,
    declared: Declarations,
    today: date,
    ledger: Ledger,
    last: Path | None,
) -> FileSeen:
    """Read a file as the night of `today` would. `unit` "": the only unit that supplies what it holds.

    `last`: the current snapshot, against which a replacement is held. Never raises DeliveryRefused.
    """
    calendar = Calendar(declared.holidays)
    with tempfile.TemporaryDirectory(prefix="ducha-look-") as work:
        path = Path(work) / f"incoming{Path(name).suffix.lower()[:16]}"
        path.write_bytes(data)

        def read(supplier: str | None, turn: str) -> FileRead:
            folder = Path(work) / turn
            return read_file(path, name, supplier, declared, calendar, today, today, folder, "look")

        found = read(unit or None, "first")
        suppliers = _suppliers(found, declared, today)
        if not unit and len(suppliers) == 1:
            unit = suppliers[0]
            if any(one.loaded and one.loaded.supplier != unit for one in found.sheets):
                found = read(unit, "second")
        return _seen(found, unit, suppliers, declared, ledger, last)


def _suppliers(found: FileRead, declared: Declarations, today: date) -> tuple[str, ...]:
    """The units in force that may supply every sheet that was recognised."""
    each = [
        {unit for kind in contract.supplied_by for unit in declared.units_for(kind, today)}
        for one in found.sheets
        if one.dataset and (contract := declared.contracts.get(one.dataset))
    ]
    both = set.intersection(*each) if each else set()
    return tuple(unit for unit in declared.units if unit in both)


def _seen(
    found: FileRead,
    unit: str,
    suppliers: tuple[str, ...],
    declared: Declarations,
    ledger: Ledger,
    last: Path | None,
) -> FileSeen:
    refused = Said(found.refused.code, found.refused.say, found.refused.say_en) if found.refused else None
    if is_purged(ledger, found.sha256):
        refused = Said(
            "purged",
            "这份文件的内容已按决定销毁，不再载入；如需重报请报送更正后的文件",
            "its content was destroyed by decision: it is not taken again; please send a corrected file",
        )
        return FileSeen(found.file, found.sha256, unit, suppliers, refused, (), False)
    sheets = tuple(_sheet(one, found.sha256, declared, ledger, last) for one in found.sheets)
    is_other = found.slip is not None or found.corrections is not None
    takes = is_other or any(one.loaded for one in found.sheets)
    return FileSeen(found.file, found.sha256, unit, suppliers, refused, sheets, takes)


def _sheet(one: SheetRead, sha256: str, declared: Declarations, ledger: Ledger, last: Path | None) -> SheetSeen:
    if one.refused is not None:
        refused = Said(one.refused.code, one.refused.say, one.refused.say_en)
        return SheetSeen(one.sheet, one.dataset, refused=refused)
    if one.loaded is None:
        skipped = one.skipped
        told = (Said(skipped.code, skipped.say, skipped.say_en),) if skipped else ()
        return SheetSeen(one.sheet, one.dataset, told=told)
    loaded, contract = one.loaded, declared.contracts[one.loaded.dataset]
    return SheetSeen(
        one.sheet,
        loaded.dataset,
        loaded.supplier,
        tuple(loaded.coverage.periods),
        loaded.rows,
        loaded.loaded,
        loaded.quarantined,
        {kind: count for kind, count in loaded.listed.items() if count},
        tuple(Said(told.code, told.say, told.say_en) for told in loaded.told),
        None,
        _outcome(loaded, sha256, contract, ledger, last),
        wrong_rows(loaded, contract),
        _right_rows(loaded, declared),
    )


def _outcome(loaded: Loaded, sha256: str, contract: Contract, ledger: Ledger, last: Path | None) -> Said | None:
    """Whether the night would call it a duplicate of what stands, or hold it for the clerk."""
    peers = [
        Version(row["id"], row["dataset"], row["supplier"], row["sha256"], row["sheet"], row["coverage_start"],
                row["coverage_end"], contract.mode, row.get("amends") or "")
        for row in ledger.in_force(loaded.dataset, loaded.supplier)
    ]  # fmt: skip
    sheet = f"{loaded.file}/{loaded.sheet}"
    span = (loaded.coverage.start, loaded.coverage.end)
    new = Version(loaded.delivery_id, loaded.dataset, loaded.supplier, sha256, sheet, *span, contract.mode)
    if same_version(new, peers):
        return Said(
            "duplicate",
            "与现在采用的文件完全相同，再送一次不会改变任何数字",
            "the very same file is in force already: to send it again changes nothing",
        )
    if contract.mode != "replace" or last is None or not peers:
        return None
    held = held_against(last, loaded, ledger.findings())
    return Said(held.code, held.say, held.say_en) if held else None


def wrong_rows(loaded: Loaded, contract: Contract, most: int = MOST_WRONG) -> tuple[WrongRow, ...]:
    """The first rows that would be set aside, in the order of the sheet, masked."""
    table = pl.scan_parquet(loaded.quarantine_path, glob=False).sort("_row").head(most).collect()
    return tuple(_wrong_row(mask_quarantined(row, contract), contract) for row in table.iter_rows(named=True))


def _wrong_row(row: Mapping[str, Any], contract: Contract) -> WrongRow:
    cells: dict[str, str] = json.loads(row["raw"] or "{}")
    faults = [row, *json.loads(row["also"] or "[]")]
    found = tuple(
        WrongCell(
            one["cell"] or "",
            _header(one["column"], contract, cells),
            Said(one["rule"], one["say"], one["say_en"] or one["say"]),
        )
        for one in faults
    )
    return WrongRow(row["_row"], cells, found)


def _header(column: str | None, contract: Contract, cells: Iterable[str]) -> str:
    """What stands above a column in the sheet itself; where its cell is empty, what the contract calls it."""
    declared = contract.columns.get(column or "")
    if declared is None:
        return ""
    forms = {form for header in declared.header for form in header_forms(header)}
    return next((header for header in cells if forms & set(header_forms(header))), declared.header[0])


def _right_rows(loaded: Loaded, declared: Declarations) -> tuple[Mapping[str, Any], ...]:
    """The first rows that load, as they were read, masked; only the columns that the sheet holds something in."""
    table = pl.scan_parquet(loaded.core_path, glob=False).sort("_row").head(MOST_RIGHT).collect()
    kinds = personal_columns(declared, loaded.dataset, (loaded.dataset,))
    names = [name for name in declared.contracts[loaded.dataset].columns if name in table.columns]
    filled: Sequence[str] = [name for name in names if table[name].null_count() < table.height]
    rows = table.select("_row", *filled).iter_rows(named=True)
    return tuple(mask_row(row, kinds) for row in rows)
