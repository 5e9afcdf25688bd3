"""A night that did not run is told by a process of its own, once a day, over a real mail server."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from flows.making import make_home
from flows.settings import Settings, read_settings
from flows.watch import watch
from tests.flows.conftest import Postbox
from tests.flows.test_cli import as_json, ducha
from tests.flows.test_mail import CLOSED
from warehouse.home import Home
from warehouse.ledger import open_ledger

pytestmark = pytest.mark.xdist_group("files")
# 07:00 in the county, on a day after a night at 01:30 there.
SEVEN = datetime(2025, 2, 5, 23, 0, tzinfo=UTC)
NIGHT = datetime(2025, 2, 5, 17, 30, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home")
    make_home(found)
    return found


def with_operator(home: Home, port: int) -> Settings:
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\noperator = "operator@sample.invalid"\n'
    home.config.write_text(mail, "utf-8")
    return read_settings(home.root)


def a_night(home: Home, at: datetime, state: str = "published", errors: int = 0) -> None:
    """The ledger's row of a night that began at that moment."""
    with open_ledger(home) as ledger:
        ledger.con.execute(
            "INSERT INTO nights (id, business_date, sequence, state, pid, process, started_at, finished_at, snapshot,"
            " summary) VALUES (?, ?, 1, ?, 1, '', ?, ?, ?, ?)",
            (f"{at:%Y-%m-%d}.1", f"{at:%Y-%m-%d}", state, at.isoformat(), at.isoformat(), f"{at:%Y-%m-%d}.1.duckdb",
             f'{{"standings": {{"error": {errors}}}}}'),
        )  # fmt: skip


def bodies(box: Postbox) -> list[Any]:
    return [message_from_bytes(content, policy=default) for _, _, content in box.taken]


def test_a_night_that_ran_is_nobodys_mail_and_before_the_hour_nothing_is_said(
    home: Home, server: tuple[Postbox, int]
) -> None:
    settings = with_operator(home, server[1])
    assert watch(settings, SEVEN - timedelta(minutes=1)).verdict == "early"
    a_night(home, NIGHT)
    assert watch(settings, SEVEN).verdict == "ran"
    assert server[0].taken == []


def test_a_night_that_did_not_run_is_told_once_a_day(home: Home, server: tuple[Postbox, int]) -> None:
    settings = with_operator(home, server[1])
    a_night(home, NIGHT - timedelta(days=1))
    seen = [watch(settings, SEVEN + timedelta(hours=hours)) for hours in (0, 1, 24)]
    assert [(one.verdict, one.told) for one in seen] == [
        ("did_not_run", "now"), ("did_not_run", "already"), ("did_not_run", "now"),
    ]  # fmt: skip
    first, second = bodies(server[0])
    assert first["To"] == "operator@sample.invalid" and first["Message-ID"] != second["Message-ID"]
    words = first.get_content()
    assert "没有运行" in words and "did not begin" in words and "2025-02-04.1" in words and "doctor" in words


def test_a_home_without_any_night_and_one_whose_ledger_is_gone_are_told(
    home: Home, server: tuple[Postbox, int]
) -> None:
    settings = with_operator(home, server[1])
    with open_ledger(home):
        pass
    assert watch(settings, SEVEN).verdict == "did_not_run"
    for path in home.root.glob(f"{home.ledger.name}*"):
        path.unlink()
    assert (watch(settings, SEVEN).verdict, watch(settings, SEVEN).told) == ("unreadable", "already")
    home.ledger.write_bytes(b"no database" * 100)
    assert watch(settings, SEVEN + timedelta(days=1)).verdict == "unreadable"
    assert len(server[0].taken) == 3


@pytest.mark.parametrize(("state", "errors", "verdict"), [("failed", 0, "failed"), ("published", 3, "broken_checks")])
def test_a_failed_night_and_broken_checks_are_told(
    home: Home, server: tuple[Postbox, int], state: str, errors: int, verdict: str
) -> None:
    settings = with_operator(home, server[1])
    a_night(home, NIGHT, state, errors)
    assert watch(settings, SEVEN).verdict == verdict
    (letter,) = bodies(server[0])
    assert {"failed": "2025-02-05.1", "broken_checks": "3"}[verdict] in letter.get_content()


def test_a_watch_that_takes_any_night_for_last_night_is_noticed(
    home: Home, server: tuple[Postbox, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.watch._owed_since", lambda _settings, here: here - timedelta(days=400))
    with pytest.raises(AssertionError):
        test_a_night_that_did_not_run_is_told_once_a_day(home, server)


def test_mail_that_is_down_is_tried_again_at_the_next_look(home: Home, server: tuple[Postbox, int]) -> None:
    assert watch(with_operator(home, CLOSED), SEVEN).told == "failed"
    server[0].refuse = "451 later"
    settings = with_operator(home, server[1])
    assert watch(settings, SEVEN).told == "failed"
    server[0].refuse = None
    assert [watch(settings, SEVEN).told for _ in range(2)] == ["now", "already"]
    assert len(server[0].taken) == 1


def test_the_command_is_a_process_that_needs_no_lock_and_says_so_by_its_code(
    home: Home, server: tuple[Postbox, int]
) -> None:
    with_operator(home, server[1])
    text = home.config.read_text("utf-8")
    home.config.write_text(text + '[night]\nwatched_at = "00:00"\n', "utf-8")
    with open_ledger(home) as ledger:
        ledger.con.execute("BEGIN IMMEDIATE")  # a night that hangs in the middle of its commit
        said = ducha("--home", home.root, "watch", code=3)
        ledger.con.execute("ROLLBACK")
    assert "没有运行" in said and "已写信" in said
    assert len(server[0].taken) == 1
    a_night(home, datetime.now(UTC))
    assert as_json("--home", home.root, "watch")["verdict"] == "ran"


def test_the_watch_reads_a_ledger_and_never_writes_it(home: Home) -> None:
    with open_ledger(home):
        pass
    before = home.ledger.read_bytes()
    watch(read_settings(home.root), SEVEN)
    assert home.ledger.read_bytes() == before
    with sqlite3.connect(home.ledger) as con:
        assert con.execute("SELECT count(*) FROM heartbeats").fetchone() == (0,)
