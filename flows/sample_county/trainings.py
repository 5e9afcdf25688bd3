"""Trainings of enforcement officers: 47 sessions, and everyone in post attends at least once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.officers import officers
from flows.sample_county.setting import Setting
from warehouse.inbox import COUNTY_TIME

SESSIONS, ATTENDANCE = "training_sessions", "training_attendance"
HELD = 47
# Every fourth session is for all officers of the county; the others are a department's own.
FOR_ALL = 4


def training_exports(setting: Setting) -> Iterator[Export]:
    """Two yearly files; with faults, the attendance comes again after the day with the row it lacked."""
    sessions, year = _sessions(setting), str(setting.year)
    rows = attendance_rows(setting, sessions)
    seen = Counter(row["session_number"] for row in rows)
    held = [{**row, "trainee_count": seen[row["session_number"]]} for row in sessions]
    sheet = Layout("xlsx", setting.text(SESSIONS, "title"), serial=True, header_spaces=True,
                   dates=("native", "chinese", "serial"), empties=("", "—"), notes=setting.notes())  # fmt: skip
    name = setting.text(SESSIONS, "file")
    yield Export(SESSIONS, "justice_bureau", name, sheet, held, setting.arrival(SESSIONS, year, 9))
    text = Layout("csv", setting.text(ATTENDANCE, "title"), encoding="utf-8-sig", alias=1, dates=("slash", "iso"),
                  paddings=("", "\n\t", "\u3000"), empties=("", "/"), notes=setting.notes())  # fmt: skip
    name = setting.text(ATTENDANCE, "file")
    export = Export(ATTENDANCE, "justice_bureau", name, text, rows, setting.arrival(ATTENDANCE, year, 3))
    if setting.is_planted("training_not_recorded", "statistics_bureau"):
        missed = next(row["certificate_number"] for row in rows if row["unit"] == "statistics_bureau")
        yield replace(export, rows=[row for row in rows if row["certificate_number"] != missed])
        corrected = datetime.combine(date(setting.year + 1, 1, 29), time(15, 40), COUNTY_TIME)
        yield replace(export, name=setting.text(ATTENDANCE, "corrected"), arrives_at=corrected)
    else:
        yield export


def _sessions(setting: Setting) -> list[Row]:
    """From March to December; the last is for all, so that nobody certified late is left out."""
    rnd, found = setting.random(SESSIONS), []
    units = setting.declarations.units_for("enforcement", date(setting.year, 12, 31))
    for at in range(HELD):
        month = 3 + at * 10 // HELD
        is_for_all = at % FOR_ALL == 0 or at == HELD - 1
        day = setting.workdays(setting.year, 12)[-3] if at == HELD - 1 else rnd.choice(setting.workdays(
            setting.year, month)[:-4])  # fmt: skip
        found.append({
            "session_number": setting.text(SESSIONS, "number", serial=at + 1),
            "session_title": rnd.choice(setting.words[SESSIONS]["titles"]),
            "organised_by": "justice_bureau" if is_for_all else units[at % len(units)],
            "held_on": day,
            "class_hours": Decimal(rnd.choice(("4", "6", "7.5", "12"))),
        })  # fmt: skip
    return found


def attendance_rows(setting: Setting, sessions: list[Row]) -> list[Row]:
    """One row per officer and session: everyone in post on 31 December at least once, some who left as well."""
    rnd, end = setting.random(ATTENDANCE), date(setting.year, 12, 31)
    found: list[Row] = []
    for officer in officers(setting):
        if officer.issued_on > end:
            continue
        open_to = [row for row in sessions if row["organised_by"] in ("justice_bureau", officer.unit)
                   and officer.may_act_on(_day(row))]  # fmt: skip
        if not open_to or (officer.cancelled_on is not None and rnd.random() < 0.5):
            continue
        for session in rnd.sample(open_to, min(len(open_to), 1 + (rnd.random() < 0.3))):
            found.append({
                "session_number": session["session_number"],
                "certificate_number": officer.certificate,
                "officer_name": officer.name,
                "unit": officer.unit,
                "attended_on": session["held_on"],
                "exam_score": Decimal(rnd.randint(60, 100)) if rnd.random() < 0.6 else None,
            })  # fmt: skip
    return sorted(found, key=lambda row: (str(row["session_number"]), str(row["certificate_number"])))


def _day(row: Row) -> date:
    held = row["held_on"]
    assert isinstance(held, date)
    return held
