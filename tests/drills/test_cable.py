"""The cable is out: a night with its server, the report and every screen in a browser, and nobody calls the outside.

`make test` walks the view this way (test_walks.py); `--cable 1`: the full drill, of the whole house.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, sync_playwright

from app.sign_in import COOKIE
from app.viewer import SCREENS
from tests.app.serving import ARGUMENTS, CHROMIUM, ROOT, needs_chromium
from tests.app.walking import token_of
from tests.conftest import Cases
from tests.drills.walker import guarded, view_without_cable
from warehouse.home import Home

HERE = {"127.0.0.1", "localhost", None, ""}
# What a browser asks its maker for by itself, whatever page it shows; it gets no answer. No page of ours names these.
OF_ITS_MAKER = (".google.com", ".googleapis.com", ".gvt1.com")


@contextmanager
def browser_without_cable(log: Path) -> Iterator[Page]:
    """A browser that finds no name and no address but this machine's, and writes down whom it would have asked."""
    rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, rules, f"--log-net-log={log}"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield browser.new_page()
        browser.close()


def asked_outside(log: Path) -> set[str]:
    """The hosts that a browser began a request to, by its own log; pages of its own (data, blob) have none."""
    told = json.loads(log.read_text("utf-8"))
    starts = told["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    asked = (one["params"]["url"] for one in told["events"] if one["type"] == starts and "url" in one.get("params", {}))
    hosts = {urlsplit(url).hostname for url in asked if url.startswith(("http", "ws"))}
    assert hosts & HERE, "the log holds no request at all"
    return {str(host) for host in hosts - HERE if not str(host).endswith(OF_ITS_MAKER)}


@needs_chromium
def test_a_night_the_report_and_every_screen_call_nobody(
    sample_exports: Path, tmp_path: Path, request: pytest.FixtureRequest, cases: Cases
) -> None:
    if not request.config.getoption("--cable"):
        pytest.skip("the quick form walks the view alone; --cable 1 runs the whole house")
    home = Home(Path(shutil.copytree(sample_exports, tmp_path / "home")))
    notes = tmp_path / "outbound.txt"
    ducha = str(Path(sys.executable).with_name("ducha"))
    for words in (["nightly"], ["report", "2024", "--out", str(tmp_path / "report.docx")], ["doctor"]):
        command = [ducha, *words, "--home", str(home.root)]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | guarded(notes), capture_output=True, text=True)
        assert words == ["doctor"] or done.returncode == 0, done.stdout + done.stderr
        cases.add()
    log, asked = tmp_path / "net.json", set[str | None]()
    with view_without_cable(home) as (view, more), browser_without_cable(log) as page:
        page.on("request", lambda one: asked.add(urlsplit(one.url).hostname))
        page.on("websocket", lambda one: asked.add(urlsplit(one.url).hostname))
        page.context.add_cookies([{"name": COOKIE, "value": token_of(home, "steward"), "url": view}])
        for screen in cases.each(SCREENS):
            for lang in ("zh", "en"):
                page.goto(f"{view}?screen={screen}&lang={lang}")
                page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
                page.wait_for_selector("[data-testid=stHtml]", state="attached", timeout=60_000)
    assert asked_outside(log) == set() and asked <= HERE
    assert [path.read_text() for path in (notes, more) if path.exists()] == []


@needs_chromium
def test_a_browser_that_asks_somebody_outside_is_noticed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--cable"):
        pytest.skip("the quick form walks the view alone; --cable 1 runs the whole house")
    log = tmp_path / "net.json"
    with browser_without_cable(log) as page:
        page.set_content("<p>here</p>")
        page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 0)")
        page.evaluate("fetch('http://somebody.invalid/').catch(() => 0)")
        page.wait_for_timeout(500)
    assert asked_outside(log) == {"somebody.invalid"}
