"""The part of the inspectors' mail that asks something of the office itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.letters.cell_words import unit_words
from app.letters.letter import sentence_in
from app.letters.message import Block
from app.letters.sentences import day_or_nothing, finding_label
from app.wording import Lang, letter_reason_word, period_words, text
from warehouse.declarations import Declarations

Row = Mapping[str, Any]


def is_urgent(desk: Row) -> bool:
    """Whether the office has to do something, or its weekly figures are due."""
    return any(desk.get(name) for name in ("to_office", "undecided", "undelivered", "trend"))


def desk_blocks(desk: Row, declarations: Declarations, lang: Lang) -> list[Block]:
    """Deadlines long past, contests to decide, letters that do not arrive, silences, the weeks.

    Empty ones are left out: each of them asks for something.
    """
    blocks: list[Block] = []
    for name in ("to_office", "undecided"):
        rows = desk.get(name) or ()
        day = "due_on" if name == "to_office" else "decide_by"
        blocks += _table(name, ("unit", "matter", day, "sentence"), [
            (
                unit_words(row["owner"], declarations, lang),
                _matter(row, declarations, lang),
                day_or_nothing(row[day], lang),
                sentence_in(row, lang),
            )
            for row in rows
        ], lang)  # fmt: skip
    blocks += _table("undelivered", ("unit", "kind", "night", "outcome", "attempts"), [
        (
            unit_words(row["unit"], declarations, lang),
            text(f"letter_kinds.{row['kind']}", lang),
            str(row["night"]),
            letter_reason_word(row["reason"] or "", lang),
            str(row["attempts"]),
        )
        for row in desk.get("undelivered") or ()
    ], lang)  # fmt: skip
    blocks += _table("silences", ("matter", "until", "why", "who"), [
        (_silenced(row, declarations, lang), day_or_nothing(row["until_on"], lang), row["reason"], row["who"])
        for row in desk.get("silences") or ()
    ], lang)  # fmt: skip
    return blocks + _trend(desk.get("trend") or (), lang)


def _matter(row: Row, declarations: Declarations, lang: Lang) -> str:
    label, period = finding_label(row, declarations, lang), period_words(str(row["period"]), lang)
    return text("letters.labelled", lang, label=label, period=period)


def _silenced(row: Row, declarations: Declarations, lang: Lang) -> str:
    """What a silence covers: the finding, the unit, the target."""
    parts = [text("office.silenced_finding", lang, id=row["finding"])] if row["finding"] else []
    parts += [unit_words(row["unit"], declarations, lang)] if row["unit"] else []
    if row["target"]:
        named = {"target": row["target"], "metric": row["target"], "period": "", "unit": row["unit"] or ""}
        is_known = row["target"] in declarations.metrics
        parts.append(finding_label(named, declarations, lang) if is_known else str(row["target"]))
    return text("letters.join", lang).join(parts)


def _trend(weeks: Sequence[Row], lang: Lang) -> list[Block]:
    """A row per week, and one sentence that says which way it goes."""
    if not weeks:
        return []
    rows = [
        (
            text("office.week", lang, since=day_or_nothing(week["since"], lang),
                 until=day_or_nothing(week["until"], lang)),
            *(str(week[name]) for name in ("opened", "put_right", "closed", "open")),
        )
        for week in weeks
    ]  # fmt: skip
    first, last = int(weeks[0]["open"]), int(weeks[-1]["open"])
    way = "more" if last > first else "fewer" if last < first else "same"
    said = text(f"office.trend_{way}", lang, weeks=len(weeks), first=first, last=last, overdue=weeks[-1]["overdue"])
    table = _table("trend", ("week", "opened", "put_right", "closed", "open"), rows, lang)
    return [table[0], Block("lead", said), *table[1:]]


def _table(name: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]], lang: Lang) -> list[Block]:
    if not rows:
        return []
    header = tuple(text(f"office.columns.{column}", lang) for column in columns)
    return [Block("heading", text(f"office.{name}", lang)), Block("table", pairs=(header, *rows))]
