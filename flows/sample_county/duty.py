"""Duty reports: one row for each head in post on 31 December."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.setting import Setting

DATASET = "duty_reports"


def duty_export(setting: Setting) -> Export:
    """The ledger of the rule-of-law office: an xlsx with a merged title and padded cells."""
    layout = Layout(
        "xlsx",
        setting.text(DATASET, "title"),
        alias=1,
        dates=("chinese", "dot", "slash"),
        serial=True,
        header_spaces=True,
        empties=("", "—", "无"),
        notes=setting.notes(),
    )
    arrives = setting.arrival(DATASET, str(setting.year), 7)
    return Export(DATASET, "rule_of_law_office", setting.text(DATASET, "file"), layout, list(_rows(setting)), arrives)


def _rows(setting: Setting) -> Iterator[Row]:
    rnd, end = setting.random(DATASET), date(setting.year, 12, 31)
    for held in setting.declarations.rosters["principals"].rows.values():
        until = held.get("holds_to")
        if date.fromisoformat(held["holds_from"]) > end or (until and date.fromisoformat(until) <= end):
            continue
        on_site = rnd.random() < 0.4
        row: Row = {
            "duty_year_on": end,
            "unit": held["unit"],
            "principal_name": held["principal_name"],
            "post": held["post"],
            "reported_on": end + timedelta(days=rnd.randint(-10, 20)),
            "form": "on_site" if on_site else "written",
        }
        if setting.is_planted("report_without_date", held["unit"]):
            row |= {"reported_on": None, "form": None}
        if setting.is_planted("report_absent", held["unit"]) and held["post"] == "party":
            continue
        yield row
