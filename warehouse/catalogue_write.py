"""Takes changed rows over into the catalogue: checked whole beside the old one, then put in its place.

What stood in a file before is kept under `catalogue/former/<moment>/`; comments above its first entry stay in it.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from warehouse.catalogue_change import Change
from warehouse.catalogue_grids import HOLIDAY_FIELDS, Tree, holiday_rows, plain_tree, target_trees, tree_of
from warehouse.declarations import UNITS, read_declarations
from warehouse.home import Home
from warehouse.inbox import COUNTY_TIME
from warehouse.yaml_reader import DeclarationError

FORMER = "former"


def files_of(catalogue: Path, changes: Iterable[Change]) -> dict[str, str]:
    """The new text of every file that the changes touch, by its place below the catalogue."""
    trees: dict[str, Tree] = {}
    days: dict[str, Mapping[str, str]] = {}
    targets = {metric: (path.name, list(entries)) for metric, (path, entries) in target_trees(catalogue).items()}

    def own(place: str) -> Tree:
        return trees.setdefault(place, plain_tree(catalogue / place))

    for change in changes:
        first = change.key[0]
        if change.part == "units":
            own(f"rosters/{UNITS}")[first] = tree_of("units", change.after)
        elif change.part == "targets":
            name, entries = targets.setdefault(first, ("county.yml", []))
            at = int(change.key[1]) - 1
            entries[at : at + 1] = [tree_of("targets", change.after)]
            own(f"targets/{name}")[first] = entries
        elif change.part == "holidays":
            days[first] = change.after
        else:
            # The county's entry lies on the packaged one, cell by cell: one that was emptied must say so.
            emptied = {name: "" for name in change.before or {} if name != "key" and not change.after.get(name)}
            own(f"rosters/{change.part}.yml").setdefault("rows", {})[first] = (
                tree_of(change.part, change.after) | emptied
            )
    found = {place: _as_yaml(catalogue / place, tree) for place, tree in trees.items()}
    return found | ({"holidays.csv": _as_csv(catalogue / "holidays.csv", days)} if days else {})


def _as_yaml(path: Path, tree: Tree) -> str:
    before = path.read_text("utf-8").splitlines() if path.is_file() else []
    head = []
    for line in before:
        if line.strip() and not line.startswith("#"):
            break
        head.append(line)
    body = yaml.dump(tree, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**9)
    return "\n".join([*head, body])


class _Dumper(yaml.SafeDumper):
    """An entry a line, as people keep them."""


def _mapping(dumper: yaml.SafeDumper, tree: dict[str, Any]) -> yaml.Node:
    is_leaf = not any(isinstance(value, list | dict) for value in tree.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", tree.items(), flow_style=is_leaf and bool(tree))


_Dumper.add_representer(dict, _mapping)


def _as_csv(path: Path, days: Mapping[str, Mapping[str, str]]) -> str:
    rows = {row["day"]: row for row in holiday_rows(path)} | dict(days)
    written = io.StringIO()
    lines = csv.DictWriter(written, HOLIDAY_FIELDS, lineterminator="\n")
    lines.writeheader()
    lines.writerows({name: rows[day].get(name, "") for name in HOLIDAY_FIELDS} for day in sorted(rows))
    return written.getvalue()


def fault_of_whole(catalogue: Path, files: Mapping[str, str]) -> str:
    """What would be wrong with the catalogue as a whole; "" when it reads. Nothing of the catalogue is touched."""
    with tempfile.TemporaryDirectory(prefix="ducha-catalogue-") as work:
        copy = Path(work) / "catalogue"
        shutil.copytree(catalogue, copy, ignore=shutil.ignore_patterns(FORMER))
        for place, text in files.items():
            _put(copy / place, text)
        try:
            read_declarations(copy)
        except DeclarationError as error:
            return str(error).replace(f"{copy}/", "catalogue/")
    return ""


def take_over(home: Home, files: Mapping[str, str], at: datetime) -> None:
    """Put the files in their places, each whole, and keep what stood there. The caller holds the home's lock.

    Refuses (OSError) a folder that cannot be written; what was put there by then goes back.
    """
    former = home.catalogue / FORMER / at.astimezone(COUNTY_TIME).strftime("%Y%m%d-%H%M%S")
    there = [place for place in files if (home.catalogue / place).is_file()]
    for place in there:
        (former / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(home.catalogue / place, former / place)
    put: list[str] = []
    try:
        for place, text in files.items():
            put.append(place)
            _put(home.catalogue / place, text)
    except OSError:
        for place in put:
            (home.catalogue / place).unlink(missing_ok=True)
            if place in there:
                shutil.copy2(former / place, home.catalogue / place)
        raise


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.tmp")
    with beside.open("w", encoding="utf-8", newline="") as whole:
        whole.write(text)
        whole.flush()
        os.fsync(whole.fileno())
    beside.replace(path)
