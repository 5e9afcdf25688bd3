"""The command line as scripts rely on it: exit codes, `--json` shapes, words for people."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flows.night import Summary

Night = tuple[Path, Summary]
DUCHA = Path(sys.executable).with_name("ducha")


def ducha(*words: str | Path, code: int = 0) -> str:
    """Run the installed command; gives what it printed. Never a traceback."""
    done = subprocess.run([DUCHA, *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + (done.stderr if code else "")


def as_json(*words: str | Path) -> Any:
    return json.loads(ducha(*words, "--json"))


def test_metrics_have_their_fixed_shape(sample_night: Night) -> None:
    rows = as_json("metrics", "--home", sample_night[0], "--period", "2024")
    assert all(
        row.keys() == {"metric", "kind", "period", "unit", "town", "numerator", "denominator", "value", "printed",
                       "standing", "target", "units_owed", "units_delivered"}
        for row in rows
    )  # fmt: skip
    county = {row["metric"]: row for row in rows if row["unit"] is None and row["town"] is None}
    assert (county["filing_on_time_rate"]["numerator"], county["filing_on_time_rate"]["denominator"]) == (22, 23)
    assert 0.95 < county["filing_on_time_rate"]["value"] < 0.96
    assert county["service_cases_completed"]["denominator"] is None
    assert county["service_cases_completed"]["value"] == county["service_cases_completed"]["numerator"] == 9425


def test_home_may_stand_before_the_command_too(sample_night: Night) -> None:
    before = as_json("--home", sample_night[0], "metrics", "--metric", "filing_rate", "--period", "2024")
    assert before == as_json("metrics", "--home", sample_night[0], "--metric", "filing_rate", "--period", "2024")


def test_trace_lists_the_rows_of_a_shortfall(sample_night: Night) -> None:
    rows = as_json("trace", "filing_on_time_rate", "--home", sample_night[0], "--period", "2024", "--side", "shortfall")
    assert len(rows) == 1 and rows[0]["filed_on"] > rows[0]["filing_due_on"]
    assert {"_file", "_sheet", "_row"} <= rows[0].keys()
    assert "行 / rows" in ducha("trace", "filing_rate", "--home", sample_night[0], "--period", "2024")


def test_findings_letters_and_deliveries_have_their_shapes(sample_night: Night) -> None:
    findings = as_json("findings", "--home", sample_night[0])
    assert findings and all(
        row.keys() == {"id", "metric", "unit", "period", "state", "standing", "first_seen", "last_seen", "due_on"}
        for row in findings
    )
    letters = as_json("letters", "list", "--home", sample_night[0])
    shown = as_json("letters", "preview", str(letters[0]["id"]), "--home", sample_night[0])
    assert "样例数据" in shown["subject"] and shown["text"].strip()
    states = {row["state"] for row in as_json("delivery", "list", "--home", sample_night[0])}
    assert {"in_force", "refused", "duplicate", "replaced"} <= states
    owed = as_json("delivery", "owed", "--home", sample_night[0], "--year", "2024")
    assert (owed[0]["outcome"], owed[0]["supplier"], owed[0]["period"]) == ("missing", "justice_bureau", "2024Q4")
    assert {row["outcome"] for row in owed} >= {"missing", "came", "late"}
    for words in (
        ["findings"],
        ["letters", "list"],
        ["delivery", "list"],
        ["delivery", "owed"],
        ["metrics", "--period", "2024"],
    ):
        assert ducha(*words, "--home", sample_night[0]).strip()


def test_check_tells_what_would_become_of_a_file_and_keeps_nothing(tmp_path: Path) -> None:
    good, bad = tmp_path / "备案.csv", tmp_path / "扫描.pdf"
    good.write_text("文号,制定机关,印发日期,报备机关\n样政发〔2024〕3号,县司法局,2024-02-30,市政府\n", "utf-8")
    bad.write_bytes(b"%PDF-1.4\n")
    loaded, refused = as_json("check", good, bad, "--home", tmp_path / "none")
    assert loaded.keys() == {"file", "sha256", "refused", "sheets"}
    (sheet,) = loaded["sheets"]
    assert (sheet["dataset"], sheet["rows"], sheet["loaded"], sheet["quarantined"]) == (
        "normative_document_filings", 1, 0, 1,
    )  # fmt: skip
    (reason,) = sheet["reasons"]
    assert reason["column"] == "issued_on" and reason["examples"][0]["cell"] == "C2"
    assert refused["refused"]["code"] == "not_a_table" and refused["sheets"] == []
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["metrics", "--period", "2024年"], "2024年"),
        (["metrics", "--metric", "filing_rat"], "filing_rate"),
        (["metrics", "--unit", "火星局"], "火星局"),
        (["trace", "no_such_metric"], "no_such_metric"),
        (["letters", "preview", "99999"], "99999"),
        (["letters", "send"], "SMTP"),
        (["delivery", "withdraw", "none", "--reason", "x"], "none"),
        (["delivery", "accept", "none"], "none"),
        (["nightly", "--plain", "--date", "2020-01-01"], "2020-01-01"),
    ],
)
def test_wrong_use_is_said_in_a_sentence_with_code_2(sample_night: Night, words: list[str], said: str) -> None:
    assert said in ducha(*words, "--home", sample_night[0], code=2)


def test_a_home_that_is_none_is_said(tmp_path: Path) -> None:
    assert "ducha init" in ducha("metrics", "--home", tmp_path / "none", code=2)
    ducha("init", "--home", tmp_path / "new")
    assert "ducha nightly" in ducha("metrics", "--home", tmp_path / "new", code=2)


def test_a_broken_declaration_names_file_line_and_nearest_key(tmp_path: Path) -> None:
    ducha("init", "--home", tmp_path)
    broken = tmp_path / "catalogue" / "targets" / "mine.yml"
    broken.write_text(
        "filing_rate:\n  - since: 2024\n    judged: {every: year, for: all, from: 01-20}\n"
        "    at_leest: 100%\n    severity: high\n    basis: x\n",
        "utf-8",
    )
    said = ducha("nightly", "--plain", "--home", tmp_path, code=2)
    assert "mine.yml:4" in said.replace("\n", "") and "at_least" in said


def test_fail_on_gives_code_1_and_dry_run_keeps_nothing(copied_sample: Path) -> None:
    before = sorted(path.name for path in (copied_sample / "snapshots").iterdir())
    said = ducha("nightly", "--plain", "--dry-run", "--home", copied_sample)
    assert "什么也没有保存" in said
    assert sorted(path.name for path in (copied_sample / "snapshots").iterdir()) == before
    ducha("nightly", "--plain", "--fail-on", "short", "--home", copied_sample, code=1)


def test_rebuild_and_doctor_speak(copied_sample: Path) -> None:
    assert as_json("rebuild", "--home", copied_sample)["same"] is True
    checkups = as_json("doctor", "--home", copied_sample)
    assert {one["state"] for one in checkups} <= {"well", "warning"}
    assert {"folder", "declarations", "ledger", "snapshot", "disk", "mail"} <= {one["name"] for one in checkups}


def test_doctor_sees_a_changed_audit_trail(copied_sample: Path) -> None:
    import sqlite3

    con = sqlite3.connect(copied_sample / "ledger.sqlite")
    con.execute("UPDATE audit SET detail = '{}' WHERE seq = 1")
    con.commit()
    con.close()
    assert "审计记录被改动" in ducha("doctor", "--home", copied_sample, code=3)
