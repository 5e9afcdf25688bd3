"""Many cases over all cores that this process may use: a full drill is a matter of hours on one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from tests.conftest import Cases

Found = TypeVar("Found")
FEW = 500  # a process costs seconds before it does anything


def shared(work: Callable[[Sequence[int]], Found], count: int, at_once: int, cases: Cases) -> Iterator[Found]:
    """What `work` finds in 0 ... count - 1, a piece at a time; each piece counts once it is through.

    `work` is a function of a module: the processes import it anew. Few cases are done in this process.
    """
    pieces = [range(first, min(first + at_once, count)) for first in range(0, count, at_once)]
    if count < FEW:
        for piece, found in zip(pieces, map(work, pieces), strict=True):
            cases.add(len(piece))
            yield found
        return
    # A spawned process has no threads of ours, of which a forked one would wait for ever.
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=get_context("spawn")) as pool:
        for piece, found in zip(pieces, pool.map(work, pieces), strict=True):
            cases.add(len(piece))
            yield found
