"""An identity: both sums with the figures that make them, the difference, its basis, and every period and unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.markup import Html, anchor, facts, joined, light, notice, table, tag
from app.visit import Visit
from app.wording import period_words
from expectations.standings import COUNTY
from warehouse.identity_rows import identity_sides

Row = Mapping[str, Any]


def render_identity(visit: Visit, name: str) -> None:
    """Draw it for the period and unit of the address; without them for the latest that was judged."""
    viewer = visit.viewer
    identity = visit.declarations.identities[name]
    standings = visit.snapshot.standings(target=name)
    chosen = _chosen(visit, standings)
    period = str(chosen["period"]) if chosen else viewer.asked.get("period") or visit.meta_year()
    unit = _unit(chosen["unit"]) if chosen else None
    words = {"unit": visit.unit_name(unit), "period": period_words(period, viewer.lang)}
    words["label"] = viewer.label(identity.label)
    if chosen is None:
        st.html(notice(viewer.say("identity.none", **words)))
        return
    sums = {"left": visit.shown(chosen["numerator"]), "right": visit.shown(chosen["bound"])}
    key = "holds" if identity.holds == "equal" else "holds_at_most"
    head = joined([light(viewer, chosen["standing"]), viewer.say(f"identity.{key}", **words, **sums)], " ")
    pairs = [
        (viewer.say("identity.left"), sums["left"]),
        (viewer.say("identity.right"), sums["right"]),
        (viewer.say("identity.difference"), visit.shown(chosen["short_by"])),
        (viewer.say("figure.standing"), light(viewer, chosen["standing"])),
        (viewer.say("figure.basis"), identity.basis),
        (viewer.say("figure.owner"), visit.unit_name(chosen["owner"])),
    ]
    st.html(joined([tag("p", head, class_="sentence"), facts(pairs), _sides(visit, name, period, unit)]))
    st.html(_others(visit, standings))


def _chosen(visit: Visit, standings: Sequence[Row]) -> Row | None:
    asked = visit.viewer.asked
    found = [row for row in standings if asked.get("period") in (None, "", row["period"])]
    found = [row for row in found if (asked.get("unit") or COUNTY) == (row["unit"] or COUNTY)] or found
    judged = [row for row in found if row["standing"] not in ("not_due", "not_applicable")] or found
    return max(judged, key=lambda row: str(row["period"]), default=None)


def _unit(unit: str | None) -> str | None:
    return None if unit in (None, "", COUNTY) else unit


def _sides(visit: Visit, name: str, period: str, unit: str | None) -> Html:
    """Every figure of both sides, each a link to its own page with its rows."""
    viewer = visit.viewer
    rows = []
    for side, counted in identity_sides(visit.snapshot, name, period, unit).items():
        for metric, value in counted.items():
            href = viewer.link("figure", metric=metric, period=period, unit=unit)
            label = anchor(href, visit.metric_name(metric))
            rows.append([viewer.say(f"identity.{side}"), label, visit.shown(value)])
    heads = [viewer.say(f"identity.{part}") for part in ("side", "figure", "sum")]
    return table(heads, rows, caption=viewer.label(visit.declarations.identities[name].label), class_="parts")


def _others(visit: Visit, standings: Sequence[Row]) -> Html:
    viewer = visit.viewer
    rows = []
    for row in sorted(standings, key=lambda row: (str(row["period"]), row["unit"] or ""), reverse=True):
        href = viewer.link(period=row["period"], unit=_unit(row["unit"]))
        period = period_words(str(row["period"]), viewer.lang)
        sums = [visit.shown(row[side]) for side in ("numerator", "bound", "short_by")]
        rows.append([anchor(href, f"{visit.unit_name(row['unit'])} {period}"), *sums, light(viewer, row["standing"])])
    heads = [viewer.say("figure.unit"), *(viewer.say(f"identity.{part}") for part in ("left", "right", "difference"))]
    return table([*heads, viewer.say("figure.standing")], rows, caption=viewer.say("identity.periods"), class_="parts")
