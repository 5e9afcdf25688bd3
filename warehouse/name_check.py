"""What one declaration names, another must hold: suppliers, kinds of units, metrics, row sets, targets."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from warehouse.models import Metric, Target, Unit
from warehouse.yaml_reader import DeclarationError

if TYPE_CHECKING:
    from warehouse.declarations import Declarations


def check_names(declared: Declarations, packaged: Mapping[str, Unit], system_sets: Collection[str]) -> None:
    """Refuse (DeclarationError) every name that nothing holds.

    A unit, kind or flag of the packaged roster is a known name in every county: one whose own roster has no such unit
    has not connected what is asked of it, and nobody owes it (`unconnected`).
    """
    names = _unit_names(declared.units) | _unit_names(packaged)
    faults = [
        f"datasets/{name}.yml: supplied_by: no unit, kind or flag “{supplier}”{_nearest(supplier, names)}"
        for name, contract in declared.contracts.items()
        for supplier in contract.supplied_by
        if supplier not in names
    ]
    known = {*declared.contracts, *declared.row_sets, *declared.rosters, *system_sets}
    faults += [
        f"metrics: {name}: no row set “{metric.of}”"
        for name, metric in declared.metrics.items()
        if metric.of not in known
    ]
    faults += [
        f"identities: {name}: no metric “{metric}”"
        for name, identity in declared.identities.items()
        for metric in (*identity.left, *identity.right)
        if metric not in declared.metrics
    ]
    faults += _former_names(declared)
    for name, targets in declared.targets.items():
        if name not in declared.metrics:
            faults.append(f"targets: {name}: no metric of this id")
            continue
        faults += [
            f"targets: {name}: {fault}" for one in targets for fault in _target_faults(declared, names, name, one)
        ]
    faults += _card_faults(declared, names)
    if faults:
        raise DeclarationError("\n".join(faults))


def _former_names(declared: Declarations) -> list[str]:
    """A former id is nobody's id now, and of one metric alone."""
    former = Counter(old for metric in declared.metrics.values() for old in metric.formerly)
    return [
        f"metrics: {name}: formerly: “{old}” is "
        + ("a metric of its own" if old in declared.metrics else "the former id of two metrics")
        for name, metric in declared.metrics.items()
        for old in metric.formerly
        if old in declared.metrics or former[old] > 1
    ]


def unconnected(declared: Declarations) -> tuple[list[str], list[str]]:
    """Datasets that no unit of this county supplies, and targets that judge none of its units."""
    here = _unit_names(declared.units)
    datasets = [name for name, contract in declared.contracts.items() if not here & set(contract.supplied_by)]
    targets = [
        name for name, targets in declared.targets.items() if not any(target.judged.for_ in here for target in targets)
    ]
    return datasets, targets


def _unit_names(units: Mapping[str, Unit]) -> set[str]:
    """Whatever a target or a supplier may be called by."""
    flags = (flag for unit in units.values() for flag in unit.flags)
    return {"all", "county", *units, *(unit.kind for unit in units.values()), *flags}


def _target_faults(declared: Declarations, names: set[str], name: str, target: Target) -> Iterator[str]:
    """Whatever would let the target judge nobody, or a figure that is never computed."""
    metric, judged = declared.metrics[name], target.judged
    yield from _whom_faults(names, judged.for_)
    if judged.every not in metric.periods:
        yield f"judged.every: the metric is counted by {', '.join(metric.periods)}, not by {judged.every}"
    if target.owner != "unit" and target.owner not in names:
        yield f"owner: no unit “{target.owner}”{_nearest(target.owner, declared.units)}"
    if judged.for_ != "county" and _has_no_unit(declared, metric):
        yield f"judged.for: the rows of “{metric.of}” name no unit; only the county can be judged"
    shares = (target.at_least, target.at_most, target.equals, target.near)
    if metric.denominator is not None and any(isinstance(one, Decimal) and not 0 <= one <= 1 for one in shares):
        yield "the bound of a rate is a share: write 95%"


def _card_faults(declared: Declarations, names: set[str]) -> Iterator[str]:
    for name, card in declared.scorecards.items():
        for fault in _whom_faults(names, card.for_):
            yield f"scorecards/{name}.yml: {fault}"
        for key, signal in card.signals.items():
            if signal.target not in declared.targets:
                yield f"scorecards/{name}.yml: {key}: no target “{signal.target}”"


def _whom_faults(names: set[str], whom: str) -> Iterator[str]:
    if whom not in names:
        yield f"for: no unit, kind or flag “{whom}”{_nearest(whom, names)}"


def _has_no_unit(declared: Declarations, metric: Metric) -> bool:
    roster = declared.rosters.get(metric.of)
    return metric.unit is None and roster is not None and "unit" not in roster.columns


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"; did you mean “{near[0]}”?" if near else ""
