"""Whose rows a reader may read: snapshot and ledger behind a scope that is given when they are opened.

Default deny: under the scope of one unit neither has an engine or a connection of its own, so what is not named below
fails, and an empty scope reads nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from warehouse.asked_rows import Filter
from warehouse.declarations import Declarations
from warehouse.home import Home
from warehouse.ledger import Ledger, open_ledger
from warehouse.metric_rows import datasets_behind
from warehouse.shelf import Shelf
from warehouse.snapshot import Numbers, Row, Snapshot
from warehouse.trace import Side

SHORTEST_REASON = 8
SHELF = Shelf()
T = TypeVar("T")


@dataclass(frozen=True)
class Scope:
    """What one reader may read: the whole county or one unit's own, which of the three reserved parts, and whether
    personal data in the clear, row by row, for a reason that is written down.
    """

    whole_county: bool = False
    unit: str = ""
    signals: bool = False
    priorities: bool = False
    operations: bool = False
    personal: bool = False

    def has(self, unit: object) -> bool:
        """Whether the rows of a unit or supplier are this reader's; rows of nobody are the county's."""
        return self.whole_county or (bool(self.unit) and unit == self.unit)


@contextmanager
def open_snapshot_for(path: Path, scope: Scope) -> Iterator[Snapshot]:
    """One snapshot file for one visit of one reader, lent from the shelf. Refuses what `Shelf.lent` refuses."""
    with SHELF.lent(path) as whole:
        yield ScopedSnapshot(whole, scope)


def open_ledger_for(home: Home, scope: Scope) -> Ledger:
    """Open a home's ledger read-only for one reader, as of one moment. Refuses what `open_ledger` refuses."""
    ledger = open_ledger(home, read_only=True)
    ledger.con.execute("BEGIN")
    return ScopedLedger(ledger, scope)


class UnmaskingRefused(Exception):
    """`str()` says why rows stay masked: `role`, `reason` (none, or too short) or `sensitive`."""


class ScopedSnapshot(Snapshot):
    """A snapshot as one reader may see it. What is not theirs is not there: no row, no count, no error.

    Rows come masked whatever is asked, but from what `in_the_clear` gave.
    """

    def __init__(self, whole: Snapshot, scope: Scope, clear: frozenset[str] = frozenset()) -> None:
        self.whole, self.scope, self.path, self.clear = whole, scope, whole.path, clear
        if scope.whole_county:
            self.engine = whole.engine

    def close(self) -> None:
        """Let go of the file."""
        self.whole.close()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """As `Snapshot.once`, apart for each scope: what was made for one reader is shown to nobody who sees less."""
        return self.whole.once((self.scope, self.clear, key), make)

    def in_the_clear(
        self, home: Home, who: str, reason: str, datasets: Iterable[str], rows: dict[str, object]
    ) -> ScopedSnapshot:
        """The same snapshot with rows of these datasets unmasked; written into the audit before, with `rows`: which.

        Refuses (UnmaskingRefused) a reader without the right, no reason, and data that nobody may see unmasked.
        """
        named = frozenset(datasets)
        if not self.scope.personal:
            raise UnmaskingRefused("role")
        if not named or not self.may_be_clear(named):
            raise UnmaskingRefused("sensitive")
        if len(reason.strip()) < SHORTEST_REASON:
            raise UnmaskingRefused("reason")
        told = {"snapshot": self.meta["night"], **rows, "reason": reason.strip()}
        with open_ledger(home) as ledger:
            ledger.append_audit(who, "rows_unmasked", told)
        return ScopedSnapshot(self.whole, self.scope, named)

    def may_be_clear(self, datasets: Iterable[str]) -> bool:
        """Whether none of these datasets is declared `sensitive`; of an unknown one nobody said so."""
        contracts = self.declarations.contracts
        return all(name in contracts and not contracts[name].sensitive for name in datasets)

    def _stays_masked(self, datasets: Iterable[str]) -> bool:
        named = frozenset(datasets)
        return not named or not named <= self.clear

    @cached_property
    def meta(self) -> dict[str, str]:
        """Open to every reader: which night this is."""
        return self.whole.meta

    @cached_property
    def declarations(self) -> Declarations:
        """Open to every reader: by what was counted and judged."""
        return self.whole.declarations

    def units(self) -> list[Row]:
        """Open to every reader."""
        return self.whole.units()

    def figures(
        self, period: str | None = None, unit: Filter = ..., metric: str | None = None, town: Filter = ...
    ) -> list[Row]:
        """The reader's own figures; the county's belong to who sees the county."""
        rows = self.whole.figures(period, unit, metric, town)
        return [row for row in rows if self._may_ask(row["unit"], row["town"])]

    def standings(
        self,
        period: str | None = None,
        unit: str | None = None,
        target: str | None = None,
        standing: str | None = None,
    ) -> list[Row]:
        """The reader's own standings."""
        return [row for row in self.whole.standings(period, unit, target, standing) if self.scope.has(row["unit"])]

    def trace(
        self,
        metric: str,
        period: str,
        unit: str | None = None,
        town: str | None = None,
        side: Side = "denominator",
        limit: int | None = None,
        offset: int = 0,
        masked: bool = True,
    ) -> list[Row]:
        """The rows behind the reader's own figure; of another's none."""
        if not self._may_ask(unit, town):
            return []
        masked = masked or self._stays_masked(datasets_behind(self.declarations, metric))
        return self.whole.trace(metric, period, unit, town, side, limit, offset, masked)

    def trace_count(
        self, metric: str, period: str, unit: str | None = None, town: str | None = None, side: Side = "denominator"
    ) -> int:
        """How many rows `trace` would give without a limit."""
        return self.whole.trace_count(metric, period, unit, town, side) if self._may_ask(unit, town) else 0

    def sources(self, metric: str, period: str, unit: str | None = None, side: Side = "denominator") -> list[Row]:
        """Where the rows of the reader's own figure stand."""
        return self.whole.sources(metric, period, unit, side) if self.scope.has(unit) else []

    def deliveries(self, all_known: bool = False) -> list[Row]:
        """What the reader's unit sent."""
        return [row for row in self.whole.deliveries(all_known) if self.scope.has(row["supplier"])]

    def owed(self, dataset: str | None = None, supplier: str | None = None) -> list[Row]:
        """What the reader's unit owes."""
        return [row for row in self.whole.owed(dataset, supplier) if self.scope.has(row["supplier"])]

    def quarantine(self, limit: int | None = None, offset: int = 0, masked: bool = True, **asked: Any) -> list[Row]:
        """Rows set aside of what the reader's unit sent: who sent them puts them right."""
        asked, named = self._of_supplier(asked), asked.get("dataset") or ()
        masked = masked or self._stays_masked([named] if isinstance(named, str) else named)
        return [] if self._asks_of_another(asked) else self.whole.quarantine(limit, offset, masked, **asked)

    def quarantine_count(self, **asked: Any) -> int:
        """How many rows `quarantine` would give without a limit."""
        asked = self._of_supplier(asked)
        return 0 if self._asks_of_another(asked) else self.whole.quarantine_count(**asked)

    def listed(
        self,
        dataset: str | None = None,
        supplier: str | None = None,
        delivery: str | None = None,
        limit: int | None = None,
        offset: int = 0,
        masked: bool = True,
    ) -> list[Row]:
        """Listed rows of what the reader's unit sent."""
        asked = self._of_supplier({"supplier": supplier})
        if self._asks_of_another(asked):
            return []
        return self.whole.listed(dataset, asked["supplier"], delivery, limit, offset)

    def rows_behind(self, delivery: str, sheet: str | None, row: Numbers, masked: bool = True) -> list[Row]:
        """What became of a row that the reader's unit sent."""
        own = [one for one in self.deliveries(all_known=True) if one["id"] == delivery]
        masked = masked or self._stays_masked(one["dataset"] or "" for one in own)
        return self.whole.rows_behind(delivery, sheet, row, masked) if own else []

    def contradictions(self, dataset: str | None = None) -> list[Row]:
        """They name two suppliers and are told to each in its letter; here they are the county's."""
        return self.whole.contradictions(dataset) if self.scope.whole_county else []

    def signals(self, unit: str | None = None, period: str | None = None) -> list[Row]:
        """Cards of first responsible persons: for the office and the leaders, and each unit's own."""
        if not self.scope.signals:
            return []
        return [row for row in self.whole.signals(unit, period) if self.scope.has(row["unit"])]

    def priorities(self) -> list[Row]:
        """Where oversight goes first: for inspectors, stewards and leaders."""
        return self.whole.priorities() if self.scope.priorities else []

    def evaluations(self) -> list[Row]:
        """The published record of the whole county."""
        return self.whole.evaluations() if self.scope.whole_county else []

    def _may_ask(self, unit: object, town: object) -> bool:
        return self.scope.has(unit) or (not unit and self.scope.has(town))

    def _of_supplier(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What was asked, of the reader's own unit where no supplier was named."""
        if self.scope.whole_county:
            return asked
        return asked | {"supplier": asked.get("supplier") or self.scope.unit}

    def _asks_of_another(self, asked: dict[str, Any]) -> bool:
        return not self.scope.has(asked.get("supplier"))


class ScopedLedger(Ledger):
    """The ledger as one reader may see it; never for writing."""

    con: sqlite3.Connection

    def __init__(self, whole: Ledger, scope: Scope) -> None:
        self.whole, self.scope = whole, scope
        if scope.whole_county:
            self.con = whole.con

    def close(self) -> None:
        """Close the connection."""
        self.whole.close()

    def current_night(self) -> Row | None:
        """The published night whose snapshot is current; its summary speaks of the whole county."""
        night = self.whole.current_night()
        return None if night is None else self._plain([night])[0]

    def nights(self, state: str | None = None) -> list[Row]:
        """All nights, newest first."""
        return self._plain(self.whole.nights(state))

    def deliveries(self, **wanted: str | None) -> list[Row]:
        """What the reader's unit sent."""
        return [row for row in self.whole.deliveries(**wanted) if self.scope.has(row["supplier"])]

    def findings(self, **wanted: str | int | None) -> list[Row]:
        """Findings about the reader's unit, or that it answers for."""
        rows = self.whole.findings(**wanted)
        return [row for row in rows if self.scope.has(row["unit"]) or self.scope.has(row["owner"])]

    def finding_events(self, finding: int) -> list[Row]:
        """The history of a finding that the reader may see."""
        return self.whole.finding_events(finding) if self.scope.whole_county or self.findings(id=finding) else []

    def finding_totals(self) -> dict[str, int]:
        """How many of the reader's findings stand in each state."""
        states = sorted({row["id"]: str(row["state"]) for row in self.findings()}.values())
        return {state: states.count(state) for state in dict.fromkeys(states)}

    def letters(self, **wanted: str | int | None) -> list[Row]:
        """Letters to the reader's unit."""
        return [row for row in self.whole.letters(**wanted) if self.scope.has(row["unit"])]

    def audit(self, **wanted: str | None) -> list[Row]:
        """The audit trail, for stewards and auditors."""
        return self.whole.audit(**wanted) if self.scope.operations else []

    def heartbeats(self) -> dict[str, Row]:
        """The last heartbeats, for stewards and auditors."""
        return self.whole.heartbeats() if self.scope.operations else {}

    def _plain(self, nights: Iterable[Row]) -> list[Row]:
        if self.scope.whole_county:
            return list(nights)
        return [row | {"summary": None, "error": None} for row in nights]
