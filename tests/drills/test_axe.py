"""axe-core on our own pages: those before the view, those for paper and letters. 0 serious issues.

Quick form: one of each kind. `--walks 66`: all of them, and the report of a year as a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from app.accounts import Account
from app.report.figures import Figures
from app.report.making import make_report
from app.sessions import Sessions
from app.sign_in import COOKIE
from tests.app.serving import ARGUMENTS, CHROMIUM, needs_chromium
from tests.conftest import Cases
from warehouse.home import Home
from warehouse.snapshot import Snapshot

GRAVE = ("serious", "critical")
FIGURE = "metric=service_cases_on_time_rate&period=2024Q2&unit=health_bureau&side=denominator"
# The first of each are in the quick form, all of them in the full one.
STRANGERS = ("sign-in", "sign-in?lang=en", "sign-in?out=1")
PASSWORD = ("password", "password?lang=en")
PAGES = (
    *(f"print/figure?{FIGURE}", "print/leader", "print/unit?unit=health_bureau", "print/agenda"),
    *("print/unit?unit=nobody", f"print/figure?{FIGURE}&lang=en"),
)
pytestmark = needs_chromium


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser.new_page(viewport={"width": 1280, "height": 900})
        browser.close()


def grave_issues(page: Page) -> list[tuple[str, str, str]]:
    """What axe-core finds serious or critical: the rule, the element, and how it is told. It must have found passes."""
    told = Axe().run(page).response
    assert len(told["passes"]) > 5
    return [
        (one["id"], node["html"][:120], node["failureSummary"])
        for one in told["violations"] if one["impact"] in GRAVE for node in one["nodes"]
    ]  # fmt: skip


def test_our_own_pages_have_no_serious_issue(
    page: Page, view: str, county: Home, whole: Snapshot, tmp_path: Path, request: pytest.FixtureRequest, cases: Cases
) -> None:
    page.context.clear_cookies()
    is_full = request.config.getoption("--walks") > 1
    for path in cases.each(STRANGERS if is_full else STRANGERS[:1]):
        page.goto(view + path)
        assert grave_issues(page) == [], path
    newcomer = Account("newcomer", "leader", "", True, 0, None, False, None)
    for person, paths in ((newcomer, PASSWORD), (replace(newcomer, must_change=False), PAGES)):
        page.context.clear_cookies()
        page.context.add_cookies([{"name": COOKIE, "value": Sessions(county).begin(person), "url": view}])
        for path in cases.each(paths if is_full else paths[: len(paths) // 2 - 1 or 1]):
            page.goto(view + path)
            assert grave_issues(page) == [], path
    letter = message_from_bytes(next((county.root / "letters").rglob("*.eml")).read_bytes(), policy=default)
    page.set_content(str(letter.get_body(("html",)).get_content()))  # type: ignore[union-attr]
    assert grave_issues(page) == []
    cases.add()
    if not is_full:
        return
    report = tmp_path / "report.html"
    report.write_bytes(make_report(county, whole, Figures(whole, "2024")).written("html"))
    page.goto(report.as_uri())
    assert grave_issues(page) == []
    cases.add()


def test_a_page_that_leaves_people_out_is_noticed(page: Page) -> None:
    bad = '<h1 style="color:#bbb">Grey on white</h1><input><button></button><a href="/"></a>'
    page.set_content(f"<html><body>{bad}</body></html>")
    assert {"color-contrast", "html-has-lang", "label", "button-name", "link-name"} <= {
        rule for rule, _, _ in grave_issues(page)
    }
