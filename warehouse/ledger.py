"""The small transactional store of a home (SQLite): nights, deliveries, findings, letters, audit.

One writer at a time (BEGIN IMMEDIATE, write-ahead log, synchronous FULL); readers in other processes open it read-only.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from warehouse.audit import audit_head, purge_audit, verify_audit
from warehouse.home import Home
from warehouse.ledger_file import connect
from warehouse.living import is_alive, process_start
from warehouse.publishing import Publishing, Row, insert, now, unpacked
from warehouse.settle import resting_on, standing_again


class NightRunning(Exception):
    """Another living process is in the middle of a night."""


class DecisionRefused(Exception):
    """A person asked for something that this delivery's state does not allow."""


def open_ledger(home: Home, read_only: bool = False) -> Ledger:
    """Open a home's ledger; a writer creates it and brings its tables up to date.

    Refuses LedgerTooNew. Use it as a context manager or call `close()`. One thread at a time.
    """
    return Ledger(connect(home.ledger, read_only))


class Ledger:
    """Answers and small decisions. What publishes a night goes through `publishing()`."""

    def __init__(self, con: sqlite3.Connection) -> None:
        self.con = con

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.con.close()

    @contextmanager
    def publishing(self) -> Iterator[Publishing]:
        """One write transaction: all of it is kept, or, when anything raises or the process dies, nothing."""
        self.con.execute("BEGIN IMMEDIATE")
        try:
            yield Publishing(self.con)
            self.con.execute("COMMIT")
        except BaseException:
            if self.con.in_transaction:  # on a full disk SQLite has taken it back by itself
                self.con.execute("ROLLBACK")
            raise

    @contextmanager
    def rehearsing(self) -> Iterator[Publishing]:
        """The same transaction, always taken back: what a night will do, so that letters are composed before it."""
        self.con.execute("BEGIN IMMEDIATE")
        try:
            yield Publishing(self.con)
        finally:
            self.con.execute("ROLLBACK")

    # -- nights ------------------------------------------------------------------------------------------------

    def begin_night(self, business_date: date) -> str:
        """Start a night and return its id, `YYYY-MM-DD.N`. Nights whose process is gone are marked failed.

        The caller holds the home's lock. Refuses (NightRunning) while another living process runs a night.
        """
        with self.publishing() as tx:
            self._fail_dead_nights(tx)
            last = self.con.execute(
                "SELECT max(sequence) FROM nights WHERE business_date = ?", (business_date.isoformat(),)
            ).fetchone()[0]
            sequence = int(last or 0) + 1
            night = f"{business_date.isoformat()}.{sequence}"
            insert(self.con, "nights", {
                "id": night, "business_date": business_date, "sequence": sequence, "state": "running",
                "pid": os.getpid(), "process": process_start(os.getpid()) or "", "started_at": now(),
            })  # fmt: skip
            self.con.execute(
                "INSERT OR REPLACE INTO meta SELECT 'reloads_seen', CAST(coalesce(max(seq), 0) AS TEXT) FROM reloads"
            )
        return night

    def fail_dead_nights(self) -> list[str]:
        """Mark nights whose process is gone as failed; returns their ids."""
        with self.publishing() as tx:
            return self._fail_dead_nights(tx)

    def _fail_dead_nights(self, tx: Publishing) -> list[str]:
        failed = []
        for night in self.con.execute("SELECT id, pid, process FROM nights WHERE state = 'running'").fetchall():
            if night["pid"] != os.getpid() and is_alive(night["pid"], night["process"]):
                raise NightRunning(f"the night {night['id']} is running in process {night['pid']}")
            self._fail(tx, night["id"], f"process {night['pid']} was gone before the night was published")
            failed.append(str(night["id"]))
        return failed

    def fail_night(self, night: str, error: str) -> None:
        """Mark a running night as failed. A published night stays published."""
        with self.publishing() as tx:
            self._fail(tx, night, error)

    def _fail(self, tx: Publishing, night: str, error: str) -> None:
        changed = self.con.execute(
            "UPDATE nights SET state = 'failed', finished_at = ?, error = ? WHERE id = ? AND state = 'running'",
            (now(), error, night),
        ).rowcount
        if changed:
            tx.audit("night", "night_failed", {"night": night, "error": error})

    def current_night(self) -> Row | None:
        """The published night whose snapshot is current; None before the first."""
        row = self.con.execute(
            "SELECT n.* FROM nights n JOIN meta m ON m.key = 'current_night' AND m.value = n.id"
        ).fetchone()
        return unpacked(row) if row else None

    def current_snapshot(self) -> str | None:
        """The file name of the current snapshot; None before the first night."""
        night = self.current_night()
        return str(night["snapshot"]) if night else None

    def nights(self, state: str | None = None) -> list[Row]:
        """All nights, newest first."""
        return self._rows("nights", "started_at DESC, rowid DESC", state=state)

    def snapshots(self) -> set[str]:
        """The names of all snapshots that were ever published: other files may be swept."""
        return {row[0] for row in self.con.execute("SELECT snapshot FROM nights WHERE state = 'published'")}

    def owed_nights(self, first: date, today: date) -> list[date]:
        """Business dates from `first` to `today` without a published night."""
        done = {row[0] for row in self.con.execute("SELECT business_date FROM nights WHERE state = 'published'")}
        days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
        return [day for day in days if day.isoformat() not in done]

    # -- deliveries --------------------------------------------------------------------------------------------

    def deliveries(self, **wanted: str | None) -> list[Row]:
        """Deliveries, oldest first; filtered by any column: state, dataset, supplier, sha256, night, id."""
        return self._rows("deliveries", "rowid", **wanted)

    def in_force(self, dataset: str | None = None, supplier: str | None = None) -> list[Row]:
        """The deliveries whose rows stand, oldest first."""
        return self.deliveries(state="in_force", dataset=dataset, supplier=supplier)

    def accepted(self) -> list[Row]:
        """Held deliveries that a person has accepted: the next night applies them."""
        return [held for held in self.deliveries(state="held") if (held["decided"] or {}).get("accepted")]

    def accept(self, delivery: str, who: str, comment: str = "") -> None:
        """A held delivery is right after all: the next night applies it. Refuses (DecisionRefused) any other state.

        Whoever filled in a list of corrections does not approve it.
        """
        with self.publishing() as tx:
            known = self._delivery(delivery, "held")["decided"] or {}
            if who in known.get("entered_by", ()):
                raise DecisionRefused(
                    f"{who} 是填报人，更正单要由第二人同意 / {who} filled it in: another person approves"
                )
            decided = {"accepted": True, "who": who, "at": now(), "comment": comment}
            tx.mark_delivery(delivery, "held", known | decided)
            tx.audit(who, "delivery_accepted", {"delivery": delivery, "comment": comment})

    def withdraw(self, delivery: str, reason: str, who: str) -> None:
        """Take a file out: the next night loads its dataset again without it, and what it replaced stands again.

        Refuses (DecisionRefused) a delivery that is neither in force nor held, and an empty reason.
        """
        if not reason.strip():
            raise DecisionRefused("a withdrawal needs a reason")
        with self.publishing() as tx:
            row = self._delivery(delivery, "in_force", "held")
            for out in (row, *resting_on(row, self.deliveries())):
                tx.mark_delivery(out["id"], "withdrawn", {"who": who, "at": now(), "reason": reason})
                tx.ask_reload(out["dataset"], f"{delivery}: {reason}")
            for old in self.standing_again(row["dataset"], row["supplier"]):
                tx.mark_delivery(old, "in_force")
            tx.audit(who, "delivery_withdrawn", {"delivery": delivery, "reason": reason})

    def standing_again(self, dataset: str, supplier: str) -> list[str]:
        """Replaced deliveries of a slice that nothing in force covers any more."""
        return standing_again(self.deliveries(dataset=dataset, supplier=supplier))

    def reloads(self) -> dict[str, list[str]]:
        """Datasets that the next night must load again from the archive, with the reasons."""
        found: dict[str, list[str]] = {}
        for row in self.con.execute("SELECT dataset, reason FROM reloads WHERE night IS NULL ORDER BY seq"):
            found.setdefault(row[0], []).append(row[1])
        return found

    def _delivery(self, delivery: str, *states: str) -> Row:
        found = self.deliveries(id=delivery)
        if not found:
            raise DecisionRefused(f"no delivery “{delivery}”")
        if found[0]["state"] not in states:
            raise DecisionRefused(f"the delivery {delivery} is {found[0]['state']}, not {' or '.join(states)}")
        return found[0]

    # -- findings, letters, audit ------------------------------------------------------------------------------

    def findings(self, **wanted: str | int | None) -> list[Row]:
        """Findings by id; filtered by any column: id, state, owner, unit, target, metric, period, standing."""
        return self._rows("findings", "id", **wanted)

    def finding_events(self, finding: int) -> list[Row]:
        """The history of one finding, oldest first."""
        return self._rows("finding_events", "seq", finding_id=finding)

    def finding_totals(self) -> dict[str, int]:
        """How many distinct findings stand in each state."""
        totals = self.con.execute("SELECT state, count(DISTINCT id) FROM findings GROUP BY state ORDER BY state")
        return {row[0]: row[1] for row in totals}

    def letters(self, **wanted: str | int | None) -> list[Row]:
        """Letters, oldest first; filtered by any column: id, state, unit, kind, night."""
        return self._rows("letters", "id", **wanted)

    def word_letter(self, letter: int, subject: str, recipient: str | None) -> None:
        """A queued letter was written: its subject and its one recipient are known now."""
        with self.publishing():
            self.con.execute("UPDATE letters SET subject = ?, recipient = ? WHERE id = ?", (subject, recipient, letter))

    def mark_letter(self, letter: int, state: str, reason: str | None = None, at: str | None = None) -> None:
        """A letter was tried: sent, written, failed or superseded; sent and superseded stay so. The book says it."""
        with self.publishing() as tx:
            tried = at or now()
            sent_at = tried if state in ("sent", "written") else None
            changed = self.con.execute(
                "UPDATE letters SET state = ?, reason = ?, sent_at = ?, tried_at = ?, attempts = attempts + 1"
                " WHERE id = ? AND state IN ('queued', 'held', 'failed')",
                (state, reason, sent_at, tried, letter),
            ).rowcount
            if changed:
                (row,) = self.letters(id=letter)
                tx.log_letter(row["night"], row["unit"], row["kind"], reason or state, letter)

    def append_audit(self, who: str, action: str, detail: dict[str, Any]) -> None:
        """Add one row to the audit trail in a transaction of its own."""
        with self.publishing() as tx:
            tx.audit(who, action, detail)

    def audit(self, **wanted: str | None) -> list[Row]:
        """The audit trail, oldest first; filtered by any column: who, action."""
        return self._rows("audit", "seq", **wanted)

    def audit_head(self) -> str:
        """What the operator's letter carries of the audit trail."""
        return audit_head(self.con)

    def verify_audit(self, seen_head: str | None = None) -> list[str]:
        """What is wrong with the audit trail, one sentence each."""
        return verify_audit(self.con, seen_head)

    def purge_audit(self, before: date, today: date, who: str) -> int:
        """Remove old audit rows; refused (AuditRefused) under 180 days."""
        with self.publishing():
            return purge_audit(self.con, before, today, now(), who)

    def beat(self, name: str, detail: str = "") -> None:
        """Write a heartbeat in a transaction of its own."""
        with self.publishing() as tx:
            tx.beat(name, detail)

    def heartbeats(self) -> dict[str, Row]:
        """The last heartbeat of each name."""
        return {row["name"]: row for row in self._rows("heartbeats", "name")}

    def _rows(self, table: str, order: str, **wanted: str | int | None) -> list[Row]:
        """Rows of one table. Column names come from our own callers, values are bound."""
        known = {row["name"] for row in self.con.execute(f"PRAGMA table_info({table})")}
        if unknown := wanted.keys() - known:
            raise KeyError(f"{table} has no column {', '.join(sorted(unknown))}")
        asked = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join(f"{name} = :{name}" for name in asked) or "1"
        found = self.con.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY {order}", asked)
        return [unpacked(row) for row in found]
