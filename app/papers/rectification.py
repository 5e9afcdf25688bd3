"""整改台账: every finding on a line of its own, as departments keep it, as docx and as xlsx."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from docx.shared import Mm, Pt

from app.finding_words import event_day
from app.letters.cell_words import unit_words
from app.letters.sentences import finding_label
from app.letters.slip import CONSTANT_TEXT, clip, lines_of
from app.report.paper import add_line, add_table, fill_row, new_paper, packed, set_page
from app.wording import day_words, period_words, reason_word, state_word, text
from expectations.carried import DONE
from warehouse.declarations import Declarations
from warehouse.masking import mask_text

Row = Mapping[str, Any]
# mm on a turned A4 sheet (247 in all), and characters of a column of the workbook.
COLUMNS = {
    "number": (10, 6), "problem": (66, 46), "unit": (24, 16), "measures": (35, 26), "due_on": (23, 12),
    "progress": (26, 20), "evidence": (22, 18), "closed_on": (23, 12), "remark": (18, 14),
}  # fmt: skip
LINE_HEIGHT, MOST_LINES = 15, 20


@dataclass(frozen=True)
class Rectifications:
    """The lines of one ledger. `lines`: a text per column, the number first; `of`: whose findings they are."""

    lines: tuple[tuple[str, ...], ...]
    of: str
    business_date: date
    night: str
    is_sample: bool


def rectification_line(number: int, finding: Row, events: Sequence[Row], declarations: Declarations) -> tuple[str, ...]:
    """One finding: the last plan, the last progress, the evidence by name and hash, the day it was closed.

    People's words stand as they wrote them, but for the numbers of persons and the names that sign.
    """
    by_action = {event["action"]: event for event in events}
    closed = next((event for event in reversed(events) if event["to_state"] == "closed"), None)
    is_done = finding["state"] in DONE and closed is not None
    label, period = finding_label(finding, declarations, "zh"), period_words(str(finding["period"]), "zh")
    problem = _word("problem", label=label, period=period, sentence=finding["sentence_zh"].rstrip("。"))
    reason = reason_word(closed["reason"], "zh") if is_done and closed and closed["reason"] else ""
    remarks = [_word("finding", id=finding["id"]), reason]
    return (
        str(number),
        problem,
        unit_words(finding["owner"], declarations, "zh"),
        _said(by_action.get("plan")),
        finding["due_on"].isoformat(),
        "\n".join(filter(None, (state_word(finding["state"], "zh"), _said(by_action.get("progress"))))),
        "\n".join(_evidence(event) for event in events if event["evidence"]),
        event_day(closed).isoformat() if is_done and closed else "",
        "\n".join(filter(None, remarks)),
    )


def _word(key: str, **values: object) -> str:
    return text(f"papers.rectification.{key}", "zh", **values)


def _said(event: Row | None) -> str:
    return mask_text(str(event["comment"] or "")) if event else ""


def _evidence(event: Row) -> str:
    return _word("evidence_of", name=mask_text(event["evidence"]["name"]), sha256=event["evidence"]["sha256"][:12])


def _heads() -> list[str]:
    return [_word(f"columns.{name}") for name in COLUMNS]


def _title(ledger: Rectifications) -> str:
    title = _word("title", of=ledger.of)
    return text("letters.sample_mark", "zh", subject=title) if ledger.is_sample else title


def _dated(ledger: Rectifications) -> str:
    day = day_words(ledger.business_date, "zh")
    return _word("dated", day=day, night=ledger.night, count=len(ledger.lines))


def write_docx(ledger: Rectifications) -> bytes:
    """On turned A4 sheets; the head of the table stands on every page."""
    document = new_paper(text("report.sample_header", "zh") if ledger.is_sample else "")
    set_page(document.sections[0], is_wide=True)
    document.core_properties.comments = ""
    add_line(document, "title", _word("title", of=ledger.of))
    dated = add_line(document, "note", _dated(ledger))
    dated.paragraph_format.space_after = Pt(6)
    if not ledger.lines:
        add_line(document, "body", _word("nothing"))
    else:
        widths = [Mm(width) for width, _ in COLUMNS.values()]
        table = add_table(document, _heads(), widths, "cell")
        for line in ledger.lines:
            fill_row(table, list(line), widths, "cell")
    signed = add_line(document, "note", _word("signed"))
    signed.paragraph_format.space_before = Pt(18)
    return packed(document)


def write_xlsx(ledger: Rectifications) -> bytes:
    """The same as a workbook: every cell is a text constant that no program runs, nothing is hidden."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, CONSTANT_TEXT)
    book.set_properties({"created": datetime.combine(ledger.business_date, datetime.min.time())})
    font = {"font_name": "宋体", "font_size": 10.5, "valign": "top", "text_wrap": True}
    title = book.add_format({**font, "bold": True, "font_size": 16, "text_wrap": False})
    line_form = book.add_format({**font, "text_wrap": False})
    head = book.add_format({**font, "bold": True, "border": 1, "bg_color": "#E8EDF2", "align": "center"})
    cell = book.add_format({**font, "border": 1, "quote_prefix": True, "num_format": "@"})
    sheet = book.add_worksheet(_word("sheet"))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.write_string(0, 0, _title(ledger), title)
    sheet.write_string(1, 0, _dated(ledger) if ledger.lines else _word("nothing"), line_form)
    widths = [width for _, width in COLUMNS.values()]
    for column, (name, width) in enumerate(zip(_heads(), widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, name, head)
    for at, line in enumerate(ledger.lines, start=3):
        for column, value in enumerate(line):
            if value:
                sheet.write_string(at, column, clip(value), cell)
            else:
                sheet.write_blank(at, column, None, cell)
        sheet.set_row(at, LINE_HEIGHT * min(MOST_LINES, max(map(_lines, line, widths))) + 3)
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(2)
    book.close()
    return buffer.getvalue()


def _lines(value: str, width: int) -> int:
    return sum(lines_of(one, width) for one in value.split("\n"))
