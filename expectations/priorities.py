"""Where oversight goes first: units by suits lost and case files found unfit, guarded against small samples.

For inspectors and leaders only: it ranks units for visits and appraises nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from expectations.evidence import Evidence, as_day
from expectations.samples import wilson_interval
from warehouse.declarations import Declarations
from warehouse.models import Label
from warehouse.periods import Period, period_named
from warehouse.yaml_reader import read_yaml, validate

DATASET = "oversight_visits"
SUITS, FILES = "suit_loss_rate", "file_review_pass_rate"
WORDS = Path(__file__).with_name("priorities.yml")
FEW = 5
ZERO = Decimal(0)


@dataclass(frozen=True)
class Side:
    """What went wrong of how many. It ranks a unit only where there are enough cases and something went wrong."""

    hits: Decimal
    cases: Decimal
    few: int = FEW

    @property
    def is_small(self) -> bool:
        """Fewer cases than a percentage can stand on."""
        return 0 < self.cases < self.few

    @property
    def score(self) -> Decimal:
        """The lower end of the 95 % interval: what the unit's rate is at least, by all likelihood."""
        return ZERO if self.hits <= 0 or self.cases < self.few else wilson_interval(self.hits, self.cases)[0]


def priority_rows(
    declarations: Declarations, evidence: Evidence, visits: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """One row per year and unit in which a suit was lost or a file found unfit, in the order of the list.

    Ranked by the sum of both lower ends, then by how much went wrong. `is_listed`: at least one side has enough cases;
    a unit that lost its only suit stands below, marked as a small sample.
    """
    seen = _last_visits(visits, evidence.as_of)
    for period in _years(evidence):
        every = {unit: _sides(declarations, evidence, period, unit) for unit in declarations.units}
        units = {unit: sides for unit, sides in every.items() if any(side.hits > 0 for side in sides)}
        ranked = sorted(units, key=lambda unit: _order(units[unit]))
        for rank, unit in enumerate(ranked, start=1):
            yield _row(period, rank, unit, units[unit], seen.get(unit))


def _years(evidence: Evidence) -> list[Period]:
    names = {name for metric, name in evidence.figures if metric in (SUITS, FILES) and len(name) == 4}
    return [period_named(name) for name in sorted(names)]


def _sides(declarations: Declarations, evidence: Evidence, period: Period, unit: str) -> tuple[Side, Side]:
    found = []
    for metric, is_good in ((SUITS, False), (FILES, True)):
        declared = declarations.metrics.get(metric)
        hits, cases = (evidence.figure(metric, period, unit) if declared else None) or (ZERO, ZERO)
        cases = cases or ZERO
        few = declared.small_sample if declared and declared.small_sample else FEW
        found.append(Side(cases - hits if is_good else hits, cases, few))
    return found[0], found[1]


def _order(sides: tuple[Side, Side]) -> tuple[Decimal, Decimal]:
    return -sum((side.score for side in sides), ZERO), -sum((side.hits for side in sides), ZERO)


def _row(period: Period, rank: int, unit: str, sides: tuple[Side, Side], visited_on: date | None) -> dict[str, Any]:
    suits, files = sides
    return {
        "unit": unit, "period": period.name, "period_start_on": period.start, "period_end_on": period.end,
        "rank": rank, "is_listed": any(side.score > 0 for side in sides), "reason": _reason(sides, visited_on),
        "suits_lost": suits.hits, "suits_judged": suits.cases, "files_unfit": files.hits,
        "files_reviewed": files.cases, "small_sample": any(side.hits > 0 and side.is_small for side in sides),
        "last_visit_on": visited_on, "_dataset": "oversight_priorities", "_file": "priorities.yml", "_sheet": "",
        "_row": rank,
    }  # fmt: skip


def _reason(sides: tuple[Side, Side], visited_on: date | None) -> str:
    """Both sides in words, as far as something went wrong, and the last visit."""
    words = _words()
    parts = []
    for name, side in zip(("suits", "files"), sides, strict=True):
        if side.hits > 0:
            template = words[f"{name}_few" if side.is_small else name].zh
            low = f"{side.score * 100:.1f}%"
            parts.append(template.format(hits=f"{side.hits:f}", cases=f"{side.cases:f}", low=low))
    visited = words["visited"].zh.format(day=visited_on.isoformat()) if visited_on else words["never_visited"].zh
    return words["join"].zh.join([*parts, visited])


@cache
def _words() -> dict[str, Label]:
    return {name: validate(Label, tree, WORDS, name) for name, tree in read_yaml(WORDS).items()}


def _last_visits(visits: Iterable[Mapping[str, Any]], as_of: date) -> dict[str, date]:
    found: dict[str, date] = {}
    for row in visits:
        on = as_day(row["visited_on"])
        if on is not None and on <= as_of:
            found[row["visited_unit"]] = max(on, found.get(row["visited_unit"], on))
    return found
