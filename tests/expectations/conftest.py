"""A small declared county: two departments, a bureau that supplies, three datasets, a handful of duties."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from expectations.suites import Check, Verdict
from warehouse.declarations import Declarations
from warehouse.models import Contract, Metric, Roster, Scorecard, Target, Unit
from warehouse.workdays import Calendar

WORDS = {"zh": "文字", "en": "words"}


def by_arithmetic(checks: Sequence[Check]) -> dict[str, Verdict]:
    """The decision without the library, for tests of what surrounds it; one test shows that both agree."""
    failing = {check.column: frozenset(key for key, value in check.values.items() if value > 0) for check in checks}
    return {check.column: Verdict(check, failing[check.column], None, {}) for check in checks}


def contract(**values: Any) -> Contract:
    return Contract.model_validate({
        "label": WORDS, "domain": "supervision", "supplied_by": "bureau",
        "due": {"every": "year", "by": "01-20", "since": "2024"}, "covers": "year of issued_on",
        "key": ["number"], "unit": {"from": "drafting_unit"}, "rows": {"at_least": 1, "at_most": 500},
        "columns": {
            "number": {"header": "文号", "type": "text"},
            "issued_on": {"header": "日期", "type": "date"},
            "drafting_unit": {"header": "单位", "type": "unit"},
        },
    } | values)  # fmt: skip


def metric(**values: Any) -> Metric:
    return Metric.model_validate({
        "label": WORDS, "of": "documents", "numerator": "count where issued_on is not null", "counting_rule": WORDS,
        "report": {"section": 1},
    } | values)  # fmt: skip


def target(**values: Any) -> Target:
    judged = {"every": "year", "for": "department", "from": "02-01 next year"} | values.pop("judged", {})
    return Target.model_validate(
        {"since": "2024", "judged": judged, "severity": "high", "basis": "法"}
        | (values if {"at_most", "equals"} & values.keys() else {"at_least": "100%"} | values)
    )


def unit(kind: str = "department", **values: Any) -> Unit:
    return Unit.model_validate({"label": WORDS, "kind": kind} | values)


@pytest.fixture
def county() -> Declarations:
    rate = {"denominator": "count"}
    card = {
        "label": WORDS, "for": "department", "note": WORDS,
        "signals": {
            "filing": {"target": "filing_rate", "label": WORDS},
            "dues": {"target": "delivery_rate", "label": WORDS},
        },
    }  # fmt: skip
    return Declarations(
        contracts={"documents": contract(), "filings": contract(), "suits": contract(unit={"from": "supplier"})},
        metrics={
            "filing_rate": metric(
                numerator="count where number in filings(number where issued_on <= period_end)", **rate
            ),
            "loss_rate": metric(of="suits", unit="defendant", small_sample=5, **rate),
            "complaints": metric(),
            "delivery_rate": metric(of="deliveries_owed", dated_by="period_end_on", unit="supplier", **rate),
            "weak_units": metric(of="signals", numerator="distinct(unit) where standing = 'short'", unit="unit"),
        },
        row_sets={},
        rosters={"principals": Roster.model_validate({"label": WORDS, "columns": {"unit": "unit"}, "rows": {}})},
        units={"bureau": unit(), "police": unit(), "schools": unit(), "hall": unit("office")},
        targets={
            "filing_rate": (target(),),
            "loss_rate": (target(at_most="20%", near="15%", judged={"for": "county"}, owner="bureau"),),
            "complaints": (target(at_most="2", judged={"for": "police"}),),
            "delivery_rate": (target(),),
            "weak_units": (target(at_most="0", judged={"for": "county"}, owner="hall"),),
        },
        scorecards={"card": Scorecard.model_validate(card)},
        holidays=(),
    )


@pytest.fixture
def calendar() -> Calendar:
    return Calendar(())


def figure(
    metric: str, unit: str | None, numerator: int, denominator: int | None = None, **more: Any
) -> dict[str, Any]:
    return {
        "metric": metric, "kind": "count" if denominator is None else "rate", "every": "year", "period": "2024",
        "period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31), "unit": unit, "town": None,
        "numerator": Decimal(numerator), "denominator": None if denominator is None else Decimal(denominator),
    } | more  # fmt: skip


def owed(dataset: str, came: bool = True, **more: Any) -> dict[str, Any]:
    return {
        "dataset": dataset, "dataset_label": "x", "supplier": "bureau", "period": "2024",
        "period_start_on": date(2024, 1, 1), "period_end_on": date(2024, 12, 31), "due_on": date(2025, 1, 20),
        "came_on": date(2025, 1, 10) if came else None, "delivery": "d" if came else None,
        "outcome": "came" if came else "missing",
    } | more  # fmt: skip


def came(dataset: str, **more: Any) -> dict[str, Any]:
    return {
        "id": dataset, "dataset": dataset, "supplier": "bureau", "coverage_start": date(2024, 1, 1),
        "coverage_end": date(2024, 12, 31), "rows": 100, "loaded": 100, "quarantined": 0, "totals_tie": None,
        "key_duplicates": 0,
    } | more  # fmt: skip


def quarantined(dataset: str, unit: str | None, rows: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "dataset": dataset, "supplier": "bureau", "unit": unit, "on": date(2024, 5, 1),
        "period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31), "rows": rows,
    } | more  # fmt: skip


@pytest.fixture
def rows() -> dict[str, Callable[..., dict[str, Any]]]:
    """Makers of input rows, for 2024: figure, owed, came, quarantined."""
    return {"figure": figure, "owed": owed, "came": came, "quarantined": quarantined}
