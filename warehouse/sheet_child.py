"""What runs in a guarded child: find out by its content what a file is, and read it into rows of text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any
from xml.parsers.expat import ExpatError
from zipfile import ZipFile

import pyarrow as pa
from lxml import etree

from warehouse import archives, delimited, markup_rows, ods_rows, xls_rows, xlsx_rows
from warehouse.refusals import DeliveryRefused, refuse
from warehouse.sheet_job import SheetJob

NO_MEMORY = 1  # of expat
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BARE_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")  # Excel 2 to 4, no container
TEXT_SUFFIXES = frozenset([".csv", ".txt", ".tsv", ".tab", ".xls", ".xlsx", ".xlsm", ".et", ".htm", ".html", ".xml"])
DOCUMENTS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "PDF 文件", "a PDF"),
    (b"{\\rtf", "RTF 文档", "an RTF document"),
    (b"\xff\xd8\xff", "图片（扫描件）", "an image (a scan)"),
    (b"\x89PNG", "图片（扫描件）", "an image (a scan)"),
    (b"II*\0", "图片（扫描件）", "an image (a scan)"),
    (b"MM\0*", "图片（扫描件）", "an image (a scan)"),
    (b"GIF8", "图片", "an image"),
    (b"BM", "图片", "an image"),
)
OTHER_ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"Rar!", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\x1f\x8b", "gz"), (b"BZh", "bz2"), (b"\xfd7zXZ", "xz"),
)  # fmt: skip
# what a zip or an OLE container holds if it is no workbook
OFFICE_DOCUMENTS: tuple[tuple[str, str, str], ...] = (
    ("word/document.xml", "Word 文档", "a Word document"),
    ("ppt/presentation.xml", "演示文稿", "a presentation"),
    ("OFD.xml", "OFD 版式文件", "an OFD document"),
    ("WordDocument", "Word 或 WPS 文字文档", "a Word or WPS document"),
    ("PowerPoint Document", "演示文稿", "a presentation"),
)


def warm_up() -> None:
    """Do once what a first use costs: each child forked later has it for nothing."""
    pa.array(["", None], pa.string())
    "".encode("gb18030")


def run_job(request: dict[str, Any]) -> None:
    """Read the file of the request; the answer (sheets, refusal or inner files) goes to `reply.json` in its folder."""
    job = SheetJob(
        path=Path(request["path"]), file=request["file"], folder=Path(request["folder"]),
        max_unzipped=request["max_unzipped"], max_ratio=request["max_ratio"], encoding=request["encoding"],
    )  # fmt: skip
    answer: dict[str, Any]
    try:
        inner = read_file(job, inside_archive=request["inside_archive"])
        answer = {"sheets": job.sheets, "inner": inner}
    except DeliveryRefused as refusal:
        answer = _refused(refusal)
    except MemoryError as error:
        answer = _refused(refuse("too_large", job.file, detail=repr(error)[:500]))
    except (etree.XMLSyntaxError, ExpatError) as error:
        code = "too_large" if error.code in (NO_MEMORY, etree.ErrorTypes.ERR_NO_MEMORY) else "broken_file"
        answer = _refused(refuse(code, job.file, detail=repr(error)[:500]))
    except Exception as error:  # whatever a reader stumbles over, the file cannot be read: that is the answer
        answer = _refused(refuse("broken_file", job.file, detail=repr(error)[:500]))
    reply = job.folder / "reply.part"
    reply.write_text(json.dumps(answer), "utf-8")
    reply.rename(job.folder / "reply.json")


def _refused(refusal: DeliveryRefused) -> dict[str, Any]:
    return {
        "refused": {"code": refusal.code, "say": refusal.say, "say_en": refusal.say_en, "detail": refusal.detail},
    }


def read_file(job: SheetJob, inside_archive: bool) -> list[dict[str, str]]:
    """Read one file by its content, whatever its suffix says; for an archive its tables, unpacked, are returned."""
    with job.path.open("rb") as stream:
        head = stream.read(4_096)
    if not head:
        raise refuse("empty_file", job.file)
    _refuse_known_others(job, head)
    if head.startswith(b"PK"):
        return _read_zip(job, inside_archive)
    if head.startswith(OLE):
        _read_ole(job)
    elif head.startswith(BARE_BIFF):
        xls_rows.read_xls(job)
    else:
        _read_text(job, head)
    return []


def _refuse_known_others(job: SheetJob, head: bytes) -> None:
    for magic, chinese, english in DOCUMENTS:
        if head.startswith(magic) and not (magic == b"BM" and b"\0" not in head):
            raise refuse("not_a_table", job.file, kind_zh=chinese, kind_en=english)
    for magic, name in OTHER_ARCHIVES:
        if head.startswith(magic):
            raise refuse("other_archive", job.file, kind_zh=name, kind_en=name)


def _read_zip(job: SheetJob, inside_archive: bool) -> list[dict[str, str]]:
    with archives.open_zip(job.path, job.file, job.max_unzipped, job.max_ratio) as archive:
        names = set(archive.namelist())
        for name, chinese, english in OFFICE_DOCUMENTS:
            if name in names:
                raise refuse("not_a_table", job.file, kind_zh=chinese, kind_en=english)
        if any(name.lower().endswith("xl/workbook.bin") for name in names):
            raise refuse("binary_workbook", job.file)
        if "[Content_Types].xml" in names or "xl/workbook.xml" in names:
            xlsx_rows.read_xlsx(job, archive)
        elif "mimetype" in names and "content.xml" in names:
            _read_open_document(job, archive)
        elif inside_archive:
            raise refuse("archive_in_archive", job.file, inner=PurePosixPath(job.file).name)
        else:
            return archives.unpack_tables(archive, job.file, job.folder)
    return []


def _read_open_document(job: SheetJob, archive: ZipFile) -> None:
    if b"spreadsheet" not in archive.read("mimetype")[:200]:
        raise refuse("not_a_table", job.file, kind_zh="OpenDocument 文档", kind_en="an OpenDocument text")
    ods_rows.read_ods(job, archive)


def _read_ole(job: SheetJob) -> None:
    streams = xls_rows.stream_names(job.path)
    if "EncryptedPackage" in streams:
        raise refuse("encrypted", job.file)
    for name, chinese, english in OFFICE_DOCUMENTS:
        if name in streams and not streams & {"Workbook", "Book", "WORKBOOK", "BOOK"}:
            raise refuse("not_a_table", job.file, kind_zh=chinese, kind_en=english)
    xls_rows.read_xls(job)


def _read_text(job: SheetJob, head: bytes) -> None:
    start = _start_of_text(head).lower()
    readers: tuple[tuple[str, Callable[[SheetJob], None]], ...] = (
        ("urn:schemas-microsoft-com:office:spreadsheet", markup_rows.read_excel_2003),
        ("<html", markup_rows.read_html), ("<table", markup_rows.read_html), ("<!doctype html", markup_rows.read_html),
    )  # fmt: skip
    if start.startswith("mime-version:"):
        raise refuse("web_archive", job.file)
    if start.startswith("<"):
        for mark, reader in readers:
            if mark in start and (reader is not markup_rows.read_excel_2003 or "<workbook" in start):
                return reader(job)
    if start.startswith("<?xml") or PurePosixPath(job.file).suffix.lower() not in TEXT_SUFFIXES:
        raise refuse("unknown_file_kind", job.file)
    delimited.read_delimited(job)
    return None


def _start_of_text(head: bytes) -> str:
    """The beginning as text, whatever the encoding: enough to tell markup from a table."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace").lstrip()
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip()
