"""Many standings as one light: the roll-up of periods and units, and the order in which units and findings stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from expectations.standings import COUNTY, WORST_FIRST

SEVERITIES = ("high", "medium", "low")
GREY = frozenset({"not_due", "not_applicable"})
# A unit that only did not deliver comes after those whose rows were judged: its cause is told once, in deliveries.
LISTED = ("short", "unsure", "error", "near", "met", "missing")


@dataclass(frozen=True)
class Light:
    """One cell: the standing that is shown, the period it belongs to, and of how many units how many stand so.

    `few`: it rests on a small sample.
    """

    standing: str
    period: str
    alike: int = 1
    units: int = 1
    few: bool = False


def worst(lights: Iterable[Light]) -> Light:
    """The light that hides the others, of several periods the latest. Refuses (ValueError) none at all."""
    latest_first = sorted(lights, key=lambda light: light.period, reverse=True)
    return min(latest_first, key=lambda light: WORST_FIRST.index(light.standing))


def lights_of(standings: Iterable[Mapping[str, Any]], year: str) -> dict[tuple[str, str], Light]:
    """One light per unit and target of a year. Grain in: a standing per target, unit and period.

    Several periods of the year show the worst of them, so a red quarter is not hidden by the green one after it.
    Targets on what a department promises about its file (no metric) are on the screen of deliveries.
    """
    found: dict[tuple[str, str], list[Light]] = {}
    for row in standings:
        if row["metric"] is not None and str(row["period"])[:4] == year:
            light = Light(row["standing"], row["period"], few=bool(row.get("small_sample")))
            found.setdefault((row["unit"] or COUNTY, row["metric"]), []).append(light)
    return {key: worst(lights) for key, lights in found.items()}


def county_lights(lights: Mapping[tuple[str, str], Light]) -> dict[str, Light]:
    """Per target the county's own light where the county is judged, else the roll-up of its units."""
    by_metric: dict[str, list[Light]] = {}
    own: dict[str, Light] = {}
    for (unit, metric), light in lights.items():
        if unit == COUNTY:
            own[metric] = light
        else:
            by_metric.setdefault(metric, []).append(light)
    rolled = {metric: _rolled(found) for metric, found in by_metric.items()}
    return rolled | own


def _rolled(lights: list[Light]) -> Light:
    """The worst of a target's units, with how many stand so, of those to whom it applies."""
    found = worst(lights)
    alike = sum(light.standing == found.standing for light in lights)
    return Light(found.standing, found.period, alike, sum(light.standing != "not_applicable" for light in lights))


def gravest_first(finding: Mapping[str, Any]) -> tuple[int, int]:
    """The order in which findings are told: by severity, then by standing."""
    return SEVERITIES.index(finding["severity"]), WORST_FIRST.index(finding["standing"])


def listed_units(lights: Mapping[tuple[str, str], Light]) -> tuple[list[str], list[str]]:
    """Units in the order they are listed, the one with most of the worst first; and the units that are all grey."""
    of_unit: dict[str, list[str]] = {}
    for (unit, _), light in lights.items():
        if unit != COUNTY:
            of_unit.setdefault(unit, []).append(light.standing)
    grey = [unit for unit, found in of_unit.items() if GREY.issuperset(found)]
    shown = [unit for unit in of_unit if unit not in grey]
    return sorted(shown, key=lambda unit: _rank(of_unit[unit])), grey


def places_of(lights: Mapping[tuple[str, str], Light], units: Iterable[str]) -> dict[str, tuple[int, bool] | None]:
    """Per listed unit its place and whether others share it; None for a unit that only did not deliver.

    Units with as many of each bad standing share a place: how much else they meet depends on how much they owe.
    """
    of_unit = {unit: [light.standing for (one, _), light in lights.items() if one == unit] for unit in units}
    bad = LISTED.index("met")
    ranks = {unit: (_rank(found)[0], _rank(found)[1][:bad]) for unit, found in of_unit.items()}
    order = [rank for rank in ranks.values() if LISTED[rank[0]] != "missing"]
    return {
        unit: (1 + sum(one < rank for one in order), order.count(rank) > 1) if rank in order else None
        for unit, rank in ranks.items()
    }


def _rank(standings: list[str]) -> tuple[int, list[int]]:
    first = min(LISTED.index(standing) for standing in standings if standing not in GREY)
    return first, [-standings.count(standing) for standing in LISTED]


def years_of(standings: Iterable[Mapping[str, Any]]) -> list[str]:
    """The years that have a standing, newest first."""
    return sorted({str(row["period"])[:4] for row in standings}, reverse=True)


def year_to_show(standings: Iterable[Mapping[str, Any]], asked: str) -> str | None:
    """The year asked for, else the latest in which anything is judged, else the latest of all."""
    rows = list(standings)
    years = years_of(rows)
    if asked in years:
        return asked
    judged = [row for row in rows if row["standing"] not in GREY]
    # A running year has judged quarters long before its yearly targets come due: show the year before until then.
    yearly = years_of(row for row in judged if len(str(row["period"])) == 4)
    return next(iter([*yearly, *years_of(judged), *years]), None)
