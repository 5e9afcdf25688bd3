"""What a command costs with all its children, and one section of RESULTS.md made of it."""

from __future__ import annotations

import contextlib
import math
import os
import resource
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
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


def grown(low: tuple[float, float], high: tuple[float, float]) -> float:
    """The exponent with which a cost grows, from two pairs of size and cost; costs below a tenth count as one."""
    return math.log(max(high[1], 0.1) / max(low[1], 0.1)) / math.log(high[0] / low[0])


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


class Standing:
    """A server that stands: its address, the peak of its resident megabytes, and its seconds of processor."""

    def __init__(self, process: subprocess.Popen[bytes], address: str) -> None:
        self.process, self.address = process, address
        self.peak, self.before, self.is_over = 0, 0.0, False
        self.watch = threading.Thread(target=self._watch)
        self.watch.start()

    def begin(self) -> None:
        """Count processor time from now on."""
        self.before = self._cpu()

    def cpu(self) -> float:
        """Seconds of processor since `begin`."""
        return self._cpu() - self.before

    def _cpu(self) -> float:
        told = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def _watch(self) -> None:
        while not self.is_over:
            with contextlib.suppress(OSError):
                self.peak = max(self.peak, sum(map(_resident, _family(self.process.pid))))
            time.sleep(0.2)


@contextlib.contextmanager
def standing(command: Sequence[str | Path | int]) -> Iterator[Standing]:
    """A server on a free port, which is given to the command as its last word. Refuses (SystemExit) one that ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([*map(str, command), str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    served = Standing(process, f"http://127.0.0.1:{port}/")
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}")
            try:
                urllib.request.urlopen(served.address, timeout=2).close()
                break
            except urllib.error.HTTPError:
                break  # it asks who we are
            except OSError:
                time.sleep(0.1)
        yield served
    finally:
        served.is_over = True
        served.watch.join()
        process.terminate()
        process.wait(15)
