"""One file from an inbox folder: read, matched, loaded, or refused with a sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from warehouse.declarations import Declarations
from warehouse.load import load_sheet
from warehouse.loaded import LoadContext, Loaded, Told
from warehouse.match import Match, has_table, match_sheet
from warehouse.models import Contract
from warehouse.refusals import DeliveryRefused
from warehouse.secrecy import refuse_secret_name, refuse_secret_sheet
from warehouse.sheets import Limits, TextSheet, read_sheets
from warehouse.workdays import Calendar


@dataclass(frozen=True)
class SheetRead:
    """One sheet: exactly one of `refused`, `loaded`, `skipped` is set. `file` names the inner file of a zip."""

    file: str
    sheet: str
    refused: DeliveryRefused | None = None
    loaded: Loaded | None = None
    skipped: Told | None = None


@dataclass(frozen=True)
class FileRead:
    """One file. When `refused` is set nothing of it loaded; of a file refused as `secret` keep only `sha256`."""

    file: str
    sha256: str
    refused: DeliveryRefused | None
    sheets: tuple[SheetRead, ...]


@dataclass(frozen=True)
class _Reading:
    """What is known about a file before it is opened."""

    supplier: str | None
    declarations: Declarations
    calendar: Calendar
    received_on: date
    as_of: date
    work: Path
    delivery_id_prefix: str
    dataset: str | None


def read_file(
    path: Path,
    display_name: str,
    supplier: str | None,
    declarations: Declarations,
    calendar: Calendar,
    received_on: date,
    as_of: date,
    work: Path,
    delivery_id_prefix: str,
    dataset: str | None = None,
    limits: Limits | None = None,
) -> FileRead:
    """Every sheet of a file, loaded or refused; for the night and for a dry run alike. Never raises DeliveryRefused.

    `work` is an own, empty folder for the tables of this file; deliveries are `<delivery_id_prefix>.<n>`, n the place
    of the sheet. `supplier` None: a dry run, taken as the contract's own supplier. `dataset` limits the match to one.
    Refuses the whole file for what `sheets.read_sheets` refuses, for a secrecy mark (`secret`) in its name or on any
    sheet, and when none of its sheets loads. A sheet alone is refused when it matches no dataset or two, lacks a
    required header, comes from another supplier than the contract names (`wrong_supplier`), or repeats the periods of
    another sheet of the file (`two_sheets_one_period`).
    """
    reading = _Reading(supplier, declarations, calendar, received_on, as_of, work, delivery_id_prefix, dataset)
    sha256 = sha256_of(path)
    work.mkdir(parents=True, exist_ok=True)
    try:
        refuse_secret_name(display_name)
        sheets = read_sheets(path, display_name, work, limits or Limits())
        for sheet in sheets:
            refuse_secret_sheet(sheet)
    except DeliveryRefused as refused:
        return FileRead(display_name, sha256, refused, ())
    read = [_read_sheet(sheet, number, reading) for number, sheet in enumerate(sheets, start=1)]
    read = _without_clashes(read, reading.declarations.contracts)
    return FileRead(display_name, sha256, _whole_file(display_name, read), tuple(read))


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def suppliers_of(contract: Contract, declarations: Declarations, on: date) -> set[str]:
    """The units that may deliver a dataset, with those they became and those they came from."""
    named = {unit for kind in contract.supplied_by for unit in (*declarations.units_for(kind, on), kind)}
    found = {unit for unit in named if unit in declarations.units}
    units = declarations.units
    found |= {unit for unit, one in units.items() if one.becomes in found}
    return found | {one.becomes for unit in found if (one := units[unit]).becomes in units and one.becomes}


def _read_sheet(sheet: TextSheet, number: int, reading: _Reading) -> SheetRead:
    declarations = reading.declarations
    if not sheet.height or not sheet.width:
        say = f"工作表“{sheet.name}”是空表，已跳过"
        return SheetRead(sheet.file, sheet.name, skipped=Told("empty_sheet", say, f"the sheet “{sheet.name}” is empty"))
    contracts: Mapping[str, Contract] = declarations.contracts
    if reading.dataset is not None:
        contracts = {reading.dataset: contracts[reading.dataset]}
    try:
        match = match_sheet(sheet, contracts)
        supplier = _supplier(sheet, match, reading)
    except DeliveryRefused as refused:
        if refused.code == "no_match" and (sheet.hidden or not has_table(sheet)):
            return SheetRead(sheet.file, sheet.name, skipped=_skipped(sheet))
        return SheetRead(sheet.file, sheet.name, refused=refused)
    context = LoadContext(
        contract=contracts[match.dataset],
        dataset=match.dataset,
        supplier=supplier,
        declarations=declarations,
        calendar=reading.calendar,
        delivery_id=f"{reading.delivery_id_prefix}.{number}",
        file=sheet.file,
        received_on=reading.received_on,
        as_of=reading.as_of,
        out=reading.work / f"load-{number}",
    )
    loaded = load_sheet(sheet, match, context)
    if sheet.hidden:
        say = f"工作表“{sheet.name}”是隐藏的，已照常读取"
        loaded = replace(loaded, told=(*loaded.told, Told("hidden_sheet", say, f"the sheet “{sheet.name}” is hidden")))
    return SheetRead(sheet.file, sheet.name, loaded=loaded)


def _skipped(sheet: TextSheet) -> Told:
    if sheet.hidden:
        say = f"隐藏工作表“{sheet.name}”不是数据表，已跳过"
        return Told("hidden_sheet_skipped", say, f"the hidden sheet “{sheet.name}” holds no dataset: skipped")
    say = f"工作表“{sheet.name}”只有文字说明，没有数据表，已跳过"
    return Told("notes_only", say, f"the sheet “{sheet.name}” holds notes and no table: skipped")


def _supplier(sheet: TextSheet, match: Match, reading: _Reading) -> str:
    declarations = reading.declarations
    contract = declarations.contracts[match.dataset]
    allowed = suppliers_of(contract, declarations, reading.received_on)
    if reading.supplier is None:
        return next((unit for unit in contract.supplied_by if unit in allowed), min(allowed))
    if reading.supplier in allowed:
        return reading.supplier
    units = declarations.units
    own = units[reading.supplier].label.zh if reading.supplier in units else reading.supplier
    names = "、".join(units[unit].label.zh for unit in sorted(allowed)[:5]) + ("等" if len(allowed) > 5 else "")
    raise DeliveryRefused(
        "wrong_supplier",
        f"工作表“{sheet.name or sheet.file}”是《{contract.label.zh}》，应由{names}报送，不是{own}，"
        "请放入报送单位的收件夹",
        f"{match.dataset} is supplied by {', '.join(sorted(allowed)[:5])}, not by {reading.supplier}",
    )


def _without_clashes(read: list[SheetRead], contracts: Mapping[str, Contract]) -> list[SheetRead]:
    """Sheets of one file must not replace each other: which of them is the complete list cannot be known."""
    datasets = {one.loaded.dataset for one in read if one.loaded and not _is_nil(one.loaded)}
    kept = []
    for one in read:
        if one.loaded and _is_nil(one.loaded) and one.loaded.dataset in datasets:
            say = f"工作表“{one.sheet}”只有表头，已跳过"
            one = replace(one, loaded=None, skipped=Told("empty_sheet", say, f"the sheet “{one.sheet}” has no rows"))
        kept.append(one)
    return [
        replace(one, loaded=None, refused=_one_period(one.loaded, other.loaded, contracts))
        if one.loaded and (other := _clashing(one, kept, contracts)) and other.loaded
        else one
        for one in kept
    ]


def _is_nil(loaded: Loaded) -> bool:
    return any(told.code == "nil_return" for told in loaded.told)


def _clashing(one: SheetRead, read: list[SheetRead], contracts: Mapping[str, Contract]) -> SheetRead | None:
    for other in read:
        if other is one or not other.loaded or not one.loaded or other.loaded.dataset != one.loaded.dataset:
            continue
        if contracts[one.loaded.dataset].mode == "replace" and set(one.loaded.coverage.periods) & set(
            other.loaded.coverage.periods
        ):
            return other
    return None


def _one_period(one: Loaded, other: Loaded, contracts: Mapping[str, Contract]) -> DeliveryRefused:
    label = contracts[one.dataset].label.zh
    both = f"“{one.sheet or one.file}”和“{other.sheet or other.file}”"
    return DeliveryRefused(
        "two_sheets_one_period",
        f"{both}都是{one.coverage.periods[0]}的《{label}》，每期只能有一张完整的表，请合并为一张后重新报送",
        f"two sheets hold {one.dataset} of the same period: please join them into one",
    )


def _whole_file(display_name: str, read: list[SheetRead]) -> DeliveryRefused | None:
    """The refusal of a file of which no sheet loads."""
    if any(one.loaded for one in read):
        return None
    refused = next((one.refused for one in read if one.refused), None)
    return refused or DeliveryRefused(
        "no_table",
        f"“{display_name}”中没有数据表，请核对是否选错文件；没有数据时也请保留表头",
        f"“{display_name}” holds no table",
    )


def to_check_json(read: FileRead) -> dict[str, Any]:
    """One file as `ducha check --json` prints it. Sheets that were skipped are left out; a refused one says why."""
    return {
        "file": read.file,
        "sha256": read.sha256,
        "refused": _refusal(read.refused),
        "sheets": [
            _sheet_json(one) for one in read.sheets if not one.skipped and not (read.refused and not one.loaded)
        ],
    }


def _refusal(refused: DeliveryRefused | None) -> dict[str, str] | None:
    return {"code": refused.code, "say": refused.say} if refused else None


def _sheet_json(one: SheetRead) -> dict[str, Any]:
    if one.loaded is None:
        empty: dict[str, Any] = {
            "dataset": None,
            "rows": 0,
            "loaded": 0,
            "quarantined": 0,
            "listed": {},
            "reasons": [],
            "told": [],
        }
        return {"sheet": one.sheet, **empty, "refused": _refusal(one.refused)}
    loaded = one.loaded
    return {
        "sheet": one.sheet,
        "dataset": loaded.dataset,
        "rows": loaded.rows,
        "loaded": loaded.loaded,
        "quarantined": loaded.quarantined,
        "listed": dict(loaded.listed),
        "reasons": [
            {
                "rule": reason.rule,
                "column": reason.column,
                "count": reason.count,
                "examples": [
                    {"row": one.row, "cell": one.cell, "value": one.value, "say": one.say} for one in reason.examples
                ],
            }
            for reason in loaded.reasons
        ],
        "told": [{"code": told.code, "say": told.say} for told in loaded.told],
    }
