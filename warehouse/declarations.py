"""Every declaration of a county: packaged files, with the home's `catalogue/` added entry by entry."""

from __future__ import annotations

import csv
import hashlib
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, Field

from warehouse.metric_names import with_metric_names
from warehouse.models import Contract, Identity, Metric, Model, Roster, Scorecard, Target, Unit
from warehouse.name_check import check_names
from warehouse.yaml_reader import DeclarationError, read_yaml, validate

UNITS = "units.yml"
HERE = Path(__file__).parent
PACKAGED = {
    "datasets": HERE / "datasets",
    "metrics": HERE / "metrics",
    "row_sets": HERE / "row_sets",
    "rosters": HERE / "rosters",
    "targets": HERE.parent / "expectations" / "targets",
    "scorecards": HERE.parent / "expectations" / "scorecards",
    "identities": HERE.parent / "expectations" / "identities",
}
SYSTEM_SETS = {
    "deliveries_owed", "signals", "reported_rows", "findings_past_due", "stated_against_counted",
    "oversight_priorities",
}  # fmt: skip
SYSTEM_READS = {"stated_against_counted": ("stated_figures",)}
M = TypeVar("M", bound=BaseModel)


class RowSet(Model):
    """A join over datasets and rosters, one row per `key`. `reads` names the datasets it needs."""

    sql: str
    key: tuple[str, ...]
    unit: str
    date: str
    reads: tuple[str, ...]


class Holiday(Model):
    """One day that differs from its weekday: off, or a make-up working day."""

    day: date
    is_workday: bool
    name: str


class Declarations(Model):
    """All declarations of one county, as one frozen value. `sha256` is what a night records."""

    contracts: dict[str, Contract]
    metrics: dict[str, Metric]
    row_sets: dict[str, RowSet]
    rosters: dict[str, Roster]
    units: dict[str, Unit]
    targets: dict[str, tuple[Target, ...]]
    scorecards: dict[str, Scorecard]
    identities: dict[str, Identity] = Field(default_factory=dict)
    holidays: tuple[Holiday, ...]

    @property
    def sha256(self) -> str:
        """The hash of everything declared."""
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()

    def reads(self, row_set: str) -> tuple[str, ...]:
        """The datasets that a row set needs: itself, or those its SQL joins; nobody delivers units and rosters."""
        if row_set in self.contracts:
            return (row_set,)
        named = self.row_sets[row_set].reads if row_set in self.row_sets else SYSTEM_READS.get(row_set, ())
        return tuple(name for name in named if name in self.contracts)

    def units_for(self, kind: str, on: date) -> list[str]:
        """Unit ids in force on a day that a target means: all, a kind, a flag, or one unit (then perhaps another)."""
        named = self.answers_for(kind, on)
        found = [
            unit_id
            for unit_id, unit in self.units.items()
            if (kind == "all" or unit_id == named or kind == unit.kind or kind in unit.flags)
            and (unit.valid_from is None or unit.valid_from <= on)
            and (unit.valid_to is None or unit.valid_to >= on)
        ]
        return [unit_id for unit_id in found if kind != "all" or self.units[unit_id].kind != "county"]

    def answers_for(self, unit: str, on: date) -> str:
        """The unit that answers on a day: one that was abolished before hands over to its successor."""
        for one in self.successors(unit):
            if not (found := self.units.get(one)) or found.valid_to is None or found.valid_to >= on:
                return one
        return one

    def now_called(self, metric: str) -> str:
        """The id that a metric, or a target on it (`metric#2`), has now; one that was not renamed keeps its own."""
        old, mark, number = metric.partition("#")
        return next((name for name, one in self.metrics.items() if old in one.formerly), old) + mark + number

    def successors(self, unit: str) -> list[str]:
        """A unit, what it became, what that became ..."""
        found = [unit]
        while (last := self.units.get(found[-1])) and last.becomes and last.becomes not in found:
            found.append(last.becomes)
        return found


def read_declarations(catalogue: Path | None = None) -> Declarations:
    """Read the packaged declarations and the home's own on top of them.

    Refuses (DeclarationError, naming file, line, key) whatever does not read.
    """
    packaged, units, is_another_county = _read_units(catalogue)
    declared = Declarations(
        contracts=_one_per_file("datasets", catalogue, Contract),
        metrics=_in_report_order(_entries("metrics", catalogue, Metric)),
        row_sets=_read_row_sets(catalogue),
        rosters=_read_rosters(catalogue, is_another_county),
        units=units,
        targets=_read_targets(catalogue),
        scorecards=_one_per_file("scorecards", catalogue, Scorecard),
        identities=_entries("identities", catalogue, Identity),
        holidays=read_holidays(catalogue),
    )
    check_names(declared, packaged, SYSTEM_SETS)
    return declared.model_copy(update={"contracts": with_metric_names(declared.contracts, declared.metrics)})


def _folders(kind: str, catalogue: Path | None) -> list[Path]:
    own = [catalogue / kind] if catalogue and (catalogue / kind).is_dir() else []
    return [PACKAGED[kind], *own]


def _files(kind: str, catalogue: Path | None, suffix: str = ".yml") -> list[Path]:
    return [path for folder in _folders(kind, catalogue) for path in sorted(folder.glob(f"*{suffix}"))]


def _one_per_file(kind: str, catalogue: Path | None, model: type[M]) -> dict[str, M]:
    """One declaration a file; a file of the same name in the catalogue overrides it key by key."""
    trees: dict[str, dict[str, Any]] = {}
    paths: dict[str, Path] = {}
    for path in _files(kind, catalogue):
        trees[path.stem] = _merged(trees.get(path.stem, {}), read_yaml(path))
        paths[path.stem] = path
    return {name: validate(model, tree, paths[name], name) for name, tree in trees.items()}


def _merged(packaged: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    if not packaged:
        return own
    merged = dict(packaged)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _entries(kind: str, catalogue: Path | None, model: type[M]) -> dict[str, M]:
    """Many declarations a file; an entry of the catalogue overrides the packaged one of that id."""
    found: dict[str, M] = {}
    for path in _files(kind, catalogue):
        for key, tree in read_yaml(path).items():
            found[key] = validate(model, tree, path, key)
    return found


def _in_report_order(metrics: dict[str, Metric]) -> dict[str, Metric]:
    """Section by section, within one as the files have them; what the report does not print comes last."""
    return dict(sorted(metrics.items(), key=lambda item: item[1].report.section or sys.maxsize))


def _read_targets(catalogue: Path | None) -> dict[str, tuple[Target, ...]]:
    found: dict[str, tuple[Target, ...]] = {}
    for path in _files("targets", catalogue):
        for metric, trees in read_yaml(path).items():
            if not isinstance(trees, list):
                raise DeclarationError(f"{path}: {metric}: a list of targets is expected (start each with “- ”)")
            found[metric] = tuple(validate(Target, tree, path, metric) for tree in trees)
    return found


def _read_units(catalogue: Path | None) -> tuple[dict[str, Unit], dict[str, Unit], bool]:
    """The packaged units, those in force, and whether these are another county's: the home's list `replaces` them."""
    packaged = _units_of(read_yaml(PACKAGED["rosters"] / UNITS), PACKAGED["rosters"] / UNITS)
    path = catalogue / "rosters" / UNITS if catalogue else None
    if path is None or not path.is_file():
        return packaged, packaged, False
    trees = read_yaml(path)
    is_another_county = trees.pop("replaces", "false") == "true"
    own = _units_of(trees, path)
    return packaged, own if is_another_county else packaged | own, is_another_county


def _units_of(trees: dict[str, Any], path: Path) -> dict[str, Unit]:
    return {key: validate(Unit, tree, path, key) for key, tree in trees.items()}


def _read_rosters(catalogue: Path | None, is_another_county: bool) -> dict[str, Roster]:
    """The lists of what is owed. Another county starts without the packaged entries that have a source: it is invented.

    A list without sources (which authority a level of document is filed with) is law, and stays.
    """
    found: dict[str, Roster] = {}
    for path in _files("rosters", catalogue):
        if path.stem == "units":
            continue
        tree = read_yaml(path)
        if is_another_county and "source" in tree.get("columns", {}) and path.parent == PACKAGED["rosters"]:
            tree["rows"] = {}
        if tree.pop("replaces", "false") != "true" and path.stem in found:
            tree = _merged(found[path.stem].model_dump(), tree)
        found[path.stem] = validate(Roster, tree, path, path.stem)
    return found


def _read_row_sets(catalogue: Path | None) -> dict[str, RowSet]:
    """`row_sets/<name>.sql`, its first lines `-- key: a, b` `-- unit: c` `-- date: d` `-- reads: x, y`."""
    found: dict[str, RowSet] = {}
    for path in _files("row_sets", catalogue, ".sql"):
        text = path.read_text("utf-8")
        head = dict(re.findall(r"^-- (key|unit|date|reads): (.+)$", text, re.MULTILINE))
        if missing := {"key", "unit", "date", "reads"} - head.keys():
            raise DeclarationError(f"{path}: the head lacks {', '.join(sorted(missing))}")
        body = "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip().rstrip(";")
        lists = {name: tuple(part.strip() for part in head[name].split(",")) for name in ("key", "reads")}
        found[path.stem] = RowSet(sql=body, unit=head["unit"], date=head["date"], **lists)
    return found


def read_holidays(catalogue: Path | None) -> tuple[Holiday, ...]:
    """`holidays.csv`: day,is_workday,name; a day in the catalogue overrides the packaged one."""
    found: dict[date, Holiday] = {}
    for path in (HERE / "holidays.csv", *([catalogue / "holidays.csv"] if catalogue else [])):
        if not path.is_file():
            continue
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines), start=2):
                holiday = validate(Holiday, row, path, f"line {number}")
                found[holiday.day] = holiday
    return tuple(found[day] for day in sorted(found))
