"""Deliveries: what was owed and what came, every file with its counts, and every row that was set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from app.markup import Html, anchor, badge, facts, joined, notice, table, tag, year_line
from app.pending import is_list
from app.screens.bring import bring_forms
from app.screens.burden import burden
from app.screens.delivery_decisions import correction_lines, decision_forms, pending_table
from app.screens.rows import quarantine_table
from app.screens.run import run_form
from app.screens.tonight import pager
from app.visit import Visit
from app.wording import day_words, has_text, outcome_word, period_words, text
from warehouse.models import Contract
from warehouse.periods import MONTHS

Row = Mapping[str, Any]


def render(visit: Visit) -> None:
    """Draw the screen, or the one delivery that the address asks for."""
    asked = visit.viewer.asked.get("delivery")
    if not asked:
        bring_forms(visit)
        run_form(visit)
    st.html(content(visit))
    found = next((row for row in visit.deliveries if row["id"] == asked), None) if asked else None
    if found is not None:
        decision_forms(visit, found)


def content(visit: Visit) -> Html:
    """The whole page."""
    asked = visit.viewer.asked.get("delivery")
    if asked:
        return _one(visit, asked)
    year = _year(visit)
    return joined([pending_table(visit), _owed(visit, year), burden(visit, year), _files(visit)])


def _year(visit: Visit) -> str:
    """The year that the address names, else the one that is being delivered for."""
    years = _years(visit)
    asked = visit.viewer.asked.get("year", "")
    return asked if asked in years else _year_to_show(visit, years)


def _years(visit: Visit) -> list[str]:
    return sorted({row["period"][:4] for row in visit.owed}, reverse=True)


def _owed(visit: Visit, year: str) -> Html:
    """Dataset and supplier down, the months of a year across; a quarter is three months wide, a year twelve."""
    viewer = visit.viewer
    owed = visit.owed
    head = tag("h2", viewer.say("deliveries.owed"), class_="part")
    say = year_line(viewer, "deliveries.owed_say", _years(visit), year)
    heads = [viewer.say("deliveries.dataset"), viewer.say("deliveries.supplier")]
    heads += [text(f"months.m{month:02d}", viewer.lang) for month in range(1, 13)]
    rows = []
    for dataset, contract in visit.declarations.contracts.items():
        of_dataset = [row for row in owed if row["dataset"] == dataset and row["period"][:4] == year]
        for supplier in _suppliers(visit, contract, of_dataset, year):
            mine = {row["period"]: row for row in of_dataset if row["supplier"] == supplier}
            cells = _cells(visit, contract, mine, year)
            names = [tag("th", visit.dataset_name(dataset), scope="row"), tag("td", visit.unit_name(supplier))]
            rows.append(tag("tr", joined([*names, *cells])))
    if not rows:
        return joined([head, say, tag("p", viewer.say("deliveries.owes_nothing"), class_="empty")])
    head_row = tag("tr", joined(tag("th", name, scope="col") for name in heads))
    parts = [tag("thead", head_row), tag("tbody", joined(rows))]
    frame = tag("div", tag("table", joined(parts), class_="owed"), class_="frame", tabindex="0", role="region",
                aria_label=viewer.say("deliveries.owed"))  # fmt: skip
    return joined([head, say, frame])


def _year_to_show(visit: Visit, years: Sequence[str]) -> str:
    """The running year; in its first quarter the year before, whose yearly deliveries are only coming in."""
    on = visit.night["business_date"]
    year = str(on.year - 1 if on.month <= 3 else on.year)
    return year if year in years else max(years, default=year)


def _suppliers(visit: Visit, contract: Contract, owed: Sequence[Row], year: str) -> list[str]:
    """Who owes the dataset in the year: as recorded, else as declared."""
    recorded = list(dict.fromkeys(row["supplier"] for row in owed))
    if recorded:
        return recorded
    on, own = date(int(year), 12, 31), visit.viewer.unit
    units = [unit for kind in contract.supplied_by for unit in visit.declarations.units_for(kind, on)] or [""]
    # Of others a liaison is told nothing, and so nothing may be said of them.
    return [unit for unit in units if unit == own] if own else units


def _cells(visit: Visit, contract: Contract, mine: Mapping[str, Row], year: str) -> list[Html]:
    """The year of one dataset and supplier, a cell per period."""
    viewer, due = visit.viewer, contract.due
    if due is None:
        return [tag("td", viewer.say("deliveries.not_owed"), colspan="12")]
    width = MONTHS[due.every]
    cells = []
    for start in range(1, 13, width):
        period = {12: year, 3: f"{year}Q{(start + 2) // 3}", 1: f"{year}-{start:02d}"}[width]
        row = mine.get(period)
        if row is not None:
            inner = _outcome(visit, row)
        elif date(int(year), start, 1) < due.since:
            since = viewer.say("deliveries.since", on=due.since.isoformat())
            inner = tag("span", viewer.say("deliveries.not_connected"), class_="outcome not_connected", title=since)
        else:
            inner = tag("span", outcome_word("not_due", viewer.lang), class_="outcome not_due")
        cells.append(tag("td", inner, colspan=str(width)))
    return cells


def _outcome(visit: Visit, row: Row) -> Html:
    viewer = visit.viewer
    word = tag("span", outcome_word(row["outcome"], viewer.lang), class_=f"outcome {row['outcome']}")
    day = viewer.say("deliveries.came", on=row["came_on"]) if row["came_on"] else ""
    day = day or viewer.say("deliveries.due", on=row["due_on"])
    inner = joined([word, tag("small", day)], "<br>")
    return anchor(viewer.link(delivery=row["delivery"]), inner) if row["delivery"] else inner


def _files(visit: Visit) -> Html:
    """Every file that came, the latest first."""
    viewer = visit.viewer
    found = list(reversed(visit.deliveries))
    start = min(viewer.page(), max(0, len(found) - 1) // visit.page_rows) * visit.page_rows
    page = found[start : start + visit.page_rows]
    names = ("received", "supplier", "dataset", "file", "covers", "state", "rows", "loaded", "quarantined", "listed")
    heads = [viewer.say(f"deliveries.{name}") for name in (*names, "say")]
    rows = [
        [
            row["received_on"].isoformat(),
            visit.unit_name(row["supplier"]) if row["supplier"] else "",
            visit.dataset_name(row["dataset"]),
            anchor(viewer.link(delivery=row["id"], page=None), _file_and_sheet(row)),
            _covers(visit, row),
            badge(outcome_word(row["state"], viewer.lang), row["state"]),
            row["rows"],
            row["loaded"],
            row["quarantined"],
            sum(row["listed"].values()),
            _said(visit, row),
        ]
        for row in page
    ]
    title = viewer.say("deliveries.list")
    inner = table(heads, rows, caption=title, class_="files", empty=viewer.say("deliveries.none"))
    return joined([tag("h2", title, class_="part"), pager(visit, start, len(page), len(found)), inner])


def _file_and_sheet(row: Row) -> str:
    """`cases.zip · march.csv`, `cases.xlsx · Sheet1`: the ledger names a sheet by its file and its own name."""
    inside = str(row["sheet"]).removeprefix(f"{row['file_name']}/").strip("/")
    return f"{row['file_name']} · {inside}" if inside and inside != row["file_name"] else str(row["file_name"])


def _covers(visit: Visit, row: Row) -> str:
    """The periods that a file covers, the first and the last."""
    names = [period_words(period, visit.viewer.lang) for period in row["periods"]]
    if names:
        return names[0] if len(names) == 1 else f"{names[0]} – {names[-1]}"
    return day_words(row["coverage_end"], visit.viewer.lang) if row["coverage_end"] else ""


def _said(visit: Visit, row: Row) -> str:
    return str((row["say_en"] if visit.viewer.lang == "en" and row["say_en"] else row["say"]) or "")


def _one(visit: Visit, delivery: str) -> Html:
    """One delivery: its counts, what was told about it, and the rows set aside."""
    viewer = visit.viewer
    back = tag("p", anchor(viewer.link(delivery=None, page=None), viewer.say("deliveries.all")))
    found = [row for row in visit.deliveries if row["id"] == delivery]
    if not found:
        return joined([back, notice(viewer.say("deliveries.unknown", id=delivery), "warn")])
    row = found[0]
    listed = sum(row["listed"].values())
    counts = viewer.say(
        "deliveries.counts", rows=row["rows"], loaded=row["loaded"], quarantined=row["quarantined"], listed=listed
    )
    kinds = [f"{_listed_kind(visit, kind)} {count}" for kind, count in row["listed"].items() if count]
    pairs: list[tuple[str, object]] = [
        (viewer.say("deliveries.file"), _file_and_sheet(row)),
        (viewer.say("deliveries.dataset"), visit.dataset_name(row["dataset"])),
        (viewer.say("deliveries.supplier"), visit.unit_name(row["supplier"]) if row["supplier"] else ""),
        (viewer.say("deliveries.received"), row["received_on"].isoformat()),
        (viewer.say("deliveries.state"), badge(outcome_word(row["state"], viewer.lang), row["state"])),
        (viewer.say("deliveries.say"), _said(visit, row)),
    ]
    if not is_list(row):  # which has no rows of its own
        pairs[4:4] = [(viewer.say("deliveries.covers"), _covers(visit, row))]
        pairs[6:6] = [
            (viewer.say("deliveries.rows"), counts),
            (viewer.say("deliveries.listed"), text("letters.join", viewer.lang).join(kinds)),
        ]
    told = [tag("li", _say_of(visit, each)) for each in row["told"]]
    notes = joined([tag("h2", viewer.say("deliveries.told"), class_="part"), tag("ul", joined(told))]) if told else ""
    title = tag("h2", viewer.say("deliveries.detail", id=row["id"]), class_="part")
    start = min(viewer.page(), max(0, row["quarantined"] - 1) // visit.page_rows) * visit.page_rows
    rows = visit.snapshot.quarantine(delivery=delivery, limit=visit.page_rows, offset=start)
    head = tag("h2", viewer.say("deliveries.quarantine"), class_="part")
    aside = joined([head, pager(visit, start, len(rows), row["quarantined"]), quarantine_table(visit, rows)])
    return joined([back, title, facts(pairs), notes or Html(""), correction_lines(visit, row) or aside])


def _listed_kind(visit: Visit, kind: str) -> str:
    return text(f"listed_kinds.{kind}", visit.viewer.lang) if has_text(f"listed_kinds.{kind}") else kind


def _say_of(visit: Visit, told: object) -> str:
    """A note of the loader: (code, say, say_en), as a list or by name."""
    if isinstance(told, Mapping):
        found = told.get("say_en") if visit.viewer.lang == "en" else told.get("say")
        return str(found or told.get("say") or "")
    parts = [str(part) for part in told] if isinstance(told, list | tuple) else [str(told)]
    return parts[2] if visit.viewer.lang == "en" and len(parts) > 2 and parts[2] else parts[min(1, len(parts) - 1)]
