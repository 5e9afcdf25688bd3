"""A year whose report is signed: what stood on the night that was signed, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from warehouse.declarations import Declarations
from warehouse.engine import DuckEngine
from warehouse.history import has_history, read_kept, read_recorded, write_history
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.models import Metric
from warehouse.report_decisions import signatures

Row = Mapping[str, Any]
Key = tuple[str, str, str]
NOBODY: Row = {"numerator": None, "denominator": None}


class SignedNightGone(Exception):
    """Neither the history nor the snapshot of a signed night is there: it must come back from a backup."""


@dataclass(frozen=True)
class SignedYear:
    """One signed year. `standings`: all of its periods (the year, its quarters and months), as they were signed."""

    year: str
    night: str
    declarations: Declarations
    standings: tuple[Row, ...]

    def holds(self, period: str) -> bool:
        """Whether a period lies in the year."""
        return year_of(period) == self.year


@dataclass(frozen=True)
class ChangedFigure:
    """One figure of a signed year that is another one now. Grain: metric, period, and unit or town (None: the county).

    Sides are None where nothing was counted. `is_rule`: the metric itself is declared otherwise now.
    """

    metric: str
    period: str
    unit: str | None
    town: str | None
    signed: tuple[Decimal | None, Decimal | None]
    now: tuple[Decimal | None, Decimal | None]
    is_rate: bool
    is_rule: bool

    @property
    def difference(self) -> Decimal | None:
        """By how much the value differs: of a rate in percentage points; None where one of them is 0/0."""
        before, after = (_value(sides, self.is_rate) for sides in (self.signed, self.now))
        return None if before is None or after is None else after - before


def year_of(period: str) -> str:
    """2024, 2024Q1 and 2024-05 lie in 2024."""
    return period[:4]


def key_of(standing: Row) -> Key:
    """What a standing and a finding are known by: target, unit, period."""
    return standing["target"], standing["unit"], standing["period"]


def signed_nights(ledger: Ledger) -> dict[str, str]:
    """Year -> the night of its last signature."""
    return {row["year"]: row["night"] for row in signatures(ledger)}


def read_signed_year(home: Home, year: str, night: str) -> SignedYear:
    """What stood on the night that a year was signed with. Refuses (SignedNightGone) when nothing is left of it."""
    keep_signed_night(home, night)
    declarations = read_recorded(home.history, night)
    assert declarations is not None
    rows = read_kept(home.history, night, "standings")
    return SignedYear(year, night, declarations, tuple(row for row in rows if year_of(row["period"]) == year))


def keep_signed_night(home: Home, night: str) -> None:
    """A night that was killed before it kept its history keeps it now. Refuses (SignedNightGone) without a snapshot."""
    if has_history(home.history, night):
        return
    snapshot = home.snapshots / f"{night}.duckdb"
    if not snapshot.exists():
        raise SignedNightGone(
            f"已签发年度所依据的 {night} 既无 history/ 也无快照，请从备份恢复"
            f" / the night {night}, on which a signed year rests, is gone: restore it from a backup"
        )
    write_history(snapshot, home.history, night)


def standings_after_signing(engine: DuckEngine) -> list[dict[str, Any]]:
    """What tonight's rows would give for the standings of signed years; none in a snapshot of an earlier version."""
    named = "SELECT 1 FROM duckdb_tables() WHERE database_name = 'snapshot' AND table_name = 'standings_after_signing'"
    return engine.rows("SELECT * FROM standings_after_signing ORDER BY ALL") if engine.rows(named) else []


def changes_since(
    signed: SignedYear, before: Iterable[Row], now: Iterable[Row], declared: Declarations
) -> list[ChangedFigure]:
    """The signed figures that differ from tonight's; what was not declared when the year was signed is no change.

    `before` and `now`: rows of `figures`, of any year. In the order of the signed report; the county first, its whole
    year before the quarters and months.
    """
    old, new = _by_place(signed, before), _by_place(signed, now)
    places = {place: number for number, place in enumerate(signed.declarations.metrics)}
    found = [change for place in {**old, **new} for change in _changed(signed, place, old, new, declared)]
    return sorted(
        found, key=lambda one: (places[one.metric], len(one.period), one.period, one.town or "", one.unit or "")
    )


def _by_place(signed: SignedYear, rows: Iterable[Row]) -> dict[tuple[str, str, str | None, str | None], Row]:
    return {
        (row["metric"], row["period"], row["unit"], row["town"]): row
        for row in rows
        if signed.holds(row["period"]) and row["metric"] in signed.declarations.metrics
    }


def _changed(
    signed: SignedYear,
    place: tuple[str, str, str | None, str | None],
    old: Mapping[Any, Row],
    new: Mapping[Any, Row],
    declared: Declarations,
) -> Iterator[ChangedFigure]:
    sides = [(row["numerator"], row["denominator"]) for row in (old.get(place, NOBODY), new.get(place, NOBODY))]
    # A unit that nothing was counted for has no row on one night and 0 of 0 on another: both say the same.
    if (_is_nothing(sides[0]) and _is_nothing(sides[1])) or sides[0] == sides[1]:
        return
    metric = signed.declarations.metrics[place[0]]
    is_rule = _rule(metric) != _rule(declared.metrics.get(place[0]))
    yield ChangedFigure(*place, sides[0], sides[1], metric.denominator is not None, is_rule)


def _is_nothing(sides: tuple[Decimal | None, Decimal | None]) -> bool:
    return not any(sides)


def _rule(metric: Metric | None) -> dict[str, Any] | None:
    """What decides which rows count: not the label, nor how it prints."""
    words = {
        "label",
        "counting_rule",
        "earlier_rules",
        "shortfall",
        "measured_in",
        "report",
        "no_target",
        "small_sample",
    }
    return metric.model_dump(exclude=words) if metric else None


def _value(sides: tuple[Decimal | None, Decimal | None], is_rate: bool) -> Decimal | None:
    numerator, denominator = sides
    if not is_rate:
        return numerator or Decimal(0)
    return numerator * 100 / denominator if numerator is not None and denominator else None
