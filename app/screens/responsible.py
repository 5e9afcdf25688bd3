"""First responsible persons: the card of each unit, signal by signal. It names a unit and a duty, never a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.lights import GREY, LISTED, year_to_show, years_of
from app.markup import Html, anchor, joined, light, notice, table, tag, year_line
from app.screens.figure import bound_words
from app.screens.tonight import all_grey, legend, unit_asked
from app.visit import Visit
from app.wording import percent_words
from warehouse.models import Scorecard

Row = Mapping[str, Any]


def render(visit: Visit) -> None:
    """Draw the screen."""
    st.html(content(visit))


def content(visit: Visit) -> Html:
    """One card if the address names a unit, else all units of a year."""
    viewer = visit.viewer
    cards = visit.declarations.scorecards
    signals = visit.snapshot.signals()
    if not cards or not signals:
        return notice(viewer.say("responsible.none"))
    name, card = next(iter(cards.items()))
    rows = [row for row in signals if row["scorecard"] == name]
    year = year_to_show(rows, viewer.asked.get("year", "")) or visit.meta_year()
    of_year = [row for row in rows if row["period"] == year]
    head = joined([
        tag("h2", viewer.label(card.label), class_="part"),
        year_line(viewer, "responsible.say", years_of(rows), year),
        notice(viewer.label(card.note)) if card.note else Html(""),
    ])  # fmt: skip
    asked = viewer.asked.get("unit", "")
    if asked and all(row["unit"] != asked for row in of_year):
        head = joined([head, notice(viewer.say("figure.unknown", asked=asked), "warn")])
        asked = ""
    return joined([head, _card(visit, card, asked, of_year) if asked else _all(visit, card, of_year)])


def _all(visit: Visit, card: Scorecard, rows: Sequence[Row]) -> Html:
    """Units down and signals across. A unit is placed by how many signals are short, never by a percentage."""
    viewer = visit.viewer
    by_unit: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_unit.setdefault(row["unit"], {})[row["signal"]] = row
    judged = {
        unit: found for unit, found in by_unit.items() if any(one["standing"] not in GREY for one in found.values())
    }
    counts = {unit: _counts(found) for unit, found in judged.items()}
    order = sorted(judged, key=lambda unit: [-count for count in counts[unit]])
    heads = [viewer.say("tonight.unit"), viewer.say("responsible.short")]
    heads += [viewer.label(signal.label) for signal in card.signals.values()]
    body = []
    for unit in order:
        short = counts[unit][LISTED.index("short")]
        name = anchor(viewer.link(unit=unit), visit.unit_name(unit))
        cells = [_cell(visit, judged[unit].get(signal)) for signal in card.signals]
        body.append([name, str(short) if short else "", *cells])
    shown = table(heads, body, class_="lights", caption=viewer.label(card.label),
                  empty=viewer.say("responsible.nothing_judged"))  # fmt: skip
    return joined([legend(viewer), shown, all_grey(visit, [unit for unit in by_unit if unit not in judged])])


def _counts(signals: Mapping[str, Row]) -> list[int]:
    """How many signals stand so, in the order of LISTED: units alike in all of them share a place."""
    standings = [row["standing"] for row in signals.values()]
    return [standings.count(standing) for standing in LISTED]


def _cell(visit: Visit, row: Row | None) -> Html:
    if row is None:
        return Html("")
    viewer = visit.viewer
    mark = viewer.say("responsible.few") if row["small_sample"] else ""
    note = " ".join(part for part in (_sides(visit, row), mark) if part)
    href = viewer.link("figure", metric=row["target"], period=row["period"], unit=unit_asked(row["unit"]), year=None)
    title = f"{visit.unit_name(row['unit'])} · {visit.metric_name(row['target'])}"
    return anchor(href, light(viewer, row["standing"], note), title=title)


def _sides(visit: Visit, row: Row) -> str:
    """`3/4` of a rate, `5` of a count, also of a sample too small to judge; nothing where there is nothing to count."""
    if row["standing"] == "missing" or (row["standing"] in GREY and not row["small_sample"]):
        return ""
    count = visit.shown(row["numerator"])
    return f"{count}/{visit.shown(row['denominator'])}" if row["denominator"] else count


def _card(visit: Visit, card: Scorecard, unit: str, rows: Sequence[Row]) -> Html:
    """The card of one unit: every signal with both sides, its interval, what it is held to and why."""
    viewer = visit.viewer
    heads = [
        viewer.say(f"responsible.{name}") for name in ("signal", "standing", "sides", "interval", "bound", "basis")
    ]
    by_signal = {row["signal"]: row for row in rows if row["unit"] == unit}
    # How each target compares, as the standings of the unit in that year were judged.
    judged = [one for one in visit.snapshot.standings(unit=unit) if str(one["period"])[:4] == rows[0]["period"]]
    comparisons = {one["target"]: str(one["comparison"]) for one in reversed(judged)}
    body = []
    for key, signal in card.signals.items():
        row = by_signal.get(key)
        if row is None:
            continue
        comparison = comparisons.get(row["target"], "at_least")
        bound = "" if row["bound"] is None else bound_words(visit, row["target"], comparison, row["bound"])
        link = viewer.link("figure", metric=row["target"], period=row["period"], unit=unit, year=None)
        name, mark = anchor(link, viewer.label(signal.label)), light(viewer, row["standing"])
        body.append([name, mark, _sides(visit, row), _interval(visit, row), bound, row["basis"] or ""])
    back = tag("p", anchor(viewer.link(unit=None), viewer.say("responsible.back")), class_="say")
    return joined(
        [
            tag("h2", visit.unit_name(unit), class_="part"),
            table(heads, body, caption=visit.unit_name(unit), class_="rows card"),
            back,
        ]
    )


def _interval(visit: Visit, row: Row) -> str:
    """How far a share may lie from what it seems. What counts everything that is owed is no sample and has none."""
    viewer, declared = visit.viewer, visit.declarations.metrics.get(row["target"])
    if row["wilson_low"] is None or declared is None or not declared.small_sample:
        return ""
    low, high = percent_words(row["wilson_low"]), percent_words(row["wilson_high"])
    few = viewer.say("responsible.few_of", n=visit.shown(row["denominator"])) if row["small_sample"] else ""
    return viewer.say("responsible.between", low=low, high=high) + few
