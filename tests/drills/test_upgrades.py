"""An upgrade keeps history. A home that the first version with snapshots wrote is opened, told and carried on.

`homes/` keeps one small home of each version that wrote another format, as it left it. `make drills` lets earlier
commits of this repository make homes of their own (full_upgrades.py).
"""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.night import run_night
from flows.settings import read_settings
from tests.conftest import Cases
from tests.flows.conftest import _one_judging_process  # noqa: F401  # one process judges the nights of this file
from tests.flows.test_files_again import YEAR, drop, filings
from warehouse import ledger_file
from warehouse.history import read_kept
from warehouse.home import Home
from warehouse.inbox import hash_of
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_snapshot

HOMES = sorted(Path(__file__).with_name("homes").glob("*.tar.xz"))


def figures_of(home: Path, snapshot: str) -> list[tuple[Any, ...]]:
    """The figures of a kept snapshot, which hash to what its night recorded."""
    with open_snapshot(home / "snapshots" / snapshot) as opened:
        rows = opened.engine.rows("SELECT metric, period, unit, town, numerator, denominator FROM figures")
    return sorted((tuple(row.values()) for row in rows), key=str)


def as_left(home: Path) -> dict[str, Any]:
    """What an earlier version left, read without any code of ours that could bring it up to date."""
    import sqlite3

    with sqlite3.connect(f"file:{home}/ledger.sqlite?mode=ro", uri=True) as con:
        con.row_factory = sqlite3.Row
        tables = {name: [dict(row) for row in con.execute(f"SELECT * FROM {name}")]
                  for name in ("nights", "deliveries", "findings", "letters", "audit")}  # fmt: skip
    con.close()
    return tables


# A night that follows moves states, dates and letters; what was judged, when, and for whom stays.
STAYS = {"target", "unit", "period", "first_seen", "sha256", "figures_sha256", "business_date", "hash", "detail"}


def forgotten(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What the ledger knew and knows no more, or otherwise."""
    lost = []
    for table, rows in before.items():
        kept = {row.get("id", row.get("seq")): row for row in after[table]}
        for row in rows:
            now = kept.get(row.get("id", row.get("seq")), {})
            lost += [f"{table} {row.get('id')} {key}" for key in STAYS & row.keys() if now.get(key) != row[key]]
    return lost


def lost_by_upgrade(home: Path) -> list[str]:
    """What of an earlier home reads otherwise once this version has opened it, run a night and told of it."""
    before = as_left(home)
    (night,) = [row for row in before["nights"] if row["state"] == "published"]
    figures, sha256 = figures_of(home, night["snapshot"]), hash_of(home / "snapshots" / night["snapshot"])
    drop(home, filings(6), "更正.csv")
    run_night(read_settings(home), YEAR)
    after = as_left(home)
    lost = forgotten(before, after)
    if figures_of(home, night["snapshot"]) != figures or hash_of(home / "snapshots" / night["snapshot"]) != sha256:
        lost.append("the earlier snapshot")
    history = read_kept(home / "history", night["id"], "figures")
    sides = [(row["metric"], row["period"], row["unit"], row["town"], row["numerator"], row["denominator"])
             for row in history]  # fmt: skip
    lost += [] if sorted(sides, key=str) == figures else ["the earlier history"]
    with open_ledger(Home(home)) as ledger:
        lost += ledger.verify_audit()
    told = json.loads(CliRunner().invoke(app, ["metrics", "--json", "--home", str(home)]).output)
    return lost if any(row["metric"] == "filing_rate" for row in told) else [*lost, "ducha metrics"]


@pytest.fixture(params=HOMES, ids=lambda path: path.name.split(".")[0])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with tarfile.open(request.param) as kept:
        # As an attribute, which Python before 3.11.4 passes over: it knows no filters.
        kept.extraction_filter = getattr(tarfile, "data_filter", None)
        kept.extractall(tmp_path / "home")
    return tmp_path / "home"


def test_a_home_of_an_earlier_version_opens_and_goes_on(home: Path, cases: Cases) -> None:
    assert lost_by_upgrade(home) == []
    cases.add()


def test_an_upgrade_that_forgets_what_was_found_is_noticed(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program as it would be if a migration made the table of findings anew."""
    steps = Path(shutil.copytree(ledger_file.MIGRATIONS, tmp_path / "steps"))
    last = max(int(path.name[:4]) for path in steps.glob("*.sql"))
    (steps / f"{last + 1:04}_forget.sql").write_text("UPDATE findings SET first_seen = '2020-01-01';\n", "utf-8")
    monkeypatch.setattr(ledger_file, "MIGRATIONS", steps)
    before = as_left(home)
    with open_ledger(Home(home)):
        pass
    assert forgotten(before, as_left(home))
