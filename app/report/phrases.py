"""Finds the figures of a text by the words around them: which number says which metric. It never looks at the value.

Offsets are those of the text as given; full-width signs are read as their narrow twins, one for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.declarations import Declarations
from warehouse.models import Metric
from warehouse.yaml_reader import DeclarationError, read_yaml

PACKAGED = Path(__file__).with_name("phrases.yml")
# Full-width ASCII to ASCII: one sign for one sign, so that offsets stay.
NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
SENTENCE = re.compile(r"[^。;!?\n]+")
NUMBER = re.compile(
    r"(?P<before>超过|多于|不少于|约|近)?(?P<digits>\d[\d,]*(?:\.\d+)?|[一二三四五六七八九十]+)(?P<scale>万|亿)?(?P<after>余|多)?"
)
DATE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
SLOT = re.compile(r"\{(n|date|[^{}=]+=\d+)\}")
GAP = r"[^。;!?\n]{0,40}?"
MORE = "以上"


@dataclass(frozen=True)
class Pattern:
    """One way of saying a figure: what stands before the number, the number or word itself, what stands after it."""

    before: str
    slot: str
    after: str
    is_previous: bool = False


@dataclass(frozen=True)
class Said:
    """One figure that a text states. `text` is the number as written, with its scale and qualifier."""

    metric: str
    is_previous: bool
    start: int
    end: int
    text: str
    sentence: str


def find_said(text: str, declarations: Declarations, catalogue: Path | None = None) -> list[Said]:
    """Every figure the text states, in its order; a number that several metrics share (三率均达100%) stands once for each.

    Refuses (DeclarationError) phrases that do not read.
    """
    narrow = text.translate(NARROW)
    patterns = patterns_of(declarations, catalogue)
    found: list[Said] = []
    for sentence in SENTENCE.finditer(narrow):
        for metric_id, ways in patterns.items():
            for is_previous in (False, True):
                place = _place(sentence.group(), [way for way in ways if way.is_previous == is_previous])
                if place is not None:
                    start, end = sentence.start() + place[0], sentence.start() + place[1]
                    shown = text[sentence.start() : sentence.end()].strip()
                    found.append(Said(metric_id, is_previous, start, end, text[start:end], shown))
    return sorted(found, key=lambda said: (said.start, said.metric))


def numbers_in(text: str) -> list[tuple[int, int]]:
    """The places of all numbers in digits, but those of dates, document numbers and headings."""
    narrow = text.translate(NARROW)
    found = []
    for match in NUMBER.finditer(narrow):
        before, after = narrow[max(0, match.start() - 1) : match.start()], narrow[match.end() : match.end() + 1]
        if match["digits"][0].isdigit() and after not in tuple("年月日号时分条") + (")", ".") and before not in ("第", "〔", "("):
            found.append((match.start(), match.end()))
    return found


def patterns_of(declarations: Declarations, catalogue: Path | None = None) -> dict[str, list[Pattern]]:
    """The patterns of every metric: the home's, the packaged, then its label."""
    trees = [*_tree(catalogue / "report" / "phrases.yml" if catalogue else None), *_tree(PACKAGED)]
    return {
        name: [pattern for tree in trees for pattern in _declared(tree.get(name, ()), name)] + _by_label(metric)
        for name, metric in declarations.metrics.items()
    }


def _tree(path: Path | None) -> list[Mapping[str, object]]:
    return [_read(path)] if path is not None and path.is_file() else []


@cache
def _read(path: Path) -> dict[str, object]:
    return dict(read_yaml(path))


def _declared(ways: object, name: str) -> Iterator[Pattern]:
    for way in ways if isinstance(ways, list | tuple) else [ways]:
        previous = isinstance(way, dict)
        yield read_pattern(str(way["previous"] if isinstance(way, dict) else way), name, previous)


def read_pattern(text: str, name: str = "", is_previous: bool = False) -> Pattern:
    """`诉前调解委托{n}件` -> a pattern. Refuses (DeclarationError) one without exactly one place for the figure."""
    slots = SLOT.findall(text)
    if len(slots) != 1:
        raise DeclarationError(f"phrases: {name}: “{text}” needs one place for the figure: {{n}}, {{date}} or {{全部=100}}")
    before, after = SLOT.split(text)[0], SLOT.split(text)[2]
    return Pattern(_regex(before), slots[0], _regex(after), is_previous)


def _by_label(metric: Metric) -> list[Pattern]:
    unit = "%" if metric.denominator else metric.measured_in
    return [Pattern(_regex(metric.label.zh + "*"), "n", _regex(unit))] if unit else []


def _regex(text: str) -> str:
    return "".join(GAP if part == "*" else re.escape(part) for part in re.split(r"(\*)", text.translate(NARROW)) if part).replace(
        r"\^", "^"
    ).replace(r"\$", "$")


def _place(sentence: str, patterns: Iterable[Pattern]) -> tuple[int, int] | None:
    """Where the first pattern that fits says its figure; of several numbers the one closest to its words."""
    for pattern in patterns:
        fits = [(_width(sentence, pattern, start, end), start, end) for start, end in _candidates(sentence, pattern.slot)]
        good = [fit for fit in fits if fit[0] is not None]
        if good:
            _, start, end = min(good, key=lambda fit: (fit[0], fit[1]))
            return start, _with_more(sentence, end)
    return None


def _candidates(sentence: str, slot: str) -> list[tuple[int, int]]:
    if "=" in slot:
        return [match.span() for match in re.finditer(re.escape(slot.split("=")[0]), sentence)]
    return [match.span() for match in (DATE if slot == "date" else NUMBER).finditer(sentence)]


def _width(sentence: str, pattern: Pattern, start: int, end: int) -> int | None:
    """How many signs the pattern spans around the figure; None where its words are not there."""
    before = _closest(pattern.before, sentence[:start])
    after = re.match(pattern.after, sentence[end:])
    return None if before is None or after is None else before + after.end()


def _closest(pattern: str, text: str) -> int | None:
    """The length of the shortest end of `text` that the pattern matches as a whole."""
    if not pattern:
        return 0
    found = [
        len(text) - start
        for start in range(len(text), -1, -1)
        if re.fullmatch(pattern, text[start:])
    ]
    return min(found, default=None)


def _with_more(sentence: str, end: int) -> int:
    """A number with the 以上 that follows its unit: 95%以上."""
    match = re.match(r"%?[一-鿿]{0,2}?" + MORE, sentence[end:])
    return end + match.end() if match else end
