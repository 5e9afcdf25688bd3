"""The life of single service cases: accepted, paused, completed, void, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from random import Random

from flows.sample_county.exports import Row, Written
from flows.sample_county.people import firm_code
from flows.sample_county.planting import unit_of
from flows.sample_county.setting import Setting

LIMITS = (0, 1, 3, 5, 5, 10, 10, 15, 20)
WINDOW_CLOSES = time(20, 15)


@dataclass(frozen=True)
class Item:
    """One thing that a unit does for people."""

    unit: str
    code: str
    name: str
    days: int
    level: str
    can_be_online: bool


@dataclass
class Case:
    """One case; each change of it is one row of an export."""

    row: Row
    changes: list[tuple[str, date, Row]] = field(default_factory=list)

    def rows(self, year: int, month: int) -> Iterator[Row]:
        """The rows that were synced in a month."""
        for mark, day, values in self.changes:
            if (day.year, day.month) == (year, month):
                yield {**self.row, **values, "sync_mark": mark, "synced_at": datetime.combine(day, WINDOW_CLOSES)}

    @property
    def ends(self) -> tuple[int, int]:
        """The month of its last change."""
        day = max(day for _, day, _ in self.changes)
        return day.year, day.month


class Desk:
    """Makes cases. Due days come from the calendar, so every case but the planted ones is in time."""

    def __init__(self, setting: Setting, rnd: Random) -> None:
        self._setting, self._rnd = setting, rnd
        self._numbers: dict[date, int] = {}
        items = self._items()
        self.hall = {unit: [item for item in items if item.unit == unit] for unit in {item.unit: 0 for item in items}}
        self._county = [item for item in items if item.level == "county"]
        self._local = [item for item in items if item.level != "county"]

    def _items(self) -> list[Item]:
        words, units = self._setting.words["service_cases"], self._setting.declarations.units
        found = []
        for serial, (unit, topic) in enumerate(words["topics"].items()):
            for at, name in enumerate(words["items"][: 4 + serial % 5]):
                code = f"{units[unit].credit_code}4{serial:06d}{at:06d}"
                found.append(Item(unit, code, topic + name, LIMITS[(serial + at) % 9], "county", at % 4 != 3))
        towns = [unit for unit, held in units.items() if held.kind == "town"]
        for town in towns:
            for at, name in enumerate(words["town_items"]):
                code = f"{units[town].credit_code}{5 + at % 2}{900:06d}{at:06d}"
                found.append(Item(town, code, name, LIMITS[at], "village" if at % 2 else "town", at != 5))
        return found

    def item_for(self, at: int, least_days: int = 0) -> Item:
        """Every hall unit comes up once among the first forty of a month; then by chance, 55 % for the county level."""
        if at < len(self._setting.words["service_cases"]["topics"]):
            unit = list(self.hall)[at]
            fitting = [item for item in self.hall[unit] if item.days >= least_days]
            if fitting:
                return self._rnd.choice(fitting)
        while True:
            item = self._rnd.choice(self._county if self._rnd.random() < 0.55 else self._local)
            if item.days >= least_days:
                return item

    def item_of(self, unit: str, days: int) -> Item:
        """An item of a planted case, with a limit of its own."""
        item = self.hall[unit][0]
        return Item(item.unit, item.code, item.name, days, item.level, item.can_be_online)

    def opened(self, item: Item, on: date) -> Row:
        """The columns that every row of a case repeats."""
        # Days outside the year are numbered apart: the samples of two years never use one number twice.
        first = (on.year != self._setting.year) * (9000 if on.year < self._setting.year else 5000)
        self._numbers[on] = self._numbers.get(on, first) + 1
        is_firm = item.level == "county" and self._rnd.random() < 0.4
        name, number = self._setting.people.person()
        if is_firm:
            name, number = self._setting.people.firm_name(), firm_code(self._rnd.randrange(15000))
        # What can be done online in a town is done online: the year's rate is 100 %.
        is_online = item.can_be_online and (item.level != "county" or self._rnd.random() < 0.8)
        return {
            "case_number": f"{item.code}{on:%Y%m%d}{self._numbers[on]:04d}",
            "item_code": item.code,
            "item_name": item.name,
            "applicant_name": name,
            "applicant_id": number if self._rnd.random() < 0.97 else None,
            "accepted_on": on,
            "promised_days": item.days,
            "handling_unit": item.unit,
            "level": item.level,
            "channel": "online" if is_online else "counter",
            "can_be_online": item.can_be_online,
        }

    def completed(self, item: Item, on: date, last: date) -> Case:
        """Accepted and completed in time, and on or before `last`; about one in forty with a special procedure."""
        rnd, after = self._rnd, self._setting.after
        row = self.opened(item, on)
        days = min(rnd.randint(0, item.days), rnd.randint(0, item.days))
        done = after(on, days) if days else on
        special: Row = {}
        if item.days >= 5 and rnd.random() < 0.05:
            begun, paused = after(on, 1), rnd.randint(5, 15)
            ended = after(begun, paused)
            done = after(ended, item.days - 2)
            special = {"special_started_on": begun, "special_ended_on": ended}
        if done > last:
            done, special = on, {}
        chance = rnd.random()
        usual = "granted" if item.days else "completed"
        result = "refused" if chance < 0.01 else "withdrawn" if chance < 0.015 else usual
        end: Row = {**special, "completed_on": done, "result": result}
        begun_and_done = done == on or ((done.year, done.month) == (on.year, on.month) and rnd.random() < 0.7)
        if begun_and_done:
            return Case(row, [("inserted", done, end)])
        return Case(row, [("inserted", on, {}), ("updated", done, end)])

    def void(self, item: Item, on: date) -> Case:
        """Closed on its first day as void: never counted."""
        return Case(self.opened(item, on), [("inserted", on, {"completed_on": on, "result": "void"})])

    def deleted(self, item: Item, on: date, later: date) -> Case:
        """Entered by mistake and deleted at its source."""
        return Case(self.opened(item, on), [("inserted", on, {}), ("deleted", later, {})])

    def carried(self, item: Item, on: date, first: date) -> Case:
        """Accepted in one year and completed, in time, in the first days of the next, on or after `first`."""
        days = next(days for days in range(1, item.days + 1) if self._setting.after(on, days) >= first)
        done = self._setting.after(on, self._rnd.randint(days, min(item.days, days + 8)))
        end: Row = {"completed_on": done, "result": "granted"}
        return Case(self.opened(item, on), [("inserted", on, {}), ("updated", done, end)])

    def unfinished(self, item: Item, on: date) -> Case:
        """Still in hand."""
        return Case(self.opened(item, on), [("inserted", on, {})])


def planted_cases(setting: Setting, desk: Desk, month: int) -> Iterator[Case]:
    """The planted cases accepted in a month; see plants/."""
    after = setting.after
    days = setting.workdays(setting.year, month)
    if month == 5:
        on, begun = days[2], days[4]
        ended = after(begun, 10)
        end: Row = {
            "special_started_on": begun,
            "special_ended_on": ended,
            "completed_on": after(on, 18),
            "result": "granted",
        }
        item = desk.item_of(unit_of("case_paused"), 10)
        yield Case(desk.opened(item, on), [("inserted", on, {}), ("updated", after(on, 18), end)])
    if month == 9:
        item, on, done = desk.item_of(unit_of("case_over_holidays"), 5), days[-2], after(days[-2], 5)
        end = {"completed_on": done, "result": "granted"}
        yield Case(desk.opened(item, on), [("inserted", on, {}), ("updated", done, end)])
    if setting.clean:
        return
    if month == 4:
        item, on, done = desk.item_of(unit_of("service_cases_late"), 5), days[5], after(days[5], 7)
        end = {"completed_on": done, "result": "granted"}
        yield Case(desk.opened(item, on), [("inserted", on, {}), ("updated", done, end)])
    if month == 5:
        yield desk.unfinished(desk.item_of(unit_of("service_cases_late"), 10), days[5])
    if month == 8:
        item, on = desk.item_of(unit_of("service_case_unreadable"), 5), days[5]
        spelled = Written(setting.text("service_cases", "unreadable"))
        end = {"completed_on": spelled, "result": "granted"}
        yield Case(desk.opened(item, on), [("inserted", after(on, 3), end)])
