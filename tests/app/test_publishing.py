"""A night publishes while eight people move about: no error, no page of two nights, and each page says what is new.

Seven walk over the stream that pages are drawn from, the eighth is Chromium. What each page says is held against the
same page of the one night and of the other, drawn while nothing moved. Another view of the same two nights has faults.
"""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from app.rights import Role
from app.sign_in import COOKIE, NIGHT
from tests.app.serving import ROOT, needs_chromium, served
from tests.app.walking import Drawn, Line, token_of
from tests.drills.walker import view_without_cable
from warehouse.home import Home
from warehouse.ledger import open_ledger

PEOPLE: tuple[tuple[Role, str], ...] = (
    ("inspector", ""), ("steward", ""), ("inspector", ""), ("liaison", "justice_bureau"), ("liaison", "health_bureau"),
    ("leader", ""), ("inspector", ""),
)  # fmt: skip
# Screens whose figures, findings or deliveries the second night changes.
PAGES = (
    "screen=tonight", "screen=findings", "screen=figure&metric=filing_rate&period=2024&side=denominator",
    "screen=deliveries&year=2024", "screen=findings&state=all&lang=en",
)  # fmt: skip
OF_NIGHT = re.compile(r'data-night="([^"]+)"')
RENEWED = re.compile("已有新的夜间数据，本页现按快照|A newer night has come; this page now shows")
THINK = (0.4, 1.6)
FIRST, SECOND = "2025-02-06.1", "2025-02-06.2"
Told = dict[tuple[str, str, str], str]


def night_of(drawn: Drawn) -> str:
    """The night that a page says it is of; nothing where it does not take itself for one of the current night."""
    found = OF_NIGHT.search("".join(one.body for one in drawn.of("html")))
    return found.group(1) if found else ""


def said_by(drawn: Drawn) -> str:
    """All that a page says, but for how old it is, that it has just changed, and what the night does at this moment."""
    inner = [one.body for one in drawn.of("html") if 'class="stands"' not in one.body]
    return "\n".join(one for one in inner if "夜间任务正在运行" not in one and "重新计算、判定并发布" not in one)


@dataclass
class Walk:
    """What one person saw: of which night each page was, and what it said."""

    role: Role
    unit: str
    token: str
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def draw(self, line: Line, query: str) -> None:
        drawn = line.ask(query)
        if bad := [one for one in ("notice bad", "stException") if one in drawn.text]:
            self.faults.append(f"{query}: {bad}")
            return
        self.seen.append((query, night_of(drawn), said_by(drawn)))
        self.renewed += [night_of(drawn)] if RENEWED.search(drawn.text) else []

    def until(self, view: str, is_over: threading.Event, think: tuple[float, float], chance: random.Random) -> None:
        """Move about until it is over; then stay where one is."""
        try:
            with Line(view, self.token) as line:
                while not is_over.wait(chance.uniform(*think)):
                    self.draw(line, chance.choice(PAGES))
        except Exception as fault:
            self.faults.append(repr(fault))


def walks_of(home: Home) -> list[Walk]:
    return [Walk(role, unit, token_of(home, role, unit)) for role, unit in PEOPLE]


def pages_of(view: str, walks: list[Walk]) -> Told:
    """What every page says to every kind of reader while nothing moves."""
    told: Told = {}
    for walk in {(one.role, one.unit): one for one in walks}.values():
        with Line(view, walk.token) as line:
            for query in PAGES:
                told[walk.role, walk.unit, query] = said_by(line.ask(query))
    return told


def mixed(walks: list[Walk], told: dict[str, Told]) -> list[tuple[str, str, str]]:
    """Pages that are not what they are when nothing moves, of the night that they name."""
    return [
        (walk.role, query, night)
        for walk in walks
        for query, night, said in walk.seen
        if said != told.get(night, {}).get((walk.role, walk.unit, query))
    ]


def untold(view: str, walks: list[Walk]) -> list[str]:
    """Who stands on a page of the first night and is not told of the second."""
    silent = []
    for walk in walks:
        answer = httpx.get(f"{view}session", cookies={COOKIE: walk.token})
        assert answer.status_code == 204
        if answer.headers.get(NIGHT) != SECOND:
            silent.append(walk.role)
    return silent


def while_walking(
    view: str, walks: list[Walk], publish: Callable[[], None], think: tuple[float, float] = THINK
) -> None:
    """Publish once each of them has seen a page, and let them go on until each has seen two of the second night."""
    is_over = threading.Event()
    people = [
        threading.Thread(target=walk.until, args=(view, is_over, think, random.Random(number)))
        for number, walk in enumerate(walks)
    ]
    for one in people:
        one.start()
    try:
        wait_for(walks, lambda walk: bool(walk.seen))
        publish()
        wait_for(walks, lambda walk: [night for _, night, _ in walk.seen].count(SECOND) > 1)
    finally:
        is_over.set()
        for one in people:
            one.join()


def wait_for(walks: list[Walk], is_enough: Callable[[Walk], bool]) -> None:
    ends = time.monotonic() + 120
    while not all(is_enough(walk) or walk.faults for walk in walks):
        assert time.monotonic() < ends, [walk.seen[-1:] for walk in walks]
        time.sleep(0.1)


@dataclass
class Published:
    """A home with two nights, its view, and the ledger as it was after each of them."""

    home: Home
    view: str
    ledgers: dict[str, Path]
    told: dict[str, Told]
    walks: list[Walk]
    bar: str
    taken: str


def copy_of(home: Home, to: Path) -> Path:
    with sqlite3.connect(home.ledger) as now, sqlite3.connect(to) as kept:
        now.backup(kept)
    return to


def take_out(home: Home) -> None:
    """A file of the justice bureau is withdrawn: the next night counts without it."""
    with open_ledger(home) as ledger:
        filed = ledger.in_force("normative_document_filings")[0]
        ledger.withdraw(filed["id"], "the bureau sent another year's list", "steward")


def run_second_night(home: Home) -> None:
    """A night as the schedule runs it."""
    command = [sys.executable, "-m", "flows.cli", "nightly", "--plain", "--home", str(home.root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def published(
    sample_night: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> Iterator[Published]:
    """Eight people in the view of the sample county while its second night publishes."""
    root = tmp_path_factory.mktemp("publishing")
    home = Home(Path(shutil.copytree(sample_night[0], root / "home")))
    take_out(home)
    with served(home.root) as view:
        walks = walks_of(home)
        told = {FIRST: pages_of(view, walks)}
        ledgers = {FIRST: copy_of(home, root / "first.sqlite")}
        context = chromium.new_context()
        context.add_cookies([{"name": COOKIE, "value": walks[0].token, "url": view}])
        page = context.new_page()
        page.goto(f"{view}?{PAGES[2]}")
        page.wait_for_selector(f"[data-night='{FIRST}']", timeout=60_000)
        assert page.locator("#newer").count() == 0
        while_walking(view, walks, lambda: run_second_night(home))
        page.wait_for_selector("#newer", timeout=60_000)
        bar = page.inner_text("#newer")
        assert page.locator(f"[data-night='{FIRST}']").count() == 1
        page.click("#newer a")
        page.wait_for_selector(f"[data-night='{SECOND}']", timeout=60_000)
        page.wait_for_selector("#newer", state="detached", timeout=60_000)
        taken = page.inner_text("[data-testid=stMain]")
        context.close()
        ledgers[SECOND] = copy_of(home, root / "second.sqlite")
        told[SECOND] = pages_of(view, walks)
        yield Published(home, view, ledgers, told, walks, bar, taken)


@needs_chromium
def test_nobody_sees_an_error_or_a_page_of_two_nights_while_a_night_publishes(published: Published) -> None:
    assert [walk.faults for walk in published.walks] == [[]] * len(PEOPLE)
    differs = [key for key, said in published.told[FIRST].items() if said != published.told[SECOND][key]]
    assert len(differs) > len(published.told[FIRST]) // 2
    seen = [night for walk in published.walks for _, night, _ in walk.seen]
    assert seen.count(FIRST) > 10 and seen.count(SECOND) > 10 and set(seen) == {FIRST, SECOND}
    assert mixed(published.walks, published.told) == []
    for walk in published.walks:
        nights = [night for _, night, _ in walk.seen]
        assert nights == sorted(nights)  # the pointer never moves back


@needs_chromium
def test_a_page_that_stands_open_says_that_newer_data_is_there_and_takes_it(published: Published) -> None:
    assert untold(published.view, published.walks) == []
    assert SECOND in published.bar and "已有新的夜间数据" in published.bar and "显示新的数据" in published.bar
    assert f"快照{SECOND}" in published.taken and "报送率" in published.taken


@needs_chromium
def test_the_page_after_says_that_it_is_of_a_newer_night_and_the_earlier_one_can_be_looked_at(
    published: Published,
) -> None:
    moved = [walk for walk in published.walks if {night for _, night, _ in walk.seen} == {FIRST, SECOND}]
    assert moved and [walk.renewed for walk in moved] == [[SECOND]] * len(moved)
    with Line(published.view, published.walks[0].token) as line:
        for query in PAGES:
            past = line.ask(f"{query}&on={FIRST}").text
            assert "notice bad" not in past and f"on={FIRST}" in past
            assert ("不是最新情况" in past and f"快照{FIRST}" in past) or "lang=en" in query
        changes = line.ask("screen=changes").text
    assert f"{FIRST}与{SECOND}相比" in changes and "规范性文件报送率" in changes


def change_to(home: Home, other: Path) -> None:
    """What a publication commits, in one transaction: every table of the ledger as it was after that night."""
    with open_ledger(home) as ledger:
        ledger.con.execute("PRAGMA foreign_keys = OFF")
        ledger.con.execute(f"ATTACH '{other}' AS other")
        tables = [row[0] for row in ledger.con.execute("SELECT name FROM other.sqlite_master WHERE type = 'table'")]
        with ledger.publishing():
            for table in tables:
                ledger.con.execute(f"DELETE FROM main.{table}")
                ledger.con.execute(f"INSERT INTO main.{table} SELECT * FROM other.{table}")


@needs_chromium
def test_a_view_that_reads_its_ledger_twice_or_tells_nobody_is_noticed(published: Published, tmp_path: Path) -> None:
    home = Home(Path(shutil.copytree(published.home.root, tmp_path / "home")))
    change_to(home, published.ledgers[FIRST])
    with view_without_cable(home, "moment untold") as (view, _notes):
        walks = walks_of(home)[:4]
        while_walking(view, walks, lambda: change_to(home, published.ledgers[SECOND]), think=(0.0, 0.1))
        assert mixed(walks, published.told) and untold(view, walks)
