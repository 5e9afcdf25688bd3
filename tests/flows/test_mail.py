"""Letters over a real SMTP server: one recipient each, kept when it is down, never in clear when that is not wanted."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.mail import MailFailed, one_address
from flows.posting import send_waiting
from flows.settings import Settings, read_settings
from tests.flows.conftest import Postbox
from tests.flows.test_letters_sent import OPEN
from warehouse.home import Home
from warehouse.ledger import open_ledger

LATER = OPEN + timedelta(days=1)
SOON = LATER + timedelta(hours=6)
CLOSED = 1  # no server ever listens on this port of a test machine


@pytest.fixture
def waiting(copied_sample: Path) -> Path:
    """The sample county after a night whose mail server did not answer."""
    settings = with_mail(copied_sample, CLOSED)
    with open_ledger(Home(copied_sample)) as ledger:
        with ledger.publishing() as tx:  # without a mail server its letters were only written
            tx.con.execute("UPDATE letters SET state = 'queued', reason = NULL, sent_at = NULL, attempts = 0")
        send_waiting(ledger, settings, OPEN)
    return copied_sample


def with_mail(root: Path, port: int, security: str = "none") -> Settings:
    mail = f'\n[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "{security}"\noffice = "office@sample.invalid"\n'
    config = Home(root).config
    kept = config.read_text("utf-8").split("[mail]")
    rest = kept[1].split("[ports]")[1] if len(kept) > 1 and "[ports]" in kept[1] else ""
    config.write_text(kept[0] + mail + ("[ports]" + rest if rest else ""), "utf-8")
    return read_settings(root)


def test_a_night_sends_each_letter_to_one_recipient_and_keeps_what_is_refused(
    waiting: Path, server: tuple[Postbox, int]
) -> None:
    box, port = server
    settings = with_mail(waiting, port)
    box.refuse = "451 try later"
    with open_ledger(Home(waiting)) as ledger:
        count = send_waiting(ledger, settings, LATER)["failed"]
        assert count > 10 and box.taken == []
        assert {row["reason"] for row in ledger.letters(state="failed")} == {"refused"}
        box.refuse = None
        assert send_waiting(ledger, settings, SOON) == {
            "sent": count,
            "written": 0,
            "failed": 0,
            "waiting": 0,
        }
        rows = {row["message_id"]: row for row in ledger.letters(state="sent")}
        assert send_waiting(ledger, settings, LATER) == {"sent": 0, "written": 0, "failed": 0, "waiting": 0}
    assert len(box.taken) == len(rows) == count
    for _sender, recipients, content in box.taken:
        message_id = str(message_from_bytes(content)["Message-ID"])
        assert recipients == [rows[message_id]["recipient"]]
        assert recipients[0].endswith("@sample.invalid")


def test_a_server_without_starttls_gets_no_letter_in_clear(waiting: Path, server: tuple[Postbox, int]) -> None:
    box, port = server
    settings = with_mail(waiting, port, "starttls")
    with open_ledger(Home(waiting)) as ledger:
        result = send_waiting(ledger, settings, LATER)
    assert result["sent"] == 0 and result["failed"] > 10 and box.taken == []


def test_an_unreachable_server_leaves_the_letters_waiting(waiting: Path) -> None:
    with open_ledger(Home(waiting), read_only=True) as ledger:
        failed = ledger.letters(state="failed")
    assert len(failed) > 10 and {row["reason"] for row in failed} == {"unreachable"}


@pytest.mark.parametrize(
    "text",
    ["", "a@x.cn, e@evil.cn", "a@x.cn; e@evil.cn", "a@x.cn\nBcc: e@evil.cn", "a@x.cn\r\n", "no-at", "a@b@c.cn",
     "张三@样例.cn", "@x.cn", "a@", "a b@x.cn"],
)  # fmt: skip
def test_what_is_not_exactly_one_address_is_refused(text: str) -> None:
    with pytest.raises(MailFailed):
        one_address(text)


def test_an_address_outside_the_allowed_domains_is_refused() -> None:
    assert one_address("liaison@county.invalid", ("county.invalid",)) == "liaison@county.invalid"
    with pytest.raises(MailFailed, match="allowed"):
        one_address("liaison@evil.invalid", ("county.invalid",))


@given(st.text(max_size=60))
def test_no_text_ever_becomes_more_than_one_plain_address(text: str) -> None:
    try:
        address = one_address(text)
    except MailFailed:
        return
    assert address.count("@") == 1 and not set(address) & set("\r\n,; ") and address.isascii()
