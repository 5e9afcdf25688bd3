"""The source row: one line of one file, as the department wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.markup import Html, anchor, facts, joined, notice, table, tag
from app.screens.unmasking import ask_source_unmasked, is_clear
from app.visit import Visit
from warehouse.source_rows import read_source_row

Row = Mapping[str, Any]


def render_source(visit: Visit) -> None:
    """Draw the row that `source=<delivery>|<row>|<sheet>` names. The sheet comes last: its name may hold anything."""
    viewer = visit.viewer
    delivery, _, place = viewer.asked["source"].partition("|")
    number, _, sheet = place.partition("|")
    back = tag("p", anchor(viewer.link(source=None), viewer.say("source.back")))
    title = tag("h2", viewer.say("source.title"), class_="part")
    found = [row for row in visit.deliveries if row["id"] == delivery]
    if not found or not (number.isascii() and number.isdigit()):
        st.html(joined([back, title, notice(viewer.say("source.none"), "warn")]))
        return
    sent, row = found[0], int(number)
    named = "source.stands" if sheet else "source.stands_plain"
    sentence = viewer.say(named, file=sent["sheet"].removesuffix(f"/{sheet}"), sheet=sheet, row=row)
    pairs = [
        (viewer.say("source.dataset"), visit.dataset_name(sent["dataset"])),
        (viewer.say("source.supplier"), visit.unit_name(sent["supplier"])),
        (viewer.say("source.received"), sent["received_on"].isoformat()),
        (viewer.say("source.delivery"), anchor(viewer.link("deliveries", delivery=delivery), delivery)),
    ]
    said = tag("p", sentence, class_="sentence")
    st.html(joined([back, title, said, facts(pairs)]))
    clear = ask_source_unmasked(visit, sent["dataset"] or "", delivery, row)
    st.html(source_line(clear or visit, sent, sheet, row))


def source_line(visit: Visit, sent: Row, sheet: str, row: int) -> Html:
    """The cells of the row under their headers; from the snapshot where the file itself is not to be had."""
    viewer, masked = visit.viewer, not is_clear(visit, sent["dataset"] or "")
    cells = read_source_row(
        visit.home.archive / sent["sha256"],
        sent["file_name"],
        sent["sheet"].removesuffix(f"/{sheet}"),
        sheet,
        row,
        sent["dataset"] or "",
        visit.declarations.contracts,
        masked,
    )
    kept = visit.snapshot.rows_behind(sent["id"], sheet, row, masked)
    if cells is not None:
        shown = {None: viewer.say("source.withheld"), "": viewer.say("source.empty")}
        body = [[f"{one.letter}{row}", one.header, shown.get(one.text, one.text)] for one in cells]
        return joined([_fault(visit, kept), _framed(visit, body, masked)])
    if not kept:
        return notice(viewer.say("source.none"), "warn")
    datasets = (sent["dataset"] or "",)
    body = [
        ["", visit.column_name(name, datasets), visit.shown(value, name, datasets)]
        for name, value in kept[0].items()
        if not name.startswith("_")
    ]
    return joined([notice(viewer.say("source.loaded")), _framed(visit, body, masked)])


def _fault(visit: Visit, kept: Sequence[Row]) -> Html:
    """Why the row was set aside, if it was."""
    faults = [row for row in kept if "rule" in row and "say" in row]
    en = visit.viewer.lang == "en"
    said = [visit.viewer.say("source.fault", cell=row["cell"], say=row["say_en" if en else "say"]) for row in faults]
    return joined(notice(one, "warn") for one in said)


def _framed(visit: Visit, body: Sequence[Sequence[object]], masked: bool) -> Html:
    viewer = visit.viewer
    heads = [viewer.say("rows.cell"), viewer.say("source.header"), viewer.say("rows.cell_value")]
    note = tag("p", viewer.say("source.masked"), class_="say") if masked else Html("")
    return joined([table(heads, body, caption=viewer.say("source.as_written"), class_="rows source"), note])
