"""The province: counties compared by one figure, a county's figures, its units. Every choice is in the address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.county_rules import read_county_rules
from app.markup import Html, anchor, joined, notice, table, tag
from app.opening import NothingToShow
from app.viewer import Viewer
from app.wording import period_words
from warehouse.home import Home
from warehouse.printed import printed
from warehouse.province_read import ProvinceSnapshot, open_province

Row = Mapping[str, Any]


def lake_of(home: Home) -> Path | None:
    """The lake that ducha.toml names; a file that does not read is the doctor's matter."""
    with suppress(OSError, ValueError):
        return read_county_rules(home).lake.folder
    return None


@contextmanager
def opened_province(home: Home, viewer: Viewer) -> Iterator[ProvinceSnapshot]:
    """The current province snapshot of the lake that ducha.toml names.

    Refuses (NothingToShow) a role that may not see it, a home without a lake, and a lake that nobody counted yet.
    """
    if not viewer.may("province"):
        raise NothingToShow(viewer.say("trouble.not_yours"))
    lake = lake_of(home)
    snapshot = open_province(lake) if lake else None
    if snapshot is None:
        raise NothingToShow(viewer.say("province.none"))
    with snapshot:
        yield snapshot


def content(province: ProvinceSnapshot, viewer: Viewer) -> Html:
    """What the address asks for: a county's units, a county, one figure of all counties, or the counties."""
    periods = province.periods()
    asked = viewer.asked.get("period", "")
    period = asked if asked in periods else next((one for one in periods if len(one) == 4), "")
    county = viewer.asked.get("county", "")
    metric = viewer.asked.get("metric", "")
    county = county if county in province.counties else ""
    metric = metric if metric in province.metrics else ""
    parts = [_title(province, viewer, county, metric), _periods(viewer, periods, period)]
    if county and metric:
        parts.append(_units(province, viewer, county, metric, period))
    elif county:
        parts.append(_figures(province, viewer, county, period))
    elif metric:
        parts.append(_compared(province, viewer, metric, period))
    else:
        parts += [_counties(province, viewer), _metrics(province, viewer)]
    return joined(parts)


def _title(province: ProvinceSnapshot, viewer: Viewer, county: str, metric: str) -> Html:
    names = [anchor(viewer.link(county=None, metric=None), viewer.say("province.title"))]
    if county:
        names.append(anchor(viewer.link(metric=None), _name(province, viewer, county)))
    if metric:
        names.append(anchor(viewer.link(county=None), _metric(province, viewer, metric)))
    stands = viewer.say("province.stands", on=province.meta["as_of"], counties=len(province.counties))
    differing = [one for one in province.counties.values() if one["counted_sha256"] != one["figures_sha256"]]
    parts = [tag("h2", joined(names, " · "), class_="part"), tag("p", stands, class_="say")]
    if differing:
        named = viewer.say("province.between").join(_name(province, viewer, one["county"]) for one in differing)
        parts.append(notice(viewer.say("province.differs", counties=named), "warn"))
    return joined(parts)


def _periods(viewer: Viewer, periods: list[str], period: str) -> Html:
    links = [
        anchor(viewer.link(period=one), period_words(one, viewer.lang), "here" if one == period else None)
        for one in periods
    ]
    return tag("p", joined(links, " "), class_="say links")


def _counties(province: ProvinceSnapshot, viewer: Viewer) -> Html:
    heads = [viewer.say(f"province.{one}") for one in ("county", "night", "business_date", "figures", "agrees")]
    rows = [
        [
            anchor(viewer.link(county=name), _name(province, viewer, name)), one["night"], str(one["business_date"]),
            f"{one['figures']:,}",
            viewer.say("province.same" if one["counted_sha256"] == one["figures_sha256"] else "province.other"),
        ]
        for name, one in province.counties.items()
    ]  # fmt: skip
    return table(heads, rows, caption=viewer.say("province.counties"))


def _metrics(province: ProvinceSnapshot, viewer: Viewer) -> Html:
    lines = [tag("li", anchor(viewer.link(metric=one), _metric(province, viewer, one))) for one in province.metrics]
    title = tag("summary", viewer.say("province.compare"))
    return tag("details", joined([title, tag("ul", joined(lines))]), class_="more", open="")


def _compared(province: ProvinceSnapshot, viewer: Viewer, metric: str, period: str) -> Html:
    found = {row["county"]: row for row in province.compared(metric, period)}
    rows = [
        [anchor(viewer.link(county=one), _name(province, viewer, one)), *_cells(province, found.get(one))]
        for one in sorted(province.counties, key=lambda one: _share(found.get(one)), reverse=True)
    ]
    return table([viewer.say("province.county"), *_heads(viewer)], rows, caption=_metric(province, viewer, metric))


def _figures(province: ProvinceSnapshot, viewer: Viewer, county: str, period: str) -> Html:
    rows = [
        [anchor(viewer.link(metric=row["metric"]), _metric(province, viewer, row["metric"])), *_cells(province, row)]
        for row in province.of_county(county, period)
    ]
    empty = viewer.say("province.no_figure")
    heads = [viewer.say("province.metric"), *_heads(viewer)]
    return table(heads, rows, caption=_name(province, viewer, county), empty=empty)


def _units(province: ProvinceSnapshot, viewer: Viewer, county: str, metric: str, period: str) -> Html:
    rows = [
        [row[f"label_{viewer.lang}"] or row["unit"], *_cells(province, row)]
        for row in province.of_units(county, metric, period)
    ]
    empty = viewer.say("province.no_unit")
    return table(
        [viewer.say("province.unit"), *_heads(viewer)], rows, caption=_metric(province, viewer, metric), empty=empty
    )


def _heads(viewer: Viewer) -> list[str]:
    return [viewer.say(f"province.{one}") for one in ("value", "numerator", "denominator")]


def _cells(province: ProvinceSnapshot, row: Row | None) -> list[str]:
    """The value, and the two sides of a rate; a figure that is not there, and 0 of 0, is a dash."""
    if row is None:
        return ["—", "—", "—"]
    if row["kind"] != "rate":
        return [_number(row["numerator"]), "", ""]
    value = printed(province.metrics[row["metric"]], row["numerator"], row["denominator"])
    return [value, _number(row["numerator"]), _number(row["denominator"])]


def _share(row: Row | None) -> Decimal:
    """What counties are ordered by: the rate, or the number; without either the last."""
    if row is None or (row["kind"] == "rate" and not row["denominator"]):
        return Decimal(-1)
    return row["numerator"] / row["denominator"] if row["kind"] == "rate" else Decimal(row["numerator"])


def _number(value: Decimal) -> str:
    return f"{value.normalize():,f}"


def _name(province: ProvinceSnapshot, viewer: Viewer, county: str) -> str:
    one = province.counties[county]
    return str(one["name_en" if viewer.lang == "en" else "name"] or county)


def _metric(province: ProvinceSnapshot, viewer: Viewer, metric: str) -> str:
    return viewer.label(province.metrics[metric].label) if metric in province.metrics else metric
