"""Personal data is masked wherever rows are shown, unless role and reason allow otherwise."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from warehouse.cell_text import shown
from warehouse.cells import header_forms
from warehouse.declarations import Declarations
from warehouse.models import Contract

Kind = Literal["name", "id", "phone", "address", "words"]
HIDDEN = "***"
# What is left readable, so that a department can still recognise its own row: characters at the start and at the end.
SHOWN: dict[Kind, tuple[int, int]] = {"name": (1, 0), "id": (3, 2), "phone": (3, 2), "address": (3, 0), "words": (0, 0)}
SELECTED = re.compile(r"\bselect\b(.*?)\bfrom\b", re.IGNORECASE | re.DOTALL)
# Numbers of people wherever they stand, and the names that ledgers sign with.
NUMBER = re.compile(r"(?<![\dA-Za-z])\d[\d-]{9,16}[\dXxＸｘ](?![\dA-Za-z])")
OF_A_PERSON = re.compile(
    r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]|1[3-9]\d{9}|0\d{2,3}-?\d{7,8}"
)
SIGNED = re.compile(
    r"((?:填表|填报|制表|经办|审核|复核|联系|负责)人?(?:[（(][^）)]*[）)])?\s*[:：]\s*)([一-鿿·]{2,4})(?![一-鿿])"
)
# A number in these may be what names the row; in all others it does not belong there.
NAMES_ROWS = ("identifier", "document_number", "credit_code", "text")
ROSTER_TYPES: dict[str, Kind] = {"citizen_id": "id", "phone": "phone"}
CONTACTS: dict[str, Kind] = {
    "liaison": "name", "leader": "name", "phone": "phone", "email": "address", "leader_email": "address",
}  # fmt: skip
ALIAS = re.compile(r"(?:\bas\s+)?(\w+)\s*$", re.IGNORECASE)


def mask_value(kind: Kind, value: object) -> str | None:
    """张三 -> 张***, 13812345678 -> 138***78; free words and short values are hidden whole. Empty stays empty."""
    if value is None or value == "":
        return None if value is None else ""
    text = str(value)
    first, last = SHOWN[kind]
    if re.fullmatch(rf".{{0,{first}}}\*\*\*.{{0,{last}}}", text):
        return text  # masked already
    if len(text) < 2 * (first + last):
        first, last = (1, 0) if kind == "name" and len(text) > 1 else (0, 0)
    return text[:first] + HIDDEN + (text[-last:] if last else "")


def mask_text(text: str) -> str:
    """Words of no column, such as a title or a note: telephone and id numbers and the names that sign it are hidden."""

    def number(found: re.Match[str]) -> str:
        plain = unicodedata.normalize("NFKC", found[0])
        return str(mask_value("id", plain)) if OF_A_PERSON.fullmatch(plain) else found[0]

    return SIGNED.sub(lambda found: f"{found[1]}{mask_value('name', found[2])}", NUMBER.sub(number, text))


def personal_columns(declarations: Declarations, row_set: str, datasets: Iterable[str]) -> dict[str, Kind]:
    """The columns of a row set that hold personal data: by name, and in a join also what is renamed or derived."""
    found: dict[str, Kind] = {}
    for dataset in datasets:
        if dataset in declarations.contracts:
            found |= _personal(declarations.contracts[dataset])
    if row_set not in declarations.contracts:
        found |= _in_rosters(declarations, row_set, datasets)
    if row_set in declarations.row_sets:
        for selected in SELECTED.findall(declarations.row_sets[row_set].sql):
            for item in re.split(r",(?![^()]*\))", selected):
                kinds = [kind for name, kind in found.items() if re.search(rf"\b{name}\b", item)]
                alias = ALIAS.search(item.strip())
                if kinds and alias:
                    found.setdefault(alias[1], kinds[0])
    return found


def _in_rosters(declarations: Declarations, row_set: str, datasets: Iterable[str]) -> dict[str, Kind]:
    """A roster says of no column that it is personal: its numbers are by type, its names by that of any dataset."""
    everywhere = {name: kind for one in declarations.contracts.values() for name, kind in _personal(one).items()}
    own = {name for one in datasets if one in declarations.contracts for name in declarations.contracts[one].columns}
    words = re.findall(r"\w+", declarations.row_sets[row_set].sql) if row_set in declarations.row_sets else [row_set]
    read = (roster for name, roster in declarations.rosters.items() if name in words)
    columns = {name: kind for roster in read for name, kind in roster.columns.items()}
    found = {name: ROSTER_TYPES.get(kind) or everywhere.get(name) for name, kind in columns.items() if name not in own}
    return {name: kind for name, kind in found.items() if kind}


def mask_declarations(declarations: Declarations) -> str:
    """The declarations as JSON for whoever takes them along: contacts of units and people of rosters masked."""
    told = json.loads(declarations.model_dump_json(by_alias=True))
    for unit in told["units"].values():
        unit.update({name: mask_value(kind, unit[name]) for name, kind in CONTACTS.items() if unit.get(name)})
    everywhere = {name: kind for one in declarations.contracts.values() for name, kind in _personal(one).items()}
    for name, roster in declarations.rosters.items():
        hidden = {column: ROSTER_TYPES.get(kind) or everywhere.get(column) for column, kind in roster.columns.items()}
        for row in told["rosters"][name]["rows"].values():
            row.update({column: mask_value(kind, row.get(column)) for column, kind in hidden.items() if kind})
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _personal(contract: Contract) -> dict[str, Kind]:
    return {name: column.personal for name, column in contract.columns.items() if column.personal}


def mask_row(row: Mapping[str, Any], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """A row with its personal cells masked."""
    return {name: mask_value(kinds[name], value) if name in kinds else value for name, value in row.items()}


def mask_quarantined(row: Mapping[str, Any], contract: Contract | None) -> dict[str, Any]:
    """A quarantined row: its cell, its sentences and its source row masked. Cells under unknown headers are hidden."""
    masked = mask_fault(row, contract)
    masked["also"] = json.dumps(
        [mask_fault(one, contract) for one in json.loads(row["also"] or "[]")], ensure_ascii=False
    )
    if row["raw"] is not None:
        masked["raw"] = json.dumps(_mask_raw(json.loads(row["raw"]), contract), ensure_ascii=False)
    return masked


def mask_reported(row: Mapping[str, Any], contract: Contract | None) -> dict[str, Any]:
    """A row of `reported_rows`: the sentence about a quarantined one quotes a cell, which may be anyone's."""
    fault = {"column": row["fault_column"], "value": row["fault_value"], "say": row["say"]}
    masked = mask_fault(fault, contract)
    return {**row, "fault_value": masked["value"], "say": masked["say"]}


def mask_fault(row: Mapping[str, Any], contract: Contract | None) -> dict[str, Any]:
    """One fault, `value` and sentences masked; in a column that names no row, whoever's number slipped into it."""
    masked, value = dict(row), row["value"]
    column = contract.columns.get(row["column"] or "") if contract else None
    if not value or (column is not None and column.personal is None and column.type in NAMES_ROWS):
        return masked
    kind = column.personal if column else None
    masked["value"] = mask_value(kind, value.strip() or value) if kind else mask_text(value)
    for name in ("say", "say_en"):
        for quoted in (value.strip(), shown(value), value) if masked.get(name) else ():
            masked[name] = masked[name].replace(quoted or value, masked["value"])
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
