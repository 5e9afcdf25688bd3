"""Many figures over many service cases: ours against a scan, a script by hand, one query per metric, and dbt.

Run: .venv/bin/python benchmarks/figures.py [rows ...] [--metrics 20 150]. Every way is a process of its own over the
same DuckDB file, and all must find the same totals. The rows follow from their numbers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import dbt_peer
from benchmarks.measuring import Cost, Section, grown, measured
from warehouse.compute import compute_figures
from warehouse.declarations import Declarations, read_declarations
from warehouse.engine import DuckEngine
from warehouse.tables import core_columns, make_tables

AS_OF = date(2025, 2, 6)
DAY, MONTH = "CAST(_on AS DATE)", "CAST(date_trunc('month', CAST(_on AS DATE)) AS DATE)"
DBT = "dbt, a model per metric"
LEVELS, RESULTS = ("county", "town", "village"), ("granted", "completed", "refused", "withdrawn")
READS = ("_on", "_unit", "level", "channel", "can_be_online", "result", "promised_days", "completed_on",
         "completion_due_on")  # fmt: skip


def conditions(number: int) -> tuple[str, str]:
    """The sides of the n-th metric, in our grammar and in SQL alike: all are different."""
    denominator = f"level = '{LEVELS[number % 3]}' and promised_days >= {number // 3}"
    numerator = (
        "completed_on <= completion_due_on"
        if number % 2
        else f"result = '{RESULTS[number // 2 % 4]}' and can_be_online"
    )
    return denominator, numerator


def declared(count: int) -> Declarations:
    """The packaged declarations with these metrics in the place of their own."""
    packaged = read_declarations()
    like = packaged.metrics["grassroots_online_rate"]
    metrics = {}
    for number in range(count):
        denominator, numerator = conditions(number)
        sides = {"denominator": f"count where {denominator}", "numerator": f"count where {numerator}"}
        metrics[f"m{number}"] = like.model_copy(update=sides)
    return packaged.model_copy(update={"metrics": metrics, "targets": {}})


def make_rows(path: Path, rows: int) -> None:
    """A snapshot file with `rows` service cases of 2024 of 40 units."""
    found = declared(1)
    columns = core_columns(found.contracts["service_cases"])
    own = {
        "case_number": "'C' || i", "level": f"{list(LEVELS)}[1 + i % 3]", "channel": "['online', 'counter'][1 + i % 2]",
        "can_be_online": "i % 7 <> 0", "result": f"{list(RESULTS)}[1 + i % 4]", "promised_days": "i % 60",
        "accepted_on": "DATE '2024-01-01' + CAST(hash(i) % 366 AS INTEGER)",
        "completed_on": "CASE WHEN i % 11 <> 0 THEN DATE '2024-01-01' + CAST(hash(i) % 366 + i % 30 AS INTEGER) END",
        "completion_due_on": "DATE '2024-01-01' + CAST(hash(i) % 366 + i % 45 AS INTEGER)",
        "_on": "DATE '2024-01-01' + CAST(hash(i) % 366 AS INTEGER)",
        "_unit": f"{sorted(found.units)[:40]}[1 + CAST(hash(i) % 40 AS INTEGER)]",
        "_row": "CAST(i % 1000000 AS INTEGER)", "_delivery": "'D1'", "_file": "'cases.csv'",
    }  # fmt: skip
    cells = ", ".join(f"CAST({own.get(name, 'NULL')} AS {kind}) AS {name}" for name, kind in columns.items())
    with DuckEngine(path) as engine:
        make_tables(engine, found)
        engine.run(f"INSERT INTO service_cases SELECT {cells} FROM range({rows}) t(i)")
        engine.run("CHECKPOINT snapshot")


def ours(engine: DuckEngine, count: int) -> tuple[int, int]:
    """As the night counts: every period, the county and each unit."""
    compute_figures(engine, declared(count), AS_OF)
    (row,) = engine.rows(
        "SELECT sum(numerator) AS n, sum(denominator) AS d FROM figures"
        " WHERE period = '2024' AND unit IS NULL AND town IS NULL"
    )
    return int(row["n"]), int(row["d"])


def one_scan(engine: DuckEngine, _count: int) -> tuple[int, int]:
    """The least that can be: every column that is read, once."""
    engine.rows(f"SELECT {', '.join(f'min({name}) AS {name}' for name in READS)} FROM service_cases")
    return 0, 0


def by_hand(engine: DuckEngine, count: int) -> tuple[int, int]:
    """A script of two stages: one statement counts all metrics by month and unit, one rolls them up."""
    sides = []
    for number in range(count):
        denominator, numerator = conditions(number)
        sides.append(f"sum(CASE WHEN {denominator} THEN 1 ELSE 0 END) AS d{number}")
        sides.append(f"sum(CASE WHEN {denominator} AND {numerator} THEN 1 ELSE 0 END) AS n{number}")
    engine.run(
        f"CREATE TEMP TABLE cells AS SELECT {MONTH} AS month, _unit AS unit, {', '.join(sides)}"
        " FROM service_cases GROUP BY 1, 2"
    )
    names = [f"{side}{number}" for number in range(count) for side in "nd"]
    sums = ", ".join(f"sum({name}) AS {name}" for name in names)
    found = engine.rows(
        f"SELECT year(month) AS year, quarter(month) AS quarter, month(month) AS one, unit, {sums} FROM cells"
        " GROUP BY GROUPING SETS ((1), (1, 2), (1, 3), (1, 4), (1, 2, 4), (1, 3, 4))"
    )
    (total,) = [row for row in found if (row["quarter"], row["one"], row["unit"]) == (None, None, None)]
    return sum(int(total[f"n{at}"]) for at in range(count)), sum(int(total[f"d{at}"]) for at in range(count))


def each_alone(engine: DuckEngine, count: int) -> tuple[int, int]:
    """One query per metric, for all its periods and units at once."""
    met = counted = 0
    for number in range(count):
        denominator, numerator = conditions(number)
        found = engine.rows(
            f"SELECT year({DAY}) AS year, quarter({DAY}) AS quarter, month({DAY}) AS one, _unit AS unit, count(*) AS d,"
            f" count(*) FILTER ({numerator}) AS n FROM service_cases WHERE {denominator}"
            " GROUP BY GROUPING SETS ((1), (1, 2), (1, 3), (1, 4), (1, 2, 4), (1, 3, 4))"
        )
        for row in found:
            if (row["quarter"], row["one"], row["unit"]) == (None, None, None):
                met, counted = met + row["n"], counted + row["d"]
    return met, counted


def by_dbt(path: Path, count: int) -> tuple[Cost, str]:
    """A model for each metric, over the same file; what it cost, and its totals."""
    folder = path.with_suffix(".dbt")
    dbt_peer.models(folder, map(conditions, range(count)))
    totals = "SELECT sum(numerator) AS n, sum(denominator) AS d FROM figures"
    cost, row = dbt_peer.run(folder, path, "run", f"{totals} WHERE quarter IS NULL AND month IS NULL AND unit IS NULL")
    return cost, f"{row['n']} {row['d']}"


WAYS: dict[str, Callable[[DuckEngine, int], tuple[int, int]]] = {
    "one scan": one_scan, "by hand": by_hand, "ours": ours, "one query per metric": each_alone,
}  # fmt: skip


def opened(path: Path) -> DuckEngine:
    """The file of rows, with a folder of its own for what does not fit into memory."""
    return DuckEngine(path, scratch=path.with_suffix(".spill"))


def write_found(path: Path, find: Callable[[DuckEngine], str]) -> None:
    """What a way found, beside the file, which stays as it was."""
    with opened(path) as engine:
        engine.run("BEGIN TRANSACTION")
        found = find(engine)
        engine.run("ROLLBACK")
    _found_at(path).write_text(found, "utf-8")


def cost_and_found(words: list[str], path: Path) -> tuple[Cost, str]:
    """One way as a process of its own over the file: what it cost, and what it wrote beside it."""
    return measured([sys.executable, *words]), _found_at(path).read_text("utf-8")


def _found_at(path: Path) -> Path:
    return path.with_suffix(".found")


def run_one(way: str, path: Path, count: int) -> None:
    """In a process of its own: count, and write what was found beside the file."""
    write_found(path, lambda engine: "{} {}".format(*WAYS[way](engine, count)))


def costs(rows: int, counts: list[int]) -> tuple[dict[tuple[str, int], Cost], float]:
    """Every way over one file of `rows`, and the file's megabytes. Refuses (SystemExit) ways that do not agree."""
    found: dict[tuple[str, int], Cost] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.duckdb"
        make_rows(path, rows)
        size = path.stat().st_size / 1e6
        for count in counts:
            totals = {}
            for way in WAYS:
                words = [__file__, "--one", way, str(path), "--metrics", str(count)]
                found[way, count], totals[way] = cost_and_found(words, path)
            if dbt_peer.DBT.exists():
                found[DBT, count], totals[DBT] = by_dbt(path, count)
            if len({total for way, total in totals.items() if way != "one scan"}) != 1:
                raise SystemExit(f"the ways disagree: {totals}")
    return found, size


def sections(sizes: list[int], counts: list[int]) -> list[Section]:
    """The table of every size and way, and how our way grows."""
    lines, growth = [], []
    for rows in sizes:
        found, size = costs(rows, counts)
        for count in counts:
            hand = found["by hand", count]
            for way in (one for one, of in found if of == count):
                cost = found[way, count]
                ratio = f"{cost.cpu / hand.cpu:.2f}"
                lines.append((f"{rows:,}", count, way, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", ratio, cost.peak))
        most = found["ours", counts[-1]]
        growth.append((rows, most, size))
    command = f"benchmarks/figures.py {' '.join(map(str, sizes))} --metrics {' '.join(map(str, counts))}"
    heads = ("rows", "metrics", "way", "s", "CPU s", "CPU against by hand", "peak MB")
    said = "All ways but the scan found the same totals. Each is a whole process: start and imports are in its seconds."
    made = [Section("Figures", command, heads, lines, said)]
    if len(growth) > 1:
        rows = [
            (f"{one:,}", f"{cost.wall:.1f}", f"{cost.cpu:.1f}", cost.peak, f"{size:.0f}") for one, cost, size in growth
        ]
        (first, low, _), (last, high, _) = growth[0], growth[-1]
        power = grown((first, low.cpu), (last, high.cpu))
        said = f"CPU grows with rows to the power of {power:.2f} (goal: at most 1), from {first:,} to {last:,} rows."
        heads = ("rows", "s", "CPU s", "peak MB", "file MB")
        made.append(Section(f"Growth of {counts[-1]} figures", command, heads, rows, said))
    return made


def main() -> None:
    """Print the tables, or run one way."""
    reader = argparse.ArgumentParser()
    reader.add_argument("rows", nargs="*", type=int, default=[1_000_000])
    reader.add_argument("--metrics", nargs="+", type=int, default=[20, 150])
    reader.add_argument("--one", nargs=2)
    asked = reader.parse_args()
    if asked.one:
        run_one(asked.one[0], Path(asked.one[1]), asked.metrics[0])
        return
    for section in sections(asked.rows, asked.metrics):
        print(section.text())


if __name__ == "__main__":
    main()
