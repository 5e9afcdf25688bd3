"""Quarantined rows as their supplier may read them: names and words left out, ids and telephones masked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from app.letters.cell_words import LEFT_OUT
from app.letters.slip import HeldRow, HeldTable
from app.wording import Lang, text
from warehouse.cells import header_forms
from warehouse.masking import mask_value
from warehouse.models import Contract

Row = Mapping[str, Any]


def held_table(rows: Iterable[Row], contract: Contract, more: int) -> HeldTable:
    """The table of one dataset from masked rows of the snapshot; `more` counts the rows that are not among them."""
    held = tuple(_held_row(row, contract) for row in rows)
    shown = [column.header[0] for column in contract.columns.values() if column.personal not in LEFT_OUT]
    filled = {header for row in held for header in (*row.source, *row.comments)}
    return HeldTable(contract.label.zh, tuple(header for header in shown if header in filled), held, more)


def _held_row(row: Row, contract: Contract) -> HeldRow:
    named, value, fault = told_fault(row, contract, "zh")
    comments = {}
    for other in (row, *json.loads(row["also"] or "[]")):
        column = contract.columns.get(other["column"] or "")
        if column is not None and column.personal not in LEFT_OUT:
            comments[column.header[0]] = _comment(told_fault(other, contract, "zh")[2], row)
    return HeldRow(
        delivery=str(row["_delivery"]),
        file=str(row["_file"]),
        sheet=str(row["_sheet"] or ""),
        row=str(row["_row"]),
        cell=str(row["cell"] or ""),
        column=named,
        value=value,
        fault=fault,
        comment=_comment(fault, row),
        source=_source(row, contract),
        comments=comments,
    )


def _comment(say: str, row: Row) -> str:
    return text("slip.comment", "zh", say=say.rstrip("。"), row=row["_row"])


def told_fault(row: Row, contract: Contract | None, lang: Lang, is_masked: bool = True) -> tuple[str, str, str]:
    """(column as its department writes it, value, sentence) of one fault, without personal data.

    `is_masked`: the row comes from the snapshot, which has masked ids and telephones already.
    """
    column = contract.columns.get(row["column"] or "") if contract else None
    named = column.header[0] if column else str(row["column"] or "")
    value = str(row["value"] or "")
    say = str(row["say" if lang == "zh" else "say_en"] or text("rules.other", lang))
    if column is None or column.personal is None:
        return named, value, say
    if column.personal in LEFT_OUT:
        return named, "", text("rules.personal", lang)
    if is_masked or not value:
        return named, value, say
    masked = mask_value(column.personal, value) or ""
    return named, masked, say.replace(value.strip() or value, masked)


def _source(row: Row, contract: Contract) -> dict[str, str]:
    """The row's cells by header; a column that no contract knows could hold anything and stays out."""
    known = {
        form: column
        for column in contract.columns.values()
        for header in column.header
        for form in header_forms(header)
    }
    found: dict[str, str] = {}
    for header, value in json.loads(row["raw"] or "{}").items():
        forms = [*header_forms(header), *header_forms(header.rpartition("_")[2])]
        column = next((known[form] for form in forms if form in known), None)
        if column is not None and column.personal not in LEFT_OUT and value is not None:
            found.setdefault(column.header[0], str(value))
    return found
