"""What a judgement rests on: figures, deliveries owed and come, and the rows that were quarantined."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from expectations.standings import COUNTY
from warehouse.comparing import covers_whole
from warehouse.declarations import Declarations
from warehouse.metric_rows import datasets_reported
from warehouse.models import Every, Metric
from warehouse.periods import Period, period_of, periods_between

Row = Mapping[str, Any]
IN_DATASET = re.compile(r"\bin\s+([a-z_]\w*)\s*\(")


@dataclass(frozen=True)
class Owed:
    """One delivery that a supplier owes. `came_on` is empty when nothing in force covers its period."""

    dataset: str
    supplier: str
    period: str
    start: date
    end: date
    due_on: date
    came_on: date | None

    def touches(self, period: Period) -> bool:
        """Whether its days and the period's overlap."""
        return self.start <= period.end and self.end >= period.start

    @property
    def cause(self) -> str:
        """How a standing names this delivery as what it follows from."""
        return f"delivery:{self.dataset}:{self.supplier}:{self.period}"


@dataclass(frozen=True)
class Quarantined:
    """Rows of one dataset that count against a unit and period. `placed`: their unit is known to be this one."""

    placed: Mapping[str, int]
    unplaced: Mapping[str, int]

    @property
    def rows(self) -> int:
        """How many rows."""
        return sum(self.placed.values()) + sum(self.unplaced.values())


NOTHING = Quarantined({}, {})
ANY = "*"


def as_day(value: Any) -> date | None:
    """A date from a date or from its ISO text."""
    return date.fromisoformat(str(value)[:10]) if value not in (None, "") else None


def as_number(value: Any) -> Decimal:
    """A decimal without the zeros that its column's type adds: 23.000000 -> 23."""
    number = Decimal(value)
    whole = number.to_integral_value()
    return whole if whole == number else number.normalize()


def datasets_read(declarations: Declarations, metric: Metric) -> tuple[str, ...]:
    """The datasets that a figure needs: its row set's own, and those its predicates look into."""
    named = IN_DATASET.findall(f"{metric.numerator} {metric.denominator or ''}")
    found = [*declarations.reads(metric.of), *datasets_reported(metric)]
    found += [name for name in named if name in declarations.contracts]
    return tuple(dict.fromkeys(found))


class Evidence:
    """The inputs of one judgement, indexed. Grain of the inputs: see `make_judge`."""

    def __init__(self, inputs: Mapping[str, Any], declarations: Declarations, as_of: date) -> None:
        self.declarations = declarations
        self.as_of = as_of
        self.figures: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
        for figure in inputs.get("figures", ()):
            if figure.get("town") is None:
                self.figures[figure["metric"], figure["period"]][figure["unit"] or COUNTY] = figure
        self.owed: dict[str, list[Owed]] = defaultdict(list)
        for row in inputs.get("owed", ()):
            self.owed[row["dataset"]].append(_owed(row))
        self.deliveries = [dict(row) for row in inputs.get("deliveries", ()) if row["dataset"]]
        self._quarantined: dict[str, list[Row]] = defaultdict(list)
        for row in inputs.get("quarantined", ()):
            self._quarantined[row["dataset"]].append(row)
        self._counted: dict[tuple[str, Every, bool, bool], dict[tuple[str | None, str], Counter[str]]] = {}
        self._in_period: dict[tuple[str, str, str], dict[str | None, Counter[str]]] = {}

    def figure(self, metric: str, period: Period, unit: str) -> tuple[Decimal, Decimal | None] | None:
        """Numerator and denominator; None when nothing was counted."""
        row = self.figures[metric, period.name].get(unit)
        if row is None:
            return None
        denominator = row["denominator"]
        return as_number(row["numerator"] or 0), None if denominator is None else as_number(denominator)

    def counted_units(self, metric: str, period: Period) -> list[str]:
        """Units for which something was counted in the period."""
        rows = self.figures[metric, period.name].items()
        return [unit for unit, row in rows if unit != COUNTY and (row["denominator"] or row["numerator"])]

    def owed_for(self, dataset: str, unit: str, period: Period) -> list[Owed]:
        """Deliveries owed that overlap the period: the unit's own where it is a supplier, else everyone's."""
        rows = [row for row in self.owed[dataset] if row.touches(period)]
        own = [row for row in rows if row.supplier == unit]
        return own or rows

    def is_covered(self, dataset: str, period: Period) -> bool:
        """Whether some delivery in force holds days of the period."""
        return any(
            row["dataset"] == dataset
            and (start := as_day(row["coverage_start"])) is not None
            and (end := as_day(row["coverage_end"])) is not None
            and start <= period.end
            and end >= period.start
            for row in self.deliveries
        )

    def is_covered_whole(self, dataset: str, unit: str, period: Period) -> bool:
        """Whether deliveries in force hold every day of the period, of the unit's own where it is a supplier."""
        rows = [row for row in self.deliveries if row["dataset"] == dataset]
        own = [row for row in rows if row["supplier"] == unit] or rows
        days = [(as_day(row["coverage_start"]), as_day(row["coverage_end"])) for row in own]
        spans = [(first, last) for first, last in days if first and last]
        return covers_whole(spans, period, self.declarations.contracts[dataset].covers == "stock")

    def is_owed_later(self, dataset: str, period: Period) -> bool:
        """Whether a delivery for the period's last day will be owed, once a longer period of its own is over."""
        due = self.declarations.contracts[dataset].due
        own = period_of(due.every, period.end) if due else None
        return own is not None and due is not None and due.since <= own.start and own.end >= self.as_of

    def quarantined_units(self, name: str, dataset: str, period: Period) -> list[str]:
        """Units whose own rows were quarantined in the period, where such rows are judged under their own unit."""
        metric = self.declarations.metrics[name]
        if datasets_reported(metric) or self._unit_column(metric) != self.declarations.contracts[dataset].unit.from_:
            return []
        return sorted(unit for unit in self._quarantined_in(name, dataset, period) if unit is not None)

    def quarantined_for(self, name: str, dataset: str, unit: str, period: Period) -> Quarantined:
        """The dataset's quarantined rows that count against the metric `name` for a unit and period.

        A row whose unit cannot be told (unreadable, or the metric is judged under another column than the dataset's
        own) counts against every unit: it could be anyone's, and must not turn anyone green.
        """
        by_unit = self._quarantined_in(name, dataset, period)
        if not by_unit:
            return NOTHING
        if datasets_reported(self.declarations.metrics[name]):
            # The figure counts quarantined rows itself; only those of nobody could still be this unit's.
            return NOTHING if unit == COUNTY else Quarantined({}, by_unit.get(None, {}))
        if unit == COUNTY:
            return Quarantined(sum(by_unit.values(), Counter()), {})
        if self._unit_column(self.declarations.metrics[name]) != self.declarations.contracts[dataset].unit.from_:
            return Quarantined({}, sum(by_unit.values(), Counter()))
        return Quarantined(by_unit.get(unit, {}), by_unit.get(None, {}))

    def is_mostly_quarantined(self, dataset: str, suppliers: Iterable[str], period: Period) -> str | None:
        """The cause, when the suppliers' deliveries in the period were quarantined for more than a half."""
        wanted = set(suppliers)
        for row in self.deliveries:
            end = as_day(row["coverage_end"])
            if row["dataset"] != dataset or row["supplier"] not in wanted or end is None:
                continue
            if row["quarantined"] * 2 > row["rows"] and period.start <= end <= period.end:
                due = self.declarations.contracts[dataset].due
                return f"delivery:{dataset}:{row['supplier']}:{period_of(due.every if due else 'year', end).name}"
        return None

    def _quarantined_in(self, name: str, dataset: str, period: Period) -> dict[str | None, Counter[str]]:
        """Quarantined rows of the period by unit and supplier; computed once per metric, dataset and period."""
        key = (name, dataset, period.name)
        if key not in self._in_period:
            metric = self.declarations.metrics[name]
            is_stock = metric.stock is not None and dataset in self.declarations.reads(metric.of)
            counted = self._counts(dataset, period.every, is_stock, self._is_dated_otherwise(metric, dataset))
            by_unit: dict[str | None, Counter[str]] = defaultdict(Counter)
            for (unit, held_in), rows in counted.items():
                if _stands_in(held_in, period, is_stock):
                    by_unit[unit] += rows
            self._in_period[key] = dict(by_unit)
        return self._in_period[key]

    def _unit_column(self, metric: Metric) -> str:
        if metric.unit:
            return metric.unit
        if metric.of in self.declarations.contracts:
            return self.declarations.contracts[metric.of].unit.from_
        return self.declarations.row_sets[metric.of].unit if metric.of in self.declarations.row_sets else "unit"

    def _is_dated_otherwise(self, metric: Metric, dataset: str) -> bool:
        """The metric dates rows by a column that the quarantined row's own date does not show."""
        joined = self.declarations.row_sets.get(metric.of)
        day = metric.dated_by or (joined.date if joined and dataset in joined.reads else None)
        return day is not None and day != self.declarations.contracts[dataset].dated_on

    def _counts(
        self, dataset: str, every: Every, is_stock: bool, is_dated_otherwise: bool
    ) -> dict[tuple[str | None, str], Counter[str]]:
        """Quarantined rows by (unit, period name) and supplier. Counted once per dataset and length of period."""
        contract = self.declarations.contracts[dataset]
        key = (dataset, every, is_stock, is_dated_otherwise)
        if key not in self._counted:
            found: dict[tuple[str | None, str], Counter[str]] = defaultdict(Counter)
            for row in self._quarantined[dataset]:
                unit = row["supplier"] if contract.unit.from_ == "supplier" else row["unit"] or None
                for name in self._periods_of(row, every, is_stock, is_dated_otherwise):
                    found[unit, name][row["supplier"]] += int(row["rows"])
            self._counted[key] = found
        return self._counted[key]

    def _periods_of(self, row: Row, every: Every, is_stock: bool, is_dated_otherwise: bool) -> set[str]:
        on, first, last = as_day(row["on"]), as_day(row["period_start"]), as_day(row["period_end"])
        if is_dated_otherwise and first and last:
            # A case of one year may be decided in the next: only a day after its file came is impossible.
            last = max(last, as_day(row.get("received_on")) or last)
        if is_stock:
            return {(on or date.min).isoformat()}
        names = {period_of(every, on).name} if on else set()
        if on is None or is_dated_otherwise:
            names |= {period.name for period in periods_between(every, first or date.max, last or date.min)}
        return names or {ANY}


def _stands_in(name: str, period: Period, is_stock: bool) -> bool:
    """A stock row stands from its own day on; a row without any date stands in every period."""
    return date.fromisoformat(name) <= period.end if is_stock else name in (period.name, ANY)


def _owed(row: Row) -> Owed:
    start, end, due_on = as_day(row["period_start_on"]), as_day(row["period_end_on"]), as_day(row["due_on"])
    if start is None or end is None or due_on is None:
        raise ValueError(f"a delivery owed without its days: {dict(row)}")
    return Owed(row["dataset"], row["supplier"], row["period"], start, end, due_on, as_day(row["came_on"]))
