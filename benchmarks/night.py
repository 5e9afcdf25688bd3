"""The sample county's night against a bare process that imports Great Expectations and builds one suite.

Run: .venv/bin/python benchmarks/night.py [runs]. Prints wall seconds, CPU seconds, peak memory and the ratio, pair by
pair; both processes are warm (the first pair is not counted).
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = """
import os, sys
sys.modules["pyspark"] = None  # as the night does: imported, it would end the process
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx
context = gx.get_context(mode="ephemeral")
bound = gx.expectations.ExpectColumnValuesToBeBetween(column="a", max_value=0)
context.suites.add(gx.ExpectationSuite(name="one", expectations=[bound]))
"""
DUCHA = Path(sys.executable).with_name("ducha")


def timed(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of one whole process with its children."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, cpu


def pair(work: Path) -> tuple[float, float, float, float]:
    """One night of a fresh sample home, then one bare process."""
    home = work / "home"
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run([DUCHA, "--home", home, "sample"], check=True, stdout=subprocess.DEVNULL)
    night = timed([str(DUCHA), "--home", str(home), "nightly", "--plain"])
    return *night, *timed([sys.executable, "-c", BARE])


def main() -> None:
    """Print the table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with tempfile.TemporaryDirectory() as work:
        pairs = [pair(Path(work)) for _ in range(runs + 1)][1:]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print("night s   night CPU s   bare s   bare CPU s   ratio")
    for night, night_cpu, bare, bare_cpu in pairs:
        print(f"{night:7.2f} {night_cpu:13.2f} {bare:8.2f} {bare_cpu:12.2f} {night / bare:7.2f}")
    print(f"median ratio {statistics.median(night / bare for night, _, bare, _ in pairs):.2f} (goal: at most 3)")
    print(f"largest process {peak} MB")


if __name__ == "__main__":
    main()
