"""Send what waits in the queue: one letter, one recipient, one line in the log."""

from __future__ import annotations

import structlog

from flows.mail import MailFailed, send_eml
from flows.settings import Settings
from warehouse.ledger import Ledger

log = structlog.get_logger()


def send_waiting(ledger: Ledger, settings: Settings) -> dict[str, int]:
    """Try every queued or failed letter once; gives how many were sent, only written, and failed.

    A letter without an address, or in a home without SMTP, is `written`: it lies under letters/ as a file. One that
    has no subject was not written yet (its night was killed): it waits for the next night, which writes it.
    """
    counts = {"sent": 0, "written": 0, "failed": 0}
    for letter in [*ledger.letters(state="queued"), *ledger.letters(state="failed")]:
        if not letter["subject"]:
            continue
        state, reason = _try(letter, settings)
        counts[state] += 1
        ledger.mark_letter(letter["id"], state, reason)
        log.info("letter", letter=letter["id"], unit=letter["unit"], state=state, reason=reason)
    return counts


def _try(letter: dict[str, object], settings: Settings) -> tuple[str, str]:
    if not letter["recipient"]:
        return "written", "no_address"
    if not settings.mail.host:
        return "written", "no_mail_server"
    try:
        eml = (settings.home / str(letter["path"])).read_bytes()
    except OSError:
        return "failed", "no_file"
    try:
        send_eml(eml, str(letter["recipient"]), settings.mail)
    except MailFailed as error:
        return "failed", error.reason
    return "sent", "sent"
