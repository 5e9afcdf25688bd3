"""The rows behind a figure: one side at a time, a page at a time, each with its file, sheet and row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from app.letters.cell_words import place_words, tidy
from app.markup import Html, anchor, joined, notice, table, tag
from app.visit import Visit
from app.wording import fill
from warehouse.metric_rows import datasets_behind
from warehouse.periods import period_named
from warehouse.provisional import provisional_columns
from warehouse.trace import Side

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Which figure the rows are of; unit and town None are the county."""

    metric: str
    period: str
    unit: str | None
    town: str | None


def render_rows(visit: Visit, metric: str, period: str, unit: str | None, town: str | None, state: str | None) -> None:
    """Draw the chosen side. A figure that falls short opens at its shortfall."""
    viewer = visit.viewer
    is_rate = visit.declarations.metrics[metric].denominator is not None
    names = {"shortfall": "shortfall", "numerator": "numerator", "denominator": "denominator"} if is_rate else {}
    names = names or {"denominator": "counted"}
    names |= {"quarantine": "quarantine"}
    short = state in ("short", "near") and is_rate
    first = "shortfall" if short else "quarantine" if state == "unsure" else "denominator"
    side = viewer.asked.get("side", first)
    side = side if side in names else first
    st.html(tag("h2", viewer.say("rows.title"), class_="part"))
    key = f"side:{viewer.lang}:{metric}:{period}:{unit}:{town}:{side}"

    def write() -> None:
        st.query_params["side"] = st.session_state[key] or side
        st.query_params.pop("page", None)

    st.segmented_control(
        viewer.say("rows.side"),
        list(names),
        default=side,
        format_func=lambda name: viewer.say(f"rows.{names[name]}"),
        key=key,
        on_change=write,
        required=True,
    )
    if side == "quarantine":
        _quarantine(visit, metric, period, unit)
    else:
        _traced(visit, Place(metric, period, unit, town), cast(Side, side), names[side])


def _traced(visit: Visit, at: Place, side: Side, name: str) -> None:
    viewer, declared = visit.viewer, visit.declarations.metrics[at.metric]
    total = visit.snapshot.trace_count(at.metric, at.period, at.unit, at.town, side)
    start = min(viewer.page(), max(0, total - 1) // visit.page_rows) * visit.page_rows
    rows = visit.snapshot.trace(at.metric, at.period, at.unit, at.town, side, limit=visit.page_rows, offset=start)
    if not rows:
        none = "denominator" if name == "counted" else name
        st.html(tag("p", viewer.say(f"rows.none_{none}"), class_="empty"))
        return
    datasets = datasets_behind(visit.declarations, at.metric)
    columns = [column for column in rows[0] if not column.startswith("_")]
    template = viewer.label(declared.shortfall) if side == "shortfall" and declared.shortfall else ""
    heads = [viewer.say("rows.source"), *([viewer.say("rows.sentence")] if template else [])]
    heads += [visit.column_name(column, datasets) for column in columns]
    body = []
    for row in rows:
        shown = {column: visit.shown(row[column], column, datasets) for column in columns}
        filled = tidy(fill(template, {column: value or "—" for column, value in shown.items()}), "—")
        said = [tag("span", filled, class_="said")] if template else []
        body.append([source_links(visit, row), *said, *shown.values()])
    _page(visit, start, len(rows), total)
    if any(provisional_columns(visit.declarations, row) for row in rows):
        st.html(notice(viewer.say("rows.provisional"), "warn"))
    st.html(table(heads, body, caption=viewer.say("rows.title"), class_="rows"))


def source_links(visit: Visit, row: Row) -> Html:
    """Where a row stands, for each of its sources: a join has one on either side."""
    links = []
    for end in ("", "_2", "_3"):
        if row.get(f"_row{end}") is None:
            continue
        place = {"file": row[f"_file{end}"], "sheet": row[f"_sheet{end}"] or "", "row": row[f"_row{end}"]}
        delivery = row.get(f"_delivery{end}")
        if not delivery:
            of = {"_file": place["file"], "_row": place["row"]}
            links.append(tag("span", place_words(of, visit.declarations, visit.viewer.lang)))
            continue
        say = visit.viewer.say("rows.see_source", **place)
        at = f"{delivery}|{place['row']}|{place['sheet']}"
        links.append(anchor(visit.viewer.link(source=at), say, class_="source"))
    return joined(links, "<br>")


def _quarantine(visit: Visit, metric: str, period: str, unit: str | None) -> None:
    """What was set aside of the datasets that the metric reads, for the unit and period."""
    viewer, span = visit.viewer, period_named(period)
    asked: dict[str, Any] = {
        "dataset": datasets_behind(visit.declarations, metric),
        "unit": unit,
        "start": span.start,
        "end": span.end,
    }
    total = visit.snapshot.quarantine_count(**asked)
    start = min(viewer.page(), max(0, total - 1) // visit.page_rows) * visit.page_rows
    rows = visit.snapshot.quarantine(**asked, limit=visit.page_rows, offset=start)
    _page(visit, start, len(rows), total)
    st.html(quarantine_table(visit, rows))


def quarantine_table(visit: Visit, rows: Sequence[Row]) -> Html:
    """Quarantined rows with cell, content (masked) and the sentence that says what to do."""
    viewer = visit.viewer
    heads = [viewer.say(f"rows.{name}") for name in ("source", "cell", "why", "cell_value", "column", "dataset")]
    body = [
        [
            source_links(visit, row),
            row["cell"],
            row["say_en"] if viewer.lang == "en" and row["say_en"] else row["say"],
            row["value"],
            visit.column_name(row["column"], (row["_dataset"],)) if row["column"] else "",
            visit.dataset_name(row["_dataset"]),
        ]
        for row in rows
    ]
    return table(heads, body, viewer.say("rows.quarantine"), "rows", empty=viewer.say("rows.none_quarantine"))


def _page(visit: Visit, start: int, shown: int, total: int) -> None:
    """Which rows are shown, and buttons to the pages beside; they keep the place on the page, as links would not."""
    viewer, page = visit.viewer, start // visit.page_rows
    if total:
        say = viewer.say("rows.shown", first=start + 1, last=start + shown, total=total)
        st.html(tag("p", say, class_="say"))
    if total <= visit.page_rows:
        return

    def turn(to: int) -> None:
        st.query_params["page"] = str(to)

    before, after, _ = st.columns([1, 1, 6])
    last = start + shown >= total
    before.button(viewer.say("rows.previous"), key="previous", disabled=page == 0, on_click=turn, args=(page - 1,))
    after.button(viewer.say("rows.next"), key="next", disabled=last, on_click=turn, args=(page + 1,))
