"""The sample county's night against a bare process that imports Great Expectations and builds one suite.

Run: .venv/bin/python benchmarks/night.py [runs]. Pair by pair; both are warm, the first pair is not counted.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measuring import Cost, Section, measured
from benchmarks.reading import DUCHA

BARE = """
import sys
sys.modules["pyspark"] = None  # as the night does: imported, it would end the process
import great_expectations as gx
context = gx.get_context(mode="ephemeral")
bound = gx.expectations.ExpectColumnValuesToBeBetween(column="a", max_value=0)
context.suites.add(gx.ExpectationSuite(name="one", expectations=[bound]))
"""


def pair(work: Path) -> tuple[Cost, Cost]:
    """One night of a fresh sample home, then one bare process."""
    home = work / "home"
    shutil.rmtree(home, ignore_errors=True)
    subprocess.run([DUCHA, "--home", home, "sample"], check=True, stdout=subprocess.DEVNULL)
    return measured([DUCHA, "--home", home, "nightly", "--plain"]), measured([sys.executable, "-c", BARE])


def section(runs: int) -> Section:
    """A line for each pair, and their median."""
    with tempfile.TemporaryDirectory() as work:
        pairs = [pair(Path(work)) for _ in range(runs + 1)][1:]
    rows = [
        (f"{night.wall:.1f}", f"{night.cpu:.1f}", night.peak, f"{bare.wall:.1f}", f"{bare.cpu:.1f}", bare.peak,
         f"{night.wall / bare.wall:.2f}")
        for night, bare in pairs
    ]  # fmt: skip
    heads = ("night s", "CPU s", "peak MB", "bare import s", "CPU s", "peak MB", "night against import")
    median = statistics.median(night.wall / bare.wall for night, bare in pairs)
    said = f"Median {median:.2f} (goal: at most 3). Judging runs in a process of its own, which imports meanwhile."
    return Section("The night of the sample county", f"benchmarks/night.py {runs}", heads, rows, said)


def main() -> None:
    """Print the table."""
    print(section(int(sys.argv[1]) if len(sys.argv) > 1 else 5).text())


if __name__ == "__main__":
    main()
