"""The card for a messaging group: what the county's night comes to, in numbers. Off unless `[card]` is set.

County totals alone: no unit, no finding, no name, no row. It lies beside the night's letters; where a webhook is named
it goes there too, in the hours of letters, once.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog

from app.wording import Lang, day_words, text
from flows.night import Night
from flows.posting import in_window
from flows.settings import Settings
from warehouse.durable import sync
from warehouse.ledger import Ledger
from warehouse.snapshot import Snapshot, open_snapshot

# The lines in their order; every one is a whole number of the county.
COUNTS = ("new", "worse", "put_right", "overdue", "open", "short", "unsure", "missing", "owed", "came", "late")
WEBHOOK = "DUCHA_CARD_WEBHOOK"
SECONDS = 10
LARGEST_ANSWER = 10_000
log = structlog.get_logger()


class CardNotSent(Exception):
    """`str()` is the reason: `no_webhook`, `unreachable`, `refused`; never the address, which holds a key."""


def write_card(night: Night) -> None:
    """Step: write tonight's card, and send what waits. Whatever hinders it is told and does not undo the night."""
    if not night.settings.card.enabled:
        return
    current = night.ledger.current_night()
    if current is None:
        return
    with open_snapshot(night.home.snapshots / current["snapshot"]) as snapshot:
        counts = county_counts(snapshot, night.ledger, current)
    try:
        keep_card(night.settings, current, counts)
        send_card(night.settings, night.ledger, datetime.now(UTC))
    except OSError as error:
        log.error("card_not_written", night=current["id"], reason=type(error).__name__)
        night.ledger.beat("card", type(error).__name__)


def county_counts(snapshot: Snapshot, ledger: Ledger, night: Mapping[str, Any]) -> dict[str, int]:
    """The totals of a published night, as the page of that night counts them, and what was owed this year."""
    from expectations.carried import DONE
    from expectations.findings import is_overdue

    today: date = night["business_date"]
    findings = ledger.findings()
    events = (event for row in findings for event in ledger.finding_events(row["id"]))
    kinds = Counter(one["action"] for one in events if one["night"] == night["id"])
    open_ = [row for row in findings if row["state"] not in DONE]
    standings = Counter(row["standing"] for row in snapshot.standings())
    owed = [row for row in snapshot.owed() if row["due_on"].year == today.year]
    outcomes = Counter(row["outcome"] for row in owed)
    return {
        "new": kinds["found"], "worse": kinds["worse"] + kinds["relapsed"], "put_right": kinds["put_right"],
        "overdue": sum(is_overdue(row, today) for row in open_), "open": len(open_),
        "short": standings["short"], "unsure": standings["unsure"], "missing": standings["missing"],
        "owed": len(owed), "came": outcomes["came"] + outcomes["late"], "late": outcomes["late"],
    }  # fmt: skip


def card_text(settings: Settings, night: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    """The card as Markdown, in the county's language."""
    lang: Lang = settings.card.lang
    county = settings.county.name_en if lang == "en" else settings.county.name
    on = day_words(night["business_date"], lang)
    mark = f"{text('screens.sample', lang)} · " if settings.county.sample else ""
    lines = [f"- {text(f'card.{name}', lang)}: {counts[name]}" for name in COUNTS]
    title = text("card.title", lang, county=county, on=on)
    return "\n".join([f"### {mark}{title}", "", *lines, "", text("card.say", lang)])


def keep_card(settings: Settings, night: Mapping[str, Any], counts: Mapping[str, int]) -> Path:
    """Write card.md and card.json beside the letters of the night; gives the latter."""
    folder = settings.place.letters / str(night["id"])
    folder.mkdir(parents=True, exist_ok=True)
    told = {"night": night["id"], "business_date": night["business_date"].isoformat(), **counts}
    for name, content in (
        ("card.md", card_text(settings, night, counts)),
        ("card.json", json.dumps(told | {"text": card_text(settings, night, counts)}, ensure_ascii=False, indent=1)),
    ):
        part = folder / f".{name}.part"
        part.write_text(content, "utf-8")
        sync(part)
        part.replace(folder / name)
    return folder / "card.json"


def send_card(settings: Settings, ledger: Ledger, now: datetime) -> str:
    """Send the current night's card where a webhook is named, in the hours of letters; once, and so audited.

    Gives what became of it: "" (nothing to send), `sent`, `waiting`, or the reason why not, as the heartbeat `card`.
    """
    current = ledger.current_night()
    if current is None or not settings.card.enabled or not _address(settings):
        return ""
    card = settings.place.letters / str(current["id"]) / "card.json"
    sent = card.with_name("card.sent")
    if not card.is_file() or sent.exists():
        return ""
    if not in_window(settings, now):
        return "waiting"
    try:
        _post(_address(settings), settings.card.kind, json.loads(card.read_text("utf-8"))["text"])
    except CardNotSent as reason:
        log.error("card_not_sent", night=current["id"], reason=str(reason))
        ledger.beat("card", str(reason))
        return str(reason)
    sent.write_text(now.astimezone(UTC).isoformat(timespec="seconds"), "utf-8")
    ledger.append_audit("night", "card_sent", {"night": current["id"]})
    ledger.beat("card", "")
    return "sent"


def _address(settings: Settings) -> str:
    """The webhook: it holds a key, so it is read where it is used and kept nowhere."""
    path = settings.card.webhook_file
    try:
        return path.read_text("utf-8").strip() if path else os.environ.get(WEBHOOK, "")
    except (OSError, UnicodeDecodeError):
        return "unreadable"


def _post(address: str, kind: str, words: str) -> None:
    """Hand the card to a webhook. Refuses (CardNotSent) one that is no https address, is silent, or says no."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")):
        raise CardNotSent("no_webhook")
    title = words.splitlines()[0].lstrip("# ")
    body = {"wecom": {"content": words}, "dingtalk": {"title": title, "text": words}, "plain": {"text": words}}[kind]
    told = body if kind == "plain" else {"msgtype": "markdown", "markdown": body}
    asked = urllib.request.Request(address, json.dumps(told, ensure_ascii=False).encode(), method="POST")
    asked.add_header("content-type", "application/json; charset=utf-8")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoDetours())
    try:
        with opener.open(asked, timeout=SECONDS) as answer:
            said = answer.read(LARGEST_ANSWER)
    except urllib.error.HTTPError:
        raise CardNotSent("refused") from None
    except (OSError, ValueError):
        raise CardNotSent("unreachable") from None
    if kind != "plain" and not _is_taken(said):
        raise CardNotSent("refused")


def _is_taken(said: bytes) -> bool:
    """Both services answer 200 to what they refuse; whether they took it stands in `errcode`."""
    try:
        return bool(json.loads(said)["errcode"] == 0)
    except (ValueError, KeyError, TypeError):
        return False


class _NoDetours(urllib.request.HTTPRedirectHandler):
    """The card goes where the home says, and nowhere else."""

    def redirect_request(self, *_args: Any) -> None:
        """No step further."""
        return None
