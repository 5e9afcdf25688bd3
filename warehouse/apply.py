"""Tonight's deliveries applied to the tables of a snapshot: replace, upsert, withdraw, reload.

Always, for every delivery in force: rows = core + quarantine + listed. A row that gives way to a later delivery moves
to `listed` (superseded, or deletion), so that it is never merely gone.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from warehouse.engine import DuckEngine
from warehouse.models import Contract
from warehouse.predicates import constant_sql
from warehouse.tables import SYSTEM, TYPES, append_rows

SOURCE_ROW = "_delivery, _dataset, _supplier, _file, _sheet, _row"


class BuildError(Exception):
    """A snapshot that cannot be built from what was given. Nothing is published."""


@dataclass(frozen=True)
class AppliedDelivery:
    """One loaded delivery. `meta` is its row in the ledger: file, sheet, sha256, received_on, counts, reasons ...

    `quarantine`, `listed`, `deletions`: None where it has no such rows.
    `gives_way`: of a return slip (mode `amend`) the rows, by delivery and number, in whose place its own stand.
    """

    delivery_id: str
    dataset: str
    supplier: str
    coverage_start: date
    coverage_end: date
    mode: str
    core: Path
    quarantine: Path | None = None
    listed: Path | None = None
    deletions: Path | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    gives_way: tuple[tuple[str, int], ...] = ()


def apply_delivery(engine: DuckEngine, contract: Contract, delivery: AppliedDelivery) -> None:
    """Let one delivery take the place of what it replaces, and write its rows."""
    dataset, named = delivery.dataset, constant_sql(delivery.delivery_id)
    own = f"id = {named} OR (dataset = {constant_sql(dataset)} AND supplier = {constant_sql(delivery.supplier)})"
    asked = f"SELECT coalesce(max(seq), 0) AS last, list(id) FILTER ({own}) AS own FROM deliveries"
    found = engine.rows(asked)[0]
    known = set(found["own"] or ())
    if delivery.delivery_id in known:  # applied again, it takes its own place
        withdraw_delivery(engine, delivery.delivery_id)
        engine.run(f"DELETE FROM deliveries WHERE id = {named}")
    is_first = known <= {delivery.delivery_id}  # of its supplier: it finds nothing that it could replace
    arriving, arrives = _parquet(delivery.core), "TRUE"
    if delivery.mode == "amend":
        _amend(engine, delivery)
    elif delivery.mode == "upsert":
        _delete_marked(engine, contract, delivery)
        if not is_first:
            _give_way(engine, dataset, _earlier(delivery), delivery.delivery_id, against=_loses(contract, arriving))
            _settle_quarantined(engine, contract, delivery)
            arrives = _arrives(contract, delivery)
    elif not is_first:
        arrives = "FALSE" if contract.covers == "stock" and _later_stock_stands(engine, delivery) else "TRUE"
        if arrives == "TRUE":
            _supersede_slice(engine, contract, delivery)
    engine.run(f"INSERT INTO {dataset} BY NAME SELECT * FROM {arriving} n WHERE {arrives}")
    if arrives != "TRUE":
        arrived = f"(SELECT _sheet, _row FROM {dataset} WHERE _delivery = {named})"
        stay = f"{arriving} ANTI JOIN {arrived} USING (_sheet, _row)"
        engine.run(f"INSERT INTO listed BY NAME SELECT {SOURCE_ROW}, 'superseded' AS kind FROM {stay}")
    for table, path in (("quarantine", delivery.quarantine), ("listed", delivery.listed)):
        if path is not None:
            engine.run(f"INSERT INTO {table} BY NAME SELECT * FROM {_parquet(path)}")
    _record(engine, delivery, found["last"] + 1)


def _parquet(path: Path) -> str:
    return f"read_parquet({constant_sql(str(path))})"


def _give_way(engine: DuckEngine, table: str, where: str, by: str, kind: str = "superseded", against: str = "") -> None:
    """Move the rows (alias `o`) to `listed`, naming what they gave way to. `against`: a join that `o` must find."""
    engine.run(f"CREATE OR REPLACE TEMP TABLE giving AS SELECT o.rowid AS place FROM {table} o {against} WHERE {where}")
    named = f"{constant_sql(kind)} AS kind, {constant_sql(by)} AS by_delivery"
    gives = "rowid IN (SELECT place FROM giving)"
    engine.run(f"INSERT INTO listed BY NAME SELECT {SOURCE_ROW}, {named} FROM {table} WHERE {gives}")
    engine.run(f"DELETE FROM {table} WHERE {gives}")
    engine.run("DROP TABLE giving")


def _earlier(delivery: AppliedDelivery) -> str:
    return f"o._supplier = {constant_sql(delivery.supplier)} AND o._delivery <> {constant_sql(delivery.delivery_id)}"


def _supersede_slice(engine: DuckEngine, contract: Contract, delivery: AppliedDelivery) -> None:
    """The file is the complete list of its supplier and coverage; a stock, of its supplier."""
    earlier = _earlier(delivery)
    slice_of, dated = "TRUE", "TRUE"
    if contract.covers != "stock":
        between = f"BETWEEN {constant_sql(delivery.coverage_start)} AND {constant_sql(delivery.coverage_end)}"
        slice_of, dated = f"o._period {between}", f"o._on {between}"
    _give_way(engine, delivery.dataset, f"{earlier} AND {slice_of}", delivery.delivery_id)
    of_dataset = f"o._dataset = {constant_sql(delivery.dataset)}"
    _give_way(engine, "quarantine", f"{of_dataset} AND {earlier} AND {dated}", delivery.delivery_id)


def _amend(engine: DuckEngine, delivery: AppliedDelivery) -> None:
    """The rows that a return slip corrects give way to it; all others of their delivery stand."""
    places = ", ".join(f"({constant_sql(sent)}, {int(row)})" for sent, row in delivery.gives_way)
    for table in (delivery.dataset, "quarantine") if places else ():
        _give_way(engine, table, f"(o._delivery, o._row) IN ({places})", delivery.delivery_id)


def _later_stock_stands(engine: DuckEngine, delivery: AppliedDelivery) -> bool:
    """A register of an earlier day that comes late does not replace the present one."""
    found = engine.rows(
        f"SELECT count(*) AS later FROM deliveries WHERE dataset = {constant_sql(delivery.dataset)}"
        f" AND supplier = {constant_sql(delivery.supplier)} AND state = 'in_force'"
        f" AND id <> {constant_sql(delivery.delivery_id)}"
        f" AND coverage_end > {constant_sql(delivery.coverage_end)}"
    )
    return bool(found[0]["later"])


def _same_key(contract: Contract, one: str, other: str) -> str:
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in contract.key)


def _key_text(contract: Contract, row: str) -> str:
    parts = ", ".join(f"coalesce(CAST({row}.{name} AS VARCHAR), '')" for name in contract.key)
    return f"concat_ws(chr(31), {parts})"


def _not_after(contract: Contract, one: str, other: str) -> str:
    """SQL: `one` is not the later of two rows of a key. Without an order, what comes later is later."""
    if contract.order_by is None:
        return "TRUE"
    return f"coalesce({one}.{contract.order_by} <= {other}.{contract.order_by}, TRUE)"


def _loses(contract: Contract, table: str, ordered: bool = True) -> str:
    """SQL: a join of `o` with its key's later rows; EXISTS with an order in it would sort out every key that stands."""
    same = _same_key(contract, "n", "o") + (f" AND {_not_after(contract, 'o', 'n')}" if ordered else "")
    return f"SEMI JOIN {table} n ON {same}"


def _delete_marked(engine: DuckEngine, contract: Contract, delivery: AppliedDelivery) -> None:
    """Remove the keys that carry a deletion mark, and remember them: an older row may still be on its way."""
    if delivery.deletions is None:
        return
    marked = _parquet(delivery.deletions)
    named = engine.frame(f"SELECT * FROM {marked} LIMIT 0").columns if contract.order_by is not None else ()
    ordered = contract.order_by in named
    against = _loses(contract, marked, ordered)
    _give_way(engine, delivery.dataset, _earlier(delivery), delivery.delivery_id, "deletion", against)
    at = f"CAST(n.{contract.order_by} AS VARCHAR)" if ordered else "NULL"
    engine.run(
        f"INSERT INTO deletions SELECT {constant_sql(delivery.dataset)}, {constant_sql(delivery.supplier)},"
        f" {constant_sql(delivery.delivery_id)}, {_key_text(contract, 'n')}, {at} FROM {marked} n"
    )


def _arrives(contract: Contract, delivery: AppliedDelivery) -> str:
    """SQL over `n`: no later row of its key stands, and no later mark has deleted it."""
    stands = f"SELECT 1 FROM {delivery.dataset} o WHERE {_earlier(delivery)} AND {_same_key(contract, 'n', 'o')}"
    arrives = f"NOT EXISTS ({stands})"
    if contract.order_by is not None:
        kind = TYPES.get(contract.columns[contract.order_by].type, "VARCHAR")
        arrives += (
            f" AND NOT EXISTS (SELECT 1 FROM deletions t WHERE t._dataset = {constant_sql(delivery.dataset)}"
            f" AND t._supplier = {constant_sql(delivery.supplier)} AND t.key = {_key_text(contract, 'n')}"
            f" AND CAST(t.ordered_at AS {kind}) > n.{contract.order_by})"
        )
    return arrives


def _settle_quarantined(engine: DuckEngine, contract: Contract, delivery: AppliedDelivery) -> None:
    """A quarantined row gives way when its key now comes readable: that is how a department puts it right."""
    import polars as pl

    of_supplier = f"o._dataset = {constant_sql(delivery.dataset)} AND {_earlier(delivery)}"
    waiting = engine.rows(f"SELECT _delivery, _sheet, _row, raw FROM quarantine o WHERE {of_supplier}")
    if not waiting or not contract.key:
        return
    names = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in contract.key)
    came = set(engine.frame(f"SELECT {names} FROM {_parquet(delivery.core)}").iter_rows())
    settled = [row for row in waiting if _raw_key(contract, row["raw"]) in came]
    places = {name: [row[name] for row in settled] for name in ("_delivery", "_sheet", "_row")}
    engine.lend("settled", pl.DataFrame(places, schema={"_delivery": pl.Utf8, "_sheet": pl.Utf8, "_row": pl.Int32}))
    same = " AND ".join(f"s.{name} = o.{name}" for name in places)
    _give_way(engine, "quarantine", "TRUE", delivery.delivery_id, against=f"SEMI JOIN settled s ON {same}")
    engine.take_back("settled")


def _raw_key(contract: Contract, raw: str | None) -> tuple[str | None, ...]:
    """The key as it stands in the cells; a key that needs reading (a date, a name) is compared as written."""
    cells = {_plain(header): _plain(str(value)) for header, value in json.loads(raw or "{}").items()}
    found: list[str | None] = []
    for name in contract.key:
        headers = (_plain(header) for header in contract.columns[name].header)
        found.append(next((cells[header] for header in headers if header in cells), None))
    return tuple(found)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _record(engine: DuckEngine, delivery: AppliedDelivery, seq: int) -> None:
    row = {key: value for key, value in delivery.meta.items() if key in SYSTEM["deliveries"]} | {
        "id": delivery.delivery_id,
        "seq": seq,
        "state": "in_force",
        "dataset": delivery.dataset,
        "supplier": delivery.supplier,
        "mode": delivery.mode,
        "coverage_start": delivery.coverage_start,
        "coverage_end": delivery.coverage_end,
    }
    if row.get("rows") is None:
        row["rows"] = _rows_of(engine, delivery.dataset, delivery.delivery_id)
    append_rows(engine, "deliveries", SYSTEM["deliveries"], [row])


def record_others(engine: DuckEngine, rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep what the ledger knows of deliveries that carry no rows here: refused, held, replaced, withdrawn ...

    One that the ledger has taken out is taken out. Refuses (BuildError) one in force there of which nothing came here.
    """
    states = {row["id"]: row["state"] for row in engine.rows("SELECT id, state FROM deliveries")}
    others = []
    for row in rows:
        state = states.get(row["id"])
        if row["state"] == "in_force":
            if state is None:
                raise BuildError(f"delivery {row['id']} is in force and none of its rows are here: reload its dataset")
            if row.get("night"):
                came = f"night = {constant_sql(row['night'])} WHERE id = {constant_sql(row['id'])} AND night IS NULL"
                engine.run(f"UPDATE deliveries SET {came}")
        elif state == "in_force" and row["state"] in ("withdrawn", "purged"):
            withdraw_delivery(engine, row["id"], row["state"])
        elif state != "in_force":
            others.append({key: value for key, value in row.items() if key in SYSTEM["deliveries"]})
    if others:
        named = ", ".join(constant_sql(row["id"]) for row in others)
        engine.run(f"DELETE FROM deliveries WHERE id IN ({named})")
        append_rows(engine, "deliveries", SYSTEM["deliveries"], others)


def _rows_of(engine: DuckEngine, dataset: str, delivery: str) -> int:
    own = f"WHERE _delivery = {constant_sql(delivery)}"
    counts = ", ".join(f"(SELECT count(*) FROM {table} {own})" for table in (dataset, "quarantine", "listed"))
    return sum(engine.frame(f"SELECT {counts}").row(0))


def withdraw_delivery(engine: DuckEngine, delivery: str, state: str = "withdrawn") -> None:
    """Take out every row of a delivery. What it had replaced comes back only by a reload of its dataset."""
    named = constant_sql(delivery)
    datasets = engine.rows(f"SELECT dataset FROM deliveries WHERE id = {named} AND state = 'in_force'")
    for table in (*(row["dataset"] for row in datasets), "quarantine", "listed", "deletions"):
        engine.run(f"DELETE FROM {table} WHERE _delivery = {named}")
    engine.run(f"UPDATE deliveries SET state = {constant_sql(state)} WHERE id = {named}")


def empty_dataset(engine: DuckEngine, dataset: str) -> None:
    """Drop a dataset's table and all that its deliveries left, before they are applied again."""
    engine.run(f"DROP TABLE IF EXISTS {dataset}")
    for table in ("quarantine", "listed", "deletions"):
        engine.run(f"DELETE FROM {table} WHERE _dataset = {constant_sql(dataset)}")
    engine.run(f"DELETE FROM deliveries WHERE dataset = {constant_sql(dataset)} AND state = 'in_force'")


def check_ties(engine: DuckEngine) -> None:
    """rows = core + quarantine + listed for every delivery in force. Refuses (BuildError) the first that does not."""
    deliveries = engine.rows("SELECT id, dataset, rows FROM deliveries WHERE state = 'in_force' ORDER BY seq")
    tables = sorted({row["dataset"] for row in deliveries} | {"quarantine", "listed"})
    counted = " UNION ALL ".join(
        f"SELECT _delivery, count(*) AS rows FROM {name} GROUP BY _delivery" for name in tables
    )
    sums = engine.rows(f"SELECT _delivery, sum(rows) AS rows FROM ({counted}) GROUP BY _delivery")
    found = {row["_delivery"]: int(row["rows"]) for row in sums}
    for row in deliveries:
        if found.get(row["id"], 0) != row["rows"]:
            raise BuildError(
                f"delivery {row['id']} had {row['rows']} rows, {found.get(row['id'], 0)} are accounted for"
            )
