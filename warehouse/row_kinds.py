"""What each physical row of a sheet is: data, or one of the kinds that are listed and never loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from warehouse.cells import clean_text, normalise_header
from warehouse.match import Match
from warehouse.models import Contract
from warehouse.refusals import DeliveryRefused
from warehouse.text_rows import column_letters

# The same characters that `cells.clean_text` takes off.
NOTHING = r"\s\x{0000}-\x{0020}\x{007F}\x{00AD}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2069}\x{FEFF}"
SPACE = rf"[{NOTHING}]"
INK = rf"[^{NOTHING}]"
NOTE_WORDS = (
    "说明|填表说明|填报说明|注|注释|备注|附注|填表人|填报人|填报单位|填表单位|审核人|审核|制表人|制表|经办人|复核人|复核"
    "|单位负责人|负责人|单位负责人签字|联系人|联系电话|填报日期|填表日期|制表日期|打印时间|打印日期|导出时间|数据来源"
)
NOTE = rf"^{SPACE}*[（(]?(?:{NOTE_WORDS})(?:[（(][^）)]*[）)])?{SPACE}*\d*{SPACE}*[:：]"
# 2、口径见附件 is a note; 一、废止文件 and （一）县政府文件 head a part of the table.
COUNTED_NOTE = (
    rf"^{SPACE}*(?:(?:\d{{1,2}}[、.．]|[（(]\d{{1,2}}[）)]){INK}.{{6,}}"
    rf"|(?:[（(][一二三四五六七八九十]{{1,3}}[）)]|[一二三四五六七八九十]{{1,3}}、){INK})"
)
# The first cell of a row: 填表人： | 张三 | 填报日期： | 2024-12-31.
LABEL = rf"^{SPACE}*[（(]?(?:{NOTE_WORDS})\d*[）)]?{SPACE}*[:：]?{SPACE}*$"
EXAMPLE = rf"^{SPACE}*[（(]?(?:填写|填报)?(?:示例|样例|范例|举例|例)[）)]?{SPACE}*[:：]?{SPACE}*$"
ALONE = r"^[（(]?(?:续表|续上表|接上表|接上页|转下页|以下空白|此页无正文)[）)]?$"
TOTAL_WORDS = ("共计", "累计")
EMPTY = rf"^{SPACE}*(?:无|空|/|[-—–]+|本期无|无数据){SPACE}*$"
LONG_NOTE = 20
CELLS = 200_000  # looked through at once


def row_kinds(batch: pl.DataFrame, match: Match, contract: Contract) -> pl.Series:
    """One kind a row: `head` (not counted), title, blank, header, total, note or data.

    A row of nothing but marks for “empty” is blank: a department without cases writes 无 under the header.
    A row is a note when it starts with a label such as 填表人, or when nothing but one text stands in it, near its left
    edge, and that text is a sentence, counted or starts like a note; a short stray cell stays data, so that it is
    quarantined and seen.
    """
    texts = [name for name in batch.columns if name != "_row"]
    first, last = match.header_rows[0], match.header_rows[-1]
    row = pl.col("_row")
    # How many cells are filled; those that say nothing but “empty”.
    filled, marks = (pl.Series(_matching(batch, texts, pattern)) for pattern in (INK, EMPTY))
    kinds = batch.select(
        pl.when(row.is_in(match.header_rows))
        .then(pl.lit("head"))
        .when(filled == marks)
        .then(pl.lit("blank"))
        .when(row < first)
        .then(pl.lit("title"))
        .when(row.is_in(_repeated_headers(batch, match)))
        .then(pl.lit("header"))
        .when(_is_total(texts, match, contract))
        .then(pl.lit("total"))
        .when(pl.lit(filled == 1) | (row <= last + 12) | _any_matches(texts[:3], f"{NOTE}|{LABEL}|{EXAMPLE}"))
        .then(pl.when(_has_key(match, contract, f"{LABEL}|{EMPTY}")).then(pl.lit("keyed")).otherwise(pl.lit("perhaps")))
        .otherwise(pl.lit("data"))
        .alias("kind")
    )["kind"]
    _refuse_another_order(batch.filter(kinds == "header"), match)
    return _settle_notes(batch, kinds, texts, match)


def _matching(batch: pl.DataFrame, texts: Sequence[str], pattern: str) -> NDArray[np.int64]:
    """In how many of these columns each row matches.

    One query for all columns: a query of each costs more than the looking.
    """
    found = [np.zeros(0, np.int64)]
    for rows in batch.iter_slices(CELLS // max(1, len(texts)) or 1):
        cells = pl.concat([rows[name].alias("cell") for name in texts]) if texts else pl.Series(dtype=pl.String)
        matches = cells.str.contains(pattern).fill_null(False).to_numpy()
        found.append(matches.reshape(len(texts), rows.height).sum(axis=0))
    return np.concatenate(found)


def _any_matches(texts: Sequence[str], pattern: str) -> pl.Expr:
    return pl.any_horizontal([pl.lit(False), *(pl.col(name).str.contains(pattern).fill_null(False) for name in texts)])


def _repeated_headers(batch: pl.DataFrame, match: Match) -> list[int]:
    """Rows that are the header again, as print-outs repeat it: six in ten of the columns in use carry their own header.

    What begins and ends as one of the headers is looked at closely. One short pattern for the whole sheet: a pattern
    of each header with white space anywhere in it takes longer to compile than most sheets take to read.
    """
    places = [at for columns in match.columns.values() for at in columns]
    wanted = [{at: text for at in places if (text := _bare(cells[at]))} for cells in match.header_cells]
    wanted = [texts for texts in wanted if len(texts) >= 2]
    if not wanted:
        return []
    firsts, lasts = ({re.escape(text[end]) for texts in wanted for text in texts.values()} for end in (0, -1))
    pattern = rf"^{SPACE}*[{''.join(sorted(firsts))}](?s:.*[{''.join(sorted(lasts))}])?{SPACE}*$"
    alike = _matching(batch, [f"c{at}" for at in {at for one in wanted for at in one}], pattern)
    rows = batch[np.flatnonzero(alike >= min(map(_most, wanted)))]
    return [
        row["_row"]
        for row in rows.iter_rows(named=True)
        if any(
            sum(_bare(row[f"c{at}"] or "") == text for at, text in texts.items()) >= _most(texts) for texts in wanted
        )
    ]


def _most(texts: Mapping[int, str]) -> int:
    return max(2, -(-len(texts) * 6 // 10))


def _bare(text: str) -> str:
    return re.sub(SPACE_PY, "", text)


def _refuse_another_order(headers: pl.DataFrame, match: Match) -> None:
    """Refuse (`header_changes`) a sheet whose later header has a known column elsewhere: all below would be misread."""
    places = {at: name for name, found in match.columns.items() for at in found}
    names = {normalise_header(cells[at]): name for cells in match.header_cells for at, name in places.items()}
    for row in headers.iter_rows(named=True):
        for at, name in places.items():
            text = row[f"c{at}"] or ""
            if names.get(normalise_header(text), name) != name:
                cell, shown = f"{column_letters(at)}{row['_row']}", clean_text(text)
                raise DeliveryRefused(
                    "header_changes",
                    f"第{row['_row']}行又有一个表头，列的次序与前面不同（{cell}是“{shown}”），"
                    "请把两段表调整成相同的列，或分成两张工作表",
                    f"row {row['_row']} is another header in another order ({cell} reads “{shown}”)",
                    match.dataset,
                )


def _is_total(texts: list[str], match: Match, contract: Contract) -> pl.Expr:
    """One of the first three cells, or the first that is filled, says 合计 and nothing else.

    Never a row that has a whole key without that word: an enterprise may be named 总计, and a key makes it a row.
    """
    if not texts or not contract.total_row:
        return pl.lit(False)
    words = "|".join(_spaced(word)[1:-1] for word in (*contract.total_row, *TOTAL_WORDS))
    count = rf"(?:{SPACE}*\d+{SPACE}*[件个人条项家户宗份次]?)?"
    said = rf"[（(]?(?:本[页月季年]|以上)?(?:{words})[）)]?(?:[（(][^）)]{{0,12}}[）)])?"
    pattern = rf"^{said}{SPACE}*[:：]?{count}{SPACE}*$"
    leading = pl.coalesce([pl.when(pl.col(name).str.contains(INK)).then(pl.col(name)) for name in texts])
    says_so = _any_matches(texts[:3], pattern) | leading.str.contains(pattern).fill_null(False)
    # 合计 | 共316件: a count that stands where the key would is no key.
    counted = rf"^{SPACE}*[共计]?{SPACE}*\d+{SPACE}*[件个人条项家户宗份次起名]{SPACE}*$"
    return says_so & ~_has_key(match, contract, rf"{pattern}|{counted}|{EMPTY}")


def _has_key(match: Match, contract: Contract, nothing: str) -> pl.Expr:
    """Every column of the key stands in the sheet, and in the row holds what is no such `nothing`."""
    places = [match.columns[name] for name in contract.key if name in match.columns]
    if not places or len(places) < len(contract.key):
        return pl.lit(False)

    def says(at: int) -> pl.Expr:
        cell = pl.col(f"c{at}")
        return (cell.str.contains(INK) & ~cell.str.contains(nothing)).fill_null(False)

    return pl.all_horizontal(pl.any_horizontal(list(map(says, found))) for found in places)


def _spaced(text: str) -> str:
    """A pattern for the text with any white space between its characters, anchored."""
    characters = [re.escape(character) for character in re.sub(r"\s+", "", text)]
    return rf"^{SPACE}*" + rf"{SPACE}*".join(characters) + rf"{SPACE}*$"


def _settle_notes(batch: pl.DataFrame, kinds: pl.Series, texts: list[str], match: Match) -> pl.Series:
    at = kinds.is_in(["perhaps", "keyed"]).arg_true().to_list()
    if not at:
        return kinds
    rows = batch[at].select("_row", *texts).rows()
    settled = [
        _settled(number, row, keyed == "keyed", match) for (number, *row), keyed in zip(rows, kinds[at], strict=True)
    ]
    return kinds.scatter(at, settled)


def _settled(number: int, row: list[str | None], has_key: bool, match: Match) -> str:
    """title, header, note or data: what a row is that may be no data."""
    filled = [(at, cell.strip()) for at, cell in enumerate(row) if cell and re.search(INK_PY, cell)]
    if not filled or filled[0][0] > 2:
        return "data"
    found = list(dict.fromkeys(text for _, text in filled))
    if len(found) == 1 and found[0] in match.titles:
        return "title"
    if number == match.header_rows[-1] + 1 and _are_column_numbers(found):
        return "header"
    return "note" if _is_note(found, has_key) else "data"


def _are_column_numbers(texts: list[str]) -> bool:
    """1 2 3 … or 甲 乙 1 2 …, as statistical tables number their columns below the header."""
    plain = [text.strip("()（）") for text in texts]
    rest = [text for text in plain if text not in "甲乙丙丁戊己庚辛壬癸子丑寅卯"]
    return len(plain) >= 4 and rest == [str(number) for number in range(1, len(rest) + 1)]


def _is_note(texts: list[str], has_key: bool) -> bool:
    first = texts[0]
    if EXAMPLE_PY.match(first) or (LABEL_PY.match(first) and not has_key) or all(map(NOTE_PY.match, texts)):
        return True
    if len(texts) > 1:
        return False
    is_long = len(first) >= LONG_NOTE and SENTENCE.search(first)
    return bool(is_long or COUNTED_PY.match(first) or ALONE_PY.match(re.sub(r"\s", "", first)))


def _python(pattern: str) -> str:
    return re.sub(r"\\x\{([0-9A-F]{4})\}", r"\\u\1", pattern)


# A lone number or name, however long, is what is left of a row.
SENTENCE = re.compile(r"[一-鿿].*[，。；：、,;:！]|[，。；：、,;:！].*[一-鿿]")
INK_PY = re.compile(_python(INK))
SPACE_PY = re.compile(_python(SPACE))
NOTE_PY = re.compile(_python(NOTE))
LABEL_PY = re.compile(_python(LABEL))
EXAMPLE_PY = re.compile(_python(EXAMPLE))
ALONE_PY = re.compile(ALONE)
COUNTED_PY = re.compile(_python(COUNTED_NOTE), re.DOTALL)
