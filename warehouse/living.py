"""Whether the process that began something still lives."""

from __future__ import annotations

import os
from pathlib import Path


def process_start(pid: int) -> str | None:
    """The boot, and the clock tick since it, at which the process started; None when it is gone. A zombie is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return None if fields[0] in "ZX" else f"{boot}/{fields[19]}"


def is_alive(pid: int, process: str) -> bool:
    """Whether that very process lives: process numbers are used again, start times are not."""
    started = process_start(pid)
    if started is not None or process_start(os.getpid()) is not None:
        return started == process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
