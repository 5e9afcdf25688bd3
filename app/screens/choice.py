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


def choice_of(visit: Visit, metric: str, figures: Sequence[Row], standings: Sequence[Row]) -> Choice:
    """What the address asks for, as far as it exists; without a period the latest that was judged."""
    asked = visit.viewer.asked
    periods = _periods(figures, standings)
    judged = [row["period"] for row in standings if row["standing"] not in ("not_due", "not_applicable")]
    latest = max(judged, default=periods[0] if periods else visit.meta_year())
    units = visit.declarations.units
    unit, town = (asked[name] if asked.get(name) in units else None for name in ("unit", "town"))
    return Choice(metric, _period_asked(asked.get("period", ""), latest), unit, None if unit else town)


def choose(visit: Visit, metric: str, figures: Sequence[Row], standings: Sequence[Row]) -> Choice:
    """The same, with boxes to choose anything else, and a word about what the address names that is unknown."""
    viewer, choice = visit.viewer, choice_of(visit, metric, figures, standings)
    asked = {name: viewer.asked.get(name, "") for name in ("unit", "town", "period")}
    unknown = [asked[name] for name in ("unit", "town") if asked[name] and asked[name] not in visit.declarations.units]
    unknown += [asked["period"]] if asked["period"] not in ("", choice.period) else []
    for each in unknown:
        st.html(notice(viewer.say("figure.unknown", asked=each), "warn"))
    held = {row["unit"] for row in (*figures, *standings)}
    units = [unit for unit in visit.declarations.units if unit in held]
    towns = sorted({row["town"] for row in figures if row["town"]})
    periods = _periods(figures, standings)
    boxes = st.columns([3, 2, 2, 2] if towns or choice.town else [3, 2, 2])
    with boxes[0]:
        box(visit, "metric", list(visit.declarations.metrics), metric, visit.metric_name)
    with boxes[1]:
        options = periods if choice.period in periods else [choice.period, *periods]
        box(visit, "period", options, choice.period, lambda name: period_words(name, viewer.lang))
    with boxes[2]:
        box(visit, "unit", _with(choice.unit, units), choice.unit or "", visit.unit_name)
    if towns or choice.town:
        with boxes[3]:
            box(visit, "town", _with(choice.town, towns), choice.town or "", visit.unit_name)
    return choice


def _with(chosen: str | None, options: Sequence[str]) -> list[str]:
    """The county first, then the options, and what was chosen though it is none of them."""
    return ["", *options, *([chosen] if chosen and chosen not in options else [])]


def _periods(figures: Sequence[Row], standings: Sequence[Row]) -> list[str]:
    return sorted({row["period"] for row in figures} | {row["period"] for row in standings}, key=_newest_first)


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
    chosen = asked_of(visit, name, options)
    box(visit, name, options, chosen, named, label)
    return chosen


def asked_of(visit: Visit, name: str, options: Sequence[str]) -> str:
    """What the address chooses among the options; what is none of them is the first."""
    asked = visit.viewer.asked.get(name, "")
    return asked if asked in options else options[0]
