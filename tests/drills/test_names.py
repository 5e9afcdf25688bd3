"""File names are never paths. Quick form: 150 hostile names, 24 of them in a night; `--names 2000`: the full drill."""

from __future__ import annotations

import os
import random
import re
import stat
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.letters.receipt import receipt_name
from flows.making import make_home
from flows.night import run_night
from flows.settings import read_settings
from tests.conftest import Cases
from tests.drills.seeding import SEED
from tests.flows.conftest import _one_judging_process  # noqa: F401  # one process judges the nights of this file
from warehouse.archives import inner_name, open_zip, unpack_tables
from warehouse.home import Home
from warehouse.inbox import COUNTY_TIME, InboxFile, archive, copy_out, shown_name
from warehouse.refusals import DeliveryRefused

DAY = date(2025, 2, 6)
PIECES = (
    "..", ".", "/", "\\", "~", "con", "NUL", "aux.csv", "台账", "a", " ", "\u202e", "\u200b", "%2e%2e%2f", "\n", "\r",
    "\t", ":", "*", "?", '"', "<", ">", "|", "$(id)", "`id`", ";", "&", "'", "-rf", "COM1", "\x7f", "\ufeff", "😀",
    "\x01", "{{7*7}}", "%s", "${HOME}", "etc/passwd", "C:\\Windows", ".csv", ".xlsx", ".zip", "\udce9", "é",
    "龘", "x" * 120,
)  # fmt: skip
TABLE = "文号,制定机关,印发日期,报备日期,报备机关\n样发〔2024〕{n}号,样例县司法局,2024-03-04,2024-03-11,市政府\n"


def hostile_names(count: int) -> list[str]:
    """Seeded names, also such as no file system holds: those come from inside of archives."""
    chance = random.Random(SEED)
    return ["".join(chance.choices(PIECES, k=chance.randrange(1, 9))) for _ in range(count)]


@contextmanager
def writes() -> Iterator[list[Path]]:
    """Every path that this process opens for writing, makes, renames to or removes, as the interpreter tells it."""
    seen: list[Path] = []
    WATCHERS.append(seen)
    try:
        yield seen
    finally:
        WATCHERS.remove(seen)


WATCHERS: list[list[Path]] = []
MADE = {"os.mkdir": 0, "os.rename": 1, "os.link": 1, "os.symlink": 1, "os.remove": 0, "os.rmdir": 0, "os.truncate": 0}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if not WATCHERS:
        return
    path = args[MADE[event]] if event in MADE else args[0] if event == "open" and int(args[2] or 0) & WRITES else None
    if isinstance(path, str | bytes | os.PathLike):
        folder = args[-1] if event in ("os.mkdir", "os.remove", "os.rmdir") else -1  # a whole tree goes by handles
        here = os.readlink(f"/proc/self/fd/{folder}") if folder >= 0 else os.getcwd()
        found = Path(os.path.normpath(os.path.join(here, os.fsdecode(path))))
        for seen in WATCHERS:
            seen.append(found)


sys.addaudithook(_watch)


def outside(paths: list[Path], *allowed: Path) -> list[Path]:
    """Those that lie under none of the allowed folders."""
    rooms = [Path(os.path.abspath(room)) for room in (*allowed, Path("/dev/null"), Path("/proc"), Path("/dev/shm"))]
    return [path for path in paths if not any(path.is_relative_to(room) for room in rooms)]


def through_every_function(names: Iterable[str], root: Path) -> list[Path]:
    """What is written when each name comes from the inbox, from inside a zip, and goes out as a receipt's name."""
    source, kept, receipts = root / "source.csv", root / "archive", root / "回执"
    kept.mkdir()
    receipts.mkdir()
    now = datetime.now(COUNTY_TIME)
    with writes() as seen:
        for number, name in enumerate(names):
            source.write_text(TABLE.format(n=number), "utf-8")
            file = InboxFile(source, "justice_bureau", shown_name(name.replace("\0", "")), 1, now)
            copy, sha256 = copy_out(file, root / "work" / str(number))
            archive(copy, sha256, kept)
            (receipts / receipt_name(name, "2025-02-06.1")).write_bytes(b"x")
            _unpack(name, root / f"zip-{number}")
    return outside(seen, root)


def _unpack(name: str, folder: Path) -> None:
    folder.mkdir()
    path = folder / "outer.zip"
    with zipfile.ZipFile(path, "w") as package:
        entry = zipfile.ZipInfo("x.csv")
        entry.filename = name.encode("utf-8", "replace").decode()  # as an attacker writes it
        package.writestr(entry, TABLE.format(n=0))
    target = folder / "out"
    target.mkdir()
    with suppress(DeliveryRefused), open_zip(path, "outer.zip", 10**9, 200) as package:
        unpack_tables(package, "outer.zip", target)
    assert all(stat.S_ISREG(path.lstat().st_mode) and path.parent == target for path in target.rglob("*"))


def test_no_name_leads_a_write_out_of_its_folder(tmp_path: Path, request: pytest.FixtureRequest, cases: Cases) -> None:
    names = hostile_names(request.config.getoption("--names"))
    root = tmp_path / "a" / "b"
    root.mkdir(parents=True)
    assert through_every_function(cases.each(names), root) == []
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert all(len(os.fsencode(receipt_name(name, "2025-02-06.1"))) <= 255 for name in names)


def test_a_night_of_hostile_names_writes_into_its_home_alone(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    home = tmp_path / "a" / "home"
    make_home(Home(home))
    folder, dropped = home / "inbox" / "justice_bureau", 0
    for number, name in enumerate(hostile_names(request.config.getoption("--names") // 6)):
        plain = os.fsencode(name.replace("/", "\u2215").replace("\0", "") + ".csv")[:255]
        with suppress(OSError):
            Path(os.fsdecode(os.path.join(os.fsencode(folder), plain))).write_text(TABLE.format(n=number), "utf-8")
            dropped += 1
    assert dropped >= request.config.getoption("--names") // 8
    with writes() as seen:
        summary = run_night(read_settings(home), DAY)
    # Where a snapshot is only read, DuckDB spills into a folder of its own that goes with it.
    spilled = re.compile(re.escape(str(Path(tempfile.gettempdir()) / "ducha-")) + r"\w+(/duckdb_temp[^/]*)?")
    assert [path for path in outside(seen, home) if not spilled.fullmatch(str(path))] == []
    assert len(seen) > 50 and summary.files >= dropped // 2
    assert [path.name for path in (*tmp_path.iterdir(), *home.parent.iterdir())] == ["a", "home"]


@pytest.mark.parametrize(
    "fault", ["a receipt under the name itself", "a copy under the name itself", "a zip as it says"]
)
def test_a_name_taken_for_a_path_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Such a program writes outside, or ends in an error of the file system: the drill sees both."""
    root = tmp_path / "a" / "b"
    root.mkdir(parents=True)
    here = sys.modules[__name__]
    if fault.startswith("a receipt"):
        monkeypatch.setattr(here, "receipt_name", lambda name, _night: name)
    elif fault.startswith("a copy"):

        def copied(file: InboxFile, work: Path) -> tuple[Path, str]:
            work.mkdir(parents=True)
            (work / file.name).write_bytes(file.path.read_bytes())
            return copy_out(file, work)

        monkeypatch.setattr(here, "copy_out", copied)
    else:

        def unpacked(package: zipfile.ZipFile, _file: str, folder: Path) -> None:
            for entry in package.infolist():
                (folder / inner_name(entry)).write_bytes(package.read(entry))

        monkeypatch.setattr(here, "unpack_tables", unpacked)
    names = ["../../../outside.csv", *hostile_names(20)]
    try:
        found = through_every_function(names, root)
    except (OSError, ValueError, AssertionError):
        return
    assert found
