"""A parent with every import done, which forks one night after another so that a kill costs no start-up.

The night's own judging process is forked too: a real process with the pipes of the real one.

Reads one JSON line per night: {home, date, boundary, delay, fault, whole}. `boundary` n: it kills itself before the
n-th step; `delay` seconds: the parent kills it after that time. Answers one JSON line: {code, steps, seconds}.
`whole`: with every declaration. `fault`: the program as it would be if files left the inbox before the night is
published; killed between the two. Nothing here starts a thread before the fork.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
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


class ForkedJudge:
    """The judging process of a night as a fork of it, whose library is imported; it ends as the real one does."""

    def __init__(self) -> None:
        asked, asks = os.pipe()
        answers, answered = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.dup2(asked, 0)
            os.dup2(answered, 1)
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # whatever it held open of the night would outlive it
            sys.stdin = os.fdopen(0)
            from expectations.suites import serve

            serve()
            os._exit(0)
        os.close(asked)
        os.close(answered)
        self.stdin, self.stdout = os.fdopen(asks, "wb"), os.fdopen(answers, "rb")

    def kill(self) -> None:
        _kill(self.pid)

    def wait(self) -> None:
        os.waitpid(self.pid, 0)


# All that the small home owes and counts: two exports of the seventy. What is written is written in the same steps.
FEW = {"supervision_actions", "rule_of_law_reports"}


def read_few(catalogue: Path | None = None) -> Any:
    """The declarations of a home, but no export, metric or target beyond what the small home sends."""
    from warehouse.declarations import read_declarations
    from warehouse.metric_rows import datasets_behind

    read = read_declarations(catalogue)
    metrics = {
        name: metric
        for name, metric in read.metrics.items()
        if (behind := datasets_behind(read, name)) and set(behind) <= FEW
    }
    counted = {metric.of for metric in metrics.values()}
    update = {
        "metrics": metrics,
        "contracts": {name: contract for name, contract in read.contracts.items() if name in FEW},
        "row_sets": {name: found for name, found in read.row_sets.items() if name in counted},
        "targets": {name: found for name, found in read.targets.items() if name in metrics},
        "scorecards": {},
        "identities": {},
    }
    return read.model_copy(update=update)


def judge_by_fork(judging: Any, _log: Path) -> None:
    judging._process = ForkedJudge()


def run(order: dict[str, Any], report: int) -> None:
    """In the child: one night; each step's number goes to the parent before it begins."""
    from expectations.suites import JudgingProcess
    from flows import night
    from flows.settings import read_settings

    JudgingProcess.__init__ = judge_by_fork  # type: ignore[method-assign]
    if not order.get("whole"):
        night.read_declarations = read_few
    count = 0

    def call(name: str, step: Any) -> Any:
        def stepped(*args: Any) -> Any:
            nonlocal count
            count += 1
            os.write(report, b".")
            if order.get("fault") and name == "publish":
                for path in [one for one in (Path(order["home"]) / "inbox").rglob("*") if one.is_file()]:
                    path.unlink()
                os.kill(os.getpid(), signal.SIGKILL)
            if order.get("boundary") == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(*args)

        return stepped

    night.run_night(read_settings(Path(order["home"])), date.fromisoformat(order["date"]), call=call)


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
    os.close(receive)
    _, status = os.waitpid(child, 0)
    return {"code": os.waitstatus_to_exitcode(status), "steps": len(steps), "seconds": time.monotonic() - began}


def _kill(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


SLOW_IMPORTS = (
    "polars", "polars._utils.parquet", "duckdb", "duckdb.sqltypes", "xlsxwriter", "css_inline", "encodings.cp437",
    "warehouse.apply", "warehouse.build", "warehouse.delivery", "warehouse.evidence_rows", "warehouse.figures_json",
    "warehouse.metric_check", "warehouse.retiring", "warehouse.slices", "warehouse.snapshot", "app.letters.compose",
    "app.letters.on_paper", "app.letters.receipt", "app.report.paper", "expectations.cadence", "expectations.desk",
    "expectations.lifecycle", "flows.card", "flows.handing_on", "flows.posting", "flows.publishing", "flows.settling",
    "flows.taking", "flows.telling",
)  # fmt: skip


def warm() -> None:
    """What the first night of a process does once, as far as it starts no thread."""
    for name in SLOW_IMPORTS:
        importlib.import_module(name)
    from app.report.paper import new_paper, ruled_table
    from app.wording import _texts
    from expectations.suites import _library
    from warehouse.declarations import read_declarations
    from warehouse.match import _ranks, _spelled
    from warehouse.metric_check import _passed
    from warehouse.predicates import parse_measure

    _library()
    _texts()
    ruled_table(new_paper(), [])
    declared = read_declarations()
    for contract in declared.contracts.values():
        for form in (0, 1):
            _ranks(_spelled(contract), form)
    for metric in declared.metrics.values():
        parse_measure(metric.numerator)
        parse_measure(metric.denominator or "count")
    _passed.update({declared.sha256, read_few().sha256})  # held up in the first night of a process alone
    gc.freeze()  # a collector that walks through all of it would copy it into every child


def main() -> None:
    warm()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(fork(json.loads(line))) + "\n")
        sys.stdout.flush()
    gc.unfreeze()  # what is frozen at the end counts as leaked, which is said at length


if __name__ == "__main__":
    main()
