"""Faults that cost processes of their own: a traced night, nights begun at once, a Prefect server that dies, a loss.

Run by `make drills` alone.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from expectations.lifecycle import Person, Said, move_by_person
from flows.making import make_home
from flows.prefect_server import free_port, prefect_environment, start_server, stop_child
from tests.conftest import Cases
from tests.drills.searching import places
from tests.drills.seeding import SEED
from tests.drills.test_kills import Zygote, outcome, small, zygote  # noqa: F401  # fixtures
from tests.drills.tracing import trace, unsafe
from tests.flows.test_files_again import drop, filings
from warehouse.declarations import read_holidays
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_current
from warehouse.workdays import Calendar

DUCHA = ["-c", "from flows.cli import app; app()"]
SECRET = "horse-battery-staple"
NIGHT = ["nightly", "--plain", "--date", "2025-02-06"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home")
    make_home(found)
    drop(found.root, filings(6, unfiled=2))
    return found


def states(home: Home) -> list[str]:
    with open_ledger(home, read_only=True) as ledger:
        return [str(row["state"]) for row in ledger.nights()]


def test_every_name_of_a_night_comes_after_its_bytes_and_before_the_ledger(home: Home, tmp_path: Path) -> None:
    """What `kill -9` cannot show: a power cut at any moment leaves whole files, or none, under their names."""
    calls = trace([*DUCHA, "--home", str(home.root), *NIGHT], tmp_path, home.root)
    assert states(home) == ["published"]
    rooms = {Path(paths[-1]).relative_to(home.root).parts[0] for call, paths in calls if call.startswith("rename")}
    assert {"snapshots", "archive", "history", "letters"} <= rooms
    assert unsafe(calls, home.root) == []


def test_cold_processes_killed_in_the_night_of_the_sample_county_lose_and_double_nothing(
    zygote: Zygote,  # noqa: F811
    sample_exports: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    cases: Cases,
) -> None:
    """Whole processes, killed from their first import on, over every file of the county; the next night is forked."""
    chance = random.Random(SEED)

    def begin(home: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, *DUCHA, "--home", home, *NIGHT], stdout=subprocess.DEVNULL)

    whole, began = Path(shutil.copytree(sample_exports, tmp_path / "whole")), time.monotonic()
    assert begin(whole).wait() == 0
    seconds, expected = time.monotonic() - began, outcome(whole)
    assert len(expected["letters"]) > 20
    count, number = request.config.getoption("--cold"), 0
    for _ in range(2 * count):  # a moment after the end of its night kills nothing and is no case
        home = Path(shutil.copytree(sample_exports, tmp_path / "home"))
        killed, delay = begin(home), chance.uniform(0, seconds)
        time.sleep(delay)
        killed.kill()
        was_killed = killed.wait() == -signal.SIGKILL
        assert zygote.night(home, whole=True)["code"] == 0, (SEED, delay)
        assert outcome(home) == expected, (SEED, delay)
        assert set(states(Home(home))) <= {"published", "failed"}
        shutil.rmtree(home)
        number += was_killed
        cases.add(int(was_killed))
        if number == count:
            break
    assert number == count


def test_of_nights_that_begin_at_once_one_runs_and_the_others_say_so(home: Home) -> None:
    command = [sys.executable, *DUCHA, "--home", str(home.root), *NIGHT]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(3)]
    said = [process.communicate(timeout=600)[0] for process in running]
    codes = [process.returncode for process in running]
    # One that comes when another is through runs a second night of that date: allowed, and nothing comes twice.
    assert set(codes) <= {0, 2} and 0 in codes, said
    assert all("another night is running" in text or "另一晚正在运行" in text
               for code, text in zip(codes, said, strict=True) if code)  # fmt: skip
    assert states(home) == ["published"] * codes.count(0)
    with open_ledger(home) as ledger:
        assert [row["state"] for row in ledger.deliveries()] == ["in_force"] and ledger.verify_audit() == []
        assert len(ledger.letters(kind="letter")) == len({row["unit"] for row in ledger.letters(kind="letter")})


@pytest.mark.parametrize("step", ["begun", "building"])
def test_a_night_whose_prefect_server_dies_completes_or_is_told_and_the_next_one_completes(
    home: Home, step: str
) -> None:
    port = free_port()
    config = home.config.read_text("utf-8").replace("# prefect = 4200", f"prefect = {port}")
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {free_port()}\nsecurity = "none"\nsecret = "{SECRET}"'
    home.config.write_text(config.replace("[mail]", mail), "utf-8")
    server = start_server(home, port)
    command = [sys.executable, *DUCHA, "--home", str(home.root), "nightly", "--date", "2025-02-06"]
    environment = os.environ | prefect_environment(home, port)
    night = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    try:
        _wait(lambda: _is_at(home, step), night)
        os.killpg(server.pid, signal.SIGKILL)
        said = night.communicate(timeout=600)[0]
    finally:
        stop_child(server)
    assert "Traceback" not in said, said
    with open_ledger(home, read_only=True) as ledger:
        (first,) = ledger.nights()
    # Published although the server could not be told of it, or told as failed with a code of its own.
    assert (night.returncode, first["state"]) in [(0, "published"), (3, "failed")], said
    assert ("published" in said or "已完成并发布" in said) if first["state"] == "published" else "logs" in said, said
    done = subprocess.run([sys.executable, *DUCHA, "--home", str(home.root), *NIGHT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with open_ledger(home) as ledger:
        assert {row["state"] for row in ledger.nights()} <= {"published", "failed"}
        assert [row["state"] for row in ledger.deliveries() if row["state"] != "duplicate"] == ["in_force"]
        assert ledger.verify_audit() == []
    # Neither logs, letters, snapshots nor what Prefect keeps of runs and artifacts holds the password of the mail.
    assert places(home.root, SECRET) == ["ducha.toml"]


def test_a_finding_that_a_person_closes_while_the_night_runs_stays_closed_and_readers_go_on(home: Home) -> None:
    subprocess.run([sys.executable, *DUCHA, "--home", str(home.root), *NIGHT], check=True, capture_output=True)
    with open_ledger(home) as ledger:
        finding = next(row["id"] for row in ledger.findings() if row["state"] == "found")
    drop(home.root, filings(6), "更正.csv")
    night = subprocess.Popen([sys.executable, *DUCHA, "--home", str(home.root), *NIGHT], stdout=subprocess.DEVNULL)
    _wait(lambda: _is_at(home, "building"), night)
    with open_ledger(home) as ledger:
        said = Said(comment="看过材料", reason="measures_taken")
        calendar = Calendar(read_holidays(None))
        move_by_person(ledger, finding, "close", Person("inspector", "inspector"), said, date(2025, 2, 6), calendar)
    read: list[str] = []
    while night.poll() is None:
        snapshot = open_current(home)
        assert snapshot is not None
        with snapshot:
            assert snapshot.figures(metric="filing_rate", period="2024")
            read.append(snapshot.meta["night"])
    assert night.returncode == 0 and set(read) <= {"2025-02-06.1", "2025-02-06.2"} and len(read) > 3
    with open_ledger(home) as ledger:
        (row,) = [row for row in ledger.findings() if row["id"] == finding]
        assert row["state"] == "closed" and ledger.verify_audit() == []
        assert [one["state"] for one in ledger.nights()] == ["published"] * 2


def _is_at(home: Home, step: str) -> bool:
    if step == "building":
        return any(home.snapshots.glob("*.building"))
    with open_ledger(home, read_only=True) as ledger:
        return bool(ledger.nights(state="running"))


def _wait(reached: Any, night: subprocess.Popen[str], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and night.poll() is None:
        try:
            if reached():
                return
        except Exception:  # the ledger does not exist yet
            pass
        time.sleep(0.02)
    raise AssertionError(f"the night ended with {night.poll()} before it was where the server was to die")


def test_a_night_that_empties_the_inbox_before_it_publishes_is_noticed(
    zygote: Zygote,  # noqa: F811
    small: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Killed between the two, such a night has lost its files; the next clean one leaves something else."""
    whole, killed = (Path(shutil.copytree(small, tmp_path / name)) for name in ("whole", "killed"))
    assert zygote.night(whole)["code"] == 0
    assert zygote.night(killed, fault="inbox")["code"] == -9
    assert zygote.night(killed)["code"] == 0
    assert outcome(killed) != outcome(whole)
