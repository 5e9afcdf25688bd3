"""Which dataset a sheet is: by normalised headers and aliases, never by position and never by file name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache

from warehouse.cells import MoneyUnit, normalise_header
from warehouse.header_layouts import LIKE_DATA, SEARCHED, Layout, bare, first_rows, forms, read_layouts
from warehouse.models import Contract
from warehouse.money_units import is_unit_row, money_units
from warehouse.refusals import DeliveryRefused
from warehouse.sheets import TextSheet

SHOWN = 20
LOST_ZERO = re.compile(r"(?:19|20)\d\d\.1")  # 2024.1 may be what a number made of 2024.10
_Ranks = dict[str, tuple[str, int]]


@dataclass(frozen=True)
class Match:
    """How one sheet is read. Column numbers are 0-based; several for one contract column stand for the same header.

    `headers` are the texts as shown, one per column of the sheet; `header_cells` those of each header row;
    `unknown` holds (header, 0-based column), the header empty where none stands.
    """

    dataset: str
    header_rows: tuple[int, ...]
    header_cells: tuple[tuple[str, ...], ...]
    columns: dict[str, tuple[int, ...]]
    headers: tuple[str, ...]
    unknown: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]
    money_units: dict[int, MoneyUnit]
    titles: tuple[str, ...]


@dataclass(frozen=True)
class _Fit:
    dataset: str
    layout: Layout
    columns: dict[str, tuple[int, ...]]
    lacking: tuple[str, ...]


def match_sheet(sheet: TextSheet, contracts: Mapping[str, Contract]) -> Match:
    """The one dataset whose required headers all stand in the sheet.

    Refuses (DeliveryRefused): `missing_required` when a dataset is recognised but lacks a required header,
    `two_matches` when two datasets fit equally well, `no_match` otherwise.
    """
    layouts = _known_layouts(read_layouts(sheet), contracts)
    fits = [fit for name, contract in contracts.items() if (fit := _best_fit(name, contract, layouts))]
    fits = [fit for fit in fits if _is_plausible(fit, contracts[fit.dataset])]
    fits.sort(key=lambda fit: (len(fit.columns), not fit.lacking), reverse=True)
    if not fits:
        raise _no_match(sheet)
    best = fits[0]
    contract = contracts[best.dataset]
    if best.lacking:
        raise _missing_required(sheet, contract, best)
    if len(fits) > 1 and not fits[1].lacking and len(fits[1].columns) == len(best.columns):
        labels = "、".join(f"《{contracts[fit.dataset].label.zh}》" for fit in fits[:2])
        raise DeliveryRefused(
            "two_matches",
            f"工作表“{sheet.name}”的表头同时符合{labels}，无法判断是哪一张表，请使用下发的模板表头",
            f"the headers of “{sheet.name}” fit two datasets equally: {best.dataset}, {fits[1].dataset}",
        )
    return _match(best, contract, sheet)


def _known_layouts(layouts: list[Layout], contracts: Mapping[str, Contract]) -> list[Layout]:
    """Those with the header of any dataset: most of the first rows are data, and share none."""
    known = (set[str](), set[str]())
    for contract in contracts.values():
        for form in (0, 1):
            known[form].update(_ranks(_spelled(contract), form))
    return [one for one in layouts if not all(one.forms[form].isdisjoint(known[form]) for form in (0, 1))]


def _is_plausible(fit: _Fit, contract: Contract) -> bool:
    """Complete, or at least two columns and half of the required ones: a sheet that meant to be this dataset."""
    required = [column for column in contract.columns.values() if not column.optional]
    return not fit.lacking or (len(fit.columns) >= 2 and 2 * len(fit.lacking) <= len(required))


def has_table(sheet: TextSheet) -> bool:
    """Whether any of the first rows looks like a row of a table: three cells of different text."""
    return any(len({text for text in row if text}) >= 3 for row in first_rows(sheet))


def _best_fit(dataset: str, contract: Contract, layouts: list[Layout]) -> _Fit | None:
    ranks = (_ranks(_spelled(contract), 0), _ranks(_spelled(contract), 1))
    best: _Fit | None = None
    known = (frozenset(ranks[0]), frozenset(ranks[1]))
    for layout in layouts:
        # Most rows share no header with most datasets, and every sheet is held against every dataset.
        if layout.forms[0].isdisjoint(known[0]) and layout.forms[1].isdisjoint(known[1]):
            continue
        columns = _columns(contract, layout, ranks)
        lacking = tuple(
            name for name, column in contract.columns.items() if not column.optional and name not in columns
        )
        if columns and (best is None or (len(columns), layout.rank) > (len(best.columns), best.layout.rank)):
            best = _Fit(dataset, layout, columns, lacking)
    return best


def _spelled(contract: Contract) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, column.header) for name, column in contract.columns.items())


def _columns(contract: Contract, layout: Layout, ranks: tuple[_Ranks, _Ranks]) -> dict[str, tuple[int, ...]]:
    """Contract column -> sheet columns. Exact spellings first; without brackets only where none is exact.

    Of two different spellings of one column the one that the contract names first is taken and the other is
    told as unknown (`案件编号` beside a running `编号`); the same spelling twice is one column (`内容`, `内 容`).
    """
    found: dict[str, tuple[int, ...]] = {}
    taken: set[int] = set()
    for form in (0, 1):
        hits: dict[str, dict[tuple[int, str], list[int]]] = {}
        known = ranks[form]
        for at, texts in enumerate(layout.spellings):
            spelling = next((text for text in texts if forms(bare(text))[form] in known), None)
            if spelling is None or at in taken:
                continue
            name, rank = known[forms(bare(spelling))[form]]
            # Amounts may stand twice with another unit in the brackets: the values are compared in yuan.
            same = "" if contract.columns[name].type == "yuan" else normalise_header(spelling)
            hits.setdefault(name, {}).setdefault((rank, same), []).append(at)
        fresh = {name: tuple(places[min(places)]) for name, places in hits.items() if name not in found}
        taken |= {at for places in fresh.values() for at in places}
        found |= fresh
    for name in found:
        if contract.columns[name].take == "last":
            found[name] = _with_bare_neighbours(found[name], layout, taken)
    return {name: found[name] for name in contract.columns if name in found}


def _with_bare_neighbours(places: tuple[int, ...], layout: Layout, taken: set[int]) -> tuple[int, ...]:
    """Where a file does not tell how far a header is merged: up to the next column that has one."""
    found = list(places)
    while (after := found[-1] + 1) < len(layout.shown) and not layout.shown[after] and after not in taken:
        found.append(after)
    return tuple(found)


@lru_cache(maxsize=1024)
def _ranks(spelled: tuple[tuple[str, tuple[str, ...]], ...], form: int) -> _Ranks:
    """Spelling -> (contract column, place in its list of headers); the first column that claims a spelling has it.

    Every sheet of a night is held against every contract, so it is made once per contract.
    """
    ranks: _Ranks = {}
    for name, header in spelled:
        for rank, alias in enumerate(header):
            for spelling in forms(alias)[: form + 1]:
                ranks.setdefault(spelling, (name, rank))
    return ranks


def _match(fit: _Fit, contract: Contract, sheet: TextSheet) -> Match:
    layout = _with_unit_row(fit.layout, sheet)
    taken = {at for places in fit.columns.values() for at in places}
    return Match(
        dataset=fit.dataset,
        header_rows=layout.rows,
        header_cells=layout.cells,
        columns=fit.columns,
        headers=layout.shown,
        unknown=tuple((text, at) for at, text in enumerate(layout.shown) if at not in taken),
        missing=tuple(name for name in contract.columns if name not in fit.columns),
        money_units=money_units(sheet, fit.dataset, contract, fit.columns, layout.shown, layout.titles),
        titles=tuple(text for text in layout.titles if not LOST_ZERO.fullmatch(text)),
    )


def _with_unit_row(layout: Layout, sheet: TextSheet) -> Layout:
    """With the row of units that some tables have under the header: 注册资本 over （万元）."""
    below = layout.rows[-1] + 1
    rows = dict(zip(sheet.top["_row"].head(SEARCHED + 3).to_list(), first_rows(sheet, 1), strict=True))
    if below not in rows or not is_unit_row(rows[below]):
        return layout
    units = [unit and f"（{unit.strip('()（）[]【】')}）" for unit in rows[below]]
    shown = tuple(text + unit for text, unit in zip(layout.shown, units, strict=True))
    return replace(layout, rows=(*layout.rows, below), cells=(*layout.cells, rows[below]), shown=shown)


def _no_match(sheet: TextSheet) -> DeliveryRefused:
    seen, seen_en = _headers_seen(sheet)
    return DeliveryRefused(
        "no_match",
        f"工作表“{sheet.name or sheet.file}”的表头不符合任何一张已登记的数据表，"
        f"请核对是否选错文件，或使用下发的模板表头。{seen}",
        f"the headers of “{sheet.name or sheet.file}” fit no declared dataset; {seen_en}",
    )


def _headers_seen(sheet: TextSheet) -> tuple[str, str]:
    """The widest of the first rows, which is mostly the header. One that looks like data may be personal: not told."""
    rows = first_rows(sheet)
    widths = [len({text for text in row if text}) for row in rows]
    at = next((at for at, width in enumerate(widths) if 10 * width >= 8 * max(widths)), 0)
    texts = [text for text in rows[at] if text] if rows else []
    number = sheet.top["_row"][at] if rows else 1
    if any(LIKE_DATA.search(text) for text in texts):
        return f"第{number}行像是数据，没有找到表头", f"row {number} looks like data, no header was found"
    more = f"等{len(texts)}列" if len(texts) > SHOWN else ""
    listed = [text if len(text) <= 20 else f"{text[:19]}…" for text in texts[:SHOWN]]
    found = f"第{number}行读到的表头：{'、'.join(listed)}{more}"
    return found, f"row {number} reads: {', '.join(listed)}{', …' if more else ''}"


def _missing_required(sheet: TextSheet, contract: Contract, fit: _Fit) -> DeliveryRefused:
    taken = {at for places in fit.columns.values() for at in places}
    free = {normalise_header(text): text for at, text in enumerate(fit.layout.shown) if text and at not in taken}
    parts = []
    for name in fit.lacking:
        header = contract.columns[name].header
        near = get_close_matches(normalise_header(header[0]), free, n=1, cutoff=0.5)
        hint = f"（是否即表中的“{free[near[0]]}”？）" if near else ""
        parts.append(f"“{header[0]}”{hint}")
    return DeliveryRefused(
        "missing_required",
        f"工作表“{sheet.name or sheet.file}”像是《{contract.label.zh}》，"
        f"但缺少必需的列：{'、'.join(parts)}，请补上后重新报送",
        f"looks like {fit.dataset} but lacks required columns: {', '.join(fit.lacking)}",
        detail=fit.dataset,
    )
