"""整改通知书 and 督办单: drafts with number, deadline, basis and masked rows, for a person to sign and seal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt

from app.finding_words import event_day
from app.letters.cell_words import unit_words
from app.letters.letter import call_words
from app.papers.cases import Case, more_words
from app.report.compose import NUMERALS
from app.report.paper import (
    LINE,
    NUMBER_3,
    add_line,
    add_table,
    fill_row,
    indent_characters,
    new_paper,
    packed,
    ruled_table,
)
from app.wording import day_words, move_word, text
from warehouse.document_numbers import NumberedDocument

ROW_WIDTHS = [Mm(92), Mm(64)]
FORM_WIDTHS = [Mm(30), Mm(126)]
# Of a long history the paper tells what people did and the night's first and gravest words.
STEPS_TOLD = ("found", "entered", "overdue", "relapsed", "assign", "receive", "plan", "progress", "reject", "return",
              "approve", "refer", "handed_over")  # fmt: skip


@dataclass(frozen=True)
class Paper:
    """Everything that a document says. `history`: per finding what befell it, oldest first."""

    document: NumberedDocument
    cases: tuple[Case, ...]
    mark: str
    night: str
    as_of: date
    is_sample: bool
    history: Mapping[int, Sequence[Mapping[str, Any]]]

    @property
    def number(self) -> str:
        """Its number in words: 督改〔2025〕3号."""
        mark = self.mark or _word(f"mark.{self.document.kind}")
        return _word("number", mark=mark, year=self.document.year, number=self.document.number)

    @property
    def unit(self) -> str:
        """The unit that it goes to."""
        return unit_words(self.document.unit, self.cases[0].declarations, "zh")

    @property
    def office(self) -> str:
        """The office that drafts it."""
        declared = self.cases[0].declarations
        office = next((name for name, unit in declared.units.items() if unit.kind == "office"), None)
        return unit_words(office, declared, "zh") if office else text("letters.no_office", "zh")


def write_paper(paper: Paper) -> bytes:
    """The draft as docx."""
    document = new_paper(text("report.sample_header", "zh") if paper.is_sample else "")
    document.core_properties.title = f"{_word(f'kinds.{paper.document.kind}')} {paper.number}"
    document.core_properties.comments = ""
    add_line(document, "title", _word(f"kinds.{paper.document.kind}"))
    number = add_line(document, "addressee", paper.number)
    number.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    number.paragraph_format.space_before = Pt(6)
    if paper.document.kind == "notice":
        _add_notice(document, paper)
    else:
        _add_form(document, paper)
    _add_end(document, paper)
    return packed(document)


def _word(key: str, **values: object) -> str:
    return text(f"papers.{key}", "zh", **values)


def _add_notice(document: Any, paper: Paper) -> None:
    addressee = add_line(document, "addressee", _word("addressee", unit=paper.unit))
    addressee.paragraph_format.space_before = LINE
    day = day_words(paper.as_of, "zh")
    add_line(document, "body", _word("notice.lead", day=day, count=len(paper.cases)))
    add_line(document, "heading", _word("notice.facts"))
    for number, case in enumerate(paper.cases, start=1):
        add_line(
            document, "subheading", _word("notice.matter", number=_numeral(number), label=case.label, scope=case.scope)
        )
        said = [_facts(case)] + ([_word("notice.basis", basis=case.basis)] if case.basis else [])
        for words in said:  # a long number would tear a justified line apart
            add_line(document, "body", words).paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT
        _add_rows(document, case)
    add_line(document, "heading", _word("notice.asked"))
    by = day_words(paper.document.by_day, "zh")
    for key in ("by", "source", "contest", "close"):
        add_line(document, "body", _word(f"notice.{key}", by=by, office=paper.office))
    last = add_line(document, "body", call_words(paper.cases[0].declarations, "zh"))
    last.paragraph_format.keep_with_next = True  # a signature never stands alone on a page


def _numeral(number: int) -> str:
    """1 to 99 as chapters are numbered."""
    tens, ones = divmod(number, 10)
    ten = NUMERALS[9] if tens else ""
    return (NUMERALS[tens - 1] if tens > 1 else "") + ten + (NUMERALS[ones - 1] if ones else "")


def _facts(case: Case) -> str:
    figure, bound = case.measured
    said = _word("notice.sentence", sentence=case.sentence)
    return said + (_word("notice.measured", figure=figure, bound=bound) if figure and bound else "")


def _add_rows(document: Any, case: Case) -> None:
    rows = case.rows()
    if not rows:
        return
    table = add_table(document, [_word("rows"), _word("place")], ROW_WIDTHS, "note")
    for row in rows:
        fill_row(table, row, ROW_WIDTHS, "note")
    if more := more_words(case):
        add_line(document, "note", more)


def _add_form(document: Any, paper: Paper) -> None:
    table = ruled_table(document, FORM_WIDTHS)
    by, office = day_words(paper.document.by_day, "zh"), paper.office
    bases = list(dict.fromkeys(case.basis for case in paper.cases if case.basis))
    for name, words in (
        ("unit", paper.unit),
        ("matter", "\n".join(_item(number, case) for number, case in enumerate(paper.cases, start=1))),
        ("basis", "\n".join(bases)),
        ("history", "\n".join(_steps(number, case, paper) for number, case in enumerate(paper.cases, start=1))),
        ("asked", _word("supervision.asked_words", office=office)),
        ("by", by),
        ("leader", _word("supervision.room")),
        ("result", _word("supervision.result_signed")),
        ("opinion", _word("supervision.opinion_signed")),
    ):
        fill_row(table, [_word(f"supervision.{name}"), words], FORM_WIDTHS, "form")
    for case in paper.cases:
        if case.told.rows:
            annex = add_line(document, "note", _word("rows_of", label=case.label, scope=case.scope))
            annex.paragraph_format.space_before = Pt(12)
            annex.paragraph_format.keep_with_next = True
            _add_rows(document, case)


def _item(number: int, case: Case) -> str:
    figure, bound = case.measured
    item = _word("supervision.item", number=number, label=case.label, scope=case.scope, sentence=case.sentence)
    key = "supervision.item_measured" if figure and bound else "supervision.item_plain"
    return _word(key, item=item, figure=figure, bound=bound)


def _steps(number: int, case: Case, paper: Paper) -> str:
    """What befell one finding so far: days and moves, nobody's name and words."""
    steps = [
        _word("supervision.step_of", day=day_words(event_day(event), "zh"), done=move_word(event["action"], "zh"))
        for event in paper.history.get(int(case.told.finding["id"]), ())
        if event["action"] in STEPS_TOLD
    ]
    joined = _word("supervision.steps_join").join(steps) or text("nothing", "zh")
    return _word("supervision.step", number=number, steps=joined)


def _add_end(document: Any, paper: Paper) -> None:
    """Who issues it, where the seal goes, and that it is a draft until then: together on one page."""
    unsigned = text("report.unsigned_day", "zh", year=paper.document.year)
    ids = text("letters.join", "zh").join(str(one) for one in paper.document.findings)
    day = day_words(paper.as_of, "zh")
    lines = [add_line(document, "signature", paper.office), add_line(document, "signature", _word("seal"))]
    lines.append(add_line(document, "date", unsigned))
    for line, indent in zip(lines, (2, 4, 4), strict=True):
        indent_characters(line._p.get_or_add_pPr(), indent, NUMBER_3, "right")
    lines += [add_line(document, "note", _word(key)) for key in ("signed_by", "received")]
    lines.append(add_line(document, "note", _word("draft", night=paper.night, day=day, ids=ids)))
    lines[0].paragraph_format.space_before = LINE
    lines[3].paragraph_format.space_before = Pt(12)
    for line in lines[:-1]:
        line.paragraph_format.keep_with_next = True
