"""Documents to sign, drafted from a night of the sample county: numbers, notices, the ledger, the sheet for a visit."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document
from docx.oxml.ns import qn
from typer.testing import CliRunner

from app.papers.visit_sheet import cells_of, draw_rows, write_visit_sheet
from app.report.figures import Figures
from app.wording import day_words
from flows.cli import app
from warehouse.document_numbers import numbered_documents, take_number
from warehouse.home import Home
from warehouse.ledger import DecisionRefused, open_ledger
from warehouse.snapshot import Snapshot, open_current

ON, UNIT = date(2025, 2, 6), "health_bureau"
HAN = re.compile(r"[一-鿿]{3,4}")


@pytest.fixture(scope="module")
def home(sample_night: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the sample county's home what documents are drafted from."""
    copy = tmp_path_factory.mktemp("papers") / "home"
    shutil.copytree(sample_night[0], copy, ignore=shutil.ignore_patterns("inbox", "archive", "history"))
    Home(copy).make()
    return copy


@pytest.fixture(scope="module")
def snapshot(home: Path) -> Iterator[Snapshot]:
    found = open_current(Home(home))
    assert found is not None
    with found:
        yield found


def ducha(home: Path, *words: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*map(str, words), "--home", str(home)])
    assert done.exit_code == code, done.output
    return done.output


def words_of(path: Path) -> str:
    """All words of a docx or xlsx, headers and comments too."""
    if path.suffix == ".xlsx":
        cells = (cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row)
        return "\n".join(f"{cell.value or ''}\n{cell.comment.text if cell.comment else ''}" for cell in cells)
    document = Document(str(path))
    parts = [document.element.body, *(section.header._element for section in document.sections)]
    return "\n".join("".join(node.text or "" for node in line.iter(qn("w:t"))) for part in parts
                     for line in part.iter(qn("w:p")))  # fmt: skip


def findings_of(home: Path, unit: str = UNIT) -> list[dict[str, Any]]:
    with open_ledger(Home(home)) as ledger:
        return ledger.findings(owner=unit)


def test_a_number_is_given_once_and_the_same_findings_keep_theirs(tmp_path: Path) -> None:
    place = Home(tmp_path)
    place.make()
    later = date(2025, 3, 3)
    with open_ledger(place) as ledger:
        first = take_number(ledger, "notice", "a", [2, 1, 2], later, "甲", ON)
        assert (first.number, first.findings) == (1, (1, 2))
        assert take_number(ledger, "notice", "a", [1, 2], later, "乙", date(2025, 4, 1)) == first
        assert take_number(ledger, "notice", "a", [1], later, "乙", ON).number == 2
        assert take_number(ledger, "supervision", "a", [1, 2], later, "乙", ON).number == 1
        with pytest.raises(DecisionRefused, match="--new"):
            take_number(ledger, "notice", "a", [1, 2], date(2025, 3, 4), "乙", ON)
        for refused in ((date(2025, 2, 5), "乙"), (later, " ")):
            with pytest.raises(DecisionRefused):
                take_number(ledger, "notice", "b", [9], *refused, ON)
        assert take_number(ledger, "notice", "a", [1, 2], date(2025, 3, 4), "乙", ON, is_new=True).number == 3
        assert (
            take_number(ledger, "notice", "a", [1], date(2026, 3, 3), "乙", date(2026, 2, 1), is_new=True).number == 1
        )
        assert len({(one.kind, one.year, one.number) for one in numbered_documents(ledger)}) == 5
        audited = ledger.con.execute("SELECT count(*) FROM audit WHERE action = 'document_numbered'").fetchone()[0]
        assert audited == 5 and ledger.verify_audit() == []


def test_a_notice_names_number_deadline_basis_and_the_rows(home: Path, tmp_path: Path) -> None:
    rows = findings_of(home)
    path = tmp_path / "notice.docx"
    told = json.loads(
        ducha(home, "paper", "notice", *(row["id"] for row in rows), "--out", path, "--who", "甲", "--json")
    )
    words = words_of(path)
    due = min(row["due_on"] for row in rows)
    assert told["number"] == "督改〔2025〕1号" and told["by"] == due.isoformat()
    for expected in ("整改通知书", "督改〔2025〕1号", "县卫生健康局：", f"{day_words(due, 'zh')}前完成整改", "依据：",
                     "（加盖印章）", "签发人：", "本件为草稿", "样例数据", "2025年　月　日"):  # fmt: skip
        assert expected in words
    for row in rows:
        assert row["sentence_zh"].rstrip("。") in words
    assert re.search(r"\.(?:xlsx?|csv|txt|ods)，.*第\d+行", words)
    again = json.loads(ducha(home, "paper", "notice", *(row["id"] for row in rows), "--out", path, "--json"))
    assert again["number"] == told["number"]
    assert "督改〔2025〕1号" in ducha(home, "paper", "numbers", "--json")
    assert "县卫生健康" in ducha(home, "paper", "numbers")


def test_what_no_notice_may_say_is_refused_and_takes_no_number(home: Path, tmp_path: Path) -> None:
    own, other = findings_of(home)[0]["id"], findings_of(home, "justice_bureau")
    with open_ledger(Home(home)) as ledger:
        before = numbered_documents(ledger)
        ledger.con.execute("UPDATE findings SET state = 'contested' WHERE id = ?", (other[0]["id"],))
        ledger.con.execute("UPDATE findings SET state = 'closed' WHERE id = ?", (other[1]["id"],))
    out = ("--out", tmp_path / "x.docx")
    for words, why in (
        ((999_999,), "没有编号"), ((own, other[2]["id"]), "不同单位"), ((other[0]["id"],), "有异议"),
        ((other[1]["id"],), "已销号"), ((own, "--by", "三月"), "不是日期"), ((own, "--by", "2025-02-05"), "已过"),
    ):  # fmt: skip
        assert why in ducha(home, "paper", "notice", *words, *out, code=2)
    assert "不是docx" in ducha(home, "paper", "notice", own, "--out", tmp_path / "x.pdf", code=2)
    assert not (tmp_path / "x.docx").exists()
    with open_ledger(Home(home)) as ledger:
        assert numbered_documents(ledger) == before


def test_a_supervision_order_has_room_for_the_leader_and_tells_what_was_done_without_names(
    home: Path, tmp_path: Path
) -> None:
    number = findings_of(home)[0]["id"]
    ducha(home, "finding", number, "assign", "--who", "王小二", "--comment", "请尽快")
    path = tmp_path / "order.docx"
    ducha(home, "paper", "supervise", number, "--out", path, "--by", "2025-03-10", "--who", "王小二")
    words = words_of(path)
    for expected in (
        "督办〔2025〕1号",
        "2025年2月6日发现；2025年2月6日交办",
        "2025年3月10日",
        "领导批示",
        "复核人（签字）",
    ):
        assert expected in words
    assert "王小二" not in words and "请尽快" not in words


def test_the_rectification_ledger_has_every_finding_in_both_forms_and_no_formula(home: Path, tmp_path: Path) -> None:
    number = findings_of(home, "justice_bureau")[3]["id"]
    evidence = tmp_path / "佐证.pdf"
    evidence.write_bytes(b"%PDF-1.7 evidence")
    ducha(home, "finding", number, "plan", "--comment", "=1+1 联系人：李小明，13812345678")
    ducha(home, "finding", number, "evidence", "--file", evidence)
    ducha(home, "finding", number, "close", "--reason", "measures_taken", "--comment", "补录完成")
    for name in ("a.docx", "a.xlsx"):
        ducha(home, "paper", "ledger", "--out", tmp_path / name)
    with open_ledger(Home(home)) as ledger:
        count = len(ledger.findings())
    (table,) = Document(str(tmp_path / "a.docx")).tables
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet is not None
    typed = [[cell.text for cell in row.cells] for row in table.rows[:20]]
    rows = [[cell.value or "" for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert len(table.rows) - 1 == len(rows) - 1 == count and typed == rows[:20]
    assert rows[0] == ["序号", "问题", "责任单位", "整改措施", "整改时限", "进展", "佐证", "销号时间", "备注"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    line = next(row for row in rows if row[8].startswith(f"编号{number}\n"))
    assert line[3] == "=1+1 联系人：李***，138***78" and line[7] == "2025-02-06"
    assert line[6].startswith("佐证.pdf（") and line[5] == "已销号"
    told = json.loads(ducha(home, "paper", "ledger", "--unit", UNIT, "--open", "--out", tmp_path / "b.xlsx", "--json"))
    assert told["findings"] == [row["id"] for row in findings_of(home)]
    ducha(home, "paper", "ledger", "--year", "1999", "--out", tmp_path / "none.docx")
    assert "没有要列的问题" in words_of(tmp_path / "none.docx")
    assert "不是docx或xlsx" in ducha(home, "paper", "ledger", "--out", tmp_path / "a.csv", code=2)


def test_a_visit_draws_ten_rows_of_the_unit_and_the_same_ones_again(snapshot: Snapshot) -> None:
    figures = Figures(snapshot, "2024")
    drawn = draw_rows(figures, UNIT)
    assert len(drawn) == 10 and drawn == draw_rows(Figures(snapshot, "2024"), UNIT)
    assert len({(row["_delivery"], row["_sheet"], row["_row"]) for _, row in drawn}) == 10
    for name, row in drawn:
        assert row in snapshot.trace(name, "2024", unit=UNIT)
    assert draw_rows(figures, "market_bureau") != drawn
    sheet = write_visit_sheet(figures, UNIT, [], True)
    words = "\n".join(node.text or "" for node in Document(io.BytesIO(sheet)).element.body.iter(qn("w:t")))
    for _, row in drawn:
        assert row["_file"] in words and f"第{row['_row']}行" in words
    for expected in ("实地核查单", "县卫生健康局", "核查人员", "没有未销号的问题", "□一致"):
        assert expected in words
    assert draw_rows(figures, "no_such_unit") == []


def test_no_paper_and_no_letter_of_the_night_shows_a_person_or_another_units_figures(
    home: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    declared = snapshot.declarations
    held: dict[str, set[str]] = {"name": set(), "words": set(), "id": set(), "phone": set(), "address": set()}
    held["name"] = {row["principal_name"] for row in declared.rosters["principals"].rows.values()}
    for dataset, contract in declared.contracts.items():
        for column, one in contract.columns.items():
            if one.personal:
                asked = f"SELECT DISTINCT {column} AS value FROM {dataset} WHERE {column} IS NOT NULL"
                held[one.personal].update(row["value"] for row in snapshot.engine.rows(asked))
    for unit in declared.units.values():
        held["name"] |= {one for one in (unit.liaison, unit.leader) if one}
    names = {name for name in held["name"] if HAN.fullmatch(name)}
    words = {said[:6] for said in held["words"] if len(said) >= 6}
    numbers = held["id"] | held["phone"]
    assert len(names) > 1000 and len(words) > 15 and len(numbers) > 5000
    ids = [row["id"] for row in findings_of(home)]
    papers = {
        name: tmp_path / name for name in ("notice.docx", "order.docx", "visit.docx", "ledger.docx", "ledger.xlsx")
    }
    ducha(home, "paper", "notice", *ids, "--out", papers["notice.docx"])
    ducha(home, "paper", "supervise", *ids, "--out", papers["order.docx"])
    ducha(home, "paper", "visit", UNIT, "--out", papers["visit.docx"])
    for name in ("ledger.docx", "ledger.xlsx"):
        ducha(home, "paper", "ledger", "--unit", UNIT, "--out", papers[name])
    written = [*papers.values(), *(home / "letters").rglob("*.xlsx"), *(home / "letters").rglob("*.docx")]
    texts = {str(path): words_of(path) for path in written} | letter_texts(home)
    assert len(texts) > 60
    for path, shown in texts.items():
        for length, secrets in ((3, names), (4, names), (6, words), (11, numbers), (18, numbers)):
            windows = {shown[at : at + length] for at in range(len(shown) - length + 1)}
            assert not windows & secrets, path
    others = {unit.label.zh for name, unit in declared.units.items() if name != UNIT and unit.kind == "department"}
    for name in ("notice.docx", "order.docx", "ledger.xlsx"):
        assert not [other for other in others if other in texts[str(papers[name])]], name


def test_a_number_of_a_person_in_a_free_cell_is_masked_on_a_visits_sheet(snapshot: Snapshot) -> None:
    figures = Figures(snapshot, "2024")
    row = snapshot.trace("filing_rate", "2024", unit="education_bureau", limit=1)[0]
    shown = cells_of(figures, {**row, "title": "关于来访人13812345678的通知"})
    assert row["document_number"] in shown and "关于来访人138***78的通知" in shown


def test_what_a_person_writes_of_a_finding_reaches_no_paper_with_anyones_number(home: Path, tmp_path: Path) -> None:
    unit, phone, citizen, name = "education_bureau", "13812345678", "110105194912310021", "欧阳明"
    said = f"台账未归档，经办人：{name}，电话{phone}，身份证{citizen}"
    told = ducha(
        home, "finding", "new", "--unit", unit, "--comment", said, "--basis", f"档案法，联系人：{name}", "--json"
    )
    number = json.loads(told)["id"]
    papers = [tmp_path / f"{name}.docx" for name in ("notice", "supervise", "visit", "ledger")]
    for path in papers[:2]:
        ducha(home, "paper", path.stem, number, "--out", path)
    ducha(home, "paper", "visit", unit, "--out", papers[2])
    ducha(home, "paper", "ledger", "--unit", unit, "--out", papers[3])
    ducha(home, "paper", "ledger", "--unit", unit, "--out", tmp_path / "ledger.xlsx")
    for path in (*papers, tmp_path / "ledger.xlsx"):
        shown = words_of(path)
        assert "台账未归档，经办人：欧***，电话138***78，身份证110***21" in shown, path.name
        assert not [secret for secret in (phone, citizen, name) if secret in shown], path.name
    with open_ledger(Home(home)) as ledger:  # the person's own words are not lost
        assert ledger.finding_events(number)[0]["comment"] == said


def letter_texts(home: Path) -> dict[str, str]:
    """What each letter says, as text."""
    from app.letters.message import plain_text
    from app.letters.on_paper import read_parts

    return {str(path): plain_text(read_parts(path.read_bytes())) for path in (home / "letters").rglob("*.eml")}
