"""Lists, plans and inspections: what units enforce, which 481 inspections 20 of them planned, and which they made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.officers import Officer, enforcing_units, officers
from flows.sample_county.people import People, firm_code
from flows.sample_county.setting import Setting, spread
from warehouse.inbox import COUNTY_TIME

LISTS, PLANS, MADE = "enforcement_lists", "enterprise_inspection_plans", "enterprise_inspections"
# 481 plans of 20 units; inspections after a complaint and special ones need none.
PLANNED, COMPLAINTS, SPECIAL = 481, 96, 64
WEIGHTS = {"market_bureau": 12, "emergency_bureau": 9, "ecology_environment_bureau": 8, "transport_bureau": 7,
           "housing_construction_bureau": 6, "health_bureau": 6, "agriculture_bureau": 6}  # fmt: skip
LENIENT = ("lighter", "mitigated", "exempt")
FIRST_FIRM = 200


def inspection_exports(setting: Setting) -> Iterator[Export]:
    """Four files of the justice bureau; with faults, the inspections come a second time, corrected, after the day."""
    year = str(setting.year)
    lists = Layout("xlsx", setting.text(LISTS, "title"), alias=1, serial=True, dates=("chinese", "dot"),
                   empties=("", "—", "/"), header_spaces=True, more_sheets=True, notes=setting.notes())  # fmt: skip
    yield Export(LISTS, "justice_bureau", setting.text(LISTS, "file"), lists, list(_list_rows(setting)),
                 setting.arrival(LISTS, year, 8))  # fmt: skip
    plans = Layout("csv", setting.text(PLANS, "title"), encoding="gb18030", serial=True, full_width=True,
                   dates=("slash", "compact", "full_width"), paddings=("", "\u00a0"), empties=("", "无"),
                   notes=setting.notes())  # fmt: skip
    rows = plan_rows(setting)
    name = setting.text(PLANS, "file")
    yield Export(PLANS, "justice_bureau", name, plans, rows, setting.arrival(PLANS, year, 7), copies=(f"{name}(1)",))
    made = Layout("html", setting.text(MADE, "title"), encoding="gb18030", alias=1,
                  dates=("slash_time", "midnight", "short"), empties=("", "—"))  # fmt: skip
    export = Export(MADE, "justice_bureau", setting.text(MADE, "file"), made, inspection_rows(setting, rows),
                    setting.arrival(MADE, year, 4))  # fmt: skip
    if setting.is_planted("inspection_outside_plan", "commerce_bureau"):
        yield replace(export, rows=_outside_plan(setting, export.rows))
        corrected = datetime.combine(date(setting.year + 1, 1, 28), time(9, 10), COUNTY_TIME)
        yield replace(export, name=setting.text(MADE, "corrected"), arrives_at=corrected)
    else:
        yield export


def _list_rows(setting: Setting) -> Iterator[Row]:
    rnd, end = setting.random(LISTS), date(setting.year, 12, 31)
    for kind in LENIENT:
        yield _list(setting, "county_government", "county", kind, 120, date(setting.year, 3, 20))
    for unit in enforcing_units(setting):
        is_town = setting.declarations.units[unit].kind == "town"
        if not setting.is_planted("list_missing", unit):
            published = end - timedelta(days=rnd.randint(60, 280))
            yield _list(setting, unit, "town" if is_town else "department", "items", rnd.randint(20, 300), published)
        for kind in () if is_town else LENIENT:
            day: date | None = end - timedelta(days=rnd.randint(60, 280))
            if kind == "exempt" and setting.is_planted("list_without_day", unit):
                day = None
            yield _list(setting, unit, "department", kind, rnd.randint(3, 40), day)


def _list(setting: Setting, unit: str, level: str, kind: str, items: int, published: date | None) -> Row:
    label = setting.declarations.units[unit].label.zh
    return {
        "list_year_on": date(setting.year, 12, 31),
        "unit": unit,
        "level": level,
        "list_kind": kind,
        "title": setting.text(LISTS, kind, unit=label),
        "item_count": items,
        "published_on": published,
    }


def inspecting_units(setting: Setting) -> list[str]:
    """The departments that inspect enterprises."""
    return setting.declarations.units_for("inspecting", date(setting.year, 12, 31))


def plan_rows(setting: Setting) -> list[Row]:
    """All plans of the year; every one lists its item."""
    rnd, units = setting.random(PLANS), inspecting_units(setting)
    days = setting.workdays(setting.year, 3)
    words = setting.words[PLANS]
    found: list[Row] = []
    for place, count in enumerate(spread(PLANNED, [WEIGHTS.get(unit, 4) for unit in units])):
        unit = units[place]
        for serial in range(1, count + 1):
            item = 1 + rnd.randrange(len(words["items"]))
            filed = rnd.choice(days)
            if serial == 1 and setting.is_planted("plan_filed_late", unit):
                filed = setting.after(date(setting.year, 3, 31), 2)
            if serial == 1 and setting.is_planted("plan_filed_on_last_day", unit):
                filed = date(setting.year, 3, 31)
            found.append({
                "plan_number": setting.text(PLANS, "number", unit=place + 1, serial=serial),
                "plan_year_on": date(setting.year, 12, 31),
                "enforcement_unit": unit,
                "item_code": setting.text(PLANS, "item_code", unit=place + 1, item=item),
                "item_name": words["items"][item - 1],
                "is_listed_item": True,
                "inspected_kind": rnd.choice(words["targets"]),
                "planned_count": rnd.randint(1, 12),
                "filed_on": filed,
            })  # fmt: skip
    return found


def inspection_rows(setting: Setting, plans: list[Row]) -> list[Row]:
    """Every inspection by its day: those by plan after the plan was filed, and those without one."""
    rnd, year = setting.random(MADE), setting.year
    people = People(setting.random(f"{MADE}:people"), setting.words)
    staff: dict[str, list[Officer]] = {}
    for officer in officers(setting):
        if officer.cancelled_on is None and officer.issued_on < date(year, 1, 1):
            staff.setdefault(officer.unit, []).append(officer)
    days = [day for month in range(4, 13) for day in setting.workdays(year, month)][3:]
    due: list[tuple[date, str, Row]] = [
        (rnd.choice(days), "planned", plan) for plan in plans for _ in range(rnd.randint(1, 4))
    ]
    for trigger, count in (("complaint", COMPLAINTS), ("special", SPECIAL)):
        due += [(rnd.choice(days), trigger, {**rnd.choice(plans), "plan_number": None}) for _ in range(count)]
    due.sort(key=lambda one: one[0])
    unscanned: set[object] = set()
    found: list[Row] = []
    for serial, (on, trigger, plan) in enumerate(due, start=1):
        unit = str(plan["enforcement_unit"])
        row: Row = {
            "inspection_number": setting.text(MADE, "number", serial=serial),
            "enforcement_unit": unit,
            "enterprise_name": people.firm_name(),
            "credit_code": firm_code(FIRST_FIRM + rnd.randrange(12000)),
            "trigger": trigger,
            "plan_number": plan["plan_number"],
            "item_code": plan["item_code"],
            "inspected_on": on,
            "is_scanned": True,
            "credentials_shown": True,
            "certificates": "、".join(one.certificate for one in rnd.sample(staff[unit], 2)),
            "result": rnd.choice(("clean", "clean", "clean", "ordered", "case_filed")),
        }
        if unit not in unscanned and setting.is_planted("inspection_not_scanned", unit):
            unscanned.add(unit)
            row["is_scanned"] = False
        found.append(row)
    return found


def _outside_plan(setting: Setting, rows: object) -> list[Row]:
    """The first file: one inspection names a plan that was never filed."""
    found = [dict(row) for row in rows] if isinstance(rows, list) else []
    for row in found:
        if row["trigger"] == "planned" and row["enforcement_unit"] == "commerce_bureau":
            row["plan_number"] = setting.text(MADE, "no_such_plan")
            break
    return found
