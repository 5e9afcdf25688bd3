"""Opening the ledger's file: its pragmas, and the migrations that bring its tables up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

MIGRATIONS = Path(__file__).parent / "ledger_migrations"
LOCK_SECONDS = 30.0


class LedgerTooNew(Exception):
    """The ledger was written by a later version of this program."""


def connect(path: Path, read_only: bool = False) -> sqlite3.Connection:
    """Open the file; a writer creates it and migrates it. Refuses LedgerTooNew."""
    if read_only:
        uri = path.absolute().as_uri() + "?mode=ro"
        con = sqlite3.connect(uri, uri=True, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False)
    else:
        con = sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False)
    con.row_factory = sqlite3.Row
    try:
        if not read_only:
            con.execute("PRAGMA journal_mode = WAL")
            con.execute("PRAGMA synchronous = FULL")
            con.execute("PRAGMA foreign_keys = ON")
        _migrate(con, read_only)
    except BaseException:
        con.close()
        raise
    return con


def _migrate(con: sqlite3.Connection, read_only: bool) -> None:
    """Run the migrations that this ledger lacks, each in its own transaction together with its number."""
    steps = {int(path.name[:4]): path for path in sorted(MIGRATIONS.glob("*.sql"))}
    version = con.execute("PRAGMA user_version").fetchone()[0]
    if version > max(steps):
        raise LedgerTooNew(f"the ledger has format {version}; this program reads up to {max(steps)}")
    if read_only:
        return
    for number in sorted(number for number in steps if number > version):
        con.execute("BEGIN IMMEDIATE")
        try:
            if con.execute("PRAGMA user_version").fetchone()[0] < number:
                for statement in _statements(steps[number].read_text("utf-8")):
                    _take_step(con, statement)
                con.execute(f"PRAGMA user_version = {number}")
        except BaseException:
            con.execute("ROLLBACK")
            raise
        con.execute("COMMIT")


def _take_step(con: sqlite3.Connection, statement: str) -> None:
    """Run it; a column that is there already is passed over."""
    try:
        con.execute(statement)
    except sqlite3.OperationalError as error:
        if "duplicate column name" not in str(error):
            raise


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
