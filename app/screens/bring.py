"""Bring a file: what would become of it, seen before anything is written; and what already waits for the night."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from app.bringing import (
    NotLookedAt,
    Waiting,
    bring,
    is_liaison,
    seen,
    take_back,
    units_to_bring_for,
    waiting,
)
from app.markup import notice, table, tag
from app.screens.looked_at import looked_at
from app.screens.uploads import forget
from app.visit import CLOCK, Visit
from warehouse.looked_at import FileSeen

# The box of the next file; what was seen of which; what was last answered.
TURN, SEEN, ANSWER = "bring_turn", "bring_seen", "bring_answer"
MOST_LISTED, MOST_BUTTONS = 100, 20


def bring_forms(visit: Visit) -> None:
    """The box for a file with what it would become, for whoever may deliver; below it what waits, for everybody."""
    if visit.is_past:
        return
    if units_to_bring_for(visit):
        _box(visit)
    _waiting(visit)


def _box(visit: Visit) -> None:
    viewer = visit.viewer
    st.html(tag("h2", viewer.say("bring.title"), class_="part"))
    whose = "bring.say_own" if is_liaison(viewer) else "bring.say"
    say = viewer.say(whose, unit=visit.unit_name(viewer.unit), most=st.get_option("server.maxUploadSize"))
    st.html(tag("p", say, class_="say"))
    turn = st.session_state.setdefault(TURN, 0)
    given = st.file_uploader(viewer.say("bring.file"), key=f"bring:{viewer.lang}:{turn}")
    if given is None:
        about, told, kind = st.session_state.get(ANSWER, ("", "", ""))
        if about == _here(visit):
            st.html(notice(told, kind))
        return
    st.session_state.pop(ANSWER, None)
    unit = _unit_box(visit, turn)
    try:
        found = _seen(visit, given, unit)
    except NotLookedAt as refused:
        st.html(notice(str(refused), "warn"))
        return
    st.html(looked_at(visit, found))
    _decide(visit, given, found)


def _unit_box(visit: Visit, turn: int) -> str:
    """Whose file it is. A liaison is not asked."""
    viewer = visit.viewer
    if is_liaison(viewer):
        return viewer.unit
    by_content = viewer.say("bring.by_content")

    def named(one: str) -> str:
        return visit.unit_name(one) if one else by_content

    units = ["", *units_to_bring_for(visit)]
    key = f"bring_unit:{viewer.lang}:{turn}"
    return str(st.selectbox(viewer.say("bring.unit"), units, key=key, format_func=named))


def _seen(visit: Visit, given: Any, unit: str) -> FileSeen:
    """Read once per file and unit, however often the page is drawn."""
    about, found = st.session_state.get(SEEN, (None, None))
    if about != (given.file_id, unit) or not isinstance(found, FileSeen):
        with st.spinner(visit.viewer.say("bring.reading")):
            found = seen(visit, given.name, given.getvalue(), unit)
        st.session_state[SEEN] = (given.file_id, unit), found
    return found


def _decide(visit: Visit, given: Any, found: FileSeen) -> None:
    viewer = visit.viewer
    row = st.container(horizontal=True)
    if found.may_be_brought and found.unit:
        go = viewer.say("bring.go", unit=visit.unit_name(found.unit))
        if row.button(go, type="primary", key=f"bring_go:{viewer.lang}"):
            refusal = bring(visit, found, given.getvalue())
            said, kind = (refusal, "warn") if refusal else (viewer.say("bring.done", file=found.name), "note")
            if refusal:
                st.html(notice(said, kind))
                return
            _forget(given)
            st.session_state[ANSWER] = _here(visit), said, kind
            st.rerun()
    if row.button(viewer.say("bring.cancel"), key=f"bring_no:{viewer.lang}"):
        _forget(given)
        st.session_state[ANSWER] = _here(visit), viewer.say("bring.cancelled"), "note"
        st.rerun()


def _here(visit: Visit) -> str:
    """Whom an answer is for, and until when: the next night does what it promised."""
    return f"{visit.viewer.lang}:{visit.night['id']}"


def _forget(given: Any) -> None:
    forget(given)
    st.session_state.pop(SEEN, None)
    st.session_state[TURN] += 1


def _waiting(visit: Visit) -> None:
    """What the next night will take, with who brought it; whoever may bring may take back."""
    viewer = visit.viewer
    found = waiting(visit)
    heads = [viewer.say(f"bring.{name}") for name in ("file", "note", "unit", "lies_since", "who", "bytes")]
    begun = datetime.fromisoformat(str(visit.night["started_at"]))
    rows = [_waits(visit, one, begun) for one in found[:MOST_LISTED]]
    title = viewer.say("bring.waiting", n=len(found))
    st.html(tag("h2", title, class_="part"))
    st.html(table(heads, rows, caption=title, class_="rows", empty=viewer.say("bring.nothing_waits")))
    if len(found) > MOST_LISTED:
        st.html(tag("p", viewer.say("bring.cut", shown=MOST_LISTED, of=len(found)), class_="say"))
    mine = [one for one in found if one.who and one.unit in units_to_bring_for(visit)]
    for one in mine[:MOST_BUTTONS]:
        _take_back(visit, one)


def _waits(visit: Visit, one: Waiting, begun: datetime) -> list[object]:
    """One line. What lay there when the last night began was not taken by it."""
    viewer = visit.viewer
    note = viewer.say("bring.left_lying" if one.file.modified_at < begun else "bring.next_night")
    return [
        one.file.name, tag("span", note, class_="said"),
        visit.unit_name(one.unit) if one.unit else viewer.say("bring.nobody"),
        one.file.modified_at.astimezone(CLOCK).strftime("%Y-%m-%d %H:%M"), one.who or viewer.say("bring.by_folder"),
        f"{one.file.size:,}",
    ]  # fmt: skip


def _take_back(visit: Visit, one: Waiting) -> None:
    viewer = visit.viewer
    key = f"back:{viewer.lang}:{one.unit}:{one.sha256}"
    if st.button(viewer.say("bring.take_back", file=one.file.name), key=key):
        refusal = take_back(visit, one.sha256, one.unit)
        said = refusal or viewer.say("bring.taken_back", file=one.file.name)
        st.session_state[ANSWER] = _here(visit), said, "warn" if refusal else "note"
        st.rerun()
