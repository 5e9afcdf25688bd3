"""Mail that is down delays and never loses. Quick form: 12 nights; `--mail-nights 200`: all.

A real SMTP server with STARTTLS refuses connections, answers 4xx and 5xx, and drops the line after it took a letter.
"""

from __future__ import annotations

import random
import ssl
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flows.mail import MailFailed, send_eml
from flows.making import make_home
from flows.posting import send_waiting
from flows.prefect_server import free_port
from flows.settings import MailRules, Settings, read_settings
from tests.conftest import Cases
from tests.drills.seeding import SEED
from warehouse.home import Home
from warehouse.inbox import COUNTY_TIME
from warehouse.ledger import Ledger, open_ledger

UNITS = [f"unit{number}" for number in range(6)]
FAULTS = ("refuse", "4xx", "5xx", "4xx_data", "5xx_data", "drop_after_data")
FIRST = date(2031, 3, 3)


class Post:
    """What the server took (Message-ID, recipients), and which faults it shall have."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.share = dice, 0.0
        self.taken: list[tuple[str, tuple[str, ...]]] = []
        self.dropped: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    def choose(self) -> str:
        fault = self.dice.choice(FAULTS) if self.dice.random() < self.share else ""
        self.faults[fault or "none"] += 1
        return fault

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if server.fault in ("4xx", "5xx"):
            return "451 try later" if server.fault == "4xx" else "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if server.fault in ("4xx_data", "5xx_data"):
            return "452 full" if server.fault == "4xx_data" else "554 refused"
        known = str(message_from_bytes(envelope.content)["Message-ID"])
        self.taken.append((known, tuple(envelope.rcpt_tos)))
        if server.fault == "drop_after_data":
            self.dropped[known] += 1
            server.transport.abort()
        return "250 OK"


class FaultySmtp(SMTP):
    """One connection with one fault, chosen when it opens; after STARTTLS it is still the same one."""

    fault: str | None = None

    def connection_made(self, transport: Any) -> None:
        if self.fault is None:
            self.fault = self.event_handler.choose()
        if self.fault == "refuse":
            transport.abort()
            return
        super().connection_made(transport)


class FaultyServer(Controller):
    """aiosmtpd's own controller over that connection."""

    def factory(self) -> SMTP:
        return FaultySmtp(self.handler, require_starttls=True, tls_context=self.tls, hostname="localhost")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Post, int, Path]]:
    """A mail server that insists on STARTTLS, its port, and the certificate that vouches for it."""
    key, cert = _certificate(tmp_path)
    post, port = Post(random.Random(SEED)), free_port()
    controller = FaultyServer(post, hostname="127.0.0.1", port=port)
    controller.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    controller.tls.load_cert_chain(cert, key)
    controller.start()
    yield post, port, cert
    controller.stop()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A key and a certificate of the county's own authority for 127.0.0.1, a day long."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.sample.invalid")])
    cert = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    paths = folder / "mail.key", folder / "mail.pem"
    paths[0].write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))  # fmt: skip
    paths[1].write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    return paths


def settings_for(root: Path, port: int, cert: Path | None) -> Settings:
    settings = read_settings(root)
    mail = {"host": "127.0.0.1", "port": port, "security": "starttls", "ca_file": cert}
    return settings.model_copy(update={"mail": settings.mail.model_copy(update=mail)})


def queue_night(ledger: Ledger, home: Home, day: date, units: list[str]) -> None:
    """One published night with a letter to each of these units, written under letters/."""
    night = ledger.begin_night(day)
    with ledger.publishing() as tx:
        tx.publish_night(night, f"{night}.duckdb", "", "", {})
        ids = tx.queue_letters(night, [
            {"unit": unit, "kind": "letter", "path": f"letters/{night}-{unit}.eml", "message_id": f"<{night}.{unit}@x>"}
            for unit in units
        ])  # fmt: skip
    for unit, letter in zip(units, ids, strict=True):
        message = EmailMessage(policy=SMTP_POLICY)
        message["Subject"], message["To"] = "数据核对提示函", f"{unit}@sample.invalid"
        message["Message-ID"] = f"<{night}.{unit}@x>"
        message.set_content("请核对。\n")
        (home.root / "letters" / f"{night}-{unit}.eml").write_bytes(message.as_bytes())
        ledger.word_letter(letter, "数据核对提示函", f"{unit}@sample.invalid")


def test_every_letter_arrives_or_is_superseded_whatever_the_mail_server_does(
    request: pytest.FixtureRequest, tmp_path: Path, server: tuple[Post, int, Path], cases: Cases
) -> None:
    nights = request.config.getoption("--mail-nights")
    play(tmp_path, server, cases.each(range(nights)))
    assert server[0].faults.total() > server[0].faults["none"] + nights


def play(tmp_path: Path, server: tuple[Post, int, Path], nights: Iterable[int]) -> None:
    """So many nights of letters over that server; fails for a letter that is lost or comes too often."""
    (post, port, cert), dice, home = server, random.Random(SEED + 1), Home(tmp_path / "home")
    make_home(home)
    settings, day = settings_for(home.root, port, cert), FIRST
    with open_ledger(home) as ledger:
        ledger.con.execute("PRAGMA synchronous = OFF")  # power cuts are tested with the ledger
        for _ in nights:
            queue_night(ledger, home, day, dice.sample(UNITS, dice.randint(0, 4)))
            post.share = dice.choice((0.0, 0.4, 0.8, 1.0))
            for quarter in range(6):
                send_waiting(ledger, settings, _at(day) + quarter * timedelta(minutes=15))
            day += timedelta(days=1)
        post.share = 0.0
        for later in range(3):
            send_waiting(ledger, settings, _at(day) + later * timedelta(days=1))
        letters = ledger.letters()
    states = Counter(row["state"] for row in letters)
    assert set(states) <= {"sent", "superseded"} and states["sent"] > states["superseded"] > 0
    taken = Counter(known for known, _ in post.taken)
    for row in letters:
        copies, known = taken[row["message_id"]], row["message_id"]
        assert copies >= (row["state"] == "sent"), row
        assert copies <= 1 + post.dropped[known], row
    assert {recipients for _, recipients in post.taken} == {(f"{unit}@sample.invalid",) for unit in UNITS}


def test_a_sender_that_takes_every_letter_for_sent_is_noticed(
    tmp_path: Path, server: tuple[Post, int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program as it would be if a letter that the server did not take were marked as sent."""

    def hopeful(eml: bytes, recipient: str, rules: MailRules) -> None:
        with suppress(MailFailed):
            send_eml(eml, recipient, rules)

    monkeypatch.setattr("flows.posting.send_eml", hopeful)
    with pytest.raises(AssertionError):
        play(tmp_path, server, range(6))


def _at(day: date) -> datetime:
    """The hour for letters on the first worked day from `day` on."""
    while day.weekday() > 4:
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, 8, 30, tzinfo=COUNTY_TIME)


def test_a_server_whose_certificate_nobody_vouches_for_gets_no_letter(
    tmp_path: Path, server: tuple[Post, int, Path]
) -> None:
    post, port, _ = server
    home = Home(tmp_path / "home")
    make_home(home)
    with open_ledger(home) as ledger:
        queue_night(ledger, home, FIRST, UNITS[:1])
        with suppress(OSError):
            send_waiting(ledger, settings_for(home.root, port, None), _at(FIRST))
        assert [row["reason"] for row in ledger.letters()] == ["unreachable"]
    assert post.taken == []
