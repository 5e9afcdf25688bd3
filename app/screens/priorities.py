"""Where to inspect next: units with suits lost or case files found unfit, for inspectors and leaders."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import streamlit as st

from app.markup import Html, anchor, joined, notice, table, tag, year_line
from app.visit import Visit
from app.wording import day_words, percent_words
from expectations.priorities import FEW, FILES, SUITS, Side

Row = Mapping[str, Any]


def render(visit: Visit) -> None:
    """Draw the list."""
    st.html(content(visit))


def content(visit: Visit) -> Html:
    """The list of one year, in the order of the snapshot: what is proven first, small samples below."""
    viewer = visit.viewer
    listed = visit.snapshot.priorities()
    years = list(dict.fromkeys(str(row["period"]) for row in listed))
    if not years:
        return notice(viewer.say("priorities.none"))
    asked = viewer.asked.get("year", "")
    year = asked if asked in years else years[0]
    rows = [row for row in listed if row["period"] == year]
    heads = [viewer.say(f"priorities.{name}") for name in ("unit", "place", "suits", "files", "visit", "note")]
    body = [_line(visit, place, row, year) for place, row in enumerate(rows, start=1)]
    return joined([
        tag("h2", viewer.say("priorities.title"), class_="part"),
        year_line(viewer, "priorities.say", years, year),
        notice(viewer.say("priorities.caution")),
        table(heads, body, caption=viewer.say("priorities.title"), class_="rows"),
    ])  # fmt: skip


def _line(visit: Visit, place: int, row: Row, year: str) -> list[object]:
    viewer = visit.viewer
    visited = day_words(row["last_visit_on"], viewer.lang) if row["last_visit_on"] else viewer.say("priorities.never")
    note = viewer.say("priorities.few" if row["small_sample"] else "priorities.listed")
    if not row["small_sample"] and not row["is_listed"]:
        note = ""
    return [
        visit.unit_name(row["unit"]),
        str(place) if row["is_listed"] else "—",
        _side(visit, row, SUITS, "suits_lost", "suits_judged", year),
        _side(visit, row, FILES, "files_unfit", "files_reviewed", year),
        visited,
        note,
    ]


def _side(visit: Visit, row: Row, metric: str, hits: str, cases: str, year: str) -> Html:
    """`3/12 (at least 8.9%)`, a link to the figure; a small sample without the percentage, none a dash."""
    viewer = visit.viewer
    if not row[cases]:
        return Html("—")
    side = Side(Decimal(row[hits]), Decimal(row[cases]), visit.declarations.metrics[metric].small_sample or FEW)
    shown = f"{row[hits]}/{row[cases]}"
    if side.score > 0:
        shown += viewer.say("priorities.at_least", low=percent_words(side.score))
    return anchor(viewer.link("figure", metric=metric, period=year, unit=row["unit"], year=None), shown)
