"""Decisions about reports in the ledger, and a ledger that an earlier version made."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from warehouse import ledger_file
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.report_decisions import accept_sentences, accepted_sentences, confirm_figures, confirmed_figures

CONFIRMED = {
    "unit": "justice_bureau", "year": "2024", "snapshot": "a.duckdb", "scan_sha256": "0" * 64,
    "file_name": "确认单.pdf", "figures_sha256": "1" * 64,
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


def first_format(home: Home) -> None:
    """A ledger as the first version left it: only 0001, with a row in its audit trail."""
    script = (ledger_file.MIGRATIONS / "0001_first.sql").read_text("utf-8")
    con = sqlite3.connect(home.ledger)
    con.executescript(script)
    con.execute("INSERT INTO meta VALUES ('kept', 'from before')")
    con.execute("PRAGMA user_version = 1")
    con.commit()
    con.close()


def test_a_ledger_of_the_first_format_is_brought_up_to_date_and_keeps_what_it_holds(home: Home) -> None:
    first_format(home)
    with open_ledger(home, read_only=True) as ledger:
        assert accepted_sentences(ledger, "2024") == {} and confirmed_figures(ledger, "2024") == {}
    with open_ledger(home) as ledger:
        assert ledger.con.execute("PRAGMA user_version").fetchone()[0] >= 2
        assert ledger.con.execute("SELECT value FROM meta WHERE key = 'kept'").fetchone()[0] == "from before"
        assert ledger.con.execute("SELECT count(*) FROM signed_reports").fetchone()[0] == 0
        confirm_figures(ledger, CONFIRMED, "clerk")
        assert confirmed_figures(ledger, "2024")["justice_bureau"]["file_name"] == "确认单.pdf"


def test_decisions_of_a_year_are_kept_with_who_and_stand_in_the_audit(home: Home) -> None:
    with open_ledger(home) as ledger:
        accept_sentences(ledger, "2024", {"problem_filing_rate": "a" * 64}, "张&<三>")
        accept_sentences(ledger, "2024", {"problem_filing_rate": "b" * 64, "step_rulemaking": "c" * 64}, "clerk")
        confirm_figures(ledger, CONFIRMED, "clerk")
        confirm_figures(ledger, CONFIRMED | {"year": "2025"}, "clerk")
    with open_ledger(home, read_only=True) as ledger:
        assert accepted_sentences(ledger, "2024") == {"problem_filing_rate": "b" * 64, "step_rulemaking": "c" * 64}
        assert accepted_sentences(ledger, "2025") == {}
        assert confirmed_figures(ledger, "2024")["justice_bureau"]["who"] == "clerk"
        actions = [(row["who"], row["action"]) for row in ledger.audit()]
        assert actions[0] == ("张&<三>", "report_sentences_accepted") and len(actions) == 4
        assert ledger.verify_audit() == []
