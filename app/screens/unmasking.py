"""Rows in the clear: who has the right types a reason and sees one page of rows unmasked, until the next click."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import streamlit as st

from app.acting import MOST_SIGNS, unmask
from app.markup import notice, tag
from app.visit import Visit
from warehouse.masking import personal_columns
from warehouse.metric_rows import datasets_behind
from warehouse.scope import ScopedSnapshot


@dataclass(frozen=True)
class Asked:
    """Which rows are on the page: of which figure, which side, from where and how many. So the audit keeps it."""

    metric: str
    period: str
    unit: str | None
    town: str | None
    side: str
    start: int
    count: int


def ask_unmasked(visit: Visit, rows: Asked) -> Visit | None:
    """Draw the form for who may, and give the visit that reads unmasked on the one drawing in which it was sent.

    Nothing is drawn where nothing is masked; of data that is declared sensitive a sentence says that it stays so.
    """
    viewer, datasets = visit.viewer, datasets_behind(visit.declarations, rows.metric)
    hides = personal_columns(visit.declarations, visit.declarations.metrics[rows.metric].of, datasets)
    if not rows.count or not viewer.may("unmask") or not (hides or rows.side == "quarantine"):
        return None
    if not (isinstance(visit.snapshot, ScopedSnapshot) and datasets and visit.snapshot.may_be_clear(datasets)):
        st.html(tag("p", viewer.say("unmask.sensitive"), class_="say"))
        return None
    with st.expander(viewer.say("unmask.title")), st.form(f"unmask:{viewer.lang}:{rows}", clear_on_submit=True):
        st.html(tag("p", viewer.say("unmask.say", who=viewer.who), class_="say"))
        reason = st.text_input(viewer.say("unmask.why"), max_chars=MOST_SIGNS)
        sent = st.form_submit_button(viewer.say("unmask.go"))
    if not sent:
        return None
    clear = unmask(visit, reason, datasets, asdict(rows))
    if isinstance(clear, str):
        st.html(notice(clear, "warn"))
        return None
    st.html(notice(viewer.say("unmask.done"), "warn"))
    return clear
