"""Premises sealed and goods seized: thirty days, and thirty more where that was approved in time."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.people import People
from flows.sample_county.setting import Setting, spread

DATASET = "coercive_measures"
MADE = 143
WEIGHTS = {"market_bureau": 12, "agriculture_bureau": 6, "ecology_environment_bureau": 4, "forestry_bureau": 4,
           "emergency_bureau": 3, "tobacco_bureau": 5, "fire_rescue_brigade": 4, "culture_tourism_bureau": 2,
           "transport_bureau": 8}  # fmt: skip


def coercion_export(setting: Setting) -> Export:
    """The ledger of the year: an xlsx with a running number and three ways to write nothing."""
    layout = Layout(
        "xlsx",
        setting.text(DATASET, "title"),
        alias=1,
        serial=True,
        dates=("native", "chinese", "slash"),
        empties=("", "—", "/"),
        brackets=tuple(setting.words["normative_documents"]["brackets"]),
        notes=setting.notes(),
        more_sheets=True,
    )
    arrives = setting.arrival(DATASET, str(setting.year), 2)
    return Export(DATASET, "justice_bureau", setting.text(DATASET, "file"), layout, coercion_rows(setting), arrives)


def coercion_rows(setting: Setting) -> list[Row]:
    """Every measure begun in the year; those of its last days are still open."""
    rnd = setting.random(DATASET)
    people = People(setting.random(f"{DATASET}:people"), setting.words)
    days = [day for month in range(1, 13) for day in setting.workdays(setting.year, month)]
    units = [unit for unit, count in zip(WEIGHTS, spread(MADE, list(WEIGHTS.values())), strict=True)
             for _ in range(count)]  # fmt: skip
    counts: Counter[str] = Counter()
    found: list[Row] = []
    for started, unit in sorted((rnd.choice(days), unit) for unit in units):
        counts[unit] += 1
        code = setting.words["penalty_cases"]["codes"][unit]
        found.append({
            "measure_number": setting.text(DATASET, "number", code=code, serial=counts[unit]),
            "enforcement_unit": unit,
            "party_name": people.firm_name(),
            "measure": rnd.choice(("sealing", "seizure", "seizure")),
            "started_on": started,
        } | _course(setting, rnd, started, _fault(setting, unit, counts[unit])))  # fmt: skip
    return found


def _fault(setting: Setting, unit: str, serial: int) -> str:
    """Which plant the third measure of a unit carries."""
    plants = ("seizure_extended_late", "seizure_extended_on_last_day", "seizure_ended_before_it_began")
    return next((plant for plant in plants if serial == 3 and setting.is_planted(plant, unit)), "")


def _course(setting: Setting, rnd: Random, started: date, fault: str) -> Row:
    limit = setting.calendar.roll_forward(started + timedelta(days=30))
    if fault == "seizure_extended_late":
        return {"extension_approved_on": setting.after(limit, 2), "ended_on": setting.after(limit, 10),
                "outcome": "released"}  # fmt: skip
    if fault == "seizure_extended_on_last_day":
        return {"extension_approved_on": limit, "ended_on": started + timedelta(days=58), "outcome": "released"}
    if fault == "seizure_ended_before_it_began":
        return {"ended_on": started - timedelta(days=12), "outcome": "released"}
    if started > date(setting.year, 12, 18):
        return {}
    outcome = rnd.choice(("released", "released", "confiscated", "transferred", "destroyed"))
    is_early = started < date(setting.year, 11, 1)
    if is_early and rnd.random() < 0.18:
        approved = started + timedelta(days=rnd.randint(20, 29))
        return {"extension_approved_on": approved, "ended_on": started + timedelta(days=rnd.randint(35, 59)),
                "outcome": outcome}  # fmt: skip
    last = 29 if is_early else 20
    return {"ended_on": started + timedelta(days=rnd.randint(3, last)), "outcome": outcome}
