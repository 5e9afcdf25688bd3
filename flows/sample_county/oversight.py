"""What oversight did: visits to units and towns, and the problems it fed back until they were closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.responsibility import UNIT, overseen_units
from flows.sample_county.setting import Setting
from warehouse.inbox import COUNTY_TIME

# The published figures of the sample year: departments visited; every town is.
DEPARTMENTS = 34
# How many problems each level fed back, and how long each kind of rectification has.
SOURCES = {"province": 9, "city": 14, "county": 38, "automatic": 6}
LIMIT_DAYS = {"immediate": 15, "by_day": 60}


def oversight_exports(setting: Setting) -> Iterator[Export]:
    """Two yearly files; in a year with faults the first list of visits lacks a town and is sent again."""
    year, visits = str(setting.year), list(_visits(setting))
    layout = Layout(
        "xlsx", setting.text("oversight_visits", "title"), alias=1, serial=True, header_spaces=True,
        dates=("chinese", "dot", "serial"), full_width=True, notes=setting.notes(), more_sheets=True,
    )  # fmt: skip
    export = Export(
        "oversight_visits", UNIT, setting.text("oversight_visits", "file"), layout, visits,
        setting.arrival("oversight_visits", year, 3),
    )  # fmt: skip
    forgotten = [row for row in visits if setting.is_planted("town_left_out_at_first", row["visited_unit"])]
    if forgotten:
        first = [row for row in visits if row not in forgotten]
        yield replace(export, name=setting.text("oversight_visits", "first_file"), rows=first)
        export = replace(export, arrives_at=datetime.combine(date(setting.year + 1, 1, 29), time(9, 5), COUNTY_TIME))
    yield export
    heads = (setting.header("rectifications", "verified_on"), setting.header("rectifications", "look_back"))
    put_right = Layout(
        "xlsx", setting.text("rectifications", "title"), group=(setting.text("rectifications", "group"), *heads),
        dates=("native", "slash", "chinese"), empties=("", "—", "/"), notes=setting.notes(),
    )  # fmt: skip
    rows = list(_rectifications(setting))
    file, arrives = setting.text("rectifications", "file"), setting.arrival("rectifications", year, 2)
    yield Export("rectifications", UNIT, file, put_right, rows, arrives)


def _visits(setting: Setting) -> Iterator[Row]:
    """Every town and 34 departments at least once, some of them twice."""
    rnd, units = setting.random("oversight_visits"), setting.declarations.units
    standing = overseen_units(setting)
    towns = [unit for unit in standing if units[unit].kind == "town"]
    departments = [unit for unit in standing if units[unit].kind == "department"]
    visited = [*towns, *rnd.sample(departments, DEPARTMENTS)]
    visited += rnd.sample([unit for unit in visited if not setting.is_planted("town_left_out_at_first", unit)], 7)
    for serial, unit in enumerate(visited, start=1):
        yield {
            "visit_number": setting.text("oversight_visits", "number", serial=serial),
            "visited_unit": unit,
            "visited_on": rnd.choice(setting.workdays(setting.year, 4 + serial % 7)),
            "form": "announced" if rnd.random() < 0.25 else "unannounced",
            "inspectors": "、".join(setting.people.person()[0] for _ in range(rnd.randint(2, 3))),
            "problems_count": rnd.choice((0, 0, 1, 1, 2, 3)),
        }


def _rectifications(setting: Setting) -> Iterator[Row]:
    """Problems of every source; planted ones are the county's own and stand in units of their own."""
    rnd, words = setting.random("rectifications"), setting.words["rectifications"]
    planted = (
        "rectified_late", "rectification_open", "rectified_on_last_day", "objection_reviewed_on_rolled_day",
    )  # fmt: skip
    units = overseen_units(setting)
    faulty = [unit for unit in units if any(setting.is_planted(plant, unit) for plant in planted)]
    others = [unit for unit in units if unit not in faulty]
    serial = 0
    for source, count in SOURCES.items():
        for at in range(count):
            serial += 1
            unit = faulty[at] if source == "county" and at < len(faulty) else rnd.choice(others)
            kind = "by_day" if unit in faulty else rnd.choice(("immediate", "by_day", "by_day", "long_term"))
            yield {
                "rectification_number": setting.text("rectifications", "number", serial=serial),
                "source": source,
                "problem": rnd.choice(words["problems"]),
                "kind": kind,
                "unit": unit,
                "leader_name": setting.people.person()[0],
                "measures": rnd.choice(words["measures"]),
                "evidence": rnd.choice(words["evidence"]),
            } | _objected(setting, serial, unit, _course(setting, rnd, serial, source, unit, kind))


def _course(setting: Setting, rnd: Random, serial: int, source: str, unit: str, kind: str) -> Row:
    """From assignment to looking back; a long-term problem has no limit, or one in the next year."""
    assigned = rnd.choice(setting.workdays(setting.year, 2 + serial % 8))
    is_long = kind == "long_term"
    limit = assigned + timedelta(days=LIMIT_DAYS.get(kind, 0))
    later = date(setting.year + 1, 6, 30) if rnd.random() < 0.5 else None
    closed = limit - timedelta(days=rnd.randint(0, 9))
    row: Row = {"assigned_on": assigned, "limit_on": later if is_long else limit}
    if setting.is_planted("rectification_open", unit):
        return row
    if setting.is_planted("rectified_late", unit):
        closed = limit + timedelta(days=4)
    if setting.is_planted("rectified_on_last_day", unit):
        closed = limit
    if not is_long:
        row |= {"verified_on": closed - timedelta(days=rnd.randint(0, 3)), "closed_on": closed}
    is_from_above = source in ("province", "city")
    if is_from_above or (not is_long and rnd.random() < 0.4):
        # What the province and the city fed back is looked back on even while long-term work goes on.
        row |= {"looked_back_on": date(setting.year, 12, 1) + timedelta(days=rnd.randint(0, 25)), "look_back": "held"}
    if is_from_above and serial == 5 and setting.is_planted("never_looked_back", "county"):
        row |= {"looked_back_on": None, "look_back": None}
    return row


def _objected(setting: Setting, serial: int, unit: str, course: Row) -> Row:
    """Now and then a unit objects within its thirty days and is answered within as many; else the row as it was."""
    assigned = course["assigned_on"]
    assert isinstance(assigned, date)
    if setting.is_planted("objection_reviewed_on_rolled_day", unit):
        days = (assigned + timedelta(days=after) for after in range(3, 28))
        objected = next(day for day in days if not setting.calendar.is_workday(day + timedelta(days=30)))
        return course | {"objected_on": objected, "reviewed_on": _review_limit(setting, objected)}
    if serial % 7 != 2:
        return course
    objected = setting.after(assigned, 6)
    reviewed = setting.after(objected, 9)
    if serial == 37 and setting.is_planted("objection_reviewed_late", "county"):
        reviewed = setting.after(_review_limit(setting, objected), 1)
    return course | {"objected_on": objected, "reviewed_on": reviewed}


def _review_limit(setting: Setting, objected: date) -> date:
    return setting.calendar.roll_forward(objected + timedelta(days=30))
