"""A night that somebody asks for in the browser: the command's own night, in a process of its own, one at a time."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.viewer import Viewer
from app.visit import CLOCK, Visit
from app.wording import has_text, text
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.night_lock import progress

ASKED = "night_asked"
log = logging.getLogger("ducha.view")


@dataclass(frozen=True)
class Run:
    """The last night that was asked for here, by whom and when. Its summary and its refusal stand in two files."""

    who: str
    at: datetime
    child: subprocess.Popen[bytes]
    summary: Path
    refusal: Path


# One view serves one home; whoever looks sees the same run.
_runs: dict[str, Run] = {}
_turn = threading.Lock()


def run_night_now(visit: Visit) -> str:
    """Begin a night as `ducha nightly` does; gives "" or the sentence that refuses it. Audited."""
    viewer, home = visit.viewer, visit.home
    if visit.is_past:
        return viewer.say("acting.past")
    if not viewer.may("run_night"):
        return viewer.say("acting.not_yours")
    with _turn:
        if is_running(home):
            return viewer.say("run.runs_already")
        try:
            with open_ledger(home) as ledger:
                ledger.append_audit(viewer.who, ASKED, {})
        except sqlite3.OperationalError:
            log.exception("the ledger could not be written")
            return viewer.say("acting.busy")
        _runs[str(home.root)] = _begun(home, viewer.who)
    return ""


def _begun(home: Home, who: str) -> Run:
    """On the standing Prefect server where there is one; to start one for this night would take longer than the night.

    It outlives the view: a night is not cut off because somebody stops the pages.
    """
    summary, refusal = (home.logs / f"run_now.{kind}" for kind in ("json", "err"))
    command = [sys.executable, "-m", "flows.cli", "nightly", "--home", str(home.root), "--json"]
    command += [] if (home.root / "prefect" / "server.port").is_file() else ["--plain"]
    with summary.open("wb") as out, refusal.open("wb") as err:
        child = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, start_new_session=True)
    return Run(who, datetime.now(UTC), child, summary, refusal)


def is_running(home: Home) -> bool:
    """Whether a night runs, asked for here or begun elsewhere."""
    run = _runs.get(str(home.root))
    return (run is not None and run.child.poll() is None) or progress(home) is not None


def running_words(home: Home, viewer: Viewer) -> str:
    """What the running night does, in words."""
    now = progress(home)
    key = f"cli.step.{now.step}" if now else ""
    if now is None or not has_text(key):
        return viewer.say("run.starting")
    counted = f" {now.done + 1}/{now.total}" if now.total else ""
    return viewer.say("run.step", step=text(key, viewer.lang) + counted)


def ended_words(home: Home, viewer: Viewer) -> tuple[str, str]:
    """How the last night that was asked for here ended, and the kind of notice; ("", "") where none did."""
    run = _runs.get(str(home.root))
    if run is None or run.child.poll() is None:
        return "", ""
    about = {"who": run.who, "at": run.at.astimezone(CLOCK).strftime("%Y-%m-%d %H:%M")}
    told = _summary(run) if run.child.returncode == 0 else None
    if told is not None:
        counts = {name: told[name] for name in ("night", "files", "loaded", "quarantined", "open_findings")}
        changes = {name: told["changes"].get(name, 0) for name in ("new", "put_right")}
        refused = told["deliveries"].get("refused", 0)
        return viewer.say("run.done", **about, **counts, **changes, refused=refused), "note"
    said = " ".join(run.refusal.read_text("utf-8", "replace").split()).removeprefix("✗ ")
    if run.child.returncode == 2:
        halves = re.split(r"\s*/ ", said, maxsplit=1)
        return viewer.say("run.refused", **about, why=halves[-1 if viewer.lang == "en" else 0]), "warn"
    log.error("the night that %s asked for ended with %s: %s", run.who, run.child.returncode, said)
    return viewer.say("run.broke", **about), "warn"


def _summary(run: Run) -> dict[str, Any] | None:
    """What the command printed; None where it is no summary: then it did not finish, whatever its exit code says."""
    try:
        told = json.loads(run.summary.read_text("utf-8"))
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
