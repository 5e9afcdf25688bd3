"""The closed set of standings, their one precedence, and the case that is judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from warehouse.models import Severity
from warehouse.periods import Period

Standing = Literal["met", "near", "short", "unsure", "missing", "not_due", "not_applicable", "error"]
Comparison = Literal["at_least", "at_most", "equals", "more_than"]
# Worst first: how several standings roll up into one.
WORST_FIRST: tuple[Standing, ...] = (
    "short", "missing", "unsure", "error", "near", "met", "not_due", "not_applicable",
)  # fmt: skip
COUNTY = "county"
SIX_PLACES = Decimal("0.000001")


def worst(standings: Iterable[Standing]) -> Standing:
    """The one standing that several roll up into; nothing at all is not applicable."""
    return min(standings, key=WORST_FIRST.index, default="not_applicable")


@dataclass
class Case:
    """One target for one unit and period: what decides its standing. Grain: (target, unit, period).

    `standing` is set at once where roster and deliveries decide it, otherwise by the evaluated expectation.
    `short_by`: how many more the unit needs; 0 or less is fine. `short_by_strictly`: the same with the quarantined rows
    counted against it, None where there are none. `is_short_by_held_rows`: whether the rows of a delivery that is
    mostly quarantined might make up for what is short. `previous`: both sides of the year before, for `more_than`;
    `bound` is then its value, to six places.
    """

    target: str
    metric: str | None
    dataset: str | None
    kind: str
    period: Period
    unit: str
    owner: str
    severity: Severity
    basis: str
    sentence: str
    rule: str
    bound: Decimal | None
    comparison: Comparison
    since: date | None = None
    near: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    previous: tuple[Decimal, Decimal | None] | None = None
    short_by: Decimal | None = None
    short_by_strictly: Decimal | None = None
    is_short_by_held_rows: bool = False
    strict_cause: str | None = None
    strict_owner: str | None = None
    standing: Standing | None = None
    cause: str | None = None
    small_sample: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Dataset (empty but for a promise), unit and period, as the frame of the expectations is indexed."""
        return (self.dataset or "", self.unit, self.period.name)

    @property
    def check(self) -> str:
        """The declared expectation that judges it: its target's own; one for each promise, over all datasets."""
        promise = self.target.partition(":")[2]
        return f"files:{promise}" if promise else self.target

    @property
    def value(self) -> Decimal | None:
        """A rate as a fraction to six places; the number itself otherwise."""
        if self.kind != "rate":
            return self.numerator
        if self.numerator is None or not self.denominator:
            return None
        return (self.numerator / self.denominator).quantize(SIX_PLACES)

    def row(self) -> dict[str, Any]:
        """The standing as the snapshot keeps it."""
        return {
            "target": self.target, "metric": self.metric, "dataset": self.dataset, "kind": self.kind,
            "every": self.period.every, "period": self.period.name, "unit": self.unit, "standing": self.standing,
            "numerator": self.numerator, "denominator": self.denominator, "bound": self.bound,
            "comparison": self.comparison, "short_by": self.short_by, "value": self.value, "severity": self.severity,
            "owner": self.owner, "basis": self.basis, "since": self.since, "cause": self.cause,
            "small_sample": self.small_sample,
        }  # fmt: skip
