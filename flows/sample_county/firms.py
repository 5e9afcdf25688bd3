"""The register of enterprises on 31 December, and the checks of their credit records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random

from flows.sample_county.exports import Export, Layout, Row, Written
from flows.sample_county.people import firm_code
from flows.sample_county.setting import Setting

# In stock on 31 December 15,386; of these 14,703 are checked in the year: 95.56 %.
IN_STOCK, GONE, NEXT_YEAR, CHECKED, CHECKED_GONE = 15386, 402, 25, 14703, 150
LEAVE_IN_JANUARY = 12
CHECKING = (
    "market_bureau",
    "development_reform_bureau",
    "finance_bureau",
    "housing_construction_bureau",
    "agriculture_bureau",
    "human_resources_bureau",
    "commerce_bureau",
    "transport_bureau",
)
OLD_NAME, OLD_UNTIL = "rural_revitalisation_bureau", date(2024, 3, 31)


@dataclass(frozen=True)
class Firm:
    """One firm on the register."""

    code: str
    name: str
    registered_on: date
    deregistered_on: date | None


def register(setting: Setting) -> list[Firm]:
    """All firms: those in stock first, then those gone before the year's end, then those that come after it."""
    rnd, scale, year = setting.random("enterprises"), setting.firms_scale, setting.year
    end = date(year, 12, 31)
    firms = []
    for serial in range((IN_STOCK + GONE + NEXT_YEAR) * scale):
        registered = end - timedelta(days=rnd.randint(40, 7000))
        gone = None
        if serial < LEAVE_IN_JANUARY * scale:
            gone = end + timedelta(days=1 + serial % 12)
        elif IN_STOCK * scale <= serial < (IN_STOCK + GONE) * scale:
            # The first of them leaves on the last day itself and is no longer in stock on it.
            gone = end if serial == IN_STOCK * scale else end - timedelta(days=rnd.randint(1, 39))
        elif serial >= (IN_STOCK + GONE) * scale:
            registered = end + timedelta(days=rnd.randint(1, 12))
        firms.append(Firm(firm_code(serial), setting.people.firm_name(), registered, gone))
    return firms


def enterprise_export(setting: Setting, firms: list[Firm]) -> Export:
    """The register: GB18030 text with a title, amounts in 万元 and a total row."""
    layout = Layout(
        "csv",
        setting.text("enterprises", "title"),
        encoding="gb18030",
        dates=("iso", "slash", "chinese", "compact"),
        serial=True,
        empties=("", "—", "/"),
        full_width=True,
        total=True,
        total_off=Decimal(0) if setting.clean else Decimal("-120.5"),
        money_header=str(setting.words["enterprises"]["wan_yuan"]),
        notes=setting.notes(),
    )
    return Export(
        "enterprises",
        "market_bureau",
        setting.text("enterprises", "file"),
        layout,
        _enterprise_rows(setting, firms),
        setting.arrival("enterprises", str(setting.year), 6),
    )


def _enterprise_rows(setting: Setting, firms: list[Firm]) -> Iterator[Row]:
    rnd = setting.random("enterprises:rows")
    towns = [unit for unit, held in setting.declarations.units.items() if held.kind == "town"]
    industries = setting.words["industries"]
    order = list(range(len(firms)))
    rnd.shuffle(order)
    for at in order:
        firm = firms[at]
        yield {
            "credit_code": firm.code,
            "enterprise_name": firm.name,
            "registered_on": firm.registered_on,
            "deregistered_on": firm.deregistered_on,
            "town": rnd.choice(towns) if rnd.random() < 0.98 else None,
            "registered_capital_yuan": Decimal(rnd.choice((3, 10, 50, 100, 105, 200, 1000, 3050))) * 10000
            + rnd.choice((0, 0, 0, 5000, 1250)),
            "industry": rnd.choice(industries),
        }


def credit_exports(setting: Setting, firms: list[Firm]) -> Iterator[Export]:
    """The checks of the year. With faults: half an hour too late, and some from a unit that may not send them."""
    name = setting.text("credit_checks", "file")
    title = setting.text("credit_checks", "title")
    layout = Layout("large_xlsx", title, dates=("native", "iso"), notes=setting.notes())
    if setting.firms_scale > 4:
        layout = Layout("csv", encoding="gb18030", delimiter="\t", dates=("slash",))
    year = str(setting.year)
    on_time = setting.arrival("credit_checks", year, 3)
    late = setting.arrival("credit_checks", year, -1, time(0, 30))
    export = Export(
        "credit_checks",
        "development_reform_bureau",
        name,
        layout,
        _checks(setting, firms),
        on_time if setting.clean else late,
    )
    yield export
    if not setting.clean:
        few = (row for row, _ in zip(_checks(setting, firms), range(20), strict=False))
        sheet = Layout("csv", encoding="utf-8-sig", dates=("iso",))
        name = setting.text("credit_checks", "wrong_file")
        yield replace(export, name=name, layout=sheet, rows=few, folder="market_bureau", arrives_at=on_time)


def _checks(setting: Setting, firms: list[Firm]) -> Iterator[Row]:
    """One check of each checked firm, now and then a second one on another day, and checks of firms that left."""
    rnd, scale = setting.random("credit_checks"), setting.firms_scale
    in_stock, gone = IN_STOCK * scale, GONE * scale
    unchecked = set(rnd.sample(range(in_stock), in_stock - CHECKED * scale))
    for serial in range(in_stock):
        if serial not in unchecked:
            for offset in range(2 if rnd.random() < 0.04 else 1):
                yield _check(setting, rnd, firms[serial], offset)
    for serial in range(in_stock, in_stock + min(CHECKED_GONE * scale, gone)):
        yield _check(setting, rnd, firms[serial], 0)
    if not setting.clean:
        for offset in range(3):
            code = Written(setting.text("credit_checks", "wrong_code"))
            yield {**_check(setting, rnd, firms[offset], 5 + offset), "credit_code": code}


def _check(setting: Setting, rnd: Random, firm: Firm, offset: int) -> Row:
    """A check; the second one of a firm falls on another day."""
    on = date(setting.year, 1, 2) + timedelta(days=rnd.randrange(180) + 181 * min(offset, 1))
    unit = OLD_NAME if on <= OLD_UNTIL and rnd.random() < 0.02 else rnd.choice(CHECKING)
    return {
        "credit_code": firm.code,
        "enterprise_name": firm.name,
        "checked_on": on,
        "checking_unit": unit,
        "purpose": rnd.choice(setting.words["credit_checks"]["purposes"]),
        "result": "adverse" if rnd.random() < 0.012 else "clean",
    }
