"""Deadlines that reach into a year whose holidays nobody entered are marked wherever people read them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.letters.cell_words import row_sentence
from flows.checkups import _declarations
from flows.cli import app
from flows.settings import read_settings
from tests.flows.conftest import one_night
from warehouse.home import Home
from warehouse.models import Label
from warehouse.snapshot import open_current

DECEMBER = date(2026, 12, 20)
LETTERS = """留言编号,留言人,留言时间,留言主题,答复时间
L1,张某,2026-12-07,路灯,
L2,李某,2026-11-02,噪声,2026-11-20
"""
METRIC = """letters_received:
  label: {zh: 收到留言, en: Letters received}
  of: citizen_letters
  numerator: count
  no_target: only counted
  counting_rule: {zh: 按留言日期计件, en: by the day of the letter}
  measured_in: 件
  report: {section: 6}
"""
HOLIDAYS = "day,is_workday,name\n2027-01-01,false,元旦\n"


@pytest.fixture
def december(bare_home: Path) -> Path:
    """A home that lives in its own time, as the sample county's does: its pinned date is earlier than the night's."""
    settings = bare_home / "ducha.toml"
    text = settings.read_text("utf-8")
    assert "[night]" in text
    settings.write_text(text.replace("[night]", "[night]\nbusiness_date = 2025-02-06", 1), "utf-8")
    (bare_home / "catalogue" / "metrics").mkdir(parents=True, exist_ok=True)
    (bare_home / "catalogue" / "metrics" / "own.yml").write_text(METRIC, "utf-8")
    folder = bare_home / "inbox" / "hotline_office"
    folder.mkdir(exist_ok=True)
    (folder / "留言.csv").write_text(LETTERS, "utf-8")
    return bare_home


def traced(home: Path) -> list[dict[str, Any]]:
    said = CliRunner().invoke(app, ["--home", str(home), "trace", "letters_received", "--period", "2026", "--json"])
    assert said.exit_code == 0, said.output
    found: list[dict[str, Any]] = json.loads(said.stdout)
    return found


def sentence(home: Path) -> str:
    with open_current(Home(home)) as snapshot:  # type: ignore[union-attr]
        metric = snapshot.declarations.metrics["letters_received"].model_copy(
            update={"shortfall": Label(zh="{letter_number}应于{reply_due_on}前答复", en="-")}
        )
        row = next(row for row in snapshot.trace("letters_received", "2026") if row["letter_number"] == "L1")
        return str(row_sentence(row, metric, snapshot.declarations, "zh"))


def test_a_deadline_in_2027_is_marked_until_its_holidays_are_loaded(december: Path) -> None:
    told = one_night(december, DECEMBER)
    assert told.loaded == 2 and told.provisional == {"citizen_letters": 1}
    rows = {row["letter_number"]: row for row in traced(december)}
    assert rows["L1"]["reply_due_on"] == "2027-01-04"
    assert (rows["L1"]["provisional"], rows["L2"]["provisional"]) == (["reply_due_on"], [])
    plain = CliRunner().invoke(app, ["--home", str(december), "trace", "letters_received", "--period", "2026"])
    assert "暂定" in plain.stdout and "holidays.csv" in plain.stdout
    assert sentence(december) == "L1应于2027年1月4日（暂定）前答复"
    (calendar,) = [one for one in _declarations(read_settings(december)) if one.name == "calendar"]
    assert calendar.state == "warning" and "2027年" in calendar.say and "holidays.csv" in calendar.say

    (december / "catalogue" / "holidays.csv").write_text(HOLIDAYS, "utf-8")
    assert one_night(december, DECEMBER).provisional == {}
    rows = {row["letter_number"]: row for row in traced(december)}
    assert rows["L1"]["reply_due_on"] == "2027-01-05" and "provisional" not in rows["L1"]
    assert sentence(december) == "L1应于2027年1月5日前答复"
    (calendar,) = [one for one in _declarations(read_settings(december)) if one.name == "calendar"]
    assert calendar.state == "well"
