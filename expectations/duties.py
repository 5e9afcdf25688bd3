"""Targets x units x periods: every case that is owed, with what roster and deliveries already decide about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from expectations.evidence import Evidence, Owed, datasets_read
from expectations.shortfall import is_enough_at_best, short_by, short_by_strictly, short_of_more, short_of_more_strictly
from expectations.standings import COUNTY, SIX_PLACES, Case, Comparison
from warehouse.comparing import bound_on, previous_year, rule_changed
from warehouse.declarations import Declarations
from warehouse.models import Identity, Metric, Target
from warehouse.periods import Period, judged_from, periods_between
from warehouse.workdays import Calendar

SIGNS = {"at_least": "≥", "at_most": "≤", "equals": "=", "more_than": ">"}
LAST_YEAR = "上年"


def duty_cases(
    declarations: Declarations, evidence: Evidence, calendar: Calendar, metrics: Iterable[str]
) -> Iterator[Case]:
    """One case per target, unit and period from the target's `since` to the running period."""
    for name in metrics:
        for target_id, target in _named(name, declarations.targets.get(name, ())):
            for period in periods_judged(target, evidence.as_of):
                is_due = judged_from(target.judged.from_, period, calendar) <= evidence.as_of
                for unit in _units(declarations, evidence, name, target, period):
                    case = _case(declarations, name, target_id, target, period, unit, evidence.as_of)
                    _count(case, evidence, declarations.metrics[name])
                    if is_due:
                        _decide(case, evidence, declarations)
                    else:
                        case.standing = "not_due"
                    yield case


def first_missing(evidence: Evidence, unit: str, period: Period) -> tuple[Owed | None, int]:
    """Of a supplier's overdue deliveries for periods that end inside this one: the first, and how many."""
    found = [
        owed
        for rows in evidence.owed.values()
        for owed in rows
        if unit in (owed.supplier, COUNTY) and period.holds(owed.end) and owed.came_on is None
        if owed.due_on < evidence.as_of
    ]
    return min(found, key=lambda owed: (owed.due_on, owed.dataset, owed.period), default=None), len(found)


def _named(metric: str, targets: tuple[Target, ...]) -> Iterator[tuple[str, Target]]:
    """A target's id is its metric's; a further one for the same length of period at the same time is `metric#2`."""
    for number, target in enumerate(targets):
        clashes = any(_overlap(target, earlier) for earlier in targets[:number])
        yield (f"{metric}#{number + 1}" if clashes else metric), target


def _overlap(one: Target, other: Target) -> bool:
    ends = [target.until or date.max for target in (one, other)]
    return one.judged.every == other.judged.every and one.since <= ends[1] and other.since <= ends[0]


def periods_judged(target: Target | Identity, as_of: date) -> list[Period]:
    """Whole periods since the target or identity began; it still holds for a period that began on or before `until`."""
    return [
        period
        for period in periods_between(target.judged.every, target.since, as_of)
        if period.start >= target.since and (target.until is None or period.start <= target.until)
    ]


def _units(declarations: Declarations, evidence: Evidence, metric: str, target: Target, period: Period) -> list[str]:
    """Those the target names, and whoever has rows all the same, readable or not: nobody disappears."""
    if target.judged.for_ == COUNTY:
        return [COUNTY]
    found = dict.fromkeys(declarations.units_for(target.judged.for_, period.end))
    found |= dict.fromkeys(evidence.counted_units(metric, period))
    for dataset in datasets_read(declarations, declarations.metrics[metric]):
        held = [unit for unit in evidence.quarantined_units(metric, dataset, period) if unit not in found]
        found |= dict.fromkeys(unit for unit in held if not _is_named(declarations, dataset, unit, period.end))
    return list(found)


def _is_named(declarations: Declarations, dataset: str, unit: str, on: date) -> bool:
    """Whether some target names the unit for what it sends there: its unreadable rows stand against that one."""
    return any(
        unit in declarations.units_for(target.judged.for_, on)
        for name, targets in declarations.targets.items()
        for target in targets
        if dataset in datasets_read(declarations, declarations.metrics[name])
    )


def _case(
    declarations: Declarations, name: str, target_id: str, target: Target, period: Period, unit: str, as_of: date
) -> Case:
    metric = declarations.metrics[name]
    comparison, bound = _comparison(target), bound_on(declarations, target, period)
    owner = unit if target.owner == "unit" else target.owner
    if bound is None:
        shown = LAST_YEAR
    else:
        shown = f"{_plain(bound * 100)}%" if metric.denominator else f"{_plain(bound)}{metric.measured_in}"
    return Case(
        target=target_id, metric=name, dataset=None, kind=kind_of(metric), period=period, unit=unit,
        owner=declarations.answers_for(owner, as_of), severity=target.severity, basis=target.basis,
        sentence=f"{metric.label.zh} {SIGNS[comparison]} {shown}", rule=metric.counting_rule.zh, bound=bound,
        comparison=comparison, since=target.since, near=target.near,
    )  # fmt: skip


def kind_of(metric: Metric) -> str:
    """rate, count, sum or distinct."""
    return "rate" if metric.denominator else metric.numerator.split("(")[0].split(" ")[0]


def _plain(number: Decimal) -> str:
    """95.00 -> 95, 99.50 -> 99.5."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _comparison(target: Target) -> Comparison:
    if target.at_least is not None:
        return "at_least"
    if target.at_most is not None:
        return "at_most"
    return "equals" if target.equals is not None else "more_than"


def _count(case: Case, evidence: Evidence, metric: Metric) -> None:
    """Numerator and denominator; what nobody counted is 0, and for a rate 0 of 0."""
    counted = evidence.figure(case.metric or "", case.period, case.unit)
    case.numerator, case.denominator = counted or (Decimal(0), Decimal(0) if metric.denominator else None)
    size = case.denominator if metric.denominator else None
    case.small_sample = metric.small_sample is not None and size is not None and 0 < size < metric.small_sample


def _decide(case: Case, evidence: Evidence, declarations: Declarations) -> None:
    """What was never sent is missing; 0 of 0 is not applicable; the rest is left to the expectation."""
    metric = declarations.metrics[case.metric or ""]
    for dataset in datasets_read(declarations, metric):
        decide_by_delivery(case, evidence, dataset)
        if case.standing:
            return
    if case.comparison == "more_than" and (cause := _no_last_year(case, evidence, metric)):
        case.standing, case.cause = "not_applicable", cause
        return
    _count_strictly(case, evidence, declarations)
    if case.kind == "rate" and not case.denominator:
        # Rows that were all quarantined leave 0 of 0: that is in doubt, not inapplicable.
        has_own = case.short_by_strictly is not None and (case.strict_cause or "").startswith("quarantine:")
        case.standing, case.cause = ("unsure", case.strict_cause) if has_own else ("not_applicable", None)
        case.owner = (case.strict_owner or case.owner) if has_own else case.owner
        return
    case.short_by = lacking_of(case)
    if case.small_sample and case.comparison == "at_most" and case.short_by > 0:
        # Of one suit lost nobody knows what a hundred would show: it is said, and judged by no percentage.
        case.standing, case.cause = "not_applicable", f"small_sample:{_plain(case.denominator or Decimal(0))}"
        return
    if metric.of == "deliveries_owed" and case.short_by > 0:
        first, count = first_missing(evidence, case.unit, case.period)
        case.cause = first.cause if first and case.short_by <= count else None


def lacking_of(case: Case) -> Decimal:
    """How many more a case needs by its bound, or by the year before; 0 or less keeps the duty."""
    numerator = case.numerator or Decimal(0)
    if case.previous is not None:
        return short_of_more(numerator, case.denominator, case.previous)
    return short_by(numerator, case.denominator, case.bound or Decimal(0), case.comparison)


def _no_last_year(case: Case, evidence: Evidence, metric: Metric) -> str | None:
    """Hold the figure against the year before; else why that cannot be done: its rows are not there, another rule."""
    earlier = previous_year(case.period)
    if rule_changed(metric, earlier, case.period):
        return f"rule_changed:{earlier.name}"
    before = evidence.figure(case.metric or "", earlier, case.unit)
    datasets = datasets_read(evidence.declarations, metric)
    if before is None or not all(evidence.is_covered_whole(dataset, case.unit, earlier) for dataset in datasets):
        return f"no_previous_year:{earlier.name}"
    if metric.denominator is not None and not before[1]:
        return f"no_previous_year:{earlier.name}"
    case.previous = before
    case.bound = before[0] if before[1] is None else (before[0] / before[1]).quantize(SIX_PLACES)
    return None


def decide_by_delivery(case: Case, evidence: Evidence, dataset: str) -> None:
    """Missing or not due, by what is owed of one dataset; not applicable where nobody owes it. Else left open."""
    owed = evidence.owed_for(dataset, case.unit, case.period)
    waiting = [row for row in owed if row.came_on is None]
    if overdue := [row for row in waiting if row.due_on < evidence.as_of]:
        first = min(overdue, key=lambda row: (row.due_on, row.supplier, row.period))
        case.standing, case.cause = "missing", first.cause
    elif waiting:
        case.standing = "not_due"  # its deliveries are not due yet: nobody is judged on half of them
    elif not owed and not evidence.is_covered(dataset, case.period):
        if evidence.is_owed_later(dataset, case.period):
            case.standing = "not_due"
        else:
            case.standing, case.cause = "not_applicable", f"not_connected:{dataset}"


def _count_strictly(case: Case, evidence: Evidence, declarations: Declarations) -> None:
    """Count the quarantined rows of every dataset that the figure reads against it."""
    metric = declarations.metrics[case.metric or ""]
    periods = [case.period, *([previous_year(case.period)] if case.previous else [])]
    rows, placed, most = 0, 0, ("", 0, "")
    for dataset, period in ((name, period) for name in datasets_read(declarations, metric) for period in periods):
        found = evidence.quarantined_for(case.metric or "", dataset, case.unit, period)
        rows, placed = rows + found.rows, placed + sum(found.placed.values())
        for supplier, count in (*found.placed.items(), *found.unplaced.items()):
            most = max(most, (dataset, count, supplier), key=lambda part: part[1])
    if not rows:
        return
    is_sum = case.kind == "sum" or metric.numerator.startswith("sum(")
    numerator, bound = case.numerator or Decimal(0), case.bound or Decimal(0)
    if case.previous is not None:
        strictly = short_of_more_strictly(numerator, case.denominator, case.previous, rows, is_sum)
    else:
        strictly = short_by_strictly(numerator, case.denominator, bound, case.comparison, rows, is_sum)
    case.short_by_strictly = strictly
    mostly = evidence.is_mostly_quarantined(most[0], [most[2]], case.period)
    if mostly and case.previous is None:
        sides = (numerator, case.denominator, bound, case.comparison)
        case.is_short_by_held_rows = is_enough_at_best(*sides, rows, is_sum)
    case.strict_cause = mostly or f"{'quarantine' if placed else 'unplaced'}:{most[0]}:{rows}"
    # Only the supplier can send those rows again.
    case.strict_owner = declarations.answers_for(most[2], evidence.as_of)
