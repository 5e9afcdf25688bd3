"""Who is signed in: sessions on this side, of which the browser holds a random token, and one-time sign-in links."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.access_file import read_rows, this_moment, token_hash, writing
from app.accounts import Account
from app.rights import Role
from warehouse.home import Home
from warehouse.ledger import open_ledger

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
LINK_LASTS = timedelta(minutes=10)
# A session is written to when it was last seen so long ago: not at every click.
SEEN_EVERY = timedelta(seconds=20)
DEMO = "demo"


@dataclass(frozen=True)
class Session:
    """One signed-in browser."""

    who: str
    role: Role
    unit: str
    must_change: bool
    begun_at: datetime
    seen_at: datetime

    def is_over(self, at: datetime) -> bool:
        """Idle for too long, or too old."""
        return at - self.seen_at >= IDLE or at - self.begun_at >= ABSOLUTE


class Sessions:
    """The sessions of one home."""

    def __init__(self, home: Home, clock: Callable[[], datetime] = this_moment) -> None:
        self.home, self.clock = home, clock

    def begin(self, account: Account) -> str:
        """A new session of an account; returns its token, of which only the hash is kept."""
        with writing(self.home) as con:
            return self._begin(con, account.name, account.role, account.unit, account.must_change)

    def find(self, token: str) -> Session | None:
        """The session of a token; None where there is none or it is over. Does not count as use."""
        if not token:
            return None
        rows = read_rows(self.home, "SELECT * FROM sessions WHERE token_sha256 = ?", token_hash(token))
        found = _session(rows[0]) if rows else None
        return None if found is None or found.is_over(self.clock()) else found

    def use(self, token: str) -> Session | None:
        """As `find`, and from now on the idle time starts again."""
        found, at = self.find(token), self.clock()
        if found is not None and at - found.seen_at >= SEEN_EVERY:
            with writing(self.home) as con:
                change = "UPDATE sessions SET seen_at = ? WHERE token_sha256 = ?"
                con.execute(change, (at.isoformat(), token_hash(token)))
        return found

    def end(self, token: str) -> None:
        """Sign out: the token is worth nothing from now on."""
        with writing(self.home) as con:
            gone = "DELETE FROM sessions WHERE token_sha256 = ? RETURNING who"
            for row in con.execute(gone, (token_hash(token),)).fetchall():
                self._audit(row["who"], "signed_out", {})

    def issue_link(self, role: Role) -> str:
        """A token that signs one person in once, within ten minutes; for a sample county on this machine."""
        token = secrets.token_urlsafe(32)
        with writing(self.home) as con:
            con.execute("DELETE FROM links")
            values = (token_hash(token), role, (self.clock() + LINK_LASTS).isoformat())
            con.execute("INSERT INTO links VALUES (?, ?, ?)", values)
            self._audit(DEMO, "link_issued", {"role": role})
        return token

    def enter(self, link: str) -> str | None:
        """The token of a new session for a link that is good; the link is used up."""
        with writing(self.home) as con:
            used = "DELETE FROM links WHERE token_sha256 = ? RETURNING role, ends_at"
            rows = con.execute(used, (token_hash(link),)).fetchall()
            if not rows or datetime.fromisoformat(rows[0]["ends_at"]) <= self.clock():
                self._audit("unknown", "sign_in_failed", {"reason": "link"})
                return None
            self._audit(DEMO, "signed_in", {"by": "link", "role": rows[0]["role"]})
            return self._begin(con, DEMO, rows[0]["role"], "", False)

    def _begin(self, con: sqlite3.Connection, who: str, role: Role, unit: str, must_change: bool) -> str:
        at = self.clock()
        ended = ((at - IDLE).isoformat(), (at - ABSOLUTE).isoformat())
        con.execute("DELETE FROM sessions WHERE seen_at <= ? OR begun_at <= ?", ended)
        token = secrets.token_urlsafe(32)
        values = (token_hash(token), who, role, unit, int(must_change), at.isoformat(), at.isoformat())
        con.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        return token

    def _audit(self, who: str, action: str, detail: dict[str, object]) -> None:
        with open_ledger(self.home) as ledger:
            ledger.append_audit(who, action, detail)


def _session(row: sqlite3.Row) -> Session:
    return Session(
        row["who"],
        row["role"],
        row["unit"],
        bool(row["must_change"]),
        datetime.fromisoformat(row["begun_at"]),
        datetime.fromisoformat(row["seen_at"]),
    )
