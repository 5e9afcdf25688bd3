"""`kill -9` at any moment loses or doubles nothing. Quick form: 8 seeded moments; `--kills 900`: the full drill."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cases
from tests.drills.seeding import SEED
from warehouse.home import Home
from warehouse.ledger import open_ledger

SMALL = (
    "data_bureau/互联网监管检查行为数据_2024Q1.csv",
    "data_bureau/互联网监管检查行为数据_2024Q4.xlsx",
    "data_bureau/互联网监管检查行为数据_2024Q4（更正）.xlsx",
    "县委全面依法治县委员会办公室/法治政府建设年度报告报送台账_2024.xlsx",
)
DAY = "2025-02-06"


class Zygote:
    """The forking parent, driven line by line."""

    def __init__(self) -> None:
        here = Path(__file__).with_name("zygote.py")
        self.process = subprocess.Popen(
            [sys.executable, here], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=here.parents[2]
        )
        assert self.process.stdout is not None and self.process.stdout.readline() == "ready\n"

    def night(self, home: Path, boundary: int | None = None, delay: float | None = None, **more: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        order = {"home": str(home), "date": DAY, "boundary": boundary, "delay": delay, **more}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    found = Zygote()
    yield found
    found.close()


@pytest.fixture(scope="module")
def small(sample_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two suppliers of the sample county with a list each, one of which comes corrected, before any night."""
    root = Path(shutil.copytree(sample_exports, tmp_path_factory.mktemp("small") / "home"))
    wanted = {root / "inbox" / name for name in SMALL}
    assert all(path.is_file() for path in wanted)
    for path in (root / "inbox").rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()
    return root


def outcome(home: Path) -> dict[str, Any]:
    """What a night leaves: figures, findings, letters, rows, and what is left in the inbox."""
    with open_ledger(Home(home), read_only=True) as ledger:
        night = ledger.current_night()
        assert night is not None
        findings = [
            (row["target"], row["unit"], row["period"], row["state"], row["standing"], row["first_seen"])
            for row in ledger.findings()
        ]
        letters = sorted((row["unit"], row["subject"]) for row in ledger.letters(kind="letter"))
        deliveries = sorted((row["file_name"], row["sheet"], row["state"]) for row in ledger.deliveries())
        running = ledger.nights(state="running")
        assert (home / "snapshots" / night["snapshot"]).is_file()
    left = sorted(path.name for path in (home / "inbox").rglob("*") if path.is_file() and path.parent.name != "回执")
    receipts = len([path for path in (home / "inbox").rglob("回执/*")])
    written = sorted(path.name for path in (home / "letters").rglob("letter-*.eml"))
    return {
        "figures": night["figures_sha256"], "findings": findings, "letters": letters, "deliveries": deliveries,
        "inbox": left, "receipts": receipts, "written": written, "running": running,
    }  # fmt: skip


def moments(steps: int, seconds: float, count: int) -> Iterator[tuple[int | None, float | None]]:
    """Every step boundary first, then random delays over the length of a night, more than are asked for."""
    chance = random.Random(SEED)
    boundaries = list(range(1, steps + 1))
    if count < 2 * len(boundaries):
        boundaries = chance.sample(boundaries, count // 2)
    yield from ((boundary, None) for boundary in boundaries)
    yield from ((None, chance.uniform(0, seconds)) for _ in range(2 * count + 8))


def test_a_killed_night_loses_and_doubles_nothing(
    zygote: Zygote, small: Path, tmp_path: Path, request: pytest.FixtureRequest, cases: Cases
) -> None:
    for name in ("first", "whole"):  # the first night of a process is slower than those that are killed
        whole = Path(shutil.copytree(small, tmp_path / name))
        unkilled = zygote.night(whole)
        assert unkilled["code"] == 0
    expected = outcome(whole)
    assert expected["findings"] and expected["letters"] and expected["running"] == []
    killed, count = 0, request.config.getoption("--kills")
    for number, (boundary, delay) in enumerate(moments(unkilled["steps"], unkilled["seconds"], count)):
        home = Path(shutil.copytree(small, tmp_path / f"home-{number}"))
        was_killed = zygote.night(home, boundary, delay)["code"] == -9
        assert zygote.night(home)["code"] == 0, (SEED, boundary, delay)
        assert outcome(home) == expected, (SEED, boundary, delay)
        with open_ledger(Home(home), read_only=True) as ledger:
            assert {night["state"] for night in ledger.nights()} <= {"published", "failed"}
        shutil.rmtree(home)
        killed += was_killed
        cases.add(int(was_killed))
        if killed == count:  # a moment after the end of its night killed nothing and is no case
            break
    assert killed == count
