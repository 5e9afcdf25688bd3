"""What a workbook of the catalogue changes, row by row, and what is wrong with it: a sentence with sheet, row, column.

A row that is left out stays as it is: nothing is ever removed by forgetting it. A unit, a target or an entry ends by
the day that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from warehouse.catalogue_book import BookRow
from warehouse.catalogue_cells import CellReader
from warehouse.catalogue_grids import SHOWN_ONLY, Grid, Key, personal_of, tree_of
from warehouse.cells import CellError
from warehouse.declarations import Declarations, Holiday
from warehouse.masking import HIDDEN, Kind, mask_value
from warehouse.models import Model, Target, Unit

MODELS: dict[str, type[Model]] = {"units": Unit, "targets": Target, "holidays": Holiday}
FIELD_OF = {"zh": "name_zh", "en": "name_en"}
MASKED = (
    "这一格是遮盖的值，但与现在的不同：要改请写全，不改请重新下载表格",
    "this masked value is not of what counts now: write it whole, or download the workbook anew",
)
NEEDED = ("必填，不能为空", "this is needed and must not be empty")
BOUNDS = ("at_least", "at_most", "equals", "more_than")


@dataclass(frozen=True)
class Fault:
    """One thing that cannot be taken, for the clerk. `place` is its cell (`H7`), or a row where no cell is meant."""

    sheet: str
    row: int
    place: str
    field: str
    say: str
    say_en: str


@dataclass(frozen=True)
class Change:
    """One row that is new (`before` None) or differs; `fields` are those that do."""

    part: str
    key: Key
    before: Mapping[str, str] | None
    after: Mapping[str, str]
    fields: tuple[str, ...]


def changes_of(
    grids: Mapping[str, Grid], rows: Sequence[BookRow], declared: Declarations
) -> tuple[list[Change], list[Fault]]:
    """What a workbook changes in the tables as they count now, and every fault: with one nothing is taken."""
    changes: list[Change] = []
    faults: list[Fault] = []
    kinds = personal_of(declared)
    reader = CellReader(declared, [row.cells.get("unit", "") for row in rows if row.part == "units"])
    seen: dict[tuple[str, Key], int] = {}
    for row in rows:
        grid = grids[row.part]
        try:
            key = _key(row, grid, {key for part, key in seen if part == row.part}, reader)
        except _CellFault as fault:
            faults.append(fault.fault)
            continue
        if (row.part, key) in seen:
            at = seen[row.part, key]
            said = (f"与第{at}行重复，请只留一行", f"the same as row {at}: keep one of them")
            faults.append(fault_at(row, grid.fields[0], *said))
            continue
        seen[row.part, key] = row.row
        change, wrong = _change(row, grid, key, reader, kinds.get(row.part, {}))
        faults += wrong
        if change is not None and not wrong:
            changes.append(change)
    return changes, faults


def _stands_already(grid: Grid, key: Key, after: Mapping[str, str]) -> bool:
    """Whether a row without a number of its own was taken over before: the same workbook may come twice."""
    names = [name for name in grid.fields[grid.keys :] if name != SHOWN_ONLY]
    same = [tuple(row.get(name, "") for name in names) for at, row in grid.rows.items() if at[:-1] == key[:-1]]
    return grid.part not in ("units", "holidays") and tuple(after.get(name, "") for name in names) in same


class _CellFault(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.say)
        self.fault = fault


def _change(
    row: BookRow, grid: Grid, key: Key, reader: CellReader, personal: Mapping[str, Kind]
) -> tuple[Change | None, list[Fault]]:
    """What one row changes; None where it stands as it is."""
    before = grid.rows.get(key)
    after, wrong = _after(row, grid, key, before, reader, personal)
    fields = tuple(name for name in grid.fields[grid.keys :] if _differs(name, before, after))
    if (before is not None and not fields) or (before is None and _stands_already(grid, key, after)):
        return None, wrong
    wrong = wrong or list(_model_faults(row, after)) + list(_missing_fields(row, grid, after))
    return Change(row.part, key, before, after, fields), wrong


def _differs(name: str, before: Mapping[str, str] | None, after: Mapping[str, str]) -> bool:
    return name != SHOWN_ONLY and (before or {}).get(name, "") != after.get(name, "")


def _key(row: BookRow, grid: Grid, taken: Iterable[Key], reader: CellReader) -> Key:
    """The row's own key; a new entry of a roster without one gets one, a new target the next number of its metric."""
    key = tuple(_read(row, field, ("",) * grid.keys, reader) for field in grid.fields[: grid.keys])
    used = {*grid.rows, *taken}
    if key in grid.rows or (all(key) and row.part != "targets"):
        return key
    if row.part in MODELS and not key[0]:
        raise _CellFault(fault_at(row, grid.fields[0], *NEEDED))
    if row.part == "targets":
        numbers = [int(number) for metric, number in used if metric == key[0]]
        return key[0], str(max(numbers, default=0) + 1)
    base = row.cells.get("unit") or row.part
    base = base if base.isascii() and base.isidentifier() else row.part
    return next((name,) for n in range(1, len(used) + 2) if ((name := f"{base}_{n}"),) not in used)


def _read(row: BookRow, field: str, key: Key, reader: CellReader) -> str:
    try:
        return reader.read(row.part, field, row.cells.get(field, ""), key)
    except CellError as error:
        raise _CellFault(fault_at(row, field, error.say, error.say_en)) from None


def _after(
    row: BookRow, grid: Grid, key: Key, before: Mapping[str, str] | None, reader: CellReader,
    personal: Mapping[str, Kind],
) -> tuple[dict[str, str], list[Fault]]:  # fmt: skip
    """The row as it would stand: cells that did not change as they are written, all others read. With their faults.

    A personal cell that comes back masked did not change.
    """
    after = dict(before or {}) | dict(zip(grid.fields, key, strict=False))
    faults: list[Fault] = []
    for field in grid.fields[grid.keys :]:
        if field not in row.cells or field == SHOWN_ONLY or _is_same(row.cells[field], field, before, personal):
            continue
        if field in personal and HIDDEN in row.cells[field]:
            faults.append(fault_at(row, field, *MASKED))
            continue
        try:
            after[field] = _read(row, field, key, reader)
        except _CellFault as fault:
            faults.append(fault.fault)
    return {name: value for name, value in after.items() if value}, faults


def _is_same(cell: str, field: str, before: Mapping[str, str] | None, personal: Mapping[str, Kind]) -> bool:
    if before is None:
        return False
    value = before.get(field, "")
    return cell == value or (field in personal and bool(cell) and cell == mask_value(personal[field], value))


def _missing_fields(row: BookRow, grid: Grid, after: Mapping[str, str]) -> Iterator[Fault]:
    """A roster's entry holds what every entry of its list holds."""
    if row.part in MODELS or not grid.rows:
        return
    needed = set(grid.fields[1:]).intersection(*(set(one) for one in grid.rows.values()))
    for field in grid.fields:
        if field in needed and not after.get(field):
            yield fault_at(row, field, *NEEDED)


def _model_faults(row: BookRow, after: Mapping[str, str]) -> Iterator[Fault]:
    """What the declaration itself would refuse."""
    model = MODELS.get(row.part)
    if model is None:
        return
    try:
        model.model_validate(dict(after) if row.part == "holidays" else tree_of(row.part, after))
    except ValidationError as error:
        for one in error.errors():
            where = [FIELD_OF.get(str(part), str(part)) for part in one["loc"]]
            field = next((part for part in reversed(where) if part in row.letters), "")
            if one["type"] == "missing" or (field and not after.get(field)):
                yield fault_at(row, field, *NEEDED)
            elif not field and sum(bool(after.get(name)) for name in BOUNDS) != 1:
                named = ", ".join(BOUNDS)
                yield fault_at(row, "", f"{named} 四栏须填且只填一栏", f"exactly one of {named} must be filled in")
            else:
                yield fault_at(row, field, f"不符合要求，请核对（{one['msg']}）", f"this does not read: {one['msg']}")


def fault_at(row: BookRow, field: str, say: str, say_en: str) -> Fault:
    """A fault of one cell of a row, or of the row where the sheet has no such column."""
    letter = row.letters.get(field, "")
    return Fault(row.sheet, row.row, f"{letter}{row.row}" if letter else str(row.row), field, say, say_en)
