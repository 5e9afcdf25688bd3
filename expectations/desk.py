"""What waits for the office itself: deadlines long past, contests to decide, silences, letters that do not arrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from expectations.carried import DONE
from expectations.findings import is_overdue
from warehouse.letter_book import silences
from warehouse.publishing import Publishing, unpacked

Row = dict[str, Any]
WEEKS = 8
# So often has a letter failed before the office hears of it: a mail server that is down for a night is no news.
FAILED_OFTEN = 3
OPENING = ("found", "entered", "relapsed", "reopen")


def gather_desk(tx: Publishing, today: date, has_trend: bool) -> Row:
    """The office's own matters as the night commits them, ready for JSON; with the last weeks if they are due."""
    return {
        "undecided": [
            row | {"change": "contested"}
            for row in tx.findings()
            if row["state"] == "contested" and row["decide_by"] is not None and row["decide_by"] < today
        ],
        "silences": silences(tx.con, today),
        "undelivered": undelivered(tx),
        "trend": weekly_trend(tx, today) if has_trend else [],
    }


def undelivered(tx: Publishing) -> list[Row]:
    """Letters to units and leaders that failed several times and still wait: unit, kind, night, reason, attempts."""
    found = tx.con.execute(
        "SELECT unit, kind, night, reason, attempts FROM letters"
        " WHERE state = 'failed' AND attempts >= ? AND kind IN ('letter', 'leader') ORDER BY unit, id",
        (FAILED_OFTEN,),
    )
    return [dict(row) for row in found]


def weekly_trend(tx: Publishing, today: date, weeks: int = WEEKS) -> list[Row]:
    """The last weeks, oldest first, each ending on tonight's weekday: opened, put right, closed, and open at its end.

    Grain: one row per week. A finding that came back counts as opened again; the open ones are distinct findings. The
    last week also says how many of its open ones are overdue.
    """
    found = tx.con.execute(
        "SELECT e.finding_id, e.action, e.to_state, e.day, e.night, n.business_date FROM finding_events e"
        " LEFT JOIN nights n ON n.id = e.night ORDER BY e.seq"
    )
    events = [unpacked(row) for row in found]
    rows = []
    for back in reversed(range(weeks)):
        until = today - timedelta(weeks=back)
        since = until - timedelta(days=6)
        seen = [event for event in events if _day(event) <= until]
        week = Counter(event["action"] for event in seen if _day(event) >= since)
        if not seen:
            continue
        rows.append({
            "since": since, "until": until, "opened": sum(week[action] for action in OPENING),
            "put_right": week["put_right"], "closed": week["close"] + week["uphold"], "open": _open_after(seen),
        })  # fmt: skip
    if rows:
        rows[-1]["overdue"] = sum(is_overdue(row, today) for row in tx.findings())
    return rows


def _day(event: Mapping[str, Any]) -> date:
    """The business date of an event: a person's move has its own, a night's is that of the night."""
    found: date = event["day"] or event["business_date"]
    return found


def _open_after(events: Iterable[Mapping[str, Any]]) -> int:
    states = {event["finding_id"]: event["to_state"] for event in events}
    return sum(state not in DONE for state in states.values())
