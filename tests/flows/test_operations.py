"""What OPERATIONS.md and SECURITY.md say is so: their commands run, their units hold, and what they name is there."""

from __future__ import annotations

import configparser
import glob
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app, command_names
from flows.settings import read_settings
from tests.flows.test_files_again import drop, filings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "OPERATIONS.md").read_text("utf-8")
BOTH = PAGE + (ROOT / "SECURITY.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_every_command_of_the_page_runs_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = []
    for line in "".join(blocks("sh")).splitlines():
        words = [found for word in shlex.split(line) for found in (sorted(glob.glob(word)) or [word])]
        if words[0] == "export":
            monkeypatch.setenv(*words[1].split("="))
        elif words[0] == "mkdir":
            Path(words[1]).mkdir()
        else:
            assert words[0] == "ducha", line
            told = CliRunner().invoke(app, words[1:])
            assert told.exit_code == 0, (line, told.output)
            done.append(words[1])
            if words[1] == "init":
                drop(tmp_path / "county", filings(4))
    assert {"init", "nightly", "doctor", "backup", "restore", "rebuild", "letters", "delivery"} <= set(done)
    assert (tmp_path / "restored" / "ledger.sqlite").is_file()


def test_every_command_that_is_named_exists() -> None:
    named = set(re.findall(r"\bducha ([a-z]+)\b", BOTH)) - {"who"}
    assert named <= set(command_names()), named - set(command_names())


def test_the_units_hold_and_call_what_exists(tmp_path: Path) -> None:
    units = {text.splitlines()[0].removeprefix("# "): text for text in blocks("ini")}
    assert {"ducha.service", "ducha-watch.timer", "ducha-backup.timer"} <= units.keys()
    for name, text in units.items():
        read = configparser.ConfigParser(strict=False, interpolation=None)
        read.optionxform = str  # type: ignore[assignment,method-assign]
        read.read_string(text)
        if name.endswith(".timer"):
            assert name.replace(".timer", ".service") in units
        else:
            program, command = read["Service"]["ExecStart"].split()[:2]
            assert program == "/opt/ducha/.venv/bin/ducha" and command in command_names()
        # systemd's own checker wants a program that is there and a user that it knows.
        here = text.replace("/opt/ducha/.venv/bin/ducha", shutil.which("true") or "/bin/true")
        (tmp_path / name).write_text(here.replace("User=ducha", "User=root"), "utf-8")
    if checker := shutil.which("systemd-analyze"):
        paths = [str(tmp_path / name) for name in units]
        told = subprocess.run([checker, "verify", *paths], capture_output=True, text=True, timeout=60)
        assert not [line for line in told.stderr.splitlines() if "/ducha" in line], told.stderr


def test_every_file_that_is_named_as_a_proof_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", BOTH)
    assert len(named) > 10 and [name for name in named if not (ROOT / name).is_file()] == []
    rules = (ROOT / "tests" / "drills" / "promises.yml").read_text("utf-8")
    said = BOTH.replace(",", "")
    figures = "50 purges,200 marked,2000 names,5000 cells,10000 mutations,60 nights,100 corrections"
    for figure in figures.split(","):
        number, what = figure.split()
        option = {"nights": "disks", "corrections": "corrected"}.get(what, what)
        assert f"--{option} {number}" in rules and figure in said, figure


def test_the_watch_is_asked_after_its_hour(tmp_path: Path) -> None:
    """The timer's first look comes after `[night] watched_at`, before which the watch says nothing."""
    (first,) = re.findall(r"OnCalendar=\S+ (\d\d)\.\.\d\d:05:00 Asia/Shanghai", PAGE)
    assert f"{first}:05" >= read_settings(tmp_path).night.watched_at
