"""Holds the figures that a report states against the rows: which agree, differ, or cannot be told.

One rule with the figures that units state for the year: `warehouse.cell_stated.agrees`, at the digits as written.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from app.report.drafts import Draft, Marked
from app.report.figures import Figure, Figures, bookmark_name
from app.report.numbers import SENTENCE, Number, Plain, numbers_of, plain_text, read_number, written_end
from app.report.patterns import Pattern
from app.report.phrases import Said, find_said
from app.report.unit_figures import is_units_own, unit_figure
from app.wording import text
from warehouse.cell_numbers import SCALES
from warehouse.cell_stated import Stated, agrees, read_stated

# `not_traced`: of an earlier year whose rows are not here, as published; `not_placed`: a number that no phrase knows.
State = Literal["agrees", "differs", "no_rows", "not_traced", "not_placed"]
STATES: tuple[State, ...] = ("differs", "no_rows", "not_traced", "not_placed", "agrees")
MOST_TIMES = 20  # a figure that a report prints more often than this is found by its words
SIX_PLACES = Decimal("0.000001")
FIRST_YEAR = re.compile(r"(?<![\d—–~至-])(20\d{2})年")


@dataclass(frozen=True)
class Checked:
    """One number of a text and what became of it. `start` and `end` are places in the draft's text.

    `difference` is written minus counted, in the unit as written: percentage points, 万 or 亿 where it says so; None
    where there is nothing to subtract. `scale` is that 万 or 亿.
    """

    state: State
    written: str
    start: int
    end: int
    sentence: str
    figure: Figure | None = None
    unit: str | None = None
    difference: Decimal | None = None
    scale: str = ""

    @property
    def trace(self) -> str | None:
        """The command that lists the rows behind the recomputed figure."""
        if self.figure is None or self.figure.numerator is None or self.state in ("no_rows", "not_traced"):
            return None
        whose = f" --unit {self.unit}" if self.unit else ""
        return f"ducha trace {self.figure.metric} --period {self.figure.period}{whose}"

    def as_json(self) -> dict[str, Any]:
        """For programs; `unit` is None for the county."""
        figure = self.figure
        return {
            "state": self.state, "metric": figure and figure.metric, "period": figure and figure.period,
            "unit": self.unit, "written": self.written, "start": self.start, "end": self.end,
            "sentence": self.sentence, "printed": (figure and figure.printed) or None,
            "numerator": figure and figure.numerator, "denominator": figure and figure.denominator,
            "difference": self.difference, "trace": self.trace,
        }  # fmt: skip


def year_of(draft: Draft) -> str | None:
    """The year that a report is of: the first that it names."""
    found = FIRST_YEAR.search(plain_text(draft.text).text)
    return found[1] if found else None


def check_draft(figures: Figures, draft: Draft, patterns: list[Pattern], unit: str | None = None) -> list[Checked]:
    """Every number of the draft in its order, by its bookmark or by the words around it, held against the snapshot.

    `patterns`: those of `patterns_of`. `unit`: the draft is this unit's own report.
    """
    checker = _Checker(figures, draft, unit)
    marked = list(checker.bookmarked())
    taken = [span for _, span in marked]
    said = find_said(checker.plain, int(figures.year), patterns, taken)
    found = [one for one, _ in marked] + [checker.held(one) for one in said]
    taken += [(one.start, one.end) for one in said]
    return sorted([*found, *checker.unplaced(taken)], key=lambda one: (one.start, one.end))


class _Checker:
    """One draft against one year's figures."""

    def __init__(self, figures: Figures, draft: Draft, unit: str | None) -> None:
        self.figures, self.draft, self.unit = figures, draft, unit
        self.plain: Plain = plain_text(draft.text, draft.is_paged)
        self.numbers = numbers_of(self.plain.text)
        sentences = [match.span() for match in SENTENCE.finditer(self.plain.text)]
        self.sentences = sentences or [(0, len(self.plain.text))]
        self.starts = [first for first, _ in self.sentences]

    def bookmarked(self) -> Iterator[tuple[Checked, tuple[int, int]]]:
        """What stands under the bookmarks of a report of ours, each with its span of the plain text."""
        known = self._bookmarks()
        for mark in self.draft.marked:
            if mark.name in known:
                metric, period = known[mark.name]
                first, last = self.plain.at(mark.start), self.plain.at(mark.end)
                if first < last and (found := self._under(mark, metric, period, first, last)):
                    yield found

    def _bookmarks(self) -> dict[str, tuple[str, str]]:
        """Every name that a report gives a figure of one of the years in this draft."""
        years = {year for mark in self.draft.marked for year in re.findall(r"_(\d{4})(?=_|$)", mark.name)}
        times = [(), *((str(time),) for time in range(2, MOST_TIMES + 1))]
        return {
            bookmark_name("fig", metric, year, *time): (metric, year)
            for metric in self.figures.declarations.metrics for year in years for time in times
        }  # fmt: skip

    def _under(
        self, mark: Marked, name: str, period: str, first: int, last: int
    ) -> tuple[Checked, tuple[int, int]] | None:
        metric, figure = self.figures.declarations.metrics[name], self._figure(name, period)
        if "{value}" not in metric.report.printed:
            written = self.plain.text[first:last]
            if written == _bare(figure.gap) or not re.search(r"\d月|[^\d年月日]", written):
                return None  # nothing was filled in: a gap, or the blank of a day
            return self._words(figure, written, first, last), (first, last)
        inside = [one for one in self.numbers if one.start < last and one.end > first and one.is_digits]
        if not inside:
            return None
        is_listed = not metric.report.printed.startswith("{value}")  # “甲”、“乙”等2项: the names may hold digits too
        number = inside[-1 if is_listed else 0]
        span = (min(first, number.start), max(last, number.end)) if is_listed else (number.start, number.end)
        return self._number(figure, number, read_number(self.plain.text, number), is_ours=True), span

    def held(self, said: Said) -> Checked:
        """One figure that the words around it told."""
        figure, pattern = self._figure(said.metric, str(said.year)), said.pattern
        match pattern.slot:
            case "n" if said.number is not None:
                return self._number(figure, said.number, read_number(self.plain.text, said.number))
            case "list":
                named = Decimal(len(re.split("、|以及", self.plain.text[said.start : said.end])))
                is_open = self.plain.text.startswith("等", said.end)
                stated = Stated(named, "at_least" if is_open else "exact", Decimal(1), False)
                return self._stated(figure, stated, said.start, said.end)
            case "word":
                metric = self.figures.declarations.metrics[said.metric]
                stated = read_stated(f"{pattern.value}%" if metric.denominator else pattern.value)
                return self._stated(figure, stated, said.start, said.end)
            case _:
                return self._words(figure, self.plain.text[said.start : said.end], said.start, said.end)

    def unplaced(self, taken: list[tuple[int, int]]) -> Iterator[Checked]:
        """The numbers in digits that neither a bookmark nor a phrase knows, but those of our own remarks."""
        remark = re.escape(_bare(text("report.incomplete", "zh", came="0", owed="0"))).replace("0", r"\d+")
        spans = [*taken, *(match.span() for match in re.finditer(remark, self.plain.text))]
        known = {place for span in spans for place in range(*span)}
        for number in self.numbers:
            if number.is_digits and known.isdisjoint(range(number.start, number.end)):
                yield self._checked("not_placed", None, number.start, written_end(self.plain.text, number))

    def _number(self, figure: Figure, number: Number, stated: Stated | None, is_ours: bool = False) -> Checked:
        metric = self.figures.declarations.metrics[figure.metric]
        unit = "" if metric.denominator is not None else metric.measured_in
        end = written_end(self.plain.text, number, unit)
        if stated is None:
            return self._checked("not_placed", None, number.start, end)
        return self._stated(figure, stated, number.start, end, number.scale, is_ours)

    def _stated(
        self, figure: Figure, stated: Stated, start: int, end: int, scale: str = "", is_ours: bool = False
    ) -> Checked:
        if figure.held != "figure" or figure.numerator is None:
            return self._checked(self._without(figure), figure, start, end)
        exact = figure.numerator / figure.denominator if figure.denominator else figure.numerator
        if stated.is_share != (figure.denominator is not None):
            return self._checked("differs", figure, start, end)
        if agrees(stated, exact) and (not is_ours or self._is_as_printed(figure, stated)):
            return self._checked("agrees", figure, start, end)
        by = (stated.value - exact) * 100 if stated.is_share else (stated.value - exact) / SCALES.get(scale, 1)
        return self._checked("differs", figure, start, end, by.quantize(SIX_PLACES, ROUND_HALF_UP), scale)

    def _is_as_printed(self, figure: Figure, stated: Stated) -> bool:
        """Under a bookmark stands our own print: the same number and word, or an exact one that is no coarser.

        94%以上 is true of 95.6 %, but it is not the 95%以上 that was printed: someone changed it.
        """
        printed = plain_text(figure.printed).text
        numbers = [one for one in numbers_of(printed) if one.is_digits]
        ours = read_number(printed, numbers[-1]) if numbers else None
        if ours is None or (stated.value, stated.qualifier) == (ours.value, ours.qualifier):
            return True
        return stated.qualifier == "exact" and stated.step <= ours.step

    def _words(self, figure: Figure, written: str, start: int, end: int) -> Checked:
        """A day, or names: they are the figure's own words or they are not."""
        if figure.held != "figure":
            return self._checked(self._without(figure), figure, start, end)
        is_same = _bare(written) == _bare(figure.printed)
        return self._checked("agrees" if is_same else "differs", figure, start, end)

    def _without(self, figure: Figure) -> State:
        return "not_traced" if figure.period < self.figures.year and figure.held == "missing" else "no_rows"

    def _checked(
        self, state: State, figure: Figure | None, start: int, end: int,
        by: Decimal | None = None, scale: str = "",
    ) -> Checked:  # fmt: skip
        first, last = self.sentences[bisect_right(self.starts, start) - 1]
        (begin, stop), around = self.plain.span(start, end), self.plain.span(first, last)
        sentence = re.sub(r"\s+", " ", self.draft.text[slice(*around)]).strip()
        unit = self.unit if figure is not None and self._is_units(figure.metric) else None
        return Checked(state, self.draft.text[begin:stop], begin, stop, sentence, figure, unit, by, scale)

    def _is_units(self, metric: str) -> bool:
        return self.unit is not None and is_units_own(self.figures.declarations, self.unit, metric)

    def _figure(self, metric: str, period: str) -> Figure:
        if self.unit is not None and self._is_units(metric):
            return unit_figure(self.figures, self.unit, metric, period)
        return self.figures.figure(metric, period)


def _bare(words: str) -> str:
    """Words without blanks, quotation marks and width of signs."""
    return plain_text(words).text.replace("\n", "")
