# Over 300 lines on purpose: every declared shape stands in this one place, and most lines are fields.
"""The shapes of all declarations: frozen, and every unknown key is an error."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Model(BaseModel):
    """Frozen; forbids unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Label(Model):
    """One name in both languages."""

    zh: str
    en: str


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_share(value: Any) -> Any:
    """`95%` -> 0.95; a plain number stays."""
    if isinstance(value, str) and value.endswith("%"):
        return Decimal(value[:-1]) / 100
    return value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Share = Annotated[Decimal, BeforeValidator(_as_share)]
Every = Literal["year", "quarter", "month"]
Severity = Literal["high", "medium", "low"]
ColumnType = Literal[
    "text", "identifier", "document_number", "unit", "units", "town", "code", "flag",
    "date", "timestamp", "year", "integer", "decimal", "yuan", "credit_code", "citizen_id", "phone", "several",
]  # fmt: skip


class Unit(Model):
    """One organ or town that is overseen. `flags` are the kinds that targets name: hall, drafting, enforcement ..."""

    label: Label
    kind: Literal["county", "department", "town", "office"]
    flags: Texts = ()
    aliases: Texts = ()
    credit_code: str | None = None
    town_code: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    becomes: str | None = None
    liaison: str | None = None
    leader: str | None = None
    email: str | None = None
    phone: str | None = None


class Roster(Model):
    """A list of what is owed: columns with types, one row per entry, each with its source line."""

    label: Label
    columns: dict[str, ColumnType]
    rows: dict[str, dict[str, str]]


class Due(Model):
    """When a delivery is owed. `by`: "01-20" (of the next year), or "10 days after" / "10 working_days after"."""

    every: Every
    by: str
    since: date

    @model_validator(mode="before")
    @classmethod
    def _since_a_year(cls, tree: Any) -> Any:
        return tree | {"since": _first_day(tree["since"])} if isinstance(tree, dict) and "since" in tree else tree

    @model_validator(mode="after")
    def _by_is_readable(self) -> Due:
        if not re.fullmatch(r"\d\d-\d\d|\d+ (working_)?days after", self.by) or not _is_in_calendar(self.by):
            raise ValueError('`by` reads "01-20" or "10 days after" or "10 working_days after"')
        return self


def _is_in_calendar(text: str) -> bool:
    """Whether `02-29 ...` is a day of some year; a number of days always is."""
    try:
        return not re.match(r"\d\d-\d\d", text) or bool(date.fromisoformat(f"2000-{text[:5]}"))
    except ValueError:
        return False


def _first_day(text: Any) -> Any:
    """`2024` -> 2024-01-01, `2024-05` -> 2024-05-01; a full date stays."""
    if isinstance(text, str) and re.fullmatch(r"\d{4}(-\d\d)?", text):
        return f"{text}-01-01" if len(text) == 4 else f"{text}-01"
    return text


class RowBand(Model):
    """How many rows one delivery plausibly has."""

    at_least: int = 0
    at_most: int | None = None


class Column(Model):
    """One column: its header and aliases as departments write them, and how its cells are read."""

    header: Texts
    type: ColumnType
    optional: bool = False
    values: dict[str, str] = {}
    in_unit: Literal["yuan", "wan_yuan", "yi_yuan"] | None = None
    personal: Literal["name", "id", "phone", "address", "words"] | None = None
    may_be_future: bool = False


class LimitColumn(Model):
    """A limit that each row carries itself, in days of one type."""

    column: str
    days: Literal["working_days", "calendar_days"]


class Extension(Model):
    """More time, if approved on or before the deadline."""

    by: str
    approved_on: str


class Clock(Model):
    """A statutory deadline: gives the column `<clock>_due_on` (NULL while the clock stands still)."""

    start: str
    limit: str | LimitColumn
    restart: str | None = None
    pauses: tuple[tuple[str, str], ...] = ()
    extend: Extension | None = None
    since: date | None = None
    until: date | None = None
    basis: str

    @model_validator(mode="after")
    def _limit_is_readable(self) -> Clock:
        for limit in (self.limit, self.extend.by if self.extend else "1 months"):
            if isinstance(limit, str) and not re.fullmatch(r"\d+ (working_days|calendar_days|months)", limit):
                raise ValueError('a limit reads "15 calendar_days", "20 working_days" or "3 months"')
        return self


class Rule(Model):
    """A row rule. A row for which `check` is false is quarantined; NULL passes, as in SQL."""

    check: str
    say: str
    say_en: str | None = None


class UnitFrom(Model):
    """The unit a row is judged under: a `unit` column, or `supplier`."""

    from_: str = Field(alias="from")


class Deletion(Model):
    """Which code of which column marks a row as deleted at its source."""

    column: str
    value: str


class Contract(Model):
    """One departmental export. Grain: one row per `key` (and supplier)."""

    label: Label
    domain: Literal["services", "credit", "supervision", "legal_aid", "responsibility"]
    supplied_by: Texts
    due: Due | None = None
    covers: str
    dated_by: str | None = None
    mode: Literal["replace", "upsert"] = "replace"
    rows: RowBand = RowBand()
    key: Texts = ()
    unit: UnitFrom
    order_by: str | None = None
    deletion: Deletion | None = None
    columns: dict[str, Column]
    clocks: dict[str, Clock] = {}
    rules: dict[str, Rule] = {}
    total_row: Texts = ("合计", "小计", "总计")

    @model_validator(mode="after")
    def _names_columns_that_exist(self) -> Contract:
        if not re.fullmatch(r"(year|quarter|month) of \w+|stock", self.covers):
            raise ValueError('`covers` reads "year of issued_on", "quarter of ...", "month of ..." or "stock"')
        named = [*self.key, self.dated_on, self.covers_on, self.order_by]
        named += [self.unit.from_ if self.unit.from_ != "supplier" else None]
        named += [self.deletion.column if self.deletion else None]
        for clock in self.clocks.values():
            named += [clock.start, clock.restart, *(name for pause in clock.pauses for name in pause)]
            named += [clock.limit.column] if isinstance(clock.limit, LimitColumn) else []
            named += [clock.extend.approved_on] if clock.extend else []
        for name in named:
            if name is not None and name not in self.columns:
                raise ValueError(f"the column “{name}” is named but not declared")
        return self

    @property
    def dated_on(self) -> str | None:
        """The column that dates a row: `dated_by`, else the one in `covers`."""
        return self.dated_by or self.covers_on

    @property
    def covers_on(self) -> str | None:
        """The column whose dates say which periods a delivery covers; None for a stock."""
        return self.covers.split(" of ")[1] if " of " in self.covers else None

    @property
    def covers_every(self) -> Every | None:
        """year, quarter or month; None for a stock."""
        return cast(Every, self.covers.split(" of ")[0]) if " of " in self.covers else None


class Stock(Model):
    """Rows in force on the last day of the period: from <= day, and to empty or after it."""

    from_: str = Field(alias="from")
    to: str | None = None


class Per(Model):
    """Makes an entity the grain: it counts when any, or all, of its rows do."""

    column: str
    rows: Literal["any", "all"] = "any"


def _as_per(value: Any) -> Any:
    """`case_number, any` -> {column, rows}."""
    if isinstance(value, str):
        column, _, rows = value.partition(",")
        return {"column": column.strip(), "rows": rows.strip() or "any"}
    return value


class InReport(Model):
    """Where the annual report prints the figure, and how."""

    section: int
    printed: str = "{value}"


class Metric(Model):
    """Two predicates over one row set. A rate is never stored, only its two sides."""

    label: Label
    of: str
    dated_by: str | None = None
    unit: str | None = None
    town: str | None = None
    stock: Stock | None = None
    per: Annotated[Per, BeforeValidator(_as_per)] | None = None
    numerator: str
    denominator: str | None = None
    periods: tuple[Every, ...] = ("year", "quarter", "month")
    inside: str | None = None
    counting_rule: Label
    shortfall: Label | None = None
    measured_in: str = ""
    qualifier: Literal["exact", "over", "at_least", "rounded"] = "exact"
    step: Decimal = Decimal(1)
    small_sample: int | None = None
    report: InReport
    no_target: str | None = None


class Judged(Model):
    """At which grain, for whom and from which day a target is judged. `from`: "01-20 next year" or "10 days after"."""

    every: Every
    for_: str = Field(alias="for")
    from_: str = Field(alias="from")

    @model_validator(mode="after")
    def _from_is_readable(self) -> Judged:
        readable = re.fullmatch(r"\d\d-\d\d( next year)?|\d+ (working_)?days after", self.from_)
        if not readable or not _is_in_calendar(self.from_):
            raise ValueError(f'`from` reads "01-20 next year" or "10 days after", not “{self.from_}”')
        return self


class Target(Model):
    """What a figure must be. Exactly one of at_least, at_most, equals."""

    since: date
    until: date | None = None
    judged: Judged
    at_least: Share | None = None
    at_most: Share | None = None
    equals: Share | None = None
    near: Share | None = None
    severity: Severity
    owner: str = "unit"
    basis: str

    @model_validator(mode="before")
    @classmethod
    def _since_a_month(cls, tree: Any) -> Any:
        return tree | {"since": _first_day(tree["since"])} if isinstance(tree, dict) and "since" in tree else tree

    @model_validator(mode="after")
    def _one_bound(self) -> Target:
        bounds = [bound for bound in (self.at_least, self.at_most, self.equals) if bound is not None]
        if len(bounds) != 1:
            raise ValueError("a target has exactly one of at_least, at_most, equals")
        if self.near is not None and bounds[0] in (0, 1):
            raise ValueError("`near` is not allowed on a 100 % or 0 duty")
        return self


class Signal(Model):
    """One line of a scorecard: the standing of one target for the unit and year."""

    target: str
    label: Label


class Scorecard(Model):
    """Which targets make the card of whom. It names a unit and a duty, never a person's score."""

    label: Label
    for_: str = Field(alias="for")
    every: Every = "year"
    note: Label
    signals: dict[str, Signal]
