"""The ledger: nights, one commit point, decisions about deliveries, the audit trail. Real files, real processes."""

import multiprocessing
import os
import random
import signal
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.opening import bring_up_to_date
from warehouse.audit import AuditRefused
from warehouse.home import Home
from warehouse.ledger import DecisionRefused, Ledger, NightRunning, open_ledger
from warehouse.ledger_file import MIGRATIONS, LedgerTooNew
from warehouse.publishing import PublishRefused

DAY = date(2025, 2, 6)
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "县 #1?")
    home.make()
    return home


@pytest.fixture
def ledger(home: Home) -> Iterator[Ledger]:
    with open_ledger(home) as ledger:
        yield ledger


def delivery(name: str, **values: Any) -> dict[str, Any]:
    return {
        "id": name, "dataset": "legal_aid_cases", "supplier": "justice_bureau", "file_name": f"{name}.xlsx",
        "sha256": name * 8, "received_on": DAY, "coverage_start": date(2024, 1, 1), "coverage_end": date(2024, 3, 31),
        "periods": ["2024Q1"], "state": "in_force", "rows": 3, "loaded": 2, "quarantined": 1, "totals_tie": True,
    } | values  # fmt: skip


def letter(unit: str, number: int) -> dict[str, Any]:
    return {"unit": unit, "kind": "letter", "recipient": None, "subject": "s", "path": "p", "message_id": f"m{number}"}


def publish(ledger: Ledger, day: date = DAY, deliveries: list[dict[str, Any]] | None = None) -> str:
    night = ledger.begin_night(day)
    with ledger.publishing() as tx:
        tx.publish_night(night, f"{night}.duckdb", "d" * 64, "f" * 64, {"figures": 7})
        tx.record_deliveries(night, deliveries or [])
    return night


def test_a_published_night_is_the_current_one_and_reads_back_as_written(ledger: Ledger, home: Home) -> None:
    assert ledger.current_snapshot() is None
    night = publish(ledger, deliveries=[delivery("a")])
    with open_ledger(home, read_only=True) as reader:
        assert reader.current_snapshot() == "2025-02-06.1.duckdb"
        assert reader.current_night()["summary"] == {"figures": 7}
        (kept,) = reader.in_force("legal_aid_cases", "justice_bureau")
        assert (kept["night"], kept["coverage_end"], kept["periods"]) == (night, date(2024, 3, 31), ["2024Q1"])
        assert kept["totals_tie"] is True
        with pytest.raises(sqlite3.OperationalError):
            reader.beat("nightly")
    assert publish(ledger) == "2025-02-06.2"


def test_a_reader_opens_a_ledger_that_nobody_has_open(home: Home) -> None:
    with open_ledger(home) as writer:
        publish(writer)
    with open_ledger(home, read_only=True) as reader:
        assert [night["state"] for night in reader.nights()] == ["published"]


def test_the_pointer_moves_once_per_night_and_only_for_a_running_one(ledger: Ledger) -> None:
    night = publish(ledger)
    with pytest.raises(PublishRefused), ledger.publishing() as tx:
        tx.publish_night(night, "older.duckdb", "", "", {})
    failed = ledger.begin_night(DAY)
    ledger.fail_night(failed, "disk full")
    with pytest.raises(PublishRefused), ledger.publishing() as tx:
        tx.publish_night(failed, "late.duckdb", "", "", {})
    assert ledger.current_snapshot() == "2025-02-06.1.duckdb"
    assert ledger.nights("failed")[0]["error"] == "disk full"


def _die_publishing(home: Home, after: int) -> None:
    ledger = open_ledger(home)
    night = ledger.begin_night(DAY)
    with ledger.publishing() as tx:
        steps = [
            lambda: tx.publish_night(night, f"{night}.duckdb", "", "", {}),
            lambda: tx.record_deliveries(night, [delivery(f"b{night}", replaces=["a"])]),
            lambda: tx.queue_letters(night, [letter("justice_bureau", 2)]),
            lambda: tx.audit("night", "told", {}),
        ]
        for step in steps[:after]:
            step()
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("after", range(5))
def test_a_night_killed_while_it_publishes_leaves_nothing_but_a_failed_night(home: Home, after: int) -> None:
    with open_ledger(home) as ledger:
        publish(ledger, deliveries=[delivery("a")])
    killed = FORK.Process(target=_die_publishing, args=(home, after))
    killed.start()
    killed.join()
    with open_ledger(home) as ledger:
        assert ledger.fail_dead_nights() == ["2025-02-06.2"]
        assert ledger.current_snapshot() == "2025-02-06.1.duckdb"
        assert [each["id"] for each in ledger.in_force()] == ["a"]
        assert ledger.letters() == []
        assert ledger.verify_audit() == []
        assert not ledger.nights("running")
        assert ledger.begin_night(DAY) == "2025-02-06.3"


def test_a_ledger_that_leaves_a_dead_night_running_is_noticed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "_fail_dead_nights", lambda *_: [])
    with pytest.raises(AssertionError):
        test_a_night_killed_while_it_publishes_leaves_nothing_but_a_failed_night(home, 2)


def _wait_in_a_night(home: Home, begun: Any) -> None:
    with open_ledger(home) as ledger:
        ledger.begin_night(DAY)
        begun.set()
        signal.pause()


def test_a_night_of_a_living_process_is_not_taken_over_and_of_a_zombie_it_is(home: Home) -> None:
    begun = FORK.Event()
    other = FORK.Process(target=_wait_in_a_night, args=(home, begun))
    other.start()
    begun.wait(10)
    with open_ledger(home) as ledger:
        with pytest.raises(NightRunning):
            ledger.begin_night(DAY)
        os.kill(other.pid or 0, signal.SIGKILL)
        os.waitid(os.P_PID, other.pid or 0, os.WEXITED | os.WNOWAIT)  # dead, and not yet reaped
        assert ledger.begin_night(DAY) == "2025-02-06.2"
    other.join()


def test_nights_that_did_not_run_are_owed(ledger: Ledger) -> None:
    publish(ledger, date(2025, 2, 4))
    ledger.fail_night(ledger.begin_night(date(2025, 2, 5)), "power")
    owed = ledger.owed_nights(date(2025, 2, 3), date(2025, 2, 6))
    assert owed == [date(2025, 2, 3), date(2025, 2, 5), date(2025, 2, 6)]


def test_a_withdrawn_delivery_gives_way_to_what_it_replaced_and_asks_for_a_reload(ledger: Ledger) -> None:
    publish(ledger, deliveries=[delivery("a")])
    publish(ledger, deliveries=[delivery("b", replaces=["a"])])
    assert [each["id"] for each in ledger.in_force()] == ["b"]
    with pytest.raises(DecisionRefused):
        ledger.withdraw("a", "wrong file", "clerk")
    with pytest.raises(DecisionRefused):
        ledger.withdraw("b", " ", "clerk")
    ledger.withdraw("b", "wrong year", "clerk")
    assert [each["id"] for each in ledger.in_force()] == ["a"]
    assert ledger.reloads() == {"legal_aid_cases": ["b: wrong year"]}
    night = ledger.begin_night(DAY)
    with ledger.publishing() as tx:
        tx.ask_reload("enterprises", "asked while the night ran")
    with ledger.publishing() as tx:
        tx.publish_night(night, "x.duckdb", "", "", {})
    assert list(ledger.reloads()) == ["enterprises"]


def test_a_withdrawal_brings_back_what_two_files_replaced_together(ledger: Ledger) -> None:
    halves = {"b": (date(2024, 1, 1), date(2024, 2, 15)), "c": (date(2024, 2, 16), date(2024, 3, 31))}
    spans = {name: {"coverage_start": start, "coverage_end": end} for name, (start, end) in halves.items()}
    publish(ledger, deliveries=[delivery("a")])
    publish(ledger, deliveries=[delivery("b", **spans["b"])])
    publish(ledger, deliveries=[delivery("c", replaces=["a"], **spans["c"])])
    ledger.withdraw("b", "wrong file", "clerk")
    assert [each["id"] for each in ledger.in_force()] == ["a", "c"]


def test_a_held_delivery_waits_for_a_person_and_then_comes_into_force(ledger: Ledger) -> None:
    publish(ledger, deliveries=[delivery("a"), delivery("h", state="held")])
    assert ledger.accepted() == []
    ledger.accept("h", "clerk", "confirmed by telephone")
    assert [each["id"] for each in ledger.accepted()] == ["h"]
    publish(ledger, deliveries=[delivery("h", replaces=["a"])])
    assert ([each["id"] for each in ledger.in_force()], ledger.accepted()) == (["h"], [])
    with pytest.raises(DecisionRefused):
        ledger.accept("h", "clerk")


def test_an_unsent_letter_is_superseded_and_a_sent_one_stays(ledger: Ledger) -> None:
    for number, day in enumerate((date(2025, 2, 4), date(2025, 2, 5), DAY)):
        night = publish(ledger, day)
        with ledger.publishing() as tx:
            tx.queue_letters(night, [letter("market_bureau", number), letter("justice_bureau", number + 10)])
        if number == 0:
            ledger.mark_letter(1, "sent")
    assert [each["state"] for each in ledger.letters(unit="market_bureau")] == ["sent", "superseded", "queued"]
    assert [each["state"] for each in ledger.letters(unit="justice_bureau")] == ["superseded", "superseded", "queued"]
    ledger.mark_letter(2, "sent")
    assert ledger.letters(id=2)[0]["state"] == "superseded"


def test_the_view_brings_the_ledger_of_an_earlier_version_up_to_date_and_leaves_others_alone(home: Home) -> None:
    bring_up_to_date(home)  # no home yet: nothing is made
    assert not home.ledger.exists()
    first = sqlite3.connect(home.ledger)
    first.executescript((MIGRATIONS / "0001_first.sql").read_text("utf-8"))
    first.execute("PRAGMA user_version = 1")
    first.close()
    bring_up_to_date(home)
    with open_ledger(home, read_only=True) as ledger:
        assert ledger.findings() == [] and "untold" in {
            row[1] for row in ledger.con.execute("PRAGMA table_info(findings)")
        }
    raw = sqlite3.connect(home.ledger)
    raw.execute("PRAGMA user_version = 9999")
    raw.close()
    bring_up_to_date(home)
    with pytest.raises(LedgerTooNew):
        open_ledger(home)


def test_a_ledger_that_came_to_a_format_without_one_of_its_columns_gets_it(home: Home) -> None:
    """Two versions made the fifth step differently."""
    raw = sqlite3.connect(home.ledger)
    for path in sorted(MIGRATIONS.glob("000[1-4]*.sql")):
        raw.executescript(path.read_text("utf-8"))
    raw.execute("ALTER TABLE findings ADD COLUMN unjudged_since TEXT")
    raw.execute("PRAGMA user_version = 5")
    raw.close()
    with open_ledger(home) as ledger:
        columns = [row[1] for row in ledger.con.execute("PRAGMA table_info(findings)")]
    assert columns.count("entered") == 1 == columns.count("unjudged_since")


def test_a_ledger_of_a_later_version_is_refused(home: Home) -> None:
    open_ledger(home).close()
    raw = sqlite3.connect(home.ledger)
    raw.execute("PRAGMA user_version = 9999")
    raw.close()
    with pytest.raises(LedgerTooNew):
        open_ledger(home)


def _mutate(con: sqlite3.Connection, dice: random.Random) -> str:
    """One change that an intruder could make; returns what it was."""
    rows = [row[0] for row in con.execute("SELECT seq FROM audit ORDER BY seq")]
    seq = dice.choice(rows)
    match dice.choice(("flip", "delete", "reorder", "cut")):
        case "flip":
            column = dice.choice(("at", "who", "action", "detail", "previous_hash", "hash"))
            text = con.execute(f"SELECT {column} FROM audit WHERE seq = ?", (seq,)).fetchone()[0]
            place = dice.randrange(len(text))
            other = dice.choice([sign for sign in "0a{x中" if sign != text[place]])
            changed = text[:place] + other + text[place + 1 :]
            con.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", (changed, seq))
            return f"flip {column} of {seq}"
        case "delete":
            con.execute("DELETE FROM audit WHERE seq = ?", (seq,))
            return f"delete {seq}"
        case "reorder":
            other_seq = dice.choice([each for each in rows if each != seq])
            con.execute("UPDATE audit SET seq = -1 WHERE seq = ?", (seq,))
            con.execute("UPDATE audit SET seq = ? WHERE seq = ?", (seq, other_seq))
            con.execute("UPDATE audit SET seq = ? WHERE seq = -1", (other_seq,))
            return f"swap {seq} and {other_seq}"
        case _:
            con.execute("DELETE FROM audit WHERE seq >= ?", (seq,))
            return f"cut from {seq}"


def test_every_change_of_the_audit_trail_is_found(ledger: Ledger) -> None:
    for number in range(12):
        ledger.append_audit("clerk", "unmasked", {"row": number, "why": "电话核实"})
    assert ledger.verify_audit() == []
    dice = random.Random(20250206)
    for _ in range(2_000):
        ledger.con.execute("BEGIN")
        what = _mutate(ledger.con, dice)
        assert ledger.verify_audit(), what
        ledger.con.execute("ROLLBACK")


def test_a_cut_tail_with_a_forged_head_is_found_by_the_head_that_left_in_a_letter(ledger: Ledger) -> None:
    for number in range(5):
        ledger.append_audit("clerk", "unmasked", {"row": number})
    seen = ledger.audit_head()
    ledger.con.execute("DELETE FROM audit WHERE seq > 3")
    link = ledger.con.execute("SELECT hash FROM audit WHERE seq = 3").fetchone()[0]
    ledger.con.execute("UPDATE meta SET value = ? WHERE key = 'audit_head'", (f"3:{link}",))
    assert ledger.verify_audit() == []
    assert ledger.verify_audit(seen)
    ledger.append_audit("clerk", "unmasked", {"row": 9})
    ledger.append_audit("clerk", "unmasked", {"row": 10})
    assert ledger.verify_audit(seen)


def test_a_cut_tail_is_not_healed_by_the_next_row(ledger: Ledger) -> None:
    for number in range(3):
        ledger.append_audit("clerk", "unmasked", {"row": number})
    ledger.con.execute("DELETE FROM audit WHERE seq = 3")
    ledger.append_audit("clerk", "unmasked", {"row": 3})
    assert ledger.verify_audit()


def test_an_early_purge_of_the_audit_is_refused_and_a_lawful_one_is_written_down(ledger: Ledger) -> None:
    for number in range(3):
        ledger.append_audit("clerk", "unmasked", {"row": number})
    today = date.today()
    with pytest.raises(AuditRefused):
        ledger.purge_audit(today, today, "auditor")
    later = date.fromordinal(today.toordinal() + 400)
    assert ledger.purge_audit(date.fromordinal(today.toordinal() + 2), later, "auditor") == 3
    assert ledger.verify_audit() == []
    assert [row["action"] for row in ledger.audit()] == ["audit_purged"]
    ledger.append_audit("clerk", "unmasked", {})
    ledger.con.execute("DELETE FROM audit WHERE seq = 4")
    assert ledger.verify_audit()
