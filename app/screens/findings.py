"""Findings: the pool with its filters, and one finding with its whole history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from app.finding_words import event_words
from app.lights import SEVERITIES, gravest_first
from app.markup import Html, anchor, facts, joined, light, notice, table, tag
from app.screens import agenda
from app.screens.choice import asked_box, asked_of
from app.screens.finding_moves import move_form
from app.screens.tonight import matter_of, pager, place_of
from app.visit import Visit
from app.wording import day_words, severity_word, state_word
from expectations.carried import DONE
from expectations.findings import STATES, is_overdue

Row = Mapping[str, Any]
OPEN, OVERDUE, ALL = "open", "overdue", "all"


def render(visit: Visit) -> None:
    """Draw the pool with its filters, or the one finding that the address asks for."""
    found = _asked(visit)
    if found is None and not _shows_agenda(visit):
        _boxes(visit)
    st.html(content(visit))
    if found is not None:
        move_form(visit, found)


def content(visit: Visit) -> Html:
    """The pool as the address narrows it, one finding, or the next meeting's agenda."""
    asked = visit.viewer.asked.get("finding", "")
    found = _asked(visit)
    if found is not None:
        return _one(visit, found)
    if _shows_agenda(visit):
        return agenda.content(visit)
    unknown = notice(visit.viewer.say("figure.unknown", asked=asked), "warn") if asked else Html("")
    return joined([unknown, _pool(visit)])


def _shows_agenda(visit: Visit) -> bool:
    return visit.viewer.asked.get("show") == agenda.AGENDA and not visit.viewer.asked.get("finding")


def _asked(visit: Visit) -> Row | None:
    """The finding that the address names; None for none, or one that does not exist."""
    asked = visit.viewer.asked.get("finding", "")
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 10
    return next((row for row in visit.findings if row["id"] == int(asked)), None) if is_number else None


def _options(visit: Visit) -> dict[str, list[str]]:
    """What each filter offers."""
    findings = visit.findings
    held = {row["state"] for row in findings}
    return {
        "state": [OPEN, OVERDUE, ALL, *(state for state in STATES if state in held)],
        "unit": ["", *sorted({row["owner"] for row in findings}, key=visit.unit_name)],
        "severity": ["", *SEVERITIES],
        "year": ["", *sorted({row["period"][:4] for row in findings}, reverse=True)],
    }


def _boxes(visit: Visit) -> None:
    """The filters. Whatever the address asks for that does not exist is left out."""
    options, lang = _options(visit), visit.viewer.lang
    named: dict[str, Callable[[str], str]] = {
        "state": lambda state: _state_name(visit, state),
        "unit": visit.unit_name,
        "severity": lambda severity: severity_word(severity, lang),
        "year": str,
    }
    for column, (name, known) in zip(st.columns(len(options)), options.items(), strict=True):
        with column:
            asked_box(visit, name, known, _or_any(visit, named[name]), f"findings.{name}")


def _pool(visit: Visit) -> Html:
    """What the filters of the address leave, the gravest first."""
    chosen = {name: asked_of(visit, name, known) for name, known in _options(visit).items()}
    today = visit.night["business_date"]
    shown = [row for row in visit.findings if _is_in(row, chosen["state"], today) and _matches(row, chosen)]
    shown.sort(key=gravest_then_due)
    return _table(visit, shown, len(visit.findings))


def gravest_then_due(row: Row) -> tuple[Any, ...]:
    """The order of the pool."""
    return *gravest_first(row), row["due_on"], row["id"]


def _or_any(visit: Visit, named: Callable[[str], str]) -> Callable[[str], str]:
    """The name of a choice; no choice is all of them."""
    return lambda value: named(value) if value else visit.viewer.say("findings.any")


def _state_name(visit: Visit, state: str) -> str:
    lang = visit.viewer.lang
    return visit.viewer.say(f"findings.{state}") if state in (OPEN, OVERDUE, ALL) else state_word(state, lang)


def _is_in(row: Row, state: str, today: date) -> bool:
    """Whether a finding belongs to a group of states, or has just that one."""
    match state:
        case "all":
            return True
        case "open":
            return row["state"] not in DONE
        case "overdue":
            return is_overdue(row, today)
        case _:
            return bool(row["state"] == state)


def _matches(row: Row, asked: Mapping[str, str]) -> bool:
    held = {"unit": row["owner"], "severity": row["severity"], "year": row["period"][:4]}
    return all(not asked[name] or asked[name] == value for name, value in held.items())


def _table(visit: Visit, rows: Sequence[Row], of: int) -> Html:
    """The chosen findings, a page at a time, the gravest first."""
    viewer, today = visit.viewer, visit.night["business_date"]
    start = min(viewer.page(), max(0, len(rows) - 1) // visit.page_rows) * visit.page_rows
    page = rows[start : start + visit.page_rows]
    names = ("matter", "owner", "standing", "state", "severity", "due", "since", "sentence")
    body = []
    for row in page:
        late = [tag("span", viewer.say("findings.late"), class_="outcome late")] if is_overdue(row, today) else []
        body.append([
            anchor(viewer.link(finding=row["id"], page=None), matter_of(visit, row)),
            visit.unit_name(row["owner"]),
            light(viewer, row["standing"]),
            state_word(row["state"], viewer.lang),
            severity_word(row["severity"], viewer.lang),
            joined([row["due_on"].isoformat(), *late], " "),
            row["first_seen"].isoformat(),
            row[f"sentence_{viewer.lang}"],
        ])  # fmt: skip
    to_agenda = anchor(viewer.link("findings", show=agenda.AGENDA, page=None), viewer.say("agenda.link"))
    return joined([
        tag("h2", viewer.say("findings.title"), class_="part"),
        tag("p", to_agenda, class_="say"),
        tag("p", viewer.say("findings.count", shown=len(rows), of=of), class_="say"),
        table([viewer.say(f"findings.{name}") for name in names], body, caption=viewer.say("findings.title"),
              class_="rows pool", empty=viewer.say("findings.none")),
        pager(visit, start, len(page), len(rows)),
    ])  # fmt: skip


def _one(visit: Visit, row: Row) -> Html:
    """One finding: what it is, where its rows are, and everything that was done about it."""
    viewer, lang = visit.viewer, visit.viewer.lang
    pairs = [
        (viewer.say("findings.id"), str(row["id"])),
        (viewer.say("findings.unit_judged"), visit.unit_name(row["unit"])),
        (viewer.say("findings.owner"), visit.unit_name(row["owner"])),
        (viewer.say("findings.state"), state_word(row["state"], lang)),
        (viewer.say("findings.severity"), severity_word(row["severity"], lang)),
        (viewer.say("findings.since"), day_words(row["first_seen"], lang)),
        (viewer.say("findings.due"), day_words(row["due_on"], lang)),
        *(
            (viewer.say(f"findings.{name}"), day_words(row[name], lang))
            for name in ("decide_by", "unjudged_since", "look_back_on")
            if row[name]
        ),
        *([(viewer.say("findings.basis"), row["entered"]["basis"])] if row["entered"] else []),
        (viewer.say("findings.where"), anchor(place_of(visit, row), viewer.say("findings.rows"))),
    ]
    heads = [viewer.say(f"findings.{name}") for name in ("when", "who", "action", "change", "comment")]
    events = [_event(visit, event) for event in visit.events_of(row["id"])]
    return joined([
        tag("h2", matter_of(visit, row), class_="part"),
        tag("p", joined([light(viewer, row["standing"]), row[f"sentence_{lang}"]], " "), class_="sentence"),
        facts(pairs),
        tag("h2", viewer.say("findings.history"), class_="part"),
        table(heads, events, caption=viewer.say("findings.history"), class_="rows"),
        tag("p", anchor(viewer.link(finding=None), viewer.say("findings.back")), class_="say"),
    ])  # fmt: skip


def _event(visit: Visit, event: Row) -> list[object]:
    """One line of the history, by its business date."""
    when, who, what, said = event_words(event, visit.viewer.lang)
    states = [state_word(event[name], visit.viewer.lang) for name in ("from_state", "to_state") if event[name]]
    return [when, who, what, " → ".join(dict.fromkeys(states)), said]
