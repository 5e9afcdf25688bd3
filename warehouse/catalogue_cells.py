"""Reads one changed cell of the catalogue's workbook as its declaration is written. Refuses with a sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import get_args

from warehouse.catalogue_grids import Key
from warehouse.cells import CellError, read_date
from warehouse.declarations import Declarations
from warehouse.models import Every, Severity, Unit
from warehouse.resolve import UnitNames

KINDS: tuple[str, ...] = get_args(Unit.model_fields["kind"].annotation)
CHOICES: dict[str, tuple[str, ...]] = {
    "kind": KINDS, "every": get_args(Every), "severity": get_args(Severity), "more_than": ("previous_year",),
    "is_workday": ("true", "false"),
}  # fmt: skip
NUMBER = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*(%?)")
FROM_DAY = re.compile(r"\d\d-\d\d( next year)?|\d{1,3} (working_)?days after")
ID = re.compile(r"[a-z][a-z0-9_]{1,60}")
DATES = ("valid_from", "valid_to", "until", "until_on", "day")
# Kept with the signs that people wrote.
PROSE = ("basis", "name_zh", "source", "reason")
MOST_SIGNS = 2000


class CellReader:
    """Reads cells by part and field. `units`: ids in the same workbook, new ones too, which other cells may name."""

    def __init__(self, declared: Declarations, units: Iterable[str]) -> None:
        self.declared, self.new_units = declared, frozenset(units)

    def read(self, part: str, field: str, raw: str, key: Key) -> str:
        """The cell as it is declared; "" stays. Refuses (CellError) what is none."""
        text = raw.strip() if field in PROSE else unicodedata.normalize("NFKC", raw).strip()
        if not text:
            return ""
        if len(text) > MOST_SIGNS or any(ord(sign) < 32 for sign in text):
            raise _no(
                "too_long",
                raw,
                f"太长或有换行，最多{MOST_SIGNS}字",
                f"longer than {MOST_SIGNS} signs, or with line breaks",
            )
        if field in CHOICES:
            return _choice(text.lower(), CHOICES[field])
        if field in DATES or self._type(part, field) == "date":
            return read_date(text).isoformat()
        if field == "since":
            return text if re.fullmatch(r"\d{4}(-\d\d)?", text) else read_date(text).isoformat()
        read = self._readers.get((part, field))
        if read is not None:
            return read(text, key)
        if self._type(part, field) in ("unit", "town"):
            return self._unit(text, key)
        return text

    def _type(self, part: str, field: str) -> str:
        roster = self.declared.rosters.get(part)
        return str(roster.columns.get(field, "")) if roster else ""

    @cached_property
    def _readers(self) -> dict[tuple[str, str], Callable[[str, Key], str]]:
        bounds = dict.fromkeys((("targets", name) for name in ("at_least", "at_most", "near", "equals")), self._bound)
        mails = dict.fromkeys((("units", name) for name in ("email", "leader_email")), _address)
        return {
            **bounds, **mails, ("units", "unit"): _identifier, ("units", "becomes"): self._unit,
            ("silences", "unit"): self._unit, ("silences", "finding"): _finding,
            ("targets", "metric"): self._metric, ("targets", "number"): _count, ("targets", "from"): _from_day,
            ("targets", "owner"): self._owner, ("targets", "for"): self._whom,
        }  # fmt: skip

    @cached_property
    def _names(self) -> UnitNames:
        return UnitNames(self.declared.units)

    def _unit(self, text: str, _key: Key) -> str:
        """A unit's id from its id or name."""
        return text if text in self.new_units else self._names.read_unit(text)

    def _owner(self, text: str, key: Key) -> str:
        return text if text == "unit" else self._unit(text, key)

    def _whom(self, text: str, key: Key) -> str:
        flags = {flag for unit in self.declared.units.values() for flag in unit.flags}
        return text if text in {"all", "county", *KINDS, *flags} else self._unit(text, key)

    def _metric(self, text: str, _key: Key) -> str:
        if text not in self.declared.metrics:
            raise _no(
                "unknown_metric", text, "没有这个指标，请按“口径与名册”页上的指标填写 id", "there is no such metric"
            )
        return text

    def _bound(self, text: str, key: Key) -> str:
        """`95%`, a number, or `units: town`. A share of a rate is written as a percentage, however it was typed."""
        if re.fullmatch(r"units:\s*\w+", text):
            return text
        found = NUMBER.fullmatch(text.replace(",", ""))
        if not found:
            raise _no(
                "not_number", text, f"“{text}”不是数字，请填写数字或百分数，如 95%", f"“{text}” is no number: write 95%"
            )
        number, percent = Decimal(found[1]), bool(found[2])
        metric = self.declared.metrics.get(key[0])
        if metric is None or metric.denominator is None:
            if percent:
                raise _no(
                    "no_share", text, "这个指标是数量，请填写数字，不要百分号", "this figure is a count: write a number"
                )
            return f"{number:f}"
        if percent or number <= 1:
            share = number if percent else number * 100
            if share <= 100:
                return f"{share.normalize():f}%"
        raise _no(
            "no_share", text, f"“{text}”不是比率，请填写 0% 至 100%，如 95%", f"“{text}” is no share: write 0% to 100%"
        )


def _no(rule: str, raw: str, say: str, say_en: str) -> CellError:
    return CellError(rule, raw, say, say_en)


def _choice(text: str, allowed: Sequence[str]) -> str:
    if text in allowed:
        return text
    named = "、".join(allowed)
    raise _no(
        "not_allowed", text, f"“{text}”不在可填的值中，请填写：{named}", f"“{text}” is not one of {', '.join(allowed)}"
    )


def _address(text: str, _key: Key) -> str:
    if re.fullmatch(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\"]+", text):
        return text
    raise _no("no_address", text, f"“{text}”不是邮箱地址，请核对", f"“{text}” is no mail address")


def _identifier(text: str, _key: Key) -> str:
    if ID.fullmatch(text):
        return text
    raise _no("no_id", text, f"“{text}”不能作编号，请用小写英文字母、数字和下划线，如 new_bureau",
              f"“{text}” is no id: small letters, digits and underscores, as in new_bureau")  # fmt: skip


def _count(text: str, _key: Key) -> str:
    if text.isascii() and text.isdigit():
        return text
    raise _no(
        "no_count",
        text,
        f"“{text}”不是序号；新目标请把序号留空",
        f"“{text}” is no number; leave it empty for a new target",
    )


def _finding(text: str, _key: Key) -> str:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return text
    raise _no("no_finding", text, f"“{text}”不是问题编号，请填写问题清单上的编号", f"“{text}” is no finding's number")


def _from_day(text: str, _key: Key) -> str:
    if FROM_DAY.fullmatch(text):
        return text
    raise _no("no_from", text, f"“{text}”读不懂，请写成 01-20 next year 或 10 days after",
              f"“{text}” does not read: write 01-20 next year, or 10 days after")  # fmt: skip
