"""The trend of a figure: both sides in every period, as a chart and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.markup import anchor, joined, table, tag
from app.visit import Visit
from app.wording import period_words

# As many periods as can be told apart at 390 px.
LAST = {"month": 24, "quarter": 12, "year": 10}
BLUE = ("#8aa4c0", "#1f4e79")
Row = Mapping[str, Any]


def render_trend(visit: Visit, metric: str, figures: Sequence[Row]) -> None:
    """Draw the trend. Grain in: one figure per period of the chosen unit."""
    viewer = visit.viewer
    lengths = [every for every in ("month", "quarter", "year") if any(row["every"] == every for row in figures)]
    st.html(tag("h2", viewer.say("figure.trend"), class_="part"))
    if not lengths:
        st.html(tag("p", viewer.say("figure.no_trend"), class_="empty"))
        return
    asked = viewer.asked.get("every", "")
    every = asked if asked in lengths else lengths[0]
    rows = sorted((row for row in figures if row["every"] == every), key=lambda row: str(row["period"]))
    rows = rows[-LAST[every] :]
    choices = [
        anchor(viewer.link(every=each), viewer.say(f"figure.every_{each}"), "here" if each == every else None)
        for each in lengths
    ]
    is_rate = visit.declarations.metrics[metric].denominator is not None
    say = viewer.say("figure.trend_say" if is_rate else "figure.trend_say_count")
    st.html(tag("p", joined([say, *choices], " "), class_="say"))
    is_alone = len(rows) == 1
    if not is_alone:
        _chart(visit, rows, is_rate)
    heads = [viewer.say("figure.period"), *_names(visit, is_rate)]
    body = [
        [period_words(row["period"], viewer.lang), visit.shown(row["numerator"])]
        + ([visit.shown(row["denominator"])] if is_rate else [])
        for row in reversed(rows)
    ]
    title = viewer.say("figure.trend_table")
    more = joined([tag("summary", title), table(heads, body, caption=title)])
    st.html(tag("details", more, class_="more", open="open" if is_alone else None))


def _names(visit: Visit, is_rate: bool) -> list[str]:
    say = visit.viewer.say
    return [say("figure.numerator"), say("figure.denominator")] if is_rate else [say("figure.count")]


def _chart(visit: Visit, rows: Sequence[Row], is_rate: bool) -> None:
    import altair as alt
    import polars as pl

    names = _names(visit, is_rate)
    sides = ("numerator", "denominator")[: len(names)]
    values = [
        {"period": row["period"], "side": name, "n": float(row[side] or 0)}
        for row in rows
        for side, name in zip(sides, names, strict=True)
    ]
    order = list(reversed(names))
    chart = (
        alt.Chart(pl.DataFrame(values))
        .mark_bar()
        .encode(
            x=alt.X("period:O", title=None),
            xOffset=alt.XOffset("side:N", sort=order),
            y=alt.Y("n:Q", title=None, stack=None, axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("side:N", title=None, sort=order, scale=alt.Scale(domain=order, range=BLUE[-len(order) :]),
                            legend=alt.Legend(orient="top")),
            tooltip=[alt.Tooltip("period:O", title=visit.viewer.say("figure.period")),
                     alt.Tooltip("side:N", title=" "), alt.Tooltip("n:Q", title=" ")],
        )
        .properties(height=240)
    )  # fmt: skip
    st.altair_chart(chart, theme=None)
