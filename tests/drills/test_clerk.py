"""A clerk who only uses the browser: a messy file, the mended one, a night, another target by a workbook, a night."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import openpyxl
from playwright.sync_api import sync_playwright

from app.sign_in import COOKIE
from app.wording import state_word
from tests.app.serving import ARGUMENTS, CHROMIUM, needs_chromium, served, token_of
from tests.app.test_view import Reader
from warehouse.home import Home
from warehouse.ledger import open_ledger

FILE, OWNER, METRIC = "网民留言办理台账_2024Q2.xlsx", "hotline_office", "letters_replied"
PROMISE = "citizen_letters:few_quarantined"
NIGHT_SECONDS = 600


def messy(home: Home) -> bytes:
    with open_ledger(home, read_only=True) as ledger:
        return (home.archive / ledger.deliveries(file_name=FILE)[0]["sha256"]).read_bytes()


def mended(file: bytes) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(file))
    for row in range(92, 99):
        book.active[f"D{row}"] = "2024-04-09"
        book.active[f"G{row}"] = "2024-04-12"
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def with_target(workbook: bytes, bound: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    sheet = book["目标"]
    fields = [cell.value for cell in sheet[2]]
    row = next(row for row in range(4, sheet.max_row + 1) if sheet.cell(row, 1).value == METRIC)
    sheet.cell(row, fields.index("at_least") + 1).value = bound
    return saved(book)


def choose(reader: Reader, file: bytes, seen: str) -> None:
    reader.page.set_input_files("input[type=file]", {"name": FILE, "mimeType": "", "buffer": file})
    reader.page.get_by_text(seen).first.wait_for()
    reader.settle()


def press(reader: Reader, button: str, answer: str, seconds: int = 30) -> None:
    reader.page.get_by_role("button", name=button).click()
    reader.page.locator(".notice").filter(has_text=answer).wait_for(timeout=1000 * seconds)
    reader.settle()


@needs_chromium
def test_a_clerk_mends_a_file_and_changes_a_target_and_sees_the_lights_turn(
    sample_night: tuple[Path, Any], tmp_path: Path
) -> None:
    home = Home(Path(shutil.copytree(sample_night[0], tmp_path / "home")))
    with served(home.root) as view, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": COOKIE, "value": token_of(home, "wu", "steward"), "url": view}])
        reader = Reader(context.new_page())
        reader.page.on("console", lambda said: said.type in ("error", "warning") and reader.faults.append(said.text))
        reader.hosts.add("127.0.0.1")
        figure = f"{view}?screen=figure&metric={METRIC}&period=2024&unit={OWNER}"
        with open_ledger(home, read_only=True) as ledger:
            number = ledger.findings(target=PROMISE, unit=OWNER)[0]["id"]
        reader.open(f"{view}?screen=findings&finding={number}")
        assert state_word("found", "zh") in reader.page.inner_text("dl.facts")
        reader.open(figure)
        assert "未达标" in reader.page.inner_text("p.sentence") and "346" in reader.text()

        reader.open(f"{view}?screen=deliveries")
        choose(reader, messy(home), "7行要改")
        press(reader, "取消", "已取消")
        choose(reader, mended(messy(home)), "96行都可以载入")
        press(reader, "确认报送", "已收下")
        press(reader, "立即运行夜间任务", "已完成（快照2025-02-06.2）", NIGHT_SECONDS)
        assert "已有新的夜间数据" in reader.text()
        reader.open(f"{view}?screen=findings&finding={number}")
        assert state_word("awaiting_verification", "zh") in reader.page.inner_text("dl.facts")
        reader.open(figure)
        assert "未达标" in reader.page.inner_text("p.sentence") and "353" in reader.text()

        reader.open(f"{view}?screen=rules&part=targets")
        with reader.page.expect_download() as download:
            reader.page.get_by_text("下载表格（xlsx，姓名和").click()
        workbook = download.value.path().read_bytes()
        choose(reader, with_target(workbook, "九成九"), "不是数字")
        press(reader, "取消", "已取消")
        choose(reader, with_target(workbook, "99%"), "变为达标1个：县长热线办公室 2024年")
        press(reader, "采用这1项改动", "已采用1项改动")
        press(reader, "立即运行夜间任务", "已完成（快照2025-02-06.3）", NIGHT_SECONDS)
        reader.open(figure)
        assert "未达标" not in reader.page.inner_text("p.sentence") and "99%" in reader.text()
        assert reader.is_well()
        browser.close()
    with open_ledger(home, read_only=True) as ledger:
        assert ledger.verify_audit() == []
        done = [row["action"] for row in ledger.audit() if row["who"] == "wu"]
    assert done == ["file_brought", "night_asked", "catalogue_taken_out", "catalogue_changed", "night_asked"]
