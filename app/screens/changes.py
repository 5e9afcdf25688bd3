"""What changed between two nights: standings and figures as each night published them, from the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.markup import Html, anchor, joined, light, notice, table, tag
from app.opening import kept_nights
from app.screens.choice import asked_of
from app.screens.tonight import pager, unit_asked
from app.visit import Visit
from app.wording import day_words, period_words
from expectations.standings import COUNTY, WORST_FIRST
from warehouse.history import has_history, read_kept

Row = Mapping[str, Any]
Key = tuple[str, str, str, str]
SIDES = ("numerator", "denominator")


@dataclass(frozen=True)
class Changed:
    """One figure that two nights tell differently. Grain: target or metric, unit, town and period."""

    name: str
    unit: str
    town: str
    period: str
    before: Row | None
    after: Row | None


def render(visit: Visit) -> None:
    """Draw the page."""
    st.html(content(visit))


def content(visit: Visit) -> Html:
    """The shown night against the earlier one that `from=` names, else the one before it."""
    viewer = visit.viewer
    title = tag("h2", viewer.say("changes.title"), class_="part")
    earlier = nights_before(visit)
    if not earlier:
        return joined([title, tag("p", viewer.say("changes.none_before"), class_="empty")])
    first = asked_of(visit, "from", earlier)
    links = [anchor(viewer.link(**{"from": one, "page": None}), one, "here" if one == first else None)
             for one in earlier]  # fmt: skip
    asked = viewer.asked.get("from", "")
    unknown = notice(viewer.say("figure.unknown", asked=asked), "warn") if asked not in ("", first) else Html("")
    which = tag("p", joined([viewer.say("changes.against"), *links], " "), class_="say links")
    say = tag("p", viewer.say("changes.say", before=first, after=visit.night["id"]), class_="say")
    return joined([title, say, which, unknown, _judged(visit, first), _counted(visit, first)])


def nights_before(visit: Visit) -> list[str]:
    """Earlier published nights whose figures are kept, the last first: these are kept for good."""
    nights = [night["id"] for night in visit.ledger.nights(state="published")]
    after = nights[nights.index(visit.night["id"]) + 1 :] if visit.night["id"] in nights else []
    return [night for night in after if has_history(visit.home.history, night)]


def _judged(visit: Visit, first: str) -> Html:
    """Standings that became others, the gravest now first."""
    viewer = visit.viewer
    changed = changed_between(
        read_kept(visit.home.history, first, "standings"), visit.snapshot.standings(), "target", ("standing",)
    )
    changed.sort(key=lambda one: WORST_FIRST.index(str(one.after["standing"])) if one.after else len(WORST_FIRST))
    rows: list[list[object]] = [
        [_link(visit, one), visit.unit_name(one.unit), period_words(one.period, viewer.lang),
         *(light(viewer, str(side["standing"])) if side else "" for side in (one.before, one.after))]
        for one in changed
    ]  # fmt: skip
    return _table(visit, "judged", rows, ("target", "unit", "period", "before", "after"))


def _counted(visit: Visit, first: str) -> Html:
    """Figures of the county and its units whose sides became others."""
    viewer = visit.viewer
    before = read_kept(visit.home.history, first, "figures")
    changed = changed_between(before, visit.snapshot.figures(), "metric", SIDES)
    rows: list[list[object]] = []
    for one in changed:
        is_rate = any(side and side["denominator"] is not None for side in (one.before, one.after))
        sides = [_sides(visit, side, is_rate) for side in (one.before, one.after)]
        place = visit.unit_name(one.town or one.unit)
        rows.append([_link(visit, one), place, period_words(one.period, viewer.lang), *sides])
    return _table(visit, "counted", rows, ("metric", "unit", "period", "before", "after"))


def changed_between(before: Sequence[Row], after: Sequence[Row], name: str, sides: Sequence[str]) -> list[Changed]:
    """What differs in `sides`, also what only one of the two nights has, in the order of the later one."""

    def key(row: Row) -> Key:
        return str(row[name]), str(row["unit"] or COUNTY), str(row.get("town") or ""), str(row["period"])

    old, new = ({key(row): row for row in rows} for rows in (before, after))
    found = []
    for one in dict.fromkeys([*new, *old]):
        then, now = old.get(one), new.get(one)
        if then is None or now is None or any(then[side] != now[side] for side in sides):
            metric, unit, town, period = one
            found.append(Changed(metric, unit, town, period, then, now))
    return found


def _link(visit: Visit, one: Changed) -> Html:
    """The figure as it is now; a promise about a file has no page of its own."""
    declared = visit.declarations
    if one.name not in declared.metrics and one.name not in declared.identities:
        return tag("span", visit.promised_name(one.name))
    named = visit.metric_name(one.name) if one.name in declared.metrics else visit.promised_name(one.name)
    place = {"town": one.town} if one.town else {"unit": unit_asked(one.unit)}
    return anchor(visit.viewer.link("figure", metric=one.name, period=one.period, **place), named)


def _sides(visit: Visit, row: Row | None, is_rate: bool) -> str:
    if row is None:
        return ""
    numerator = visit.shown(row["numerator"])
    return f"{numerator}/{visit.shown(row['denominator'])}" if is_rate else numerator


def _table(visit: Visit, name: str, rows: list[list[object]], heads: Sequence[str]) -> Html:
    """A page of rows under its name, with how many there are."""
    viewer = visit.viewer
    start = min(viewer.page(), max(0, len(rows) - 1) // visit.page_rows) * visit.page_rows
    page = rows[start : start + visit.page_rows]
    caption = viewer.say(f"changes.{name}", n=len(rows))
    shown = table([viewer.say(f"changes.{head}") for head in heads], page, caption=caption, class_="rows",
                  empty=viewer.say(f"changes.none_{name}"))  # fmt: skip
    return joined([tag("h2", caption, class_="part"), pager(visit, start, len(page), len(rows)), shown])


def past_line(visit: Visit) -> Html:
    """Which earlier nights can be looked at, the page of differences, and the way back to tonight."""
    viewer = visit.viewer
    current = visit.ledger.current_night()
    others = [night for night in kept_nights(visit.home, visit.ledger) if night["id"] != visit.night["id"]]
    links = []
    for night in others:
        on = None if current and night["id"] == current["id"] else night["id"]
        links.append(anchor(viewer.link(on=on, page=None), f"{day_words(night['business_date'], viewer.lang)}"))
    inner = joined([tag("summary", viewer.say("past.others")), tag("p", joined(links, "　"), class_="say links")])
    differences = anchor(viewer.link("changes"), viewer.say("past.differences"))
    parts = [tag("details", inner, class_="more nights")] if links else []
    parts += [tag("p", differences, class_="say links")] if viewer.screen != "changes" and nights_before(visit) else []
    if not visit.is_past:
        return joined(parts)
    now = anchor(viewer.link(on=None, page=None), viewer.say("past.now"))
    on = day_words(visit.night["business_date"], viewer.lang)
    said = joined([viewer.say("past.shown", on=on, night=visit.night["id"]), now], " ")
    return joined([tag("p", said, class_="notice warn", role="status"), *parts])
