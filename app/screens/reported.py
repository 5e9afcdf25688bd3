"""What a figure was when its year was signed: it stands beside what it is now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.report.changes import value_words
from app.screens.choice import Choice
from app.visit import CLOCK, Visit
from app.wording import day_words
from warehouse.comparing import sides_of
from warehouse.history import has_history, read_kept
from warehouse.report_decisions import signed_report

Row = Mapping[str, Any]
PLACES = Decimal("0.000001")


def reported_facts(visit: Visit, choice: Choice, chosen: Row | None) -> list[tuple[str, object]]:
    """The figure as signed, whether it is another one now, and by whom and when.

    Nothing of a year that nobody signed, and to whoever does not read the report: the history knows no readers.
    """
    viewer = visit.viewer
    if chosen is None or not viewer.may("report"):
        return []
    signed = signed_report(visit.ledger, choice.period[:4])
    if signed is None or not has_history(visit.home.history, signed["night"]):
        return []
    at = {"metric": choice.metric, "period": choice.period, "unit": choice.unit, "town": choice.town}
    kept = read_kept(visit.home.history, signed["night"], "figures", **at)
    before, now = sides_of(kept[0]) if kept else None, _sides_now(chosen)
    on = day_words(datetime.fromisoformat(signed["signed_at"]).astimezone(CLOCK), viewer.lang)
    is_rate = visit.declarations.metrics[choice.metric].denominator is not None
    shown = value_words(before or (None, None), is_rate)
    key = "figure.reported_same" if now == before else "figure.reported_changed"
    return [(viewer.say("figure.reported"), viewer.say(key, value=shown, who=signed["who"], on=on))]


def _sides_now(chosen: Row) -> tuple[Decimal, Decimal | None]:
    """The sides as programs get them, in the places of the warehouse."""
    numerator, denominator = sides_of({side: _exact(chosen[side]) for side in ("numerator", "denominator")})
    return numerator, denominator


def _exact(side: object) -> Decimal | None:
    return None if side is None else Decimal(str(side)).quantize(PLACES)


def rule_facts(visit: Visit, metric: str) -> list[tuple[str, object]]:
    """By which version of the rules it was counted, and which rule held before."""
    viewer = visit.viewer
    version = visit.snapshot.meta["declarations_sha256"][:12]
    pairs: list[tuple[str, object]] = [(viewer.say("figure.version"), version)]
    for one in visit.declarations.metrics[metric].earlier_rules:
        said = viewer.say("rules.until", year=one.until, rule=viewer.label(one.rule))
        pairs.append((viewer.say("rules.earlier"), said))
    return pairs
