"""Rosters and targets as a workbook: out, changed, previewed, refused with sentences, taken over, kept as history."""

from __future__ import annotations

import io
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.bringing import NotLookedAt
from app.catalogue_desk import catalogue_book, previewed, take_in
from tests.app.serving import visiting
from warehouse.declarations import read_declarations
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.letter_book import silences
from warehouse.night_lock import held

METRIC, OFFICE = "letters_replied", "rule_of_law_office"
OWN = """# Our own notes.
contract_numbering_rate:
  - {since: 2024, judged: {every: year, for: county, from: "01-20 next year"}, at_least: 90%, severity: low,
     owner: justice_bureau, basis: x}
"""
Cells = dict[str, Any]


@pytest.fixture(scope="module")
def home(sample_night: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An own copy of the sample county after one night, with one target of its own."""
    left_out = shutil.ignore_patterns("archive", "letters")
    home = Home(Path(shutil.copytree(sample_night[0], tmp_path_factory.mktemp("catalogue") / "home", ignore=left_out)))
    (home.catalogue / "targets" / "county.yml").write_text(OWN, "utf-8")
    return home


@pytest.fixture(scope="module")
def workbook(home: Home) -> bytes:
    with visiting(home, "wu", "steward", screen="rules") as visit:
        return catalogue_book(visit)


def changed(workbook: bytes, *rows: tuple[str, str, Cells]) -> bytes:
    """Cells set in the row of a part that a key names; a key that none has makes a new row."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    sheets = {str(sheet.cell(2, 1).value).partition(":")[0]: sheet for sheet in book.worksheets}
    for part, key, cells in rows:
        sheet = sheets[part]
        fields = [str(cell.value).rpartition(":")[2] for cell in sheet[2]]
        known = [row for row in range(4, sheet.max_row + 1) if str(sheet.cell(row, 1).value or "") == key]
        at = known[0] if known else sheet.max_row + 1
        for field, value in cells.items():
            sheet.cell(at, fields.index(field) + 1).value = value
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def catalogue_of(home: Home) -> dict[str, str]:
    files = (path for path in home.catalogue.rglob("*") if path.is_file())
    return {path.relative_to(home.catalogue).as_posix(): path.read_text("utf-8") for path in files}


def test_what_comes_back_unchanged_changes_nothing_and_names_nobody(home: Home, workbook: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    out = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    declared = read_declarations(home.catalogue)
    people = {one for unit in declared.units.values() for one in (unit.liaison, unit.leader, unit.phone, unit.email)}
    people |= {row["principal_name"] for row in declared.rosters["principals"].rows.values()}
    assert not out & (people - {None}) and {cell for cell in out if "***" in cell}
    with visiting(home, "wu", "steward", screen="rules") as visit:
        preview = previewed(visit, "a.xlsx", workbook)
        assert (preview.changes, preview.faults, preview.may_be_taken) == ((), (), False)
        assert "nothing was taken over" in take_in(visit, preview)


def test_cells_that_do_not_read_are_told_with_their_place_and_nothing_is_written(home: Home, workbook: bytes) -> None:
    before = catalogue_of(home)
    file = changed(
        workbook,
        ("targets", METRIC, {"at_least": "nine", "severity": "grave", "since": "soon", "owner": "nobody", "from": "?"}),
        ("targets", "no_such_metric", {"metric": "no_such_metric"}),
        ("targets", "filing_rate", {"at_least": 120, "at_most": "5%"}),
        ("units", OFFICE, {"email": "not an address", "valid_from": "2024-02-30"}),
        ("units", "Bad Id", {"unit": "Bad Id", "name_zh": "x"}),
        ("principals", "new", {"key": "", "unit": "县司法局", "principal_name": "王某某"}),
        ("holidays", "x", {"day": datetime(2031, 1, 1)}),
    )
    with visiting(home, "wu", "steward", screen="rules") as visit:
        preview = previewed(visit, "a.xlsx", file)
        assert {(one.field) for one in preview.faults} >= {
            "at_least", "severity", "since", "owner", "from", "metric", "email", "valid_from", "unit", "post",
            "holds_from", "source", "is_workday", "name",
        }  # fmt: skip
        told = {(one.sheet, one.place): (one.say, one.say_en) for one in preview.faults}
        assert len(told) >= 14 and all(zh and en and sheet and place for (sheet, place), (zh, en) in told.items())
        assert not preview.may_be_taken and "nothing was taken over" in take_in(visit, preview)
    assert catalogue_of(home) == before


def test_changes_are_foreseen_taken_over_whole_audited_and_what_stood_is_kept(home: Home, workbook: bytes) -> None:
    file = changed(
        workbook,
        ("targets", METRIC, {"at_least": 0.99}),
        ("targets", "contract_numbering_rate", {"at_least": "80%", "until": datetime(2026, 12, 31)}),
        ("units", OFFICE, {"liaison": "新联络员", "phone": "", "leader_email": "a@sample.invalid"}),
        ("principals", "health_bureau", {"holds_to": "2025年3月1日"}),
        ("principals", "", {"unit": "卫生健康局", "principal_name": "王某某", "post": "government",
                            "holds_from": "2025/3/1", "source": "任免名册第x号"}),
        ("holidays", "new", {"day": datetime(2031, 1, 1), "is_workday": "false", "name": "元旦"}),
    )  # fmt: skip
    with visiting(home, "wu", "steward", screen="rules") as visit:
        preview = previewed(visit, "a.xlsx", file)
        assert preview.faults == () and preview.whole == "" and preview.may_be_taken
        fields = {(one.part, one.key): one.fields for one in preview.changes}
        assert fields["targets", (METRIC, "1")] == ("at_least",)
        assert fields["units", (OFFICE,)] == ("liaison", "leader_email", "phone")
        contact = next(one for one in preview.changes if one.part == "units")
        assert preview.before(contact, "liaison").endswith("***") and contact.after["leader"]
        assert ("principals", ("principals_1",)) in fields and len(fields) == 6
        assert preview.foreseen[METRIC].is_met == [("hotline_office", "2024")]
        with held(home):
            assert "night is running" in take_in(visit, preview)
        assert take_in(visit, preview) == "" and "nothing was taken over" in take_in(visit, preview)
        again = previewed(visit, "a.xlsx", file)
        assert (again.changes, again.faults, again.is_stale, preview.is_stale) == ((), (), True, False)
    declared = read_declarations(home.catalogue)
    assert str(declared.targets[METRIC][0].at_least) == "0.99"
    assert declared.units[OFFICE].liaison == "新联络员" and declared.units[OFFICE].phone is None
    rows = declared.rosters["principals"].rows
    assert rows["health_bureau"]["holds_to"] == rows["principals_1"]["holds_from"] == "2025-03-01"
    assert rows["principals_1"]["unit"] == "health_bureau"
    files = catalogue_of(home)
    assert files["targets/county.yml"].startswith("# Our own notes.\n") and "80%" in files["targets/county.yml"]
    kept = [text for place, text in files.items() if place.startswith("former/")]
    assert kept == [OWN] and not [place for place in files if place.endswith(".tmp")]
    with open_ledger(home, read_only=True) as ledger:
        assert ledger.verify_audit() == []
        (row,) = ledger.audit(action="catalogue_changed")
    assert row["who"] == "wu" and row["detail"]["rows"] == {"units": 1, "targets": 2, "principals": 2, "holidays": 1}


def test_what_does_not_agree_as_a_whole_is_refused_in_one_sentence(home: Home, workbook: bytes) -> None:
    declared = read_declarations(home.catalogue)
    yearly = next(name for name in declared.targets if declared.metrics[name].periods == ("year",))
    with visiting(home, "wu", "steward", screen="rules") as visit:
        # The first workbook is older than what was taken over since: its masked cells are nobody's any more.
        assert {one.say_en.partition(":")[0] for one in previewed(visit, "a.xlsx", workbook).faults} == {
            "this masked value is not of what counts now"
        }
        file = changed(catalogue_book(visit), ("targets", yearly, {"every": "month"}))
        preview = previewed(visit, "a.xlsx", file)
        assert preview.changes and "judged.every" in preview.whole and not preview.may_be_taken


def test_only_who_keeps_the_catalogue_takes_it_out_or_in_and_only_its_own_workbook_is_read(
    home: Home, workbook: bytes
) -> None:
    for role in ("inspector", "leader", "auditor"):
        with visiting(home, "sun", role, screen="rules") as visit:  # type: ignore[arg-type]
            with pytest.raises(NotLookedAt, match="role may not"):
                catalogue_book(visit)
            with pytest.raises(NotLookedAt, match="role may not"):
                previewed(visit, "a.xlsx", workbook)
    with visiting(home, "wu", "steward", screen="rules") as visit:
        preview = previewed(visit, "a.xlsx", workbook)
        with pytest.raises(NotLookedAt, match="damaged"):
            previewed(visit, "a.xlsx", b"PK\x03\x04 and no workbook")
        book = openpyxl.Workbook()
        book.active["A1"] = "units"
        written = io.BytesIO()
        book.save(written)
        with pytest.raises(NotLookedAt, match="grey row"):
            previewed(visit, "a.xlsx", written.getvalue())
        other = openpyxl.load_workbook(io.BytesIO(workbook))
        other.worksheets[0]["C2"] = "nonsense"
        written = io.BytesIO()
        other.save(written)
        with pytest.raises(NotLookedAt, match="field names were changed"):
            previewed(visit, "a.xlsx", written.getvalue())
    with visiting(home, "sun", "inspector", screen="rules") as visit:
        assert "role may not" in take_in(visit, preview)


def test_silences_are_entered_and_ended_by_the_workbook_and_refused_with_their_cells(home: Home) -> None:
    number, soon, late = 1, datetime(2025, 3, 31), datetime(2026, 1, 1)
    with visiting(home, "wu", "steward", screen="rules") as visit:
        workbook = catalogue_book(visit)
    wrong = changed(
        workbook,
        ("silences", "a", {"unit": "卫生健康局", "until_on": late, "reason": "系统切换"}),
        ("silences", "b", {"until_on": soon, "reason": "系统切换"}),
        ("silences", "c", {"target": "nonsense", "until_on": soon, "reason": ""}),
        ("silences", "d", {"finding": 99999, "until_on": soon, "reason": "系统切换"}),
        ("silences", "e", {"silence": "7", "is_ended": "true"}),
    )
    letters = ("silences", "b", {"finding": number, "target": "网民留言答复率", "until_on": soon, "reason": "专项核查"})
    good = changed(
        workbook, ("silences", "a", {"unit": "卫生健康局", "until_on": soon, "reason": "系统切换，暂不发函"}), letters
    )
    with visiting(home, "wu", "steward", screen="rules") as visit:
        told = {(one.field, one.say_en) for one in previewed(visit, "a.xlsx", wrong).faults}
        assert {field for field, _ in told} == {"until_on", "finding", "target", "reason", "silence"}
        assert any("within 92 days" in say for _, say in told) and any("no finding 99999" in say for _, say in told)
        preview = previewed(visit, "a.xlsx", good)
        assert preview.faults == () and [one.part for one in preview.changes] == ["silences"] * 2
        assert preview.changes[0].after["unit"] == "health_bureau" and preview.files == {}
        assert take_in(visit, preview) == "" and "nothing was taken over" in take_in(visit, preview)
    with visiting(home, "wu", "steward", screen="rules") as visit:
        first, second = silences(visit.ledger.con)
        assert (first["unit"], first["reason"], first["who"]) == ("health_bureau", "系统切换，暂不发函", "wu")
        assert (second["finding"], second["target"], second["until_on"]) == (number, METRIC, soon.date())
        out = catalogue_book(visit)
        kept = changed(out, ("silences", str(first["id"]), {"reason": "另一个原因"}))
        assert "not changed" in previewed(visit, "a.xlsx", kept).faults[0].say_en
        ends = ("silences", str(first["id"]), {"is_ended": "true"})
        preview = previewed(visit, "a.xlsx", changed(out, ends, letters))
        assert [one.fields for one in preview.changes] == [("is_ended",)] and take_in(visit, preview) == ""
    with open_ledger(home, read_only=True) as ledger:
        assert [bool(row["ended_on"]) for row in silences(ledger.con)] == [True, False]
        told_actions = [row["action"] for row in ledger.audit() if row["action"].startswith("silence")]
        assert told_actions == ["silence_added", "silence_added", "silence_ended"] and ledger.verify_audit() == []
