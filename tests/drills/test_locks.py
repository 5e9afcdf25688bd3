"""Passwords, locks and sessions against a plain model of them. Quick form: 4 lives of an account; `--locks 500`: the
full drill. By a clock that the drill turns, with a cheap hash: what argon2 costs is tested at the door.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from app import accounts, sessions
from app.accounts import Accounts
from app.sessions import Sessions
from tests.conftest import Cases
from tests.drills.seeding import SEED
from warehouse.home import Home
from warehouse.ledger import open_ledger

STEPS = 30
WAITS = (1, 5, 20, 29, 30, 31, 60, 12 * 60)


@dataclass
class Model:
    """What must hold: 5 bad passwords in a row lock for 30 minutes; a session ends idle after 30, in all after 720."""

    at: int = 0
    bad: int = 0
    until: int = 0
    is_locked: bool = False
    sessions: dict[str, list[int]] = field(default_factory=dict)

    def is_open(self) -> bool:
        return not self.is_locked and self.until <= self.at

    def tries(self, right: bool) -> bool:
        if not self.is_open():
            return False
        if right:
            self.bad, self.until = 0, 0
            return True
        self.bad = 1 if self.until else self.bad + 1
        # What is open goes on: else five bad passwords from anywhere would throw a colleague out.
        self.until = self.at + 30 if self.bad >= 5 else 0
        return False

    def enters(self, token: str) -> bool:
        begun, seen = self.sessions.get(token, [-(10**6)] * 2)
        return self.at - seen < 30 and self.at - begun < 720


def differences(folder: Path, lives: int, cases: Cases | None = None) -> list[tuple[int, int, str]]:
    """Where accounts and sessions of seeded lives behave otherwise than the model, by seed, step and act."""
    found = []
    for life in range(lives):
        chance, home, model = random.Random(f"{SEED}:{life}"), Home(folder / str(life)), Model()
        home.make()
        start = datetime(2025, 3, 3, 8, tzinfo=UTC)
        clock = lambda start=start, model=model: start + timedelta(minutes=model.at)  # noqa: E731
        people, doors = Accounts(home, clock), Sessions(home, clock)
        password = people.add("wang", "leader", "", "test")
        with open_ledger(home) as ledger:
            ledger.con.execute("PRAGMA synchronous = OFF")  # power cuts are tested with the ledger
        tokens: list[str] = ["never-given"]
        for step in range(STEPS):
            act = chance.choices(("bad", "good", "wait", "use", "end", "lock", "unlock"), (8, 3, 4, 5, 1, 0.3, 0.6))[0]
            is_same = True
            match act:
                case "bad":
                    is_same = (people.sign_in("wang", "wrong") is not None) == model.tries(False)
                case "good":
                    account = people.sign_in("wang", password)
                    is_same = (account is not None) == model.tries(True)
                    if account is not None:
                        tokens.append(doors.begin(account))
                        model.sessions[tokens[-1]] = [model.at, model.at]
                case "wait":
                    model.at += chance.choice(WAITS)
                case "use":
                    token = chance.choice(tokens)
                    is_same = (doors.use(token) is not None) == model.enters(token)
                    if model.enters(token):
                        model.sessions[token][1] = model.at
                case "end":
                    token = chance.choice(tokens)
                    doors.end(token)
                    model.sessions.pop(token, None)
                case "lock":
                    people.lock("wang", "test")
                    model.is_locked = True
                    model.sessions.clear()
                case "unlock":
                    people.unlock("wang", "test")
                    model.is_locked, model.bad, model.until = False, 0, 0
                    model.sessions.clear()
            is_same = is_same and people.all()[0].is_open(clock()) == model.is_open()
            is_same = is_same and all((doors.find(one) is not None) == model.enters(one) for one in tokens)
            if not is_same:
                found.append((life, step, act))
                break
        if found and cases is None:
            return found
        if cases:
            cases.add(failed=int(bool(found and found[-1][0] == life)))
    return found


@pytest.fixture(autouse=True)
def _cheap_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "HASHER", PasswordHasher(1, 8, 1))
    accounts._nobody.cache_clear()


def test_locks_and_sessions_hold_in_every_life(tmp_path: Path, request: pytest.FixtureRequest, cases: Cases) -> None:
    assert differences(tmp_path, request.config.getoption("--locks"), cases) == [], SEED


@pytest.mark.parametrize("fault", ["six bad passwords", "31 idle minutes", "a sign-out that forgets"])
def test_a_door_that_is_laxer_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    if fault.startswith("six"):
        monkeypatch.setattr(accounts, "BAD_PASSWORDS", 6)
    elif fault.startswith("31"):
        monkeypatch.setattr(sessions, "IDLE", timedelta(minutes=31))
    else:
        monkeypatch.setattr(Sessions, "end", lambda self, token: None)
    assert differences(tmp_path, 40)
