"""Administrative suits: 23 against the county government; instances of one suit are rows of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.setting import Setting

DATASET = "litigation_cases"
COUNTY = "county_government"
# 20 suits against the county government began in the year, 3 came up on appeal from the year before: 23.
BEGUN, FROM_LAST_YEAR, APPEALED = 20, 3, 6
OTHERS = (
    *("urban_management_bureau", "agriculture_bureau", "human_resources_bureau"),
    *("market_bureau", "natural_resources_bureau", "public_security_bureau", "finance_bureau"),
    *("water_bureau", "forestry_bureau", "qingyan_town", "datang_town", "housing_construction_bureau"),
)
# The serials of suits that are lost at last: 4 of some 40, below the county's 15 %.
LOST = (2, 9, 24, 33)
# Suits of great public interest, where a court must notify the head; none of the three planted hearings.
CONCERNS = {3: "environment", 5: "food_and_drugs", 11: "public_attention", 26: "public_health", 40: "environment"}


@dataclass(frozen=True)
class Suit:
    """One suit at its first instance."""

    serial: int
    defendants: tuple[str, ...]
    is_appealed: bool
    year: int


def litigation_export(setting: Setting) -> Export:
    """The year's ledger: an xlsx with a header in two rows and several defendants in a cell."""
    group = setting.text(DATASET, "group")
    first, last = setting.header(DATASET, "head_post"), setting.header(DATASET, "absence_reason")
    layout = Layout(
        "xlsx",
        setting.text(DATASET, "title"),
        group=(group, first, last),
        dates=("native", "dot", "chinese"),
        empties=("", "—"),
        notes=setting.notes(),
        more_sheets=True,
    )
    rows = sorted(_rows(setting), key=lambda row: str(row["filed_on"]))
    arrives = setting.arrival(DATASET, str(setting.year), 2)
    return Export(DATASET, "justice_bureau", setting.text(DATASET, "file"), layout, rows, arrives)


def _suits(setting: Setting) -> Iterator[Suit]:
    for at in range(BEGUN):
        beside = () if at % 5 < 3 else (OTHERS[3 + at % 4],)
        yield Suit(at + 1, (COUNTY, *beside), at < APPEALED, setting.year)
    for at in range(24):
        yield Suit(BEGUN + at + 1, (OTHERS[at % len(OTHERS)],), at in (14, 15, 17), setting.year)
    for at in range(FROM_LAST_YEAR):
        yield Suit(70 + at, (COUNTY,), True, setting.year - 1)


def _rows(setting: Setting) -> Iterator[Row]:
    rnd = setting.random(DATASET)
    seen: set[str] = set()
    for suit in _suits(setting):
        number = setting.text(DATASET, "first", year=suit.year, serial=suit.serial)
        plaintiff, _ = setting.people.person()
        common: Row = {
            "plaintiff_name": plaintiff,
            "defendants": suit.defendants,
            "cause": rnd.choice(setting.words[DATASET]["causes"]),
        }
        # Appealed suits begin early enough to be decided twice within the year.
        month = rnd.randint(1, 4) if suit.is_appealed else rnd.randint(1, 12)
        is_planted = suit.defendants[0] in OTHERS[:3] and suit.defendants[0] not in seen
        seen.add(suit.defendants[0])
        filed = rnd.choice(setting.workdays(setting.year, 3 if is_planted else month))
        if suit.year == setting.year:
            row = common | {"case_number": number, "instance": "first"} | _course(setting, rnd, filed, suit)
            row |= _answer(setting, suit, filed)
            yield row | (_presence(setting, suit.defendants[0]) if is_planted else {})
            filed = setting.after(filed, 75)
        if suit.is_appealed:
            second = setting.text(DATASET, "second", serial=100 + suit.serial)
            decided = _course(setting, rnd, filed, Suit(suit.serial, suit.defendants, False, suit.year))
            yield common | {
                "case_number": second, "first_instance_number": number, "instance": "second"
            } | decided  # fmt: skip


def _course(setting: Setting, rnd: Random, filed: date, suit: Suit) -> Row:
    """Hearing after 30 working days, judgment after 60; what has not happened by the year's end is empty."""
    end = date(setting.year, 12, 31)
    hearing, judged = setting.after(filed, rnd.randint(20, 30)), setting.after(filed, rnd.randint(45, 60))
    row: Row = {"filed_on": filed}
    if hearing <= end:
        post = rnd.choice(("head", "deputy", "deputy", "responsible"))
        row |= {"hearing_on": hearing, "head_post": post, "head_attended": True}
    if judged <= end:
        is_lost = suit.serial in LOST and not suit.is_appealed and suit.year == setting.year
        outcome = rnd.choice(("quashed", "declared_unlawful")) if is_lost else rnd.choice(("dismissed", "withdrawn"))
        row |= {"judged_on": judged, "outcome": outcome, "is_lost": is_lost, "is_final": not suit.is_appealed}
    return row


def _answer(setting: Setting, suit: Suit, filed: date) -> Row:
    """The complaint, the answer to it within fifteen days, and why the head must appear; late suits are still open."""
    row: Row = {"concern": CONCERNS.get(suit.serial, "ordinary" if suit.serial % 3 else None)}
    received = setting.after(filed, 2 + suit.serial % 4)
    if received + timedelta(days=20) > date(setting.year, 12, 31):
        return row
    answered = received + timedelta(days=4 + suit.serial % 12)
    if setting.is_planted("suit_answered_on_rolled_day", suit.defendants[0]):
        while setting.calendar.is_workday(received + timedelta(days=15)):
            received += timedelta(days=1)
        answered = setting.calendar.roll_forward(received + timedelta(days=15))
    if setting.is_planted("suit_answered_late", suit.defendants[0]):
        answered = setting.after(setting.calendar.roll_forward(received + timedelta(days=15)), 1)
    return row | {"complaint_received_on": received, "answered_on": answered}


def _presence(setting: Setting, unit: str) -> Row:
    """Who came to the planted hearing; see plants/."""
    if setting.is_planted("responsible_in_court", unit):
        return {"head_post": "responsible"}
    if setting.is_planted("staff_in_court", unit):
        return {"head_post": "other"}
    if setting.is_planted("nobody_in_court", unit):
        return {"head_post": None, "head_attended": False, "absence_reason": setting.text(DATASET, "sent_staff")}
    return {}
