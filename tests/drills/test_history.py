"""A corrected or withdrawn file replaces, history stays. Quick form: 2; `--corrected 100`: the full drill."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import warehouse.snapshot as snapshots
from flows.making import make_home
from flows.night import run_night
from flows.settings import read_settings
from tests.conftest import Cases
from tests.drills.seeding import SEED
from tests.flows.conftest import _one_judging_process  # noqa: F401  # one process judges the nights of this file
from tests.flows.test_files_again import YEAR, drop, filings
from tests.flows.test_merged_unit import METRIC
from warehouse.history import read_kept
from warehouse.home import Home
from warehouse.inbox import hash_of
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_snapshot

DATASET = "normative_document_filings"


def as_reported(home: Path, night: str) -> dict[str, Any]:
    """What is kept of a night for good."""
    return {name: read_kept(home / "history", night, name) for name in ("figures", "standings")}


def live(home: Path, numbers: Iterable[int]) -> list[str]:
    """A first night, one for each correction or withdrawal; gives what of an earlier night reads otherwise then."""
    chance, reported, kept = random.Random(SEED), {}, {}
    for _ in chain([0], numbers):
        with open_ledger(Home(home)) as ledger:
            standing = ledger.in_force(DATASET)
            if len(standing) and chance.random() < 0.25:
                ledger.withdraw(standing[0]["id"], "报错了", "clerk")
            else:
                drop(home, filings(20, unfiled=chance.randrange(20)), f"{len(reported)}.csv")
        night = run_night(read_settings(home), YEAR).night
        reported[night] = as_reported(home, night)
        kept[night] = hash_of(home / "snapshots" / f"{night}.duckdb")
    changed = [f"history {night}" for night, said in reported.items() if as_reported(home, night) != said]
    for night, sha256 in kept.items():
        path = home / "snapshots" / f"{night}.duckdb"
        if path.exists() and hash_of(path) != sha256:
            changed.append(f"snapshot {night}")
        elif path.exists():
            with open_snapshot(path) as snapshot:
                now = [row for row in snapshot.figures() if row["numerator"] or row["denominator"]]
            said = [row for row in reported[night]["figures"] if row["numerator"] or row["denominator"]]
            changed += [] if len(now) == len(said) and now else [f"figures of {night}"]
    assert len({str(said["figures"]) for said in reported.values()}) > 1, "no correction changed a figure"
    return changed


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that counts what was not filed, with a metric of its own."""
    make_home(Home(tmp_path / "home"))
    (tmp_path / "home" / "catalogue" / "metrics" / "own.yml").write_text(METRIC, "utf-8")
    return tmp_path / "home"


def test_every_earlier_night_reads_as_it_was(home: Path, request: pytest.FixtureRequest, cases: Cases) -> None:
    count = request.config.getoption("--corrected")
    assert live(home, cases.each(range(count))) == []


def test_a_night_that_writes_over_an_earlier_one_is_noticed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it would be if it kept one history, that of last night."""
    real = snapshots.write_history

    def everywhere(snapshot: Path, history: Path, night: str) -> None:
        for name in {night, *(path.name for path in history.iterdir())}:
            real(snapshot, history, name)

    monkeypatch.setattr(snapshots, "write_history", everywhere)
    assert live(home, [1])
