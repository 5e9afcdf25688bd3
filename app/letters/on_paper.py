"""Letters on paper: what an .eml says, on A4 pages of an official document, for units that no mail reaches."""

from __future__ import annotations

from collections.abc import Sequence
from email import message_from_bytes
from email.policy import default
from typing import Any

import lxml.html
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from app.letters.message import Block, Part
from app.report.paper import add_line, add_table, fill_row, new_paper, packed, ruled_table
from app.wording import text

TEXT_WIDTH = 156  # mm
NAME_WIDTH, FIRST_WIDTH = 32, 24
# The Chinese text is the document; the English one follows small, and together they stay on few pages.
CHINESE = {"title": "title", "heading": "heading", "card": "subheading", "note": "note"}
BOLD = ("title", "heading", "card")
OF_CELLS = ("name", "value", "cell")


def write_papers(emls: Sequence[bytes], is_sample: bool) -> bytes:
    """One docx of all these letters: each begins on a sheet of its own, its pages counted from 1.

    Refuses (ValueError) bytes that are no letter of ours, and no letters at all.
    """
    if not emls:
        raise ValueError("no letters to print")
    document = new_paper(text("report.sample_header", "zh") if is_sample else "")
    document.core_properties.comments = ""
    for at, eml in enumerate(emls):
        section = document.add_section(WD_SECTION.ODD_PAGE) if at else document.sections[0]
        _count_from_one(section)
        for part in read_parts(eml):
            _add_part(document, part)
    return packed(document)


def read_parts(eml: bytes) -> tuple[Part, ...]:
    """The blocks that a letter was written from, read back from its html: paper says what the letter says."""
    body = message_from_bytes(eml, policy=default).get_body(("html",))
    if body is None:
        raise ValueError("a letter without html is none of ours")
    page = lxml.html.document_fromstring(body.get_content())
    parts: list[tuple[str, list[Block]]] = []
    is_new = True
    for cell in page.xpath("//table[contains(@class, 'page')]/descendant::td[not(ancestor::td[@lang])]"):
        if "part" in _classes(cell):
            is_new = True
        elif lang := cell.get("lang"):
            if is_new:
                parts.append((lang, []))
                is_new = False
            _add_block(parts[-1][1], cell)
    return tuple(Part("en" if lang == "en" else "zh", tuple(blocks)) for lang, blocks in parts)


def _classes(element: Any) -> list[str]:
    return str(element.get("class") or "").split()


def _add_block(blocks: list[Block], cell: Any) -> None:
    """One cell of the page as the block it was; the points of one list stand in cells of their own."""
    kind: Any = next((name for name in _classes(cell) if name not in ("words", "inner")), "")
    if kind == "point":
        before = blocks.pop().items if blocks[-1:] and blocks[-1].kind == "points" else ()
        blocks.append(Block("points", items=(*before, cell.text_content())))
    elif kind:
        blocks.append(Block(kind, cell.text_content()))
    else:
        rows = [[one for one in row if _classes(one) and _classes(one)[0] in OF_CELLS] for row in cell.iter("tr")]
        pairs = tuple(tuple(one.text_content() for one in row) for row in rows)
        keeps = any("first" in _classes(one) for row in rows for one in row)
        is_facts = any("name" in _classes(one) for row in rows for one in row)
        blocks.append(Block("facts" if is_facts else "table", pairs=pairs, keep_first=keeps))


def _count_from_one(section: Any) -> None:
    properties = section._sectPr
    if properties.find(qn("w:pgNumType")) is None:
        start = OxmlElement("w:pgNumType")
        start.set(qn("w:start"), "1")
        properties.find(qn("w:cols")).addprevious(start)


def _add_part(document: Any, part: Part) -> None:
    for block in part.blocks:
        match block.kind:
            case "points":
                for item in block.items:
                    _paragraph(document, part, block.kind, item)
            case "facts":
                widths = [Mm(NAME_WIDTH), Mm(TEXT_WIDTH - NAME_WIDTH)]
                _ruled(document, block.pairs, widths, has_head=False)
            case "table":
                _ruled(document, block.pairs, _widths(block), has_head=True)
            case _:
                _paragraph(document, part, block.kind, block.text)


def _paragraph(document: Any, part: Part, kind: str, words: str) -> None:
    is_chinese = part.lang == "zh"
    style = CHINESE.get(kind, "body") if is_chinese else "note"
    paragraph = add_line(document, style, words)
    form = paragraph.paragraph_format
    if style == "note":
        form.space_before = Pt(6 if is_chinese or kind not in BOLD else 12)
        paragraph.runs[0].bold = True if kind in BOLD else None
        form.keep_with_next = kind in BOLD
    if style == "body":  # a long number would tear a justified line apart
        form.alignment = WD_ALIGN_PARAGRAPH.LEFT
    if kind == "claim":
        form.keep_with_next = True
    if kind == "title":
        form.space_after = Pt(28.95) if is_chinese else Pt(0)
        form.space_before = Pt(0) if is_chinese else Pt(28.95)
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _widths(block: Block) -> list[Any]:
    columns = len(block.pairs[0])
    if block.keep_first:
        return [Mm(FIRST_WIDTH), *[Mm((TEXT_WIDTH - FIRST_WIDTH) / (columns - 1))] * (columns - 1)]
    return [Mm(TEXT_WIDTH / columns)] * columns


def _ruled(document: Any, pairs: Sequence[Sequence[str]], widths: list[Any], has_head: bool) -> None:
    table = add_table(document, list(pairs[0]), widths, "note") if has_head else ruled_table(document, widths)
    for row in pairs[1:] if has_head else pairs:
        fill_row(table, list(row), widths, "note")
    gap = add_line(document, "small", "")  # without it the next table would grow together with this one
    gap.paragraph_format.line_spacing = Pt(7)
