"""What a published snapshot answers: the fixed shapes, its own declarations, masked rows, and history."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.conftest import Cases
from warehouse import build
from warehouse.declarations import Declarations
from warehouse.engine import DuckEngine
from warehouse.masking import mask_fault, mask_text, mask_value, personal_columns
from warehouse.snapshot import SnapshotTooNew, open_snapshot, write_history

Row = dict[str, Any]
KEYS = {
    *("metric", "kind", "period", "unit", "town", "numerator", "denominator", "value", "printed", "standing", "target"),
    *("units_owed", "units_delivered"),
}


def document(number: str, unit: str, **more: Any) -> Row:
    return {
        "document_number": number,
        "issued_on": date(2024, 3, 1),
        "level": "department",
        "drafting_unit": unit,
        **more,
    }


def standing(unit: str, standing: str, **more: Any) -> Row:
    named = dict.fromkeys(("target", "metric"), "legal_review_rate")
    place = {"kind": "rate", "every": "year", "period": "2024", "unit": unit}
    return {**named, **place, "standing": standing, "bound": 1, "comparison": "at_least", **more}


def judge(inputs: dict[str, Any], stage: str) -> dict[str, Any]:
    standings = [standing("market_bureau", "short", short_by=1), standing("justice_bureau", "met"),
                 standing("education_bureau", "missing")]  # fmt: skip
    record = {
        "target": "legal_review_rate",
        "success": False,
        "notes": "规则",
        "result": {"unexpected": [["a", "2024"]]},
    }
    empty: dict[str, Any] = {"standings": [], "evaluations": [], "signals": []}
    return empty | {"standings": standings, "evaluations": [record]} if stage == "first" else empty


@pytest.fixture(scope="module")
def built(lasting_county: Any) -> Path:
    county = lasting_county()
    documents = [
        document("一", "market_bureau", reviewed_on=date(2024, 2, 1)),
        document("二", "market_bureau"),
        document("三", "justice_bureau", reviewed_on=date(2024, 2, 1)),
    ]
    held = [{
        "rule": "bad_id", "column": "citizen_id", "cell": "C2", "value": "430102199001011234", "_on": date(2024, 2, 2),
        "say": "“430102199001011234”不是身份证号", "say_en": "“430102199001011234” is no citizen id",
        "also": json.dumps([{"rule": "bad_phone", "column": "phone", "cell": "D2", "value": "13812345678",
                             "say": "“13812345678”不是电话", "say_en": "no phone"}], ensure_ascii=False),
        "raw": json.dumps({"姓名": "张三丰", "身份证号": "430102199001011234", "案件编号": "A1", "家庭住址": "南街1号",
                           "联系 电话": "13812345678"}, ensure_ascii=False),
    }]  # fmt: skip
    aid = {
        "case_number": "A2",
        "applicant_name": "李四",
        "citizen_id": "430102199001011234",
        "accepted_on": date(2024, 2, 2),
    }
    built = county.build(
        county.deliver("normative_documents", documents, name="papers"),
        county.deliver("legal_aid_cases", [aid], (date(2024, 1, 1), date(2024, 3, 31)), name="aid", held=held,
                       listed=["total"], told=[{"code": "unknown_column", "say": "多了一列"}]),
        judge=judge, meta={"night": "2025-02-06.1", "business_date": "2025-02-06", "sample": "true"},
        deliveries=[
            {"id": "r1", "night": "2025-02-06.1", "state": "refused", "file_name": "x.pdf"},
            {"id": "r0", "night": "2025-02-05.1", "state": "refused", "file_name": "y.pdf"},
        ],
    )  # fmt: skip
    return built.path


def test_metrics_come_in_their_fixed_shape_and_as_json(built: Path) -> None:
    with open_snapshot(built) as snapshot:
        found = snapshot.metrics_json(period="2024")
    assert all(set(row) == KEYS for row in found)
    assert json.loads(json.dumps(found)) == found
    review = {row["unit"]: row for row in found if row["metric"] == "legal_review_rate"}
    assert review[None] == {
        "metric": "legal_review_rate", "kind": "rate", "period": "2024", "unit": None, "town": None, "numerator": 2,
        "denominator": 3, "value": 0.666667, "printed": "66.7%", "standing": "short", "target": 1, "units_owed": 1,
        "units_delivered": 1,
    }  # fmt: skip
    assert (review["justice_bureau"]["standing"], review["justice_bureau"]["value"]) == ("met", 1.0)
    # Nothing was counted for it, but it is judged: it does not disappear.
    assert (review["education_bureau"]["standing"], review["education_bureau"]["printed"]) == ("missing", "—")
    count = next(row for row in found if row["metric"] == "department_normative_documents" and row["unit"] is None)
    assert (count["denominator"], count["value"], count["numerator"], count["printed"]) == (None, 3, 3, "3件")
    nothing = next(row for row in found if row["metric"] == "fair_competition_review_rate" and row["unit"] is None)
    assert (nothing["denominator"], nothing["value"], nothing["standing"]) == (0, None, None)


def test_filters_ask_for_the_county_one_unit_or_all(built: Path) -> None:
    with open_snapshot(built) as snapshot:
        asked = {"period": "2024", "metric": "legal_review_rate"}
        assert [row["unit"] for row in snapshot.figures(**asked, unit=None)] == [None]
        assert [row["unit"] for row in snapshot.figures(**asked)] == [None, "justice_bureau", "market_bureau"]
        assert [row["unit"] for row in snapshot.metrics_json(**asked, unit="market_bureau")] == ["market_bureau"]
        assert [row["unit"] for row in snapshot.standings(standing="missing")] == ["education_bureau"]


def test_deliveries_are_those_in_force_and_those_stopped_this_night(built: Path) -> None:
    with open_snapshot(built) as snapshot:
        found = {row["id"]: row for row in snapshot.deliveries()}
        assert set(found) == {"papers", "aid", "r1"}
        assert {row["id"] for row in snapshot.deliveries(all_known=True)} == {"papers", "aid", "r1", "r0"}
    assert found["aid"]["told"] == [{"code": "unknown_column", "say": "多了一列"}]


def test_quarantined_rows_show_where_and_why_but_nothing_personal(built: Path) -> None:
    with open_snapshot(built) as snapshot:
        (shown,) = snapshot.quarantine(dataset="legal_aid_cases")
        (bare,) = snapshot.quarantine(delivery="aid", masked=False)
        asked = {"dataset": ["legal_aid_cases", "enterprises"], "start": date(2024, 1, 1), "end": date(2024, 12, 31)}
        assert snapshot.quarantine_count(**asked) == 1
        assert snapshot.quarantine_count(**asked | {"start": date(2024, 3, 1)}) == 0
        (behind,) = snapshot.rows_behind("aid", "Sheet1", 3)
    assert (shown["cell"], shown["rule"], shown["value"]) == ("C2", "bad_id", "430***34")
    for text in (
        json.dumps(shown, ensure_ascii=False, default=str),
        json.dumps(behind, ensure_ascii=False, default=str),
    ):
        for personal in ("430102199001011234", "13812345678", "张三丰", "南街"):
            assert personal not in text
        assert "案件编号" in text and "A1" in text
    assert "430102199001011234" in bare["raw"] and "13812345678" in bare["also"]


def test_a_source_row_is_found_whatever_became_of_it(built: Path) -> None:
    with open_snapshot(built) as snapshot:
        (loaded,) = snapshot.rows_behind("aid", "Sheet1", 2)
        (listed,) = snapshot.rows_behind("aid", "Sheet1", 1000)
        assert snapshot.rows_behind("aid", "Sheet1", 7) == snapshot.rows_behind("none", "Sheet1", 2) == []
    assert (loaded["case_number"], loaded["applicant_name"], listed["kind"]) == ("A2", "李***", "total")


def test_an_old_snapshot_answers_with_the_declarations_of_its_night(county: Any, county_with: Any) -> None:
    built = county.build(county.deliver("normative_documents", [document("一", "market_bureau")]))
    review = county.declarations.metrics["legal_review_rate"]
    newer = county_with(metrics={"legal_review_rate": review.model_copy(update={"numerator": "count"})})
    newer.count = county.count
    later = newer.build(previous=built.path)
    for path, wanted in ((built.path, 0), (later.path, 1)):
        with open_snapshot(path) as snapshot:
            (figure,) = snapshot.figures(period="2024", metric="legal_review_rate", unit=None)
            assert figure["numerator"] == wanted == snapshot.trace_count("legal_review_rate", "2024", side="numerator")
    with open_snapshot(built.path) as snapshot:
        assert snapshot.declarations == county.declarations
        assert snapshot.meta["declarations_sha256"] == county.declarations.sha256 != newer.declarations.sha256


def test_history_keeps_figures_standings_and_declarations(built: Path, tmp_path: Path) -> None:
    for _ in range(2):  # a killed night writes it again
        write_history(built, tmp_path, "2025-02-06.1")
    kept = tmp_path / "2025-02-06.1"
    with open_snapshot(built) as snapshot:
        assert pl.read_parquet(kept / "figures.parquet").height == len(snapshot.figures())
        assert pl.read_parquet(kept / "standings.parquet").height == len(snapshot.standings()) == 3
        declared = Declarations.model_validate_json((kept / "declarations.json").read_text("utf-8"))
        assert declared == snapshot.declarations
    assert {path.name for path in kept.iterdir()} == {"figures.parquet", "standings.parquet", "declarations.json"}


def test_a_snapshot_says_what_it_is_and_a_later_format_is_refused(built: Path, tmp_path: Path) -> None:
    with open_snapshot(built) as snapshot:
        meta = snapshot.meta
        assert snapshot.evaluations()[0]["result"] == {"unexpected": [["a", "2024"]]}
    assert (meta["format"], meta["night"], meta["as_of"], meta["sample"]) == ("1", "2025-02-06.1", "2025-02-06", "true")
    later = tmp_path / "later.duckdb"
    later.write_bytes(built.read_bytes())
    with DuckEngine(later) as engine:
        engine.run("UPDATE meta SET value = '2' WHERE key = 'format'")
    with pytest.raises(SnapshotTooNew):
        open_snapshot(later)


def test_a_snapshot_cannot_be_written_through_its_readers(built: Path) -> None:
    before = built.read_bytes()
    with open_snapshot(built) as one, open_snapshot(built) as other:
        assert one.figures() == other.figures()
        with pytest.raises(Exception, match="read-only"):
            one.engine.run("DELETE FROM figures")
    assert built.read_bytes() == before


# Opens whatever is newest, again and again: every answer must be of one night alone. The night goes first: eight
# readers on two cores would leave it, and what else runs there, a fifth of them.
READER = """
import os
import sys
from pathlib import Path
from warehouse.snapshot import open_snapshot
os.nice(10)
os.sched_setaffinity(0, range(os.cpu_count()))
folder = Path(sys.argv[1])
while not (folder / "stop").exists():
    newest = max(folder.glob("*.duckdb"), key=lambda path: int(path.stem))
    with open_snapshot(newest) as snapshot:
        (row,) = snapshot.figures(period="2024", metric="department_normative_documents", unit=None)
        print(newest.stem, int(row["numerator"]), snapshot.meta["documents"], flush=True)
"""


def read_while_publishing(county: Any, numbers: Iterable[int], readers: int) -> list[str]:
    """Publish a snapshot for each number while so many processes read the newest one; gives what was wrong."""
    path = county.build(meta={"documents": "0"}).path
    command = [sys.executable, "-c", READER, str(county.folder)]
    answers = [county.folder / f"reader-{number}.txt" for number in range(readers)]
    running = []
    for answer in answers:
        with answer.open("w") as target:  # a pipe would fill, and a reader that waits reads nothing
            running.append(subprocess.Popen(command, stdout=target, stderr=target, cwd=Path(__file__).parents[2]))
    try:
        deadline = time.monotonic() + 120
        while not all(answer.stat().st_size for answer in answers) and time.monotonic() < deadline:
            time.sleep(0.05)
        for count in numbers:
            documents = [document(f"{number}", "market_bureau") for number in range(count % 40)]
            sent = county.deliver("normative_documents", documents)
            path = county.build(sent, previous=path, meta={"documents": str(count % 40)}).path
            old = county.folder / f"{int(path.stem) - 40}.duckdb"
            old.unlink(missing_ok=True)
    finally:
        (county.folder / "stop").touch()
    codes = [reader.wait(60) for reader in running]
    lines = [line for answer in answers for line in answer.read_text("utf-8").splitlines()]
    read = [line.split() for line in lines]
    wrong = [f"code {code}" for code in codes if code]
    wrong += [] if len({one[0] for one in read if one}) > 2 else ["hardly any snapshot was read"]
    return wrong + [line for line, one in zip(lines, read, strict=True) if len(one) != 3 or one[1] != one[2]]


def test_readers_never_see_half_a_snapshot(county: Any, request: pytest.FixtureRequest, cases: Cases) -> None:
    """Quick form: 6 publishes, 2 readers; `--publishes 200 --readers 8`: the full drill."""
    publishes, readers = request.config.getoption("--publishes"), request.config.getoption("--readers")
    assert read_while_publishing(county, cases.each(range(1, publishes + 1)), readers) == []


def test_a_snapshot_that_is_published_before_it_is_whole_is_noticed(
    county: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program as it would be if a snapshot were copied to its name instead of renamed to it."""

    def copied(building: Path, target: Path) -> None:
        whole = building.read_bytes()
        with target.open("wb", buffering=0) as file:
            file.write(whole[: len(whole) // 2])
            time.sleep(0.5)
            file.write(whole[len(whole) // 2 :])

    monkeypatch.setattr(build, "make_durable", copied)
    assert read_while_publishing(county, range(1, 3), 1)


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [("name", "张三", "张***"), ("name", "张", "***"), ("id", "430102199001011234", "430***34"), ("id", "12345", "***"),
     ("phone", "13812345678", "138***78"), ("words", "我家漏水", "***"),
     ("address", "样例县城关镇南街1号", "样例县***"), ("name", None, None), ("phone", "", "")],
)  # fmt: skip
def test_a_mask_hides_more_than_it_shows(kind: Any, value: str | None, masked: str | None) -> None:
    assert mask_value(kind, value) == masked


def test_a_join_that_renames_a_personal_column_is_masked_too(county: Any) -> None:
    declared = county.declarations
    row_set = declared.row_sets["litigation_defendants"]
    renamed = row_set.model_copy(
        update={"sql": row_set.sql.replace("c.cause,", "c.cause, upper(c.plaintiff_name) AS suer,")}
    )
    changed = declared.model_copy(update={"row_sets": declared.row_sets | {"litigation_defendants": renamed}})
    found = personal_columns(changed, "litigation_defendants", ("litigation_cases",))
    assert found == {"plaintiff_name": "name", "suer": "name"}


def test_a_mask_over_a_mask_changes_nothing_and_shows_no_more() -> None:
    for kind, value in (("name", "张三"), ("id", "430102199001011234"), ("phone", "13812345678"), ("words", "漏水")):
        masked = mask_value(kind, value)  # type: ignore[arg-type]
        assert mask_value(kind, masked) == masked  # type: ignore[arg-type]
    assert mask_value("id", "430102199001011234***") == "430***" + "**"


def test_notes_keep_their_words_and_lose_the_people_in_them() -> None:
    text = "填表人：张三丰  联系电话：13812345678、0736-3222222 身份证430102199001011234 合计 1234567 统计人数：12"
    assert mask_text(text) == ("填表人：张***  联系电话：138***78、073***22 身份证430***34 合计 1234567 统计人数：12")
    assert mask_text("审核（盖章）: 李四 １３８１２３４５６７８") == "审核（盖章）: 李*** 138***78"
    assert mask_text("制表单位：县司法局 2024-12-31 11430799MB20240500001") == (
        "制表单位：县司法局 2024-12-31 11430799MB20240500001"
    )


def test_a_fault_hides_a_personal_value_however_its_sentence_quotes_it(county: Any) -> None:
    aid = county.declarations.contracts["legal_aid_cases"]
    quoted = {"column": "citizen_id", "value": "\u200b4301 02\n199001011234", "say": "“4301 02 199001011234”不对"}
    assert "1990" not in json.dumps(mask_fault(quoted, aid), ensure_ascii=False)
    slipped = {"column": "accepted_on", "value": "430102199001011234", "say": "“430102199001011234”不是日期"}
    assert mask_fault(slipped, aid)["say"] == "“430***34”不是日期"
    named = {"column": "case_number", "value": "13812345678", "say": "“13812345678”重复"}
    assert mask_fault(named, aid) == named


def test_the_people_of_a_roster_are_masked_although_it_cannot_say_so(county: Any) -> None:
    declared = county.declarations
    roster = declared.rosters["principals"].model_copy(
        update={"columns": {"unit": "unit", "principal_name": "text", "mobile": "phone", "card": "citizen_id"}}
    )
    changed = declared.model_copy(update={"rosters": {"members": roster}})
    found = personal_columns(changed, "members", ())
    assert found == {"principal_name": "name", "mobile": "phone", "card": "id"}


def test_a_query_spills_into_a_folder_of_its_own_and_leaves_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    wide = "SELECT row_number() OVER (ORDER BY hash(range), repeat('x', 100)) AS place FROM range(500000)"
    with DuckEngine(memory_limit="40MB", threads=1) as engine:
        spill = Path(engine.rows("SELECT current_setting('temp_directory') AS folder")[0]["folder"])
        assert engine.rows(f"SELECT max(place) AS most FROM ({wide})") == [{"most": 500000}]
        assert not list(tmp_path.iterdir())
        assert spill.stat().st_mode & 0o077 == 0  # what it spills may be of persons
    assert not spill.exists()
