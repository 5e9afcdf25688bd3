"""What six units state of the year in their own words; each figure is what its rows come to, as the unit writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.penalties import penalty_rows
from flows.sample_county.reconsideration import CORRECTED, reconsideration_rows
from flows.sample_county.setting import Setting
from warehouse.inbox import COUNTY_TIME

DATASET = "stated_figures"
OFFICE = "rule_of_law_office"
UNITS = ("market_bureau", "transport_bureau", "natural_resources_bureau", "public_security_bureau",
         "urban_management_bureau", OFFICE)  # fmt: skip
DISCRETIONS = {"exempted_penalties": "exempt", "mitigated_penalties": "mitigated", "lighter_penalties": "lighter"}
RATE = "reconsideration_correction_rate"
LEAFLETS = "leaflets"
PER_CENT = Decimal("0.1")


def stated_exports(setting: Setting) -> Iterator[Export]:
    """One file of each unit, in January, each laid out otherwise."""
    penalties = [row for row in penalty_rows(setting) if isinstance(row.get("decided_on"), date)]
    cases = list(reconsideration_rows(setting))
    for at, unit in enumerate(UNITS):
        rows = list(_rows(setting, unit, penalties, cases))
        name = setting.text(DATASET, "file", unit=setting.declarations.units[unit].label.zh)
        arrives = datetime(setting.year + 1, 1, 12 + at % 5, 9, 5 + at, tzinfo=COUNTY_TIME)
        yield Export(DATASET, unit, name, _layout(setting, at), rows, arrives)


def _layout(setting: Setting, at: int) -> Layout:
    """Titles, running numbers, notes, padded cells, an html page called xls and GB18030 text."""
    title = setting.text(DATASET, "title")
    match at % 3:
        case 0:
            return Layout("xlsx", title, serial=True, notes=setting.notes(), paddings=("", "\u3000", "\n\t"))
        case 1:
            return Layout("html", title, encoding="gb18030", alias=1, header_spaces=True)
        case _:
            return Layout("csv", encoding="gb18030", alias=1, empties=("", "—"), serial=True)


def _rows(setting: Setting, unit: str, penalties: list[Row], cases: list[Row]) -> Iterator[Row]:
    is_office = unit == OFFICE
    for metric, discretion in DISCRETIONS.items():
        own = [row for row in penalties if row["discretion"] == discretion]
        count = sum(is_office or row["enforcement_unit"] == unit for row in own)
        if metric == "exempted_penalties" and setting.is_planted("stated_wrong_count", unit):
            count += 2
        yield _row(setting, unit, metric, setting.text(DATASET, "count", count=count))
    if is_office:
        yield _row(setting, unit, LEAFLETS, setting.text(DATASET, "leaflets"))
    else:
        yield _row(setting, unit, RATE, _rate(setting, unit, cases))


def _rate(setting: Setting, unit: str, cases: Iterable[Row]) -> str:
    """Corrected of those concluded, to a tenth of a per cent; the planted unit divides by all that were handled."""
    handled = [row for row in cases if row["respondent"] == unit and row.get("accepted_on")]
    concluded = [row for row in handled if row.get("concluded_on")]
    corrected = sum(row.get("outcome") in CORRECTED for row in concluded)
    divisor = handled if setting.is_planted("stated_wrong_denominator", unit) else concluded
    percent = (Decimal(100 * corrected) / len(divisor)).quantize(PER_CENT, ROUND_HALF_UP)
    return f"{percent}%"


def _row(setting: Setting, unit: str, metric: str, text: str) -> Row:
    return {
        "unit": unit,
        "year_on": date(setting.year, 12, 31),
        "metric_name": setting.declarations.metrics[metric].label.zh,
        "stated_text": text,
        "remark": setting.text(DATASET, "remark"),
    }
