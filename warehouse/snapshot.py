"""A published snapshot, read-only: the one read API of the view and the commands.

A snapshot carries the declarations it was made with, so an old one answers as it did on its night.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from warehouse import reported_rows
from warehouse.asked_rows import Filter, held_where_sql, page_sql, where_sql
from warehouse.declarations import Declarations
from warehouse.engine import DuckEngine
from warehouse.figures_json import COUNTY, metrics_as_json
from warehouse.history import write_history
from warehouse.home import Home
from warehouse.masking import HIDDEN, mask_quarantined, mask_reported, mask_row, mask_text, personal_columns
from warehouse.metric_rows import datasets_behind
from warehouse.periods import period_named
from warehouse.predicates import constant_sql
from warehouse.trace import Side, page_query, trace_query

__all__ = ["Snapshot", "SnapshotTooNew", "open_current", "open_snapshot", "write_history"]

KNOWN_FORMAT = 1
# What stands there for a file that was refused before anything was read of it.
JSON_COLUMNS = {"periods": "[]", "listed": "{}", "reasons": "[]", "told": "[]"}
# Pages that readers look through are kept; a download is read again each time.
MOST_KEPT_ROWS = 200
# Listed kinds that hold the cells of a data row; the others are titles, notes and totals.
DATA_KINDS = ("superseded", "duplicate", "deletion")
Row = dict[str, Any]
Numbers = int | list[int]
T = TypeVar("T")


class SnapshotTooNew(Exception):
    """A snapshot written by a later version."""


def open_snapshot(path: Path) -> Snapshot:
    """Open one snapshot file read-only. Use it as a context manager or call `close()`. Refuses SnapshotTooNew."""
    return checked(Snapshot(DuckEngine(path, read_only=True), path))


def checked(snapshot: Snapshot) -> Snapshot:
    """The snapshot, if this version reads it. Refuses SnapshotTooNew, and closes it then."""
    try:
        if int(snapshot.meta["format"]) > KNOWN_FORMAT:
            raise SnapshotTooNew(f"{snapshot.path.name} was written by a later version of Ducha")
    except BaseException:
        snapshot.close()
        raise
    return snapshot


def open_current(home: Home) -> Snapshot | None:
    """Open the snapshot that the ledger names as current; None before the first night."""
    from warehouse.ledger import open_ledger

    if not home.ledger.exists():
        return None
    with open_ledger(home, read_only=True) as ledger:
        name = ledger.current_snapshot()
    return open_snapshot(home.snapshots / name) if name else None


class Snapshot:
    """One snapshot. Filters left out mean: any. `unit=None` is the county where a figure is asked for."""

    def __init__(self, engine: DuckEngine, path: Path) -> None:
        self.engine = engine
        self.path = path

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.engine.close()

    @cached_property
    def meta(self) -> dict[str, str]:
        """format, night, business_date, as_of, declarations_sha256, figures_sha256, sample ..."""
        return {row["key"]: row["value"] for row in self.engine.rows("SELECT * FROM meta")}

    @cached_property
    def declarations(self) -> Declarations:
        """The declarations of its own night."""
        # A key that a later version no longer knows must not close an old snapshot.
        return Declarations.model_validate_json(
            self.engine.rows("SELECT json FROM declarations")[0]["json"], extra="ignore"
        )

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives; a snapshot that many read at once makes it once. For what follows from it and `key`."""
        return self.engine.once(key, make)

    @property
    def as_of(self) -> date:
        """The day on which it was counted."""
        return date.fromisoformat(self.meta["as_of"])

    def figures(
        self, period: str | None = None, unit: Filter = ..., metric: str | None = None, town: Filter = ...
    ) -> list[Row]:
        """Rows of `figures`; `unit=None` and `town=None` ask for the county's own."""
        where = where_sql(period=period or ..., unit=unit, metric=metric or ..., town=town)
        order = "metric, period_start, every, town NULLS FIRST, unit NULLS FIRST"
        return self.engine.kept_rows(f"SELECT * FROM figures{where} ORDER BY {order}")

    def standings(
        self,
        period: str | None = None,
        unit: str | None = None,
        target: str | None = None,
        standing: str | None = None,
    ) -> list[Row]:
        """One row per target, unit (`county`: the county) and period."""
        where = where_sql(period=period or ..., unit=unit or ..., target=target or ..., standing=standing or ...)
        return self.engine.kept_rows(f"SELECT * FROM standings{where} ORDER BY target, period, unit")

    def metrics_json(
        self, period: str | None = None, unit: Filter = None, metric: str | None = None, town: Filter = ...
    ) -> list[Row]:
        """Figures and standings in their fixed shape. `unit=None`: the county, every unit and town; else one unit."""
        asked: Filter = unit or ...
        standings = [row for row in self.standings(period) if metric in (None, row["metric"])]
        entries = metrics_as_json(
            self.declarations, self.figures(period, metric=metric, town=town), standings, self.owed(), self.as_of
        )
        return [row for row in entries if asked is ... or row["unit"] == asked]

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
        """The rows behind one side of a figure, each with _file, _sheet and _row. Unit and town None: the county."""
        query = self._trace_sql(metric, period, unit, town, side)
        sql = page_query(self.declarations, metric, query, page_sql(limit, offset))
        if not masked:
            return self.engine.rows(sql)
        if limit is None or limit > MOST_KEPT_ROWS:
            return self._masked(metric, self.engine.rows(sql))
        found = self.once(("trace", metric, sql), lambda: self._masked(metric, self.engine.rows(sql)))
        return [dict(row) for row in found]

    def _masked(self, metric: str, rows: list[Row]) -> list[Row]:
        declared = self.declarations
        if declared.metrics[metric].of == reported_rows.NAME:
            return [mask_reported(row, declared.contracts.get(row["dataset"])) for row in rows]
        kinds = personal_columns(declared, declared.metrics[metric].of, datasets_behind(declared, metric))
        return [mask_row(row, kinds) for row in rows]

    def trace_count(
        self, metric: str, period: str, unit: str | None = None, town: str | None = None, side: Side = "denominator"
    ) -> int:
        """How many rows `trace` would give without a limit."""
        return self._count(f"({self._trace_sql(metric, period, unit, town, side, False)})")

    def sources(self, metric: str, period: str, unit: str | None = None, side: Side = "denominator") -> list[Row]:
        """Where the rows of `trace` stand, each side of a join: _file, _sheet, how many rows, the first, the last."""
        sql = self._trace_sql(metric, period, unit, None, side)
        names = {name for row in self.engine.rows(f"{sql} LIMIT 1") for name in row}
        found: list[Row] = []
        for at in sorted(name.removeprefix("_file") for name in names if name.startswith("_file")):
            sent = f"_delivery{at}" if f"_delivery{at}" in names else "NULL"  # two towns may name a file alike
            own = f"_file{at} AS _file, _sheet{at} AS _sheet, _row{at} AS _row, {sent} AS _delivery"
            found += self.engine.kept_rows(
                "SELECT _file, _sheet, count(DISTINCT _row) AS rows, min(_row) AS first_row, max(_row) AS last_row"
                f" FROM (SELECT {own} FROM ({sql})) WHERE _file IS NOT NULL"
                " GROUP BY _file, _sheet, _delivery ORDER BY _file, _sheet, _delivery"
            )
        return found

    def _trace_sql(
        self, metric: str, period: str, unit: str | None, town: str | None, side: Side, in_order: bool = True
    ) -> str:
        asked, span = None if unit in (None, "", COUNTY) else unit, period_named(period)
        return trace_query(self.declarations, metric, span, asked, town or None, side, self.as_of, in_order)

    def _count(self, source: str) -> int:
        return int(self.engine.kept_rows(f"SELECT count(*) AS rows FROM {source}")[0]["rows"])

    def deliveries(self, all_known: bool = False) -> list[Row]:
        """Deliveries in force, and those refused or held on this night; or all that were ever read."""
        tonight = f"state IN ('refused', 'held') AND night = {constant_sql(self.meta['night'])}"
        where = "" if all_known else f" WHERE state = 'in_force' OR ({tonight})"
        rows = self.engine.kept_rows(f"SELECT * FROM deliveries{where} ORDER BY seq NULLS LAST, id")
        return [row | {name: json.loads(row[name] or empty) for name, empty in JSON_COLUMNS.items()} for row in rows]

    def owed(self, dataset: str | None = None, supplier: str | None = None) -> list[Row]:
        """What is owed per dataset, supplier and period, and whether it came; what is missing stands first."""
        where = where_sql(dataset=dataset or ..., supplier=supplier or ...)
        order = "outcome <> 'missing', period_start_on, due_on, dataset, supplier"
        return self.engine.kept_rows(f"SELECT * FROM deliveries_owed{where} ORDER BY {order}")

    def quarantine(self, limit: int | None = None, offset: int = 0, masked: bool = True, **asked: Any) -> list[Row]:
        """Quarantined rows by dataset (one or several), supplier, delivery, unit, and from `start` to `end`."""
        order = "_dataset, _delivery, _file, _sheet, _row"
        rows = self.engine.rows(
            f"SELECT * FROM quarantine{held_where_sql(**asked)} ORDER BY {order}{page_sql(limit, offset)}"
        )
        if not masked:
            return rows
        contracts = self.declarations.contracts
        return [mask_quarantined(row, contracts.get(row["_dataset"])) for row in rows]

    def quarantine_count(self, **asked: Any) -> int:
        """How many rows `quarantine` would give without a limit."""
        return self._count(f"quarantine{held_where_sql(**asked)}")

    def listed(
        self,
        dataset: str | None = None,
        supplier: str | None = None,
        delivery: str | None = None,
        limit: int | None = None,
        offset: int = 0,
        masked: bool = True,
    ) -> list[Row]:
        """Rows that are neither loaded nor quarantined: titles, totals, duplicates, superseded ones ..."""
        where = where_sql(_dataset=dataset or ..., _supplier=supplier or ..., _delivery=delivery or ...)
        order = "_dataset, _delivery, _file, _sheet, _row"
        rows = self.engine.rows(f"SELECT * FROM listed{where} ORDER BY {order}{page_sql(limit, offset)}")
        return [_mask_listed(row) for row in rows] if masked else rows

    def rows_behind(self, delivery: str, sheet: str | None, row: Numbers, masked: bool = True) -> list[Row]:
        """What became of source rows: those loaded, else those quarantined or listed. No sheet: its only one."""
        numbers = ", ".join(str(int(one)) for one in ([row] if isinstance(row, int) else row))
        place = where_sql(_delivery=delivery, _sheet=... if sheet is None else sheet) + f" AND _row IN ({numbers})"
        sent = self.engine.rows(f"SELECT dataset FROM deliveries{where_sql(id=delivery)}")
        declared = self.declarations
        for dataset in (one["dataset"] for one in sent if one["dataset"] in declared.contracts):
            kinds = personal_columns(declared, dataset, (dataset,)) if masked else {}
            if found := self.engine.rows(f"SELECT * FROM {dataset}{place}"):
                return [mask_row(one, kinds) for one in found]
        held = self.engine.rows(f"SELECT * FROM quarantine{place}")
        if held:
            return [mask_quarantined(one, declared.contracts.get(one["_dataset"])) if masked else one for one in held]
        listed = self.engine.rows(f"SELECT * FROM listed{place}")
        return [_mask_listed(one) if masked else one for one in listed]

    def contradictions(self, dataset: str | None = None) -> list[Row]:
        """Keys that stand twice: from two suppliers, or in two deliveries of one."""
        where = where_sql(dataset=dataset or ...)
        return self.engine.kept_rows(f"SELECT * FROM contradictions{where} ORDER BY dataset, key")

    def units(self) -> list[Row]:
        """The roster of units, in its order."""
        return self.engine.kept_rows("SELECT * FROM units ORDER BY _row")

    def signals(self, unit: str | None = None, period: str | None = None) -> list[Row]:
        """One row per scorecard, unit, period and signal."""
        where = where_sql(unit=unit or ..., period=period or ...)
        return self.engine.kept_rows(f"SELECT * FROM signals{where} ORDER BY scorecard, period, unit, _row")

    def priorities(self) -> list[Row]:
        """Where oversight goes first, by year and place, for inspectors and leaders. Not `is_listed`: few cases."""
        return self.engine.kept_rows("SELECT * FROM oversight_priorities ORDER BY period DESC, rank")

    def evaluations(self) -> list[Row]:
        """The published record: each evaluated expectation as its library gave it."""
        rows = self.engine.rows("SELECT result FROM evaluations ORDER BY target, result")
        return [json.loads(row["result"]) for row in rows]


def _mask_listed(row: Row) -> Row:
    if not row["text"]:
        return row
    return row | {"text": HIDDEN if row["kind"] in DATA_KINDS else mask_text(row["text"])}
