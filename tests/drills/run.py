"""Every promise in its full figure, one line each; the results stand in benchmarks/promises.md.

What is run, and with which figure, is declared in promises.yml beside this file. A line counts the cases that the tests
of a promise say they ran (the `cases` fixture), and where none says so one for each test that ran. What ran with this
commit and seed is not run again: its result is kept in `.drills/`, for a line with tests of the full form in two parts.
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
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.drills.lines import (
    KEPT,
    ROOT,
    Promise,
    Result,
    is_well,
    keep,
    line,
    parts,
    read_kept,
    read_promises,
    whole,
    write_page,
)
from tests.drills.seeding import SEED


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


def key_of(part: Promise, at: str, seed: int) -> str:
    """Two parts with the same tests and figure have the same key: they are run once."""
    return hashlib.sha256(json.dumps([at, seed, part.tests, part.full]).encode()).hexdigest()[:16]


def run_tests(promise: Promise, seed: int, show: Callable[[int], None]) -> tuple[Path, float]:
    """One run of pytest over the tests and the planted faults of a promise; gives its report and its seconds."""
    KEPT.mkdir(exist_ok=True)
    report, progress = KEPT / f"{promise.name}.xml", KEPT / f"{promise.name}.progress"
    for old in (report, progress):
        old.unlink(missing_ok=True)
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1",
        f"--junitxml={report}", f"--progress={progress}", f"--hypothesis-seed={seed}",
        *promise.full,
        *dict.fromkeys((*promise.tests, *promise.faults)),
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


def count(report: Path, promise: Promise) -> dict[str, int]:
    """Cases and whether the tests told them, failures, faults noticed and what was skipped, from the report of a run.

    A run without a report, or without one test of those it names, is a failure: nothing was shown.
    """
    counts = {"cases": 0, "told": False, "failures": 0, "noticed": 0, "faults": len(promise.faults), "skipped": 0}
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
    counts["cases"], counts["told"] = sum(counted) if counted else plain, bool(counted)
    counts["noticed"] = sum(all(seen.get(fault, [False])) for fault in promise.faults)
    never = [one for one in promise.tests if not any(node == one or node.startswith(f"{one}::") for node in seen)]
    return counts | {"failures": counts["failures"] + len(never)}


def run_promise(promise: Promise, key: str, at: str, seed: int, show: Callable[[int], None]) -> Result:
    """One promise, or a part of it, run and counted."""
    report, seconds = run_tests(promise, seed, show)
    counts = count(report, promise)
    return Result(
        key, **counts, seconds=round(seconds, 1), seed=seed, commit=at, on=f"{date.today()}", machine=machine()
    )


def run_all(
    wanted: Sequence[Promise],
    keys: dict[str, str],
    known: Sequence[Result],
    run_one: Callable[[str, Promise], Result],
    at_once: int,
) -> Iterator[Result]:
    """One result for each key: what is known, then the others as they end, so many at once.

    Promises of the same tests and figure have one key and run once. `wanted` is in the order in which they begin.
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
    if asked.quick:
        wanted = [replace(one, full=(), full_tests=()) for one in wanted]
    pieces = {one.name: parts(one) for one in wanted}
    # A long one that begins last is alone on its core, with the others idle.
    every = sorted((part for of_line in pieces.values() for part in of_line), key=lambda part: not part.is_long)
    console = Console(highlight=False, soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    KEPT.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="made-", dir=KEPT) as made, Progress(*columns, console=console) as progress:
        os.environ["DUCHA_MADE"] = made  # the sample county and its night, which many lines look at, are made once
        overall = progress.add_task("promises", total=len(wanted))

        def run_one(key: str, promise: Promise) -> Result:
            task = progress.add_task(promise.name, total=promise.cases or None)
            show = partial(lambda task, ran: progress.update(task, completed=ran), task)
            try:
                return run_promise(promise, key, at, asked.seed, show)
            finally:
                progress.remove_task(task)

        keys = {part.name: key_of(part, at, asked.seed) for part in every}
        known = [] if asked.again or at == "unknown" else [row for row in results.values() if row.key in keys.values()]
        done: dict[str, Result] = {}
        for result in run_all(every, keys, known, run_one, asked.at_once):
            results |= {name: result for name, key in keys.items() if key == result.key}
            done[result.key] = result
            for promise in wanted:
                needed = [keys[part.name] for part in pieces[promise.name]]
                if result.key not in needed or not done.keys() >= set(needed):
                    continue
                results[promise.name] = found = whole([done[key] for key in needed])
                is_good = is_well(promise, found) if not asked.quick else found.failures == 0
                well &= is_good
                console.print(line(promise, found), style="" if is_good else "red")
                progress.advance(overall)
            if not asked.quick:
                keep(results)
                write_page(promises, results)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
