"""Thirty-five nights of one shortfall, real files and a clock handed in: every letter, and every night without one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from tests.flows.conftest import one_night
from tests.flows.test_merged_unit import FILINGS, METRIC, OLD, filing, write
from tests.flows.test_reformed import own
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.letter_book import letter_log

FIRST, LAST = date(2024, 2, 3), date(2024, 3, 8)
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
                words = "并已复核销号" if changes[0]["change"] == "put_right" else changes[0]["sentence_zh"]
                assert body is not None and words in body.get_content() and "未报备文件" in body.get_content()
        return found

    def why_none(self, night: str) -> list[str]:
        with open_ledger(Home(self.home), read_only=True) as ledger:
            return [row["reason"] for row in letter_log(ledger, night, OLD)]

    def went_to_office(self, night: str) -> bool:
        with open_ledger(Home(self.home), read_only=True) as ledger:
            (office,) = [row for row in ledger.letters(night=night) if row["kind"] == "office"]
        return [row["target"] for row in office["content"]["desk"]["to_office"]] == ["unfiled_documents"]

    def file(self, filed: dict[str, str]) -> None:
        """The bureau's ledger of filings as it stands on the day: number -> filed on."""
        rows = [filing(f"样商发〔2024〕{number}号", "2024-01-15", on) for number, on in filed.items()]
        write(self.home, f"{self.day:%m%d}.csv", [FILINGS, *rows])

    def is_one_finding_with_its_whole_life(self) -> None:
        with open_ledger(Home(self.home), read_only=True) as ledger:
            (row,) = ledger.findings(target="unfiled_documents", unit=OLD)
            moves = [event["action"] for event in ledger.finding_events(row["id"])]
            assert (row["state"], row["period"], ledger.verify_audit()) == ("found", "2024-01", [])
        assert moves == [
            "found", "contest", "reject", "overdue", "to_leader", "to_office", "worse", "put_right", "evidence",
            "verify", "close", "look_back", "relapsed",
        ]  # fmt: skip


@pytest.fixture
def county(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> County:
    own(bare_home, METRIC, TARGET)
    roster = bare_home / "catalogue" / "rosters" / "units.yml"
    roster.parent.mkdir(exist_ok=True)
    roster.write_text(BUREAU, "utf-8")
    config = Home(bare_home).config
    kept = config.read_text("utf-8").replace("[letters]\n", f"[letters]\n{SETTINGS}")
    config.write_text(kept.replace("[findings]\n", "[findings]\nlook_back_days = {high = 1}\n"), "utf-8")
    (bare_home / "inbox" / "justice_bureau").mkdir(exist_ok=True)
    return County(bare_home, monkeypatch)


def test_thirty_five_nights_of_one_shortfall(county: County, tmp_path: Path) -> None:
    scan = tmp_path / "报备回执.txt"
    scan.write_text("样例县：已向市政府报备", "utf-8")

    def move(name: str, role: str, *words: str) -> None:
        unit = ["--unit", OLD] if role == "liaison" else []
        county.ducha("finding", "1", name, "--role", role, "--who", f"{role}一", "--comment", name, *unit, *words)

    def close() -> None:
        move("evidence", "liaison", "--file", str(scan))
        move("verify", "inspector")
        move("close", "inspector", "--reason", "put_right")

    silence = ("silence", "add", "--finding", "1", "--until", "2024-03-02", "--reason", "报备系统迁移")
    people: dict[date, Callable[[], object]] = {
        FIRST: lambda: county.file({"1": ""}),
        date(2024, 2, 5): lambda: move("contest", "liaison"),
        date(2024, 2, 7): lambda: move("reject", "leader"),  # two worked days given back: due on 18 February
        date(2024, 3, 1): lambda: county.ducha(*silence),
        date(2024, 3, 2): lambda: county.file({"1": "", "2": ""}),
        date(2024, 3, 5): lambda: county.file({"1": "2024-03-05", "2": "2024-03-05"}),
        date(2024, 3, 6): close,
        LAST: lambda: [move("look_back", "inspector"), county.file({"1": "2024-03-05", "2": "2024-03-05", "3": ""})],
    }
    told: dict[date, dict[str, list[str]]] = {}
    why: dict[date, list[str]] = {}
    nights, to_office, day = 0, [], FIRST
    while day <= LAST:
        county.set_day(day)
        people.get(day, lambda: None)()
        name = county.night()
        told |= {day: found} if (found := county.letters(name)) else {}
        why[day] = county.why_none(name)
        to_office += [day] if county.went_to_office(name) else []
        day, nights = day + timedelta(1), nights + 1
    assert nights == 35
    assert told == {
        FIRST: {"letter": ["new"]},
        date(2024, 2, 18): {"letter": ["reminder"]},  # the 15th lies in the Spring Festival; this Sunday is worked
        date(2024, 2, 19): {"letter": ["overdue"]},
        date(2024, 2, 22): {"leader": ["overdue"]},
        date(2024, 3, 3): {"letter": ["worse"]},  # the silence is over, and with it the reminder of the 1st
        date(2024, 3, 7): {"letter": ["put_right"]},
        LAST: {"letter": ["relapsed"]},
    }
    assert to_office == [date(2024, 2, 29)]
    quiet = {on: reason for on, reason in why.items() if on not in told}
    assert {on for on, reason in quiet.items() if reason == ["silenced"]} == {date(2024, 3, 2)}
    assert {on for on, reason in quiet.items() if reason == ["waiting"]} == {
        date(2024, 3, 5), date(2024, 3, 6)
    }  # fmt: skip
    assert all(reason in (["unchanged"], ["silenced"], ["waiting"]) for reason in quiet.values()) and len(quiet) == 28
    county.is_one_finding_with_its_whole_life()
