"""The report as blocks of spans: what it says and in which order, before any layout."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.lights import SEVERITIES
from app.report.figures import Figure, Figures, bookmark_name, listed
from app.report.problems import Problem, named_few, problems_of
from app.report.templates import SLOT, WORDS, Section, Sentence, Slot, Templates
from app.wording import day_words, text

Kind = Literal["title", "addressee", "heading", "subheading", "body", "signature", "date"]
# Days that lie ahead while a report is written: the line stays blank, to be filled in by hand.
BY_HAND = ("date", "note")
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Span:
    """A piece of text; with a figure, the number as printed under its own bookmark."""

    text: str
    figure: Figure | None = None
    bookmark: str = ""
    is_head: bool = False


@dataclass(frozen=True)
class Block:
    """One paragraph."""

    kind: Kind
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """Its words without any layout."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True)
class Placed:
    """One figure at one place: section, paragraph or group, and sentence."""

    figure: Figure
    bookmark: str
    place: str


@dataclass(frozen=True)
class Draft:
    """One sentence that a person must accept: its words as they read now."""

    id: str
    text: str
    is_accepted: bool

    @property
    def sha256(self) -> str:
        """What the acceptance is bound to."""
        return sha256_of(self.text)


def sha256_of(words: str) -> str:
    """The hash of a sentence's words."""
    return hashlib.sha256(words.encode()).hexdigest()


@dataclass
class Report:
    """A year's report: its paragraphs, the figures in the order of their first place, and what awaits a person."""

    year: str
    county: str
    is_sample: bool
    blocks: list[Block] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The report's title."""
        return next(block.text for block in self.blocks if block.kind == "title")

    @property
    def figures(self) -> list[Figure]:
        """Each placed figure once, in the order of its first place."""
        return list({(one.figure.metric, one.figure.period): one.figure for one in self.placed}.values())


def compose_report(
    figures: Figures, templates: Templates, county: str, is_sample: bool, accepted: Mapping[str, str]
) -> Report:
    """The whole report of the figures' year. `accepted`: sentence id -> sha256 of the words that a person accepted."""
    writer = _Writer(figures, Report(figures.year, county, is_sample), accepted)
    frame = templates.frame
    writer.add("title", [Span(writer.filled(frame.title))])
    writer.add("addressee", [Span(writer.filled(frame.addressee))])
    writer.body("opening", frame.opening)
    writer.heading(0, frame.work)
    for at, (name, section) in enumerate(templates.in_order()):
        writer.section(at, name, section)
    problems = problems_of(figures, templates)
    writer.heading(1, frame.problems)
    writer.problems(templates, problems)
    writer.heading(2, frame.steps)
    writer.steps(templates, problems)
    writer.add("body", [Span(writer.filled(frame.closing))])
    for name in frame.signed_by:
        writer.add("signature", [Span(writer.filled(name))])
    writer.add("date", writer.spans("date", frame.date))
    writer.add("body", writer.spans("note", frame.note))
    return writer.report


class _Writer:
    """Fills templates and remembers what was placed where."""

    def __init__(self, figures: Figures, report: Report, accepted: Mapping[str, str]) -> None:
        self.figures = figures
        self.report = report
        self.accepted = accepted
        self.times: Counter[str] = Counter()
        year = int(figures.year)
        self.words = {
            "county": report.county, "year": str(year), "next_year": str(year + 1), "previous_year": str(year - 1),
            "as_of": day_words(figures.snapshot.as_of, "zh"),
        }  # fmt: skip

    def add(self, kind: Kind, spans: Iterable[Span]) -> None:
        """Append one paragraph; an empty one is left out."""
        found = tuple(span for span in spans if span.text)
        if found:
            self.report.blocks.append(Block(kind, found))

    def filled(self, template: str) -> str:
        """A text of the frame, which prints no figure."""
        return SLOT.sub(lambda match: self.words[match[1]] if match[1] in WORDS else match[0], template)

    def heading(self, at: int, words: str) -> None:
        """`一、`"""
        self.add("heading", [Span(text("report.first_level", "zh", number=NUMERALS[at], title=self.filled(words)))])

    def subheading(self, at: int, words: str) -> None:
        """`（一）`"""
        self.add("subheading", [Span(text("report.second_level", "zh", number=NUMERALS[at], title=self.filled(words)))])

    def body(self, place: str, sentences: Mapping[str, Sentence], head: str = "") -> None:
        """One paragraph of sentences behind its head."""
        spans = [span for name, one in sentences.items() for span in self.sentence(f"{place}.{name}", name, one)]
        if spans:
            self.add("body", [Span(self.filled(head), is_head=True), *spans])

    def section(self, at: int, name: str, section: Section) -> None:
        """One section of what was done."""
        self.subheading(at, section.title)
        for number, (key, paragraph) in enumerate(section.paragraphs.items()):
            head = text("report.third_level", "zh", number=NUMERALS[number], head=paragraph.head)
            self.body(f"{name}.{key}", paragraph.sentences, head)

    def sentence(self, place: str, name: str, sentence: Sentence) -> list[Span]:
        """One sentence; praise only where it is due, in brackets until a person accepts it."""
        if not sentence.when_met:
            return self.spans(place, self._chosen(sentence))
        lights = self.figures.lights
        if not all(metric in lights and lights[metric].standing == "met" for metric in sentence.when_met):
            return []
        return self.drafted(f"praise_{name}", place, sentence.text)

    def _chosen(self, sentence: Sentence) -> str:
        """`none` where the first figure was counted and is 0."""
        if not sentence.none or not sentence.slots:
            return sentence.text
        first = self.figures.figure(sentence.slots[0].name)
        return sentence.none if first.held == "figure" and not first.numerator else sentence.text

    def drafted(self, draft_id: str, place: str, template: str) -> list[Span]:
        """A sentence that the machine proposes: 【待审：……】 until a person accepted these very words."""
        spans = self.spans(place, template)
        words = "".join(span.text for span in spans)
        if not words:
            return []
        is_accepted = self.accepted.get(draft_id) == sha256_of(words)
        self.report.drafts.append(Draft(draft_id, words, is_accepted))
        if is_accepted:
            return spans
        return [Span(text("report.draft_open", "zh")), *spans, Span(text("report.draft_close", "zh"))]

    def spans(self, place: str, template: str) -> list[Span]:
        """A template with its figures in place."""
        found, at = [], 0
        for match in SLOT.finditer(template):
            found.append(Span(template[at : match.start()]))
            found += self._slot(place, Slot(match[1], match[2], bool(match[3])))
            at = match.end()
        return [span for span in [*found, Span(template[at:])] if span.text]

    def _slot(self, place: str, slot: Slot) -> list[Span]:
        if slot.name in self.words:
            return [Span(self.words[slot.name])]
        period = str(int(self.figures.year) - 1) if slot.is_previous else self.figures.year
        figure = self.figures.figure(slot.name, period)
        if slot.column:
            values = self.figures.values(slot.name, slot.column, period)
            return [Span(listed(values) or figure.gap or text("report.gap", "zh", label=figure.label))]
        bookmark = self._place(figure, place)
        shown = figure.printed or figure.gap
        if place in BY_HAND and not figure.printed:
            shown = text("report.unsigned_day", "zh", year=self.words["next_year"])
        return [Span(shown, figure, bookmark), Span(figure.mark)]

    def _place(self, figure: Figure, place: str) -> str:
        """The bookmark of this place: the figure's own the first time, numbered after that."""
        self.times[figure.bookmark] += 1
        times = self.times[figure.bookmark]
        parts = (figure.metric, figure.period) if times == 1 else (figure.metric, figure.period, str(times))
        bookmark = bookmark_name("fig", *parts)
        self.report.placed.append(Placed(figure, bookmark, place))
        return bookmark

    def problems(self, templates: Templates, problems: Mapping[str, list[Problem]]) -> None:
        """What fell short, section by section; each sentence is a draft and a paragraph, to be accepted by itself."""
        if not problems:
            self.add("body", self.drafted("problem_none", "problems", templates.frame.no_problems))
            return
        self.add("body", [Span(self.filled(templates.frame.problems_lead))])
        for at, (name, found) in enumerate(problems.items()):
            self.subheading(at, templates.sections[name].aspect)
            for one in found:
                self.add("body", self.drafted(one.id, "problems", one.text))

    def steps(self, templates: Templates, problems: Mapping[str, list[Problem]]) -> None:
        """What follows from the problems, and what goes on every year; each sentence is a draft."""
        self.add("body", [Span(self.filled(templates.frame.steps_lead))])
        for at, (name, found) in enumerate(problems.items()):
            gravest = sorted(found, key=lambda one: SEVERITIES.index(one.severity))
            labels = named_few(label for one in gravest for label in one.labels)
            self.subheading(at, templates.sections[name].aspect)
            step = templates.sections[name].step.replace("{problems}", labels)
            self.add("body", self.drafted(f"step_{name}", "steps", step))
        for name, sentence in templates.frame.lasting_steps.items():
            self.add("body", self.drafted(f"step_{name}", "steps", sentence.text))
