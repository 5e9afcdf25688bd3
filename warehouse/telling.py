"""What a department is told about a delivery that loaded: nothing in it is dropped in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.cells import normalise_header, read_yuan
from warehouse.coverage import Coverage, gaps, is_in_title
from warehouse.loaded import Told
from warehouse.periods import period_of
from warehouse.text_rows import column_letters

if TYPE_CHECKING:
    from warehouse.first_pass import FirstPass

# Every ledger counts its rows: to tell so each night would hide what matters.
RUNNING_NUMBERS = {"序号", "序", "行号", "项次", "no", "no.", "no:", "№", "#"}


def told_of(first: FirstPass, coverage: Coverage) -> tuple[Told, ...]:
    """Unknown and absent columns, hidden rows, totals that differ, dates outside the stated period, a nil return."""
    return (
        *_columns(first),
        *_hidden(first),
        *_merged(first),
        *_totals(first),
        *_periods(first, coverage),
        *_nil(first, coverage),
    )


def _columns(first: FirstPass) -> list[Told]:
    match, contract = first.match, first.context.contract
    told = []
    for header, at in match.unknown:
        count, letter = first.strays[at], column_letters(at)
        if normalise_header(header) in RUNNING_NUMBERS:
            continue
        if header:
            say = f"{letter}列“{header}”不在登记的列中，未读取（{count}个单元格有内容）"
            told.append(
                Told("unknown_column", say, f"column {letter} “{header}” is not declared: {count} cells unread")
            )
        elif count:
            say = f"{letter}列没有表头，未读取（{count}个单元格有内容）"
            told.append(Told("column_without_header", say, f"column {letter} has no header: {count} cells unread"))
    for name in match.missing:
        header = contract.columns[name].header[0]
        told.append(Told("missing_optional", f"缺少可选列“{header}”", f"the optional column {name} is absent"))
    return told


def _hidden(first: FirstPass) -> list[Told]:
    count = first.sheet.hidden_rows
    if not count:
        return []
    say = f"有{count}行被隐藏或筛选掉，已照常读取；不该报送的行请删除，不要隐藏"
    return [Told("hidden_rows", say, f"{count} rows are hidden or filtered out: read like all others")]


def _merged(first: FirstPass) -> list[Told]:
    """A cell merged over several rows holds its text in the first one only; whose the others are cannot be known.

    Not so the groups to the left of a label that stands in the right-most of its columns.
    """
    below = first.match.header_rows[-1]
    columns = first.context.contract.columns
    used = {
        at + 1
        for name, places in first.match.columns.items()
        for at in (places[-1:] if columns[name].take == "last" else places)
    }
    found = [merge for merge in first.sheet.merged if merge[0] > below and merge[2] > merge[0] and merge[1] in used]
    if not found:
        return []
    cell = f"{column_letters(found[0][1] - 1)}{found[0][0]}"
    say = f"数据区有{len(found)}处跨行合并的单元格（首处{cell}），只有首行有内容，请取消合并并逐行填写"
    return [Told("merged_rows", say, f"{len(found)} cells are merged over several rows, the first at {cell}")]


def _totals(first: FirstPass) -> list[Told]:
    told = []
    for row, name, text, expected in first.totals.differing:
        at = first.match.columns[name][0]
        header = first.match.headers[at]
        # The sum is told in the unit of the column, or nobody could compare it with the cell.
        unit = first.match.money_units.get(at)
        number = f"{(expected / read_yuan('1', unit) if unit else expected).normalize():f}"
        say = f"第{row}行合计“{header}”为{text}，与各行之和{number}不符，请核对"
        told.append(Told("total_differs", say, f"row {row}: the total of {name} is {text}, the rows sum to {number}"))
    return told


def _periods(first: FirstPass, coverage: Coverage) -> list[Told]:
    contract = first.context.contract
    every = contract.covers_every
    if every is None or not first.dates:
        return []
    outside = sorted({period_of(every, day).name for day in first.dates} - set(coverage.periods))
    told = []
    span = dict.fromkeys((coverage.periods[0], coverage.periods[-1]))
    names, names_en, taken, taken_en = (between.join(one) for one, between in (
        (outside[:8], "、"), (outside[:8], ", "), (span, "至"), (span, " to ")
    ))  # fmt: skip
    if outside and is_in_title(contract, (*first.match.titles, first.sheet.name)):
        say = f"标题写明的期间是{taken}，但有{names}的数据，请核对"
        told.append(
            Told(
                "outside_period",
                say,
                f"the title covers {taken_en}, but some rows lie in {names_en}: please check",
            )
        )
    elif outside and contract.mode == "replace":
        say = f"只有个别行的日期在{names}，本表按{taken}接收，请核对这些日期，或在标题中写明期间"
        told.append(
            Told("far_dates", say, f"few rows lie in {names_en}: taken as {taken_en}, please check these dates")
        )
    if contract.mode == "replace" and (empty := gaps(contract, coverage, first.dates)):
        names = "、".join(empty[:8])
        told.append(Told("empty_period", f"{names}没有数据，按零条计", f"no rows in {names}: counted as none"))
    return told


def _nil(first: FirstPass, coverage: Coverage) -> list[Told]:
    counted = first.rows - sum(first.kinds[kind] for kind in ("title", "blank", "note", "total", "header"))
    if counted:
        return []
    name = coverage.periods[-1]
    return [Told("nil_return", f"只有表头，没有数据，按{name}零报告接收", f"no rows: taken as a nil return for {name}")]
