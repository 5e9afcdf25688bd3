"""The encoding of a text file: its mark, then strict UTF-8, then strict GB18030. Nothing is guessed beyond that."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from warehouse.refusals import refuse

PIECE = 4 << 20
SHORT = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def detect_encoding(path: Path, file: str) -> str:
    """utf-8, utf-8-sig, utf-16 or gb18030. GB18030 is then proven only by decoding all of it.

    Refuses NUL bytes (other than of UTF-16 with its mark): no text file holds them.
    """
    with path.open("rb") as stream:
        head = stream.read(SHORT)
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                if encoding == "utf-8-sig":
                    _refuse_nul(path, file)
                return encoding
    _refuse_nul(path, file)
    if not _is_utf8(path):
        return "gb18030"
    return "gb18030" if len(head) < SHORT and _reads_better_as_gb18030(head) else "utf-8"


def decode_text(raw: bytes, file: str, encoding: str | None) -> tuple[str, str]:
    """A whole small file as text, by its mark, then `encoding`, then strict UTF-8, then strict GB18030."""
    marked = [name for mark, name in _MARKS if raw.startswith(mark)]
    for name in (*marked, *([encoding] if encoding else []), "utf-8", "gb18030"):
        try:
            return raw.decode(name), name
        except UnicodeDecodeError:
            continue
    raise refuse("unknown_encoding", file)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece


def _refuse_nul(path: Path, file: str) -> None:
    if any(b"\0" in piece for piece in _pieces(path)):
        raise refuse("nul_bytes", file)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in _pieces(path):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _reads_better_as_gb18030(raw: bytes) -> bool:
    """2 % of short GBK texts are also UTF-8, but then of Greek, Arabic or accented letters and never of Chinese."""
    text = raw.decode("utf-8")
    if text.isascii() or _CHINESE.search(text):
        return False
    try:
        return all(char.isascii() or _CHINESE.match(char) for char in raw.decode("gb18030"))
    except UnicodeDecodeError:
        return False
