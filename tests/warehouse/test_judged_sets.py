"""Row sets that the judge fills are written, counted in the second pass and opened like any other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.models import Metric
from warehouse.snapshot import open_snapshot

LABEL = {"zh": "测", "en": "test"}


def count(of: str, numerator: str) -> Metric:
    return Metric.model_validate({"label": LABEL, "of": of, "numerator": numerator, "counting_rule": LABEL,
                                  "no_target": "test", "report": {"section": 1}})  # fmt: skip


METRICS = {
    "letters": count("citizen_letters", "count"),
    "totals_that_differ": count("stated_against_counted", "count where not agrees"),
    "units_listed": count("oversight_priorities", "distinct(unit) where is_listed and suits_lost + files_unfit >= 3"),
}
YEAR = {"period": "2024", "period_start_on": date(2024, 1, 1), "period_end_on": date(2024, 12, 31)}


def test_what_the_judge_fills_is_counted_and_traced(county: Any) -> None:
    only = {"metrics": METRICS, "targets": {}, "scorecards": {}, "identities": {}, "row_sets": {}}
    county.declarations = county.declarations.model_copy(update=only)
    asked: list[tuple[str, list[Any], int]] = []

    def judge(inputs: dict[str, Any], stage: str) -> dict[str, Any]:
        counted = [row for row in inputs["figures"] if row["metric"] == "letters" and row["period"] == "2024"]
        asked.append((stage, [row["metric"] for row in inputs["figures"]], len(inputs["rows_of"]("citizen_letters"))))
        found: dict[str, Any] = {"standings": [], "evaluations": [], "signals": []}
        if stage == "second":
            return found
        stated = [
            YEAR | {"unit": unit, "metric": "letters", "stated": stated, "counted": counted[0]["numerator"],
                    "agrees": stated == counted[0]["numerator"], "_file": "t.xlsx", "_sheet": "1", "_row": row}
            for row, (unit, stated) in enumerate((("market_bureau", Decimal(2)), ("justice_bureau", Decimal(3))), 4)
        ]  # fmt: skip
        ranked = [
            YEAR | {"unit": unit, "rank": rank, "is_listed": rank < 3, "reason": "suits", "suits_lost": 4 - rank,
                    "files_unfit": 1, "small_sample": False, "_dataset": "oversight_priorities", "_row": rank}
            for rank, unit in enumerate(("market_bureau", "justice_bureau", "approval_bureau"), 1)
        ]  # fmt: skip
        return found | {"stated_against_counted": stated, "oversight_priorities": ranked}

    letters = [{"letter_number": f"L{at}", "asked_on": date(2024, 3, 1)} for at in range(2)]
    with open_snapshot(county.build(county.deliver("citizen_letters", letters), judge=judge).path) as snapshot:
        (differ,) = snapshot.figures("2024", unit=None, town=None, metric="totals_that_differ")
        (listed,) = snapshot.figures("2024", unit=None, town=None, metric="units_listed")
        rows = snapshot.trace("totals_that_differ", "2024", unit="justice_bureau", side="numerator")
    assert (differ["numerator"], listed["numerator"]) == (1, 2)
    assert [(row["_file"], row["_row"], row["stated"], row["counted"]) for row in rows] == [("t.xlsx", 5, 3, 2)]
    assert [(stage, loaded) for stage, _, loaded in asked] == [("first", 2), ("second", 2)]
    # The judge is not shown figures of sets that it has yet to fill.
    assert set(asked[0][1]) == {"letters"} and set(asked[1][1]) == set(METRICS)
