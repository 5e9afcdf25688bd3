"""What can be unwell in a home, told in words, each with what to do. Looks only; changes nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date

from flows.checkup import Checkup, unwell, warning, well
from flows.machine_checkups import (
    look_at_addresses,
    look_at_clock,
    look_at_fonts,
    look_at_lock,
    look_at_mail,
    look_at_pins,
    look_at_sign_in,
    look_at_telemetry,
)
from flows.settings import Settings
from warehouse.declarations import Declarations, read_declarations
from warehouse.latest_day import latest_day as latest_day_of
from warehouse.ledger import Ledger, open_ledger
from warehouse.ledger_file import LedgerTooNew
from warehouse.living import is_alive
from warehouse.name_check import unconnected
from warehouse.purging import pending
from warehouse.workdays import Calendar
from warehouse.yaml_reader import DeclarationError

ROOM_FACTOR = 2.5


def check_home(settings: Settings) -> list[Checkup]:
    """All looks, in the order in which a clerk should mend what they find."""
    looks: tuple[Callable[[Settings], Iterator[Checkup]], ...] = (
        _folders,
        _declarations,
        _ledger,
        look_at_lock,
        _snapshots,
        _room,
        look_at_clock,
        look_at_mail,
        look_at_sign_in,
        look_at_fonts,
        look_at_telemetry,
        look_at_pins,
    )
    return [found for look in looks for found in look(settings)]


def latest_day(settings: Settings) -> date:
    """The day to which a home has come: its pinned date or today, or that of its last published night if later."""
    return latest_day_of(settings.place, settings.night.business_date)


def _folders(settings: Settings) -> Iterator[Checkup]:
    home = settings.place
    units = sorted(path for path in home.inbox.iterdir() if path.is_dir()) if home.inbox.is_dir() else []
    for folder in (home.inbox, home.archive, home.snapshots, home.letters, home.history, home.logs, *units):
        if not os.access(folder, os.W_OK | os.X_OK):
            yield unwell("folder", "folder", folder=folder)
            return
    yield well("folder", "folder_well")


def _declarations(settings: Settings) -> Iterator[Checkup]:
    try:
        declared = read_declarations(settings.place.catalogue)
    except DeclarationError as error:
        yield unwell("declarations", "declarations", error=error)
        return
    yield well("declarations", "declarations_well", metrics=len(declared.metrics))
    yield from _calendar(declared, latest_day(settings))
    yield from look_at_addresses(settings, declared.units)
    yield from _unconnected(declared)
    if empty := [roster.label.zh for roster in declared.rosters.values() if not roster.rows]:
        yield warning("rosters", "rosters", rosters="、".join(empty), count=len(empty))


def _calendar(declared: Declarations, today: date) -> Iterator[Checkup]:
    """This year's holidays must be loaded; next year's from October, since deadlines reach into it."""
    calendar = Calendar(declared.holidays)
    years = [today.year, *([today.year + 1] if today.month >= 10 else [])]
    for year in years:
        if not calendar.is_known(date(year, 6, 1)):
            yield (unwell if year == today.year else warning)("calendar", "calendar", year=year)
            return
    yield well("calendar", "calendar_well", year=years[-1])


def _unconnected(declared: Declarations) -> Iterator[Checkup]:
    """What nobody in this county sends, and what judges none of its units: outside every light, and said here."""
    datasets, targets = unconnected(declared)
    if datasets:
        labels = "、".join(declared.contracts[name].label.zh for name in datasets[:8])
        yield warning(
            "not_connected", "not_connected", count=len(datasets), labels=labels, datasets=", ".join(datasets[:8])
        )
    if targets:
        yield warning("nobody_judged", "nobody_judged", count=len(targets), targets=", ".join(targets[:8]))


def _ledger(settings: Settings) -> Iterator[Checkup]:
    if not settings.place.ledger.exists():
        yield warning("ledger", "no_night")
        return
    try:
        with open_ledger(settings.place) as ledger:
            found = list(_in_ledger(ledger))
    except LedgerTooNew as error:
        yield unwell("ledger", "ledger_too_new", error=error)
        return
    except sqlite3.DatabaseError as error:
        yield unwell("ledger", "ledger_damaged", error=error)
        return
    yield from found or [well("ledger", "ledger_well")]


def _in_ledger(ledger: Ledger) -> Iterator[Checkup]:
    damage = ledger.con.execute("PRAGMA integrity_check").fetchone()[0]
    if damage != "ok":
        yield unwell("ledger", "ledger_damaged", error=damage)
    for fault in ledger.verify_audit():
        yield unwell("audit", "audit", fault=fault)
    running = [row for row in ledger.nights(state="running") if not is_alive(row["pid"], row["process"])]
    if running:
        yield warning("night", "night", night=running[0]["id"])
    if held := ledger.deliveries(state="held"):
        yield warning("held", "held", count=len(held))
    if letters := ledger.letters(state="held"):
        yield warning("letters", "letters", count=len(letters))
    beats = ledger.heartbeats()
    for name in ("lake", "card"):
        if name in beats and beats[name]["note"]:
            yield warning(name, name, reason=beats[name]["note"])
    if grave := pending(ledger):
        yield unwell("purge", "purge", delivery=grave.ids[0])


def _snapshots(settings: Settings) -> Iterator[Checkup]:
    """The current snapshot is read whole: every block has a checksum, and its figures a hash in the ledger."""
    from warehouse.snapshot_check import fault_in, missing_signed

    try:
        with open_ledger(settings.place, read_only=True) as ledger:
            night, lost = ledger.current_night(), missing_signed(ledger, settings.place)
    except (sqlite3.Error, LedgerTooNew):
        return  # its own look has told
    if night is not None:
        name = night["id"]
        if fault := fault_in(settings.place.snapshots / night["snapshot"], night["figures_sha256"]):
            yield unwell("snapshot", "snapshot", night=name, fault=fault)
        else:
            yield well("snapshot", "snapshot_well", night=name)
    for year, name in lost:
        yield unwell("signed", "signed", year=year, night=name)


def _room(settings: Settings) -> Iterator[Checkup]:
    """A night copies the snapshot and writes beside it."""
    largest = max((path.stat().st_size for path in settings.place.snapshots.glob("*.duckdb")), default=0)
    needed = int(largest * ROOM_FACTOR) + 200_000_000
    free = shutil.disk_usage(settings.home).free
    if free < needed:
        yield unwell("disk", "disk", needed=needed >> 20, free=free >> 20)
    else:
        yield well("disk", "disk_well", free=free >> 30)
