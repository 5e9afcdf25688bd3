"""What a reader of the view may do, done: move a finding, decide on a delivery, see rows unmasked.

Besides this the view writes in bringing.py (files), catalogue_desk.py (rosters and targets) and running.py (a night).

Who does it and in which role comes from the session, never from the page; the ledger is opened for writing for the one
act. Each gives "" once it is done, or the sentence that refuses it in the reader's language.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace

from app.county_rules import read_county_rules
from app.finding_words import in_words
from app.pending import fillers_of, is_list
from app.rights import Role
from app.viewer import Viewer
from app.visit import Visit
from expectations.findings import FindingRefused
from expectations.lifecycle import Person, Said, move_by_person
from expectations.lifecycle import Role as Hand
from warehouse.inbox import keep_bytes, safe_name
from warehouse.latest_day import latest_day
from warehouse.ledger import DecisionRefused, Ledger, open_ledger
from warehouse.scope import SHORTEST_REASON, ScopedSnapshot, UnmaskingRefused
from warehouse.secrecy import IN_NAME
from warehouse.workdays import Calendar

HANDS: dict[Role, Hand] = {"inspector": "inspector", "steward": "office", "liaison": "liaison", "leader": "leader"}
MOST_SIGNS, MOST_EVIDENCE = 2000, 20 * 1024 * 1024
log = logging.getLogger("ducha.view")


def person_of(viewer: Viewer) -> Person | None:
    """The reader as one who moves findings; None for who may only look."""
    hand = HANDS.get(viewer.role) if viewer.role and viewer.may("move_findings") else None
    return Person(viewer.who, hand, viewer.unit) if hand else None


def move(visit: Visit, finding: int, action: str, said: Said, file: tuple[str, bytes] | None = None) -> str:
    """Make one move of a finding, by the rules and on the day by which the command makes it.

    `file`: the evidence, its name and bytes; kept by its hash once the move is allowed.
    """
    viewer, person = visit.viewer, person_of(visit.viewer)
    if person is None or not any(row["id"] == finding for row in visit.findings):
        return viewer.say("acting.not_yours")
    if len(said.comment) > MOST_SIGNS:
        return viewer.say("acting.too_long", most=MOST_SIGNS)
    if said.unit and said.unit not in units_to_refer_to(visit):
        return viewer.say("figure.unknown", asked=said.unit)
    content = file[1] if file and action == "evidence" else b""
    if file and action == "evidence":
        name = safe_name(file[0])
        if not content or len(content) > MOST_EVIDENCE or IN_NAME.search(name):
            return viewer.say("acting.bad_evidence", most=MOST_EVIDENCE // 1024 // 1024)
        said = replace(said, evidence={"sha256": hashlib.sha256(content).hexdigest(), "name": name})
    try:
        rules = read_county_rules(visit.home)
    except (OSError, ValueError):
        return viewer.say("acting.no_rules")
    today, calendar = latest_day(visit.home, rules.night.business_date), Calendar(visit.declarations.holidays)
    limits = rules.findings.limits()

    def keep() -> None:
        if content:
            keep_bytes(content, visit.home.archive)

    return _done(
        visit, lambda ledger: move_by_person(ledger, finding, action, person, said, today, calendar, limits, keep)
    )


def withdraw(visit: Visit, delivery: str, reason: str) -> str:
    """Take a file out; the next night loads its dataset again without it."""
    if not reason.strip():
        return visit.viewer.say("acting.reason_missing")
    return _decide(visit, reason, lambda ledger: ledger.withdraw(delivery, reason, visit.viewer.who))


def accept(visit: Visit, delivery: str, comment: str) -> str:
    """Let a held file in; the next night applies it. A list of corrections: not by who filled it in or brought it."""
    held = [row for row in visit.ledger.deliveries(id=delivery) if is_list(row)]
    if any(visit.viewer.who in fillers_of(visit, row) for row in held):
        return visit.viewer.say("acting.second_person")
    return _decide(visit, comment, lambda ledger: ledger.accept(delivery, visit.viewer.who, comment))


def unmask(visit: Visit, reason: str, datasets: Iterable[str], rows: dict[str, object]) -> Visit | str:
    """The same visit with these rows readable unmasked, once it stands in the audit; else the sentence that refuses."""
    viewer = visit.viewer
    if len(reason) > MOST_SIGNS:
        return viewer.say("acting.too_long", most=MOST_SIGNS)
    if not isinstance(visit.snapshot, ScopedSnapshot):
        return viewer.say("unmask.role")
    try:
        snapshot = visit.snapshot.in_the_clear(visit.home, viewer.who, reason, datasets, rows)
    except UnmaskingRefused as why:
        return viewer.say(f"unmask.{why}", least=SHORTEST_REASON)
    except sqlite3.OperationalError:
        log.exception("the ledger could not be written")
        return viewer.say("acting.busy")
    return replace(visit, snapshot=snapshot)


def units_to_refer_to(visit: Visit) -> list[str]:
    """The units that exist on the business date."""
    units, on = visit.declarations.units, visit.night["business_date"]
    return [
        unit
        for unit, one in units.items()
        if one.kind != "county" and (one.valid_from is None or one.valid_from <= on)
        and (one.valid_to is None or one.valid_to >= on)
    ]  # fmt: skip


def _decide(visit: Visit, said: str, act: Callable[[Ledger], None]) -> str:
    if not visit.viewer.may("decide_deliveries"):
        return visit.viewer.say("acting.not_yours")
    if len(said) > MOST_SIGNS:
        return visit.viewer.say("acting.too_long", most=MOST_SIGNS)
    return _done(visit, act)


def _done(visit: Visit, act: Callable[[Ledger], object]) -> str:
    viewer = visit.viewer
    if visit.is_past:
        return viewer.say("acting.past")
    try:
        with open_ledger(visit.home) as ledger:
            act(ledger)
    except FindingRefused as refused:
        zh, _, en = in_words(str(refused)).partition(" / ")
        return en if viewer.lang == "en" and en else zh
    except DecisionRefused:
        # Its form is only offered for a state that allows it: somebody else, or a night, was faster.
        return viewer.say("acting.changed")
    except sqlite3.OperationalError:
        log.exception("the ledger could not be written")
        return viewer.say("acting.busy")
    except OSError:
        log.exception("a file could not be kept")
        return viewer.say("bring.no_room")
    return ""
