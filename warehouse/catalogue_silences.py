"""Silences (暂缓提示) as a table of the catalogue's workbook. They stand in the ledger and not in its files.

A row without a number is a new silence and `true` in `is_ended` ends one; nothing else of a silence is ever changed,
for letters were held back by it as it stood.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from warehouse.catalogue_book import BookRow
from warehouse.catalogue_cells import CellReader
from warehouse.catalogue_change import NEEDED, Change, Fault, fault_at
from warehouse.catalogue_grids import Grid, Key
from warehouse.cells import CellError
from warehouse.declarations import Declarations
from warehouse.letter_book import SilenceRefused, check_silence, close_silence, keep_silence, silences
from warehouse.publishing import Publishing

PART = "silences"
TYPED = ("finding", "unit", "target", "until_on", "reason")
FIELDS = ("silence", *TYPED, "is_ended", "from_on", "who")
KEPT = (
    "已登记的暂缓提示不能改：在“立即结束”一格填 true 结束它，再另起一行登记新的",
    "a silence that stands is not changed: end it by true in its column, and enter another in a new row",
)
UNKNOWN = (
    "没有这个编号的暂缓提示，或已经结束；新登记的请把编号留空",
    "no silence of this number stands (any more); leave the number empty for a new one",
)


def silences_grid(con: sqlite3.Connection, today: date) -> Grid:
    """Those that hold on a day, by their numbers."""
    rows: dict[Key, dict[str, str]] = {}
    for row in silences(con, today):
        cells = {name: str(row[name]) for name in FIELDS if row.get(name) is not None}
        rows[(str(row["id"]),)] = {"silence": str(row["id"]), **cells}
    return Grid(PART, FIELDS, 1, rows)


def silence_changes(
    con: sqlite3.Connection, grid: Grid, rows: Iterable[BookRow], declared: Declarations, today: date, who: str
) -> tuple[list[Change], list[Fault]]:
    """Which silences the rows would add or end, and every fault. One that stands already is none twice."""
    reader, targets = CellReader(declared, ()), _targets(con, declared)
    changes: list[Change] = []
    faults: list[Fault] = []
    standing = [_typed(row) for row in grid.rows.values()]
    for row in rows:
        number = row.cells.get("silence", "")
        if number:
            change, wrong = _ended(row, grid.rows.get((number,)))
        else:
            change, wrong = _new(con, row, reader, targets, today, who)
        faults += wrong
        if change is not None and not wrong and (change.before or _typed(change.after) not in standing):
            changes.append(change)
            standing.append(_typed(change.after))
    return changes, faults


def keep_silences(tx: Publishing, changes: Iterable[Change], today: date, who: str) -> None:
    """Add and end them in one transaction, each audited. Refuses (DecisionRefused) what has become impossible."""
    for change in changes:
        if change.before is None:
            row = _row(change.after, today, who)
            keep_silence(
                tx, row["until_on"], row["reason"], who, today,
                finding=row["finding"], unit=row["unit"], target=row["target"],
            )  # fmt: skip
        else:
            close_silence(tx, int(change.key[0]), who, today)


def _targets(con: sqlite3.Connection, declared: Declarations) -> dict[str, str]:
    """What a silence may name as its target: by id, or by the name of the figure."""
    known = {row[0] for row in con.execute("SELECT DISTINCT target FROM findings")} | set(declared.targets)
    named = {metric.label.zh: name for name, metric in declared.metrics.items() if name in known}
    return named | {name: name for name in known}


def _typed(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row.get(name, "") for name in TYPED)


def _row(said: Mapping[str, str], today: date, who: str) -> dict[str, Any]:
    """The columns of the ledger."""
    return {
        "finding": int(said["finding"]) if said.get("finding") else None, "unit": said.get("unit") or None,
        "target": said.get("target") or None, "from_on": today, "until_on": date.fromisoformat(said["until_on"]),
        "reason": said["reason"], "who": who,
    }  # fmt: skip


def _ended(row: BookRow, before: Mapping[str, str] | None) -> tuple[Change | None, list[Fault]]:
    if before is None:
        return None, [fault_at(row, "silence", *UNKNOWN)]
    changed = [name for name in FIELDS if name != "is_ended" and row.cells.get(name, "") != before.get(name, "")]
    if changed:
        return None, [fault_at(row, name, *KEPT) for name in changed]
    end = row.cells.get("is_ended", "").lower()
    if end not in ("", "true", "是"):
        return None, [fault_at(row, "is_ended", "要结束请填 true，不结束请留空", "write true to end it, or nothing")]
    change = Change(PART, (before["silence"],), before, {**before, "is_ended": "true"}, ("is_ended",))
    return (change if end else None), []


def _new(
    con: sqlite3.Connection, row: BookRow, reader: CellReader, targets: Mapping[str, str], today: date, who: str
) -> tuple[Change | None, list[Fault]]:
    said: dict[str, str] = {}
    faults = []
    for field in TYPED:
        try:
            said[field] = reader.read(PART, field, row.cells.get(field, ""), ())
        except CellError as error:
            faults.append(fault_at(row, field, error.say, error.say_en))
    target = said.get("target", "")
    if target and target not in targets:
        faults.append(fault_at(row, "target", f"没有“{target}”这项考核指标", f"nothing is judged by “{target}”"))
    faults += [fault_at(row, name, *NEEDED) for name in ("until_on", "reason") if said.get(name) == ""]
    if faults:
        return None, faults
    said = {name: value for name, value in {**said, "target": targets.get(target, "")}.items() if value}
    try:
        check_silence(con, _row(said, today, who))
    except SilenceRefused as refused:
        zh, _, en = str(refused).partition(" / ")
        return None, [fault_at(row, refused.field, zh, en)]
    return Change(PART, (f"new {row.row}",), None, said, tuple(name for name in TYPED if name in said)), []
