"""The card for a messaging group: county totals, off until it is set, sent once to the one address that is named."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from flows.card import COUNTS, card_text, county_counts, keep_card, send_card
from flows.night import run_night
from flows.prefect_server import free_port
from flows.settings import CardRules, Settings, read_settings
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_current

KEY = "the-key-of-the-group"
IN_HOURS = datetime(2026, 11, 27, 2, tzinfo=UTC)  # ten in the morning of a worked Friday


class Group(ThreadingHTTPServer):
    """A messaging service on this machine."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.status, self.says, self.moved = 200, b'{"errcode":0,"errmsg":"ok"}', ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/robot/send?access_token={KEY}"


class Asked(BaseHTTPRequestHandler):
    server: Group

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.got.append((self.path, body))
        self.send_response(self.server.status)
        if self.server.moved:
            self.send_header("location", self.server.moved)
        self.end_headers()
        self.wfile.write(self.server.says)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def group() -> Iterator[Group]:
    server = Group()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture(scope="module")
def home(sample_night: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An own copy of the sample county after one night."""
    return Home(Path(shutil.copytree(sample_night[0], tmp_path_factory.mktemp("card") / "home")))


def set_to(home: Home, address: str = "", **rules: Any) -> Settings:
    """The home's settings with a card whose webhook stands in a file."""
    path = home.root.parent / "card.webhook"
    path.write_text(address + "\n")
    card = CardRules(enabled=True, webhook_file=path if address else None, **rules)
    return read_settings(home.root).model_copy(update={"card": card})


def test_the_card_holds_whole_numbers_of_the_county_and_nothing_else(home: Home) -> None:
    with open_ledger(home, read_only=True) as ledger, open_current(home) as snapshot:  # type: ignore[union-attr]
        night = ledger.current_night()
        assert night is not None
        counts = county_counts(snapshot, ledger, night)
        assert tuple(counts) == COUNTS and all(type(count) is int for count in counts.values())
        assert counts["new"] == counts["open"] == len(ledger.findings()) > 100
        assert counts["missing"] == len(snapshot.standings(standing="missing")) > 0
        assert counts["came"] <= counts["owed"] and counts["late"] > 0
        secret = {row[f"sentence_{lang}"] for row in ledger.findings() for lang in ("zh", "en")}
        secret |= {row[name] for row in ledger.deliveries() for name in ("file_name", "id")}
        for unit, one in snapshot.declarations.units.items():
            if one.kind != "county":
                secret |= {unit, one.label.zh, one.label.en, one.liaison or "", one.leader or "", one.email or ""}
        for lang in ("zh", "en"):
            settings = set_to(home, lang=lang)
            path = keep_card(settings, night, counts)
            words = path.read_text("utf-8") + path.with_name("card.md").read_text("utf-8")
            assert not [one for one in secret if len(one) > 1 and one in words]
            assert json.loads(path.read_text("utf-8"))["open"] == counts["open"]
            assert ("未办结" if lang == "zh" else "open findings") in words


def test_the_card_goes_once_to_the_address_of_the_file_in_the_hours_of_letters(
    home: Home, group: Group, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with open_ledger(home) as ledger, open_current(home) as snapshot:  # type: ignore[union-attr]
        night = ledger.current_night()
        assert night is not None
        counts = county_counts(snapshot, ledger, night)
        settings = set_to(home, group.address)
        card = keep_card(settings, night, counts)
        assert send_card(settings, ledger, datetime(2026, 11, 26, 17, 30, tzinfo=UTC)) == "waiting"  # half past one
        assert send_card(settings, ledger, datetime(2026, 11, 28, 2, tzinfo=UTC)) == "waiting"  # a Saturday
        assert send_card(read_settings(home.root), ledger, IN_HOURS) == "" == send_card(set_to(home), ledger, IN_HOURS)
        assert group.got == []
        settings = set_to(home, group.address)
        for status, says in ((500, b""), (200, b'{"errcode":310000}'), (200, b"<html>"), (200, b"[]")):
            group.status, group.says = status, says
            assert send_card(settings, ledger, IN_HOURS) == "refused" == ledger.heartbeats()["card"]["note"]
        group.status, group.moved = 302, f"http://127.0.0.1:{free_port()}/elsewhere"
        assert send_card(settings, ledger, IN_HOURS) == "refused"
        assert send_card(set_to(home, f"http://127.0.0.1:{free_port()}/?{KEY}"), ledger, IN_HOURS) == "unreachable"
        for wrong in ("http://group.invalid/?" + KEY, "ftp://127.0.0.1/", "nonsense"):
            assert send_card(set_to(home, wrong), ledger, IN_HOURS) == "no_webhook"
        settings, before = set_to(home, group.address), len(group.got)
        group.status, group.moved, group.says = 200, "", b'{"errcode":0}'
        assert send_card(settings, ledger, IN_HOURS) == "sent"
        assert send_card(settings, ledger, IN_HOURS) == ""  # once
        told = {"msgtype": "markdown", "markdown": {"content": card_text(settings, night, counts)}}
        assert group.got[before:] == [(f"/robot/send?access_token={KEY}", told)]
        assert [row["who"] for row in ledger.audit() if row["action"] == "card_sent"] == ["night"]
        for kind, body in (("dingtalk", {"title", "text"}), ("plain", {"text"})):
            card.with_name("card.sent").unlink()
            assert send_card(set_to(home, group.address, kind=kind), ledger, IN_HOURS) == "sent"
            sent = group.got[-1][1]
            assert body == set(sent["markdown"] if kind == "dingtalk" else sent)
    kept = b"".join(path.read_bytes() for path in home.root.rglob("*") if path.is_file())
    assert KEY.encode() not in kept and KEY not in caplog.text + "".join(capfd.readouterr())


def test_a_night_writes_the_card_only_where_it_is_switched_on(bare_home: Path, sample_night: tuple[Path, Any]) -> None:
    assert not list(sample_night[0].rglob("card.*"))
    home = Home(bare_home)
    home.config.write_text(home.config.read_text("utf-8").replace("# enabled = false", "enabled = true"), "utf-8")
    run_night(read_settings(bare_home), date(2025, 2, 6))
    assert "缺报" in (home.letters / "2025-02-06.1" / "card.md").read_text("utf-8")
