"""One file from an inbox folder: refused, skipped or loaded, and told in the shape that `ducha check` prints."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from warehouse.coverage import coverage_of
from warehouse.declarations import Declarations, read_declarations
from warehouse.delivery import FileRead, read_again, read_file, suppliers_of, to_check_json
from warehouse.models import Unit
from warehouse.refusals import DeliveryRefused
from warehouse.secrecy import mark_in, refuse_secret_name
from warehouse.workdays import Calendar

EXPORTS = Path(__file__).parents[1] / "exports"
AID = EXPORTS / "legal_aid_cases"
Read = Callable[..., FileRead]


@pytest.fixture(scope="module")
def declarations() -> Declarations:
    return read_declarations(EXPORTS / "catalogue")


@pytest.fixture(scope="module")
def calendar(declarations: Declarations) -> Calendar:
    return Calendar(declarations.holidays)


@pytest.fixture
def read(declarations: Declarations, calendar: Calendar, tmp_path: Path) -> Read:
    def reading(path: Path, name: str = "", supplier: str | None = "justice_bureau", **others: object) -> FileRead:
        work = tmp_path / "work"
        day = date(2025, 1, 10)
        arguments = (path, name or path.name, supplier, declarations, calendar, day, day, work, "2025-01-10.1-0001")
        return read_file(*arguments, **others)  # type: ignore[arg-type]

    return reading


def test_a_check_prints_exactly_the_promised_shape(read: Read) -> None:
    path = AID / "duplicate_keys.xlsx"
    shown = to_check_json(read(path))
    assert json.loads(json.dumps(shown)) == shown
    assert (shown["file"], shown["refused"]) == ("duplicate_keys.xlsx", None)
    assert shown["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    (sheet,) = shown["sheets"]
    assert (sheet["sheet"], sheet["dataset"]) == ("Sheet1", "legal_aid_cases")
    assert (sheet["rows"], sheet["loaded"], sheet["quarantined"]) == (5, 3, 1)
    assert sheet["listed"] == {"duplicate": 1}
    (reason,) = sheet["reasons"]
    assert {**reason, "examples": []} == {
        "rule": "duplicate_key",
        "column": "case_number",
        "count": 1,
        "examples": [],
    }
    (example,) = reason["examples"]
    assert set(example) == {"row", "cell", "value", "say"}
    assert (example["row"], example["cell"]) == (5, "A5")


def test_a_file_of_which_no_sheet_loads_is_refused_as_a_whole(read: Read) -> None:
    shown = to_check_json(read(AID / "missing_required.xlsx"))
    assert shown["sheets"] == []
    assert shown["refused"]["code"] == "missing_required"
    assert "《法律援助案件台账》" in shown["refused"]["say"]


def test_a_refused_sheet_beside_a_loaded_one_says_why_itself(read: Read, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(AID / "openpyxl.xlsx")
    other = book.create_sheet("菜谱")
    other.append(["食堂", "菜名", "单价"])
    path = tmp_path / "two.xlsx"
    book.save(path)
    shown = to_check_json(read(path))
    assert shown["refused"] is None
    assert [sheet.get("refused", {}).get("code") for sheet in shown["sheets"]] == [None, "no_match"]


def test_a_dry_run_without_a_supplier_takes_the_contracts_own(read: Read) -> None:
    (sheet,) = read(AID / "openpyxl.xlsx", supplier=None).sheets
    assert sheet.loaded is not None and sheet.loaded.supplier == "justice_bureau"


def test_a_named_dataset_is_the_only_one_matched(read: Read) -> None:
    (sheet,) = read(AID / "openpyxl.xlsx", dataset="enterprises").sheets
    assert sheet.refused is not None and sheet.refused.code == "no_match"


def test_the_supplier_who_should_have_sent_it_is_named(read: Read) -> None:
    (sheet,) = read(EXPORTS / "enterprises" / "total_ties.xlsx").sheets
    assert sheet.refused is not None and (sheet.refused.code, sheet.dataset) == ("wrong_supplier", "enterprises")
    assert "应由县工商行政管理局、县市场监督管理局报送，不是县司法局" in sheet.refused.say


def test_a_unit_that_was_reformed_may_deliver_under_both_its_names(declarations: Declarations) -> None:
    contract = declarations.contracts["enterprises"]
    assert suppliers_of(contract, declarations, date(2025, 1, 1)) == {"market_bureau", "industry_commerce_bureau"}
    heir = Unit.model_validate({"label": {"zh": "县市场局", "en": "Market Office"}, "kind": "department"})
    market = declarations.units["market_bureau"].model_copy(update={"becomes": "market_office"})
    units = {**declarations.units, "market_bureau": market, "market_office": heir}
    changed = declarations.model_copy(update={"units": units})
    assert "market_office" in suppliers_of(contract, changed, date(2025, 1, 1))


def test_an_archived_sheet_is_read_again_under_its_own_id(
    declarations: Declarations, calendar: Calendar, read: Read, tmp_path: Path
) -> None:
    path = AID / "quarter_a_sheet.xlsx"
    first = read(path).sheets[1].loaded
    assert first is not None
    copy = tmp_path / "0a1b"  # the archive names files by their hash, without a suffix
    copy.write_bytes(path.read_bytes())
    day = date(2025, 1, 10)
    named = (f"{first.file}/{first.sheet}", "justice_bureau", "legal_aid_cases")
    again = read_again(copy, path.name, *named, declarations, calendar, day, day, tmp_path / "again", first.delivery_id)
    assert pl.read_parquet(again.core_path).equals(pl.read_parquet(first.core_path))
    assert (again.delivery_id, again.coverage) == (first.delivery_id, first.coverage)
    with pytest.raises(DeliveryRefused):
        read_again(copy, path.name, "x/y", *named[1:], declarations, calendar, day, day, tmp_path / "gone", "D")


def test_nothing_of_a_secret_file_is_read(read: Read, tmp_path: Path) -> None:
    refused = read(AID / "openpyxl.xlsx", name="绝密_台账.xlsx")
    assert refused.refused is not None and refused.refused.code == "secret" and refused.sheets == ()
    assert list((tmp_path / "work").iterdir()) == []
    assert "台账" not in refused.refused.say


@pytest.mark.parametrize(
    "name",
    [
        "机密-台账.xlsx",
        "台账（秘密）.xlsx",
        "内部资料.xls",
        "台账(内部).xlsx",
        "秘密★一年.csv",
        "2024绝密.zip",
        "台账_内部.csv",
    ],
)
def test_a_marked_name_is_refused(name: str) -> None:
    with pytest.raises(DeliveryRefused):
        refuse_secret_name(name)


@pytest.mark.parametrize("name", ["国家秘密法宣传台账.xlsx", "内部审计台账.xlsx", "商业秘密保护.xlsx", "台账.xlsx"])
def test_an_ordinary_name_is_not_refused(name: str) -> None:
    refuse_secret_name(name)


@pytest.mark.parametrize(
    ("text", "is_mark"),
    [
        ("机密★1年", True), ("秘 密", True), ("密级：机密", True), ("【内部资料】", True), ("绝密级", True),
        ("台账（秘密）", True), ("内部资料，注意保密", True), ("机密 ☆ 长期", True),
        ("泄露国家秘密案", False), ("内部审计", False), ("涉嫌侵犯商业秘密罪", False), ("公开", False),
        ("密级：公开", False),
        ("反映单位内部管理混乱、泄露工作秘密" * 5, False),
    ],
)  # fmt: skip
def test_a_mark_stands_alone_and_a_sentence_about_secrets_is_none(text: str, is_mark: bool) -> None:
    assert (mark_in(text) is not None) is is_mark


def test_coverage_follows_title_dates_and_due_window(declarations: Declarations) -> None:
    def periods(dataset: str, titles: list[str], days: list[date], came: date = date(2025, 1, 10)) -> tuple[str, ...]:
        return coverage_of(declarations.contracts[dataset], titles, days, came).periods

    may, march = date(2024, 5, 6), date(2024, 3, 1)
    assert periods("legal_aid_cases", [], [may, march]) == ("2024Q1", "2024Q2")
    assert periods("legal_aid_cases", ["2024年上半年"], [march]) == ("2024Q1", "2024Q2")
    assert periods("legal_aid_cases", ["2024年4月"], [march]) == ("2024Q1",)  # a month is no whole quarter
    assert periods("service_cases", [], [march, may, date(2024, 6, 1)]) == ("2024-05", "2024-06")
    assert periods("legal_aid_cases", ["2024年度"], [march], date(2024, 4, 8)) == ("2024Q1", "2024Q2")
    assert periods("legal_aid_cases", [], [], date(2024, 10, 3)) == ("2024Q3",)
    assert periods("legal_aid_cases", [], [], date(2024, 9, 30)) == ("2024Q3",)
    assert periods("enterprises", [], [march]) == ("2024",)
    assert periods("enterprises", ["截至2023年12月31日"], [march]) == ("2023",)


def test_one_mistyped_year_does_not_make_the_years_between_look_delivered(declarations: Declarations) -> None:
    contract, came = declarations.contracts["legal_aid_cases"], date(2025, 1, 10)
    march = [date(2024, 3, day) for day in range(1, 21)]
    assert coverage_of(contract, [], [date(2014, 3, 1), *march], came).periods == ("2024Q1",)
    assert coverage_of(contract, [], [date(2023, 12, 1), *march], came).periods == ("2023Q4", "2024Q1")
    assert coverage_of(contract, [], [date(2024, 9, 1), *march[:5]], came).periods == ("2024Q1", "2024Q2", "2024Q3")
    assert coverage_of(contract, [], [*march, date(2024, 12, 1)], came).periods == ("2024Q1",)


def test_a_few_late_changes_do_not_claim_the_month_before(declarations: Declarations) -> None:
    contract, came = declarations.contracts["service_cases"], date(2025, 1, 10)
    june = [date(2024, 6, day) for day in range(1, 29)]
    assert coverage_of(contract, [], [date(2024, 5, 31), *june], came).periods == ("2024-06",)
    assert coverage_of(contract, [], [*june, date(2024, 7, 1)], came).periods == ("2024-06",)
    assert coverage_of(contract, [], [date(2024, 5, day) for day in range(20, 31)] + june, came).periods == (
        "2024-05",
        "2024-06",
    )
