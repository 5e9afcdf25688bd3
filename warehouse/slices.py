"""What a replacement would drop: the rows of its slice now, against the rows it brings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.models import Contract
from warehouse.predicates import constant_sql
from warehouse.settle import Held, why_held

if TYPE_CHECKING:
    from warehouse.loaded import Loaded
    from warehouse.snapshot import Snapshot

Key = tuple[str, ...]


@dataclass(frozen=True)
class SliceDifference:
    """Rows of one supplier's slice now, and the keys among them that the new file lacks. Keys are text."""

    old_rows: int
    dropped: frozenset[Key]
    cited: tuple[str, ...] = ()


def compare_slice(
    snapshot: Snapshot,
    dataset: str,
    supplier: str,
    start: date,
    end: date,
    core: Path,
    findings: Iterable[Mapping[str, Any]],
) -> SliceDifference:
    """Compare a slice (dataset, supplier, covered days; a stock is one slice) with a new file's core rows.

    `findings`: open ones; a dropped key that stands in the shortfall rows of one of them is `cited`.
    A dataset without a key, or with a key that last night did not have, is compared by its number of rows alone.
    """
    import polars as pl

    contract = snapshot.declarations.contracts.get(dataset)
    if contract is None:
        return SliceDifference(0, frozenset())
    arriving = pl.scan_parquet(core, glob=False).collect_schema()
    key = [name for name in contract.key if name in contract.columns]
    key = key if all(name in arriving for name in key) else []
    old = _slice_now(snapshot, dataset, supplier, start, end, key)
    if not key:
        fewer = max(0, len(old) - pl.scan_parquet(core, glob=False).select(pl.len()).collect().item())
        return SliceDifference(len(old), frozenset((str(number),) for number in range(fewer)))
    new = pl.scan_parquet(core, glob=False).select(pl.col(name).cast(pl.String) for name in key).collect()
    dropped = frozenset(old) - frozenset(new.rows())
    return SliceDifference(len(old), dropped, _cited(snapshot, dataset, contract, key, dropped, findings))


def held_against(last: Path, loaded: Loaded, findings: Iterable[Mapping[str, Any]]) -> Held | None:
    """Whether a replacement waits for the clerk: its slice in the last snapshot against the rows that it brings.

    `findings`: all that the ledger has; only open ones count.
    """
    from warehouse.snapshot import open_snapshot

    open_ones = [row for row in findings if row["state"] not in ("closed", "looked_back")]
    slice_ = (loaded.dataset, loaded.supplier, loaded.coverage.start, loaded.coverage.end)
    with open_snapshot(last) as snapshot:
        difference = compare_slice(snapshot, *slice_, loaded.core_path, open_ones)
    return why_held(difference.old_rows, len(difference.dropped), difference.cited)


def _slice_now(snapshot: Snapshot, dataset: str, supplier: str, start: date, end: date, key: list[str]) -> list[Key]:
    """The keys of the slice's rows as text, one per row; of a stock, of all rows of the supplier."""
    columns = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in key) or "_row"
    where = f"_supplier = {constant_sql(supplier)}"
    if snapshot.declarations.contracts[dataset].covers_on is not None:
        where += f" AND _period BETWEEN {constant_sql(start)} AND {constant_sql(end)}"
    rows = snapshot.engine.rows(f"SELECT {columns} FROM {dataset} WHERE {where}")
    return [tuple(row.values()) for row in rows]


def _cited(
    snapshot: Snapshot,
    dataset: str,
    contract: Contract,
    key: list[str],
    dropped: frozenset[Key],
    findings: Iterable[Mapping[str, Any]],
) -> tuple[str, ...]:
    if not dropped:
        return ()
    cited: dict[str, None] = {}
    for finding in findings:
        metric = snapshot.declarations.metrics.get(finding["metric"] or "")
        if metric is None or dataset not in snapshot.declarations.reads(metric.of):
            continue
        unit = None if finding["unit"] == "county" else finding["unit"]
        for row in snapshot.trace(finding["metric"], finding["period"], unit=unit, side="shortfall", masked=False):
            values = tuple(str(row[name]) for name in key) if all(name in row for name in key) else ()
            if values in dropped:
                cited.setdefault("/".join(values))
    return tuple(cited)
