"""Measure everything in one run and write RESULTS.md.

Run: make bench, or .venv/bin/python benchmarks/run.py [--small]. `--small` takes minutes and says so in its file.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rich.progress import Progress

from benchmarks import figures, judging, night, nights, reading, view
from benchmarks.measuring import Section

RESULTS = Path(__file__).with_name("RESULTS.md")
LIBRARIES = ("duckdb", "polars", "great-expectations", "prefect", "streamlit")
Part = tuple[str, Callable[[], list[Section]]]


def parts(is_small: bool) -> Iterator[Part]:
    """What is measured, each with its sizes."""
    sizes = [10_000, 100_000] if is_small else [100_000, 1_000_000, 10_000_000, 50_000_000]
    yield "figures", lambda: figures.sections(sizes, [20, 150])
    yield "night", lambda: [night.section(1 if is_small else 5)]
    yield "nights", lambda: nights.sections([20_000, 40_000] if is_small else [100_000, 1_000_000, 10_000_000])
    yield "reading", lambda: [reading.section(0.02 if is_small else 1), reading.books_section(3 if is_small else 100)]
    yield "judging", lambda: [judging.section(100_000 if is_small else 10_000_000, 20)]
    seconds, counts = (15, [1, 20]) if is_small else (90, [1, 20, 50])
    yield "view", lambda: view.sections(100_000 if is_small else 10_000_000, counts, seconds)


def head(is_small: bool, load: float) -> str:
    """When, where, with what, and how busy the machine was."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    small = " A small run: sizes are cut, ratios say little." if is_small else ""
    return (
        f"# What was measured\n\n{date.today()}, {os.cpu_count()} cores, {memory} GB, {platform.system()}"
        f" {platform.machine()}, Python {platform.python_version()}, {libraries}."
        f" Load average when it began: {load:.1f}."
        f"{small}\n\nSeconds depend on the machine; the ratios against what stands beside them in the same run are"
        " steadier. Peak memory adds up all processes of a command, shared pages once for each.\n\n"
    )


def main() -> None:
    """Run every part, one after the other, and write the file after each."""
    is_small = "--small" in sys.argv[1:]
    written, planned = head(is_small, os.getloadavg()[0]), list(parts(is_small))
    with Progress() as progress:
        task = progress.add_task("bench", total=len(planned))
        for name, part in planned:
            progress.update(task, description=name)
            written += "\n".join(section.text() for section in part()) + "\n"
            RESULTS.write_text(written.rstrip() + "\n", "utf-8")
            progress.advance(task)


if __name__ == "__main__":
    main()
