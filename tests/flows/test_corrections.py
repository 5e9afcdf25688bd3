"""What the office corrects: held for a second person, shown with both values, and over once the source agrees."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from app.acting import accept as approve
from app.bringing import BROUGHT
from app.pending import fillers_of, lines_of
from app.screens.deliveries import content
from app.screens.delivery_decisions import pending_line
from flows.cli import app
from flows.rebuilding import rebuild_home
from flows.settings import read_settings
from tests.app.serving import visiting
from tests.flows.conftest import one_night
from tests.flows.test_slip_back import FILED, correct, drop, fill, ledger_rows, now, receipt, rows, told, told_night
from warehouse.home import Home
from warehouse.ledger import open_ledger

__all__ = ["told", "told_night"]  # fixtures
NEXT = date(2025, 2, 7)
HEAD = ["数据集", "主键", "栏目", "原值", "更正值", "依据", "凭证", "填报人"]
GOOD = [
    "行政规范性文件备案台账", "样政发〔2024〕1号；市政府", "报备日期", "2024年3月11日", "2024-03-12", "电话核实",
    "备案回执", "王某",
]  # fmt: skip


def send(home: Path, *lines: list[str], unit: str = "rule_of_law_office") -> None:
    folder = home / "inbox" / unit
    folder.mkdir(exist_ok=True)
    with (folder / "更正单.csv").open("w", encoding="utf-8-sig", newline="") as target:
        csv.writer(target).writerows([HEAD, *lines])


def accept(home: Path, who: str, code: int = 0) -> str:
    (row,) = ledger_rows(home, dataset="corrections", state="held")
    done = CliRunner().invoke(app, ["delivery", "accept", row["id"], "--who", who, "--home", str(home)])
    assert done.exit_code == code, done.output
    return done.output


def approve_in_the_view(home: Home, held: dict[str, Any]) -> None:
    """Whoever brought the list in the browser is told to leave it to another, who sees its lines and approves."""
    with open_ledger(home) as ledger:
        ledger.append_audit("zhao", BROUGHT, {"unit": "rule_of_law_office", "sha256": held["sha256"], "bytes": 1})
    with visiting(home, "zhao", "steward", screen="deliveries") as visit:
        assert "another data steward" in approve(visit, held["id"], "")
        assert fillers_of(visit, held) == ["王某", "zhao"]
    with visiting(home, "li", "steward", screen="deliveries") as visit:
        assert "Deliveries that wait for a decision (1)" in content(visit) and "a second person" in content(visit)
        assert "for a second person: 1; held deliveries, for a data steward: 0" in pending_line(visit)
        good, *bad = lines_of(visit, held)
        assert good.is_taken and good.said["key"] == GOOD[1] and not any(line.is_taken for line in bad)
        assert {line.said["new"] for line in bad} == {"***"}
    with visiting(home, "li", "steward", screen="deliveries", delivery=held["id"]) as visit:
        page = content(visit)
        assert (
            "2024-03-12" in page and "电话核实" in page and "no, see the notes" in page and "Rows set aside" not in page
        )
        assert approve(visit, held["id"], "核实无误") == ""
    with visiting(home, "li", "steward", screen="deliveries") as visit:
        assert pending_line(visit) == "" and "wait for a decision" not in content(visit)


def test_a_correction_waits_for_a_second_person_stands_and_ends_when_the_source_agrees(told: Path) -> None:
    bad = {2: "没有的栏", 0: "没有的表", 4: "2024年2月30日", 1: "样政发〔2024〕1号", 7: ""}
    send(told, GOOD, *([*GOOD[:at], value, *GOOD[at + 1 :]] for at, value in bad.items()))
    send(told, GOOD, unit="education_bureau")
    first = one_night(told, NEXT)
    assert now(told, FILED) == []
    (held,) = ledger_rows(told, dataset="corrections", state="held")
    assert [one["say"][:6] for one in held["told"]] == [f"更正单第{row}行" for row in (3, 4, 5, 6, 7)]
    for words in ("没有可更正的“没有的栏”", "没有“没有的表”", "2024年2月30日", "“文号；报备机关”", "“填报人”为空"):
        assert words in " ".join(one["say"] for one in held["told"])
    assert [row["refusal_code"] for row in ledger_rows(told, state="refused")] == ["corrections_not_office"]
    assert "待第二人同意" in " ".join(row["say"] for row in first.refused)

    said = receipt(told, first, "更正单.csv", "rule_of_law_office")
    assert "ducha delivery accept" in said and "差别较大" not in said
    assert "第二人" in accept(told, "王某", code=2)
    approve_in_the_view(Home(told), held)
    second = one_night(told, NEXT)
    place = "更正单.csv（办更正：报备日期 2024年3月11日→2024-03-12）"
    assert now(told, FILED) == [("样政发〔2024〕1号", "2024-03-12", place, "", 2)]
    assert "由“2024年3月11日”更正为“2024-03-12”" in receipt(told, second, "更正单.csv")
    rebuilt = rebuild_home(read_settings(told), lambda *_: None)
    assert rebuilt.same and rebuilt.current_sha256 == second.figures_sha256

    drop(told, rows({}), "仍未改.csv")
    fill(told, correct)  # of the file that this one replaces
    one_night(told, NEXT)
    assert ledger_rows(told, state="refused")[-1]["refusal_code"] == "slip_not_in_force"
    assert [row[1:3] for row in now(told, FILED)] == [("2024-03-12", place)]

    drop(told, rows({1: "2024-03-12"}), "已改.csv")
    last = one_night(told, NEXT)
    assert [row[1:3] for row in now(told, FILED)] == [("2024-03-12", "已改.csv")]
    assert "已终止" in receipt(told, last, "更正单.csv")
