"""Letters on paper, from the letters that a whole night of the sample county wrote: one docx, each on its own sheet."""

from __future__ import annotations

import io
import json
import shutil
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from typer.testing import CliRunner

from app.letters.message import plain_text
from app.letters.on_paper import read_parts, write_papers
from flows.cli import app
from warehouse.home import Home
from warehouse.ledger import open_ledger


@pytest.fixture(scope="module")
def home(sample_night: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the sample county's home what letters are printed from."""
    copy = tmp_path_factory.mktemp("paper") / "home"
    shutil.copytree(sample_night[0], copy, ignore=shutil.ignore_patterns("inbox", "archive", "snapshots", "history"))
    Home(copy).make()
    return copy


def ducha(home: Path, *words: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["letters", "print", *map(str, words), "--home", str(home)])
    assert done.exit_code == code, done.output
    return done.output


def letters_of(home: Path) -> list[dict[str, Any]]:
    with open_ledger(Home(home)) as ledger:
        return [row for row in ledger.letters() if row["subject"]]


def words_of(docx: bytes) -> str:
    document = Document(io.BytesIO(docx))
    return "\n".join(node.text or "" for node in document.element.body.iter(qn("w:t")))


def test_what_is_read_back_from_a_letter_is_what_it_says(home: Path) -> None:
    letters = letters_of(home)
    assert len(letters) > 30
    for row in letters:
        eml = (home / row["path"]).read_bytes()
        body = message_from_bytes(eml, policy=default).get_body(("plain",))
        assert body is not None
        assert plain_text(read_parts(eml)) == body.get_content().replace("\r\n", "\n")


def test_paper_holds_every_block_and_each_letter_begins_a_sheet_with_page_one(home: Path) -> None:
    emls = [(home / row["path"]).read_bytes() for row in letters_of(home)[:5]]
    paper = write_papers(emls, is_sample=True)
    document, words = Document(io.BytesIO(paper)), words_of(paper)
    for part in (part for eml in emls for part in read_parts(eml)):
        for block in part.blocks:
            for said in (block.text, *block.items, *(cell for row in block.pairs for cell in row)):
                assert said in words
    breaks = [section._sectPr.find(qn("w:type")) for section in document.sections]
    assert [mark.get(qn("w:val")) for mark in breaks[1:]] == ["oddPage"] * 4
    starts = [section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) for section in document.sections]
    assert starts == ["1"] * 5
    assert "样例数据" in document.sections[0].header.paragraphs[0].text


def test_the_night_writes_on_paper_what_has_no_address_and_nothing_else(home: Path) -> None:
    for row in letters_of(home):
        assert (home / row["path"]).with_suffix(".docx").is_file() == (row["recipient"] is None)


def test_one_command_prints_what_no_mail_reaches_and_says_so_when_there_is_nothing(home: Path, tmp_path: Path) -> None:
    with open_ledger(Home(home)) as ledger:  # a handful shows the same as all
        ledger.con.execute("UPDATE letters SET state = 'superseded' WHERE recipient IS NOT NULL AND id > 6")
    letters = [row for row in letters_of(home) if row["state"] != "superseded"]
    unreached = [row["id"] for row in letters if row["recipient"] is None]
    told = json.loads(ducha(home, "--out", tmp_path / "some.docx", "--json"))
    assert told["letters"] == unreached and told["night"] == "2025-02-06.1"
    reached = next(row for row in letters if row["recipient"])
    assert unreached and len(letters) > 5
    (home / reached["path"]).rename(tmp_path / "away.eml")
    told = json.loads(ducha(home, "--all", "--night", "2025-02-06.1", "--out", tmp_path / "all.docx", "--json"))
    assert len(told["letters"]) == len(letters) - 1 and told["gone"] == [reached["id"]]
    assert len(Document(str(tmp_path / "all.docx")).sections) == len(letters) - 1
    (tmp_path / "away.eml").rename(home / reached["path"])
    with open_ledger(Home(home)) as ledger:
        ledger.con.execute("UPDATE letters SET recipient = 'office@sample.invalid'")
    assert "没有要打印的信" in ducha(home, "--out", tmp_path / "none.docx")
    assert not (tmp_path / "none.docx").exists()


def test_a_wrong_file_or_night_is_refused_in_words(home: Path, tmp_path: Path) -> None:
    assert "不是docx文件" in ducha(home, "--out", tmp_path / "a.pdf", code=2)
    assert "没有已发布的夜次" in ducha(home, "--night", "2025-02-07.1", "--out", tmp_path / "a.docx", code=2)
    with pytest.raises(ValueError, match="no letters"):
        write_papers([], is_sample=False)
