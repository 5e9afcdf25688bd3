"""What a reader asks of a table, as the end of its SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import EllipsisType

from warehouse.predicates import constant_sql

Filter = str | None | EllipsisType


def where_sql(**wanted: Filter) -> str:
    """` WHERE ...`; `...` asks for nothing, None for NULL."""
    parts = [
        f"{name} IS NULL" if value is None else f"{name} = {constant_sql(value)}"
        for name, value in wanted.items()
        if not isinstance(value, EllipsisType)
    ]
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def held_where_sql(
    dataset: str | Sequence[str] | None = None,
    supplier: str | None = None,
    delivery: str | None = None,
    unit: str | None = None,
    start: date | None = None,
    end: date | None = None,
) -> str:
    """A row without a readable day lies in every period that its delivery covers."""
    asked: Mapping[str, Filter] = {"_supplier": supplier or ..., "_delivery": delivery or ..., "_unit": unit or ...}
    parts = [where_sql(**asked).removeprefix(" WHERE ")]
    if dataset is not None:
        names = [dataset] if isinstance(dataset, str) else list(dataset)
        parts.append(f"_dataset IN ({', '.join(map(constant_sql, names))})" if names else "FALSE")
    if start is not None:
        parts.append(f"coalesce(_on, _period_end) >= {constant_sql(start)}")
    if end is not None:
        parts.append(f"coalesce(_on, _period_start) <= {constant_sql(end)}")
    parts = [part for part in parts if part]
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def page_sql(limit: int | None, offset: int) -> str:
    """One page of rows; without a limit all that follow."""
    return (f" LIMIT {int(limit)}" if limit is not None else "") + (f" OFFSET {int(offset)}" if offset else "")
