"""The file of accounts, sessions and sign-in links (SQLite, `access.sqlite` in the home), readable by its owner only.

It stands beside the ledger, not in it: sessions are written all day and are of no worth tomorrow.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from warehouse.home import Home

LOCK_SECONDS = 10.0
TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
  name         TEXT PRIMARY KEY,
  role         TEXT NOT NULL,
  unit         TEXT NOT NULL DEFAULT '',
  hash         TEXT NOT NULL,               -- argon2id
  must_change  INTEGER NOT NULL DEFAULT 1,  -- the password was given by someone else
  bad          INTEGER NOT NULL DEFAULT 0,  -- wrong passwords in a row
  locked_until TEXT,                        -- after too many of them
  is_locked    INTEGER NOT NULL DEFAULT 0,  -- by a person
  added_at     TEXT NOT NULL,
  signed_in_at TEXT
) STRICT;
-- Which person of the identity provider an account belongs to.
CREATE TABLE IF NOT EXISTS subjects (
  subject      TEXT PRIMARY KEY,
  account      TEXT NOT NULL UNIQUE
) STRICT;
-- Only the hash of a token is kept: who reads this file cannot sign in with it.
CREATE TABLE IF NOT EXISTS sessions (
  token_sha256 TEXT PRIMARY KEY,
  who          TEXT NOT NULL,
  role         TEXT NOT NULL,
  unit         TEXT NOT NULL DEFAULT '',
  must_change  INTEGER NOT NULL DEFAULT 0,
  begun_at     TEXT NOT NULL,
  seen_at      TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS links (
  token_sha256 TEXT PRIMARY KEY,
  role         TEXT NOT NULL,
  ends_at      TEXT NOT NULL
) STRICT;
"""


@contextmanager
def writing(home: Home) -> Iterator[sqlite3.Connection]:
    """One write transaction; makes the file when it is not there."""
    path = home.access
    if not path.exists():
        home.root.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    con = sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)
    con.row_factory = sqlite3.Row
    try:
        con.execute("PRAGMA journal_mode = WAL")
        con.executescript(TABLES)
        con.execute("BEGIN IMMEDIATE")
        try:
            yield con
            con.execute("COMMIT")
        except BaseException:
            if con.in_transaction:
                con.execute("ROLLBACK")
            raise
    finally:
        con.close()


def read_rows(home: Home, sql: str, *values: object) -> list[sqlite3.Row]:
    """The rows of a query; none where nobody was ever added."""
    path = home.access
    if not path.exists():
        return []
    con = sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True, timeout=LOCK_SECONDS)
    con.row_factory = sqlite3.Row
    try:
        return con.execute(sql, values).fetchall()
    finally:
        con.close()


def token_hash(token: str) -> str:
    """What is kept of a token: it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def this_moment() -> datetime:
    """The clock of accounts and sessions."""
    return datetime.now(UTC)
