"""Two units become one between two nights: what is owed moves on, what was counted stays where it was."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import one_night
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_current

BEFORE, AFTER = date(2025, 2, 6), date(2025, 4, 10)
FILINGS = ["文号", "制定机关", "印发日期", "报备日期", "报备机关"]
OLD, NEW = "commerce_bureau", "market_bureau"
ROSTER = f"{OLD}:\n  label: {{zh: 县商务局, en: Commerce Bureau}}\n  kind: department\n  flags: [drafting]\n"
MERGED = ROSTER + f"  aliases: [商务局, 样例县商务局]\n  valid_to: 2025-03-31\n  becomes: {NEW}\n"


def write(home: Path, name: str, rows: list[list[str]]) -> None:
    with (home / "inbox" / "justice_bureau" / name).open("w", encoding="utf-8-sig", newline="") as target:
        csv.writer(target).writerows(rows)


def filing(number: str, issued: str, filed: str, unit: str = "县商务局") -> list[str]:
    return [number, unit, issued, filed, "市政府"]


def findings(home: Path) -> list[dict[str, Any]]:
    with open_ledger(Home(home), read_only=True) as ledger:
        return ledger.findings(unit=OLD, target="unfiled_documents")


def letters(home: Path, night: str) -> set[str]:
    with open_ledger(Home(home), read_only=True) as ledger:
        return {row["unit"] for row in ledger.letters(night=night) if row["kind"] == "letter"}


METRIC = """unfiled_documents:
  label: {zh: 未报备文件, en: Documents not filed}
  of: normative_document_filings
  numerator: count where filed_on is null
  counting_rule: {zh: 按印发日期, en: by the day of issue}
  measured_in: 件
  report: {section: 3}
"""
TARGET = """unfiled_documents:
  - {since: 2024, judged: {every: year, for: drafting, from: "01-20 next year"}, equals: 0, severity: high, basis: 测试}
"""


@pytest.fixture
def merged(bare_home: Path) -> Path:
    """A home with one unfiled document of the old unit, judged on the night before the merger."""
    for kind, name, text in (("metrics", "own", METRIC), ("targets", "own", TARGET)):
        folder = bare_home / "catalogue" / kind
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.yml").write_text(text, "utf-8")
    (bare_home / "inbox" / "justice_bureau").mkdir(exist_ok=True)
    rows = [filing("样商发〔2024〕1号", "2024-03-04", ""), filing("样商发〔2024〕2号", "2024-05-06", "2024-05-10")]
    write(bare_home, "一.csv", [FILINGS, *rows])
    night = one_night(bare_home, BEFORE)
    assert [(row["owner"], row["state"]) for row in findings(bare_home)] == [(OLD, "found")]
    assert OLD in letters(bare_home, night.night)
    roster = bare_home / "catalogue" / "rosters" / "units.yml"
    roster.parent.mkdir(exist_ok=True)
    roster.write_text(MERGED, "utf-8")
    return bare_home


def test_the_successor_answers_and_the_year_before_keeps_the_old_unit(merged: Path) -> None:
    # A file of the new year still writes the old name: before the last day it is the old unit, after it the new one.
    later = [
        filing("样商发〔2025〕1号", "2025-03-31", "", "商务局"),
        filing("样商发〔2025〕2号", "2025-04-01", "", "商务局"),
    ]
    write(merged, "二.csv", [FILINGS, *later])
    night = one_night(merged, AFTER)
    assert night.quarantined == 0 and night.loaded >= 2
    with open_current(Home(merged)) as snapshot:  # type: ignore[union-attr]
        counted = {
            (row["period"], row["unit"]): row["numerator"]
            for row in snapshot.figures(metric="unfiled_documents")
            if row["every"] == "year" and row["unit"]
        }
        assert counted == {("2024", OLD): 1, ("2025", OLD): 1, ("2025", NEW): 1}
    (found,) = findings(merged)
    assert (found["owner"], found["unit"], found["period"], found["state"]) == (NEW, OLD, "2024", "found")
    told = letters(merged, night.night)
    assert NEW in told and OLD not in told
    with open_ledger(Home(merged), read_only=True) as ledger:
        events = ledger.con.execute("SELECT action FROM finding_events WHERE finding_id = ?", (found["id"],)).fetchall()
    assert "handed_over" in [row[0] for row in events]


def test_the_successor_is_told_once_and_its_filing_puts_the_old_finding_right(merged: Path) -> None:
    one_night(merged, AFTER)
    assert letters(merged, one_night(merged, AFTER).night) == set()
    filed = [
        filing("样商发〔2024〕1号", "2024-03-04", "2025-04-08"),
        filing("样商发〔2024〕2号", "2024-05-06", "2024-05-10"),
    ]
    write(merged, "一（更正）.csv", [FILINGS, *filed])
    one_night(merged, AFTER)
    (found,) = findings(merged)
    assert (found["owner"], found["state"]) == (NEW, "awaiting_verification")
