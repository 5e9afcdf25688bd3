"""The queries that figures are counted by, of one county: what compute.py runs, and province.py for many counties.

Every column has its name, and nothing here says where the rows go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from warehouse.metric_rows import MetricRows, period_parameters
from warehouse.periods import Period
from warehouse.predicates import Measure, constant_sql
from warehouse.tables import AMOUNT

# More aggregates in one scan cost more memory and gain nothing.
METRICS_A_SCAN = 25
Scan = tuple[str, str | None, str | None, str | None]
WANTED = {
    "metric": "VARCHAR",
    "kind": "VARCHAR",
    "every": "VARCHAR",
    "period": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
}
PLACE = "p.every, p.period, p.period_start, p.period_end"
# The county figure of every wanted period in which nothing was found.
ZEROS_SQL = (
    f"SELECT p.metric, p.kind, {PLACE}, NULL, NULL, 0, CASE WHEN p.kind = 'rate' THEN 0 END"
    " FROM wanted p WHERE NOT EXISTS (SELECT 1 FROM figures f WHERE f.metric = p.metric AND f.period = p.period"
    " AND f.unit IS NULL AND f.town IS NULL)"
)
# One figure as text: what the hash of a night's figures is made of.
LINE_SQL = (
    "concat_ws('|', metric, kind, every, period, CAST(period_start AS VARCHAR), CAST(period_end AS VARCHAR),"
    " coalesce(unit, ''), coalesce(town, ''), CAST(numerator AS VARCHAR), coalesce(CAST(denominator AS VARCHAR), ''))"
)
CELLS = {
    "month": "DATE",
    "unit": "VARCHAR",
    "town": "VARCHAR",
    "metric": "VARCHAR",
    "numerator": AMOUNT,
    "denominator": AMOUNT,
}
# (unit, town, what the rows must have) of the three grains: county, by unit, by town.
GRAINS = (("NULL", "NULL", "TRUE"), ("c.unit", "NULL", "c.unit IS NOT NULL"), ("NULL", "c.town", "c.town IS NOT NULL"))
ROLLED_UP_SQL = " UNION ALL ".join(
    f"SELECT c.metric, p.kind, {PLACE}, {unit} AS unit, {town} AS town, sum(c.numerator) AS numerator,"
    " sum(CASE WHEN p.kind = 'rate' THEN c.denominator END) AS denominator"
    " FROM cells c JOIN wanted p ON p.metric = c.metric AND c.month BETWEEN p.period_start AND p.period_end"
    f" WHERE {holds} GROUP BY ALL"
    for unit, town, holds in GRAINS
)


def sources_of(readings: Iterable[MetricRows]) -> list[tuple[str, str | None]]:
    """The row sets that metrics read, each with the day by which it is dated."""
    return list(dict.fromkeys((one.source, one.day) for one in readings))


def months_sql(sources: list[tuple[str, str | None]], as_of: date) -> str:
    """The months of every source, by its place in the list, each with `has_begun`."""
    days = " UNION ALL ".join(
        f"SELECT {place} AS place, {day or 'CAST(NULL AS DATE)'} AS day FROM {source}"
        for place, (source, day) in enumerate(sources)
    )
    return (
        "SELECT d.place, CAST(date_trunc('month', d.day) AS DATE) AS month,"
        f" coalesce(min(d.day) <= {constant_sql(as_of)}, FALSE) AS has_begun FROM ({days}) d GROUP BY 1, 2"
    )


def scans_of(readings: list[MetricRows]) -> Iterator[list[MetricRows]]:
    """Metrics that one scan can count: of the same rows, day, unit and town, at most METRICS_A_SCAN at once."""
    scans: dict[Scan, list[MetricRows]] = {}
    for reading in readings:
        scans.setdefault(scan_of(reading), []).append(reading)
    for found in scans.values():
        for first in range(0, len(found), METRICS_A_SCAN):
            yield found[first : first + METRICS_A_SCAN]


def scan_of(reading: MetricRows) -> Scan:
    """What one scan reads: the rows, and by which day, unit and town they are grouped."""
    return reading.source, reading.day, reading.unit, reading.town


def sides_of(reading: MetricRows, as_of: date) -> tuple[str, str]:
    """Numerator and denominator of a metric that adds up, as columns of a scan."""
    parameters = {"as_of": constant_sql(as_of)}
    return (
        _sum_sql(reading.numerator, reading.counts_as_met(parameters)),
        _sum_sql(reading.denominator or reading.numerator, reading.counts_in(parameters)),
    )


def cells_sql(readings: list[MetricRows], as_of: date) -> str:
    """The cells of metrics that share a scan. Grain: metric, month, unit, town; columns as in CELLS."""
    one = readings[0]
    sides = []
    for place, reading in enumerate(readings):
        numerator, denominator = sides_of(reading, as_of)
        sides += [f"{numerator} AS n{place}", f"{denominator} AS d{place}"]
    names, numerators, denominators = (
        ", ".join(named(place) for place in range(len(readings)))
        for named in (lambda place: constant_sql(readings[place].metric_id), "n{}".format, "d{}".format)
    )
    return (
        f"SELECT month, unit, town, unnest([{names}]) AS metric, unnest([{numerators}]) AS numerator,"
        f" unnest([{denominators}]) AS denominator FROM"
        f" (SELECT CAST(date_trunc('month', {one.day}) AS DATE) AS month,"
        f" CAST({one.unit or 'NULL'} AS VARCHAR) AS unit, CAST({one.town or 'NULL'} AS VARCHAR) AS town,"
        f" {', '.join(sides)} FROM {one.source} WHERE {one.day} IS NOT NULL GROUP BY 1, 2, 3) s"
    )


def _sum_sql(measure: Measure, condition: str) -> str:
    """A conditional sum as CASE: eight times cheaper than FILTER when many stand in one scan."""
    value = f"r.{measure.column}" if measure.kind == "sum" else "1"
    return f"CAST(coalesce(sum(CASE WHEN {condition} THEN {value} END), 0) AS {AMOUNT})"


def by_period_sql(reading: MetricRows, periods: list[Period], as_of: date) -> str:
    """Place every row into every period it belongs to, then count each grain from there."""
    metric = constant_sql(reading.metric_id)
    if reading.looks_up_by_period:
        selects = [
            _placed_sql(
                reading,
                period_parameters(period.start, period.end, as_of),
                f"p.metric = {metric} AND p.period = {constant_sql(period.name)}",
            )
            for period in periods
        ]
    else:
        columns = {"period_start": "p.period_start", "period_end": "p.period_end", "as_of": constant_sql(as_of)}
        selects = [_placed_sql(reading, columns, f"p.metric = {metric}")]
    counts = " UNION ALL ".join(_count_placed_sql(reading, *grain) for grain in _grains(reading))
    return f"WITH placed AS MATERIALIZED ({' UNION ALL '.join(selects)}) {counts}"


def _grains(reading: MetricRows) -> Iterator[tuple[str, str, str]]:
    """Rows that have no unit, or no town, are counted by none: to plan a query costs more than to run it."""
    for unit, town, holds in GRAINS:
        if (unit == "NULL" or reading.unit) and (town == "NULL" or reading.town):
            yield unit, town, holds


def _placed_sql(reading: MetricRows, parameters: dict[str, str], wanted: str) -> str:
    denominator = reading.denominator or reading.numerator
    return (
        f"SELECT {PLACE}, CAST({reading.unit or 'NULL'} AS VARCHAR) AS unit,"
        f" CAST({reading.town or 'NULL'} AS VARCHAR) AS town, {reading.entity or 'NULL'} AS entity,"
        f" CASE WHEN {reading.counts_in(parameters)} THEN 1 ELSE 0 END AS counted,"
        f" CASE WHEN {reading.counts_as_met(parameters)} THEN 1 ELSE 0 END AS met,"
        f" {_value(denominator)} AS counted_value, {_value(reading.numerator)} AS met_value"
        f" FROM {reading.source} JOIN wanted p ON {wanted} AND {reading.in_period(parameters)}"
    )


def _value(measure: Measure) -> str:
    return f"r.{measure.column}" if measure.column else "NULL"


def _count_placed_sql(reading: MetricRows, unit: str, town: str, holds: str) -> str:
    source = "placed c"
    numerator, denominator = _placed_side(reading.numerator, "met"), "NULL"
    if reading.denominator is not None:
        denominator = _placed_side(reading.denominator, "counted")
    if reading.metric.per is not None:
        # The entity is the grain: within its unit for a unit's figure, over all units for the county's.
        met = "max(met)" if reading.metric.per.rows == "any" else "min(CASE WHEN counted = 1 THEN met END)"
        grain = {"NULL": "", "c.unit": ", unit", "c.town": ", town"}[unit if unit != "NULL" else town]
        source = (
            f"(SELECT every, period, period_start, period_end{grain}, entity, max(counted) AS counted, {met} AS met"
            f" FROM placed c WHERE {holds} GROUP BY ALL) c"
        )
    place = PLACE.replace("p.", "c.")
    return (
        f"SELECT {constant_sql(reading.metric_id)} AS metric, {constant_sql(reading.kind)} AS kind, {place},"
        f" {unit} AS unit, {town} AS town, {numerator} AS numerator, {denominator} AS denominator"
        f" FROM {source} WHERE {holds} GROUP BY ALL"
    )


def _placed_side(measure: Measure, side: str) -> str:
    match measure.kind:
        case "count":
            counted = f"coalesce(sum(c.{side}), 0)"
        case "sum":
            counted = f"coalesce(sum(CASE WHEN c.{side} = 1 THEN c.{side}_value END), 0)"
        case "distinct":
            counted = f"count(DISTINCT CASE WHEN c.{side} = 1 THEN c.{side}_value END)"
    return f"CAST({counted} AS {AMOUNT})"
