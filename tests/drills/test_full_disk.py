"""A full disk never damages what was published. Quick form: 2 nights; `--disks 60`: the full drill.

Half of them under a limit on the size of a file, which every write of the night meets; the others, where this user may
mount, on a small file system of the home's own that is really full.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows import publishing
from flows.making import make_home
from flows.night import Night, run_night
from flows.settings import read_settings
from tests.conftest import Cases
from tests.drills.seeding import SEED
from tests.drills.test_kills import outcome
from tests.flows.conftest import _one_judging_process  # noqa: F401  # one process judges the nights of this file
from tests.flows.test_files_again import YEAR, drop, filings
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot_check import fault_in

SIZE = 96 << 20


@contextmanager
def limited(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes: the write fails as on a full disk."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@contextmanager
def filled(home: Path, room: int) -> Iterator[None]:
    """The home's own file system has so many bytes left."""
    state, ballast = os.statvfs(home), home.parent / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(state.f_bavail * state.f_frsize - room, 1))
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("disk")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place], capture_output=True)
    if made.returncode:
        pytest.skip("this user may mount no file system: the limit on the size of a file stands in")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], int]:
    """A home after its first night with the files of a second; what that one leaves; how large its largest file is."""
    home = tmp_path_factory.mktemp("full") / "home"
    make_home(Home(home))
    drop(home, filings(6, unfiled=2))
    run_night(read_settings(home), YEAR)
    drop(home, filings(6), "更正.csv")
    whole = Path(shutil.copytree(home, tmp_path_factory.mktemp("whole") / "home"))
    run_night(read_settings(whole), YEAR)
    largest = max(path.stat().st_size for path in (whole / "snapshots").iterdir())
    return home, outcome(whole), largest


def published(home: Path) -> dict[str, Any]:
    """What readers see: the night, that its snapshot is whole, and that ledger and audit are."""
    with open_ledger(Home(home)) as ledger:
        assert ledger.con.execute("PRAGMA integrity_check").fetchone()[0] == "ok" and ledger.verify_audit() == []
        night = ledger.current_night()
        assert night is not None
    assert fault_in(home / "snapshots" / night["snapshot"], night["figures_sha256"]) is None
    return {key: night[key] for key in ("id", "snapshot", "figures_sha256")}


def survives(home: Path, full: Any, expected: dict[str, Any]) -> bool:
    """One night on a full disk and one after there is room again; whether the first failed."""
    before, failed = published(home), False
    with full:
        try:
            run_night(read_settings(home), YEAR)
        except Exception:  # whatever the library that met it made of it
            failed = True
    after = published(home)
    assert after == before or after["id"] > before["id"]
    run_night(read_settings(home), YEAR)
    found = outcome(home)
    assert found == expected, [name for name in expected if expected[name] != found[name]]
    with open_ledger(Home(home), read_only=True) as ledger:
        assert {night["state"] for night in ledger.nights()} <= {"published", "failed"}
    return failed


def rooms(largest: int, count: int) -> list[int]:
    """From nothing to a little more than the night needs; a single one ends it in the middle."""
    chance, most = random.Random(SEED), 1.3 if count > 1 else 0.9
    return [int(largest * most * (number + chance.random()) / count) for number in range(count)]


def test_a_file_that_may_not_grow_damages_nothing(
    nights: tuple[Path, dict[str, Any], int], tmp_path: Path, request: pytest.FixtureRequest, cases: Cases
) -> None:
    home, expected, largest = nights
    count, failed = request.config.getoption("--disks") // 2, 0
    for number, room in enumerate(cases.each(rooms(largest, count))):
        copied = Path(shutil.copytree(home, tmp_path / f"home-{number}"))
        failed += survives(copied, limited(room), expected)
        shutil.rmtree(copied)
    assert failed >= max(1, count // 2)


def test_a_disk_that_is_full_damages_nothing(
    nights: tuple[Path, dict[str, Any], int], disk: Path, request: pytest.FixtureRequest, cases: Cases
) -> None:
    home, expected, largest = nights
    count, failed = request.config.getoption("--disks") // 2, 0
    for room in cases.each(rooms(largest, count)):
        copied = Path(shutil.copytree(home, disk / "home"))
        failed += survives(copied, filled(copied, room), expected)
        shutil.rmtree(copied)
    assert failed >= max(1, count // 2)


def test_a_night_that_publishes_what_it_could_not_write_is_noticed(
    nights: tuple[Path, dict[str, Any], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program as it would be if it took a snapshot for written that was cut."""
    home = Path(shutil.copytree(nights[0], tmp_path / "home"))
    real = publishing.publish

    def cut(night: Night) -> None:
        real(night)
        os.truncate(night.target, night.target.stat().st_size // 2)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "publish", cut)
    with pytest.raises(AssertionError):
        survives(home, limited(1 << 40), nights[1])
