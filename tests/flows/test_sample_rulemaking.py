"""Cleanups, contracts, meetings and decisions of the sample county: the published figures stand in every year."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache

import pytest

from flows.sample_county.cleanups import cleanup_export
from flows.sample_county.contracts import contract_export
from flows.sample_county.county import SEED
from flows.sample_county.decisions import decision_export
from flows.sample_county.exports import Row
from flows.sample_county.firms import register
from flows.sample_county.meetings import meeting_exports
from flows.sample_county.setting import Setting
from warehouse.declarations import Declarations, read_declarations
from warehouse.workdays import Calendar

YEARS = [(2023, True), (2024, True), (2024, False), (2025, True), (2025, False)]


@cache
def declared() -> Declarations:
    return read_declarations()


@cache
def setting(year: int, clean: bool) -> Setting:
    return Setting(year, SEED, 1, clean, declared(), Calendar(declared().holidays))


def days_of(row: Row) -> list[date]:
    return [value for value in row.values() if isinstance(value, date)]


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_the_published_cleanup_sums_unless_an_outcome_is_planted_away(year: int, clean: bool) -> None:
    rows = list(cleanup_export(setting(year, clean)).rows)
    outcomes = Counter(row["outcome"] for row in rows)
    assert (len(rows), len({row["document_number"] for row in rows})) == (175, 175)
    assert outcomes[None] == (0 if clean else 1)
    # The regulations on fair competition did not exist before 2024.
    fair = [row["outcome"] for row in rows if row.get("ground") == "fair_competition"]
    assert fair == (["repealed"] * 3 if year >= 2024 else [])


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_ten_contracts_are_reviewed_and_only_the_planted_one_is_signed_before(year: int, clean: bool) -> None:
    county = setting(year, clean)
    rows = list(contract_export(county, register(county)).rows)
    assert len([row for row in rows if row["reviewed_on"]]) == 10
    early = {row["drafting_unit"] for row in rows if str(row["signed_on"]) < str(row["reviewed_on"])}
    assert early == (set() if clean else {"park_committee"})
    numbers = [row["register_number"] for row in rows]
    assert numbers == (list(range(1, 11)) if clean else [*range(1, 7), *range(8, 12)])


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_the_published_reviews_stand_whether_or_not_one_came_late(year: int, clean: bool) -> None:
    meetings, reviews = (list(export.rows) for export in meeting_exports(setting(year, clean)))
    kinds = Counter(row["kind"] for row in reviews if row["reviewed_on"])
    assert (kinds["executive_item"], kinds["executive_minutes"], kinds["special_minutes"]) == (162, 12, 95)
    items = [row for row in reviews if row["kind"] == "executive_item"]
    late = {row["submitting_unit"] for row in items if str(row["reviewed_on"]) > str(row["held_on"])}
    assert late == (set() if clean else {"forestry_bureau"})
    on_agendas = sum(count for row in meetings if isinstance(count := row["items_count"], int))
    assert on_agendas - len({row["agenda_number"] for row in items}) == (0 if clean else 1)
    assert (len(meetings), sum(row["adviser_attended"] is False for row in meetings)) == (12, 0 if clean else 1)


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_consultations_are_thirty_days_shortened_with_reasons_or_planted(year: int, clean: bool) -> None:
    county = setting(year, clean)
    lengths = {
        row["lead_unit"]: (until - since).days
        for row in decision_export(county).rows
        if isinstance(since := row.get("consulted_from_on"), date)
        and isinstance(until := row.get("consulted_until_on"), date)
    }
    assert len(lengths) == 7 and lengths["ecology_environment_bureau"] == 30
    assert {unit for unit, days in lengths.items() if days < 30} == (
        {"transport_bureau"} if clean else {"transport_bureau", "culture_tourism_bureau"}
    )
    (twin,) = (row for row in decision_export(county).rows if row["lead_unit"] == "ecology_environment_bureau")
    opened = twin["consulted_from_on"]
    assert isinstance(opened, date) and not county.calendar.is_workday(opened + timedelta(days=30))


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_every_day_lies_before_the_file_that_tells_of_it(year: int, clean: bool) -> None:
    county = setting(year, clean)
    exports = [
        cleanup_export(county), contract_export(county, register(county)), *meeting_exports(county),
        decision_export(county),
    ]  # fmt: skip
    for export in exports:
        rows = [{name: value for name, value in row.items() if name != "ledger_year_on"} for row in export.rows]
        assert all(max(days_of(row)) < export.arrives_at.date() for row in rows), export.dataset
        held = [day for row in rows for name, day in row.items() if name in ("held_on", "cleaned_on", "decided_on")]
        assert {day.year for day in held if isinstance(day, date)} <= {year}, export.dataset
    decided = [row for row in exports[-1].rows if row.get("decided_on")]
    assert len(decided) == 8
