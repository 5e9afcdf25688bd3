"""Rows in the clear: who has the right types a reason and sees a page of rows, or one source row, for one look."""

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
    datasets = datasets_behind(visit.declarations, rows.metric)
    hides = personal_columns(visit.declarations, visit.declarations.metrics[rows.metric].of, datasets)
    if not rows.count or not (hides or rows.side == "quarantine"):
        return None
    return _asked(visit, datasets, asdict(rows), "unmask.say")


def ask_source_unmasked(visit: Visit, dataset: str, delivery: str, row: int) -> Visit | None:
    """The same for one row of one file as its department wrote it."""
    contract = visit.declarations.contracts.get(dataset)
    if contract is None or not any(column.personal for column in contract.columns.values()):
        return None
    return _asked(visit, (dataset,), {"delivery": delivery, "row": row}, "unmask.say_source")


def is_clear(visit: Visit, dataset: str) -> bool:
    """Whether this visit reads the rows of a dataset unmasked."""
    return isinstance(visit.snapshot, ScopedSnapshot) and dataset in visit.snapshot.clear


def _asked(visit: Visit, datasets: tuple[str, ...], told: dict[str, object], say: str) -> Visit | None:
    """The form, and what it gave; `told` is what the audit says was looked at."""
    viewer = visit.viewer
    if not viewer.may("unmask"):
        return None
    if not (isinstance(visit.snapshot, ScopedSnapshot) and datasets and visit.snapshot.may_be_clear(datasets)):
        st.html(tag("p", viewer.say("unmask.sensitive"), class_="say"))
        return None
    with st.expander(viewer.say("unmask.title")), st.form(f"unmask:{viewer.lang}:{told}", clear_on_submit=True):
        st.html(tag("p", viewer.say(say, who=viewer.who), class_="say"))
        reason = st.text_input(viewer.say("unmask.why"), max_chars=MOST_SIGNS)
        sent = st.form_submit_button(viewer.say("unmask.go"))
    if not sent:
        return None
    clear = unmask(visit, reason, datasets, told)
    if isinstance(clear, str):
        st.html(notice(clear, "warn"))
        return None
    st.html(notice(viewer.say("unmask.done"), "warn"))
    return clear
