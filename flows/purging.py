"""A delivery destroyed on the decision of two people: its bytes and every derived copy; what stays is built anew.

It can be asked again until it is done: a purge that died goes on where it stopped.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flows.night import WORK, Show, locked, run_night
from flows.settings import Settings
from warehouse.declarations import Declarations, read_declarations
from warehouse.engine import DuckEngine
from warehouse.home import Home
from warehouse.inbox import RECEIPTS
from warehouse.ledger import DecisionRefused, Ledger, open_ledger
from warehouse.purging import (
    Grave,
    bury,
    cut_from_ledger,
    finish,
    holds,
    is_built_without,
    pending,
    quoted_in,
    strip_history,
    strip_snapshot,
)
from warehouse.quotations import Quotations, cells_elsewhere, cells_of, spellings, stored_cells, texts_of
from warehouse.report_decisions import signatures
from warehouse.signed_year import signed_nights


@dataclass(frozen=True)
class Purged:
    """What was destroyed. `left`: places that quote the file and that a program may not cut; a person looks there."""

    sha256: tuple[str, ...]
    deliveries: tuple[str, ...]
    night: str | None
    snapshots: int
    files: int
    left: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values for `--json`."""
        return asdict(self)


def purge_delivery(settings: Settings, delivery: str, reason: str, who: str, second: str, show: Show) -> Purged:
    """Destroy the file that a delivery came in, with all sheets and slips, wherever this home keeps something of it.

    A night is run in between: the new snapshot is built from the archive without the file. Whole snapshots since the
    file came go, those of signed years are written anew; figures of those nights that rested on it leave the history.
    Refuses (DecisionRefused) an unknown delivery, one person in place of two, and a file on whose rows a signed year
    rests: withdraw it, run a night, sign again with the reason, then purge.
    """
    home = settings.place
    with locked(home), open_ledger(home) as ledger:
        declared = read_declarations(home.catalogue)
        grave = _grave(ledger, delivery)
        _refuse_signed(home, ledger, grave)
        quoted = _quoted(home, ledger, grave, declared)
        if pending(ledger) is None:
            bury(ledger, grave, quoted, reason, who, second)
        published = ledger.current_night()
    night = published["id"] if published else None
    if published is not None and not is_built_without(grave, published):
        night = run_night(settings, published["business_date"], show=show).night
    show("purge", 0, 0)
    with locked(home), open_ledger(home) as ledger:
        snapshots = _strip_snapshots(home, ledger, grave, quoted, declared)
        files = _remove_files(home, ledger, quoted)
        with ledger.publishing():
            cut_from_ledger(ledger, quoted)
        for sha256 in grave.hashes:
            (home.archive / sha256).unlink(missing_ok=True)
        left = tuple(_left(home, ledger, quoted))
        finish(ledger, grave, who, left)
    return Purged(tuple(grave.hashes), tuple(grave.ids), night, snapshots, files, left)


def _grave(ledger: Ledger, delivery: str) -> Grave:
    found = ledger.deliveries(id=delivery)
    if not found:
        raise DecisionRefused(f"没有报送“{delivery}” / no delivery “{delivery}”")
    begun = pending(ledger)
    if begun is not None and found[0]["sha256"] not in begun.hashes:
        raise DecisionRefused(f"请先完成已开始的销毁：{begun.ids[0]} / finish the purge of {begun.ids[0]} first")
    if begun is not None:
        return begun
    rows = [row for row in ledger.deliveries(sha256=found[0]["sha256"]) if row["refusal_code"] != "purged"]
    if all(row["state"] == "purged" for row in rows):
        raise DecisionRefused(f"{delivery} 已经销毁 / is purged already")
    slips = {slip["sha256"] for row in rows for slip in ledger.deliveries(amends=row["id"])}
    return Grave((*rows, *(slip for sha256 in sorted(slips) for slip in ledger.deliveries(sha256=sha256))))


def _nights_since(ledger: Ledger, grave: Grave) -> list[dict[str, Any]]:
    """The published nights from that on which the file first came, oldest first."""
    nights = [row for row in reversed(ledger.nights()) if row["state"] == "published"]
    came = {row["night"] for row in grave.rows}
    first = next((number for number, row in enumerate(nights) if row["id"] in came), 0)
    return nights[first:]


def _refuse_signed(home: Home, ledger: Ledger, grave: Grave) -> None:
    since = {row["id"] for row in _nights_since(ledger, grave)}
    for year, night in signed_nights(ledger).items():
        snapshot = home.snapshots / f"{night}.duckdb"
        if night in since and (not snapshot.is_file() or holds(snapshot, grave.ids)):
            raise DecisionRefused(
                f"{year}年报告已按含有这份文件的 {night} 签发；请先撤回该报送、运行一晚、"
                f"用 ducha report {year} --sign --reason 重新签发，再销毁"
                f" / the report of {year} is signed on {night}, which holds it: withdraw it, run a night,"
                f" sign {year} again with the reason, then purge"
            )


def _quoted(home: Home, ledger: Ledger, grave: Grave, declared: Declarations) -> Quotations:
    """What only this file says: its cells and its name, without what others say, or the county declares, too."""
    values = spellings(str(row["file_name"]) for row in grave.rows)
    shared = {row["file_name"] for row in ledger.deliveries() if row["sha256"] not in grave.hashes}
    work = home.snapshots / WORK  # the next night sweeps it
    work.mkdir(exist_ok=True)
    for sha256 in grave.own_hashes:
        if (kept := home.archive / sha256).is_file():
            with tempfile.TemporaryDirectory(dir=work) as folder:
                values |= cells_of(kept, sha256, Path(folder))
    current = ledger.current_snapshot()
    if current and (home.snapshots / current).is_file():
        with DuckEngine(home.snapshots / current, read_only=True) as engine:
            values |= stored_cells(engine, grave.ids)
            values -= cells_elsewhere(engine, grave.ids)
    return Quotations(values - spellings(shared) - set(_words(declared.model_dump(mode="json", by_alias=True))))


def _words(tree: Any) -> Iterator[str]:
    """Every key and text of a JSON tree."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        yield from tree
        for one in tree.values():
            yield from _words(one)
    elif isinstance(tree, list):
        for one in tree:
            yield from _words(one)


def _strip_snapshots(home: Home, ledger: Ledger, grave: Grave, quoted: Quotations, declared: Declarations) -> int:
    """Destroy the whole snapshots since the file came, but the new one; those of signed years are written anew."""
    signed, current = set(signed_nights(ledger).values()), ledger.current_snapshot()
    count = 0
    for night in _nights_since(ledger, grave):
        path = home.snapshots / night["snapshot"]
        if path.name == current:
            continue
        if not path.is_file() or holds(path, grave.ids):
            strip_history(home.history, night["id"], grave.rows, declared)
        if path.is_file() and night["id"] in signed:
            strip_snapshot(path, grave.ids, quoted)
        elif path.is_file():
            path.unlink()
            count += 1
    return count


def _remove_files(home: Home, ledger: Ledger, quoted: Quotations) -> int:
    """Remove letters with their slips, reports and receipts that quote the file; cut it from the logs."""
    hit = [path for path in _papers(home) if _quotes(path, quoted)]
    gone = {path.with_suffix(suffix) for path in hit for suffix in (path.suffix, ".eml", ".xlsx", ".docx")}
    gone = {path for path in gone if path in hit or path.is_relative_to(home.letters)}
    count = sum(path.is_file() for path in gone)
    for path in gone:
        path.unlink(missing_ok=True)
    for row in ledger.letters():
        if home.root / row["path"] in gone and row["state"] in ("queued", "held", "failed"):
            with ledger.publishing() as tx:
                tx.supersede(row["id"], "purged")
    for path in home.logs.rglob("*"):
        if path.is_file() and (words := path.read_text("utf-8", "replace")) != (cut := quoted.cut_from(words)):
            path.write_text(cut, "utf-8")
    return count


def _papers(home: Home) -> Iterator[Path]:
    """What the program wrote for people: letters and slips, reports, receipts."""
    rooms = [home.letters, home.reports, *home.inbox.rglob(RECEIPTS)]
    yield from (path for room in rooms for path in room.rglob("*") if path.is_file() and not path.is_symlink())


def _quotes(path: Path, quoted: Quotations) -> bool:
    return any(quoted.first_in(words) for words in texts_of(path.read_bytes()))


def _left(home: Home, ledger: Ledger, quoted: Quotations) -> Iterator[str]:
    """Where the file is still quoted: a signed paper, the audit, what another program keeps, what people wrote."""
    for row in signatures(ledger):
        for name in (row["docx_sha256"], row["basis_sha256"]):
            if name and (home.archive / name).is_file() and _quotes(home.archive / name, quoted):
                yield f"archive/{name}"
    yield from (f"audit {row['seq']}" for row in ledger.audit() if quoted.first_in(str(row["detail"])))
    if current := ledger.current_snapshot():
        with DuckEngine(home.snapshots / current, read_only=True) as engine:
            if place := quoted_in(engine, quoted):
                yield f"snapshots/{current} {place}"
    others = [path for path in home.root.iterdir() if path.name in ("prefect", "catalogue", "logs")]
    for path in (one for room in others for one in room.rglob("*") if one.is_file() and not one.is_symlink()):
        if _quotes(path, quoted):
            yield path.relative_to(home.root).as_posix()
