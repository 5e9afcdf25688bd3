"""Reads a report that people wrote: a docx with its bookmarks, a text file, or pasted text."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.wording import text as wording
from warehouse.encodings import decode_text
from warehouse.refusals import DeliveryRefused

MOST_BYTES = 20 * 1024 * 1024
MOST_SIGNS = 500_000  # some twenty times the longest report
MOST_UNPACKED = 200 * 1024 * 1024
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
OLD_WORD = b"\xd0\xcf\x11\xe0"
# A web page, or our own report as Markdown: its addresses and anchors are full of numbers that nobody states.
MARKUP = re.compile(r'\A\s*<(?:!doctype\s+html|html)\b|<a id="fig_', re.IGNORECASE)
# Deleted or moved words are no longer said, and a fallback says again what stands beside it.
NOT_SAID = (f"{W}del", f"{W}moveFrom", FALLBACK)


class DraftRefused(Exception):
    """A file that is no report; `str()` says in both languages what it is and what to do."""

    def __init__(self, key: str, **values: object) -> None:
        """`key` of the sentence in the texts."""
        super().__init__(" / ".join(wording(f"report.draft_refused.{key}", lang, **values) for lang in ("zh", "en")))


@dataclass(frozen=True)
class Marked:
    """The text inside one bookmark: `fig_<metric>_<period>` and where it stands in the draft's text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Draft:
    """One report. `text`: its paragraphs and rows of tables, one a line, without our own appendix: that is not what the
    report says. Headers, footers and footnotes are left out. `is_paged`: its lines may have been broken by a page.
    """

    text: str
    marked: tuple[Marked, ...] = ()
    is_paged: bool = False


def read_draft(path: Path) -> Draft:
    """A docx, or text in UTF-8, UTF-16 with its mark, or GB18030. Refuses (DraftRefused) all else and large ones."""
    try:
        with path.open("rb") as file:
            return draft_of(file.read(MOST_BYTES + 1), path.name)
    except OSError as error:
        raise DraftRefused("unreadable", file=path, reason=error.strerror or type(error).__name__) from None


def draft_of(content: bytes, name: str) -> Draft:
    """A draft from its bytes, as from standard input or an upload; `name` is what a refusal calls it."""
    if len(content) > MOST_BYTES:
        raise DraftRefused("too_large", file=name)
    if content[:4] == OLD_WORD or content[:5] == b"%PDF-":
        raise DraftRefused("not_docx", file=name)
    draft = _read_docx(content, name) if content[:2] == b"PK" else _read_text(content, name)
    if not draft.text.strip():
        raise DraftRefused("empty", file=name)
    if len(draft.text) > MOST_SIGNS:
        raise DraftRefused("too_long", file=name, most=MOST_SIGNS)
    return draft


def _read_text(content: bytes, name: str) -> Draft:
    try:
        found = decode_text(content, name, None)[0]
    except DeliveryRefused:
        found = "\0"
    if "\0" in found:
        raise DraftRefused("no_text", file=name)
    if MARKUP.search(found):
        raise DraftRefused("markup", file=name)
    lines = found.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Draft("\n".join(lines[: _appendix_at(lines)]), is_paged=True)


def _appendix_at(lines: list[str]) -> int:
    """Where our own appendix begins: its tables say everything a second time."""
    title = wording("report.appendix.title", "zh")
    return next((at for at, line in enumerate(lines) if line.strip() == title), len(lines))


def _read_docx(content: bytes, name: str) -> Draft:
    from docx import Document

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise DraftRefused("unpacks_too_large", file=name)
        body = Document(io.BytesIO(content)).element.body
    except DraftRefused:
        raise
    except Exception as error:  # python-docx raises whatever its parts raise
        raise DraftRefused("broken_docx", file=name, reason=type(error).__name__) from None
    read = list(_lines(body))
    lines: list[str] = []
    marked: list[Marked] = []
    at = 0
    for line, found in read[: _appendix_at([line for line, _ in read])]:
        marked += [Marked(one.name, at + one.start, at + one.end) for one in found]
        lines.append(line)
        at += len(line) + 1
    return Draft("\n".join(lines), tuple(marked))


def _lines(parent: Any) -> Iterator[tuple[str, list[Marked]]]:
    """Paragraphs, and rows of tables with a blank between their cells; what wraps them is looked through."""
    for node in parent:
        if node.tag == f"{W}p":
            yield _said([node])
        elif node.tag == f"{W}tr":
            yield _said(list(node.iter(f"{W}p")))
        elif node.tag not in NOT_SAID:
            yield from _lines(node)


def _said(paragraphs: list[Any]) -> tuple[str, list[Marked]]:
    """The text of some paragraphs, and the bookmarks that begin and end in it."""
    text, found = "", []
    began: dict[str, tuple[str, int]] = {}
    for paragraph in paragraphs:
        text += " " if text else ""
        for node in _nodes(paragraph):
            if node.tag == f"{W}t":
                text += node.text or ""
            elif node.tag in (f"{W}tab", f"{W}br", f"{W}cr"):
                text += " "
            elif node.tag == f"{W}bookmarkStart":
                began[node.get(f"{W}id")] = (node.get(f"{W}name") or "", len(text))
            elif node.tag == f"{W}bookmarkEnd" and node.get(f"{W}id") in began:
                name, start = began.pop(node.get(f"{W}id"))
                found.append(Marked(name, start, len(text)))
    return text, found


def _nodes(parent: Any) -> Iterator[Any]:
    for node in parent:
        if node.tag not in NOT_SAID:
            yield node
            yield from _nodes(node)
