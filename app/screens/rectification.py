"""The ledger of rectifications (整改台账) in the office's own column order, one line per finding, closed ones too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.finding_words import event_words
from app.markup import Html, joined, table, tag
from app.screens.tonight import matter_of
from app.visit import Visit
from app.wording import state_word, text

Row = Mapping[str, Any]
# The office's order: what it fills in by hand stays empty, for nobody told it to us.
COLUMNS = (
    "number", "source", "problem", "kind", "owner", "leader", "person", "measures", "due", "progress", "evidence",
    "accepted_by", "closed_on", "looked_back",
)  # fmt: skip
BY_HAND = ("kind", "leader", "person")


def content(visit: Visit) -> Html:
    """The whole ledger, in the order in which the findings were opened."""
    viewer = visit.viewer
    heads = [viewer.say(f"rectification.{name}") for name in COLUMNS]
    rows = [[line[name] for name in COLUMNS] for line in (_line(visit, row) for row in visit.findings)]
    title = viewer.say("rectification.title")
    say = tag("p", viewer.say("rectification.say"), class_="say")
    return joined([say, table(heads, rows, caption=title, class_="rows", empty=viewer.say("findings.none"))])


def _line(visit: Visit, row: Row) -> dict[str, object]:
    viewer, lang = visit.viewer, visit.viewer.lang
    events = visit.events_of(row["id"])
    verified, closed = _last(events, "verify"), _last(events, "close", "uphold")
    is_closed = row["state"] in ("closed", "looked_back")
    source = text(f"finding_sources.{row['entered']['source']}", lang) if row["entered"] else ""
    sentence = row[f"sentence_{lang}"]
    return {
        "number": row["id"],
        "source": source or viewer.say("rectification.by_night"),
        "problem": f"{matter_of(visit, row)}: {sentence}" if sentence else matter_of(visit, row),
        **dict.fromkeys(BY_HAND, ""),
        "owner": visit.unit_name(row["owner"]),
        "measures": _said(visit, _last(events, "plan")),
        "due": _day(row["due_on"]),
        "progress": " · ".join(filter(None, [state_word(row["state"], lang), _said(visit, _last(events, "progress"))])),
        "evidence": _said(visit, _last(events, "evidence")),
        "accepted_by": verified["who"] if verified else "",
        "closed_on": event_words(closed, lang)[0] if closed and is_closed else "",
        "looked_back": _said(visit, _last(events, "look_back")),
    }


def _last(events: Sequence[Row], *actions: str) -> Row | None:
    """The last time that one of these was done."""
    return next((event for event in reversed(events) if event["action"] in actions), None)


def _said(visit: Visit, event: Row | None) -> str:
    return event_words(event, visit.viewer.lang)[3] if event else ""


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
