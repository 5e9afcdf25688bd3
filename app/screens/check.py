"""Check a text: paste any report, and see each of its numbers agree with the rows, differ, or have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from app.markup import Html, anchor, joined, notice, table, tag
from app.report.check_words import check_word, counted_words, difference_words
from app.report.checking import STATES, Checked, check_draft, year_of
from app.report.drafts import Draft, DraftRefused, draft_of
from app.report.figures import Figure, Figures
from app.report.phrases import patterns_of
from app.screens.choice import asked_box
from app.visit import Visit
from app.wording import period_words

MOST_SIGNS = 100_000
# What became of a number -> its shape, and the standing whose colour it takes; the word stands in the table and below.
SHAPES = {
    "agrees": ("●", "met"), "differs": ("■", "short"), "no_rows": ("□", "missing"), "not_traced": ("○", "not_due"),
    "not_placed": ("◇", "not_applicable"),
}  # fmt: skip


def render(visit: Visit) -> None:
    """Draw the box for the text and, once there is one, the text with its numbers marked."""
    viewer = visit.viewer
    st.html(joined([
        tag("h2", viewer.say("check.title"), class_="part"), tag("p", viewer.say("check.say"), class_="say"),
    ]))  # fmt: skip
    written = st.text_area(viewer.say("check.text"), key="draft", height=180, max_chars=MOST_SIGNS)
    years = sorted({row["period"][:4] for row in visit.snapshot.figures(unit=None, town=None)}, reverse=True)
    units = [unit for unit, held in visit.declarations.units.items() if held.kind in ("department", "town")]
    left, right = st.columns(2)
    with left:
        named = asked_box(
            visit, "year", ["", *years], lambda one: one or viewer.say("check.year_of_text"), "check.year"
        )
    with right:
        unit = asked_box(visit, "unit", ["", *units], visit.unit_name, "check.unit")
    st.button(viewer.say("check.go"), type="primary")
    if not written.strip():
        return
    try:
        draft = draft_of(written.encode(), check_word("pasted", viewer.lang))
    except DraftRefused as refused:
        st.html(notice(str(refused), "warn"))
        return
    year = named or year_of(draft)
    if year is None:
        st.html(notice(viewer.say("check.no_year"), "warn"))
        return
    patterns = patterns_of(visit.declarations, visit.home.catalogue)
    found = check_draft(Figures(visit.snapshot, year), draft, patterns, unit or None)
    st.html(_result(visit, draft, found, year, visit.unit_name(unit)))


def _result(visit: Visit, draft: Draft, found: Sequence[Checked], year: str, whose: str) -> Html:
    """How many of each, what differs as a table, and the whole text with its numbers marked."""
    viewer = visit.viewer
    counts = Counter(one.state for one in found)
    told = [joined([_mark(state), f"{check_word(f'states.{state}', viewer.lang)} {counts[state]}"], " ")
            for state in STATES if counts[state]]  # fmt: skip
    if not told:
        return notice(viewer.say("check.no_number"))
    head = tag("p", viewer.say("check.against", year=period_words(year, viewer.lang), whose=whose), class_="say")
    differing = [one for one in found if one.state == "differs"]
    heads = [check_word(name, viewer.lang) for name in ("written", "metric", "counted", "difference")]
    rows = [[one.written, _figure(visit, one), _counted(one),
             difference_words(one, visit.declarations, viewer.lang)] for one in differing]  # fmt: skip
    wrong = table(heads, rows, caption=viewer.say("check.title"), class_="rows", empty=viewer.say("check.none_differs"))
    return joined([head, tag("p", joined(told, "　"), class_="legend"), wrong, _text(visit, draft, found)])


def _mark(state: str) -> Html:
    shape, like = SHAPES[state]
    return tag("span", tag("span", shape, class_="shape", aria_hidden="true"), class_=f"light {like}")


def _figure(visit: Visit, one: Checked) -> Html:
    """The figure that the number was held against, a link to its rows."""
    if one.figure is None:
        return Html("—")
    name = f"{visit.metric_name(one.figure.metric)} · {period_words(one.figure.period, visit.viewer.lang)}"
    return anchor(_address(visit, one, one.figure), name)


def _counted(one: Checked) -> str:
    """The figure as printed; of a rate also its two sides."""
    printed, sides = counted_words(one)
    return f"{printed} {sides}" if "/" in sides else printed


def _address(visit: Visit, one: Checked, figure: Figure) -> str:
    return visit.viewer.link("figure", metric=figure.metric, period=figure.period, unit=one.unit)


def _text(visit: Visit, draft: Draft, found: Sequence[Checked]) -> Html:
    """The text as it was pasted; each number carries the shape of what became of it, and leads to its figure."""
    lang, parts, at = visit.viewer.lang, [], 0
    for one in found:
        if one.start < at:
            continue
        parts.append(_plain(draft.text[at : one.start]))
        said = check_word(f"states.{one.state}", lang)
        counted = _counted(one)
        title = f"{said} · {check_word('counted', lang)} {counted}" if counted else said
        inner = joined([_mark(one.state), one.written])
        parts.append(anchor(_address(visit, one, one.figure), inner, f"checked {one.state}", title) if one.figure else
                     tag("span", inner, class_=f"checked {one.state}", title=title))  # fmt: skip
        at = one.end
    parts.append(_plain(draft.text[at:]))
    return tag("div", joined(parts), class_="draft")


def _plain(words: str) -> Html:
    """Text between numbers; a line of it stays a line. `cell` would make a blank a dash."""
    return joined((tag("span", line) if line.strip() else Html(line) for line in words.split("\n")), "<br>")
