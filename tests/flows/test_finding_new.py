"""`ducha finding new` as a clerk uses it: in words, from a row of the ledger of visits, and what its unit reads."""

from __future__ import annotations

import csv
import json
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.flows.conftest import one_night
from warehouse.home import Home
from warehouse.ledger import open_ledger

ON, NEXT, LATER = date(2025, 2, 6), date(2025, 2, 7), date(2025, 2, 24)
VISITS = [
    ["督察编号", "被督察单位", "督察日期", "督察方式", "发现问题数"],
    ["样督2024-001", "县教育局", "2024-05-08", "四不两直", "2"],
    ["样督2024-002", "县公安局", "2024-06-12", "事先通知", "0"],
    ["样督2024-003", "县教育局", "2024-13-45", "事先通知", "1"],
]


@pytest.fixture
def visited(bare_home: Path) -> Path:
    """A home on 6 February 2025 with three visits, the day of one unreadable."""
    config = bare_home / "ducha.toml"
    config.write_text(config.read_text("utf-8").replace("[night]", "[night]\nbusiness_date = 2025-02-06", 1), "utf-8")
    folder = bare_home / "inbox" / "rule_of_law_office"
    folder.mkdir(exist_ok=True)
    with (folder / "督察台账.csv").open("w", encoding="utf-8-sig", newline="") as target:
        csv.writer(target).writerows(VISITS)
    one_night(bare_home, ON)
    return bare_home


def ducha(home: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["finding", "new", *words, "--home", str(home)])
    assert done.exit_code == code and "Traceback" not in done.output, done.output
    return done.output


def delivery(home: Path) -> str:
    with open_ledger(Home(home), read_only=True) as ledger:
        (row,) = ledger.deliveries(dataset="oversight_visits")
    assert (row["state"], row["loaded"], row["quarantined"]) == ("in_force", 2, 1)
    return str(row["id"])


def entered(home: Path) -> list[dict[str, Any]]:
    with open_ledger(Home(home), read_only=True) as ledger:
        return [row for row in ledger.findings() if row["entered"]]


def letter_to(home: Path, unit: str, night: str) -> str:
    with open_ledger(Home(home), read_only=True) as ledger:
        (row,) = [row for row in ledger.letters(night=night, unit=unit) if row["kind"] == "letter"]
    body = message_from_bytes((home / row["path"]).read_bytes(), policy=default).get_body(("plain",))
    return str(body.get_content()) if body else ""


def test_a_row_of_the_ledger_of_visits_becomes_a_finding_once_and_its_unit_reads_it(visited: Path) -> None:
    asked = ("--from-visit", f"{delivery(visited)}:2", "--basis", "法治督察工作办法", "--severity", "high")
    shown = json.loads(ducha(visited, *asked, "--who", "王某", "--json"))
    assert (shown["unit"], shown["period"], shown["due_on"]) == (
        "education_bureau",
        "2024",
        "2025-02-12",
    )  # Saturday the 8th is worked
    assert shown["entered"]["row"] | {"delivery": ""} == {
        "delivery": "", "file": "督察台账.csv", "sheet": shown["entered"]["row"]["sheet"], "row": 2,
    }  # fmt: skip
    assert [(event["who"], event["action"]) for event in shown["history"]] == [("王某", "entered")]
    assert "已登记为问题" in ducha(visited, *asked, code=2) and len(entered(visited)) == 1
    night = one_night(visited, NEXT)
    told = letter_to(visited, "education_bureau", night.night)
    for words in ("实地督察发现的问题", "2024年5月8日实地督察（样督2024-001）发现2个问题", "法治督察工作办法",
                  "the visit 样督2024-001 of 8 May 2024 found 2 problems"):  # fmt: skip
        assert words in told
    quiet = one_night(visited, NEXT)
    with open_ledger(Home(visited), read_only=True) as ledger:
        assert not [row for row in ledger.letters(night=quiet.night, unit="education_bureau")]
    late = one_night(visited, LATER)
    assert "发现2个问题" in letter_to(visited, "education_bureau", late.night)
    (row,) = entered(visited)
    assert (row["state"], row["unjudged_since"]) == ("found", None)


def test_a_finding_in_the_persons_own_words_is_read_back(visited: Path) -> None:
    said = ("--unit", "县公安局", "--comment", "案卷缺[审批表]", "--basis", "案卷标准", "--due", "2025-03-03")
    told = ducha(visited, *said, "--source", "feedback", "--who", "王某", "--role", "inspector")
    assert "案卷缺[审批表]" in told and "依据：案卷标准" in told and "登记" in told and "2025-03-03" in told
    (row,) = entered(visited)
    assert (row["entered"]["source"], row["owner"], row["period"]) == ("feedback", "public_security_bureau", "2025")
    with open_ledger(Home(visited), read_only=True) as ledger:
        assert ledger.audit()[-1]["action"] == "finding_entered" and ledger.verify_audit() == []
    done = CliRunner().invoke(app, ["findings", "--text", "审批表", "--json", "--home", str(visited)])
    assert [one["id"] for one in json.loads(done.output)] == [row["id"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from-visit", "{}:3", "--basis", "办法"], "--comment"),
        (["--from-visit", "{}:4", "--basis", "办法"], "第4行不是已载入"),
        (["--from-visit", "{}:9999", "--basis", "办法"], "第9999行"),
        (["--from-visit", "{}", "--basis", "办法"], "DELIVERY:ROW"),
        (["--from-visit", "elsewhere:2", "--basis", "办法"], "elsewhere"),
        (["--from-visit", "{}:2", "--basis", "办法", "--unit", "县公安局"], "education_bureau"),
        (["--unit", "县公安局", "--comment", "x", "--basis", "y", "--due", "3月1日"], "2025-03-01"),
        (["--unit", "县公安局", "--comment", "x", "--basis", "y", "--due", "2025-01-31"], "2025-01-31"),
        (["--unit", "县公安局", "--comment", "x"], "--basis"),
        (["--comment", "x", "--basis", "y"], "--unit"),
        (["--unit", "县公安局", "--comment", "x", "--basis", "y", "--role", "leader"], "督察组"),
    ],
)
def test_what_cannot_be_entered_is_said_in_a_sentence_with_code_2(visited: Path, words: list[str], said: str) -> None:
    sent = delivery(visited)
    assert said in ducha(visited, *(word.format(sent) for word in words), code=2)
    assert entered(visited) == []


LEDGER = [
    [
        "整改编号",
        "问题来源",
        "存在问题",
        "整改类型",
        "整改责任单位",
        "交办日期",
        "整改时限",
        "核查验收日期",
        "销号日期",
    ],
    ["整2024-01", "省级督察", "行政执法公示不及时", "限期整改", "县公安局", "2024-05-08", "2024-12-31", "", ""],
    ["整2024-02", "市级督察", "合法性审查有遗漏", "立行立改", "县教育局", "2024-06-12", "2025-06-30", "", ""],
    [
        "整2024-03",
        "市级督察",
        "培训不足",
        "限期整改",
        "县教育局",
        "2024-06-12",
        "2024-08-30",
        "2024-08-01",
        "2024-08-02",
    ],
    ["整2024-04", "自动", "报备率不足", "限期整改", "县教育局", "2024-06-12", "2024-08-30", "", ""],
]


def test_a_ledger_of_rectifications_becomes_findings_each_row_once(visited: Path) -> None:
    folder = visited / "inbox" / "rule_of_law_office"
    with (folder / "整改台账.csv").open("w", encoding="utf-8-sig", newline="") as target:
        csv.writer(target).writerows(LEDGER)
    one_night(visited, ON)
    with open_ledger(Home(visited), read_only=True) as ledger:
        (row,) = ledger.deliveries(dataset="rectifications")
    assert (row["state"], row["loaded"]) == ("in_force", 4)
    one = json.loads(ducha(visited, "--from-ledger", f"{row['id']}:2", "--severity", "high", "--json"))
    assert (one["unit"], one["due_on"], one["period"]) == ("public_security_bureau", "2024-12-31", "2024")
    assert "行政执法公示不及时" in one["sentence_zh"] and "省委法治督察" in one["entered"]["basis"]
    for again, said in ((2, "已登记为问题"), (4, "已销号"), (5, "自动发现"), (99, "第99行")):
        assert said in ducha(visited, "--from-ledger", f"{row['id']}:{again}", code=2)
    assert "登记1个问题" in ducha(visited, "--from-ledger", row["id"], "--all")
    assert "没有尚未登记" in ducha(visited, "--from-ledger", row["id"], "--all")
    assert "不是整改台账" in ducha(visited, "--from-ledger", delivery(visited), "--all", code=2)
    assert [one["unit"] for one in entered(visited)] == ["public_security_bureau", "education_bureau"]
