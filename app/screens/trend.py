"""The trend of a figure: both sides in every period, beside the same period of the year before and the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from app.markup import Html, anchor, joined, table, tag
from app.visit import Visit
from app.wording import percent_words, period_words
from warehouse.comparing import bound_on, counted_periods, previous_year, rule_changed
from warehouse.periods import period_named

# As many periods as can be told apart at 390 px.
LAST = {"month": 24, "quarter": 12, "year": 10}
BLUE = ("#8aa4c0", "#1f4e79")
LINES: dict[str, tuple[str, list[int], str]] = {
    "now": ("#1f4e79", [1, 0], "circle"),
    "before": ("#8aa4c0", [6, 3], "square"),
    "bound": ("#a40e26", [2, 2], "triangle"),
}
HEIGHT = 200
Row = Mapping[str, Any]


def render_trend(visit: Visit, metric: str, figures: Sequence[Row]) -> None:
    """Draw the trend. Grain in: one figure per period of the chosen unit."""
    viewer = visit.viewer
    every, rows = _chosen(visit, figures)
    st.html(tag("h2", viewer.say("figure.trend"), class_="part"))
    if not rows:
        st.html(tag("p", viewer.say("figure.no_trend"), class_="empty"))
        return
    choices = [
        anchor(viewer.link(every=each), viewer.say(f"figure.every_{each}"), "here" if each == every else None)
        for each in _lengths(figures)
    ]
    is_rate = visit.declarations.metrics[metric].denominator is not None
    say = viewer.say("figure.trend_say" if is_rate else "figure.trend_say_count")
    st.html(tag("p", joined([say, *choices], " "), class_="say"))
    is_alone = len(rows) == 1
    if not is_alone:
        _sides_chart(visit, rows, is_rate)
        _value_chart(visit, values_of(visit, metric, figures, rows), is_rate)
    more = joined([tag("summary", viewer.say("figure.trend_table")), trend_table(visit, metric, figures)])
    st.html(tag("details", more, class_="more", open="open" if is_alone else None))


def trend_table(visit: Visit, metric: str, figures: Sequence[Row]) -> Html:
    """Both sides in every period, with the value, that of the year before, and the target; the latest first."""
    viewer = visit.viewer
    is_rate = visit.declarations.metrics[metric].denominator is not None
    rows = _chosen(visit, figures)[1]
    body = []
    for row, held in zip(rows, values_of(visit, metric, figures, rows), strict=True):
        sides = [visit.shown(row["numerator"])] + ([visit.shown(row["denominator"])] if is_rate else [])
        shown = [_words(visit, held[name], is_rate) for name in (("now",) if is_rate else ()) + ("before", "bound")]
        body.append([period_words(row["period"], viewer.lang), *sides, *shown])
    heads = [viewer.say("figure.period"), *_names(visit, is_rate), *([viewer.say("figure.value")] if is_rate else [])]
    heads += [viewer.say("figure.last_year"), viewer.say("figure.target")]
    return table(heads, list(reversed(body)), caption=viewer.say("figure.trend_table"))


def values_of(visit: Visit, metric: str, figures: Sequence[Row], rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Per period its value `now`, the same of the year `before`, and the `bound` that it is judged by.

    A rate is a fraction. None where nothing was counted or the rows are not all there, of last year also where its
    counting rule was another one, and where the period is of a length that the target does not judge.
    """
    declared = visit.declarations.metrics[metric]
    held = {row["period"]: row for row in figures}
    # A month without any delivery behind it counts 0, and that is no figure.
    wanted = {name for row in rows for name in (row["period"], _before(row["period"]))} & held.keys()
    counted = counted_periods(visit.snapshot, metric, wanted)
    found = []
    for row in rows:
        earlier = _before(row["period"])
        is_same_rule = not rule_changed(declared, period_named(earlier), period_named(row["period"]))
        before = _value(held[earlier]) if earlier in counted and is_same_rule else None
        now = _value(row) if row["period"] in counted else None
        bound = _bound(visit, metric, row["period"])
        found.append({"period": row["period"], "now": now, "before": before, "bound": bound})
    return found


def _before(period: str) -> str:
    return previous_year(period_named(period)).name


def _value(row: Row) -> Decimal | None:
    """A rate as a fraction, a count as it is; 0/0 is nothing."""
    if row["denominator"] is None:
        return Decimal(row["numerator"] or 0)
    return Decimal(row["numerator"] or 0) / Decimal(row["denominator"]) if row["denominator"] else None


def _bound(visit: Visit, metric: str, period: str) -> Decimal | None:
    """The number that the target of the period's own day names, if it judges periods of that length."""
    span = period_named(period)
    for target in reversed(visit.declarations.targets.get(metric, ())):
        is_in_force = target.since <= span.end and (target.until is None or target.until >= span.start)
        if is_in_force and target.judged.every == span.every:
            return bound_on(visit.declarations, target, span)
    return None


def _words(visit: Visit, value: Decimal | None, is_rate: bool) -> str:
    if value is None:
        return ""
    return percent_words(value) if is_rate else visit.shown(value)


def _lengths(figures: Sequence[Row]) -> list[str]:
    return [every for every in LAST if any(row["every"] == every for row in figures)]


def _chosen(visit: Visit, figures: Sequence[Row]) -> tuple[str, list[Row]]:
    """The length of period that the address names, else the shortest there is, and its last figures."""
    lengths = _lengths(figures)
    asked = visit.viewer.asked.get("every", "")
    every = asked if asked in lengths else next(iter(lengths), "month")
    rows = sorted((row for row in figures if row["every"] == every), key=lambda row: str(row["period"]))
    return every, rows[-LAST[every] :]


def _names(visit: Visit, is_rate: bool) -> list[str]:
    say = visit.viewer.say
    return [say("figure.numerator"), say("figure.denominator")] if is_rate else [say("figure.count")]


def _sides_chart(visit: Visit, rows: Sequence[Row], is_rate: bool) -> None:
    """Bars of both sides, the darker one in front in every print."""
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
        .properties(height=HEIGHT)
    )  # fmt: skip
    st.altair_chart(chart, theme=None)


def _value_chart(visit: Visit, values: Sequence[Mapping[str, Any]], is_rate: bool) -> None:
    """The value as a line beside last year's and the target's, each told apart by its dashes and its point.

    Nothing where neither last year nor a target is there to hold it against.
    """
    import altair as alt
    import polars as pl

    say = visit.viewer.say
    names = {"now": say("figure.this_year"), "before": say("figure.last_year"), "bound": say("figure.target")}
    drawn = [name for name in names if any(row[name] is not None for row in values)]
    if drawn in ([], ["now"]):
        return
    scale = 100 if is_rate else 1
    points = [
        {"period": row["period"], "line": names[name], "n": float(row[name] * scale)}
        for row in values
        for name in drawn
        if row[name] is not None
    ]
    order = [names[name] for name in drawn]
    ranges = [[LINES[name][at] for name in drawn] for at in range(3)]
    colours, dashes, shapes = (alt.Scale(domain=order, range=one) for one in ranges)
    legend = alt.Legend(orient="top")
    chart = (
        alt.Chart(pl.DataFrame(points))
        .mark_line(point=alt.OverlayMarkDef(size=45))
        .encode(
            x=alt.X("period:O", title=None),
            y=alt.Y("n:Q", title="%" if is_rate else None),
            color=alt.Color("line:N", title=None, sort=order, scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("line:N", title=None, sort=order, scale=dashes, legend=legend),
            shape=alt.Shape("line:N", sort=order, title=None, scale=shapes, legend=legend),
            tooltip=[alt.Tooltip("period:O", title=say("figure.period")), alt.Tooltip("line:N", title=" "),
                     alt.Tooltip("n:Q", title=" ", format=".1f" if is_rate else "")],
        )
        .properties(height=HEIGHT)
    )  # fmt: skip
    st.altair_chart(chart, theme=None)
