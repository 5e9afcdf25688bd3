"""Identities: one case per identity, unit and period; the sum of one side's figures against that of the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from expectations.duties import SIGNS, decide_by_delivery, kind_of, periods_judged
from expectations.evidence import Evidence, datasets_read
from expectations.shortfall import ONE, short_by
from expectations.standings import COUNTY, Case, Comparison
from warehouse.declarations import Declarations
from warehouse.models import Identity
from warehouse.periods import Period, judged_from
from warehouse.workdays import Calendar

NOTHING = Decimal(0)


def identity_cases(declarations: Declarations, evidence: Evidence, calendar: Calendar) -> Iterator[Case]:
    """`numerator` holds the left sum, `bound` the right one, `short_by` the difference; there is no denominator.

    Where nothing was counted on either side the identity does not apply: 0 = 0 is no achievement.
    """
    for name, identity in declarations.identities.items():
        for period in periods_judged(identity, evidence.as_of):
            is_due = judged_from(identity.judged.from_, period, calendar) <= evidence.as_of
            for unit in _units(declarations, evidence, identity, period):
                case = _case(declarations, evidence, name, identity, period, unit)
                if is_due:
                    _decide(case, evidence, declarations, identity)
                else:
                    case.standing = "not_due"
                yield case


def metrics_of(identity: Identity) -> list[str]:
    """Every metric that the identity names, each once."""
    return list(dict.fromkeys((*identity.left, *identity.right)))


def _units(declarations: Declarations, evidence: Evidence, identity: Identity, period: Period) -> list[str]:
    """Those the identity names, and whoever has rows all the same."""
    if identity.judged.for_ == COUNTY:
        return [COUNTY]
    found = dict.fromkeys(declarations.units_for(identity.judged.for_, period.end))
    for metric in metrics_of(identity):
        found |= dict.fromkeys(evidence.counted_units(metric, period))
    return list(found)


def _case(
    declarations: Declarations, evidence: Evidence, name: str, identity: Identity, period: Period, unit: str
) -> Case:
    left, right = (_sum(evidence, side, period, unit) for side in (identity.left, identity.right))
    comparison: Comparison = "equals" if identity.holds == "equal" else "at_most"
    sides = [
        " + ".join(declarations.metrics[metric].label.zh for metric in side) for side in (identity.left, identity.right)
    ]
    owner = unit if identity.owner == "unit" else identity.owner
    return Case(
        target=name, metric=None, dataset=None, kind="identity", period=period, unit=unit,
        owner=declarations.answers_for(owner, evidence.as_of), severity=identity.severity, basis=identity.basis,
        sentence=identity.label.zh, rule=f" {SIGNS[comparison]} ".join(sides), bound=right, comparison=comparison,
        since=identity.since, numerator=left,
    )  # fmt: skip


def _sum(evidence: Evidence, metrics: Iterable[str], period: Period, unit: str) -> Decimal:
    counted = (evidence.figure(metric, period, unit) for metric in metrics)
    return sum((figure[0] for figure in counted if figure is not None), NOTHING)


def _decide(case: Case, evidence: Evidence, declarations: Declarations, identity: Identity) -> None:
    """A side whose rows never came is missing; the rest is left to the expectation."""
    names = [(metric, name) for metric in metrics_of(identity) for name in _read_by(declarations, metric)]
    for dataset in dict.fromkeys(name for _, name in names):
        decide_by_delivery(case, evidence, dataset)
        if case.standing:
            return
    _count_strictly(case, evidence, declarations, names)
    if not case.numerator and not case.bound:
        has_own = case.short_by_strictly is not None and (case.strict_cause or "").startswith("quarantine:")
        case.standing, case.cause = ("unsure", case.strict_cause) if has_own else ("not_applicable", None)
        case.owner = (case.strict_owner or case.owner) if has_own else case.owner
        return
    case.short_by = short_by(case.numerator or NOTHING, None, case.bound or NOTHING, case.comparison)


def _read_by(declarations: Declarations, metric: str) -> tuple[str, ...]:
    return datasets_read(declarations, declarations.metrics[metric])


def _count_strictly(
    case: Case, evidence: Evidence, declarations: Declarations, names: Iterable[tuple[str, str]]
) -> None:
    """A quarantined row may belong to one side only; a row that several figures miss is still one row."""
    by_dataset: dict[str, tuple[int, int, str]] = {}
    is_counted = True
    for metric, dataset in names:
        found = evidence.quarantined_for(metric, dataset, case.unit, case.period)
        is_counted &= kind_of(declarations.metrics[metric]) == "count"
        if found.rows > by_dataset.get(dataset, (0, 0, ""))[0]:
            suppliers = {**found.unplaced, **found.placed}
            sender = max(suppliers, key=lambda name: suppliers[name])
            by_dataset[dataset] = (found.rows, sum(found.placed.values()), sender)
    if not by_dataset:
        return
    rows = sum(held for held, _, _ in by_dataset.values())
    difference = short_by(case.numerator or NOTHING, None, case.bound or NOTHING, case.comparison)
    is_money = not is_counted
    strictly = difference + rows if case.comparison == "at_most" and not is_money else max(ONE, difference)
    case.short_by_strictly = strictly
    dataset = max(by_dataset, key=lambda name: by_dataset[name][0])
    held, placed, sender = by_dataset[dataset]
    mostly = evidence.is_mostly_quarantined(dataset, [sender], case.period)
    case.is_short_by_held_rows = mostly is not None
    case.strict_cause = mostly or f"{'quarantine' if placed else 'unplaced'}:{dataset}:{held}"
    case.strict_owner = declarations.answers_for(sender, evidence.as_of)
