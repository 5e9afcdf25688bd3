"""The view in a real browser: every screen in both languages, on a real night of the sample county."""

from __future__ import annotations

import io
import re
import shutil
import socket
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import openpyxl
import pytest
from docx import Document
from playwright.sync_api import Browser, Page

from app.exports import export_paths
from app.viewer import SCREENS
from app.wording import percent_words
from tests.app.serving import cookie_of, needs_chromium, served
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_current

CHINESE = re.compile("[\u4e00-\u9fff]")
GUARDED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}
pytestmark = needs_chromium


@pytest.fixture(scope="module")
def night(sample_night: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An own copy of the sample county after one night."""
    return Path(shutil.copytree(sample_night[0], tmp_path_factory.mktemp("county") / "home"))


@pytest.fixture(scope="module")
def view(night: Path) -> Iterator[str]:
    with served(night) as address:
        yield address


@dataclass
class Reader:
    """A browser page that remembers what went wrong and whom it asked."""

    page: Page
    faults: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.settle()

    def settle(self) -> None:
        """Until Streamlit has drawn the page: the script has run and nothing is stale."""
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=20_000)
        self.page.wait_for_selector("[data-testid=stHtml]", state="attached", timeout=20_000)
        self.page.wait_for_timeout(300)

    def text(self) -> str:
        return self.page.inner_text("[data-testid=stMain]")

    def is_well(self) -> bool:
        """No error box, no failed script, nothing in the console, nobody else asked."""
        boxes = self.page.locator("[data-testid=stException], [data-testid=stAlert], .notice.bad").count()
        assert boxes == 0, self.text()
        assert self.faults == []
        assert self.hosts == {"127.0.0.1"}
        return True


@pytest.fixture(scope="module")
def signed_in(view: str, night: Path) -> dict[str, str]:
    """A steward's cookie: the whole county and every screen."""
    return cookie_of(night, view)


@pytest.fixture
def reader(chromium: Browser, signed_in: dict[str, str]) -> Iterator[Reader]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([signed_in])  # type: ignore[list-item]
    found = Reader(context.new_page())
    found.page.on("console", lambda said: said.type in ("error", "warning") and found.faults.append(said.text))
    found.page.on("pageerror", lambda error: found.faults.append(str(error)))
    found.page.on("request", lambda asked: found.hosts.add(str(urlsplit(asked.url).hostname or "127.0.0.1")))
    yield found
    context.close()


@pytest.mark.parametrize(("lang", "width"), [("zh", 1280), ("en", 390)])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_is_drawn_whole_in_both_languages_and_on_a_telephone(
    reader: Reader, view: str, screen: str, lang: str, width: int
) -> None:
    reader.page.set_viewport_size({"width": width, "height": 800})
    reader.open(f"{view}?screen={screen}&lang={lang}")
    assert reader.is_well()
    assert reader.page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[lang]
    assert {"zh": "样例数据", "en": "Sample data"}[lang] in reader.text()
    assert {"zh": "业务日期", "en": "Business date"}[lang] in reader.text()
    assert CHINESE.search(reader.page.inner_text("header.ducha nav").replace("中文", "")) is None or lang == "zh"
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
    main = "document.querySelector('[data-testid=stMain]')"
    assert reader.page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth")


def test_from_a_red_light_to_the_source_row_in_three_clicks(reader: Reader, view: str) -> None:
    reader.open(view)
    reader.page.locator("table.lights tbody tr:not(:first-child) a:has(.light.short)").first.click()
    reader.page.wait_for_url("**screen=figure**")
    reader.settle()
    assert "未达标" in reader.page.inner_text("p.sentence")
    reader.page.locator("table.rows a.source").first.click()
    reader.page.wait_for_url("**source=**")
    reader.settle()
    assert "来源行" in reader.text()
    assert reader.page.locator("table.rows tbody tr").count() > 2
    assert reader.is_well()


def test_a_red_light_of_the_county_opens_at_the_rows_that_are_lacking(reader: Reader, view: str) -> None:
    reader.open(view)
    reader.page.locator("table.lights tbody tr:first-child a[href*='metric=filing_on_time_rate&']").click()
    reader.page.wait_for_url("**screen=figure**")
    reader.settle()
    assert reader.page.locator("table.rows tbody tr").count() == 1
    assert "样教规〔2024〕4号" in reader.page.inner_text("table.rows")
    assert reader.is_well()


def test_a_finding_about_a_file_opens_that_file(reader: Reader, view: str) -> None:
    reader.open(f"{view}?show=open")
    reader.page.locator("details.more summary").click()
    reader.page.get_by_text("退回待改的行比约定上限多").click()
    reader.page.wait_for_url("**delivery=**")
    reader.settle()
    assert "网民留言办理台账_2024Q2.xlsx" in reader.page.inner_text("dl.facts")
    assert reader.page.locator("table.rows a.source").count() == 7
    assert reader.is_well()


def test_a_figure_that_is_short_says_by_when_it_is_to_be_put_right(reader: Reader, view: str) -> None:
    reader.open(f"{view}?screen=figure&metric=legal_review_rate&period=2024&unit=health_bureau")
    assert "整改期限2025年2月12日" in reader.page.inner_text("dl.facts")
    assert reader.is_well()


def test_a_pasted_text_shows_which_numbers_agree_and_where_they_come_from(reader: Reader, view: str) -> None:
    reader.open(f"{view}?screen=check")
    reader.page.fill("textarea", "2024年全县累计完成办件9431件。\n印发县政府规范性文件5件。<b>另有77头牛</b>")
    reader.page.click("button[kind=primary]")
    reader.page.wait_for_selector("div.draft")
    reader.settle()
    assert "9425件" in reader.page.inner_text("table.rows") and "+6件" in reader.page.inner_text("table.rows")
    assert reader.page.locator("div.draft .checked.differs").all_text_contents() == ["■9431件"]
    assert reader.page.locator("div.draft .checked.agrees").all_text_contents() == ["●5件"]
    assert "<b>另有" in reader.page.inner_text("div.draft")
    reader.page.locator("div.draft a.differs").click()
    reader.page.wait_for_url("**metric=service_cases_completed**")
    reader.settle()
    assert reader.is_well()


def test_the_pool_of_findings_is_narrowed_and_one_shows_its_history(reader: Reader, view: str, night: Path) -> None:
    with open_ledger(Home(night), read_only=True) as ledger:
        findings = ledger.findings()
    mine = [row for row in findings if row["owner"] == "justice_bureau"]
    reader.open(f"{view}?screen=findings")
    assert f"共{len(findings)}项，现列{len(findings)}项" in reader.text()
    box = reader.page.locator("[data-testid=stSelectbox] input").nth(1)
    box.click()
    box.fill("县司法局")
    box.press("Enter")
    reader.page.wait_for_url("**unit=justice_bureau**")
    reader.settle()
    assert reader.page.locator("table.pool tbody tr").count() == len(mine) < len(findings)
    reader.page.locator("table.pool tbody th a").first.click()
    reader.page.wait_for_url("**finding=**")
    reader.settle()
    assert "办理经过" in reader.text() and "夜间任务" in reader.page.inner_text("table.rows")
    reader.page.get_by_text("查看数字和来源行").click()
    reader.page.wait_for_url("**screen=**")
    reader.settle()
    assert reader.is_well()


def test_a_finding_that_does_not_exist_is_said(reader: Reader, view: str) -> None:
    reader.open(f"{view}?screen=findings&finding=999999&state=x&severity=<b>")
    assert "999999" in reader.page.inner_text(".notice.warn") and reader.page.locator("table.pool").count() == 1
    assert reader.is_well()


def test_a_card_names_a_unit_and_its_duties_and_marks_small_samples(reader: Reader, view: str, night: Path) -> None:
    reader.open(f"{view}?screen=responsible&year=2024")
    first = reader.page.locator("table.lights tbody tr:first-child")
    with open_current(Home(night)) as snapshot:
        short = [row["unit"] for row in snapshot.signals(period="2024") if row["standing"] == "short"]
    assert first.locator("td").first.inner_text() == str(max(short.count(unit) for unit in short))
    assert "不作为干部考核依据" in reader.text() and "样本不足" in reader.page.inner_text("table.lights")
    first.locator("th a").click()
    reader.page.wait_for_url("**unit=**")
    reader.settle()
    card = reader.page.inner_text("table.card")
    assert "未达标" in card and "行政诉讼法第三条第三款" in card
    reader.page.locator("table.card tr:has(.light.short) th a").first.click()
    reader.page.wait_for_url("**screen=figure**")
    reader.settle()
    assert "未达标" in reader.page.inner_text("p.sentence")
    assert reader.is_well()


def test_a_unit_with_a_small_sample_is_not_placed_where_to_inspect_next(reader: Reader, view: str) -> None:
    reader.open(f"{view}?screen=priorities&year=2024")
    rows = reader.page.locator("table.rows tbody tr")
    said = [rows.nth(at).locator("th, td").all_inner_texts() for at in range(rows.count())]
    assert [one[1] for one in said] == sorted((one[1] for one in said), key=lambda place: (place == "—", place))
    small = [one for one in said if one[1] == "—"]
    assert small and all("样本不足" in one[5] and "%" not in "".join(one) for one in small)
    rows.first.locator("a").first.click()
    reader.page.wait_for_url("**screen=figure**")
    reader.settle()
    assert reader.is_well()


def test_lights_of_one_section_place_units_and_share_a_place_where_they_are_alike(reader: Reader, view: str) -> None:
    reader.open(f"{view}?screen=lights&year=2024&section=3")
    rows = reader.page.locator("table.lights tbody tr")
    places = [rows.nth(at).locator("td").first.inner_text() for at in range(1, rows.count())]
    placed = [int(place.removesuffix("（并列）")) for place in places if place != "—"]
    assert placed == sorted(placed) and places[: len(placed)] != ["—"] * len(placed) and places.count("—") < len(places)
    shared = [place for place in places if "并列" in place]
    assert shared and all(places.count(place) > 1 for place in shared)
    heads = reader.page.inner_text("table.lights thead")
    assert "规范性文件报送率" in heads and "办件按时办结率" not in heads
    assert reader.is_well()


def test_each_number_of_the_report_leads_to_its_figure(reader: Reader, view: str) -> None:
    reader.open(f"{view}?screen=report&year=2024")
    assert "没有签发" in reader.text() and "ducha report 2024 --accept" in reader.page.content()
    numbers = reader.page.locator(".report a")
    assert numbers.count() > 150
    reader.page.locator(".report a[href*='metric=service_cases_completed&']").first.click()
    reader.page.wait_for_url("**screen=figure**")
    reader.settle()
    assert "9425" in reader.page.inner_text("p.sentence")
    assert reader.is_well()


def test_rules_and_rosters_name_each_rule_and_no_person(reader: Reader, view: str, night: Path) -> None:
    with open_current(Home(night)) as snapshot:
        declared, version = snapshot.declarations, snapshot.meta["declarations_sha256"]
    reader.open(f"{view}?screen=rules")
    assert reader.page.locator("table.words tbody tr").count() == len(declared.metrics)
    assert version[:12] in reader.text()
    reader.open(f"{view}?screen=rules&part=targets")
    judged = sum(map(len, declared.targets.values())) + len(declared.identities)
    assert reader.page.locator("table.bounds tbody tr").count() == judged
    secrets = [
        secret for unit in declared.units.values() for secret in (unit.liaison, unit.email, unit.phone) if secret
    ]
    secrets += [row["principal_name"] for row in declared.rosters["principals"].rows.values()]
    for part in ("units", "rosters&roster=principals"):
        reader.open(f"{view}?screen=rules&part={part}")
        assert reader.page.locator("table.rows tbody tr").count() >= len(declared.units)
        assert not [secret for secret in secrets if secret in reader.page.content()]
    assert reader.is_well()


def test_operations_tell_nights_letters_and_that_the_audit_trail_holds(reader: Reader, view: str, night: Path) -> None:
    with open_ledger(Home(night), read_only=True) as ledger:
        nights, letters, head = ledger.nights(), ledger.letters(), ledger.audit_head()
    reader.open(f"{view}?screen=operations")
    assert nights[0]["id"] in reader.text() and f"共{len(letters)}封" in reader.text()
    assert "记录完整" in reader.text() and head in reader.text()
    assert letters[0]["recipient"] and letters[0]["recipient"] not in reader.page.content()
    assert reader.is_well()


def by(signed_in: dict[str, str], address: str) -> urllib.request.Request:
    return urllib.request.Request(address, headers={"cookie": f"{signed_in['name']}={signed_in['value']}"})


def test_a_download_holds_what_the_screen_shows_and_no_personal_data(
    reader: Reader, view: str, night: Path, signed_in: dict[str, str]
) -> None:
    address = "metric=filing_on_time_rate&period=2024&side=denominator"
    reader.open(f"{view}?screen=figure&{address}")
    with reader.page.expect_download() as begun:
        reader.page.get_by_text("下载表格").click()
    book = openpyxl.load_workbook(io.BytesIO(begun.value.path().read_bytes()))
    assert re.fullmatch(r"figure_[\d.-]+\.xlsx", begun.value.suggested_filename)
    shown = reader.page.locator("table.rows tbody tr")
    rows = list(book["数字背后的行"].iter_rows(values_only=True))[-shown.count() :]
    assert [str(row[1]) for row in rows] == [line.split("\t")[1] for line in shown.all_inner_texts()]
    assert "样例数据" in [cell.value for cell in book.worksheets[0]["A"]] and reader.is_well()
    with open_current(Home(night)) as snapshot:
        declared = snapshot.declarations
    units = openpyxl.load_workbook(io.BytesIO(fetched(f"{view}export/rules.xlsx?part=units", signed_in))).worksheets[0]
    said = " ".join(str(cell) for row in units.iter_rows(values_only=True) for cell in row)
    assert all(unit.label.zh in said and unit.liaison not in said for unit in declared.units.values() if unit.liaison)


@pytest.mark.parametrize("path", export_paths())
def test_everything_that_can_be_taken_along_opens(view: str, signed_in: dict[str, str], path: str) -> None:
    taken = fetched(f"{view}{path[1:]}?lang=en&year=2024&unit=justice_bureau&metric=filing_rate", signed_in)
    if path.endswith(".xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(taken))
        # Nothing is silenced in the sample county.
        full = [sheet for sheet in book if not str(sheet["A2"].value).startswith("silences:")]
        assert full and all("Sample County" in str(sheet["A1"].value) for sheet in book)
        assert all(sheet.max_row > 4 for sheet in full)
    elif path.endswith(".zip"):
        assert "SHA256SUMS" in zipfile.ZipFile(io.BytesIO(taken)).namelist()
    elif path.endswith(".docx"):
        assert len(Document(io.BytesIO(taken)).paragraphs) > 100
    else:
        page = taken.decode()
        assert "Sample data" in page and "Business date 6 Feb 2025" in page and "<script" not in page
        assert 'href="?' not in page and '<html lang="en">' in page


def fetched(address: str, signed_in: dict[str, str]) -> bytes:
    with urllib.request.urlopen(by(signed_in, address), timeout=60) as answer:
        assert GUARDED.items() <= {name.lower(): value for name, value in answer.headers.items()}.items()
        return bytes(answer.read())


@pytest.mark.parametrize("path", ["export/audit.zip", "export/operations.xlsx"])
def test_what_a_role_does_not_see_it_does_not_take_along(view: str, night: Path, path: str) -> None:
    for who, status in ((None, 401), (cookie_of(night, view, "leader"), 404), (cookie_of(night, view, "auditor"), 200)):
        cookies = {who["name"]: who["value"]} if who else {}
        assert httpx.get(view + path, cookies=cookies, timeout=60).status_code == status


@pytest.mark.parametrize(
    "path", ["export/report.docx?year=1999", "print/unit?unit=<b>", "export/lights.xlsx?on=1999-01-01"]
)
def test_what_cannot_be_taken_along_is_said(view: str, signed_in: dict[str, str], path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(by(signed_in, view + quote(path, safe="/?=&")), timeout=30)
    page = refused.value.read().decode()
    assert refused.value.code == 404 and "notice warn" in page and "<b>" not in page


def test_a_figure_by_town_is_sketched_and_its_trend_stands_beside_last_year_and_the_target(
    reader: Reader, view: str, night: Path
) -> None:
    with open_current(Home(night)) as snapshot:
        held = {row["town"]: row for row in snapshot.figures("2024", metric="mediations") if row["town"]}
        rate = {row["period"]: row for row in snapshot.figures(metric="joint_inspection_share", unit=None)}
    reader.open(f"{view}?screen=figure&metric=mediations&period=2024")
    tiles = reader.page.locator("a.tile b").all_inner_texts()
    assert "示意图" in reader.text() and sorted(tiles) == sorted(f"{row['numerator']:.0f}件" for row in held.values())
    reader.open(f"{view}?screen=figure&metric=joint_inspection_share&every=year")
    reader.page.locator("summary", has_text="走势数据表").click()
    lines = reader.page.locator("details.more:not(.nights) tbody tr").all_inner_texts()
    of_2024 = next(line for line in lines if line.startswith("2024年")).split("\t")
    before = rate["2023"]["numerator"] / rate["2023"]["denominator"]
    assert of_2024[4] == percent_words(before) and of_2024[3] != of_2024[4]
    assert reader.is_well()


def test_every_light_says_its_standing_in_shape_and_word(reader: Reader, view: str) -> None:
    reader.open(view)
    lights = reader.page.locator("table.lights .light")
    assert lights.count() > 50
    assert all(words.strip() for words in lights.locator(".word").all_inner_texts())
    assert len(lights.locator(".shape").all()) == lights.count()


def test_a_row_that_was_set_aside_says_why(reader: Reader, view: str) -> None:
    reader.open(f"{view}?screen=figure&metric=letters_replied&period=2024&side=quarantine")
    reader.page.locator("table.rows a.source").first.click()
    reader.page.wait_for_url("**source=**")
    reader.settle()
    assert "这一行已退回待改" in reader.text()
    assert reader.is_well()


def test_a_link_opens_the_same_figure_again(reader: Reader, view: str) -> None:
    reader.open(f"{view}?screen=figure&metric=filing_rate&period=2024&lang=en&side=denominator")
    assert "Filing rate of normative documents" in reader.page.inner_text("p.sentence")
    assert "23" in reader.page.inner_text("dl.facts")
    assert reader.page.locator("table.rows tbody tr").count() == 23
    assert reader.is_well()


def test_a_chosen_box_is_written_into_the_address(reader: Reader, view: str) -> None:
    reader.open(f"{view}?screen=figure&metric=filing_rate&period=2024")
    box = reader.page.locator("[data-testid=stSelectbox] input").first
    box.click()
    box.fill("办件按时办结率")
    box.press("Enter")
    reader.page.wait_for_url("**metric=service_cases_on_time_rate**")
    reader.settle()
    assert "办件按时办结率" in reader.page.inner_text("p.sentence")
    assert reader.is_well()


@pytest.mark.parametrize(
    "address",
    [
        "?screen=figure&metric=no_such&period=x&unit=<b>&side=%00&page=-1",
        "?screen=figure&metric=filing_rate&period=1999",
        "?screen=figure&source=a|b|c",
        "?screen=figure&source=none|1|<script>",
        "?screen=deliveries&delivery=';--&page=999999999999",
        "?screen=deliveries&year=abcd&page=99",
        "?screen=tonight&year=3000&show=open&page=5",
        "?screen=__&lang=fr",
    ],
)
def test_a_wrong_address_reads_as_a_sentence(reader: Reader, view: str, address: str) -> None:
    reader.open(view + address)
    assert reader.is_well()
    assert "Traceback" not in reader.text()


def test_what_an_address_names_wrongly_is_said_and_left_out(reader: Reader, view: str) -> None:
    reader.open(f"{view}?screen=figure&metric=filing_on_time_rate&period=2024-13&unit=nobody&town=<b>")
    notices = reader.page.locator(".notice.warn").all_inner_texts()
    assert [name in said for name, said in zip(("nobody", "<b>", "2024-13"), notices, strict=True)] == [True] * 3
    assert reader.page.inner_text("p.sentence").startswith("■") and "全县2024年" in reader.page.inner_text("p.sentence")
    assert reader.is_well()


def test_no_home_and_no_night_are_said_in_words(reader: Reader, tmp_path: Path) -> None:
    with served(tmp_path / "home") as view:
        reader.page.context.add_cookies([cookie_of(tmp_path / "home", view)])  # type: ignore[list-item]
        reader.open(view)
        assert "没有找到数据目录" in reader.text()
        (tmp_path / "home" / "inbox").mkdir(parents=True)
        for screen in (SCREENS[0], SCREENS[-1]):
            reader.open(f"{view}?screen={screen}")
            assert "还没有跑过夜间任务" in reader.text()
        assert reader.is_well()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 200),
        ("?lang=en", 200),
        ("favicon.png", 200),
        ("_stcore/health", 200),
        ("_stcore/host-config", 200),
        ("static/none.js", 404),
        ("_stcore/metrics", 404),
        ("_stcore/script-health-check", 404),
        ("_stcore/agent/openapi.json", 404),
        ("_stcore/upload_file/a/b", 404),
        ("_stcore/stream", 404),
        ("auth/login", 404),
        ("component/x/index.html", 404),
        ("nowhere", 404),
        ("media/none.png", 404),
        ("static/../main.py", 404),
    ],
)
def test_every_answer_carries_the_security_headers(
    view: str, signed_in: dict[str, str], path: str, status: int
) -> None:
    try:
        answer = urllib.request.urlopen(by(signed_in, view + path), timeout=10)
    except urllib.error.HTTPError as refused:
        answer = refused
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert answer.status == status
    assert GUARDED.items() <= headers.items()
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "server" not in headers


@pytest.mark.parametrize(
    ("host", "origin", "accepted"),
    [
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}", True),
        ("127.0.0.1:{port}", "http://evil.example", False),
        ("127.0.0.1:{port}", "", False),
        ("evil.example", "http://evil.example", False),
    ],
)
def test_only_our_own_page_may_open_the_stream(
    view: str, signed_in: dict[str, str], host: str, origin: str, accepted: bool
) -> None:
    port = urlsplit(view).port
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host.format(port=port)}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        f"Cookie: {signed_in['name']}={signed_in['value']}",
        *([f"Origin: {origin.format(port=port)}"] if origin else []),
    ]
    with socket.create_connection(("127.0.0.1", int(port or 0)), timeout=5) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        head = line.recv(4000).decode("latin-1").lower()
    assert head.startswith("http/1.1 101" if accepted else "http/1.1 403")
    assert accepted or "x-content-type-options: nosniff" in head
