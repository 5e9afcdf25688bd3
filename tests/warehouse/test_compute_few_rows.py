"""Figures of a few rows, written out by hand: what they come to, in which periods, and which are counted anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from warehouse.compute import compute_figures, figures_sha256, wanted_periods, wanted_rows
from warehouse.declarations import Declarations, read_declarations
from warehouse.engine import DuckEngine
from warehouse.metric_rows import metric_rows
from warehouse.models import Contract, Metric, Target
from warehouse.periods import period_named
from warehouse.tables import append_rows, core_columns, make_tables

AS_OF = date(2025, 2, 6)
LABEL = {"zh": "测", "en": "test"}
TEXT = {"type": "text", "optional": True}


def contract(**more: Any) -> Contract:
    columns = {
        "made_on": {"header": ["走访日期"], "type": "date"},
        "visitor": {"header": ["走访人"], **TEXT},
        "town_name": {"header": ["乡镇"], **TEXT},
        "is_good": {"header": ["是否合格"], "type": "flag", "optional": True},
        "paid_yuan": {"header": ["金额"], "type": "yuan", "optional": True},
        "ended_on": {"header": ["结束日期"], "type": "date", "optional": True},
    }
    return Contract.model_validate(
        {"label": LABEL, "domain": "supervision", "supplied_by": "justice_bureau", "covers": "month of made_on",
         "unit": {"from": "supplier"}, "columns": columns, **more}
    )  # fmt: skip


def metric(numerator: str, of: str = "visits", **more: Any) -> Metric:
    return Metric.model_validate({"label": LABEL, "of": of, "numerator": numerator, "counting_rule": LABEL,
                                  "report": {"section": 0}, **more})  # fmt: skip


def target(since: str) -> Target:
    judged = {"every": "year", "for": "county", "from": "01-20 next year"}
    return Target.model_validate(
        {"since": since, "judged": judged, "at_least": "50%", "severity": "low", "basis": "样例"}
    )


METRICS = {
    "visits_made": metric("count", town="town_name"),
    "good_rate": metric("count where is_good", denominator="count where is_good is not null"),
    "yuan_paid": metric("sum(paid_yuan) where made_on <= as_of"),
    "visitors": metric("distinct(visitor)", town="town_name"),
    "good_visitors": metric("count where is_good", denominator="count", per="visitor, all"),
    "open_visits": metric("count", stock={"from": "made_on", "to": "ended_on"}),
    "ended_in_time": metric("count where ended_on <= period_end"),
    "calls_made": metric("count", of="calls"),
    "visits_once_called": metric("count where visitor in calls(visitor where made_on <= period_end)"),
}
DUE = {"every": "month", "by": "10 days after", "since": "2024-11"}
# made_on, unit, town, is_good, paid, visitor, ended_on. The last but one lies after `as_of` in a month that has begun.
ROWS = (
    ("2024-12-30", "market_bureau", "东桥镇", True, "10.5", "甲", "2025-01-05"),
    ("2025-01-10", "market_bureau", None, False, "4", "乙", "2025-01-20"),
    ("2025-01-31", "justice_bureau", "东桥镇", True, None, "甲", None),
    ("2025-02-06", None, "云栖镇", None, "1", "丙", "2025-02-06"),
    ("2025-02-28", "justice_bureau", None, True, "7", "乙", None),
    ("2025-03-02", "market_bureau", None, True, "100", None, "2025-03-03"),
    (None, "market_bureau", None, True, "1000", "丁", None),
)
NAMES = ("made_on", "_unit", "town_name", "is_good", "paid_yuan", "visitor", "ended_on")
Figures = dict[tuple[str, str | None], tuple[Decimal, Decimal | None]]


@pytest.fixture(scope="module")
def packaged() -> Declarations:
    return read_declarations()


@pytest.fixture
def declared(packaged: Declarations) -> Declarations:
    changed: dict[str, Any] = {
        "contracts": {"visits": contract(), "calls": contract(due=DUE)}, "metrics": METRICS,
        "targets": {"good_rate": (target("2025-01"), target("2024-10"))}, "row_sets": {}, "rosters": {},
    }  # fmt: skip
    return packaged.model_copy(update=changed)


@pytest.fixture
def engine(declared: Declarations) -> Iterator[DuckEngine]:
    with DuckEngine() as engine:
        make_tables(engine, declared)
        add_rows(engine, declared, ROWS)
        yield engine


def add_rows(engine: DuckEngine, declared: Declarations, rows: tuple[Any, ...], dataset: str = "visits") -> None:
    found = [dict(zip(NAMES, row, strict=True)) for row in rows]
    columns = core_columns(declared.contracts[dataset])
    append_rows(engine, dataset, columns, [row | {"_on": row["made_on"]} for row in found])


def figures(engine: DuckEngine, metric: str) -> Figures:
    rows = engine.rows(f"SELECT * FROM figures WHERE metric = '{metric}' ORDER BY ALL")
    found = {(row["period"], row["unit"] or row["town"]): (row["numerator"], row["denominator"]) for row in rows}
    assert len(found) == len(rows)
    return found


def county(engine: DuckEngine, metric: str) -> dict[str, Any]:
    """The figures of the county; of what is no rate only its one side."""
    found = {period: sides for (period, place), sides in figures(engine, metric).items() if place is None}
    return {period: top if bottom is None else (top, bottom) for period, (top, bottom) in found.items()}


def test_a_count_stands_for_county_units_and_towns(engine: DuckEngine, declared: Declarations) -> None:
    assert compute_figures(engine, declared, AS_OF) == len(METRICS)
    assert county(engine, "visits_made") == {
        "2024": 1, "2024Q4": 1, "2024-12": 1, "2025": 5, "2025Q1": 5, "2025-01": 2, "2025-02": 2,
    }  # fmt: skip
    of_2025 = {place: top for (period, place), (top, _) in figures(engine, "visits_made").items() if period == "2025"}
    assert of_2025 == {None: 5, "market_bureau": 2, "justice_bureau": 2, "东桥镇": 1, "云栖镇": 1}
    (row,) = engine.rows("SELECT * FROM figures WHERE metric = 'visits_made' AND period = '2024Q4' AND unit <> ''")
    assert row == {
        "metric": "visits_made", "kind": "count", "every": "quarter", "period": "2024Q4",
        "period_start": date(2024, 10, 1), "period_end": date(2024, 12, 31), "unit": "market_bureau", "town": None,
        "numerator": 1, "denominator": None,
    }  # fmt: skip


def test_a_rate_stands_as_nought_of_nought_since_its_first_target(engine: DuckEngine, declared: Declarations) -> None:
    compute_figures(engine, declared, AS_OF)
    months = {period: sides for period, sides in county(engine, "good_rate").items() if "-" in period}
    assert months == {
        "2024-10": (0, 0), "2024-11": (0, 0), "2024-12": (1, 1), "2025-01": (1, 2), "2025-02": (1, 1),
    }  # fmt: skip
    assert county(engine, "good_rate")["2025"] == (3, 4)
    assert figures(engine, "good_rate")["2025-02", "justice_bureau"] == (1, 1)


def test_sums_of_money_keep_their_part_of_a_yuan(engine: DuckEngine, declared: Declarations) -> None:
    compute_figures(engine, declared, AS_OF)
    assert county(engine, "yuan_paid") == {
        "2024": Decimal("10.5"), "2024Q4": Decimal("10.5"), "2024-12": Decimal("10.5"),
        "2025": 5, "2025Q1": 5, "2025-01": 4, "2025-02": 1,
    }  # fmt: skip


def test_what_does_not_add_up_is_counted_in_each_period_by_itself(engine: DuckEngine, declared: Declarations) -> None:
    compute_figures(engine, declared, AS_OF)
    assert county(engine, "visitors") == {
        "2024": 1, "2024Q4": 1, "2024-12": 1, "2025": 3, "2025Q1": 3, "2025-01": 2, "2025-02": 2,
    }  # fmt: skip
    assert figures(engine, "visitors")["2025", "justice_bureau"] == (2, None)
    # 乙 came once without and once with a good result: of all his visits not all are good.
    assert county(engine, "good_visitors")["2025"] == (1, 3)
    assert county(engine, "good_visitors")["2025-02"] == (1, 2)
    assert county(engine, "ended_in_time") == {
        "2024": 0, "2024Q4": 0, "2024-12": 0, "2025": 3, "2025Q1": 3, "2025-01": 1, "2025-02": 1,
    }  # fmt: skip


def test_a_look_into_another_dataset_sees_it_as_of_the_period(engine: DuckEngine, declared: Declarations) -> None:
    calls = (("2025-01-15", None, None, None, None, "乙", None), ("2025-02-10", None, None, None, None, "丙", None))
    add_rows(engine, declared, calls, "calls")
    compute_figures(engine, declared, AS_OF)
    assert county(engine, "visits_once_called") == {
        "2024": 0, "2024Q4": 0, "2024-11": 0, "2024-12": 0, "2025": 3, "2025Q1": 3, "2025-01": 1, "2025-02": 2,
    }  # fmt: skip


def test_a_stock_without_a_target_goes_back_to_last_year(engine: DuckEngine, declared: Declarations) -> None:
    compute_figures(engine, declared, AS_OF)
    found = county(engine, "open_visits")
    assert len(found) == 2 + 5 + 14
    assert {period: count for period, count in found.items() if count} == {
        "2024": 1, "2024Q4": 1, "2024-12": 1, "2025": 1, "2025Q1": 1, "2025-01": 1, "2025-02": 1,
    }  # fmt: skip
    assert "2024-01" in found and "2023-12" not in found


def test_nothing_is_an_answer_since_the_day_the_dataset_is_owed(engine: DuckEngine, declared: Declarations) -> None:
    compute_figures(engine, declared, AS_OF)
    assert county(engine, "calls_made") == dict.fromkeys(
        ("2024", "2025", "2024Q4", "2025Q1", "2024-11", "2024-12", "2025-01", "2025-02"), 0
    )


def test_a_target_counts_before_the_day_the_dataset_is_owed(declared: Declarations, engine: DuckEngine) -> None:
    targets = {"calls_made": (target("2025-02"), target("2025-01")), "open_visits": (target("2025-01"),)}
    changed = declared.model_copy(update={"targets": targets})
    compute_figures(engine, changed, AS_OF)
    assert county(engine, "calls_made").keys() == {"2025", "2025Q1", "2025-01", "2025-02"}
    assert county(engine, "open_visits").keys() == {"2025", "2025Q1", "2025-01", "2025-02"}


def test_periods_come_in_their_order_and_a_metric_without_any_is_counted_too(declared: Declarations) -> None:
    empty = {"visits_made": metric("count"), "visitors": metric("distinct(visitor)")}
    changed = declared.model_copy(update={"metrics": empty, "targets": {}})
    with DuckEngine() as engine:
        make_tables(engine, changed)
        assert compute_figures(engine, changed, AS_OF) == 2
        assert engine.rows("SELECT * FROM figures") == []
        assert {row["metric"] for row in engine.rows("SELECT metric FROM figure_keys")} == set(empty)
    reading = metric_rows(changed, "visits_made")
    days = {date(2025, 1, 1): True, date(2024, 12, 1): True, date(2025, 3, 1): False, None: True}
    wanted = wanted_periods(changed, [reading], {(reading.source, reading.day): days}, AS_OF)
    names = ["2024-12", "2025-01", "2024", "2025", "2024Q4", "2025Q1"]
    assert wanted == {"visits_made": sorted(map(period_named, names))}
    one = {"visits_made": [period_named("2024Q4")]}
    assert list(wanted_rows([reading], one)) == [
        {"metric": "visits_made", "kind": "count", "every": "quarter", "period": "2024Q4",
         "period_start": date(2024, 10, 1), "period_end": date(2024, 12, 31)}
    ]  # fmt: skip


def test_only_the_metrics_that_are_named_are_counted(engine: DuckEngine, declared: Declarations) -> None:
    assert compute_figures(engine, declared, AS_OF, metrics=[]) == 0
    assert compute_figures(engine, declared, AS_OF, metrics=["visitors", "no_such"]) == 1
    assert {row["metric"] for row in engine.rows("SELECT metric FROM figures")} == {"visitors"}
    assert compute_figures(engine, declared, AS_OF, metrics=["visits_made"]) == 1
    assert {row["metric"] for row in engine.rows("SELECT metric FROM figures")} == {"visitors", "visits_made"}


def spoil(engine: DuckEngine) -> None:
    """So that a figure which is counted anew can be told from one that was left alone."""
    engine.run("UPDATE figures SET numerator = numerator + 1000")


def left_alone(engine: DuckEngine) -> set[str]:
    rows = engine.rows("SELECT metric FROM figures GROUP BY metric HAVING min(numerator) >= 1000")
    return {row["metric"] for row in rows}


def test_only_what_reads_a_touched_dataset_is_counted_anew(engine: DuckEngine, declared: Declarations) -> None:
    compute_figures(engine, declared, AS_OF)
    spoil(engine)
    assert compute_figures(engine, declared, AS_OF, touched=set()) == 0
    assert left_alone(engine) == set(METRICS)
    assert compute_figures(engine, declared, AS_OF, touched={"calls"}) == 2
    assert left_alone(engine) == set(METRICS) - {"calls_made", "visits_once_called"}
    add_rows(engine, declared, ROWS[:1])
    assert compute_figures(engine, declared, AS_OF, touched={"visits"}) == len(METRICS) - 1
    assert left_alone(engine) == set() and county(engine, "visits_made")["2024"] == 2


def test_the_next_day_moves_only_what_asks_for_the_day(engine: DuckEngine, declared: Declarations) -> None:
    compute_figures(engine, declared, AS_OF)
    spoil(engine)
    assert compute_figures(engine, declared, date(2025, 2, 7), touched=set()) == 2
    assert left_alone(engine) == set(METRICS) - {"yuan_paid", "open_visits"}
    assert county(engine, "yuan_paid")["2025"] == 5


def test_the_next_month_and_another_definition_are_counted_anew(engine: DuckEngine, declared: Declarations) -> None:
    compute_figures(engine, declared, AS_OF)
    spoil(engine)
    # March has begun: every metric with rows there, or owed, has new periods.
    assert compute_figures(engine, declared, date(2025, 3, 2), touched=set()) == len(METRICS)
    assert county(engine, "visits_made")["2025-03"] == 1 and left_alone(engine) == set()
    spoil(engine)
    other = METRICS | {"visits_made": metric("count where is_good"), "visitors": metric("distinct(town_name)")}
    changed = declared.model_copy(update={"metrics": other})
    assert compute_figures(engine, changed, date(2025, 3, 2), touched=set()) == 2
    assert left_alone(engine) == set(METRICS) - {"visits_made", "visitors"}
    assert county(engine, "visits_made")["2025"] == 3 and county(engine, "visitors")["2025"] == 2


def test_a_metric_that_was_never_counted_is_stale_by_itself(engine: DuckEngine, declared: Declarations) -> None:
    compute_figures(engine, declared, AS_OF, metrics=["visitors"])
    assert compute_figures(engine, declared, AS_OF, touched=set()) == len(METRICS) - 1
    assert compute_figures(engine, declared, AS_OF, touched=set()) == 0


def test_work_tables_are_gone_when_the_figures_stand(engine: DuckEngine, declared: Declarations) -> None:
    before = {row["name"] for row in engine.rows("SELECT table_name AS name FROM duckdb_tables()")}
    compute_figures(engine, declared, AS_OF)
    assert {row["name"] for row in engine.rows("SELECT table_name AS name FROM duckdb_tables()")} == before


def test_the_hash_of_figures_is_what_it_was_when_years_were_signed(engine: DuckEngine, declared: Declarations) -> None:
    """A signed year is recognised by it: the lines, their order and their separator are fixed."""
    changed = declared.model_copy(update={"metrics": {"calls_made": METRICS["calls_made"]}})
    compute_figures(engine, changed, date(2024, 11, 5))
    lines = [
        "calls_made|count|month|2024-11|2024-11-01|2024-11-30|||0.000000|",
        "calls_made|count|quarter|2024Q4|2024-10-01|2024-12-31|||0.000000|",
        "calls_made|count|year|2024|2024-01-01|2024-12-31|||0.000000|",
    ]
    expected = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert figures_sha256(engine) == expected
    engine.run("CREATE TEMP TABLE kept AS SELECT * FROM figures; DELETE FROM figures")
    engine.run("INSERT INTO figures SELECT * FROM kept ORDER BY period_start DESC, every")
    assert figures_sha256(engine) == expected
    engine.run("UPDATE figures SET numerator = 1 WHERE every = 'month'")
    assert figures_sha256(engine) != expected
