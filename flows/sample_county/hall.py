"""The service hall and what it hands on: items, staff, delegated items, intermediary services."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

from flows.sample_county.exports import Export, Layout, Row, Written
from flows.sample_county.service_cases import LIMITS
from flows.sample_county.setting import Setting, spread
from warehouse.inbox import COUNTY_TIME

UNIT = "approval_bureau"
# The published figures of the sample year: items and people in the hall, items of the park, of towns and of villages.
ITEMS, STAFF, PARK_ITEMS, PARK_UNITS, TOWN_ITEMS, VILLAGE_ITEMS = 1732, 156, 160, 19, 128, 62
CANCELLED, KEPT = 42, 47
STATUTORY = 20
# Items that came and went, came later, or are done on duty: none of them is in the figure.
GONE, LATER, ON_DUTY = 46, 12, 35
OPENED = date(2021, 3, 1)


def hall_exports(setting: Setting) -> Iterator[Export]:
    """Four yearly lists; the list of intermediary services is put right once in a year with faults."""
    yield _export(setting, "service_items", _items_layout(setting), _items(setting), 6)
    yield _export(setting, "service_hall_staff", _staff_layout(setting), _staff(setting), 5)
    late = setting.is_planted("delegated_list_late", UNIT)
    yield _export(setting, "delegated_items", _delegated_layout(setting), _delegated(setting), -2 if late else 4)
    reviewed, layout = list(_intermediaries(setting)), _intermediary_layout(setting)
    export = _export(setting, "intermediary_services", layout, reviewed, 7)
    if setting.is_planted("intermediary_without_conclusion", UNIT):
        first = [row | ({"conclusion": None} if at == 11 else {}) for at, row in enumerate(reviewed)]
        yield replace(export, name=setting.text("intermediary_services", "first_file"), rows=first)
        export = replace(export, arrives_at=corrected_at(setting))
    yield export


def corrected_at(setting: Setting) -> datetime:
    """When files are put right: after the night of 25 January and before that of 6 February."""
    return datetime.combine(date(setting.year + 1, 1, 28), time(15, 5), COUNTY_TIME)


def _export(setting: Setting, dataset: str, layout: Layout, rows: Iterator[Row] | list[Row], days_left: int) -> Export:
    arrives = setting.arrival(dataset, str(setting.year), days_left)
    return Export(dataset, UNIT, setting.text(dataset, "file"), layout, rows, arrives)


def _items_layout(setting: Setting) -> Layout:
    title, notes = setting.text("service_items", "title"), setting.notes()
    dates = ("native", "chinese", "dot")
    return Layout("large_xlsx", title, alias=1, dates=dates, full_width=True, empties=("", "—"), notes=notes)


def _items(setting: Setting) -> Iterator[Row]:
    """Of each hall unit as many items as its weight; those that service cases use are the first of them."""
    rnd, end = setting.random("service_items"), date(setting.year, 12, 31)
    topics: dict[str, str] = setting.words["service_cases"]["topics"]
    counts = spread(ITEMS, [14 + (serial * 17) % 29 for serial in range(len(topics))])
    gone = later = 0
    for serial, ((unit, topic), count) in enumerate(zip(topics.items(), counts, strict=True)):
        for at in range(count):
            yield _item(setting, rnd, unit, serial, at, topic)
        if gone < GONE:
            left = end if gone == 0 else end - timedelta(days=5 + gone * 5)
            yield _item(setting, rnd, unit, serial, count, topic) | {"left_on": left}
            gone += 1
        if later < LATER:
            entered = date(setting.year + 1, 1, 2) + timedelta(days=later // 2)
            yield _item(setting, rnd, unit, serial, count + 1, topic) | {"entered_on": entered}
            later += 1
        if serial < ON_DUTY:
            yield _duty_item(setting, rnd, unit, serial, topic)


def _item(setting: Setting, rnd: Random, unit: str, serial: int, at: int, topic: str) -> Row:
    words, names = setting.words["service_items"], setting.words["service_cases"]["items"]
    promised = LIMITS[(serial + at) % 9]
    if at == 9 and setting.is_planted("promise_beyond_statute", unit):
        promised = STATUTORY + 5
    code = f"{setting.declarations.units[unit].credit_code}4{serial:06d}{at:06d}"
    is_service = at % 5 == 4
    return {
        "item_code": code,
        "base_code": code[19:],
        "item_name": topic + names[at % 8] + (f"（{words['aspects'][at // 8 % 12]}）" if at >= 8 else ""),
        "department": unit,
        "kind": "public_service" if is_service else Written(words["kinds"][at % 4]),
        "promised_days": promised,
        "statutory_days": STATUTORY if rnd.random() < 0.97 else None,
        "visits_count": 0 if at % 3 else 1,
        "entered_on": OPENED + timedelta(days=rnd.randrange(900)),
    }


def _duty_item(setting: Setting, rnd: Random, unit: str, serial: int, topic: str) -> Row:
    words = setting.words["service_items"]
    row = _item(setting, rnd, unit, serial, 90, topic)
    more: Row = {"kind": Written(words["on_duty"]), "promised_days": None, "statutory_days": None}
    return row | {"item_name": topic + words["checks"]} | more


def _staff_layout(setting: Setting) -> Layout:
    return Layout(
        "csv",
        setting.text("service_hall_staff", "title"),
        encoding="gb18030",
        delimiter="\t",
        serial=True,
        dates=("slash", "chinese", "compact"),
        paddings=("", "\u3000", "\u00a0"),
        notes=setting.notes(),
    )


def _staff(setting: Setting) -> Iterator[Row]:
    rnd, end, serial = setting.random("service_hall_staff"), date(setting.year, 12, 31), 0
    units = setting.declarations.units_for("hall", end)
    counts = spread(STAFF, [2 + at % 5 for at in range(len(units))])
    for at, (unit, count) in enumerate(zip(units, counts, strict=True)):
        # One in four units has someone who left in the year; three have someone who comes after it.
        for place in range(count + (at % 4 == 0) + (at in (3, 17, 29))):
            serial += 1
            name, _ = setting.people.person()
            row: Row = {
                "staff_number": setting.text("service_hall_staff", "number", serial=serial),
                "staff_name": name,
                "phone": setting.people.phone() if rnd.random() < 0.8 else None,
                "department": unit,
                "window": rnd.choice(setting.words["service_hall_staff"]["windows"]),
                "post": "chief" if place == 0 else "counter" if place % 3 else "back_office",
                "entered_on": OPENED + timedelta(days=rnd.randrange(1000)),
            }
            if place == count and at % 4 == 0:
                row["left_on"] = end - timedelta(days=3 + at * 4)
            elif place >= count:
                row["entered_on"] = end + timedelta(days=2 + at % 5)
            yield row


def _delegated_layout(setting: Setting) -> Layout:
    return Layout(
        "html",
        setting.text("delegated_items", "title"),
        encoding="gb18030",
        alias=1,
        dates=("dot", "chinese"),
        empties=("", "/"),
        notes=setting.notes(),
    )


def _delegated(setting: Setting) -> Iterator[Row]:
    """The park's items by 19 departments; downwards some items go to town and village alike."""
    words = setting.words["delegated_items"]
    topics = list(setting.words["service_cases"]["topics"].items())
    counts = spread(PARK_ITEMS, [5 + at % 4 for at in range(PARK_UNITS)])
    for serial, ((unit, topic), count) in enumerate(zip(topics, counts, strict=False)):
        for at in range(count):
            name = topic + words["actions"][at % 9] + ("" if at < 9 else "（二）")
            yield _handed(setting, unit, "park", serial, at, name)
    # One department took an item back, and one more delegates only from the new year on.
    back = setting.workdays(setting.year, 10)[0]
    yield _handed(setting, topics[20][0], "park", 20, 0, topics[20][1] + words["actions"][0]) | {"revoked_on": back}
    soon = setting.workdays(setting.year + 1, 1)[1]
    yield _handed(setting, topics[21][0], "park", 21, 0, topics[21][1] + words["actions"][1]) | {"delegated_on": soon}
    towns = [(topic, action) for action in words["town_actions"] for topic in words["town_topics"]]
    for at, (topic, action) in enumerate(towns[:TOWN_ITEMS]):
        unit = topics[at % 24][0]
        yield _handed(setting, unit, "town", 800, at, topic + action)
        if at % 3 == 0:
            yield _handed(setting, unit, "village", 800, at, topic + action)
    rest = VILLAGE_ITEMS - (TOWN_ITEMS + 2) // 3
    for at, (topic, action) in enumerate(towns[TOWN_ITEMS : TOWN_ITEMS + rest], start=TOWN_ITEMS):
        yield _handed(setting, topics[at % 24][0], "village", 800, at, topic + action)


def _handed(setting: Setting, unit: str, level: str, serial: int, at: int, name: str) -> Row:
    ways = {"park": "forward_service", "town": "entrusted", "village": "assisted"}
    return {
        "item_code": f"{setting.declarations.units[unit].credit_code}4{serial:06d}{500 + at:06d}",
        "item_name": name,
        "department": unit,
        "level": level,
        "way": ways[level] if at % 4 else "direct",
        "delegated_on": date(setting.year - at % 3, 1 + (serial + at) % 12, 3 + at % 20),
    }


def _intermediary_layout(setting: Setting) -> Layout:
    dataset = "intermediary_services"
    first, last = setting.header(dataset, "reviewed_on"), setting.header(dataset, "published_on")
    return Layout(
        "xlsx",
        setting.text(dataset, "title"),
        group=(setting.text(dataset, "group"), first, last),
        dates=("native", "dot", "chinese"),
        empties=("", "—"),
        notes=setting.notes(),
        more_sheets=True,
    )


def _intermediaries(setting: Setting) -> Iterator[Row]:
    rnd, words = setting.random("intermediary_services"), setting.words["intermediary_services"]
    topics = list(setting.words["service_cases"]["topics"].items())
    days, published = setting.workdays(setting.year, 5), setting.workdays(setting.year, 8)[9]
    pairs = [(subject, service) for service in words["services"] for subject in words["subjects"]]
    conclusions = ["cancelled"] * CANCELLED + ["kept"] * KEPT
    rnd.shuffle(conclusions)
    for serial, (conclusion, (subject, service)) in enumerate(zip(conclusions, pairs, strict=False), start=1):
        unit, topic = topics[serial % 26]
        is_kept = conclusion == "kept"
        yield {
            "service_number": setting.text("intermediary_services", "number", serial=serial),
            "service_name": subject + service,
            "permit_name": topic + setting.words["service_cases"]["items"][serial % 8],
            "department": unit,
            "reviewed_on": rnd.choice(days),
            "conclusion": conclusion,
            "list_title": setting.text("intermediary_services", "list") if is_kept else None,
            "published_on": published if is_kept else None,
        }
