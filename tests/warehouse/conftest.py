"""A county for tests: packaged declarations, deliveries written as real Parquet files, snapshots built from them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from warehouse.build import AppliedDelivery, BuildPlan, Built, build_snapshot
from warehouse.declarations import Declarations, read_declarations
from warehouse.models import Contract
from warehouse.owed import suppliers
from warehouse.periods import period_of
from warehouse.tables import core_columns
from warehouse.workdays import Calendar

AS_OF = date(2025, 2, 6)
YEAR = (date(2024, 1, 1), date(2024, 12, 31))
POLARS: dict[str, Any] = {
    "VARCHAR": pl.Utf8,
    "DATE": pl.Date,
    "TIMESTAMP": pl.Datetime("us"),
    "BIGINT": pl.Int64,
    "INTEGER": pl.Int32,
    "BOOLEAN": pl.Boolean,
    "DECIMAL(24,6)": pl.Decimal(24, 6),
}
UNITS = ("approval_bureau", "market_bureau", "justice_bureau", "county_government", "public_security_bureau")
TOWNS = ("dongqiao_town", "yunqi_town")
KINDS = ("警告", "罚款", "没收违法所得", "暂扣许可证件", "限制从业", "责令停产停业", "吊销许可证件", "行政拘留", "不明")
HELD = ("_unit", "_on", "rule", "column", "cell", "value", "say", "say_en", "also", "raw")


@dataclass
class TestCounty:
    """Deliveries and snapshots of one test."""

    __test__ = False

    folder: Path
    declarations: Declarations
    calendar: Calendar
    count: int = field(default=0)

    def row(
        self, dataset: str, number: int, values: dict[str, Any], supplier: str, span: tuple[date, date]
    ) -> dict[str, Any]:
        """A core row from contract columns: source columns, unit, day and period follow from the contract."""
        contract = self.declarations.contracts[dataset]
        unit = supplier if contract.unit.from_ == "supplier" else values.get(contract.unit.from_)
        on = values.get(contract.dated_on or "")
        on = on.date() if isinstance(on, datetime) else on
        covered = values.get(contract.covers_on or "")
        covered = covered.date() if isinstance(covered, datetime) else covered
        period = (
            max(period_of(contract.covers_every, covered).start, span[0])
            if covered and contract.covers_every
            else span[0]
        )
        return values | {"_row": number, "_unit": unit, "_on": on, "_period": min(period, span[1])}

    def deliver(
        self,
        dataset: str,
        rows: Sequence[dict[str, Any]],
        span: tuple[date, date] = YEAR,
        supplier: str | None = None,
        name: str | None = None,
        file: str | None = None,
        received_on: date = date(2025, 1, 10),
        held: Sequence[dict[str, Any]] = (),
        listed: Sequence[str] = (),
        deleted: Sequence[dict[str, Any]] = (),
        **meta: Any,
    ) -> AppliedDelivery:
        """Write core, quarantine, listed and deletions as a load writes them."""
        contract = self.declarations.contracts[dataset]
        supplier = supplier or suppliers(self.declarations, contract, span[1])[0]
        self.count += 1
        name = name or f"D{self.count}"
        folder = self.folder / f"delivery-{self.count}"
        folder.mkdir()
        place = {
            "_dataset": dataset,
            "_delivery": name,
            "_supplier": supplier,
            "_file": file or f"{name}.xlsx",
            "_sheet": "Sheet1",
        }
        core = [self.row(dataset, number, row, supplier, span) | place for number, row in enumerate(rows, start=2)]
        schema = {column: POLARS[kind] for column, kind in core_columns(contract).items()}
        first = len(rows) + 2
        stopped = [
            place | {"_row": first + at, "_period_start": span[0], "_period_end": span[1], "also": "[]", **one}
            for at, one in enumerate(held)
        ]
        texts = dict.fromkeys((*place, *HELD), pl.Utf8)
        dates = dict.fromkeys(("_on", "_period_start", "_period_end"), pl.Date)
        aside = [place | {"_row": 1000 + at, "kind": kind} for at, kind in enumerate(listed)]
        marks = [place | {"_row": 2000 + at, **one} for at, one in enumerate(deleted)]
        aside += [place | {"_row": mark["_row"], "kind": "deletion"} for mark in marks]
        key = {
            column: schema[column] for column in (*contract.key, *([contract.order_by] if contract.order_by else []))
        }
        sources = {"_dataset": pl.Utf8, "_delivery": pl.Utf8, "_supplier": pl.Utf8, "_row": pl.Int32}
        tables = {
            "core": pl.DataFrame(core, schema=schema),
            "quarantine": pl.DataFrame(stopped, schema=texts | dates | {"_row": pl.Int32}),
            "listed": pl.DataFrame(aside, schema=dict.fromkeys(place, pl.Utf8) | {"_row": pl.Int32, "kind": pl.Utf8}),
            "deletions": pl.DataFrame(marks, schema=key | sources),
        }
        tables = {table: frame for table, frame in tables.items() if frame.height or table == "core"}
        for table, frame in tables.items():
            frame.write_parquet(folder / f"{table}.parquet")
        counts = {"rows": len(core) + len(stopped) + len(aside), "loaded": len(core), "quarantined": len(stopped)}
        paths = {table: folder / f"{table}.parquet" for table in tables}
        told = {"id": name, "file_name": f"{name}.xlsx", "sheet": f"{name}.xlsx/Sheet1", "sha256": name, **counts}
        return AppliedDelivery(
            name, dataset, supplier, *span, contract.mode, **paths, meta=told | {"received_on": received_on, **meta}
        )

    def build(
        self,
        *apply: AppliedDelivery,
        previous: Path | None = None,
        as_of: date = AS_OF,
        withdraw: Sequence[str] = (),
        reload: Sequence[str] = (),
        **more: Any,
    ) -> Built:
        """A snapshot of these deliveries on top of the previous one."""
        self.count += 1
        plan = BuildPlan(apply, withdraw, reload)
        target = self.folder / f"{self.count}.duckdb"
        return build_snapshot(previous, target, self.declarations, self.calendar, plan, as_of, **more)

    def random_rows(self, chance: random.Random, dataset: str, count: int) -> list[dict[str, Any]]:
        """Rows with few different values, many nulls and unique keys, so that joins, lookups and edges are hit."""
        contract = self.declarations.contracts[dataset]
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for _ in range(count):
            row = {name: _random(chance, contract, name) for name in contract.columns}
            row |= {name: _perhaps(chance, _day(chance)) for name in contract.due_columns}
            found.setdefault(tuple(row[name] for name in contract.key), row)
        return list(found.values())

    def random_deliveries(self, seed: int, count: int = 80) -> list[AppliedDelivery]:
        """One delivery of every dataset from each of its first suppliers."""
        span = (date(2023, 1, 1), date(2025, 3, 31))
        # Each dataset has a chance of its own: a new one moves no other's rows.
        chances = {name: random.Random(f"{seed}:{name}") for name in self.declarations.contracts}
        return [self.deliver(name, self.random_rows(chance, name, count), span) for name, chance in chances.items()]


def _day(chance: random.Random) -> date:
    return date(2023, 10, 1) + timedelta(days=chance.choice((chance.randrange(500), 91, 92, 121, 183, 457, 458)))


def _perhaps(chance: random.Random, value: Any) -> Any:
    return None if chance.random() < 0.15 else value


def _random(chance: random.Random, contract: Contract, name: str) -> Any:
    column = contract.columns[name]
    match column.type:
        case "date":
            value: Any = _day(chance)
        case "year":
            value = date(chance.choice((2023, 2024)), 12, 31)
        case "timestamp":
            value = datetime.combine(_day(chance), datetime.min.time()) + timedelta(hours=chance.randrange(24))
        case "flag":
            value = chance.random() < 0.5
        case "integer":
            value = chance.randrange(30)
        case "yuan" | "decimal":
            value = Decimal(chance.randrange(10**6)) / 100
        case "code":
            value = chance.choice(sorted(set(column.values.values())))
        case "unit":
            value = chance.choice((*UNITS, *TOWNS))
        case "town":
            value = chance.choice(TOWNS)
        case "several" if name == "kinds":
            value = ";".join(chance.sample(KINDS, chance.randrange(1, 3)))
        case "several":
            value = ";".join(f"{name[:1]}{chance.randrange(50)}" for _ in range(chance.randrange(1, 4)))
        case "units":
            value = ";".join(chance.sample(UNITS, chance.randrange(1, 3)))
        case _:
            value = f"{name[:1]}{chance.randrange(50)}"
    needed = name in contract.key or name == contract.covers_on or name == contract.dated_on
    return value if needed else _perhaps(chance, value)


@cache
def _packaged() -> tuple[Declarations, Calendar]:
    """Read once for all tests of a worker: declarations never change, a test that adds to them has a copy."""
    declared = read_declarations()
    return declared, Calendar(declared.holidays)


def _county(folder: Path, **added: dict[str, Any]) -> TestCounty:
    packaged, calendar = _packaged()
    changed = {kind: {**getattr(packaged, kind), **entries} for kind, entries in added.items()}
    declared = packaged.model_copy(update=changed)
    return TestCounty(folder, declared, Calendar(declared.holidays) if "holidays" in added else calendar)


@pytest.fixture
def county(tmp_path: Path) -> TestCounty:
    return _county(tmp_path)


@pytest.fixture
def county_with(tmp_path: Path) -> Callable[..., TestCounty]:
    """A county whose declarations are changed: `county_with(metrics={...})` adds to what is packaged."""
    return lambda **added: _county(tmp_path, **added)


@pytest.fixture(scope="module")
def lasting_county(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., TestCounty]:
    """The same for a whole module."""
    return lambda **added: _county(tmp_path_factory.mktemp("county"), **added)
