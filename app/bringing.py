"""Files that people bring in the browser: looked at, put into the inbox that the night reads, listed, taken back.

Before somebody confirms, nothing is written anywhere. Where a file goes is decided here, never by the browser: the
unit's own folder, and a name made safe.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from app.county_rules import read_county_rules
from app.viewer import Viewer
from app.visit import Visit
from warehouse.cells import CellError
from warehouse.declarations import Declarations, read_declarations
from warehouse.inbox import COUNTY_TIME, InboxFile, drop_into, hash_of, look_into, safe_name
from warehouse.ledger import open_ledger
from warehouse.looked_at import FileSeen, look_at
from warehouse.night_lock import HomeHeld, held
from warehouse.resolve import UnitNames
from warehouse.yaml_reader import DeclarationError

BROUGHT, TAKEN_BACK = "file_brought", "file_taken_back"
# Reading costs a processor and memory: more at once would stop the view for those who only look.
TURNS = threading.Semaphore(2)
log = logging.getLogger("ducha.view")


class NotLookedAt(Exception):
    """The file cannot be looked at now; the message is the sentence for the reader."""


@dataclass(frozen=True)
class Waiting:
    """One file that the next night will take. `who`: who brought it in the browser, and then also its hash."""

    file: InboxFile
    unit: str
    who: str = ""
    sha256: str = ""


def declared_now(visit: Visit) -> Declarations:
    """The declarations as the next night will read them. Refuses (NotLookedAt) what does not read."""
    try:
        return read_declarations(visit.home.catalogue)
    except DeclarationError as error:
        raise NotLookedAt(visit.viewer.say("bring.not_declared", why=error)) from None


def today_of(visit: Visit) -> date:
    """The business date of a night that would run now. Refuses (NotLookedAt) a ducha.toml that does not read."""
    try:
        rules = read_county_rules(visit.home)
    except (OSError, ValueError):
        raise NotLookedAt(visit.viewer.say("acting.no_rules")) from None
    return rules.night.business_date or datetime.now(COUNTY_TIME).date()


def units_to_bring_for(visit: Visit) -> list[str]:
    """The units whose files the reader may bring: a liaison's own, any for a steward, for others none."""
    viewer = visit.viewer
    if not viewer.may("deliver"):
        return []
    units = visit.declarations.units_for("all", visit.night["business_date"])
    return [unit for unit in units if not is_liaison(viewer) or unit == viewer.unit]


def is_liaison(viewer: Viewer) -> bool:
    """Whether the reader has one unit's rows alone."""
    return viewer.role == "liaison"


def seen(visit: Visit, name: str, data: bytes, unit: str) -> FileSeen:
    """What the next night would make of a file. `unit` "": recognised by what it holds; a liaison's is always the own.

    Refuses (NotLookedAt) whom the file is no business of, and while declarations or settings do not read.
    """
    viewer = visit.viewer
    unit = viewer.unit if is_liaison(viewer) else unit
    units = units_to_bring_for(visit)
    if not units or (unit and unit not in units):
        raise NotLookedAt(viewer.say("acting.not_yours"))
    declared, today = declared_now(visit), today_of(visit)
    last = visit.home.snapshots / str(visit.night["snapshot"])
    # The whole ledger is asked about this one file: whether it stands already, and what it would drop.
    with TURNS, open_ledger(visit.home, read_only=True) as ledger:
        return look_at(data, safe_name(name), unit, declared, today, ledger, last if last.is_file() else None)


def bring(visit: Visit, found: FileSeen, data: bytes) -> str:
    """Put a file that was looked at into its unit's inbox folder; gives "" or the sentence that refuses it.

    Audited with unit, hash and size; the audit never holds a file's name.
    """
    viewer = visit.viewer
    if visit.is_past:
        return viewer.say("acting.past")
    if found.unit not in units_to_bring_for(visit):
        return viewer.say("acting.not_yours")
    sha256 = hashlib.sha256(data).hexdigest()
    if not found.may_be_brought or sha256 != found.sha256:
        return viewer.say("acting.changed")
    here = [file for file in _files(visit) if file.size == len(data) and _unit(visit, file) == found.unit]
    if any(_hash(file.path) == sha256 for file in here):
        return viewer.say("bring.waits_already")
    told = {"unit": found.unit, "sha256": sha256, "bytes": len(data)}
    try:
        # In one transaction: what cannot be written down is not done.
        with open_ledger(visit.home) as ledger, ledger.publishing() as tx:
            tx.audit(viewer.who, BROUGHT, told)
            drop_into(_folder(visit, found.unit), found.name, data)
    except sqlite3.OperationalError:
        log.exception("the ledger could not be written")
        return viewer.say("acting.busy")
    except OSError:
        log.exception("a file could not be put into the inbox")
        return viewer.say("bring.no_room")
    return ""


def waiting(visit: Visit) -> list[Waiting]:
    """What lies in the inbox for the next night and is this reader's to see; the latest first."""
    viewer = visit.viewer
    files = [(file, _unit(visit, file)) for file in _files(visit)]
    files = [(file, unit) for file, unit in files if not is_liaison(viewer) or unit == viewer.unit]
    brought = _brought(visit, {file.size for file, _ in files})
    found = []
    for file, unit in sorted(files, key=lambda one: one[0].modified_at, reverse=True):
        same = {sha256: who for who, of, sha256, size in brought if (of, size) == (unit, file.size)}
        sha256 = _hash(file.path) if same else ""
        found.append(Waiting(file, unit, same[sha256], sha256) if sha256 in same else Waiting(file, unit))
    return found


def take_back(visit: Visit, sha256: str, unit: str) -> str:
    """Take a file that was brought in the browser out of the inbox again; "" or the sentence that refuses it.

    It never meets a night: a file that a night has begun to read stays.
    """
    viewer = visit.viewer
    if visit.is_past:
        return viewer.say("acting.past")
    if unit not in units_to_bring_for(visit):
        return viewer.say("acting.not_yours")
    try:
        with held(visit.home):
            mine = [one for one in waiting(visit) if one.who and (one.unit, one.sha256) == (unit, sha256)]
            if not mine:
                return viewer.say("acting.changed")
            with open_ledger(visit.home) as ledger, ledger.publishing() as tx:
                tx.audit(viewer.who, TAKEN_BACK, {"unit": unit, "sha256": sha256, "bytes": mine[0].file.size})
                mine[0].file.path.unlink()
    except HomeHeld:
        return viewer.say("bring.night_runs")
    except (sqlite3.OperationalError, OSError):
        log.exception("a file could not be taken back")
        return viewer.say("acting.busy")
    return ""


def _files(visit: Visit) -> Sequence[InboxFile]:
    return look_into(visit.home.inbox, datetime.now(UTC), 0).files


def _unit(visit: Visit, file: InboxFile) -> str:
    """The unit whose folder a file lies in, as the night reads it; "" for a folder of nobody."""
    try:
        return UnitNames(visit.declarations.units).read_unit(file.folder) if file.folder else ""
    except CellError:
        return ""


def _folder(visit: Visit, unit: str) -> Path:
    """The unit's inbox folder: the one that is there, by id or by name, else one by its id."""
    inbox = visit.home.inbox
    label = inbox / visit.declarations.units[unit].label.zh
    return label if label.is_dir() and not (inbox / unit).is_dir() else inbox / unit


def _brought(visit: Visit, sizes: set[int]) -> list[tuple[str, str, str, int]]:
    """Who brought what in the browser, the latest last: (who, unit, sha256, bytes), of these sizes alone."""
    with open_ledger(visit.home, read_only=True) as ledger:
        rows = ledger.audit(action=BROUGHT)
    told = ((row["who"], row["detail"]["unit"], row["detail"]["sha256"], row["detail"]["bytes"]) for row in rows)
    return [one for one in told if one[3] in sizes]


def _hash(path: Path) -> str:
    """The hash of a file in the inbox; a night may just have taken it."""
    try:
        return hash_of(path)
    except OSError:
        return ""
