"""The sample county: what it writes must read, and what it says of itself must be true."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from flows.night import Summary
from flows.sample_county.county import write_sample
from flows.sample_county.exports import Row
from flows.sample_county.manifest import Manifest
from flows.sample_county.people import People, firm_code
from flows.sample_county.services import service_exports
from flows.sample_county.setting import Setting
from flows.settings import read_settings
from warehouse.cells import read_citizen_id, read_phone
from warehouse.declarations import read_declarations
from warehouse.home import Home
from warehouse.inbox import hash_of
from warehouse.ledger import open_ledger
from warehouse.periods import due_day, period_named
from warehouse.workdays import Calendar

DECLARED = read_declarations()
CALENDAR = Calendar(DECLARED.holidays)


Night = tuple[Path, Summary]


def _deliveries(home: Path) -> dict[str, dict[str, Any]]:
    """The ledger's row of each file; a secret one has no name."""
    with open_ledger(Home(home), read_only=True) as ledger:
        return {row["file_name"]: row for row in ledger.deliveries()}


def _manifest(home: Path) -> Manifest:
    return Manifest.model_validate_json((home / "sample_manifest.json").read_text("utf-8"))


def test_every_row_of_a_clean_year_reads_whole_and_in_time(clean_night: Night) -> None:
    deliveries = _deliveries(clean_night[0])
    covered = set()
    for file in _manifest(clean_night[0]).files:
        row = deliveries[Path(file.path).name]
        assert (row["dataset"], row["supplier"]) == (file.dataset, file.supplier), file.path
        assert row["received_on"] == datetime.fromisoformat(file.arrived_at).date(), file.path
        if row["state"] == "duplicate":
            continue
        assert (row["quarantined"], row["totals_tie"]) in ((0, None), (0, True)), file.path
        of_no_row = sum(row["listed"].get(kind, 0) for kind in ("title", "note", "total"))
        assert row["rows"] - of_no_row == file.rows, file.path
        covered |= {(file.dataset, period) for period in row["periods"]}
        due = DECLARED.contracts[file.dataset].due
        # Nobody owes a list of names, which comes beside its classes, nor a statement of its own figures.
        assert due or file.dataset in ("cadre_training_names", "stated_figures"), file.path
        assert due is None or row["received_on"] <= due_day(due, period_named(row["periods"][-1]), CALENDAR), file.path
    months = {("service_cases", f"2024-{month:02d}") for month in range(1, 13)}
    quarters = {(name, f"2024Q{part}") for name in ("legal_aid_cases", "citizen_letters") for part in (1, 2, 3, 4)}
    years = {(name, "2024") for name, held in DECLARED.contracts.items() if held.due and held.due.every == "year"}
    assert months | quarters | years <= covered


def test_a_faulty_year_is_refused_and_quarantined_only_where_planted(sample_night: Night) -> None:
    deliveries = _deliveries(sample_night[0])
    assert sorted(row["refusal_code"] for row in deliveries.values() if row["refusal_code"]) == [
        "not_a_table",
        "secret",
        "wrong_supplier",
    ]
    assert {name: row["quarantined"] for name, row in deliveries.items() if row["quarantined"]} == {
        "政务服务办件明细_202408.zip": 1,
        "企业信用核查台账_2024.xlsx": 3,
        "法律援助案件台账_2024Q3.xlsx": 1,
        "网民留言办理台账_2024Q2.xlsx": 7,
        "双随机抽查任务台账_2024（初报）.xlsx": 1,
        "互联网监管检查行为数据_2024Q4.xlsx": 1,
        "主动公开政府信息清单_2024.xlsx": 1,
        "人民调解案件登记表_2024Q1.xlsx": 1,
        "查封扣押措施台账_2024.xlsx": 1,
        "行政处罚案件台账_2024.csv": 1,
    }


def test_only_the_planted_delivery_is_late_and_only_by_county_time(sample_night: Night) -> None:
    late = next(file for file in _manifest(sample_night[0]).files if file.supplier == "development_reform_bureau")
    assert late.arrived_at == "2025-01-21T00:30:00+08:00"
    assert _deliveries(sample_night[0])[Path(late.path).name]["received_on"] == date(2025, 1, 21)


def test_the_same_seed_gives_the_same_rows(sample_night: Night, tmp_path: Path) -> None:
    home, deliveries = Home(tmp_path), _deliveries(sample_night[0])
    manifest = write_sample(home)
    assert manifest == _manifest(sample_night[0])
    for path in (home.root / file.path for file in manifest.files if file.dataset and not file.path.endswith("xlsx")):
        assert hash_of(path) == deliveries[path.name]["sha256"], path.name


def _setting(clean: bool, scale: int = 1, year: int = 2024) -> Setting:
    return Setting(year, 7, scale, clean, DECLARED, CALENDAR)


def _last_states(setting: Setting) -> Iterator[Row]:
    """Cases as they stand after all files: the latest row of each, without those deleted."""
    cases: dict[object, Row] = {}
    for export in service_exports(setting):
        for row in export.rows:
            held = cases.get(row["case_number"])
            if held is None or str(held["synced_at"]) <= str(row["synced_at"]):
                cases[row["case_number"]] = row
    return (row for row in cases.values() if row["sync_mark"] != "deleted")


@pytest.mark.parametrize(
    ("clean", "scale", "year"), [(True, 1, 2024), (False, 1, 2024), (False, 2, 2024), (True, 1, 2026)]
)
def test_cases_completed_in_the_year_are_the_published_number(clean: bool, scale: int, year: int) -> None:
    rows = list(_last_states(_setting(clean, scale, year)))
    done = [row for row in rows if isinstance(row.get("completed_on"), date)]
    in_year = [row for row in done if str(row["completed_on"])[:4] == str(year)]
    assert len([row for row in in_year if row.get("result") != "void"]) == 9425 * scale
    # Void ones and those completed after the year exist, and are what the number must leave out.
    assert any(row.get("result") == "void" for row in in_year) and len(done) > len(in_year)


def test_every_hall_unit_has_cases_in_every_quarter() -> None:
    seen = {
        (row["handling_unit"], (int(str(row["accepted_on"])[5:7]) + 2) // 3)
        for row in _last_states(_setting(clean=True))
        if str(row["accepted_on"]).startswith("2024")
    }
    hall = DECLARED.units_for("hall", date(2024, 12, 31))
    assert len(hall) == 40 and set(itertools.product(hall, (1, 2, 3, 4))) <= seen


def test_check_digits_are_right_and_the_county_does_not_exist() -> None:
    setting = _setting(clean=True)
    for serial in range(0, 15000, 7):
        assert uscc.is_valid(firm_code(serial))
    people = People(setting.random("test"), setting.words, size=200)
    for _, number in people.pool:
        assert mod_11_2.is_valid(number) and number.startswith("430799") and read_citizen_id(number) == number
    assert read_phone(people.phone()).startswith("1300000")
    assert all(uscc.is_valid(unit.credit_code or "") for unit in DECLARED.units.values())


def test_the_roster_is_of_45_departments_and_19_towns() -> None:
    end = date(2024, 12, 31)
    assert len(DECLARED.units_for("department", end)) == 45
    towns = [DECLARED.units[unit] for unit in DECLARED.units_for("town", end)]
    assert len(towns) == 19 and len([unit for unit in towns if unit.label.zh.endswith("街道")]) == 4
    assert len({unit.town_code for unit in towns}) == 19
    assert all((unit.email or "").endswith("@sample.invalid") for unit in DECLARED.units.values())
    assert DECLARED.units["rural_revitalisation_bureau"].becomes == "agriculture_bureau"


def test_the_manifest_names_targets_that_exist(sample_night: Night) -> None:
    plants = _manifest(sample_night[0]).plants
    assert len(plants) >= 20 and {plant.kind for plant in plants} == {"fault", "twin", "file"}
    for plant in plants:
        for one in plant.expects:
            dataset, _, promise = one.target.partition(":")
            assert dataset in (DECLARED.contracts if promise else {*DECLARED.targets, *DECLARED.identities}), one
            assert one.unit in {*DECLARED.units, "county"}


def test_before_2024_there_are_rows_but_nothing_is_owed(tmp_path: Path) -> None:
    manifest = write_sample(Home(tmp_path), year=2023)
    assert all(not plant.expects for plant in manifest.plants) and len(manifest.files) > 25


def test_invented_rows_never_come_into_another_countys_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    home.config.write_text('[county]\nname = "某县"\n', "utf-8")
    with pytest.raises(ValueError, match="某县"):
        write_sample(home)
    assert not list(home.inbox.iterdir())


def test_titles_and_the_home_say_that_the_data_are_a_sample(tmp_path: Path) -> None:
    home = Home(tmp_path)
    manifest = write_sample(home, clean=True)
    register = next(file for file in manifest.files if file.dataset == "enterprises")
    assert "样例数据" in (home.root / register.path).read_text("gb18030").splitlines()[0]
    home.config.write_text(home.config.read_text("utf-8") + '\n[mail]\nhost = "mail.invalid"\n', "utf-8")
    write_sample(home, clean=True)
    settings = read_settings(tmp_path)
    assert settings.mail.host == "mail.invalid"
    assert settings.county.sample and settings.night.business_date == date(2025, 2, 6)
    assert settings.inbox.arrival == "file_time" and settings.inbox.settled_seconds == 0
