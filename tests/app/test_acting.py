"""Acting in the view, in a real browser: who sees which form, what a move writes, and what a forged one does not."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from app.accounts import Account
from app.acting import accept, move, withdraw
from app.opening import opened, read_by
from app.rights import Role
from app.sessions import Sessions
from app.sign_in import COOKIE
from app.viewer import read_viewer
from expectations.lifecycle import Said
from tests.app.serving import needs_chromium, served
from tests.app.test_view import Reader
from warehouse.home import Home
from warehouse.ledger import open_ledger

UNIT = "health_bureau"


@pytest.fixture(scope="module")
def home(sample_night: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An own copy of the sample county after one night, with limits of its own."""
    home = Home(Path(shutil.copytree(sample_night[0], tmp_path_factory.mktemp("acting") / "home")))
    settings = home.config.read_text("utf-8")
    assert settings.count("[findings]\n") == 1
    home.config.write_text(settings.replace("[findings]\n", "[findings]\ncontest_days = 3\n"), "utf-8")
    return home


@pytest.fixture(scope="module")
def token_of(home: Home) -> Callable[[str, Role], str]:
    """A new session of a person, as the door begins it once the password was right."""

    def token(name: str, role: Role) -> str:
        unit = UNIT if role == "liaison" else ""
        return Sessions(home).begin(Account(name, role, unit, False, 0, None, False, None))

    return token


@pytest.fixture(scope="module")
def view(home: Home) -> Iterator[str]:
    with served(home.root) as address:
        yield address


@pytest.fixture
def signed_in(chromium: Browser, view: str, token_of: Callable[[str, Role], str]) -> Iterator[Callable[..., Reader]]:
    """A browser of one person, as `Reader` watches it."""
    contexts = []

    def enter(name: str, role: Role) -> Reader:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": COOKIE, "value": token_of(name, role), "url": view}])
        contexts.append(context)
        found = Reader(context.new_page())
        found.page.on("console", lambda said: said.type in ("error", "warning") and found.faults.append(said.text))
        found.page.on("pageerror", lambda error: found.faults.append(str(error)))
        found.page.on("request", lambda asked: found.hosts.add(str(urlsplit(asked.url).hostname or "127.0.0.1")))
        return found

    yield enter
    for context in contexts:
        context.close()


def life_of(home: Home, finding: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    with open_ledger(home, read_only=True) as ledger:
        assert ledger.verify_audit() == []
        return ledger.findings(id=finding)[0], ledger.finding_events(finding)


def finding_of(home: Home, unit: str, place: int = 0) -> int:
    with open_ledger(home, read_only=True) as ledger:
        return int(ledger.findings(owner=unit)[place]["id"])


def choose(reader: Reader, box: int, words: str) -> None:
    reader.page.locator("[data-testid=stSelectbox] input").nth(box).click()
    reader.page.get_by_role("option").filter(has_text=words).first.click()


def send(reader: Reader, button: str, comment: str, answer: str) -> None:
    """Fill in the form whose button says so, send it, and wait for the sentence that answers."""
    reader.page.get_by_role("button", name=button).wait_for()
    reader.settle()
    if comment:
        reader.page.fill("textarea", comment)
    reader.page.get_by_role("button", name=button).click()
    reader.page.locator(".notice").filter(has_text=answer).wait_for()
    reader.settle()


@needs_chromium
def test_a_unit_contests_a_leader_decides_an_inspector_closes_and_an_auditor_looks(
    signed_in: Callable[..., Reader], view: str, home: Home
) -> None:
    number = finding_of(home, UNIT)
    address = f"{view}?screen=findings&finding={number}"
    liaison = signed_in("li", "liaison")
    liaison.open(address)
    choose(liaison, 0, "提出异议")
    send(liaison, "办理：提出异议", "", "要写说明")
    assert life_of(home, number)[0]["state"] == "found"
    send(liaison, "办理：提出异议", "<b>口径不同</b>，见附件", "已办理")
    assert "<b>口径不同</b>，见附件" in liaison.page.inner_text("table.rows")
    row, events = life_of(home, number)
    assert (row["state"], row["decide_by"].isoformat()) == ("contested", "2025-02-10")
    assert (events[-1]["who"], events[-1]["day"].isoformat()) == ("li", "2025-02-06")
    liaison.open(f"{view}?screen=findings&finding={finding_of(home, 'justice_bureau')}")
    assert "不认识" in liaison.page.inner_text(".notice.warn")
    assert liaison.page.locator("[data-testid=stForm]").count() == 0
    assert liaison.is_well()

    leader = signed_in("zhao", "leader")
    leader.open(f"{address}&lang=en")
    assert "Done as zhao (leader)" in leader.text()
    choose(leader, 0, "contest rejected")
    send(leader, "Enter: contest rejected", "The rule holds.", "Done: contest rejected")
    assert life_of(home, number)[0]["state"] == "found"
    assert leader.is_well()

    inspector = signed_in("sun", "inspector")
    inspector.open(address)
    choose(inspector, 0, "销号")
    send(inspector, "办理：销号", "实地核实", "请先选择：销号原因")
    choose(inspector, 1, "误报")
    send(inspector, "办理：销号", "", "已办理")
    row, events = life_of(home, number)
    assert row["state"] == "closed" and (events[-1]["who"], events[-1]["reason"]) == ("sun", "false_alarm")
    assert inspector.is_well()

    auditor = signed_in("qian", "auditor")
    auditor.open(address)
    assert "实地核实" in auditor.page.inner_text("table.rows")
    assert auditor.page.locator("[data-testid=stForm], [data-testid=stSelectbox]").count() == 0
    assert auditor.is_well()


@needs_chromium
def test_a_steward_withdraws_a_delivery_from_the_next_night_on(
    signed_in: Callable[..., Reader], view: str, home: Home
) -> None:
    with open_ledger(home, read_only=True) as ledger:
        delivery = ledger.deliveries(state="in_force")[0]["id"]
    steward = signed_in("wu", "steward")
    steward.open(f"{view}?screen=deliveries&delivery={delivery}&lang=en")
    send(steward, "Withdraw", "", "Say why")
    send(steward, "Withdraw", "wrong month", "until then no figure changes")
    assert steward.page.locator("[data-testid=stForm]").count() == 0 and steward.is_well()
    with open_ledger(home, read_only=True) as ledger:
        row = ledger.deliveries(id=delivery)[0]
    assert (row["state"], row["decided"]["who"], row["decided"]["reason"]) == ("withdrawn", "wu", "wrong month")


@needs_chromium
def test_the_agenda_lists_what_the_next_meeting_decides_and_prints(
    signed_in: Callable[..., Reader], view: str, home: Home
) -> None:
    reader = signed_in("sun", "inspector")
    reader.open(f"{view}?screen=findings")
    reader.page.get_by_text("下次例会议题").click()
    reader.page.wait_for_url("**show=agenda**")
    reader.settle()
    with open_ledger(home, read_only=True) as ledger:
        unowned = [row for row in ledger.findings(state="found") if row["unjudged_since"] is None]
    assert f"无着落（还没有签收或整改方案） · {len(unowned)}" in reader.text()
    assert reader.page.locator("[data-testid=stSelectbox]").count() == 0
    cookies = {COOKIE: str(reader.page.context.cookies()[0]["value"])}
    paper = httpx.get(f"{view}print/agenda?show=agenda", cookies=cookies)
    assert paper.status_code == 200 and paper.text.count("<tr>") > len(unowned)
    sheet = httpx.get(f"{view}export/findings.xlsx?show=agenda", cookies=cookies)
    assert sheet.status_code == 200 and sheet.content[:2] == b"PK"
    assert reader.is_well()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_a_page_does_not_offer_is_refused_all_the_same(
    home: Home, token_of: Callable[[str, Role], str], lang: str
) -> None:
    own, other = finding_of(home, UNIT, 1), finding_of(home, "justice_bureau")

    def tried(name: str, role: Role, finding: int, action: str, said: Said, /, **address: str) -> str:
        viewer = read_by(home, read_viewer({"screen": "findings", "lang": lang, **address}), token_of(name, role))
        with opened(home, viewer) as visit:
            return move(visit, finding, action, said)

    before = [life_of(home, number) for number in (own, other)]
    said, language = Said("why"), re.compile(r"[\u4e00-\u9fff]")
    refusals = [
        tried("li", "liaison", other, "contest", said),  # another unit's: for this reader it is not there
        tried("li", "liaison", other, "contest", said, role="inspector", unit="justice_bureau"),
        tried("li", "liaison", own, "close", Said("why", "false_alarm")),
        tried("qian", "auditor", own, "note", said),
        tried("zhao", "leader", own, "assign", said),
        tried("sun", "inspector", own, "refer", Said("why", unit="nobody")),
        tried("sun", "inspector", own, "note", Said("x" * 2001)),
        tried("sun", "inspector", own, "no_such", said),
    ]
    assert all(refusals) and all(bool(language.search(one)) == (lang == "zh") for one in refusals)
    assert before == [life_of(home, number) for number in (own, other)]
    viewer = read_by(home, read_viewer({"screen": "deliveries", "lang": lang}), token_of("sun", "inspector"))
    with opened(home, viewer) as visit:
        held = visit.ledger.deliveries(state="in_force")
        assert withdraw(visit, held[0]["id"], "why") and accept(visit, held[0]["id"], "why")
        assert visit.ledger.deliveries(state="in_force") == held


def test_settings_that_do_not_read_let_nothing_be_done_and_say_so(
    home: Home, token_of: Callable[[str, Role], str]
) -> None:
    number, settings = finding_of(home, UNIT, 1), home.config.read_text("utf-8")
    viewer = read_by(home, read_viewer({"screen": "findings", "lang": "en"}), token_of("sun", "inspector"))
    before = life_of(home, number)
    try:
        home.config.write_text("[findings]\ncontest_days = 0\n", "utf-8")
        with opened(home, viewer) as visit:
            assert "ducha.toml" in move(visit, number, "contest", Said("why"))
    finally:
        home.config.write_text(settings, "utf-8")
    assert life_of(home, number) == before
