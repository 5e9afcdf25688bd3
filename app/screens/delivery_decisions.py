"""What waits for a decision, and the forms under one delivery: a data steward lets it in, or takes it out again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.acting import MOST_SIGNS, accept, withdraw
from app.markup import Html, anchor, joined, notice, table, tag
from app.pending import Line, fillers_of, is_list, lines_of, pending
from app.visit import Visit
from app.wording import text

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
    if row["state"] == "held" and is_list(row):
        _forms_of_list(visit, row, is_accepted)
        return
    if row["state"] == "held" and not is_accepted:
        _form(visit, row["id"], "accept", "comment", "accepted", accept)
    if row["state"] in ("held", "in_force"):
        _form(visit, row["id"], "withdraw", "withdraw_why", "withdrawn", withdraw)


def _forms_of_list(visit: Visit, row: Row, is_accepted: bool) -> None:
    """Who did not fill a list of corrections in approves or refuses it; who did reads that another must."""
    say, fillers = visit.viewer.say, fillers_of(visit, row)
    named = text("letters.join", visit.viewer.lang).join(fillers)
    st.html(tag("p", say("acting.filled_in_by", who=named), class_="say"))
    if visit.viewer.who in fillers:
        st.html(notice(say("acting.second_person")))
    elif not is_accepted:
        _form(visit, row["id"], "approve", "comment", "accepted", accept)
    _form(visit, row["id"], "refuse", "refuse_why", "refused", withdraw)


def pending_line(visit: Visit) -> Html:
    """How many deliveries wait for whom, in a sentence that leads to them; nothing where none waits."""
    viewer, waits = visit.viewer, pending(visit)
    if not waits:
        return Html("")
    lists = sum(is_list(row) for row in waits)
    said = viewer.say("pending.count", lists=lists, files=len(waits) - lists)
    return tag("p", joined([said, anchor(viewer.link("deliveries", year=None), viewer.say("pending.see"))], " "))


def pending_table(visit: Visit) -> Html:
    """Each of them with whom it waits for and why; nothing where none waits."""
    viewer, waits = visit.viewer, pending(visit)
    if not waits:
        return Html("")
    title = viewer.say("pending.title", n=len(waits))
    heads = [viewer.say(f"deliveries.{name}") for name in ("file", "received", "supplier", "dataset")]
    heads += [viewer.say("pending.whom"), viewer.say("deliveries.say")]
    rows = [
        [anchor(viewer.link(delivery=row["id"], page=None), row["file_name"]), row["received_on"].isoformat(),
         visit.unit_name(row["supplier"]) if row["supplier"] else "", visit.dataset_name(row["dataset"]),
         viewer.say("pending.second_person" if is_list(row) else "pending.steward"),
         tag("span", (row["say_en"] if viewer.lang == "en" and row["say_en"] else row["say"]) or "", class_="said")]
        for row in waits
    ]  # fmt: skip
    return joined([tag("h2", title, class_="part"), table(heads, rows, caption=title, class_="rows")])


def correction_lines(visit: Visit, row: Row) -> Html:
    """What a list of corrections would put right, line by line, for who decides on it; nothing of other deliveries."""
    if not is_list(row):
        return Html("")
    viewer, title = visit.viewer, visit.viewer.say("pending.lines")
    names = ("dataset", "key", "column", "old", "new", "basis", "document", "entered_by")
    heads = [viewer.say("pending.row"), *(viewer.say(f"pending.{name}") for name in (*names, "is_taken"))]
    rows = [[line.row, *(line.said[name] for name in names), _taken(visit, line)] for line in lines_of(visit, row)]
    shown = table(heads, rows, caption=title, class_="rows lines", empty=viewer.say("pending.no_lines"))
    return joined([tag("h2", title, class_="part"), shown])


def _taken(visit: Visit, line: Line) -> str:
    return visit.viewer.say("pending.taken" if line.is_taken else "pending.left_out")


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
