"""People's mediation: 7,141 disputes of the year in four quarterly files, 2,552 of them by industry committees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from flows.sample_county.exports import Export, Layout, Row, Written
from flows.sample_county.people import People
from flows.sample_county.setting import Setting, spread
from flows.sample_county.villages import Village, villages
from warehouse.periods import period_named

UNIT, DATASET = "justice_bureau", "mediation_cases"
# The published figures of the sample year: all disputes, those of industry committees and of the county centre.
ACCEPTED, INDUSTRY, CENTRE = 7141, 2552, 22
SEASON = [25, 24, 25, 26]
KINDS = {"marriage_and_family": 14, "neighbours": 20, "housing": 8, "contracts": 6, "production": 3, "damages": 7,
         "land_and_forest": 8, "land_taking": 3, "pollution": 1, "labour": 2, "consumption": 3, "medical": 1,
         "traffic": 4, "property_services": 5, "other": 9}  # fmt: skip
INDUSTRY_KINDS = ("traffic", "medical", "labour", "property_services", "consumption")
ORIGINS = ("own", "own", "own", "applied", "applied", "applied", "entrusted")


def mediation_exports(setting: Setting) -> Iterator[Export]:
    """Four quarters in four formats. In a year with faults the first and the last are corrected some weeks later."""
    known = [one for one in villages(setting) if one.merged_on is None]
    for quarter in (1, 2, 3, 4):
        period = f"{setting.year}Q{quarter}"
        arrives = setting.arrival(DATASET, period, 0 if quarter == 3 else 2)
        rows = list(_rows(setting, known, quarter))
        text = setting.words[DATASET]["quarters"][quarter - 1]
        layout = _layout(setting, quarter, setting.text(DATASET, "title", quarter=text))
        export = Export(DATASET, UNIT, setting.text(DATASET, "file", number=quarter), layout, rows, arrives)
        first = _first_file(setting, quarter, rows)
        if first is None:
            yield export
            continue
        yield replace(export, rows=first)
        name = setting.text(DATASET, "corrected", number=quarter)
        # The first quarter is put right in August, the last between the nights of January and February.
        yield replace(export, name=name, arrives_at=arrives + timedelta(days=118 if quarter == 1 else 22))


def _layout(setting: Setting, quarter: int, title: str) -> Layout:
    wan, notes = str(setting.words["enterprises"]["wan_yuan"]), setting.notes()
    first, last = setting.header(DATASET, "agreement_form"), setting.header(DATASET, "is_fulfilled")
    count = setting.text(DATASET, "count", count="{count}")
    match quarter:
        case 1:
            group = (setting.text(DATASET, "group"), first, last)
            return Layout("xlsx", title, group=group, dates=("native", "chinese"), empties=("", "—"), notes=notes)
        case 2:
            return Layout(
                "html", title, encoding="gb18030", alias=1, dates=("slash", "dot"), money_header=wan, total=True,
                empties=("", "/"), notes=notes,
            )  # fmt: skip
        case 3:
            paddings = ("", "\n\t", "\u00a0", "\u3000")
            return Layout(
                "csv", title, encoding="gb18030", serial=True, dates=("slash_time", "iso"), paddings=paddings,
                total=True, total_text=count, notes=notes,
            )  # fmt: skip
        case _:
            return Layout(
                "large_xlsx", title, alias=1, header_spaces=True, dates=("serial", "chinese_padded"), full_width=True,
                money_header=wan, empties=("", "—"), notes=notes,
            )  # fmt: skip


def _rows(setting: Setting, known: list[Village], quarter: int) -> Iterator[Row]:
    """The quarter's disputes by day, with whatever a plant changes in them."""
    rnd, period = setting.random(f"{DATASET}:{quarter}"), period_named(f"{setting.year}Q{quarter}")
    people = People(setting.random(f"{DATASET}:people:{quarter}"), setting.words)
    months = range(period.start.month, period.end.month + 1)
    days = [day for month in months for day in setting.workdays(setting.year, month)]
    kinds = _committees(quarter)
    rnd.shuffle(kinds)
    accepted = sorted(rnd.choice(days) for _ in kinds)
    planted = {"confirmed_late": 1, "confirmed_on_rolled_day": 2, "mediation_unfiled": 3, "mediation_without_origin": 2}
    todo = [name for name, when in planted.items() if when == quarter and setting.is_planted(name, UNIT)]
    for serial, (kind, on) in enumerate(zip(kinds, accepted, strict=True), start=1):
        row = _dispute(setting, rnd, known, kind, on) | {
            "dispute_number": setting.text(DATASET, "number", serial=quarter * 100_000 + serial),
            "party_names": f"{people.person()[0]}、{people.person()[0]}",
        }
        row |= _course(setting, rnd, on, period.end, serial + quarter * 10_000)
        if todo and serial > 40 and row.get("confirmation_applied_on") is None and row.get("agreed_on"):
            row |= _planted(setting, todo.pop(), row)
        yield row


def _committees(quarter: int) -> list[str]:
    """Which kind of committee takes each dispute of the quarter."""
    total, industry, centre = (spread(count, SEASON)[quarter - 1] for count in (ACCEPTED, INDUSTRY, CENTRE))
    others = spread(total - industry - centre, [66, 28, 6])
    counts = {"industry": industry, "county_centre": centre, "village": others[0], "town": others[1]}
    counts["enterprise"] = others[2]
    return [kind for kind, count in counts.items() for _ in range(count)]


def _dispute(setting: Setting, rnd: Random, known: list[Village], kind: str, on: date) -> Row:
    words, village = setting.words[DATASET], rnd.choice(known)
    town = setting.declarations.units[village.town].label.zh
    names = {
        "village": words["village_committee"].format(village=village.name),
        "town": words["town_committee"].format(town=town),
        "industry": rnd.choice(words["industry"]),
        "enterprise": rnd.choice(words["enterprises"]),
        "county_centre": words["centre"],
    }
    matter = rnd.choice(INDUSTRY_KINDS) if kind == "industry" else _matter(rnd)
    has_amount = rnd.random() < 0.55 or kind == "county_centre"
    scale = 40_000 if kind == "county_centre" else 100
    return {
        "committee_name": names[kind],
        "committee_kind": kind,
        "town": village.town if kind in ("village", "town") else None,
        "accepted_on": on,
        "origin": rnd.choice(ORIGINS),
        "kind": matter,
        "amount_yuan": Decimal(rnd.randint(3, 400) * scale) if has_amount else None,
        "is_converted": False,
    }


def _matter(rnd: Random) -> str:
    return rnd.choices(list(KINDS), list(KINDS.values()))[0]


def _course(setting: Setting, rnd: Random, on: date, end: date, serial: int) -> Row:
    """How it went on: 2 % fail, some of the last days are still being mediated when the file is sent."""
    concluded = on + timedelta(days=rnd.choice((0, 0, 1, 2, 3, 5, 8, 13, 21)))
    if concluded > end:
        return {}
    row: Row = {"file_number": setting.text(DATASET, "file_number", serial=serial)}
    if rnd.random() < 0.02:
        return row | {"outcome": "failed"}
    form = "written" if rnd.random() < 0.45 else "oral"
    row |= {"outcome": "succeeded", "agreement_form": form, "agreed_on": concluded,
            "is_fulfilled": rnd.choice((True, True, True, None))}  # fmt: skip
    if form == "written" and concluded + timedelta(days=30) <= end and rnd.random() < 0.08:
        row["confirmation_applied_on"] = concluded + timedelta(days=rnd.choice((1, 5, 9, 16, 24, 30)))
    return row


def _planted(setting: Setting, plant: str, row: Row) -> Row:
    """What a plant changes in one settled dispute; see plants/."""
    accepted = row["accepted_on"]
    if not isinstance(accepted, date):
        raise ValueError(f"{plant}: accepted on no day")
    match plant:
        case "mediation_unfiled":
            return {"file_number": None}
        case "mediation_without_origin":
            return {"origin": None}
        case _:
            resting = (accepted + timedelta(days=at) for at in range(30))
            agreed = next(day for day in resting if not setting.calendar.is_workday(day + timedelta(days=30)))
            last = setting.calendar.roll_forward(agreed + timedelta(days=30))
            applied = last if plant == "confirmed_on_rolled_day" else setting.after(last, 1)
            return {"agreement_form": "written", "agreed_on": agreed, "confirmation_applied_on": applied}


def _first_file(setting: Setting, quarter: int, rows: list[Row]) -> list[Row] | None:
    """The quarter as it first came, where a corrected file follows; None where the first one stands."""
    if quarter == 1 and setting.is_planted("conversion_left_blank", UNIT):
        return [row | {"is_converted": Written("")} if at == 11 else row for at, row in enumerate(rows)]
    if quarter == 4 and setting.is_planted("mediation_converted", UNIT):
        return [row | {"is_converted": True} if at == 23 else row for at, row in enumerate(rows)]
    return None
