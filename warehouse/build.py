"""Tonight's snapshot: a copy of last night's file with tonight's deliveries, figures and standings. Then never changed.

Nothing is seen of it before it is whole: it is written beside its place, checked, made durable and only then renamed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from warehouse.apply import (
    AppliedDelivery,
    BuildError,
    apply_delivery,
    check_ties,
    empty_dataset,
    record_others,
    withdraw_delivery,
)
from warehouse.carried_figures import datasets_touched, versions_in_force
from warehouse.compute import compute_figures, figures_sha256
from warehouse.declarations import Declarations
from warehouse.durable import make_durable
from warehouse.engine import DuckEngine
from warehouse.evidence_rows import judging_inputs, second_inputs
from warehouse.metric_check import check_metrics
from warehouse.predicates import constant_sql
from warehouse.reference import findings_past_due, write_reference
from warehouse.retiring import retire_replaced
from warehouse.tables import JUDGED_SETS, SYSTEM, all_tables, append_rows, make_tables
from warehouse.workdays import Calendar

__all__ = ["FORMAT", "AppliedDelivery", "BuildError", "BuildPlan", "Built", "build_snapshot", "judging_inputs"]

FORMAT = 1
# Tables that carry over from night to night besides the datasets; all others are written anew.
KEPT = {"deliveries", "quarantine", "listed", "deletions", "contradictions", "figures", "figure_keys"}
Stage = Literal["first", "second"]
Judge = Callable[[dict[str, Any], Stage], Mapping[str, Sequence[Mapping[str, Any]]]]


@dataclass(frozen=True)
class BuildPlan:
    """What the night decided. `apply`: in the order in which the files came. `withdraw`: ids to take out.

    `reload`: datasets that are emptied first; `apply` then holds all of their deliveries.
    """

    apply: Sequence[AppliedDelivery] = ()
    withdraw: Sequence[str] = ()
    reload: Collection[str] = ()


@dataclass(frozen=True)
class Built:
    """A snapshot that stands: its file and what the ledger records of it."""

    path: Path
    figures_sha256: str
    declarations_sha256: str
    standings: int
    counted_anew: int


def build_snapshot(
    previous: Path | None,
    target: Path,
    declarations: Declarations,
    calendar: Calendar,
    plan: BuildPlan,
    as_of: date,
    judge: Judge | None = None,
    deliveries: Sequence[Mapping[str, Any]] = (),
    meta: Mapping[str, str] | None = None,
    findings: Sequence[Mapping[str, Any]] = (),
) -> Built:
    """Write the snapshot `target` from `previous` (None: from nothing) and the plan.

    `judge` is called while the file is still open: first after the figures, then after the figures of scorecards.
    `deliveries`: all that the ledger knows, in their states after tonight. `meta`: night, business_date, sample ...
    `findings`: those that were past their deadline when the night began.
    Refuses (BuildError) a row that is unaccounted for and a contract that changed without a reload: no `target` then.
    """
    if target.exists():
        raise BuildError(f"{target.name} stands already: a snapshot is never written twice")
    building = target.with_name(target.name + ".building")
    spill = target.with_name(target.name + ".spill")
    try:
        building.unlink(missing_ok=True)
        if previous is not None:
            shutil.copyfile(previous, building)
        with DuckEngine(building, scratch=spill) as engine:
            engine.run("BEGIN TRANSACTION")
            touched = _fill(engine, declarations, calendar, plan, as_of, deliveries)
            append_rows(engine, "findings_past_due", SYSTEM["findings_past_due"], findings_past_due(findings))
            anew = _count_first(engine, declarations, as_of, touched)
            standings, of_judged = _judge(engine, declarations, as_of, judge)
            sha256 = _finish(engine, declarations, as_of, meta or {})
            engine.run("COMMIT")
            engine.run("CHECKPOINT snapshot")
        _verify(building, sha256)
        make_durable(building, target)
    finally:
        building.unlink(missing_ok=True)
        building.with_name(building.name + ".wal").unlink(missing_ok=True)
        shutil.rmtree(spill, ignore_errors=True)
    return Built(target, sha256, declarations.sha256, standings, anew + of_judged)


def _fill(
    engine: DuckEngine,
    declarations: Declarations,
    calendar: Calendar,
    plan: BuildPlan,
    as_of: date,
    deliveries: Sequence[Mapping[str, Any]],
) -> set[str]:
    """Deliveries, then what follows from them and from the declarations. Returns the datasets that were touched."""
    check_metrics(declarations)
    before = versions_in_force(engine)
    _clear(engine, declarations, plan)
    for delivery in plan.withdraw:
        withdraw_delivery(engine, delivery)
    for one in plan.apply:
        if one.dataset not in declarations.contracts:
            raise BuildError(f"delivery {one.delivery_id}: no dataset “{one.dataset}”")
        apply_delivery(engine, declarations.contracts[one.dataset], one)
    retire_replaced(engine)
    record_others(engine, deliveries)
    written = {one.dataset for one in plan.apply} | set(plan.reload)
    touched = datasets_touched(before, versions_in_force(engine), written)
    write_reference(engine, declarations, calendar, as_of, touched)
    return touched


def _count_first(engine: DuckEngine, declarations: Declarations, as_of: date, touched: Collection[str]) -> int:
    """Every figure but those of the rows that the judge fills. Returns how many metrics were counted anew."""
    first = [name for name, metric in declarations.metrics.items() if metric.of not in JUDGED_SETS]
    return compute_figures(engine, declarations, as_of, first, touched)


def _clear(engine: DuckEngine, declarations: Declarations, plan: BuildPlan) -> None:
    """Drop what is written anew or read again, and what is no longer declared; then make every table."""
    tables = all_tables(declarations)
    keep = KEPT | set(declarations.contracts) - set(plan.reload)
    columns = _columns(engine)
    standing = columns.keys()
    if "deliveries" in standing:
        before = {row["dataset"] for row in engine.rows("SELECT DISTINCT dataset FROM deliveries") if row["dataset"]}
        for dataset in before & standing & ((before - set(declarations.contracts)) | set(plan.reload)):
            empty_dataset(engine, dataset)
    for name in sorted(standing - keep):
        engine.run(f'DROP TABLE IF EXISTS "{name}"')
    for name in sorted(standing & KEPT):
        _add_new_columns(engine, name, columns[name])
    for name in sorted(standing & keep & tables.keys()):
        if columns[name] != tables[name]:
            raise BuildError(f"the columns of “{name}” changed: its deliveries must be read again (reload)")
    make_tables(engine, declarations)
    _clear_figures(engine, declarations)


def _clear_figures(engine: DuckEngine, declarations: Declarations) -> None:
    """Last night's figures stand until they are found to be stale, but for two kinds of metric.

    Those that are no longer declared; and those of the rows that the judge fills, which it must not see before it has.
    """
    standing = [name for name, metric in declarations.metrics.items() if metric.of not in JUDGED_SETS]
    named = ", ".join(map(constant_sql, standing)) or "NULL"
    for name in ("figures", "figure_keys"):
        engine.run(f"DELETE FROM {name} WHERE metric NOT IN ({named})")


def _columns(engine: DuckEngine) -> dict[str, dict[str, str]]:
    """table -> its columns in order, each with its type."""
    found: dict[str, dict[str, str]] = {}
    for row in engine.rows(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'snapshot'"
        " AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE database_name = 'snapshot')"
        " ORDER BY table_name, column_index"
    ):
        found.setdefault(row["table_name"], {})[row["column_name"]] = row["data_type"]
    return found


def _add_new_columns(engine: DuckEngine, name: str, had: dict[str, str]) -> None:
    """A later version keeps more of each delivery than last night's did: nothing, for those that came before."""
    for column, kind in SYSTEM[name].items():
        if column not in had:
            engine.run(f'ALTER TABLE {name} ADD COLUMN "{column}" {kind}')
            had[column] = kind


def _judge(engine: DuckEngine, declarations: Declarations, as_of: date, judge: Judge | None) -> tuple[int, int]:
    """First pass, scorecards and what else it fills, their figures, second pass.

    Returns how many standings there are, and how many metrics were counted.
    """
    of_judged = [name for name, metric in declarations.metrics.items() if metric.of in JUDGED_SETS]
    if judge is None:
        return 0, compute_figures(engine, declarations, as_of, of_judged)
    inputs = judging_inputs(engine, as_of)
    count = _write_judged(engine, judge(inputs, "first"))
    counted = compute_figures(engine, declarations, as_of, of_judged)
    count += _write_judged(engine, judge(second_inputs(engine, inputs, of_judged), "second"))
    return count, counted


def _write_judged(engine: DuckEngine, judged: Mapping[str, Sequence[Mapping[str, Any]]]) -> int:
    write_standings(engine, judged["standings"])
    after = judged.get("standings_after_signing", ())
    append_rows(engine, "standings_after_signing", SYSTEM["standings_after_signing"], after)
    write_evaluations(engine, judged["evaluations"])
    for name in JUDGED_SETS:
        write_judged_set(engine, name, judged.get(name, ()))
    return len(judged["standings"])


def write_standings(engine: DuckEngine, rows: Sequence[Mapping[str, Any]]) -> None:
    """One row per target, period and unit (`county`: the county). Refuses (ValueError) a key without a column."""
    append_rows(engine, "standings", SYSTEM["standings"], rows)


def write_evaluations(engine: DuckEngine, rows: Sequence[Mapping[str, Any]]) -> None:
    """One row per evaluated expectation, whole, as JSON."""
    kept = ({"target": row.get("target"), "success": row.get("success"), "result": dict(row)} for row in rows)
    append_rows(engine, "evaluations", SYSTEM["evaluations"], kept)


def write_judged_set(engine: DuckEngine, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows of one of JUDGED_SETS; grain: named at its table. Refuses (ValueError) a key without a column."""
    append_rows(engine, name, SYSTEM[name], rows)


def _finish(engine: DuckEngine, declarations: Declarations, as_of: date, meta: Mapping[str, str]) -> str:
    """Write down what this snapshot is, with its own declarations."""
    sha256 = figures_sha256(engine)
    append_rows(
        engine,
        "declarations",
        SYSTEM["declarations"],
        [{"sha256": declarations.sha256, "json": declarations.model_dump_json(by_alias=True)}],
    )
    known = {
        "night": "",
        "business_date": as_of,
        "sample": "false",
        **meta,
        "format": FORMAT,
        "as_of": as_of,
        "declarations_sha256": declarations.sha256,
        "figures_sha256": sha256,
    }
    append_rows(engine, "meta", SYSTEM["meta"], ({"key": key, "value": value} for key, value in known.items()))
    return sha256


def _verify(path: Path, sha256: str) -> None:
    """Open the file anew: every row of every delivery is accounted for, and the figures are those computed."""
    with DuckEngine(path, read_only=True) as engine:
        check_ties(engine)
        if (found := figures_sha256(engine)) != sha256:
            raise BuildError(f"the figures changed on their way to the file ({found[:12]}, not {sha256[:12]})")
