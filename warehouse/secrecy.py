"""Marks of state secrets and of internal papers: such a file is refused before anything of it is kept."""

from __future__ import annotations

import re
import unicodedata

from warehouse.refusals import DeliveryRefused
from warehouse.sheets import TextSheet

# In a file name the bare word is enough, unless it is the subject of an ordinary table (保守国家秘密宣传, 内部审计).
IN_NAME = re.compile(
    r"绝密|机密|(?<!国家)(?<!商业)(?<!工作)秘密(?!文件清理)|内部(?=资料|文件|使用|材料|参考|传阅|掌握|★|[)）】\]〕]|[._\-\s]|$)"
)
# In a cell it is a mark when it stands alone, in brackets, or before a star: 机密★1年, 【内部资料】, 密级：秘密.
STARRED = re.compile(r"(绝密|机密|秘密|内部(?:资料|文件|材料|使用|参考|传阅)?)\s*[★☆*]")
LEVEL = r"(绝密|机密|秘密|内部(?:资料|文件|材料|使用|参考|传阅)?)"
WARNED = r"[,，]?(?:注意保存|注意保密|严禁外传|请勿外传|不得外传)"
ALONE = re.compile(rf"[(〔\[【]?(?:密级[:]?)?{LEVEL}级?[)〕\]】]?(?:{WARNED})?")
BRACKETED = re.compile(rf"[(〔\[【]{LEVEL}[)〕\]】]|内部(?:资料|文件|材料){WARNED}")
CLASSIFIED = {"密级", "秘密等级", "保密级别", "文件密级"}
LONGEST = 60
FIRST_ROWS = 20


def refuse_secret_name(name: str) -> None:
    """Refuse (`secret`) a file whose name carries a mark."""
    if found := IN_NAME.search(unicodedata.normalize("NFKC", name)):
        raise secret("文件名", found.group(0))


def refuse_secret_sheet(sheet: TextSheet) -> None:
    """Refuse (`secret`) a sheet whose name, titles, header or first rows are marked, or whose column 密级 holds a mark.

    A sentence that speaks of secrets is no mark, nor is the bare word 内部 in a row of the table.
    """
    if found := mark_in(sheet.name):
        raise secret("工作表名", found)
    frame = sheet.top.head(FIRST_ROWS).drop("_row")
    for row in frame.rows():
        texts = {text for text in row if text}
        for text in texts:
            if (found := mark_in(text)) and (found != "内部" or len(texts) <= 2):
                raise secret("标题、表头或前几行", found)
    levels = {at for row in frame.rows() for at, text in enumerate(row) if text and _plain(text) in CLASSIFIED}
    for rows in sheet.batches() if levels else ():
        for at in levels:
            for text in rows[f"c{at}"].drop_nulls().unique().to_list():
                if found := mark_in(text):
                    raise secret("“密级”列", found)


def mark_in(text: str) -> str | None:
    """The secrecy mark that a cell is or carries; None for ordinary text."""
    plain = _plain(text[: LONGEST * 2])
    if found := STARRED.search(plain):
        return found.group(1)
    if len(plain) > LONGEST:
        return None
    found = ALONE.fullmatch(plain) or BRACKETED.search(plain)
    return found.group(0) if found else None


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def secret(place: str, mark: str) -> DeliveryRefused:
    """The refusal. It repeats the mark and nothing else of the file."""
    return DeliveryRefused(
        "secret",
        f"{place}带有“{mark}”标志，本系统不得存放涉密和内部文件，已拒收且未留存内容，请立即从收件夹移除并按保密规定处理",
        f"it carries the secrecy mark “{mark}”: refused, and nothing of it is kept; please remove it at once",
    )
