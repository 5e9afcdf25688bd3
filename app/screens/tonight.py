"""Tonight: what changed, what came, and one light for every unit and target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from app.lights import Light, county_lights, gravest_first, lights_of, listed_units, year_to_show, years_of
from app.markup import Html, anchor, joined, light, table, tag, year_line
from app.screens.delivery_decisions import pending_line
from app.viewer import Viewer
from app.visit import Visit
from app.wording import day_words, period_words, text
from expectations.findings import is_overdue
from expectations.standings import COUNTY, WORST_FIRST

# What a night did to a finding, as the ledger records it -> the word for it; the worst first.
CHANGES = {"found": "new", "relapsed": "relapsed", "worse": "worse", "overdue": "overdue", "put_right": "put_right"}
SHOWN_AT_ONCE = 6
DONE = frozenset({"closed", "awaiting_verification", "looked_back"})
Row = Mapping[str, Any]


def render(visit: Visit) -> None:
    """Draw the screen. Findings come from the ledger as of the shown night, lights from the snapshot."""
    findings = sorted(visit.findings, key=lambda row: (*gravest_first(row), row["due_on"]))
    changes = changes_of(visit, findings)
    today = visit.night["business_date"]
    open_ = [row for row in findings if row["state"] not in DONE]
    overdue = [row for row in open_ if is_overdue(row, today)]
    missing = sum(row["outcome"] == "missing" for row in visit.owed)
    st.html(joined([_cards(visit, changes, overdue, open_, missing), _list(visit, changes, overdue, open_)]))
    st.html(_deliveries(visit))
    _lights(visit)


def changes_of(visit: Visit, findings: Iterable[Row]) -> list[tuple[str, Row]]:
    """What the shown night did to each finding, the worst kind first; findings that only stayed are left out.

    Within a kind they keep the order that they come in.
    """
    found = []
    for row in findings:
        for event in visit.events_of(row["id"]):
            if event["night"] == visit.night["id"] and event["action"] in CHANGES:
                found.append((CHANGES[event["action"]], row))
    order = list(CHANGES.values())
    return sorted(found, key=lambda pair: order.index(pair[0]))


def _cards(
    visit: Visit, changes: list[tuple[str, Row]], overdue: Sequence[Row], open_: Sequence[Row], missing: int
) -> Html:
    viewer = visit.viewer
    kinds = [kind for kind, _ in changes]
    counts = {
        "new": kinds.count("new"),
        "worse": kinds.count("worse") + kinds.count("relapsed"),
        "put_right": kinds.count("put_right"),
        "overdue": len(overdue),
        "open": len(open_),
    }
    shown = viewer.asked.get("show", "")
    cards = [
        anchor(
            viewer.link(show=None if name == shown else name, page=None),
            joined([tag("b", str(count)), tag("span", viewer.say(f"counts.{name}"))]),
            "here" if name == shown else None,
        )
        for name, count in counts.items()
    ]
    to_owed = joined([tag("b", str(missing)), tag("span", viewer.say("counts.missing"))])
    cards.insert(4, anchor(viewer.link("deliveries"), to_owed))
    return tag("div", joined(cards), class_="cards")


def _list(visit: Visit, changes: list[tuple[str, Row]], overdue: Sequence[Row], open_: Sequence[Row]) -> Html:
    """The findings asked for, one sentence each."""
    viewer = visit.viewer
    match viewer.asked.get("show"):
        case "overdue":
            title, pairs, empty = "overdue", [("overdue", row) for row in overdue], "none_overdue"
        case "open":
            title, pairs, empty = "open", [("", row) for row in open_], "none_open"
        case "new" | "worse" | "put_right" as kind:
            kinds = ("worse", "relapsed") if kind == "worse" else (kind,)
            title, pairs, empty = "changed", [pair for pair in changes if pair[0] in kinds], "no_change"
        case _:
            title, pairs, empty = "changed", changes, "no_change"
    head = tag("h2", viewer.say(f"tonight.{title}"), class_="part")
    if not pairs:
        return joined([head, tag("p", viewer.say(f"tonight.{empty}"), class_="empty")])
    start = min(viewer.page(), (len(pairs) - 1) // visit.page_rows) * visit.page_rows
    page = pairs[start : start + visit.page_rows]
    lines = [tag("li", _finding(visit, kind, row)) for kind, row in page]
    shown = tag("ul", joined(lines[:SHOWN_AT_ONCE]), class_="changes")
    if rest := lines[SHOWN_AT_ONCE:]:
        more = tag("summary", viewer.say("tonight.more", n=len(rest)))
        shown = joined(
            [shown, tag("details", joined([more, tag("ul", joined(rest), class_="changes")]), class_="more")]
        )
    return joined([head, shown, pager(visit, start, len(page), len(pairs))])


def pager(visit: Visit, start: int, shown: int, total: int) -> Html:
    """Which rows of how many, with links to the pages beside; nothing when there is one page."""
    viewer = visit.viewer
    if total <= shown:
        return Html("")
    page = start // visit.page_rows
    parts: list[object] = [viewer.say("rows.shown", first=start + 1, last=start + shown, total=total)]
    if page > 0:
        parts.append(anchor(viewer.link(page=page - 1 or None), viewer.say("rows.previous")))
    if start + shown < total:
        parts.append(anchor(viewer.link(page=page + 1), viewer.say("rows.next")))
    return tag("p", joined(parts, "　"), class_="say")


def _finding(visit: Visit, kind: str, row: Row) -> Html:
    viewer = visit.viewer
    sentence = row[f"sentence_{viewer.lang}"]
    word = text(f"finding_changes.{kind}", viewer.lang) if kind else text(f"finding_states.{row['state']}", viewer.lang)
    about = f"{visit.unit_name(row['unit'])} · {matter_of(visit, row)}"
    due = tag("small", viewer.say("tonight.due", on=day_words(row["due_on"], viewer.lang)))
    head = joined([tag("span", word, class_="what"), light(viewer, row["standing"]), tag("b", about), due], " ")
    said = tag("div", sentence) if sentence else Html("")
    return anchor(place_of(visit, row), joined([head, said]))


def matter_of(visit: Visit, row: Row) -> str:
    """What a finding is about: the figure or the promise, and the period."""
    return f"{visit.matter_name(row)} · {period_words(row['period'], visit.viewer.lang)}"


def place_of(visit: Visit, row: Row) -> str:
    """Where the rows of a finding are: its figure, or the delivery that its promise or its visit is about."""
    if row["entered"] and row["entered"]["row"]:
        return visit.viewer.link("deliveries", delivery=row["entered"]["row"]["delivery"], finding=None)
    if row["entered"]:
        return visit.viewer.link("findings", finding=row["id"], show=None, page=None)
    metric, period, unit = row["metric"] or row["target"], row["period"], unit_asked(row["unit"])
    if row["metric"] or row["target"] in visit.declarations.identities:
        return visit.viewer.link("figure", metric=metric, period=period, unit=unit, finding=None, show=None, page=None)
    return _link_to_delivery(visit, row)


def _link_to_delivery(visit: Visit, row: Row) -> str:
    """What a promise about a file is broken by: the delivery itself if it came, else what was owed in that year."""
    about = (str(row["target"]).partition(":")[0], row["unit"], row["period"])
    owed = (each for each in visit.owed if (each["dataset"], each["supplier"], each["period"]) == about)
    came = next((each["delivery"] for each in owed if each["delivery"]), None)
    year = None if came else row["period"][:4]
    return visit.viewer.link("deliveries", delivery=came, year=year)


def unit_asked(unit: str | None) -> str | None:
    """A unit as an address names it: the county is no unit."""
    return None if unit in (None, "", COUNTY) else unit


def _deliveries(visit: Visit) -> Html:
    """How many files came tonight and what became of them."""
    viewer = visit.viewer
    came = visit.ledger.deliveries(night=visit.night["id"])
    head = tag("h2", viewer.say("tonight.deliveries"), class_="part")
    more = anchor(viewer.link("deliveries"), viewer.say("tonight.all_deliveries"))
    if not came:
        return joined([head, tag("p", joined([viewer.say("tonight.nothing_came"), more], " ")), pending_line(visit)])
    states = [row["state"] for row in came]
    read = [row for row in came if row["state"] != "duplicate"]
    sentence = viewer.say(
        "tonight.delivered",
        taken=states.count("in_force") + states.count("replaced"),
        refused=states.count("refused"),
        held=states.count("held"),
        duplicate=states.count("duplicate"),
        rows=f"{sum(row['rows'] for row in read):,}",
        quarantined=f"{sum(row['quarantined'] for row in read):,}",
    )
    return joined([head, tag("p", joined([sentence, more], " ")), pending_line(visit)])


def _lights(visit: Visit) -> None:
    """The matrix of one year, units down and targets across, with the county first."""
    viewer = visit.viewer
    years, year = years_judged(visit)
    head = tag("h2", viewer.say("tonight.lights"), class_="part")
    if year is None:
        st.html(joined([head, tag("p", viewer.say("tonight.no_lights"), class_="empty")]))
        return
    say = year_line(viewer, "tonight.lights_say", years, year)
    if viewer.may("lights"):
        by = anchor(viewer.link("lights", year=year), viewer.say("nav.lights_by"))
        say = joined([say, tag("p", by, class_="say")])
    matrix = visit.once(("tonight", year), lambda: _matrix(visit, lights_of(visit.snapshot.standings(), year)))
    st.html(joined([head, say, legend(viewer), matrix]))


def years_judged(visit: Visit) -> tuple[list[str], str | None]:
    """The years that have a standing, and the one that the address names or that is shown without a word."""

    def read() -> tuple[list[str], str | None]:
        standings = visit.snapshot.standings()
        return years_of(standings), year_to_show(standings, "")

    years, latest = visit.once("years_judged", read)
    asked = visit.viewer.asked.get("year", "")
    return years, asked if asked in years else latest


def _matrix(visit: Visit, lights: Mapping[tuple[str, str], Light]) -> Html:
    viewer = visit.viewer
    units, grey = listed_units(lights)
    declared, lit = visit.declarations.metrics, {metric for _, metric in lights}
    metrics = [metric for metric in declared if metric in lit]
    # In the order of the annual report; what it does not print (section 0, the deliveries) comes last.
    metrics.sort(key=lambda metric: declared[metric].report.section or 99)
    heads = [viewer.say("tonight.unit"), *(visit.metric_name(metric) for metric in metrics)]
    county = county_lights(lights)
    rows = [[viewer.say("county"), *(light_cell(visit, COUNTY, metric, county.get(metric)) for metric in metrics)]]
    if viewer.unit:  # who sees one unit has nothing to roll up
        rows = []
    for unit in units:
        rows.append(
            [visit.unit_name(unit), *(light_cell(visit, unit, each, lights.get((unit, each))) for each in metrics)]
        )
    matrix = table(heads, rows, class_="lights", caption=viewer.say("tonight.lights"))
    return joined([matrix, all_grey(visit, grey)])


def legend(viewer: Viewer) -> Html:
    """Every standing with its shape and word."""
    return tag("p", joined((light(viewer, standing) for standing in WORST_FIRST), " "), class_="legend")


def all_grey(visit: Visit, units: Sequence[str]) -> Html:
    """The sentence that names the units with nothing due or applicable; nothing without any."""
    if not units:
        return Html("")
    names = text("letters.join", visit.viewer.lang).join(map(visit.unit_name, units))
    return tag("p", visit.viewer.say("tonight.grey", n=len(units), units=names), class_="say")


def light_cell(visit: Visit, unit: str, metric: str, found: Light | None) -> Html:
    """One light as a link to its figure; nothing where the unit is not judged by the target."""
    if found is None:
        return Html("")
    viewer = visit.viewer
    note = found.period[4:].lstrip("-")
    if unit == COUNTY and found.units > 1:
        note = f"{note} {found.alike}/{found.units}"
    elif found.few:
        note = f"{note} {viewer.say('lights.few')}"
    href = viewer.link("figure", metric=metric, period=found.period, unit=unit_asked(unit))
    title = f"{visit.unit_name(unit)} · {visit.metric_name(metric)} · {period_words(found.period, viewer.lang)}"
    return anchor(href, light(viewer, found.standing, note.strip()), title=title)
