"""Snapshots that stay open: read by many at once, never across scopes, never older than the file under their path."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from warehouse.scope import Scope, ScopedSnapshot, open_snapshot_for
from warehouse.shelf import MOST_KEPT, SharedEngine, Shelf
from warehouse.snapshot import Snapshot, SnapshotTooNew


@pytest.fixture
def path(sample_night: tuple[Path, Any], tmp_path: Path) -> Path:
    """An own copy of the sample county's snapshot."""
    (made,) = (sample_night[0] / "snapshots").glob("*.duckdb")
    return Path(shutil.copyfile(made, tmp_path / made.name))


def test_two_readers_have_one_file_open_and_each_gets_rows_of_their_own(path: Path) -> None:
    shelf = Shelf()
    with shelf.lent(path) as one, shelf.lent(path) as other:
        assert one is other
        first, second = one.units(), other.units()
        first[0]["unit"] = "changed"
        assert second[0]["unit"] != "changed" and one.units() == second
    shelf.close()


def test_many_threads_read_the_same_as_one(path: Path) -> None:
    shelf = Shelf()
    with shelf.lent(path) as snapshot, ThreadPoolExecutor(8) as threads:
        asked = [
            partial(snapshot.figures, metric="filing_rate"),
            snapshot.owed,
            snapshot.units,
            lambda: snapshot.quarantine(50),
        ] * 8
        found = list(threads.map(lambda ask: ask(), asked))
    with Shelf().lent(path) as alone:
        assert found[:4] == [alone.figures(metric="filing_rate"), alone.owed(), alone.units(), alone.quarantine(50)]
    assert all(found[at] == found[at % 4] for at in range(len(found)))
    shelf.close()


def test_a_file_that_stands_under_the_path_of_another_is_opened_anew(path: Path, tmp_path: Path) -> None:
    shelf, beside = Shelf(), Path(shutil.copyfile(path, tmp_path / "beside.duckdb"))
    with shelf.lent(path) as before:
        told = before.meta["figures_sha256"]
        os.replace(beside, path)  # as a purge writes a signed year's snapshot anew
        with shelf.lent(path) as after:
            assert after is not before and after.meta["figures_sha256"] == told
        assert before.units() == after.units()  # who looks at the old one looks on
    with pytest.raises(Exception, match="Connection"):
        before.engine.rows("SELECT 1 AS one")
    shelf.close()


def test_what_nobody_reads_is_let_go_of_and_a_file_that_is_gone_at_once(path: Path) -> None:
    shelf = Shelf(idle_seconds=0.2)
    with shelf.lent(path) as snapshot:
        time.sleep(0.5)
        assert snapshot.engine.rows("SELECT 1 AS one")  # somebody reads it
    _wait_until(lambda: _is_closed(snapshot))
    lasting = Shelf(idle_seconds=3600)
    with lasting.lent(path) as snapshot:
        pass
    path.unlink()
    lasting._sweep()
    assert _is_closed(snapshot)
    with pytest.raises(OSError), lasting.lent(path):
        pass


def test_a_snapshot_of_a_later_version_is_refused_each_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.snapshot.KNOWN_FORMAT", 0)
    shelf = Shelf()
    for _ in range(2):
        with pytest.raises(SnapshotTooNew), shelf.lent(path):
            pass


def test_what_is_made_once_is_made_once_and_a_failure_is_not_kept(path: Path) -> None:
    engine, calls = SharedEngine(path), []

    def make() -> str:
        calls.append(threading.get_ident())
        if len(calls) == 1:
            raise ValueError
        time.sleep(0.1)
        return "made"

    with pytest.raises(ValueError):
        engine.once("key", make)
    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(lambda _: engine.once("key", make), range(12))) == {"made"}
    assert len(calls) == 2
    for number in range(20):
        engine.once(number, lambda: [{}] * (MOST_KEPT // 4))
    assert sum(size for _, size in engine._kept.values()) <= MOST_KEPT and "key" not in engine._kept
    engine.close()


def test_nothing_that_was_made_for_one_scope_reaches_another(path: Path) -> None:
    scopes = [Scope(whole_county=True), Scope(unit="justice_bureau"), Scope(unit="health_bureau"), Scope()]
    for _ in range(2):
        for scope in scopes:
            with open_snapshot_for(path, scope) as own:
                assert isinstance(own, ScopedSnapshot)
                assert own.once("page", partial("of {}".format, scope)) == f"of {scope}"
                held = {row["unit"] for row in own.figures(period="2024", town=None) if row["unit"]}
                assert scope.whole_county or held <= {scope.unit}


def _is_closed(snapshot: Snapshot) -> bool:
    try:
        snapshot.engine.rows("SELECT 1 AS one")
    except Exception:
        return True
    return False


def _wait_until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.05)
