"""What audits found in departments and towns, and when it was put right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.responsibility import overseen_units
from flows.sample_county.setting import Setting

UNIT, DATASET = "audit_bureau", "audit_problems"
PROBLEMS = 68
LIMIT_DAYS = {"immediate": 30, "staged": 90}
PLANTED = ("audit_problem_open", "audit_put_right_late", "audit_put_right_on_last_day")


def audit_export(setting: Setting) -> Export:
    """The year's ledger: a header in two rows, amounts in 万元 over a total, several ways to write a day."""
    first, last = setting.header(DATASET, "limit_on"), setting.header(DATASET, "rectified_on")
    layout = Layout(
        "xlsx", setting.text(DATASET, "title"), group=(setting.text(DATASET, "group"), first, last),
        dates=("native", "dot", "chinese"), empties=("", "—", "/"), full_width=True, total=True,
        money_header=str(setting.words["enterprises"]["wan_yuan"]), notes=setting.notes(), more_sheets=True,
    )  # fmt: skip
    arrives = setting.arrival(DATASET, str(setting.year), 6)
    return Export(DATASET, UNIT, setting.text(DATASET, "file"), layout, list(_problems(setting)), arrives)


def _problems(setting: Setting) -> Iterator[Row]:
    """Three problems of units of their own, then those of all other units."""
    rnd, words, units = setting.random(DATASET), setting.words[DATASET], overseen_units(setting)
    planted = {unit: plant for plant in PLANTED for unit in units if setting.is_planted(plant, unit)}
    others = [unit for unit in units if unit not in planted and unit != UNIT]
    for serial in range(1, PROBLEMS + 1):
        unit = list(planted)[serial - 1] if serial <= len(planted) else rnd.choice(others)
        kind = "staged" if unit in planted else rnd.choice(("immediate", "staged", "staged", "continuous"))
        reported = rnd.choice(setting.workdays(setting.year, 2 + serial % 7))
        yield {
            "problem_number": setting.text(DATASET, "number", serial=serial),
            "project_name": rnd.choice(words["projects"]),
            "problem": rnd.choice(words["problems"]),
            "kind": kind,
            "unit": unit,
            "amount_yuan": Decimal(rnd.randint(5, 90_000)) * 100 if rnd.random() < 0.7 else None,
            "reported_on": reported,
            "measures": rnd.choice(words["measures"]) if kind != "continuous" else None,
        } | _course(setting, rnd.randint(0, 12), reported, kind, planted.get(unit, ""))


def _course(setting: Setting, early: int, reported: date, kind: str, plant: str) -> Row:
    """Put right within the limit; work that goes on has no limit, or one in the next year."""
    if kind == "continuous":
        return {"limit_on": date(setting.year + 1, 6, 30) if early % 2 else None}
    limit = reported + timedelta(days=LIMIT_DAYS[kind])
    rectified: date | None = limit - timedelta(days=early)
    if plant == "audit_problem_open":
        rectified = None
    if plant == "audit_put_right_late":
        rectified = limit + timedelta(days=5)
    if plant == "audit_put_right_on_last_day":
        rectified = limit
    return {"limit_on": limit, "rectified_on": rectified}
