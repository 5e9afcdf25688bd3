"""The command `ducha report` as people and scripts use it: files, exit codes, `--json`, acceptance and confirmation."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from flows.night import Summary
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_current
from warehouse.trace import Side, recount

Night = tuple[Path, Summary]
DUCHA = Path(sys.executable).with_name("ducha")


@pytest.fixture(scope="module")
def home(sample_night: Night, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample county after one night, copied once: what these tests decide does not meet."""
    return Path(shutil.copytree(sample_night[0], tmp_path_factory.mktemp("report") / "home"))


def ducha(*words: str | Path, code: int = 0) -> str:
    """Run the installed command; gives what it printed. Never a traceback."""
    done = subprocess.run([DUCHA, *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + (done.stderr if code else "")


def as_json(*words: str | Path) -> Any:
    return json.loads(ducha(*words, "--json"))


def test_a_report_is_written_in_three_forms_with_the_same_figures(home: Path, tmp_path: Path) -> None:
    placed = as_json("report", "2024", "--home", home)
    assert len(placed) > 100 and all(
        one.keys() == {"metric", "period", "label", "held", "printed", "numerator", "denominator", "standing",
                       "is_unsure", "is_incomplete", "bookmark", "place"}
        for one in placed
    )  # fmt: skip
    (kept,) = (home / "reports").glob("annual_report_2024_*.docx")
    filing = next(one for one in placed if one["metric"] == "filing_on_time_rate")
    assert (filing["numerator"], filing["denominator"], filing["place"]) == (22, 23, "rulemaking.documents.filed")
    text = "\n".join(paragraph.text for paragraph in Document(str(kept)).paragraphs)
    for form in ("md", "html"):
        ducha("report", "2024", "--home", home, "--format", form, "--out", tmp_path / f"r.{form}")
        words = (tmp_path / f"r.{form}").read_text("utf-8")
        assert all(one["printed"] in words for one in placed if one["printed"])
    assert all(one["printed"] in text for one in placed if one["printed"])
    assert not list((home / "reports").glob(".*"))


def test_each_row_of_the_appendix_recounts_from_its_traced_rows(home: Path) -> None:
    ducha("report", "2024", "--home", home, "--out", home / "appendix.docx")
    rows = [[cell.text for cell in row.cells] for row in Document(str(home / "appendix.docx")).tables[0].rows]
    assert len(rows) > 150
    snapshot = open_current(Home(home))
    assert snapshot is not None
    with snapshot:
        for _, label, _, sides, _, sources, *_ in rows[1:]:
            _, metric, period = label.split("\n")
            traced: tuple[Side, ...] = ("numerator", "denominator") if "／" in sides else ("numerator",)
            counted = [
                recount(snapshot.declarations, metric, snapshot.trace(metric, period, side=side, masked=False), side)
                for side in traced
            ]
            assert [Decimal(one) for one in sides.split("／")] == counted, (metric, period)
            assert "行" in sources, metric


def test_the_signature_takes_the_last_words_of_the_text_along(home: Path) -> None:
    ducha("report", "2024", "--home", home, "--out", home / "signed.docx")
    paragraphs = Document(str(home / "signed.docx")).paragraphs
    at = next(at for at, one in enumerate(paragraphs) if one.text == "特此报告。")
    assert [one.paragraph_format.keep_with_next for one in paragraphs[at : at + 3]] == [True, True, True]


def test_every_figure_is_printed_as_a_person_reads_it(home: Path) -> None:
    placed = {(one["metric"], one["period"]): one for one in as_json("report", "2024", "--home", home)}
    printed = {name: one["printed"] for (name, period), one in placed.items() if period == "2024"}
    assert printed["county_normative_documents"] == "5件" and printed["service_cases_completed"] == "9425件"
    assert printed["enterprises"] == "15000多家" and printed["credit_check_rate"] == "95%以上"
    assert printed["filing_rate"] == "100%"
    assert printed["filing_on_time_rate"] == "96%"  # 22 of 23: short, and printed as it is
    assert printed["report_signed_on"] == "2025年1月24日"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["2019"], "2019年没有任何报送"),
        (["二〇二四"], "2024"),
        (["2024", "--accept", "all"], "--who"),
        (["2024", "--accept", "problem_of_mine", "--who", "x"], "problem_of_mine"),
        (["2024", "--confirm", "--unit", "火星局"], "火星局"),
        (["2024", "--confirmed", "justice_bureau"], "--scan"),
        (["2024", "--confirmed", "justice_bureau", "--scan", "/nowhere.pdf"], "--scan"),
        (["2024", "--out", "/proc/none/r.docx"], "/proc/none"),
    ],
)
def test_wrong_use_is_said_in_a_sentence_with_code_2(sample_night: Night, words: list[str], said: str) -> None:
    assert said in ducha("report", *words, "--home", sample_night[0], code=2)


def test_accepted_sentences_lose_their_brackets_and_stand_in_the_audit(home: Path, tmp_path: Path) -> None:
    def written() -> str:
        ducha("report", "2024", "--home", home, "--format", "md", "--out", tmp_path / "r.md")
        return (tmp_path / "r.md").read_text("utf-8")

    before = written()
    one = as_json("report", "2024", "--home", home, "--accept", "problem_filing_on_time_rate", "--who", "王<测试>")
    assert [row["id"] for row in one] == ["problem_filing_on_time_rate"] and "规范性文件按时报送率" in one[0]["text"]
    assert written().count("【待审：") == before.count("【待审：") - 1 > 5
    everything = as_json("report", "2024", "--home", home, "--accept", "all", "--who", "王<测试>")
    assert len(everything) == before.count("【待审：") and "【待审：" not in written()
    with open_ledger(Home(home), read_only=True) as ledger:
        rows = [row for row in ledger.audit() if row["action"] == "report_sentences_accepted"]
        assert [row["who"] for row in rows] == ["王<测试>"] * 2 and ledger.verify_audit() == []


def test_a_sheet_per_unit_and_its_scan_kept_by_hash(home: Path, tmp_path: Path) -> None:
    written = [Path(one) for one in as_json("report", "2024", "--home", home, "--confirm")]
    assert len(written) > 60 and len(set(written)) == len(written) and all(path.is_file() for path in written)
    (one,) = as_json("report", "2024", "--home", home, "--confirm", "--unit", "县司法局", "--out", tmp_path)
    assert one == str(tmp_path / "confirmation_2024_justice_bureau.docx")
    scan = tmp_path / "确认单&<盖章>.pdf"
    scan.write_bytes(b"%PDF-1.4 sealed")
    told = as_json("report", "2024", "--home", home, "--confirmed", "县司法局", "--scan", scan)
    sha256 = hashlib.sha256(b"%PDF-1.4 sealed").hexdigest()
    assert told["scan_sha256"] == sha256 and told["unit"] == "justice_bureau" and told["figures"] > 0
    assert (home / "archive" / sha256).read_bytes() == b"%PDF-1.4 sealed" and scan.exists()
    assert not list((home / "reports").glob("*.scan"))
    ducha("report", "2024", "--home", home, "--format", "md", "--out", tmp_path / "r.md")
    assert "已确认（1/" in (tmp_path / "r.md").read_text("utf-8")
    with open_ledger(Home(home), read_only=True) as ledger:
        assert "figures_confirmed" in [row["action"] for row in ledger.audit()]


@pytest.mark.parametrize(("name", "content"), [("a.exe", b"MZ"), ("a.pdf", b""), ("确认单（秘密）.pdf", b"%PDF-1.4")])
def test_what_is_no_scan_is_refused_and_not_kept(home: Path, tmp_path: Path, name: str, content: bytes) -> None:
    scan = tmp_path / name
    scan.write_bytes(content)
    before = sorted(path.name for path in (home / "archive").iterdir())
    ducha("report", "2024", "--home", home, "--confirmed", "justice_bureau", "--scan", scan, code=2)
    assert sorted(path.name for path in (home / "archive").iterdir()) == before


def test_a_home_before_its_first_night_is_told(tmp_path: Path) -> None:
    ducha("init", "--home", tmp_path / "new")
    assert "ducha nightly" in ducha("report", "2024", "--home", tmp_path / "new", code=2)
