"""A return slip that comes back filled in: it amends its rows alone, contests what it names, and changes nothing twice."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from flows.night import Summary
from flows.rebuilding import rebuild_home
from flows.settings import read_settings
from tests.conftest import made_once
from tests.flows.conftest import one_night
from flows.making import make_home
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_snapshot

HEADER = ["文号", "制定机关", "印发日期", "报备日期", "报备机关"]
ON, NEXT = date(2025, 2, 6), date(2025, 2, 7)
DATASET = "normative_document_filings"
HELD, CONTEST = "退回待改的行 1", "异议"


def rows(bad: dict[int, str], count: int = 12) -> list[list[str]]:
    return [
        [f"样政发〔2024〕{n}号", "样例县司法局", "2024-03-04", bad.get(n, "2024-03-11"), "市政府"]
        for n in range(1, count + 1)
    ]


def drop(home: Path, found: list[list[str]], name: str = "备案台账.csv") -> None:
    folder = home / "inbox" / "justice_bureau"
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", encoding="gb18030", newline="") as target:
        csv.writer(target).writerows([HEADER, *found])


@pytest.fixture(scope="session")
def told_night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    """A home after a night in which three rows of the justice bureau's ledger were set aside and a letter went out."""

    def make(root: Path) -> Summary:
        make_home(Home(root))
        drop(root, rows({3: "2024年2月30日", 5: "=1+1", 7: "不详"}))
        return one_night(root, ON)

    return made_once(tmp_path_factory, "told_night", make)


@pytest.fixture
def told(told_night: tuple[Path, Summary], tmp_path: Path) -> Path:
    return Path(shutil.copytree(told_night[0], tmp_path / "home"))


def slip_of(home: Path) -> Path:
    (path,) = (home / "letters").glob("*/letter-justice_bureau.xlsx")
    return path


def fill(home: Path, write: Callable[[openpyxl.Workbook], None], name: str = "退回清单.xlsx", unit: str = "") -> Path:
    """The slip as the letter brought it, filled in as in a spreadsheet program, back in an inbox folder."""
    book = openpyxl.load_workbook(slip_of(home))
    write(book)
    path = home / "inbox" / (unit or "justice_bureau") / name
    path.parent.mkdir(exist_ok=True)
    book.save(path)
    return path


def put(sheet: Any, line: str, header: str, value: str | None) -> None:
    """Write into the line of that number, under the header that starts so."""
    found = list(sheet.iter_rows())
    head = next(row for row in found if str(row[0].value).startswith("序号"))
    at = next(cell.column for cell in head if str(cell.value).startswith(header))
    row = next(row[0].row for row in found if row[0].value == line)
    sheet.cell(row, at).value = value


def correct(book: openpyxl.Workbook) -> None:
    """The first by the column for corrections, the second in its own cell, the third left as it is."""
    put(book[HELD], "1", "请填写更正内容", "2024-03-12")
    put(book[HELD], "2", "原表·报备日期", "2024年3月13日")


def ledger_rows(home: Path, **wanted: str) -> list[dict[str, Any]]:
    with open_ledger(Home(home), read_only=True) as ledger:
        return ledger.deliveries(**wanted)


def now(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_ledger(Home(home), read_only=True) as ledger:
        name = ledger.current_snapshot()
    with open_snapshot(home / "snapshots" / str(name)) as snapshot:
        return [tuple(row.values()) for row in snapshot.engine.rows(sql)]


FILED = f"SELECT document_number, CAST(filed_on AS VARCHAR), _file, _row FROM {DATASET} WHERE filed_on > '2024-03-11' ORDER BY 1"
COUNTS = (
    f"SELECT d.id = d.amends IS NULL AS _x, d.rows, (SELECT count(*) FROM {DATASET} t WHERE t._delivery = d.id) AS l,"
    " (SELECT count(*) FROM quarantine t WHERE t._delivery = d.id) AS q,"
    " (SELECT count(*) FROM listed t WHERE t._delivery = d.id AND kind = 'superseded') AS s"
    f" FROM deliveries d WHERE d.dataset = '{DATASET}' AND d.state = 'in_force' ORDER BY d.seq"
)


def test_a_filled_slip_amends_just_its_rows(told: Path) -> None:
    fill(told, correct)
    night = one_night(told, NEXT)
    assert (night.deliveries, night.rows, night.loaded, night.quarantined) == ({"in_force": 1}, 2, 2, 0)
    print(now(told, FILED), now(told, COUNTS))
