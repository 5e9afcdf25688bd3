"""The targets of a new year: each that holds at the end of the old one ends there, and a copy of it begins.

A year has targets of its own, so that a bound which the county changes for the new year does not judge the old one
again while late rows still come. What the clerk wrote stays as it is written: text is only put in between.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from warehouse.declarations import PACKAGED
from warehouse.models import Target
from warehouse.yaml_reader import DeclarationError, read_yaml, validate

HEAD = "# Targets of the county, a list per metric: an entry here stands instead of the packaged one of that metric.\n"
Tree = dict[str, Any]
Edit = tuple[int, str]


@dataclass(frozen=True)
class TargetCopies:
    """What a year's turn did. `by_hand`: metrics whose file cannot be added to safely. `given`: had targets already."""

    copied: tuple[str, ...]
    given: tuple[str, ...]
    by_hand: tuple[str, ...]
    files: tuple[Path, ...]


def copy_targets(catalogue: Path, year: int) -> TargetCopies:
    """Write the targets of `year` into `catalogue/targets/`. Done again it changes nothing.

    Refuses (DeclarationError) targets that do not read.
    """
    held: dict[Path, dict[str, list[Tree]]] = {}
    given = []
    for metric, (path, trees) in _in_effect(catalogue).items():
        targets = [validate(Target, tree, path, metric) for tree in trees]
        if not any(_holds_until_the_year(target, year) for target in targets):
            continue
        if any(target.since >= date(year, 1, 1) for target in targets):
            given.append(metric)
        elif any(_ends_with_the_year(target, year) for target in targets):
            held.setdefault(path, {})[metric] = trees
    copied: list[str] = []
    by_hand: list[str] = []
    files: list[Path] = []
    for path, metrics in held.items():
        target_file = catalogue / "targets" / path.name
        is_own = path.parent == target_file.parent
        before = target_file.read_text("utf-8") if target_file.exists() else HEAD
        after = _added_to(before, metrics, year) if is_own else _appended(before, metrics, year)
        if _wrote_whole(target_file, after, metrics, year):
            copied += metrics
            files.append(target_file)
        else:
            by_hand += metrics
    return TargetCopies(tuple(copied), tuple(given), tuple(by_hand), tuple(files))


def _in_effect(catalogue: Path) -> dict[str, tuple[Path, list[Tree]]]:
    """Per metric the file whose targets count (the last that names it), and its entries as text."""
    found = {}
    for folder in (PACKAGED["targets"], catalogue / "targets"):
        for path in sorted(folder.glob("*.yml")):
            for metric, trees in read_yaml(path).items():
                found[metric] = (path, list(json.loads(json.dumps(trees))))
    return found


def _ends_with_the_year(target: Target, year: int) -> bool:
    """Whether it holds on the last day before the year and does not itself run on into it to a later end."""
    eve = date(year - 1, 12, 31)
    return target.since <= eve and (target.until is None or target.until == eve)


def _holds_until_the_year(target: Target, year: int) -> bool:
    eve = date(year - 1, 12, 31)
    return target.since <= eve and (target.until is None or target.until >= eve)


def _turned(trees: Sequence[Tree], year: int) -> tuple[list[Tree], list[Tree]]:
    """The entries with their end, and the new ones; an entry that had an end gets one in the new year too."""
    old: list[Tree] = []
    new: list[Tree] = []
    for tree in trees:
        if not _ends_with_the_year(Target.model_validate(tree), year):
            old.append(tree)
            continue
        old.append(tree | {"until": f"{year - 1}-12-31"})
        ended = {"until": f"{year}-12-31"} if "until" in tree else {}
        rest = {key: value for key, value in tree.items() if key not in ("since", "until")}
        new.append({"since": f"{year}-01-01"} | ended | rest)
    return old, new


def _line(tree: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(tree), default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False).strip()


def _appended(text: str, metrics: Mapping[str, Sequence[Tree]], year: int) -> str:
    """Packaged entries, whole, behind what the county's file holds."""
    lines = [] if not text or text.endswith("\n") else [""]
    for metric, trees in metrics.items():
        old, new = _turned(trees, year)
        lines += [f"{metric}:", *(f"  - {_line(tree)}" for tree in (*old, *new))]
    return text + "\n".join([*lines, ""])


def _added_to(text: str, metrics: Mapping[str, Sequence[Tree]], year: int) -> str:
    """The county's own entries: an end put into each, the new ones behind the last."""
    edits: list[Edit] = []
    root = yaml.compose(text, Loader=yaml.BaseLoader)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value in metrics and isinstance(value, yaml.SequenceNode):
            edits += _edits(text, value, metrics[key.value], year)
    for at, words in sorted(edits, reverse=True):
        text = text[:at] + words + text[at:]
    return text


def _edits(text: str, entries: yaml.SequenceNode, trees: Sequence[Tree], year: int) -> Iterable[Edit]:
    until = f"until: {year - 1}-12-31"
    for node, tree in zip(entries.value, trees, strict=True):
        if "until" not in tree and _ends_with_the_year(Target.model_validate(tree), year):
            start = node.start_mark
            yield (
                (start.index + 1, f"{until}, ") if node.flow_style else (start.index, f"{until}\n{' ' * start.column}")
            )
    new = [_line(tree) for tree in _turned(trees, year)[1]]
    end = _end_of(entries.value[-1])
    if entries.flow_style:
        yield end, "".join(f", {line}" for line in new)
        return
    line_end = text.find("\n", end)
    indent = " " * entries.start_mark.column
    yield (line_end if line_end >= 0 else len(text)), "".join(f"\n{indent}- {line}" for line in new)


def _end_of(node: yaml.Node) -> int:
    """Where the text of a node ends; a block's own end lies behind the comments that follow it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return _end_of(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        return _end_of(node.value[-1])
    return int(node.end_mark.index)


def _wrote_whole(path: Path, text: str, metrics: Mapping[str, Sequence[Tree]], year: int) -> bool:
    """Whether the new text says what it should and nothing else; only then it takes the file's place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.tmp")
    beside.write_text(text, "utf-8")
    wanted = read_yaml(path) if path.exists() else {}
    wanted |= {metric: [*old, *new] for metric, trees in metrics.items() for old, new in (_turned(trees, year),)}
    try:
        is_right = read_yaml(beside) == wanted
    except DeclarationError:
        is_right = False
    if is_right:
        beside.replace(path)
    else:
        beside.unlink()
    return is_right
