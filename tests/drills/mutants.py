"""How many changes of the code its tests notice: read from `mutmut results --all true`, a line for each file.

Run by `make mutants`. A mutant that no test of the selection reaches counts as one that nobody noticed.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable

LEAST = 0.85
NOTICED = {"killed", "timeout", "segfault"}


def counted(lines: Iterable[str]) -> dict[str, Counter[str]]:
    """file -> how many of its mutants ended how."""
    found: dict[str, Counter[str]] = {}
    for line in lines:
        name, _, status = line.strip().partition(": ")
        if status:
            module = name.split(".x")[0]
            found.setdefault(module, Counter())[status] += 1
    return found


def share(ends: Counter[str]) -> float:
    """Noticed of all."""
    return sum(ends[end] for end in NOTICED) / ends.total()


def main() -> int:
    """Print the table; 0 when every area reaches the least share."""
    found = counted(sys.stdin)
    areas: dict[str, Counter[str]] = {}
    print("| file | mutants | noticed | survived | not reached | share |\n|---|---|---|---|---|---|")
    for module, ends in sorted(found.items()):
        area = "cells" if ".cell" in module else module.split(".")[1]
        areas[area] = areas.get(area, Counter()) + ends
        print(_line(module.replace(".", "/") + ".py", ends))
    for area, ends in areas.items():
        print(_line(f"**{area}**", ends))
    return 0 if areas and all(share(ends) >= LEAST for ends in areas.values()) else 1


def _line(name: str, ends: Counter[str]) -> str:
    noticed = sum(ends[end] for end in NOTICED)
    return (
        f"| {name} | {ends.total():,} | {noticed:,} | {ends['survived']:,} | {ends['no tests']:,}"
        f" | {100 * share(ends):.1f} % |"
    )


if __name__ == "__main__":
    sys.exit(main())
