"""Merged header cells: the text of the top-left cell is repeated in the cells it covers."""

from __future__ import annotations

from collections.abc import Sequence

HEADER_ROWS = 10

Cell = str | None
Merge = tuple[int, int, int, int]  # first row, first column, last row, last column; 1-based


def fill_header(rows: list[list[Cell]], merged: Sequence[Merge], width: int) -> None:
    """Repeat merged header texts within the first rows; `rows` are the sheet's first physical rows, changed in place.

    Filled are groups that lie side by side in one row, and cells that reach down beside such a group (a header of two
    rows). A title or note merged across its whole row stays one cell, and so does a cell merged downwards in the
    data: one amount over three rows must not become three amounts.
    """
    tops = {merge[0] for merge in merged if merge[0] == merge[2] and _stands_beside_others(rows, merge)}
    for first_row, first_column, last_row, last_column in merged:
        if first_row not in tops or last_row > min(HEADER_ROWS, len(rows)):
            continue
        head = rows[first_row - 1]
        text = head[first_column - 1] if first_column <= len(head) else None
        if text is None:
            continue
        last = min(last_column, width)
        for row in rows[first_row - 1 : last_row]:
            row.extend([None] * (last - len(row)))
            row[first_column - 1 : last] = [text] * (last - first_column + 1)


def _stands_beside_others(rows: list[list[Cell]], merge: Merge) -> bool:
    row, first, _, last = merge
    if row > min(HEADER_ROWS, len(rows)) or last == first:
        return False
    others = [cell for index, cell in enumerate(rows[row - 1], 1) if cell is not None and not first <= index <= last]
    return bool(others)
