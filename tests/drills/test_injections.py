"""What departments write never becomes SQL, and no export executes. Quick: 300 cells; `--cells 5000`: all."""

from __future__ import annotations

import csv
import io
import os
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter.worksheet
from openpyxl import Workbook, load_workbook

from app.audit_package import _csv
from app.letters.slip import write_slip
from app.markup import Html, table
from app.papers.rectification import COLUMNS, Rectifications, write_xlsx
from app.workbook import write_workbook
from flows.making import make_home
from flows.night import run_night
from flows.settings import read_settings
from tests.app.test_slip import ENDS, STARTS, slip
from tests.conftest import Cases
from tests.drills.seeding import SEED
from tests.flows.conftest import _one_judging_process  # noqa: F401  # one process judges the nights of this file
from warehouse import tables
from warehouse.catalogue_book import write_book
from warehouse.catalogue_grids import Grid
from warehouse.engine import DuckEngine
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.predicates import constant_sql

DAY = date(2025, 2, 6)
MARK = "靶"  # in every hostile text and in nothing of ours
HEADER = ["文号", "制定机关", "印发日期", "报备日期", "报备机关"]
SHAPES = (
    "'; DROP TABLE figures; --{}", '"; DELETE FROM meta; --{}', "{}' OR '1'='1", "{}) UNION SELECT * FROM units --",
    "$${}$$", "E'\\x27{}", "{}\\'; --", "/*{}*/", "{}\x00", "'||(SELECT {})||'", "%{}_", "[{}]", "`{}`",
    "{}; ATTACH 'x'", "COPY units TO '/tmp/{}'", "read_csv('{}')", "{{{{{}}}}}", "{}\ud7ff", "１' OR １=１ {}",
    "{}\n; CHECKPOINT",
)  # fmt: skip


def hostile(count: int) -> list[str]:
    chance = random.Random(SEED)
    return [chance.choice(SHAPES).format(f"{MARK}{number}").replace("\0", "") for number in range(count)]


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that DuckDB and the ledger's SQLite are given, as text before values are bound."""
    seen: list[str] = []
    real = {name: getattr(DuckEngine, name) for name in ("run", "rows", "frame")}

    def told(method: Callable[..., Any]) -> Callable[..., Any]:
        def run(engine: DuckEngine, sql: str, *values: Any) -> Any:
            seen.append(sql)
            return method(engine, sql, *values)

        return run

    with pytest.MonkeyPatch.context() as patch:
        for name, method in real.items():
            patch.setattr(DuckEngine, name, told(method))
        yield seen


def home_of(root: Path, cells: list[str]) -> Path:
    """A home whose inbox holds the cells as headers, sheet names, file names and values of known columns."""
    home = root / "home"
    make_home(Home(home))
    folder, rest = home / "inbox" / "justice_bureau", iter(cells)
    rows = [[cell, "样例县司法局", "2024-03-04", "2024-03-11", "市政府"] for cell in cells[: len(cells) // 2]]
    rows += [["样发〔2024〕1号", *(next(rest) for _ in range(4))] for _ in range(min(40, len(cells) // 8))]
    for number in range(3):
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = f"表'; DROP {MARK}{number}"[:31]
        for line in ([*HEADER[:4], HEADER[4]], [f"样发〔202{number}〕2号", *cells[number * 4 : number * 4 + 4]]):
            sheet.append(["".join(sign for sign in one if sign.isprintable()) for one in line])
        book.save(folder / f"{number}.xlsx")
        os.utime(folder / f"{number}.xlsx", (number, number))  # of two versions the later one stands
    with (folder / f"台账{cells[0][:20].replace('/', '')}.csv").open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([[*HEADER, *cells[-8:]], *rows])
    return home


def test_nothing_that_was_delivered_stands_in_a_statement(
    tmp_path: Path, request: pytest.FixtureRequest, cases: Cases
) -> None:
    cells = hostile(request.config.getoption("--cells"))
    home = home_of(tmp_path, cells)
    with statements() as seen:
        summary = run_night(read_settings(home), DAY)
    assert summary.rows >= len(cells) // 2 and len(seen) > 300
    assert [sql for sql in seen if MARK in sql] == []
    snapshot = home / "snapshots" / summary.snapshot
    with DuckEngine(snapshot, read_only=True) as engine:
        known = {row["table_name"] for row in engine.rows("SELECT table_name FROM duckdb_tables()")}
        columns = {row["column_name"] for row in engine.rows("SELECT column_name FROM duckdb_columns()")}
        kept = engine.rows("SELECT count(*) AS n FROM quarantine WHERE contains(raw, '靶')")[0]["n"]
        kept += engine.rows("SELECT count(*) AS n FROM normative_document_filings")[0]["n"]
    assert {"figures", "meta", "units"} <= known and not any(MARK in name for name in known | columns)
    assert kept >= len(cells) // 4
    with open_ledger(Home(home)) as ledger:
        assert ledger.verify_audit() == [] and ledger.con.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    cases.add(len(cells))


def test_a_value_written_into_a_statement_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it would be if rows were written as text of SQL, however well quoted."""
    engine = DuckEngine(tmp_path / "x.duckdb")
    engine.run("CREATE TABLE t (a VARCHAR)")

    def written(one: DuckEngine, name: str, columns: Any, rows: Any) -> None:
        for row in rows:
            one.run(f"INSERT INTO {name} VALUES ({', '.join(constant_sql(row[key]) for key in columns)})")

    monkeypatch.setattr(tables, "append_rows", written)
    with statements() as seen:
        tables.append_rows(engine, "t", {"a": "VARCHAR"}, [{"a": cell} for cell in hostile(5)])
    engine.close()
    assert [sql for sql in seen if MARK in sql]


# Excel drops blanks before a sign and reads its full-width form; the number -1 is no formula.
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠](?!1$)")
PAYLOADS = [start + end for start in STARTS for end in ENDS]


def exports(payload: str) -> dict[str, bytes]:
    """Every workbook that leaves the house, with the payload in each place that holds what others wrote."""
    line = tuple(payload for _ in COLUMNS)
    return {
        "return slip": write_slip(slip(payload)),
        "screen": write_workbook(Html(table([payload], [[payload]], caption=payload)), [payload], payload),
        "ledger of rectifications": write_xlsx(Rectifications((line,), payload, DAY, "2025-02-06.1", False)),
        "catalogue": write_book(
            {"units": Grid("units", ("id", "name"), 1, {(payload,): {"id": payload, "name": payload}})},
            {"units": payload}, {"units": (payload, payload)}, payload, payload,
        ),
    }  # fmt: skip


def run_from_csv(payload: str) -> list[str]:
    """The cells of the audit package's tables that a spreadsheet would take for a formula when it opens them."""
    written = _csv(("words", "count"), [{"words": payload, "count": -1}]).decode("utf-8-sig")
    return [cell for row in csv.reader(io.StringIO(written, newline="")) for cell in row if FORMULA.match(cell)]


def executing(content: bytes) -> list[str]:
    """What of a workbook a program would run, follow or take for a number."""
    book = load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    found = [f"{cell.coordinate} {cell.data_type}" for cell in cells if cell.data_type == "f" or cell.hyperlink]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            raw = parts.read(name)
            if name.startswith("xl/worksheets/") and (b"<f>" in raw or b"<f " in raw or b"<hyperlink" in raw):
                found.append(name)
            if "externalLink" in name or "vbaProject" in name or b"TargetMode" in raw:
                found.append(name)
    return found


def test_no_payload_executes_in_any_export(cases: Cases) -> None:
    assert len(PAYLOADS) == 60
    found = [
        (payload, name, executing(content))
        for payload in cases.each(PAYLOADS)
        for name, content in exports(payload).items()
    ]
    assert [one for one in found if one[2]] == [] and len(found) == 240
    assert [one for payload in PAYLOADS for one in run_from_csv(payload)] == []


@pytest.mark.parametrize("name", ["return slip", "screen", "ledger of rectifications", "catalogue"])
def test_an_export_that_lets_its_library_guess_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = xlsxwriter.worksheet.Worksheet._write_string

    def guessed(sheet: Any, row: int, column: int, value: str, *rest: Any) -> Any:
        if value.startswith("="):
            return sheet._write_formula(row, column, value, *rest)
        return real(sheet, row, column, value, *rest)

    monkeypatch.setattr(xlsxwriter.worksheet.Worksheet, "_write_string", guessed)
    assert executing(exports("=1+1")[name])


def test_a_table_of_the_audit_package_that_guards_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.audit_package.RUN", re.compile("(?!)"))
    assert [one for payload in PAYLOADS for one in run_from_csv(payload)]
