"""Thirty-five nights of one shortfall, real files and a clock handed in: every letter, and every night without one."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.flows.conftest import one_night
from tests.flows.test_merged_unit import METRIC, OLD
from tests.flows.test_slip_back import CONTEST, HELD, put
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.letter_book import letter_log

FIRST, LAST = date(2024, 2, 3), date(2024, 3, 8)
DATASET = """label: {zh: 商务局文件报备台账, en: Filings of the bureau}
domain: supervision
supplied_by: commerce_bureau
covers: year of issued_on
key: [document_number]
unit: {from: drafting_unit}
columns:
  document_number: {header: [文件编号], type: document_number}
  drafting_unit: {header: [起草部门], type: unit}
  issued_on: {header: [发文日期], type: date}
  filed_on: {header: [报送日期], type: date, optional: true}
"""
TARGET = """unfiled_documents:
  - since: 2024
    judged: {every: month, for: drafting, from: "1 days after"}
    equals: 0
    severity: high
    basis: 测试
"""
SETTINGS = "leader_after = 1\noffice_after = 8\n"
BUREAU = f"{OLD}:\n  label: {{zh: 县商务局, en: Commerce Bureau}}\n  kind: department\n  flags: [drafting]\n"


class County:
    """A home whose day is set; it tells what one unit and its leader were written, and what people did."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch) -> None:
        self.home, self.patch, self.day = home, patch, FIRST

    def ducha(self, *words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--home", str(self.home)])
        assert done.exit_code == 0, done.output
        return done.output

    def set_day(self, day: date) -> None:
        self.day = day
        self.patch.setenv("DUCHA_NIGHT__BUSINESS_DATE", day.isoformat())

    def night(self) -> str:
        return one_night(self.home, self.day).night

    def letters(self, night: str) -> dict[str, list[str]]:
        """kind -> the changes of this one finding that the unit's letter, or its leader's, tells; the .eml says so."""
        found = {}
        with open_ledger(Home(self.home), read_only=True) as ledger:
            for row in ledger.letters(night=night, unit=OLD):
                changes = [one for one in row["content"]["changes"] if one["target"] == "unfiled_documents"]
                if row["kind"] == "office" or not changes:
                    continue
                found[row["kind"]] = [one["change"] for one in changes]
                message = message_from_bytes((self.home / row["path"]).read_bytes(), policy=default)
                body = message.get_body(preferencelist=("plain",))
                assert body is not None and "未报备文件" in body.get_content()
        return found

    def why(self, night: str) -> list[str]:
        with open_ledger(Home(self.home), read_only=True) as ledger:
            return [row["reason"] for row in letter_log(ledger, night, OLD)]

    def went_to_office(self, night: str) -> bool:
        with open_ledger(Home(self.home), read_only=True) as ledger:
            (office,) = [row for row in ledger.letters(night=night) if row["kind"] == "office"]
        return "unfiled_documents" in [row["target"] for row in office["content"]["desk"]["to_office"]]

    def file(self, filed: str) -> None:
        """The bureau's own ledger of its one document as it stands on the day."""
        with (self.home / "inbox" / OLD / f"{self.day:%m%d}.csv").open("w", encoding="utf-8-sig", newline="") as target:
            rows = (
                ["文件编号", "起草部门", "发文日期", "报送日期"],
                ["样商发〔2024〕1号", "县商务局", "2024-01-15", filed],
            )
            csv.writer(target).writerows(rows)

    def return_slip(self, name: str, fill: Callable[[openpyxl.Workbook], None]) -> None:
        """The slip of the first letter, filled in and put back into the bureau's folder."""
        book = openpyxl.load_workbook(self.home / "letters" / f"{FIRST}.1" / f"letter-{OLD}.xlsx")
        fill(book)
        book.save(self.home / "inbox" / OLD / name)

    def is_one_finding_with_its_whole_life(self) -> None:
        with open_ledger(Home(self.home), read_only=True) as ledger:
            (row,) = ledger.findings(target="unfiled_documents", unit=OLD)
            moves = [event["action"] for event in ledger.finding_events(row["id"])]
            assert (row["state"], row["period"], ledger.verify_audit()) == ("found", "2024-01", [])
        assert moves == [
            "found", "contest", "reject", "overdue", "to_leader", "to_office", "put_right", "evidence", "verify",
            "close", "look_back", "relapsed",
        ]  # fmt: skip


@pytest.fixture
def county(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> County:
    own = {
        "datasets/bureau_filings": DATASET, "rosters/units": BUREAU, "targets/own": TARGET,
        "metrics/own": METRIC.replace("normative_document_filings", "bureau_filings"),
    }  # fmt: skip
    for name, text in own.items():
        path = bare_home / "catalogue" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    config = Home(bare_home).config
    kept = config.read_text("utf-8").replace("[letters]\n", f"[letters]\n{SETTINGS}")
    config.write_text(kept.replace("[findings]\n", "[findings]\nlook_back_days = {high = 1}\n"), "utf-8")
    (bare_home / "inbox" / OLD).mkdir(exist_ok=True)
    return County(bare_home, monkeypatch)


def contest(book: openpyxl.Workbook) -> None:
    sheet = book[CONTEST]
    line = next(row[0].value for row in sheet.iter_rows() if any("未报备文件" in str(cell.value) for cell in row))
    put(sheet, line, "异议内容", "该文件不属于行政规范性文件")


def correct(book: openpyxl.Workbook) -> None:
    put(book[HELD], "1", "请填写更正内容", "2024-01-20")


def test_thirty_five_nights_of_one_shortfall(county: County, tmp_path: Path) -> None:
    scan = tmp_path / "报备回执.txt"
    scan.write_text("样例县：已向市政府报备", "utf-8")

    def move(name: str, role: str, *words: str) -> None:
        unit = ["--unit", OLD] if role == "liaison" else []
        with open_ledger(Home(county.home), read_only=True) as ledger:
            (row,) = ledger.findings(target="unfiled_documents", unit=OLD)
        said = ("--role", role, "--who", f"{role}一", "--comment", name)
        county.ducha("finding", str(row["id"]), name, *said, *unit, *words)

    def close() -> None:
        move("evidence", "liaison", "--file", str(scan))
        move("verify", "inspector")
        move("close", "inspector", "--reason", "put_right")

    silence = ("silence", "add", "--unit", OLD, "--until", "2024-03-02", "--reason", "报备系统迁移")
    people: dict[date, Callable[[], object]] = {
        FIRST: lambda: county.file("不详"),  # nobody can read when it was filed: the figure is met only without the row
        date(2024, 2, 5): lambda: county.return_slip("异议.xlsx", contest),
        date(2024, 2, 7): lambda: move("reject", "leader"),  # two worked days given back: due on 18 February
        date(2024, 3, 1): lambda: county.ducha(*silence),
        date(2024, 3, 5): lambda: county.return_slip("更正.xlsx", correct),
        date(2024, 3, 6): close,
        LAST: lambda: [move("look_back", "inspector"), county.file("")],
    }
    told: dict[date, dict[str, list[str]]] = {}
    why: dict[date, list[str]] = {}
    nights, to_office, day = 0, [], FIRST
    while day <= LAST:
        county.set_day(day)
        people.get(day, lambda: None)()
        name = county.night()
        told |= {day: found} if (found := county.letters(name)) else {}
        why[day] = county.why(name)
        to_office += [day] if county.went_to_office(name) else []
        day, nights = day + timedelta(1), nights + 1
    assert nights == 35
    assert told == {
        FIRST: {"letter": ["new"]},
        date(2024, 2, 18): {"letter": ["reminder"]},  # the 15th lies in the Spring Festival; this Sunday is worked
        date(2024, 2, 19): {"letter": ["overdue"]},
        date(2024, 2, 22): {"leader": ["overdue"]},
        date(2024, 3, 7): {"letter": ["put_right"]},
        LAST: {"letter": ["relapsed"]},
    }
    assert to_office == [date(2024, 2, 29)]
    written = {on for on, reasons in why.items() if "queued" in reasons}
    assert written == told.keys()  # the quarantined row is a finding of its own, told on the same days
    quiet = {on: reasons for on, reasons in why.items() if on not in written}
    assert {on for on, reasons in quiet.items() if reasons == ["silenced"]} == {date(2024, 3, 1)}
    assert {on for on, reasons in quiet.items() if reasons == ["waiting"]} == {date(2024, 3, 5), date(2024, 3, 6)}
    assert {on for on, reasons in quiet.items() if reasons not in (["silenced"], ["waiting"], ["unchanged"])} == set()
    county.is_one_finding_with_its_whole_life()
