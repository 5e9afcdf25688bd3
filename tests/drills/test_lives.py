"""One finding per target, unit and period, whatever befalls it. Quick form: 100 histories; `--histories 10000`: all."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.expectations.test_carried import play_reforms
from warehouse.home import Home
from warehouse.ledger import open_ledger

SEED = 20261126


def test_no_history_of_nights_people_and_reforms_makes_two_findings_of_one(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    histories, began = request.config.getoption("--histories"), time.monotonic()
    home = Home(tmp_path)
    home.make()
    with open_ledger(home) as ledger:
        ledger.con.execute("PRAGMA synchronous = OFF")  # power cuts are tested with the ledger
        moved = play_reforms(ledger, random.Random(SEED), histories, nights=24)
        found, events = len(ledger.findings()), ledger.con.execute("SELECT count(*) FROM finding_events").fetchone()[0]
        assert found > histories * 0.9 and moved > histories and ledger.verify_audit() == []
    took = time.monotonic() - began
    print(f"\nseed {SEED}: {histories} histories, {found} findings, {moved} moves, {events} events in {took:.0f} s")
