"""Counting rules and rosters: by what the shown snapshot was counted and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import streamlit as st

from app.markup import Html, anchor, joined, notice, table, tag
from app.screens.catalogue import catalogue_form
from app.screens.figure import COMPARISONS, bound_words
from app.screens.run import run_form
from app.visit import Visit
from app.wording import has_text, severity_word, text
from warehouse.comparing import bound_on
from warehouse.letter_book import silences
from warehouse.masking import mask_value
from warehouse.metric_rows import datasets_behind
from warehouse.models import Identity, Target, Unit
from warehouse.periods import period_named
from warehouse.workdays import Calendar


def render(visit: Visit) -> None:
    """Draw the part that the address names, else the counting rules; above it the catalogue as a workbook."""
    catalogue_form(visit)
    run_form(visit)
    st.html(content(visit))


def content(visit: Visit) -> Html:
    """The whole page: links to its parts, and one of them."""
    viewer, version = visit.viewer, visit.snapshot.meta["declarations_sha256"][:12]
    part = viewer.asked.get("part", "")
    part = part if part in PARTS else next(iter(PARTS))
    links = [
        anchor(viewer.link(part=name, roster=None), viewer.say(f"rules.part_{name}"), "here" if name == part else None)
        for name in PARTS
    ]
    return joined([
        tag("h2", viewer.say("rules.title"), class_="part"),
        tag("p", viewer.say("rules.say", night=visit.night["id"], version=version), class_="say"),
        tag("p", joined(links, "　"), class_="say links"),
        PARTS[part](visit),
    ])  # fmt: skip


def _heads(visit: Visit, *names: str) -> list[object]:
    return [visit.viewer.say(f"rules.{name}") for name in names]


def _metrics(visit: Visit) -> Html:
    """Every metric with its counting rule, what it is counted from, and rules that held before."""
    viewer, declared = visit.viewer, visit.declarations
    comma = text("letters.join", viewer.lang)
    rows: list[list[object]] = []
    for name, metric in declared.metrics.items():
        earlier = [
            viewer.say("rules.until", year=one.until, rule=viewer.label(one.rule)) for one in metric.earlier_rules
        ]
        behind = comma.join(visit.dataset_name(one) for one in datasets_behind(declared, name))
        periods = comma.join(viewer.say(f"figure.every_{every}") for every in metric.periods)
        section = viewer.say(f"sections.s{metric.report.section}")
        link = anchor(viewer.link("figure", metric=name), viewer.label(metric.label))
        rows.append([link, section, viewer.label(metric.counting_rule), behind, periods, "；".join(earlier)])
    heads = _heads(visit, "metric", "section", "rule", "behind", "periods", "earlier")
    return table(heads, rows, caption=viewer.say("rules.part_metrics"), class_="rows words")


def _targets(visit: Visit) -> Html:
    """Every target and identity: what must be, for whom, since when, how grave, and by what law."""
    rows = [_target(visit, name, one) for name, found in visit.declarations.targets.items() for one in found]
    rows += [_identity(visit, name, one) for name, one in visit.declarations.identities.items()]
    names = ("metric", "bound", "for_whom", "every", "from", "since", "until_day", "severity", "owner", "basis")
    return table(_heads(visit, *names), rows, caption=visit.viewer.say("rules.part_targets"), class_="rows bounds")


def _target(visit: Visit, name: str, target: Target) -> list[object]:
    viewer = visit.viewer
    comparison = next(one for one in COMPARISONS if getattr(target, one) is not None)
    bound = bound_on(visit.declarations, target, period_named(visit.meta_year()))
    name_shown = anchor(viewer.link("figure", metric=name), visit.metric_name(name))
    return [name_shown, bound_words(visit, name, comparison, bound), *_judged(visit, target)]


def _identity(visit: Visit, name: str, one: Identity) -> list[object]:
    viewer = visit.viewer
    left, right = (" + ".join(map(visit.metric_name, side)) for side in (one.left, one.right))
    link = anchor(viewer.link("figure", metric=name), viewer.say("rules.identity", label=viewer.label(one.label)))
    return [link, f"{left} {'=' if one.holds == 'equal' else '≤'} {right}", *_judged(visit, one)]


def _judged(visit: Visit, one: Target | Identity) -> list[object]:
    viewer = visit.viewer
    owner = viewer.say("rules.owner_unit") if one.owner == "unit" else visit.unit_name(one.owner)
    return [
        _whom(visit, one.judged.for_), viewer.say(f"figure.every_{one.judged.every}"), _from(visit, one.judged.from_),
        one.since.isoformat(), one.until.isoformat() if one.until else "", severity_word(one.severity, viewer.lang),
        owner, one.basis,
    ]  # fmt: skip


def _whom(visit: Visit, kind: str) -> str:
    """A kind or flag by its word, a unit by its name; a flag of the county's own stays as it is."""
    key = f"rules.kinds.{kind}"
    return visit.viewer.say(key) if has_text(f"screens.{key}") else visit.unit_name(kind)


def _from(visit: Visit, said: str) -> str:
    """`01-20 next year`, `10 working_days after` in words."""
    day, _, rest = said.partition(" ")
    if "-" in day:
        return visit.viewer.say("rules.from_next" if rest else "rules.from_day", day=day)
    return visit.viewer.say("rules.from_working" if rest.startswith("working") else "rules.from_days", n=day)


def _units(visit: Visit) -> Html:
    """Every unit with its contacts, masked, and when it is in force."""
    viewer = visit.viewer
    rows: list[list[object]] = []
    for unit in visit.declarations.units.values():
        contacts = [mask_value("name", unit.liaison), mask_value("name", unit.leader), mask_value("phone", unit.phone)]
        kind = viewer.say(f"rules.kinds.{unit.kind}")
        rows.append([
            viewer.label(unit.label), kind, *contacts, mask_value("address", unit.email), _in_force(visit, unit),
            text("letters.join", viewer.lang).join(_whom(visit, flag) for flag in unit.flags),
        ])  # fmt: skip
    heads = _heads(visit, "unit", "kind", "liaison", "leader", "phone", "email", "in_force", "flags")
    say = tag("p", viewer.say("rules.masked"), class_="say")
    return joined([say, table(heads, rows, caption=viewer.say("rules.part_units"), class_="rows")])


def _in_force(visit: Visit, unit: Unit) -> str:
    if unit.valid_from is None and unit.valid_to is None:
        return visit.viewer.say("rules.always")
    return visit.viewer.say("rules.from_to", start=unit.valid_from or "…", end=unit.valid_to or "…")


def _rosters(visit: Visit) -> Html:
    """The rosters with how many entries each has, and the entries of the one that is asked for; names are masked."""
    viewer, rosters = visit.viewer, visit.declarations.rosters
    listed = [
        [anchor(viewer.link(roster=name), viewer.label(one.label)), len(one.rows)] for name, one in rosters.items()
    ]
    shown = table(_heads(visit, "roster", "entries"), listed, caption=viewer.say("rules.part_rosters"), class_="rows")
    roster = rosters.get(viewer.asked.get("roster", ""))
    if roster is None:
        return shown
    heads = [_column(visit, column) for column in roster.columns]
    rows = [[_entry(visit, row.get(column, ""), column) for column in roster.columns] for row in roster.rows.values()]
    label = viewer.label(roster.label)
    empty = viewer.say("rules.empty_roster")
    inner = table(heads, rows, caption=label, class_="rows", empty=empty)
    return joined([shown, tag("h2", label, class_="part"), inner])


def _column(visit: Visit, column: str) -> str:
    """A roster's column: what a dataset calls by the same name may be something else."""
    key = f"rules.columns.{column}"
    return visit.viewer.say(key) if has_text(f"screens.{key}") else visit.column_name(column, ())


def _entry(visit: Visit, value: str, column: str) -> str:
    """A roster names people in its columns `..._name` of people; a kind or a title is no person."""
    return (
        str(mask_value("name", value))
        if column == "principal_name"
        else visit.shown(value, column, tuple(visit.declarations.contracts))
    )


def _holidays(visit: Visit) -> Html:
    """Per year how many days are off and how many are worked instead; a year without any is provisional."""
    viewer, declared = visit.viewer, visit.declarations
    years = sorted({one.day.year for one in declared.holidays}, reverse=True)
    rows = []
    for year in years:
        days = [one for one in declared.holidays if one.day.year == year]
        off = [one.day.strftime("%m-%d") for one in days if not one.is_workday]
        on = [one.day.strftime("%m-%d") for one in days if one.is_workday]
        rows.append([str(year), f"{len(off)}: {', '.join(off)}", f"{len(on)}: {', '.join(on)}"])
    now = visit.night["business_date"].year
    calendar = Calendar(declared.holidays)
    unknown = [year for year in (now, now + 1) if not calendar.is_known(date(year, 6, 1))]
    notes = [notice(viewer.say("rules.provisional", year=year), "warn") for year in unknown]
    heads = _heads(visit, "year", "days_off", "days_on")
    return joined([*notes, table(heads, rows, caption=viewer.say("rules.part_holidays"), class_="words")])


def _silences(visit: Visit) -> Html:
    """What is told to nobody for a while, by whom and why; also what is over."""
    viewer = visit.viewer
    rows = [
        [_silenced(visit, row), row["from_on"].isoformat(), row["until_on"].isoformat(), row["reason"], row["who"],
         row["ended_on"].isoformat() if row["ended_on"] else ""]
        for row in reversed(silences(visit.ledger.con))
    ]  # fmt: skip
    heads = _heads(visit, "silenced", "since", "until_on", "reason", "who", "ended")
    none = viewer.say("rules.silences_none")
    return table(heads, rows, caption=viewer.say("rules.part_silences"), class_="rows", empty=none)


def _silenced(visit: Visit, row: Mapping[str, Any]) -> Html:
    """All that a silence names: a finding, a unit, a target."""
    viewer, number = visit.viewer, row["finding"]
    parts: list[object] = []
    if number:
        parts.append(anchor(viewer.link("findings", finding=number), viewer.say("rules.finding", id=number)))
    parts += [visit.unit_name(row["unit"])] if row["unit"] else []
    parts += [visit.target_name(row["target"])] if row["target"] else []
    return joined(parts, " · ")


PARTS: dict[str, Callable[[Visit], Html]] = {
    "metrics": _metrics, "targets": _targets, "units": _units, "rosters": _rosters, "holidays": _holidays,
    "silences": _silences,
}  # fmt: skip
