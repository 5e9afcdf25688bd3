"""Figures as the annual report words them: every printed form, at its step, just beside it and across the target."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.models import Metric, Target
from warehouse.printed import printed_for_report


def metric(qualifier: str, step: str, word: str = "", scale: str = "", unit: str = "", rate: bool = False) -> Metric:
    label = {"zh": "测", "en": "test"}
    more: dict[str, Any] = {"denominator": "count"} if rate else {}
    return Metric.model_validate(
        {"label": label, "of": "enterprises", "numerator": "count", "counting_rule": label, "qualifier": qualifier,
         "step": step, "measured_in": unit, "report": {"section": 6, "word": word, "scale": scale}, **more}
    )  # fmt: skip


def target(**bound: str) -> Target:
    judged = {"every": "year", "for": "county", "from": "01-20 next year"}
    return Target.model_validate({"since": "2024", "judged": judged, "severity": "high", "basis": "b", **bound})


LEAFLETS = metric("over", "10000", "余", "万", "份")
CONSULTED = metric("over", "100", "余", "", "人次")
ENTERPRISES = metric("over", "1000", "多", "", "家")
REPAIRS = metric("over", "10", "多", "", "起")
PEOPLE = metric("over", "100", "超过", "", "人")
CAMPAIGNS = metric("at_least", "1", "等", "", "项")
AUDIENCE = metric("rounded", "10000", "", "万", "人次")
FINANCING = metric("rounded", "10000000", "", "亿", "元")
HEARD = metric("exact", "1", "", "", "件")
CHECKED = metric("at_least", "1", "以上", rate=True)
JOINT = metric("exact", "0.1", rate=True)
WHOLE = metric("exact", "1", rate=True)


@pytest.mark.parametrize(
    ("of", "number", "text"),
    [
        (LEAFLETS, "70001", "7万余份"), (LEAFLETS, "79999", "7万余份"), (LEAFLETS, "70000", "7万份"),
        (LEAFLETS, "9999", "9999份"), (LEAFLETS, "0", "0份"), (LEAFLETS, "1234567", "123万余份"),
        (CONSULTED, "2634", "2600余人次"), (CONSULTED, "2600", "2600人次"), (CONSULTED, "99", "99人次"),
        (ENTERPRISES, "15321", "15000多家"), (ENTERPRISES, "16000", "16000家"),
        (REPAIRS, "124", "120多起"), (REPAIRS, "120", "120起"), (REPAIRS, "7", "7起"),
        (PEOPLE, "2601", "超过2600人"), (PEOPLE, "2600", "2600人"),
        (CAMPAIGNS, "3", "3项等"), (CAMPAIGNS, "4", "4项等"), (CAMPAIGNS, "0", "0项"),
        (AUDIENCE, "184999", "18万人次"), (AUDIENCE, "185000", "19万人次"),
        (AUDIENCE, "4000", "4000人次"), (AUDIENCE, "10000", "1万人次"),
        (FINANCING, "13234999999.99", "132.3亿元"), (FINANCING, "13235000000", "132.4亿元"),
        (FINANCING, "4999999", "4999999元"), (FINANCING, "13230000000", "132.3亿元"),
        (HEARD, "9425", "9425件"), (HEARD, "0", "0件"), (metric("exact", "1", unit="元"), "12.50", "12.5元"),
    ],
)  # fmt: skip
def test_a_count_prints_as_it_was_published(of: Metric, number: str, text: str) -> None:
    assert printed_for_report(of, Decimal(number), None) == text


@pytest.mark.parametrize(
    ("of", "met", "of_all", "bound", "text"),
    [
        (CHECKED, 956, 1000, {"at_least": "95%"}, "95%以上"),
        (CHECKED, 950, 1000, {"at_least": "95%"}, "95%以上"),
        (CHECKED, 972, 1000, {"at_least": "95%"}, "97%以上"),
        (CHECKED, 942, 1000, {"at_least": "95%"}, "94.2%"),
        (CHECKED, 9499, 10000, {"at_least": "95%"}, "94.9%"),
        (CHECKED, 1000, 1000, {"at_least": "95%"}, "100%"),
        (CHECKED, 956, 1000, {"at_least": "95.5%"}, "95.6%"),
        (CHECKED, 0, 1000, {"at_least": "95%"}, "0%"),
        (CHECKED, 956, 1000, None, "95%以上"),
        (JOINT, 377, 1000, None, "37.7%"), (JOINT, 5882, 10000, None, "58.8%"), (JOINT, 5885, 10000, None, "58.9%"),
        (JOINT, 9996, 10000, {"equals": "100%"}, "99.9%"), (JOINT, 4, 10000, None, "0.1%"),
        (WHOLE, 9996, 10000, {"equals": "100%"}, "99.9%"), (WHOLE, 23, 23, {"equals": "100%"}, "100%"),
        (WHOLE, 946, 1000, {"at_least": "95%"}, "94.6%"), (WHOLE, 954, 1000, {"at_least": "95%"}, "95%"),
        (WHOLE, 203, 1000, {"at_most": "20%"}, "20.3%"), (WHOLE, 199, 1000, {"at_most": "20%"}, "20%"),
        (WHOLE, 204, 1000, {"at_most": "20.5%"}, "20%"), (WHOLE, 2047, 10000, {"at_most": "20.45%"}, "20.5%"),
    ],
)  # fmt: skip
def test_a_rate_prints_to_its_step_and_never_across_its_target(
    of: Metric, met: int, of_all: int, bound: dict[str, str] | None, text: str
) -> None:
    assert printed_for_report(of, Decimal(met), Decimal(of_all), target(**bound) if bound else None) == text


def test_what_was_not_counted_is_not_nought() -> None:
    assert printed_for_report(HEARD, None, None) == "—"
    assert printed_for_report(WHOLE, Decimal(0), Decimal(0)) == "—"


def test_a_count_over_its_target_never_prints_below_it() -> None:
    assert printed_for_report(PEOPLE, Decimal(2655), None, target(at_least="2650")) == "2655人"
    assert printed_for_report(PEOPLE, Decimal(2645), None, target(at_least="2650")) == "超过2600人"
    assert printed_for_report(AUDIENCE, Decimal(175001), None, target(at_least="180000")) == "17.5001万人次"


@given(st.integers(0, 3000), st.integers(1, 3000), st.sampled_from(["1", "0.1", "0.01", "5"]), st.integers(0, 1000))
def test_whoever_reads_the_printed_rate_judges_as_the_figure_does(met: int, all_: int, step: str, bound: int) -> None:
    met = min(met, all_)
    aim = target(at_least=str(Decimal(bound) / 1000))
    text = printed_for_report(metric("exact", step, rate=True), Decimal(met), Decimal(all_), aim)
    read, true = Decimal(text.removesuffix("%")), Decimal(met * 100) / all_
    assert (read >= Decimal(bound) / 10) == (true >= Decimal(bound) / 10)
    assert (read == 100) == (met == all_) and (read == 0) == (met == 0)
