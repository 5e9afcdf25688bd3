"""Licences and penalties as they went out to the public credit site: of the same cases that the ledgers hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.penalties import penalty_rows
from flows.sample_county.people import People, firm_code
from flows.sample_county.planting import unit_of
from flows.sample_county.reconsideration import reconsideration_rows
from flows.sample_county.setting import Setting

UNIT, LICENCES, PENALTIES = "development_reform_bureau", "double_publicity_licences", "double_publicity_penalties"
# What the older standard has no column for, and what the present one has none for.
NOT_IN_2016 = ("party_kind", "institution_number", "society_number", "representative_paper_kind",
               "representative_paper_number", "person_paper_kind", "person_paper_number", "fine_yuan",
               "confiscated_yuan", "suspended_licence", "valid_until", "deciding_unit_code", "source_unit",
               "source_unit_code", "published_on", "revoked_on", "retracted_on", "retraction_reason")  # fmt: skip
ONLY_IN_2016 = ("citizen_number", "other_kinds", "status", "region_code", "exported_on")
REVOKED = ("quashed", "altered", "declared_unlawful")
FIRST_LICENSED_FIRM = 14_000


def publicity_exports(setting: Setting, licences: Sequence[Row]) -> Iterator[Export]:
    """The site's licences in the 27 columns, and its penalties: half a year in the older standard, then the year's."""
    year, padded = str(setting.year), ("", "\n\t", "\u00a0")
    licensed = Layout(
        "html", encoding="gb18030", without=("published_on",), dates=("slash_padded",), paddings=padded,
        brackets=("〔〕", "[]"),
    )  # fmt: skip
    yield Export(
        LICENCES, UNIT, setting.text(LICENCES, "file", next_year=setting.year + 1), licensed,
        list(_licences(setting, licences)), setting.arrival(LICENCES, year, 3),
    )  # fmt: skip
    rows = list(published_penalties(setting))
    first = [row for row in rows if _day(row, "decided_on").month <= 6]
    older = Layout(
        "csv", encoding="gb18030", alias=1, without=NOT_IN_2016, dates=("slash_time", "iso", "short"),
        paddings=padded, brackets=("〔〕", "[]", "（）"),
    )  # fmt: skip
    without_withdrawal = [row | {"exported_on": row["published_on"]} for row in first]
    name, arrives = setting.text(PENALTIES, "first_file"), setting.arrival(PENALTIES, year, 8)
    yield Export(PENALTIES, UNIT, name, older, without_withdrawal, arrives)
    # What was revoked comes again, whenever it was decided.
    later = [row for row in rows if row not in first or row.get("revoked_on")]
    present = Layout(
        "large_xlsx", without=ONLY_IN_2016, dates=("slash_padded", "native"), empties=("", "/"),
        money_header=str(setting.words["enterprises"]["wan_yuan"]), notes=setting.notes(),
    )  # fmt: skip
    arrives = setting.arrival(PENALTIES, year, 4)
    yield Export(PENALTIES, UNIT, setting.text(PENALTIES, "file"), present, later, arrives)


def _day(row: Row, column: str) -> date:
    day = row[column]
    assert isinstance(day, date)
    return day


def _licences(setting: Setting, licences: Sequence[Row]) -> Iterator[Row]:
    """Every licence that was granted, exported to the exchange one to six working days after the decision."""
    rnd, words, held = setting.random(LICENCES), setting.words[LICENCES], setting.declarations.units
    people, seen = People(setting.random(f"{LICENCES}:people"), setting.words, size=300), set()
    for serial, row in enumerate((row for row in licences if row["result"] == "granted"), start=1):
        unit, decided = str(row["deciding_unit"]), _day(row, "decided_on")
        after, is_first = rnd.randint(1, 6), unit not in seen
        seen.add(unit)
        if is_first and setting.is_planted("licence_never_published", unit):
            continue
        if is_first and setting.is_planted("licence_published_late", unit):
            after = 8
        if decided.month == 12 and setting.is_planted("licence_published_over_new_year", unit):
            after = 7
        is_firm, (name, number) = serial % 3 == 0, people.person()
        yield {
            "party_name": people.firm_name() if is_firm else row["applicant_name"],
            "credit_code": firm_code(FIRST_LICENSED_FIRM + serial) if is_firm else None,
            "legal_representative": name if is_firm else None,
            "legal_representative_id": number if is_firm else None,
            "paper_kind": None if is_firm else words["citizen_paper"],
            "paper_number": None if is_firm else number,
            "document_name": words["paper"],
            "document_number": row["document_number"],
            "licence_kind": rnd.choice(words["kinds"]),
            "certificate_name": words["certificate"].format(item=row["item_name"]),
            "licence_number": setting.text(LICENCES, "licence_number", serial=serial),
            "content": row["item_name"],
            "decided_on": decided,
            "valid_from": f"{decided:%Y/%m/%d}",
            "valid_until": f"{decided + timedelta(days=1825):%Y/%m/%d}",
            "deciding_unit": unit,
            "deciding_unit_code": held[unit].credit_code,
            "status": words["status"],
            "source_unit": held[unit].label.zh,
            "source_unit_code": held[unit].credit_code,
            "exported_on": setting.after(decided, after),
        }


def published_penalties(setting: Setting) -> Iterator[Row]:
    """What the site holds at the year's end: every penalty that must be public, revoked ones with their withdrawal."""
    rnd = setting.random(PENALTIES)
    people = People(setting.random(f"{PENALTIES}:people"), setting.words, size=300)
    revoked = _revoked(setting)
    touched: set[str] = set()
    last = None
    for case in penalty_rows(setting):
        if not must_be_public(setting, case):
            continue
        row = _published(setting, rnd, people, case)
        if case["document_number"] in revoked:
            row |= _withdrawn(setting, revoked[case["document_number"]], rnd.randint(0, 3))
        elif 3 <= _day(row, "decided_on").month <= 8:
            plant = next((one for one in PLANTS if _stands(setting, one, row) and one not in touched), "")
            touched.add(plant)
            if plant == "penalty_never_published":
                continue
            row |= _planted(setting, plant, row)
        yield row
        last = row if row["enforcement_unit"] == unit_of("penalty_unknown_to_platform") else last
    if last and setting.is_planted("penalty_unknown_to_platform", last["enforcement_unit"]):
        code = setting.words["penalty_cases"]["codes"][last["enforcement_unit"]]
        number = setting.text("penalty_cases", "number", code=code, serial=9001)
        yield last | {"document_number": number, "revoked_on": None, "retracted_on": None, "retraction_reason": None}


def must_be_public(setting: Setting, case: Row) -> bool:
    """Decided by ordinary procedure, no exemption, and graver than a warning or a criticism."""
    words = setting.words["penalty_cases"]["kinds"]
    is_ordinary = case["procedure"] == "ordinary" and case.get("discretion") not in (None, "exempt")
    return is_ordinary and case["kinds"] not in (words["warning"], words["criticism"])


def _published(setting: Setting, rnd: Random, people: People, case: Row) -> Row:
    words, unit = setting.words[PENALTIES], setting.declarations.units[str(case["enforcement_unit"])]
    is_firm, (name, number) = case["credit_code"] is not None, people.person()
    decided = _day(case, "decided_on")
    return {
        "party_name": case["party_name"],
        "party_kind": words["firm" if is_firm else "person"],
        "credit_code": case["credit_code"],
        "citizen_number": None if is_firm else number,
        "legal_representative": name if is_firm else None,
        "representative_paper_kind": words["citizen_paper"] if is_firm else None,
        "representative_paper_number": number if is_firm else None,
        "person_paper_kind": None if is_firm else words["citizen_paper"],
        "person_paper_number": None if is_firm else number,
        "document_number": case["document_number"],
        "violation": case["cause"],
        "facts": words["facts"].format(cause=case["cause"]),
        "legal_basis": words["basis"].format(cause=case["cause"]),
        "kinds": case["kinds"],
        "content": words["content"].format(kinds=case["kinds"]),
        "fine_yuan": case["fine_yuan"],
        "confiscated_yuan": case["confiscated_yuan"],
        "decided_on": decided,
        "valid_until": words["until"],
        "public_until": rnd.choice(words["terms"]),
        "enforcement_unit": case["enforcement_unit"],
        "deciding_unit_code": unit.credit_code,
        "status": words["status"],
        "region_code": words["region"],
        "source_unit": unit.label.zh,
        "source_unit_code": unit.credit_code,
        "published_on": case["published_on"],
    }


def _revoked(setting: Setting) -> dict[object, date]:
    """Document numbers of penalties that a reconsideration quashed, altered or declared unlawful, with the day."""
    return {
        row["disputed_document"]: _day(row, "concluded_on")
        for row in reconsideration_rows(setting)
        if row.get("matter") == "penalty" and row.get("outcome") in REVOKED and row.get("disputed_document")
    }


def _withdrawn(setting: Setting, revoked: date, days: int, reason: str = "revoked") -> Row:
    return {
        "revoked_on": revoked,
        "retracted_on": setting.after(revoked, days),
        "retraction_reason": setting.words[PENALTIES]["reasons"][reason],
    }


PLANTS = ("penalty_never_published", "penalty_published_late", "penalty_published_on_last_day",
          "revoked_not_withdrawn", "withdrawn_without_reason", "withdrawn_over_holidays")  # fmt: skip


def _stands(setting: Setting, plant: str, row: Row) -> bool:
    return setting.is_planted(plant, row["enforcement_unit"])


def _planted(setting: Setting, plant: str, row: Row) -> Row:
    """What a plant changes in the first penalty of its unit; see plants/."""
    decided = _day(row, "decided_on")
    before_holidays = setting.workdays(setting.year, 9)[-1]
    match plant:
        case "penalty_published_late":
            return {"published_on": setting.after(decided, 8)}
        case "penalty_published_on_last_day":
            return {"published_on": setting.after(decided, 7)}
        case "revoked_not_withdrawn":
            return _withdrawn(setting, before_holidays, 0) | {"retracted_on": None, "retraction_reason": None}
        case "withdrawn_without_reason":
            return _withdrawn(setting, before_holidays, 2) | {"retraction_reason": None}
        case "withdrawn_over_holidays":
            return _withdrawn(setting, before_holidays, 3, "court")
        case _:
            return {}
