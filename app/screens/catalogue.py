"""Rosters, targets and silences as a workbook: what would change, row by row, before anything is taken over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.bringing import NotLookedAt
from app.catalogue_desk import Preview, field_title, part_title, previewed, take_in
from app.markup import Html, anchor, joined, notice, table, tag
from app.screens.uploads import forget
from app.visit import Visit
from app.wording import period_words, text
from expectations.foreseen import Foreseen
from warehouse.catalogue_change import Change
from warehouse.catalogue_grids import Grid

TURN, SEEN, ANSWER = "catalogue_turn", "catalogue_seen", "catalogue_answer"
MOST_LISTED, MOST_NAMED = 200, 6


def catalogue_form(visit: Visit) -> None:
    """Drawn for whoever keeps the catalogue: the download, the box for the changed workbook, and its preview."""
    viewer = visit.viewer
    if visit.is_past or not viewer.may("edit_catalogue"):
        return
    st.html(joined([
        tag("h2", viewer.say("catalogue.title"), class_="part"),
        tag("p", viewer.say("catalogue.say"), class_="say"),
        tag("p", anchor(f"export/catalogue.xlsx{viewer.link()}", viewer.say("catalogue.download")), class_="say links"),
    ]))  # fmt: skip
    turn = st.session_state.setdefault(TURN, 0)
    given = st.file_uploader(viewer.say("catalogue.file"), key=f"catalogue:{viewer.lang}:{turn}")
    if given is None:
        about, told = st.session_state.get(ANSWER, ("", ""))
        if about == _here(visit):
            st.html(notice(told))
        return
    st.session_state.pop(ANSWER, None)
    try:
        preview = _preview(visit, given)
    except NotLookedAt as refused:
        st.html(notice(str(refused), "warn"))
        return
    st.html(_drawn(visit, preview))
    _decide(visit, given, preview)


def _here(visit: Visit) -> str:
    return f"{visit.viewer.lang}:{visit.night['id']}"


def _preview(visit: Visit, given: Any) -> Preview:
    about, found = st.session_state.get(SEEN, (None, None))
    if about != given.file_id or not isinstance(found, Preview):
        with st.spinner(visit.viewer.say("bring.reading")):
            found = previewed(visit, given.name, given.getvalue())
        st.session_state[SEEN] = given.file_id, found
    return found


def _decide(visit: Visit, given: Any, preview: Preview) -> None:
    viewer = visit.viewer
    row = st.container(horizontal=True)
    said = ""
    if preview.may_be_taken and row.button(
        viewer.say("catalogue.go", n=len(preview.changes)), type="primary", key=f"catalogue_go:{viewer.lang}"
    ):
        refusal = take_in(visit, preview)
        if refusal:
            st.html(notice(refusal, "warn"))
            return
        said = viewer.say("catalogue.done", n=len(preview.changes))
    if row.button(viewer.say("bring.cancel"), key=f"catalogue_no:{viewer.lang}"):
        said = viewer.say("bring.cancelled")
    if said:
        forget(given)
        st.session_state.pop(SEEN, None)
        st.session_state[TURN] += 1
        st.session_state[ANSWER] = _here(visit), said
        st.rerun()


def _drawn(visit: Visit, preview: Preview) -> Html:
    """Faults with their cells; else what changes, before and after, and what tonight would make of it."""
    viewer = visit.viewer
    parts: list[object] = []
    if preview.faults:
        heads = [viewer.say(f"catalogue.{name}") for name in ("sheet", "cell", "column", "why")]
        rows = [
            [one.sheet, one.place, field_title(visit, one.field) if one.field else "",
             tag("span", f"× {one.say_en if viewer.lang == 'en' else one.say}", class_="said")]
            for one in preview.faults[:MOST_LISTED]
        ]  # fmt: skip
        title = viewer.say("catalogue.faults", n=len(preview.faults))
        parts += [notice(viewer.say("catalogue.mend"), "warn"), tag("h3", title, class_="part")]
        parts.append(table(heads, rows, caption=title, class_="rows"))
    if preview.whole:
        parts.append(notice(viewer.say("catalogue.whole", why=preview.whole), "warn"))
    if not preview.changes:
        parts += [] if preview.faults else [notice(viewer.say("catalogue.nothing"))]
        return joined(parts)
    parts += [notice(viewer.say("catalogue.older"), "warn")] if preview.is_stale else []
    title = viewer.say("catalogue.changes", n=len(preview.changes))
    heads = [viewer.say(f"catalogue.{name}") for name in ("part", "entry", "column", "before", "after", "tonight")]
    changed = [row for change in preview.changes[:MOST_LISTED] for row in _rows(visit, preview, change)]
    cut = viewer.say("bring.cut", shown=MOST_LISTED, of=len(preview.changes))
    more = tag("p", cut, class_="say") if len(preview.changes) > MOST_LISTED else Html("")
    return joined([*parts, tag("h3", title, class_="part"), more, table(heads, changed, title, "rows")])


def _rows(visit: Visit, preview: Preview, change: Change) -> list[list[object]]:
    """One line a cell; the first of a change also says which entry it is and what tonight would make of it."""
    viewer = visit.viewer
    part = part_title(visit, Grid(change.part, (), 1, {}))
    tonight: object = viewer.say(f"catalogue.tonight_{change.part if change.part in KNOWN else 'roster'}")
    if change.part == "targets":
        tonight = _foreseen(visit, preview.foreseen[change.key[0]])
    tonight = tag("span", tonight, class_="said")
    rows: list[list[object]] = []
    for field in change.fields:
        before = viewer.say("catalogue.new") if change.before is None else preview.before(change, field)
        entry = [part, _entry(visit, change)] if not rows else ["〃", "〃"]
        after = _named(visit, change.after.get(field, ""))
        rows.append([*entry, field_title(visit, field), _named(visit, before), after, "" if rows else tonight])
    return rows or [[part, _entry(visit, change), "", viewer.say("catalogue.new"), "", tonight]]


def _named(visit: Visit, value: str) -> str:
    """A unit's id with its name; all else as it is."""
    return f"{visit.unit_name(value)}（{value}）" if value in visit.declarations.units else value


KNOWN = ("units", "holidays", "silences")


def _entry(visit: Visit, change: Change) -> str:
    first = change.key[0]
    match change.part:
        case "units":
            return change.after.get(f"name_{visit.viewer.lang}") or first
        case "targets":
            return visit.viewer.say("catalogue.nth", metric=visit.metric_name(first), n=change.key[1])
        case "holidays":
            return first
        case "silences":
            return silenced_words(visit, change.after)
    return " ".join(filter(None, [visit.unit_name(change.after["unit"]) if "unit" in change.after else "", first]))


def silenced_words(visit: Visit, row: Mapping[str, str]) -> str:
    """All that a silence names: a finding, a unit, a target."""
    parts = [visit.viewer.say("rules.finding", id=row["finding"])] if row.get("finding") else []
    parts += [visit.unit_name(row["unit"])] if row.get("unit") else []
    parts += [visit.target_name(row["target"])] if row.get("target") else []
    return " · ".join(parts)


def _foreseen(visit: Visit, found: Foreseen) -> str:
    """Which lights would turn by the figures as they are."""
    viewer = visit.viewer
    if not found.is_known:
        return viewer.say("catalogue.night_tells")
    if not found.falls_short and not found.is_met:
        return viewer.say("catalogue.no_light")
    said = []
    for key, turned in (("falls_short", found.falls_short), ("is_met", found.is_met)):
        if turned:
            named = [f"{visit.unit_name(unit)} {period_words(period, viewer.lang)}" for unit, period in turned]
            join = text("letters.join", viewer.lang)
            shown = join.join(named[:MOST_NAMED]) + ("…" if len(named) > MOST_NAMED else "")
            said.append(viewer.say(f"catalogue.{key}", n=len(turned), units=shown))
    return " ".join(said)
