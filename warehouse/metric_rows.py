"""The rows of a metric: its row set, which of them lie in a period, and on which side of the figure each stands.

Figures and traces are both built from here, so that a number and its evidence cannot disagree.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from warehouse import reported_rows
from warehouse.declarations import Declarations
from warehouse.models import Metric
from warehouse.predicates import (
    Measure,
    Predicate,
    PredicateError,
    constant_sql,
    lookups_of,
    parameters_of,
    parse_measure,
    to_sql,
)

SYSTEM_COLUMNS = {
    "deliveries_owed": ("supplier", "period_end_on"),
    "signals": ("unit", "period_end_on"),
    "findings_past_due": ("owner", "period_end_on"),
    "stated_against_counted": ("unit", "period_end_on"),
    "oversight_priorities": ("unit", "period_end_on"),
    reported_rows.NAME: ("unit", "reported_on"),
}
NAME = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class MetricRows:
    """One metric, read. `source` stands under the alias `r`; `day`, `unit` and `town` are SQL over it."""

    metric_id: str
    metric: Metric
    source: str
    day: str | None
    unit: str | None
    town: str | None
    denominator: Measure | None
    numerator: Measure

    @property
    def kind(self) -> Literal["rate", "count", "sum", "distinct"]:
        """A rate has two sides; otherwise what the one side counts."""
        return "rate" if self.denominator else self.numerator.kind

    @property
    def entity(self) -> str | None:
        """The column of `per`: the grain of both sides."""
        return f"r.{self.metric.per.column}" if self.metric.per else None

    @property
    def wheres(self) -> list[Predicate]:
        """The conditions of both sides."""
        sides = (self.denominator, self.numerator)
        return [side.where for side in sides if side is not None and side.where is not None]

    @property
    def adds_up(self) -> bool:
        """Whether months add up to years: counts and sums of rows that do not ask which period it is."""
        asks = set().union(*(parameters_of(where) for where in self.wheres)) & {"period_start", "period_end"}
        measures = [side for side in (self.denominator, self.numerator) if side is not None]
        counted = all(side.kind != "distinct" for side in measures)
        return not (asks or self.metric.per or self.metric.stock) and counted

    @property
    def looks_up_by_period(self) -> bool:
        """Whether a lookup in another dataset asks for the period: it then runs once per period, with constants."""
        inside = [lookup.where for where in self.wheres for lookup in lookups_of(where)]
        return any(parameters_of(where) & {"period_start", "period_end"} for where in inside)

    def in_period(self, parameters: Mapping[str, str]) -> str:
        """SQL: the row lies in the period; for a stock, it is in force on its last day (or on as_of, if earlier)."""
        start, end, as_of = (parameters[name] for name in ("period_start", "period_end", "as_of"))
        held = "" if self.entity is None else f" AND {self.entity} IS NOT NULL"
        if self.metric.stock is None:
            return f"{self.day} >= {start} AND {self.day} <= {end}{held}"
        last = f"least({end}, {as_of})"
        since = f"r.{self.metric.stock.from_} <= {last}"
        if self.metric.stock.to is None:
            return since + held
        until = f"r.{self.metric.stock.to}"
        return f"{since} AND ({until} IS NULL OR {until} > {last}){held}"

    def counts_in(self, parameters: Mapping[str, str]) -> str:
        """SQL: the row is in the denominator; for a metric that is no rate, in the numerator."""
        side = self.denominator or self.numerator
        return to_sql(side.where, parameters) if side.where is not None else "TRUE"

    def counts_as_met(self, parameters: Mapping[str, str]) -> str:
        """SQL: the row is in the numerator, which is always inside the denominator."""
        parts = [side.where for side in (self.denominator, self.numerator) if side is not None]
        return " AND ".join(to_sql(where, parameters) for where in parts if where is not None) or "TRUE"


def period_parameters(start: date, end: date, as_of: date) -> dict[str, str]:
    """The parameters of one period as SQL constants."""
    return {
        "period_start": constant_sql(start),
        "period_end": constant_sql(end),
        "as_of": constant_sql(as_of),
    }


def row_set_sql(declarations: Declarations, name: str) -> str:
    """A row set as it stands after FROM: a table, or the join of `row_sets/<name>.sql` in brackets."""
    if not NAME.fullmatch(name):
        raise PredicateError(f"“{name}” is not a name: small letters, digits and _")
    return f"(\n{declarations.row_sets[name].sql}\n)" if name in declarations.row_sets else name


def datasets_behind(declarations: Declarations, metric_id: str) -> tuple[str, ...]:
    """Every dataset that a metric needs: those of its row set, and those its conditions look into."""
    metric = declarations.metrics[metric_id]
    found = list(declarations.reads(metric.of))
    found += datasets_reported(metric)
    for text in (metric.denominator, metric.numerator):
        where = parse_measure(text).where if text else None
        for lookup in lookups_of(where):
            found += [name for name in declarations.reads(lookup.dataset) if name not in found]
    return tuple(found)


def datasets_reported(metric: Metric) -> tuple[str, ...]:
    """The datasets that a metric of the reported rows lets through; none for any other metric."""
    if metric.of != reported_rows.NAME:
        return ()
    return reported_rows.datasets_named(parse_measure(metric.denominator or metric.numerator).where)


def metric_rows(declarations: Declarations, metric_id: str) -> MetricRows:
    """Read one metric. Refuses (PredicateError, naming the metric) what cannot be counted."""
    metric = declarations.metrics[metric_id]
    try:
        denominator = parse_measure(metric.denominator) if metric.denominator else None
        numerator = parse_measure(metric.numerator)
        _check_measures(metric, denominator, numerator)
        unit, day = _unit_and_day(declarations, metric)
        return MetricRows(
            metric_id=metric_id,
            metric=metric,
            source=f"{_source(declarations, metric, denominator or numerator)} r",
            day=f"CAST(r.{day} AS DATE)" if day else None,
            unit=f"r.{unit}" if unit else None,
            town=f"r.{metric.town}" if metric.town else None,
            denominator=denominator,
            numerator=numerator,
        )
    except PredicateError as error:
        raise PredicateError(f"metrics: {metric_id}: {error}") from None


def _source(declarations: Declarations, metric: Metric, counted: Measure) -> str:
    """Of the reported rows only those of the datasets that are counted: their names stand in the condition."""
    if metric.of != reported_rows.NAME or not (named := reported_rows.datasets_named(counted.where)):
        return row_set_sql(declarations, metric.of)
    for name in named:
        if name not in declarations.contracts:
            near = difflib.get_close_matches(name, declarations.contracts, n=1)
            raise PredicateError(f"no dataset “{name}”" + (f"; did you mean “{near[0]}”?" if near else ""))
    return f"(\n{reported_rows.reported_rows_sql(declarations.contracts, named)}\n)"


def _check_measures(metric: Metric, denominator: Measure | None, numerator: Measure) -> None:
    if metric.per and (numerator.kind != "count" or (denominator and denominator.kind != "count")):
        raise PredicateError("with `per` both sides are counts")
    if metric.per and denominator is None and metric.per.rows == "all":
        raise PredicateError("`per: ..., all` needs a denominator")
    if denominator and denominator.kind != numerator.kind:
        raise PredicateError("both sides of a rate count in the same way")
    if denominator and denominator.kind == "distinct" and denominator.column != numerator.column:
        raise PredicateError("both sides of a rate count the same thing")


def _unit_and_day(declarations: Declarations, metric: Metric) -> tuple[str | None, str | None]:
    """The columns that say under which unit a row is judged and when it is dated; the metric may override both."""
    unit: str | None = None
    day: str | None = None
    if metric.of in declarations.contracts:
        unit, day = "_unit", "_on"
    elif metric.of in declarations.row_sets:
        unit, day = declarations.row_sets[metric.of].unit, declarations.row_sets[metric.of].date
    elif metric.of in SYSTEM_COLUMNS:
        unit, day = SYSTEM_COLUMNS[metric.of]
    elif "unit" in declarations.rosters[metric.of].columns:
        unit = "unit"
    day = metric.dated_by or day
    if day is None and metric.stock is None:
        raise PredicateError(f"“{metric.of}” has no date of its own: give `dated_by` or `stock`")
    return metric.unit or unit, day
