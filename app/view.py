"""The oversight view: one page frame, a screen for each question. It reads snapshot and ledger; acts are acting.py."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import streamlit as st

from app.exports import leaving
from app.markup import Html, anchor, badge, joined, notice, tag
from app.opening import NothingToShow, opened, read_by
from app.screens import (
    changes,
    check,
    deliveries,
    figure,
    findings,
    lights,
    operations,
    priorities,
    province,
    report,
    responsible,
    rules,
    tonight,
)
from app.sessions import DEMO
from app.sign_in import COOKIE, OUT, PASSWORD
from app.viewer import PROVINCE, SCREENS, UNLISTED, Viewer, read_viewer
from app.visit import STALE_HOURS, Visit, county_name, county_told
from app.wording import day_words
from warehouse.home import Home

STYLE = Path(__file__).parent / "theme.css"
RENDER = {
    "tonight": tonight.render, "lights": lights.render, "figure": figure.render, "findings": findings.render,
    "responsible": responsible.render, "priorities": priorities.render, "deliveries": deliveries.render,
    "report": report.render, "check": check.render, "rules": rules.render, "operations": operations.render,
    "changes": changes.render,
}  # fmt: skip
log = logging.getLogger("ducha.view")


def show() -> None:
    """Draw the page that the address asks for. Whatever goes wrong reads as a sentence, never as a traceback."""
    viewer = read_viewer(st.query_params.to_dict())
    home = Home(Path(os.environ.get("DUCHA_HOME", "./var")))
    st.set_page_config(page_title=viewer.say("product"), layout="wide")
    st.html(STYLE)
    try:
        # Asked at every drawing: a session may have ended while the page stood open.
        viewer = read_by(home, viewer, st.context.cookies.get(COOKIE, ""))
        if viewer.screen == PROVINCE:
            with province.opened_province(home, viewer) as counties:
                _head(home, viewer, {})
                st.html(province.content(counties, viewer))
            return
        with opened(home, viewer) as visit:
            _head(home, viewer, visit.snapshot.meta)
            _say_which_data(visit)
            RENDER[viewer.screen](visit)
    except NothingToShow as nothing:
        _head(home, viewer, {})
        st.html(notice(str(nothing)))
    except Exception:
        log.exception("the screen %s failed: %s", viewer.screen, dict(viewer.asked))
        st.html(notice(viewer.say("trouble.broken"), "bad"))


def _head(home: Home, viewer: Viewer, meta: Mapping[str, str]) -> None:
    """County, mark of sample data, and the links to the screens and to the other language."""
    told = meta.get("county_en" if viewer.lang == "en" else "county") or meta.get("county")
    name = told or county_name(home, viewer.say("product"), viewer.lang)
    is_sample = meta.get("sample") == "true" or county_told(home).get("sample") is True
    mark = badge(viewer.say("sample"), "sample") if is_sample else Html("")
    title = tag("div", joined([tag("h1", name), tag("span", viewer.say("product")), mark]), class_="county")
    # The head leads to the beginning of a screen, also from deep in it; the night that is looked at stays.
    plain = replace(viewer, asked={name: value for name, value in viewer.asked.items() if name == "on"})
    links = [
        anchor(plain.link(screen), viewer.say(f"nav.{screen}"), "here" if screen == viewer.screen else None)
        for screen in SCREENS
        if screen not in UNLISTED and viewer.may(screen)
    ]
    if viewer.may(PROVINCE) and province.lake_of(home):
        here = "here" if viewer.screen == PROVINCE else None
        links.append(anchor(plain.link(PROVINCE), viewer.say("province.title"), here))
    other = anchor(
        viewer.in_language("zh" if viewer.lang == "en" else "en").link(), viewer.say("other_language"), "language"
    )
    nav = tag("nav", joined([*links, other, *_account(viewer)]), aria_label=viewer.say("nav.screens"))
    st.html(tag("header", joined([title, nav]), class_="ducha"))


def _account(viewer: Viewer) -> list[Html]:
    """Who is signed in, and the way out; whoever came by a sign-in link has no password to change."""
    if viewer.role is None:
        return []
    lang = f"?lang={viewer.lang}"
    out = anchor(OUT + lang, viewer.say("sign_out"), title=viewer.who)
    return (
        [out] if viewer.who == DEMO else [anchor(PASSWORD + lang, viewer.who, title=viewer.say("change_password")), out]
    )


def _say_which_data(visit: Visit) -> None:
    """Which data this is, how old, whether it has just changed, and whether a later night failed."""
    viewer, night = visit.viewer, visit.night
    # What app/watch.js says once another night is the current one; an earlier night is shown because it was asked for.
    waits = {"data_night": night["id"], "data_newer": viewer.say("data.waiting", night="{night}")}
    waits |= {"data_take": viewer.say("data.take")}
    lines = [tag("p", visit.stands(), class_="stands", **({} if visit.is_past else waits))]
    hours = visit.hours_behind()
    if hours >= STALE_HOURS and not visit.is_past:
        lines.append(notice(viewer.say("data.stale", n=max(1, hours // 24)), "warn"))
    latest = visit.nights[0]
    if latest["state"] == "failed":
        on = day_words(latest["business_date"], viewer.lang)
        lines.append(notice(viewer.say("data.failed", on=on, night=night["id"]), "warn"))
    if visit.is_past:
        st.session_state.pop("night", None)
    elif st.session_state.setdefault("night", night["id"]) != night["id"]:
        lines.append(notice(viewer.say("data.newer", night=night["id"])))
        st.session_state["night"] = night["id"]
    st.html(joined([*lines, changes.past_line(visit), leaving(visit)]))
