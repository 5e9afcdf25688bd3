"""The row set of everything that was reported: loaded and quarantined rows alike, counted, traced and judged once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from expectations.evidence import Evidence, datasets_read
from warehouse.metric_check import check_metrics
from warehouse.metric_rows import datasets_behind, metric_rows
from warehouse.models import Metric
from warehouse.periods import period_named
from warehouse.predicates import PredicateError
from warehouse.snapshot import open_snapshot
from warehouse.trace import recount

LABEL = {"zh": "测", "en": "test"}


def accuracy(condition: str) -> Metric:
    return Metric.model_validate(
        {"label": LABEL, "of": "reported_rows", "counting_rule": LABEL, "no_target": "test", "report": {"section": 2},
         "denominator": f"count where {condition}", "numerator": "count where outcome = 'loaded'"}
    )  # fmt: skip


METRICS = {
    "sound_letters": accuracy("dataset = 'citizen_letters'"),
    "sound_checks": accuracy("dataset = 'credit_checks'"),
    "sound_rows": accuracy("dataset in ('citizen_letters', 'legal_aid_cases') and supplier is not null"),
    "sound_of_all": accuracy("outcome is not null"),
}
HELD = {"_unit": "market_bureau", "_on": date(2024, 5, 1), "rule": "phone", "column": "writer_name",
        "value": "张三丰", "say": "“张三丰”不是姓名"}  # fmt: skip


@pytest.fixture
def county(county_with: Any) -> Any:
    made = county_with()
    only = {"metrics": METRICS, "targets": {}, "scorecards": {}, "identities": {}, "row_sets": {}}
    made.declarations = made.declarations.model_copy(update=only)
    return made


def checks(count: int) -> list[dict[str, Any]]:
    where = {"checked_on": date(2024, 3, 4), "checking_unit": "market_bureau"}
    return [where | {"credit_code": f"C{at}"} for at in range(count)]


def test_quarantined_rows_stand_in_the_denominator_and_open_to_their_line(county: Any) -> None:
    nobody = HELD | {"_unit": None, "_on": None}
    delivery = county.deliver("credit_checks", checks(3), held=[HELD, nobody])
    with open_snapshot(county.build(delivery).path) as snapshot:
        (whole,) = snapshot.figures("2024", unit=None, town=None, metric="sound_checks")
        (own,) = snapshot.figures("2024", unit="market_bureau", metric="sound_checks")
        assert (whole["numerator"], whole["denominator"]) == (3, 5)
        assert (own["numerator"], own["denominator"]) == (3, 4)
        (of_all,) = snapshot.figures("2024", unit=None, town=None, metric="sound_of_all")
        assert (of_all["numerator"], of_all["denominator"]) == (3, 5)
        for side, count in (("denominator", 5), ("numerator", 3), ("shortfall", 2)):
            rows = snapshot.trace("sound_checks", "2024", side=side)
            assert len(rows) == count == recount(county.declarations, "sound_checks", rows, "denominator")
            assert all(row["_file"] and row["_row"] for row in rows)
        # A row of which nobody could read the day is dated by the end of what its delivery covers.
        assert {row["reported_on"] for row in rows} == {date(2024, 5, 1), date(2024, 12, 31)}


def test_a_quoted_name_is_masked(county: Any) -> None:
    with open_snapshot(county.build(county.deliver("citizen_letters", [], held=[HELD])).path) as one:
        (row,) = one.trace("sound_letters", "2024", side="shortfall")
        (bare,) = one.trace("sound_letters", "2024", side="shortfall", masked=False)
    assert "张三丰" not in f"{row['say']}{row['fault_value']}"
    assert bare["say"] == "“张三丰”不是姓名"


def test_where_the_supplier_answers_its_unreadable_rows_are_its_own(county: Any) -> None:
    held = HELD | {"_unit": None}
    with open_snapshot(county.build(county.deliver("citizen_letters", [], held=[held])).path) as snapshot:
        (row,) = snapshot.trace("sound_letters", "2024", side="shortfall")
    assert row["unit"] == row["supplier"] == "hotline_office"


def test_the_metric_reads_only_the_datasets_it_names(county: Any) -> None:
    declared = county.declarations
    assert datasets_behind(declared, "sound_letters") == ("citizen_letters",)
    assert datasets_read(declared, declared.metrics["sound_rows"]) == ("citizen_letters", "legal_aid_cases")
    assert datasets_behind(declared, "sound_of_all") == ()
    source = metric_rows(declared, "sound_letters").source
    assert "FROM citizen_letters" in source and "FROM litigation_cases" not in source


def test_the_file_of_a_snapshot_shows_the_row_set_to_whoever_opens_it(county: Any) -> None:
    import duckdb

    path = county.build(county.deliver("credit_checks", checks(2), held=[HELD])).path
    with duckdb.connect(str(path), read_only=True) as con:
        rows = con.execute("SELECT outcome, count(*) FROM reported_rows GROUP BY 1 ORDER BY 1").fetchall()
    assert rows == [("loaded", 2), ("quarantined", 1)]


def test_a_misspelt_dataset_is_told_with_the_nearest_name(county_with: Any) -> None:
    wrong = county_with(metrics={"sound": accuracy("dataset = 'citizen_letter'")})
    with pytest.raises(PredicateError, match="no dataset “citizen_letter”; did you mean “citizen_letters”"):
        check_metrics(wrong.declarations)


def test_quarantined_rows_are_not_held_against_a_figure_that_counts_them(county: Any) -> None:
    held = [
        {"dataset": "credit_checks", "supplier": "development_reform_bureau", "unit": unit, "on": date(2024, 5, 1),
         "period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31), "received_on": None, "rows": 1}
        for unit in ("market_bureau", None)
    ]  # fmt: skip
    evidence = Evidence({"quarantined": held}, county.declarations, date(2025, 2, 6))
    asked = ("sound_checks", "credit_checks")
    year = period_named("2024")
    assert evidence.quarantined_for(*asked, "county", year).rows == 0
    assert evidence.quarantined_for(*asked, "market_bureau", year).rows == 1  # the row of nobody could be its own
    assert evidence.quarantined_units(*asked, year) == []
