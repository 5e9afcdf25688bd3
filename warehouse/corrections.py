"""更正单: what the office corrects in rows that a department will not put right, one line a cell.

A line names a dataset, the key of one row (its parts with ； between them), a column, what stands there and what
should, on which basis and by which document, and who fills it in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warehouse.cells import CellError, MoneyUnit, is_empty
from warehouse.models import Column, Contract
from warehouse.readings import reader_of
from warehouse.resolve import UnitNames
from warehouse.sheets import TextSheet

if TYPE_CHECKING:
    import polars as pl

# What stands above the columns, by the names that a line has them under.
HEADERS = {
    "dataset": "数据集", "key": "主键", "column": "栏目", "old": "原值", "new": "更正值", "basis": "依据",
    "document": "凭证", "entered_by": "填报人",
}  # fmt: skip


@dataclass(frozen=True)
class CorrectionLine:
    """One line as it was written; `row` is its physical row, `sheet` its sheet."""

    sheet: str
    row: int
    said: Mapping[str, str]


@dataclass(frozen=True)
class Correction:
    """One line read by its contract: `key`, `old` and `new` are values of their columns; `old` may be empty."""

    line: CorrectionLine
    dataset: str
    key: Mapping[str, object]
    column: str
    old: object
    new: object


class BadLine(Exception):
    """A line that says nothing that could be corrected. Its code is a text; `column` is the header at fault."""

    def __init__(self, code: str, column: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, {"column": column, **values}


def read_lines(sheets: Sequence[TextSheet]) -> tuple[CorrectionLine, ...] | None:
    """The lines of a 更正单; None for a file without such a table. Lines without any text are none."""
    import polars as pl

    found: list[CorrectionLine] = []
    is_list = False
    for sheet in sheets:
        # Every file that comes is asked this: only a table that has the headers at its top is read whole.
        wanted = set(HEADERS.values())
        start = next((at for at, (_, cells) in enumerate(_rows(sheet.top)) if wanted <= set(cells)), None)
        if start is None:
            continue
        is_list = True
        rows = _rows(pl.read_parquet(sheet.rows, glob=False))
        places = {name: rows[start][1].index(header) for name, header in HEADERS.items()}
        for row, cells in rows[start + 1 :]:
            said = {name: cells[at] for name, at in places.items()}
            if any(said.values()):
                found.append(CorrectionLine(sheet.name, row, said))
    return tuple(found) if is_list else None


def _rows(frame: pl.DataFrame) -> list[tuple[int, list[str]]]:
    return [(int(row[0]), [_plain(cell) for cell in row[1:]]) for row in frame.rows()]


def _plain(cell: object) -> str:
    return " ".join(str(cell).split()) if cell is not None else ""


def read_correction(line: CorrectionLine, contracts: Mapping[str, Contract], names: UnitNames) -> Correction:
    """One line by its contract. Refuses (BadLine) what is not filled in, not declared, or does not read."""
    for name in ("dataset", "key", "column", "new", "basis", "document", "entered_by"):
        if not line.said[name]:
            raise BadLine("empty", HEADERS[name])
    dataset = next((one for one, contract in contracts.items() if line.said["dataset"] in _called(one, contract)), None)
    if dataset is None:
        raise BadLine("no_dataset", HEADERS["dataset"], value=line.said["dataset"])
    contract = contracts[dataset]
    column = column_of(contract, line.said["column"])
    if column is None or column in contract.key:
        raise BadLine("no_column", HEADERS["column"], value=line.said["column"])
    parts = [part.strip() for part in re.split("[；;]", line.said["key"])]
    if len(parts) != len(contract.key):
        wanted = "；".join(contract.columns[name].header[0] for name in contract.key)
        raise BadLine("key_parts", HEADERS["key"], value=line.said["key"], wanted=wanted)
    key = {
        name: _read(contract.columns[name], part, names, "key") for name, part in zip(contract.key, parts, strict=True)
    }
    old, new = (_read(contract.columns[column], line.said[side], names, side) for side in ("old", "new"))
    return Correction(line, dataset, key, column, old, new)


def column_of(contract: Contract, said: str) -> str | None:
    """The contract's column of that id or header."""
    return next((name for name, one in contract.columns.items() if said in (name, *one.header)), None)


def _called(dataset: str, contract: Contract) -> tuple[str, ...]:
    return dataset, contract.label.zh, f"《{contract.label.zh}》"


def _read(column: Column, said: str, names: UnitNames, side: str) -> Any:
    unit: MoneyUnit = "yuan"
    if is_empty(said, column.type, column.values):
        return None
    try:
        return reader_of(column, unit, names)(said)
    except CellError as error:
        raise BadLine("unreadable", HEADERS[side], say=error.say, say_en=error.say_en) from None
