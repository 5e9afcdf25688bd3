"""Which dataset a sheet is, by its headers alone."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from warehouse.declarations import Declarations, read_declarations
from warehouse.match import has_table, match_sheet
from warehouse.models import Contract
from warehouse.refusals import DeliveryRefused
from warehouse.sheets import TextSheet

AID = ["案件编号", "姓名", "身份证号", "服务类别", "案件性质", "类型", "受理日期"]
CHECKS = ["统一社会信用代码", "企业名称", "核查日期", "核查单位"]


@pytest.fixture(scope="module")
def declarations() -> Declarations:
    return read_declarations(Path(__file__).parents[1] / "exports" / "catalogue")


def sheet_of(folder: Path, rows: list[list[str | None]], name: str = "台账") -> TextSheet:
    width = max(len(row) for row in rows)
    columns = {f"c{at}": [row[at] if at < len(row) else None for row in rows] for at in range(width)}
    frame = pl.DataFrame({"_row": range(1, len(rows) + 1), **columns}, schema_overrides={"_row": pl.Int32})
    path = folder / "rows.parquet"
    frame.cast({at: pl.String for at in columns}).write_parquet(path)
    return TextSheet(file="a.xlsx", name=name, rows=path, width=width, height=len(rows))


def refusal(folder: Path, rows: list[list[str | None]], contracts: dict[str, Contract]) -> DeliveryRefused:
    with pytest.raises(DeliveryRefused) as refused:
        match_sheet(sheet_of(folder, rows), contracts)
    assert refused.value.say.startswith("工作表“台账”")
    return refused.value


def test_a_header_on_the_twentieth_row_is_found_and_one_below_is_not(
    tmp_path: Path, declarations: Declarations
) -> None:
    titles: list[list[str | None]] = [[f"第{number}行"] for number in range(1, 20)]
    match = match_sheet(sheet_of(tmp_path, [*titles, AID]), declarations.contracts)
    assert (match.dataset, match.header_rows) == ("legal_aid_cases", (20,))
    assert refusal(tmp_path, [*titles, ["又一行"], AID], declarations.contracts).code == "no_match"


def test_two_datasets_that_fit_equally_are_refused_and_named(tmp_path: Path, declarations: Declarations) -> None:
    aid = declarations.contracts["legal_aid_cases"]
    twin = aid.model_copy(update={"label": aid.label.model_copy(update={"zh": "援助案件副本"})})
    refused = refusal(tmp_path, [AID], {"legal_aid_cases": aid, "twin": twin})
    assert refused.code == "two_matches"
    assert "《法律援助案件台账》" in refused.say and "《援助案件副本》" in refused.say


def test_the_dataset_with_more_of_its_columns_is_taken(tmp_path: Path, declarations: Declarations) -> None:
    wide = [*CHECKS, "核查结果", "成立日期"]  # also a whole register of enterprises: code, name, date
    assert match_sheet(sheet_of(tmp_path, [wide]), declarations.contracts).dataset == "credit_checks"


def test_a_sheet_that_lacks_a_required_column_is_not_taken_for_a_smaller_dataset(
    tmp_path: Path, declarations: Declarations
) -> None:
    refused = refusal(tmp_path, [[*CHECKS, "成立日期", "核查事由"]], declarations.contracts)
    assert (refused.code, refused.detail) == ("missing_required", "credit_checks")
    assert "“核查结果”" in refused.say


def test_a_missing_column_comes_with_the_header_that_was_perhaps_meant(
    tmp_path: Path, declarations: Declarations
) -> None:
    refused = refusal(tmp_path, [[*AID[:6], "受理登记日期"]], declarations.contracts)
    assert "“受理日期”（是否即表中的“受理登记日期”？）" in refused.say


def test_the_spelling_that_the_contract_names_first_wins_and_the_other_is_told(
    tmp_path: Path, declarations: Declarations
) -> None:
    match = match_sheet(sheet_of(tmp_path, [["编号", *AID]]), declarations.contracts)
    assert match.columns["case_number"] == (1,)
    assert match.unknown == (("编号", 0),)


def test_amounts_in_two_units_are_one_column_and_each_keeps_its_unit(
    tmp_path: Path, declarations: Declarations
) -> None:
    header = ["处罚文号", "当事人", "罚款金额（元）", "罚款金额（万元）", "没收金额", "处罚决定日期", "处罚机关"]
    match = match_sheet(sheet_of(tmp_path, [["单位：亿元"], header]), declarations.contracts)
    assert match.columns["fine_yuan"] == (2, 3)
    assert match.money_units == {2: "yuan", 3: "wan_yuan", 4: "yi_yuan"}


def test_a_header_never_becomes_an_identifier(tmp_path: Path, declarations: Declarations) -> None:
    hostile = '"; DROP TABLE legal_aid_cases; --'
    match = match_sheet(sheet_of(tmp_path, [[*AID, hostile]]), declarations.contracts)
    assert set(match.columns) <= set(declarations.contracts["legal_aid_cases"].columns)
    assert match.unknown == ((hostile, 7),)


def test_a_sheet_of_notes_holds_no_table(tmp_path: Path) -> None:
    assert not has_table(sheet_of(tmp_path, [["填表说明"], ["1.", "日期写成2024-03-05"], ["2.", "金额写成元"]]))
    assert has_table(sheet_of(tmp_path, [["说明"], ["食堂", "菜名", "单价"]]))


def test_what_no_dataset_fits_is_told_with_the_headers_that_stand_in_it(
    tmp_path: Path, declarations: Declarations
) -> None:
    food = refusal(tmp_path, [["2024年食堂台账"], ["序号", "菜名", "单价"], ["1", "米饭", "1"]], declarations.contracts)
    assert food.say.endswith("第2行读到的表头：序号、菜名、单价")
    assert food.say_en.endswith("row 2 reads: 序号, 菜名, 单价")


def test_a_row_of_data_is_not_told_as_a_header_for_it_may_be_personal(
    tmp_path: Path, declarations: Declarations
) -> None:
    row: list[str | None] = ["样援1", "王某甲", "430799199001010018", "民事"]
    lost = refusal(tmp_path, [row, row], declarations.contracts)
    assert lost.say.endswith("第1行像是数据，没有找到表头")
    assert "王某甲" not in lost.say + lost.say_en


LABEL = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
KINDS = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
UNMERGED: list[list[str | None]] = [
    ["2024年政府信息公开申请情况"],
    [LABEL, None, None, "申请人情况"],
    [None, None, None, "自然人", "法人或其他组织", None, None, None, None, "总计"],
    [None, None, None, None, *KINDS[1:6]],
    ["三、本年度办理结果", "（一）予以公开", None, "1", "0", "0", "0", "0", "0", "1"],
    [None, "（三）不予公开", "1.属于国家秘密", "2", "0", "0", "0", "0", "0", "2"],
]
MERGED: list[list[str | None]] = [
    UNMERGED[0],
    [LABEL, LABEL, LABEL, *["申请人情况"] * 7],
    [LABEL, LABEL, LABEL, "自然人", *["法人或其他组织"] * 5, "总计"],
    [LABEL, LABEL, LABEL, *KINDS],
    *UNMERGED[4:],
]


@pytest.mark.parametrize("rows", [UNMERGED, MERGED], ids=["as csv tells it", "as xlsx tells it"])
def test_a_header_of_three_rows_is_one_header_and_its_label_spans_columns(
    tmp_path: Path, declarations: Declarations, rows: list[list[str | None]]
) -> None:
    match = match_sheet(sheet_of(tmp_path, rows), declarations.contracts)
    assert (match.dataset, match.header_rows, match.missing) == ("disclosure_year_table", (2, 3, 4), ())
    assert match.columns["item"] == (0, 1, 2)
    assert [match.columns[name] for name in list(match.columns)[1:]] == [(at,) for at in range(3, 10)]
    assert match.headers[3:5] == ("申请人情况_自然人", "申请人情况_法人或其他组织_商业企业")
    assert not match.unknown


def test_the_rows_below_a_header_do_not_become_part_of_it(tmp_path: Path, declarations: Declarations) -> None:
    rows: list[list[str | None]] = [AID, [None] * 7, ["甲", "乙", None, "丙", None, None, "丁"], ["A1", "张三"]]
    match = match_sheet(sheet_of(tmp_path, rows), declarations.contracts)
    assert (match.dataset, match.header_rows) == ("legal_aid_cases", (1,))


def test_only_a_label_spreads_over_columns_without_a_header(tmp_path: Path, declarations: Declarations) -> None:
    match = match_sheet(sheet_of(tmp_path, [[*AID, None, None]]), declarations.contracts)
    assert all(len(places) == 1 for places in match.columns.values())
    assert match.unknown == (("", 7), ("", 8))
