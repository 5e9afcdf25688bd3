"""What a formal document says of a finding: sentence, figure, bound, basis, and the rows that explain it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from app.letters.cell_words import place_words, row_sentence
from app.letters.letter import Told
from app.letters.sentences import basis_words, bound_words, figure_words, finding_label, scope_words, shortfall_rows
from app.wording import text
from expectations.carried import DONE
from warehouse.declarations import Declarations

if TYPE_CHECKING:
    from warehouse.snapshot import Snapshot

Row = Mapping[str, Any]
ROWS_IN_PAPER = 10
OF_STANDING = ("dataset", "bound", "comparison", "basis")


class NotForPaper(Exception):
    """A finding that no formal document may be drafted about now; `str()` says why in both languages."""


@dataclass(frozen=True)
class Case:
    """One finding with its rows: at most ten, masked; `told.count` says how many there are."""

    told: Told
    declarations: Declarations

    @cached_property
    def label(self) -> str:
        """What it is about."""
        return finding_label(self.told.finding, self.declarations, "zh")

    @cached_property
    def scope(self) -> str:
        """Its period, with the unit before it when another one answers."""
        return scope_words(self.told.finding, self.declarations, "zh")

    @cached_property
    def sentence(self) -> str:
        """Its one sentence, without a full stop."""
        return str(self.told.finding["sentence_zh"]).rstrip("。")

    @cached_property
    def measured(self) -> tuple[str, str]:
        """Figure and bound in words; empty ones where nothing is counted."""
        finding = self.told.finding
        return figure_words(finding, self.declarations, "zh"), bound_words(finding, self.declarations, "zh")

    @cached_property
    def basis(self) -> str:
        """The duty or law, as declared or entered."""
        return basis_words(self.told.finding, self.declarations).rstrip("。")

    def rows(self) -> list[list[str]]:
        """Each row in words and where it stands."""
        if not self.told.rows:
            return []
        metric = self.declarations.metrics[self.told.finding["metric"]]
        return [
            [row_sentence(row, metric, self.declarations, "zh") or "", place_words(row, self.declarations, "zh")]
            for row in self.told.rows
        ]


def case_of(snapshot: Snapshot, finding: Row) -> Case:
    """The case of a finding, by the snapshot's data and declarations."""
    asked = {name: str(finding[name]) for name in ("period", "unit", "target")}
    standing = finding["entered"] or next(iter(snapshot.standings(**asked)), {})
    full = {**finding, **{name: standing.get(name) for name in OF_STANDING}, "change": "reminder"}
    rows, count = shortfall_rows(snapshot, full, snapshot.declarations, ROWS_IN_PAPER)
    return Case(Told(full, tuple(rows), count), snapshot.declarations)


def check_for_paper(finding: Row) -> None:
    """Refuses (NotForPaper) what is closed, contested, met by the data, or could not be judged."""
    number = finding["id"]
    if finding["state"] in DONE:
        raise NotForPaper(f"问题 {number} 已销号 / finding {number} is closed")
    if finding["state"] == "contested":
        raise NotForPaper(f"问题 {number} 有异议，尚未裁定 / finding {number} is contested and not decided yet")
    if finding["standing"] == "met":
        raise NotForPaper(f"问题 {number} 按现有数据已达标，请先复核 / finding {number} is met: verify it first")
    if finding["unjudged_since"]:
        raise NotForPaper(f"问题 {number} 已没有人考核 / nobody judges finding {number} any more")
    if finding["standing"] == "error":
        raise NotForPaper(f"问题 {number} 的检查没有运行 / the check of finding {number} did not run")


def deadline_of(findings: Sequence[Row], today: date) -> date | None:
    """The earliest deadline of these findings that is not over; None when all are."""
    return min((finding["due_on"] for finding in findings if finding["due_on"] >= today), default=None)


def more_words(case: Case) -> str:
    """How many rows are not printed; empty when all are."""
    more = case.told.count - len(case.told.rows)
    return text("papers.more_rows", "zh", count=more, id=case.told.finding["id"]) if more > 0 else ""
