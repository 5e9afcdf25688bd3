"""Loading: real files, generated sheets, and what holds for every one of them."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.declarations import Declarations, read_declarations
from warehouse.delivery import read_file
from warehouse.load import load_sheet
from warehouse.loaded import LoadContext, Loaded
from warehouse.match import match_sheet
from warehouse.models import Rule
from warehouse.sheets import TextSheet
from warehouse.workdays import Calendar
from warehouse.yaml_reader import DeclarationError

CATALOGUE = Path(__file__).parents[1] / "exports" / "catalogue"
REAL = Path(__file__).parents[3] / "shared" / "real"
real = pytest.mark.skipif(
    not REAL.is_dir() and not os.environ.get("CI"), reason="the real exports are not here: they are read in place"
)
AID = ["案件编号", "姓名", "身份证号", "服务类别", "案件性质", "类型", "受理日期", "审批日期", "结案日期"]
ROW = ["样援1", "王某", "430799199001010018", "法律援助", "民事", "申请", "2024-03-01", "2024-03-05", None]


@pytest.fixture(scope="module")
def declarations() -> Declarations:
    return read_declarations(CATALOGUE)


@pytest.fixture(scope="module")
def calendar(declarations: Declarations) -> Calendar:
    return Calendar(declarations.holidays)


def load(rows: pl.DataFrame, declarations: Declarations, calendar: Calendar, out: Path) -> Loaded:
    out.mkdir(parents=True, exist_ok=True)
    path = out / "rows.parquet"
    rows.write_parquet(path)
    sheet = TextSheet(file="a.xlsx", name="台账", rows=path, width=rows.width - 1, height=rows.height)
    match = match_sheet(sheet, declarations.contracts)
    return load_sheet(
        sheet,
        match,
        LoadContext(
            contract=declarations.contracts[match.dataset],
            dataset=match.dataset,
            supplier="justice_bureau",
            declarations=declarations,
            calendar=calendar,
            delivery_id="2025-01-10.1-1",
            file="a.xlsx",
            received_on=date(2025, 1, 10),
            as_of=date(2025, 1, 10),
            out=out,
        ),
    )


def text_rows(rows: list[list[str | None]]) -> pl.DataFrame:
    columns = {f"c{at}": [row[at] for row in rows] for at in range(len(rows[0]))}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return frame.with_row_index("_row", offset=1).cast({"_row": pl.Int32})


@real
def test_all_2816_real_letters_load(declarations: Declarations, calendar: Calendar, tmp_path: Path) -> None:
    read = read_file(
        REAL / "citizen_letters.xlsx", "citizen_letters.xlsx", "hotline_office", declarations, calendar,
        date(2025, 1, 10), date(2025, 1, 10), tmp_path, "D",
    )  # fmt: skip
    (sheet,) = read.sheets
    assert sheet.loaded is not None and sheet.dataset == "citizen_letters"
    assert (sheet.loaded.rows, sheet.loaded.loaded, sheet.loaded.quarantined) == (2816, 2816, 0)
    core = pl.read_parquet(sheet.loaded.core_path)
    first = core.sort("_row").row(0, named=True)
    assert (first["_row"], first["letter_number"], first["asked_on"]) == (2, "2549", date(2019, 4, 25))
    assert core.filter(pl.col("body").str.contains(r"^\s|\s$")).is_empty()


PENALTIES = """
label: {zh: 金融监管行政处罚信息, en: Penalties of the financial regulator}
domain: supervision
supplied_by: justice_bureau
covers: year of published_on
unit: {from: supplier}
columns:
  document_number: {header: [处罚决定书文号], type: document_number, optional: true}
  party_name:      {header: [当事人名称], type: text, optional: true, personal: name}
  party_kind:      {header: [当事人类型], type: text}
  facts:           {header: [主要违法违规事实], type: text, optional: true}
  sanction:        {header: [行政处罚内容], type: text, optional: true}
  fine_yuan:       {header: [罚款金额], type: yuan, optional: true}
  deciding_unit_name: {header: [作出决定机关], type: text, optional: true}
  published_on:    {header: [发布日期], type: date}
"""


@real
def test_10239_real_penalties_load_by_a_contract_of_the_county_itself(calendar: Calendar, tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue"
    (catalogue / "datasets").mkdir(parents=True)
    (catalogue / "datasets" / "regulator_penalties.yml").write_text(PENALTIES, "utf-8")
    declarations = read_declarations(catalogue)
    read = read_file(
        REAL / "regulator_penalties.xlsx", "regulator_penalties.xlsx", "justice_bureau", declarations, calendar,
        date(2026, 5, 1), date(2026, 5, 1), tmp_path / "work", "D",
    )  # fmt: skip
    (sheet,) = read.sheets
    assert sheet.loaded is not None
    assert (sheet.loaded.rows, sheet.loaded.loaded, sheet.loaded.quarantined) == (10239, 10239, 0)
    core = pl.read_parquet(sheet.loaded.core_path)
    assert core.schema["fine_yuan"] == pl.Decimal(24, 6)
    source, sanctions, again = (_real_column(name) for name in ("罚款金额(元)", "行政处罚内容", "行政处罚 内容"))
    wanted = [Decimal(text) if text is not None else None for text in source]
    assert core.sort("_row")["fine_yuan"].to_list() == wanted
    told = [one.say for one in sheet.loaded.told if one.code == "unknown_column"]
    assert any("T列“永金罚决字〔2024〕25号”" in say for say in told)
    # 行政处罚内容 and 行政处罚 内容 are one column.
    both = [one or other for one, other in zip(sanctions, again, strict=True)]
    assert core["sanction"].null_count() == both.count(None) < sanctions.count(None)
    assert not any("“行政处罚内容”" in say or "“行政处罚 内容”" in say for say in told)


def _real_column(header: str) -> list[str | None]:
    import openpyxl

    sheet = openpyxl.load_workbook(REAL / "regulator_penalties.xlsx", read_only=True).worksheets[0]
    rows = sheet.iter_rows(values_only=True)
    at = list(next(rows)).index(header)
    return [None if row[at] is None else str(row[at]) for row in rows]


def test_rows_of_one_key_are_found_across_batches(
    declarations: Declarations, calendar: Calendar, tmp_path: Path
) -> None:
    count = 120_000
    plain = text_rows([AID, ROW])[1:]
    many = pl.concat([plain] * count).with_columns(
        _row=pl.int_range(2, count + 2, dtype=pl.Int32), c0=pl.format("样援{}", pl.int_range(count) % (count - 2))
    )
    changed = pl.when(pl.col("_row") == count + 1).then(pl.lit("刑事")).otherwise(pl.col("c4"))
    rows = pl.concat([text_rows([AID]), many.with_columns(c4=changed)])
    loaded = load(rows, declarations, calendar, tmp_path)
    assert (loaded.rows, loaded.loaded, loaded.quarantined, loaded.listed) == (count, count - 2, 1, {"duplicate": 1})
    assert loaded.key_duplicates == 1
    (reason,) = loaded.reasons
    assert (reason.rule, reason.examples[0].row) == ("duplicate_key", count + 1)
    assert reason.examples[0].say.startswith("与第3行的案件编号相同")
    listed = pl.read_parquet(loaded.listed_path)
    assert listed.select("_row", "by").rows() == [(count, 2)]


def test_a_check_that_does_not_read_stops_the_load_with_a_sentence(
    declarations: Declarations, calendar: Calendar, tmp_path: Path
) -> None:
    aid = declarations.contracts["legal_aid_cases"]
    for check, said in {
        "reviewed >= accepted_on": "“reviewed”",
        "accepted_on >": "accepted_on >",
        "applicant_name > 3": "applicant_name > 3",
        "coalesce(closed_on, accepted_on)": "",
    }.items():
        broken = aid.model_copy(update={"rules": {"odd": Rule(check=check, say="不对")}})
        changed = declarations.model_copy(update={"contracts": {"legal_aid_cases": broken}})
        with pytest.raises(DeclarationError, match=r"datasets/legal_aid_cases\.yml: rules\.odd: ") as fault:
            load(text_rows([AID, ROW]), changed, calendar, tmp_path)
        assert said in str(fault.value)


def test_reasons_count_each_row_once_and_keep_five_examples(
    declarations: Declarations, calendar: Calendar, tmp_path: Path
) -> None:
    rows = [[f"样援{number}", *ROW[1:6], "三月", "四月", None] for number in range(9)]
    loaded = load(text_rows([AID, *rows]), declarations, calendar, tmp_path)
    (reason,) = loaded.reasons
    assert (reason.rule, reason.column, reason.count, len(reason.examples)) == ("not_date", "accepted_on", 9, 5)
    assert (reason.examples[0].row, reason.examples[0].cell, reason.examples[0].value) == (2, "G2", "三月")
    quarantine = pl.read_parquet(loaded.quarantine_path)
    assert quarantine["also"].str.contains("reviewed_on").all()


def test_a_count_beside_the_word_total_is_no_key(
    declarations: Declarations, calendar: Calendar, tmp_path: Path
) -> None:
    header = ["统一社会信用代码", "企业名称", "成立日期", "注册资本（万元）"]
    row = ["91430799MA00000150", "甲公司", "2020-06-01", "50.5"]
    loaded = load(text_rows([header, row, ["共1家", "合计", None, "50.5"]]), declarations, calendar, tmp_path)
    assert (loaded.loaded, loaded.quarantined, dict(loaded.listed)["total"]) == (1, 0, 1)


def test_a_total_that_differs_is_told_in_the_unit_of_its_column(
    declarations: Declarations, calendar: Calendar, tmp_path: Path
) -> None:
    header = ["统一社会信用代码", "企业名称", "成立日期", "注册资本（万元）"]
    row = ["91430799MA00000150", "甲公司", "2020-06-01", "50.5"]
    loaded = load(text_rows([header, row, ["合计", None, None, "51"]]), declarations, calendar, tmp_path)
    assert loaded.totals_tie is False
    assert "第3行合计“注册资本（万元）”为51，与各行之和50.5不符，请核对" in [one.say for one in loaded.told]


WORDS = ["", " ", "　", "—", "/", "无", "合计", "小计", "合 计：", "说明：按季报送", "注：见附件"]
MESSES = [
    "2024-02-30",
    "2042-01-01",
    "４５３５７",
    "45357.5",
    "1.2万",
    "7万余",
    "4.3E+17",
    "2.三四五六七八九十",
    "#REF!",
]
GOOD = [*AID, *(text for text in ROW if text)]
CELLS = st.one_of(
    st.none(), st.sampled_from(WORDS), st.sampled_from(MESSES), st.sampled_from(GOOD), st.text(max_size=30)
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(above=st.integers(0, 3), rows=st.lists(st.lists(CELLS, min_size=9, max_size=9), max_size=25))
def test_every_row_of_every_sheet_is_loaded_quarantined_or_listed_exactly_once(
    above: int,
    rows: list[list[str | None]],
    declarations: Declarations,
    calendar: Calendar,
    tmp_path: Path,
) -> None:
    titles: list[list[str | None]] = [["标题", *[None] * 8]] * above
    whole = [*titles, list(AID), *rows, list(ROW)]
    loaded = load(text_rows(whole), declarations, calendar, tmp_path)
    assert loaded.rows == len(whole) - 1 == loaded.loaded + loaded.quarantined + sum(loaded.listed.values())
    paths = (loaded.core_path, loaded.quarantine_path, loaded.listed_path)
    places = [row for path in paths for row in pl.read_parquet(path)["_row"].to_list()]
    assert sorted(places) == [row for row in range(1, len(whole) + 1) if row != above + 1]
    assert sum(reason.count for reason in loaded.reasons) == loaded.quarantined
