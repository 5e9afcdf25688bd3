"""Whether a snapshot is still what was published: read whole, block by block, and held against its night."""

from __future__ import annotations

from pathlib import Path

from warehouse.compute import figures_sha256
from warehouse.engine import DuckEngine
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.signed_year import signed_nights


def fault_in(snapshot: Path, expected_sha256: str) -> str | None:
    """What is wrong with a snapshot file in one word or two; None when it is whole. Reads every row."""
    if not snapshot.is_file():
        return "missing"
    try:
        with DuckEngine(snapshot, read_only=True) as engine:
            tables = engine.rows("SELECT table_name AS name FROM duckdb_tables() WHERE database_name = 'snapshot'")
            for table in tables:
                engine.rows(f'SELECT bit_xor(hash(r)) AS h FROM "{table["name"]}" AS r')
            found = figures_sha256(engine)
    except Exception as error:  # whatever is wrong with the file, the clerk needs the same sentence
        return type(error).__name__
    return None if found == expected_sha256 else "other figures"


def missing_signed(ledger: Ledger, home: Home) -> list[tuple[str, str]]:
    """Signed years whose snapshot is gone: (year, night)."""
    signed = signed_nights(ledger).items()
    return [(year, night) for year, night in signed if not (home.snapshots / f"{night}.duckdb").is_file()]
