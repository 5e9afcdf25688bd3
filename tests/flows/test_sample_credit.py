"""Credit, audits and publicity in the sample county: the published figures stand in every year, faulty or clean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from flows.sample_county.audit_problems import audit_export
from flows.sample_county.county import SEED
from flows.sample_county.credit import credit_office_exports
from flows.sample_county.double_publicity import must_be_public, publicity_exports, published_penalties
from flows.sample_county.exports import Export, Row
from flows.sample_county.firms import register
from flows.sample_county.licences import licence_rows
from flows.sample_county.penalties import penalty_rows
from flows.sample_county.setting import Setting
from flows.sample_county.spelling import Speller
from flows.sample_county.writers import suffix_of, write_table
from warehouse.declarations import Declarations, read_declarations
from warehouse.delivery import read_file
from warehouse.workdays import Calendar

YEARS = [(2023, True), (2023, False), (2024, True), (2024, False), (2025, True), (2025, False)]


@cache
def declared() -> Declarations:
    return read_declarations()


def setting(year: int, clean: bool) -> Setting:
    return Setting(year, SEED, 1, clean, declared(), Calendar(declared().holidays))


@cache
def exports(year: int, clean: bool) -> Sequence[Export]:
    county = setting(year, clean)
    return (
        *credit_office_exports(county, register(county)),
        audit_export(county),
        *publicity_exports(county, list(licence_rows(county))),
    )


def rows_of(year: int, clean: bool, dataset: str) -> list[Row]:
    return [row for export in exports(year, clean) if export.dataset == dataset for row in export.rows]


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_the_published_figures_of_credit_stand_in_every_year(year: int, clean: bool) -> None:
    repairs = [row for row in rows_of(year, clean, "credit_repairs") if row["result"] == "repaired"]
    assert len(repairs) == 123 and {str(row["completed_on"])[:4] for row in repairs} == {str(year)}
    applied = [row for row in rows_of(year, clean, "financing_applications") if row["channel"] == "supermarket"]
    assert len(applied) == 2949 and sum(Decimal(str(row["amount_yuan"])) for row in applied) == 13_231_400_000
    assert len({row["area"] for row in rows_of(year, clean, "credit_graded_areas")}) == 4
    assert len(rows_of(year, clean, "audit_problems")) == 68


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_the_site_holds_the_platforms_penalties_and_one_of_each_is_planted(year: int, clean: bool) -> None:
    county = setting(year, clean)
    owed = {
        row["document_number"]: row["enforcement_unit"] for row in penalty_rows(county) if must_be_public(county, row)
    }
    held = {row["document_number"]: row["enforcement_unit"] for row in published_penalties(county)}
    never, unknown = owed.keys() - held.keys(), held.keys() - owed.keys()
    assert [owed[number] for number in never] == ([] if clean else ["urban_management_bureau"])
    assert [held[number] for number in unknown] == ([] if clean else ["agriculture_bureau"])


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_only_what_is_planted_is_public_too_late_or_still_public(year: int, clean: bool) -> None:
    county, late, kept, last_day = setting(year, clean), Counter[object](), Counter[object](), Counter[object]()
    for row in published_penalties(county):
        decided, out, revoked = row["decided_on"], row["published_on"], row.get("revoked_on")
        assert isinstance(decided, date) and isinstance(out, date)
        late[row["enforcement_unit"]] += out > county.after(decided, 7)
        last_day[row["enforcement_unit"]] += out == county.after(decided, 7)
        if isinstance(revoked, date):
            is_met = str(row["retracted_on"]) <= str(county.after(revoked, 3)) and bool(row["retraction_reason"])
            kept[row["enforcement_unit"]] += not is_met
    assert +late == ({} if clean else {"transport_bureau": 1})
    assert last_day["public_security_bureau"] == 1
    assert +kept == ({} if clean else {"health_bureau": 1, "fire_rescue_brigade": 1})


def test_the_licences_go_out_in_the_27_columns_of_the_standard() -> None:
    (export,) = [one for one in exports(2024, True) if one.dataset == "double_publicity_licences"]
    county = setting(2024, True)
    contract = declared().contracts[export.dataset]
    header = Speller(contract, declared().units, export.layout, county.words, county.random("header")).header()
    assert len(header) == 27 and header[0] == "行政相对人名称" and header[-1] == "数据导出时间"
    assert header[4] == "行政相对人代码_4（税务登记号） "
    assert export.name == "ZHXYXT0000_XYGJJH1-0102_2025011710" and suffix_of(export.layout) == ".xls"


@pytest.mark.parametrize(("year", "clean"), [(2023, True), (2024, False)])
def test_every_file_reads_whole(year: int, clean: bool, tmp_path: Path) -> None:
    county = setting(year, clean)
    for at, export in enumerate(exports(year, clean)):
        contract, work = declared().contracts[export.dataset], tmp_path / str(at)
        work.mkdir()
        path = tmp_path / (export.name + suffix_of(export.layout))
        speller = Speller(contract, declared().units, export.layout, county.words, county.random(f"spelling:{at}"))
        write_table(path, export.layout, speller.header(), speller.lines(iter(export.rows)), "填表说明")
        came = export.arrives_at.date()
        read = read_file(path, path.name, export.supplier, declared(), county.calendar, came, came, work, "G")
        assert read.refused is None, read.refused
        (loaded,) = [sheet.loaded for sheet in read.sheets if sheet.loaded]
        assert (loaded.dataset, loaded.loaded, loaded.quarantined) == (export.dataset, speller.rows, 0)
        assert loaded.totals_tie is not False and loaded.coverage.periods == (str(year),)
