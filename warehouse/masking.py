"""Personal data is masked wherever rows are shown, unless role and reason allow otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from warehouse.cells import header_forms
from warehouse.declarations import Declarations
from warehouse.models import Contract

Kind = Literal["name", "id", "phone", "address", "words"]
HIDDEN = "***"
# What is left readable, so that a department can still recognise its own row: characters at the start and at the end.
SHOWN: dict[Kind, tuple[int, int]] = {"name": (1, 0), "id": (3, 2), "phone": (3, 2), "address": (3, 0), "words": (0, 0)}
SELECTED = re.compile(r"\bselect\b(.*?)\bfrom\b", re.IGNORECASE | re.DOTALL)
ALIAS = re.compile(r"(?:\bas\s+)?(\w+)\s*$", re.IGNORECASE)


def mask_value(kind: Kind, value: object) -> str | None:
    """张三 -> 张***, 13812345678 -> 138***78; free words and short values are hidden whole. Empty stays empty."""
    if value is None or value == "":
        return None if value is None else ""
    text = str(value)
    first, last = SHOWN[kind]
    if len(text) < 2 * (first + last):
        first, last = (1, 0) if kind == "name" and len(text) > 1 else (0, 0)
    return text[:first] + HIDDEN + (text[-last:] if last else "")


def personal_columns(declarations: Declarations, row_set: str, datasets: Iterable[str]) -> dict[str, Kind]:
    """The columns of a row set that hold personal data: by name, and in a join also what is renamed or derived."""
    found: dict[str, Kind] = {}
    for dataset in datasets:
        if dataset in declarations.contracts:
            found |= _personal(declarations.contracts[dataset])
    if row_set in declarations.row_sets:
        for selected in SELECTED.findall(declarations.row_sets[row_set].sql):
            for item in re.split(r",(?![^()]*\))", selected):
                kinds = [kind for name, kind in found.items() if re.search(rf"\b{name}\b", item)]
                alias = ALIAS.search(item.strip())
                if kinds and alias:
                    found.setdefault(alias[1], kinds[0])
    return found


def _personal(contract: Contract) -> dict[str, Kind]:
    return {name: column.personal for name, column in contract.columns.items() if column.personal}


def mask_row(row: Mapping[str, Any], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """A row with its personal cells masked."""
    return {name: mask_value(kinds[name], value) if name in kinds else value for name, value in row.items()}


def mask_quarantined(row: Mapping[str, Any], contract: Contract | None) -> dict[str, Any]:
    """A quarantined row: its cell, its sentences and its source row masked. Cells under unknown headers are hidden."""
    kinds = _personal(contract) if contract else {}
    masked = _mask_fault(row, kinds)
    masked["also"] = json.dumps(
        [_mask_fault(one, kinds) for one in json.loads(row["also"] or "[]")], ensure_ascii=False
    )
    if row["raw"] is not None:
        masked["raw"] = json.dumps(_mask_raw(json.loads(row["raw"]), contract), ensure_ascii=False)
    return masked


def _mask_fault(row: Mapping[str, Any], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """A rule over several columns may quote any of them: of such a row only what is not personal is shown."""
    masked, kind, value = dict(row), kinds.get(row["column"]), row["value"]
    if kind is None or not value:
        return masked
    masked["value"] = mask_value(kind, value)
    for name in ("say", "say_en"):
        if masked.get(name):
            masked[name] = masked[name].replace(value.strip() or value, masked["value"])
    return masked


def _mask_raw(cells: Mapping[str, Any], contract: Contract | None) -> dict[str, Any]:
    by_header: dict[str, Kind | None] = {}
    for column in contract.columns.values() if contract else ():
        for header in column.header:
            by_header |= dict.fromkeys(header_forms(header), column.personal)
    masked: dict[str, Any] = {}
    for header, value in cells.items():
        known = next((form for form in header_forms(header) if form in by_header), None)
        kind: Kind | None = by_header[known] if known is not None else "words"
        masked[header] = mask_value(kind, value) if kind else value
    return masked
