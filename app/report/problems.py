"""What fell short in a year, in plain words: by target, with how many units, never a person and never a unit's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.letters.sentences import bound_words
from app.report.figures import Figures
from app.report.templates import Templates
from app.wording import text
from expectations.standings import COUNTY

TOLD = ("short", "missing", "unsure")


@dataclass(frozen=True)
class Problem:
    """One target that was not met by everyone. `text` may hold the metric's own slot."""

    metric: str
    label: str
    text: str


def problems_of(figures: Figures, templates: Templates) -> dict[str, list[Problem]]:
    """Per section of the report, in its order, the problems of its metrics in the order they are declared."""
    by_metric: dict[str, list[dict[str, Any]]] = {}
    for row in figures.standings:
        if row["standing"] in TOLD:
            by_metric.setdefault(row["metric"], []).append(row)
    numbers = {section.number: name for name, section in templates.in_order()}
    first = next(iter(numbers.values()))
    found: dict[str, list[Problem]] = {name: [] for name in numbers.values()}
    for metric_id, metric in figures.declarations.metrics.items():
        if metric_id in by_metric:
            # What is no section's own (deliveries, the report itself) belongs to how the work is organised.
            found[numbers.get(metric.report.section, first)].append(_problem(metric_id, by_metric[metric_id], figures))
    return {name: problems for name, problems in found.items() if problems}


def _problem(metric_id: str, rows: list[dict[str, Any]], figures: Figures) -> Problem:
    metric = figures.declarations.metrics[metric_id]
    label = metric.label.zh
    clauses: list[str] = []
    told: set[str] = set()
    for standing in TOLD:  # a unit that fell short in one quarter and delivered nothing in the next is told once
        units = {row["unit"] or COUNTY for row in rows if row["standing"] == standing} - told
        told |= units
        if units:
            clauses.append(_clause(standing, units, rows, metric_id, figures))
    return Problem(metric_id, label, text("report.problem", "zh", label=label, clauses="，".join(clauses)))


def _clause(standing: str, units: set[str], rows: list[dict[str, Any]], metric_id: str, figures: Figures) -> str:
    """One standing of one target: whose, against what."""
    row: Mapping[str, Any] = next(row for row in rows if row["standing"] == standing)
    others = units - {COUNTY}
    values: dict[str, object] = {"units": len(others), "bound": bound_words(row, figures.declarations, "zh")}
    of_units = "units" if others else "county"
    bare = "" if values["bound"] or standing != "short" else "_plain"
    clause = text(f"report.problem_{standing}_{of_units}{bare}", "zh", **values)
    shows = standing == "short" and figures.figure(metric_id).held == "figure"
    is_rate = figures.declarations.metrics[metric_id].denominator is not None
    if shows and (is_rate or not others):
        return text("report.problem_figure", "zh", slot=f"{{{metric_id}}}", clause=clause)
    return clause
