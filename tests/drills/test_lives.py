"""One finding per target, unit and period, whatever befalls it. Quick form: 100 histories; `--histories 10000`: all."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.conftest import Cases
from tests.drills.seeding import SEED
from tests.expectations.test_carried import play_reforms
from warehouse.home import Home
from warehouse.ledger import open_ledger


def test_no_history_of_nights_people_and_reforms_makes_two_findings_of_one(
    request: pytest.FixtureRequest, tmp_path: Path, cases: Cases
) -> None:
    histories = request.config.getoption("--histories")
    home = Home(tmp_path)
    home.make()
    with open_ledger(home) as ledger:
        ledger.con.execute("PRAGMA synchronous = OFF")  # power cuts are tested with the ledger
        moved = play_reforms(ledger, random.Random(SEED), histories, nights=24)
        found = len(ledger.findings())
        assert found > histories * 0.9 and moved > histories and ledger.verify_audit() == []
    cases.add(found)


def test_a_renaming_that_forgets_its_findings_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it would be if the findings of a renamed metric stayed under its old name."""
    monkeypatch.setattr("expectations.carried.Carrier._rename", lambda *_: None)
    home = Home(tmp_path)
    home.make()
    with open_ledger(home) as ledger, pytest.raises(AssertionError):
        play_reforms(ledger, random.Random(SEED), 30, nights=12)
