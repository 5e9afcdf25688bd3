"""One way of saying a figure, as a text with a place for the number, and where it stands in a sentence.

`*` is a gap within one sentence; `{n}` the number, `{date}` a day, `{list}` things that are named one by one, and
`{word=value}` a word that states the figure (全部 states 100 %). `^` and `$` are the ends of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from app.report.numbers import DATE, LEFT_OUT, NARROW, Number
from warehouse.yaml_reader import DeclarationError

Slot = Literal["n", "date", "list", "word"]
SLOT = re.compile(r"\{(n|date|list|[^{}=]+=\d+)\}")
GAP = r"([^。;!?\n]{0,60}?)"
# Right before the number: no other number but a year and what it rose from, no new clause, no bracket still open.
ROSE = r"[从由][^。;!?,\n]{0,12}?\d[\d.]*%[^。;!?,\n\d]{0,4}(?:到|至|为)"
NEAR_GAP = rf"((?:{ROSE}|20\d\d年|[^。;!?,\n\d()]|\([^()\n]*\)){{0,30}}?)"
JOINED = r"((?:总数|数量|数)?(?:均|都|已|累计|合计|共计|共|约)?(?:为|是|达到|达|有|:)?)"
# Words after which a number says by how much a figure moved, or what it should be, and not what it is.
ANOTHER = re.compile(
    r"同比|环比|(?:增长|增加|上升|提高|提升|下降|减少|降低)(?!到|至|为)|目标|要求|没有|未达|应当|高于|低于"
)
# What is planned was not done, whatever it counts.
PLANNED = re.compile(r"(?:计划|力争|预计|拟)(?:培训|开展|组织|举办|办理|完成|新增|发放|实现|达)[^,。;!?\n]*$")
LIST = r"(?P<list>[^、,。;!?\n]{2,30}(?:(?:、|以及)[^、,。;!?\n]{2,30}?)+?)"
JOIN = "~"
FARTHEST = 300  # signs before a number, more than any pattern spans


@dataclass(frozen=True)
class Place:
    """Where a pattern fits: the figure itself, the words nearest to it, and how many signs of words fit in all."""

    start: int
    end: int
    near: tuple[int, int]
    words: int
    width: int


@dataclass(frozen=True)
class Pattern:
    """One way of saying one metric's figure."""

    metric: str
    before: str
    slot: Slot
    after: str
    word: str = ""
    value: str = ""
    is_previous: bool = False

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """Its words, without gaps; where one is missing in a sentence the pattern cannot fit."""
        parts = re.split(r"[*~^$]", self.before) + re.split(r"[*~^$]", self.after)
        return tuple(part for part in (*parts, self.word) if part)

    @cached_property
    def rarest(self) -> str:
        """Its longest word: where that is missing, nothing else need be looked at."""
        return max(self.literals, key=len, default="")

    @cached_property
    def _before(self) -> re.Pattern[str]:
        lead = "" if self.before.startswith("^") else ".*"
        return re.compile(f"{lead}(?P<all>{_regex(self.before.lstrip('^'), is_before=True)})", re.DOTALL)

    @cached_property
    def _after(self) -> re.Pattern[str]:
        return re.compile(_regex(self.after.rstrip("$"), is_before=False) + (r"\Z" if self.after.endswith("$") else ""))

    def places(self, sentence: str, numbers: list[Number]) -> Iterator[Place]:
        """Every place in the sentence where it fits. `numbers`: those of the sentence, from its first sign."""
        if any(one not in sentence for one in self.literals):
            return
        for start, end in self._candidates(sentence, numbers):
            before = self._before.fullmatch(sentence, max(0, start - FARTHEST), start)
            after = self._after.match(sentence, end)
            if before is None or after is None or self._is_another(before):
                continue
            named = [before.span(at) for at in range(2, before.re.groups + 1) if before[at] in self.literals]
            named += [after.span(at) for at in range(1, after.re.groups + 1) if after[at] in self.literals]
            nearest = min(named, key=lambda span: (span[0] >= end, -span[1]), default=(start, end))
            width = len(before["all"]) + after.end() - end
            yield Place(start, end, nearest, sum(map(len, self.literals)), width)

    def _candidates(self, sentence: str, numbers: list[Number]) -> Iterator[tuple[int, int]]:
        match self.slot:
            case "n":
                yield from ((one.start, one.end) for one in numbers)
            case "date":
                yield from (match.span() for match in DATE.finditer(sentence))
            case "word":
                yield from (match.span() for match in re.finditer(re.escape(self.word), sentence))
            case "list":
                listed = re.compile(_regex(self.before, is_before=True) + LIST + _regex(self.after, is_before=False))
                yield from (match.span("list") for match in listed.finditer(sentence))

    def _is_another(self, before: re.Match[str]) -> bool:
        """Whether the words before the number say that it is a plan, a change, or a duty."""
        if PLANNED.search(before.string, before.pos, before.end()):
            return True
        return self.before.endswith("*") and ANOTHER.search(before[before.re.groups]) is not None


def read_pattern(text: str, metric: str, is_previous: bool = False) -> Pattern:
    """`诉前调解委托{n}件` -> a pattern. Refuses (DeclarationError) one without exactly one place for the figure."""
    plain = LEFT_OUT.sub("", text.translate(NARROW))
    found = SLOT.findall(plain)
    if len(found) != 1 or not SLOT.sub("", plain).strip("*~"):
        raise DeclarationError(
            f"phrases: {metric}: “{text}” 须有词语和一个数字位置（{{n}}、{{date}}、{{list}}、{{全部=100}}）"
            " / needs words and one place for the figure"
        )
    before, slot, after = SLOT.split(plain)
    word, _, value = slot.partition("=")
    kind: Slot = "word" if value else "n" if slot == "n" else "date" if slot == "date" else "list"
    return Pattern(metric, before, kind, after, word if value else "", value, is_previous)


def _regex(text: str, is_before: bool) -> str:
    """The words as groups, the gaps between them as groups too, so that the last one can be looked at."""
    parts = [part for part in re.split(r"([*~])", text) if part]
    near = len(parts) - 1 if is_before else -1
    gaps = {"*": GAP, JOIN: JOINED}
    return "".join(
        (NEAR_GAP if at == near and part == "*" else gaps.get(part) or f"({re.escape(part)})")
        for at, part in enumerate(parts)
    )
