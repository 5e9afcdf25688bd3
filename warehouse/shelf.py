"""Snapshots that stay open between the visits of one process: opened once, read by many threads, soon let go of.

A published file does not change under its name, so what it answered it answers again. Nothing here knows a reader:
warehouse/scope.py cuts every answer to its reader. Rows of departments are kept masked, or not at all.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from warehouse.engine import DuckEngine, rows_of
from warehouse.snapshot import Snapshot, checked

# Of one snapshot, in rows; a row of standings takes about 2 kB. A page counts as its length in rows.
MOST_KEPT = 60_000
ROW_BYTES = 2_000
# A file that nobody reads is let go of: a purge destroys its bytes only then, and a night of long ago is read rarely.
IDLE_SECONDS = 60.0
T = TypeVar("T")


class SharedEngine(DuckEngine):
    """One file, only read, by several threads at once."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, read_only=True)
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, over a connection of its own: one connection answers one thread."""
        with closing(self.con.cursor()) as con:
            con.execute("USE snapshot")
            return rows_of(con.execute(sql))

    def kept_rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query that is asked of the file once. Each reader gets rows of their own."""
        return [dict(row) for row in self.once(sql, lambda: self.rows(sql))]

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gave for this key. Threads that ask while it is made wait for it; what fails is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast(T, self._kept[key][0])
            turn = self._making.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._kept:
                    return cast(T, self._kept[key][0])
            try:
                made = make()
                self._keep(key, made)
            finally:
                with self._lock:
                    self._making.pop(key, None)
        return made

    def _keep(self, key: Hashable, made: object) -> None:
        """Keep it in the place of what was asked for least lately."""
        size = 1 + (len(made) if isinstance(made, list) else len(made) // ROW_BYTES if isinstance(made, str) else 0)
        if size > MOST_KEPT:
            return
        with self._lock:
            self._kept[key] = (made, size)
            while sum(size for _, size in self._kept.values()) > MOST_KEPT:
                self._kept.popitem(last=False)


@dataclass
class Held:
    """One open snapshot. `mark`: which file it is; `used_at`: when the last reader gave it back."""

    snapshot: Snapshot
    mark: tuple[int, int, int]
    readers: int = 0
    used_at: float = 0.0


class Shelf:
    """The open snapshots of one process, by path."""

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self.idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._held: dict[Path, Held] = {}
        self._sweeper: threading.Timer | None = None

    @contextmanager
    def lent(self, path: Path) -> Iterator[Snapshot]:
        """The snapshot of a path for one reader. Refuses (OSError, SnapshotTooNew) what does not open.

        A file that stands under the path of another is opened anew; the other goes with its last reader.
        """
        held = self._take(path)
        try:
            yield held.snapshot
        finally:
            self._give_back(path, held)

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            while self._held:
                self._held.popitem()[1].snapshot.close()

    def _take(self, path: Path) -> Held:
        with self._lock:
            mark = _mark(path)
            found = self._held.get(path)
            if not self._held:  # DuckDB complains of what is still open when Python has gone
                atexit.unregister(self.close)
                atexit.register(self.close)
            if found is None or found.mark != mark:
                opened = Held(checked(Snapshot(SharedEngine(path), path)), mark)
                if found is not None and not found.readers:
                    found.snapshot.close()
                found = self._held[path] = opened
            found.readers += 1
            return found

    def _give_back(self, path: Path, held: Held) -> None:
        with self._lock:
            held.readers -= 1
            held.used_at = time.monotonic()
            if not held.readers and self._held.get(path) is not held:
                held.snapshot.close()
            elif self._sweeper is None:
                self._sweep_later()

    def _sweep_later(self) -> None:
        self._sweeper = threading.Timer(self.idle_seconds / 2, self._sweep)
        self._sweeper.daemon = True
        self._sweeper.start()

    def _sweep(self) -> None:
        """Let go of what nobody has read for a while, and of files that are gone or stand no more under their path."""
        with self._lock:
            self._sweeper = None
            for path, held in list(self._held.items()):
                is_idle = time.monotonic() - held.used_at >= self.idle_seconds
                if not held.readers and (is_idle or not _is_there(path, held)):
                    self._held.pop(path).snapshot.close()
            if self._held:
                self._sweep_later()


def _mark(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _is_there(path: Path, held: Held) -> bool:
    try:
        return _mark(path) == held.mark
    except OSError:
        return False
