"""What can be unwell around a home: fonts, clock and zone, lock, telemetry, mail, versions. Looks only."""

from __future__ import annotations

import fcntl
import importlib.metadata
import os
import re
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.checkup import Checkup, unwell, warning, well
from flows.mail import MailFailed, one_address
from flows.prefect_server import prefect_environment
from flows.settings import SecretUnreadable, Settings
from warehouse.inbox import COUNTY_TIME
from warehouse.models import Unit

PINS = Path(__file__).parents[1] / "constraints.txt"
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
CHINESE_FONTS = ("cjk", "song", "hei", "fang", "kai", "wqy", "uming", "ukai", "sim", "source han")
# Known to break the program in silence, rather than loudly (see pyproject.toml).
CRITICAL = frozenset({"prefect", "fastapi", "sqlalchemy", "duckdb", "great_expectations"})
LONG_HOURS = 3  # a night of a county takes minutes, of a city with a year to read again an hour
DO_NOT_TRACK = "DO_NOT_TRACK"
REPORTS = re.compile("ANALYTICS|TELEMETRY|USAGE|TRACK")
ON = frozenset({"1", "true", "yes", "on"})


def look_at_fonts(_: Settings) -> Iterator[Checkup]:
    """Without a Chinese font the view and what is printed from this machine show boxes."""
    if _has_chinese_font():
        yield well("fonts", "fonts_well")
    else:
        yield warning("fonts", "fonts")


def _has_chinese_font() -> bool:
    if listed := shutil.which("fc-list"):
        with suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run([listed, ":lang=zh"], capture_output=True, timeout=20, check=True)
            return bool(done.stdout.strip())
    names = (path.name.lower() for folder in FONT_FOLDERS for path in folder.rglob("*.[to]t[fc]"))
    return any(word in name for name in names for word in CHINESE_FONTS)


def look_at_clock(settings: Settings) -> Iterator[Checkup]:
    """The machine's clock against what the ledger wrote last, and its zone against the county's."""
    now, last = datetime.now(UTC), _last_written(settings)
    if last and last > now + timedelta(minutes=5):
        yield unwell("clock", "clock", now=f"{now:%Y-%m-%d %H:%M}", last=f"{last:%Y-%m-%d %H:%M}")
    else:
        yield well("clock", "clock_well", time=f"{now.astimezone(COUNTY_TIME):%Y-%m-%d %H:%M}")
    # The schedule follows the county's time by itself; cron, systemd and the logs of others follow the machine's.
    if time.localtime().tm_gmtoff != 8 * 3600:
        zone = time.strftime("%Z %z")
        yield warning("zone", "zone", zone=zone)


def _last_written(settings: Settings) -> datetime | None:
    """When the ledger last noted anything, by its audit trail; None where it cannot be read."""
    import sqlite3

    if not settings.place.ledger.exists():
        return None
    with suppress(sqlite3.Error, ValueError, OSError):
        con = sqlite3.connect(f"{settings.place.ledger.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        try:
            row = con.execute("SELECT max(at) FROM audit").fetchone()
            return datetime.fromisoformat(row[0]) if row and row[0] else None
        finally:
            con.close()
    return None


def look_at_lock(settings: Settings) -> Iterator[Checkup]:
    """Who holds the home's lock now: a night, a backup, a purge. The lock of a dead process is free by itself."""
    lock = settings.place.lock
    if not lock.exists():
        return
    handle = os.open(lock, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(handle, 20, 0).decode(errors="replace") or "?"
        hours = (time.time() - lock.stat().st_mtime) / 3600
        make = unwell if hours > LONG_HOURS else warning
        yield make("lock", "lock_long" if hours > LONG_HOURS else "lock", owner=owner, hours=f"{hours:.1f}")
    finally:
        os.close(handle)


def look_at_telemetry(settings: Settings) -> Iterator[Checkup]:
    """Whether this machine switches on what would report to somebody; what is started here switches it off again."""
    names = {*prefect_environment(settings.place, settings.ports.prefect), "STREAMLIT_BROWSER_GATHER_USAGE_STATS"}
    reporting = {name: os.environ[name] for name in names if name in os.environ and REPORTS.search(name)}
    wrong = [f"{name}={value}" for name, value in reporting.items() if (value.lower() in ON) != (name == DO_NOT_TRACK)]
    if wrong:
        yield warning("telemetry", "telemetry", variables=", ".join(sorted(wrong)))
    else:
        yield well("telemetry", "telemetry_well")


def look_at_mail(settings: Settings) -> Iterator[Checkup]:
    """The mail server, and who may read its secret."""
    mail = settings.mail
    if not mail.host:
        yield warning("mail", "no_mail")
        return
    yield from _secret(settings)
    try:
        with socket.create_connection((mail.host, mail.port), timeout=5):
            yield well("mail", "mail_well", host=mail.host, port=mail.port)
    except OSError as error:
        yield unwell("mail", "mail_unreachable", host=mail.host, port=mail.port, error=error)


def _secret(settings: Settings) -> Iterator[Checkup]:
    mail = settings.mail
    try:
        has_secret = bool(mail.password())
    except SecretUnreadable as error:
        yield unwell("secret", "secret_unreadable", error=error)
        return
    if mail.user and not has_secret:
        yield unwell("secret", "secret_missing")
    path = mail.secret_file
    config = settings.place.config
    if path is None and config.is_file() and has_secret and "DUCHA_MAIL__SECRET" not in os.environ:
        path = config
    if path is not None and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield unwell("secret", "secret_open", path=path)


def look_at_sign_in(settings: Settings) -> Iterator[Checkup]:
    """The identity provider, where one is set: whether it answers as itself, and who may read the client's secret."""
    from app.single_sign_on import NotSignedIn, Provider

    rules = settings.sign_in
    if not rules.issuer:
        return
    path = rules.secret_file
    if path is not None and path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield unwell("sign_in", "secret_open", path=path)
    try:
        Provider(rules).look()
        yield well("sign_in", "sign_in_well", issuer=rules.issuer)
    except NotSignedIn:
        yield unwell("sign_in", "sign_in_silent", issuer=rules.issuer)


def look_at_addresses(settings: Settings, units: Mapping[str, Unit]) -> Iterator[Checkup]:
    """Whom a letter reaches: an address each, one that a letter may go to; and a person who answers for the unit."""
    people = {name: unit for name, unit in units.items() if unit.kind != "county" and unit.valid_to is None}
    silent = [unit.label.zh for unit in people.values() if not unit.email]
    wrong = []
    for unit in people.values():
        for address in filter(None, (unit.email, unit.leader_email)):
            try:
                one_address(address, settings.mail.allowed_domains)
            except MailFailed as error:
                wrong.append(f"{unit.label.zh} {address!r} ({error.reason})")
    if wrong:
        yield unwell("addresses", "addresses", count=len(wrong), wrong=", ".join(wrong[:8]))
    if silent:
        yield warning("addresses", "no_address", count=len(silent), units="、".join(silent[:8]))
    if not (wrong or silent):
        yield well("addresses", "addresses_well")
    if ownerless := [unit.label.zh for unit in people.values() if not (unit.liaison or unit.leader)]:
        yield warning("owners", "owners", count=len(ownerless), units="、".join(ownerless[:8]))


def look_at_pins(_: Settings) -> Iterator[Checkup]:
    """The versions that were tested together; some others silently do not work."""
    if not PINS.is_file():
        return
    wrong, critical = [], False
    for line in PINS.read_text("utf-8").split():
        name, want = line.split("==")
        with suppress(importlib.metadata.PackageNotFoundError):  # what only the tests need may be absent
            if (have := importlib.metadata.version(name)) != want:
                wrong.append(f"{name} {have} (≠ {want})")
                critical = critical or name.lower().replace("-", "_") in CRITICAL
    if wrong:
        make = unwell if critical else warning
        yield make("versions", "versions", packages=", ".join(wrong[:8]))
    else:
        yield well("versions", "versions_well")
