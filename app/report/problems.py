"""What fell short in a year, in plain words: by target, with how many units, never a person and never a unit's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.letters.sentences import bound_words
from app.lights import SEVERITIES
from app.report.figures import Figures, listed
from app.report.templates import Templates
from app.wording import text
from expectations.standings import COUNTY
from warehouse.metric_rows import datasets_behind
from warehouse.periods import period_named

MOST_NAMED = 4
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Problem:
    """One sentence under its id. `text` may hold a metric's slot; `labels` are what it is about, the gravest first."""

    id: str
    text: str
    labels: tuple[str, ...]
    severity: str


def problems_of(figures: Figures, templates: Templates) -> dict[str, list[Problem]]:
    """Per section of the report, in its order: each target that fell short, then what is doubtful, then the missing.

    What only follows from a file that did not come is told once with that file, not metric by metric.
    """
    numbers = {section.number: name for name, section in templates.in_order()}
    first = next(iter(numbers.values()))
    by_section: dict[str, dict[str, Rows]] = {name: {} for name in numbers.values()}
    of_metric: dict[str, Rows] = {}
    for row in figures.standings:
        of_metric.setdefault(row["metric"], []).append(row)
    for metric_id, metric in figures.declarations.metrics.items():
        rows = of_metric.get(metric_id, [])
        if any(row["standing"] in ("short", "unsure", "missing") for row in rows):
            # What is no section's own (deliveries, the report itself) belongs to how the work is organised.
            by_section[numbers.get(metric.report.section, first)][metric_id] = rows
    found = {name: list(_of_section(name, rows, figures)) for name, rows in by_section.items()}
    return {name: problems for name, problems in found.items() if problems}


def named_few(labels: Iterable[str]) -> str:
    """`“甲”、“乙”`; of more than four the first four and how many there are."""
    found = list(dict.fromkeys(labels))
    shown = listed(found[:MOST_NAMED])
    return shown if len(found) <= MOST_NAMED else text("report.and_more", "zh", names=shown, count=len(found))


def _of_section(name: str, by_metric: Mapping[str, Rows], figures: Figures) -> Iterable[Problem]:
    for metric_id, rows in by_metric.items():
        if short := [row for row in rows if row["standing"] == "short"]:
            yield _short(metric_id, short, figures)
    for standing in ("unsure", "missing"):
        metrics = {one: [row for row in rows if row["standing"] == standing] for one, rows in by_metric.items()}
        metrics = {one: rows for one, rows in metrics.items() if rows}
        if metrics:
            labels = [figures.declarations.metrics[one].label.zh for one in metrics]
            files = listed(_files_missing(metrics, figures)) if standing == "missing" else ""
            key = "report.problem_missing_files" if files else f"report.problem_{standing}"
            said = text(key, "zh", labels=listed(labels), count=len(labels), files=files)
            severity = min((row["severity"] for rows in metrics.values() for row in rows), key=SEVERITIES.index)
            yield Problem(f"problem_{standing}_{name}", said, tuple(labels), severity)


def _short(metric_id: str, rows: Rows, figures: Figures) -> Problem:
    """One target: the county's figure where it says something, and how many units miss what is asked."""
    metric = figures.declarations.metrics[metric_id]
    units = {row["unit"] or COUNTY for row in rows} - {COUNTY}
    bound = bound_words(rows[0], figures.declarations, "zh")
    whose, bare = ("units" if units else "county"), ("" if bound else "_plain")
    clause = text(f"report.problem_short_{whose}{bare}", "zh", units=len(units), bound=bound)
    if figures.figure(metric_id).held == "figure" and (metric.denominator is not None or not units):
        clause = text("report.problem_figure", "zh", slot=f"{{{metric_id}}}", clause=clause)
    said = text("report.problem", "zh", label=listed([metric.label.zh]), clause=clause)
    severity = min((row["severity"] for row in rows), key=SEVERITIES.index)
    return Problem(f"problem_{metric_id}", said, (metric.label.zh,), severity)


def _files_missing(metrics: Iterable[str], figures: Figures) -> list[str]:
    """The ledgers behind these figures that were owed for the year and did not all come."""
    span = period_named(figures.year)
    behind = {dataset for metric in metrics for dataset in datasets_behind(figures.declarations, metric)}
    return [
        text("report.ledger", "zh", name=figures.declarations.contracts[dataset].label.zh)
        for dataset in figures.declarations.contracts
        if dataset in behind and figures.gaps_of(dataset, span)
    ]
