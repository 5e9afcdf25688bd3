"""The form under one finding: the moves that the reader's role may make in its present state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.acting import MOST_EVIDENCE, MOST_SIGNS, move, person_of, units_to_refer_to
from app.markup import notice, tag
from app.screens.uploads import forget
from app.visit import Visit
from app.wording import move_word, reason_word, text
from expectations.lifecycle import MOVES, REASONS, Said, moves_open

Row = Mapping[str, Any]
MOST_DAYS = 250
# What was last answered, and to which form: it stands until another is sent, however often the page is drawn.
ANSWER = "move_answered"


def move_form(visit: Visit, row: Row) -> None:
    """Draw the form, and make the move once it is sent. Who may only look sees none."""
    viewer, person = visit.viewer, person_of(visit.viewer)
    if person is None:
        return
    st.html(tag("h2", viewer.say("acting.title"), class_="part"))
    if visit.is_past:
        st.html(notice(viewer.say("acting.past")))
        return
    about, told = st.session_state.get(ANSWER, ("", ""))
    if about == _done_at(visit, row):
        st.html(notice(told))
    if person.role == "liaison" and person.unit != row["owner"]:
        st.html(notice(viewer.say("acting.owner_only", unit=visit.unit_name(row["owner"]))))
        return
    offered = moves_open(row, person)
    if not offered:
        st.html(notice(viewer.say("acting.nothing")))
        return
    st.html(tag("p", viewer.say("acting.as", who=viewer.who, role=text(f"roles.{viewer.role}", viewer.lang)),
                class_="say"))  # fmt: skip
    # A move that was made makes a new, empty form.
    key = f"{row['id']}:{len(visit.events_of(row['id']))}:{viewer.lang}"
    action = st.selectbox(viewer.say("acting.move"), offered, format_func=lambda one: move_word(one, viewer.lang),
                          key=f"move:{key}")  # fmt: skip
    _ask(visit, row, action, f"{key}:{action}")


def _ask(visit: Visit, row: Row, action: str, key: str) -> None:
    viewer, needs = visit.viewer, MOVES[action].needs
    reason, days, unit, file = "", 0, "", None
    with st.form(key):
        if "reason" in needs:
            reason = st.selectbox(viewer.say("acting.reason"), REASONS, index=None, key=f"reason:{key}",
                                  placeholder=viewer.say("acting.choose"),
                                  format_func=lambda one: reason_word(one, viewer.lang))  # fmt: skip
        if "days" in needs:
            days = st.number_input(viewer.say("acting.days"), 1, MOST_DAYS, key=f"days:{key}")
        if "unit" in needs:
            others = [one for one in units_to_refer_to(visit) if one != row["owner"]]
            unit = st.selectbox(viewer.say("acting.unit"), others, index=None, format_func=visit.unit_name,
                                placeholder=viewer.say("acting.choose"), key=f"unit:{key}")  # fmt: skip
        if "evidence" in needs:
            most = min(MOST_EVIDENCE // 1024 // 1024, st.get_option("server.maxUploadSize"))
            file = st.file_uploader(viewer.say("acting.evidence_file", most=most), key=f"evidence:{key}")
        label = "comment_needed" if "comment" in needs else "comment"
        comment = st.text_area(viewer.say(f"acting.{label}"), max_chars=MOST_SIGNS, key=f"comment:{key}")
        sent = st.form_submit_button(viewer.say("acting.go", what=move_word(action, viewer.lang)), type="primary")
    if sent:
        _send(visit, row, action, key, Said(comment.strip(), reason or "", int(days), unit or ""), file)
    about, told = st.session_state.get(ANSWER, ("", ""))
    if about == key:
        st.html(notice(told, "warn"))


def _done_at(visit: Visit, row: Row) -> str:
    return f"{row['id']}:{visit.viewer.lang}"


def _send(visit: Visit, row: Row, action: str, key: str, said: Said, file: Any) -> None:
    viewer, needs = visit.viewer, MOVES[action].needs
    asked = (("reason", said.reason), ("unit", said.unit), ("evidence", file))
    missing = next((one for one, given in asked if one in needs and not given), "")
    if missing:
        refusal = viewer.say("acting.missing", what=viewer.say(f"acting.{missing}"))
    else:
        refusal = move(visit, row["id"], action, said, (file.name, file.getvalue()) if file else None)
    if refusal:
        st.session_state[ANSWER] = key, refusal
        return
    if file:
        forget(file)
    st.session_state[ANSWER] = _done_at(visit, row), viewer.say("acting.done", what=move_word(action, viewer.lang))
    st.rerun()
