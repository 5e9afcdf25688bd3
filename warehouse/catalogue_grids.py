"""What a county keeps in its catalogue, as plain tables of text: units, targets, rosters, holidays.

One row per unit, target, entry of a roster, or day; every cell is the text of its declaration. Back again: a row as
the tree that the declaration is written as.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from warehouse.declarations import HERE, PACKAGED, UNITS, Declarations, read_declarations
from warehouse.masking import Kind, mask_row, personal_columns
from warehouse.yaml_reader import read_yaml

Tree = dict[str, Any]
Key = tuple[str, ...]
Kinds = Mapping[str, Mapping[str, Kind]]
UNIT_FIELDS = (
    "unit", "name_zh", "name_en", "kind", "flags", "aliases", "credit_code", "town_code", "valid_from", "valid_to",
    "becomes", "liaison", "leader", "email", "leader_email", "phone",
)  # fmt: skip
TARGET_FIELDS = (
    "metric", "number", "metric_name", "since", "until", "every", "for", "from", "at_least", "at_most", "equals",
    "more_than", "near", "severity", "owner", "basis",
)  # fmt: skip
HOLIDAY_FIELDS = ("day", "is_workday", "name")
LISTS = ("flags", "aliases")
UNIT_PERSONAL: Mapping[str, Kind] = {
    "liaison": "name", "leader": "name", "phone": "phone", "email": "address", "leader_email": "address",
}  # fmt: skip
SHOWN_ONLY = "metric_name"
BETWEEN = re.compile(r"\s*[,，、;；]\s*")


@dataclass(frozen=True)
class Grid:
    """One table. The first `keys` fields name a row; `rows` are in the order of the declarations."""

    part: str
    fields: tuple[str, ...]
    keys: int
    rows: Mapping[Key, Mapping[str, str]]
    title: str = ""


def grids_of(catalogue: Path) -> dict[str, Grid]:
    """Every table as it counts now: the packaged entries with the county's own on top.

    Refuses (DeclarationError) a catalogue that does not read.
    """
    declared = read_declarations(catalogue)
    units: dict[Key, dict[str, str]] = {(name,): _unit_row(name, tree) for name, tree in unit_trees(catalogue).items()}
    found = {"units": Grid("units", UNIT_FIELDS, 1, units)}
    names = {name: metric.label.zh for name, metric in declared.metrics.items()}
    targets: dict[Key, dict[str, str]] = {
        (metric, str(number)): _target_row(metric, number, names.get(metric, ""), tree)
        for metric, (_, trees) in target_trees(catalogue).items()
        for number, tree in enumerate(trees, start=1)
    }
    found["targets"] = Grid("targets", TARGET_FIELDS, 2, targets)
    for name, roster in declared.rosters.items():
        fields = ("key", *roster.columns)
        rows: dict[Key, dict[str, str]] = {(key,): {"key": key} | _filled(row) for key, row in roster.rows.items()}
        found[name] = Grid(name, fields, 1, rows, roster.label.zh)
    days: dict[Key, dict[str, str]] = {}
    for path in (HERE / "holidays.csv", catalogue / "holidays.csv"):
        days |= {(row["day"],): row for row in holiday_rows(path)}
    found["holidays"] = Grid("holidays", HOLIDAY_FIELDS, 1, dict(sorted(days.items())))
    return found


def personal_of(declared: Declarations) -> Kinds:
    """The columns of each table that hold personal data."""
    return {"units": UNIT_PERSONAL} | {name: personal_columns(declared, name, ()) for name in declared.rosters}


def masked(grid: Grid, kinds: Kinds) -> Grid:
    """The table with its personal cells masked: so it leaves the house."""
    personal = kinds.get(grid.part, {})
    return replace(grid, rows={key: mask_row(row, personal) for key, row in grid.rows.items()})


def unit_trees(catalogue: Path) -> dict[str, Tree]:
    """The entries of units as they are written, by id."""
    packaged, own = (plain_tree(path) for path in (PACKAGED["rosters"] / UNITS, catalogue / "rosters" / UNITS))
    is_another_county = own.pop("replaces", "false") == "true"
    return own if is_another_county else packaged | own


def target_trees(catalogue: Path) -> dict[str, tuple[Path, list[Tree]]]:
    """Per metric the file whose targets count (the last that names it), and its entries as they are written."""
    found: dict[str, tuple[Path, list[Tree]]] = {}
    for folder in (PACKAGED["targets"], catalogue / "targets"):
        for path in sorted(folder.glob("*.yml")):
            found |= {metric: (path, list(trees)) for metric, trees in plain_tree(path).items()}
    return found


def holiday_rows(path: Path) -> Iterator[dict[str, str]]:
    """The lines of a holidays.csv that is there."""
    if path.is_file():
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                yield {name: str(row.get(name) or "") for name in HOLIDAY_FIELDS}


def plain_tree(path: Path) -> Tree:
    """A file as plain mappings and lists: nothing that is kept of it is shared with the reader's own copy."""
    return dict(json.loads(json.dumps(read_yaml(path)))) if path.is_file() else {}


def _filled(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in row.items() if value not in (None, "")}


def _unit_row(name: str, tree: Tree) -> dict[str, str]:
    label = tree.get("label", {})
    row = {"unit": name, "name_zh": label.get("zh", ""), "name_en": label.get("en", "")}
    for field in UNIT_FIELDS[3:]:
        value = tree.get(field)
        row[field] = "、".join(value) if isinstance(value, list) else value or ""
    return _filled(row)


def _target_row(metric: str, number: int, name: str, tree: Tree) -> dict[str, str]:
    judged, equals = tree.get("judged", {}), tree.get("equals")
    row = {field: tree.get(field, "") for field in TARGET_FIELDS}
    row |= {"metric": metric, "number": str(number), SHOWN_ONLY: name, **judged}
    row["equals"] = f"units: {equals['units']}" if isinstance(equals, dict) else equals or ""
    return _filled(row)


def tree_of(part: str, row: Mapping[str, str]) -> Tree:
    """One row as its declaration is written; the row's key is not in it. Empty cells are left out."""
    if part == "units":
        rest = {name: row[name] for name in UNIT_FIELDS[3:] if row.get(name)}
        lists = {name: BETWEEN.split(rest[name].strip()) for name in LISTS if name in rest}
        return {"label": {"zh": row.get("name_zh", ""), "en": row.get("name_en", "")}, **rest, **lists}
    if part == "targets":
        judged = {name: row.get(name, "") for name in ("every", "for", "from")}
        named = ("at_least", "at_most", "equals", "more_than", "near", "severity", "owner", "basis")
        tree: Tree = {name: row[name] for name in ("since", "until") if row.get(name)} | {"judged": judged}
        tree |= {name: row[name] for name in named if row.get(name)}
        kind, colon, units = tree.get("equals", "").partition(":")
        return tree | ({"equals": {kind.strip(): units.strip()}} if colon else {})
    return {name: value for name, value in row.items() if name != "key"}
