"""The disputes section of the sample county: its published figures stand in every year, with faults or without."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache

import pytest

from flows.sample_county.county import SEED
from flows.sample_county.exports import Export, Row
from flows.sample_county.litigation import litigation_export
from flows.sample_county.mediation import mediation_exports
from flows.sample_county.penalties import penalty_rows
from flows.sample_county.publicity import publicity_export
from flows.sample_county.reconsideration import CORRECTED, reconsideration_exports, reconsideration_rows
from flows.sample_county.setting import Setting
from flows.sample_county.villages import village_exports
from warehouse.declarations import Declarations, read_declarations
from warehouse.workdays import Calendar

YEARS = [(2024, True), (2024, False), (2025, True), (2025, False)]


@cache
def declared() -> Declarations:
    return read_declarations()


@cache
def setting(year: int, clean: bool) -> Setting:
    return Setting(year, SEED, 1, clean, declared(), Calendar(declared().holidays))


def in_force(exports: list[Export]) -> dict[str, list[Row]]:
    """Rows by dataset and title, the corrected file over the first one."""
    files: dict[tuple[str, str], list[Row]] = {}
    for export in exports:
        files[export.dataset, export.layout.title] = list(export.rows)
    found: dict[str, list[Row]] = {}
    for (dataset, _), rows in files.items():
        found.setdefault(dataset, []).extend(rows)
    return found


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_the_published_disputes_stand_once_the_corrected_files_have_come(year: int, clean: bool) -> None:
    exports = list(mediation_exports(setting(year, clean)))
    rows = in_force(exports)["mediation_cases"]
    kinds = Counter(row["committee_kind"] for row in rows)
    assert (len(rows), kinds["industry"], kinds["county_centre"]) == (7141, 2552, 22)
    assert not any(row["is_converted"] for row in rows)
    assert len(exports) == (4 if clean else 6)
    assert len({row["dispute_number"] for row in rows}) == len(rows)


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_the_published_reconsiderations_tie(year: int, clean: bool) -> None:
    rows = list(reconsideration_rows(setting(year, clean)))
    handled = [row for row in rows if row.get("accepted_on")]
    carried = [row for row in handled if str(row["accepted_on"]) < f"{year}-01-01"]
    concluded = [row for row in handled if row.get("concluded_on")]
    assert (len(handled), len(carried), len(concluded)) == (123, 17, 104)
    assert {str(row["concluded_on"])[:4] for row in concluded} == {str(year)}
    assert all(row["procedure"] is None for row in carried) == (year == 2024)


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_only_the_planted_unit_is_corrected_too_often_and_only_one_number_is_unknown(year: int, clean: bool) -> None:
    county = setting(year, clean)
    rows = [row for row in reconsideration_rows(county) if row.get("concluded_on")]
    counts = Counter(row["respondent"] for row in rows)
    corrected = Counter(row["respondent"] for row in rows if row["outcome"] in CORRECTED)
    too_often = {unit for unit, count in corrected.items() if count * 5 > counts[unit]}
    assert too_often == (set() if clean else {"housing_construction_bureau"})
    known = {row.get("document_number") for row in penalty_rows(county)}
    unknown = {
        row["respondent"]
        for row in rows
        if row["outcome"] in CORRECTED and row["matter"] == "penalty" and row["disputed_document"] not in known
    }
    assert unknown == (set() if clean else {"natural_resources_bureau"})


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_stocks_points_and_referrals_are_the_published_ones(year: int, clean: bool) -> None:
    county, last = setting(year, clean), date(year, 12, 31)
    found = in_force([*village_exports(county), *reconsideration_exports(county)])

    def held(dataset: str, until: str) -> list[Row]:
        return [row for row in found[dataset] if row[until] is None or str(row[until]) > str(last)]

    people, villages = held("law_literate_people", "left_on"), held("villages", "abolished_on")
    assert (len(held("model_households", "withdrawn_on")), len(people), len(villages)) == (291, 873, 230)
    assert {row["village_code"] for row in villages} == {row["village_code"] for row in people}
    towns = set(declared().units_for("town", last))
    assert {row["town"] for row in held("reconsideration_contact_points", "closed_on")} == towns
    assert len(found["pre_suit_referrals"]) == 10


@pytest.mark.parametrize("year", [2024, 2025])
def test_events_sum_to_what_was_published(year: int) -> None:
    rows = list(publicity_export(setting(year, True)).rows)

    def total(column: str) -> int:
        return sum(count for row in rows if isinstance(count := row[column], int))

    assert 70_000 < total("leaflets_count") < 80_000
    assert 2_600 < total("consultations_count") < 2_700
    assert 175_000 <= total("audience_count") < 185_000


@pytest.mark.parametrize(("year", "clean"), YEARS)
def test_suits_are_answered_after_they_came_and_before_the_ledger_is_sent(year: int, clean: bool) -> None:
    export = litigation_export(setting(year, clean))
    answered = [row for row in export.rows if row.get("answered_on")]
    assert answered and all(
        str(row["complaint_received_on"]) < str(row["answered_on"]) <= str(export.arrives_at.date()) for row in answered
    )
