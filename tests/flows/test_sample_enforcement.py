"""The enforcement section of the sample county: its published figures stand in every year, with faults or without."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache

import pytest

from flows.sample_county.county import SEED
from flows.sample_county.exports import Row
from flows.sample_county.file_reviews import supervision_exports
from flows.sample_county.inspections import inspection_rows, plan_rows
from flows.sample_county.officers import officers
from flows.sample_county.penalties import penalty_rows
from flows.sample_county.planting import plantings
from flows.sample_county.setting import Setting
from flows.sample_county.trainings import training_exports
from warehouse.declarations import Declarations, read_declarations
from warehouse.workdays import Calendar

YEARS = [(2024, True), (2024, False), (2025, True), (2025, False)]


@cache
def declared() -> Declarations:
    return read_declarations()


def setting(year: int, clean: bool) -> Setting:
    return Setting(year, SEED, 1, clean, declared(), Calendar(declared().holidays))


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_the_published_counts_stand_in_every_year(year: int, clean: bool) -> None:
    county = setting(year, clean)
    kinds = Counter(row.get("discretion") for row in penalty_rows(county))
    assert (kinds["exempt"], kinds["mitigated"], kinds["lighter"]) == (189, 242, 124)
    plans = plan_rows(county)
    assert (len(plans), len({row["enforcement_unit"] for row in plans})) == (481, 20)
    last = date(year, 12, 31)
    in_post = [one for one in officers(county) if one.may_act_on(last)]
    assert (len(in_post), sum(one.issued_on.year == year for one in in_post)) == (1935, 158)
    checks, rounds, files = (list(one.rows) for one in supervision_exports(county, penalty_rows(county)))
    assert (len({row["unit"] for row in checks}), len(rounds), len(files)) == (32, 6, 175)


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_everyone_in_post_is_trained_once_the_last_file_has_come(year: int, clean: bool) -> None:
    county = setting(year, clean)
    sessions, *attended = training_exports(county)
    assert len(list(sessions.rows)) == 47
    in_post = {one.certificate for one in officers(county) if one.may_act_on(date(year, 12, 31))}
    missed = [len(in_post - {row["certificate_number"] for row in file.rows}) for file in attended]
    assert missed == ([0] if clean else [1, 0])


def test_every_part_that_asks_sees_the_same_cases() -> None:
    county = setting(2024, False)
    assert penalty_rows(county) == penalty_rows(county)
    numbers = [row["document_number"] for row in penalty_rows(county) if row.get("decided_on")]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("year", [2024, 2025])
def test_every_planted_case_differs_from_the_clean_year_in_its_own_unit_only(year: int) -> None:
    def by_number(clean: bool) -> dict[object, Row]:
        return {row["case_number"]: row for row in penalty_rows(setting(year, clean))}

    clean, faulty = by_number(True), by_number(False)
    assert clean.keys() == faulty.keys()
    faults = {one.unit for one in plantings().values() if one.dataset == "penalty_cases" and one.kind == "fault"}
    assert {faulty[number]["enforcement_unit"] for number in clean if clean[number] != faulty[number]} == faults


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_every_inspection_by_plan_comes_after_its_plan_was_filed(year: int, clean: bool) -> None:
    county = setting(year, clean)
    plans = plan_rows(county)
    filed = {row["plan_number"]: row["filed_on"] for row in plans}
    planned = [row for row in inspection_rows(county, plans) if row["trigger"] == "planned"]
    assert planned and all(str(filed[row["plan_number"]]) < str(row["inspected_on"]) for row in planned)
