"""The audit is tamper-evident. Quick form: 300 mutations; `--mutations 10000`: the full drill."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cases
from tests.drills.seeding import SEED
from warehouse import audit
from warehouse.audit import KEPT_DAYS, AuditRefused, verify_audit
from warehouse.home import Home
from warehouse.ledger import open_ledger

ROWS = 60
TEXTS = ("at", "who", "action", "detail", "previous_hash", "hash")


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> tuple[sqlite3.Connection, list[str]]:
    """A ledger with a purged beginning and sixty rows, and the heads that left the machine in letters."""
    home = Home(tmp_path_factory.mktemp("audit"))
    home.make()
    heads = []
    with open_ledger(home) as ledger:
        ledger.con.execute("PRAGMA synchronous = OFF")  # power cuts are tested with the ledger
        for number in range(5):
            ledger.append_audit("clerk", "delivery_accepted", {"delivery": f"2020-{number}", "comment": "核实过"})
        assert ledger.purge_audit(date.today() + timedelta(days=1), date.today() + timedelta(days=400), "clerk") == 5
        for number in range(ROWS - 1):
            ledger.append_audit(
                f"clerk{number % 3}", "delivery_withdrawn", {"delivery": f"d{number}", "reason": "报错"}
            )
            heads.append(ledger.audit_head())
        assert ledger.verify_audit(heads[0]) == ledger.verify_audit(heads[-1]) == []
        kept = sqlite3.connect(":memory:", isolation_level=None)
        ledger.con.backup(kept)
    return kept, heads


def undetected(trail: tuple[sqlite3.Connection, list[str]], numbers: Iterable[int]) -> list[Any]:
    """The seeded mutations of the trail that `verify_audit` does not tell."""
    kept, heads = trail
    chance, missed = random.Random(SEED), []
    for number in numbers:
        con = sqlite3.connect(":memory:", isolation_level=None)
        kept.backup(con)
        con.row_factory = sqlite3.Row
        done = chance.choice(MUTATIONS)(con, chance)
        if not verify_audit(con, heads[-1]):
            missed.append((SEED, number, done))
        con.close()
    return missed


def flip(con: sqlite3.Connection, chance: random.Random) -> str:
    """One bit of one text of one row."""
    column, seq = chance.choice(TEXTS), _seq(con, chance)
    raw = bytearray(con.execute(f"SELECT {column} FROM audit WHERE seq = ?", (seq,)).fetchone()[0].encode())
    at = chance.randrange(len(raw))
    raw[at] ^= 1 << chance.randrange(7)
    con.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", (raw.decode("utf-8", "replace"), seq))
    return f"flip {column} of {seq} at {at}"


def delete(con: sqlite3.Connection, chance: random.Random) -> str:
    """Rows gone from the middle; those after them moved up or not."""
    seq, rows = _seq(con, chance), chance.randrange(1, 4)
    con.execute("DELETE FROM audit WHERE seq >= ? AND seq < ?", (seq, seq + rows))
    if moved := chance.random() < 0.5:
        for row in con.execute("SELECT seq FROM audit WHERE seq >= ? ORDER BY seq", (seq + rows,)).fetchall():
            con.execute("UPDATE audit SET seq = ? WHERE seq = ?", (row[0] - rows, row[0]))
    return f"delete {rows} from {seq}, moved {moved}"


def reorder(con: sqlite3.Connection, chance: random.Random) -> str:
    """Two rows in each other's place."""
    first, second = sorted(chance.sample([row[0] for row in con.execute("SELECT seq FROM audit")], 2))
    con.execute("UPDATE audit SET seq = -1 WHERE seq = ?", (first,))
    con.execute("UPDATE audit SET seq = ? WHERE seq = ?", (first, second))
    con.execute("UPDATE audit SET seq = ? WHERE seq = -1", (second,))
    return f"swap {first} and {second}"


def cut_tail(con: sqlite3.Connection, chance: random.Random) -> str:
    """The last rows gone, and the head of the trail set back with them: only the letter's head still knows."""
    seq = _seq(con, chance)
    con.execute("DELETE FROM audit WHERE seq >= ?", (seq,))
    last = con.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    if (is_set_back := chance.random() < 0.5) and last:
        con.execute("UPDATE meta SET value = ? WHERE key = 'audit_head'", (f"{last[0]}:{last[1]}",))
    return f"cut from {seq}, head set back {is_set_back}"


def write_anew(con: sqlite3.Connection, chance: random.Random) -> str:
    """A row changed and every hash after it computed again, head and all, by someone who has read this program."""
    seq = _seq(con, chance)
    con.execute("UPDATE audit SET who = 'somebody' WHERE seq = ?", (seq,))
    previous = con.execute("SELECT previous_hash FROM audit WHERE seq = ?", (seq,)).fetchone()[0]
    for row in con.execute("SELECT * FROM audit WHERE seq >= ? ORDER BY seq", (seq,)).fetchall():
        link = audit._link(row["seq"], row["at"], row["who"], row["action"], row["detail"], previous)
        con.execute("UPDATE audit SET previous_hash = ?, hash = ? WHERE seq = ?", (previous, link, row["seq"]))
        previous = link
    con.execute("UPDATE meta SET value = ? WHERE key = 'audit_head'", (f"{row['seq']}:{previous}",))
    return f"write anew from {seq}"


def insert(con: sqlite3.Connection, chance: random.Random) -> str:
    """A row that never was, at the end."""
    last = con.execute("SELECT * FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    con.execute("INSERT INTO audit VALUES (?, ?, 'clerk', 'delivery_accepted', '{}', ?, ?)",
                (last["seq"] + 1, last["at"], last["hash"], f"{chance.getrandbits(256):064x}"))  # fmt: skip
    return "insert"


def move_marks(con: sqlite3.Connection, chance: random.Random) -> str:
    """One bit of what the ledger remembers of the trail's beginning or end."""
    key = chance.choice(["audit_head", "audit_start"])
    raw = bytearray(con.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()[0].encode())
    at = chance.randrange(len(raw))
    raw[at] ^= 1 << chance.randrange(7)
    con.execute("UPDATE meta SET value = ? WHERE key = ?", (raw.decode("utf-8", "replace"), key))
    return f"flip {key} at {at}"


MUTATIONS = (flip, delete, reorder, cut_tail, write_anew, insert, move_marks)


def _seq(con: sqlite3.Connection, chance: random.Random) -> int:
    return int(chance.choice([row[0] for row in con.execute("SELECT seq FROM audit")]))


def test_every_mutation_of_the_audit_is_found(
    trail: tuple[sqlite3.Connection, list[str]], request: pytest.FixtureRequest, cases: Cases
) -> None:
    count = request.config.getoption("--mutations")
    assert undetected(trail, cases.each(range(count))) == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("_link", lambda seq, at, who, action, _detail, previous: f"{seq}{at}{who}{action}{previous}"[:64]),
        ("_link", lambda *row: audit.START),
        ("_recall", lambda _con, key: None if key == "audit_head" else (5, "x")),
    ],
    ids=["detail left out", "a hash of nothing", "the head forgotten"],
)
def test_a_weaker_chain_is_noticed_by_the_drill(
    trail: tuple[sqlite3.Connection, list[str]], monkeypatch: pytest.MonkeyPatch, name: str, fault: Any
) -> None:
    """A trail that such a program wrote is whole for it; the drill then finds what that program does not."""
    con = sqlite3.connect(":memory:", isolation_level=None)
    trail[0].backup(con)
    con.row_factory = sqlite3.Row
    monkeypatch.setattr(audit, name, fault)
    if name == "_link":
        previous = con.execute("SELECT previous_hash FROM audit ORDER BY seq").fetchone()[0]
        for row in con.execute("SELECT * FROM audit ORDER BY seq").fetchall():
            link = audit._link(row["seq"], row["at"], row["who"], row["action"], row["detail"], previous)
            con.execute("UPDATE audit SET previous_hash = ?, hash = ? WHERE seq = ?", (previous, link, row["seq"]))
            previous = link
        con.execute("UPDATE meta SET value = ? WHERE key = 'audit_head'", (f"{row['seq']}:{previous}",))
        assert verify_audit(con) == []
        assert undetected((con, [f"{row['seq']}:{previous}"]), range(300))
    else:
        assert verify_audit(con) != []  # it does not even accept what is whole
    con.close()


def test_an_early_purge_is_refused_and_a_due_one_is_a_row_itself(tmp_path: Path) -> None:
    home, today = Home(tmp_path), date.today()
    home.make()
    with open_ledger(home) as ledger:
        ledger.append_audit("clerk", "delivery_accepted", {"delivery": "d"})
        for days in (0, 1, KEPT_DAYS - 1):
            with pytest.raises(AuditRefused):
                ledger.purge_audit(today - timedelta(days=days), today, "clerk")
        assert len(ledger.audit()) == 1
        later = today + timedelta(days=KEPT_DAYS + 2)
        assert ledger.purge_audit(later - timedelta(days=KEPT_DAYS), later, "clerk") == 1
        assert [row["action"] for row in ledger.audit()] == ["audit_purged"] and ledger.verify_audit() == []
