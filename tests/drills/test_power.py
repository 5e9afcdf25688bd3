"""A power cut leaves whole files under their names: shown by the order of the system calls that write them.

Quick form: the few functions that give files their names. `make drills` traces a whole night (full_faults.py).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drills.tracing import trace, unsafe
from warehouse.home import Home

WRITES = """
import sys
from pathlib import Path
from warehouse import durable, inbox
from flows.commands.kept_files import write_whole
{fault}
home = Path(sys.argv[1])
write_whole(home / "reports" / "2024.docx", b"report")
(home / "snapshots" / "x.building").write_bytes(b"figures")
durable.make_durable(home / "snapshots" / "x.building", home / "snapshots" / "2025-02-06.1.duckdb")
(home / "inbox" / "a.csv").write_bytes(b"rows")
copy, sha256 = inbox.copy_out(inbox.InboxFile(home / "inbox" / "a.csv", "x", "a.csv", 4, None), home / ".tonight")
inbox.archive(copy, sha256, home / "archive")
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home")
    found.make()
    return found


def test_every_name_comes_after_its_bytes(home: Home, tmp_path: Path) -> None:
    calls = trace(["-c", WRITES.format(fault=""), str(home.root)], tmp_path, home.root)
    renamed = [paths[-1] for call, paths in calls if call.startswith("rename") and "/.tonight/" not in paths[-1]]
    assert len(renamed) == 3 and unsafe(calls, home.root) == []


def test_a_name_that_comes_before_its_bytes_is_noticed(home: Home, tmp_path: Path) -> None:
    """The program as it would be if it trusted a rename to write the bytes too."""
    fault = "durable.sync = lambda _path: None"
    calls = trace(["-c", WRITES.format(fault=fault), str(home.root)], tmp_path, home.root)
    assert len(unsafe(calls, home.root)) == 2
