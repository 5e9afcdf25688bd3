"""数据核对提示函: one letter per owner and night. By the data you sent, this comes out so; please check by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from app.letters.cell_words import place_words, row_sentence, said, unit_words
from app.letters.message import Block, Part
from app.letters.sentences import (
    as_day,
    basis_words,
    bound_words,
    day_or_nothing,
    figure_words,
    finding_label,
    scope_words,
)
from app.wording import LANGS, Lang, day_words, outcome_word, standing_word, text
from expectations.carried import DONE
from warehouse.declarations import Declarations

ROWS_IN_LETTER = 10
LABELS_IN_POINT = 4
CALLS = ("new", "worse", "relapsed", "overdue", "reminder")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """One change with the rows that explain it: at most those a slip holds, `count` says how many there are."""

    finding: Row
    rows: Sequence[Row] = ()
    count: int = 0

    @property
    def is_put_right(self) -> bool:
        """Whether it is told as met now."""
        return bool(self.finding["change"] == "put_right")


@dataclass(frozen=True)
class LetterFacts:
    """Everything a letter to one unit says. `told`: the gravest first; `stopped`: its files that were not taken;
    `corrected`: what the office corrects in its data."""

    unit: str
    told: tuple[Told, ...]
    stopped: tuple[Row, ...]
    corrected: tuple[Row, ...]
    business_date: date
    sample: bool
    view_url: str
    has_slip: bool
    declarations: Declarations
    is_for_leader: bool = False

    @property
    def open(self) -> tuple[Told, ...]:
        """What the unit is asked to check: what one thing explains stands together, where the gravest of it stands."""
        found = [each for each in self.told if not each.is_put_right]
        first: dict[object, int] = {}
        for at, each in enumerate(found):
            first.setdefault(each.finding.get("sentence_zh"), at)
        return tuple(sorted(found, key=lambda each: first[each.finding.get("sentence_zh")]))

    @property
    def put_right(self) -> tuple[Told, ...]:
        """What is met by the data now."""
        return tuple(each for each in self.told if each.is_put_right)

    @property
    def by(self) -> date | None:
        """The earliest day asked for that has not passed."""
        days = [day for each in self.open if (day := as_day(each.finding["due_on"]))]
        return min((day for day in days if day >= self.business_date), default=None)


def subject_of(facts: LetterFacts) -> str:
    """The subject line, in Chinese, with the mark of a sample home."""
    key = "letters.subject" if facts.open else "letters.subject_put_right"
    subject = text(
        key,
        "zh",
        title=text("letters.title", "zh"),
        unit=unit_words(facts.unit, facts.declarations, "zh"),
        count=len(facts.open) or len(facts.put_right),
        day=day_words(facts.business_date, "zh"),
    )
    return text("letters.sample_mark", "zh", subject=subject) if facts.sample else subject


def letter_parts(facts: LetterFacts) -> tuple[Part, ...]:
    """The letter in Chinese, then in English. The first lines carry the point: which figures, one sentence each."""
    return tuple(Part(lang, tuple(_blocks(facts, lang))) for lang in LANGS)


def _blocks(facts: LetterFacts, lang: Lang) -> list[Block]:
    blocks = [Block("title", _title(facts, lang)), Block("lead", _lead(facts, lang))]
    if facts.open:
        blocks.append(Block("points", items=_points(facts, lang)))
    if facts.put_right and not facts.open:
        blocks.append(Block("points", items=_put_right_points(facts, lang)))
    blocks += _stopped(facts, lang)
    blocks += _corrected(facts, lang)
    blocks.append(Block("lead", call_words(facts.declarations, lang)))
    if facts.open:
        blocks.append(Block("heading", text("letters.details", lang)))
    for number, each in enumerate(facts.open, start=1):
        blocks += _detail(number, each, facts, lang)
    if facts.put_right and facts.open:
        blocks.append(Block("heading", text("letters.put_right_heading", lang)))
        blocks.append(Block("points", items=_put_right_points(facts, lang)))
    if facts.has_slip:
        blocks.append(Block("lead", text("letters.slip_note", lang)))
    notes = [text("letters.view", lang, url=facts.view_url)] if facts.view_url else []
    notes.append(text("letters.nature", lang))
    notes += [text("letters.sample_note", lang)] if facts.sample else []
    return blocks + [Block("note", note) for note in notes]


def _title(facts: LetterFacts, lang: Lang) -> str:
    title = text("letters.title", lang)
    return text("letters.sample_mark", lang, subject=title) if facts.sample else title


def _lead(facts: LetterFacts, lang: Lang) -> str:
    to_whom = "letters.to_leader" if facts.is_for_leader else "letters.to"
    to = text(to_whom, lang, unit=unit_words(facts.unit, facts.declarations, lang))
    if facts.is_for_leader:
        words = text("letters.lead_leader", lang, count=len(facts.open))
    elif facts.open and facts.by:
        words = text("letters.lead", lang, count=len(facts.open), by=day_words(facts.by, lang))
    elif facts.open:
        words = text("letters.lead_overdue", lang, count=len(facts.open))
    else:
        is_closed = all(each.finding["state"] in DONE for each in facts.put_right)
        key = "letters.lead_closed" if is_closed else "letters.lead_put_right"
        words = text(key, lang, count=len(facts.put_right))
    return text("letters.to_lead", lang, to=to, lead=words)


def call_words(declarations: Declarations, lang: Lang) -> str:
    """Whom to call: the office and its telephone, not a person."""
    office = next((unit for unit in declarations.units.values() if unit.kind == "office"), None)
    if office is None:
        return text("letters.call_no_phone", lang, office=text("letters.no_office", lang))
    if not office.phone:
        return text("letters.call_no_phone", lang, office=said(office.label, lang))
    return text("letters.call", lang, office=said(office.label, lang), phone=office.phone)


def sentence_in(finding: Row, lang: Lang) -> str:
    """The sentence that the finding carries."""
    return str(finding["sentence_zh" if lang == "zh" else "sentence_en"])


def _points(facts: LetterFacts, lang: Lang) -> tuple[str, ...]:
    """One sentence each; what one thing explains (rows set aside of one file) is one point and not many."""
    points, number = [], 1
    for sentence, same in groupby(facts.open, key=lambda each: sentence_in(each.finding, lang)):
        group = list(same)
        labels = [
            (finding_label(each.finding, facts.declarations, lang), scope_words(each.finding, facts.declarations, lang))
            for each in group
        ]
        if len(group) == 1:
            ((label, period),) = labels
            words = text("letters.point", lang, number=number, label=label, period=period, sentence=sentence)
        else:
            words = text(
                "letters.point_of_many",
                lang,
                first=number,
                last=number + len(group) - 1,
                sentence=sentence.rstrip("。."),
                count=len(group),
                labels=_listed(labels, lang),
            )
        points.append(words)
        number += len(group)
    return tuple(points)


def _listed(labels: Sequence[tuple[str, str]], lang: Lang) -> str:
    """The first labels with their periods; all of them stand below, with their details."""
    named = [text("letters.labelled", lang, label=label, period=period) for label, period in labels[:LABELS_IN_POINT]]
    joined = text("letters.join", lang).join(named)
    return text("letters.and_more", lang, labels=joined) if len(labels) > LABELS_IN_POINT else joined


def _corrected(facts: LetterFacts, lang: Lang) -> list[Block]:
    """What the office has corrected in the unit's own data, as long as it stands."""
    if not facts.corrected:
        return []
    items = tuple(row["say" if lang == "zh" else "say_en"] for row in facts.corrected)
    return [Block("lead", text("corrections.corrected_note", lang)), Block("points", items=items)]


def _stopped(facts: LetterFacts, lang: Lang) -> list[Block]:
    """The unit's files that were refused or held: who did send a file learns why its data count as missing."""
    if not facts.stopped:
        return []
    items = tuple(
        text(
            "letters.stopped_point",
            lang,
            file=row["file_name"],
            outcome=outcome_word(str(row["state"]), lang),
            say=row["say" if lang == "zh" else "say_en"] or "",
        )
        for row in facts.stopped
    )
    return [Block("lead", text("letters.stopped", lang, count=len(items))), Block("points", items=items)]


def _put_right_points(facts: LetterFacts, lang: Lang) -> tuple[str, ...]:
    points = []
    for each in facts.put_right:
        figure = figure_words(each.finding, facts.declarations, lang)
        points.append(
            text(
                "letters.put_right_point" if figure else "letters.put_right_point_plain",
                lang,
                label=finding_label(each.finding, facts.declarations, lang),
                period=scope_words(each.finding, facts.declarations, lang),
                figure=figure,
                bound=bound_words(each.finding, facts.declarations, lang),
            )
        )
    return tuple(points)


def _detail(number: int, told: Told, facts: LetterFacts, lang: Lang) -> list[Block]:
    finding, declarations = told.finding, facts.declarations
    heading = text(
        "letters.card",
        lang,
        number=number,
        label=finding_label(finding, declarations, lang),
        period=scope_words(finding, declarations, lang),
    )
    blocks = [Block("card", heading), Block("claim", sentence_in(finding, lang))]
    blocks.append(Block("facts", pairs=tuple(fact_pairs(finding, declarations, lang))))
    if told.rows:
        blocks.append(Block("table", pairs=_row_table(told, declarations, lang)))
    if told.count > ROWS_IN_LETTER:
        blocks.append(Block("note", text("letters.more_rows", lang, count=told.count - ROWS_IN_LETTER)))
    return blocks


def fact_pairs(finding: Row, declarations: Declarations, lang: Lang) -> list[tuple[str, str]]:
    """Figure, target, standing, basis, since when, by when: what is unknown is left out, not invented."""
    standing = standing_word(str(finding["standing"]), lang)
    metric = declarations.metrics.get(finding.get("metric") or "")
    pairs = [
        ("figure", figure_words(finding, declarations, lang)),
        ("bound", bound_words(finding, declarations, lang)),
        (
            "standing",
            text(
                "letters.standing_change",
                lang,
                standing=standing,
                change=text(f"finding_changes.{finding['change']}", lang),
            ),
        ),
        ("basis", basis_words(finding, declarations)),
        ("counting_rule", said(metric.counting_rule, lang) if metric else ""),
        ("first_seen", day_or_nothing(finding.get("first_seen"), lang)),
        ("due_on", day_or_nothing(finding.get("due_on"), lang)),
    ]
    return [(text(f"letters.facts.{name}", lang), value) for name, value in pairs if value]


def _row_table(told: Told, declarations: Declarations, lang: Lang) -> tuple[tuple[str, ...], ...]:
    header = (text("letters.rows_heading", lang), text("letters.row_place", lang))
    metric = declarations.metrics[told.finding["metric"]]
    rows = [
        (row_sentence(row, metric, declarations, lang) or "", place_words(row, declarations, lang))
        for row in told.rows[:ROWS_IN_LETTER]
    ]
    return (header, *rows)
