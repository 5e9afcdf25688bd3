"""Villages and communities of the 19 towns, their law-literate people and model households: three stocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.people import People
from flows.sample_county.setting import Setting, spread

VILLAGES, MERGED = 230, 3
# The published stocks of the sample year, and who left before its end.
HOUSEHOLDS, PEOPLE, WITHDRAWN, LEFT = 291, 873, 7, 21


@dataclass(frozen=True)
class Village:
    """One village or community; `merged_on` is the day on which it became part of another."""

    code: str
    name: str
    kind: str
    town: str
    established_on: date
    merged_on: date | None = None


def villages(setting: Setting) -> list[Village]:
    """All of them, town by town, the merged ones last: the same for every part that asks."""
    words, units = setting.words["villages"], setting.declarations.units
    towns = setting.declarations.units_for("town", date(setting.year, 12, 31))
    pairs = ["".join(pair) for pair in product(words["first"], words["second"])]
    found = []
    for at, (town, count) in enumerate(zip(towns, spread(VILLAGES, [1] * len(towns)), strict=True)):
        for serial in range(count):
            kind = "community" if serial < (4 if at < 4 else 1) else "village"
            name = words[kind].format(name=pairs[(at * 7 + serial * 3) % len(pairs)])
            code = f"{units[town].town_code}{serial + 1:03d}"
            # Half of them came out of the merger of villages some years ago.
            founded = date(setting.year - 8, 5, 12) if serial % 2 else date(1984, 3, 1) + timedelta(days=serial * 40)
            found.append(Village(code, name, kind, town, founded))
    for at in range(MERGED):
        town = towns[6 + at]
        name = words["village"].format(name=pairs[-1 - at])
        code = f"{units[town].town_code}{90 + at:03d}"
        found.append(Village(code, name, "village", town, date(1984, 3, 1), date(setting.year - 1, 6, 30)))
    return found


def village_exports(setting: Setting) -> Iterator[Export]:
    """The list of the civil affairs bureau and the two rosters of the justice bureau.

    In a year with faults the roster of people is sent twice: the first one holds a mistyped code of a village.
    """
    known, year = villages(setting), str(setting.year)
    listed = Layout(
        "xlsx", setting.text("villages", "title"), serial=True, header_spaces=True, dates=("native", "dot"),
        empties=("", "—"), notes=setting.notes(), more_sheets=True,
    )  # fmt: skip
    yield Export(
        "villages", "civil_affairs_bureau", setting.text("villages", "file"), listed, list(_village_rows(known)),
        setting.arrival("villages", year, 6),
    )  # fmt: skip
    rows, arrives = list(_people_rows(setting, known)), setting.arrival("law_literate_people", year, 3)
    layout = Layout(
        "csv", setting.text("law_literate_people", "title"), encoding="gb18030", alias=1,
        dates=("slash", "chinese", "full_width"), paddings=("", "\u3000", "\n\t"), notes=setting.notes(),
    )  # fmt: skip
    name = setting.text("law_literate_people", "file")
    export = Export("law_literate_people", "justice_bureau", name, layout, rows, arrives)
    if (mistyped := _with_fault(setting, known, rows)) is not None:
        yield replace(export, rows=mistyped)
        corrected = setting.text("law_literate_people", "corrected")
        yield replace(export, name=corrected, arrives_at=arrives + timedelta(days=12))
    else:
        yield export
    named = Layout(
        "html", setting.text("model_households", "title"), encoding="gb18030", alias=1,
        dates=("chinese_padded", "slash_time"), empties=("", "/"), notes=setting.notes(),
    )  # fmt: skip
    yield Export(
        "model_households", "justice_bureau", setting.text("model_households", "file"), named,
        list(_household_rows(setting, known)), setting.arrival("model_households", year, 4),
    )  # fmt: skip


def _village_rows(known: list[Village]) -> Iterator[Row]:
    for one in known:
        yield {
            "village_code": one.code, "village_name": one.name, "kind": one.kind, "town": one.town,
            "established_on": one.established_on, "abolished_on": one.merged_on,
        }  # fmt: skip


def _people_rows(setting: Setting, known: list[Village]) -> Iterator[Row]:
    """Three or four in each village of today, and those who left in the year."""
    rnd, today = setting.random("law_literate_people"), [one for one in known if one.merged_on is None]
    people = People(setting.random("law_literate_people:people"), setting.words)
    for serial in range(PEOPLE + LEFT):
        village = today[serial % len(today)] if serial < PEOPLE else rnd.choice(today)
        appointed = _earlier(setting, rnd)
        yield {
            "badge_number": setting.text("law_literate_people", "number", serial=serial + 1),
            "person_name": people.person()[0],
            "phone": people.phone() if rnd.random() < 0.8 else None,
            "town": village.town,
            "village_code": village.code,
            "village_name": village.name,
            "trained_on": appointed - timedelta(days=rnd.randint(3, 40)),
            "appointed_on": appointed,
            "left_on": _in_year(setting, rnd) if serial >= PEOPLE else None,
        }


def _with_fault(setting: Setting, known: list[Village], rows: list[Row]) -> list[Row] | None:
    """The roster in which one village of the planted town is mistyped throughout; None in a year without it."""
    planted = [one for one in known if setting.is_planted("village_mistyped", one.town) and one.merged_on is None]
    if not planted:
        return None
    code = planted[0].code
    return [row | {"village_code": f"{code[:-3]}{code[-2:]}9"} if row["village_code"] == code else row for row in rows]


def _household_rows(setting: Setting, known: list[Village]) -> Iterator[Row]:
    rnd, rural = setting.random("model_households"), [one for one in known if one.kind == "village"]
    people = People(setting.random("model_households:people"), setting.words)
    for serial in range(HOUSEHOLDS + WITHDRAWN):
        village = rural[serial % len(rural)]
        yield {
            "household_number": setting.text("model_households", "number", serial=serial + 1),
            "householder_name": people.person()[0],
            "town": village.town,
            "village_name": village.name,
            "named_on": _earlier(setting, rnd),
            "withdrawn_on": _in_year(setting, rnd) if serial >= HOUSEHOLDS else None,
        }


def _earlier(setting: Setting, rnd: Random) -> date:
    """A day of the three years before, or now and then of the year itself."""
    if rnd.random() < 0.1:
        return date(setting.year, 1, 2) + timedelta(days=rnd.randrange(60))
    return date(setting.year - 3, 1, 4) + timedelta(days=rnd.randrange(1000))


def _in_year(setting: Setting, rnd: Random) -> date:
    return date(setting.year, 4, 1) + timedelta(days=rnd.randrange(260))
