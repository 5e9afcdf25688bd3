"""The rows behind a figure: one side at a time, a page at a time, each with its file, sheet and row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from app.letters.cell_words import place_words, tidy
from app.markup import Html, anchor, joined, notice, table, tag
from app.screens.unmasking import Asked, ask_unmasked
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

    @property
    def is_part(self) -> bool:
        """Whether it is the figure of one unit or town, and not the county's."""
        return bool(self.unit or self.town)


@dataclass(frozen=True)
class Shown:
    """One page of rows: which of how many, the table, and what must be said about it."""

    start: int
    count: int
    total: int
    inner: Html
    notes: tuple[Html, ...] = ()


def render_rows(visit: Visit, at: Place, state: str | None) -> None:
    """Draw the chosen side with the choice of sides. A figure that falls short opens at its shortfall."""
    viewer = visit.viewer
    names, side = sides_of(visit, at, state)
    st.html(tag("h2", viewer.say("rows.title"), class_="part"))
    key = f"side:{viewer.lang}:{at.metric}:{at.period}:{at.unit}:{at.town}:{side}"

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
    shown = rows_shown(visit, at, side, names[side])
    _turn(visit, shown)
    clear = ask_unmasked(visit, Asked(at.metric, at.period, at.unit, at.town, side, shown.start, shown.count))
    if clear is not None:
        shown = rows_shown(clear, at, side, names[side], masked=False)
    st.html(joined([*shown.notes, shown.inner]))


def sides_of(visit: Visit, at: Place, state: str | None) -> tuple[dict[str, str], str]:
    """The sides of a figure with their words, and the one that the address names, else where it should open."""
    is_rate = visit.declarations.metrics[at.metric].denominator is not None
    names = {"shortfall": "shortfall", "numerator": "numerator", "denominator": "denominator"} if is_rate else {}
    names = names or {"denominator": "counted"}
    names |= {"quarantine": "quarantine"}
    first = "shortfall" if state in ("short", "near") and is_rate else "denominator"
    first = "quarantine" if state == "unsure" else first
    asked = visit.viewer.asked.get("side", first)
    return names, asked if asked in names else first


def rows_shown(visit: Visit, at: Place, side: str, name: str, masked: bool = True) -> Shown:
    """One page of the rows of one side."""
    if side == "quarantine":
        return _quarantine(visit, at, masked)
    return _traced(visit, at, cast(Side, side), name, masked)


def rows_content(visit: Visit, at: Place, state: str | None) -> Html:
    """The chosen side under its name, for a page without choices."""
    names, side = sides_of(visit, at, state)
    shown = rows_shown(visit, at, side, names[side])
    viewer = visit.viewer
    title = tag("h2", f"{viewer.say('rows.title')} · {viewer.say(f'rows.{names[side]}')}", class_="part")
    return joined([title, _which(visit, shown), *shown.notes, shown.inner])


def _traced(visit: Visit, at: Place, side: Side, name: str, masked: bool) -> Shown:
    viewer, declared = visit.viewer, visit.declarations.metrics[at.metric]
    total = visit.snapshot.trace_count(at.metric, at.period, at.unit, at.town, side)
    start = min(viewer.page(), max(0, total - 1) // visit.page_rows) * visit.page_rows
    rows = visit.snapshot.trace(at.metric, at.period, at.unit, at.town, side, visit.page_rows, start, masked)
    if not rows:
        none = "denominator" if name == "counted" else name
        return Shown(0, 0, 0, tag("p", viewer.say(f"rows.none_{none}"), class_="empty"))
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
    is_provisional = any(provisional_columns(visit.declarations, row) for row in rows)
    notes = (notice(viewer.say("rows.provisional"), "warn"),) if is_provisional else ()
    return Shown(start, len(rows), total, table(heads, body, caption=viewer.say("rows.title"), class_="rows"), notes)


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


def _quarantine(visit: Visit, at: Place, masked: bool) -> Shown:
    """What was set aside of the datasets that the metric reads, for the unit and period."""
    viewer, span = visit.viewer, period_named(at.period)
    asked: dict[str, Any] = {
        "dataset": datasets_behind(visit.declarations, at.metric),
        "unit": at.unit,
        "start": span.start,
        "end": span.end,
    }
    total = visit.snapshot.quarantine_count(**asked)
    start = min(viewer.page(), max(0, total - 1) // visit.page_rows) * visit.page_rows
    rows = visit.snapshot.quarantine(visit.page_rows, start, masked, **asked)
    return Shown(start, len(rows), total, quarantine_table(visit, rows))


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


def _which(visit: Visit, shown: Shown) -> Html:
    if not shown.total:
        return Html("")
    first, last = shown.start + 1, shown.start + shown.count
    return tag("p", visit.viewer.say("rows.shown", first=first, last=last, total=shown.total), class_="say")


def _turn(visit: Visit, shown: Shown) -> None:
    """Which rows are shown, and buttons to the pages beside; they keep the place on the page, as links would not."""
    viewer, page = visit.viewer, shown.start // visit.page_rows
    if shown.total:
        st.html(_which(visit, shown))
    if shown.total <= visit.page_rows:
        return

    def turn(to: int) -> None:
        st.query_params["page"] = str(to)

    before, after, _ = st.columns([1, 1, 6])
    last = shown.start + shown.count >= shown.total
    before.button(viewer.say("rows.previous"), key="previous", disabled=page == 0, on_click=turn, args=(page - 1,))
    after.button(viewer.say("rows.next"), key="next", disabled=last, on_click=turn, args=(page + 1,))
