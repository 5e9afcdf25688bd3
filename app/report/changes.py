"""签发后变化: the figures of a signed report that later rows, or a later counting rule, made other ones."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.letters.cell_words import number_words, said
from app.report.compose import Block, Span
from app.wording import Lang, period_words, text
from warehouse.declarations import Declarations
from warehouse.history import read_kept
from warehouse.home import Home
from warehouse.signed_year import ChangedFigure, changes_since, read_signed_year
from warehouse.snapshot import Snapshot

HUNDREDTH = Decimal("0.01")
Sides = tuple[Decimal | None, Decimal | None]


def changes_of(home: Home, year: str, night: str, snapshot: Snapshot) -> list[ChangedFigure]:
    """What differs in a snapshot from the night that a year was signed with."""
    signed = read_signed_year(home, year, night)
    before = read_kept(home.history, night, "figures")
    return changes_since(signed, before, snapshot.figures(), snapshot.declarations)


def change_blocks(changes: Sequence[ChangedFigure], declared: Declarations) -> list[Block]:
    """The paragraphs that tell them at its end: the county's figures of the year one by one, the others counted."""
    if not changes:
        return []
    shown = [one for one in changes if one.unit is None and one.town is None and len(one.period) == 4]
    lines = [text("report.changes.lead", "zh", count=len(changes)), *(change_words(one, declared) for one in shown)]
    if others := len(changes) - len(shown):
        lines.append(text("report.changes.others", "zh", count=others))
    title = Block("heading", (Span(text("report.changes.title", "zh")),))
    return [title, *(Block("body", (Span(line),)) for line in lines)]


def change_words(change: ChangedFigure, declared: Declarations, lang: Lang = "zh") -> str:
    """One change as a sentence: which figure, as signed, now, by how much, and whether its rule changed."""
    metric = declared.metrics.get(change.metric)
    label = said(metric.label, lang) if metric else change.metric
    values = {"label": label, "period": period_words(change.period, lang)}
    signed, now = (value_words(sides, change.is_rate) for sides in (change.signed, change.now))
    words = text("report.changes.one", lang, **values, signed=signed, now=now, by=difference_words(change, lang))
    return words + (text("report.changes.rule", lang) if change.is_rule else "")


def value_words(sides: Sides, is_rate: bool) -> str:
    """`95.65%（22／23）`, a count alone, or a dash where nothing was counted."""
    numerator, denominator = sides
    if numerator is None or (is_rate and not denominator):
        return text("nothing", "zh")
    if not is_rate or denominator is None:
        return number_words(numerator)
    percent = (numerator * 100 / denominator).quantize(HUNDREDTH, ROUND_HALF_UP)
    return f"{number_words(percent)}%（{number_words(numerator)}／{number_words(denominator)}）"


def difference_words(change: ChangedFigure, lang: Lang) -> str:
    """`+2`, or `-4.35` percentage points; a dash where one of them is 0/0."""
    if change.difference is None:
        return text("nothing", lang)
    by = change.difference.quantize(HUNDREDTH, ROUND_HALF_UP)
    number = f"{'+' if by > 0 else ''}{number_words(by)}"
    return text("report.changes.points", lang, by=number) if change.is_rate else number


def changes_json(changes: Sequence[ChangedFigure]) -> list[dict[str, Any]]:
    """One entry per changed figure, for programs. `difference` of a rate is in percentage points."""
    return [
        {
            "metric": one.metric, "period": one.period, "unit": one.unit, "town": one.town,
            "signed_numerator": one.signed[0], "signed_denominator": one.signed[1], "numerator": one.now[0],
            "denominator": one.now[1], "difference": one.difference and one.difference.quantize(HUNDREDTH),
            "rule_changed": one.is_rule,
        }
        for one in changes
    ]  # fmt: skip
