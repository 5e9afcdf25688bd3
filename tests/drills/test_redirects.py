"""A letter goes to one recipient, that of the roster. Quick form: 60 hostile values; `--addresses 1000`: all.

Each value stands as a unit's address and in its name; the letter is written as the night writes it and handed to a real
mail server, which says who it was for.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date
from email import message_from_bytes
from email.policy import default
from email.utils import getaddresses

import pytest
from aiosmtpd.controller import Controller

import flows.mail
from app.letters import message
from app.letters.message import Block, Part, Planned, message_id_of, one_line, one_recipient, write_eml
from flows.mail import MailFailed, send_eml
from flows.prefect_server import free_port
from flows.settings import MailRules
from tests.conftest import Cases
from tests.drills.seeding import SEED
from tests.flows.conftest import Postbox

GOOD = "liaison@county.invalid"
EVIL = "evil@elsewhere.invalid"
PIECES = (
    GOOD, EVIL, "，", ",", ";", " ", "\r\n", "\n", "\r", "Bcc: ", "To: ", "Cc: ", "<", ">", '"', "\\", "(", ")", ":",
    "\x00", "\u2028", "%0a", "=?utf-8?b?ZXZpbEB4?=", "@", "张三", "ｅｖｉｌ＠x", "\t", "group:", "mailto:",
    "|", "\u202e",
)  # fmt: skip
HEADERS = {"subject", "from", "to", "date", "message-id", "auto-submitted", "content-language", "mime-version"}
HEADERS |= {"content-type"}


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Postbox, MailRules]]:
    box, port = Postbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, MailRules(host="127.0.0.1", port=port, security="none")
    controller.stop()


def values(count: int) -> list[str]:
    """Every third holds the one good address alone, so that refusing everything is no way out."""
    chance = random.Random(SEED)
    made = ["".join(chance.choices(PIECES, k=chance.randrange(1, 6))) for _ in range(count)]
    return [GOOD if number % 3 == 0 else one for number, one in enumerate(made)]


def letter(number: int, value: str) -> tuple[Planned, bytes]:
    """A letter of the night to a unit whose roster entry is that value, as address and as name."""
    known = message_id_of("样例县", "2025-02-06.1", str(number), "letter")
    planned = Planned(value, "letter", one_recipient(value), one_line(f"数据核对提示函 {value}"), known, ())
    parts = [Part("zh", (Block("title", "数据核对提示函"), Block("lead", "请核对。")))]
    return planned, write_eml(planned, (value, one_recipient(GOOD)), date(2025, 2, 6), parts, None, "")


def redirected(made: Iterable[str], server: tuple[Postbox, MailRules]) -> tuple[list[str], int]:
    """The values with which a letter went to another than the registered address or got a header; how many went out."""
    (box, rules), wrong, went = server, [], 0
    for number, value in enumerate(made):
        box.taken.clear()
        planned, eml = letter(number, value)
        read = message_from_bytes(eml, policy=default)
        names = [name.lower() for name in read]
        wrong += [value] if set(names) - HEADERS or len(names) != len(set(names)) else []
        # The registry may have been changed since the letter was written: what is sent is checked once more.
        for recipient in {planned.recipient, value} - {None}:
            try:
                send_eml(eml, str(recipient), rules)
            except MailFailed:
                continue
        for _, recipients, _ in box.taken:
            went += 1
            wrong += [value] if recipients != [value] else []
    return wrong, went


def test_no_value_of_the_roster_redirects_a_letter(
    server: tuple[Postbox, MailRules], request: pytest.FixtureRequest, cases: Cases
) -> None:
    count = request.config.getoption("--addresses")
    wrong, went = redirected(cases.each(values(count)), server)
    assert wrong == [] and went >= count // 3


def test_a_sender_that_takes_the_first_of_several_addresses_is_noticed(
    server: tuple[Postbox, MailRules], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows.mail, "one_address", lambda text, _domains=(): getaddresses([text])[-1][1])
    assert redirected(values(24), server)[0]


def test_a_letter_that_takes_a_name_for_a_header_is_noticed(
    server: tuple[Postbox, MailRules], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a program puts headers together as text; it writes one more, or breaks on the line break."""
    real = message.write_eml

    def glued(planned: Planned, *more: object) -> bytes:
        return f"X-Unit: {planned.unit}\r\n".encode("utf-8", "replace") + real(planned, *more)  # type: ignore[arg-type]

    monkeypatch.setattr("tests.drills.test_redirects.write_eml", glued)
    assert redirected(values(24), server)[0]
