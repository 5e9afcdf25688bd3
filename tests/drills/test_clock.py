"""A clock that jumps makes no night run backwards and leaves no date untold. Quick form: 60 turns; `--turns 2000`: all.

The machine's clock is set, and what the night decides by it is asked of the program; nights are published in the ledger
without their figures, which do not know the time.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import night
from flows.making import make_home
from flows.night import NightRefused
from flows.settings import read_settings
from tests.conftest import Cases
from tests.drills.seeding import SEED
from warehouse.home import Home
from warehouse.inbox import COUNTY_TIME
from warehouse.ledger import open_ledger

JUMPS = (0, 1, 1, 1, 1, 2, 5, 40, 400, -1, -1, -30, -400)


class Clock(datetime):
    """The machine's clock, wherever it was set to."""

    moment: datetime

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls.moment.astimezone(tz)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(night, "datetime", Clock)
    Clock.moment = datetime(2025, 2, 6, 1, 30, tzinfo=COUNTY_TIME)
    found = Home(tmp_path / "home")
    make_home(found)
    return found


def told_wrongly(home: Home, turns: Iterable[int]) -> list[Any]:
    """Nights that ran backwards or were refused without need, and dates of which no night told."""
    chance, settings, wrong = random.Random(SEED), read_settings(home.root), []
    days: set[date] = set()
    with open_ledger(home) as ledger:
        ledger.con.execute("PRAGMA synchronous = OFF")  # power cuts are tested with the ledger
        for turn in turns:
            Clock.moment += timedelta(days=chance.choice(JUMPS), minutes=chance.randrange(-90, 90))
            today, last = Clock.now(COUNTY_TIME).date(), max(days, default=date.min)
            try:
                day = night._business_date(settings, ledger, None)
            except NightRefused as refused:
                wrong += [] if today < last and str(last) in str(refused) else [("refused", turn, today, last)]
                continue
            wrong += [("backwards", turn, day, last)] if day < last or day != today else []
            missed = night._missed(ledger, day)
            begun = ledger.begin_night(day)
            with ledger.publishing() as tx:
                tx.publish_night(begun, f"{begun}.duckdb", "", "", {})
            days |= {day, *missed}
            span = (max(days) - min(days)).days + 1
            wrong += [("untold", turn, day)] if len(days) != span else []
    return wrong


def test_no_jump_of_the_clock_runs_a_night_backwards_or_leaves_a_date_untold(
    home: Home, request: pytest.FixtureRequest, cases: Cases
) -> None:
    assert told_wrongly(home, cases.each(range(request.config.getoption("--turns")))) == []


def test_a_night_that_believes_every_clock_is_noticed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(night, "_business_date", lambda *_: Clock.now(COUNTY_TIME).date())
    assert told_wrongly(home, range(40))
