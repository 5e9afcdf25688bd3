"""Every county's figures counted anew from the lake, all counties at once, into one province snapshot.

The SQL is the counties' own (compute.py), made to keep each county's rows apart (by_county.py). Counties that count by
the same rules on the same day go together; one with rules of its own goes alone. Which engine counts makes no figure
differ, and each county's figures must be those that its own night published: where not, the county is named.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from warehouse import reported_rows
from warehouse.by_county import COUNTY, by_county
from warehouse.compute import Months, wanted_periods, wanted_rows
from warehouse.declarations import Declarations
from warehouse.durable import make_durable
from warehouse.engine import DuckEngine, LakeEngine
from warehouse.figure_sql import (
    LINE_SQL,
    ROLLED_UP_SQL,
    WANTED,
    ZEROS_SQL,
    by_period_sql,
    cells_sql,
    months_sql,
    scans_of,
    sources_of,
)
from warehouse.lake import CountyInLake, LakeRefused, counting_rules, lake_tables, read_lake, read_published
from warehouse.metric_rows import MetricRows, metric_rows
from warehouse.periods import Period
from warehouse.predicates import constant_sql
from warehouse.tables import SYSTEM, append_rows

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")
FORMAT = 1
KEPT = 30
PROVINCE, CURRENT = "province", "current.json"
# Queries that go to the engine as one: fewer have more overhead, more need more memory for their figures.
TOGETHER = 24
# Counties that are counted in one pass: what is in memory at once does not grow with the province.
A_PASS = 250
FIGURES = {COUNTY: "VARCHAR"} | SYSTEM["figures"]
# One row per county: what it published, and whether its figures counted here are the same.
COUNTIES = {
    COUNTY: "VARCHAR", "name": "VARCHAR", "name_en": "VARCHAR", "sample": "BOOLEAN", "night": "VARCHAR",
    "business_date": "DATE", "as_of": "DATE", "figures_sha256": "VARCHAR", "counted_sha256": "VARCHAR",
    "figures": "BIGINT", "rules": "VARCHAR", "declarations_sha256": "VARCHAR",
}  # fmt: skip


@dataclass(frozen=True)
class ProvinceBuilt:
    """A province snapshot that stands. `differing`: counties whose own night published other figures."""

    path: Path
    counties: int
    figures: int
    rules: int
    differing: tuple[str, ...]
    figures_sha256: str


@dataclass(frozen=True)
class Group:
    """Counties that count by the same rules, on the same day."""

    rules: str
    as_of: date
    declarations: Declarations
    counties: tuple[CountyInLake, ...]


def build_province(lake: Path, engine: LakeEngine, engine_name: str) -> ProvinceBuilt:
    """Count every county of the lake into a new snapshot under `province/`, which is then the current one.

    Refuses (LakeRefused) an empty lake, a second run beside this one, and a county that published meanwhile.
    """
    folder = lake / PROVINCE
    counties = read_lake(lake)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder), tempfile.TemporaryDirectory(prefix=".work-", dir=folder) as work:
        groups = _groups(lake, counties)
        name = _next_name(folder, max(group.as_of for group in groups))
        building = Path(work) / name
        try:
            with DuckEngine(building) as snapshot:
                _make_tables(snapshot)
                for group in groups:
                    _count(lake, engine, snapshot, group, Path(work))
                snapshot.run(f"INSERT INTO figures {by_county(ZEROS_SQL)}")
                snapshot.run("DROP TABLE wanted")
                built = _finish(snapshot, groups, folder / name, engine_name)
        except Exception:
            if read_lake(lake) != counties:
                raise LakeRefused(
                    "统计期间有县发布了新数据，请重新运行 / a county published while it was counted: run this again"
                ) from None
            raise
        make_durable(building, built.path)
        pointer = Path(work) / CURRENT
        pointer.write_text(json.dumps({"snapshot": name}), "utf-8")
        make_durable(pointer, folder / CURRENT)
    _prune(folder)
    return built


def current_province(lake: Path) -> Path | None:
    """The file of the current province snapshot; None before the first."""
    pointer = lake / PROVINCE / CURRENT
    return lake / PROVINCE / str(json.loads(pointer.read_text("utf-8"))["snapshot"]) if pointer.is_file() else None


def _groups(lake: Path, counties: Sequence[CountyInLake]) -> list[Group]:
    found: dict[tuple[str, date], list[CountyInLake]] = {}
    declared: dict[str, Declarations] = {}
    rules: dict[str, str] = {}
    for one in counties:
        sha256 = one.declarations_sha256
        if sha256 not in rules:
            declarations = read_published(lake, sha256)
            rules[sha256] = counting_rules(declarations)
            declared.setdefault(rules[sha256], declarations)
        found.setdefault((rules[sha256], date.fromisoformat(one.as_of)), []).append(one)
    return [
        Group(key, as_of, declared[key], tuple(ones[first : first + A_PASS]))
        for (key, as_of), ones in sorted(found.items())
        for first in range(0, len(ones), A_PASS)
    ]


def _make_tables(snapshot: DuckEngine) -> None:
    tables = {
        "figures": FIGURES,
        "wanted": {COUNTY: "VARCHAR"} | WANTED,
        "standings": {COUNTY: "VARCHAR"} | SYSTEM["standings"],
        "units": {COUNTY: "VARCHAR"} | SYSTEM["units"],
        "counties": COUNTIES,
        "declarations": SYSTEM["declarations"],
        "meta": SYSTEM["meta"],
    }
    for name, columns in tables.items():
        snapshot.run(f"CREATE TABLE {name} ({', '.join(f'{one} {kind}' for one, kind in columns.items())})")


def _count(lake: Path, engine: LakeEngine, snapshot: DuckEngine, group: Group, work: Path) -> None:
    """The figures of one group of counties, with their units and standings, into the snapshot."""
    _lend_tables(lake, engine, group)
    for name in ("units", "standings"):
        _keep(snapshot, name, engine.frame(f"SELECT * FROM {name}"))
    readings = [metric_rows(group.declarations, name) for name in group.declarations.metrics]
    months = _months(engine, group, readings)
    periods = _lend_wanted(engine, snapshot, group, readings, months, work)
    for scans in _together(scans_of([one for one in readings if one.adds_up and periods[one.metric_id]])):
        cells = _union(cells_sql(scan, group.as_of) for scan in scans)
        engine.run(f"CREATE OR REPLACE TEMP TABLE cells AS {cells}")
        _keep(snapshot, "figures", engine.frame(by_county(ROLLED_UP_SQL)))
    apart = [one for one in readings if not one.adds_up and periods[one.metric_id]]
    for some in _together(apart):
        found = _union(by_period_sql(one, periods[one.metric_id], group.as_of) for one in some)
        _keep(snapshot, "figures", engine.frame(found))


def _lend_tables(lake: Path, engine: LakeEngine, group: Group) -> None:
    files: dict[str, list[Path]] = {}
    for one in group.counties:
        for part in one.parts:
            files.setdefault(part.table, []).append(lake / part.path(one.county))
    for name, columns in lake_tables(group.declarations).items():
        engine.lend_files(name, files.get(name, ()), {COUNTY: "VARCHAR"} | columns)
    rows = reported_rows.reported_rows_sql(group.declarations.contracts)
    engine.run(f"CREATE OR REPLACE TEMP VIEW {reported_rows.NAME} AS {by_county(rows)}")


def _months(engine: LakeEngine, group: Group, readings: Sequence[MetricRows]) -> dict[str, Months]:
    """Of each county the months with rows, as compute.py knows them of one."""
    sources = sources_of(readings)
    months: dict[str, Months] = {one.county: {source: {} for source in sources} for one in group.counties}
    for row in engine.rows(by_county(months_sql(sources, group.as_of))):
        months[row[COUNTY]][sources[row["place"]]][row["month"]] = row["has_begun"]
    return months


def _lend_wanted(
    engine: LakeEngine, snapshot: DuckEngine, group: Group, readings: list[MetricRows], months: dict[str, Months],
    work: Path,
) -> dict[str, list[Period]]:  # fmt: skip
    """Write down every county's periods where the engine reads them; gives each metric's, over all counties.

    What has no row in any county has no period here, as it needs no counting.
    """
    file = work / f"wanted-{group.rules[:12]}-{group.as_of}.parquet"
    over_all: dict[str, set[Period]] = {one.metric_id: set() for one in readings}
    for county, its_months in months.items():
        wanted = wanted_periods(group.declarations, readings, its_months, group.as_of)
        rows = ({COUNTY: county} | row for row in wanted_rows(readings, wanted))
        append_rows(snapshot, "wanted", {COUNTY: "VARCHAR"} | WANTED, rows)
        for one in readings:
            if its_months[one.source, one.day]:
                over_all[one.metric_id].update(wanted[one.metric_id])
    names = ", ".join(constant_sql(county) for county in months)
    snapshot.run(
        f"COPY (SELECT * FROM wanted WHERE {COUNTY} IN ({names})) TO {constant_sql(str(file))} (FORMAT parquet)"
    )
    engine.lend_files("wanted", [file], {COUNTY: "VARCHAR"} | WANTED)
    return {name: sorted(found) for name, found in over_all.items()}


def _union(queries: Iterable[str]) -> str:
    return " UNION ALL ".join(f"SELECT * FROM ({by_county(sql)}) q{at}" for at, sql in enumerate(queries))


def _together(found: Iterable[T]) -> Iterator[list[T]]:
    held = list(found)
    for first in range(0, len(held), TOGETHER):
        yield held[first : first + TOGETHER]


def _keep(snapshot: DuckEngine, table: str, frame: pl.DataFrame) -> None:
    if frame.height:
        snapshot.lend("kept", frame)
        snapshot.run(f"INSERT INTO {table} SELECT * FROM kept")
        snapshot.take_back("kept")


def _finish(snapshot: DuckEngine, groups: Sequence[Group], path: Path, engine_name: str) -> ProvinceBuilt:
    """Write down the counties, the declarations and what this snapshot is."""
    counted, rows = {}, []
    for group in groups:
        for some in _together(group.counties):
            names = ", ".join(constant_sql(one.county) for one in some)
            found = snapshot.rows(
                f"SELECT {COUNTY}, count(*) AS figures, sha256(string_agg(line, chr(10) ORDER BY line)) AS sha256"
                f" FROM (SELECT {COUNTY}, {LINE_SQL} AS line FROM figures WHERE {COUNTY} IN ({names})) GROUP BY 1"
            )
            counted.update({row[COUNTY]: row for row in found})
        for one in group.counties:
            own = {name: value for name, value in asdict(one).items() if name in COUNTIES}
            mine = counted[one.county]
            more = {"counted_sha256": mine["sha256"], "figures": mine["figures"], "rules": group.rules}
            rows.append(own | more)
        declared = {"sha256": group.rules, "json": group.declarations.model_dump_json(by_alias=True)}
        append_rows(snapshot, "declarations", SYSTEM["declarations"], [declared])
    append_rows(snapshot, "counties", COUNTIES, rows)
    lines = sorted(f"{row[COUNTY]}|{row['counted_sha256']}" for row in rows)
    sha256 = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    meta = {"format": FORMAT, "as_of": max(group.as_of for group in groups), "engine": engine_name}
    meta |= {"figures_sha256": sha256, "made_at": datetime.now(UTC).isoformat(timespec="seconds")}
    append_rows(snapshot, "meta", SYSTEM["meta"], ({"key": key, "value": value} for key, value in meta.items()))
    differing = tuple(row[COUNTY] for row in rows if row["counted_sha256"] != row["figures_sha256"])
    figures = sum(row["figures"] for row in rows)
    return ProvinceBuilt(path, len(rows), figures, len({group.rules for group in groups}), differing, sha256)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One count at a time; the lock of a dead process is free by itself."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LakeRefused("另一次全省统计正在运行 / another count of the province is running") from None
        yield


def _next_name(folder: Path, as_of: date) -> str:
    """A name that no snapshot had yet: readers keep the file that they opened."""
    taken = [int(path.name.split(".")[1]) for path in folder.glob(f"{as_of}.*.duckdb")]
    return f"{as_of}.{max(taken, default=0) + 1}.duckdb"


def _prune(folder: Path) -> None:
    """The last KEPT snapshots stay; each can be counted again from the lake only while the lake is as it was."""
    for path in sorted(folder.glob("*.duckdb"), key=lambda one: one.stat().st_mtime)[:-KEPT]:
        path.unlink()
