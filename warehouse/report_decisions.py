"""What people decide about a year's report, kept in the ledger: sentences accepted, figures confirmed, years signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from warehouse.ledger import DecisionRefused, Ledger
from warehouse.publishing import insert, now

Row = dict[str, Any]


def accept_sentences(ledger: Ledger, year: str, hashes: Mapping[str, str], who: str) -> None:
    """A person stands behind these sentences as they read now. `hashes`: sentence id -> sha256 of its words."""
    with ledger.publishing() as tx:
        for sentence, sha256 in hashes.items():
            ledger.con.execute(
                "INSERT OR REPLACE INTO accepted_sentences VALUES (?, ?, ?, ?, ?)", (year, sentence, sha256, now(), who)
            )
        tx.audit(who, "report_sentences_accepted", {"year": year, "sentences": dict(hashes)})


def accepted_sentences(ledger: Ledger, year: str) -> dict[str, str]:
    """Sentence id -> sha256 of the words that were accepted."""
    return {row["sentence"]: row["text_sha256"] for row in _rows(ledger, "accepted_sentences", year)}


def confirm_figures(ledger: Ledger, confirmed: Mapping[str, str], who: str) -> None:
    """A unit has sealed its figures of a year. `confirmed`: the columns of `confirmed_figures` but `at` and `who`."""
    with ledger.publishing() as tx:
        insert(ledger.con, "confirmed_figures", {**confirmed, "at": now(), "who": who})
        tx.audit(who, "figures_confirmed", dict(confirmed))


def confirmed_figures(ledger: Ledger, year: str) -> dict[str, Row]:
    """Per unit its last confirmation of the year."""
    return {row["unit"]: row for row in _rows(ledger, "confirmed_figures", year)}


def sign_report(ledger: Ledger, signed: Mapping[str, str], who: str) -> None:
    """A person signs a year's report. `signed`: the columns of `signed_reports` but `signed_at` and `who`.

    Refuses (DecisionRefused) a year that is signed already unless `reason` says why it is signed again; both
    signatures stay, and the later one counts.
    """
    with ledger.publishing() as tx:
        if signed_report(ledger, signed["year"]) and not signed.get("reason"):
            raise DecisionRefused(f"the report of {signed['year']} is signed: signing it again needs a reason")
        # Two signatures may follow within one second.
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        insert(ledger.con, "signed_reports", {**signed, "signed_at": at, "who": who})
        tx.audit(who, "report_signed", dict(signed))


def signed_report(ledger: Ledger, year: str) -> Row | None:
    """The signature of the year that counts: the last one; None where nobody signed."""
    rows = _rows(ledger, "signed_reports", year, "signed_at")
    return rows[-1] if rows else None


def signatures(ledger: Ledger) -> list[Row]:
    """Every signature of every year, oldest first, superseded ones too."""
    years = ledger.con.execute("SELECT DISTINCT year FROM signed_reports ORDER BY year")
    return [row for year in years.fetchall() for row in _rows(ledger, "signed_reports", year[0], "signed_at")]


def _rows(ledger: Ledger, table: str, year: str, moment: str = "at") -> list[Row]:
    """Rows of a year, oldest first; none from a ledger that no later program has opened for writing yet."""
    known = ledger.con.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
    if known is None:
        return []
    found = ledger.con.execute(f"SELECT * FROM {table} WHERE year = ? ORDER BY {moment}, rowid", (year,))
    return [dict(row) for row in found]
