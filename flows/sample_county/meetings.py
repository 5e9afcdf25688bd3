"""Executive meetings of the county government, and what was reviewed for them and of their minutes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.responsibility import overseen_units
from flows.sample_county.setting import Setting, spread

MEETINGS, REVIEWS, OFFICE = "executive_meetings", "meeting_reviews", "county_government_office"
# The published figures of the sample year: a meeting a month, 162 reviews of their items, 95 of special minutes.
HELD, ITEMS_REVIEWED, SPECIAL_MINUTES = 12, 162, 95
# Six items came back and were reviewed twice: 162 reviews of 156 items.
TWICE = 6
ITEMS = ITEMS_REVIEWED - TWICE
# Planted meetings, by their place in the year.
WITHOUT_ADVISER, ONE_MORE_ITEM = 5, 8


def meeting_exports(setting: Setting) -> Iterator[Export]:
    """The government office's list of meetings, and the justice bureau's register of reviews."""
    year, counts = str(setting.year), spread(ITEMS, [11 + at * 5 % 7 for at in range(HELD)])
    held = [setting.workdays(setting.year, month)[8] for month in range(1, HELD + 1)]
    layout = Layout(
        "xlsx", setting.text(MEETINGS, "title"), serial=True, full_width=True, dates=("chinese_padded", "native"),
        header_spaces=True, notes=setting.notes(),
    )  # fmt: skip
    meetings = list(_meetings(setting, held, counts))
    yield Export(
        MEETINGS, OFFICE, setting.text(MEETINGS, "file"), layout, meetings, setting.arrival(MEETINGS, year, 9)
    )  # fmt: skip
    layout = Layout(
        "csv", setting.text(REVIEWS, "title"), encoding="gb18030", alias=1, dates=("iso", "slash", "chinese"),
        paddings=("", "\t", "\u3000"), empties=("", "—"), notes=setting.notes(),
    )  # fmt: skip
    rows = [*_items(setting, held, counts), *_executive_minutes(setting, held), *_special_minutes(setting)]
    rows = [
        row | {"review_number": setting.text(REVIEWS, "number", serial=serial)}
        for serial, row in enumerate(sorted(rows, key=lambda row: str(row["reviewed_on"])), start=1)
    ]
    yield Export(
        REVIEWS, "justice_bureau", setting.text(REVIEWS, "file"), layout, rows, setting.arrival(REVIEWS, year, 5)
    )


def _meetings(setting: Setting, held: list[date], counts: list[int]) -> Iterator[Row]:
    for serial, (day, count) in enumerate(zip(held, counts, strict=True), start=1):
        has_more = serial == ONE_MORE_ITEM and setting.is_planted("agenda_item_not_in_register", "county")
        is_absent = serial == WITHOUT_ADVISER and setting.is_planted("adviser_absent", "county")
        yield {
            "meeting_number": setting.text(MEETINGS, "number", serial=serial),
            "held_on": day,
            "items_count": count + has_more,
            "adviser_attended": not is_absent,
            "adviser_name": None if is_absent else setting.words[MEETINGS]["advisers"][serial % 3],
        }


def _items(setting: Setting, held: list[date], counts: list[int]) -> Iterator[Row]:
    """Every item of every agenda, reviewed one to eight working days before; one on the very day of its meeting."""
    rnd, units, planted = setting.random(REVIEWS), overseen_units(setting), "item_reviewed_after_meeting"
    late = next((unit for unit in units if setting.is_planted(planted, unit)), "")
    same_day = next(unit for unit in units if setting.is_planted("item_reviewed_on_the_day", unit))
    others = [unit for unit in units if unit not in (late, same_day)]
    for serial, (day, count) in enumerate(zip(held, counts, strict=True), start=1):
        for number in range(1, count + 1):
            place = (serial, number)
            unit = late if late and place == (4, 2) else same_day if place == (6, 3) else rnd.choice(others)
            reviewed = setting.after(day, -rnd.randint(1, 8))
            reviewed = day if unit == same_day else setting.after(day, 2) if unit == late else reviewed
            meeting = setting.text(MEETINGS, "number", serial=serial)
            row: Row = {
                "kind": "executive_item",
                "meeting_number": meeting,
                "agenda_number": f"{meeting}-{number:02d}",
                "held_on": day,
                "subject": rnd.choice(setting.words[REVIEWS]["items"]),
                "submitting_unit": unit,
            }
            # An item that came back was first reviewed before it was changed.
            if number == 1 and serial % 2 == 0:
                yield row | _reviewed(setting, rnd, setting.after(day, -9))
            yield row | _reviewed(setting, rnd, reviewed)


def _executive_minutes(setting: Setting, held: list[date]) -> Iterator[Row]:
    rnd = setting.random(f"{REVIEWS}:minutes")
    for serial, day in enumerate(held, start=1):
        meeting = setting.text(MEETINGS, "number", serial=serial)
        yield {
            "kind": "executive_minutes",
            "meeting_number": meeting,
            "held_on": day,
            "subject": setting.text(REVIEWS, "minutes_of", meeting=meeting),
            "submitting_unit": OFFICE,
        } | _reviewed(setting, rnd, setting.after(day, rnd.randint(3, 6)))


def _special_minutes(setting: Setting) -> Iterator[Row]:
    rnd, units = setting.random(f"{REVIEWS}:special"), overseen_units(setting)
    for serial in range(1, SPECIAL_MINUTES + 1):
        day = rnd.choice(setting.workdays(setting.year, 1 + (serial - 1) * 12 // SPECIAL_MINUTES))
        yield {
            "kind": "special_minutes",
            "meeting_number": setting.text(REVIEWS, "special", serial=serial),
            "held_on": day,
            "subject": setting.text(REVIEWS, "special_of", subject=rnd.choice(setting.words[REVIEWS]["subjects"])),
            "submitting_unit": rnd.choice(units),
        } | _reviewed(setting, rnd, setting.after(day, rnd.randint(1, 6)))


def _reviewed(setting: Setting, rnd: Random, reviewed: date) -> Row:
    return {"received_on": setting.after(reviewed, -rnd.randint(1, 3)), "reviewed_on": reviewed}
