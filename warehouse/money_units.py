"""In which unit each column of amounts is written: its header, a row of units below it, a title, or a note below."""

from __future__ import annotations

import re
from collections.abc import Iterable

from warehouse.cells import CellError, MoneyUnit, clean_text, header_money_unit
from warehouse.frames import tail
from warehouse.models import Contract
from warehouse.refusals import DeliveryRefused
from warehouse.sheets import TextSheet

LAST_ROWS = 12
# 单位：万元; 金额单位：家、万元; 注：注册资本单位为万元. What follows is read up to the end of the clause.
TOLD = re.compile(r"单位\s*(?:[:：]|[均都]?为|是)\s*([^,，。;；:：()（）\n]{1,16})")
AMOUNT = re.compile(r"(?:人民币)?\s*((?:百万|千万|[千万萬亿億])?元|百万|千万|[万萬亿億])(?:人民币)?")
FOREIGN = re.compile(r"[美欧日港]元|英镑|外币")
# A cell of a row of units: （万元）, 元, 天; never a value.
UNIT_CELL = re.compile(
    r"[(（\[【]?(?:单位[:：]?)?(?:人民币)?"
    r"(?:(?:百万|千万|[千万亿])?元|[万亿]|[个件人户家次份天日项]|人次|件次|工作日|个工作日|%)[)）\]】]?"
)


def is_unit_row(row: Iterable[str]) -> bool:
    """A row below the header that says in which units the columns are, and nothing else."""
    filled = [text for text in row if text]
    return bool(filled) and all(UNIT_CELL.fullmatch(text) for text in filled)


def money_units(
    sheet: TextSheet, dataset: str, contract: Contract, columns: dict[str, tuple[int, ...]], shown: tuple[str, ...],
    titles: tuple[str, ...],
) -> dict[int, MoneyUnit]:  # fmt: skip
    """0-based column -> unit, for the columns of amounts.

    The header wins, then a title, then a note below the table, then the contract. Refuses (`unknown_money_unit`)
    foreign money and two units at once: read as yuan they would be silently wrong.
    """
    places = {at: name for name, found in columns.items() if contract.columns[name].type == "yuan" for at in found}
    if not places:
        return {}
    try:
        told = {at: header_money_unit(shown[at]) for at in places}
        common = None
        if not all(told.values()):
            common = _told_in(titles) or _told_in(_last_texts(sheet))
    except CellError as error:
        name = sheet.name or sheet.file
        raise DeliveryRefused(error.rule, f"工作表“{name}”：{error}", f"“{name}”: {error.say_en}", dataset) from None
    return {at: told[at] or common or contract.columns[name].in_unit or "yuan" for at, name in places.items()}


def _told_in(texts: Iterable[str]) -> MoneyUnit | None:
    """The unit of money that titles or notes name; None when they name none. Refuses (CellError) two of them."""
    amounts: list[str] = []
    for text in texts:
        for clause in TOLD.findall(text):
            parts = [part.strip() for part in re.split(r"[、/和]", clause)]
            amounts += [part for part in parts if AMOUNT.fullmatch(part) or FOREIGN.search(part)]
    # One header of all that is told: two different units in it are refused there, and so is foreign money.
    return header_money_unit("".join(f"({one})" for one in amounts)) if amounts else None


def _last_texts(sheet: TextSheet) -> list[str]:
    """Texts that stand alone in one of the last rows: a note, never a cell of the table."""
    rows = [{clean_text(cell) for cell in row if cell} - {""} for row in tail(sheet.rows, LAST_ROWS).rows()]
    return [text for row in rows if len(row) == 1 for text in row]
