"""The numbers of a text as people write them, and the plain text in which they are looked for."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from warehouse.cell_numbers import AFTER, BEFORE, COUNTERS, SCALES
from warehouse.cell_stated import Stated, read_stated
from warehouse.cell_text import CellError

# Full-width ASCII to ASCII, one sign for one sign.
NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Word and WPS set blanks between figures and Chinese, and either kind of quotation mark: no phrase depends on them.
LEFT_OUT = re.compile(r"[^\S\n]|[“”‘’\"'「」『』\u200b\ufeff]")
BETWEEN_DIGITS = re.compile(r"(?<=[0-9.,])[^\S\n]+(?=[0-9])")
SENTENCE = re.compile(r"[^。;!?\n]+")
END = "。;!?:\n"
# A line this long that ends in no mark of its own was broken by a page, not by its writer.
WRAPPED = 20
HEADING = re.compile(r"\s*(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|\d+(?:、|\.(?!\d))|附)")


def _either(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


BEHIND = _either([word for word in AFTER if len(word) == 2])
NUMBER = re.compile(
    rf"(?P<before>(?<![最节公])(?:{_either(list(BEFORE))}))?"
    r"(?:(?<![\d.])(?P<digits>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?)|(?P<chinese>[一二两三四五六七八九十]+[百千]?))"
    rf"(?P<odd>[余多])?(?P<scale>{_either(list(SCALES))})?(?P<more>[余多])?"
)
QUALIFIED = re.compile(rf"(?P<share>%)?(?P<unit>[一-鿿]{{0,2}}?)(?P<after>{BEHIND})")
COUNTER = re.compile(f"{COUNTERS}|元")
DATE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
# Digits that count nothing: days, years and hours, numbers of documents, of headings and of names (1+X, 12345热线).
NO_COUNT = re.compile(
    r"\d{1,9}(?:-|—|–|~|至)\d{4}年|\d{4}/\d{1,2}/\d{1,2}|\d{4}-\d{2}-\d{2}|\d{1,9}(?:年(?!以上|内|来)|月(?![以内])|日(?![以内])|时|号)"
    r"|[〔\[(]\d{4}[〕\])]|第\d{1,9}|[A-Za-z+]\d{1,9}|\d{1,9}[A-Za-z+]\w?|\d{5}(?=[^,。;\d]{0,8}热线)"
    r"|(?:^|(?<=\n)|(?<=。))(?:\d{1,9}(?:、|\.(?!\d))|\(\d{1,9}\))"
)


@dataclass(frozen=True)
class Plain:
    """A text without blanks and quotation marks, in narrow signs; `places` gives each sign's place in the original."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A piece of the plain text as a piece of the original."""
        return self.places[start], self.places[end - 1] + 1

    def at(self, place: int) -> int:
        """The first sign of the plain text that stands at a place of the original or behind it."""
        return bisect_left(self.places, place)


@dataclass(frozen=True)
class Number:
    """One number of a plain text: `start` at its qualifier or first digit, `end` before its unit or percent sign."""

    start: int
    end: int
    is_digits: bool
    scale: str = ""


def plain_text(text: str, is_paged: bool = False) -> Plain:
    """The text in which phrases are looked for. `is_paged`: it comes from a page, so broken lines are joined again."""
    narrow = text.translate(NARROW)
    kept = {place for match in BETWEEN_DIGITS.finditer(narrow) for place in range(*match.span())}
    dropped = {match.start() for match in LEFT_OUT.finditer(narrow)} - kept
    start = 0
    for line in narrow.split("\n"):
        end = start + len(line)
        is_broken = is_paged and len(line.strip()) >= WRAPPED and line.rstrip()[-1] not in END
        if is_broken and end + 1 < len(narrow) and not HEADING.match(narrow, end + 1) and narrow[end + 1] != "\n":
            dropped.add(end)
        start = end + 1
    places = tuple(place for place in range(len(narrow)) if place not in dropped)
    return Plain("".join(narrow[place] for place in places), places)


def numbers_of(plain: str) -> list[Number]:
    """Every number, in digits or in Chinese, but those that count nothing."""
    without = {place for match in NO_COUNT.finditer(plain) for place in range(*match.span())}
    found = []
    for match in NUMBER.finditer(plain):
        start = match.start("digits") if match["digits"] else match.start("chinese")
        if start not in without:
            found.append(Number(match.start(), match.end(), match["digits"] is not None, match["scale"] or ""))
    return found


def written_end(plain: str, number: Number, unit: str = "") -> int:
    """Where the number ends with its percent sign or unit, and with the 以上 behind that. `unit`: the figure's own."""
    if match := QUALIFIED.match(plain, number.end):
        return match.end()
    for sign in ("%", unit):
        if sign and plain.startswith(sign, number.end):
            return number.end + len(sign)
    counter = COUNTER.match(plain, number.end)
    return counter.end() if counter else number.end


def read_number(plain: str, number: Number) -> Stated | None:
    """What the number says; None where it says two things at once (超过3件以上) or is too large to be one."""
    qualified = QUALIFIED.match(plain, number.end)
    share = "%" if plain.startswith("%", number.end) else ""
    try:
        return read_stated(plain[number.start : number.end] + share + (qualified["after"] if qualified else ""))
    except CellError:
        return None
