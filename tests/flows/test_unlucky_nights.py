"""Homes and hours that are unusual and plausible: what happens to files, letters and receipts then."""

from __future__ import annotations

import csv
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.night import run_night
from flows.settings import read_settings
from tests.flows.conftest import one_night
from tests.flows.test_files_again import HEADER, YEAR, drop, filings
from warehouse.home import Home
from warehouse.inbox import look_into
from warehouse.ledger import open_ledger


def write(path: Path, rows: list[list[str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="gb18030", newline="") as target:
        csv.writer(target).writerows([HEADER, *rows])
    return path


def receipts(folder: Path) -> list[str]:
    return sorted(path.read_text("utf-8-sig") for path in folder.glob("回执/*.txt"))


def test_two_units_with_the_same_file_name_each_get_their_own_receipt(bare_home: Path) -> None:
    inbox = bare_home / "inbox"
    write(inbox / "justice_bureau" / "台账.csv", filings(3))
    write(inbox / "finance_bureau" / "台账.csv", filings(3))
    one_night(bare_home, YEAR)
    (own,), (other,) = receipts(inbox / "justice_bureau"), receipts(inbox / "finance_bureau")
    assert "应由" not in own and "应由" in other


def test_two_files_of_one_name_in_subfolders_each_get_a_receipt(bare_home: Path) -> None:
    unit = bare_home / "inbox" / "justice_bureau"
    write(unit / "甲" / "台账.csv", filings(3))
    write(unit / "乙" / "台账.csv", filings(4))
    one_night(bare_home, YEAR)
    assert len(receipts(unit)) == 2


@pytest.mark.parametrize("call", ["unlink", "mkdir"])
def test_a_unit_folder_that_cannot_be_written_stops_no_letter(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    drop(bare_home, filings(3))
    real = getattr(Path, call)

    def denied(path: Path, *args: Any, **kwargs: Any) -> Any:
        if "justice_bureau" in path.parts:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, call, denied)
    summary = one_night(bare_home, YEAR)
    assert summary.deliveries["in_force"] == 1
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        assert ledger.heartbeats()["finished"]["note"] == summary.night
        assert ledger.letters(state="queued") == []
    again = one_night(bare_home, YEAR)
    assert again.loaded == 0


def test_a_file_that_goes_while_the_inbox_is_listed_stops_nothing(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(bare_home, filings(3))
    real = Path.lstat
    gone = drop(bare_home, filings(2), "走了.csv")

    def lstat(path: Path) -> Any:
        if path == gone:
            raise FileNotFoundError(path)
        return real(path)

    monkeypatch.setattr(Path, "lstat", lstat)
    assert one_night(bare_home, YEAR).deliveries == {"in_force": 1}


def test_a_name_in_the_bytes_of_old_windows_is_taken_and_shown(bare_home: Path) -> None:
    path = drop(bare_home, filings(3))
    os.rename(path, os.fsencode(path.parent) + "/备案台账.csv".encode("gb18030"))
    one_night(bare_home, YEAR)
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        assert [row["file_name"] for row in ledger.deliveries()] == ["备案台账.csv"]
    assert not [path for path in (bare_home / "inbox").rglob("*.csv")]
    assert len(receipts(bare_home / "inbox" / "justice_bureau")) == 1


def test_a_home_with_an_odd_name_works(bare_home: Path, tmp_path: Path) -> None:
    odd = tmp_path / "我的 家's #1%20 [2]"
    shutil.move(bare_home, odd)
    drop(odd, filings(3))
    assert one_night(odd, YEAR).loaded == 3


def test_a_step_that_is_tried_again_takes_no_file_twice(bare_home: Path) -> None:
    """Prefect tries these steps again after an error: whatever of them was done must not be done twice."""
    import zipfile

    path = drop(bare_home, filings(3))
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.write(path, "台账.csv")
    path.unlink()

    def twice(name: str, step: Any) -> Any:
        def tried(*args: Any) -> Any:
            if name == "take_files":
                step(*args)
            elif name == "read_delivery":
                night, _taken = args
                kept = list(night.candidates), list(night.ledger_rows)
                step(*args)
                night.candidates[:], night.ledger_rows[:] = kept
            return step(*args)

        return tried

    summary = run_night(read_settings(bare_home), YEAR, call=twice)
    assert summary.files == 1 and summary.deliveries == {"in_force": 1} and summary.loaded == 3


def test_a_file_stamped_in_the_future_does_not_wait_for_ever(bare_home: Path) -> None:
    path = drop(bare_home, filings(3))
    os.utime(path, (4_000_000_000, 4_000_000_000))
    moment = datetime.now(UTC) + timedelta(minutes=5)
    assert [file.name for file in look_into(bare_home / "inbox", moment, 60).files] == [path.name]


def test_history_is_kept_also_of_a_night_killed_before_it_was_written(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import publishing

    def killed(_night: Any) -> None:
        raise KeyboardInterrupt

    drop(bare_home, filings(3))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(publishing, "keep_history", killed)
        one_night(bare_home, YEAR)
    one_night(bare_home, YEAR)
    assert sorted(path.name for path in (bare_home / "history").iterdir()) == ["2025-02-06.1", "2025-02-06.2"]


def test_a_half_copied_archive_file_is_never_taken_for_the_whole(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive lies on another disk, and the machine stops in the middle of the copy."""
    import warehouse.inbox as inbox

    def stopped(source: Any, target: Any, *_: Any, **__: Any) -> Any:
        Path(target).write_bytes(Path(source).read_bytes()[:10])
        raise KeyboardInterrupt

    path = drop(bare_home, filings(3))
    whole = path.read_bytes()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(inbox, "_same_disk", lambda *_: False)
        for name in ("move", "copyfile", "copy2", "copy"):
            patch.setattr(shutil, name, stopped)
        one_night(bare_home, YEAR)
    one_night(bare_home, YEAR)
    assert [kept.read_bytes() for kept in (bare_home / "archive").iterdir()] == [whole]
