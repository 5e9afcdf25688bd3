"""Administrative reconsideration: 123 cases handled, 17 of them carried over; contact points; court referrals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.penalties import penalty_rows
from flows.sample_county.people import People
from flows.sample_county.setting import Setting, spread

UNIT, DATASET = "justice_bureau", "reconsideration_cases"
# 17 carried over and 106 accepted in the year are the 123 that were handled; 19 are pending at its end.
CARRIED, ACCEPTED, PENDING, REFUSED = 17, 106, 19, 9
REFERRALS = 10
WEIGHTS = {"public_security_bureau": 22, "market_bureau": 16, "natural_resources_bureau": 18, "transport_bureau": 10,
           "human_resources_bureau": 12, "housing_construction_bureau": 12, "urban_management_bureau": 10,
           "agriculture_bureau": 4, "water_bureau": 3, "health_bureau": 4, "songlin_town": 3, "jinji_town": 3,
           "wenfeng_town": 2, "baishi_town": 2, "forestry_bureau": 2}  # fmt: skip
MATTERS = ("disclosure", "inaction", "licence", "coercion", "confirmation", "expropriation", "other")
NEW_LAW = date(2024, 1, 1)
CORRECTED = ("quashed", "altered", "declared_unlawful", "ordered")
KEPT = ("upheld", "upheld", "upheld", "claim_dismissed", "settled", "settled", "terminated", "application_dismissed")


@dataclass
class Matter:
    """One case that is handled in the year: of whom, accepted when, and whether it is still pending."""

    unit: str
    accepted_on: date
    is_pending: bool
    serial: int
    is_corrected: bool = False


def reconsideration_exports(setting: Setting) -> Iterator[Export]:
    """The ledger of cases, the list of contact points and the court's referrals."""
    year, first = str(setting.year), setting.header(DATASET, "suspended_on")
    group = (setting.text(DATASET, "group"), first, setting.header(DATASET, "extension_approved_on"))
    layout = Layout(
        "xlsx", setting.text(DATASET, "title"), serial=True, group=group, dates=("native", "dot", "chinese"),
        empties=("", "—", "/"), brackets=tuple(setting.words["normative_documents"]["brackets"]),
        notes=setting.notes(), more_sheets=True,
    )  # fmt: skip
    rows = list(reconsideration_rows(setting))
    arrives = setting.arrival(DATASET, year, 3)
    yield Export(DATASET, UNIT, setting.text(DATASET, "file"), layout, rows, arrives)
    yield from _point_exports(setting)
    referred = Layout(
        "csv", setting.text("pre_suit_referrals", "title"), encoding="gb18030", delimiter="\t", alias=1,
        dates=("chinese", "slash"), empties=("", "/"), notes=setting.notes(),
    )  # fmt: skip
    yield Export(
        "pre_suit_referrals", UNIT, setting.text("pre_suit_referrals", "file"), referred, list(_referrals(setting)),
        setting.arrival("pre_suit_referrals", year, 4),
    )  # fmt: skip


def reconsideration_rows(setting: Setting) -> Iterator[Row]:
    """The year's ledger by the day of acceptance, then the applications that were not accepted."""
    rnd, matters = setting.random(DATASET), _matters(setting)
    people, penalties = People(setting.random(f"{DATASET}:people"), setting.words), penalty_rows(setting)
    seen: set[str] = set()
    for matter in matters:
        row = _case(setting, rnd, matter, penalties) | {"applicant_name": people.person()[0]}
        is_ordinary = row.get("concluded_on") is not None and row.get("procedure") == "ordinary"
        if is_ordinary and not matter.is_corrected and matter.accepted_on.month < 9 and matter.unit not in seen:
            seen.add(matter.unit)
            row |= _planted(setting, matter, row)
        if matter.is_corrected and setting.is_planted("corrected_penalty_unknown", matter.unit):
            row |= _unknown_penalty(setting, matter)
        yield row
    days = [day for month in range(1, 12) for day in setting.workdays(setting.year, month)]
    for serial in range(REFUSED):
        received = rnd.choice(days)
        yield _received(setting, CARRIED + ACCEPTED + serial + 1, setting.year) | {
            "applicant_name": people.person()[0], "respondent": rnd.choice(list(WEIGHTS)), "matter": "other",
            "received_on": received, "refused_on": setting.after(received, rnd.randint(1, 5)),
        }  # fmt: skip


def _matters(setting: Setting) -> list[Matter]:
    """All cases handled: those carried over, those of the year, and the last ones, which are pending."""
    rnd, year = setting.random(f"{DATASET}:days"), setting.year
    before = [day for month in (11, 12) for day in setting.workdays(year - 1, month)][12:]
    during = [day for month in range(1, 11) for day in setting.workdays(year, month)]
    late = [day for day in setting.workdays(year, 12) if day.day >= 12]
    accepted = sorted(rnd.choice(before) for _ in range(CARRIED))
    accepted += sorted(rnd.choice(during) for _ in range(ACCEPTED - PENDING))
    accepted += sorted(rnd.choice(late) for _ in range(PENDING))
    counts = spread(CARRIED + ACCEPTED, list(WEIGHTS.values()))
    units = [unit for unit, count in zip(WEIGHTS, counts, strict=True) for _ in range(count)]
    rnd.shuffle(units)
    last = len(accepted) - PENDING
    found = [Matter(unit, on, at >= last, at + 1) for at, (unit, on) in enumerate(zip(units, accepted, strict=True))]
    _correct(setting, found)
    return found


def _correct(setting: Setting, matters: list[Matter]) -> None:
    """One in eight of a unit's concluded cases is corrected; none where fewer than eight were concluded."""
    concluded = [one for one in matters if not one.is_pending]
    counts = Counter(one.unit for one in concluded)
    for unit, count in counts.items():
        own = [one for one in concluded if one.unit == unit and one.accepted_on >= date(setting.year, 2, 20)]
        some = count // 8
        if setting.is_planted("corrected_too_often", unit):
            some = max(3, count // 4 + 1)
        if setting.is_planted("corrected_penalty_unknown", unit):
            some = max(1, some)
        for one in own[:some]:
            one.is_corrected = True


def _received(setting: Setting, serial: int, year: int) -> Row:
    number = setting.text(DATASET, "number", year=year, serial=serial)
    return {"ledger_year_on": date(setting.year, 12, 31), "case_number": number}


def _case(setting: Setting, rnd: Random, matter: Matter, penalties: list[Row]) -> Row:
    """One case from its application on, each step within its limit."""
    accepted, year = matter.accepted_on, matter.accepted_on.year
    serial = matter.serial if year == setting.year else 150 + matter.serial
    procedure = None if accepted < NEW_LAW else rnd.choice(("ordinary", "ordinary", "ordinary", "simplified"))
    if procedure and year < setting.year:
        procedure = "ordinary"  # a simplified case would have been concluded before the year began
    is_quick = procedure == "simplified"
    received = setting.calendar.add_working_days(accepted, -rnd.randint(0, 4))
    sent = setting.after(accepted, rnd.randint(1, 3 if is_quick else 7))
    copied = setting.after(sent, rnd.randint(0, 2))
    answered = setting.after(copied, rnd.randint(1, 5))
    row = _received(setting, serial, year) | {
        "respondent": matter.unit,
        "matter": rnd.choice(MATTERS),
        "received_on": received,
        "accepted_on": accepted,
        "procedure": procedure,
        "sent_on": sent,
    }
    end = date(setting.year, 12, 31)
    row |= {"copy_received_on": copied} if copied <= end or not matter.is_pending else {}
    row |= {"answered_on": answered} if answered <= end or not matter.is_pending else {}
    if rnd.random() < 0.1:
        # The days begin anew when the supplement comes.
        row |= {"received_on": setting.calendar.add_working_days(received, -9), "supplemented_on": received}
    row |= _disputed(rnd, matter, penalties) if matter.is_corrected or rnd.random() < 0.5 else {}
    return row if matter.is_pending else row | _concluded(setting, rnd, matter, procedure)


def _disputed(rnd: Random, matter: Matter, penalties: list[Row]) -> Row:
    """A penalty of the unit, decided in the sixty days before; nothing where it decided none."""
    found = [
        row
        for row in penalties
        if row["enforcement_unit"] == matter.unit
        and isinstance(decided := row.get("decided_on"), date)
        and timedelta(days=5) <= matter.accepted_on - decided <= timedelta(days=55)
    ]
    if not found:
        return {}
    one = rnd.choice(found)
    return {"matter": "penalty", "disputed_document": one["document_number"], "disputed_on": one["decided_on"]}


def _concluded(setting: Setting, rnd: Random, matter: Matter, procedure: str | None) -> Row:
    """Concluded in time, now and then after a suspension or with an extension approved before the limit."""
    accepted, outcome = matter.accepted_on, rnd.choice(CORRECTED if matter.is_corrected else KEPT)
    row: Row = {"outcome": outcome}
    if matter.is_corrected and rnd.random() < 0.5:
        row["opinion_number"] = setting.text(DATASET, "opinion", serial=matter.serial)
    if procedure == "simplified":
        return row | {"concluded_on": accepted + timedelta(days=rnd.randint(16, 30))}
    if accepted.year < setting.year:
        # Carried over: concluded in the year itself.
        return row | {"concluded_on": max(accepted + timedelta(days=rnd.randint(45, 60)), date(setting.year, 1, 3))}
    if accepted.month < 9 and rnd.random() < 0.1:
        approved = accepted + timedelta(days=rnd.randint(45, 58))
        return row | {"extension_approved_on": approved, "concluded_on": accepted + timedelta(days=rnd.randint(70, 88))}
    return row | {"concluded_on": accepted + timedelta(days=rnd.randint(30, 60))}


def _planted(setting: Setting, matter: Matter, row: Row) -> Row:
    """What a plant changes in the first ordinary case of its unit; see plants/."""
    accepted, after = matter.accepted_on, setting.after
    plain: Row = {"suspended_on": None, "resumed_on": None, "extension_approved_on": None}
    if setting.is_planted("reconsideration_answered_late", matter.unit):
        copied = row["copy_received_on"]
        return {"answered_on": after(copied, 11)} if isinstance(copied, date) else {}
    if setting.is_planted("reconsideration_over_suspension", matter.unit):
        suspended = accepted + timedelta(days=20)
        resumed = suspended + timedelta(days=35)
        return plain | {"suspended_on": suspended, "resumed_on": resumed, "concluded_on": accepted + timedelta(days=90)}
    if setting.is_planted("reconsideration_extended_late", UNIT) and matter.unit == "human_resources_bureau":
        last = setting.calendar.roll_forward(accepted + timedelta(days=60))
        late = last + timedelta(days=1)
        return plain | {"extension_approved_on": late, "concluded_on": last + timedelta(days=20)}
    return {}


def _unknown_penalty(setting: Setting, matter: Matter) -> Row:
    code = setting.words["penalty_cases"]["codes"][matter.unit]
    number = setting.text("penalty_cases", "number", code=code, serial=9000 + matter.serial)
    day = matter.accepted_on - timedelta(days=20)
    return {"matter": "penalty", "disputed_document": number, "disputed_on": day, "outcome": "quashed"}


def _point_exports(setting: Setting) -> Iterator[Export]:
    """One point in every town, a second one in four, one closed; in a year with faults corrected once."""
    dataset = "reconsideration_contact_points"
    layout = Layout(
        "html", setting.text(dataset, "title"), alias=1, serial=True, dates=("slash", "chinese"), empties=("", "—"),
        notes=setting.notes(),
    )  # fmt: skip
    rows, arrives = list(_points(setting)), setting.arrival(dataset, str(setting.year), 2)
    export = Export(dataset, UNIT, setting.text(dataset, "file"), layout, rows, arrives)
    known = [row for row in rows if not setting.is_planted("contact_point_missing", row["town"])]
    if len(known) == len(rows):
        yield export
        return
    yield replace(export, rows=known)
    corrected = setting.text(dataset, "corrected")
    yield replace(export, name=corrected, arrives_at=arrives + timedelta(days=13))


def _points(setting: Setting) -> Iterator[Row]:
    rnd, words = setting.random("contact_points"), setting.words["reconsideration_contact_points"]
    people = People(setting.random("contact_points:people"), setting.words)
    towns = setting.declarations.units_for("town", date(setting.year, 12, 31))
    listed = [(town, words["point"]) for town in towns] + [(town, words["second"]) for town in towns[:4]]
    for town, pattern in listed:
        name = setting.declarations.units[town].label.zh
        is_closed = pattern == words["second"] and town == towns[3]
        yield {
            "point_name": pattern.format(town=name),
            "town": town,
            "address": words["address"].format(town=name),
            "contact_name": people.person()[0],
            "contact_phone": people.phone(),
            "established_on": date(setting.year - 1, 3, 1) + timedelta(days=rnd.randrange(480)),
            "closed_on": date(setting.year, 9, 30) if is_closed else None,
        }


def _referrals(setting: Setting) -> Iterator[Row]:
    rnd, words = setting.random("pre_suit_referrals"), setting.words["pre_suit_referrals"]
    people = People(setting.random("pre_suit_referrals:people"), setting.words)
    days = [day for month in range(1, 12) for day in setting.workdays(setting.year, month)]
    for serial, on in enumerate(sorted(rnd.sample(days, REFERRALS)), start=1):
        yield {
            "referral_number": setting.text("pre_suit_referrals", "number", serial=serial),
            "court_name": words["court"],
            "referred_on": on,
            "cause": rnd.choice(words["causes"]),
            "plaintiff_name": people.person()[0],
            "opponent": rnd.choice(list(WEIGHTS)),
            "mediated_on": setting.after(on, rnd.randint(5, 15)),
            "outcome": rnd.choice(("succeeded", "succeeded", "failed")),
        }
