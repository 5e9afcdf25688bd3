"""The whole house with the cable out: a night and its server, the report, every screen; nobody calls the outside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from app.sign_in import COOKIE
from app.viewer import SCREENS
from tests.app.serving import ROOT, needs_chromium
from tests.app.walking import token_of
from tests.conftest import Cases
from tests.drills.test_cable import HERE, asked_outside, browser_without_cable
from tests.drills.walker import guarded, view_without_cable
from warehouse.home import Home


@needs_chromium
def test_a_night_the_report_and_every_screen_call_nobody(sample_exports: Path, tmp_path: Path, cases: Cases) -> None:
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
