"""Homes that all workers of a run share, each made once; the figures of the full drills; what a drill counts."""

from __future__ import annotations

import fcntl
import os
import pickle
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

Item = TypeVar("Item")
FULL = {
    "--kills": (8, "how many nights are killed; the full drill: 900, and 100 of whole processes"),
    "--mail-nights": (12, "nights of mail faults; the full drill: 200"),
    "--cold": (1, "whole processes killed in the night of the sample county; the full drill: 100"),
    "--histories": (100, "how many findings live; the full drill: 10000"),
    "--purges": (3, "how many files are purged; the full drill: 50"),
    "--mutations": (300, "changes of the audit; the full drill: 10000"),
    "--names": (150, "hostile file names; the full drill: 2000"),
    "--cells": (300, "hostile headers and cells; the full drill: 5000"),
    "--disks": (2, "nights on a full disk; the full drill: 60"),
    "--corrected": (2, "files corrected or withdrawn; the full drill: 100"),
    "--marked": (20, "how many marked files are dropped; the full drill: 200"),
    "--rounds": (2, "rounds of broken expectations; the full drill, in which each is broken: 15"),
    "--sheets": (30, "generated sheets; the full drill: 100000"),
    "--publishes": (6, "snapshots published while others read; the full drill: 200"),
    "--readers": (2, "processes that read meanwhile; the full drill: 8"),
    "--shuffles": (1, "inputs in another order and time zone; the full drill: 50"),
    "--datasets": (5, "random datasets that are counted twice; the full drill: 1000"),
    "--documents": (300, "texts through documents; the full drill: 5000"),
    "--addresses": (60, "hostile values of the roster; the full drill: 1000"),
    "--replays": (1, "times that files come again; the full drill: 10"),
    "--figures": (1200, "figures that recount from their rows; the full drill: 100000, which are all"),
    "--versions": (2, "earlier commits whose homes are opened; the full drill: 12"),
    "--turns": (60, "jumps of the clock; the full drill: 2000"),
    "--values": (30, "values of each kind; the full drill: 1000"),
    "--locks": (4, "lives of an account at the door; the full drill: 500"),
    "--walks": (1, "departments that walk through the view; the full drill: 66, and every role in both languages"),
    "--spark-percent": (33, "per cent of the metrics that Spark counts period by period; the full drill: 100"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    for name, (quick, words) in FULL.items():
        parser.addoption(name, type=int, default=quick, help=words)
    parser.addoption("--progress", type=Path, help="a file that says how many cases ran so far")


class Cases:
    """The cases of a promise that one test ran, and those that failed: they stand in the report of its run."""

    def __init__(self, progress: Path | None) -> None:
        self.ran, self.failed, self.told = 0, 0, 0.0
        # Opened once: a drill that watches what its program writes must not see this one.
        self.progress = progress.open("wb", buffering=0) if progress else None

    def each(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items one by one; a case has run when the body of its loop came to its end."""
        for item in items:
            yield item
            self.add()

    def add(self, count: int = 1, failed: int = 0) -> None:
        """So many more ran, and so many of them failed."""
        self.ran, self.failed = self.ran + count, self.failed + failed
        if self.progress and time.monotonic() > self.told + 0.5:
            self.told = time.monotonic()
            self.progress.seek(0)
            self.progress.write(f"{self.ran}\n".encode())


@pytest.fixture
def cases(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Iterator[Cases]:
    """What a drill counts; the line of its promise is read from it, never from what was asked for."""
    found = Cases(request.config.getoption("--progress"))
    yield found
    if found.progress:
        found.progress.close()
    record_property("cases", found.ran)
    record_property("failures", found.failed)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Any]) -> tuple[Path, Any]:
    """The home `name` and what making it gave. Workers that ask while it is being made wait for it.

    The drills, which are many runs of one commit, name a folder of theirs for all of them.
    """
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    base = Path(os.environ.get("DUCHA_MADE") or base)
    home, made = base / name / "home", base / f"{name}.made"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(home.parent, ignore_errors=True)  # what a try that failed left
            made.write_bytes(pickle.dumps(make(home)))
        return home, pickle.loads(made.read_bytes())


@pytest.fixture(scope="session")
def sample_exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample county before any night. Look, do not touch: it is shared. A copy keeps the times of its files."""
    from flows.making import make_home
    from flows.sample_county.county import write_sample
    from warehouse.home import Home

    def make(root: Path) -> None:
        make_home(Home(root))
        write_sample(Home(root))

    return made_once(tmp_path_factory, "sample_exports", make)[0]


@pytest.fixture(scope="session")
def sample_night(sample_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The sample county after one night, and the night's summary. Look, do not touch: it is shared."""
    from flows.night import run_night
    from flows.settings import read_settings

    def make(root: Path) -> Any:
        shutil.copytree(sample_exports, root)
        return run_night(read_settings(root))

    return made_once(tmp_path_factory, "sample_night", make)
