"""What a number format shows beside the digits: 7 shown as 样援2024-007, 50 shown as 50万元, 500000 shown as 50.0."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite

from warehouse.serials import number_text

# A quoted literal, an escaped character (Chinese programs write `!` for `\`), a width, a fill, or a run of digits.
_PIECE = re.compile(r'"([^"]*)"|[\\!](.)|_.|\*.|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|([0#?][0#?,.]*)|(.)')
_MEANS_MONEY = re.compile(r"[万亿元$€£]|USD|HKD|EUR", re.IGNORECASE)
_NAMES = re.compile(r"[0-9A-Za-z一-鿿]")


@dataclass(frozen=True)
class Shape:
    """Texts before and after the digits, and how many digits there are at least; `scaled` if fewer are shown."""

    before: str = ""
    after: str = ""
    digits: int = 1
    scaled: bool = False

    def text_of(self, number: float) -> str:
        """The number as a person reads it in the sheet. What shows another number is told as such, to be refused."""
        plain = number_text(number)
        if self.scaled:
            return f"{plain}（显示时已缩小）"
        if not isfinite(number) or number < 0:
            return plain
        whole, dot, rest = plain.partition(".")
        return f"{self.before}{whole.zfill(self.digits)}{dot}{rest}{self.after}"


def shape_of(code: str) -> Shape | None:
    """The shape that the first section of a number format gives; None where the digits alone say it all.

    Units that only count (0"件") say nothing that the header does not; money, leading zeros and words before do.
    """
    before, masks, after = "", list[str](), ""
    for quoted, escaped, currency, mask, other in _PIECE.findall(re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code)[0]):
        if mask:
            masks.append(mask)
        elif masks:
            after += quoted or escaped or currency or other
        else:
            before += quoted or escaped or currency or other
    if not masks or re.search(r"general|e[+-]|[/@]", before + after, re.IGNORECASE):
        return None
    if len(masks) > 1 or masks[0].rstrip(".").endswith(","):
        return Shape(scaled=True)
    digits = len(masks[0]) if re.fullmatch("0{2,}", masks[0]) else 1
    if digits > 1 or (_NAMES.search(before) and "人民币" not in before) or _MEANS_MONEY.search(before + after):
        return Shape(before.strip(), after.strip(), digits)
    return None
