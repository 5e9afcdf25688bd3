"""Operations: the system itself. Nights, checks that did not run, the letters, the audit trail and the disk."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from app.markup import Html, facts, joined, notice, table, tag
from app.screens.run import run_form
from app.screens.tonight import pager
from app.visit import CLOCK, Visit
from app.wording import has_text, letter_reason_word, move_word, period_words, text

Row = Mapping[str, Any]
# A night writes a copy of the snapshot before the old one may go, and its history and letters beside it.
ROOM_FACTOR = 3
AUDIT_SHOWN = 20
SIZES = ("B", "KB", "MB", "GB", "TB")


def render(visit: Visit) -> None:
    """Draw the page."""
    run_form(visit)
    st.html(content(visit))


def content(visit: Visit) -> Html:
    """The whole page."""
    viewer = visit.viewer
    head = [tag("h2", viewer.say("operations.title"), class_="part"), tag("p", viewer.say("operations.say"))]
    return joined([*head, _nights(visit), _checks(visit), _letters(visit), _audit(visit), _disk(visit)])


def _part(visit: Visit, name: str, *inner: object) -> Html:
    return joined([tag("h2", visit.viewer.say(f"operations.{name}"), class_="part"), *inner])


def _heads(visit: Visit, *names: str) -> list[object]:
    return [visit.viewer.say(f"operations.{name}") for name in names]


def _moment(at: object) -> str:
    """A moment of the ledger in the county's time; nothing for one that has not come."""
    return datetime.fromisoformat(str(at)).astimezone(CLOCK).strftime("%Y-%m-%d %H:%M") if at else ""


def _nights(visit: Visit) -> Html:
    """Every night that was begun, the last first."""
    viewer = visit.viewer
    rows: list[list[object]] = []
    for night in visit.nights:
        came = visit.ledger.deliveries(night=night["id"])
        is_kept = bool(night["snapshot"]) and (visit.home.snapshots / night["snapshot"]).is_file()
        rows.append([
            night["id"], text(f"night_states.{night['state']}", viewer.lang), _moment(night["started_at"]),
            _took(visit, night), len(came), sum(row["rows"] for row in came), sum(row["quarantined"] for row in came),
            viewer.say("operations.kept" if is_kept else "operations.swept") if night["snapshot"] else "",
            night["error"] or "",
        ])  # fmt: skip
    names = ("night", "state", "started", "took", "files", "rows", "quarantined", "snapshot_kept", "fault")
    shown = table(_heads(visit, *names), rows, caption=viewer.say("operations.nights"), class_="log")
    beats = [(_known(visit, "beats", name), _moment(one["at"])) for name, one in visit.ledger.heartbeats().items()]
    return _part(visit, "nights", shown, tag("p", viewer.say("operations.heartbeats"), class_="say"), facts(beats))


def _took(visit: Visit, night: Row) -> str:
    if not night["finished_at"]:
        return ""
    took = datetime.fromisoformat(str(night["finished_at"])) - datetime.fromisoformat(str(night["started_at"]))
    return visit.viewer.say("operations.seconds", n=int(took.total_seconds()))


def _checks(visit: Visit) -> Html:
    """Expectations that raised, and standings that no check could give: our fault, never a department's."""
    viewer = visit.viewer
    ran = visit.snapshot.evaluations()
    broken = [[visit.target_name(one["target"]), str(one["error"])] for one in ran if one["error"]]
    heads = _heads(visit, "check", "reason")
    none = viewer.say("operations.checks_none", n=len(ran))
    unjudged = [
        [visit.target_name(row["target"]), visit.unit_name(row["unit"]), period_words(row["period"], viewer.lang),
         row["cause"] or ""]
        for row in visit.snapshot.standings(standing="error")
    ]  # fmt: skip
    names = [viewer.say("figure.metric"), viewer.say("figure.unit"), viewer.say("figure.period"), heads[1]]
    return _part(
        visit,
        "checks",
        table(heads, broken, caption=viewer.say("operations.checks"), class_="rows", empty=none),
        table(names, unjudged, caption=viewer.say("operations.unjudged"), class_="rows",
              empty=viewer.say("operations.unjudged_none")),
    )  # fmt: skip


def _letters(visit: Visit) -> Html:
    """How many letters stand how, and each with the reason that it was not sent; no recipient is named."""
    viewer = visit.viewer
    letters = list(reversed(visit.ledger.letters()))
    counts = Counter((row["state"], row["reason"] or "") for row in letters)
    # Why a letter was not sent also says what became of it.
    words = {
        one: letter_reason_word(one[1], viewer.lang) if one[1] else text(f"letter_states.{one[0]}", viewer.lang)
        for one in counts
    }
    named = [viewer.say("operations.letters_of", what=words[one], n=count) for one, count in counts.items()]
    said = viewer.say("operations.letters_say", n=len(letters), counts=text("letters.join", viewer.lang).join(named))
    start = min(viewer.page(), max(0, len(letters) - 1) // visit.page_rows) * visit.page_rows
    page = letters[start : start + visit.page_rows]
    rows = [
        [row["id"], row["night"], text(f"letter_kinds.{row['kind']}", viewer.lang), visit.unit_name(row["unit"]),
         text(f"letter_states.{row['state']}", viewer.lang), letter_reason_word(row["reason"] or "", viewer.lang),
         row["attempts"], _moment(row["sent_at"])]
        for row in page
    ]  # fmt: skip
    heads = _heads(visit, "letter", "night", "kind", "unit", "state", "reason", "attempts", "when")
    none = viewer.say("operations.letters_none")
    shown = table(heads, rows, caption=viewer.say("operations.letters"), class_="log", empty=none)
    counted = tag("p", said, class_="say") if letters else Html("")
    return _part(visit, "letters", counted, pager(visit, start, len(page), len(letters)), shown)


def _known(visit: Visit, room: str, code: str) -> str:
    """A code in words; one that no text names stays as it is."""
    key = f"operations.{room}.{code}"
    return visit.viewer.say(key) if has_text(f"screens.{key}") else code


def _action(visit: Visit, action: str) -> str:
    """What an audit row says was done; of a finding the move."""
    move = action.removeprefix("finding_")
    if has_text(f"finding_moves.{move}") and move != action:
        return visit.viewer.say("operations.actions.finding_moved", move=move_word(move, visit.viewer.lang))
    return _known(visit, "actions", action)


def _who(visit: Visit, who: str) -> str:
    return text("by_night", visit.viewer.lang) if who == "night" else who


def _audit(visit: Visit) -> Html:
    """The head of the trail, whether every row follows the one before it, and the last rows without their detail."""
    viewer = visit.viewer
    wrong = visit.ledger.verify_audit()
    trail = visit.ledger.audit()
    said = (
        notice(viewer.say("operations.audit_broken", why="; ".join(wrong)), "warn")
        if wrong
        else tag("p", viewer.say("operations.audit_whole", n=len(trail)))
    )
    rows = [
        [row["seq"], _moment(row["at"]), _who(visit, row["who"]), _action(visit, row["action"])]
        for row in reversed(trail[-AUDIT_SHOWN:])
    ]
    heads = ["#", *_heads(visit, "when", "who", "action")]
    shown = table(heads, rows, caption=viewer.say("operations.audit"), class_="log")
    head = facts([(viewer.say("operations.audit_head"), visit.ledger.audit_head())])
    return _part(visit, "audit", said, head, shown if rows else "")


def _disk(visit: Visit) -> Html:
    """What the home takes, folder by folder, and what is free."""
    viewer, home = visit.viewer, visit.home
    sizes = {path.name: _size(path) for path in sorted(home.root.iterdir()) if path.is_dir()}
    sizes[home.ledger.name] = home.ledger.stat().st_size
    room = shutil.disk_usage(home.root)
    total = sum(sizes.values())
    said = viewer.say("operations.free", free=_words(room.free), total=_words(room.total), used=_words(total))
    is_low = room.free < ROOM_FACTOR * visit.snapshot.path.stat().st_size
    low = notice(viewer.say("operations.low"), "warn") if is_low else Html("")
    rows = [[name, _words(size)] for name, size in sizes.items()]
    shown = table(_heads(visit, "folder", "size"), rows, caption=viewer.say("operations.disk"), class_="log")
    return _part(visit, "disk", tag("p", said), low, shown)


def _size(folder: Path) -> int:
    """Bytes of all files below a folder; a file that a night has just taken away counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total


def _words(size: int) -> str:
    """`1.4 GB`."""
    shown, at = float(size), 0
    while shown >= 1024 and at < len(SIZES) - 1:
        shown, at = shown / 1024, at + 1
    return f"{shown:.1f} {SIZES[at]}" if at else f"{size} B"
