"""The sample county: what it writes must read, and what it says of itself must be true."""

from __future__ import annotations

import itertools
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from flows.sample_county.county import write_sample
from flows.sample_county.exports import Row
from flows.sample_county.manifest import Manifest
from flows.sample_county.people import People, firm_code
from flows.sample_county.services import service_exports
from flows.sample_county.setting import Setting
from warehouse.cells import read_citizen_id, read_phone
from warehouse.declarations import Declarations, read_declarations
from warehouse.delivery import FileRead, read_file
from warehouse.home import Home
from warehouse.inbox import COUNTY_TIME
from warehouse.periods import due_day, period_named
from warehouse.workdays import Calendar

AS_OF = date(2025, 2, 6)
DECLARED = read_declarations()
CALENDAR = Calendar(DECLARED.holidays)


@dataclass
class Sample:
    """One written home and what reading each of its files gave."""

    home: Home
    manifest: Manifest
    read: dict[str, FileRead]


def _sample(root: Path, clean: bool) -> Sample:
    home = Home(root / "home")
    manifest = write_sample(home, clean=clean)
    read = {}
    for number, file in enumerate(manifest.files):
        path = home.root / file.path
        received_on = datetime.fromtimestamp(path.stat().st_mtime, COUNTY_TIME).date()
        work = root / "work" / str(number)
        known = (file.supplier, DECLARED, CALENDAR, received_on, AS_OF, work, f"d{number}")
        read[file.path] = read_file(path, path.name, *known)
    return Sample(home, manifest, read)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return _sample(tmp_path_factory.mktemp("clean"), clean=True)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return _sample(tmp_path_factory.mktemp("faulty"), clean=False)


def test_every_row_of_a_clean_year_reads(clean: Sample) -> None:
    for file in clean.manifest.files:
        read = clean.read[file.path]
        assert read.refused is None, (file.path, read.refused)
        loaded = [sheet.loaded for sheet in read.sheets if sheet.loaded]
        assert [one.dataset for one in loaded] == [file.dataset], file.path
        assert loaded[0].quarantined == 0, (file.path, loaded[0].reasons)
        of_no_row = sum(loaded[0].listed.get(kind, 0) for kind in ("title", "note", "total"))
        assert loaded[0].rows - of_no_row == file.rows, file.path
        assert loaded[0].totals_tie is not False


def test_a_clean_year_arrives_in_time_and_covers_every_period_owed(clean: Sample) -> None:
    covered = set()
    for file in clean.manifest.files:
        for sheet in clean.read[file.path].sheets:
            if sheet.loaded:
                covered |= {(file.dataset, period) for period in sheet.loaded.coverage.periods}
                due = DECLARED.contracts[file.dataset].due
                assert due
                last = due_day(due, period_named(sheet.loaded.coverage.periods[-1]), CALENDAR)
                assert datetime.fromisoformat(file.arrived_at).date() <= last, file.path
    months = {("service_cases", f"2024-{month:02d}") for month in range(1, 13)}
    quarters = {(name, f"2024Q{part}") for name in ("legal_aid_cases", "citizen_letters") for part in (1, 2, 3, 4)}
    years = {(name, "2024") for name, held in DECLARED.contracts.items() if held.due and held.due.every == "year"}
    assert months | quarters | years <= covered


def test_a_faulty_year_is_refused_and_quarantined_only_where_planted(faulty: Sample) -> None:
    refused: dict[str, str] = {}
    quarantined: dict[str, int] = {}
    for path, read in faulty.read.items():
        name = Path(path).name
        for fault in (read.refused, *(sheet.refused for sheet in read.sheets)):
            if fault:
                refused[name] = fault.code
        for sheet in read.sheets:
            if sheet.loaded and sheet.loaded.quarantined:
                quarantined[name] = sheet.loaded.quarantined
    assert refused == {
        "法律援助案件台账_2024Q4（扫描件）.pdf": "not_a_table",
        "信访件转办清单（内部）.csv": "secret",
        "企业信用核查台账_2024（补）.csv": "wrong_supplier",
    }
    assert quarantined == {
        "政务服务办件明细_202408.zip": 1,
        "企业信用核查台账_2024.xlsx": 3,
        "法律援助案件台账_2024Q3.xlsx": 1,
        "网民留言办理台账_2024Q2.xlsx": 7,
    }


def test_only_the_planted_delivery_is_late_and_only_by_county_time(faulty: Sample) -> None:
    late = next(file for file in faulty.manifest.files if file.supplier == "development_reform_bureau")
    moment = datetime.fromtimestamp((faulty.home.root / late.path).stat().st_mtime, COUNTY_TIME)
    assert moment.isoformat() == late.arrived_at == "2025-01-21T00:30:00+08:00"


def test_the_same_seed_gives_the_same_rows(clean: Sample, tmp_path: Path) -> None:
    again = write_sample(Home(tmp_path / "again"), clean=True)
    assert again == clean.manifest
    for file in again.files:
        if not file.path.endswith("xlsx"):
            assert (tmp_path / "again" / file.path).read_bytes() == (clean.home.root / file.path).read_bytes(), (
                file.path
            )


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
    declared: Declarations = DECLARED
    end = date(2024, 12, 31)
    assert len(declared.units_for("department", end)) == 45
    towns = [declared.units[unit] for unit in declared.units_for("town", end)]
    assert len(towns) == 19 and len([unit for unit in towns if unit.label.zh.endswith("街道")]) == 4
    assert len({unit.town_code for unit in towns}) == 19
    assert all((unit.email or "").endswith("@sample.invalid") for unit in declared.units.values())
    assert declared.units["rural_revitalisation_bureau"].becomes == "agriculture_bureau"


def test_the_manifest_names_targets_that_exist_and_the_config_says_sample(faulty: Sample) -> None:
    written = json.loads((faulty.home.root / "sample_manifest.json").read_text("utf-8"))
    assert len(written["plants"]) == len(faulty.manifest.plants) >= 20
    for plant in faulty.manifest.plants:
        for one in plant.expects:
            dataset, _, promise = one.target.partition(":")
            assert dataset in (DECLARED.contracts if promise else DECLARED.targets), one
            assert one.unit in {*DECLARED.units, "county"}
    assert "sample = true" in faulty.home.config.read_text("utf-8")


def test_titles_say_that_the_data_are_a_sample(clean: Sample) -> None:
    read = clean.read["inbox/县市场监督管理局/企业登记名录_2024.csv"]
    loaded = read.sheets[0].loaded
    assert loaded
    titles = pl.read_parquet(loaded.listed_path).filter(pl.col("kind") == "title")
    assert "样例数据" in unicodedata.normalize("NFKC", str(titles.rows()))
