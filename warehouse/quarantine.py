"""Rows that cannot be loaded: each with its first fault, where it stands and a sentence for the clerk."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from warehouse.loaded import Example, LoadContext, Reason
from warehouse.masking import mask_fault
from warehouse.match import Match
from warehouse.models import Contract
from warehouse.text_rows import column_letters

EXAMPLES = 5
SCHEMA = pl.Schema(
    {
        "_delivery": pl.String,
        "_dataset": pl.String,
        "_supplier": pl.String,
        "_unit": pl.String,
        "_on": pl.Date,
        "_period_start": pl.Date,
        "_period_end": pl.Date,
        "_file": pl.String,
        "_sheet": pl.String,
        "_row": pl.Int32,
        "rule": pl.String,
        "column": pl.String,
        "cell": pl.String,
        "value": pl.String,
        "say": pl.String,
        "say_en": pl.String,
        "also": pl.String,
        "raw": pl.String,
    }
)


@dataclass
class Reasons:
    """Counts quarantined rows by (rule, column) and keeps the first examples of each, masked: they leave the house."""

    contract: Contract
    _counts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    _examples: dict[tuple[str, str], list[Example]] = field(default_factory=lambda: defaultdict(list))

    def add(self, rows: pl.DataFrame) -> None:
        """Count rows of the quarantine table."""
        for row in rows[["rule", "column", "_row", "cell", "value", "say", "say_en"]].iter_rows(named=True):
            reason = (row["rule"], row["column"])
            self._counts[reason] += 1
            if self._counts[reason] <= EXAMPLES:
                told = mask_fault(row, self.contract)
                example = Example(row["_row"], row["cell"], told["value"], told["say"], told["say_en"])
                self._examples[reason].append(example)

    def all(self) -> tuple[Reason, ...]:
        """Most frequent first."""
        ordered = sorted(self._counts, key=lambda reason: (-self._counts[reason], reason))
        return tuple(Reason(*reason, self._counts[reason], tuple(self._examples[reason])) for reason in ordered)


def quarantine_rows(
    data: pl.DataFrame, faults: pl.DataFrame, placed: pl.DataFrame, match: Match, sheet: str, context: LoadContext
) -> pl.DataFrame:
    """One row of the quarantine table per source row at fault; the faults after its first stand in `also`.

    `data` holds the text rows, `placed` their `_row`, `_unit` and `_on`. The period is filled in when it is known.
    """
    if not faults.height:
        return pl.DataFrame(schema=SCHEMA)
    grouped: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for fault in faults.sort("_row", "order", maintain_order=True).iter_rows(named=True):
        grouped[fault["_row"]].append(_told(fault))
    at_fault = pl.col("_row").is_in(list(grouped))
    raw = _raw_by_row(data.filter(at_fault), match)
    places = {row: (unit, day) for row, unit, day in placed[["_row", "_unit", "_on"]].filter(at_fault).rows()}
    whole = {
        "_delivery": context.delivery_id, "_dataset": context.dataset, "_supplier": context.supplier,
        "_file": context.file, "_sheet": sheet, "_period_start": None, "_period_end": None,
    }  # fmt: skip
    rows = []
    for row, told in grouped.items():
        unit, day = places.get(row, (None, None))
        also = json.dumps(told[1:], ensure_ascii=False)
        rows.append({**whole, **told[0], "_row": row, "_unit": unit, "_on": day, "also": also, "raw": raw[row]})
    return pl.DataFrame(rows, schema=SCHEMA)


def _told(fault: dict[str, Any]) -> dict[str, Any]:
    return {
        "rule": fault["rule"],
        "column": fault["column"],
        "cell": f"{column_letters(fault['at'])}{fault['_row']}" if fault["at"] is not None else "",
        "value": fault["value"] or "",
        "say": fault["say"],
        "say_en": fault["say_en"],
    }


def _raw_by_row(data: pl.DataFrame, match: Match) -> dict[int, str]:
    """Each row as JSON by header; columns without a header, or with one that stands twice, by their letter."""
    names: dict[str, str] = {}
    for at in range(data.width - 1):
        header = match.headers[at] if at < len(match.headers) else ""
        names[f"c{at}"] = column_letters(at) if not header or header in names.values() else header
    found = {}
    for row in data.iter_rows(named=True):
        filled = {names[cell]: text for cell, text in row.items() if cell != "_row" and text is not None}
        found[row["_row"]] = json.dumps(filled, ensure_ascii=False)
    return found
