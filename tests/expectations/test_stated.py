"""Stated against recomputed: one row per stated figure, judged by the digits that were written."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from expectations.judge import judge_first
from expectations.suites import evaluate
from warehouse.declarations import Declarations
from warehouse.workdays import Calendar

AS_OF = date(2025, 2, 6)
Makers = dict[str, Callable[..., dict[str, Any]]]


class Statements:
    def __init__(self, declared: Declarations, calendar: Calendar, makers: Makers) -> None:
        self.calendar, self.makers = calendar, makers
        stated = declared.contracts["documents"]
        self.declared = declared.model_copy(update={"contracts": {**declared.contracts, "stated_figures": stated}})
        self.said: list[dict[str, Any]] = []
        names = ("documents", "filings", "suits")
        self.inputs: dict[str, Any] = {
            "figures": [], "quarantined": [], "rows_of": lambda dataset: self.said,
            "owed": [makers["owed"](name) for name in names], "deliveries": [makers["came"](name) for name in names],
        }  # fmt: skip

    def say(self, unit: str, metric: str, text: str, year: int = 2024) -> None:
        self.said.append(
            {"unit": unit, "metric_name": metric, "stated_text": text, "year_on": date(year, 12, 31),
             "_dataset": "stated_figures", "_delivery": "S1", "_file": "s.xlsx", "_sheet": "", "_row": 3}
        )  # fmt: skip

    def rows(self) -> list[dict[str, Any]]:
        judged = judge_first(self.inputs, self.declared, self.calendar, AS_OF, evaluate)
        return judged["stated_against_counted"]


@pytest.fixture
def statements(county: Declarations, calendar: Calendar, rows: Makers) -> Statements:
    return Statements(county, calendar, rows)


def test_a_rate_divided_by_the_wrong_rows_is_told_beside_the_right_one(statements: Statements, rows: Makers) -> None:
    statements.inputs["figures"] = [rows["figure"]("filing_rate", "police", 29, 135)]
    statements.say("police", "filing_rate", "19.2%")
    statements.say("police", "filing_rate", "21.5%")
    wrong, right = statements.rows()
    assert (wrong["agrees"], wrong["counted_text"], wrong["stated_text"]) == (False, "21.5%", "19.2%")
    assert wrong["difference"] == Decimal("-0.022815")
    assert right["agrees"] is True
    assert (right["_file"], right["_row"], right["period"], right["unit"]) == ("s.xlsx", 3, "2024", "police")


def test_the_office_states_the_countys_figure_and_a_department_its_own(statements: Statements, rows: Makers) -> None:
    statements.inputs["figures"] = [rows["figure"]("complaints", None, 8), rows["figure"]("complaints", "police", 5)]
    for unit in ("hall", "police"):  # the hall is of the kind that answers for the county
        statements.say(unit, "complaints", "8件")
    office, police = statements.rows()
    assert (office["counted"], office["agrees"]) == (8, True)
    assert (police["counted"], police["agrees"]) == (5, False)
    statements.said = []
    statements.say("schools", "complaints", "0件")  # its rows came, and none is its own
    assert statements.rows()[0]["agrees"] is True


def test_what_nothing_can_be_held_against_neither_agrees_nor_differs(statements: Statements, rows: Makers) -> None:
    statements.inputs["figures"] = [rows["figure"]("filing_rate", "police", 0, 0)]
    statements.say("police", "filing_rate", "100%")  # 0 of 0
    statements.say("police", "complaints", "5件", year=2023)  # no rows of that year
    statements.say("police", "weak_units", "0个")  # counted after the judgement
    statements.say("police", "gone", "5件")
    found = statements.rows()
    assert len(found) == 3 and all(row.get("counted") is None and row.get("agrees") is None for row in found)
    statements.inputs["owed"][0] = rows["owed"]("documents", came=False)
    statements.said = []
    statements.say("police", "complaints", "0件")
    assert statements.rows()[0].get("agrees") is None
