"""A clerk renames a metric, takes a target out, and dates a merger back into the judged year, between real nights."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.flows.conftest import one_night
from tests.flows.test_merged_unit import BEFORE, FILINGS, METRIC, NEW, OLD, ROSTER, TARGET, filing, letters, write
from warehouse.declarations import read_declarations
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.yaml_reader import DeclarationError

NEXT, LATER = date(2025, 2, 7), date(2025, 3, 10)
FORMER, NOW = "unfiled_documents", "documents_left_unfiled"
RENAMED = METRIC.replace(FORMER, NOW) + f"  formerly: [{FORMER}]\n"


@pytest.fixture
def judged(bare_home: Path) -> Path:
    """One unfiled document of one unit, judged and told."""
    own(bare_home, METRIC, TARGET)
    (bare_home / "inbox" / "justice_bureau").mkdir(exist_ok=True)
    write(bare_home, "一.csv", [FILINGS, filing("样商发〔2024〕1号", "2024-03-04", "")])
    one_night(bare_home, BEFORE)
    return bare_home


def own(home: Path, metric: str, target: str) -> None:
    for kind, text in (("metrics", metric), ("targets", target)):
        (home / "catalogue" / kind).mkdir(parents=True, exist_ok=True)
        (home / "catalogue" / kind / "own.yml").write_text(text, "utf-8")


def found(home: Path, **wanted: Any) -> list[dict[str, Any]]:
    with open_ledger(Home(home), read_only=True) as ledger:
        rows = ledger.findings(**wanted)
        return [row | {"events": ledger.finding_events(row["id"])} for row in rows]


def ducha(home: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*words, "--home", str(home)])
    assert done.exit_code == code and "Traceback" not in done.output, done.output
    return done.output


def test_a_renamed_metric_takes_its_finding_along_and_writes_no_letter(judged: Path) -> None:
    (before,) = found(judged, target=FORMER)
    count = len(found(judged))
    own(judged, RENAMED, TARGET.replace(FORMER, NOW))
    night = one_night(judged, NEXT)
    (after,) = found(judged, target=NOW)
    assert (after["id"], after["first_seen"], after["due_on"]) == (before["id"], BEFORE, before["due_on"])
    assert found(judged, target=FORMER) == [] and len(found(judged)) == count
    assert OLD not in letters(judged, night.night)
    shown = ducha(judged, "finding", str(after["id"]))
    assert "指标改名" in shown and f"{FORMER} → {NOW}" in shown
    again = json.loads(ducha(judged, "findings", "--target", NOW, "--json"))
    assert [(row["id"], row["metric"], row["unit"]) for row in again] == [(before["id"], NOW, OLD)]


def test_the_second_target_of_a_renamed_metric_is_renamed_too(bare_home: Path) -> None:
    own(bare_home, RENAMED, TARGET.replace(FORMER, NOW))
    declared = read_declarations(Home(bare_home).catalogue)
    assert [declared.now_called(one) for one in (FORMER, f"{FORMER}#2", NOW, "filing_rate#3")] == [
        NOW, f"{NOW}#2", NOW, "filing_rate#3",
    ]  # fmt: skip


def test_a_target_that_was_taken_out_leaves_its_finding_with_a_word_about_it(judged: Path) -> None:
    (before,) = found(judged, target=FORMER)
    own(judged, METRIC + "  no_target: 测试\n", "{}\n")
    for day in (NEXT, LATER):
        night = one_night(judged, day)
        assert OLD not in letters(judged, night.night)
    (after,) = found(judged, target=FORMER)
    assert (after["state"], after["unjudged_since"], after["due_on"]) == ("found", NEXT, before["due_on"])
    assert [event["action"] for event in after["events"]] == ["found", "unjudged"]
    shown = ducha(judged, "finding", str(after["id"]))
    assert "2025-02-07 起指标或单位已停用" in shown and "停止计时" in shown
    overdue = json.loads(ducha(judged, "findings", "--overdue", "--json"))
    assert before["id"] not in [row["id"] for row in overdue]


def test_a_merger_dated_into_the_judged_year_moves_the_finding_and_doubles_none(judged: Path) -> None:
    (before,) = found(judged, target=FORMER)
    roster = judged / "catalogue" / "rosters" / "units.yml"
    roster.parent.mkdir(exist_ok=True)
    roster.write_text(ROSTER + f"  aliases: [商务局]\n  valid_to: 2024-02-29\n  becomes: {NEW}\n", "utf-8")
    night = one_night(judged, NEXT)
    (after,) = found(judged, target=FORMER)
    assert (after["id"], after["unit"], after["owner"]) == (before["id"], NEW, NEW)
    assert [event["action"] for event in after["events"]] == ["found", "unit_changed", "handed_over"]
    told = letters(judged, night.night)
    assert NEW in told and OLD not in told


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (METRIC + "  formerly: [filing_rate]\n", "a metric of its own"),
        (METRIC + "  formerly: [gone]\n" + METRIC.replace(FORMER, NOW) + "  formerly: [gone]\n", "of two metrics"),
    ],
)
def test_a_former_id_that_is_anothers_is_refused(bare_home: Path, metric: str, said: str) -> None:
    own(bare_home, metric, TARGET)
    with pytest.raises(DeclarationError, match=said):
        read_declarations(Home(bare_home).catalogue)
