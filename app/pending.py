"""What waits for a person: lists of corrections (更正单) for a second one, held files for a data steward."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.bringing import BROUGHT
from app.visit import Visit
from warehouse.corrections import BadLine, CorrectionLine, read_correction, read_lines
from warehouse.masking import HIDDEN, mask_text
from warehouse.refusals import DeliveryRefused
from warehouse.resolve import UnitNames
from warehouse.settle import CORRECTIONS
from warehouse.sheets import read_sheets
from warehouse.source_rows import PATIENCE

Row = Mapping[str, Any]
SIDES = ("old", "new")


@dataclass(frozen=True)
class Line:
    """One line of a list of corrections for whoever decides on it, people's own data hidden. `is_taken`: it reads."""

    row: int
    said: Mapping[str, str]
    is_taken: bool


def pending(visit: Visit) -> list[Row]:
    """Deliveries that wait for a decision, the oldest first; a liaison's own alone."""
    return [row for row in visit.deliveries if row["state"] == "held" and not (row["decided"] or {}).get("accepted")]


def is_list(row: Row) -> bool:
    """Whether a delivery is a list of corrections: it waits for a second person."""
    return bool(row["dataset"] == CORRECTIONS)


def fillers_of(visit: Visit, row: Row) -> list[str]:
    """Who does not approve a list: whom its lines name as having filled it in, and who brought it in the browser."""
    named = [one for one in (row["decided"] or {}).get("entered_by", ()) if one]
    brought = [one["who"] for one in visit.ledger.audit(action=BROUGHT) if one["detail"]["sha256"] == row["sha256"]]
    return list(dict.fromkeys([*named, *brought]))


def lines_of(visit: Visit, row: Row) -> list[Line]:
    """The lines of a list, from the archive; none where the file is not to be had."""
    archived = visit.home.archive / row["sha256"]
    if not archived.is_file():
        return []
    with tempfile.TemporaryDirectory(prefix="ducha-list-") as work:
        try:
            found = read_lines(read_sheets(archived, row["file_name"], Path(work), PATIENCE)) or ()
        except DeliveryRefused:
            return []
    return [_line(visit, one) for one in found]


def _line(visit: Visit, line: CorrectionLine) -> Line:
    contracts = visit.declarations.contracts
    said = {name: mask_text(value) for name, value in line.said.items()}
    try:
        correction = read_correction(line, contracts, UnitNames(visit.declarations.units))
    except BadLine:
        # Nobody knows what its values are of.
        return Line(line.row, said | dict.fromkeys(("key", *SIDES), HIDDEN), False)
    columns = contracts[correction.dataset].columns
    if columns[correction.column].personal:
        said |= dict.fromkeys(SIDES, HIDDEN)
    if any(columns[name].personal for name in contracts[correction.dataset].key):
        said["key"] = HIDDEN
    shown = {"dataset": visit.dataset_name(correction.dataset), "column": visit.column_name(correction.column, ())}
    return Line(line.row, said | shown, True)
