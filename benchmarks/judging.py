"""Rules over many service cases, judged on their figures, against two peers that read the rows for every rule.

Run: .venv/bin/python benchmarks/judging.py [rows] [--rules 20]. Each rule: every unit, in every month, has done all of
what the rule counts. Ours judges each of these apart, on figures that a night has counted already; dbt tests each rule
by unit and month in a query of its own; Great Expectations judges each rule over all rows at once, which tells less.
All must find the same rows short.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import dbt_peer
from benchmarks.figures import (
    AS_OF,
    READS,
    conditions,
    cost_and_found,
    declared,
    make_rows,
    opened,
    write_found,
)
from benchmarks.measuring import Cost, Section
from warehouse.declarations import Declarations
from warehouse.engine import DuckEngine
from warehouse.models import Target

OURS, ALSO_COUNTED, LIBRARY, DBT = "ours, on figures", "ours, counted first", "Great Expectations, on rows", "dbt tests"
FEW = 10_000
RULE = {
    "since": "2024", "judged": {"every": "month", "for": "hall", "from": "10 days after"}, "at_least": "100%",
    "severity": "low", "basis": "-",
}  # fmt: skip


def ruled(count: int) -> Declarations:
    """The declarations of the figures, with one rule for each metric."""
    found = declared(count)
    targets = {name: (Target.model_validate(RULE),) for name in found.metrics}
    return found.model_copy(update={"targets": targets, "identities": {}, "promises": {}})


def counted(engine: DuckEngine, count: int) -> None:
    """Figures as the night counts them, and the delivery that they came with."""
    from warehouse.compute import compute_figures

    compute_figures(engine, ruled(count), AS_OF)
    engine.run(
        "INSERT INTO deliveries (id, seq, state, dataset, supplier, coverage_start, coverage_end, rows, quarantined)"
        " VALUES ('D1', 1, 'in_force', 'service_cases', 'approval_bureau', DATE '2024-01-01', DATE '2024-12-31', 1, 0)"
    )


def judged(engine: DuckEngine, count: int) -> str:
    """How many rows are short over all rules, from standings of rule, unit and month."""
    from expectations.judge import judge_first
    from warehouse.evidence_rows import judging_inputs
    from warehouse.workdays import Calendar

    rules = ruled(count)
    found = judge_first(judging_inputs(engine, AS_OF), rules, Calendar(rules.holidays), AS_OF)
    rows = [row for row in found["standings"] if row["standing"] == "short"]
    short = sum(row["denominator"] - row["numerator"] for row in rows)
    return f"{len(rows)} {int(short)}"


def by_library(engine: DuckEngine, count: int) -> str:
    """A frame of all rows, a column that says how far a row is behind for each rule, and one expectation for each."""
    import great_expectations as library

    frame: Any = engine.con.sql(f"SELECT {', '.join(READS)} FROM service_cases").df()
    context = library.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    for number in range(count):
        denominator, numerator = conditions(number)
        sides = [frame.eval(one.replace(" = ", " == ")).fillna(False).astype(bool) for one in (denominator, numerator)]
        frame[f"behind{number}"] = (sides[0] & ~sides[1]).astype("int8")
    batch = (
        context.data_sources.add_pandas("cases")
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("all")
        .get_batch(batch_parameters={"dataframe": frame})
    )
    wanted = [
        library.expectations.ExpectColumnValuesToBeBetween(column=f"behind{number}", max_value=0)
        for number in range(count)
    ]
    results = batch.validate(library.ExpectationSuite(name="rules", expectations=wanted), result_format="BASIC")
    return f"- {sum(one.result['unexpected_count'] for one in results.results)}"


def run_one(way: str, path: Path, count: int) -> None:
    """In a process of its own: judge, and write what was found beside the file."""

    def find(engine: DuckEngine) -> str:
        if way == ALSO_COUNTED:
            counted(engine, count)
        return by_library(engine, count) if way == LIBRARY else judged(engine, count)

    write_found(path, find)


def by_dbt(path: Path, count: int) -> tuple[Cost, str]:
    """What its tests cost, and how many units and months they name."""
    folder = path.with_suffix(".dbt")
    dbt_peer.tests(folder, map(conditions, range(count)))
    union = " UNION ALL ".join(f"SELECT * FROM main_dbt_test__audit.r{number}" for number in range(count))
    cost, row = dbt_peer.run(folder, path, "test", f"SELECT count(*) AS n FROM ({union})")
    return cost, f"{row['n']} -"


def costs(rows: int, count: int) -> dict[str, tuple[Cost, str]]:
    """Every way over one file of `rows`: what it cost, and "places rows" that are short, "-" for what it cannot tell.

    Refuses (SystemExit) ways that do not agree in what they tell.
    """
    found: dict[str, tuple[Cost, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.duckdb"
        make_rows(path, rows)
        for way in (ALSO_COUNTED, OURS, LIBRARY):
            if way == OURS:
                with opened(path) as engine:
                    counted(engine, count)
            words = [__file__, "--one", way, str(path), "--rules", str(count)]
            found[way] = cost_and_found(words, path)
        if dbt_peer.DBT.exists():
            found[DBT] = by_dbt(path, count)
    for told in zip(*(one.split() for _, one in found.values()), strict=True):
        if len({*told} - {"-"}) != 1:
            raise SystemExit(f"the ways disagree: { {way: one for way, (_, one) in found.items()} }")
    return found


def section(rows: int, count: int) -> Section:
    """The table. What a way costs over few rows is its start; the rest is what the rows cost."""
    few, many = costs(FEW, count), costs(rows, count)
    start = {way: cost.cpu for way, (cost, _) in few.items()}
    ours = many[OURS][0].cpu
    lines = [
        (
            way,
            f"{cost.wall:.1f}",
            f"{cost.cpu:.1f}",
            f"{cost.cpu / ours:.1f}",
            f"{cost.cpu - start[way]:.1f}",
            cost.peak,
        )
        for way, (cost, _) in many.items()
    ]
    places, short = many[ALSO_COUNTED][1].split()
    said = (
        f"Short: {int(places):,} of rule, unit and month, {int(short):,} rows; every way finds them. Each is a process"
        f" with its imports; the rows cost what is beyond the same over {FEW:,} rows. Goal: a peer that reads the rows"
        " for every rule costs at least 10 times ours."
    )
    heads = ("way", "s", "CPU s", "CPU against ours", "CPU s for the rows", "peak MB")
    return Section(f"Judging {count} rules over {rows:,} rows", f"benchmarks/judging.py {rows}", heads, lines, said)


def main() -> None:
    """Print the table, or run one way."""
    reader = argparse.ArgumentParser()
    reader.add_argument("rows", nargs="?", type=int, default=1_000_000)
    reader.add_argument("--rules", type=int, default=20)
    reader.add_argument("--one", nargs=2)
    asked = reader.parse_args()
    if asked.one:
        run_one(asked.one[0], Path(asked.one[1]), asked.rules)
    else:
        print(section(asked.rows, asked.rules).text())


if __name__ == "__main__":
    main()
