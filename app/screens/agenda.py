"""The next meeting's agenda: what is promised soon, overdue, in nobody's hands, contested, or to be looked back on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from app.lights import gravest_first
from app.markup import Html, anchor, joined, table, tag
from app.screens.tonight import matter_of
from app.visit import Visit
from app.wording import day_words, state_word
from expectations.findings import STOPPED, is_overdue

Row = Mapping[str, Any]
AGENDA = "agenda"
DAYS = 14
# Which findings a head lists, by business date, and the day that it orders them by.
HEADS: dict[str, tuple[Callable[[Row, date], bool], str]] = {
    "overdue": (is_overdue, "due_on"),
    "promised": (lambda row, on: _runs(row) and on <= row["due_on"] <= on + timedelta(days=DAYS), "due_on"),
    "unowned": (lambda row, on: _runs(row) and row["state"] in ("found", "assigned"), "due_on"),
    "contests": (lambda row, on: bool(row["state"] == "contested"), "decide_by"),
    "look_backs": (lambda row, on: row["state"] == "closed" and (row["look_back_on"] or date.max) <= on,
                   "look_back_on"),
}  # fmt: skip


def content(visit: Visit) -> Html:
    """Every head with its findings, as far as the reader may see them; a long one is cut on the screen and says so."""
    viewer, on = visit.viewer, visit.night["business_date"]
    say = tag("p", viewer.say("agenda.say", on=day_words(on, viewer.lang)), class_="say")
    title = tag("h2", viewer.say("agenda.title"), class_="part")
    back = tag("p", anchor(viewer.link(show=None), viewer.say("findings.back")), class_="say back")
    return joined([title, say, *(_head(visit, name, on) for name in HEADS), back])


def _runs(row: Row) -> bool:
    """Whether its owner has it in hand and its clock runs."""
    return row["state"] not in STOPPED and row["unjudged_since"] is None


def _head(visit: Visit, name: str, on: date) -> Html:
    viewer = visit.viewer
    is_in, day = HEADS[name]
    found = [row for row in visit.findings if is_in(row, on)]
    found.sort(key=lambda row: (row[day] or date.max, *gravest_first(row), row["id"]))
    shown = found[: visit.page_rows]
    title = viewer.say(f"agenda.{name}", days=DAYS)
    of_day = {"decide_by": "decide_by", "look_back_on": "look_back_on"}.get(day, "due")
    heads = [viewer.say(f"findings.{one}") for one in ("matter", "owner", "state", of_day, "sentence")]
    rows = [
        [anchor(viewer.link(finding=row["id"], show=None), matter_of(visit, row)), visit.unit_name(row["owner"]),
         state_word(row["state"], viewer.lang), row[day].isoformat() if row[day] else "",
         row[f"sentence_{viewer.lang}"]]
        for row in shown
    ]  # fmt: skip
    cut = viewer.say("agenda.cut", shown=len(shown), of=len(found))
    return joined([
        tag("h3", f"{title} · {len(found)}", class_="part"),
        tag("p", cut, class_="say") if len(shown) < len(found) else Html(""),
        table(heads, rows, caption=title, class_="rows agenda", empty=viewer.say("agenda.none")),
    ])  # fmt: skip
