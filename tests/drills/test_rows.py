"""No row is dropped in silence. Quick form: 30 sheets; `--sheets 100000`: the full drill, one in a hundred as files.

Every declared export takes its turn: titles above, spellings and orders of headers, optional columns left out, good and
bad cells, rows twice, totals, notes and blank rows. Rows are counted by the drill, not as the loader says.
"""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import Workbook

import warehouse.load as loading
from tests.conftest import Cases
from tests.drills.seeding import SEED
from tests.drills.sharing import shared
from tests.drills.test_values import a_citizen_id, a_credit_code
from tests.warehouse.test_load import load, text_rows
from warehouse.declarations import Declarations, read_declarations
from warehouse.delivery import read_file, suppliers_of
from warehouse.loaded import Loaded
from warehouse.models import Column, Contract
from warehouse.refusals import DeliveryRefused
from warehouse.workdays import Calendar

DAY = date(2025, 2, 6)
MESSES = (
    None,
    "",
    "　",
    "—",
    "无",
    "2024-02-30",
    "45357.5",
    "1.2万",
    "7万余",
    "4.3E+17",
    "#REF!",
    "合计",
    "待定",
    "甲乙丙丁",
)
AFTER = (["合计"], ["小计"], ["说明：按季报送"], [], ["填表人：张三"], ["总计", "12"])
Sheet = list[list[str | None]]


@cache
def declared() -> Declarations:
    return read_declarations()


@cache
def unit_names(kind: str = "") -> list[str]:
    return sorted(unit.label.zh for unit in declared().units.values() if kind in ("", unit.kind))


def cell(chance: random.Random, column: Column) -> str | None:
    """What a department writes into such a column; every seventh cell is a mess."""
    if chance.random() < 0.15:
        return chance.choice(MESSES)
    day = date(2024, 1, 1) + timedelta(days=chance.randrange(400))
    made: dict[str, Callable[[], str]] = {
        "date": lambda: chance.choice([f"{day}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y/%m/%d}"]),
        "timestamp": lambda: f"{day} 09:30:00", "year": lambda: chance.choice(["2023", "2024年", "2024"]),
        "flag": lambda: chance.choice("是否"), "integer": lambda: str(chance.randrange(500)),
        "decimal": lambda: f"{chance.random() * 100:.2f}", "yuan": lambda: str(chance.randrange(10**6)),
        "code": lambda: chance.choice(sorted(column.values)), "unit": lambda: chance.choice(unit_names()),
        "units": lambda: "、".join(chance.sample(unit_names(), 2)), "several": lambda: "甲、乙",
        "town": lambda: chance.choice(unit_names("town")),
        "document_number": lambda: f"样政办发〔2024〕{chance.randrange(1, 60)}号",
        "credit_code": lambda: a_credit_code(chance), "citizen_id": lambda: a_citizen_id(chance),
        "phone": lambda: f"139{chance.randrange(10**8):08}",
    }  # fmt: skip
    return made.get(column.type, lambda: f"样{chance.randrange(60)}")()


def make_sheet(chance: random.Random, contract: Contract) -> tuple[Sheet, int]:
    """A sheet of that export, and the place of its header."""
    names = [name for name, one in contract.columns.items() if not one.optional or chance.random() < 0.6]
    chance.shuffle(names)
    header = [chance.choice(contract.columns[name].header) for name in names]
    rows: Sheet = [[cell(chance, contract.columns[name]) for name in names] for _ in range(chance.randrange(1, 14))]
    rows += [list(chance.choice(rows)) for _ in range(chance.randrange(3))]
    rows += [(chance.choice(AFTER) + [None] * len(names))[: len(names)] for _ in range(chance.randrange(3))]
    above: Sheet = [["台账", *[None] * (len(names) - 1)]] * chance.randrange(3)
    return [*above, [*header], *rows], len(above)


def lost(whole: Sheet, header: int, loaded: Loaded) -> list[int]:
    """The rows that stand in none of the three files that a sheet becomes, or in more than one."""
    paths = (loaded.core_path, loaded.quarantine_path, loaded.listed_path)
    places = [row for path in paths for row in pl.read_parquet(path, columns=["_row"])["_row"].to_list()]
    owed = [row for row in range(1, len(whole) + 1) if row != header + 1]
    told = loaded.rows == len(owed) == loaded.loaded + loaded.quarantined + sum(loaded.listed.values())
    return [row for row in owed if places.count(row) != 1] + ([] if told else [0])


def write_file(folder: Path, whole: Sheet, chance: random.Random) -> Path:
    if chance.random() < 0.5:
        path = folder / "台账.csv"
        with path.open("w", encoding="gb18030", newline="") as target:
            csv.writer(target).writerows([[one or "" for one in row] for row in whole])
        return path
    book = Workbook()
    for row in whole:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(folder / "台账.xlsx")
    return folder / "台账.xlsx"


def dropped(numbers: Sequence[int]) -> tuple[list[Any], int]:
    """Of these generated sheets, those with a lost row; and how many loaded instead of being refused in words."""
    with tempfile.TemporaryDirectory() as folder:
        return _dropped(numbers, Path(folder))


def _dropped(numbers: Sequence[int], folder: Path) -> tuple[list[Any], int]:
    contracts, faults, through = declared().contracts, list[Any](), 0
    calendar, names = Calendar(declared().holidays), sorted(contracts)
    for number in numbers:
        chance = random.Random(f"{SEED}:{number}")
        dataset = names[number % len(names)]
        whole, header = make_sheet(chance, contracts[dataset])
        try:
            if number % 100 == 1:
                while not any(whole[-1]):  # a file ends with its last row that holds anything
                    whole.pop()
                (loaded,) = from_file(whole, dataset, calendar, folder, chance)
            else:
                alone = declared().model_copy(update={"contracts": {dataset: contracts[dataset]}})
                loaded = load(text_rows(whole), alone, calendar, folder / "rows")
        except DeliveryRefused as refused:
            faults += [] if refused.say and refused.say_en else [(number, dataset, refused.code)]
            continue
        through += 1
        if rows := lost(whole, header, loaded):
            faults.append((number, dataset, rows))
    return faults, through


def from_file(whole: Sheet, dataset: str, calendar: Calendar, folder: Path, chance: random.Random) -> list[Loaded]:
    """The same sheet as a csv or xlsx that lies in its supplier's folder."""
    path = write_file(folder, whole, chance)
    supplier = sorted(suppliers_of(declared().contracts[dataset], declared(), DAY))[0]
    read = read_file(path, path.name, supplier, declared(), calendar, DAY, DAY, folder / "work", "D", dataset)
    (sheet,) = read.sheets or (None,)
    if sheet is None or sheet.loaded is None:
        refused = read.refused or (sheet.refused if sheet else None)
        assert refused is not None, (dataset, sheet)
        raise refused
    return [sheet.loaded]


def test_every_row_of_every_generated_sheet_is_accounted_for(request: pytest.FixtureRequest, cases: Cases) -> None:
    count = request.config.getoption("--sheets")
    found = list(shared(dropped, count, 200, cases))
    assert [fault for faults, _ in found for fault in faults] == []
    assert sum(through for _, through in found) > count * 0.7


def test_rows_that_are_dropped_in_silence_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it would be if rows that yield to another of their key were listed nowhere, and did not count."""
    monkeypatch.setattr(loading, "_list_yielding", lambda *_: None)
    monkeypatch.setattr(loading, "_checked", lambda loaded: replace(loaded, rows=loaded.loaded + loaded.quarantined))
    assert dropped(range(2, 20))[0]
