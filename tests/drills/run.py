"""Every promise in its full figure, one line each; the results stand in benchmarks/promises.md.

What is run, and with which figure, is declared in promises.yml beside this file. A line counts the cases that the tests
of a promise say they ran (the `cases` fixture), and where none says so one for each test that ran. What ran with this
commit and seed is not run again: its result is kept in `.drills/`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.drills.seeding import SEED
from warehouse.yaml_reader import read_yaml

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("promises.yml")
KEPT = ROOT / ".drills"
PAGE = ROOT / "benchmarks" / "promises.md"


@dataclass(frozen=True)
class Promise:
    """One line of the table: what is promised, its tests, those of the full form, its figure, the faults to notice."""

    name: str
    promise: str
    cases: int
    of: str
    tests: tuple[str, ...]
    full_tests: tuple[str, ...]
    full: tuple[str, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What one run of a promise's tests was."""

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


def read_promises(more: Sequence[str] = ()) -> list[Promise]:
    """The table, in its order. `more`: options that take the place of those of the table, for a shorter run."""
    return [
        Promise(
            name, row["promise"], int(row["cases"]), row["of"], tuple(row["tests"]),
            tuple(row.get("full_tests", ())), (*row.get("full", "").split(), *more),
            tuple(row["faults"]),
        )
        for name, row in read_yaml(TABLE).items()
    ]  # fmt: skip


def commit() -> str:
    """The commit that stands here, and whether anything was changed since; `unknown` outside of a repository."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    try:
        changed = git("diff", "HEAD", "--", ".", ":!benchmarks")
        mark = f"+{hashlib.sha256(changed.encode()).hexdigest()[:6]}" if changed else ""
        return git("rev-parse", "--short=10", "HEAD").strip() + mark
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine() -> str:
    """Cores, memory and interpreter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}"


def key_of(promise: Promise, at: str, seed: int, is_quick: bool) -> str:
    """Two promises with the same tests and figure have the same key: they are run once."""
    said = [at, seed, promise.tests, () if is_quick else (promise.full_tests, promise.full)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def run_tests(promise: Promise, seed: int, is_quick: bool, show: Callable[[int], None]) -> tuple[Path, float]:
    """One run of pytest over the tests and the planted faults of a promise; gives its report and its seconds."""
    KEPT.mkdir(exist_ok=True)
    report, progress = KEPT / f"{promise.name}.xml", KEPT / f"{promise.name}.progress"
    for old in (report, progress):
        old.unlink(missing_ok=True)
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1",
        f"--junitxml={report}", f"--progress={progress}", f"--hypothesis-seed={seed}",
        *(() if is_quick else promise.full),
        *dict.fromkeys((*promise.tests, *(() if is_quick else promise.full_tests), *promise.faults)),
    ]  # fmt: skip
    began = time.monotonic()
    with (KEPT / f"{promise.name}.log").open("w", encoding="utf-8") as log:
        environment = os.environ | {"DUCHA_SEED": str(seed)}
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, env=environment)
        try:
            while process.poll() is None:
                time.sleep(0.2)
                show(int(progress.read_text("utf-8") or 0) if progress.exists() else 0)
        finally:
            process.terminate()
            process.wait()
    return report, time.monotonic() - began


def count(report: Path, promise: Promise, is_quick: bool) -> dict[str, int]:
    """Cases, failures, faults noticed and what was skipped, from the report of a run.

    A run without a report, or without one test of those it names, is a failure: nothing was shown.
    """
    counts = {"cases": 0, "failures": 0, "noticed": 0, "faults": len(promise.faults), "skipped": 0}
    if not report.exists():
        return counts | {"failures": 1}
    seen: dict[str, list[bool]] = {}
    counted, plain = list[int](), 0
    for test in ElementTree.parse(report).iter("testcase"):
        node = f"{test.get('classname', '').replace('.', '/')}.py::{test.get('name', '').split('[')[0]}"
        told = {one.get("name", ""): int(one.get("value", "0")) for one in test.iter("property")}
        failed = test.find("failure") is not None or test.find("error") is not None
        skipped = test.find("skipped") is not None
        seen.setdefault(node, []).append(not failed and not skipped)
        if node in promise.faults:
            continue
        counts["skipped"] += skipped
        if not skipped:
            counted += [told["cases"]] if "cases" in told else []
            plain += 1
        counts["failures"] += max(told.get("failures", 0), int(failed))
    counts["cases"] = sum(counted) if counted else plain
    counts["noticed"] = sum(all(seen.get(fault, [False])) for fault in promise.faults)
    asked = (*promise.tests, *(() if is_quick else promise.full_tests))
    never = [one for one in asked if not any(node == one or node.startswith(f"{one}::") for node in seen)]
    return counts | {"failures": counts["failures"] + len(never)}


def run_promise(promise: Promise, key: str, at: str, seed: int, is_quick: bool, show: Callable[[int], None]) -> Result:
    """One promise, run and counted."""
    report, seconds = run_tests(promise, seed, is_quick, show)
    counts = count(report, promise, is_quick)
    return Result(
        key, **counts, seconds=round(seconds, 1), seed=seed, commit=at, on=f"{date.today()}", machine=machine()
    )


def read_kept() -> dict[str, Result]:
    """The last result of each promise."""
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


def run_all(
    wanted: Sequence[Promise],
    keys: dict[str, str],
    known: Sequence[Result],
    run_one: Callable[[str, Promise], Result],
    at_once: int,
) -> Iterator[Result]:
    """One result for each key: what is known, then the others as they end, so many at once.

    Promises of the same tests and figure have one key and run once. The first lines last longest and begin first.
    Each lane has cores of its own, which what it starts inherits: on small data a second thread costs a fifth more.
    """
    cores = sorted(os.sched_getaffinity(0))
    shares = iter([cores[lane::at_once] or cores for lane in range(at_once)])
    found = {row.key: row for row in known}
    yield from found.values()
    first = {keys[promise.name]: promise for promise in reversed(wanted)}
    with ThreadPoolExecutor(at_once, initializer=lambda: os.sched_setaffinity(0, next(shares))) as lanes:
        begun = [lanes.submit(run_one, key, first[key]) for key in dict.fromkeys(keys.values()) if key not in found]
        try:
            yield from (one.result() for one in as_completed(begun))
        finally:
            lanes.shutdown(cancel_futures=True)


def main() -> int:
    """Run what is asked for; 0 when every line is well."""
    parser = argparse.ArgumentParser(prog="make drills", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--again", action="store_true", help="also what ran with this commit and seed")
    parser.add_argument(
        "--quick", action="store_true", help="the quick forms; they are kept apart and not written down"
    )
    parser.add_argument("--with", dest="more", default="", help="other figures, as '--kills 100'; the line tells")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1, help="how many promises; one a core")
    parser.add_argument("--only", nargs="+", default=[], metavar="P1", help="these promises alone")
    asked = parser.parse_args()
    promises, results, at, well = read_promises(asked.more.split()), {} if asked.quick else read_kept(), commit(), True
    wanted = [one for one in promises if not asked.only or one.name in asked.only]
    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    KEPT.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="made-", dir=KEPT) as made, Progress(*columns, console=console) as progress:
        os.environ["DUCHA_MADE"] = made  # the sample county and its night, which many lines look at, are made once
        overall = progress.add_task("promises", total=len(wanted))

        def run_one(key: str, promise: Promise) -> Result:
            task = progress.add_task(promise.name, total=promise.cases)
            show = partial(lambda task, ran: progress.update(task, completed=ran), task)
            try:
                return run_promise(promise, key, at, asked.seed, asked.quick, show)
            finally:
                progress.remove_task(task)

        keys = {promise.name: key_of(promise, at, asked.seed, asked.quick) for promise in wanted}
        known = [] if asked.again or at == "unknown" else [row for row in results.values() if row.key in keys.values()]
        for result in run_all(wanted, keys, known, run_one, asked.at_once):
            for promise in (one for one in wanted if keys[one.name] == result.key):
                results[promise.name] = result
                is_good = is_well(promise, result) if not asked.quick else result.failures == 0
                well &= is_good
                console.print(line(promise, result), style="" if is_good else "red")
                progress.advance(overall)
            if not asked.quick:
                keep(results)
                write_page(promises, results)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
