"""Documents keep every character. Quick form: 300 values; `--documents 5000`: the full drill.

Markup, templates, rare characters, emoji and control characters go through the report as docx and html and through the
return slip as xlsx, and are read back by other programs than those that wrote them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from random import Random

import lxml.html
import pytest
from docx import Document

from app.letters.slip import RowToCheck, write_slip
from app.report.compose import Block, Report, Span
from app.report.plain import clean
from app.report.web import write_html
from app.report.word import write_word
from app.wording import text
from tests.app.test_slip import slip, values_of
from tests.conftest import Cases
from tests.drills.seeding import SEED

STRANGE = ["\t", "\n", "𠮷", "㐂", "👩‍⚖️", "\u200b", "\u3000", "\x00", "\x1b", "\ud800", "\ufffe"]
ALPHABET = [*"<>&{}[]()|`*_#\\\"'=+-@%$ 甲乙〔〕“”《》", *STRANGE, "&amp;", "{{x}}", "{% x %}", "<b>", "]]>", "{{7*7}}"]
AT_ONCE = 500  # values in one document


def strange_values(count: int) -> list[str]:
    """Each between two plain signs, so that none is blank."""
    random = Random(SEED)
    return ["甲" + "".join(random.choices(ALPHABET, k=random.randint(1, 12))) + "乙" for _ in range(count)]


def altered(values: list[str]) -> list[tuple[str, str, str]]:
    """(document, written, read back) of each value that a document changed. What no document may hold is taken out."""
    report = Report(
        "2024", "县", False, [Block("title", (Span("题"),)), *(Block("body", (Span(one),)) for one in values)]
    )
    facts = [(text("report.appendix.snapshot", "zh"), "x（y）")]
    wanted = [clean(one) for one in values]
    paragraphs = Document(io.BytesIO(write_word(report, [], facts))).paragraphs[1 : len(values) + 1]
    page = lxml.html.fromstring(write_html(report, [], facts, "").encode())
    rows = tuple(RowToCheck(one, "", "", "", "", "", "7") for one in wanted)
    cells = set(values_of(write_slip(replace(slip("甲"), rows=rows))))
    read = {
        "docx": [one.text for one in paragraphs],
        "html": [one.text_content() for one in page.xpath("//p[@class='body']")],
        "xlsx": [one if one in cells else "" for one in wanted],
    }
    found = []
    for name, back in read.items():
        found += [(name, *pair) for pair in zip(wanted, back, strict=True) if pair[0] != pair[1]]
    return found


def in_parts(values: list[str], count: Iterable[int]) -> list[tuple[str, str, str]]:
    return [one for first in count for one in altered(values[first : first + AT_ONCE])]


def test_documents_keep_every_character(request: pytest.FixtureRequest, cases: Cases) -> None:
    values = strange_values(request.config.getoption("--documents"))
    assert in_parts(values, range(0, len(values), AT_ONCE)) == []
    assert all(set(one) - set(clean(one)) <= set("\x00\x1b\ud800\ufffe") for one in values)
    cases.add(len(values))


def test_a_page_that_escapes_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it would be if it took what departments wrote for markup of its own."""
    monkeypatch.setattr("app.report.web.escape", lambda value: value)
    assert altered(strange_values(50))
