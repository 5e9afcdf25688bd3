"""Whether last night ran: looked at from outside the night, by a process of its own (cron, systemd).

It reads the ledger's file read-only and with none of the ledger's code, so that what broke the night breaks it not.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from app.wording import text
from flows.mail import MailFailed, send_eml
from flows.settings import Settings
from warehouse.inbox import COUNTY_TIME

Verdict = Literal["early", "ran", "did_not_run", "failed", "broken_checks", "unreadable"]
Told = Literal["", "now", "already", "failed", "no_address"]


@dataclass(frozen=True)
class Seen:
    """What was found. `told`: the operator was written to now, had been already, could not be, or has no address."""

    verdict: Verdict
    detail: str = ""
    told: Told = ""


def watch(settings: Settings, now: datetime) -> Seen:
    """Look once, and write to the operator when the night did not run, failed, or left checks unjudged.

    A night is owed each day from its hour until `[night] watched_at`; before that it is early and nothing is said. The
    operator is told once a day and matter; a letter that the mail server does not take is tried again at the next look.
    """
    here = now.astimezone(COUNTY_TIME)
    seen = _look(settings, here)
    if seen.verdict in ("early", "ran"):
        return seen
    return Seen(seen.verdict, seen.detail, _tell(settings, seen, here))


def _look(settings: Settings, here: datetime) -> Seen:
    if here.time() < time.fromisoformat(settings.night.watched_at):
        return Seen("early")
    try:
        night = _last_night(settings.place.ledger)
    except (sqlite3.Error, OSError) as error:
        return Seen("unreadable", type(error).__name__)
    if night is None or _begun(night) < _owed_since(settings, here):
        return Seen("did_not_run", str(night["id"]) if night else "")
    if night["state"] != "published":
        return Seen("failed", str(night["id"]))
    errors = json.loads(night["summary"]).get("standings", {}).get("error", 0)
    return Seen("broken_checks", str(errors)) if errors else Seen("ran", str(night["id"]))


def _owed_since(settings: Settings, here: datetime) -> datetime:
    """The last moment at which a night was to begin. One minute early is no fault of a clock."""
    begins = datetime.combine(here.date(), time.fromisoformat(settings.night.at), COUNTY_TIME)
    if begins > here:
        begins -= timedelta(days=1)
    return begins - timedelta(minutes=1)


def _begun(night: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(night["started_at"])).astimezone(COUNTY_TIME)


def _last_night(ledger: Path) -> dict[str, Any] | None:
    """The night that began last, whatever became of it. A night that still runs is one that began."""
    con = sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        con.row_factory = sqlite3.Row
        row = con.execute("SELECT * FROM nights ORDER BY started_at DESC, sequence DESC LIMIT 1").fetchone()
        return dict(row) if row else None
    finally:
        con.close()


def _tell(settings: Settings, seen: Seen, here: datetime) -> Told:
    """Once a day and matter: a mark in logs/ says that it went out."""
    address = settings.mail.operator or settings.mail.office
    if not address or not settings.mail.host:
        return "no_address"
    mark = settings.place.logs / f"watch-{here.date().isoformat()}-{seen.verdict}.told"
    if mark.exists():
        return "already"
    try:
        send_eml(_letter(settings, seen, here, address), address, settings.mail)
    except (MailFailed, OSError):
        return "failed"
    with suppress(OSError):  # a full or read-only disk may be what stopped the night: better told twice than not at all
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(here.isoformat(), "utf-8")
    return "now"


def _letter(settings: Settings, seen: Seen, here: datetime, address: str) -> bytes:
    """The same bytes and Message-ID for the same day and matter, so that a second copy is known as one."""
    county, day = settings.county.name, here.date().isoformat()
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = settings.mail.sender, address
    message["Subject"] = " / ".join(
        text("letters.watch.subject", lang, county=county, day=day) for lang in ("zh", "en")
    )
    message["Date"] = format_datetime(datetime.combine(here.date(), time(), COUNTY_TIME))
    digest = sha256(f"{county}|{day}|{seen.verdict}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<watch.{digest}@ducha>"
    message["Auto-Submitted"] = "auto-generated"
    said = [
        text(f"letters.watch.{seen.verdict}", lang, detail=seen.detail or text("nothing", lang), home=settings.home)
        + "\n"
        + text("letters.watch.what_to_do", lang, home=settings.home)
        for lang in ("zh", "en")
    ]
    message.set_content("\n\n".join(said))
    return message.as_bytes()
