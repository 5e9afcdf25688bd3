"""Bytes -> rows of text. What a file is is told by its content, and only guarded child processes ever parse it."""

from __future__ import annotations

import json
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.frames import batches, head
from warehouse.header_cells import Merge
from warehouse.refusals import DeliveryRefused, refuse
from warehouse.sheet_guard import Nursery

if TYPE_CHECKING:
    import polars as pl

__all__ = ["DamagedCells", "DeliveryRefused", "Limits", "TextSheet", "read_sheets"]

MEGABYTE = 1_000_000
TOP = 30
SHORT = 200  # rows; most sheets have no more


@dataclass(frozen=True)
class Limits:
    """What reading one file may cost. `seconds` are of work; a file gets one more for each `bytes_a_second` it has."""

    seconds: float = 25
    bytes_a_second: int = MEGABYTE
    memory_mb: int = 1_024
    max_unzipped_mb: int = 2_048
    ratio: int = 200


class DamagedCells(Set[tuple[int, int]]):
    """(row, column index) of every number that has lost digits. Four bytes each: a whole column of them may be."""

    def __init__(self, pairs: Iterable[tuple[int, int]] = ()) -> None:
        self._rows: dict[int, array[int]] = {}
        for row, column in sorted(set(pairs)):
            self._rows.setdefault(column, array("i")).append(row)

    @classmethod
    def _from_iterable(cls, it: Iterable[Any]) -> frozenset[Any]:
        return frozenset(it)

    @property
    def columns(self) -> tuple[int, ...]:
        """The indexes of columns that hold any."""
        return tuple(sorted(self._rows))

    def rows_of(self, column: int) -> array[int]:
        """The rows of one column, ascending."""
        return self._rows.get(column, array("i"))

    def __contains__(self, place: object) -> bool:
        if not isinstance(place, tuple):
            return False
        row, column = place
        rows = self.rows_of(column)
        index = bisect_left(rows, row)
        return index < len(rows) and rows[index] == row

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((row, column) for column in self.columns for row in self._rows[column])

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    @classmethod
    def read(cls, path: Path) -> DamagedCells:
        """From row, column, row, column ... as a child wrote them, rows ascending."""
        flat = array("i")
        flat.frombytes(path.read_bytes())
        cells = cls()
        for index in range(0, len(flat), 2):
            cells._rows.setdefault(flat[index + 1], array("i")).append(flat[index])
        return cells


@dataclass(frozen=True)
class TextSheet:
    """One sheet as text.

    `rows` is a Parquet file of `_row` (the physical row, 1-based and without gaps up to `height`) and c0..c<width-1>
    (text; null is an empty cell). `merged` holds (first row, first column, last row, last column), 1-based; merged
    header cells are filled (see `header_cells`). `file` is "outer.zip/inner.xlsx" within an archive; `name` is "" where
    a file has no sheets. `encoding` is told for text files only. `hidden_rows` are read like all others: a filter that
    was left on hides what a clerk still means.
    """

    file: str
    name: str
    rows: Path
    width: int
    height: int
    hidden: bool = False
    damaged: Set[tuple[int, int]] = field(default_factory=frozenset)
    merged: tuple[Merge, ...] = ()
    encoding: str = ""
    hidden_rows: int = 0

    @cached_property
    def _first(self) -> pl.DataFrame:
        return head(self.rows, SHORT)

    @cached_property
    def top(self) -> pl.DataFrame:
        """The first rows, among which titles and header stand: read once for all who look for something there."""
        return self._first.head(TOP)

    def batches(self) -> Iterator[pl.DataFrame]:
        """All rows, in the memory of one batch. A short sheet is read once, however often its rows are asked for."""
        if 0 < self.height <= SHORT:
            yield self._first
        else:
            yield from batches(self.rows)


@cache
def _nursery() -> Nursery:
    return Nursery()


def read_sheets(
    path: Path, display_name: str, work: Path, limits: Limits | None = None, encoding: str | None = None
) -> list[TextSheet]:
    """Every sheet of a file, or of each table in a zip, hidden ones too; their rows are files under `work`.

    Refuses (DeliveryRefused) what is no table, is damaged, protected, hostile, or needs more than `limits` allows.
    `encoding` overrides what was found out about a text file. Nothing of the file is parsed in this process.
    """
    limits = limits or Limits()
    reply = _ask(path, display_name, work, limits, encoding, inside_archive=False)
    sheets = [_sheet(display_name, found) for found in reply["sheets"]]
    for inner in reply["inner"]:
        name = f"{display_name}/{inner['name']}"
        answer = _ask(Path(inner["path"]), name, work, limits, encoding, inside_archive=True)
        Path(inner["path"]).unlink()
        sheets += [_sheet(name, found) for found in answer["sheets"]]
    return sheets


def _ask(
    path: Path, file: str, work: Path, limits: Limits, encoding: str | None, inside_archive: bool
) -> dict[str, Any]:
    work.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="sheets-", dir=work)).resolve()
    seconds = limits.seconds + path.stat().st_size / limits.bytes_a_second
    verdict = _nursery().run({
        "path": str(path.resolve()), "file": file, "folder": str(folder), "encoding": encoding,
        "inside_archive": inside_archive, "seconds": seconds, "memory": limits.memory_mb * MEGABYTE,
        "max_unzipped": limits.max_unzipped_mb * MEGABYTE, "max_ratio": limits.ratio,
    })  # fmt: skip
    reply = folder / "reply.json"
    if verdict == "late":
        raise refuse("too_slow", file, seconds=round(seconds))
    if not reply.exists():
        # killed by its memory limit inside a library, which cannot be caught there
        raise refuse("too_large", file, detail=verdict)
    answer: dict[str, Any] = json.loads(reply.read_text("utf-8"))
    if told := answer.get("refused"):
        raise DeliveryRefused(told["code"], told["say"], told["say_en"], told["detail"])
    return answer


def _sheet(file: str, found: dict[str, Any]) -> TextSheet:
    return TextSheet(
        file=file,
        name=found["name"],
        rows=Path(found["rows"]),
        width=found["width"],
        height=found["height"],
        hidden=found["hidden"],
        damaged=DamagedCells.read(Path(found["damaged"])),
        merged=tuple((top, left, bottom, right) for top, left, bottom, right in found["merged"]),
        encoding=found["encoding"],
        hidden_rows=found["hidden_rows"],
    )
