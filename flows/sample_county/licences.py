"""Licence decisions under the Act's limits, and the reviews that people leave after a service case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.services import service_exports
from flows.sample_county.setting import Setting

UNIT, LICENCES, REVIEWS = "approval_bureau", "licence_decisions", "service_reviews"
A_UNIT = 8
# One completed case in nine is reviewed; of these one in seventy-five is bad.
REVIEWED_EVERY, BAD_EVERY = 9, 75
Case = tuple[date, str, str]


def licence_exports(setting: Setting, rows: list[Row]) -> Iterator[Export]:
    """The year's licences: a header in two rows, several ways to write a day."""
    first, last = setting.header(LICENCES, "extension_approved_on"), setting.header(LICENCES, "result")
    layout = Layout(
        "xlsx",
        setting.text(LICENCES, "title"),
        group=(setting.text(LICENCES, "group"), first, last),
        dates=("native", "chinese", "slash"),
        empties=("", "—", "/"),
        brackets=tuple(setting.words["normative_documents"]["brackets"]),
        notes=setting.notes(),
    )
    arrives = setting.arrival(LICENCES, str(setting.year), 2)
    yield Export(LICENCES, UNIT, setting.text(LICENCES, "file"), layout, rows, arrives)


def licence_rows(setting: Setting) -> Iterator[Row]:
    """Every licence of the ledger. Draws people from the common pool: one list for all parts that ask."""
    rnd, serial = setting.random(LICENCES), 0
    topics: dict[str, str] = setting.words["service_cases"]["topics"]
    names = setting.words["service_cases"]["items"]
    hall = [unit for unit in topics if "enforcement" in setting.declarations.units[unit].flags]
    for at, unit in enumerate(hall):
        for place in range(A_UNIT):
            serial += 1
            applicant, _ = setting.people.person()
            days = setting.workdays(setting.year, 1 + (at + place * 3) % 9)
            row: Row = {
                "application_number": setting.text(LICENCES, "number", serial=serial),
                "item_name": topics[unit] + names[place % len(names)],
                "applicant_name": applicant if place % 3 else setting.people.firm_name(),
                "deciding_unit": unit,
                "document_number": setting.text(LICENCES, "document", serial=serial),
            }
            yield row | _course(setting, rnd, rnd.choice(days), place) | _planted(setting, unit, place)


def _course(setting: Setting, rnd: Random, accepted: date, place: int) -> Row:
    """In time: alone within 20 working days, jointly within 45, with a pause or an extension now and then."""
    after = setting.after
    row: Row = {"accepted_on": accepted, "handling": "joint" if place == 5 else "single", "result": "granted"}
    decided = after(accepted, rnd.randint(3, 44 if place == 5 else 20))
    if place == 6:
        begun, ended = after(accepted, 4), after(accepted, 16)
        row |= {"special_started_on": begun, "special_ended_on": ended}
        decided = after(accepted, rnd.randint(21, 32))
    if place == 7:
        row["extension_approved_on"] = after(accepted, rnd.randint(15, 20))
        decided = after(accepted, rnd.randint(21, 30))
    if place == 4:
        return row | {"decided_on": decided, "result": "refused"}
    return row | {"decided_on": decided, "delivered_on": after(decided, rnd.randint(0, 10))}


def _planted(setting: Setting, unit: str, place: int) -> Row:
    """Limits missed by a few days, and limits met on their last day."""
    after, is_planted = setting.after, setting.is_planted
    accepted = setting.workdays(setting.year, 9)[8]
    course: Row = {"accepted_on": accepted, "handling": "single", "result": "granted"}
    if place == 0 and is_planted("licence_decided_late", unit):
        return course | {"decided_on": after(accepted, 22), "delivered_on": after(accepted, 25)}
    if place == 7 and is_planted("extension_recorded_late", unit):
        days: Row = {"decided_on": after(accepted, 28), "delivered_on": after(accepted, 30)}
        return course | days | {"extension_approved_on": after(accepted, 22)}
    if place == 0 and is_planted("licence_never_delivered", unit):
        return course | {"decided_on": after(accepted, 12), "delivered_on": None}
    if place == 0 and is_planted("licence_decided_on_last_day", unit):
        return course | {"decided_on": after(accepted, 20), "delivered_on": after(accepted, 21)}
    if place == 0 and is_planted("licence_delivered_over_new_year", unit):
        accepted = setting.workdays(setting.year, 12)[2]
        decided = setting.workdays(setting.year, 12)[-4]
        return course | {"accepted_on": accepted, "decided_on": decided, "delivered_on": after(decided, 10)}
    return {}


def review_exports(setting: Setting) -> Iterator[Export]:
    """Four quarterly files of reviews of cases that were completed; a review is left within two days."""
    rows = sorted(_reviews(setting), key=lambda row: (str(row["reviewed_on"]), str(row["case_number"])))
    for quarter in (1, 2, 3, 4):
        text = setting.words[REVIEWS]["quarters"][quarter - 1]
        numbered = [
            {"review_number": setting.text(REVIEWS, "number", serial=quarter * 100000 + serial)} | row
            for serial, row in enumerate((row for row in rows if _quarter(row) == quarter), start=1)
        ]
        layout = _reviews_layout(setting, quarter, setting.text(REVIEWS, "title", quarter=text))
        name = setting.text(REVIEWS, "file", number=quarter)
        arrives = setting.arrival(REVIEWS, f"{setting.year}Q{quarter}", 1 + quarter % 3)
        yield Export(REVIEWS, UNIT, name, layout, numbered, arrives)


def _quarter(row: Row) -> int:
    on = row["reviewed_on"]
    return (on.month + 2) // 3 if isinstance(on, date) else 0


def _reviews_layout(setting: Setting, quarter: int, title: str) -> Layout:
    match quarter:
        case 1:
            return Layout("csv", encoding="gb18030", serial=True, dates=("slash_time", "slash"))
        case 2:
            return Layout(
                "xlsx", title, alias=1, header_spaces=True, dates=("native", "chinese"), notes=setting.notes()
            )
        case 3:
            return Layout("html", title, encoding="gb18030", dates=("dot", "iso"), empties=("", "—"))
        case _:
            return Layout("zip", encoding="gb18030", alias=1, dates=("midnight", "iso"), paddings=("\t", ""))


def _completed(setting: Setting) -> Iterator[Case]:
    """(day, case number, unit) of every ninth case as service cases are written, however many there are.

    They are drawn again from a setting of their own, so that no other part's people change.
    """
    found = 0
    for export in service_exports(replace(setting)):
        for row in export.rows:
            on = row.get("completed_on")
            if isinstance(on, date) and row.get("result") != "void" and row["sync_mark"] != "deleted":
                found += 1
                if found % (REVIEWED_EVERY * setting.scale) == 0:
                    yield on, str(row["case_number"]), str(row["handling_unit"])


def _reviews(setting: Setting) -> Iterator[Row]:
    rnd, words = setting.random(REVIEWS), setting.words[REVIEWS]
    cases: dict[str, Case] = {case[1]: case for case in _completed(setting)}
    planted: set[str] = set()
    for at, (done, number, unit) in enumerate(cases.values()):
        on = done + timedelta(days=rnd.randint(0, 2))
        if on.year != setting.year:
            continue
        row: Row = {
            "case_number": number,
            "handling_unit": unit,
            "reviewed_on": on,
            "channel": rnd.choice(("hall", "online", "message", "scan")),
            "rating": rnd.choice(("very_good", "very_good", "very_good", "good", "fair")),
            "words": rnd.choice(words["good"]) if rnd.random() < 0.2 else None,
        }
        # What is bad late in a quarter would be put right only after its file was sent.
        if at % BAD_EVERY == 3 and on.month % 3:
            row |= _bad(setting, rnd, on, 0)
        if unit not in planted and on.month in (1, 2, 4, 5, 7, 8) and (bad := _planted_review(setting, rnd, unit, on)):
            planted.add(unit)
            row |= bad
        yield row


def _bad(setting: Setting, rnd: Random, on: date, days: int) -> Row:
    """A bad review, put right within its 7 or 15 days."""
    is_complex = days == 0 and rnd.random() < 0.3
    return {
        "rating": "bad" if rnd.random() < 0.8 else "very_bad",
        "words": rnd.choice(setting.words[REVIEWS]["bad"]),
        "complexity": "complex" if is_complex else "ordinary",
        "rectified_on": on + timedelta(days=days or rnd.randint(1, 14 if is_complex else 7)),
    }


def _planted_review(setting: Setting, rnd: Random, unit: str, on: date) -> Row:
    last = setting.calendar.roll_forward(on + timedelta(days=7))
    saturday = on + timedelta(days=(5 - on.weekday()) % 7)
    rolled = setting.calendar.roll_forward(saturday + timedelta(days=7))
    if setting.is_planted("bad_review_ignored", unit):
        return _bad(setting, rnd, on, 1) | {"rectified_on": None}
    if setting.is_planted("bad_review_late", unit):
        return _bad(setting, rnd, on, 1) | {"rectified_on": last + timedelta(days=2)}
    if setting.is_planted("bad_review_on_rolled_day", unit) and rolled != saturday + timedelta(days=7):
        return _bad(setting, rnd, on, 1) | {"reviewed_on": saturday, "rectified_on": rolled}
    return {}
