"""Which figure is shown: what the address asks for, as far as it exists, and the boxes that choose another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.markup import notice
from app.visit import Visit
from app.wording import period_words
from warehouse.periods import period_named

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """Which figure: unit and town None are the county."""

    metric: str
    period: str
    unit: str | None
    town: str | None


def choose(visit: Visit, metric: str, figures: Sequence[Row], standings: Sequence[Row]) -> Choice:
    """What the address asks for, as far as it exists, with boxes to choose anything else."""
    viewer = visit.viewer
    periods = sorted({row["period"] for row in figures} | {row["period"] for row in standings}, key=_newest_first)
    judged = [row["period"] for row in standings if row["standing"] not in ("not_due", "not_applicable")]
    latest = max(judged, default=periods[0] if periods else visit.meta_year())
    asked = {name: viewer.asked.get(name, "") for name in ("period", "unit", "town")}
    period = _period_asked(asked["period"], latest)
    known = {name: asked[name] for name in ("unit", "town") if asked[name] in visit.declarations.units}
    unknown = [asked[name] for name in ("unit", "town") if asked[name] and name not in known]
    unknown += [asked["period"]] if asked["period"] not in ("", period) else []
    for each in unknown:
        st.html(notice(viewer.say("figure.unknown", asked=each), "warn"))
    units = [
        unit
        for unit in visit.declarations.units
        if any(row["unit"] == unit for row in figures) or any(row["unit"] == unit for row in standings)
    ]
    towns = sorted({row["town"] for row in figures if row["town"]})
    unit = known.get("unit")
    town = None if unit else known.get("town")
    boxes = st.columns([3, 2, 2, 2] if towns or town else [3, 2, 2])
    with boxes[0]:
        box(visit, "metric", list(visit.declarations.metrics), metric, visit.metric_name)
    with boxes[1]:
        options = periods if period in periods else [period, *periods]
        box(visit, "period", options, period, lambda name: period_words(name, viewer.lang))
    with boxes[2]:
        box(visit, "unit", ["", *units, *([unit] if unit and unit not in units else [])], unit or "", visit.unit_name)
    if towns or town:
        with boxes[3]:
            box(
                visit,
                "town",
                ["", *towns, *([town] if town and town not in towns else [])],
                town or "",
                visit.unit_name,
            )
    return Choice(metric, period, unit, town)


def _period_asked(asked: str, otherwise: str) -> str:
    """The period of the address, if it is one."""
    try:
        return period_named(asked).name
    except ValueError:
        return otherwise


def _newest_first(period: str) -> tuple[int, int, str]:
    """Years before quarters before months, each newest first."""
    digits = int("".join(part for part in period if part.isdigit()))
    return len(period), -digits, period


def box(visit: Visit, name: str, options: list[str], chosen: str, named: Any, label: str = "") -> None:
    """A choice that is written into the address. Its key holds the choice: a new address makes a new box."""
    key = f"{name}:{visit.viewer.lang}:{chosen}"

    def write() -> None:
        value = st.session_state[key]
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)
        stale = {"metric": ["period", "town"], "unit": ["town"], "town": ["unit"]}.get(name, [])
        for other in [*stale, "page"] if value or name != "town" else ["page"]:
            st.query_params.pop(other, None)

    st.selectbox(
        visit.viewer.say(label or f"figure.{name}"),
        options,
        options.index(chosen),
        format_func=named,
        key=key,
        on_change=write,
    )


def asked_box(visit: Visit, name: str, options: list[str], named: Callable[[str], str], label: str) -> str:
    """A box whose choice stands in the address; what is none of the options is the first of them. Gives the choice."""
    asked = visit.viewer.asked.get(name, "")
    chosen = asked if asked in options else options[0]
    box(visit, name, options, chosen, named, label)
    return chosen
