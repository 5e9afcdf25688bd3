"""A province snapshot, read-only: the one read API of the view over it. Figures only: no row of a county is in it."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from warehouse.engine import DuckEngine
from warehouse.models import Metric
from warehouse.predicates import constant_sql
from warehouse.province import FORMAT, current_province

Row = dict[str, Any]


class ProvinceSnapshot:
    """Counties compared, and each county's own figures."""

    def __init__(self, path: Path) -> None:
        self.engine = DuckEngine(path, read_only=True)
        self.path = path

    def __enter__(self) -> ProvinceSnapshot:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.engine.close()

    @cached_property
    def meta(self) -> dict[str, str]:
        """format, as_of, engine, figures_sha256, made_at."""
        return {row["key"]: row["value"] for row in self.engine.rows("SELECT * FROM meta")}

    @cached_property
    def counties(self) -> dict[str, Row]:
        """What each county published, by its id."""
        return {row["county"]: row for row in self.engine.rows("SELECT * FROM counties ORDER BY county")}

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Every metric by its id; where counties declare one differently, the first one's."""
        found: dict[str, Metric] = {}
        for row in self.engine.rows("SELECT DISTINCT sha256, json FROM declarations ORDER BY sha256"):
            for name, tree in json.loads(row["json"])["metrics"].items():
                if name not in found:
                    found[name] = Metric.model_validate(tree, extra="ignore")
        return found

    def periods(self) -> list[str]:
        """The years and quarters that have figures, the latest first."""
        rows = self.engine.rows(
            "SELECT DISTINCT period, period_start FROM figures WHERE every IN ('year', 'quarter')"
            " ORDER BY period_start DESC, period DESC"
        )
        return [row["period"] for row in rows]

    def compared(self, metric: str, period: str) -> list[Row]:
        """The counties' own totals of one metric, by county."""
        return self.engine.rows(
            f"SELECT * FROM figures WHERE metric = {constant_sql(metric)} AND period = {constant_sql(period)}"
            " AND unit IS NULL AND town IS NULL ORDER BY county"
        )

    def of_county(self, county: str, period: str) -> list[Row]:
        """Every total of one county in a period."""
        return self.engine.rows(
            f"SELECT * FROM figures WHERE county = {constant_sql(county)} AND period = {constant_sql(period)}"
            " AND unit IS NULL AND town IS NULL ORDER BY metric"
        )

    def of_units(self, county: str, metric: str, period: str) -> list[Row]:
        """One metric of one county by unit, with the unit's names."""
        return self.engine.rows(
            "SELECT f.*, u.label_zh, u.label_en FROM figures f"
            " LEFT JOIN units u ON u.county = f.county AND u.unit = f.unit"
            f" WHERE f.county = {constant_sql(county)} AND f.metric = {constant_sql(metric)}"
            f" AND f.period = {constant_sql(period)} AND f.unit IS NOT NULL ORDER BY u._row, f.unit"
        )


def open_province(lake: Path) -> ProvinceSnapshot | None:
    """Open the current snapshot of a lake; None before the first. Refuses (ValueError) one of a later version."""
    path = current_province(lake)
    if path is None or not path.is_file():
        return None
    snapshot = ProvinceSnapshot(path)
    if int(snapshot.meta["format"]) > FORMAT:
        snapshot.engine.close()
        raise ValueError(f"{path.name} was written by a later version of Ducha")
    return snapshot
