"""What the four tables of a load hold, cell by cell, and that the size of its batches changes nothing in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import load as load_module
from warehouse.declarations import Declarations, read_declarations
from warehouse.frames import batches
from warehouse.load import load_sheet
from warehouse.loaded import LoadContext, Loaded
from warehouse.match import match_sheet
from warehouse.models import Contract, Rule
from warehouse.refusals import DeliveryRefused
from warehouse.sheets import TextSheet
from warehouse.workdays import Calendar
from warehouse.yaml_reader import DeclarationError

LABEL = {"zh": "走访台账", "en": "Visits"}
TEXT = {"type": "text", "optional": True}
COLUMNS = {
    "visit_number": {"header": ["走访编号"], "type": "identifier"},
    "step": {"header": ["环节"], **TEXT},
    "made_on": {"header": ["走访日期"], "type": "date", "optional": True},
    "visitor": {"header": ["走访人"], **TEXT},
    "fee_yuan": {"header": ["费用（元）"], "type": "yuan", "optional": True},
}
MARKS = {
    "sync_mark": {"header": ["同步类型"], "type": "code", "values": {"U": "updated", "D": "deleted"}, "optional": True},
    "synced_at": {"header": ["同步时间"], "type": "timestamp", "optional": True},
}
HEADER = ["走访编号", "环节", "走访日期", "走访人", "费用（元）"]
ROWS = [
    ["甲1", "初", "2024-03-01", "张三", "10.5"],
    ["甲1", "初", "2024-05-02", "李四", "3"],
    ["甲1", "初", "2024-03-01", "张三", "10.5"],
    ["甲2", "初", "三月", "王五", "7"],
    ["甲1", "复", "2024-04-30", "张三", None],
    ["合计", None, None, None, "21"],
]
SOURCE = {
    "_dataset": "visits", "_delivery": "2025-01-10.1-1", "_supplier": "justice_bureau", "_file": "走访.xlsx",
    "_sheet": "台账",
}  # fmt: skip
CLOCK = {"answer": {"start": "made_on", "limit": "15 calendar_days", "basis": "样例"}}
Grid = list[list[str | None]]


def contract(**more: Any) -> Contract:
    shape = {"label": LABEL, "domain": "supervision", "supplied_by": "justice_bureau", "unit": {"from": "supplier"},
             "covers": "month of made_on", "key": ["visit_number", "step"], "columns": COLUMNS}  # fmt: skip
    return Contract.model_validate(shape | more)


def changes(**more: Any) -> Contract:
    """The same dataset as a source that sends changes row by row."""
    deletion = {"column": "sync_mark", "value": "deleted"}
    return contract(mode="upsert", order_by="synced_at", deletion=deletion, columns=COLUMNS | MARKS, **more)


@pytest.fixture(scope="module")
def packaged() -> tuple[Declarations, Calendar]:
    declared = read_declarations()
    return declared, Calendar(declared.holidays)


def load(packaged: tuple[Declarations, Calendar], one: Contract, rows: Grid, out: Path, sheet: str = "台账") -> Loaded:
    out.mkdir(exist_ok=True)
    columns = {f"c{at}": pl.Series([row[at] for row in rows], dtype=pl.String) for at in range(len(rows[0]))}
    path = out / "text.parquet"
    pl.DataFrame(columns).with_row_index("_row", offset=1).write_parquet(path)
    text = TextSheet(file="走访.xlsx", name=sheet, rows=path, width=len(rows[0]), height=len(rows))
    declared, calendar = packaged
    context = LoadContext(
        contract=one, dataset="visits", supplier="justice_bureau", declarations=declared, calendar=calendar,
        delivery_id="2025-01-10.1-1", file="走访.xlsx", received_on=date(2025, 1, 10), as_of=date(2025, 1, 10),
        out=out / "deep" / "tables",
    )  # fmt: skip
    return load_sheet(text, match_sheet(text, {"visits": one}), context)


def table(loaded: Loaded, name: str) -> list[dict[str, Any]]:
    return pl.read_parquet(getattr(loaded, f"{name}_path")).to_dicts()


def test_a_core_row_has_its_values_its_due_day_its_month_and_its_place(packaged: Any, tmp_path: Path) -> None:
    loaded = load(packaged, contract(clocks=CLOCK), [HEADER, *ROWS], tmp_path)
    assert loaded.core_path == tmp_path / "deep" / "tables" / "core.parquet"
    core = pl.read_parquet(loaded.core_path)
    assert core.schema["fee_yuan"] == pl.Decimal(24, 6) and core.schema["_row"] == pl.Int32
    # 16 March is a Saturday.
    assert core.to_dicts() == [
        {"visit_number": "甲1", "step": "初", "made_on": date(2024, 3, 1), "visitor": "张三",
         "fee_yuan": Decimal("10.5"), "answer_due_on": date(2024, 3, 18), **SOURCE, "_unit": "justice_bureau",
         "_row": 2, "_on": date(2024, 3, 1), "_period": date(2024, 3, 1)},
        {"visit_number": "甲1", "step": "复", "made_on": date(2024, 4, 30), "visitor": "张三", "fee_yuan": None,
         "answer_due_on": date(2024, 5, 15), **SOURCE, "_unit": "justice_bureau", "_row": 6,
         "_on": date(2024, 4, 30), "_period": date(2024, 4, 1)},
    ]  # fmt: skip


def test_a_row_that_contradicts_an_earlier_one_of_its_key_is_quarantined_whole(packaged: Any, tmp_path: Path) -> None:
    loaded = load(packaged, contract(), [HEADER, *ROWS], tmp_path)
    unread, clash = sorted(table(loaded, "quarantine"), key=lambda row: row["rule"], reverse=True)
    place = {**SOURCE, "_unit": "justice_bureau", "_period_start": date(2024, 3, 1), "_period_end": date(2024, 5, 31)}
    raw = {"走访编号": "甲1", "环节": "初", "走访日期": "2024-05-02", "走访人": "李四", "费用（元）": "3"}
    assert json.loads(clash.pop("raw")) == raw
    assert clash == place | {
        "_row": 3, "_on": date(2024, 5, 2), "rule": "duplicate_key", "column": "visit_number", "cell": "A3",
        "value": "甲1", "say": "与第2行的走访编号、环节相同但内容不一致，请只保留正确的一行",
        "say_en": "the same key as row 2 with other values", "also": "[]",
    }  # fmt: skip
    assert (unread["rule"], unread["_row"], unread["cell"], unread["value"]) == ("not_date", 5, "C5", "三月")
    assert unread.items() >= place.items() and unread["_on"] is None
    assert [(reason.rule, reason.column, reason.count) for reason in loaded.reasons] == [
        ("duplicate_key", "visit_number", 1), ("not_date", "made_on", 1),
    ]  # fmt: skip


def test_of_a_row_that_was_read_and_yields_only_its_key_is_listed(packaged: Any, tmp_path: Path) -> None:
    loaded = load(packaged, contract(), [HEADER, *ROWS], tmp_path)
    assert sorted(table(loaded, "listed"), key=lambda row: row["_row"]) == [
        {**SOURCE, "_row": 4, "kind": "duplicate", "by": 2, "text": "甲1 初"},
        {**SOURCE, "_row": 7, "kind": "total", "by": None, "text": "合计 21"},
    ]


def test_the_counts_of_a_load_are_those_of_its_tables(packaged: Any, tmp_path: Path) -> None:
    loaded = load(packaged, contract(), [HEADER, *ROWS], tmp_path)
    assert (loaded.rows, loaded.loaded, loaded.quarantined, loaded.key_duplicates) == (6, 2, 2, 1)
    assert dict(loaded.listed) == {"duplicate": 1, "total": 1}
    assert (loaded.dataset, loaded.supplier, loaded.delivery_id) == ("visits", "justice_bureau", "2025-01-10.1-1")
    assert (loaded.file, loaded.sheet) == ("走访.xlsx", "台账")
    assert loaded.coverage.periods == ("2024-03", "2024-04", "2024-05")
    # 10.5 + 3 + 10.5 + … is not 21: what is held back and what is doubled stands in the sum, as in the department's.
    assert loaded.totals_tie is False
    assert {one.code for one in loaded.told} == {"total_differs"}


def test_a_total_above_all_rows_is_compared_with_the_rows_below(packaged: Any, tmp_path: Path) -> None:
    for total, ties in (("31", True), ("30", False)):
        rows = [HEADER, ["合计", None, None, None, total], *ROWS[:-1]]
        assert load(packaged, contract(), rows, tmp_path / total).totals_tie is ties
    assert load(packaged, contract(), [HEADER, *ROWS[:-1]], tmp_path).totals_tie is None


def test_a_header_is_quoted_as_it_stands_whatever_is_in_its_brackets(packaged: Any, tmp_path: Path) -> None:
    loaded = load(packaged, contract(), [["走访编号（{0}）", *HEADER[1:]], *ROWS[:2]], tmp_path)
    (clash,) = table(loaded, "quarantine")
    assert clash["say"] == "与第2行的走访编号（{0}）、环节相同但内容不一致，请只保留正确的一行"


def test_a_key_column_that_the_sheet_lacks_is_not_named_to_the_clerk(packaged: Any, tmp_path: Path) -> None:
    rows: Grid = [["走访日期", "走访编号", "走访人"], ["2024-03-01", "甲1", "张三"], ["2024-03-02", "甲1", "李四"],
                  ["2024-03-01", "甲1", "张三"]]  # fmt: skip
    for key, cell in ((["step", "visit_number"], "A3"), (["visit_number", "step"], "B3")):
        loaded = load(packaged, contract(key=key), rows, tmp_path / cell)
        (clash,) = table(loaded, "quarantine")
        assert clash["say"] == "与第2行的走访编号相同但内容不一致，请只保留正确的一行"
        assert (clash["_row"], clash["column"], clash["cell"]) == (3, key[0], cell)
        (twin,) = table(loaded, "listed")
        assert (twin["_row"], twin["by"], twin["text"]) == (4, 2, "甲1")


def test_changes_of_one_row_leave_the_latest_and_deletions_leave_their_key(packaged: Any, tmp_path: Path) -> None:
    rows: Grid = [
        [*HEADER, "同步类型", "同步时间"],
        ["甲1", "初", "2024-03-01", "张三", "1", "U", "2024-03-03 08:00:00"],
        ["甲1", "初", "2024-03-01", "李四", "2", "U", "2024-03-02 08:00:00"],
        ["甲2", "初", "2024-03-05", "张三", "3", "U", "2024-03-05 08:00:00"],
        ["甲2", "初", None, None, None, "D", "2024-03-06 08:00:00"],
        ["甲3", "初", "2024-03-07", "王五", "4", None, "2024-03-07 08:00:00"],
    ]
    loaded = load(packaged, changes(), rows, tmp_path)
    assert [(row["visit_number"], row["visitor"], row["_row"]) for row in table(loaded, "core")] == [
        ("甲1", "张三", 2), ("甲3", "王五", 6),
    ]  # fmt: skip
    listed = sorted((row["_row"], row["kind"], row["by"], row["text"]) for row in table(loaded, "listed"))
    assert listed == [(3, "superseded", 2, "甲1 初"), (4, "superseded", 5, "甲2 初"), (5, "deletion", None, "甲2 初")]
    (gone,) = table(loaded, "deletions")
    assert list(gone) == ["visit_number", "step", "synced_at", "_dataset", "_delivery", "_supplier", "_row"]
    assert gone["synced_at"].isoformat() == "2024-03-06T08:00:00"
    assert (gone["visit_number"], gone["step"], gone["_row"]) == ("甲2", "初", 5)
    assert gone.items() >= {name: SOURCE[name] for name in ("_dataset", "_delivery", "_supplier")}.items()
    assert loaded.key_duplicates == 0 and loaded.quarantined == 0


def test_tables_without_rows_have_all_their_columns(packaged: Any, tmp_path: Path) -> None:
    full = load(packaged, contract(clocks=CLOCK), [HEADER, *ROWS], tmp_path / "full")
    nil = load(packaged, contract(clocks=CLOCK), [HEADER, [None] * 5], tmp_path / "nil")
    for name in ("core", "quarantine", "listed", "deletions"):
        schema = pl.read_parquet_schema(getattr(full, f"{name}_path"))
        assert schema == pl.read_parquet_schema(getattr(nil, f"{name}_path")) and len(schema) > 5
    assert pl.read_parquet(full.deletions_path).columns == [
        "visit_number", "step", "_dataset", "_delivery", "_supplier", "_row",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("covers", "title", "starts"),
    [
        ("month", "2024年3月至5月", ["2024-03-01", "2024-03-01", "2024-05-01", "2024-05-01", "2024-05-01"]),
        ("quarter", "2024年1月至6月", ["2024-01-01", "2024-01-01", "2024-04-01", "2024-04-01", "2024-04-01"]),
        ("year", "2023年至2024年", ["2024-01-01", "2024-01-01", "2024-01-01", "2024-01-01", "2024-01-01"]),
    ],
)
def test_every_row_stands_in_a_period_that_its_delivery_covers(
    packaged: Any, tmp_path: Path, covers: str, title: str, starts: list[str]
) -> None:
    days = ["2024-02-09", "2024-03-20", "2024-05-31", "2024-07-01", None]
    rows: Grid = [[title, None, None, None, None], HEADER]
    rows += [[f"甲{at}", "初", day, "张三", None] for at, day in enumerate(days)]
    loaded = load(packaged, contract(covers=f"{covers} of made_on"), rows, tmp_path)
    assert [str(row["_period"]) for row in table(loaded, "core")] == starts


def test_a_stock_stands_in_the_last_year_that_had_ended(packaged: Any, tmp_path: Path) -> None:
    loaded = load(packaged, contract(covers="stock", dated_by="made_on"), [HEADER, ROWS[0]], tmp_path)
    (row,) = table(loaded, "core")
    assert (row["_period"], row["_on"]) == (date(2024, 1, 1), date(2024, 3, 1))
    assert loaded.coverage.periods == ("2024",)


def test_the_name_of_the_sheet_gives_the_period_and_a_stale_one_refuses_it(packaged: Any, tmp_path: Path) -> None:
    rows = [HEADER, ROWS[0]]
    assert load(packaged, contract(), rows, tmp_path, "2024年3月至6月").coverage.end == date(2024, 6, 30)
    with pytest.raises(DeliveryRefused) as refused:
        load(packaged, contract(), rows, tmp_path, "2023年3月")
    assert refused.value.code == "title_contradicts_rows" and "2024-03" in str(refused.value.say)


def test_a_nil_return_is_of_the_month_that_had_ended_when_it_came(packaged: Any, tmp_path: Path) -> None:
    loaded = load(packaged, contract(), [HEADER, [None] * 5], tmp_path)
    assert loaded.coverage.periods == ("2024-12",)
    assert [one.code for one in loaded.told] == ["nil_return"]


def test_a_row_rule_holds_its_row_back_and_one_that_does_not_read_names_its_file(packaged: Any, tmp_path: Path) -> None:
    rule = Rule(check="made_on <= as_of - 300 days", say="走访日期过近", say_en="too recent")
    loaded = load(packaged, contract(rules={"old_enough": rule}), [HEADER, ROWS[0], ROWS[4]], tmp_path)
    assert [(row["rule"], row["_row"]) for row in table(loaded, "quarantine")] == [("old_enough", 3)]
    broken = contract(rules={"odd": Rule(check="made_on >", say="不对")})
    with pytest.raises(DeclarationError, match=r"datasets/visits\.yml: rules\.odd: "):
        load(packaged, broken, [HEADER, ROWS[0]], tmp_path)


def test_counts_that_do_not_tie_stop_the_load(packaged: Any, tmp_path: Path) -> None:
    loaded = load(packaged, contract(), [HEADER, *ROWS], tmp_path)
    assert load_module._checked(loaded) is loaded
    for wrong in (replace(loaded, rows=7), replace(loaded, quarantined=1), replace(loaded, listed={"total": 1})):
        with pytest.raises(AssertionError, match=r"^走访\.xlsx, 台账: \d rows read, \d accounted for$"):
            load_module._checked(wrong)


CELLS = (
    ("甲1", "甲2", "合计", None), ("初", "复"), ("2024-03-01", "2024-04-02", "三月", None), ("张三", "无"),
    ("5", None), ("U", "D", "？"), ("2024-03-01 08:00:00", "2024-03-02 08:00:00", None),
)  # fmt: skip
LINES = st.lists(st.tuples(*map(st.sampled_from, CELLS)).map(list), max_size=12)


@pytest.fixture
def in_batches(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Loads with so many rows a batch, all of which go through files, as the batches of a large sheet do."""

    def of(size: int) -> None:
        monkeypatch.setattr("warehouse.sheets.TextSheet.batches", lambda sheet: batches(sheet.rows, size))
        monkeypatch.setattr("warehouse.frames.FEW", 0)

    return of


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, size=st.integers(1, 4), is_upsert=st.booleans())
def test_the_size_of_a_batch_changes_no_table_and_leaves_no_draft(
    lines: Grid, size: int, is_upsert: bool, packaged: Any, in_batches: Any, tmp_path_factory: Any
) -> None:
    one = changes() if is_upsert else contract(columns=COLUMNS | MARKS)
    rows: Grid = [[*HEADER, "同步类型", "同步时间"], ["甲9", "初", "2024-03-01", None, None, "U", None]]
    found = []
    for batch in (50_000, size):
        in_batches(batch)
        loaded = load(packaged, one, rows + lines, tmp_path_factory.mktemp("load"))
        tables = {name: table(loaded, name) for name in ("core", "quarantine", "listed", "deletions")}
        found.append({name: sorted(found, key=lambda row: row["_row"]) for name, found in tables.items()})
        assert [row["_row"] for row in tables["core"]] == [row["_row"] for row in found[-1]["core"]]
        assert {path.stem for path in loaded.core_path.parent.iterdir()} == tables.keys()
    assert found[0] == found[1]
