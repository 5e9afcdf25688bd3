"""A parent with every import done, which forks one night after another so that a kill costs no start-up.

Reads one JSON line per night: {home, date, boundary, delay}. `boundary` n: SIGKILL itself before the n-th step;
`delay` seconds: the parent kills it after that time. Answers one JSON line: {code, steps, seconds}.
Nothing here starts a thread before the fork.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"


def run(order: dict[str, Any], report: int) -> None:
    """In the child: one night; each step's number goes to the parent before it begins."""
    from flows.night import run_night
    from flows.settings import read_settings

    count = 0

    def call(_name: str, step: Any) -> Any:
        def stepped(*args: Any) -> Any:
            nonlocal count
            count += 1
            os.write(report, b".")
            if order.get("boundary") == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(*args)

        return stepped

    run_night(read_settings(Path(order["home"])), date.fromisoformat(order["date"]), call=call)


def fork(order: dict[str, Any]) -> dict[str, Any]:
    """One night in a child of its own; killed when the order says so."""
    receive, report = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(receive)
        try:
            run(order, report)
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            sys.stderr.flush()
            os._exit(3)
        os._exit(0)
    os.close(report)
    if order.get("delay") is not None:
        threading.Timer(order["delay"], _kill, [child]).start()
    steps = b""
    while piece := os.read(receive, 4096):
        steps += piece
    _, status = os.waitpid(child, 0)
    return {"code": os.waitstatus_to_exitcode(status), "steps": len(steps), "seconds": time.monotonic() - began}


def _kill(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def main() -> None:
    import great_expectations  # noqa: F401  # the slow imports, done once
    import polars  # noqa: F401

    import flows.night  # noqa: F401
    from flows import publishing, settling, taking, telling  # noqa: F401

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(fork(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
