"""Where oversight goes first: what a list of units rests on."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from expectations.evidence import Evidence
from expectations.priorities import priority_rows
from warehouse.declarations import Declarations

AS_OF = date(2025, 2, 6)
Makers = dict[str, Callable[..., dict[str, Any]]]


@pytest.fixture
def rank(county: Declarations, rows: Makers) -> Callable[..., list[dict[str, Any]]]:
    loss = county.metrics["loss_rate"]
    county.metrics["suit_loss_rate"] = loss
    county.metrics["file_review_pass_rate"] = loss

    def ranked(suits: dict[str, tuple[int, int]], files: dict[str, tuple[int, int]], visits: Any = ()) -> Any:
        figures = [rows["figure"]("suit_loss_rate", unit, *sides) for unit, sides in suits.items()]
        figures += [rows["figure"]("file_review_pass_rate", unit, *sides) for unit, sides in files.items()]
        return list(priority_rows(county, Evidence({"figures": figures}, county, AS_OF), visits))

    return ranked


def test_a_unit_that_lost_its_only_suit_does_not_lead_the_list(rank: Callable[..., list[dict[str, Any]]]) -> None:
    found = rank({"police": (1, 1), "bureau": (3, 12), "schools": (0, 4)}, {})
    assert [(row["unit"], row["rank"], row["is_listed"], row["small_sample"]) for row in found] == [
        ("bureau", 1, True, False),
        ("police", 2, False, True),
    ]
    assert "样本不足" in found[1]["reason"] and "败诉3件" in found[0]["reason"]


def test_more_cases_weigh_more_than_the_same_share_of_fewer_and_both_sides_add_up(
    rank: Callable[..., list[dict[str, Any]]],
) -> None:
    found = rank({"police": (2, 8), "bureau": (20, 80)}, {})
    assert [row["unit"] for row in found] == ["bureau", "police"]
    found = rank({"police": (2, 8), "bureau": (3, 12)}, {"police": (6, 10)})  # four of ten files are unfit
    assert [row["unit"] for row in found] == ["police", "bureau"]
    assert (found[0]["files_unfit"], found[0]["files_reviewed"]) == (4, 10)
    assert "不合格4件" in found[0]["reason"]


def test_the_last_visit_is_said_and_a_unit_without_fault_is_not_on_the_list(
    rank: Callable[..., list[dict[str, Any]]],
) -> None:
    visits = [
        {"visited_unit": "police", "visited_on": date(2024, 3, 1)},
        {"visited_unit": "police", "visited_on": date(2024, 9, 1)},
        {"visited_unit": "police", "visited_on": date(2025, 9, 1)},  # not yet
    ]
    (row,) = rank({"police": (3, 12), "schools": (0, 9)}, {"schools": (9, 9)}, visits)
    assert row["last_visit_on"] == date(2024, 9, 1) and "2024-09-01" in row["reason"]
    (row,) = rank({"bureau": (3, 12)}, {})
    assert row["last_visit_on"] is None and "没有实地督察记录" in row["reason"]
