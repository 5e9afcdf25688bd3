"""What a report's file says, whatever wrote it: split runs, revisions, tables, encodings, and files that are none."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from app.report import drafts
from app.report.drafts import DraftRefused, Marked, draft_of, read_draft

W = nsdecls("w")
COMPATIBLE = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
STARTS = f'<w:bookmarkStart {W} w:id="7" w:name="fig_filing_rate_2024"/>'


def docx(*paragraphs: str, table: str = "") -> bytes:
    """A document whose paragraphs are raw runs."""
    document = Document()
    for inner in paragraphs:
        document.element.body.insert(-1, parse_xml(f"<w:p {W} {COMPATIBLE}>{inner}</w:p>"))
    if table:
        rows = table.split("\n")
        made = document.add_table(len(rows), len(rows[0].split("|")))
        for row, line in zip(made.rows, rows, strict=True):
            for cell, words in zip(row.cells, line.split("|"), strict=True):
                cell.text = words
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def run(words: str) -> str:
    return f"<w:r><w:t>{words}</w:t></w:r>"


def test_a_number_that_word_splits_over_runs_is_one_under_its_bookmark() -> None:
    linked = f"<w:hyperlink>{run('9')}{run('5.')}</w:hyperlink>{run('7%')}"
    marked = f'{run("报送率")}{STARTS}{linked}<w:bookmarkEnd w:id="7"/>{run("。")}'
    draft = draft_of(docx(run("题"), marked), "x.docx")
    assert draft.text == "题\n报送率95.7%。"
    assert draft.marked == (Marked("fig_filing_rate_2024", 5, 10),)


def test_deleted_and_moved_words_are_gone_and_inserted_ones_are_there() -> None:
    words = f"{run('案件')}<w:del>{run('12')}<w:r><w:delText>9</w:delText></w:r></w:del><w:ins>{run('13')}</w:ins>"
    words += f"<w:moveFrom>{run('旧')}</w:moveFrom><w:sdt><w:sdtContent>{run('件')}</w:sdtContent></w:sdt>"
    again = f"<mc:Choice>{run('框5个')}</mc:Choice><mc:Fallback>{run('框5个')}</mc:Fallback>"
    box = f"<mc:AlternateContent>{again}</mc:AlternateContent>"
    assert draft_of(docx(words + box), "x.docx").text == "案件13件框5个"


def test_rows_of_tables_are_read_and_our_own_appendix_is_not() -> None:
    assert draft_of(docx(run("文"), table="指标|数值\n调解|7件"), "x.docx").text == "文\n指标 数值\n调解 7件"
    assert draft_of(docx(run("文"), run("附：数据来源与口径表"), table="1|2"), "x.docx").text == "文"
    assert draft_of("文\n附：数据来源与口径表\n1件".encode(), "x.txt").text == "文"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_is_read_in_every_encoding_that_offices_write(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "总结.txt"
    path.write_bytes("全年办理行政复议案件123件。\r\n完".encode(encoding))
    assert read_draft(path).text == "全年办理行政复议案件123件。\n完"


@pytest.mark.parametrize(
    ("name", "content", "zh", "en"),
    [
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "另存为docx", "save it as docx"),
        ("a.pdf", b"%PDF-1.7\n", "不是docx或文本", "neither docx nor text"),
        ("a.docx", b"PK\x03\x04 not a zip", "不能作为docx打开", "cannot be opened as docx"),
        ("a.txt", b"\x00\x01\x02" * 9, "不是文本", "is no text"),
        ("a.txt", b"\xff\xff\xff\x80", "不是文本", "is no text"),
        ("a.html", "\n<!DOCTYPE html>\n<p>7件</p>".encode(), "是网页或Markdown", "is a web page or Markdown"),
        ("a.md", '受理<a id="fig_mediations_2024"></a>[7件](#app_x)'.encode(), "是网页或Markdown", "or Markdown"),
        ("a.txt", b" \n\t", "没有文字", "holds no words"),
        ("a.txt", b"", "没有文字", "holds no words"),
    ],
)
def test_what_is_no_report_is_refused_in_both_languages(name: str, content: bytes, zh: str, en: str) -> None:
    with pytest.raises(DraftRefused) as refused:
        draft_of(content, name)
    assert name in str(refused.value) and zh in str(refused.value) and en in str(refused.value)


def test_a_missing_file_a_folder_and_too_large_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (tmp_path / "none.docx", tmp_path):
        with pytest.raises(DraftRefused, match="读不出"):
            read_draft(path)
    with pytest.raises(DraftRefused, match="超过500000字"):
        draft_of(b"1" * 500_001, "a.txt")
    monkeypatch.setattr(drafts, "MOST_BYTES", 10)
    with pytest.raises(DraftRefused, match="大于20 MB"):
        draft_of(b"1" * 11, "a.txt")
    monkeypatch.setattr(drafts, "MOST_BYTES", 10**6)
    monkeypatch.setattr(drafts, "MOST_UNPACKED", 100)
    with pytest.raises(DraftRefused, match="解压后过大"):
        draft_of(docx(run("文")), "a.docx")
