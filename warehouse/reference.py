"""Tables written anew each night: units, rosters, link tables, contradictions, deliveries owed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from warehouse.cells import read_name
from warehouse.declarations import Declarations
from warehouse.engine import DuckEngine
from warehouse.owed import deliveries_owed
from warehouse.periods import period_named
from warehouse.predicates import constant_sql
from warehouse.tables import SYSTEM, link_tables, roster_columns
from warehouse.tables import append_rows as append
from warehouse.workdays import Calendar


def write_reference(
    engine: DuckEngine, declarations: Declarations, calendar: Calendar, as_of: date, touched: Collection[str]
) -> None:
    """Fill every table that follows from declarations and rows.

    All of them are empty before but `contradictions`: those of a dataset that nobody touched stand.
    """
    units = list(_unit_rows(declarations))
    append(engine, "units", SYSTEM["units"], units)
    append(engine, "towns", SYSTEM["towns"], (row for row in units if row["kind"] == "town"))
    for name, roster in declarations.rosters.items():
        append(engine, name, roster_columns(roster), _roster_rows(declarations, name))
    for name, (dataset, column) in link_tables(declarations).items():
        engine.run(
            f"INSERT INTO {name} SELECT DISTINCT _delivery, _sheet, _row, trim(entity) FROM"
            f" (SELECT _delivery, _sheet, _row, unnest(string_split({column}, ';')) AS entity FROM {dataset}"
            f" WHERE {column} IS NOT NULL) WHERE trim(entity) <> ''"
        )
    known = engine.rows("SELECT * FROM deliveries ORDER BY seq")
    sent: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in known:
        if row["state"] == "in_force":
            sent[row["dataset"]].append((row["supplier"], row["mode"]))
    named = ", ".join(map(constant_sql, sorted(touched))) or "NULL"
    engine.run(f"DELETE FROM contradictions WHERE dataset IN ({named})")
    for dataset in sorted(touched):
        if dataset in declarations.contracts and _may_double(sent[dataset]):
            _write_contradictions(engine, declarations, dataset)
    append(engine, "deliveries_owed", SYSTEM["deliveries_owed"], deliveries_owed(declarations, calendar, known, as_of))


def findings_past_due(findings: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows of `findings_past_due` from those of the ledger."""
    for row in findings:
        yield {
            "finding": row["id"], "target": row["target"], "metric": row["metric"], "unit": row["unit"],
            "owner": row["owner"], "period": row["period"], "period_end_on": period_named(str(row["period"])).end,
            "state": row["state"], "first_seen": row["first_seen"], "due_on": row["due_on"],
            "severity": row["severity"], "sentence": row["sentence_zh"], "_dataset": "findings_past_due",
            "_file": "ledger", "_sheet": "", "_row": row["id"],
        }  # fmt: skip


def _unit_rows(declarations: Declarations) -> Iterator[dict[str, Any]]:
    for number, (unit_id, unit) in enumerate(declarations.units.items(), start=1):
        yield {
            "unit": unit_id, "label_zh": unit.label.zh, "label_en": unit.label.en, "kind": unit.kind,
            "flags": ";".join(unit.flags), "town_code": unit.town_code, "valid_from": unit.valid_from,
            "valid_to": unit.valid_to, "becomes": unit.becomes, "_dataset": "units", "_file": "rosters/units.yml",
            "_sheet": "", "_row": number,
        }  # fmt: skip


def _roster_rows(declarations: Declarations, name: str) -> Iterator[dict[str, Any]]:
    roster = declarations.rosters[name]
    for number, row in enumerate(roster.rows.values(), start=1):
        cells = {column: row.get(column) or None for column in roster.columns}
        cells |= {name: read_name(text) for name, text in cells.items() if text and roster.columns[name] == "text"}
        yield cells | {"_dataset": name, "_file": f"rosters/{name}.yml", "_sheet": "", "_row": number}


def _may_double(sent: list[tuple[str, str]]) -> bool:
    """Of the supplier and mode of each delivery in force: whether a key may stand twice.

    Loading lets it stand once within a delivery, and an upsert once within its supplier.
    """
    return len(sent) > 1 and (len(set(sent)) > 1 or sent[0][1] != "upsert")


def _write_contradictions(engine: DuckEngine, declarations: Declarations, dataset: str) -> None:
    """A key that stands twice: from two suppliers, each sure of it; or in two deliveries of one."""
    key = declarations.contracts[dataset].key
    if not key:
        return
    keys = ", ".join(key)
    text = "concat_ws(' · ', " + ", ".join(f"CAST({name} AS VARCHAR)" for name in key) + ")"
    # Who sent it is asked of those alone that stand twice: lists of one for every key cost thirty times as much.
    twice = f"(SELECT {keys} FROM {dataset} GROUP BY {keys} HAVING count(*) > 1) t"
    same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM o.{name}" for name in key)
    engine.run(
        f"INSERT INTO contradictions SELECT '{dataset}', {text},"
        " CASE WHEN count(DISTINCT _supplier) > 1 THEN 'two_suppliers' ELSE 'two_deliveries' END,"
        " string_agg(DISTINCT _supplier, ';' ORDER BY _supplier),"
        " string_agg(DISTINCT _delivery, ';' ORDER BY _delivery), count(*)"
        f" FROM {dataset} o SEMI JOIN {twice} ON {same} GROUP BY {keys}"
    )
