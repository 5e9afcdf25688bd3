"""Open government: what was disclosed and updated, the requests for more, and the yearly reports on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from flows.sample_county.disclosure_table import year_table
from flows.sample_county.exports import Export, Layout, Paper, Row, Written
from flows.sample_county.requests import request_rows
from flows.sample_county.responsibility import overseen_units
from flows.sample_county.setting import Setting

UNIT = "county_government_office"
# The published figures of the sample year; the second and third are no part of the first.
PUBLISHED, KEY_AREAS, UPDATES = 4274, 290, 1452


def openness_exports(setting: Setting) -> Iterator[Export | Paper]:
    """Five yearly files of the county government's office."""
    notes, requests = setting.notes(), list(request_rows(setting))
    disclosed = Layout(
        "large_xlsx", setting.text("disclosed_information", "title"), alias=1,
        dates=("native", "dot", "chinese"), empties=("", "—"), header_spaces=True, notes=notes,
    )  # fmt: skip
    yield _export(setting, "disclosed_information", disclosed, _information(setting), 6)
    updated = Layout("csv", encoding="gb18030", dates=("slash_time", "slash"), paddings=("", " ", "\u3000"))
    left = -2 if setting.is_planted("updates_delivered_late", UNIT) else 4
    yield _export(setting, "grassroots_openness_updates", updated, _updates(setting), left)
    asked = Layout(
        "xlsx", setting.text("disclosure_requests", "title"), serial=True, dates=("chinese", "native", "dot"),
        empties=("", "—", "/"), brackets=("〔〕", "[]", "（）"), notes=notes, more_sheets=True,
    )  # fmt: skip
    yield _export(setting, "disclosure_requests", asked, requests, 2)
    yield from year_table(setting, requests)
    reported = Layout(
        "html", setting.text("disclosure_annual_reports", "title"), alias=1, serial=True,
        dates=("chinese", "iso"), notes=notes,
    )  # fmt: skip
    yield _export(setting, "disclosure_annual_reports", reported, _reports(setting), 7)


def _export(setting: Setting, dataset: str, layout: Layout, rows: Iterator[Row] | list[Row], left: int) -> Export:
    arrives = setting.arrival(dataset, str(setting.year), left)
    return Export(dataset, UNIT, setting.text(dataset, "file"), layout, rows, arrives)


def _information(setting: Setting) -> Iterator[Row]:
    """Both lists; a planted row whose day cannot be read comes beside the published number."""
    rnd, units = setting.random("disclosed_information"), overseen_units(setting)
    words, late, over = setting.words["disclosed_information"], False, "culture_tourism_bureau"
    if crosses := setting.is_planted("information_over_new_year", over):
        # Made in the year before; its twentieth working day lies behind the holidays of the new year.
        formed = setting.workdays(setting.year - 1, 12)[-8]
        row = _item(setting, rnd, "general", PUBLISHED, over)
        yield row | {"formed_on": formed, "published_on": setting.after(formed, 20)}
    for kind, count in (("general", PUBLISHED - crosses), ("key_area", KEY_AREAS)):
        for serial in range(1, count + 1):
            unit = rnd.choice(units)
            published = rnd.choice(setting.workdays(setting.year, 1 + serial * 12 // (count + 1)))
            held_for = rnd.choice((0, 1, 2, 3, 5, 9, 14))
            if not late and setting.is_planted("information_late", unit):
                late, held_for = True, 23
            yield _item(setting, rnd, kind, serial, unit) | {
                "area": rnd.choice(words["areas"]) if kind == "key_area" else None,
                "formed_on": setting.after(published, -held_for),
                "published_on": published,
            }
    unit = "water_bureau"
    if setting.is_planted("information_unreadable", unit):
        unreadable = Written(setting.text("disclosed_information", "unreadable"))
        row = _item(setting, rnd, "general", PUBLISHED + 1, unit)
        yield row | {"formed_on": date(setting.year, 6, 3), "published_on": unreadable}


def _item(setting: Setting, rnd: Random, kind: str, serial: int, unit: str) -> Row:
    words = setting.words["disclosed_information"]
    return {
        "index_number": words["number"].format(year=setting.year, serial=serial),
        "list": kind,
        "title": words["subject"].format(subject=rnd.choice(words["subjects"])),
        "publishing_unit": unit,
    }


def _updates(setting: Setting) -> Iterator[Row]:
    rnd, units = setting.random("grassroots_openness_updates"), overseen_units(setting)
    words = setting.words["grassroots_openness_updates"]
    for serial in range(1, UPDATES + 1):
        field = rnd.choice(words["fields"])
        yield {
            "update_number": words["number"].format(year=setting.year, serial=serial),
            "field": field,
            "title": words["subject"].format(field=field),
            "updating_unit": rnd.choice(units),
            "updated_on": rnd.choice(setting.workdays(setting.year, 1 + serial * 12 // (UPDATES + 1))),
        }


def _reports(setting: Setting) -> Iterator[Row]:
    """The reports on the year before: of departments and towns by 31 January, of the county by 31 March."""
    rnd, year = setting.random("disclosure_annual_reports"), setting.year
    for owed in setting.declarations.rosters["disclosure_organs"].rows.values():
        until = owed.get("owes_until")
        if until and date.fromisoformat(until) <= date(year, 1, 31):
            continue
        is_county = owed["unit"] == "county_government"
        published = date(year, 3, 18) if is_county else date(year, 1, 9) + timedelta(days=rnd.randint(0, 20))
        if setting.is_planted("disclosure_report_on_last_day", owed["unit"]):
            published = date(year, 1, 31)
        if setting.is_planted("disclosure_report_late", owed["unit"]):
            published = date(year, 2, 8)
        yield {
            "report_year_on": date(year - 1, 12, 31),
            "unit": owed["unit"],
            "level": "county" if is_county else "unit",
            "published_on": published,
        }
