"""Identities: two sums of figures, one standing per unit and period."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from expectations.findings import opens_finding
from expectations.judge import judge_first
from expectations.suites import evaluate
from warehouse.declarations import Declarations
from warehouse.models import Identity
from warehouse.workdays import Calendar

AS_OF = date(2025, 2, 6)
Makers = dict[str, Callable[..., dict[str, Any]]]
NAMES = ("documents", "filings", "suits")


def identity(**values: Any) -> Identity:
    words = {"zh": "转派加在线办结等于有效", "en": "parts are the whole"}
    judged = {"every": "year", "for": "department", "from": "02-01 next year"} | values.pop("judged", {})
    return Identity.model_validate(
        {"label": words, "left": ["dispatched", "online"], "right": ["complaints"], "since": "2024", "judged": judged,
         "severity": "medium", "basis": "月报口径"} | values
    )  # fmt: skip


class Tickets:
    def __init__(self, declared: Declarations, calendar: Calendar, makers: Makers) -> None:
        self.declared, self.calendar, self.makers = declared, calendar, makers
        base = declared.metrics["complaints"]
        declared.metrics["dispatched"] = base
        declared.metrics["online"] = base.model_copy(update={"of": "filings"})
        declared.identities["tickets"] = identity()
        self.inputs: dict[str, list[dict[str, Any]]] = {
            "figures": [], "quarantined": [],
            "owed": [makers["owed"](name) for name in NAMES], "deliveries": [makers["came"](name) for name in NAMES],
        }  # fmt: skip

    def count(self, unit: str | None, dispatched: int, online: int, whole: int) -> None:
        figures = {"dispatched": dispatched, "online": online, "complaints": whole}
        self.inputs["figures"] += [self.makers["figure"](name, unit, count) for name, count in figures.items()]

    def rows(self) -> dict[tuple[str, str], dict[str, Any]]:
        judged = judge_first(self.inputs, self.declared, self.calendar, AS_OF, evaluate)
        return {(row["unit"], row["period"]): row for row in judged["standings"] if row["target"] == "tickets"}


@pytest.fixture
def tickets(county: Declarations, calendar: Calendar, rows: Makers) -> Tickets:
    return Tickets(county, calendar, rows)


def test_sums_that_agree_are_met_and_one_off_is_short_by_one_either_way(tickets: Tickets) -> None:
    tickets.count("police", 4898, 6273, 11171)
    tickets.count("bureau", 4898, 6273, 11170)
    tickets.count("hall", 4898, 6273, 11172)
    found = tickets.rows()
    assert {unit: row["standing"] for (unit, period), row in found.items() if period == "2024"} == {
        "bureau": "short", "police": "met", "schools": "not_applicable", "hall": "short",
    }  # fmt: skip
    off = found["bureau", "2024"]
    assert (off["numerator"], off["bound"], off["short_by"], off["denominator"]) == (11171, 11170, 1, None)
    assert (off["metric"], off["kind"], off["basis"], off["comparison"]) == (None, "identity", "月报口径", "equals")
    assert found["police", "2025"]["standing"] == "not_due"
    assert opens_finding(off) and not opens_finding(found["police", "2024"])


def test_a_part_may_be_less_but_never_more_than_its_whole(tickets: Tickets) -> None:
    tickets.declared.identities["tickets"] = identity(left="dispatched", holds="at_most", judged={"for": "county"})
    for inside, standing, short_by in ((9, "met", -1), (10, "met", 0), (13, "short", 3)):
        tickets.inputs["figures"] = []
        tickets.count(None, inside, 0, 10)
        row = tickets.rows()["county", "2024"]
        assert (row["standing"], row["short_by"]) == (standing, short_by)


def test_a_side_whose_rows_never_came_is_missing_for_any_dataset_behind_any_figure(tickets: Tickets) -> None:
    tickets.count("police", 2, 2, 4)
    tickets.inputs["owed"][1] = tickets.makers["owed"]("filings", came=False)
    row = tickets.rows()["police", "2024"]
    assert (row["standing"], row["cause"]) == ("missing", "delivery:filings:bureau:2024")
    assert not opens_finding(row)


def test_a_quarantined_row_may_belong_to_one_side_only(tickets: Tickets, rows: Makers) -> None:
    tickets.count("police", 2, 2, 4)
    tickets.count("schools", 2, 2, 4)
    tickets.inputs["quarantined"] = [rows["quarantined"]("documents", "police")]
    found = tickets.rows()
    assert (found["police", "2024"]["standing"], found["police", "2024"]["cause"]) == (
        "unsure",
        "quarantine:documents:1",
    )
    assert found["schools", "2024"]["standing"] == "met"
    tickets.inputs["figures"] = []
    tickets.count("police", 2, 2, 5)
    assert tickets.rows()["police", "2024"]["standing"] == "short"
    tickets.inputs["figures"] = []
    assert tickets.rows()["police", "2024"]["standing"] == "unsure"  # all that there is was set aside


def test_a_part_inside_its_whole_is_in_doubt_only_when_the_rows_could_break_it(tickets: Tickets, rows: Makers) -> None:
    tickets.declared.identities["tickets"] = identity(left="dispatched", holds="at_most")
    tickets.count("police", 5, 0, 10)
    tickets.inputs["quarantined"] = [rows["quarantined"]("documents", "police", 5)]
    assert tickets.rows()["police", "2024"]["standing"] == "met"
    tickets.inputs["quarantined"] = [rows["quarantined"]("documents", "police", 6)]
    assert tickets.rows()["police", "2024"]["standing"] == "unsure"


def test_money_is_summed_exactly(tickets: Tickets) -> None:
    tickets.count(None, 0, 0, 0)
    tickets.declared.identities["tickets"] = identity(judged={"for": "county"})
    tickets.inputs["figures"] = [
        tickets.makers["figure"](name, None, 0) | {"numerator": Decimal(amount)}
        for name, amount in (("dispatched", "0.1"), ("online", "0.2"), ("complaints", "0.3"))
    ]
    assert tickets.rows()["county", "2024"]["standing"] == "met"
