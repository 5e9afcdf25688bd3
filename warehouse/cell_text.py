"""Text of one cell: cleaning, emptiness, and readers of words: text, identifiers, flags, codes, lists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import lru_cache

INVISIBLE = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
HIDDEN = re.compile(f"[{INVISIBLE}]")
# No white space lies above the ideographic one. `str.strip` takes them off ten times faster than a pattern.
EDGE = re.compile(rf"[\s\x00-\x20\x7f{INVISIBLE}]")
EDGES = "".join(filter(EDGE.match, map(chr, range(0x3001)))) + "\ufeff"
SPACES = re.compile(r"\s+")
# 10² must never read as 102, nor ⒈5 as 1.5: forms that carry more than width stay as they are and are refused later.
NOT_MERELY_WIDE = ("<super>", "<sub>", "<circle>", "<fraction>", "<square>")
ERROR_CELLS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
# A formula of which no result was saved: =A1, =SUM(…), ='1月'!B2, =500*2.
FORMULA = re.compile(r"=\s*[-+(]*(?:[A-Za-z_.]+[0-9]*\(|\$?[A-Z]{1,3}\$?[0-9]+\b|'[^']+'!|\w+!|\"|[0-9.]+\s*[-+*/^&(])")
EMPTY_MARKS = {"", "-", "--", "---", "—", "——", "–", "―", "/", "\\", "无", "空", "(空)", "(无)"}
EMPTY_WORDS = {"n/a", "na", "null", "none", "nan", "nat", "(null)", "(blank)", "<null>"}
YES = {"是", "y", "yes", "1", "true", "t", "√", "✓", "✔", "☑", "有", "对"}
NO = {"否", "n", "no", "0", "false", "f", "×", "x", "✗", "✘", "✕", "✖", "☒", "无", "没有", "不是", "错"}
# Ledgers stretch a name of two characters to the width of three.
SPACED_NAME = re.compile(r"[一-鿿](?:\s+[一-鿿]){1,3}")
DOTS = re.compile(r"\s*[·•‧∙・･]\s*")
SEVERAL = re.compile(r"[、,，;；/／\s]+")
BRACKETS = {"(": ")", "（": "）", "〔": "〕", "[": "]", "【": "】", "《": "》", "“": "”"}


class CellError(Exception):
    """A cell that cannot be read: `rule`, the `raw` text, and a sentence for the clerk in both languages."""

    def __init__(self, rule: str, raw: str, say: str, say_en: str) -> None:
        super().__init__(say)
        self.rule, self.raw, self.say, self.say_en = rule, raw, say, say_en


def shown(raw: str) -> str:
    """The cell as a sentence quotes it: one line, at most 40 characters."""
    text = SPACES.sub(" ", clean_text(raw))
    return text if len(text) <= 40 else text[:39] + "…"


def clean_text(raw: str) -> str:
    """Free text as written, without white space, control and invisible characters at its ends; inside all stays."""
    return raw.strip(EDGES)


@lru_cache(maxsize=8_192)  # one cell is asked for emptiness, for a failed formula and for its value
def normal(raw: str) -> str:
    """A cell that is no free text: half-width (NFKC), nothing invisible, no `'` or `="…"` that guards it in Excel."""
    text = HIDDEN.sub("", clean_text(raw))
    if not text.isascii():
        text = text.translate(NARROW)
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1]
    return clean_text(text.removeprefix("'"))


class _Narrow(dict[int, str]):
    """Character -> its half-width form, or itself; what was asked for once is kept: scripts are finite."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _narrow(chr(code))
        return found


def _narrow(character: str) -> str:
    kind = unicodedata.decomposition(character)
    if not kind:
        return character
    narrow = unicodedata.normalize("NFKC", character)
    numbered = kind.startswith("<compat>") and any(one.isdigit() for one in narrow)
    return character if numbered or kind.startswith(NOT_MERELY_WIDE) else narrow


NARROW = _Narrow()


def is_empty(raw: str, kind: str = "", values: Collection[str] = ()) -> bool:
    """Whether a cell says nothing: blank, or one of the marks that departments write for it (—, /, 无, NULL …).

    `kind` is the column's type: in free text only blank is empty, as 无 may be the answer; in a flag 无 means no.
    A mark that a code declares among its `values` is a value.
    """
    text = normal(raw)
    if kind == "text" or not text:
        return not text
    if text in values or (kind == "flag" and text.casefold() in NO):
        return False
    return text in EMPTY_MARKS or text.casefold() in EMPTY_WORDS


def refuse_error_cell(raw: str) -> None:
    """Raise for a formula that failed: `#REF!` is no value of any column."""
    if normal(raw).upper() in ERROR_CELLS:
        say = f"单元格是公式错误“{shown(raw)}”，请填写实际内容"
        raise CellError("error_cell", raw, say, f"the cell holds the formula error {shown(raw)}; write the value")
    if raw.startswith("=") and FORMULA.match(normal(raw)):
        say = f"单元格是没有结果的公式“{shown(raw)}”，请用 Excel 或 WPS 打开后保存，或改为填写内容"
        raise CellError(
            "formula_without_result", raw, say, f"{shown(raw)} is a formula without a result: save it again"
        )


def read_text(raw: str) -> str:
    """Free text, cleaned at its ends. Refuses failed formulas."""
    refuse_error_cell(raw)
    return clean_text(raw)


def read_name(raw: str) -> str:
    """A person's name: 王　强 and 王强 are one, as are the dots of 买买提·艾力. Else as free text."""
    text = DOTS.sub("·", read_text(raw))
    return SPACES.sub("", text) if SPACED_NAME.fullmatch(text) else text


def read_identifier(raw: str) -> str:
    """A number or code that is a name: half-width, inner white space as one space, the `.0` of a numeric cell gone.

    Case stays. Refuses empty text, failed formulas, and the `1.14307E+17` that a spreadsheet makes of a long number.
    """
    refuse_error_cell(raw)
    text = SPACES.sub(" ", normal(raw))
    if re.fullmatch(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+", text):
        raise damaged(raw)
    if not text:
        raise CellError("empty", raw, "此处为空，请填写编号", "empty; an identifier is expected")
    return text[: -len(".0")] if re.fullmatch(r"[0-9]+\.0", text) else text


def damaged(raw: str) -> CellError:
    """The error for a long number of which a spreadsheet has dropped digits."""
    say = f"“{shown(raw)}”已被表格软件转成科学计数法，末位数字丢失，请将该列设为文本后重新填写"
    return CellError(
        "damaged_number", raw, say, f"{shown(raw)}: a spreadsheet dropped its last digits; store it as text"
    )


def read_flag(raw: str) -> bool:
    """Yes or no: 是/否, Y/N, 1/0, true/false, √/×, 有/无. Refuses everything else."""
    refuse_error_cell(raw)
    text = normal(raw).casefold().removesuffix(".0")
    if text in YES:
        return True
    if text in NO:
        return False
    say = f"“{shown(raw)}”不是“是”或“否”，请填写是或否"
    raise CellError("not_flag", raw, say, f"{shown(raw)} is neither yes nor no")


def read_code(raw: str, values: Mapping[str, str]) -> str:
    """The code for a declared label; width, spaces and case may differ as long as one code alone is meant."""
    text = clean_text(raw)
    if text in values:
        return values[text]
    refuse_error_cell(raw)
    meant = {code for label, code in values.items() if _folded(label) == _folded(raw)}
    if len(meant) == 1:
        return meant.pop()
    allowed = "、".join(list(values)[:8])
    say = f"“{shown(raw)}”不在可填内容之内，请填写：{allowed}"
    raise CellError("unknown_code", raw, say, f"{shown(raw)} is not one of: {allowed}")


def _folded(label: str) -> str:
    folded = SPACES.sub("", normal(label)).casefold()
    return folded.removesuffix(".0") if folded[:-2].isdigit() else folded


def read_several(raw: str) -> list[str]:
    """The parts of a cell with several entries, in order, each once; a separator inside brackets separates nothing."""
    refuse_error_cell(raw)
    parts: list[str] = []
    begin, inside = 0, ""
    for place, character in enumerate(raw):
        if inside:
            inside = "" if character == inside else inside
        elif character in BRACKETS and BRACKETS[character] in raw[place:]:
            inside = BRACKETS[character]
        elif SEVERAL.fullmatch(character):
            parts.append(raw[begin:place])
            begin = place + 1
    cleaned = (clean_text(part) for part in [*parts, raw[begin:]])
    return list(dict.fromkeys(part for part in cleaned if part))
