"""The forms under one delivery: a data steward lets a held file in, or takes a file out again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.acting import MOST_SIGNS, accept, withdraw
from app.markup import joined, notice, tag
from app.visit import Visit

Row = Mapping[str, Any]
# What was last answered, and to which form: it stands until another is sent, however often the page is drawn.
ANSWER = "decision_answered"


def decision_forms(visit: Visit, row: Row) -> None:
    """Draw what may be decided in the delivery's present state. Nobody but a data steward sees it."""
    viewer = visit.viewer
    if visit.is_past or not viewer.may("decide_deliveries"):
        return
    about, told = st.session_state.get(ANSWER, ("", ""))
    told = told if about == f"{row['id']}:{viewer.lang}" else ""
    is_accepted = row["state"] == "held" and bool((row["decided"] or {}).get("accepted"))
    if told or is_accepted:
        st.html(notice(told or viewer.say("acting.accepted")))
    if row["state"] == "held" and not is_accepted:
        _form(visit, row["id"], "accept", "comment", "accepted", accept)
    if row["state"] in ("held", "in_force"):
        _form(visit, row["id"], "withdraw", "withdraw_why", "withdrawn", withdraw)


def _form(visit: Visit, delivery: str, what: str, asks: str, done: str, act: Callable[[Visit, str, str], str]) -> None:
    say = visit.viewer.say
    head = tag("h2", say(f"acting.{what}"), class_="part")
    st.html(joined([head, tag("p", say(f"acting.{what}_say"), class_="say")]))
    key = f"{what}:{delivery}:{visit.viewer.lang}"
    with st.form(key):
        said = st.text_area(say(f"acting.{asks}"), max_chars=MOST_SIGNS, key=f"said:{key}")
        sent = st.form_submit_button(say(f"acting.{what}_go"), type="primary")
    if sent:
        refusal = act(visit, delivery, said.strip())
        if not refusal:
            st.session_state[ANSWER] = f"{delivery}:{visit.viewer.lang}", say(f"acting.{done}")
            st.rerun()
        st.session_state[ANSWER] = key, refusal
    about, told = st.session_state.get(ANSWER, ("", ""))
    if about == key:
        st.html(notice(told, "warn"))
