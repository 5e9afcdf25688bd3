"""The lake: what each county's night hands on to the province, as Parquet files that never change once written.

`<table>/<county>/<month>/<content>.parquet`, grain: one core row; month `all` for what has no day, `undated` for rows
without one. `counties/<county>.json` names the snapshot and exactly its files; to replace it is the one commit point.
Only columns that a metric or row set asks for leave the county; all others, and every text of a cell, stay behind.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from warehouse.declarations import Declarations
from warehouse.durable import make_durable
from warehouse.engine import DuckEngine
from warehouse.home import COUNTY_ID
from warehouse.metric_rows import datasets_behind
from warehouse.predicates import constant_sql
from warehouse.tables import CORE, SOURCE, all_tables, link_tables

FORMAT = 1
COUNTIES, DECLARATIONS = "counties", "declarations"
ALL, UNDATED = "all", "undated"
# Figures are counted anew from the rows; the others are a county's own book-keeping and no metric reads them.
AT_HOME = {
    "figures", "evaluations", "listed", "deletions", "contradictions", "meta", "declarations", "reported_rows",
    "standings_after_signing", "figure_keys",
}  # fmt: skip
# Sentences and cells: they may name a person, and no figure counts them.
TEXTS = {"value", "cell", "raw", "also", "say", "say_en", "text", "sentence", "reasons", "told", "_file", "file_name"}
COUNTED = {"of", "numerator", "denominator", "dated_by", "unit", "town", "per", "stock"}
WORD = re.compile(r"[a-z_][a-z0-9_]*")


class LakeRefused(Exception):
    """A lake that may not be written or read; `str()` says why in both languages."""


@dataclass(frozen=True)
class Part:
    """One file of the lake. `content`: the hash of its rows and columns, which is also its name."""

    table: str
    month: str
    content: str
    rows: int

    def path(self, county: str) -> str:
        """Its place under the lake's folder."""
        return f"{self.table}/{county}/{self.month}/{self.content}.parquet"


@dataclass(frozen=True)
class CountyInLake:
    """What one county has published: the identity of its snapshot, and its files."""

    county: str
    name: str
    name_en: str
    sample: bool
    night: str
    business_date: str
    as_of: str
    figures_sha256: str
    declarations_sha256: str
    parts: tuple[Part, ...]
    format: int = FORMAT

    @cached_property
    def by_place(self) -> dict[tuple[str, str], Part]:
        """The files by table and month."""
        return {(part.table, part.month): part for part in self.parts}


def publish_to_lake(lake: Path, county: str, snapshot: Path) -> tuple[int, int]:
    """Write what the snapshot changed; returns how many files were written, and how many it has.

    Refuses (LakeRefused) a county id under which another county has published. Files that the county no longer names
    go at once: what was purged must not stay here.
    """
    with DuckEngine(snapshot, read_only=True) as engine:
        meta = {row["key"]: row["value"] for row in engine.rows("SELECT * FROM meta")}
        declared = engine.rows("SELECT json FROM declarations")[0]["json"]
        before = read_county(lake, county)
        _refuse_another(before, county, meta["county"])
        declarations = Declarations.model_validate_json(declared, extra="ignore")
        # A month is one file, however many of them a table has.
        engine.run("SET threads = 1")
        engine.run("SET partitioned_write_max_open_files = 10000")
        lake.mkdir(parents=True, exist_ok=True)
        parts: list[Part] = []
        written = 0
        for name, shown in _shown(declarations, lake_tables(declarations)).items():
            found, new = _write_table(engine, declarations, name, shown, county, lake)
            parts, written = [*parts, *found], written + new
    if written:
        os.sync()  # once for all files: a sync for each is most of the work of a first night
    _write_text(lake / DECLARATIONS / f"{meta['declarations_sha256']}.json", declared)
    identity = {
        name: meta[name] for name in ("night", "business_date", "as_of", "figures_sha256", "declarations_sha256")
    }
    now = CountyInLake(
        county, meta["county"], meta["county_en"], meta["sample"] == "true", **identity, parts=tuple(parts)
    )
    _write_text(_manifest(lake, county), json.dumps(asdict(now), ensure_ascii=False), replace=True)
    if before is not None:
        _sweep(lake, before, now)
    return written, len(parts)


def read_county(lake: Path, county: str) -> CountyInLake | None:
    """What a county has published; None when nothing. Refuses (LakeRefused) what a later version wrote."""
    path = _manifest(lake, county)
    if not path.is_file():
        return None
    tree = json.loads(path.read_text("utf-8"))
    if tree["format"] > FORMAT:
        raise LakeRefused(f"{path} 由更高版本写入，请先升级 / was written by a later version: upgrade first")
    return CountyInLake(**tree | {"parts": tuple(Part(**part) for part in tree["parts"])})


def read_lake(lake: Path) -> list[CountyInLake]:
    """Every county of the lake, by id. Refuses (LakeRefused) a folder in which no county has published."""
    names = sorted(path.stem for path in (lake / COUNTIES).glob("*.json"))
    found = [one for name in names if (one := read_county(lake, name)) is not None]
    if not found:
        raise LakeRefused(
            f"{lake} 里还没有县的数据，请先在各县的 ducha.toml 设置 [lake] 并跑一晚"
            " / no county has published here: set [lake] in each county's ducha.toml and run a night"
        )
    return found


def read_published(lake: Path, sha256: str) -> Declarations:
    """The declarations that a county's snapshot was made with."""
    text = (lake / DECLARATIONS / f"{sha256}.json").read_text("utf-8")
    return Declarations.model_validate_json(text, extra="ignore")


def lake_tables(declarations: Declarations) -> dict[str, dict[str, str]]:
    """The tables that leave a county, with their columns and types; `county` is not among them."""
    words = set().union(*_words(declarations).values())
    links = link_tables(declarations)
    return {
        name: columns
        for name, columns in all_tables(declarations).items()
        if name not in AT_HOME and (name not in links or name in words)
    }


def _words(declarations: Declarations) -> dict[str, set[str]]:
    """Of every metric that is counted from a dataset: the names that it and its row set speak, by dataset."""
    found: dict[str, set[str]] = {"": set()}
    for name, metric in declarations.metrics.items():
        said = metric.model_dump_json(include=COUNTED)
        said += declarations.row_sets[metric.of].sql if metric.of in declarations.row_sets else ""
        for dataset in datasets_behind(declarations, name) or ("",):
            found.setdefault(dataset, set()).update(WORD.findall(said))
    return found


def _shown(declarations: Declarations, tables: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The columns of each table as they leave the county: what nobody asks for, and every text, is NULL."""
    words = _words(declarations)
    found = {}
    for name, columns in tables.items():
        keeps = set(columns)
        if name in declarations.contracts:
            keeps = words.get(name, set()) | CORE.keys()
        elif name in declarations.rosters:
            keeps = set().union(*words.values()) | SOURCE.keys()
        found[name] = ", ".join(
            f'"{one}"' if one in keeps - TEXTS else f'CAST(NULL AS {kind}) AS "{one}"' for one, kind in columns.items()
        )
    return found


def _write_table(
    engine: DuckEngine, declarations: Declarations, name: str, shown: str, county: str, lake: Path
) -> tuple[list[Part], int]:
    """The files of one table, a month each (an empty table has none), and how many of them were not there before."""
    month = f"'{ALL}'"
    if name in declarations.contracts:
        month = f"coalesce(strftime(_on, '%Y-%m'), '{UNDATED}')"
    shape = hashlib.sha256(f"{county} {shown}".encode()).hexdigest()
    parts = []
    for row in engine.rows(
        f"SELECT {month} AS month, count(*) AS rows, sum(CAST(hash(t) AS HUGEINT)) AS content"
        f" FROM (SELECT {shown} FROM {name}) t GROUP BY 1 ORDER BY 1"
    ):
        content = hashlib.sha256(f"{shape}|{row['rows']}|{row['content']}".encode()).hexdigest()[:24]
        parts.append(Part(name, row["month"], content, row["rows"]))
    touched = [part for part in parts if not (lake / part.path(county)).exists()]
    if touched:
        with tempfile.TemporaryDirectory(prefix=".part-", dir=lake) as folder:
            months = ", ".join(constant_sql(part.month) for part in touched)
            engine.run(
                f"COPY (SELECT {constant_sql(county)} AS county, {shown}, {month} AS _month FROM {name}"
                f" WHERE {month} IN ({months})) TO {constant_sql(folder + '/rows')}"
                " (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (_month))"
            )
            for part in touched:
                (file,) = (Path(folder) / "rows" / f"_month={part.month}").iterdir()
                path = lake / part.path(county)
                path.parent.mkdir(parents=True, exist_ok=True)
                file.rename(path)
    return parts, len(touched)


def _refuse_another(before: CountyInLake | None, county: str, name: str) -> None:
    if before is not None and before.name != name:
        raise LakeRefused(
            f"湖中“{county}”是{before.name}，不是{name}，请在 ducha.toml 的 [lake] 改用自己的 county"
            f" / “{county}” in the lake is {before.name}, not {name}: set this county's own [lake] county"
        )


def _write_text(path: Path, text: str, replace: bool = False) -> None:
    if path.exists() and not replace:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(text, "utf-8")
    make_durable(part, path)


def _sweep(lake: Path, before: CountyInLake, now: CountyInLake) -> None:
    kept = {part.path(now.county) for part in now.parts}
    for part in before.parts:
        if part.path(now.county) not in kept:
            (lake / part.path(now.county)).unlink(missing_ok=True)


def _manifest(lake: Path, county: str) -> Path:
    if not re.fullmatch(COUNTY_ID, county):
        raise LakeRefused(f"“{county}”不能作县的标识 / is no id of a county: small letters, digits and _")
    return lake / COUNTIES / f"{county}.json"


def counting_rules(declarations: Declarations) -> str:
    """The hash of all that decides how rows are counted: counties of one hash are counted together."""
    rules: Mapping[str, Any] = {
        "contracts": declarations.contracts,
        "metrics": declarations.metrics,
        "row_sets": declarations.row_sets,
        "rosters": {name: one.columns for name, one in declarations.rosters.items()},
        "targets": declarations.targets,
        "tables": lake_tables(declarations),
    }
    text = json.dumps(rules, default=lambda one: one.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
