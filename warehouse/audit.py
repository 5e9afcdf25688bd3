"""The audit trail: every row's hash covers the row before it, so that a change anywhere shows."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import date, timedelta
from typing import Any

KEPT_DAYS = 180  # Cybersecurity Law, article 21: logs are kept for six months at least
START = "0" * 64
PURGED = "audit_purged"


class AuditRefused(Exception):
    """A purge that would remove rows which must still be kept."""


def append_audit(con: sqlite3.Connection, at: str, who: str, action: str, detail: dict[str, Any]) -> str:
    """Add one row to the chain and return its hash. The caller holds a write transaction."""
    seq, previous = _head(con)
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    link = _link(seq + 1, at, who, action, text, previous)
    con.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", (seq + 1, at, who, action, text, previous, link))
    _remember(con, "audit_head", seq + 1, link)
    return link


def audit_head(con: sqlite3.Connection) -> str:
    """`<seq>:<hash>` of the last row: what the operator's letter carries, so that a cut tail shows outside too."""
    seq, link = _head(con)
    return f"{seq}:{link}"


def verify_audit(con: sqlite3.Connection, seen_head: str | None = None) -> list[str]:
    """What is wrong with the chain, one sentence each; an empty list when nothing is.

    `seen_head` is a head that left the machine earlier (in a letter): the chain must still contain it.
    """
    faults: list[str] = []
    seq, previous = _recall(con, "audit_start") or (0, START)
    links = {seq: previous}
    for row in con.execute("SELECT seq, at, who, action, detail, previous_hash, hash FROM audit ORDER BY seq"):
        if row[0] != seq + 1:
            faults.append(f"audit row {seq + 1} is gone; the next one is {row[0]}")
        if row[5] != previous:
            faults.append(f"audit row {row[0]} does not follow the row before it")
        if _link(row[0], row[1], row[2], row[3], row[4], row[5]) != row[6]:
            faults.append(f"audit row {row[0]} was changed")
        seq, previous = row[0], row[6]
        links[seq] = previous
    if _recall(con, "audit_head") != (seq, previous) and (seq or _recall(con, "audit_head")):
        faults.append(f"the trail ends at row {seq}, but its head says otherwise: rows at the end are gone")
    if min(links) and not _purge_is_written(con, min(links), links[min(links)]):
        faults.append(f"rows up to {min(links)} are gone and no row says who removed them")
    if seen_head is not None:
        at, _, link = seen_head.partition(":")
        if links.get(int(at)) != link and int(at) > min(links):
            faults.append(f"the trail no longer contains row {at} as the letter carried it")
    return faults


def purge_audit(con: sqlite3.Connection, before: date, today: date, at: str, who: str) -> int:
    """Remove rows older than `before` and anchor the chain at the last one removed; returns how many.

    The removal is itself a row. Refuses (AuditRefused) when rows younger than 180 days would go.
    """
    if before > today - timedelta(days=KEPT_DAYS):
        raise AuditRefused(f"audit rows are kept for {KEPT_DAYS} days: nothing after {before} may go yet")
    last = con.execute("SELECT seq, hash FROM audit WHERE at < ? ORDER BY seq DESC", (before.isoformat(),)).fetchone()
    if last is None:
        return 0
    _remember(con, "audit_start", last[0], last[1])
    gone = con.execute("DELETE FROM audit WHERE seq <= ?", (last[0],)).rowcount
    append_audit(con, at, who, PURGED, {"seq": last[0], "hash": last[1], "before": before})
    return gone


def _purge_is_written(con: sqlite3.Connection, seq: int, link: str) -> bool:
    rows = con.execute("SELECT detail FROM audit WHERE action = ?", (PURGED,))
    return any((found := _detail(row[0])).get("seq") == seq and found.get("hash") == link for row in rows)


def _detail(text: str) -> dict[str, Any]:
    """What a row says; nothing where somebody changed it so that it no longer reads."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _link(seq: int, at: str, who: str, action: str, detail: str, previous: str) -> str:
    row = json.dumps([seq, at, who, action, detail], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((previous + row).encode()).hexdigest()


def _head(con: sqlite3.Connection) -> tuple[int, str]:
    # Read from meta, not from the last row: after a cut tail the next row must not close the gap.
    return _recall(con, "audit_head") or (0, START)


def _remember(con: sqlite3.Connection, key: str, seq: int, link: str) -> None:
    con.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, f"{seq}:{link}"))


def _recall(con: sqlite3.Connection, key: str) -> tuple[int, str] | None:
    row = con.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    seq, _, link = str(row[0]).partition(":")
    # No row is number -1: a mark that somebody changed agrees with no trail.
    return (int(seq), link) if seq.isdecimal() else (-1, link)
