"""One row as it stands in the file that came: read again from the archive, by the children that read any file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warehouse.masking import mask_value
from warehouse.match import match_sheet
from warehouse.models import Contract
from warehouse.refusals import DeliveryRefused
from warehouse.sheets import Limits, TextSheet, read_sheets
from warehouse.text_rows import column_letters

# A reader waits for it: a file that takes longer is shown from the snapshot instead.
PATIENCE = Limits(seconds=20, bytes_a_second=1 << 40)


@dataclass(frozen=True)
class SourceCell:
    """One cell of the file. `text` is None where the column is not declared: nobody said whether it is personal."""

    letter: str
    header: str
    text: str | None
    column: str | None


def read_source_row(
    archived: Path, delivered: str, file: str, sheet: str, row: int, dataset: str, contracts: Mapping[str, Contract],
    masked: bool = True,
) -> list[SourceCell] | None:  # fmt: skip
    """The cells of a row with their headers, personal ones masked. None when file, sheet or row is not to be had.

    `delivered` is the name of the file that came; `file` is the same, or "outer.zip/inner.xlsx" for a table in it.
    Columns that nobody declared are never given, masked or not.
    """
    if not archived.is_file() or dataset not in contracts:
        return None
    with tempfile.TemporaryDirectory(prefix="ducha-source-") as work:
        try:
            sheets = read_sheets(archived, delivered, Path(work), PATIENCE)
            found = next((one for one in sheets if (one.file, one.name) == (file, sheet)), None)
            return None if found is None else _cells(found, row, dataset, contracts, masked)
        except DeliveryRefused:
            return None


def _cells(
    sheet: TextSheet, row: int, dataset: str, contracts: Mapping[str, Contract], masked: bool
) -> list[SourceCell] | None:
    import polars as pl

    found = pl.scan_parquet(sheet.rows, glob=False).filter(pl.col("_row") == row).collect()
    if not found.height:
        return None
    match = match_sheet(sheet, {dataset: contracts[dataset]})
    declared = {place: name for name, places in match.columns.items() for place in places}
    texts = found.drop("_row").row(0)
    cells = []
    for place, text in enumerate(texts):
        header = match.headers[place] if place < len(match.headers) else ""
        name = declared.get(place)
        if not header and text is None:
            continue
        shown: str | None = None
        if name is not None:
            kind = contracts[dataset].columns[name].personal if masked else None
            shown = str(mask_value(kind, text)) if kind and text else text or ""
        cells.append(SourceCell(column_letters(place), header, shown, name))
    return cells
