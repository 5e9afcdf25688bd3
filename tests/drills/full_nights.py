"""Whole nights over every export that the tests keep: the same inputs in any order and zone, and files that come again.

Run by `make drills` alone: a night of seventy files costs seconds. The quick forms stand beside them in promises.yml.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from flows.making import make_home
from flows.night import Summary, no_show, run_night
from flows.rebuilding import rebuild_home
from flows.settings import read_settings
from tests.conftest import Cases
from tests.drills.seeding import SEED
from tests.flows.conftest import _one_judging_process  # noqa: F401  # one process judges the nights of this file
from tests.flows.test_files_again import YEAR
from tests.warehouse.test_compute import ZONES
from tests.warehouse.test_golden import EXPORTS, told_of
from tests.warehouse.test_sheet_guard import HOSTILE
from warehouse.home import Home
from warehouse.ledger import open_ledger

AT_ONCE = 5  # copies of a file in one night, one of them under its old name


def rounds() -> list[dict[str, Path]]:
    """Every kept export once, one of each dataset in a round: of two versions of one list only the later stands."""
    by_dataset = {folder.name: sorted(folder.glob("*.*.json")) for folder in EXPORTS.iterdir() if folder.is_dir()}
    most = max(map(len, by_dataset.values()))
    return [{name: found[turn] for name, found in by_dataset.items() if turn < len(found)} for turn in range(most)]


def make(root: Path) -> Path:
    make_home(Home(root))
    for name in ("datasets", "rosters"):
        shutil.copytree(EXPORTS / "catalogue" / name, root / "catalogue" / name, dirs_exist_ok=True)
    return root


def drop(home: Path, files: dict[str, Path], prefix: str = "", chance: random.Random | None = None) -> None:
    """Each file into its supplier's folder; shuffled: in another order of names and of times."""
    places = list(range(len(files)))
    if chance:
        chance.shuffle(places)
    for place, (dataset, case) in zip(places, sorted(files.items()), strict=True):
        folder = home / "inbox" / told_of(case)["supplier"]
        folder.mkdir(exist_ok=True)
        name = f"{place:03}-{prefix}{dataset}{case.with_suffix('').suffix}"
        shutil.copy(case.with_suffix(""), folder / name)
        os.utime(folder / name, (1_738_800_000 + place, 1_738_800_000 + place))


def night(home: Path) -> Summary:
    return run_night(read_settings(home), YEAR)


def test_every_order_of_files_and_every_zone_gives_the_same_figures(
    tmp_path: Path, request: pytest.FixtureRequest, cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, files = random.Random(SEED), rounds()[0]
    first = make(tmp_path / "first")
    drop(first, files)
    expected = night(first)
    assert expected.loaded > 100
    try:
        for number in cases.each(range(request.config.getoption("--shuffles"))):
            monkeypatch.setenv("TZ", ZONES[(number + 1) % len(ZONES)])
            time.tzset()
            home = make(tmp_path / "home")
            drop(home, files, chance=chance)
            found = night(home)
            assert (found.figures_sha256, found.loaded) == (expected.figures_sha256, expected.loaded), (SEED, number)
            assert number % 10 or rebuild_home(read_settings(home), no_show).same
            shutil.rmtree(home)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_every_kept_export_that_comes_again_changes_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, cases: Cases
) -> None:
    for turn, files in enumerate(rounds()):
        home = make(tmp_path / f"home-{turn}")
        drop(home, files)
        expected = night(home)
        replays = range(request.config.getoption("--replays"))
        for first in replays[::AT_ONCE]:
            copies = replays[first : first + AT_ONCE]
            for again in copies:
                drop(home, files, prefix="" if again == first else f"又报{again}")
            found = night(home)
            with open_ledger(Home(home), read_only=True) as ledger:
                states = Counter(row["state"] for row in ledger.deliveries() if row["night"] == found.night)
            assert (found.loaded, found.figures_sha256) == (0, expected.figures_sha256), (turn, copies)
            assert set(states) <= {"duplicate", "refused", "held"}, (turn, copies, states)
            assert states["duplicate"] >= len(copies) * expected.deliveries.get("in_force", 0), (turn, copies, states)
            cases.add(len(files) * len(copies))
        shutil.rmtree(home)


def test_forty_hostile_files_cost_their_refusals_and_all_others_load(tmp_path: Path, cases: Cases) -> None:
    home, files = make(tmp_path / "home"), rounds()[0]
    drop(home, files)
    expected = night(home)
    attacked = make(tmp_path / "attacked")
    drop(attacked, files)
    for number, (file, _, build) in enumerate(HOSTILE.values()):
        (attacked / "inbox" / "justice_bureau" / f"x{number:02}-{file}").write_bytes(build())
    began = time.monotonic()
    found = night(attacked)
    assert (found.figures_sha256, found.loaded) == (expected.figures_sha256, expected.loaded)
    assert found.deliveries["refused"] == expected.deliveries.get("refused", 0) + len(HOSTILE)
    assert time.monotonic() - began < 30 * len(HOSTILE)
    cases.add(len(HOSTILE))
