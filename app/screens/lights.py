"""Lights: units down and targets across, by section of the report and by domain of the data, in an order with ties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from app.lights import Light, county_lights, lights_of, listed_units, places_of
from app.markup import Html, anchor, joined, table, tag, year_line
from app.screens.choice import asked_box, asked_of
from app.screens.tonight import all_grey, legend, light_cell, years_judged
from app.visit import Visit
from expectations.standings import COUNTY
from warehouse.metric_rows import datasets_behind

ANY = ""
Lights = Mapping[tuple[str, str], Light]


def render(visit: Visit) -> None:
    """Draw the matrix of one year, with boxes that narrow it."""
    options = _options(visit)
    for column, (name, known) in zip(st.columns(len(options)), options.items(), strict=True):
        with column:
            asked_box(visit, name, known, _named(visit, name), f"lights.{name}")
    st.html(content(visit))


def content(visit: Visit) -> Html:
    """The matrix of one year for the section and domain that the address names."""
    viewer = visit.viewer
    years, year = years_judged(visit)
    title = tag("h2", viewer.say("lights.title"), class_="part")
    if year is None:
        return joined([title, tag("p", viewer.say("tonight.no_lights"), class_="empty")])
    section, domain = (asked_of(visit, name, known) for name, known in _options(visit).items())
    matrix = visit.once(("lights", year, section, domain), lambda: _narrowed(visit, year, section, domain))
    return joined([title, year_line(viewer, "lights.say", years, year), legend(viewer), matrix])


def _narrowed(visit: Visit, year: str, section: str, domain: str) -> Html:
    lights = lights_of(visit.snapshot.standings(), year)
    chosen = [one for one in judged_metrics(visit, lights) if section in (ANY, section_of(visit, one))]
    chosen = [one for one in chosen if domain == ANY or domain in domains_of(visit, one)]
    return _matrix(visit, {key: light for key, light in lights.items() if key[1] in chosen}, chosen)


def _options(visit: Visit) -> dict[str, list[str]]:
    """The sections and domains of what has a target, each with "" for all of them."""

    def read() -> dict[str, list[str]]:
        metrics = [one for one in visit.declarations.targets if one in visit.declarations.metrics]
        sections = {section_of(visit, one) for one in metrics}
        domains = {domain for one in metrics for domain in domains_of(visit, one)}
        return {"section": [ANY, *sorted(sections, key=lambda one: int(one) or 99)], "domain": [ANY, *sorted(domains)]}

    return visit.once("light_options", read)


def _named(visit: Visit, name: str) -> Callable[[str], str]:
    """The words of a choice."""
    key = "sections.s" if name == "section" else "domains."
    return lambda chosen: visit.viewer.say("lights.any" if chosen == ANY else f"{key}{chosen}")


def judged_metrics(visit: Visit, lights: Lights) -> list[str]:
    """The metrics that have a light, in the order of the annual report; what it does not print comes last."""
    declared = visit.declarations.metrics
    lit = {metric for _, metric in lights}
    return sorted((one for one in declared if one in lit), key=lambda one: declared[one].report.section or 99)


def section_of(visit: Visit, metric: str) -> str:
    """The section of the annual report that a metric stands in; "0" is none of them."""
    return str(visit.declarations.metrics[metric].report.section)


def domains_of(visit: Visit, metric: str) -> set[str]:
    """The domains of the datasets that a metric is counted from."""
    contracts = visit.declarations.contracts
    return {contracts[one].domain for one in datasets_behind(visit.declarations, metric) if one in contracts}


def _matrix(visit: Visit, lights: Lights, metrics: Sequence[str]) -> Html:
    viewer = visit.viewer
    units, grey = listed_units(lights)
    places = places_of(lights, units)
    county = county_lights(lights)
    heads: list[object] = [viewer.say("tonight.unit"), viewer.say("lights.place")]
    heads += [anchor(viewer.link("figure", metric=one), visit.metric_name(one)) for one in metrics]
    rows: list[list[object]] = []
    if metrics:
        rows = [[viewer.say("county"), "", *(light_cell(visit, COUNTY, one, county.get(one)) for one in metrics)]]
    for unit in units:
        cells = [light_cell(visit, unit, one, lights.get((unit, one))) for one in metrics]
        rows.append([visit.unit_name(unit), place_words(visit, places[unit]), *cells])
    empty = viewer.say("lights.none")
    matrix = table(heads, rows, class_="lights", caption=viewer.say("lights.title"), empty=empty)
    return joined([matrix, all_grey(visit, grey)])


def place_words(visit: Visit, place: tuple[int, bool] | None) -> str:
    """`2 (shared)`; a dash for a unit without a place."""
    if place is None:
        return "—"
    return visit.viewer.say("lights.shared", place=place[0]) if place[1] else str(place[0])
