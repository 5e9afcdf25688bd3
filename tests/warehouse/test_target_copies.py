"""Targets of a new year: written beside the old ones, whatever the clerk's file looks like, and once only."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from warehouse.declarations import read_declarations
from warehouse.target_copies import copy_targets
from warehouse.yaml_reader import read_yaml

BASIS = "judged: {every: year, for: drafting, from: 01-20 next year}, severity: low, basis: 测试"
STYLES = {
    "flow": "filing_rate:\n  - {since: 2024, at_least: 90%, " + BASIS + "}  # 经会议定\n# 末尾\n",
    "block": """filing_rate:
- since: 2024
  at_least: 90%
  severity: low
  basis: 测试
  judged:
    every: year
    for: drafting
    from: 01-20 next year   # 每年

# 末尾
""",
    "in_brackets": "filing_rate: [{since: 2024, at_least: 90%, " + BASIS + "}]\n# 末尾",
    "ends": "filing_rate:\n  - {since: 2024, until: 2024-12-31, at_least: 90%, " + BASIS + "}\n# 末尾",
}


def own_file(catalogue: Path, text: str, name: str = "mine") -> Path:
    path = catalogue / "targets" / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("style", STYLES)
def test_a_clerks_own_target_gets_its_copy_and_every_line_of_hers_stays(style: str, tmp_path: Path) -> None:
    path = own_file(tmp_path, STYLES[style])
    done = copy_targets(tmp_path, 2025)
    assert "filing_rate" in done.copied and not done.by_hand and not list(path.parent.glob(".*"))
    text = path.read_text("utf-8")
    comments = [part for part in ("# 经会议定", "# 每年", "# 末尾") if part in STYLES[style]]
    assert [part for part in comments if part not in text] == []
    old, new = read_declarations(tmp_path).targets["filing_rate"]
    assert (old.since, old.until, new.since) == (date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1))
    assert new.until == (date(2025, 12, 31) if style == "ends" else None)
    same = {"since", "until"}
    assert old.model_dump(exclude=same) == new.model_dump(exclude=same)


def test_every_packaged_target_is_copied_once_and_never_twice(tmp_path: Path) -> None:
    own_file(tmp_path, "# 本县的\nfiling_rate: []\n", "rulemaking")
    packaged = read_declarations().targets
    done = copy_targets(tmp_path, 2025)
    assert set(done.copied) == packaged.keys() - {"filing_rate"}
    declared = read_declarations(tmp_path).targets
    for metric in done.copied:
        assert [one.since.year for one in declared[metric]] == [packaged[metric][0].since.year, 2025], metric
    files = {path: path.read_bytes() for path in (tmp_path / "targets").iterdir()}
    assert files[tmp_path / "targets" / "rulemaking.yml"].decode().startswith("# 本县的\nfiling_rate: []\n")
    again = copy_targets(tmp_path, 2025)
    assert not again.copied and set(again.given) == set(done.copied)
    assert {path: path.read_bytes() for path in (tmp_path / "targets").iterdir()} == files


def test_what_the_clerk_changed_for_the_new_year_goes_on_into_the_next(tmp_path: Path) -> None:
    path = own_file(tmp_path, STYLES["flow"])
    copy_targets(tmp_path, 2025)
    text = path.read_text("utf-8")
    at = text.index("'2025-01-01'")
    path.write_text(text[:at] + text[at:].replace("90%", "95%"), "utf-8")
    copy_targets(tmp_path, 2025)
    assert [one["at_least"] for one in read_yaml(path)["filing_rate"]] == ["90%", "95%"]
    copy_targets(tmp_path, 2026)
    assert [one["at_least"] for one in read_yaml(path)["filing_rate"]] == ["90%", "95%", "95%"]


def test_a_target_that_runs_on_or_was_replaced_is_left_alone(tmp_path: Path) -> None:
    runs_on = STYLES["ends"].replace("2024-12-31", "2025-06-30")
    replaced = "legal_review_rate:\n  - {since: 2024, until: 2024-06-30, at_least: 90%, " + BASIS + "}\n"
    path = own_file(tmp_path, runs_on + "\n" + replaced)
    done = copy_targets(tmp_path, 2025)
    assert not {"filing_rate", "legal_review_rate"} & {*done.copied, *done.given}
    assert path.read_text("utf-8") == runs_on + "\n" + replaced


def test_a_file_that_cannot_be_added_to_safely_is_left_and_named(tmp_path: Path) -> None:
    text = "one: &t\n  - {since: 2024, at_least: 90%, " + BASIS + "}\nfiling_rate: *t\n"
    path = own_file(tmp_path, text.replace("one:", "legal_review_rate:"))
    done = copy_targets(tmp_path, 2025)
    assert set(done.by_hand) == {"legal_review_rate", "filing_rate"}
    assert path.read_text("utf-8") == text.replace("one:", "legal_review_rate:")
