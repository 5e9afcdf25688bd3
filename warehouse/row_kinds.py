"""What each physical row of a sheet is: data, or one of the kinds that are listed and never loaded."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from warehouse.match import Match
from warehouse.models import Contract

# The same characters that `cells.clean_text` takes off.
NOTHING = r"\s\x{0000}-\x{0020}\x{007F}\x{00AD}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2069}\x{FEFF}"
SPACE = rf"[{NOTHING}]"
INK = rf"[^{NOTHING}]"
NOTE_WORDS = (
    "说明|填表说明|填报说明|注|注释|备注|附注|填表人|填报人|填报单位|填表单位|审核人|审核|制表人|制表|经办人|复核人|复核"
    "|单位负责人|负责人|单位负责人签字|联系人|联系电话|填报日期|填表日期|制表日期|打印时间|打印日期|导出时间|数据来源"
)
NOTE = rf"^{SPACE}*[（(]?(?:{NOTE_WORDS})(?:[（(][^）)]*[）)])?{SPACE}*\d*{SPACE}*[:：]"
COUNTED_NOTE = (
    rf"^{SPACE}*(?:\d{{1,2}}[、.．]|[（(][一二三四五六七八九十\d]{{1,2}}[）)]|[一二三四五六七八九十]、){INK}.{{6,}}"
)
EMPTY = rf"^{SPACE}*(?:无|空|/|[-—–]+|本期无|无数据){SPACE}*$"
LONG_NOTE = 20


def row_kinds(batch: pl.DataFrame, match: Match, contract: Contract) -> pl.Series:
    """One kind a row: `head` (not counted), title, blank, header, total, note or data.

    A row of nothing but marks for “empty” is blank: a department without cases writes 无 under the header.
    A row is a note only when nothing but one text stands in it, near its left edge, and that text is long, numbered or
    starts like a note; a short stray cell stays data, so that it is quarantined and seen.
    """
    texts = [name for name in batch.columns if name != "_row"]
    first, last = match.header_rows[0], match.header_rows[-1]
    row = pl.col("_row")
    filled = pl.sum_horizontal([_has_ink(name) for name in texts]) if texts else pl.lit(0)
    kinds = batch.select(
        pl.when(row.is_in(match.header_rows))
        .then(pl.lit("head"))
        .when(filled == _marks(texts))
        .then(pl.lit("blank"))
        .when(row < first)
        .then(pl.lit("title"))
        .when(_is_header(texts, match))
        .then(pl.lit("header"))
        .when(_is_total(texts, contract))
        .then(pl.lit("total"))
        .when((filled == 1) | (row <= last + 12) | _any_matches(texts[:3], NOTE))
        .then(pl.lit("perhaps note"))
        .otherwise(pl.lit("data"))
        .alias("kind")
    )["kind"]
    return _settle_notes(batch, kinds, texts)


def _has_ink(name: str) -> pl.Expr:
    return pl.col(name).str.contains(INK).fill_null(False).cast(pl.Int32)


def _marks(texts: list[str]) -> pl.Expr:
    """How many cells say nothing but “empty”."""
    marks = [pl.col(name).str.contains(EMPTY).fill_null(False).cast(pl.Int32) for name in texts]
    return pl.sum_horizontal([pl.lit(0, pl.Int32), *marks])


def _any_matches(texts: Sequence[str], pattern: str) -> pl.Expr:
    return pl.any_horizontal([pl.lit(False), *(pl.col(name).str.contains(pattern).fill_null(False) for name in texts)])


def _is_header(texts: list[str], match: Match) -> pl.Expr:
    """A header row again, as print-outs repeat it: six in ten of the columns in use carry their own header."""
    places = [at for columns in match.columns.values() for at in columns]
    tests: list[pl.Expr] = []
    for cells in match.header_cells:
        same = [pl.col(f"c{at}").str.contains(_spaced(cells[at])).fill_null(False) for at in places if cells[at]]
        if len(same) >= 2:
            tests.append(pl.sum_horizontal(same) >= max(2, -(-len(same) * 6 // 10)))
    return pl.any_horizontal([pl.lit(False), *tests])


def _is_total(texts: list[str], contract: Contract) -> pl.Expr:
    """One of the first three cells, or the first that is filled, says 合计 and nothing else."""
    if not texts or not contract.total_row:
        return pl.lit(False)
    words = "|".join(_spaced(word)[1:-1] for word in contract.total_row)
    pattern = rf"^(?:{words})(?:[（(][^）)]{{0,12}}[）)])?{SPACE}*[:：]?{SPACE}*$"
    leading = pl.coalesce([pl.when(pl.col(name).str.contains(INK)).then(pl.col(name)) for name in texts])
    return _any_matches(texts[:3], pattern) | leading.str.contains(pattern).fill_null(False)


def _spaced(text: str) -> str:
    """A pattern for the text with any white space between its characters, anchored."""
    characters = [re.escape(character) for character in re.sub(r"\s+", "", text)]
    return rf"^{SPACE}*" + rf"{SPACE}*".join(characters) + rf"{SPACE}*$"


def _settle_notes(batch: pl.DataFrame, kinds: pl.Series, texts: list[str]) -> pl.Series:
    at = (kinds == "perhaps note").arg_true().to_list()
    if not at:
        return kinds
    rows = batch[at].select(texts).rows()
    settled = ["note" if _is_note(row) else "data" for row in rows]
    return kinds.scatter(at, settled)


def _is_note(row: tuple[str | None, ...]) -> bool:
    filled = [(at, cell.strip()) for at, cell in enumerate(row) if cell and re.search(INK_PY, cell)]
    if not filled or filled[0][0] > 2:
        return False
    if all(NOTE_PY.match(text) for _, text in filled):
        return True
    if len({text for _, text in filled}) > 1:
        return False
    text = filled[0][1]
    return len(text) >= LONG_NOTE or COUNTED_PY.match(text) is not None


def _python(pattern: str) -> str:
    return re.sub(r"\\x\{([0-9A-F]{4})\}", r"\\u\1", pattern)


INK_PY = re.compile(_python(INK))
NOTE_PY = re.compile(_python(NOTE))
COUNTED_PY = re.compile(_python(COUNTED_NOTE), re.DOTALL)
