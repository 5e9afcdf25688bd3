"""Each way a home can be unwell, made so for real, is told in words in both languages, with what to do."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import time
from datetime import date
from pathlib import Path

import pytest

from flows import machine_checkups
from flows.checkup import Checkup
from flows.checkups import check_home
from flows.making import make_home
from flows.night import locked
from flows.settings import read_settings
from tests.flows.conftest import one_night
from tests.flows.test_cli import ducha
from tests.flows.test_files_again import YEAR, drop, filings
from tests.flows.test_mail import CLOSED
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.purging import PENDING
from warehouse.report_decisions import sign_report

CHINESE = re.compile(r"[\u3400-\u9fff]")
UNIT = "lone_bureau:\n  label: {zh: 样例县财政局, en: Finance bureau}\n  kind: department\n"


@pytest.fixture(scope="module")
def well_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after one night. Look, do not touch: `home` is a copy."""
    root = tmp_path_factory.mktemp("doctor") / "home"
    make_home(Home(root))
    drop(root, filings(4))
    one_night(root, YEAR)
    return root


@pytest.fixture
def home(well_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(well_home, tmp_path / "home"))


def looks(home: Path) -> dict[str, list[Checkup]]:
    """What the doctor says, by name; each in both languages."""
    found: dict[str, list[Checkup]] = {}
    for one in check_home(read_settings(home)):
        found.setdefault(one.name, []).append(one)
        assert CHINESE.search(one.say) and one.say_en, one
    return found


def told(home: Path, name: str, state: str, *words: str) -> None:
    """The doctor tells this, in this state, in a sentence with these words, and says what to do."""
    (found,) = [one for one in looks(home)[name] if one.state == state]
    for word in words:
        assert word in found.say + found.say_en, (word, found)


def configure(home: Path, section: str, *lines: str) -> None:
    config = home / "ducha.toml"
    config.write_text(config.read_text("utf-8").replace(f"[{section}]", "\n".join([f"[{section}]", *lines])), "utf-8")


def as_of(home: Path, day: date) -> None:
    configure(home, "night", f"business_date = {day}")


def roster(home: Path, words: str) -> None:
    (home / "catalogue" / "rosters" / "units.yml").write_text(words, "utf-8")


def test_a_home_that_is_well_says_so(home: Path) -> None:
    as_of(home, YEAR)
    found = looks(home)
    assert {name for name, ones in found.items() if any(one.state == "unwell" for one in ones)} == set()
    assert {"folder", "declarations", "calendar", "addresses", "ledger", "snapshot", "disk", "clock", "fonts",
            "telemetry", "versions"} <= found.keys()  # fmt: skip


def test_a_damaged_ledger(home: Path) -> None:
    with (home / "ledger.sqlite").open("r+b") as file:
        file.seek(0)
        file.write(os.urandom(4096))
    for rest in home.glob("ledger.sqlite-*"):
        rest.unlink()
    told(home, "ledger", "unwell", "ducha restore")
    assert "ducha restore" in ducha("doctor", "--home", home, code=3)


def test_a_ledger_of_a_later_version(home: Path) -> None:
    with sqlite3.connect(home / "ledger.sqlite") as con:
        con.execute("PRAGMA user_version = 999")
    con.close()
    told(home, "ledger", "unwell", "升级", "upgrade")


def test_a_changed_audit_trail(home: Path) -> None:
    with open_ledger(Home(home)) as ledger:
        ledger.con.execute("UPDATE audit SET who = 'nobody' WHERE seq = 1")
    told(home, "audit", "unwell", "row 1 was changed")


@pytest.mark.parametrize("how", ["gone", "cut", "flipped", "another"])
def test_a_damaged_snapshot(home: Path, how: str) -> None:
    (path,) = (home / "snapshots").glob("*.duckdb")
    if how == "gone":
        path.unlink()
    elif how == "cut":
        os.truncate(path, path.stat().st_size // 2)
    elif how == "flipped":
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 2)
            file.write(os.urandom(200_000))
    else:
        with open_ledger(Home(home)) as ledger:
            ledger.con.execute("UPDATE nights SET figures_sha256 = 'x'")
    told(home, "snapshot", "unwell", "ducha rebuild")


def test_a_signed_snapshot_that_is_gone(home: Path) -> None:
    with open_ledger(Home(home)) as ledger:
        row = {"year": "2023", "night": ledger.nights()[0]["id"], "snapshot": "2024-02-01.1.duckdb"}
        ledger.con.execute("INSERT INTO nights SELECT '2024-02-01.1', '2024-02-01', 1, state, pid, process, started_at,"
                           " finished_at, '2024-02-01.1.duckdb', declarations_sha256, figures_sha256, summary, error"
                           " FROM nights")  # fmt: skip
        row |= {"night": "2024-02-01.1", "declarations_sha256": "", "figures_sha256": ""}
        sign_report(ledger, row, "县司法局")
    told(home, "signed", "unwell", "2023", "备份")


def test_a_night_that_died(home: Path) -> None:
    with open_ledger(Home(home)) as ledger:
        night = ledger.begin_night(YEAR)
        ledger.con.execute("UPDATE nights SET pid = 999999, process = 'gone' WHERE id = ?", (night,))
    told(home, "night", "warning", night, "ducha nightly")


def test_a_lock_that_is_held(home: Path) -> None:
    with locked(Home(home)):
        told(home, "lock", "warning", str(os.getpid()))
        os.utime(home / "night.lock", (time.time() - 5 * 3600,) * 2)
        told(home, "lock", "unwell", f"kill {os.getpid()}")
    assert "lock" not in looks(home)


def test_a_clock_that_went_back(home: Path) -> None:
    with open_ledger(Home(home)) as ledger:
        ledger.con.execute("UPDATE audit SET at = '2099-01-01T00:00:00+00:00' WHERE seq = 1")
    told(home, "clock", "unwell", "2099-01-01", "校时", "set the clock")


def test_a_zone_that_is_not_the_county_s(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for zone, is_told in (("UTC", True), ("Asia/Shanghai", False)):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert ("zone" in looks(home)) == is_told
    monkeypatch.undo()
    time.tzset()


def test_a_year_without_holidays(home: Path) -> None:
    as_of(home, date(2026, 11, 1))
    told(home, "calendar", "warning", "2027", "holidays.csv")
    as_of_later = (home / "ducha.toml").read_text("utf-8").replace("2026-11-01", "2027-01-05")
    (home / "ducha.toml").write_text(as_of_later, "utf-8")
    told(home, "calendar", "unwell", "2027", "holidays.csv")


def test_a_declaration_that_does_not_read(home: Path) -> None:
    (home / "catalogue" / "targets" / "own.yml").write_text("filing_rate:\n  - {sinc: 2024}\n", "utf-8")
    told(home, "declarations", "unwell", "own.yml")


def test_a_folder_that_is_gone(home: Path) -> None:
    shutil.rmtree(home / "history")
    told(home, "folder", "unwell", "history")


def test_too_little_room(home: Path) -> None:
    free = shutil.disk_usage(home).free
    with (home / "snapshots" / "2020-01-31.1.duckdb").open("wb") as sparse:
        sparse.truncate(min(free // 2, 1 << 43))
    told(home, "disk", "unwell", "MB")


def test_a_mail_server_that_is_down(home: Path) -> None:
    configure(home, "mail", 'host = "127.0.0.1"', f"port = {CLOSED}")
    told(home, "mail", "unwell", f"127.0.0.1:{CLOSED}", "[mail]")


def test_a_mail_secret_that_others_can_read_or_nobody(home: Path, tmp_path: Path) -> None:
    secret = tmp_path / "mail.secret"
    configure(home, "mail", 'host = "127.0.0.1"', f"port = {CLOSED}", 'user = "ducha"', f'secret_file = "{secret}"')
    told(home, "secret", "unwell", "mail.secret", "secret_file")
    secret.write_text("horse-battery", "utf-8")
    secret.chmod(0o644)
    told(home, "secret", "unwell", f"chmod 600 {secret}")
    secret.chmod(0o600)
    assert "secret" not in looks(home)
    secret.write_text("", "utf-8")
    told(home, "secret", "unwell", "DUCHA_MAIL__SECRET")
    assert "horse" not in str(looks(home))


def test_units_without_address_or_with_one_that_cannot_be_used_or_without_anybody(home: Path) -> None:
    roster(home, UNIT)
    told(home, "addresses", "warning", "样例县财政局")
    told(home, "owners", "warning", "样例县财政局", "units.yml")
    roster(home, UNIT + "  email: a@sample.invalid, b@evil.invalid\n  liaison: 张三\n")
    told(home, "addresses", "unwell", "样例县财政局", "bad_address", "units.yml")
    roster(home, UNIT + "  email: a@elsewhere.invalid\n  liaison: 张三\n")
    configure(home, "mail", 'allowed_domains = ["sample.invalid"]')
    told(home, "addresses", "unwell", "foreign_domain")
    assert "owners" not in looks(home)


def test_letters_held_after_a_restore_and_a_purge_that_is_not_finished(home: Path) -> None:
    with open_ledger(Home(home)) as ledger:
        ledger.con.execute("UPDATE letters SET state = 'held' WHERE id = 1")
        row = {"id": "2025-02-06.1-0000.1", "sha256": "ab", "coverage_start": None, "coverage_end": None}
        ledger.con.execute(
            "INSERT INTO meta VALUES (?, ?)", (PENDING, f"[{row}]".replace("'", '"').replace("None", "null"))
        )
    told(home, "letters", "warning", "letters send --held")
    told(home, "purge", "unwell", "ducha delivery purge 2025-02-06.1-0000.1")


def test_a_machine_without_a_chinese_font(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose font list is empty, and one without the command that lists fonts and without a font."""
    empty = tmp_path / "bin"
    empty.mkdir()
    (empty / "fc-list").write_text("#!/bin/sh\n", "utf-8")
    (empty / "fc-list").chmod(0o755)
    monkeypatch.setenv("PATH", str(empty))
    told(home, "fonts", "warning", "fonts-noto-cjk")
    (empty / "fc-list").unlink()
    monkeypatch.setattr(machine_checkups, "FONT_FOLDERS", (tmp_path / "fonts",))
    told(home, "fonts", "warning", "fonts-noto-cjk")
    (tmp_path / "fonts" / "a").mkdir(parents=True)
    (tmp_path / "fonts" / "a" / "NotoSansCJK-Regular.ttc").touch()
    assert [one.state for one in looks(home)["fonts"]] == ["well"]


def test_variables_that_switch_reporting_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DO_NOT_TRACK", "0")
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "true")
    told(home, "telemetry", "warning", "DO_NOT_TRACK=0", "PREFECT_SERVER_ANALYTICS_ENABLED=true")


@pytest.mark.parametrize(("package", "state"), [("rich", "warning"), ("prefect", "unwell")])
def test_another_version_than_the_tested_one(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, state: str
) -> None:
    """The package is really there in another version, before the installed one on the path."""
    info = tmp_path / "site" / f"{package}-0.0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0.1\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    told(home, "versions", state, f"{package} 0.0.1")


def test_a_home_before_its_first_night_and_datasets_nobody_sends(bare_home: Path) -> None:
    roster(bare_home, 'replaces: "true"\n' + UNIT)
    found = looks(bare_home)
    assert [one.state for one in found["ledger"]] == ["warning"]
    assert [one.state for name in ("not_connected", "nobody_judged") for one in found[name]] == ["warning"] * 2


def test_deliveries_that_wait(home: Path) -> None:
    with open_ledger(Home(home)) as ledger:
        ledger.con.execute("UPDATE deliveries SET state = 'held'")
    told(home, "held", "warning", "ducha delivery list")
