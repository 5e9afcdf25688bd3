"""The faults and twins that are planted among the penalty cases; none of them changes how many there are of a kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from flows.sample_county.exports import Row, Written
from flows.sample_county.planting import unit_of
from flows.sample_county.setting import Setting

Change = Callable[[Setting, Row], Row]
DECIDE = timedelta(days=90)
# Ordinary cases with an extension that was approved in time, so that the rate has something to count.
EXTENDED = 12


def plant_penalties(setting: Setting, rows: list[Row]) -> None:
    """Change the rows in place: one case for each plant that stands this year, and a few extended ones."""
    for row in list(_plain(rows, lambda unit: len(unit) % 2 == 0))[:EXTENDED]:
        row |= _extended(setting, row)
    for plant, change in CHANGES.items():
        unit = unit_of(plant)
        if setting.is_planted(plant, unit):
            row = next(row for row in _plain(rows, unit.__eq__) if _fits(setting, plant, row))
            row |= change(setting, row)
    for row in rows:
        if row["enforcement_unit"] == unit_of("exempted_without_education") and row.get("discretion") == "exempt":
            if setting.is_planted("exempted_without_education", row["enforcement_unit"]):
                row["is_educated"] = None
            break


def unreadable_case(setting: Setting, row: Row) -> Row:
    """An open case of the planted unit whose day of filing does not exist."""
    unit = unit_of("penalty_unreadable")
    if not setting.is_planted("penalty_unreadable", unit):
        return row
    return row | {"enforcement_unit": unit, "filed_on": Written(setting.text("penalty_cases", "unreadable"))}


def _plain(rows: list[Row], is_unit: Callable[[str], bool]) -> Iterable[Row]:
    """Ordinary cases decided from June to October, without an extension."""
    for row in rows:
        is_plain = row["discretion"] == row["procedure"] == "ordinary" and "extension_approved_on" not in row
        if is_plain and 6 <= _decided(row).month <= 10 and is_unit(str(row["enforcement_unit"])):
            yield row


def _fits(setting: Setting, plant: str, row: Row) -> bool:
    """The twin of the rolled day needs a decision on the first day after days off."""
    before = _decided(row) - timedelta(days=1)
    return plant != "penalty_decided_on_rolled_day" or not setting.calendar.is_workday(before)


def _decided(row: Row) -> date:
    decided = row["decided_on"]
    assert isinstance(decided, date)
    return decided


def _extended(setting: Setting, row: Row) -> Row:
    limit = setting.after(_decided(row), -8)
    return {"filed_on": limit - DECIDE, "extension_approved_on": limit - timedelta(days=3)}


def _extended_late(setting: Setting, row: Row) -> Row:
    limit = setting.after(_decided(row), -10)
    return {"filed_on": limit - DECIDE, "extension_approved_on": setting.after(limit, 2)}


def _decided_late(setting: Setting, row: Row) -> Row:
    return {"filed_on": setting.after(_decided(row), -1) - DECIDE}


def _decided_on_rolled_day(setting: Setting, row: Row) -> Row:
    return {"filed_on": _decided(row) - timedelta(days=1) - DECIDE}


def _served_late(setting: Setting, row: Row) -> Row:
    return {"served_on": setting.after(_decided(row), 8)}


def _served_over_holidays(setting: Setting, row: Row) -> Row:
    decided = setting.workdays(setting.year, 9)[-2]
    served = setting.after(decided, 7)
    return {"filed_on": decided - timedelta(days=40), "legal_reviewed_on": decided, "decided_on": decided,
            "served_on": served, "published_on": served}  # fmt: skip


def _reviewed_late(setting: Setting, row: Row) -> Row:
    return {"needs_legal_review": True, "legal_reviewed_on": _decided(row) + timedelta(days=2)}


def _one_officer(setting: Setting, row: Row) -> Row:
    unknown = setting.text("enforcement_officers", "certificate", serial=9999)
    known = str(row["certificates"])[: len(unknown)]
    return {"certificates": f"{known}、{unknown}"}


CHANGES: dict[str, Change] = {
    "penalty_decided_late": _decided_late,
    "penalty_extended_late": _extended_late,
    "penalty_served_late": _served_late,
    "penalty_reviewed_late": _reviewed_late,
    "penalty_one_officer": _one_officer,
    "penalty_decided_on_rolled_day": _decided_on_rolled_day,
    "penalty_served_over_holidays": _served_over_holidays,
}
