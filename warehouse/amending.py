"""Rows of a delivery as a return slip corrects them: the archived sheet, read with the changed cells in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from warehouse.frames import FrameWriter
from warehouse.load import load_sheet
from warehouse.loaded import LoadContext, Loaded
from warehouse.match import Match, match_sheet
from warehouse.quarantine import Reasons
from warehouse.refusals import DeliveryRefused
from warehouse.sheets import DamagedCells, Limits, TextSheet, read_sheets

Cells = Mapping[int, Mapping[str, str]]


@dataclass(frozen=True)
class Amendment:
    """What a slip says of one delivery. `cells`: row of the delivery -> header -> text, earlier slips' ones too.

    `rows`: row of the delivery -> the slip's own row, for the lines of this slip alone. `sheet` is the slip's.
    """

    sheet: str
    cells: Cells
    rows: Mapping[int, int]


def load_amended(archived: Path, display_name: str, source: str, amendment: Amendment, context: LoadContext) -> Loaded:
    """The corrected rows, and only those, loaded or quarantined like any others; each stands at its row of the slip.

    `source`: `<file>/<sheet>` of the delivery, `context.file` the slip's name. The whole sheet is read, so that a
    corrected key is held against its neighbours and the total against all rows.
    Refuses (DeliveryRefused) what no longer reads, and `slip_column` when the sheet lacks a column that is corrected.
    """
    work = context.out
    work.mkdir(parents=True, exist_ok=True)
    found = [one for one in read_sheets(archived, display_name, work, Limits()) if f"{one.file}/{one.name}" == source]
    if not found:
        raise DeliveryRefused("no_table", f"“{display_name}”中没有这张表", f"“{display_name}” holds no such sheet")
    match = match_sheet(found[0], {context.dataset: context.contract})
    loaded = load_sheet(_patched(found[0], match, amendment.cells, context), match, context)
    return _only(loaded, amendment, context)


def _patched(sheet: TextSheet, match: Match, cells: Cells, context: LoadContext) -> TextSheet:
    places: dict[int, dict[int, str | None]] = {}
    touched: set[tuple[int, int]] = set()
    names = {column.header[0]: name for name, column in context.contract.columns.items()}
    for row, edits in cells.items():
        for header, text in edits.items():
            at = match.columns.get(names.get(header, ""))
            if at is None:
                raise DeliveryRefused(
                    "slip_column",
                    f"原表“{sheet.file}”没有“{header}”一列，不能按退回清单更正，请在原表改正后重新报送",
                    f"“{sheet.file}” has no column “{header}”: correct your own file and send it again",
                )
            for number, place in enumerate(at):
                places.setdefault(place, {})[row] = text if number == 0 and text else None
                touched.add((row, place))
    target = sheet.rows.with_name("amended.parquet")
    writer: FrameWriter | None = None
    for batch in sheet.batches():
        changed = batch.with_columns(_cell(at, texts) for at, texts in places.items())
        writer = writer or FrameWriter(target, changed.clear())
        writer.append(changed)
    assert writer is not None
    writer.close()
    return replace(sheet, rows=target, damaged=DamagedCells(set(sheet.damaged) - touched))


def _cell(at: int, texts: Mapping[int, str | None]) -> pl.Expr:
    new = pl.col("_row").replace_strict(list(texts), list(texts.values()), default=None, return_dtype=pl.String)
    return pl.when(pl.col("_row").is_in(list(texts))).then(new).otherwise(pl.col(f"c{at}")).alias(f"c{at}")


def _only(loaded: Loaded, amendment: Amendment, context: LoadContext) -> Loaded:
    """Of the whole sheet the slip's rows, moved to where the slip has them."""
    frames = {
        path: _moved(pl.read_parquet(path, glob=False), amendment)
        for path in (loaded.core_path, loaded.quarantine_path, loaded.listed_path, loaded.deletions_path)
    }
    for path, frame in frames.items():
        frame.write_parquet(path)
    core, held, listed = (frames[path] for path in (loaded.core_path, loaded.quarantine_path, loaded.listed_path))
    reasons = Reasons(context.contract)
    reasons.add(held)
    kinds: dict[str, int] = {kind: count for kind, count in sorted(listed["kind"].value_counts().iter_rows())}
    if core.height + held.height + listed.height != len(amendment.rows):
        raise AssertionError(f"{context.delivery_id}: {len(amendment.rows)} lines, {core.height} + {held.height} rows")
    return replace(
        loaded, sheet=amendment.sheet, rows=len(amendment.rows), loaded=core.height, quarantined=held.height,
        listed=kinds, reasons=reasons.all(), told=(),
        key_duplicates=held.filter(rule="duplicate_key").height,
    )  # fmt: skip


def _moved(frame: pl.DataFrame, amendment: Amendment) -> pl.DataFrame:
    rows = amendment.rows
    kept = frame.filter(pl.col("_row").is_in(list(rows)))
    moved = pl.col("_row").replace_strict(list(rows), list(rows.values()), return_dtype=pl.Int32).alias("_row")
    at_slip: list[Any] = [moved]
    at_slip += [pl.lit(amendment.sheet).alias("_sheet")] if "_sheet" in frame.columns else []
    # The cell is that of the original file, where it no longer stands.
    at_slip += [pl.lit("").alias("cell")] if "cell" in frame.columns else []
    at_slip += [pl.lit(None, pl.Int32).alias("by")] if "by" in frame.columns else []
    return kept.with_columns(at_slip) if rows else kept
