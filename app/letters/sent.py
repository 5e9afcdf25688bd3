"""Loaded rows as their supplier may correct them in a return slip: what was read of them, in the words of an export."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.letters.cell_words import LEFT_OUT, code_words, number_words, unit_words
from app.letters.slip import HeldRow, HeldTable
from app.wording import text
from warehouse.declarations import Declarations
from warehouse.models import Column, Contract

if TYPE_CHECKING:
    from warehouse.snapshot import Snapshot

Row = Mapping[str, Any]
# More rows than a person corrects by hand; whoever has more sends the file again.
MOST_ROWS = 500


def sent_tables(
    traced: Iterable[tuple[Row, str]], owner: str, snapshot: Snapshot, declarations: Declarations
) -> tuple[HeldTable, ...]:
    """One table per dataset of the traced rows that the owner itself has sent; each pair is a row and what is amiss.

    People's names and words stay out; ids and telephones are masked, and one that is left so is not changed.
    """
    wanted: dict[str, dict[int, str]] = defaultdict(dict)
    for row, matter in traced:
        if row.get("_delivery") and row.get("_row"):
            wanted[str(row["_delivery"])].setdefault(int(row["_row"]), matter)
    found: dict[str, list[tuple[Row, str]]] = defaultdict(list)
    for delivery, matters in sorted(wanted.items()):
        for row in snapshot.rows_behind(delivery, None, sorted(matters)):
            if row.get("_supplier") == owner and "_on" in row and row["_dataset"] in declarations.contracts:
                found[row["_dataset"]].append((row, matters[row["_row"]]))
    return tuple(_table(rows, declarations.contracts[dataset], declarations) for dataset, rows in sorted(found.items()))


def _table(rows: list[tuple[Row, str]], contract: Contract, declarations: Declarations) -> HeldTable:
    shown = {name: column for name, column in contract.columns.items() if column.personal not in LEFT_OUT}
    kept = tuple(
        HeldRow(
            delivery=str(row["_delivery"]), file=str(row["_file"]), sheet=str(row["_sheet"] or ""),
            row=str(row["_row"]), cell="", column="", value="", fault=matter, comment="", comments={},
            source={
                column.header[0]: as_exported(name, row.get(name), column, declarations)
                for name, column in shown.items()
            },
        )
        for row, matter in rows[:MOST_ROWS]
    )  # fmt: skip
    headers = tuple(column.header[0] for column in shown.values())
    return HeldTable(contract.label.zh, headers, kept, len(rows) - len(kept))


def as_exported(name: str, value: object, column: Column, declarations: Declarations) -> str:
    """A loaded value as a department writes it, so that it reads again as the same: money says its unit."""
    match value:
        case None:
            return ""
        case bool():
            return text("flags.yes" if value else "flags.no", "zh")
        case date() if column.type == "year":
            return str(value.year)
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case date():
            return value.isoformat()
        case int() | float() | Decimal():
            return number_words(value) + ("元" if column.type == "yuan" else "")
        case plain if column.type in ("unit", "town", "units", "several"):
            return "、".join(unit_words(part, declarations, "zh") for part in str(plain).split(";"))
        case plain:
            return code_words(name, str(plain), column, declarations, "zh")
