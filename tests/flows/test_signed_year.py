"""A signed year: what was signed stands, later rows and rules are told beside it and open no finding in it."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from typer.testing import CliRunner

from flows import publishing
from flows.cli import app
from flows.making import make_home
from flows.rebuilding import rebuild_home
from flows.settings import read_settings
from tests.flows.conftest import one_night
from tests.flows.test_merged_unit import FILINGS, MERGED, METRIC, NEW, OLD, ROSTER, TARGET, filing, write
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.report_decisions import signatures
from warehouse.snapshot import open_current

FIRST, LATER = date(2025, 2, 6), date(2025, 2, 7)
STRICTER = "filed_documents:\n" + METRIC.partition("\n")[2].replace("is null", "is not null").replace(
    "未报备", "已报备"
)
ROWS = [
    filing("样商发〔2024〕1号", "2024-03-04", "2024-03-10"),
    filing("样商发〔2024〕2号", "2024-05-06", "2024-05-10"),
    filing("样教发〔2024〕1号", "2024-05-07", "", "县教育局"),
    filing("样商发〔2023〕1号", "2023-05-06", "2023-05-10"),
]


def ducha(home: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*words, "--home", str(home)])
    assert done.exit_code == code, done.output
    return done.output


def as_json(home: Path, *words: str) -> Any:
    return json.loads(ducha(home, *words, "--json"))


def own(home: Path, kind: str, text: str, name: str = "own") -> None:
    path = home / "catalogue" / kind / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def findings(home: Path) -> dict[tuple[str, str, str], str]:
    with open_ledger(Home(home), read_only=True) as ledger:
        return {(row["target"], row["unit"], row["period"]): row["state"] for row in ledger.findings()}


def standing(home: Path, target: str, period: str, unit: str = OLD) -> str:
    with open_current(Home(home)) as snapshot:  # type: ignore[union-attr]
        return str(snapshot.standings(period, unit, target)[0]["standing"])


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after one night: the old unit filed everything, the education bureau owes one document of 2024."""
    home = tmp_path_factory.mktemp("signed") / "home"
    make_home(Home(home))
    own(home, "rosters", ROSTER, "units")
    own(home, "metrics", METRIC)
    own(home, "targets", TARGET.replace("since: 2024", "since: 2023"))
    write(home, "一.csv", [FILINGS, *ROWS])
    one_night(home, FIRST)
    return home


@pytest.fixture(scope="module")
def pinned(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home, its report of 2024 accepted and signed."""
    home = Path(shutil.copytree(judged, tmp_path_factory.mktemp("pinned") / "home"))
    assert "待审" in ducha(home, "report", "2024", "--sign", "--who", "王<测试>", code=2)
    ducha(home, "report", "2024", "--accept", "all", "--who", "王<测试>")
    told = as_json(home, "report", "2024", "--sign", "--who", "王<测试>")
    assert (home / "archive" / told["docx_sha256"]).read_bytes() == Path(told["path"]).read_bytes()
    return home


@pytest.fixture
def signed(pinned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pinned, tmp_path / "home"))


def late_night(home: Path) -> None:
    """Two late documents: one of the signed year, one of a year that nobody signed; and a target that is new."""
    own(home, "rosters", MERGED, "units")
    own(home, "metrics", STRICTER, "stricter")
    own(home, "targets", "filed_documents:\n" + TARGET.partition("\n")[2].replace("2024", "2023", 1), "stricter")
    late = [filing("样商发〔2024〕9号", "2024-09-09", ""), filing("样商发〔2023〕9号", "2023-09-09", "")]
    write(home, "二.csv", [FILINGS, *ROWS, *late])
    one_night(home, LATER)


def test_late_rows_and_later_rules_leave_a_signed_year_as_it_was_signed(signed: Path) -> None:
    before = findings(signed)
    assert before["unfiled_documents", "education_bureau", "2024"] == "found"
    late_night(signed)
    new = findings(signed).keys() - before.keys()
    assert ("unfiled_documents", OLD, "2023") in new and ("filed_documents", OLD, "2023") in new
    assert [key for key in new if key[2].startswith("2024")] == []
    assert standing(signed, "unfiled_documents", "2024") == "met" != standing(signed, "unfiled_documents", "2023")
    with open_current(Home(signed)) as snapshot:  # type: ignore[union-attr]
        assert snapshot.standings("2024", target="filed_documents") == []
        (county,) = snapshot.figures("2024", unit=None, metric="unfiled_documents", town=None)
        assert county["numerator"] == 2
    changes = as_json(signed, "report", "2024", "--changes")
    told = {(one["metric"], one["period"], one["unit"]): one for one in changes}
    one = told["unfiled_documents", "2024", None]
    assert (one["signed_numerator"], one["numerator"], one["difference"], one["rule_changed"]) == (1, 2, 1, False)
    assert ("unfiled_documents", "2024", OLD) in told and all(key[1].startswith("2024") for key in told)
    assert "签发后" in ducha(signed, "metrics", "--period", "2024")
    assert rebuild_home(read_settings(signed), lambda *_: None).same


def test_the_signed_report_is_written_again_with_what_changed_and_the_old_name(signed: Path, tmp_path: Path) -> None:
    with open_ledger(Home(signed), read_only=True) as ledger:
        (row,) = signatures(ledger)
        assert "report_signed" in [one["action"] for one in ledger.audit()] and ledger.verify_audit() == []
    ducha(signed, "report", "2024", "--out", str(tmp_path / "same.docx"))
    assert (tmp_path / "same.docx").read_bytes() == (signed / "archive" / row["docx_sha256"]).read_bytes()
    own(signed, "report", "closing: 改了一句\n", "frame")
    late_night(signed)
    ducha(signed, "report", "2024", "--out", str(tmp_path / "later.docx"))
    documents = [Document(str(tmp_path / name)) for name in ("same.docx", "later.docx")]
    pages = [[one.text for one in document.paragraphs if one.text] for document in documents]
    body = pages[0][: pages[0].index("附：数据来源与口径表")]
    assert pages[1][: len(body)] == body and "附：签发后变化" in pages[1] and "改了一句" not in "".join(pages[1])
    assert any("未报备文件" in line and "签发时为1，现为2，相差+1" in line for line in pages[1])
    ducha(signed, "report", "2024", "--current", "--format", "md", "--out", str(tmp_path / "now.md"))
    assert "改了一句" in (tmp_path / "now.md").read_text("utf-8")
    assert "--reason" in ducha(signed, "report", "2024", "--sign", "--who", "李", code=2)
    ducha(signed, "report", "2024", "--accept", "all", "--who", "李")
    again = as_json(signed, "report", "2024", "--sign", "--who", "李", "--reason", "补报较多")
    assert again["snapshot"] != row["snapshot"] and as_json(signed, "report", "2024", "--changes") == []
    with open_ledger(Home(signed), read_only=True) as ledger:
        assert [(one["who"], one["reason"]) for one in signatures(ledger)] == [("王<测试>", ""), ("李", "补报较多")]


def test_an_open_finding_of_a_signed_year_is_put_right_and_a_closed_one_stays_closed(signed: Path) -> None:
    own(signed, "rosters", MERGED.replace("2025-03-31", "2025-02-06"), "units")
    right = [*ROWS[:2], filing("样教发〔2024〕1号", "2024-05-07", "2025-02-07", "县教育局")]
    write(signed, "更正.csv", [FILINGS, *right])
    one_night(signed, LATER)
    assert findings(signed)["unfiled_documents", "education_bureau", "2024"] == "awaiting_verification"
    assert standing(signed, "unfiled_documents", "2024", "education_bureau") == "short"  # as it was signed
    with open_ledger(Home(signed)) as ledger, ledger.publishing() as tx:
        tx.con.execute("UPDATE findings SET state = 'closed' WHERE unit = 'education_bureau'")
        tx.con.execute("INSERT INTO finding_events (finding_id, at, who, action, to_state, reason)"
                       " SELECT id, '2025-02-07', 'clerk', 'close', 'closed', 'put_right' FROM findings")  # fmt: skip
    write(signed, "又改.csv", [FILINGS, *ROWS[:3]])
    one_night(signed, LATER)
    assert findings(signed)["unfiled_documents", "education_bureau", "2024"] == "closed"
    with open_current(Home(signed)) as snapshot:  # type: ignore[union-attr]
        assert snapshot.declarations.answers_for(OLD, LATER) == NEW


def test_a_pinned_snapshot_outlives_the_thirty_nights(signed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "KEPT_NIGHTS", 1)
    for _ in range(2):
        one_night(signed, LATER)
    assert sorted(path.name for path in (signed / "snapshots").glob("*.duckdb")) == [
        "2025-02-06.1.duckdb", "2025-02-07.2.duckdb",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["2024", "--sign"], "--who"),
        (["2024", "--sign", "--who", " "], "--who"),
        (["2025", "--sign", "--who", "王"], "2025年"),
        (["2019", "--sign", "--who", "王"], "2019年没有任何报送"),
        (["2024", "--changes"], "还没有签发"),
        (["2024", "--sign", "--accept", "all", "--who", "王"], "一次只用一个"),
    ],
)
def test_what_cannot_be_signed_is_said_with_code_2(judged: Path, words: list[str], said: str) -> None:
    assert said in ducha(judged, "report", *words, code=2)


def test_a_home_before_its_first_night_signs_nothing(bare_home: Path) -> None:
    assert "ducha nightly" in ducha(bare_home, "report", "2024", "--sign", "--who", "王", code=2)
