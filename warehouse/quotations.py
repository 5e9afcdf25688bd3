"""What one delivery says and nothing else here does: its cells, told from those that stand elsewhere, found and cut."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from email import message_from_bytes, policy
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from warehouse.engine import DuckEngine
from warehouse.predicates import constant_sql
from warehouse.refusals import DeliveryRefused
from warehouse.sheets import read_sheets

SHORTEST = 5  # shorter cells (a sex, a town, a single name) stand everywhere: they tell nobody's row by themselves
# Days, small numbers, and the codes of our own declarations.
ORDINARY = re.compile(
    r"[a-z]+(_[a-z]+)*|[\d\s.,:%/年月日时分-]{0,10}|\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?([ T][\d:.]+)?"
)
FEW = 200  # up to so many, looking for each in turn is faster
CUT = "（已销毁 / purged）"
# What is written from rows, not brought by a delivery: it says nothing about who else says it.
DERIVED = frozenset({
    "listed", "deletions", "stated_against_counted", "deliveries", "contradictions", "declarations", "evaluations",
    "findings_past_due", "meta", "signals",
})  # fmt: skip
TAG = re.compile(r"<[^>]*>")


class Quotations:
    """Cells of a purged delivery. Looked for by their first characters, so that a home is read once."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = sorted(set(values))
        self._by_start: dict[str, list[str]] = defaultdict(list)
        for value in self._values:
            self._by_start[value[:SHORTEST]].append(value)

    def __bool__(self) -> bool:
        return bool(self._by_start)

    def first_in(self, text: str) -> str | None:
        """The first cell that the text quotes; None when it quotes none."""
        if len(self._values) <= FEW:
            return next((value for value in self._values if value in text), None)
        return next((value for _, value in self._places(text)), None)

    def cut_from(self, text: str) -> str:
        """The text with every quoted cell replaced by a mark."""
        if self.first_in(text) is None:
            return text
        found = sorted(self._places(text), key=lambda place: (place[0], -len(place[1])))
        pieces, at = [], 0
        for start, value in found:
            if start >= at:
                pieces += [text[at:start], CUT]
                at = start + len(value)
        return "".join([*pieces, text[at:]])

    def cut_from_tree(self, tree: Any) -> Any:
        """The same for every text of a JSON tree."""
        if isinstance(tree, str):
            return self.cut_from(tree)
        if isinstance(tree, list):
            return [self.cut_from_tree(one) for one in tree]
        return {key: self.cut_from_tree(one) for key, one in tree.items()} if isinstance(tree, dict) else tree

    def _places(self, text: str) -> Iterator[tuple[int, str]]:
        for at in range(len(text) - SHORTEST + 1):
            for value in self._by_start.get(text[at : at + SHORTEST], ()):
                if text.startswith(value, at):
                    yield at, value


def cells_of(file: Path, name: str, work: Path) -> set[str]:
    """Every cell of a file that is long enough to be known by; none of one that does not read as a table."""
    found: set[str] = set()
    try:
        for sheet in read_sheets(file, name, work):
            for frame in sheet.batches():
                for column in frame.columns[1:]:
                    found |= spellings(frame[column].drop_nulls().unique().to_list())
    except DeliveryRefused:
        return found
    return found


def spellings(values: Iterable[str]) -> set[str]:
    """The values as written and as read, without what is short or ordinary."""
    both = {form for value in values for form in (value.strip(), unicodedata.normalize("NFKC", value).strip())}
    return {form for form in both if len(form) >= SHORTEST and not ORDINARY.fullmatch(form)}


def stored_cells(engine: DuckEngine, deliveries: Iterable[str]) -> set[str]:
    """The texts that a snapshot stores of these deliveries."""
    return _texts(engine, f"IN ({', '.join(map(constant_sql, deliveries))})")


def cells_elsewhere(engine: DuckEngine, deliveries: Iterable[str]) -> set[str]:
    """The texts that other deliveries brought, and those of rosters and units: they stay."""
    return _texts(engine, f"NOT IN ({', '.join(map(constant_sql, deliveries))})") | _texts(engine, None)


def _texts(engine: DuckEngine, chosen: str | None) -> set[str]:
    """Distinct texts of tables with `_delivery` in (or not in) a list; with None: of rosters and units."""
    columns: dict[str, list[str]] = defaultdict(list)
    for row in engine.rows(
        "SELECT c.table_name, c.column_name FROM duckdb_columns() c JOIN duckdb_tables() t USING (table_name)"
        " WHERE c.database_name = 'snapshot' AND t.database_name = 'snapshot' AND c.data_type = 'VARCHAR'"
        " AND t.estimated_size > 0"
    ):
        columns[row["table_name"]].append(row["column_name"])
    found: set[str] = set()
    for table, names in columns.items():
        if (("_delivery" in names) != (chosen is not None)) or table in DERIVED:
            continue
        texts = ", ".join(f'"{name}"' for name in names if not name.startswith("_"))
        where = f"WHERE _delivery {chosen}" if chosen else ""
        for row in engine.rows(f'SELECT DISTINCT unnest([{texts}]) AS value FROM "{table}" {where}') if texts else ():
            found |= spellings([row["value"]] if row["value"] else [])
    return found


def texts_of(content: bytes) -> Iterator[str]:
    """What a letter, a workbook, a document or a plain file says, as text to be searched."""
    if content[:2] == b"PK":
        try:
            with ZipFile(BytesIO(content)) as package:
                for name in package.namelist():
                    yield unescape(TAG.sub("", package.read(name).decode("utf-8", "replace")))
        except BadZipFile:
            yield content.decode("utf-8", "replace")
    elif b"\nMessage-ID:" in content[:4000] or b"\nContent-Type:" in content[:4000]:
        message = message_from_bytes(content, policy=policy.default)
        yield str(message["Subject"])
        for part in message.walk():
            body = part.get_payload(decode=True)
            if isinstance(body, bytes):
                yield from texts_of(body)
    else:
        plain = content.decode("utf-8", "replace")
        yield plain
        if "<" in plain or "&" in plain:
            yield unescape(TAG.sub("", plain))
