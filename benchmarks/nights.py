"""Three nights over many service cases: the first, the night after with 1 % new rows, and one with nothing new.

Run: .venv/bin/python benchmarks/nights.py [rows ...]. A home with one supplier and its file. Every night is
`ducha nightly`, a whole process. The floor is the same command on a home without any file.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measuring import Cost, Section, grown, measured
from benchmarks.reading import BATCH, DUCHA, generate

SUPPLIER = "approval_bureau"


def night(home: Path, on: str) -> Cost:
    """One night of a home."""
    return measured([DUCHA, "--home", home, "nightly", "--plain", "--date", on])


@dataclass(frozen=True)
class Nights:
    """What nights over one size cost. `made`, `more`: rows of the first, and those that came after it."""

    made: int
    more: int
    floor: Cost
    first: Cost
    later: Cost
    nothing: Cost
    snapshot: float


def nights(rows: int) -> Nights:
    """A home's first night with `rows`, the next with 1 % more (at least one batch), the third with nothing new."""
    with tempfile.TemporaryDirectory() as folder:
        home, empty = Path(folder) / "home", Path(folder) / "empty"
        for one in (home, empty):
            subprocess.run([DUCHA, "--home", one, "init", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        night(empty, "2024-06-11")  # what is compiled and cached once is no part of it
        floor = night(empty, "2024-06-12")
        inbox = home / "inbox" / SUPPLIER
        inbox.mkdir(parents=True, exist_ok=True)
        made = generate(inbox / "2024-05.csv", float("inf"), most=rows)
        first = night(home, "2024-06-11")
        more = generate(inbox / "2024-05-later.csv", float("inf"), first=made, most=max(rows // 100, BATCH))
        later, nothing = night(home, "2024-06-12"), night(home, "2024-06-13")
        sizes = [path.stat().st_size / 1e6 for path in (home / "snapshots").glob("*.duckdb")]
    return Nights(made, more, floor, first, later, nothing, sum(sizes) / len(sizes))


def sections(sizes: list[int]) -> list[Section]:
    """The nights of the largest size, and how they grow."""
    found = [nights(rows) for rows in sizes]
    command, most = f"benchmarks/nights.py {' '.join(map(str, sizes))}", found[-1]
    lines = [
        (name, f"{count:,}", f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.wall / most.first.wall:.2f}",
         f"{cost.wall - most.floor.wall:.1f}", cost.peak)
        for name, count, cost in [
            ("of a home without files", 0, most.floor), ("first", most.made, most.first),
            ("with new rows", most.more, most.later), ("with nothing new", 0, most.nothing),
        ]
    ]  # fmt: skip
    heads = ("night", "new rows", "s", "CPU s", "against the first", "s beyond an empty home", "peak MB")
    said = (
        f"A snapshot takes {most.snapshot:.0f} MB. Goals: new rows of 1 % cost at most 0.10 of the first night, nothing"
        " new at most 2 s beyond the imports that every night has."
    )
    made = [Section(f"Nights of {most.made:,} service cases", command, heads, lines, said)]
    if len(found) > 1:
        made.append(_growth(found, command))
    return made


def _growth(found: list[Nights], command: str) -> Section:
    """CPU seconds beyond an empty home's night, the peak of the first night, and the file."""
    rows = [
        (f"{one.made:,}", *(f"{cost.cpu - one.floor.cpu:.1f}" for cost in (one.first, one.later, one.nothing)),
         one.first.peak, f"{one.snapshot:.0f}")
        for one in found
    ]  # fmt: skip
    low, high = found[0], found[-1]
    power = {
        "first night": grown((low.made, low.first.cpu - low.floor.cpu), (high.made, high.first.cpu - high.floor.cpu)),
        "peak": grown((low.made, low.first.peak), (high.made, high.first.peak)),
        "file": grown((low.made, low.snapshot), (high.made, high.snapshot)),
    }
    said = "Grows with rows to the power of: " + ", ".join(f"{name} {value:.2f}" for name, value in power.items())
    heads = ("rows", "first: CPU s", "new rows: CPU s", "nothing new: CPU s", "peak MB", "snapshot MB")
    return Section("Growth of nights, beyond an empty home", command, heads, rows, f"{said} (goal: at most 1).")


def main() -> None:
    """Print the tables."""
    for section in sections([int(word) for word in sys.argv[1:]] or [1_000_000]):
        print(section.text())


if __name__ == "__main__":
    main()
