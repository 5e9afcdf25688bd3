"""An upgrade keeps history: earlier commits of this repository make a home each, which is opened and goes on.

Run by `make drills` alone: a night of an earlier version is a process of its own and costs ten seconds or more.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import Cases
from tests.drills.lines import ROOT
from tests.drills.test_upgrades import lost_by_upgrade
from tests.flows.conftest import _one_judging_process  # noqa: F401  # one process judges the nights of this file
from tests.flows.test_files_again import drop, filings

FIRST = "206beb7"  # the first commit that ran a whole night
NEXT = 5  # one of so many in a row made homes


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def made_by(commit: str, folder: Path) -> Path:
    """A home after one night of that commit, run by its own code."""
    code, home = folder / "code", folder / "home"
    code.mkdir(parents=True)
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "x", "-C", code], input=packed, check=True)
    environment = os.environ | {"PYTHONPATH": str(code)}
    # A file, as the installed command is one: run as `-c`, what earlier versions import of Spark ends the process.
    (code / "run_ducha.py").write_text("from flows.cli import app\n\napp()\n")
    ducha = [sys.executable, "run_ducha.py", "--home", str(home)]
    subprocess.run([*ducha, "init"], cwd=code, env=environment, check=True, capture_output=True)
    drop(home, filings(6, unfiled=2))
    night = [*ducha, "nightly", "--plain", "--date", "2025-02-06"]
    subprocess.run(night, cwd=code, env=environment, check=True, capture_output=True)
    return home


def home_of(commits: list[str], folder: Path) -> tuple[str, Path]:
    """The first of these commits that runs a night of its own, and its home: a few were halves of a change."""
    for commit in commits:
        with suppress(subprocess.CalledProcessError):
            return commit, made_by(commit, folder / commit)
    raise AssertionError(f"none of {commits} runs a night")


def test_homes_of_earlier_commits_open_and_go_on(tmp_path: Path, request: pytest.FixtureRequest, cases: Cases) -> None:
    """So many commits, as far apart as they can be, from the first that ran a night to the present one."""
    commits = git("rev-list", "--reverse", "--first-parent", f"{FIRST}^..HEAD").split()
    count = request.config.getoption("--versions")
    places = [place * (len(commits) - 1) // (count - 1) for place in range(count)]
    for place in cases.each(dict.fromkeys(places)):
        commit, home = home_of(commits[place : place + NEXT], tmp_path)
        assert lost_by_upgrade(home) == [], commit
