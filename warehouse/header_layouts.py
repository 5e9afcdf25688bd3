"""The ways in which the first rows of a sheet may be its header: one row, or two or three that stand on each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from warehouse.cells import clean_text, header_forms
from warehouse.sheets import TextSheet

SEARCHED = 20
DEEPEST = 3
LIKE_DATA = re.compile(r"\d{5,}|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|^[\d.,%]+$")


@dataclass(frozen=True)
class Layout:
    """One way to read the header. `spellings` of a column: its texts from the group down, joined and alone."""

    rows: tuple[int, ...]
    cells: tuple[tuple[str, ...], ...]
    shown: tuple[str, ...]
    spellings: tuple[tuple[str, ...], ...]
    titles: tuple[str, ...]

    @cached_property
    def forms(self) -> tuple[frozenset[str], frozenset[str]]:
        """All spellings of the row, exact and without brackets: most rows share none with a dataset's headers."""
        read = [forms(bare(text)) for texts in self.spellings for text in texts]
        return frozenset(exact for exact, _ in read), frozenset(short for _, short in read)

    @property
    def rank(self) -> int:
        """Of layouts with equally many columns: the most rows joined by cells merged downwards, then a single row.

        Rows with nothing in common are a title and a header.
        """
        if len(self.rows) == 1:
            return 1
        pairs = zip(self.cells, self.cells[1:], strict=False)
        return len(self.rows) if all(_are_joined(upper, lower) for upper, lower in pairs) else 0


def _are_joined(upper: Sequence[str], lower: Sequence[str]) -> bool:
    joined = sum(bool(over) and over == under for over, under in zip(upper, lower, strict=True))
    return 0 < joined < sum(map(bool, lower))


def first_rows(sheet: TextSheet, more: int = 0) -> list[tuple[str, ...]]:
    """The texts of the first rows, cleaned, empty where there is none."""
    frame = sheet.top.head(SEARCHED + DEEPEST - 1 + more)
    return [tuple(clean_text(cell) if cell else "" for cell in row) for _, *row in frame.rows()]


def read_layouts(sheet: TextSheet) -> list[Layout]:
    """Every row with two different texts as a header of its own and as the top of a deeper one."""
    numbers = sheet.top["_row"].to_list()
    rows = first_rows(sheet)
    found = []
    for at, row in enumerate(rows[:SEARCHED]):
        if len({text for text in row if text}) < 2:
            continue
        titles = tuple(dict.fromkeys(text for above in rows[:at] for text in above if text))
        found.append(Layout((numbers[at],), (row,), row, tuple((text,) if text else () for text in row), titles))
        for depth in range(2, DEEPEST + 1):
            stacked = rows[at : at + depth]
            if len(stacked) == depth and (depth == 2 or not any(map(_looks_like_data, stacked[1:]))):
                found.append(_stacked(tuple(numbers[at : at + depth]), stacked, titles))
    return found


def _looks_like_data(row: Sequence[str]) -> bool:
    return any(LIKE_DATA.search(text) for text in row)


def _stacked(numbers: tuple[int, ...], rows: Sequence[tuple[str, ...]], titles: tuple[str, ...]) -> Layout:
    """A merged group header stands over its sub headers; only xlsx tells where the merge ends, so it is carried on."""
    shown, spellings = [], []
    groups = [""] * (len(rows) - 1)
    for column in zip(*rows, strict=True):
        for level, over in enumerate(column[:-1]):
            groups[level] = over or (groups[level] if any(column[level + 1 :]) else "")
        path = [text for text in (*groups, column[-1]) if text]
        path = [text for at, text in enumerate(path) if at == 0 or text != path[at - 1]]
        shown.append("_".join(path))
        # 日期 over 受理 is 受理日期, as 受理 over 日期 is.
        found = ["".join(path), "".join(path[-2:]), "".join(reversed(path[-2:])), *path[-1:]]
        spellings.append(tuple(dict.fromkeys(text for text in found if text)))
    return Layout(numbers, tuple(rows), tuple(shown), tuple(spellings), titles)


@lru_cache(maxsize=4096)
def forms(text: str) -> tuple[str, str]:
    """A header's spelling, exact and without brackets."""
    return header_forms(text)


def bare(text: str) -> str:
    """Templates mark what must be filled with a star."""
    return text.strip("*＊ \u3000")
