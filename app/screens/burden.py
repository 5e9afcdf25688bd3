"""What the county asks of its units: per unit how many files of a year were owed and how many came."""

from __future__ import annotations

from collections import Counter

from app.markup import Html, joined, table, tag
from app.visit import Visit

IN = ("came", "late")


def burden(visit: Visit, year: str) -> Html:
    """One line per unit that owes anything in a year, the one that owes most first; not yet due is counted apart."""
    viewer = visit.viewer
    owed = [row for row in visit.owed if row["period"][:4] == year]
    files = {row["sha256"] for row in visit.deliveries if _is_of(row, year)}
    counts: dict[str, Counter[str]] = {}
    datasets: dict[str, set[str]] = {}
    for row in owed:
        counts.setdefault(row["supplier"], Counter())[row["outcome"]] += 1
        datasets.setdefault(row["supplier"], set()).add(row["dataset"])
    rows = []
    for unit, found in sorted(counts.items(), key=lambda pair: -pair[1].total()):
        came = sum(found[outcome] for outcome in IN)
        rows.append([
            visit.unit_name(unit), len(datasets[unit]), found.total(), came, found["late"], found["missing"],
            found["not_due"],
        ])  # fmt: skip
    heads = [
        viewer.say(f"burden.{name}") for name in ("unit", "datasets", "owed", "came", "late", "missing", "not_due")
    ]
    title = viewer.say("burden.title")
    say = viewer.say("burden.say", year=year, files=len(files), datasets=len({row["dataset"] for row in owed}))
    inner = table(heads, rows, caption=title, class_="log", empty=viewer.say("burden.none"))
    return joined([tag("h2", title, class_="part"), tag("p", say, class_="say"), inner])


def _is_of(row: dict[str, object], year: str) -> bool:
    """Whether the rows of a file stand, or stood, for a part of the year."""
    covers = row["coverage_start"], row["coverage_end"]
    return row["state"] in ("in_force", "replaced") and all(covers) and str(covers[0])[:4] <= year <= str(covers[1])[:4]
