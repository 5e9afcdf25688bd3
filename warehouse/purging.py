"""Everything that a home keeps of one delivery, taken out of ledger, snapshots and history; a tombstone stays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from warehouse.compute import figures_sha256
from warehouse.declarations import Declarations
from warehouse.durable import make_durable
from warehouse.engine import DuckEngine
from warehouse.history import read_recorded
from warehouse.ledger import DecisionRefused, Ledger
from warehouse.metric_rows import datasets_behind
from warehouse.periods import period_named
from warehouse.predicates import constant_sql
from warehouse.publishing import Publishing, Row, now
from warehouse.quotations import CUT, Quotations

PENDING = "purge_pending"
KEPT = (
    "id", "night", "dataset", "supplier", "sha256", "file_name", "state", "coverage_start", "coverage_end", "amends",
)  # fmt: skip
UNTOUCHED = ("audit", "meta", "sqlite_sequence")  # the audit is a chain: it names ids, units and hashes, never cells


@dataclass(frozen=True)
class Grave:
    """One file that is purged, with the return slips that amended it: their deliveries as they were.

    Kept in the ledger until the last copy is gone.
    """

    rows: tuple[Row, ...]

    @property
    def hashes(self) -> list[str]:
        """The sha256 of the file and of its slips."""
        return sorted({str(row["sha256"]) for row in self.rows})

    @property
    def own_hashes(self) -> list[str]:
        """The sha256 of the file alone: what a slip prints beside its cells stands in every slip."""
        return sorted({str(row["sha256"]) for row in self.rows if not row.get("amends")})

    @property
    def ids(self) -> list[str]:
        """The deliveries of the file."""
        return [str(row["id"]) for row in self.rows]


def pending(ledger: Ledger) -> Grave | None:
    """A purge that was decided and whose copies are not all gone yet."""
    row = ledger.con.execute("SELECT value FROM meta WHERE key = ?", (PENDING,)).fetchone()
    if row is None:
        return None
    rows = json.loads(row[0])
    for one in rows:
        for name in ("coverage_start", "coverage_end"):
            one[name] = date.fromisoformat(one[name]) if one[name] else None
    return Grave(tuple(rows))


def is_built_without(grave: Grave, published: Row | None) -> bool:
    """Whether the current snapshot was built after the file was buried: then no night is needed for it any more."""
    begun = grave.rows[0].get("buried_at")
    return published is None or bool(begun and published["started_at"] >= begun)


def is_purged(ledger: Ledger, sha256: str) -> bool:
    """Whether these very bytes were destroyed here once: they are not taken again."""
    return bool(ledger.deliveries(sha256=sha256, state="purged"))


def bury(ledger: Ledger, grave: Grave, quoted: Quotations, reason: str, who: str, second: str) -> None:
    """Turn every delivery of a file into a tombstone: hash, time, unit, reason and the two people. One transaction.

    What only the file says is cut from every text of the ledger. What it replaced stands again from the next night on.
    Refuses (DecisionRefused) an empty reason, and one person in place of two.
    """
    if not reason.strip():
        raise DecisionRefused("销毁须写明理由 / a purge needs a reason")
    if not who.strip() or not second.strip() or who.strip().casefold() == second.strip().casefold():
        raise DecisionRefused("销毁须由两个不同的人共同决定 / a purge is decided by two different people")
    with ledger.publishing() as tx:
        at = now()
        kept = [{"buried_at": at} | {name: row[name] for name in KEPT} for row in grave.rows]
        ledger.con.execute(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)", (PENDING, json.dumps(kept, ensure_ascii=False, default=str))
        )
        for row in grave.rows:
            _lay_down(ledger, tx, row, {"who": who, "second": second, "at": at, "reason": reason})
        for row in grave.rows:
            if row["state"] in ("in_force", "held") and row["dataset"]:
                for old in ledger.standing_again(row["dataset"], row["supplier"]):
                    tx.mark_delivery(old, "in_force")
                tx.ask_reload(row["dataset"], f"{row['id']}: purged")
        cut_from_ledger(ledger, quoted)


def _lay_down(ledger: Ledger, tx: Publishing, row: Row, decided: Row) -> None:
    tx.mark_delivery(row["id"], "purged", decided)
    ledger.con.execute(
        "UPDATE deliveries SET file_name = ?, sheet = '', coverage_start = NULL, coverage_end = NULL, periods = '[]',"
        " rows = 0, loaded = 0, quarantined = 0, listed = '{}', reasons = '[]', told = '[]', refusal_code = NULL,"
        " say = NULL, say_en = NULL, amended_rows = NULL WHERE id = ?",
        (CUT, row["id"]),
    )
    detail = {key: row[key] for key in ("id", "sha256", "supplier", "dataset", "night")}
    tx.audit(decided["who"], "delivery_purged", detail | {"reason": decided["reason"], "second": decided["second"]})


def cut_from_ledger(ledger: Ledger, quoted: Quotations) -> None:
    """Cut what is quoted from every text of every table but the audit. The caller holds a write transaction."""
    con = ledger.con
    tables = [row[0] for row in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in (one for one in tables if one not in UNTOUCHED):
        columns = [row["name"] for row in con.execute(f"PRAGMA table_info({table})") if row["type"] == "TEXT"]
        for row in con.execute(f"SELECT rowid AS _id, {', '.join(columns)} FROM {table}").fetchall():
            changed = {name: _cut(row[name], quoted) for name in columns if row[name]}
            changed = {name: value for name, value in changed.items() if value != row[name]}
            if changed:
                sets = ", ".join(f"{name} = :{name}" for name in changed)
                con.execute(f"UPDATE {table} SET {sets} WHERE rowid = :_id", {**changed, "_id": row["_id"]})


def _cut(value: str, quoted: Quotations) -> str:
    if value[:1] in "[{":
        try:
            tree = json.loads(value)
        except ValueError:
            return quoted.cut_from(value)
        cut = quoted.cut_from_tree(tree)
        return value if cut == tree else json.dumps(cut, ensure_ascii=False)
    return quoted.cut_from(value)


def finish(ledger: Ledger, grave: Grave, who: str, left: Sequence[str]) -> None:
    """The copies are gone: say so in the audit, and leave no old page of the ledger's file behind."""
    with ledger.publishing() as tx:
        tx.audit(who, "purge_completed", {"sha256": grave.hashes, "left": list(left)})
        ledger.con.execute("DELETE FROM meta WHERE key = ?", (PENDING,))
    ledger.con.execute("PRAGMA secure_delete = ON")
    ledger.con.execute("VACUUM")
    ledger.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def holds(snapshot: Path, deliveries: Iterable[str]) -> bool:
    """Whether a snapshot counts or shows rows of these deliveries."""
    named = ", ".join(map(constant_sql, deliveries))
    with DuckEngine(snapshot, read_only=True) as engine:
        return any(
            engine.rows(f'SELECT 1 FROM "{table}" WHERE _delivery IN ({named}) LIMIT 1') for table in _of(engine)
        )


def strip_snapshot(snapshot: Path, deliveries: Sequence[str], quoted: Quotations) -> None:
    """Write a snapshot anew, under its name, without a word of these deliveries; its figures stay what they were."""
    beside = snapshot.with_name(f".tonight-{snapshot.name}")
    copied = snapshot.with_name(f".tonight-copy-{snapshot.name}")
    named = ", ".join(map(constant_sql, deliveries))
    try:
        shutil.copyfile(snapshot, copied)
        with DuckEngine(copied) as engine:
            before = figures_sha256(engine)
            for table in _of(engine):
                engine.run(f'DELETE FROM "{table}" WHERE _delivery IN ({named})')
            engine.run(
                f"UPDATE deliveries SET file_name = {constant_sql(CUT)}, sheet = '', reasons = '[]', told = '[]',"
                f" say = NULL, say_en = NULL, state = 'purged' WHERE id IN ({named})"
            )
            _cut_texts(engine, quoted)
        # A file of its own: in the old one the bytes of what was deleted would lie on.
        with DuckEngine(beside) as engine:
            engine.run(f"ATTACH {constant_sql(str(copied))} AS kept (READ_ONLY)")
            engine.run("COPY FROM DATABASE kept TO snapshot")
            engine.run("CHECKPOINT snapshot")
            if figures_sha256(engine) != before:
                raise DecisionRefused(f"{snapshot.name}: 数字会因销毁而改变 / its figures would change")
        make_durable(beside, snapshot)
    finally:
        for path in (beside, copied):
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".wal").unlink(missing_ok=True)


def _of(engine: DuckEngine) -> list[str]:
    """The tables whose rows name their delivery; views show the same rows."""
    return [
        row["table_name"]
        for row in engine.rows(
            "SELECT DISTINCT c.table_name FROM duckdb_columns() c JOIN duckdb_tables() t USING (table_name)"
            " WHERE c.database_name = 'snapshot' AND t.database_name = 'snapshot' AND c.column_name = '_delivery'"
        )
    ]


DERIVED = {"findings_past_due": ("sentence",), "contradictions": ("key",), "evaluations": ("result",)}


def _cut_texts(engine: DuckEngine, quoted: Quotations) -> None:
    for table, columns in DERIVED.items():
        for column in columns:
            for row in engine.rows(f'SELECT DISTINCT "{column}" AS value FROM "{table}"'):
                if row["value"] and (cut := quoted.cut_from(row["value"])) != row["value"]:
                    old, new = constant_sql(row["value"]), constant_sql(cut)
                    engine.run(f'UPDATE "{table}" SET "{column}" = {new} WHERE "{column}" = {old}')


def quoted_in(engine: DuckEngine, quoted: Quotations) -> str | None:
    """The first table and column of a snapshot that quotes; None when nothing does."""
    for row in engine.rows(
        "SELECT c.table_name, c.column_name FROM duckdb_columns() c JOIN duckdb_tables() t USING (table_name)"
        " WHERE c.database_name = 'snapshot' AND t.database_name = 'snapshot' AND c.data_type = 'VARCHAR'"
    ):
        name, table = row["column_name"], row["table_name"]
        values = engine.rows(f'SELECT DISTINCT "{name}" AS value FROM "{table}" WHERE "{name}" IS NOT NULL')
        if table != "declarations" and any(quoted.first_in(one["value"]) for one in values):
            return f"{table}.{name}"
    return None


def strip_history(history: Path, night: str, rows: Iterable[Row], declarations: Declarations) -> None:
    """Take the figures and standings that rested on the rows of these deliveries out of a kept night.

    A sum over one row is that row's cell: what cannot be counted again without it does not stay.
    """
    import polars as pl

    datasets = {row["dataset"] for row in rows if row["dataset"]}
    declared = read_recorded(history, night) or declarations
    metrics = {name for name in declared.metrics if datasets & set(datasets_behind(declared, name))}
    for table in ("figures", "standings"):
        path = history / night / f"{table}.parquet"
        if not path.is_file():
            continue
        frame = pl.read_parquet(path, glob=False)
        periods = {name for name in frame["period"].unique() if any(_touches(name, row) for row in rows)}
        gone = frame["metric"].is_in(metrics).fill_null(False) & frame["period"].is_in(periods).fill_null(False)
        part = path.with_name(f"{path.name}.part")
        frame.filter(~gone).write_parquet(part)
        make_durable(part, path)


def _touches(period: str, row: Row) -> bool:
    start, end = row["coverage_start"], row["coverage_end"]
    if not isinstance(start, date) or not isinstance(end, date):
        return True
    found = period_named(period)
    return bool(found.start <= end and found.end >= start)
