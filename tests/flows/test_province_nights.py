"""The nights of many counties through Prefect: one that cannot run is told, and the others are published."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from flows.cli import app
from flows.making import make_home
from warehouse.home import Home
from warehouse.ledger import open_ledger


def test_a_county_whose_rules_do_not_read_stops_no_other(tmp_path: Path) -> None:
    for name in ("broken", "whole"):
        make_home(Home(tmp_path / name))
    (tmp_path / "no_home").mkdir()
    (tmp_path / "broken" / "ducha.toml").write_text("[county", "utf-8")
    words = ["province", "nights", "--counties", str(tmp_path), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    broken, whole = json.loads(done.stdout)
    assert (broken["county"], broken["outcome"]) == ("broken", "refused")
    assert "配置文件无法读取" in broken["say"] and "does not read" in broken["say"]
    assert (whole["county"], whole["outcome"]) == ("whole", "published")
    with open_ledger(Home(tmp_path / "whole"), read_only=True) as ledger:
        night = ledger.current_night()
    assert night is not None and night["id"] == whole["night"]


def test_a_folder_without_a_home_is_refused_in_both_languages(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["province", "nights", "--counties", str(tmp_path)])
    assert done.exit_code == 2
    assert "没有县的工作目录" in done.output and "holds no county's home" in " ".join(done.output.split())
