"""退回清单 as a file: the identity that a slip carries, and what a person changed in the rows that it lists.

A slip's last sheet says for each of its lines which row of which delivery it stands for, and what stood in its cells
when it was written. So a line is found again after it was sorted, a changed cell is told from an unchanged one (masked
ones too), and a changed identity is noticed by its hash.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from warehouse.refusals import DeliveryRefused
from warehouse.sheets import TextSheet

MARK = "ducha-slip-1"
Record = Mapping[str, Any]
Line = tuple[int, list[str]]


@dataclass(frozen=True)
class SlipLine:
    """A line of a slip that a person changed. `source_row`: the row of `delivery`; `edits`: its new cells by header."""

    sheet: str
    row: int
    delivery: str
    source_row: int
    edits: Mapping[str, str]


@dataclass(frozen=True)
class SlipContest:
    """A filled line of the sheet of contests: what is said, by the slip's own names of columns."""

    sheet: str
    row: int
    finding: int
    said: Mapping[str, str]


@dataclass(frozen=True)
class ReturnedSlip:
    """A slip that came back. `unclear`: (sheet, row) of lines whose correction names no column."""

    unit: str
    night: str
    lines: tuple[SlipLine, ...]
    contests: tuple[SlipContest, ...]
    unclear: tuple[tuple[str, int], ...] = field(default=())


def identity_lines(unit: str, night: str, records: Iterable[Record]) -> list[tuple[str, ...]]:
    """The rows of the identity sheet: the mark with unit, night and hash, then one record a row.

    Records: a sheet (`sheet`, `headers`: what stands above its columns, `cells`: the same for source cells), a row
    (`sheet`, `number`, `delivery`, `row`, `column`, `seen`) or a finding (`sheet`, `number`, `finding`).
    """
    texts = [json.dumps(record, ensure_ascii=True, sort_keys=True) for record in records]
    return [(MARK, unit, night, _sealed(unit, night, texts)), *((text,) for text in texts)]


def _sealed(unit: str, night: str, texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join((unit, night, *texts)).encode()).hexdigest()


def seen_mark(value: str) -> str:
    """What is kept of a cell, so that a changed one is noticed: not the text itself."""
    return hashlib.sha256(_plain(value).encode()).hexdigest()[:16]


def _plain(value: str) -> str:
    text = unicodedata.normalize("NFKC", value)
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def read_slip(sheets: Sequence[TextSheet]) -> ReturnedSlip | None:
    """The slip that these sheets are; None when none of them carries a slip's mark.

    Refuses (DeliveryRefused, `slip_changed`) one whose identity, or whose delivery or row numbers, somebody changed,
    and one in which a line stands twice.
    """
    marked = next(((sheet, at) for sheet in sheets if (at := _mark_row(sheet)) is not None), None)
    if marked is None:
        return None
    sheet, at = marked
    rows = [cells for _, cells in _lines(sheet)][at:]
    unit, night, sealed = (*rows[0][1:4], "", "", "")[:3]
    texts = [cells[0] for cells in rows[1:] if cells[0]]
    if _sealed(unit, night, texts) != sealed:
        raise _changed(sheet.file, sheet.name, at + 1)
    records = [json.loads(text) for text in texts]
    by_name = {one.name: one for one in sheets}
    found = ReturnedSlip(unit, night, (), ())
    for record in records:
        if "headers" in record and record["sheet"] in by_name:
            found = _with_sheet(found, by_name[record["sheet"]], record, records)
    return found


def _mark_row(sheet: TextSheet) -> int | None:
    if not sheet.width or not sheet.height:
        return None
    firsts = sheet.top["c0"].to_list()
    return firsts.index(MARK) if MARK in firsts else None


def _lines(sheet: TextSheet) -> list[Line]:
    """Physical row and cells, an empty cell as an empty text."""
    import polars as pl

    rows = pl.read_parquet(sheet.rows, glob=False).rows()
    return [(int(row[0]), [str(cell) if cell is not None else "" for cell in row[1:]]) for row in rows]


def _changed(file: str, sheet: str, row: int) -> DeliveryRefused:
    return DeliveryRefused(
        "slip_changed",
        f"退回清单“{file}”工作表“{sheet}”第{row}行的识别信息（报送批次、行号、序号或“系统识别”表）被改动，"
        "无法确定更正的是哪一行，没有更正任何行；请用信件所附的原清单重新填写，只改“请填写更正内容”和“原表·”各栏",
        f"the slip “{file}” can no longer be told from its identity (sheet “{sheet}”, row {row}: delivery, row or No."
        " was changed): nothing was corrected; please fill in the slip as the letter brought it",
    )


def _with_sheet(slip: ReturnedSlip, sheet: TextSheet, record: Record, records: Sequence[Record]) -> ReturnedSlip:
    known = {one["number"]: one for one in records if one["sheet"] == sheet.name and "number" in one}
    headers = {name: _key(words) for name, words in record["headers"].items()}
    rows = _lines(sheet)
    start = next((at for at, (_, cells) in enumerate(rows) if headers["number"] in map(_key, cells)), None)
    if start is None:
        return slip
    above = [_key(text) for text in rows[start][1]]
    places = {name: above.index(words) for name, words in headers.items() if words in above}
    cells_at = {name: above.index(_key(words)) for name, words in record["cells"].items() if _key(words) in above}
    lines, contests, unclear, seen = list(slip.lines), list(slip.contests), list(slip.unclear), set[str]()
    for row, cells in rows[start + 1 :]:
        said = {name: cells[at].strip() for name, at in places.items()}
        one = known.get(said["number"])
        if one is None:
            continue
        if said["number"] in seen or not _is_same(one, said):
            raise _changed(sheet.file, sheet.name, row)
        seen.add(said["number"])
        if "finding" in one:
            if said.get("objection") or said.get("reason"):
                contests.append(SlipContest(sheet.name, row, int(one["finding"]), said))
        elif edits := _edits(one, said, {name: cells[at] for name, at in cells_at.items()}):
            lines.append(SlipLine(sheet.name, row, one["delivery"], int(one["row"]), edits))
        elif said.get("to_do"):
            unclear.append((sheet.name, row))
    return ReturnedSlip(slip.unit, slip.night, tuple(lines), tuple(contests), tuple(unclear))


def _key(words: str) -> str:
    return "".join(_plain(words).split())


def _is_same(record: Record, said: Mapping[str, str]) -> bool:
    """The line still names the delivery and the row that it was written for."""
    return all(said.get(name, str(record[name])) == str(record[name]) for name in ("delivery", "row") if name in record)


def _edits(record: Record, said: Mapping[str, str], cells: Mapping[str, str]) -> dict[str, str]:
    """The cells that differ from what was written; what is written as the correction goes into the cell at fault."""
    marks = record["seen"]
    edits = {name: text.strip() for name, text in cells.items() if name in marks and seen_mark(text) != marks[name]}
    if said.get("to_do") and record["column"] and record["column"] not in edits:
        edits[record["column"]] = said["to_do"]
    return edits
