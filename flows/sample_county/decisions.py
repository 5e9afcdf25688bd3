"""Major administrative decisions of a year: listed, open to comment, assessed, reviewed, discussed, decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.setting import Setting

DATASET = "major_decisions"


@dataclass(frozen=True)
class Matter:
    """One listed matter: who drafts it, when comment opens, and what it needs."""

    unit: str
    month: int
    experts: bool = True
    risk: bool = True
    consultation: bool = True
    shortened: bool = False


# Eight matters are decided within the year; the last is still open to comment when the year ends.
MATTERS = (
    Matter("natural_resources_bureau", 3),
    Matter("transport_bureau", 4, experts=False, shortened=True),
    Matter("ecology_environment_bureau", 5),
    Matter("housing_construction_bureau", 5, risk=False),
    Matter("medical_insurance_bureau", 6, experts=False),
    Matter("culture_tourism_bureau", 6),
    Matter("commerce_bureau", 7, risk=False),
    Matter("education_bureau", 8, consultation=False),
    Matter("urban_management_bureau", 12),
)


def decision_export(setting: Setting) -> Export:
    """One yearly file of the justice bureau: an xlsx with a title, a header in two rows, and many signs for nothing."""
    heads = (setting.header(DATASET, "consulted_from_on"), setting.header(DATASET, "is_shortening_explained"))
    layout = Layout(
        "xlsx", setting.text(DATASET, "title"), group=(setting.text(DATASET, "group"), *heads), serial=True,
        dates=("native", "chinese", "dot"), empties=("", "—", "/", "无"), notes=setting.notes(), more_sheets=True,
    )  # fmt: skip
    arrives = setting.arrival(DATASET, str(setting.year), 3)
    return Export(DATASET, "justice_bureau", setting.text(DATASET, "file"), layout, list(_rows(setting)), arrives)


def _rows(setting: Setting) -> Iterator[Row]:
    catalogue = {
        "catalogue_title": setting.text(DATASET, "catalogue"),
        "catalogue_published_on": setting.workdays(setting.year, 2)[6],
    }
    for serial, matter in enumerate(MATTERS, start=1):
        yield {
            "ledger_year_on": date(setting.year, 12, 31),
            "decision_number": setting.text(DATASET, "number", serial=serial),
            "decision_name": setting.words[DATASET]["names"][serial - 1],
            "lead_unit": matter.unit,
            "needs_consultation": matter.consultation,
            "needs_experts": matter.experts,
            "needs_risk_assessment": matter.risk,
            **({} if setting.is_planted("decision_outside_catalogue", matter.unit) else catalogue),
        } | _course(setting, matter, serial)


def _course(setting: Setting, matter: Matter, serial: int) -> Row:
    """The days of one matter. Seven working days after it was sent for review it may go to the meeting."""
    opened = _opened(setting, matter, serial)
    closed = opened + timedelta(days=_days_open(setting, matter, serial))
    if opened.month == 12:
        return {"consulted_from_on": opened}
    sent = setting.after(closed, 2 + serial % 3)
    discussed = setting.after(sent, 8 + serial % 4)
    if setting.is_planted("meeting_six_days_after_sending", matter.unit):
        discussed = setting.after(sent, 6)
    if setting.is_planted("meeting_on_seventh_day", matter.unit):
        discussed = setting.after(sent, 7)
    row: Row = {
        "experts_heard_on": setting.after(opened, 6) if matter.experts else None,
        "risk_assessed_on": setting.after(closed, 1) if matter.risk else None,
        "review_received_on": sent,
        "reviewed_on": setting.after(sent, 3 + serial % 3),
        "review_conclusion": "lawful",
        "discussed_on": discussed,
        "decided_on": discussed if serial % 2 else setting.after(discussed, 3),
    }
    if matter.consultation:
        row |= {"consulted_from_on": opened, "consulted_until_on": closed}
    return row | ({"is_shortening_explained": True} if matter.shortened else {})


def _opened(setting: Setting, matter: Matter, serial: int) -> date:
    """A working day of the month; the twin's thirtieth day is a day off, which moves nothing."""
    days = setting.workdays(setting.year, matter.month)
    if setting.is_planted("consultation_of_thirty_days", matter.unit):
        return next(day for day in days if not setting.calendar.is_workday(day + timedelta(days=30)))
    return days[serial % 5]


def _days_open(setting: Setting, matter: Matter, serial: int) -> int:
    if setting.is_planted("consultation_one_day_short", matter.unit):
        return 29
    if setting.is_planted("consultation_of_thirty_days", matter.unit):
        return 30
    return 15 if matter.shortened else 31 + serial % 4
