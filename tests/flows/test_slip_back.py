"""A return slip that comes back filled in: it amends its rows alone, contests what it names, and never twice."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.letters.sent import sent_tables
from app.letters.slip import HeldRow, HeldTable, Slip, write_slip
from flows.making import make_home
from flows.night import Summary
from flows.rebuilding import rebuild_home
from flows.settings import read_settings
from tests.conftest import made_once
from tests.flows.conftest import one_night
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_snapshot

HEADER = ["文号", "制定机关", "印发日期", "报备日期", "报备机关"]
ON, NEXT = date(2025, 2, 6), date(2025, 2, 7)
DATASET = "normative_document_filings"
HELD, SENT, CONTEST = "退回待改的行 1", "待核的行·原表 1", "异议"


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


FILED = (
    f"SELECT document_number, CAST(filed_on AS VARCHAR), _file, _sheet, _row FROM {DATASET}"
    " WHERE filed_on > DATE '2024-03-11' ORDER BY 1"
)
# For each delivery in force: rows, loaded, quarantined, those that gave way.
COUNTS = (
    f"SELECT d.rows, (SELECT count(*) FROM {DATASET} t WHERE t._delivery = d.id) AS loaded,"
    " (SELECT count(*) FROM quarantine t WHERE t._delivery = d.id) AS held,"
    " (SELECT count(*) FROM listed t WHERE t._delivery = d.id AND kind = 'superseded') AS gave_way"
    f" FROM deliveries d WHERE d.dataset = '{DATASET}' AND d.state = 'in_force' ORDER BY d.seq"
)


def receipt(home: Path, night: Summary, name: str = "退回清单.xlsx", unit: str = "*") -> str:
    (path,) = (home / "inbox").glob(f"{unit}/回执/*{name}*{night.night}*")
    return path.read_text("utf-8-sig")


def test_a_filled_slip_amends_just_its_rows_and_contests_what_it_names(told: Path) -> None:
    def write(book: openpyxl.Workbook) -> None:
        correct(book)
        book.active = 0
        put(book[CONTEST], "1", "异议内容", "原表无误")
        put(book[CONTEST], "1", "理由", "=系统导出")

    fill(told, write)
    night = one_night(told, NEXT)
    assert (night.rows, night.loaded, night.quarantined) == (2, 2, 0)
    assert now(told, FILED) == [
        ("样政发〔2024〕3号", "2024-03-12", "退回清单.xlsx", HELD, 6),
        ("样政发〔2024〕5号", "2024-03-13", "退回清单.xlsx", HELD, 7),
    ]
    assert now(told, COUNTS) == [(12, 9, 1, 2), (2, 2, 0, 0)]
    assert now(told, "SELECT _row, by_delivery FROM listed WHERE kind = 'superseded' ORDER BY 1") == [
        (4, f"{night.night}-0000.1"), (6, f"{night.night}-0000.1"),
    ]  # fmt: skip
    with open_ledger(Home(told), read_only=True) as ledger:
        (contested,) = ledger.findings(state="contested")
        event = ledger.finding_events(contested["id"])[-1]
    assert (event["who"], event["action"]) == ("县司法局", "contest")
    assert "原表无误" in event["comment"] and "=系统导出" in event["comment"]
    said = receipt(told, night)
    assert "更正报送批次" in said and f"对问题{contested['id']}的异议已登记" in said and "stands" in said

    # The same slip again, as bytes and saved anew, changes nothing; another value for a row takes its place.
    copy = told / "inbox" / "justice_bureau" / "退回清单（原样）.xlsx"
    shutil.copy(told / "archive" / ledger_rows(told, dataset="contests")[0]["sha256"], copy)
    fill(told, write, "退回清单（再存）.xlsx")

    def later(book: openpyxl.Workbook) -> None:
        put(book[HELD], "1", "请填写更正内容", "2024-03-15")

    fill(told, later, "退回清单（更正）.xlsx")
    correct_loaded(told, 9)
    third = one_night(told, NEXT)
    again = [row for row in ledger_rows(told, state="duplicate") if "（更正）" not in row["file_name"]]
    assert {row["file_name"] for row in again} == {"退回清单（原样）.xlsx", "退回清单（再存）.xlsx"}
    assert now(told, FILED)[0][1:3] == ("2024-03-15", "退回清单（更正）.xlsx")
    assert now(told, FILED)[-1] == ("样政发〔2024〕8号", "2024-03-20", "待核.xlsx", SENT, 6)
    assert now(told, COUNTS) == [(12, 8, 1, 3), (2, 1, 0, 1), (1, 1, 0, 0), (1, 1, 0, 0)]
    rebuilt = rebuild_home(read_settings(told), lambda *_: None)
    assert rebuilt.same and rebuilt.current_sha256 == third.figures_sha256


def correct_loaded(home: Path, row: int) -> None:
    """A slip with a loaded row that a figure rests on, its day of filing corrected."""
    with open_ledger(Home(home), read_only=True) as ledger:
        (sent,) = [one for one in ledger.in_force(DATASET) if not one["amends"]]
        name = str(ledger.current_snapshot())
    with open_snapshot(home / "snapshots" / name) as snapshot:
        traced = [({"_delivery": sent["id"], "_row": row}, "请核对报备日期")]
        assert sent_tables(traced, "education_bureau", snapshot, snapshot.declarations) == ()
        tables = sent_tables(traced, "justice_bureau", snapshot, snapshot.declarations)
    assert [(one.source["报备日期"], one.source["制定机关"], one.source["报备机关"]) for one in tables[0].rows] == [
        ("2024-03-11", "县司法局", "市政府")
    ]
    path = home / "inbox" / "justice_bureau" / "待核.xlsx"
    path.write_bytes(
        write_slip(Slip("县司法局", "n", ON, "x", False, (), 0, (), unit_id="justice_bureau", sent=tables))
    )
    book = openpyxl.load_workbook(path)
    put(book[SENT], "1", "原表·报备日期", "2024年3月20日")
    book.save(path)


def test_what_a_slip_cannot_amend_is_told_in_a_sentence_and_nothing_is_amended(told: Path) -> None:
    def astray(book: openpyxl.Workbook) -> None:
        put(book[HELD], "1", "行号", "5")
        correct(book)

    def unclear(book: openpyxl.Workbook) -> None:
        put(book[HELD], "1", "序号", "9")

    fill(told, correct)
    fill(told, correct, unit="education_bureau")
    fill(told, lambda book: None, "未填.xlsx")
    fill(told, astray, "改行号.xlsx")
    fill(told, unclear, "改序号.xlsx")
    write_row(told, 999)
    night = one_night(told, NEXT)
    assert now(told, COUNTS) == [(12, 9, 1, 2), (2, 2, 0, 0)]
    refused = {row["file_name"]: row["refusal_code"] for row in ledger_rows(told, state="refused")}
    assert refused == {
        "退回清单.xlsx": "slip_other_unit", "未填.xlsx": "slip_untouched", "改行号.xlsx": "slip_changed",
        "改序号.xlsx": "slip_untouched", "没有的行.xlsx": "slip_no_row",
    }  # fmt: skip
    assert "第6行" in receipt(told, night, "改行号.xlsx") and "row 6" in receipt(told, night, "改行号.xlsx")
    assert "没有第999行" in receipt(told, night, "没有的行.xlsx")

    (slip,) = [row for row in ledger_rows(told, state="in_force") if row["amends"]]
    with open_ledger(Home(told)) as ledger:
        ledger.withdraw(slip["id"], "填错了", "clerk")
    one_night(told, NEXT)
    assert now(told, COUNTS) == [(12, 9, 3, 0)]


def write_row(home: Path, row: int) -> None:
    """A slip that names a row which its delivery does not have."""
    (sent,) = ledger_rows(home, state="in_force")
    held = HeldRow(sent["id"], "f", "s", str(row), "D4", "报备日期", "x", "x", "x", {"报备日期": "x"}, {})
    content = write_slip(
        Slip("县司法局", "2025-02-06.1", ON, "x", False, (), 0, (HeldTable("x", ("报备日期",), (held,)),),
             unit_id="justice_bureau")
    )  # fmt: skip
    path = home / "inbox" / "justice_bureau" / "没有的行.xlsx"
    path.write_bytes(content)
    book = openpyxl.load_workbook(path)
    put(book[HELD], "1", "请填写更正内容", "2024-03-12")
    book.save(path)
