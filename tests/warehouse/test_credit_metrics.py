"""What the figures of credit, audits and publicity mean, on rows whose answer is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from warehouse.declarations import read_declarations
from warehouse.delivery import read_file
from warehouse.printed import printed_for_report
from warehouse.snapshot import open_snapshot
from warehouse.workdays import Calendar

DAY, DUE = date(2024, 5, 6), date(2024, 5, 14)
CASE = {
    "enforcement_unit": "market_bureau", "procedure": "ordinary", "filed_on": date(2024, 4, 1), "decided_on": DAY,
    "discretion": "ordinary", "needs_legal_review": False, "kinds": "罚款", "publication_due_on": DUE,
}  # fmt: skip
PUBLISHED = {
    "party_name": "甲商贸有限公司", "facts": "无照经营", "kinds": "罚款", "content": "罚款", "decided_on": DAY,
    "enforcement_unit": "market_bureau", "publication_due_on": DUE, "published_on": DUE,
}  # fmt: skip
Sides = dict[str, tuple[Any, Any]]


def snapshot_of(county: Any, **rows: list[dict[str, Any]]) -> Any:
    built = county.build(*(county.deliver(dataset, found) for dataset, found in rows.items()))
    return open_snapshot(built.path)


def figures(county: Any, period: str = "2024", unit: str | None = None, **rows: list[dict[str, Any]]) -> Sides:
    """Both sides of every figure that these rows give."""
    with snapshot_of(county, **rows) as snapshot:
        found = snapshot.figures(period, unit=unit, town=None)
    return {row["metric"]: (row["numerator"], row["denominator"]) for row in found}


def cases(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """One penalty case for each change, numbered N0, N1, ..."""
    own = [{"case_number": str(at), "document_number": f"N{at}"} for at in range(len(changes))]
    return [CASE | number | change for number, change in zip(own, changes, strict=True)]


def published(*numbers: str, **other: Any) -> list[dict[str, Any]]:
    return [PUBLISHED | {"document_number": number} | other for number in numbers]


def test_a_repair_counts_in_the_year_of_its_completion_and_only_if_granted(county: Any) -> None:
    own = {"finding_unit": "market_bureau", "applied_on": date(2023, 12, 28)}
    rows: list[dict[str, Any]] = [
        {"completed_on": date(2024, 1, 2), "result": "repaired"},
        {"completed_on": date(2023, 12, 29), "result": "repaired"},
        {"completed_on": date(2024, 1, 2), "result": "refused"},
        {"completed_on": date(2024, 1, 2), "result": "withdrawn"},
        {"completed_on": None, "result": None},
    ]
    found = figures(county, credit_repairs=[own | {"repair_number": str(at)} | row for at, row in enumerate(rows)])
    assert found["credit_repairs"] == (1, None)


def test_120_repairs_are_not_over_120(county: Any) -> None:
    metric = county.declarations.metrics["credit_repairs"]
    said = {count: printed_for_report(metric, Decimal(count), None) for count in (119, 120, 121, 129)}
    assert said == {119: "110多起", 120: "120起", 121: "120多起", 129: "120多起"}


def test_what_is_applied_for_is_neither_what_is_granted_nor_what_another_channel_took(county: Any) -> None:
    rows = [
        {"application_number": str(at), "channel": channel, "applied_on": DAY, "amount_yuan": Decimal(amount),
         "granted_on": DAY, "granted_yuan": Decimal(1)}
        for at, (channel, amount) in enumerate(
            (("supermarket", 9_000_000), ("supermarket", 500), ("credit_platform", 70_000), ("bank_counter", 3))
        )
    ]  # fmt: skip
    found = figures(county, financing_applications=rows)
    assert (found["financing_applications"], found["financing_amount"]) == ((2, None), (9_000_500, None))
    assert found["credit_platform_applications"] == (1, None)
    metric = county.declarations.metrics["financing_amount"]
    assert printed_for_report(metric, Decimal(13_234_999_999), None) == "132.3亿元"
    assert printed_for_report(metric, Decimal(13_235_000_000), None) == "132.4亿元"


def test_an_area_that_is_graded_twice_is_one_area(county: Any) -> None:
    rows = [
        {"area": area, "regulator_unit": unit, "graded_on": on, "subjects_count": 3}
        for area, unit, on in (
            ("health", "health_bureau", DAY),
            ("health", "health_bureau", date(2024, 12, 20)),
            ("health", "medical_insurance_bureau", DAY),
            ("transport", "transport_bureau", DAY),
            ("tax", "tax_bureau", date(2023, 12, 29)),
        )
    ]
    assert figures(county, credit_graded_areas=rows)["credit_graded_areas"] == (2, None)


def test_an_audit_problem_put_right_late_is_put_right_and_one_that_is_not_due_is_not_counted(county: Any) -> None:
    own = {"unit": "water_bureau", "kind": "staged", "reported_on": date(2024, 3, 1), "limit_on": date(2024, 5, 30)}
    rows: list[dict[str, Any]] = [
        {"rectified_on": date(2024, 5, 30)},
        {"rectified_on": date(2024, 5, 31)},
        {"rectified_on": None},
        {"limit_on": date(2024, 12, 31), "rectified_on": date(2025, 1, 2)},
        {"kind": "continuous", "limit_on": None, "rectified_on": None},
        {"limit_on": date(2025, 6, 30), "rectified_on": None},
    ]
    sent = [own | {"problem_number": str(at)} | row for at, row in enumerate(rows)]
    found = figures(county, audit_problems=sent)
    assert found["audit_rectification_rate"] == (3, 4)
    assert found["audit_rectified_on_time_rate"] == (1, 4)
    assert figures(county, "2025", audit_problems=sent).get("audit_rectification_rate", (0, 0)) == (0, 0)


def test_both_directions_open_to_the_rows_that_the_other_side_lacks(county: Any) -> None:
    rows = cases({}, {}, {"publication_due_on": date(2025, 2, 6)})
    sent = published("N0", "NOBODY")
    with snapshot_of(county, penalty_cases=rows, double_publicity_penalties=sent) as snapshot:
        sides = {row["metric"]: (row["numerator"], row["denominator"]) for row in snapshot.figures("2024", unit=None)}
        (never,) = snapshot.trace("penalties_published_rate", "2024", side="shortfall")
        (unknown,) = snapshot.trace("published_penalties_known_rate", "2024", side="shortfall")
    # The third is due on the very day on which is looked: not yet late.
    assert sides["penalties_published_rate"] == sides["published_penalties_known_rate"] == (1, 2)
    assert (never["document_number"], never["_dataset"]) == ("N1", "penalty_cases")
    assert (unknown["document_number"], unknown["_dataset"]) == ("NOBODY", "double_publicity_penalties")


def test_summary_cases_exemptions_and_mere_warnings_need_not_be_public(county: Any) -> None:
    rows = cases(
        {"procedure": "summary"},
        {"discretion": "exempt"},
        {"kinds": "警告"},
        {"kinds": "警告;通报批评"},
        {"decided_on": None},
        {"kinds": "警告;罚款"},
        {"kinds": "责令改正"},
        {"kinds": None},
    )
    found = figures(county, penalty_cases=rows, double_publicity_penalties=published("N5"))
    assert found["penalties_published_rate"] == (1, 3)


def test_a_decision_on_several_parties_is_one_case_and_as_many_rows(county: Any) -> None:
    sent = [PUBLISHED | {"document_number": "N0", "party_name": name} for name in ("甲某", "乙某")]
    found = figures(county, penalty_cases=cases({}), double_publicity_penalties=sent)
    assert (found["penalties_published_rate"], found["published_penalties_known_rate"]) == ((1, 1), (2, 2))


@pytest.mark.parametrize("dataset", ["double_publicity_penalties", "double_publicity_licences"])
def test_the_day_of_publication_counts_and_that_of_export_only_where_there_is_none(county: Any, dataset: str) -> None:
    late = date(2024, 5, 15)
    days = [(DUE, None), (late, None), (None, DUE), (None, late), (DUE, late), (late, DUE), (None, None)]
    licence = {"party_name": "甲", "content": "许可", "deciding_unit": "market_bureau", "decided_on": DAY}
    row = PUBLISHED if dataset == "double_publicity_penalties" else licence | {"publication_due_on": DUE}
    sent = [
        row | {"document_number": f"N{at}", "published_on": published_on, "exported_on": exported_on}
        for at, (published_on, exported_on) in enumerate(days)
    ]
    metric = f"{'penalty' if 'penalties' in dataset else 'licence'}_publication_on_time_rate"
    assert figures(county, **{dataset: sent})[metric] == (3, 6)


def test_a_revoked_penalty_is_withdrawn_with_its_reason(county: Any) -> None:
    own = {"revoked_on": date(2024, 9, 30), "retraction_due_on": date(2024, 10, 10), "retraction_reason": "已撤销"}
    changes: list[dict[str, Any]] = [
        {"retracted_on": date(2024, 10, 10)},
        {"retracted_on": date(2024, 10, 11)},
        {"retracted_on": date(2024, 10, 8), "retraction_reason": None},
        {"retracted_on": None},
        {"retracted_on": None, "retraction_due_on": date(2025, 2, 6)},
        {"revoked_on": None, "retraction_due_on": None, "retracted_on": None},
        {"decided_on": date(2023, 11, 6), "retracted_on": date(2024, 10, 8)},
    ]
    sent = [row | own | change for change, row in zip(changes, published(*"ABCDEFG"), strict=True)]
    assert figures(county, double_publicity_penalties=sent)["penalty_retraction_on_time_rate"] == (2, 5)


def test_only_licences_that_were_granted_must_be_public(county: Any) -> None:
    own = {"deciding_unit": "market_bureau", "handling": "single", "accepted_on": date(2024, 4, 1), "decided_on": DAY,
           "publication_due_on": DUE, "result": "granted"}  # fmt: skip
    rows = [
        own | {"application_number": str(at), "document_number": f"L{at}"} | change
        for at, change in enumerate(({}, {}, {"result": "refused"}, {"decided_on": None, "publication_due_on": None}))
    ]
    sent = [{"party_name": "甲", "document_number": "L0", "content": "许可", "decided_on": DAY,
             "deciding_unit": "market_bureau"}]  # fmt: skip
    found = figures(county, licence_decisions=rows, double_publicity_licences=sent)
    assert found["licences_published_rate"] == (1, 2)


def test_an_objection_raised_too_late_need_not_be_reviewed(county: Any) -> None:
    own = {"source": "county", "kind": "by_day", "unit": "water_bureau", "assigned_on": DAY,
           "objection_due_on": date(2024, 6, 5), "review_due_on": date(2024, 7, 5)}  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"objected_on": date(2024, 6, 5), "reviewed_on": date(2024, 7, 5)},
        {"objected_on": date(2024, 6, 5), "reviewed_on": date(2024, 7, 8)},
        {"objected_on": date(2024, 6, 5), "reviewed_on": None},
        {"objected_on": date(2024, 6, 6), "reviewed_on": None},
        {"objected_on": None, "reviewed_on": None},
    ]
    found = figures(
        county, rectifications=[own | {"rectification_number": str(at)} | row for at, row in enumerate(rows)]
    )
    assert found["objections_in_time_rate"] == (3, 4)
    assert found["objections_reviewed_on_time_rate"] == (1, 3)


CODE = "91430799MA00000150"
SPELLED = (
    "行政相对人代码_1（统一社会信用代码）",
    "行政相对人代码_1 (统一社会信用代码)",
    "行政相对人代码＿1（统一社会信用代码）",
    "行政相对人代码-1（统一社会信用代码）",
    "行政相对人代码－1(统一社会信用代码)",
    "行政相对人代码—1（统一社会信用代码）",
    "行政相对人代码1（统一社会信用代码）",
    "行政相对人代码_１（统一社会信用代码）",
    "行政相对人代码一（统一社会信用代码）",
    "行政相对人代码（统一社会信用代码）",
    "行政相对人代码_1",
    "行政相对人 代码_1 【统一社会信用代码】",
    "行政相对人统一社会信用代码",
    "社会信用代码（纳税人识别号）",
    "统一社会信用代码 ",
    "\ufeff行政相对人代码_1（统一社会信用代码）",
)


@pytest.mark.parametrize("code_header", SPELLED)
@pytest.mark.parametrize("number_header", ["行政处罚决定书文号", "文,号", "文书字轨", "行政处罚 决定书文号"])
def test_the_code_is_found_under_every_spelling_of_its_header(
    code_header: str, number_header: str, tmp_path: Path
) -> None:
    headers = [
        "行政相对人名称",
        code_header,
        number_header,
        "处罚事由",
        "处罚类别1",
        "处罚结果",
        "处罚决定日期",
        "处罚机关",
    ]
    cells = ["甲公司", CODE, "样市监罚〔2024〕1号", "无照经营", "罚款", "罚款", "2024/05/06", "县市场监督管理局"]
    path = tmp_path / "双公示.csv"
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in line) for line in (headers, cells)), "utf-8")
    declared, as_of = read_declarations(), date(2025, 1, 10)
    work = tmp_path / "work"
    work.mkdir()
    supplier = "development_reform_bureau"
    read = read_file(path, path.name, supplier, declared, Calendar(declared.holidays), as_of, as_of, work, "G")
    (sheet,) = read.sheets
    assert sheet.loaded and sheet.loaded.dataset == "double_publicity_penalties"
    assert (sheet.loaded.loaded, sheet.loaded.quarantined) == (1, 0)
    (row,) = pl.read_parquet(sheet.loaded.core_path).to_dicts()
    assert (row["credit_code"], row["document_number"]) == (CODE, "样市监罚〔2024〕1号")


def test_a_bare_fifth_code_is_masked_as_a_citizens_number() -> None:
    columns = read_declarations().contracts["double_publicity_penalties"].columns
    assert list(columns).index("citizen_number") < list(columns).index("institution_number")
    assert columns["citizen_number"].personal == "id"
