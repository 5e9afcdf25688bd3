"""Figures, standings and declarations of every night, kept for good: “as reported on” any date."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from warehouse.declarations import Declarations
from warehouse.durable import make_durable
from warehouse.engine import DuckEngine

LAST = "declarations.json"


def has_history(history: Path, night: str) -> bool:
    """Whether all of a night is kept: its declarations are written last."""
    return (history / night / LAST).exists()


def read_recorded(history: Path, night: str) -> Declarations | None:
    """The declarations that a night was made with; None when they were not kept."""
    path = history / night / LAST
    if not path.exists():
        return None
    return Declarations.model_validate_json(path.read_text("utf-8"), extra="ignore")


def read_kept(
    history: Path, night: str, table: Literal["figures", "standings"], **wanted: str | None
) -> list[dict[str, Any]]:
    """Rows of one table as a night published them, all or those whose columns are as `wanted`.

    Refuses (FileNotFoundError) a night that was not kept.
    """
    import polars as pl

    path = history / night / f"{table}.parquet"
    if not path.exists():
        raise FileNotFoundError(path)
    held = pl.scan_parquet(path, glob=False)
    for column, value in wanted.items():
        held = held.filter(pl.col(column).eq_missing(pl.lit(value, pl.String)))
    return held.collect().to_dicts()


def kept_changes(
    history: Path, first: str, second: str, table: Literal["figures", "standings"], key: Sequence[str],
    sides: Sequence[str],
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows that two nights tell differently in `sides`, or that only one of them has, sorted by `key`.

    Each has its key, `is_before` and `is_after` (whether that night has it), and `<side>_before` and `<side>_after`.
    Refuses (FileNotFoundError) a night that was not kept.
    """
    import polars as pl

    nights = {}
    for when, night in (("before", first), ("after", second)):
        path = history / night / f"{table}.parquet"
        if not path.exists():
            raise FileNotFoundError(path)
        own = [pl.col(side).alias(f"{side}_{when}") for side in sides]
        nights[when] = pl.scan_parquet(path, glob=False).select(*key, *own, pl.lit(True).alias(f"is_{when}"))
    both = nights["before"].join(nights["after"], on=list(key), how="full", coalesce=True, nulls_equal=True)
    differs = [pl.col("is_before").is_null(), pl.col("is_after").is_null()]
    differs += [pl.col(f"{side}_before").ne_missing(pl.col(f"{side}_after")) for side in sides]
    found = both.filter(pl.any_horizontal(differs)).sort(list(key), nulls_last=False)
    return found.with_columns(pl.col("is_before", "is_after").fill_null(False)).collect().to_dicts()


def write_history(snapshot: Path, history: Path, night: str) -> None:
    """Keep one published snapshot's figures and standings as Parquet, its declarations as JSON, under the night's id.

    Safe to do again: the files of a night are the same each time, and each appears whole or not at all.
    """
    folder = history / night
    folder.mkdir(parents=True, exist_ok=True)
    with DuckEngine(snapshot, read_only=True) as engine:
        for table in ("figures", "standings"):
            part = folder / f"{table}.parquet.part"
            engine.frame(f"SELECT * FROM {table} ORDER BY ALL").write_parquet(part)
            make_durable(part, folder / f"{table}.parquet")
        part = folder / f"{LAST}.part"
        part.write_text(engine.rows("SELECT json FROM declarations")[0]["json"], "utf-8")
        make_durable(part, folder / LAST)
