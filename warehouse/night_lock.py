"""The lock of a home: one night, or one act that must not meet a night, at a time; and how far its holder has come."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from warehouse.home import Home
from warehouse.living import is_alive, process_start

Note = Callable[[str, int, int], None]
MOST = 200


class HomeHeld(Exception):
    """Another process holds the lock; `str()` is its number."""


@dataclass(frozen=True)
class Progress:
    """The step that the holder is in; `done` of `total` where it counts, else 0 of 0."""

    step: str
    done: int
    total: int


@contextmanager
def held(home: Home) -> Iterator[Note]:
    """Hold the home's OS lock; gives what notes the step one is in. The lock of a dead process is free by itself.

    Refuses (HomeHeld) while another process holds it.
    """
    home.make()
    handle = os.open(home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    own = f"{os.getpid()} {process_start(os.getpid()) or '-'}"

    def note(step: str, done: int, total: int) -> None:
        line = f"{own} {step} {done} {total}".encode()
        os.pwrite(handle, line.ljust(MOST)[:MOST], 0)

    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(handle, 20, 0).decode(errors="replace").split()
            raise HomeHeld(owner[0] if owner else "?") from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, own.encode(), 0)
        try:
            yield note
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def noted(show: Note, note: Note) -> Note:
    """Each step is shown to who waits for this night, and noted for who looks on from elsewhere."""

    def shown(step: str, done: int, total: int) -> None:
        note(step, done, total)
        show(step, done, total)

    return shown


def progress(home: Home) -> Progress | None:
    """How far a night has come that runs now; None while none does. Only looks: it never takes the lock."""
    try:
        words = home.lock.read_text("utf-8", "replace").split()
    except OSError:
        return None
    if len(words) != 5 or not words[0].isdigit() or not is_alive(int(words[0]), words[1].strip("-")):
        return None
    return Progress(words[2], int(words[3]), int(words[4]))
