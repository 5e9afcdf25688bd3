"""What is kept of every evaluation, for whoever audits it: whose duty, by which rule, since when, how it is bounded."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from expectations.judge import JudgedTwice, judge_first, judge_second, make_judge
from expectations.suites import Check, Verdict
from tests.expectations.conftest import by_arithmetic, came, figure, owed, quarantined, target
from warehouse.declarations import Declarations
from warehouse.models import Identity
from warehouse.workdays import Calendar

AS_OF = date(2025, 2, 6)
NAMES = ("documents", "filings", "suits")
KEPT = {"owner", "basis", "since", "bound"}
Evaluator = Callable[[Sequence[Check]], dict[str, Verdict]]


def identity(**more: Any) -> Identity:
    """The police's complaints are as many as themselves."""
    return Identity.model_validate({
        "label": {"zh": "文字", "en": "words"}, "left": ["complaints"], "right": ["complaints"], "since": "2024",
        "judged": {"every": "year", "for": "police", "from": "02-01 next year"}, "severity": "low", "basis": "法",
    } | more)  # fmt: skip


@pytest.fixture
def inputs() -> dict[str, list[dict[str, Any]]]:
    return {
        "figures": [
            figure("filing_rate", "police", 8, 9), figure("filing_rate", "schools", 2, 2),
            figure("loss_rate", None, 1, 10), figure("complaints", "police", 2),
        ],
        "quarantined": [quarantined("documents", "schools", 3)],
        "owed": [owed(name) for name in NAMES], "deliveries": [came(name) for name in NAMES],
    }  # fmt: skip


def asked_of(county: Declarations, inputs: dict[str, list[dict[str, Any]]]) -> dict[str, Check]:
    """Every check of the first pass, by its column."""
    seen: dict[str, Check] = {}

    def watching(checks: Sequence[Check]) -> dict[str, Verdict]:
        seen.update({check.column: check for check in checks})
        assert len(seen) == len(checks)
        return by_arithmetic(checks)

    judge_first(inputs, county, Calendar(()), AS_OF, watching)
    return seen


@pytest.mark.parametrize(
    ("column", "owner", "bound", "since", "sentence", "severity"),
    [
        ("filing_rate.short_by", "unit", "at_least 1", "2024-01-01", "文字 ≥ 100%", "high"),
        ("loss_rate.short_by", "bureau", "at_most 0.2", "2024-01-01", "文字 ≤ 20%", "high"),
        ("complaints.short_by", "police", "at_most 2", "2024-01-01", "文字 ≤ 2", "high"),
        ("files:few_quarantined.short_by", "bureau", "at_most 0.05", "2024-01-01", None, "medium"),
        ("files:totals_tie.short_by", "bureau", "at_most 0", "2024-01-01", None, "medium"),
    ],
)
def test_a_record_says_whose_duty_it_is_by_which_rule_since_when_and_how_it_is_bounded(
    county: Declarations, inputs: Any, column: str, owner: str, bound: str, since: str, sentence: str, severity: str
) -> None:
    check = asked_of(county, inputs)[column]
    assert check.meta.keys() == KEPT and check.meta["basis"]
    assert (check.meta["owner"], check.meta["bound"], check.meta["since"]) == (owner, bound, since)
    assert check.target == column.rpartition(".")[0] and check.severity == severity
    if sentence:
        assert (check.description, check.notes, check.meta["basis"]) == (sentence, "文字", "法")


def test_a_promise_of_every_file_is_one_check_that_names_no_file(county: Declarations, inputs: Any) -> None:
    checks = asked_of(county, inputs)
    promised = {column for column in checks if column.startswith("files:")}
    assert promised == {
        f"files:{name}.short_by"
        for name in ("delivered", "rows_in_band", "few_quarantined", "totals_tie", "keys_unique")
    }
    for column in promised:
        assert set(checks[column].values) == {(name, "bureau", "2024") for name in NAMES}
        assert checks[column].description == checks[column].notes
        assert "：" not in checks[column].description  # a file's own sentence begins with its name


def test_a_check_on_the_rows_that_count_against_a_unit_holds_only_units_that_have_some(
    county: Declarations, inputs: Any
) -> None:
    checks = asked_of(county, inputs)
    strict = checks["filing_rate.short_by_with_quarantined"]
    assert dict(strict.values) == {("", "schools", "2024"): 3.0}
    assert dict(checks["filing_rate.short_by"].values) == {("", "police", "2024"): 1.0, ("", "schools", "2024"): 0.0}
    assert strict.meta == checks["filing_rate.short_by"].meta
    assert "loss_rate.short_by_with_quarantined" not in checks


def test_a_duty_without_a_first_day_says_so_by_nothing(county: Declarations, inputs: Any) -> None:
    unplanned = county.contracts["suits"].model_copy(update={"due": None})
    declared = county.model_copy(update={"contracts": {"suits": unplanned}, "targets": {}})
    checks = asked_of(declared, inputs | {"owed": []})
    assert {check.meta["since"] for check in checks.values()} == {""}


def test_the_records_of_both_passes_and_of_every_part_are_kept(county: Declarations, inputs: Any) -> None:
    def telling(checks: Sequence[Check]) -> dict[str, Verdict]:
        return {
            column: Verdict(verdict.check, verdict.failing, None, {"target": verdict.check.target})
            for column, verdict in by_arithmetic(checks).items()
        }

    judge = make_judge(county, Calendar(()), AS_OF, telling)
    first, second = judge(inputs, "first"), judge({"figures": []}, "second")
    assert {"target": "filing_rate"} in first["evaluations"] and {"target": "files:delivered"} in first["evaluations"]
    assert second["evaluations"] == []  # the cards of 2024 are in doubt: no expectation decides it
    good = [{"unit": "police", "period": "2024", "standing": "met"}]
    assert judge_second({"figures": []}, good, county, Calendar(()), AS_OF, telling)["evaluations"] == [
        {"target": "weak_units"}
    ]


def test_signals_that_are_handed_in_are_judged_instead_of_those_of_the_first_pass(
    county: Declarations, inputs: Any
) -> None:
    judge = make_judge(county, Calendar(()), AS_OF, by_arithmetic)
    judge(inputs, "first")
    handed = [{"unit": "police", "period": "2024", "standing": "missing"}]
    (row,) = (
        row for row in judge({"figures": [], "signals": handed}, "second")["standings"] if row["period"] == "2024"
    )
    assert (row["target"], row["standing"], row["cause"]) == ("weak_units", "missing", "signals:1")


def test_both_passes_count_working_days(county: Declarations, inputs: Any) -> None:
    """20 working days after the end of 2024 are over on 28 January 2025."""
    judged = {"from": "20 working_days after"}
    county.targets["weak_units"] = (target(at_most="0", judged=judged | {"for": "county"}, owner="hall"),)
    county.targets["complaints"] = (target(at_most="2", judged=judged | {"for": "police"}),)
    good = [{"unit": "police", "period": "2024", "standing": "met"}]

    def standings(on: date) -> dict[tuple[str, str], str]:
        judge = make_judge(county, Calendar(()), on, by_arithmetic)
        passes = judge(inputs, "first"), judge({"figures": [], "signals": good}, "second")
        return {(row["target"], row["period"]): row["standing"] for one in passes for row in one["standings"]}

    for name in ("weak_units", "complaints"):
        assert standings(date(2025, 1, 27))[name, "2024"] == "not_due"
        assert standings(date(2025, 1, 28))[name, "2024"] == "met"
        assert standings(date(2025, 1, 28))[name, "2025"] == "not_due"


def test_rows_are_asked_for_by_the_name_of_their_dataset_and_only_where_it_is_declared(
    county: Declarations, inputs: Any
) -> None:
    asked: list[str] = []

    def rows_of(dataset: str) -> list[dict[str, Any]]:
        asked.append(dataset)
        return []

    judge_first(inputs | {"rows_of": rows_of}, county, Calendar(()), AS_OF, by_arithmetic)
    assert asked == []
    declared = county.model_copy(
        update={"contracts": {**county.contracts, "stated_figures": county.contracts["documents"]}}
    )
    judge_first(inputs | {"rows_of": rows_of}, declared, Calendar(()), AS_OF, by_arithmetic)
    assert asked == ["stated_figures"]


def test_two_standings_for_one_duty_stop_the_night(county: Declarations, inputs: Any) -> None:
    same = identity()
    declared = county.model_copy(update={"identities": {"complaints": same}})
    with pytest.raises(JudgedTwice, match=r"judged twice: \[\('complaints', '', 'police', '2024'\)"):
        judge_first(inputs, declared, Calendar(()), AS_OF, by_arithmetic)


def test_a_file_with_few_bad_rows_of_nobody_is_in_doubt_and_one_without_is_not(
    county: Declarations, inputs: Any
) -> None:
    """Only the delivery whose own rows could be anyone's is told of them, with how many they are."""
    inputs["quarantined"] = [quarantined("documents", None, 2)]
    inputs["deliveries"] = [came("documents", quarantined=2, rows=100), came("filings", quarantined=1), came("suits")]
    inputs["figures"] = [figure("filing_rate", "police", 9, 9), figure("complaints", "police", 1)]
    judged = judge_first(inputs, county, Calendar(()), AS_OF, by_arithmetic)["standings"]
    found = {row["target"]: (row["standing"], row["cause"]) for row in judged if row["unit"] == "bureau"}
    assert found["documents:few_quarantined"] == ("unsure", "quarantine:documents:2")
    assert found["filings:few_quarantined"] == ("met", None)
    assert found["suits:few_quarantined"] == ("met", None)
    assert found["documents:totals_tie"] == ("met", None)


def test_what_is_short_already_is_not_in_doubt_on_top(county: Declarations, inputs: Any) -> None:
    inputs["quarantined"] = [quarantined("documents", None, 26)]
    inputs["deliveries"][0] |= {"quarantined": 26}
    judged = judge_first(inputs, county, Calendar(()), AS_OF, by_arithmetic)["standings"]
    found = {row["target"]: (row["standing"], row["cause"]) for row in judged if row["unit"] == "bureau"}
    assert found["documents:few_quarantined"] == ("short", None)


@pytest.mark.parametrize("silent", ["filing_rate.short_by", "filing_rate.short_by_with_quarantined"])
@pytest.mark.parametrize("how", ["absent", "broken"])
def test_a_check_that_gave_no_verdict_is_named_as_the_cause(
    county: Declarations, inputs: Any, silent: str, how: str
) -> None:
    def evaluator(checks: Sequence[Check]) -> dict[str, Verdict]:
        found = by_arithmetic(checks)
        one = found.pop(silent)
        return found | ({silent: Verdict(one.check, frozenset(), "boom", {})} if how == "broken" else {})

    judged = judge_first(inputs, county, Calendar(()), AS_OF, evaluator)["standings"]
    found = {row["unit"]: (row["standing"], row["cause"]) for row in judged if row["target"] == "filing_rate"
             and row["period"] == "2024"}  # fmt: skip
    is_plain = silent == "filing_rate.short_by"
    # The police have no quarantined rows: what counts those against a unit is not asked about them.
    assert found["police"] == (("error", "check:filing_rate") if is_plain else ("short", None))
    assert found["schools"] == ("error", "check:filing_rate")
    assert found["bureau"] == ("not_applicable", None)


def test_a_near_duty_is_told_from_a_met_one_by_its_value(county: Declarations, inputs: Any) -> None:
    def standing(part: int, whole: int) -> str:
        inputs["figures"] = [figure("loss_rate", None, part, whole)]
        judged = judge_first(inputs, county, Calendar(()), AS_OF, by_arithmetic)["standings"]
        return next(str(row["standing"]) for row in judged if row["target"] == "loss_rate" and row["period"] == "2024")

    assert [standing(part, 100) for part in (14, 15, 16, 20, 21)] == ["met", "met", "near", "near", "short"]
    assert Decimal(county.targets["loss_rate"][0].near or 0) == Decimal("0.15")


def test_a_share_of_at_least_is_near_below_its_amber_mark(county: Declarations, inputs: Any) -> None:
    (asked,) = county.targets["filing_rate"]
    amber = asked.model_copy(update={"at_least": Decimal("0.9"), "near": Decimal("0.95")})
    county.targets["filing_rate"] = (amber,)
    parts = {"police": 89, "schools": 90, "bureau": 94, "hall": 95}
    inputs["figures"] = [figure("filing_rate", unit, part, 100) for unit, part in parts.items()]
    inputs["quarantined"] = []
    judged = judge_first(inputs, county, Calendar(()), AS_OF, by_arithmetic)["standings"]
    found = {
        row["unit"]: row["standing"] for row in judged if (row["target"], row["period"]) == ("filing_rate", "2024")
    }
    assert found == {"police": "short", "schools": "near", "bureau": "near", "hall": "met"}


def test_rows_whose_unit_is_known_leave_the_promise_of_their_file_alone(county: Declarations, inputs: Any) -> None:
    """Three rows of the schools are told to the schools; only rows of nobody are told to who sent them."""
    inputs["deliveries"][0] |= {"quarantined": 3}
    judged = judge_first(inputs, county, Calendar(()), AS_OF, by_arithmetic)["standings"]
    found = {(row["target"], row["unit"]): (row["standing"], row["cause"]) for row in judged if row["period"] == "2024"}
    assert found["filing_rate", "schools"] == ("unsure", "quarantine:documents:3")
    assert found["documents:few_quarantined", "bureau"] == ("met", None)


def test_what_must_hold_between_figures_is_judged_from_its_working_day_on(county: Declarations, inputs: Any) -> None:
    same = identity(judged={"every": "year", "for": "police", "from": "20 working_days after"})
    declared = county.model_copy(update={"identities": {"complaints_tie": same}})
    for day, word in ((date(2025, 1, 27), "not_due"), (date(2025, 1, 28), "met")):
        judged = judge_first(inputs, declared, Calendar(()), day, by_arithmetic)["standings"]
        found = {row["period"]: row["standing"] for row in judged if row["target"] == "complaints_tie"}
        assert found == {"2024": word, "2025": "not_due"}


def test_the_first_pass_lists_where_oversight_goes_first(county: Declarations, inputs: Any) -> None:
    metrics = county.metrics | dict.fromkeys(("suit_loss_rate", "file_review_pass_rate"), county.metrics["loss_rate"])
    contracts = county.contracts | {"oversight_visits": county.contracts["documents"]}
    declared = county.model_copy(update={"metrics": metrics, "contracts": contracts})
    visits = {"oversight_visits": [{"visited_unit": "police", "visited_on": date(2024, 9, 1)}]}
    inputs["figures"] = [figure("suit_loss_rate", "police", 3, 12), figure("suit_loss_rate", "schools", 0, 9)]
    judged = judge_first(inputs | {"rows_of": visits.__getitem__}, declared, Calendar(()), AS_OF, by_arithmetic)
    (row,) = judged["oversight_priorities"]
    assert (row["unit"], row["last_visit_on"]) == ("police", date(2024, 9, 1))
