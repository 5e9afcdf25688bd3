"""Reads a report that people wrote: a docx with its bookmarks, a text file, or pasted text."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.encodings import decode_text
from warehouse.refusals import DeliveryRefused

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OLD_WORD = b"\xd0\xcf\x11\xe0"


class DraftRefused(Exception):
    """A file that is no report; `str()` says in both languages what it is and what to do."""


@dataclass(frozen=True)
class Marked:
    """The text inside one bookmark: `fig_<metric>_<period>` and where it stands in the draft's text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Draft:
    """One report. `text` is its paragraphs, one a line; tables are left out: an appendix is not what a report says."""

    text: str
    marked: tuple[Marked, ...] = ()


def read_draft(path: Path) -> Draft:
    """A docx, or text in UTF-8 or GB18030. Refuses (DraftRefused) everything else, and what is too large."""
    content = path.read_bytes()[: MOST_BYTES + 1]
    if len(content) > MOST_BYTES:
        raise DraftRefused(f"{path.name} 大于20 MB，不是报告文稿 / is larger than 20 MB and no report")
    if content[:4] == OLD_WORD or content[:5] == b"%PDF-":
        said = "请用Word或WPS另存为docx，或把正文粘贴为txt / save it as docx, or paste its text into a txt file"
        raise DraftRefused(f"{path.name} 不是docx或文本：{said}")
    if content[:2] == b"PK":
        return _read_docx(content, path.name)
    return read_text(content, path.name)


def read_text(content: bytes, name: str) -> Draft:
    """Plain text, as from a file or pasted. Refuses (DraftRefused) what is neither UTF-8 nor GB18030."""
    try:
        return Draft(decode_text(content, name, None)[0])
    except DeliveryRefused:
        raise DraftRefused(f"{name} 不是文本（UTF-8或GB18030） / is no text in UTF-8 or GB18030") from None


def _read_docx(content: bytes, name: str) -> Draft:
    from docx import Document

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED:
                raise DraftRefused(f"{name} 解压后过大 / unpacks to too much")
        body = Document(io.BytesIO(content)).element.body
    except DraftRefused:
        raise
    except Exception as error:  # python-docx raises whatever its parts raise
        raise DraftRefused(f"{name} 不能作为docx打开 / cannot be opened as docx ({type(error).__name__})") from None
    lines: list[str] = []
    marked: list[Marked] = []
    at = 0
    for paragraph in body.iterchildren(f"{W}p"):
        text, found = _paragraph(paragraph)
        marked += [Marked(one.name, at + one.start, at + one.end) for one in found]
        lines.append(text)
        at += len(text) + 1
    return Draft("\n".join(lines), tuple(marked))


def _paragraph(paragraph: Any) -> tuple[str, list[Marked]]:
    """Its text (deleted revisions left out), and the bookmarks that begin and end in it."""
    text, found = "", []
    began: dict[str, tuple[str, int]] = {}
    for node in paragraph.iter():
        if node.tag == f"{W}t":
            text += node.text or ""
        elif node.tag in (f"{W}tab", f"{W}br"):
            text += " "
        elif node.tag == f"{W}bookmarkStart":
            began[node.get(f"{W}id")] = (node.get(f"{W}name") or "", len(text))
        elif node.tag == f"{W}bookmarkEnd" and node.get(f"{W}id") in began:
            name, start = began.pop(node.get(f"{W}id"))
            found.append(Marked(name, start, len(text)))
    return text, found
