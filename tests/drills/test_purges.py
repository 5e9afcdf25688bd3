"""What is secret or purged is gone. Quick: 3 purges, 20 marked files; `--purges 50 --marked 200`: the full drill."""

from __future__ import annotations

import csv
import json
import random
import shutil
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner

from flows import purging
from flows.cli import app
from flows.keeping import backup_home, restore_home
from flows.making import make_home
from flows.night import no_show, run_night
from flows.settings import read_settings
from tests.conftest import Cases
from tests.drills.searching import found_in, places, places_of
from tests.drills.seeding import SEED
from tests.flows.conftest import _one_judging_process  # noqa: F401  # a process of its own per night is most of its cost
from warehouse.compute import figures_sha256
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.report_decisions import sign_report
from warehouse.snapshot import open_snapshot

DAY = date(2025, 2, 6)
HEADER = ["文号", "制定机关", "印发日期", "报备日期", "报备机关"]
ROOT = Path("inbox/justice_bureau")


def token(number: int) -> str:
    return f"密字{number:03d}绛翠坊"


def write(home: Path, number: int, year: int, count: int) -> Path:
    """Filings of one year: some filed, some owed, and one row whose date is wrong. Every row bears the token."""
    path, unit = home / ROOT / f"台账{token(number)}.csv", "样例县司法局"
    rows = [
        [f"样{token(number)}〔{year}〕{n}号", unit, f"{year}-03-04", f"{year}-03-11" if n % 3 else "", "市政府"]
        for n in range(1, count + 1)
    ]
    wrong = [f"样{token(number)}〔{year}〕99号", unit, f"{token(number)}日", "", "市政府"]
    with path.open("w", encoding="gb18030", newline="") as target:
        csv.writer(target).writerows([HEADER, *rows, wrong])
    return path


def return_slip(home: Path, number: int) -> None:
    """The slip of the last letter comes back with the wrong date of a file put right."""
    (slip,) = (home / "letters").glob("*/letter-justice_bureau.xlsx")
    book = load_workbook(slip)
    for sheet in book.worksheets:
        lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
        head = next((line for line in lines if str(line[0]).startswith("序号")), [])
        at = next((index for index, name in enumerate(head) if str(name).startswith("请填写更正内容")), None)
        for index, line in enumerate(lines, 1):
            if at is not None and line[0] and any(f"{token(number)}日" in str(cell) for cell in line):
                sheet.cell(index, at + 1).value = "2024-03-05"
    book.save(home / ROOT / "退回清单.xlsx")


def delivery(home: Path, number: int) -> str:
    with open_ledger(Home(home), read_only=True) as ledger:
        return next(str(row["id"]) for row in ledger.deliveries() if token(number) in row["file_name"])


def sign(home: Path) -> str:
    """Sign 2024 on the current night, whose id is given."""
    with open_ledger(Home(home)) as ledger:
        night = ledger.current_night()
        assert night is not None
        signed = {"year": "2024", "night": night["id"], "docx_sha256": "", "basis_sha256": ""}
        kept = ("snapshot", "declarations_sha256", "figures_sha256")
        sign_report(ledger, signed | {name: night[name] for name in kept}, "县司法局")
    return str(night["id"])


def tombstone(home: Path) -> str:
    with open_ledger(Home(home), read_only=True) as ledger:
        return str(ledger.deliveries(state="purged")[0]["id"])


def purge(home: Path, name: str, *more: str, code: int = 0) -> str:
    words = ["delivery", "purge", name, "--reason", "误报涉密内容", "--who", "张主任", "--second", "李科长", *more]
    done = CliRunner().invoke(app, [*words, "--home", str(home)])
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


MARKS = ("绝密", "机密", "秘密", "内部资料")


def marked(folder: Path, number: int, chance: random.Random) -> tuple[Path, str]:
    """A table with a secrecy mark in its name, its title, its sheet name or its first rows, as csv or as xlsx."""
    mark, where = chance.choice(MARKS), chance.choice(["name", "title", "sheet", "row"])
    word, is_book = f"涉密{number:03d}槐荫里", where == "sheet" or chance.random() < 0.5
    rows = [[f"{mark}★1年"] if where == "title" else ["备案台账"], HEADER]
    rows += [[f"样{word}〔2024〕{n}号", "样例县司法局", "2024-03-04", "2024-03-11", "市政府"] for n in range(1, 4)]
    rows += [[f"密级：{mark}"]] if where == "row" else []
    stem = f"台账{number}" + (f"（{mark}）" if where == "name" else "")
    path = folder / f"{stem}{'.xlsx' if is_book else '.csv'}"
    if is_book:
        book = Workbook()
        book.active.title = mark if where == "sheet" else "台账"  # type: ignore[union-attr]
        for row in rows:
            book.active.append(row)  # type: ignore[union-attr]
        book.save(path)
    else:
        with path.open("w", encoding="gb18030", newline="") as target:
            csv.writer(target).writerows(rows)
    return path, word


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> tuple[Path, Any]:
    """A home after two nights, and the marked files that lay in its inbox. Look, do not touch.

    A year per file; file 2 came on the second night, and is held since it drops every row of file 1.
    """
    home, chance = tmp_path_factory.mktemp("purges") / "home", random.Random(SEED)
    make_home(Home(home))
    write(home, 1, 2024, 4)
    for number in range(3, request.config.getoption("--purges") + 1):
        write(home, number, 2023 - (number - 3) % 20, 4)
    run_night(read_settings(home), DAY)
    write(home, 2, 2024, 5)
    return_slip(home, 1)
    files = [marked(home / ROOT, number, chance) for number in range(request.config.getoption("--marked"))]
    run_night(read_settings(home), DAY)
    return home, files


@pytest.fixture(scope="module")
def half(filled: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home in the middle of the purge of file 1: it died after its night. Look, do not touch."""
    home = Path(shutil.copytree(filled[0], tmp_path_factory.mktemp("half") / "home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(purging, "_strip_snapshots", dies)
        purge(home, delivery(home, 1), code=130)
    return home


def dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_nothing_of_a_marked_file_is_kept(filled: tuple[Path, list[tuple[Path, str]]], cases: Cases) -> None:
    home, files = filled
    with open_ledger(Home(home), read_only=True) as ledger:
        rows = ledger.deliveries(refusal_code="secret")
    assert {row["file_name"] for row in rows} == {"（不留存）"} and len(rows) == len(files)
    assert not {row["sha256"] for row in rows} & {path.name for path in (home / "archive").iterdir()}
    found = places_of(home, [word for _, word in files])
    assert found == {word: [path.relative_to(home).as_posix()] for path, word in files}, SEED
    cases.add(len(files))


def test_purged_files_are_found_nowhere(
    half: Path, tmp_path: Path, request: pytest.FixtureRequest, cases: Cases
) -> None:
    """The purge that died goes on where it stopped; its bytes come again before the next one and are not taken."""
    count, chance = request.config.getoption("--purges"), random.Random(SEED)
    home, back = Path(shutil.copytree(half, tmp_path / "home")), ROOT / "又来.csv"
    with open_ledger(Home(home), read_only=True) as ledger:
        (stone, slip), snapshot = ledger.deliveries(state="purged"), ledger.current_snapshot()
        assert slip["amends"] == stone["id"]
    first = (home / "archive" / stone["sha256"]).read_bytes()
    for number in cases.each((1, *chance.sample(range(3, count + 1), count - 2), 2)):
        assert len([*islice(found_in(home, [token(number)]), 3)]) == 3, number
        name = stone["id"] if number == 1 else delivery(home, number)
        signed = sign(home) if number == 2 else ""  # its rows were held: no figure of the signed night rests on them
        done = json.loads(purge(home, name, "--json"))
        # The slip that amended file 1 holds its rows and goes with it.
        assert len(done["deliveries"]) == (2 if number == 1 else 1)
        assert done["left"] == [] and (number > 1 or f"{done['night']}.duckdb" == snapshot)
        assert places(home, token(number)) == [], (SEED, number)
        (home / back).write_bytes(first)
    with open_snapshot(home / "snapshots" / f"{signed}.duckdb") as kept, open_ledger(Home(home)) as ledger:
        (row,) = (row for row in ledger.nights() if row["id"] == signed)
        assert kept.meta["figures_sha256"] == row["figures_sha256"] and ledger.current_snapshot() != row["snapshot"]
        assert figures_sha256(kept.engine) == row["figures_sha256"] and len(kept.figures()) > 100
    assert places(home, token(1)) == [back.as_posix()]
    (home / back).unlink()
    backup = Path(backup_home(read_settings(home), tmp_path, no_show).file)
    restore_home(backup, tmp_path / "new", no_show)
    assert not any(places_of(tmp_path / "new", [token(number) for number in range(1, count + 1)]).values())
    with open_ledger(Home(home), read_only=True) as ledger:
        stones = [one for one in ledger.deliveries(state="purged") if one["decided"]["second"] == "李科长"]
        assert len(stones) == count + 1
        assert all(len(stone["sha256"]) == 64 and stone["supplier"] == "justice_bureau" for stone in stones)
        audit = [row["action"] for row in ledger.audit()]
        assert (audit.count("delivery_purged"), audit.count("purge_completed")) == (count + 1, count)
        assert ledger.verify_audit() == []


@pytest.mark.parametrize("step", ["_strip_snapshots", "_remove_files"])
def test_a_purge_that_forgets_a_room_is_noticed(
    half: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    home = Path(shutil.copytree(half, tmp_path / "home"))
    monkeypatch.setattr(purging, step, lambda *_: 0)
    purge(home, tombstone(home))
    assert places(home, token(1)) != []


def test_a_file_on_which_a_signed_year_rests_is_not_purged(filled: tuple[Path, Any], tmp_path: Path) -> None:
    home = Path(shutil.copytree(filled[0], tmp_path / "home"))
    sign(home)
    before = places(home, token(1))
    said = purge(home, delivery(home, 1), code=2)
    assert "2024年报告已按含有这份文件" in said and "sign 2024 again" in said
    assert places(home, token(1)) == before
    with open_ledger(Home(home), read_only=True) as ledger:
        assert ledger.deliveries(state="purged") == []


def test_one_person_is_not_two_and_a_reason_is_given(filled: tuple[Path, Any]) -> None:
    home = filled[0]
    name, before = delivery(home, 2), places(home, token(2))
    words = ["delivery", "purge", name, "--home", str(home), "--who", "张主任"]
    for more in (["--reason", "误报", "--second", " 张主任"], ["--reason", " ", "--second", "李科长"]):
        assert CliRunner().invoke(app, [*words, *more]).exit_code == 2
    assert "没有报送" in purge(home, "nothing", code=2)
    assert places(home, token(2)) == before
