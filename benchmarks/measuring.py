"""What a command costs with all its children, and one section of RESULTS.md made of it."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, seconds of processor, and the peak of resident megabytes of all processes together."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True)
class Section:
    """One table of RESULTS.md: its title, the command that makes it, heads and rows, and what must be said of it."""

    title: str
    command: str
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]
    said: str = ""

    def text(self) -> str:
        """Markdown."""
        lines = [f"## {self.title}", "", f"`{self.command}`", "", *_table(self.heads, self.rows)]
        return "\n".join([*lines, *(["", self.said] if self.said else []), ""])


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    cells = [list(heads), ["---"] * len(heads), *([f"{cell}" for cell in row] for row in rows)]
    return [f"| {' | '.join(row)} |" for row in cells]


def measured(command: Sequence[str | Path], fails_with: int = 0, **environment: str) -> Cost:
    """Run a command to its end. Refuses (SystemExit) one that fails, but with the code that it may give.

    Shared pages count once for each process.
    """
    before, began, peak = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0
    told: Mapping[str, str] = {**os.environ, "GX_ANALYTICS_ENABLED": "false", **environment}
    with subprocess.Popen([str(one) for one in command], stdout=subprocess.DEVNULL, env=told) as process:
        while process.poll() is None:
            with contextlib.suppress(OSError):  # one of them ended meanwhile
                peak = max(peak, sum(map(_resident, _family(process.pid))))
            time.sleep(0.05)
    if process.returncode not in (0, fails_with):
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.monotonic() - began, cpu, peak)


def _family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [one for child in children.read_text().split() for one in _family(int(child))]
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    except OSError:
        return 0
