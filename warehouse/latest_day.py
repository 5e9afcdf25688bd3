"""The day to which a home has come: what is done by hand is dated with it."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from datetime import date, datetime

from warehouse.home import Home
from warehouse.inbox import COUNTY_TIME
from warehouse.ledger import open_ledger
from warehouse.ledger_file import LedgerTooNew


def latest_day(home: Home, pinned: date | None) -> date:
    """The pinned business date or today, or that of the last published night if later."""
    days = [pinned or datetime.now(COUNTY_TIME).date()]
    if home.ledger.exists():
        # Of a damaged ledger the doctor tells.
        with suppress(sqlite3.DatabaseError, LedgerTooNew), open_ledger(home, read_only=True) as ledger:
            days += [night["business_date"] for night in ledger.nights(state="published")[:1]]
    return max(days)
