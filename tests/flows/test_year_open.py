"""`ducha year open`: targets copied, what is missing listed, findings going on; done again it changes nothing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.flows.conftest import one_night
from tests.flows.test_merged_unit import FILINGS, filing, write
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_current

PRINCIPALS = """replaces: "true"
label: {zh: 党政主要负责人名册, en: Principals}
columns: {unit: unit, principal_name: text, post: identifier, holds_from: date, holds_to: date, source: text}
rows:
  one: {unit: justice_bureau, principal_name: 甲, post: party, holds_from: 2023-01-01, holds_to: 2025-01-01, source: 一}
"""


def ducha(home: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*words, "--home", str(home)])
    assert done.exit_code == code, done.output
    return done.output


def as_json(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ducha(home, "year", "open", "2025", "--who", "王", "--json"))
    return found


def files(home: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (home / "catalogue").rglob("*") if path.is_file()}


def standings(home: Path) -> list[dict[str, Any]]:
    with open_current(Home(home)) as snapshot:  # type: ignore[union-attr]
        return [{key: value for key, value in row.items() if key != "since"} for row in snapshot.standings()]


def test_the_turn_copies_lists_and_carries_and_judges_nobody_otherwise(bare_home: Path) -> None:
    (bare_home / "catalogue" / "rosters" / "principals.yml").write_text(PRINCIPALS, "utf-8")
    late = [filing("样商发〔2024〕2号", "2024-12-30", "2025-01-02"), filing("样教发〔2024〕1号", "2024-05-07", "")]
    write(bare_home, "一.csv", [FILINGS, *late])
    one_night(bare_home, date(2025, 2, 6))
    before = standings(bare_home)
    opened = as_json(bare_home)
    assert opened["changed"] and len(opened["targets_copied"]) > 90 and opened["targets_by_hand"] == []
    told = {(one["kind"], one["subject"]): one for one in opened["to_give"]}
    assert ("roster", "principals.yml") in told and "司法局" in told["roster", "principals.yml"]["say"]
    assert ("calendar", "holidays.csv") not in told  # the State Council's list of 2025 is packaged
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        found = [row for row in ledger.findings() if row["state"] != "closed"]
        assert opened["open_findings"] == len(found) > 0
        assert [row["who"] for row in ledger.audit() if row["action"] == "year_opened"] == ["王"]
    assert opened["previous_year_signed"] is False
    written = files(bare_home)
    again = as_json(bare_home)
    assert not again["changed"] and again["targets_copied"] == [] and files(bare_home) == written
    assert "2025年已经打开，没有改动" in ducha(bare_home, "year", "open", "2025")
    one_night(bare_home, date(2025, 2, 6))
    assert standings(bare_home) == before
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        assert [row["id"] for row in ledger.findings() if row["state"] != "closed"] == [row["id"] for row in found]
        assert len([row for row in ledger.audit() if row["action"] == "year_opened"]) == 1


def test_a_holiday_list_and_a_yearly_row_that_are_missing_are_named(bare_home: Path) -> None:
    told = json.loads(ducha(bare_home, "year", "open", "2027", "--json"))
    kinds = {(one["kind"], one["subject"]) for one in told["to_give"]}
    assert {("calendar", "holidays.csv"), ("roster_year", "annual_reports.yml")} <= kinds
    assert told["open_findings"] == 0 and told["running_cases"] == {}


@pytest.mark.parametrize(("year", "said"), [("2099", "太远"), ("1980", "没有任何目标"), ("二〇二五", "2025")])
def test_a_year_that_cannot_be_opened_is_said_with_code_2(bare_home: Path, year: str, said: str) -> None:
    before = files(bare_home)
    assert said in ducha(bare_home, "year", "open", year, code=2)
    assert files(bare_home) == before
