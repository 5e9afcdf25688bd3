"""The lines of promises.yml and their results: how they are read, kept from run to run, told and written down."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from warehouse.yaml_reader import read_yaml

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("promises.yml")
KEPT = ROOT / ".drills"
PAGE = ROOT / "benchmarks" / "promises.md"


@dataclass(frozen=True)
class Promise:
    """One line of the table: what is promised, its tests, those of the full form, its figure, the faults to notice.

    `is_long`: it lasts so long that it begins before the others.
    """

    name: str
    promise: str
    cases: int
    of: str
    tests: tuple[str, ...]
    full_tests: tuple[str, ...]
    full: tuple[str, ...]
    faults: tuple[str, ...]
    is_long: bool = False


@dataclass(frozen=True)
class Result:
    """What one run of a promise's tests was. `told`: the tests said how many cases they ran."""

    key: str
    cases: int
    failures: int
    noticed: int
    faults: int
    skipped: int
    seconds: float
    seed: int
    commit: str
    on: str
    machine: str
    told: bool = True


def read_promises(more: Sequence[str] = ()) -> list[Promise]:
    """The table, in its order. `more`: options that take the place of those of the table, for a shorter run."""
    return [
        Promise(
            name, row["promise"], int(row["cases"]), row["of"], tuple(row["tests"]),
            tuple(row.get("full_tests", ())), (*row.get("full", "").split(), *more),
            tuple(row["faults"]), row.get("is_long", False),
        )
        for name, row in read_yaml(TABLE).items()
    ]  # fmt: skip


def parts(promise: Promise) -> list[Promise]:
    """What of a line is run on its own: its tests and its faults, and what the full form adds to them.

    The figure is that of the line: one of two parts has none.
    """
    if not promise.full_tests:
        return [promise]
    part = replace(promise, cases=0, full_tests=())
    more = replace(part, name=f"{promise.name}.2", tests=promise.full_tests, faults=())
    return [replace(part, name=f"{promise.name}.1"), more]


def whole(rows: Sequence[Result]) -> Result:
    """The result of a line from those of its parts. Tests are cases only where none of the line says its own."""
    if len(rows) == 1:
        return rows[0]
    said = [row for row in rows if row.told] or rows
    names = ("failures", "noticed", "faults", "skipped", "seconds")
    sums = {name: round(sum(getattr(row, name) for row in rows), 1) for name in names}
    return replace(rows[0], key="", cases=sum(row.cases for row in said), on=max(row.on for row in rows), **sums)


def read_kept() -> dict[str, Result]:
    """The last result of each line and of each part."""
    path = KEPT / "results.json"
    kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {name: Result(**row) for name, row in kept.items()}


def keep(results: dict[str, Result]) -> None:
    """The state of a run that may be cut off at any moment: written beside, then renamed."""
    KEPT.mkdir(exist_ok=True)
    beside = KEPT / "results.part"
    beside.write_text(json.dumps({name: asdict(row) for name, row in results.items()}, indent=1), "utf-8")
    beside.replace(KEPT / "results.json")


def is_well(promise: Promise, result: Result) -> bool:
    """No case failed, every planted fault was noticed, and at least as many cases ran as the promise names."""
    return result.failures == 0 and result.noticed == result.faults and result.cases >= promise.cases


def line(promise: Promise, result: Result) -> str:
    """Promise, cases, failures, seed, seconds."""
    short = f" (of {promise.cases})" if result.cases < promise.cases else ""
    skipped = f", {result.skipped} skipped" if result.skipped else ""
    return (
        f"{promise.name:4}{result.cases:>8} {promise.of}{short}, {result.failures} failures, "
        f"{result.noticed} of {result.faults} planted faults noticed{skipped}, seed {result.seed}, {result.seconds} s"
    )


def write_page(promises: list[Promise], results: dict[str, Result]) -> None:
    """benchmarks/promises.md: the last result of each promise, or that it was not run."""
    lines = [
        "# What is promised, and the last run that showed it", "",
        "Written by `make drills` from the reports of its tests; `tests/drills/promises.yml` says what each line runs.",
        "Cases are those that ran; the figure beside them is the one that the promise names. Seconds are of a machine",
        "that other work may have shared.", "",
        "| | promise | cases | figure | failures | planted faults noticed | seconds | seed | commit | date | machine |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for promise in promises:
        figure = f"{promise.cases:,} {promise.of}"
        if (row := results.get(promise.name)) is None:
            lines.append(f"| {promise.name} | {promise.promise} | not run | {figure} | | | | | | | |")
            continue
        noticed = f"{row.noticed} of {row.faults}"
        lines.append(
            f"| {promise.name} | {promise.promise} | {row.cases:,} | {figure} | {row.failures} | {noticed} "
            f"| {row.seconds:,.0f} | {row.seed} | {row.commit} | {row.on} | {row.machine} |"
        )
    PAGE.write_text("\n".join(lines) + "\n", "utf-8")
