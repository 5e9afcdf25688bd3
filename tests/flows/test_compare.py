"""`ducha metrics --compare`: each figure beside the year before."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.making import make_home
from tests.flows.conftest import one_night
from warehouse.comparing import compare_years, with_last_year
from warehouse.home import Home
from warehouse.snapshot import open_current

HEAD = "文号,名称,文件层级,制定机关,印发日期,合法性审查意见日期,是否需公平竞争审查"
FIXED = {
    "metric", "kind", "period", "unit", "town", "numerator", "denominator", "value", "printed", "standing", "target",
    "units_owed", "units_delivered",
}  # fmt: skip


@pytest.fixture(scope="module")
def two_years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four documents in 2024, three of them reviewed; six in 2025, all reviewed."""
    root = tmp_path_factory.mktemp("years") / "home"
    make_home(Home(root))
    folder = root / "inbox" / "justice_bureau"
    for year, count, reviewed in ((2024, 4, 3), (2025, 6, 6)):
        lines = [HEAD]
        for number in range(1, count + 1):
            seen = f"{year}-03-01" if number <= reviewed else ""
            name = f"县司发〔{year}〕{number}号,第{number}号办法,部门,县司法局,{year}-05-0{number},{seen},否"
            lines.append(name)
        (folder / f"规范性文件台账{year}.csv").write_bytes("\n".join(lines).encode("gb18030"))
    one_night(root, date(2026, 2, 6))
    return root


def test_a_count_has_its_change_in_per_cent_and_a_rate_in_points(two_years: Path) -> None:
    with open_current(Home(two_years)) as snapshot:  # type: ignore[union-attr]
        count = compare_years(snapshot, "department_normative_documents", "2025")
        rate = compare_years(snapshot, "legal_review_rate", "2025", "justice_bureau")
        first = compare_years(snapshot, "department_normative_documents", "2024")
    assert (count.previous, count.change, count.percent, count.previous_period) == ((4, None), 2, 50, "2024")
    assert (rate.previous, rate.change, rate.percent) == ((3, 4), 25, None)
    assert (first.previous, first.change, first.rule_changed) == (None, None, False)  # nothing came for 2023


def test_the_fixed_shape_stays_and_compare_adds_to_it(two_years: Path) -> None:
    with open_current(Home(two_years)) as snapshot:  # type: ignore[union-attr]
        rows = snapshot.metrics_json("2025", metric="legal_review_rate", unit="justice_bureau")
        assert all(set(row) == FIXED for row in rows)
        (told,) = with_last_year(snapshot, rows)
    assert set(told) == FIXED | {"previous_period", "previous", "change", "percent", "rule_changed"}
    assert (told["previous"], told["change"], told["percent"], told["rule_changed"]) == (0.75, 25.0, None, False)
    assert json.loads(json.dumps(told)) == told


def test_the_command_prints_both_years(two_years: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from typer.testing import CliRunner

    from flows.cli import app

    asked = ["metrics", "--home", str(two_years), "--period", "2025", "--metric", "legal_review_rate", "--compare"]
    shown = CliRunner().invoke(app, asked, env={"COLUMNS": "200"}).output
    assert "75.0%" in shown and "+25.0" in shown
    printed: list[dict[str, Any]] = json.loads(CliRunner().invoke(app, [*asked, "--json"]).output)
    assert {row["change"] for row in printed if row["unit"] == "justice_bureau"} == {25.0}
