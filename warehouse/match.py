"""Which dataset a sheet is: by normalised headers and aliases, never by position and never by file name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property, lru_cache

from warehouse.cells import MoneyUnit, clean_text, header_forms, normalise_header
from warehouse.frames import head
from warehouse.models import Contract
from warehouse.money_units import is_unit_row, money_units
from warehouse.refusals import DeliveryRefused
from warehouse.sheets import TextSheet

SEARCHED = 20
SHOWN = 20
LOST_ZERO = re.compile(r"(?:19|20)\d\d\.1")  # 2024.1 may be what a number made of 2024.10
LIKE_DATA = re.compile(r"\d{5,}|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|^[\d.,%]+$")
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
class _Layout:
    """One way to read the header: in one row, or in a group row and the row below it."""

    rows: tuple[int, ...]
    cells: tuple[tuple[str, ...], ...]
    shown: tuple[str, ...]
    spellings: tuple[tuple[str, ...], ...]
    titles: tuple[str, ...]

    @cached_property
    def forms(self) -> tuple[frozenset[str], frozenset[str]]:
        """All spellings of the row, exact and without brackets: most rows share none with a dataset's headers."""
        read = [_forms(_bare(text)) for texts in self.spellings for text in texts]
        return frozenset(exact for exact, _ in read), frozenset(short for _, short in read)

    @property
    def rank(self) -> int:
        """Of layouts with equally many columns: two rows joined by cells merged downwards, then a single row.

        Two rows with nothing in common are a title and a header.
        """
        if len(self.rows) == 1:
            return 1
        upper, lower = self.cells
        joined = sum(bool(over) and over == under for over, under in zip(upper, lower, strict=True))
        return 2 if 0 < joined < sum(map(bool, lower)) else 0


@dataclass(frozen=True)
class _Fit:
    dataset: str
    layout: _Layout
    columns: dict[str, tuple[int, ...]]
    lacking: tuple[str, ...]


def match_sheet(sheet: TextSheet, contracts: Mapping[str, Contract]) -> Match:
    """The one dataset whose required headers all stand in the sheet.

    Refuses (DeliveryRefused): `missing_required` when a dataset is recognised but lacks a required header,
    `two_matches` when two datasets fit equally well, `no_match` otherwise.
    """
    layouts = _layouts(sheet)
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


def _is_plausible(fit: _Fit, contract: Contract) -> bool:
    """Complete, or at least two columns and half of the required ones: a sheet that meant to be this dataset."""
    required = [column for column in contract.columns.values() if not column.optional]
    return not fit.lacking or (len(fit.columns) >= 2 and 2 * len(fit.lacking) <= len(required))


def has_table(sheet: TextSheet) -> bool:
    """Whether any of the first rows looks like a row of a table: three cells of different text."""
    return any(len({text for text in row if text}) >= 3 for row in _first_rows(sheet))


def _first_rows(sheet: TextSheet, more: int = 0) -> list[tuple[str, ...]]:
    frame = head(sheet.rows, SEARCHED + 2 + more).drop("_row")
    return [tuple(clean_text(cell) if cell else "" for cell in row) for row in frame.rows()]


def _layouts(sheet: TextSheet) -> list[_Layout]:
    frame = head(sheet.rows, SEARCHED + 2)
    numbers = frame["_row"].to_list()
    rows = _first_rows(sheet)
    found = []
    for at, row in enumerate(rows[:SEARCHED]):
        if len({text for text in row if text}) < 2:
            continue
        titles = tuple(dict.fromkeys(text for above in rows[:at] for text in above if text))
        found.append(_Layout((numbers[at],), (row,), row, tuple((text,) if text else () for text in row), titles))
        if at + 1 < len(rows):
            found.append(_two_rows((numbers[at], numbers[at + 1]), row, rows[at + 1], titles))
    return found


def _two_rows(
    numbers: tuple[int, int], groups: tuple[str, ...], subs: tuple[str, ...], titles: tuple[str, ...]
) -> _Layout:
    """A merged group header stands over its sub headers; only xlsx tells where the merge ends, so it is carried on."""
    shown, spellings, group = [], [], ""
    for over, sub in zip(groups, subs, strict=True):
        group = over or (group if sub else "")
        joined = f"{group}{sub}" if sub and sub != group else group
        shown.append(joined if not sub or sub == group else f"{group}_{sub}" if group else sub)
        # 日期 over 受理 is 受理日期, as 受理 over 日期 is.
        turned = f"{sub}{group}" if sub and sub != group else ""
        spellings.append(tuple(dict.fromkeys(text for text in (joined, turned, sub or over) if text)))
    return _Layout(numbers, (groups, subs), tuple(shown), tuple(spellings), titles)


def _best_fit(dataset: str, contract: Contract, layouts: list[_Layout]) -> _Fit | None:
    ranks = (_ranks(contract, 0), _ranks(contract, 1))
    best: _Fit | None = None
    for layout in layouts:
        columns = _columns(contract, layout, ranks)
        lacking = tuple(
            name for name, column in contract.columns.items() if not column.optional and name not in columns
        )
        if columns and (best is None or (len(columns), layout.rank) > (len(best.columns), best.layout.rank)):
            best = _Fit(dataset, layout, columns, lacking)
    return best


def _columns(contract: Contract, layout: _Layout, ranks: tuple[_Ranks, _Ranks]) -> dict[str, tuple[int, ...]]:
    """Contract column -> sheet columns. Exact spellings first; without brackets only where none is exact.

    Of two different spellings of one column the one that the contract names first is taken and the other is
    told as unknown (`案件编号` beside a running `编号`); the same spelling twice is one column (`内容`, `内 容`).
    """
    found: dict[str, tuple[int, ...]] = {}
    taken: set[int] = set()
    for form in (0, 1):
        hits: dict[str, dict[tuple[int, str], list[int]]] = {}
        known = ranks[form]
        if layout.forms[form].isdisjoint(known):
            continue
        for at, texts in enumerate(layout.spellings):
            spelling = next((text for text in texts if _forms(_bare(text))[form] in known), None)
            if spelling is None or at in taken:
                continue
            name, rank = known[_forms(_bare(spelling))[form]]
            # Amounts may stand twice with another unit in the brackets: the values are compared in yuan.
            same = "" if contract.columns[name].type == "yuan" else normalise_header(spelling)
            hits.setdefault(name, {}).setdefault((rank, same), []).append(at)
        fresh = {name: tuple(places[min(places)]) for name, places in hits.items() if name not in found}
        taken |= {at for places in fresh.values() for at in places}
        found |= fresh
    return {name: found[name] for name in contract.columns if name in found}


def _ranks(contract: Contract, form: int) -> _Ranks:
    """Spelling -> (contract column, place in its list of headers); the first column that claims a spelling has it."""
    ranks: _Ranks = {}
    for name, column in contract.columns.items():
        for rank, alias in enumerate(column.header):
            for spelling in _forms(alias)[: form + 1]:
                ranks.setdefault(spelling, (name, rank))
    return ranks


@lru_cache(maxsize=4096)
def _forms(text: str) -> tuple[str, str]:
    return header_forms(text)


def _bare(text: str) -> str:
    """Templates mark what must be filled with a star."""
    return text.strip("*＊ \u3000")


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


def _with_unit_row(layout: _Layout, sheet: TextSheet) -> _Layout:
    """With the row of units that some tables have under the header: 注册资本 over （万元）."""
    below = layout.rows[-1] + 1
    rows = dict(zip(head(sheet.rows, SEARCHED + 3)["_row"].to_list(), _first_rows(sheet, 1), strict=True))
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
    rows = _first_rows(sheet)
    widths = [len({text for text in row if text}) for row in rows]
    at = next((at for at, width in enumerate(widths) if 10 * width >= 8 * max(widths)), 0)
    texts = [text for text in rows[at] if text] if rows else []
    number = head(sheet.rows, SEARCHED + 2)["_row"].to_list()[at] if rows else 1
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
