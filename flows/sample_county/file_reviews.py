"""Supervision of enforcement: 32 units and towns checked, six rounds, 175 case files reviewed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.people import People
from flows.sample_county.setting import Setting

CHECKS, ROUNDS, FILES = "enforcement_supervisions", "supervision_rounds", "case_file_reviews"
# 20 departments and 12 towns; some departments are checked twice.
DEPARTMENTS, TOWNS, TWICE = 20, 12, 9
# Month, kind and how many files were drawn: 175 in all, two quality checks without any.
HELD = ((3, "file_review", 50), (5, "quality_check", 0), (6, "file_review", 45), (8, "file_review", 40),
        (9, "quality_check", 0), (11, "file_review", 40))  # fmt: skip


def supervision_exports(setting: Setting, penalties: list[Row]) -> Iterator[Export]:
    """Three yearly files of the justice bureau."""
    year, rounds = str(setting.year), _rounds(setting)
    group = (setting.text(FILES, "group"), setting.header(FILES, "score"), setting.header(FILES, "problems"))
    layouts = {
        CHECKS: Layout("csv", setting.text(CHECKS, "title"), encoding="gb18030", alias=1, serial=True,
                       full_width=True, dates=("dot", "chinese"), empties=("", "—"), notes=setting.notes()),
        ROUNDS: Layout("html", setting.text(ROUNDS, "title"), dates=("chinese", "slash"), empties=("", "/"),
                       header_spaces=True),
        FILES: Layout("xlsx", setting.text(FILES, "title"), group=group, serial=True, dates=("native", "dot"),
                      empties=("", "—"), brackets=tuple(setting.words["normative_documents"]["brackets"]),
                      notes=setting.notes()),
    }  # fmt: skip
    rows = {CHECKS: list(_checks(setting)), ROUNDS: rounds, FILES: _reviews(setting, rounds, penalties)}
    for left, dataset in enumerate((CHECKS, ROUNDS, FILES), start=4):
        name = setting.text(dataset, "file")
        yield Export(dataset, "justice_bureau", name, layouts[dataset], rows[dataset],
                     setting.arrival(dataset, year, left))  # fmt: skip


def _checks(setting: Setting) -> Iterator[Row]:
    rnd, on = setting.random(CHECKS), date(setting.year, 12, 31)
    departments = rnd.sample(setting.declarations.units_for("enforcement", on), DEPARTMENTS)
    towns = rnd.sample(setting.declarations.units_for("town", on), TOWNS)
    units = [*departments, *towns, *departments[:TWICE]]
    for serial, unit in enumerate(units, start=1):
        day = rnd.choice(setting.workdays(setting.year, 2 + serial % 10))
        problems = rnd.choice((0, 0, 1, 2, 4))
        yield {
            "supervision_number": setting.text(CHECKS, "number", serial=serial),
            "unit": unit,
            "supervised_on": day,
            "focus": rnd.choice(setting.words[CHECKS]["focuses"]),
            "problem_count": problems,
            "settled_on": day + timedelta(days=20) if problems else None,
        }


def _rounds(setting: Setting) -> list[Row]:
    found: list[Row] = []
    for serial, (month, kind, files) in enumerate(HELD, start=1):
        found.append({
            "round_number": setting.text(ROUNDS, "number", serial=serial),
            "round_title": setting.words[ROUNDS]["titles"][kind],
            "round_kind": kind,
            "organised_by": "justice_bureau",
            "held_on": setting.workdays(setting.year, month)[-5],
            "unit_count": 12 if files else 8,
            "file_count": files or None,
        })  # fmt: skip
    return found


def _reviews(setting: Setting, rounds: list[Row], penalties: list[Row]) -> list[Row]:
    """Three files in four are of penalties decided before the round, the others of licences."""
    rnd = setting.random(FILES)
    reviewers = [name for name, _ in People(setting.random(f"{FILES}:people"), setting.words, 12).pool]
    codes = setting.words["penalty_cases"]["codes"]
    found: list[Row] = []
    drawn: set[object] = set()
    failing = [unit for unit in codes if setting.is_planted("file_review_failed", unit)]
    for held in rounds:
        on, count = held["held_on"], int(str(held["file_count"] or 0))
        assert isinstance(on, date)
        closed = [row for row in penalties if (day := row.get("decided_on")) and isinstance(day, date) and day < on
                  and row["document_number"] not in drawn]  # fmt: skip
        for at, case in enumerate(rnd.sample(closed, count)):
            unit, number, kind = case["enforcement_unit"], case["document_number"], "penalty"
            if at % 4 == 3:
                serial = 200 + len(found)
                number = setting.text(FILES, "licence_number", code=codes[unit], serial=serial)
                kind = "licence"
            drawn.add(number)
            row = _graded(setting, rnd.randint(70, 99), rnd.choice(setting.words[FILES]["problems"]))
            if unit in failing:
                failing.remove(str(unit))
                row = {"score": Decimal(52), "grade": "failed", "problems": setting.words[FILES]["failed_with"]}
            found.append(row | {
                "round_number": held["round_number"], "file_number": number, "unit": unit, "file_kind": kind,
                "reviewed_on": on + timedelta(days=at % 3), "reviewer_names": "、".join(rnd.sample(reviewers, 2)),
            })  # fmt: skip
    return found


def _graded(setting: Setting, score: int, problem: str) -> Row:
    if score >= 90:
        return {"score": Decimal(score) + Decimal("0.5"), "grade": "excellent", "problems": None}
    return {"score": Decimal(score), "grade": "passed", "problems": problem}
