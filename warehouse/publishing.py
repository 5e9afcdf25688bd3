"""The one commit point of a night: everything that publishes it, inside one short write transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from warehouse.audit import append_audit

Row = dict[str, Any]
DATES = frozenset(
    {
        "business_date",
        "coverage_start",
        "coverage_end",
        "received_on",
        "due_on",
        "first_seen",
        "last_seen",
        "contested_on",
        "decide_by",
        "look_back_on",
        "unjudged_since",
        "day",
    }
)
JSON = frozenset(
    {
        "summary",
        "periods",
        "listed",
        "reasons",
        "told",
        "replaces",
        "decided",
        "detail",
        "content",
        "extension",
        "evidence",
        "entered",
        "amended_rows",
    }
)
FLAGS = frozenset({"totals_tie"})
TAKEN_OUT = ("withdrawn", "purged")
DECIMALS = frozenset({"short_by", "numerator", "denominator"})


def now() -> str:
    """This moment in UTC, as the ledger writes moments."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def packed(values: Mapping[str, Any]) -> Row:
    """Python values as SQLite stores them: dates and decimals as text, lists and mappings as JSON."""
    row: Row = {}
    for key, value in values.items():
        if key in JSON and value is not None:
            row[key] = json.dumps(value, ensure_ascii=False, default=str)
        elif value is None or isinstance(value, bool | int | str):
            row[key] = value
        else:
            row[key] = value.isoformat() if isinstance(value, date) else str(value)
    return row


def unpacked(row: sqlite3.Row) -> Row:
    """One ledger row with dates as `date`, amounts as `Decimal` and JSON read."""
    found: Row = dict(row)
    for key, value in found.items():
        if value is None:
            continue
        if key in DATES:
            found[key] = date.fromisoformat(value)
        elif key in JSON:
            found[key] = json.loads(value)
        elif key in FLAGS:
            found[key] = bool(value)
        elif key in DECIMALS:
            found[key] = Decimal(value)
    return found


def insert(con: sqlite3.Connection, table: str, values: Mapping[str, Any]) -> int:
    """Insert one row and return its rowid. Column names come from our code, values are bound."""
    row = packed(values)
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    return int(con.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row).lastrowid or 0)


def update(con: sqlite3.Connection, table: str, key: Any, values: Mapping[str, Any]) -> int:
    """Change the row of that id; returns how many rows changed."""
    row = packed(values)
    sets = ", ".join(f"{name} = :{name}" for name in row)
    return con.execute(f"UPDATE {table} SET {sets} WHERE id = :_id", {**row, "_id": key}).rowcount


class PublishRefused(Exception):
    """A night that may not be published: it is not running, or its snapshot was published before."""


class Publishing:
    """An open write transaction (`with ledger.publishing() as tx`). It holds no file, mail or rendering work."""

    def __init__(self, con: sqlite3.Connection) -> None:
        self.con = con

    def publish_night(
        self, night: str, snapshot: str, declarations_sha256: str, figures_sha256: str, summary: Mapping[str, Any]
    ) -> None:
        """Make `snapshot` (a file name) the current one. The pointer only moves forward: a night publishes once."""
        if "/" in snapshot or "\\" in snapshot:
            raise PublishRefused(f"a snapshot is named by its file name alone, not “{snapshot}”")
        changed = self.con.execute(
            "UPDATE nights SET state = 'published', finished_at = ?, snapshot = ?, declarations_sha256 = ?,"
            " figures_sha256 = ?, summary = ? WHERE id = ? AND state = 'running'",
            (now(), snapshot, declarations_sha256, figures_sha256, json.dumps(summary, default=str), night),
        ).rowcount
        if changed != 1:
            raise PublishRefused(f"the night {night} is not running: it cannot be published")
        self.con.execute("INSERT OR REPLACE INTO meta VALUES ('current_night', ?)", (night,))
        self.con.execute("UPDATE reloads SET night = ? WHERE night IS NULL AND seq <= ?", (night, self._reloads_seen()))
        self.audit("night", "night_published", {"night": night, "snapshot": snapshot, "figures": figures_sha256})

    def record_deliveries(self, night: str, deliveries: Iterable[Mapping[str, Any]]) -> None:
        """Write tonight's deliveries; those they replace are marked so.

        Each needs id, file_name, sha256, received_on, state; the columns of the table `deliveries` are allowed.
        A held delivery that was accepted comes again under its id and changes the row that stands. What a person took
        out while the night ran stays out: the next night reads its dataset again.
        """
        known = dict(self.con.execute("SELECT id, state FROM deliveries").fetchall())
        for delivery in deliveries:
            row = {"night": night, **delivery}
            if known.get(row["id"]) in TAKEN_OUT:
                continue
            if row["id"] in known:
                update(self.con, "deliveries", row["id"], {k: v for k, v in row.items() if k not in ("id", "night")})
            else:
                insert(self.con, "deliveries", row)
                known[row["id"]] = row["state"]
            for replaced in row.get("replaces") or ():
                if known.get(replaced) not in TAKEN_OUT:
                    self.mark_delivery(replaced, "replaced")

    def mark_delivery(self, delivery: str, state: str, decided: Mapping[str, Any] | None = None) -> None:
        """Change the state of a delivery that the ledger knows."""
        values: Row = {"state": state} | ({"decided": decided} if decided is not None else {})
        if update(self.con, "deliveries", delivery, values) != 1:
            raise KeyError(f"no delivery “{delivery}”")

    def queue_letters(self, night: str, letters: Iterable[Mapping[str, Any]]) -> list[int]:
        """Queue letters (unit, kind, path, message_id; content, recipient, subject where known). Returns their ids.

        A letter to a unit supersedes that unit's unsent one of the same kind: letters are not stacked. Receipts are
        about one file each and stay.
        """
        ids = []
        for letter in letters:
            if letter["kind"] != "receipt":
                waiting = self.con.execute(
                    "SELECT id FROM letters WHERE unit = ? AND kind = ? AND state IN ('queued', 'held', 'failed')"
                    " AND night <> ?",
                    (letter["unit"], letter["kind"], night),
                )
                for row in waiting.fetchall():
                    self.supersede(row["id"], f"superseded by the night {night}")
            ids.append(insert(self.con, "letters", {"night": night, **letter}))
            findings = len((letter.get("content") or {}).get("changes", ()))
            self.log_letter(night, letter["unit"], letter["kind"], "queued", ids[-1], findings)
        return ids

    def supersede(self, letter: int, reason: str) -> None:
        """A letter that did not go out goes no more: a later one says it, or nothing of it is true any longer."""
        self.con.execute("UPDATE letters SET state = 'superseded', reason = ? WHERE id = ?", (reason, letter))
        row = self.con.execute("SELECT * FROM letters WHERE id = ?", (letter,)).fetchone()
        self.log_letter(row["night"], row["unit"], row["kind"], "superseded", letter)

    def log_letter(
        self, night: str, unit: str, kind: str, reason: str, letter: int | None = None, findings: int = 0
    ) -> None:
        """Add one line to the book of letters. `reason` is a code: queued, sent, no_address, waiting, silenced ..."""
        insert(self.con, "letter_log", {
            "at": now(), "night": night, "unit": unit, "kind": kind, "letter_id": letter, "reason": reason,
            "findings": findings,
        })  # fmt: skip

    def findings(self) -> list[Row]:
        """All findings as they are now, inside the transaction."""
        return [unpacked(row) for row in self.con.execute("SELECT * FROM findings ORDER BY id")]

    def open_finding(self, values: Mapping[str, Any]) -> int:
        """Insert a finding; its id is never given to another. The table allows one per target, unit and period."""
        return insert(self.con, "findings", values)

    def change_finding(self, finding: int, values: Mapping[str, Any]) -> None:
        """Change columns of one finding."""
        if update(self.con, "findings", finding, values) != 1:
            raise KeyError(f"no finding {finding}")

    def record_finding_event(self, finding: int, **values: Any) -> None:
        """Add to a finding's history: night, who, action, from_state, to_state, reason, comment."""
        insert(self.con, "finding_events", {"finding_id": finding, "at": now(), **values})

    def waiting_letters(self) -> list[Row]:
        """Letters to units and leaders that may still go out: queued, held, failed."""
        found = self.con.execute(
            "SELECT * FROM letters WHERE kind IN ('letter', 'leader') AND state IN ('queued', 'held', 'failed')"
        )
        return [unpacked(row) for row in found]

    def never_told(self) -> set[tuple[str, str]]:
        """(night, unit) of letters to units that did not go out: they wait, or were given up for a later one."""
        found = self.con.execute(
            "SELECT night, unit FROM letters WHERE kind = 'letter'"
            " AND state IN ('queued', 'held', 'failed', 'superseded')"
        )
        return {(row["night"], row["unit"]) for row in found}

    def mark_told(self, findings: Iterable[int], night: str) -> None:
        """These findings stand in a letter of that night: only they may later be told as put right."""
        told = [(night, each) for each in findings]
        self.con.executemany("UPDATE findings SET told_night = ?, untold = NULL WHERE id = ?", told)

    def ask_reload(self, dataset: str, reason: str) -> None:
        """The next night loads this dataset again from the archive."""
        insert(self.con, "reloads", {"dataset": dataset, "asked_at": now(), "reason": reason})

    def beat(self, name: str, detail: str = "") -> None:
        """Write a heartbeat."""
        self.con.execute("INSERT OR REPLACE INTO heartbeats VALUES (?, ?, ?)", (name, now(), detail))

    def audit(self, who: str, action: str, detail: Mapping[str, Any]) -> str:
        """Add to the audit trail, inside this transaction."""
        return append_audit(self.con, now(), who, action, dict(detail))

    def _reloads_seen(self) -> int:
        """The last request that the running night saw at its start; later ones stay for the next night."""
        row = self.con.execute("SELECT value FROM meta WHERE key = 'reloads_seen'").fetchone()
        return int(row[0]) if row else 0
