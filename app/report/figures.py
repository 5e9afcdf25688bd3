"""The figures of one year as the report prints them: read from one snapshot, nothing counted here.

A figure whose deliveries never came, or whose metric is not connected, is a gap: never 0.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from app.letters.cell_words import column_named, contracts_behind, number_words, said, value_words
from app.letters.sentences import target_of
from app.lights import Light, county_lights, lights_of
from app.wording import fill, text
from expectations.standings import COUNTY
from warehouse.metric_rows import datasets_behind
from warehouse.models import Metric
from warehouse.periods import Period, period_named
from warehouse.printed import printed_for_report
from warehouse.snapshot import Snapshot

Row = Mapping[str, Any]
Held = Literal["figure", "missing", "empty", "unknown"]
LONGEST_BOOKMARK = 40
FIELD = re.compile(r"\{(\w+)\}")
MARKED = re.compile("“[^“”]*”|《[^《》]*》")
DAY = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")


@dataclass(frozen=True)
class Figure:
    """One figure of the county and one year. `held`: counted; its data never came; 0/0; no such metric.

    `came` of `owed` deliveries are in. `standing` is the county's, else the worst of its units'.
    """

    metric: str
    period: str
    label: str
    held: Held
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    printed: str = ""
    standing: str | None = None
    is_unsure: bool = False
    owed: int = 0
    came: int = 0

    @property
    def bookmark(self) -> str:
        """`fig_<metric>_<period>`, as Word allows it."""
        return bookmark_name("fig", self.metric, self.period)

    @property
    def is_incomplete(self) -> bool:
        """Whether some of what it is counted from has not come."""
        return self.held == "figure" and self.came < self.owed

    @property
    def gap(self) -> str:
        """What stands in the text instead of a number; empty for a figure that was counted."""
        words = {"missing": "report.gap", "unknown": "report.gap", "empty": "report.none_owed"}
        return text(words[self.held], "zh", label=self.label) if self.held in words else ""

    @property
    def mark(self) -> str:
        """What stands behind a number that is in doubt."""
        if self.is_unsure:
            return text("report.unsure", "zh")
        return text("report.incomplete", "zh", came=self.came, owed=self.owed) if self.is_incomplete else ""


def bookmark_name(kind: str, *parts: str) -> str:
    """A name of letters, digits and `_`, at most 40 long; a longer one is cut and ends in a hash of the whole."""
    name = "_".join((kind, *parts)).replace("-", "_")
    if len(name) <= LONGEST_BOOKMARK:
        return name
    tail = f"{hashlib.sha256(name.encode()).hexdigest()[:6]}_{parts[-1].replace('-', '_')}"
    return f"{name[: LONGEST_BOOKMARK - len(tail) - 1]}_{tail}"


class Figures:
    """The figures of one year of one snapshot, each looked up once."""

    def __init__(self, snapshot: Snapshot, year: str) -> None:
        self.snapshot = snapshot
        self.declarations = snapshot.declarations
        self.year = year
        self._known: dict[tuple[str, str], Figure] = {}

    @cached_property
    def standings(self) -> list[dict[str, Any]]:
        """Every standing of a metric in the year, whatever its length of period."""
        rows = self.snapshot.standings()
        return [row for row in rows if row["metric"] is not None and str(row["period"])[:4] == self.year]

    @cached_property
    def lights(self) -> dict[str, Light]:
        """Per target the county's light: its own, else the worst of its units'."""
        return county_lights(lights_of(self.standings, self.year))

    @cached_property
    def _counted(self) -> dict[tuple[str, str], Row]:
        return {(row["metric"], row["period"]): row for row in self.snapshot.figures(unit=None, town=None)}

    @cached_property
    def _owed(self) -> list[dict[str, Any]]:
        return self.snapshot.owed()

    @cached_property
    def _in_force(self) -> list[dict[str, Any]]:
        return [row for row in self.snapshot.deliveries() if row["state"] == "in_force" and row["coverage_start"]]

    @cached_property
    def _unsure(self) -> set[str]:
        return {row["metric"] for row in self.standings if row["standing"] == "unsure"}

    def is_empty(self) -> bool:
        """Whether the snapshot holds nothing of the year: no delivery that covers any of it."""
        span = period_named(self.year)
        return not any(
            row["coverage_start"] <= span.end and row["coverage_end"] >= span.start for row in self._in_force
        )

    def figure(self, metric: str, period: str | None = None) -> Figure:
        """The county's figure of the year, or of another period."""
        key = (metric, period or self.year)
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key]

    def before(self, metric: str) -> Figure:
        """The same figure a year earlier."""
        return self.figure(metric, str(int(self.year) - 1))

    def _read(self, name: str, period: str) -> Figure:
        metric = self.declarations.metrics.get(name)
        if metric is None:
            return Figure(name, period, name, "unknown")
        label = said(metric.label, "zh")
        light = self.lights.get(name) if period == self.year else None
        standing = light.standing if light else None
        row = self._counted.get((name, period))
        if row is None or row["numerator"] is None or not self.came_at_all(name, period):
            return Figure(name, period, label, "missing", standing=standing)
        sides = (row["numerator"], row["denominator"])
        if metric.denominator is not None and not row["denominator"]:
            return Figure(name, period, label, "empty", *sides, standing=standing)
        owed, came = self._deliveries(name, period)
        shown = self._phrase(metric, name, period, self.print(metric, name, period, *sides))
        unsure = name in self._unsure and period == self.year
        return Figure(name, period, label, "figure", *sides, shown, standing, unsure, owed, came)

    def print(
        self, metric: Metric, name: str, period: str, numerator: Decimal | None, denominator: Decimal | None
    ) -> str:
        """A number as the report writes it, with its qualifier."""
        target = target_of({"metric": name, "target": name, "period": period}, self.declarations)
        return printed_for_report(metric, numerator, denominator, target)

    def _phrase(self, metric: Metric, name: str, period: str, value: str) -> str:
        """The metric's own phrase around its number; without the values it asks for, the number alone."""
        columns = [column for column in FIELD.findall(metric.report.printed) if column != "value"]
        words = {column: listed(self._values(metric, name, column, period)) for column in columns}
        return fill(metric.report.printed, words | {"value": value}) if all(words.values()) else value

    def came_at_all(self, name: str, period: str) -> bool:
        """Whether every dataset behind the figure has a delivery in force that touches the period."""
        span = period_named(period)
        held = {row["dataset"] for row in self._in_force
                if row["coverage_start"] <= span.end and row["coverage_end"] >= span.start}  # fmt: skip
        return held.issuperset(datasets_behind(self.declarations, name))

    def _deliveries(self, name: str, period: str) -> tuple[int, int]:
        """Deliveries owed by now of what the figure needs for the period, and those of them that came."""
        span, due = period_named(period), []
        for dataset in datasets_behind(self.declarations, name):
            due += self._due(dataset, span)
        return len(due), sum(row["came_on"] is not None for row in due)

    def gaps_of(self, dataset: str, span: Period) -> list[dict[str, Any]]:
        """Deliveries of a dataset that were owed by now for some of a period and did not come."""
        return [row for row in self._due(dataset, span) if row["came_on"] is None]

    def _due(self, dataset: str, span: Period) -> list[dict[str, Any]]:
        return [
            row
            for row in self._owed
            if row["dataset"] == dataset
            and (row["period_start_on"] <= span.end and row["period_end_on"] >= span.start)
            and (row["came_on"] is not None or row["due_on"] < self.snapshot.as_of)
        ]

    def values(self, name: str, column: str, period: str) -> list[str]:
        """The distinct values of a column of the counted rows, in their order, as people write them; ids masked."""
        metric = self.declarations.metrics.get(name)
        if metric is None or self.figure(name, period).held != "figure":
            return []
        return self._values(metric, name, column, period)

    def _values(self, metric: Metric, name: str, column: str, period: str) -> list[str]:
        declared = column_named(column, contracts_behind(metric, self.declarations))
        rows = self.snapshot.trace(name, period)
        found = [value_words(column, row.get(column), declared, self.declarations, "zh") for row in rows]
        return [value for value in dict.fromkeys(found) if value != text("nothing", "zh")]

    def quarantined(self, name: str) -> int:
        """How many rows of the datasets behind a figure were set aside and may belong to the year."""
        span, datasets = period_named(self.year), datasets_behind(self.declarations, name)
        if not datasets:
            return 0
        return self.snapshot.quarantine_count(dataset=datasets, start=span.start, end=span.end)

    @cached_property
    def units(self) -> dict[str, dict[str, Row]]:
        """Unit -> metric -> its own figure of the year, where there is anything to count or to judge."""
        judged = {(row["unit"], row["metric"]) for row in self.standings if row["standing"] != "not_applicable"}
        found: dict[str, dict[str, Row]] = {}
        for row in self.snapshot.figures(self.year, town=None):
            counts = row["denominator"] if row["denominator"] is not None else row["numerator"]
            if row["unit"] not in (None, COUNTY) and (counts or (row["unit"], row["metric"]) in judged):
                found.setdefault(row["unit"], {})[row["metric"]] = row
        return found

    def unit_hash(self, unit: str) -> str:
        """What a unit's figures of the year are known by: a later change of one of them gives another hash."""
        rows = self.units.get(unit, {})
        sides = [[name, *(_plain(rows[name][side]) for side in ("numerator", "denominator"))] for name in sorted(rows)]
        return hashlib.sha256(json.dumps(sides).encode()).hexdigest()


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else number_words(value)


def listed(values: Iterable[str]) -> str:
    """`“甲”、“乙”`: names in quotation marks unless they carry marks of their own; days stand as they are."""
    bare = [value if MARKED.fullmatch(value) or DAY.fullmatch(value) else _quoted(value) for value in values]
    return text("letters.join", "zh").join(bare)


def _quoted(value: str) -> str:
    """A name in quotation marks; those inside it become single ones."""
    return text("report.quoted", "zh", value=value.replace("“", "‘").replace("”", "’"))
