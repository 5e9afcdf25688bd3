"""A browser with the cable out, and the proof that it would be noticed to call somebody outside (full_cable.py)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.app.serving import ARGUMENTS, CHROMIUM, needs_chromium

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
def test_a_browser_that_asks_somebody_outside_is_noticed(tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    with browser_without_cable(log) as page:
        page.set_content("<p>here</p>")
        page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 0)")
        page.evaluate("fetch('http://somebody.invalid/').catch(() => 0)")
        page.wait_for_timeout(500)
    assert asked_outside(log) == {"somebody.invalid"}
