"""One county's query as the same query over all counties at once: each counts its own rows and never another's.

The SQL of metrics and row sets is written for one county. Here every table has one column more, `county`, and the query
is changed as a tree, by four rules that hold at every level: a SELECT gives the county of its rows first; a join, and a
subquery of EXISTS or IN, stays inside the county; what is grouped is grouped by county too. Reads DuckDB's dialect.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

COUNTY = "county"
OUTER = ("RIGHT", "FULL")
NOT_COVERED = (exp.Window, exp.Limit, exp.Except, exp.Intersect, exp.Qualify)


class NotByCounty(Exception):
    """A query that one county understands and many do not. `str()` names what stands in the way."""


@lru_cache(maxsize=1024)
def by_county(sql: str) -> str:
    """The query over tables with `county`; its first column is the county, the others are as before.

    Refuses (NotByCounty) windows, LIMIT, RIGHT and FULL joins, EXCEPT and INTERSECT: they would reach over counties.
    """
    try:
        tree = sqlglot.parse_one(sql, read="duckdb")
    except SqlglotError as error:
        raise NotByCounty(str(error).splitlines()[0]) from None
    for found in tree.find_all(*NOT_COVERED):
        raise NotByCounty(f"{found.key}: {found.sql('duckdb')[:80]}")
    # What stands inside is held against what stands outside: the list is made before anything changes.
    for select in list(tree.find_all(exp.Select)):
        _change(select)
    return str(tree.sql("duckdb"))


def _change(select: exp.Select) -> None:
    first = select.args.get("from_")
    if first is None:
        return  # a SELECT of constants has no rows of its own
    own = _county_of(first.this)
    for join in select.args.get("joins") or ():
        _inside(join, own)
    asks = _asks(select)
    if isinstance(asks, exp.Exists):
        select.where(exp.EQ(this=own.copy(), expression=_county_around(asks)), copy=False)
        return
    if isinstance(asks, exp.In):
        values = asks.this.expressions if isinstance(asks.this, exp.Tuple) else [asks.this]
        asks.set("this", exp.Tuple(expressions=[_county_around(asks), *values]))
    select.set("expressions", [exp.alias_(own.copy(), COUNTY), *select.expressions])
    _group(select, own)


def _inside(join: exp.Join, own: exp.Column) -> None:
    if join.side.upper() in OUTER or join.args.get("using"):
        raise NotByCounty(f"{join.sql('duckdb')[:80]}")
    same = exp.EQ(this=_county_of(join.this), expression=own.copy())
    condition = join.args.get("on")
    join.set("on", exp.and_(condition, same) if condition is not None else same)
    if join.kind.upper() == "CROSS":
        join.set("kind", None)


def _asks(select: exp.Select) -> exp.Exists | exp.In | None:
    """The EXISTS or IN that the SELECT answers."""
    around = select.parent.parent if isinstance(select.parent, exp.Subquery) else select.parent
    return around if isinstance(around, exp.Exists | exp.In) else None


def _county_around(asks: exp.Exists | exp.In) -> exp.Column:
    """The county of the row that asks."""
    around = asks.find_ancestor(exp.Select)
    assert isinstance(around, exp.Select)
    return _county_of(around.args["from_"].this)


def _group(select: exp.Select, own: exp.Column) -> None:
    group = select.args.get("group")
    if group is None:
        if any(_aggregates(select)):
            select.group_by(own.copy(), copy=False)
        return
    if group.args.get("all"):
        return
    # A number means a place in the list of columns, which is one longer now.
    keys = [exp.Literal.number(int(key.name) + 1) if key.is_int else key for key in group.expressions]
    group.set("expressions", [exp.Literal.number(1), *keys])


def _aggregates(select: exp.Select) -> Iterator[exp.AggFunc]:
    for one in select.expressions:
        yield from (found for found in one.find_all(exp.AggFunc) if found.find_ancestor(exp.Select) is select)


def _county_of(source: exp.Expression) -> exp.Column:
    name = source.alias_or_name
    if not name:
        raise NotByCounty(f"{source.sql('duckdb')[:80]}: AS ...")
    return exp.column(COUNTY, table=name)
