"""Letters leave here: one message, one recipient, over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from email import message_from_bytes
from email.policy import SMTP

from app.letters.message import one_recipient
from flows.settings import MailRules, SecretUnreadable


class MailFailed(Exception):
    """A letter was not taken by the server; it stays queued. `reason` is a code for the log."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def one_address(text: str, allowed_domains: tuple[str, ...] = ()) -> str:
    """Exactly one address, of an allowed domain where a list is set, and it is the whole text.

    Refuses (MailFailed) none, several, names beside it and foreign domains: a roster entry never adds a recipient, and
    nothing is guessed out of it (`group:a@x.cnCc: ` is no address of x.cnCc).
    """
    address = one_recipient(text)
    if address is None:
        raise MailFailed("bad_address", "not exactly one address")
    if allowed_domains and address.rsplit("@", 1)[1].lower() not in {domain.lower() for domain in allowed_domains}:
        raise MailFailed("foreign_domain", "the address is outside the allowed domains")
    return address


def send_eml(eml: bytes, recipient: str, rules: MailRules) -> None:
    """Hand one written letter to the SMTP server.

    Refuses (MailFailed) with a reason code: bad_address, foreign_domain, no_secret, refused, unreachable.
    """
    address = one_address(recipient, rules.allowed_domains)
    message = message_from_bytes(eml, policy=SMTP)
    try:
        with _connect(rules) as server:
            server.send_message(message, from_addr=rules.sender, to_addrs=[address])
    except smtplib.SMTPException as error:
        raise MailFailed("refused", type(error).__name__) from error
    except SecretUnreadable as error:
        raise MailFailed("no_secret", str(error)) from error
    except (OSError, ssl.SSLError) as error:
        raise MailFailed("unreachable", type(error).__name__) from error


def _connect(rules: MailRules) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if rules.ca_file is not None:
        context.load_verify_locations(rules.ca_file)
    if rules.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(rules.host, rules.port, timeout=30, context=context)
    else:
        server = smtplib.SMTP(rules.host, rules.port, timeout=30)
    try:
        if rules.security == "starttls":
            server.starttls(context=context)
        if rules.user:
            server.login(rules.user, rules.password())
    except Exception:
        server.close()
        raise
    return server
