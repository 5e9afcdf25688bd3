"""Names of units and towns, as departments write them -> ids of the roster."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from warehouse.cells import CellError
from warehouse.models import Unit

SEAT = re.compile(r"(人民政府|办事处|党工委|党委)$")
COUNTY = re.compile(r"^(.{2,8}?[县市区旗])")


class UnitNames:
    """Looks up unit ids by id, label or alias. Old names stay valid; a name of two units is refused."""

    def __init__(self, units: Mapping[str, Unit]) -> None:
        self._units = units
        self._exact: dict[str, set[str]] = {}
        self._loose: dict[str, set[str]] = {}
        self._prefix = prefix = _county_prefix(units)
        self._towns: dict[str, set[str]] = {}
        for unit_id, unit in units.items():
            names = {_plain(name) for name in (unit_id, unit.label.zh, unit.label.en, *unit.aliases)}
            for name in names:
                self._exact.setdefault(name, set()).add(unit_id)
                for variant in _variants(name, prefix):
                    self._loose.setdefault(variant, set()).add(unit_id)
            if unit.kind == "town" and unit.town_code:
                self._towns.setdefault(_plain(unit.town_code), set()).add(unit_id)

    def read_unit(self, raw: str) -> str:
        """The id of the unit named in a cell. Refuses (CellError) unknown_unit and ambiguous_unit."""
        name = _plain(raw)
        found = self._find(name)
        if not found:
            raise CellError(
                "unknown_unit",
                raw,
                f"“{raw.strip()}”不在单位名册中，请填写单位全称{self._nearest_zh(name)}",
                f"“{raw.strip()}” is not in the roster of units",
            )
        return self._single(found, raw)

    def read_town(self, raw: str) -> str:
        """The id of a town or subdistrict, by name or by its division code."""
        name = _plain(raw)
        found = self._towns.get(name) or {
            unit_id for unit_id in self._find(name) if self._units[unit_id].kind == "town"
        }
        if not found:
            raise CellError(
                "unknown_unit",
                raw,
                f"“{raw.strip()}”不在乡镇（街道）名册中，请填写乡镇（街道）全称",
                f"“{raw.strip()}” is not in the roster of towns",
            )
        return self._single(found, raw)

    def successors(self) -> list[tuple[str, date, str]]:
        """(old unit, its last day, the unit it became) for units that were reformed, the earliest reform first."""
        found = [
            (unit_id, unit.valid_to, unit.becomes)
            for unit_id, unit in self._units.items()
            if unit.valid_to is not None and unit.becomes is not None
        ]
        return sorted(found, key=lambda reform: reform[1])

    def _find(self, name: str) -> set[str]:
        """By the exact name; else by any form of it, with or without the county's name and the seat's suffix."""
        if found := self._exact.get(name):
            return found
        return {unit for form in _variants(name, self._prefix) for unit in self._loose.get(form, ())}

    def _single(self, found: set[str], raw: str) -> str:
        if len(found) > 1:
            names = "、".join(sorted(self._units[unit_id].label.zh for unit_id in found))
            raise CellError(
                "ambiguous_unit",
                raw,
                f"“{raw.strip()}”可以指{names}，请填写单位全称",
                f"“{raw.strip()}” may mean several units",
            )
        return next(iter(found))

    def _nearest_zh(self, name: str) -> str:
        near = get_close_matches(name, self._exact, n=1, cutoff=0.7)
        if not near:
            return ""
        unit_id = next(iter(self._exact[near[0]]))
        return f"（是否为“{self._units[unit_id].label.zh}”？）"


_kept: list[tuple[Mapping[str, Unit], UnitNames]] = []


def names_of(units: Mapping[str, Unit]) -> UnitNames:
    """The lookup of a roster. That of the last one is kept: every sheet of a night asks for the same."""
    if not _kept or _kept[0][0] is not units:
        _kept[:] = [(units, UnitNames(units))]
    return _kept[0][1]


@lru_cache(maxsize=8_192)
def _plain(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).strip("\u200b\ufeff")


def _county_prefix(units: Mapping[str, Unit]) -> str:
    """`样例县` from the names of the county government: departments write their names with and without it."""
    for unit in units.values():
        for name in (unit.label.zh, *unit.aliases) if unit.kind == "county" else ():
            if found := COUNTY.match(_plain(name)):
                return found.group(1)
    return ""


@lru_cache(maxsize=8_192)
def _variants(name: str, prefix: str) -> frozenset[str]:
    """样例县教育局, 县教育局 and 教育局 are one name; so are 某镇人民政府 and 某镇."""
    base = name.removeprefix(prefix) if prefix and name != prefix else name
    base = base.removeprefix("县")
    forms = {name, base, SEAT.sub("", base)}
    forms |= {lead + form for form in forms for lead in ("县", prefix) if form and not form.startswith(lead or "县")}
    return frozenset(form for form in forms if len(form) > 1)
