"""The view of a home in its own process, and a cookie that its door takes."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.accounts import Account
from app.opening import opened, read_by
from app.rights import Role
from app.sessions import Sessions
from app.sign_in import COOKIE
from app.viewer import read_viewer
from app.visit import Visit
from warehouse.home import Home

CHROMIUM = Path("/usr/bin/chromium")
# Where it is absent the tests pass over and say so; in CI they run, and fail.
needs_chromium = pytest.mark.skipif(
    not CHROMIUM.exists() and not os.environ.get("CI"), reason="needs Debian's Chromium"
)
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
ROOT = Path(__file__).parents[2]


def cookie_of(home: Path, view: str, role: Role = "steward") -> dict[str, str]:
    """Sign in by a one-time link, as `ducha up --demo` prints it; the cookie as a browser takes it."""
    answer = httpx.get(f"{view}enter?link={Sessions(Home(home)).issue_link(role)}")
    assert answer.status_code == 303
    return {"name": COOKIE, "value": answer.cookies[COOKIE], "url": view}


@contextmanager
def served(home: Path, *options: str) -> Iterator[str]:
    """The view of a home in its own process, as `ducha up` starts it; it must end cleanly on SIGTERM."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http{'s' if '--certificate' in options else ''}://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "app.door", "--home", str(home), "--port", str(port), *options]
    log = home.parent / f"view-{port}.log"
    with log.open("wb") as sink:
        child = subprocess.Popen(command, cwd=ROOT, stdout=sink, stderr=sink)
        try:
            _wait(address, child)
            yield address
        finally:
            child.terminate()
            ended = child.wait(15)
    assert ended == 0, log.read_text()


def _wait(address: str, child: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert child.poll() is None, "the view ended at its start"
        try:
            urllib.request.urlopen(address, timeout=2, context=ssl._create_unverified_context()).close()
        except urllib.error.HTTPError:
            return  # it asks who we are
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the view did not answer within 30 s")


def token_of(home: Home, name: str, role: Role, unit: str = "") -> str:
    """A new session of a person, as the door begins it once the password was right."""
    return Sessions(home).begin(Account(name, role, unit, False, 0, None, False, None))


@contextmanager
def visiting(home: Home, name: str, role: Role, unit: str = "", **address: str) -> Iterator[Visit]:
    """One visit of one person, as a page opens it."""
    viewer = read_by(home, read_viewer({"lang": "en", **address}), token_of(home, name, role, unit))
    with opened(home, viewer) as visit:
        yield visit
