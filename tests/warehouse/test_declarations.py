"""Declarations that would silently judge nobody, or never, are refused before anything is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.declarations import read_declarations
from warehouse.name_check import unconnected
from warehouse.yaml_reader import DeclarationError

TARGET = (
    "{metric}:\n  - {{since: 2024, judged: {{every: {every}, for: {whom}, from: {day}}}, {bound},"
    " severity: high, owner: {owner}, basis: x}}\n"
)
GOOD = {
    "metric": "filing_rate", "every": "year", "whom": "drafting", "day": "01-20 next year", "bound": "at_least: 100%",
    "owner": "unit",
}  # fmt: skip
CARD = (
    "label: {zh: a, en: a}\nfor: WHOM\nnote: {zh: a, en: a}\nsignals:\n"
    "  a: {target: filing_rate, label: {zh: a, en: a}}\n"
)


def add(catalogue: Path, kind: str, text: str) -> Path:
    (catalogue / kind).mkdir(parents=True, exist_ok=True)
    (catalogue / kind / "own.yml").write_text(text, "utf-8")
    return catalogue


def test_a_target_that_names_what_is_there_is_taken(tmp_path: Path) -> None:
    declared = read_declarations(add(tmp_path, "targets", TARGET.format(**GOOD)))
    assert declared.targets["filing_rate"][0].judged.for_ == "drafting"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"whom": "drafting_units"}, "did you mean “drafting”"),
        ({"owner": "justice_burau"}, "did you mean “justice_bureau”"),
        ({"bound": "at_least: 100"}, "a share"),
        ({"bound": "at_least: 95%, near: 97"}, "a share"),
        ({"metric": "duty_report_rate", "every": "quarter"}, "quarter"),
        ({"day": "20th of January"}, "20th of January"),
        ({"day": "02-30 next year"}, "02-30"),
    ],
)
def test_a_target_that_would_judge_nobody_or_never_is_refused(
    tmp_path: Path, change: dict[str, str], told: str
) -> None:
    add(tmp_path, "targets", TARGET.format(**GOOD | change))
    with pytest.raises(DeclarationError, match=told):
        read_declarations(tmp_path)


def test_a_target_for_units_of_a_metric_that_has_none_is_refused(tmp_path: Path) -> None:
    add(
        tmp_path,
        "metrics",
        "duties:\n  label: {zh: a, en: a}\n  of: filing_duties\n  stock: {from: level}\n  numerator: count\n"
        "  counting_rule: {zh: a, en: a}\n  report: {section: 1}\n",
    )
    add(tmp_path, "targets", TARGET.format(**GOOD | {"metric": "duties", "bound": "at_least: 3", "whom": "county"}))
    read_declarations(tmp_path)
    add(tmp_path, "targets", TARGET.format(**GOOD | {"metric": "duties", "bound": "at_least: 3"}))
    with pytest.raises(DeclarationError, match="no unit"):
        read_declarations(tmp_path)


def test_a_card_for_nobody_is_refused(tmp_path: Path) -> None:
    read_declarations(add(tmp_path, "scorecards", CARD.replace("WHOM", "town")))
    with pytest.raises(DeclarationError, match="did you mean “town”"):
        read_declarations(add(tmp_path, "scorecards", CARD.replace("WHOM", "towns")))


def test_metrics_stand_in_the_order_of_the_report() -> None:
    metrics = read_declarations().metrics
    sections = [one.report.section for one in metrics.values()]
    printed = [section for section in sections if section]
    assert printed == sorted(printed) and sections == [*printed, *[0] * (len(sections) - len(printed))]
    # Within a section they stand as their file has them.
    names = list(metrics)
    assert names.index("filing_rate") < names.index("filing_pass_rate")


UNITS = """
replaces: "true"
bureau: {label: {zh: 某县司法局, en: Bureau}, kind: department}
"""


def test_another_county_owes_only_what_its_own_units_owe(tmp_path: Path) -> None:
    (tmp_path / "rosters").mkdir()
    (tmp_path / "rosters" / "units.yml").write_text(UNITS, "utf-8")
    declared = read_declarations(tmp_path)
    assert list(declared.units) == ["bureau"]
    datasets, targets = unconnected(declared)
    assert "service_cases" in datasets and "planned_inspection_rate" in targets
    # What the sample county's lists say of its people and reports is invented; what the law says stays.
    assert not declared.rosters["principals"].rows and not declared.rosters["annual_reports"].rows
    assert declared.rosters["filing_duties"].rows and declared.rosters["penalty_classes"].rows


def test_a_supplier_that_no_roster_knows_is_still_an_error(tmp_path: Path) -> None:
    (tmp_path / "rosters").mkdir()
    (tmp_path / "rosters" / "units.yml").write_text(UNITS, "utf-8")
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "service_cases.yml").write_text("supplied_by: aproval_bureau\n", "utf-8")
    with pytest.raises(DeclarationError, match="“aproval_bureau”; did you mean “approval_bureau”"):
        read_declarations(tmp_path)
