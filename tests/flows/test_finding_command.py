"""`ducha finding` and `ducha findings` as a clerk uses them: moves, history, filters, refusals in words."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from expectations.lifecycle import MOVES
from flows.cli import app
from flows.commands.findings import ACTIONS
from tests.flows.conftest import one_night
from tests.flows.test_files_again import drop, filings
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.ledger_file import MIGRATIONS

pytestmark = pytest.mark.xdist_group("files")
ON = date(2025, 2, 6)
OWN = {
    "metrics": "unfiled:\n  label: {zh: 未报备文件, en: Documents not filed}\n  of: normative_document_filings\n"
    "  numerator: count where filed_on is null\n  counting_rule: {zh: 按印发日期, en: by the day of issue}\n"
    "  measured_in: 件\n  report: {section: 3}\n",
    "targets": 'unfiled:\n  - {since: 2024, judged: {every: year, for: drafting, from: "01-20 next year"}, equals: 0, '
    "severity: high, basis: 测试}\n",
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose business date is 6 February 2025, with two documents that nobody filed."""
    from flows.making import make_home

    home = tmp_path_factory.mktemp("findings") / "home"
    make_home(Home(home))
    settings = home / "ducha.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("[night]", "[night]\nbusiness_date = 2025-02-06", 1), "utf-8"
    )
    for kind, text in OWN.items():
        (home / "catalogue" / kind).mkdir(parents=True, exist_ok=True)
        (home / "catalogue" / kind / "own.yml").write_text(text, "utf-8")
    drop(home, filings(3, unfiled=2))
    one_night(home, ON)
    return home


def ducha(home: Path, *words: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*map(str, words), "--home", str(home)])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.output


def as_json(home: Path, *words: str | Path) -> Any:
    return json.loads(ducha(home, *words, "--json"))


def number_of(home: Path) -> str:
    (found,) = as_json(home, "findings", "--target", "unfiled", "--all")
    return str(found["id"])


def test_a_finding_goes_from_hand_to_hand_and_its_history_is_read_back(judged: Path, tmp_path: Path) -> None:
    number, photo = number_of(judged), tmp_path / "整改&<照片>.jpg"
    photo.write_bytes(b"\xff\xd8 sealed")
    liaison = ("--role", "liaison", "--unit", "县司法局", "--who", "张某")
    ducha(judged, "finding", number, "assign", "--who", "王某")
    ducha(judged, "finding", number, "receive", *liaison)
    ducha(judged, "finding", number, "extend", *liaison, "--days", "5", "--comment", "等批复")
    assert "张某 申请延期 5 个工作日，待批" in ducha(judged, "finding", number)
    ducha(judged, "finding", number, "approve", "--who", "李县长", "--role", "leader")
    ducha(judged, "finding", number, "evidence", *liaison, "--file", photo)
    ducha(judged, "finding", number, "verify", "--who", "王某", "--comment", "已看原件")
    shown = as_json(
        judged, "finding", number, "close", "--who", "王某", "--reason", "measures_taken", "--comment", "已补报"
    )
    assert (shown["state"], shown["due_on"]) == ("closed", "2025-02-19")
    assert [event["action"] for event in shown["history"]] == [
        "found", "assign", "receive", "extend", "approve", "evidence", "verify", "close",
    ]  # fmt: skip
    sha256 = hashlib.sha256(photo.read_bytes()).hexdigest()
    assert shown["history"][5]["evidence"] == {"sha256": sha256, "name": photo.name}
    assert (judged / "archive" / sha256).read_bytes() == photo.read_bytes() and photo.exists()
    told = ducha(judged, "finding", number)
    assert "无法恢复，已采取措施" in told and photo.name in told and "夜间任务" in told
    with open_ledger(Home(judged), read_only=True) as ledger:
        assert ledger.verify_audit() == []


def test_findings_are_narrowed_by_what_is_asked(judged: Path) -> None:
    number = number_of(judged)
    everything = as_json(judged, "findings", "--all")
    assert int(number) not in [row["id"] for row in as_json(judged, "findings")]
    assert [row["id"] for row in as_json(judged, "findings", "--state", "closed")] == [int(number)]
    owed = as_json(judged, "findings", "--unit", "县长热线办公室", "--period", "2024Q1")
    assert owed and all(row["unit"] == "hotline_office" and row["period"] == "2024Q1" for row in owed)
    assert len(as_json(judged, "findings", "--severity", "high")) < len(everything)
    assert as_json(judged, "findings", "--overdue") == as_json(judged, "findings", "--look-back") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["finding", "99999"], "99999"),
        (["finding", "1", "dance"], "dance"),
        (["finding", "1", "close"], "put_right"),
        (["finding", "1", "close", "--reason", "put_right", "--comment", "好了"], "missing"),
        (["finding", "1", "verify", "--comment", "x"], "问题现为“已发现”，不能“复核” / a finding that is found"),
        (["finding", "1", "assign", "--role", "king"], "king"),
        (["finding", "1", "refer", "--to", "火星局", "--comment", "x"], "火星局"),
        (["finding", "1", "receive", "--role", "liaison", "--unit", "water_bureau"], "本单位"),
        (["findings", "--state", "lost"], "lost"),
    ],
)
def test_what_is_not_allowed_is_said_in_a_sentence_with_code_2(judged: Path, words: list[str], said: str) -> None:
    with open_ledger(Home(judged), read_only=True) as ledger:
        before = ledger.findings(id=1), ledger.finding_events(1)
    assert said in ducha(judged, *words, code=2)
    with open_ledger(Home(judged), read_only=True) as ledger:
        assert (ledger.findings(id=1), ledger.finding_events(1)) == before


def test_evidence_with_a_secrecy_mark_is_not_kept(judged: Path, tmp_path: Path) -> None:
    for name, content in (("佐证（秘密）.pdf", b"%PDF"), ("空.pdf", b"")):
        (tmp_path / name).write_bytes(content)
        kept = len(list((judged / "archive").iterdir()))
        ducha(judged, "finding", "1", "evidence", "--file", tmp_path / name, code=2)
        assert len(list((judged / "archive").iterdir())) == kept


def test_evidence_of_a_move_that_is_refused_is_not_kept(judged: Path, tmp_path: Path) -> None:
    photo = tmp_path / "照片.jpg"
    photo.write_bytes(b"\xff\xd8 refused")
    ducha(judged, "finding", "1", "evidence", "--file", photo, "--role", "leader", code=2)
    assert not (judged / "archive" / hashlib.sha256(photo.read_bytes()).hexdigest()).exists()


def test_the_help_names_every_move() -> None:
    assert ACTIONS.split(", ") == ["show", *MOVES]


def test_a_ledger_from_before_lives_keeps_its_findings(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    con = sqlite3.connect(home.ledger)
    for script in sorted(MIGRATIONS.glob("*.sql"))[:3]:
        con.executescript(script.read_text("utf-8"))
    con.execute("PRAGMA user_version = 3")
    con.execute(
        "INSERT INTO findings (target, unit, period, state, standing, judged, severity, owner, first_seen, last_seen,"
        " due_on) VALUES ('unfiled', 'police', '2024', 'found', 'short', 'short', 'high', 'police', '2025-01-01',"
        " '2025-01-02', '2025-01-09')"
    )
    con.commit()
    con.close()
    with open_ledger(home) as ledger:
        (row,) = ledger.findings()
    assert (row["state"], row["due_on"], row["contested_on"], row["extension"]) == (
        "found",
        date(2025, 1, 9),
        None,
        None,
    )
