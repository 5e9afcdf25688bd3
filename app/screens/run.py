"""Run a night now: the button, what the running night does, and how the last one ended."""

from __future__ import annotations

import streamlit as st

from app.markup import notice, tag
from app.running import ended_words, is_running, run_night_now, running_words
from app.viewer import Viewer
from app.visit import Visit
from warehouse.home import Home

EVERY_SECONDS = 2


def run_form(visit: Visit) -> None:
    """Drawn for whoever may run a night; the page is drawn anew, on newer data, once the night is over."""
    viewer, home = visit.viewer, visit.home
    if visit.is_past or not viewer.may("run_night"):
        return
    st.html(tag("h2", viewer.say("run.title"), class_="part"))
    if is_running(home):
        _watch(home, viewer)
        return
    said, kind = ended_words(home, viewer)
    if said:
        st.html(notice(said, kind))
    st.html(tag("p", viewer.say("run.say"), class_="say"))
    if st.button(viewer.say("run.go"), key=f"run:{viewer.lang}:{viewer.screen}"):
        refusal = run_night_now(visit)
        if refusal:
            st.html(notice(refusal, "warn"))
            return
        st.rerun()


@st.fragment(run_every=EVERY_SECONDS)  # type: ignore[untyped-decorator]
def _watch(home: Home, viewer: Viewer) -> None:
    """Drawn by itself every other second while a night runs. It reads nothing but the night's step."""
    if not is_running(home):
        st.rerun()
    st.html(notice(running_words(home, viewer)))
