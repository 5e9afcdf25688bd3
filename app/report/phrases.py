"""Finds the figures of a text by the words around them: which number says which metric. It never looks at the value."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.report.numbers import SENTENCE, Number, Plain, numbers_of
from app.report.patterns import FARTHEST, Pattern, Place, read_pattern
from app.report.templates import SLOT, WORDS, Templates, read_templates
from warehouse.declarations import Declarations
from warehouse.models import Metric
from warehouse.yaml_reader import DeclarationError, read_yaml

PACKAGED = Path(__file__).with_name("phrases.yml")
YEAR = re.compile(
    r"(?<![\d—–~至-])(?P<year>20\d{2})年(?!\d{1,2}月\d|以来|起)(?P<of>的)?|(?P<before>去年|上年|上一年|前一年)"
)
TITLED = re.compile(r"《[^《》]*》")
# Words of a template's sentence that stand before and behind its number: enough to know it by, few enough to survive.
LEAST, MOST = 6, 16


@dataclass(frozen=True)
class Said:
    """One figure that a text states, by its place in the plain text. `year`: that of the figure."""

    pattern: Pattern
    year: int
    start: int
    end: int
    number: Number | None

    @property
    def metric(self) -> str:
        """Which figure."""
        return self.pattern.metric


def find_said(
    plain: Plain, year: int, patterns: Iterable[Pattern], taken: Iterable[tuple[int, int]] = ()
) -> list[Said]:
    """Every figure of the text in its order. A percentage that several rates share (三率均达100%) stands for each of
    them; any other number says one thing. `year`: the report's; `taken`: places that are known already.
    """
    known, shut = list(patterns), {place for span in taken for place in range(*span)}
    free = [one for one in numbers_of(plain.text) if shut.isdisjoint(range(one.start, one.end))]
    starts = [one.start for one in free]
    found: list[Said] = []
    for sentence in SENTENCE.finditer(plain.text):
        start, end = sentence.span()
        here = free[bisect_left(starts, start) : bisect_left(starts, end)]
        inside = {one.start - start: one for one in here}
        moved = [replace(one, start=one.start - start, end=one.end - start) for one in here]
        for pattern, place, said_year in _settled(sentence.group(), moved, known, year):
            at = (place.start + start, place.end + start)
            if shut.isdisjoint(range(*at)):
                number = inside[place.start] if pattern.slot == "n" else None
                found.append(Said(pattern, said_year, *at, number))
    return sorted(found, key=lambda said: (said.start, said.metric))


def _settled(
    sentence: str, numbers: list[Number], patterns: list[Pattern], year: int
) -> list[tuple[Pattern, Place, int]]:
    """Which claim on which number holds, and for which year: the one of more words first, and in one sentence each
    figure of a year once.
    """
    claims = [(one, place) for one in patterns if one.rarest in sentence for place in one.places(sentence, numbers)]
    claims.sort(key=lambda claim: (-claim[1].words, claim[1].width))
    held: list[tuple[Pattern, Place, int]] = []
    for pattern, place in claims:
        said = year - 1 if pattern.is_previous else _year_of(sentence, place, year)
        is_known = any((one.metric, other) == (pattern.metric, said) for one, _, other in held)
        if not is_known and not any(_is_anothers(sentence, place, other) for _, other, _ in held):
            held.append((pattern, place, said))
    return held


def _is_anothers(sentence: str, place: Place, other: Place) -> bool:
    """Whether a number is taken: only a percentage is shared, and by other words (按期报送率 takes it from 报送率)."""
    if other.start != place.start:
        return False
    is_share = sentence.startswith("%", place.end)
    return not is_share or (other.near[0] < place.near[1] and place.near[0] < other.near[1])


def _year_of(sentence: str, place: Place, year: int) -> int:
    """The year named before a number: 去年 and 2023年的 are for the next number, 2023年 until its clause ends."""
    before = TITLED.sub(lambda match: "." * len(match[0]), sentence[max(0, place.start - FARTHEST) : place.start])
    named = list(YEAR.finditer(before))
    if not named:
        return year
    since = before[named[-1].end() :]
    numbers = list(re.finditer(r"\d", since))
    is_brief = named[-1]["before"] is not None or named[-1]["of"] is not None
    is_over = bool(numbers) and (is_brief or "," in since[numbers[0].start() :])
    if is_over:
        return year
    return year - 1 if named[-1]["before"] else int(named[-1]["year"])


def patterns_of(declarations: Declarations, catalogue: Path | None = None) -> list[Pattern]:
    """Of every metric the home's patterns, the packaged, those of the report's own sentences, then its label.

    Refuses (DeclarationError) phrases that do not read, and a home's for a metric that is none.
    """
    own = _tree(catalogue / "report" / "phrases.yml" if catalogue else None)
    _check_metrics(own, declarations)
    trees, ours = [own, _tree(PACKAGED)], list(_of_templates(read_templates(catalogue), declarations))
    found: list[Pattern] = []
    for name, metric in declarations.metrics.items():
        for tree in trees:
            found += _declared(tree.get(name, ()), name)
        found += [one for one in ours if one.metric == name]
        found += _by_label(name, metric)
    return found


def packaged_metrics() -> set[str]:
    """The metrics for which phrases are packaged."""
    return set(_tree(PACKAGED))


def _tree(path: Path | None) -> Mapping[str, Any]:
    return read_yaml(path) if path is not None and path.is_file() else {}


def _check_metrics(own: Mapping[str, Any], declarations: Declarations) -> None:
    for name in own:
        if name not in declarations.metrics:
            near = difflib.get_close_matches(name, declarations.metrics, n=1)
            hint = f"，最接近的是 {near[0]} / the nearest is {near[0]}" if near else ""
            raise DeclarationError(f"report/phrases.yml: 没有指标“{name}” / no metric “{name}”{hint}")


def _declared(ways: Any, name: str) -> Iterator[Pattern]:
    for way in ways if isinstance(ways, list | tuple) else [ways]:
        is_previous = isinstance(way, dict) and way.keys() == {"previous"}
        said = way["previous"] if isinstance(way, dict) and is_previous else way
        if not isinstance(said, str):
            raise DeclarationError(
                f"phrases: {name}: 写一句话或 previous: 一句话 / write a phrase, or previous: a phrase"
            )
        yield read_pattern(said, name, is_previous)


def _of_templates(templates: Templates, declarations: Declarations) -> Iterator[Pattern]:
    """The report's own sentences, for a report that lost its bookmarks on its way."""
    for text in templates.sentences():
        parts = re.split(r"[。；]", text)
        for part in parts:
            yield from _of_clause(part, declarations)


def _of_clause(clause: str, declarations: Declarations) -> Iterator[Pattern]:
    slots = list(SLOT.finditer(clause))
    before = ""
    for at, slot in enumerate(slots):
        before += clause[slots[at - 1].end() if at else 0 : slot.start()]
        after = clause[slot.end() : slots[at + 1].start() if at + 1 < len(slots) else None]
        metric = declarations.metrics.get(slot[1])
        if metric is not None and slot[2] is None and "{value}" in metric.report.printed:
            unit = "%" if metric.denominator else metric.measured_in
            number = SLOT.sub("*", metric.report.printed.replace("{value}", "\0")).replace("\0", f"{{n}}{unit}")
            words = before[-MOST:] + number + re.split("[，、（）]", after)[0][:LEAST]
            if words != number and not before.endswith("*"):
                yield read_pattern(words, slot[1], bool(slot[3]))
        own = re.split("[，（）]", before)[-1]
        before = (f"{before}*" if len(own) < LEAST else "") if slot[1] not in WORDS else before + "*"


def _by_label(name: str, metric: Metric) -> list[Pattern]:
    """Its label, then at most a word like 为 or 达到, then the number with its unit."""
    unit = "%" if metric.denominator else metric.measured_in
    is_said = metric.report.printed == "{value}" and not metric.report.is_claim
    return [read_pattern(f"{metric.label.zh}~{{n}}{unit}", name)] if unit and is_said else []
