"""Local accounts: argon2 passwords, a lockout after five bad ones, a first password that must be changed."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.access_file import read_rows, this_moment, writing
from app.rights import Role
from warehouse.home import Home
from warehouse.ledger import open_ledger

BAD_PASSWORDS = 5
LOCKED_FOR = timedelta(minutes=30)
SHORTEST = 10
LONGEST = 200  # argon2 reads all of it: without an end a request could keep the machine busy
NAME = re.compile(r"[a-z][a-z0-9_.-]{1,31}")
# Without signs that look alike on paper.
LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
HASHER = PasswordHasher()


class AccountRefused(Exception):
    """Something that cannot be done to an account; `str()` is the sentence in both languages."""


@dataclass(frozen=True)
class Account:
    """One person who may sign in. `unit` only of a liaison."""

    name: str
    role: Role
    unit: str
    must_change: bool
    bad: int
    locked_until: datetime | None
    is_locked: bool
    signed_in_at: datetime | None

    def is_open(self, at: datetime) -> bool:
        """Whether this account may sign in at a moment."""
        return not self.is_locked and (self.locked_until is None or self.locked_until <= at)


class Accounts:
    """The accounts of one home. Every change and every try stands in the audit trail of the ledger."""

    def __init__(self, home: Home, clock: Callable[[], datetime] = this_moment) -> None:
        self.home, self.clock = home, clock

    def all(self) -> list[Account]:
        """Every account, by name."""
        return [_account(row) for row in read_rows(self.home, "SELECT * FROM accounts ORDER BY name")]

    def add(self, name: str, role: Role, unit: str, by: str) -> str:
        """A new account; returns its first password, which is kept nowhere and must be changed.

        Refuses (AccountRefused) a name that is taken or no name.
        """
        if not NAME.fullmatch(name):
            raise AccountRefused(
                f"用户名“{name}”不能用：以小写字母开头，只用小写字母、数字和 . _ - ，2到32个字符 / "
                f"“{name}” is no user name: a lower-case letter first, then letters, digits and . _ - , 2 to 32 in all"
            )
        password = _first_password()
        with writing(self.home) as con:
            if con.execute("SELECT 1 FROM accounts WHERE name = ?", (name,)).fetchone():
                raise AccountRefused(f"已有用户“{name}” / there is a user “{name}” already")
            con.execute(
                "INSERT INTO accounts (name, role, unit, hash, added_at) VALUES (?, ?, ?, ?, ?)",
                (name, role, unit, HASHER.hash(password), self.clock().isoformat()),
            )
            self._audit(by, "account_added", {"account": name, "role": role, "unit": unit})
        return password

    def reset(self, name: str, by: str) -> str:
        """A new first password; the old one and every open session end. Refuses (AccountRefused) an unknown name."""
        password = _first_password()
        change = "hash = ?, must_change = 1, bad = 0, locked_until = NULL"
        self._change(name, change, (HASHER.hash(password),), by, "account_reset")
        return password

    def lock(self, name: str, by: str) -> None:
        """Nobody signs in as this user until `unlock`; open sessions end."""
        self._change(name, "is_locked = 1", (), by, "account_locked")

    def unlock(self, name: str, by: str) -> None:
        """Take back a lock, also one after bad passwords."""
        self._change(name, "is_locked = 0, bad = 0, locked_until = NULL", (), by, "account_unlocked")

    def remove(self, name: str, by: str) -> None:
        """Take an account away; what it did stays in the audit trail."""
        with writing(self.home) as con:
            _known(con, name)
            con.execute("DELETE FROM accounts WHERE name = ?", (name,))
            con.execute("DELETE FROM sessions WHERE who = ?", (name,))
            con.execute("DELETE FROM subjects WHERE account = ?", (name,))
            self._audit(by, "account_removed", {"account": name})

    def name_subject(self, name: str, subject: str, by: str) -> None:
        """Say which person of the identity provider an account is; "" takes it back. Open sessions end.

        Refuses (AccountRefused) an unknown name, and a person who has another account already.
        """
        with writing(self.home) as con:
            _known(con, name)
            taken = con.execute("SELECT account FROM subjects WHERE subject = ?", (subject,)).fetchone()
            if taken and taken["account"] != name:
                raise AccountRefused(
                    f"编号“{subject}”已属于账号“{taken['account']}” / “{subject}” is the account “{taken['account']}”"
                )
            con.execute("DELETE FROM subjects WHERE account = ?", (name,))
            if subject:
                con.execute("INSERT INTO subjects VALUES (?, ?)", (subject, name))
            con.execute("DELETE FROM sessions WHERE who = ?", (name,))
            self._audit(by, "account_subject", {"account": name, "subject": subject})

    def subjects(self) -> dict[str, str]:
        """Which person of the identity provider each account is, by account."""
        with writing(self.home) as con:  # a file of an earlier version gets its new table
            return {row["account"]: row["subject"] for row in con.execute("SELECT * FROM subjects").fetchall()}

    def enter_as(self, subject: str) -> tuple[Account | None, str]:
        """The account of a person whom the identity provider has named; else None and why: `unknown` or `locked`."""
        at = self.clock()
        with writing(self.home) as con:
            known = "SELECT accounts.* FROM accounts JOIN subjects ON account = name WHERE subject = ?"
            row = con.execute(known, (subject,)).fetchone()
            if row is None:
                self._audit("unknown", "sign_in_failed", {"reason": "unknown", "by": "provider"})
                return None, "unknown"
            account = _account(row)
            if not account.is_open(at):
                self._audit(account.name, "sign_in_failed", {"reason": "locked", "by": "provider"})
                return None, "locked"
            con.execute("UPDATE accounts SET signed_in_at = ? WHERE name = ?", (at.isoformat(), account.name))
            self._audit(account.name, "signed_in", {"by": "provider"})
        # The first password is of no concern to who does not use it.
        return replace(account, must_change=False), ""

    def refuse_entry(self, reason: str) -> None:
        """Write down that somebody came back from the identity provider and was not let in."""
        self._audit("unknown", "sign_in_failed", {"reason": reason, "by": "provider"})

    def sign_in(self, name: str, password: str, action: str = "signed_in") -> Account | None:
        """The account of a right name and password; None of anything else, and while it is locked.

        The fifth bad password in a row locks it. Takes as long for a name that nobody has.
        """
        fits = _fits(self._hash_of(name), password)
        at = self.clock()
        with writing(self.home) as con:
            # Read again: two tries at once must both be counted, and a lock may have come meanwhile.
            row = con.execute("SELECT * FROM accounts WHERE name = ?", (name,)).fetchone()
            account = _account(row) if row else None
            if account is None:
                # What was typed may be a password in the wrong box: it is not kept.
                self._audit("unknown", "sign_in_failed", {"reason": "unknown"})
                return None
            if not account.is_open(at):
                self._audit(name, "sign_in_failed", {"reason": "locked"})
                return None
            if not fits:
                self._count_bad(con, account, at)
                return None
            change = "UPDATE accounts SET bad = 0, locked_until = NULL, signed_in_at = ? WHERE name = ?"
            con.execute(change, (at.isoformat(), name))
            self._audit(name, action, {})
        return account

    def change_password(self, name: str, old: str, new: str) -> str:
        """Set a password of one's own; every session of the user ends. Returns the reason why not, or nothing.

        Reasons: `wrong` (counts as a bad password), `short`, `long`, `same`, `plain` (holds the user's name).
        """
        account = self.sign_in(name, old, "password_asked")
        if account is None:
            return "wrong"
        if reason := _why_not(name, old, new):
            return reason
        self._change(name, "hash = ?, must_change = 0", (HASHER.hash(new),), name, "password_changed")
        return ""

    def _hash_of(self, name: str) -> str:
        rows = read_rows(self.home, "SELECT hash FROM accounts WHERE name = ?", name)
        return str(rows[0]["hash"]) if rows else _nobody()

    def _count_bad(self, con: sqlite3.Connection, account: Account, at: datetime) -> None:
        self._audit(account.name, "sign_in_failed", {"reason": "password"})
        # A lock that has run out starts a new count.
        bad = 1 if account.locked_until else account.bad + 1
        until = (at + LOCKED_FOR).isoformat() if bad >= BAD_PASSWORDS else None
        con.execute("UPDATE accounts SET bad = ?, locked_until = ? WHERE name = ?", (bad, until, account.name))
        if until:
            # Open sessions go on: else five bad passwords from anywhere would throw a colleague out.
            self._audit(account.name, "account_locked_out", {"until": until})

    def _change(self, name: str, change: str, values: tuple[object, ...], by: str, action: str) -> None:
        with writing(self.home) as con:
            _known(con, name)
            con.execute(f"UPDATE accounts SET {change} WHERE name = ?", (*values, name))
            con.execute("DELETE FROM sessions WHERE who = ?", (name,))
            self._audit(by, action, {"account": name})

    def _audit(self, who: str, action: str, detail: dict[str, object]) -> None:
        # Inside the change: what cannot be written down is not done.
        with open_ledger(self.home) as ledger:
            ledger.append_audit(who, action, detail)


def _account(row: sqlite3.Row) -> Account:
    until, seen = row["locked_until"], row["signed_in_at"]
    return Account(
        row["name"],
        row["role"],
        row["unit"],
        bool(row["must_change"]),
        row["bad"],
        datetime.fromisoformat(until) if until else None,
        bool(row["is_locked"]),
        datetime.fromisoformat(seen) if seen else None,
    )


def _known(con: sqlite3.Connection, name: str) -> None:
    if not con.execute("SELECT 1 FROM accounts WHERE name = ?", (name,)).fetchone():
        raise AccountRefused(f"没有用户“{name}”，请用 ducha user list 查看 / no user “{name}”: see `ducha user list`")


def _first_password() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(14))


@cache
def _nobody() -> str:
    """The hash of a password that nobody has."""
    return HASHER.hash(secrets.token_hex())


def _fits(held: str, password: str) -> bool:
    try:
        return len(password) <= LONGEST and HASHER.verify(held, password)
    except (VerificationError, InvalidHashError):
        return False


def _why_not(name: str, old: str, new: str) -> str:
    if len(new) < SHORTEST or len(set(new)) < SHORTEST // 2:
        return "short"
    if len(new) > LONGEST:
        return "long"
    if new == old:
        return "same"
    return "plain" if name in new.lower() else ""
