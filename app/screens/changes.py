"""What changed between two nights: standings and figures as each night published them, from the history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import streamlit as st

from app.markup import Html, anchor, joined, light, notice, table, tag
from app.opening import kept_nights
from app.screens.choice import asked_of
from app.screens.tonight import pager, unit_asked
from app.visit import Visit
from app.wording import day_words, period_words
from expectations.standings import WORST_FIRST
from warehouse.history import has_history, kept_changes

Row = Mapping[str, Any]
# The address may name any night; the page lists the latest only.
LISTED = 60
SIDES = ("numerator", "denominator")


def render(visit: Visit) -> None:
    """Draw the page."""
    st.html(content(visit))


def content(visit: Visit) -> Html:
    """The shown night against the earlier one that `from=` names, else the one before it."""
    viewer = visit.viewer
    title = tag("h2", viewer.say("changes.title"), class_="part")
    earlier = nights_before(visit)
    if not earlier or not has_history(visit.home.history, visit.night["id"]):
        return joined([title, tag("p", viewer.say("changes.none_before"), class_="empty")])
    first = asked_of(visit, "from", earlier)
    links = [anchor(viewer.link(**{"from": one, "page": None}), one, "here" if one == first else None)
             for one in earlier[:LISTED]]  # fmt: skip
    asked = viewer.asked.get("from", "")
    unknown = notice(viewer.say("figure.unknown", asked=asked), "warn") if asked not in ("", first) else Html("")
    which = tag("p", joined([viewer.say("changes.against"), *links], " "), class_="say links")
    say = tag("p", viewer.say("changes.say", before=first, after=visit.night["id"]), class_="say")
    return joined([title, say, which, unknown, _judged(visit, first), _counted(visit, first)])


def nights_before(visit: Visit) -> list[str]:
    """Earlier published nights whose figures are kept, the last first: these are kept for good."""
    nights = [night["id"] for night in visit.nights if night["state"] == "published"]
    after = nights[nights.index(visit.night["id"]) + 1 :] if visit.night["id"] in nights else []
    return [night for night in after if has_history(visit.home.history, night)]


def _judged(visit: Visit, first: str) -> Html:
    """Standings that became others, the gravest now first."""
    viewer = visit.viewer
    key = ("target", "unit", "period")
    changed = kept_changes(visit.home.history, first, visit.night["id"], "standings", key, ("standing",))
    changed.sort(key=lambda row: WORST_FIRST.index(row["standing_after"]) if row["is_after"] else len(WORST_FIRST))

    def cells(row: Row) -> list[object]:
        lights = (light(viewer, row[f"standing_{when}"]) if row[f"is_{when}"] else "" for when in ("before", "after"))
        place = (visit.unit_name(row["unit"]), period_words(row["period"], viewer.lang))
        return [_link(visit, row["target"], row), *place, *lights]

    return _table(visit, "judged", changed, cells, ("target", "unit", "period", "before", "after"))


def _counted(visit: Visit, first: str) -> Html:
    """Figures of the county, its units and towns whose sides became others."""
    viewer = visit.viewer
    key = ("metric", "unit", "town", "period")
    changed = kept_changes(visit.home.history, first, visit.night["id"], "figures", key, SIDES)

    def cells(row: Row) -> list[object]:
        sides = [_sides(visit, row, when) for when in ("before", "after")]
        place = visit.unit_name(row["town"] or row["unit"])
        return [_link(visit, row["metric"], row), place, period_words(row["period"], viewer.lang), *sides]

    return _table(visit, "counted", changed, cells, ("metric", "unit", "period", "before", "after"))


def _link(visit: Visit, name: str, row: Row) -> Html:
    """The figure as it is now; a promise about a file has no page of its own."""
    declared = visit.declarations
    if name not in declared.metrics and name not in declared.identities:
        return tag("span", visit.promised_name(name))
    named = visit.metric_name(name) if name in declared.metrics else visit.promised_name(name)
    place = {"town": row["town"]} if row.get("town") else {"unit": unit_asked(row["unit"])}
    return anchor(visit.viewer.link("figure", metric=name, period=row["period"], **place), named)


def _sides(visit: Visit, row: Row, when: str) -> str:
    if not row[f"is_{when}"]:
        return ""
    numerator, denominator = (row[f"{side}_{when}"] for side in SIDES)
    return visit.shown(numerator) + (f"/{visit.shown(denominator)}" if denominator is not None else "")


def _table(
    visit: Visit, name: str, rows: Sequence[Row], cells: Callable[[Row], list[object]], heads: Sequence[str]
) -> Html:
    """A page of rows under its name, with how many there are; only what is shown is put into words."""
    viewer = visit.viewer
    start = min(viewer.page(), max(0, len(rows) - 1) // visit.page_rows) * visit.page_rows
    page = [cells(row) for row in rows[start : start + visit.page_rows]]
    caption = viewer.say(f"changes.{name}", n=len(rows))
    shown = table([viewer.say(f"changes.{head}") for head in heads], page, caption=caption, class_="rows",
                  empty=viewer.say(f"changes.none_{name}"))  # fmt: skip
    return joined([tag("h2", caption, class_="part"), pager(visit, start, len(page), len(rows)), shown])


def past_line(visit: Visit) -> Html:
    """Which earlier nights can be looked at, the page of differences, and the way back to tonight."""
    viewer = visit.viewer
    current = visit.ledger.current_night()
    others = (night for night in kept_nights(visit.home, visit.nights) if night["id"] != visit.night["id"])
    links = []
    for night in islice(others, LISTED):
        on = None if current and night["id"] == current["id"] else night["id"]
        links.append(anchor(viewer.link(on=on, page=None), f"{day_words(night['business_date'], viewer.lang)}"))
    inner = joined([tag("summary", viewer.say("past.others")), tag("p", joined(links, "　"), class_="say links")])
    differences = anchor(viewer.link("changes"), viewer.say("past.differences"))
    parts = [tag("details", inner, class_="more nights")] if links else []
    is_offered = viewer.screen != "changes" and viewer.may("changes") and nights_before(visit)
    parts += [tag("p", differences, class_="say links")] if is_offered else []
    if not visit.is_past:
        return joined(parts)
    now = anchor(viewer.link(on=None, page=None), viewer.say("past.now"))
    on = day_words(visit.night["business_date"], viewer.lang)
    said = joined([viewer.say("past.shown", on=on, night=visit.night["id"]), now], " ")
    return joined([tag("p", said, class_="notice warn", role="status"), *parts])
