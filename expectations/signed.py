"""Which periods are judged by which rules: a signed year by those it was signed with, everything else by tonight's.

In a signed year what was judged stands as it was signed. Tonight's judgement of it is kept beside, so that a finding
that is still open can be put right and a late row shows. Only what was not due yet when the year was signed (whether
its report was published in time) is judged when it falls due.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from warehouse.declarations import Declarations
from warehouse.signed_year import SignedYear, key_of, year_of
from warehouse.tables import JUDGED_SETS

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Part:
    """Some periods and the rules that they are judged by. `signed`: None for all that nobody has signed."""

    rules: Declarations
    signed: SignedYear | None
    years: frozenset[str]

    def metrics(self, is_second: bool) -> list[str]:
        """The metrics with targets that are judged in the first pass, or over what it judged in the second."""
        return [name for name in self.rules.targets if (self.rules.metrics[name].of in JUDGED_SETS) == is_second]

    def is_judged(self, target: str, unit: str, period: str) -> bool:
        """Whether a case belongs here; a signed year takes no target and no unit that it was not signed with."""
        if self.signed is None:
            return year_of(period) not in self.years
        return self.signed.holds(period) and (target, unit, period) in self._keys

    def holds(self, period: str) -> bool:
        """Whether a period belongs here."""
        return year_of(period) not in self.years if self.signed is None else self.signed.holds(period)

    def standing_rows(self, judged: Rows, is_second: bool) -> tuple[Rows, Rows]:
        """The rows that stand, and those that tonight's rows would give instead of what was signed."""
        if self.signed is None:
            return judged, []
        tonight = {key_of(row): row for row in judged}
        stand: Rows = []
        after: Rows = []
        for row in map(dict, self.signed.standings):
            if self._is_second(row) != is_second:
                continue
            found = tonight.get(key_of(row), row)
            stand.append(found if row["standing"] == "not_due" else row)
            after += [] if row["standing"] == "not_due" else [found]
        return stand, after

    @cached_property
    def _keys(self) -> frozenset[tuple[str, str, str]]:
        return frozenset(map(key_of, self.signed.standings)) if self.signed else frozenset()

    def _is_second(self, row: Mapping[str, Any]) -> bool:
        assert self.signed is not None
        return row["metric"] is not None and self.signed.declarations.metrics[row["metric"]].of in JUDGED_SETS


def parts_of(declarations: Declarations, signed: Sequence[SignedYear]) -> Iterator[Part]:
    """First everything that is not signed, then each signed year."""
    years = frozenset(one.year for one in signed)
    yield Part(declarations, None, years)
    for one in signed:
        yield Part(_as_signed(one.declarations, declarations), one, years)


def _as_signed(signed: Declarations, now: Declarations) -> Declarations:
    """Tonight's rows and units under the signed targets, identities and scorecards, without what is counted no more."""
    targets = {name: found for name, found in signed.targets.items() if name in now.metrics}
    identities = {
        name: found for name, found in signed.identities.items() if now.metrics.keys() >= {*found.left, *found.right}
    }
    cards = {
        name: card
        for name, card in signed.scorecards.items()
        if targets.keys() >= {signal.target for signal in card.signals.values()}
    }
    return now.model_copy(update={"targets": targets, "identities": identities, "scorecards": cards})
