"""Homes of the sample county that all workers of a run share: each is made once, by the worker that asks first."""

from __future__ import annotations

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=8, help="how many nights are killed; the full drill: 1000")
    parser.addoption("--mail-nights", type=int, default=12, help="nights of mail faults; the full drill: 200")
    parser.addoption("--histories", type=int, default=100, help="how many findings live; the full drill: 10000")
    parser.addoption("--purges", type=int, default=3, help="how many files are purged; the full drill: 50")
    parser.addoption("--mutations", type=int, default=300, help="changes of the audit; the full drill: 10000")
    parser.addoption("--names", type=int, default=150, help="hostile file names; the full drill: 2000")
    parser.addoption("--cells", type=int, default=300, help="hostile headers and cells; the full drill: 5000")
    parser.addoption("--disks", type=int, default=2, help="nights on a full disk; the full drill: 60")
    parser.addoption("--corrected", type=int, default=2, help="files corrected or withdrawn; the full drill: 100")
    parser.addoption("--marked", type=int, default=20, help="how many marked files are dropped; the full drill: 200")


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Any]) -> tuple[Path, Any]:
    """The home `name` and what making it gave. Workers that ask while it is being made wait for it."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
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
