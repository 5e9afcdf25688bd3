"""A search of a whole home that knows nothing of how the home is written: every file, packed or not, by its bytes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from html import unescape
from io import BytesIO
from pathlib import Path

import duckdb
import polars as pl


def places(home: Path, token: str) -> list[str]:
    """The files in which a token stands."""
    return [path for _, path in found_in(home, [token])]


def places_of(home: Path, tokens: list[str]) -> dict[str, list[str]]:
    """For each token the files in which it stands."""
    found: dict[str, list[str]] = {token: [] for token in tokens}
    for token, path in found_in(home, tokens):
        found[token].append(path)
    return found


def found_in(home: Path, tokens: list[str]) -> Iterator[tuple[str, str]]:
    """Each token with each file in which it stands, in any of three encodings, packed or not."""
    needles = [(token, [token.encode(encoding) for encoding in ("utf-8", "gb18030", "utf-16-le")]) for token in tokens]
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        texts = [*_unpacked(path.read_bytes()), *_tables(path)]
        for token, encoded in needles:
            if any(needle in content for content in texts for needle in encoded):
                yield token, path.relative_to(home).as_posix()


def _tables(path: Path) -> Iterator[bytes]:
    """DuckDB and Parquet pack texts so that their bytes stand nowhere in one piece: their tables are read."""
    if path.suffix == ".parquet":
        lines = BytesIO()
        pl.read_parquet(path).write_ndjson(lines)
        yield lines.getvalue()
    if path.suffix == ".duckdb":
        with duckdb.connect(path, read_only=True) as con:
            tables = con.execute("SELECT table_name FROM duckdb_tables() WHERE estimated_size > 0").fetchall()
            for (table,) in tables:
                (lines,) = con.execute(f'SELECT string_agg(r::VARCHAR, chr(10)) FROM "{table}" AS r').fetchall()
                yield str(lines).encode()


def _unpacked(content: bytes) -> Iterator[bytes]:
    yield content
    if content[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(content)) as package:
            for name in package.namelist():
                yield from _unpacked(package.read(name))
                yield unescape(package.read(name).decode("utf-8", "replace")).encode()
    elif b"\nMessage-ID:" in content[:4000]:
        for part in message_from_bytes(content).walk():
            if isinstance(body := part.get_payload(decode=True), bytes):
                yield from _unpacked(body)
