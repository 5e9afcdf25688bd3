"""One file from an inbox folder: read, matched, loaded, or refused with a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from warehouse.corrections import read_lines
from warehouse.declarations import Declarations
from warehouse.file_read import FileRead, SheetRead, to_check_json
from warehouse.inbox import hash_of
from warehouse.load import load_sheet
from warehouse.loaded import LoadContext, Loaded, Told
from warehouse.match import Match, has_table, match_sheet
from warehouse.models import Contract
from warehouse.refusals import DeliveryRefused
from warehouse.return_slips import read_slip
from warehouse.secrecy import refuse_secret_name, refuse_secret_sheet
from warehouse.sheets import Limits, TextSheet, read_sheets
from warehouse.workdays import Calendar

__all__ = ["FileRead", "SheetRead", "read_again", "read_file", "suppliers_of", "to_check_json"]


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
    required header, comes from another supplier than the contract names (`wrong_supplier`), is titled for a period that
    none of its rows is of (`title_contradicts_rows`), or repeats the periods of another sheet of the file
    (`two_sheets_one_period`).
    """
    reading = _Reading(supplier, declarations, calendar, received_on, as_of, work, delivery_id_prefix, dataset)
    sha256 = hash_of(path)
    work.mkdir(parents=True, exist_ok=True)
    try:
        refuse_secret_name(display_name)
        sheets = read_sheets(path, display_name, work, limits or Limits())
        for sheet in sheets:
            refuse_secret_sheet(sheet)
        slip, corrections = read_slip(sheets), read_lines(sheets)
    except DeliveryRefused as refused:
        return FileRead(display_name, sha256, refused, ())
    if slip is not None:
        return FileRead(display_name, sha256, _is_slip(display_name), (), slip)
    if corrections is not None:
        return FileRead(display_name, sha256, _is_correction(display_name), (), corrections=corrections)
    read = [_read_sheet(sheet, number, reading) for number, sheet in enumerate(sheets, start=1)]
    if all(one.skipped for one in read):
        return FileRead(display_name, sha256, _no_table(display_name), ())
    return FileRead(display_name, sha256, None, tuple(_without_clashes(read, declarations.contracts)))


def read_again(
    path: Path,
    display_name: str,
    sheet: str,
    supplier: str,
    dataset: str,
    declarations: Declarations,
    calendar: Calendar,
    received_on: date,
    as_of: date,
    work: Path,
    delivery_id: str,
) -> Loaded:
    """One sheet of an archived file, read as it is declared now, under the id it has. `sheet` is `<file>/<sheet name>`.

    Refuses (DeliveryRefused) what `read_file` would refuse of it, and `no_match` when the sheet is not there.
    """
    work.mkdir(parents=True, exist_ok=True)
    found = [one for one in read_sheets(path, display_name, work, Limits()) if f"{one.file}/{one.name}" == sheet]
    if not found:
        raise _no_table(display_name)
    reading = _Reading(supplier, declarations, calendar, received_on, as_of, work, delivery_id, dataset)
    match = match_sheet(found[0], {dataset: declarations.contracts[dataset]})
    return load_sheet(found[0], match, _context(found[0], match, supplier, reading, delivery_id, work / "load"))


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
    out, delivery_id = reading.work / f"load-{number}", f"{reading.delivery_id_prefix}.{number}"
    dataset: str | None = None
    try:
        match = match_sheet(sheet, contracts)
        dataset = match.dataset
        supplier = _supplier(sheet, match, reading)
        loaded = load_sheet(sheet, match, _context(sheet, match, supplier, reading, delivery_id, out))
    except DeliveryRefused as refused:
        if refused.code == "no_match" and (sheet.hidden or not has_table(sheet)):
            return SheetRead(sheet.file, sheet.name, skipped=_skipped(sheet))
        return SheetRead(sheet.file, sheet.name, dataset or refused.detail or None, refused=refused)
    if sheet.hidden:
        say = f"工作表“{sheet.name}”是隐藏的，已照常读取"
        loaded = replace(loaded, told=(*loaded.told, Told("hidden_sheet", say, f"the sheet “{sheet.name}” is hidden")))
    return SheetRead(sheet.file, sheet.name, match.dataset, loaded=loaded)


def _context(
    sheet: TextSheet, match: Match, supplier: str, reading: _Reading, delivery_id: str, out: Path
) -> LoadContext:
    return LoadContext(
        contract=reading.declarations.contracts[match.dataset],
        dataset=match.dataset,
        supplier=supplier,
        declarations=reading.declarations,
        calendar=reading.calendar,
        delivery_id=delivery_id,
        file=sheet.file,
        received_on=reading.received_on,
        as_of=reading.as_of,
        out=out,
    )


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
        detail=match.dataset,
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


def _is_slip(display_name: str) -> DeliveryRefused:
    return DeliveryRefused(
        "return_slip",
        f"“{display_name}”是退回清单，本身不是报送文件；放入收件夹后，夜间任务按它更正所列的行",
        f"“{display_name}” is a return slip and no delivery by itself: in the inbox it corrects the rows it lists",
    )


def _is_correction(display_name: str) -> DeliveryRefused:
    return DeliveryRefused(
        "correction_list",
        f"“{display_name}”是更正单，本身不是报送文件；放入依法治县办的收件夹，经第二人同意后更正所列的各项",
        f"“{display_name}” is a list of corrections and no delivery by itself: in the office's inbox it corrects what"
        " it lists once a second person has approved it",
    )


def _no_table(display_name: str) -> DeliveryRefused:
    return DeliveryRefused(
        "no_table",
        f"“{display_name}”中没有数据表，请核对是否选错文件；没有数据时也请保留表头",
        f"“{display_name}” holds no table",
    )
