"""The sentences of the report as data: `sections/*.yml`, the home's `catalogue/report/*.yml` entry by entry on top."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from warehouse.declarations import Declarations
from warehouse.models import Model, Texts
from warehouse.yaml_reader import DeclarationError, read_yaml, validate

SECTIONS = Path(__file__).with_name("sections")
FRAME = "frame"
# The home's folder also holds the phrases by which figures are found in other texts.
OTHERS = ("phrases",)
SLOT = re.compile(r"\{(\w+)(?:\.(\w+))?(@previous)?\}")
WORDS = ("county", "year", "next_year", "previous_year", "as_of")


class Slot(NamedTuple):
    """One `{...}` of a sentence: a metric's figure, its figure of the year before, or the values of a column."""

    name: str
    column: str | None
    is_previous: bool


class Sentence(Model):
    """One sentence. A plain text is a sentence without conditions.

    `none`: said instead where the first figure is 0. `when_met`: praise, said only where the targets of all these
    metrics are met by everyone; a person accepts it before its brackets go.
    """

    text: str
    none: str = ""
    when_met: Texts = ()

    @property
    def slots(self) -> list[Slot]:
        """The figures and values it prints, in its order."""
        return slots_of(self.text)


class Paragraph(Model):
    """A run-in heading and its sentences, by name in their order; a home takes one out with an empty text."""

    head: str
    sentences: dict[str, Sentence]


class Section(Model):
    """One of the report's sections: `number` places it. `aspect` names it in problems, `step` is what follows then."""

    number: int
    title: str
    aspect: str
    step: str
    paragraphs: dict[str, Paragraph]


class Frame(Model):
    """What stands around the sections: title, addressee, opening, headings, closing, who signs."""

    title: str
    addressee: str
    opening: dict[str, Sentence]
    work: str
    problems: str
    problems_lead: str
    no_problems: str
    steps: str
    steps_lead: str
    lasting_steps: dict[str, Sentence] = Field(default_factory=dict)
    closing: str
    signed_by: Texts
    date: str
    note: str = ""


class Templates(Model):
    """All templates of one county."""

    frame: Frame
    sections: dict[str, Section]

    def in_order(self) -> list[tuple[str, Section]]:
        """The sections as the report has them."""
        return sorted(self.sections.items(), key=lambda item: item[1].number)

    def sentences(self) -> list[str]:
        """The words of every sentence that prints a figure or may, in no order."""
        sentences = [*self.frame.opening.values(), *self.frame.lasting_steps.values()]
        for section in self.sections.values():
            sentences += [one for paragraph in section.paragraphs.values() for one in paragraph.sentences.values()]
        return [one.text for one in sentences] + [self.frame.date, self.frame.note]

    def slots(self) -> list[Slot]:
        """Everything that some sentence prints, in no order."""
        return [slot for text in self.sentences() for slot in slots_of(text) if slot.name not in WORDS]


def slots_of(text: str) -> list[Slot]:
    """The slots of a text in its order."""
    return [Slot(match[1], match[2], bool(match[3])) for match in SLOT.finditer(text)]


def read_templates(catalogue: Path | None = None) -> Templates:
    """The packaged templates and the home's on top.

    Refuses (DeclarationError, naming file, line, key) what does not read.
    """
    trees: dict[str, dict[str, Any]] = {}
    paths: dict[str, Path] = {}
    for path in _files(catalogue):
        trees[path.stem] = _merged(trees.get(path.stem, {}), _spelt_out(read_yaml(path)))
        paths[path.stem] = path
    frame = validate(Frame, trees.pop(FRAME, {}), paths.get(FRAME, SECTIONS / f"{FRAME}.yml"), FRAME)
    sections = {name: validate(Section, tree, paths[name], name) for name, tree in trees.items()}
    templates = Templates(frame=frame, sections=sections)
    _check_ids(templates)
    return templates


def check_columns(templates: Templates, declarations: Declarations) -> None:
    """Refuse (DeclarationError) a sentence that asks a metric for a column which its rows do not have."""
    for slot in templates.slots():
        if slot.column and not _has_column(declarations, slot):
            raise DeclarationError(f"report: {slot.name} has no column “{slot.column}”")


def _has_column(declarations: Declarations, slot: Slot) -> bool:
    metric = declarations.metrics.get(slot.name)
    if metric is None or metric.of not in declarations.contracts:
        return True  # a join's columns are known to its SQL only; an unknown metric is told as a gap
    contract = declarations.contracts[metric.of]
    return slot.column in contract.columns or slot.column in contract.due_columns


def _files(catalogue: Path | None) -> list[Path]:
    own = sorted((catalogue / "report").glob("*.yml")) if catalogue else []
    return [*sorted(SECTIONS.glob("*.yml")), *(path for path in own if path.stem not in OTHERS)]


def _spelt_out(tree: Mapping[str, Any]) -> dict[str, Any]:
    """A sentence written as a plain text becomes `{text: ...}`, so that a home can override either by either."""
    found = dict(tree)
    for name in ("opening", "lasting_steps"):
        if isinstance(found.get(name), dict):
            found[name] = _sentences(found[name])
    if isinstance(found.get("paragraphs"), dict):
        found["paragraphs"] = {
            key: {**one, "sentences": _sentences(one.get("sentences") or {})} if isinstance(one, dict) else one
            for key, one in found["paragraphs"].items()
        }
    return found


def _sentences(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"text": one} if isinstance(one, str) else one for name, one in tree.items()}


def _merged(packaged: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(packaged)
    for key, value in own.items():
        held = merged.get(key)
        merged[key] = _merged(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return merged


def _check_ids(templates: Templates) -> None:
    """A sentence is accepted by its name, so no name stands twice."""
    seen: set[str] = set()
    for section in templates.sections.values():
        for paragraph in section.paragraphs.values():
            if twice := seen & paragraph.sentences.keys():
                raise DeclarationError(f"report: the sentence “{min(twice)}” stands twice")
            seen |= paragraph.sentences.keys()
