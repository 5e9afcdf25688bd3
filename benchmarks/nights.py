"""Three nights over many service cases: the first, the night after with 1 % new rows, and one with nothing new.

Run: .venv/bin/python benchmarks/nights.py [rows]. A home with one supplier and its file. Every night is
`ducha nightly`, a whole process. The floor is the same command on a home without any file.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measuring import Cost, Section, measured
from benchmarks.reading import BATCH, DUCHA, generate

SUPPLIER = "approval_bureau"


def night(home: Path, on: str) -> Cost:
    """One night of a home."""
    return measured([DUCHA, "--home", home, "nightly", "--plain", "--date", on])


def section(rows: int) -> Section:
    """The table for a first night of `rows`."""
    with tempfile.TemporaryDirectory() as folder:
        home, empty = Path(folder) / "home", Path(folder) / "empty"
        for one in (home, empty):
            subprocess.run([DUCHA, "--home", one, "init", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        night(empty, "2024-06-11")  # what is compiled and cached once is no part of it
        floor = night(empty, "2024-06-12")
        inbox = home / "inbox" / SUPPLIER
        inbox.mkdir(parents=True, exist_ok=True)
        made = generate(inbox / "2024-05.csv", float("inf"), most=rows)
        found = [("first", made, night(home, "2024-06-11"))]
        more = generate(inbox / "2024-05-later.csv", float("inf"), first=made, most=max(rows // 100, BATCH))
        found.append(("with new rows", more, night(home, "2024-06-12")))
        found.append(("with nothing new", 0, night(home, "2024-06-13")))
        size = sum(path.stat().st_size for path in (home / "snapshots").glob("*.duckdb")) / len(found) / 1e6
    first = found[0][2]
    lines = [
        (name, f"{count:,}", f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.wall / first.wall:.2f}",
         f"{cost.wall - floor.wall:.1f}", cost.peak)
        for name, count, cost in [("of a home without files", 0, floor), *found]
    ]  # fmt: skip
    heads = ("night", "new rows", "s", "CPU s", "against the first", "s beyond an empty home", "peak MB")
    said = (
        f"A snapshot takes {size:.0f} MB. Goals: new rows of 1 % cost at most 0.10 of the first night, nothing new at"
        " most 2 s beyond the imports that every night has."
    )
    return Section(f"Nights of {made:,} service cases", f"benchmarks/nights.py {rows}", heads, lines, said)


def main() -> None:
    """Print the table."""
    print(section(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000).text())


if __name__ == "__main__":
    main()
