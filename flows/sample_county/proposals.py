"""Suggestions of the people's congress and proposals of the conference, from assignment to the proposer's word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.responsibility import overseen_units
from flows.sample_county.setting import Setting
from warehouse.inbox import COUNTY_TIME
from warehouse.workdays import add_months

UNIT, DATASET = "county_government_office", "proposals"
# The published figures of the sample year.
HANDLED = {"suggestion": 156, "proposal": 88}
PLANTED = ("proposal_replied_late", "wide_proposal_in_six_months", "replied_after_days_off")


def proposal_export(setting: Setting) -> Iterator[Export]:
    """One yearly file; in a year with faults a first one, in which two rows are not as they were."""
    rows = list(_rows(setting))
    layout = Layout(
        "html", setting.text(DATASET, "title"), alias=1, serial=True, dates=("slash", "chinese", "iso"),
        paddings=("\n\t", "\u00a0", "\u3000", ""), empties=("", "—"), notes=setting.notes(),
    )  # fmt: skip
    arrives = setting.arrival(DATASET, str(setting.year), 5)
    export = Export(DATASET, UNIT, setting.text(DATASET, "file"), layout, rows, arrives)
    first = [_as_first_told(setting, row) for row in rows]
    if first != rows:
        yield replace(export, name=setting.text(DATASET, "first_file"), rows=first)
        export = replace(export, arrives_at=datetime.combine(date(setting.year + 1, 1, 27), time(16, 40), COUNTY_TIME))
    yield export


def _as_first_told(setting: Setting, row: Row) -> Row:
    """What the first list said of two rows: one proposer not met, one reply rated worse than it was."""
    if row["proposal_number"] != setting.text(DATASET, "numbers", serial=2):
        return row
    if row["kind"] == "suggestion" and setting.is_planted("proposer_not_met_at_first", row["lead_unit"]):
        return row | {"met_on": None}
    if row["kind"] == "proposal" and setting.is_planted("rated_worse_at_first", row["lead_unit"]):
        return row | {"rating": "dissatisfied"}
    return row


def _rows(setting: Setting) -> Iterator[Row]:
    rnd, words = setting.random(DATASET), setting.words[DATASET]
    units = overseen_units(setting)
    leads = [unit for unit in units if setting.declarations.units[unit].kind == "department"]
    plants = {plant: unit for plant in PLANTED for unit in units if setting.is_planted(plant, unit)}
    second = {"suggestion": "water_bureau", "proposal": "transport_bureau"}
    others = [unit for unit in leads if unit not in (*plants.values(), *second.values())]
    for kind, count in HANDLED.items():
        for serial in range(1, count + 1):
            plant = next(iter(list(plants)[serial - 3 : serial - 2]), "") if kind == "suggestion" and serial > 2 else ""
            lead = plants[plant] if plant else second[kind] if serial == 2 else rnd.choice(others)
            yield {
                "proposal_number": setting.text(DATASET, "numbers", serial=serial),
                "kind": kind,
                "title": setting.text(DATASET, "subject", subject=rnd.choice(words["subjects"])),
                "proposer_name": setting.people.person()[0],
                "lead_unit": lead,
                "joint_units": rnd.sample(leads, rnd.randint(1, 2)) if rnd.random() < 0.2 else None,
            } | _course(setting, rnd, plant)


def _course(setting: Setting, rnd: Random, plant: str) -> Row:
    """Assigned after the sessions of spring, or between them until September; replied to within the limit."""
    month = rnd.choice((2, 2, 3, 3, 3, 4, 6, 9))
    assigned, is_wide = rnd.choice(setting.workdays(setting.year, month)), rnd.random() < 0.1
    limit = add_months(assigned, 3)
    replied = limit - timedelta(days=rnd.randint(3, 60))
    if plant == "proposal_replied_late":
        assigned = setting.workdays(setting.year, 3)[6]
        is_wide, replied = False, setting.after(add_months(assigned, 3), 6)
    if plant == "wide_proposal_in_six_months":
        assigned = setting.workdays(setting.year, 3)[8]
        is_wide, replied = True, setting.calendar.roll_forward(add_months(assigned, 5))
    if plant == "replied_after_days_off":
        days = (day for month in (4, 5, 6, 7) for day in setting.workdays(setting.year, month))
        assigned = next(day for day in days if not setting.calendar.is_workday(add_months(day, 3)))
        is_wide, replied = False, setting.calendar.roll_forward(add_months(assigned, 3))
    return {
        "assigned_on": assigned,
        "scope": "wide" if is_wide else "ordinary",
        "met_on": assigned + timedelta(days=rnd.randint(5, 25)),
        "replied_on": replied,
        "rating": "mostly_satisfied" if rnd.random() < 0.15 else "satisfied",
    }
