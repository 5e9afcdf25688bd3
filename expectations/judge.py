"""Figures + targets + deliveries -> one standing per target, unit and period. Never two, never none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from expectations import priorities, stated
from expectations.duties import duty_cases, lacking_of
from expectations.evidence import Evidence
from expectations.priorities import priority_rows
from expectations.promises import promise_cases
from expectations.shortfall import is_near
from expectations.signals import signal_rows, units_in_doubt
from expectations.signed import Part, parts_of
from expectations.standings import COUNTY, Case, worst
from expectations.stated import stated_rows
from expectations.suites import Check, Verdict, evaluate
from expectations.sums import identity_cases
from warehouse.declarations import Declarations
from warehouse.signed_year import SignedYear
from warehouse.workdays import Calendar

Stage = Literal["first", "second"]
Rows = list[dict[str, Any]]
Inputs = Mapping[str, Any]
Evaluator = Callable[[Sequence[Check]], dict[str, Verdict]]
PLAIN, STRICT = "short_by", "short_by_with_quarantined"


class JudgedTwice(Exception):
    """Two standings for one target, unit and period: the declarations or this program are wrong."""


def make_judge(
    declarations: Declarations,
    calendar: Calendar,
    as_of: date,
    evaluator: Evaluator = evaluate,
    signed: Sequence[SignedYear] = (),
) -> Callable[[Inputs, Stage], dict[str, Rows]]:
    """A judge for one night. Call it with `first`, let the metrics of `signals` be computed, then with `second`.

    Inputs are plain rows: `figures` (metric, period, unit, town, numerator, denominator; unit None = county), `owed`
    (rows of deliveries_owed), `quarantined` (dataset, supplier, unit, on, period_start, period_end, received_on, rows)
    and `deliveries` (those in force). Each call returns its own `standings` and `evaluations`, to be added up;
    `signals` come from the first. `signed`: years whose standings stay as they were signed; what tonight's rows would
    give instead is `standings_after_signing`.
    """
    remembered: Rows = []

    def judge(inputs: Inputs, stage: Stage) -> dict[str, Rows]:
        if stage == "first":
            judged = judge_first(inputs, declarations, calendar, as_of, evaluator, signed)
            remembered[:] = judged["signals"]
            return judged
        signals = [dict(row) for row in inputs.get("signals", ())] or remembered
        return judge_second(inputs, signals, declarations, calendar, as_of, evaluator, signed)

    return judge


def judge_first(
    inputs: Inputs,
    declarations: Declarations,
    calendar: Calendar,
    as_of: date,
    evaluator: Evaluator = evaluate,
    signed: Sequence[SignedYear] = (),
) -> dict[str, Rows]:
    """Judge everything but what is counted over judged rows, and make the rows of those (scorecards)."""
    evidence = Evidence(inputs, declarations, as_of)
    judged = _no_rows()
    for part in parts_of(declarations, signed):
        cases = _first_cases(part, evidence, calendar)
        judged["evaluations"] += _settle(cases, evaluator)
        _doubt_deliveries(cases)
        _add_standings(judged, part, cases, is_second=False)
        judged["signals"] += [row for row in signal_rows(part.rules, cases, as_of) if part.holds(row["period"])]
    return judged | {
        "stated_against_counted": list(
            stated_rows(declarations, evidence, _rows_of(inputs, declarations, stated.DATASET))
        ),
        "oversight_priorities": list(
            priority_rows(declarations, evidence, _rows_of(inputs, declarations, priorities.DATASET))
        ),
    }


def _no_rows() -> dict[str, Rows]:
    return {"standings": [], "standings_after_signing": [], "evaluations": [], "signals": []}


def _first_cases(part: Part, evidence: Evidence, calendar: Calendar) -> list[Case]:
    """The cases of a part that rest on figures, on deliveries, and on what must hold between figures."""
    metrics = part.metrics(is_second=False)
    cases = [*duty_cases(part.rules, evidence, calendar, metrics), *promise_cases(part.rules, evidence)]
    cases += identity_cases(part.rules, evidence, calendar)
    return [case for case in cases if part.is_judged(case.target, case.unit, case.period.name)]


def _add_standings(judged: dict[str, Rows], part: Part, cases: Sequence[Case], is_second: bool) -> None:
    stand, after = part.standing_rows(_rows(cases), is_second)
    judged["standings"] += stand
    judged["standings_after_signing"] += after


def _rows_of(inputs: Inputs, declarations: Declarations, dataset: str) -> Rows:
    """The loaded rows of a dataset; none where nobody can be asked for them, or where it is not declared."""
    rows_of = inputs.get("rows_of")
    return list(rows_of(dataset)) if rows_of and dataset in declarations.contracts else []


def judge_second(
    inputs: Inputs,
    signals: Iterable[Mapping[str, Any]],
    declarations: Declarations,
    calendar: Calendar,
    as_of: date,
    evaluator: Evaluator = evaluate,
    signed: Sequence[SignedYear] = (),
) -> dict[str, Rows]:
    """Judge the metrics that count signals. Units whose own signals are in doubt count against the figure."""
    evidence = Evidence(inputs, declarations, as_of)
    signals = list(signals)
    judged = _no_rows()
    for part in parts_of(declarations, signed):
        cases = list(duty_cases(part.rules, evidence, calendar, part.metrics(is_second=True)))
        cases = [case for case in cases if part.is_judged(case.target, case.unit, case.period.name)]
        for case in cases:
            if part.rules.metrics[case.metric or ""].of == "signals":
                _count_doubtful_units(case, signals)
        judged["evaluations"] += _settle(cases, evaluator)
        _add_standings(judged, part, cases, is_second=True)
    return judged


def _count_doubtful_units(case: Case, signals: Sequence[Mapping[str, Any]]) -> None:
    """0 units short is not good news while the cards of others could not be read, or are not all due."""
    if case.standing is not None or (case.short_by or 0) > 0:
        return
    period = case.period.name
    signals = [row for row in signals if row["period"] == period and case.unit in (COUNTY, row["unit"])]
    doubtful = units_in_doubt(signals, period)
    if _lacking_at_worst(case, len(doubtful)) > 0:
        case.standing, case.cause = worst(doubtful.values()), f"signals:{len(doubtful)}"
    elif any(row["standing"] == "not_due" for row in signals):
        case.standing = "not_due"


def _lacking_at_worst(case: Case, units: int) -> Decimal:
    """`short_by`, were so many more units counted, or not, beside those of the denominator or already among them."""
    numerator, whole = case.numerator or Decimal(0), case.denominator
    wholes = [None] if whole is None else [whole, whole + units]
    return max(
        lacking_of(replace(case, numerator=numerator + more, denominator=one)) for more in (0, units) for one in wholes
    )


def _settle(cases: Sequence[Case], evaluator: Evaluator) -> Rows:
    """Let the expectations decide every case that roster and deliveries left open; returns their records."""
    waiting: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.standing is None:
            waiting[case.check].append(case)
    checks = [check for open_cases in waiting.values() for check in _checks(open_cases)]
    verdicts = evaluator(checks)
    for name, open_cases in waiting.items():
        plain, strict = verdicts.get(f"{name}.{PLAIN}"), verdicts.get(f"{name}.{STRICT}")
        for case in open_cases:
            _read_verdict(case, plain, strict)
    return [dict(verdict.record) for verdict in verdicts.values()]


def _checks(cases: Sequence[Case]) -> list[Check]:
    """One check on the loaded rows, and one with the quarantined rows against the units that have any."""
    first = cases[0]
    meta = {"owner": first.owner if len({case.owner for case in cases}) == 1 else "unit", "basis": first.basis}
    bound = "previous_year" if first.previous else f"{first.bound or Decimal(0):f}"
    meta |= {"since": str(first.since or ""), "bound": f"{first.comparison} {bound}"}
    # What every file promises is one expectation over all of them: the library's cost is by expectation, not by row.
    sentence = first.rule if first.dataset else first.sentence
    strict = {case.key: float(case.short_by_strictly) for case in cases if case.short_by_strictly is not None}
    plain = {case.key: float(case.short_by or 0) for case in cases}
    return [
        Check(f"{first.check}.{column}", first.check, values, first.severity, sentence, first.rule, meta)
        for column, values in ((PLAIN, plain), (STRICT, strict))
        if values
    ]


def _read_verdict(case: Case, plain: Verdict | None, strict: Verdict | None) -> None:
    """Short on the loaded rows is short; kept only without the quarantined ones, unsure; a broken check, an error."""
    has_strict = case.short_by_strictly is not None
    if plain is None or plain.error or (has_strict and (strict is None or strict.error)):
        case.standing, case.cause = "error", f"check:{case.check}"
    elif case.key in plain.failing:
        case.standing = "short"
        # What only follows from a delivery that could hardly be read is told once, to who sent it.
        case.cause = case.strict_cause if case.is_short_by_held_rows else case.cause
    elif has_strict and strict is not None and case.key in strict.failing:
        case.standing, case.cause = "unsure", case.strict_cause
        case.owner = case.strict_owner or case.owner
    elif case.near is not None and case.value is not None and is_near(case.value, case.near, case.comparison):
        case.standing = "near"
    else:
        case.standing = "met"


def _doubt_deliveries(cases: Iterable[Case]) -> None:
    """Rows that could be anyone's leave many figures unsure: that is told once, to who sent them."""
    doubted: set[str] = set()
    promised: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.standing == "unsure" and (case.cause or "").startswith("unplaced:"):
            doubted.add((case.cause or "").split(":")[1])
        if case.target.endswith(":few_quarantined") and case.numerator and case.standing == "met":
            promised[case.dataset or ""].append(case)
    for dataset in doubted:
        for case in promised[dataset]:
            case.standing, case.cause = "unsure", f"quarantine:{dataset}:{case.numerator:f}"


def _rows(cases: Sequence[Case]) -> Rows:
    twice = [key for key, count in Counter((case.target, *case.key) for case in cases).items() if count > 1]
    if twice:
        raise JudgedTwice(f"judged twice: {twice[:3]}")
    return [case.row() for case in cases]
