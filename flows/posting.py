"""Send what waits in the queue, in the county's hours: one letter, one recipient, one line in the book."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import structlog

from flows.mail import MailFailed, send_eml
from flows.settings import Settings
from warehouse.declarations import read_holidays
from warehouse.inbox import COUNTY_TIME
from warehouse.ledger import Ledger
from warehouse.letter_book import hold_back
from warehouse.workdays import Calendar

log = structlog.get_logger()
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)


def send_waiting(
    ledger: Ledger, settings: Settings, now: datetime, by_hand: bool = False, held: bool = False
) -> dict[str, int]:
    """Send what is due of the queue; gives how many were sent, only written, failed, and still wait.

    A letter without an address, or in a home without SMTP, is `written` at any hour: it lies under letters/ as a file.
    One that has no subject was not written yet (its night was killed): it waits for the next night, which writes it.
    A failed one is tried again after 5, 10, 20 ... minutes, at most 6 hours. Each is sent at least once: one whose
    sending was cut off goes again under the same Message-ID. `by_hand`: a person asked, no hour and no pause hold.
    `held`: also those that wait for the clerk after a restore.
    """
    counts = {"sent": 0, "written": 0, "failed": 0, "waiting": 0}
    left = settings.mail.most_per_hour - _sent_within_the_hour(ledger, now)
    states = ("queued", "failed", "held") if held else ("queued", "failed")
    letters = [row for state in states for row in ledger.letters(state=state) if row["subject"]]
    is_open = by_hand or (bool(letters) and in_window(settings, now))
    for letter in sorted(letters, key=lambda row: row["id"]):
        goes_out = bool(letter["recipient"] and settings.mail.host)
        is_over = goes_out and left <= 0
        if goes_out and (is_over or not (is_open and (by_hand or is_due(letter, now)))):
            counts["waiting"] += 1
            if is_over and is_open and letter["reason"] != "over_limit":
                hold_back(ledger, letter["id"], "over_limit")
            continue
        state, reason = _try(letter, settings)
        left -= state == "sent"
        counts[state] += 1
        ledger.mark_letter(letter["id"], state, reason, now.astimezone(UTC).isoformat(timespec="seconds"))
        log.info("letter", letter=letter["id"], unit=letter["unit"], state=state, reason=reason)
    return counts


def in_window(settings: Settings, now: datetime) -> bool:
    """Whether letters may leave at this moment: within the hours of a worked day of the county."""
    here, rules = now.astimezone(COUNTY_TIME), settings.letters
    is_hour = time.fromisoformat(rules.send_from) <= here.time() < time.fromisoformat(rules.send_until)
    return is_hour and Calendar(read_holidays(settings.place.catalogue)).is_workday(here.date())


def is_due(letter: dict[str, Any], now: datetime) -> bool:
    """Whether a letter's pause after its last failure is over."""
    if letter["state"] != "failed" or not letter["tried_at"]:
        return True
    wait = min(FIRST_WAIT * 2 ** min(letter["attempts"] - 1, 10), LONGEST_WAIT)
    return bool(now >= datetime.fromisoformat(letter["tried_at"]) + wait)


def _sent_within_the_hour(ledger: Ledger, now: datetime) -> int:
    since = (now.astimezone(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
    found = ledger.con.execute("SELECT count(*) FROM letters WHERE state = 'sent' AND sent_at > ?", (since,))
    return int(found.fetchone()[0])


def _try(letter: dict[str, Any], settings: Settings) -> tuple[str, str]:
    if not letter["recipient"]:
        return "written", "no_address"
    if not settings.mail.host:
        return "written", "no_mail_server"
    try:
        eml = (settings.home / str(letter["path"])).read_bytes()
    except OSError:
        return "failed", "no_file"
    if len(eml) > settings.mail.most_bytes:
        return "failed", "too_large"
    try:
        send_eml(eml, str(letter["recipient"]), settings.mail)
    except MailFailed as error:
        return "failed", error.reason
    return "sent", "sent"
