"""Every figure opens to its rows: recounted, they give the figure; every row names file, sheet and row."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from warehouse.declarations import read_declarations
from warehouse.models import Target
from warehouse.periods import period_named
from warehouse.printed import printed
from warehouse.snapshot import Snapshot, open_snapshot
from warehouse.trace import Side, must_stay_low, recount, trace_query

AS_OF = date(2025, 2, 6)


def judged(snapshot_rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Signals of an invented card, so that metrics over scorecards count something."""
    return [
        {
            "scorecard": "first_responsible_persons", "unit": unit, "period": period,
            "period_start_on": date(int(period), 1, 1), "period_end_on": date(int(period), 12, 31), "signal": signal,
            "signal_label": signal, "target": "filing_rate", "standing": standing, "_dataset": "signals",
            "_file": "scorecards/first_responsible_persons.yml", "_sheet": "", "_row": number,
        }
        for period in ("2023", "2024")
        for unit, standings in {"market_bureau": ("short", "short"), "justice_bureau": ("met", "short")}.items()
        for number, (signal, standing) in enumerate(zip(("filing", "duty_report"), standings, strict=True), start=1)
    ]  # fmt: skip


def judge(inputs: dict[str, Any], stage: str) -> dict[str, Any]:
    return {"standings": [], "evaluations": [], "signals": judged(inputs["figures"]) if stage == "first" else []}


@pytest.fixture(scope="module")
def snapshot(lasting_county: Any) -> Any:
    packaged = read_declarations().metrics
    every = packaged["court_appearance_rate"].model_copy(
        update={"per": packaged["court_appearance_rate"].per.model_copy(update={"rows": "all"})}
    )
    capital = packaged["enterprises"].model_copy(update={"numerator": "sum(registered_capital_yuan)", "stock": None})
    county = lasting_county(metrics={"always_attended_rate": every, "capital_yuan": capital})
    with open_snapshot(county.build(*county.random_deliveries(16, 60), judge=judge).path) as opened:
        yield opened


def test_pages_of_rows_are_the_rows_in_their_order_and_as_many_as_are_counted(snapshot: Snapshot) -> None:
    paged: set[bool] = set()
    for metric, declared in list(snapshot.declarations.metrics.items())[::3]:
        rows = snapshot.trace(metric, "2024")
        assert snapshot.trace_count(metric, "2024") == len(rows), metric
        pages = [snapshot.trace(metric, "2024", limit=7, offset=start) for start in range(0, len(rows), 7)]
        found = (rows, [row for page in pages for row in page])
        keys = [[(row["_file"], row["_sheet"], row["_row"]) for row in one] for one in found]
        assert keys[0] == keys[1], metric
        paged |= {declared.of in snapshot.declarations.contracts} if len(pages) > 1 else set()
    assert paged == {True, False}


def test_traced_rows_recount_to_every_figure(snapshot: Snapshot) -> None:
    opened = 0
    # Of the many months of single units and towns, every ninth: their SQL differs in nothing but the day.
    for number, figure in enumerate(snapshot.figures()):
        if figure["every"] == "month" and (figure["unit"] or figure["town"]) and number % 9:
            continue
        place = {name: figure[name] for name in ("metric", "period", "unit", "town")}
        asked: dict[str, list[dict[str, Any]]] = {}
        sides: tuple[Side, ...] = ("numerator", "denominator")
        for side in sides:
            # Both sides of a metric that is no rate are one and the same question: it is asked once.
            metric, _, unit, town = place.values()
            sql = trace_query(snapshot.declarations, metric, period_named(figure["period"]), unit, town, side, AS_OF)
            if sql not in asked:
                asked[sql] = snapshot.trace(**place, side=side, masked=False)
            rows = asked[sql]
            wanted = (
                figure["denominator"] if side == "denominator" and figure["kind"] == "rate" else figure["numerator"]
            )
            assert recount(snapshot.declarations, figure["metric"], rows, side) == wanted, (place, side)
            assert all(row["_dataset"] and row["_file"] and row["_sheet"] is not None and row["_row"] for row in rows)
            opened += len(rows)
    assert opened > 2000


def test_the_shortfall_is_the_denominator_without_the_numerator(snapshot: Snapshot) -> None:
    def keys(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return sorted(tuple(str(value) for value in row.values()) for row in rows)

    declared = snapshot.declarations.metrics
    rates = [name for name, one in declared.items() if one.denominator and not one.per]
    for name in (name for name in rates if not must_stay_low(snapshot.declarations, name)):
        sides = {side: snapshot.trace(name, "2024", side=side) for side in ("numerator", "denominator", "shortfall")}
        assert keys(sides["numerator"] + sides["shortfall"]) == keys(sides["denominator"]), name
        assert snapshot.trace_count(name, "2024", side="shortfall") == len(sides["shortfall"])


def test_the_shortfall_of_an_entity_is_all_of_its_rows_and_no_row_of_one_that_passes(snapshot: Snapshot) -> None:
    for name in ("court_appearance_rate", "always_attended_rate"):
        failing = snapshot.trace(name, "2024", side="shortfall")
        passing = {row["case_number"] for row in snapshot.trace(name, "2024", side="numerator")}
        assert failing and passing and not {row["case_number"] for row in failing} & passing
        counted = {row["case_number"] for row in snapshot.trace(name, "2024")}
        assert counted == passing | {row["case_number"] for row in failing}


def test_where_less_is_better_the_shortfall_is_what_was_counted(snapshot: Snapshot) -> None:
    for name in ("suit_loss_rate", "weak_first_responsible_persons"):
        assert snapshot.trace(name, "2024", side="shortfall") == snapshot.trace(name, "2024", side="numerator") != []
    assert snapshot.trace("legal_aid_accepted", "2024", side="shortfall") == []


def test_a_thing_counted_once_is_short_only_if_none_of_its_rows_is_met(county_with: Any) -> None:
    lost = read_declarations().metrics["suit_loss_rate"].model_copy(update={
        "per": None, "denominator": "distinct(suit_number)", "numerator": "distinct(suit_number) where is_final",
    })  # fmt: skip
    county = county_with(metrics={"final_suit_rate": lost})
    day = date(2024, 5, 6)
    suits = [
        {"case_number": number, "first_instance_number": "a", "defendants": "market_bureau", "filed_on": day,
         "judged_on": day, "is_final": number == "b"}
        for number in ("a", "b")
    ]  # fmt: skip
    open_suit = {"case_number": "c", "defendants": "market_bureau", "filed_on": day, "judged_on": day}
    sent = county.deliver("litigation_cases", [*suits, open_suit])
    with open_snapshot(county.build(sent).path) as snapshot:
        (figure,) = snapshot.figures("2024", unit=None, metric="final_suit_rate")
        short = snapshot.trace("final_suit_rate", "2024", side="shortfall")
    assert (figure["numerator"], figure["denominator"]) == (1, 2)
    assert [row["case_number"] for row in short] == ["c"]


def test_rows_that_must_not_exist_are_what_a_duty_of_exactly_none_lacks(county_with: Any) -> None:
    packaged = read_declarations().targets["weak_first_responsible_persons"][0]
    none = packaged.model_copy(update={"at_most": None, "equals": Decimal(0)})
    county = county_with(targets={"legal_aid_criminal": (none,)})
    case = {"case_number": "1", "service": "legal_aid", "kind": "criminal", "accepted_on": date(2024, 5, 6)}
    with open_snapshot(county.build(county.deliver("legal_aid_cases", [case])).path) as snapshot:
        assert [row["case_number"] for row in snapshot.trace("legal_aid_criminal", "2024", side="shortfall")] == ["1"]


def test_personal_cells_are_masked_unless_asked_for_otherwise(snapshot: Snapshot) -> None:
    shown = snapshot.trace("legal_aid_accepted", "2024")
    bare = snapshot.trace("legal_aid_accepted", "2024", masked=False)
    columns = snapshot.declarations.contracts["legal_aid_cases"].columns
    personal = [name for name, column in columns.items() if column.personal]
    assert personal and shown
    for name in personal:
        assert all("***" in one[name] for one in shown if one[name])
        assert not any("***" in (one[name] or "") for one in bare)
    assert [one["case_number"] for one in shown] == [one["case_number"] for one in bare]


def test_pages_of_a_trace_join_without_gap_or_overlap(snapshot: Snapshot) -> None:
    whole = snapshot.trace("service_cases_on_time_rate", "2024")
    pages = [snapshot.trace("service_cases_on_time_rate", "2024", limit=4, offset=at) for at in range(0, len(whole), 4)]
    assert [row for page in pages for row in page] == whole


def test_a_unit_asked_for_is_never_sql(snapshot: Snapshot) -> None:
    assert snapshot.trace("filing_rate", "2024", unit="x' OR '1'='1") == []
    assert snapshot.figures(metric="filing_rate'; DROP TABLE figures; --") == []
    assert snapshot.trace("filing_rate", "2024", unit="county") == snapshot.trace("filing_rate", "2024")


@pytest.mark.parametrize(
    ("numerator", "denominator", "bound", "text"),
    [
        (9996, 10000, "100%", "99.9%"),
        (99999, 100000, None, "99.9%"),
        (1, 100000, None, "0.1%"),
        (0, 7, None, "0%"),
        (7, 7, "100%", "100%"),
        (22, 23, "100%", "95.7%"),
        (94996, 100000, "95%", "94.9%"),
        (95, 100, "95%", "95%"),
        (1, 8, None, "12.5%"),
        (0, 0, "100%", "—"),
    ],
)
def test_a_rate_rounds_half_up_but_never_across_its_target(
    snapshot: Snapshot, numerator: int, denominator: int, bound: str | None, text: str
) -> None:
    metric = snapshot.declarations.metrics["filing_rate"]
    judged_at = {"every": "year", "for": "all", "from": "01-20 next year"}
    target = {"since": "2024", "judged": judged_at, "at_least": bound, "severity": "high", "basis": "b"}
    asked = Target.model_validate(target) if bound else None
    assert printed(metric, Decimal(numerator), Decimal(denominator), asked) == text


def test_a_bound_from_above_is_not_reached_by_rounding(snapshot: Snapshot) -> None:
    metric = snapshot.declarations.metrics["suit_loss_rate"]
    target = snapshot.declarations.targets["suit_loss_rate"][0]
    assert printed(metric, Decimal(2003), Decimal(10000), target) == "20.1%"
    assert printed(metric, Decimal(1997), Decimal(10000), target) == "19.9%"
    assert printed(snapshot.declarations.metrics["legal_aid_accepted"], Decimal("9425.000000"), None) == "9425件"


def test_pages_hold_each_row_once_where_two_suppliers_name_their_file_alike(county: Any) -> None:
    deliveries = []
    for number, town in enumerate(("shuanghe_town", "songlin_town")):
        few = county.random_rows(random.Random(number), "mediation_cases", 60)
        rows = [few[at % len(few)] | {"dispute_number": f"{town}-{at}"} for at in range(500)]
        deliveries.append(county.deliver("mediation_cases", rows, supplier=town, file="台账.csv"))
    with open_snapshot(county.build(*deliveries).path) as opened:
        count = opened.trace_count("mediations", "2024")
        pages = [opened.trace("mediations", "2024", limit=7, offset=at) for at in range(0, count, 7)]
    assert count > 100
    assert len({(row["_delivery"], row["_row"]) for page in pages for row in page}) == count
