"""The report as docx: every printed figure under its bookmark, linked to its row of the appendix and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx.enum.section import WD_SECTION
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from app.report.appendix import Entry, anchor_of, heads
from app.report.compose import Block, Report, Span
from app.report.paper import (
    HEITI,
    NUMBER_3,
    STYLES,
    add_table,
    fill_row,
    indent_characters,
    new_paper,
    packed,
    ruled_table,
    set_font,
    set_page,
)
from app.report.plain import clean
from app.wording import text

# Together the width of a turned A4 page between its margins: 247 mm.
WIDTHS = [Mm(one) for one in (11, 40, 27, 20, 53, 52, 22, 22)]
PAIR = [Mm(45), Mm(202)]
DATE_AWAY = 4  # characters between the date and the right edge


def write_word(report: Report, entries: Sequence[Entry], facts: Sequence[tuple[str, str]]) -> bytes:
    """The whole document as bytes."""
    document = new_paper(text("report.sample_header", "zh") if report.is_sample else "")
    document.core_properties.title = clean(report.title)
    document.core_properties.author = clean(report.county)
    document.core_properties.comments = ""
    marks = _Marks()
    for at, block in enumerate(report.blocks):
        paragraph = _add_block(document, block, marks, report.blocks[at - 1].kind if at else "")
        # The signature never stands alone on a page: the last words of the text go with it.
        if block.kind == "body" and [one.kind for one in report.blocks[at + 1 : at + 2]] == ["signature"]:
            paragraph.paragraph_format.keep_with_next = True
    _add_appendix(document, entries, facts, marks)
    return packed(document)


class _Marks:
    """Bookmarks of one document: each has a number of its own."""

    def __init__(self) -> None:
        self.last = 0

    def around(self, paragraph: Any, name: str, inner: Any) -> None:
        """Append `inner` to the paragraph between the two ends of a bookmark."""
        self.last += 1
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        start.set(qn("w:id"), str(self.last))
        start.set(qn("w:name"), name)
        end.set(qn("w:id"), str(self.last))
        for element in (start, inner, end):
            paragraph._p.append(element)


def _add_block(document: Any, block: Block, marks: _Marks, before: str) -> Any:
    paragraph = document.add_paragraph(style=STYLES[block.kind][0])
    form = paragraph.paragraph_format
    match block.kind:
        case "addressee":
            form.space_before = Pt(28.95)
        case "signature":
            form.space_before = Pt(28.95 * 2) if before != "signature" else Pt(0)
            form.keep_with_next = True
            indent_characters(paragraph._p.get_or_add_pPr(), 2, NUMBER_3, "right")
        case "date":
            indent_characters(paragraph._p.get_or_add_pPr(), DATE_AWAY, NUMBER_3, "right")
        case _:
            pass
    for span in block.spans:
        _add_span(paragraph, span, marks)
    return paragraph


def _add_span(paragraph: Any, span: Span, marks: _Marks) -> None:
    run = paragraph.add_run(clean(span.text))
    run.bold = True if span.is_head else None
    if span.figure is None:
        return
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), anchor_of(span.figure))
    link.set(qn("w:history"), "1")
    paragraph._p.remove(run._r)
    link.append(run._r)
    marks.around(paragraph, span.bookmark, link)


def _add_appendix(document: Any, entries: Sequence[Entry], facts: Sequence[tuple[str, str]], marks: _Marks) -> None:
    set_page(document.add_section(WD_SECTION.NEW_PAGE), is_wide=True)
    title = document.add_paragraph(style=STYLES["heading"][0])
    title.add_run(text("report.appendix.title", "zh"))
    lead = document.add_paragraph(style=STYLES["note"][0])
    named = dict(facts)
    snapshot = named[text("report.appendix.snapshot", "zh")].partition("（")
    lead.add_run(clean(text("report.appendix.lead", "zh", snapshot=snapshot[0], day=snapshot[2].rstrip("）"))))
    table = add_table(document, heads(), WIDTHS)
    for entry in entries:
        row = fill_row(table, entry.cells(), WIDTHS)
        _link_back(row.cells[1].paragraphs[0], entry, marks)
    end = document.add_paragraph(style=STYLES["note"][0])
    end.paragraph_format.space_before = Pt(12)
    end.paragraph_format.keep_with_next = True
    record = end.add_run(text("report.appendix.record", "zh"))
    set_font(record._r.get_or_add_rPr(), HEITI)
    facts_table = ruled_table(document, PAIR)
    for at, (name, value) in enumerate(facts, start=1):
        row = fill_row(facts_table, [name, value], PAIR)
        for cell in row.cells if at < len(facts) else ():
            cell.paragraphs[0].paragraph_format.keep_with_next = True


def _link_back(paragraph: Any, entry: Entry, marks: _Marks) -> None:
    """The label of a row is the target of the text's links, and leads back to the text."""
    runs = list(paragraph.runs)
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), entry.back)
    link.set(qn("w:history"), "1")
    for run in runs:
        paragraph._p.remove(run._r)
        link.append(run._r)
    marks.around(paragraph, entry.anchor, link)
