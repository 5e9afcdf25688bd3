"""What the packaged metrics and row rules mean, on rows whose answer is known."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from warehouse.cells import read_name
from warehouse.declarations import read_declarations
from warehouse.metric_check import check_metrics
from warehouse.predicates import PredicateError
from warehouse.readings import _quick, reader_of
from warehouse.resolve import UnitNames
from warehouse.row_rules import row_rules
from warehouse.snapshot import open_snapshot

AS_OF = date(2025, 2, 6)
DAY = date(2024, 5, 6)
CASE = {
    "case_number": "1", "accepted_on": DAY, "promised_days": 5, "handling_unit": "market_bureau", "level": "town",
    "channel": "counter", "can_be_online": True, "completion_due_on": date(2024, 5, 13),
}  # fmt: skip
DOCUMENT = {
    "document_number": "1", "level": "department", "drafting_unit": "health_bureau", "needs_fair_review": False,
}  # fmt: skip


def figures(county: Any, dataset: str, rows: list[dict[str, Any]], period: str) -> dict[str, tuple[int, int | None]]:
    """County figures of a period as (numerator, denominator), by metric."""
    with open_snapshot(county.build(county.deliver(dataset, rows)).path) as snapshot:
        found = snapshot.figures(period, unit=None, town=None)
    return {row["metric"]: (row["numerator"], row["denominator"]) for row in found}


def test_a_void_case_is_neither_late_nor_in_time_nor_handled_anywhere(county: Any) -> None:
    void = [
        CASE | {"case_number": "2", "result": "void", "completed_on": DAY},
        CASE | {"case_number": "3", "result": "void"},
    ]
    found = figures(county, "service_cases", [CASE, *void], "2024")
    assert found["service_cases_on_time_rate"] == (0, 1)
    assert found["grassroots_online_rate"] == (0, 1)


def test_what_no_clock_runs_for_is_neither_in_time_nor_late(county: Any) -> None:
    before = DOCUMENT | {"issued_on": date(2023, 12, 1)}  # the duty to file within 15 days began in 2024
    after = DOCUMENT | {"document_number": "2", "issued_on": date(2024, 3, 1), "filing_due_on": date(2024, 3, 18)}
    filed = [
        {"document_number": number, "filing_authority": "county_government", "drafting_unit": "health_bureau",
         "issued_on": day, "filed_on": day}
        for number, day in (("1", date(2023, 12, 1)), ("2", date(2024, 3, 1)))
    ]  # fmt: skip
    documents, filings = (
        county.deliver(name, rows, (date(2023, 1, 1), date(2024, 12, 31)))
        for name, rows in (("normative_documents", [before, after]), ("normative_document_filings", filed))
    )
    with open_snapshot(county.build(documents, filings).path) as snapshot:
        (old,) = snapshot.figures("2023", unit=None, metric="filing_on_time_rate")
        (new,) = snapshot.figures("2024", unit=None, metric="filing_on_time_rate")
    assert (old["numerator"], old["denominator"]) == (0, 0)
    assert (new["numerator"], new["denominator"]) == (1, 1)


HEARD = {"hearing_on": DAY, "head_attended": True, "head_post": "head"}
JUDGED = {"judged_on": DAY, "is_final": True, "is_lost": False}
PAUSED = {"special_started_on": DAY, "special_ended_on": DAY}


@pytest.mark.parametrize(
    ("dataset", "good", "broken"),
    [
        ("litigation_cases", HEARD, {"head_post": None}),
        ("litigation_cases", HEARD | {"head_attended": False, "head_post": None}, {"head_attended": None}),
        ("litigation_cases", JUDGED, {"is_lost": None}),
        ("litigation_cases", JUDGED | {"is_lost": None, "outcome": "withdrawn"}, {"outcome": "quashed"}),
        ("litigation_cases", JUDGED, {"judged_on": None}),
        ("litigation_cases", {"judged_on": DAY, "is_final": False}, {"is_final": True}),
        ("service_cases", PAUSED | {"completed_on": DAY}, {"special_ended_on": None}),
        ("service_cases", PAUSED | {"special_ended_on": None}, {"completed_on": DAY}),
    ],
)
def test_what_a_figure_asks_for_may_not_be_left_blank(
    dataset: str, good: dict[str, Any], broken: dict[str, Any]
) -> None:
    contract = read_declarations().contracts[dataset]
    rules = row_rules(dataset, contract, AS_OF)
    kinds = {"date": pl.Date, "flag": pl.Boolean, "integer": pl.Int64, "timestamp": pl.Datetime}
    schema = {name: kinds.get(column.type, pl.Utf8) for name, column in contract.columns.items()}
    frame = pl.DataFrame([dict.fromkeys(schema) | good, dict.fromkeys(schema) | good | broken], schema=schema)
    holds = frame.select(pl.all_horizontal([rule.check.fill_null(True) for rule in rules]).alias("holds"))["holds"]
    assert holds.to_list() == [True, False]


def with_cases_where(condition: str) -> Any:
    declared = read_declarations()
    one = declared.metrics["service_cases_completed"].model_copy(update={"numerator": f"count where {condition}"})
    return declared.model_copy(update={"metrics": declared.metrics | {"own": one}})


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("level = 'twon'", "did you mean “town”"),
        ("not level in ('town', 'hamlet')", "never “hamlet”"),
        ("result <> '作废'", "never “作废”"),
        ("synced_at <= 2024-03-01", "is a moment"),
        ("period_end >= synced_at", "is a moment"),
        ("synced_at > accepted_on + 3 days", "is a moment"),
        ("case_number in citizen_letters(letter_number where asked_on <= as_of) or channel = 'onlin'", "“online”"),
        ("item_code in service_cases(item_code where level = 'twon')", "did you mean “town”"),
    ],
)
def test_a_condition_that_no_row_can_meet_or_that_loses_a_day_is_refused(condition: str, told: str) -> None:
    with pytest.raises(PredicateError, match=told):
        check_metrics(with_cases_where(condition))


def test_days_are_held_against_moments_where_none_is_lost() -> None:
    check_metrics(
        with_cases_where("synced_at >= 2024-03-01 and synced_at < period_end + 1 days and as_of >= accepted_on")
    )


@pytest.mark.parametrize("written", ["王强", "王　强", " 王 强 ", "王\u00a0强"])
def test_a_head_whose_name_is_stretched_has_reported_all_the_same(written: str) -> None:
    contract = read_declarations().contracts["duty_reports"]
    column = contract.columns["principal_name"]
    quick = pl.DataFrame({"raw": [written]}).select(_quick(pl.col("raw"), column)).to_series()
    read = reader_of(column, "yuan", UnitNames({}))(written)
    assert read == "王强" and quick[0] in (None, "王强")


def test_names_stay_apart_that_are_not_one() -> None:
    assert read_name("买买提 • 艾力") == read_name("买买提·艾力") == "买买提·艾力"
    assert read_name("John Smith") == "John Smith"
    assert read_name("王强 李明") == "王强 李明"
