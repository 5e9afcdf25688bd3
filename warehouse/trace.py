"""The rows behind a figure, and the recount that proves them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from warehouse.declarations import Declarations
from warehouse.metric_rows import MetricRows, metric_rows, period_parameters
from warehouse.periods import Period
from warehouse.predicates import constant_sql, parse_measure

SYSTEM_KEYS = {
    "deliveries_owed": ("dataset", "supplier", "period"),
    "signals": ("scorecard", "unit", "period", "signal"),
    "findings_past_due": ("finding",),
    "stated_against_counted": ("metric", "period", "unit"),
    "oversight_priorities": ("period", "rank", "unit"),
    "reported_rows": ("_dataset", "_delivery", "outcome"),
}
Side = Literal["numerator", "denominator", "shortfall"]


def trace_query(
    declarations: Declarations,
    metric_id: str,
    period: Period,
    unit: str | None,
    town: str | None,
    side: Side,
    as_of: date,
    in_order: bool = True,
) -> str:
    """SQL for the rows of one figure: every column of the row set, with _dataset, _file, _sheet and _row.

    `numerator` and `denominator` recount to the figure (a metric that is no rate has the same rows on both).
    `shortfall`: what keeps the figure from its target: rows of the denominator that are not met; for a rate that must
    stay low, the rows of the numerator; with `per` or `distinct`, all counted rows of the things that fail. A count
    falls short by rows that do not exist, so it has none, unless it must stay low.
    """
    reading = metric_rows(declarations, metric_id)
    parameters = period_parameters(period.start, period.end, as_of)
    where = [reading.in_period(parameters)]
    where += [f"{reading.unit or 'NULL'} = {constant_sql(unit)}"] if unit is not None else []
    where += [f"{reading.town or 'NULL'} = {constant_sql(town)}"] if town is not None else []
    if side == "shortfall" and must_stay_low(declarations, metric_id):
        side = "numerator"
    where.append(_on_side(reading, parameters, " AND ".join(where), side))
    found = f"SELECT r.* FROM {reading.source} WHERE {' AND '.join(where)}"
    if not in_order:
        return found
    order = ", ".join(f"r.{name}" for name in ("_file", "_sheet", "_row", *_key_of(declarations, reading)))
    return f"{found} ORDER BY {order}"


def page_query(declarations: Declarations, metric_id: str, query: str, page: str) -> str:
    """One page (` LIMIT ...`) of a `trace_query`.

    Of a dataset the rows are picked by their place alone and read then: to carry all cells of ten million rows through
    the ordering takes three times as long.
    """
    of = declarations.metrics[metric_id].of
    if not page or of not in declarations.contracts:
        return query + page
    picked = query.replace("SELECT r.*", "SELECT r.rowid", 1) + page
    return f"SELECT r.* FROM {of} r WHERE r.rowid IN ({picked}) ORDER BY r._file, r._sheet, r._row, r._delivery"


def _key_of(declarations: Declarations, reading: MetricRows) -> tuple[str, ...]:
    """What tells apart the rows that come from one source row, so that their order is the same every time."""
    row_set = declarations.row_sets.get(reading.metric.of)
    if reading.metric.of in declarations.contracts:
        return ("_delivery",)  # two towns may name a file alike
    return row_set.key if row_set else SYSTEM_KEYS.get(reading.metric.of, ())


def must_stay_low(declarations: Declarations, metric_id: str) -> bool:
    """Whether the metric's target is an upper bound, or none at all."""
    targets = declarations.targets.get(metric_id, ())
    return any(target.at_most is not None or target.equals == 0 for target in targets)


def _on_side(reading: MetricRows, parameters: Mapping[str, str], placed: str, side: Side) -> str:
    counted, met = reading.counts_in(parameters), reading.counts_as_met(parameters)
    if side == "denominator":
        return f"({counted})"
    per = reading.metric.per
    if side == "numerator" and (per is None or per.rows == "any"):
        return f"({met})"
    entity = reading.entity or (f"r.{reading.numerator.column}" if reading.numerator.kind == "distinct" else None)
    if reading.denominator is None and per is None:
        return "FALSE"
    if entity is None:
        return f"({counted}) AND NOT coalesce({met}, FALSE)"
    word = "min" if per is not None and per.rows == "all" else "max"
    wanted = 1 if side == "numerator" else 0
    return (
        f"({counted}) AND {entity} IN (SELECT {entity} FROM {reading.source}"
        f" WHERE {placed} AND ({counted}) GROUP BY {entity}"
        f" HAVING {word}(CASE WHEN {met} THEN 1 ELSE 0 END) = {wanted})"
    )


def recount(
    declarations: Declarations, metric_id: str, rows: Iterable[Mapping[str, Any]], side: Side = "numerator"
) -> Decimal:
    """One side of a figure, counted again from its traced rows (unmasked)."""
    metric = declarations.metrics[metric_id]
    found = list(rows)
    if metric.per is not None:
        return Decimal(len({row[metric.per.column] for row in found} - {None}))
    text = metric.numerator if side == "numerator" or metric.denominator is None else metric.denominator
    measure = parse_measure(text)
    if measure.column is None:
        return Decimal(len(found))
    values = [row[measure.column] for row in found if row[measure.column] is not None]
    if measure.kind == "sum":
        return sum((Decimal(str(value)) for value in values), Decimal(0))
    return Decimal(len(set(values)))
