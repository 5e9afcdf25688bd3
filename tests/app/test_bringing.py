"""Files that people bring in the browser: what is seen of them, where they go, and what no browser can bring about."""

from __future__ import annotations

import hashlib
import io
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from app.acting import MOST_EVIDENCE, move
from app.bringing import NotLookedAt, bring, seen, take_back, waiting
from app.running import ended_words, is_running, run_night_now, running_words
from app.screens.deliveries import content as deliveries
from app.sign_in import COOKIE
from expectations.lifecycle import Said
from tests.app.serving import needs_chromium, served, token_of, visiting
from tests.app.test_view import Reader
from warehouse.home import Home
from warehouse.inbox import NOT_A_DELIVERY, RECEIPTS, UNFINISHED, drop_into, look_into, safe_name
from warehouse.ledger import open_ledger
from warehouse.night_lock import held, progress

MESSY = "网民留言办理台账_2024Q2.xlsx"
OWNER = "hotline_office"
UPLOAD = "_stcore/upload_file/00000000-0000-4000-8000-000000000000/00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def home(sample_night: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An own copy of the sample county after one night, whose inbox holds nothing."""
    home = Home(Path(shutil.copytree(sample_night[0], tmp_path_factory.mktemp("bringing") / "home")))
    shutil.rmtree(home.inbox)
    settings = home.config.read_text("utf-8")
    assert settings.count("[view]\n") == 1
    home.config.write_text(
        settings.replace("[view]\n", "[view]\nlargest_upload_mb = 2\nuploads_together_mb = 3\n"), "utf-8"
    )
    return home


@pytest.fixture(scope="module")
def messy(home: Home) -> bytes:
    """What the hotline's office sent for the second quarter of 2024: seven rows have no date."""
    with open_ledger(home, read_only=True) as ledger:
        row = ledger.deliveries(file_name=MESSY)[0]
    return (home.archive / row["sha256"]).read_bytes()


@pytest.fixture(scope="module")
def mended(messy: bytes) -> bytes:
    """The same with a date in each of them."""
    book = openpyxl.load_workbook(io.BytesIO(messy))
    for row in range(92, 99):
        book.active[f"D{row}"] = "2024-04-09"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.fixture(scope="module")
def view(home: Home) -> Iterator[str]:
    with served(home.root) as address:
        yield address


@pytest.fixture(autouse=True)
def _empty_inbox(home: Home) -> Iterator[None]:
    home.inbox.mkdir(exist_ok=True)
    yield
    shutil.rmtree(home.inbox)


def audited(home: Home) -> list[tuple[str, str]]:
    with open_ledger(home, read_only=True) as ledger:
        assert ledger.verify_audit() == []
        return [(row["who"], row["action"]) for row in ledger.audit() if row["action"].startswith("file_")]


def lying(home: Home) -> list[str]:
    return sorted(path.relative_to(home.inbox).as_posix() for path in home.inbox.rglob("*") if path.is_file())


def test_a_messy_file_shows_each_bad_cell_and_nothing_is_written(home: Home, messy: bytes) -> None:
    before = audited(home)
    with visiting(home, "wu", "steward", screen="deliveries") as visit:
        found = seen(visit, MESSY, messy, "")
    (sheet,) = found.sheets
    assert (found.unit, sheet.dataset, sheet.periods) == (OWNER, "citizen_letters", ("2024Q2",))
    assert sheet.rows == sheet.loaded + sheet.quarantined + sum(sheet.listed.values()) == 97
    assert [row.row for row in sheet.wrong] == list(range(92, 99)) and sheet.quarantined == 7
    first = sheet.wrong[0]
    assert [(one.cell, one.header) for one in first.faults] == [("D92", "留言日期")]
    assert first.cells["留言日期"] == "4月31日" and "4月31日" in first.faults[0].said.en
    assert first.cells["网友"].endswith("***") and first.cells["留言内容"] == "***"
    assert sheet.outcome is not None and sheet.outcome.code == "duplicate"
    assert len(sheet.right) == 5 and sheet.right[0]["asked_on"] == date(2024, 3, 27)
    assert sheet.right[0]["body"] == "***"
    assert (audited(home), lying(home)) == (before, [])


def test_a_mended_file_is_put_into_the_folder_of_its_unit_and_taken_back(home: Home, mended: bytes) -> None:
    with visiting(home, "li", "liaison", OWNER, screen="deliveries") as visit:
        found = seen(visit, f"C:\\Users\\li\\..\\{MESSY}", mended, "justice_bureau")
        assert found.unit == OWNER and (found.sheets[0].loaded, found.sheets[0].wrong) == (96, ())
        assert bring(visit, found, mended) == "" and lying(home) == [f"{OWNER}/{MESSY}"]
        assert (home.inbox / OWNER / MESSY).read_bytes() == mended
        assert "waits already" in bring(visit, found, mended)
        (one,) = waiting(visit)
        assert (one.who, one.unit, one.file.name) == ("li", OWNER, MESSY)
    with visiting(home, "chen", "liaison", "justice_bureau", screen="deliveries") as visit:
        assert waiting(visit) == [] and "role may not" in take_back(visit, one.sha256, OWNER)
    with visiting(home, "qian", "auditor", screen="deliveries") as visit:
        assert waiting(visit) == [one] and "role may not" in take_back(visit, one.sha256, OWNER)
    with visiting(home, "wu", "steward", screen="deliveries") as visit:
        with held(home) as note:
            note("read_delivery", 3, 8)
            at = progress(home)
            assert at and (at.step, at.done, at.total) == ("read_delivery", 3, 8)
            assert "night is running" in take_back(visit, one.sha256, OWNER)
        assert progress(home) is None
        assert take_back(visit, one.sha256, OWNER) == "" and lying(home) == []
        assert "nothing was done" in take_back(visit, one.sha256, OWNER)
    assert audited(home)[-2:] == [("li", "file_brought"), ("wu", "file_taken_back")]


def test_a_file_put_into_the_folder_by_hand_is_listed_and_cannot_be_taken_back(home: Home, messy: bytes) -> None:
    drop_into(home.inbox / OWNER, "a.xlsx", messy)
    with visiting(home, "wu", "steward", screen="deliveries") as visit:
        (one,) = waiting(visit)
        assert (one.who, one.sha256) == ("", "") and take_back(visit, "", OWNER)
    assert lying(home) == [f"{OWNER}/a.xlsx"]


def test_a_liaison_reads_nothing_about_what_other_units_owe(home: Home) -> None:
    with visiting(home, "chen", "liaison", OWNER, screen="deliveries", year="2024") as visit:
        own = deliveries(visit)
        others = [visit.unit_name(unit) for unit in visit.declarations.units if unit != OWNER]
    assert "Citizens&#x27; letters" in own and "Came in time" in own
    assert not [name for name in others if name in own]


def test_what_a_page_does_not_offer_is_refused_all_the_same(home: Home, mended: bytes) -> None:
    before = audited(home)
    with visiting(home, "wu", "steward", screen="deliveries") as visit:
        found = seen(visit, MESSY, mended, "")
        assert "nothing was done" in bring(visit, found, mended + b" ")
        with pytest.raises(NotLookedAt):
            seen(visit, MESSY, mended, "no_such_unit")
        assert bring(visit, replace(found, unit="../../archive"), mended)
    for name, role, unit in (("qian", "auditor", ""), ("sun", "inspector", ""), ("chen", "liaison", "justice_bureau")):
        with visiting(home, name, role, unit, screen="deliveries") as visit:  # type: ignore[arg-type]
            assert "role may not" in bring(visit, found, mended)
    with visiting(home, "qian", "auditor", screen="deliveries") as visit, pytest.raises(NotLookedAt):
        seen(visit, MESSY, mended, OWNER)
    assert (audited(home), lying(home)) == (before, [])


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("信访件（内部）.csv", "编号,网友\n1,张三\n".encode(), "secret"),
        ("a.xlsx", b"PK\x03\x04 and no workbook", "broken_file"),
        ("a.csv", b"", "empty_file"),
        ("a.exe", b"MZ\x90\x00" + b"\x00" * 60, ""),
    ],
)
def test_a_file_of_which_nothing_loads_says_why_and_cannot_be_brought(
    home: Home, name: str, data: bytes, code: str
) -> None:
    with visiting(home, "wu", "steward", screen="deliveries") as visit:
        found = seen(visit, name, data, OWNER)
        assert found.refused is not None and found.refused.zh and found.refused.en and not found.may_be_brought
        assert found.refused.code == code or not code
        assert bring(visit, found, data) and lying(home) == []


def test_a_file_of_another_unit_and_one_that_several_supply_say_so(home: Home, mended: bytes) -> None:
    with visiting(home, "chen", "liaison", "justice_bureau", screen="deliveries") as visit:
        found = seen(visit, MESSY, mended, "")
        assert found.sheets[0].refused is not None and found.sheets[0].refused.code == "wrong_supplier"
        assert not found.may_be_brought


def test_a_night_asked_for_while_another_act_holds_the_home_says_so_and_is_audited(home: Home) -> None:
    with visiting(home, "sun", "inspector", screen="deliveries") as visit:
        assert "role may not" in run_night_now(visit)
    with visiting(home, "wu", "steward", screen="deliveries") as visit:
        with held(home) as note:
            note("build", 0, 0)
            assert "running already" in run_night_now(visit)
            assert running_words(home, visit.viewer) == "A night is running: building, computing, judging"
        with held(home):
            assert ended_words(home, visit.viewer) == ("", "") and run_night_now(visit) == ""
            for _ in range(600):
                if not is_running(home):
                    break
                time.sleep(0.1)
        said, kind = ended_words(home, visit.viewer)
        assert kind == "warn" and "did not take place: another night is running" in said
        zh, _ = ended_words(home, visit.viewer.in_language("zh"))
        assert "没有进行：另一晚正在运行" in zh
    with open_ledger(home, read_only=True) as ledger:
        assert [row["who"] for row in ledger.audit(action="night_asked")] == ["wu"]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_no_name_leads_out_of_the_folder_or_is_passed_over_by_the_night(name: str) -> None:
    safe = safe_name(name)
    assert safe != RECEIPTS and safe.lower() not in NOT_A_DELIVERY and not safe.lower().endswith(UNFINISHED)
    assert "/" not in safe and "\\" not in safe and "\0" not in safe
    assert not safe.startswith((".", "~$")) and 0 < len(safe.encode()) <= 255


def test_names_are_kept_apart_and_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    names = ["a.xlsx", "../../a.xlsx", "C:\\x\\a.xlsx", "~$a.xlsx", "回执", "b.part", "Thumbs.db", "..", ".hidden.csv"]
    for number, name in enumerate(names):
        drop_into(tmp_path / "unit", name, str(number).encode())
    from datetime import UTC, datetime

    found = {file.name: file.path.read_text() for file in look_into(tmp_path, datetime.now(UTC), 0).files}
    assert sorted(found.values()) == [str(number) for number in range(len(names))]
    assert found["a.xlsx"] == "0" and found["a (2).xlsx"] == "1"
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {tmp_path / "unit"}


def test_the_door_takes_a_file_from_a_page_of_its_own_alone(home: Home, view: str) -> None:
    own = view.rstrip("/")

    def put(role: str, token: str = "", origin: str = own, path: str = UPLOAD) -> int:
        unit = OWNER if role == "liaison" else ""
        with httpx.Client(base_url=view, cookies={COOKIE: token_of(home, "x", role, unit)}) as client:  # type: ignore[arg-type]
            client.get("_stcore/health")
            given = token or client.cookies.get("_streamlit_xsrf", "")
            told = {"origin": origin, "x-xsrftoken": given if token != "none" else ""}
            return client.put(path, files={"file": ("a.csv", b"x")}, headers=told).status_code

    assert put("steward") == 400  # all is right but the stream's own number, which only its page knows
    assert put("liaison") == 400
    assert put("steward", token="none") == 403 and put("steward", token="2|00|00|0") == 403
    assert put("auditor") == 404
    assert put("steward", origin="http://evil.example") == 404 and put("steward", origin="") == 404
    assert put("steward", path="_stcore/upload_file/a/b") == 404
    assert put("steward", path=f"{UPLOAD}/../x") == 404
    with httpx.Client(base_url=view, cookies={COOKIE: token_of(home, "x", "steward")}) as client:
        for method in ("GET", "POST", "OPTIONS", "PATCH"):
            assert client.request(method, UPLOAD, headers={"origin": own}).status_code == 404


@needs_chromium
def test_a_clerk_brings_a_messy_file_then_the_mended_one_and_takes_it_back(
    chromium: Browser, view: str, home: Home, messy: bytes, mended: bytes
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": COOKIE, "value": token_of(home, "wu", "steward"), "url": view}])
    reader = Reader(context.new_page())
    reader.page.on("console", lambda said: said.type in ("error", "warning") and reader.faults.append(said.text))
    reader.hosts.add("127.0.0.1")
    reader.open(f"{view}?screen=deliveries")

    def choose(data: bytes) -> None:
        reader.page.set_input_files("input[type=file]", {"name": MESSY, "mimeType": "", "buffer": data})
        reader.page.get_by_text("今晚会怎样").wait_for()
        reader.settle()

    sent: list[str] = []
    reader.page.on("request", lambda asked: sent.append(asked.url) if asked.method == "PUT" else None)
    choose(messy)
    assert "89行可以载入，7行要改" in reader.text()
    assert reader.page.locator("table.wrong .cell_wrong").all_inner_texts()[0] == "× 4月31日"
    assert "D92 留言日期 “4月31日”不是日期" in reader.page.inner_text("table.wrong")
    reader.page.set_viewport_size({"width": 390, "height": 800})
    reader.page.wait_for_timeout(300)
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390
    reader.page.set_viewport_size({"width": 1280, "height": 900})
    reader.page.get_by_role("button", name="取消").click()
    reader.page.locator(".notice").filter(has_text="已取消").wait_for()
    assert lying(home) == []
    # The very address that the page was given takes no larger file, and none without the page's own token.
    told = {"origin": view.rstrip("/"), "x-xsrftoken": next(
        one["value"] for one in context.cookies() if one["name"] == "_streamlit_xsrf"
    )}  # fmt: skip
    large = {"file": {"name": "a.csv", "mimeType": "text/csv", "buffer": b"x" * (3 * 1024 * 1024)}}
    assert context.request.put(sent[0], headers=told, multipart=large).status == 413  # type: ignore[arg-type]
    assert context.request.put(sent[0], headers={"origin": view.rstrip("/")}).status == 403
    # What all pages hold together is bounded too: the second file finds no room until the first is let go.
    some: Any = {"file": {"name": "a.csv", "mimeType": "text/csv", "buffer": b"x" * 2_000_000}}
    first, second = (sent[0][:-12] + end for end in ("000000000001", "000000000002"))
    assert context.request.put(first, headers=told, multipart=some).status == 204
    full = context.request.put(second, headers=told, multipart=some)
    assert full.status == 507 and "等待确认的文件太多" in full.text() and "try again" in full.text()
    assert context.request.delete(first, headers=told).status == 204
    assert context.request.put(second, headers=told, multipart=some).status == 204
    assert context.request.delete(second, headers=told).status == 204
    choose(mended)
    assert "96行都可以载入" in reader.text() and reader.page.locator(".cell_wrong").count() == 0
    reader.page.get_by_role("button", name="确认报送（县长热线办公室）").click()
    reader.page.locator(".notice").filter(has_text="已收下").wait_for()
    reader.settle()
    assert lying(home) == [f"{OWNER}/{MESSY}"] and "等待载入的文件（1份）" in reader.text()
    reader.page.get_by_role("button", name=f"取回：{MESSY}").click()
    reader.page.locator(".notice").filter(has_text="已取回").wait_for()
    assert lying(home) == [] and reader.is_well()
    context.close()


def test_evidence_is_kept_by_its_hash_with_the_move_and_refused_without_one(home: Home) -> None:
    content = b"%PDF-1.7 a notice"
    with open_ledger(home, read_only=True) as ledger:
        finding = next(row["id"] for row in ledger.findings(state="found") if row["owner"] == "justice_bureau")
    with visiting(home, "chen", "liaison", "justice_bureau", screen="findings") as visit:
        for action in ("receive", "plan"):
            assert move(visit, finding, action, Said("整改")) == ""
        kept = set(home.archive.iterdir())
        assert "file as evidence" in move(visit, finding, "evidence", Said("done"))
        for file in (("a.pdf", b""), ("整改（机密）.pdf", content), ("a.pdf", b"x" * (MOST_EVIDENCE + 1))):
            assert "nothing was done" in move(visit, finding, "evidence", Said("done"), file)
        assert move(visit, finding, "assign", Said("done"), ("a.pdf", content)) and set(home.archive.iterdir()) == kept
        assert move(visit, finding, "evidence", Said("done"), ("../../整改通知.pdf", content)) == ""
        with open_ledger(home, read_only=True) as ledger:
            event = ledger.finding_events(finding)[-1]
    assert event["evidence"] == {"name": "整改通知.pdf", "sha256": hashlib.sha256(content).hexdigest()}
    assert (home.archive / event["evidence"]["sha256"]).read_bytes() == content
