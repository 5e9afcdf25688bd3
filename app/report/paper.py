"""A sheet of paper as GB/T 9704-2012 wants it: A4, margins, type sizes, 22 lines of 28 characters, page numbers."""

from __future__ import annotations

import io
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Row
from docx.text.paragraph import Paragraph

from app.report.plain import clean
from app.wording import text

TOP, BOTTOM, LEFT, RIGHT = Mm(37), Mm(35), Mm(28), Mm(26)
FOOTER = Mm(22)  # the number's foot: its head then stands 7 mm below the text
NUMBER_2, NUMBER_3, NUMBER_4, NUMBER_5 = Pt(22), Pt(16), Pt(14), Pt(10.5)
SMALL, CELL = Pt(8), Pt(9)
LINES = {"small": Pt(10.5), "cell": Pt(12.5), "note": Pt(16), "form": Pt(18)}  # all else stands on the page's grid
LINE = Pt(28.95)  # 22 lines make 225 mm
TIGHT = "-5"  # a quarter of a point less a character: 28 of 16 points are 158 mm, the text is 156 mm wide
TITLE, FANGSONG, HEITI, KAITI, SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
# What stands in where a machine lacks the typeface: Word and WPS read it from the table of fonts.
INSTEAD = {
    TITLE: "宋体,SimSun,Noto Serif CJK SC",
    FANGSONG: "仿宋,FangSong,Noto Serif CJK SC",
    HEITI: "SimHei,Noto Sans CJK SC",
    KAITI: "楷体,KaiTi,Noto Serif CJK SC",
    SONG: "SimSun,Noto Serif CJK SC",
}
STYLES = {
    "title": ("Ducha Title", TITLE, NUMBER_2),
    "addressee": ("Ducha Addressee", FANGSONG, NUMBER_3),
    "heading": ("Ducha Heading 1", HEITI, NUMBER_3),
    "subheading": ("Ducha Heading 2", KAITI, NUMBER_3),
    "body": ("Ducha Body", FANGSONG, NUMBER_3),
    "signature": ("Ducha Signature", FANGSONG, NUMBER_3),
    "date": ("Ducha Date", FANGSONG, NUMBER_3),
    "small": ("Ducha Small", SONG, SMALL),
    "cell": ("Ducha Cell", SONG, CELL),
    "note": ("Ducha Note", SONG, NUMBER_5),
    "form": ("Ducha Form", FANGSONG, Pt(12)),
}

# The order in which the standard wants what we set; Word calls a file broken that has another one.
PARAGRAPH_ORDER = (
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr", "suppressLineNumbers",
    "pBdr", "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE",
    "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents",
    "suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle",
)  # fmt: skip
RUN_ORDER = (
    "rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow", "emboss",
    "imprint", "noProof", "snapToGrid", "vanish", "webHidden", "color", "spacing", "w", "kern", "position", "sz",
    "szCs", "highlight", "u", "effect", "bdr", "shd", "fitText", "vertAlign", "rtl", "cs", "em", "lang",
    "eastAsianLayout",
)  # fmt: skip


def new_paper(header: str = "") -> Docx:
    """An empty document with our styles and page. `header` stands at the top of every page."""
    document = Document(io.BytesIO(_blank()))
    if header:
        for each in (document.sections[0].header, document.sections[0].even_page_header):
            each.is_linked_to_previous = False
            _write(each.paragraphs[0], header, SONG, NUMBER_5, WD_ALIGN_PARAGRAPH.CENTER)
    return document


@cache
def _blank() -> bytes:
    """A document without a word, which every letter and report begins with."""
    document = Document()
    _styles(document)
    _fonts(document)
    document.settings.odd_and_even_pages_header_footer = True
    set_page(document.sections[0])
    _number_pages(document.sections[0])
    return packed(document)


@cache
def _style_ids() -> dict[str, str]:
    """The id of each style by its name, equal in all documents of ours.

    python-docx looks through all styles for each name that it is asked for: half of the time of a letter.
    """
    return {str(style.name): style.style_id for style in Document(io.BytesIO(_blank())).styles}


def set_page(section: Section, is_wide: bool = False) -> None:
    """A4 with the margins of official documents; a wide page is the same sheet turned."""
    section.page_width, section.page_height = (Mm(297), Mm(210)) if is_wide else (Mm(210), Mm(297))
    section.orientation = WD_ORIENT.LANDSCAPE if is_wide else WD_ORIENT.PORTRAIT
    if is_wide:
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
            Mm(28),
            Mm(26),
            Mm(25),
            Mm(25),
        )
    else:
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = TOP, BOTTOM, LEFT, RIGHT
    section.header_distance, section.footer_distance = Mm(15), Mm(14) if is_wide else FOOTER
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)
    if not is_wide:
        grid = OxmlElement("w:docGrid")
        grid.set(qn("w:type"), "lines")
        grid.set(qn("w:linePitch"), str(int(LINE.pt * 20)))
        section._sectPr.append(grid)


def _styles(document: Docx) -> None:
    for kind, (name, font, size) in STYLES.items():
        style: Any = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.font.size = size
        style.font.color.rgb = RGBColor(0, 0, 0)
        set_font(style.element.get_or_add_rPr(), font)
        form = style.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.widow_control = False
        form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        form.line_spacing = LINES.get(kind, LINE)
        if kind in LINES:
            _set(style.element.get_or_add_pPr(), "w:snapToGrid", "0")
        elif kind != "title":
            _set(style.element.get_or_add_rPr(), "w:spacing", TIGHT)
        for gap in ("w:autoSpaceDE", "w:autoSpaceDN"):  # no space of its own between Chinese and figures
            _set(style.element.get_or_add_pPr(), gap, "0")
        if kind in ("heading", "subheading", "body"):
            indent_characters(style.element.get_or_add_pPr(), 2, size)
        if kind in ("heading", "subheading"):
            form.keep_with_next = True
            _set(style.element.get_or_add_pPr(), "w:outlineLvl", "0" if kind == "heading" else "1")
        if kind in ("title", "signature", "date"):
            form.alignment = WD_ALIGN_PARAGRAPH.CENTER if kind == "title" else WD_ALIGN_PARAGRAPH.RIGHT
            form.keep_together = True
        if kind == "body":
            form.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY


def set_font(properties: Any, font: str) -> None:
    """One typeface for Chinese and for figures, as official documents are set."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for which in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(which), font)
    fonts.set(qn("w:hint"), "eastAsia")


def indent_characters(properties: Any, characters: int, size: Pt, side: str = "firstLine") -> None:
    """An indent in characters, and in points for programs that do not read those."""
    indent = properties.find(qn("w:ind"))
    if indent is None:
        indent = OxmlElement("w:ind")
        properties.append(indent)
    indent.set(qn(f"w:{side}Chars"), str(characters * 100))
    indent.set(qn(f"w:{side}"), str(int(size.pt * 20 * characters)))


def _set(properties: Any, name: str, value: str) -> None:
    element = OxmlElement(name)
    element.set(qn("w:val"), value)
    properties.append(element)


def _fonts(document: Docx) -> None:
    """The table of fonts: each of ours with what may stand in for it."""
    entries = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{instead}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{"swiss" if name == HEITI else "roman"}"/><w:pitch w:val="fixed"/></w:font>'
        for name, instead in INSTEAD.items()
    )
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/fontTable"):
            table = (
                f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{entries}</w:fonts>'
            )
            relation.target_part._blob = table.encode()


def _number_pages(section: Section) -> None:
    """「— 1 —」: odd pages right, even pages left, one character from the edge."""
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        indent_characters(
            paragraph._p.get_or_add_pPr(), 1, NUMBER_4, "right" if side == WD_ALIGN_PARAGRAPH.RIGHT else "left"
        )
        before, after = text("report.page_number", "zh", number="\n").split("\n")
        _run(paragraph, before, SONG, NUMBER_4)
        for part in (
            '<w:fldChar w:fldCharType="begin"/>', '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>', "<w:t>1</w:t>", '<w:fldChar w:fldCharType="end"/>',
        ):  # fmt: skip
            run = _run(paragraph, "", SONG, NUMBER_4)
            run._r.append(parse_xml(part.replace("/>", f" {nsdecls('w')}/>", 1) if part.endswith("/>")
                                    else part.replace(">", f" {nsdecls('w')}>", 1)))  # fmt: skip
        _run(paragraph, after, SONG, NUMBER_4)


def _write(paragraph: Paragraph, words: str, font: str, size: Pt, side: WD_ALIGN_PARAGRAPH) -> None:
    paragraph.alignment = side
    _run(paragraph, words, font, size)


def _run(paragraph: Paragraph, words: str, font: str, size: Pt) -> Any:
    run = paragraph.add_run(clean(words))
    run.font.size = size
    set_font(run._r.get_or_add_rPr(), font)
    return run


def packed(document: Docx) -> bytes:
    """The document as bytes, each property in the place where the standard wants it."""
    parts = [document.element.body, document.styles.element]
    for section in document.sections:
        sides = (section.header, section.even_page_header, section.footer, section.even_page_footer)
        parts += [side._element for side in sides if not side.is_linked_to_previous]
    for part in parts:
        for name, order in (("w:pPr", PARAGRAPH_ORDER), ("w:rPr", RUN_ORDER)):
            for properties in part.iter(qn(name)):
                _in_order(properties, order)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


@cache
def _ranks(order: tuple[str, ...]) -> dict[str, int]:
    return {qn(f"w:{name}"): place for place, name in enumerate(order)}


def _in_order(properties: Any, order: tuple[str, ...]) -> None:
    rank = _ranks(order)
    children = sorted(properties, key=lambda child: rank.get(child.tag, len(order)))
    for child in children:
        properties.append(child)  # a node that is appended again moves


def add_line(document: Docx, kind: str, words: str) -> Any:
    """One paragraph of a kind of ours."""
    paragraph = document.add_paragraph()
    paragraph._p.style = _style_ids()[STYLES[kind][0]]
    paragraph.add_run(clean(words))
    return paragraph


def ruled_table(document: Docx, widths: list[Any]) -> Any:
    """An empty ruled table of these columns."""
    table: Any = document.add_table(0, len(widths))
    table._tbl.tblStyle_val = _style_ids()["Table Grid"]
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    return table


def add_table(document: Docx, heads: list[str], widths: list[Any], kind: str = "small") -> Any:
    """A ruled table whose first row repeats on every page; cells are written with `fill_row`."""
    table = ruled_table(document, widths)
    row = fill_row(table, heads, widths, kind)
    mark = OxmlElement("w:tblHeader")
    row._tr.get_or_add_trPr().append(mark)
    return table


def fill_row(table: Any, cells: list[str], widths: list[Any], kind: str = "small") -> Any:
    """One more row; a row is not torn between two pages."""
    # Written at one go: built node by node, the long tables cost more than all else that is written.
    style = f'<w:pPr><w:pStyle w:val="{_style_ids()[STYLES[kind][0]]}"/></w:pPr>'
    written = [f"<w:tr {nsdecls('w')}><w:trPr><w:cantSplit/></w:trPr>"]
    for words, width in zip(cells, widths, strict=True):
        written.append(f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{round(width.twips)}"/></w:tcPr>')
        for line in words.split("\n"):
            shown = escape(clean(line)).replace("\t", '</w:t><w:tab/><w:t xml:space="preserve">')
            written.append(f'<w:p>{style}<w:r><w:t xml:space="preserve">{shown}</w:t></w:r></w:p>')
        written.append("</w:tc>")
    row = parse_xml("".join([*written, "</w:tr>"]))
    table._tbl.append(row)
    return _Row(row, table)
