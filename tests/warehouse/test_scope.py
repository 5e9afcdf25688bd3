"""The one read API under a scope: roles x units, 0 foreign rows, and nothing that a scope does not name."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.rights import RIGHTS, ROLES, may, scope_of
from warehouse.home import Home
from warehouse.ledger import Ledger, open_ledger
from warehouse.scope import Scope, ScopedLedger, ScopedSnapshot, open_ledger_for, open_snapshot_for
from warehouse.snapshot import Snapshot, open_current

METRIC, PERIOD = "service_cases_on_time_rate", "2024Q2"


@pytest.fixture(scope="module")
def home(sample_night: tuple[Path, Any]) -> Home:
    return Home(sample_night[0])


@pytest.fixture(scope="module")
def whole(home: Home) -> Iterator[Snapshot]:
    with open_current(home) as snapshot:  # type: ignore[union-attr]
        yield snapshot


def units(rows: list[dict[str, Any]], name: str = "unit") -> set[Any]:
    return {row[name] for row in rows}


@pytest.fixture(scope="module")
def liaison_units(whole: Snapshot) -> list[str]:
    """A bureau that sends much, one that answers for much, and a town."""
    towns = [unit for unit, one in whole.declarations.units.items() if one.kind == "town"]
    return ["health_bureau", "justice_bureau", towns[0]]


def test_a_liaison_reads_rows_of_the_own_unit_and_no_other(
    home: Home, whole: Snapshot, liaison_units: list[str]
) -> None:
    for unit in liaison_units:
        scope = scope_of("liaison", unit)
        with open_snapshot_for(whole.path, scope) as own, open_ledger_for(home, scope) as ledger:
            figures = own.figures(period="2024")
            assert figures and all(unit in (row["unit"], row["town"]) for row in figures)
            assert all(row["unit"] in (unit, None) for row in figures)
            assert units(own.standings()) == {unit} and units(own.owed(), "supplier") <= {unit}
            assert units(own.signals()) <= {unit}
            assert units(own.metrics_json(PERIOD, metric=METRIC)) <= {unit, None}
            assert own.metrics_json(PERIOD, "agriculture_bureau", METRIC) == []
            for rows in (own.deliveries(all_known=True), ledger.deliveries()):
                assert units(rows, "supplier") <= {unit}
            for rows in (own.quarantine(), own.quarantine(supplier="justice_bureau"), own.listed()):
                assert units(rows, "_supplier") <= {unit}
            assert own.quarantine_count() == whole.quarantine_count(supplier=unit)
            assert all(unit in (row["unit"], row["owner"]) for row in ledger.findings())
            assert ledger.findings() or whole.declarations.units[unit].kind == "town"
            assert units(ledger.letters()) <= {unit}
            assert sum(ledger.finding_totals().values()) == len(ledger.findings())
            assert own.priorities() == own.evaluations() == own.contradictions() == []
            assert ledger.audit() == [] and ledger.heartbeats() == {}
            assert all(night["summary"] is None for night in ledger.nights())


def test_what_a_liaison_asks_of_another_unit_is_not_there(home: Home, whole: Snapshot) -> None:
    scope = scope_of("liaison", "health_bureau")
    with open_ledger(home, read_only=True) as all_, open_ledger_for(home, scope) as ledger:
        foreign = next(row for row in all_.deliveries(state="in_force") if row["supplier"] != "health_bureau")
        others = [row["id"] for row in all_.findings() if "health_bureau" not in (row["unit"], row["owner"])]
        assert others and not [one for one in others if ledger.findings(id=one) or ledger.finding_events(one)]
        assert ledger.deliveries(id=foreign["id"]) == []
    with open_snapshot_for(whole.path, scope) as own:
        assert own.rows_behind(foreign["id"], None, 5) == []
        assert own.quarantine(delivery=foreign["id"]) == own.listed(delivery=foreign["id"]) == []
        for unit in (None, "county", "", "justice_bureau"):
            assert own.trace(METRIC, PERIOD, unit) == own.sources(METRIC, PERIOD, unit) == []
            assert own.trace_count(METRIC, PERIOD, unit) == 0
        assert own.trace(METRIC, PERIOD, None, "justice_bureau") == []
        assert (
            own.trace_count(METRIC, PERIOD, "health_bureau") == whole.trace_count(METRIC, PERIOD, "health_bureau") > 0
        )


def test_who_sees_the_county_sees_all_of_it_and_the_reserved_parts_by_role(home: Home, whole: Snapshot) -> None:
    for role in set(ROLES) - {"liaison"}:
        scope = scope_of(role, "health_bureau")
        with open_snapshot_for(whole.path, scope) as own, open_ledger_for(home, scope) as ledger:
            assert len(own.standings(PERIOD)) == len(whole.standings(PERIOD))
            assert own.trace_count(METRIC, PERIOD) == whole.trace_count(METRIC, PERIOD)
            assert bool(own.signals()) == (role != "auditor")
            assert bool(own.priorities()) == (role != "auditor")
            assert bool(ledger.audit()) == (role in ("steward", "auditor"))


@pytest.mark.parametrize("scope", [Scope(), scope_of(None, "health_bureau"), scope_of("liaison", "")])
def test_an_empty_scope_reads_nothing(home: Home, whole: Snapshot, scope: Scope) -> None:
    with open_snapshot_for(whole.path, scope) as own, open_ledger_for(home, scope) as ledger:
        for rows in (own.figures, own.standings, own.deliveries, own.owed, own.quarantine, own.listed, own.signals):
            assert rows() == []
        assert own.trace(METRIC, PERIOD) == own.trace(METRIC, PERIOD, "") == own.priorities() == []
        assert own.quarantine_count() == 0
        assert ledger.deliveries() == ledger.findings() == ledger.letters() == ledger.audit() == []


@pytest.mark.parametrize(
    ("scoped", "of", "derived"),
    [
        (ScopedSnapshot, Snapshot, {"as_of", "metrics_json"}),
        (ScopedLedger, Ledger, {"current_snapshot", "in_force", "accepted", "standing_again"}),
    ],
)
def test_what_a_scope_does_not_name_fails_under_it(
    home: Home, whole: Snapshot, scoped: type, of: type, derived: set[str]
) -> None:
    scope = scope_of("liaison", "health_bureau")
    with open_snapshot_for(whole.path, scope) as snapshot, open_ledger_for(home, scope) as ledger:
        assert not hasattr(snapshot, "engine") and not hasattr(ledger, "con")
        with pytest.raises(AttributeError):
            ledger.snapshots()
    needs = ("self.con", "self.engine", "self._rows(", "self._count(", "self.publishing(")
    kept = [name for name in vars(of) if not name.startswith("_") and name not in vars(scoped)]
    assert [name for name in kept if name not in derived and not any(one in _source(of, name) for one in needs)] == []


def _source(of: type, name: str) -> str:
    held = vars(of)[name]
    return inspect.getsource(getattr(held, "func", None) or getattr(held, "fget", None) or held)


def test_a_right_that_is_not_named_belongs_to_nobody() -> None:
    from app.viewer import SCREENS

    assert set(SCREENS) <= set(RIGHTS)
    assert not any(may(role, "no_such_right") for role in (*ROLES, None))
    assert not any(may(None, right) for right in RIGHTS)
