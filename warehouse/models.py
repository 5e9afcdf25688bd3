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
    "metric", "stated_figure",
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
    leader_email: str | None = None
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
    """One column: its header and aliases as departments write them, and how its cells are read.

    `take: last`: a label spread over the sheet's columns under one merged header; the right-most filled cell is it.
    """

    header: Texts
    take: Literal["only", "last"] = "only"
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


class ChosenLimit(Model):
    """A limit that a code chooses: `{by: procedure, values: {ordinary: 60 calendar_days, simplified: ...}}`.

    A code that is not named, or an empty one, has no limit.
    """

    by: str
    values: dict[str, str]


class Extension(Model):
    """More time, if approved on or before the deadline; a ChosenLimit gives it only to the codes it names."""

    by: str | ChosenLimit
    approved_on: str


class Clock(Model):
    """A statutory deadline: gives the column `<clock>_due_on` (NULL while the clock stands still).

    With `is_minimum` it is no deadline but the least time a step must be given: the first day on which it may end.

    `limit`: "15 calendar_days", "20 working_days", "3 months", a fixed day ("03-31", "01-31 next year" of the start's
    year), a column of the row, or one chosen by a code. With `extend`, `<clock>_base_due_on` is the deadline without.
    """

    start: str
    limit: str | LimitColumn | ChosenLimit
    restart: str | None = None
    pauses: tuple[tuple[str, str], ...] = ()
    extend: Extension | None = None
    is_minimum: bool = False
    since: date | None = None
    until: date | None = None
    basis: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that the clock reads, each once."""
        named = [self.start, self.restart, *(name for pause in self.pauses for name in pause)]
        named += [self.limit.column] if isinstance(self.limit, LimitColumn) else []
        named += [self.limit.by] if isinstance(self.limit, ChosenLimit) else []
        if self.extend:
            named += [self.extend.approved_on]
            named += [self.extend.by.by] if isinstance(self.extend.by, ChosenLimit) else []
        return tuple(dict.fromkeys(name for name in named if name))

    @model_validator(mode="after")
    def _limit_is_readable(self) -> Clock:
        for text in _limit_texts(self.limit):
            is_fixed = re.fullmatch(r"\d\d-\d\d( next year)?", text) and _is_in_calendar(text)
            if not is_fixed and not DAYS.fullmatch(text):
                raise ValueError('a limit reads "15 calendar_days", "20 working_days", "3 months" or "01-31 next year"')
        for text in _limit_texts(self.extend.by if self.extend else "1 months"):
            if not DAYS.fullmatch(text):
                raise ValueError('an extension reads "15 calendar_days", "20 working_days" or "3 months"')
        is_fixed = any("-" in text for text in _limit_texts(self.limit))
        if self.is_minimum and (self.pauses or self.extend or is_fixed):
            raise ValueError("a minimum is counted in days; it has no pauses, no extension and no fixed day")
        return self


DAYS = re.compile(r"\d+ (working_days|calendar_days|months)")


def _limit_texts(limit: str | LimitColumn | ChosenLimit) -> list[str]:
    if isinstance(limit, ChosenLimit):
        return list(limit.values.values())
    return [limit] if isinstance(limit, str) else []


def _as_clocks(value: Any) -> Any:
    """One clock is a list of one; more are the same rule under earlier and later law."""
    return [value] if isinstance(value, dict | Clock) else value


Clocks = Annotated[tuple[Clock, ...], BeforeValidator(_as_clocks)]


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
    clocks: dict[str, Clocks] = {}
    rules: dict[str, Rule] = {}
    total_row: Texts = ("合计", "小计", "总计")
    # Whose rows stay masked for everybody: of who complains, asks for help or is helped.
    sensitive: bool = False

    @model_validator(mode="after")
    def _names_columns_that_exist(self) -> Contract:
        if not re.fullmatch(r"(year|quarter|month) of \w+|stock", self.covers):
            raise ValueError('`covers` reads "year of issued_on", "quarter of ...", "month of ..." or "stock"')
        named = [*self.key, self.dated_on, self.covers_on, self.order_by]
        named += [self.unit.from_ if self.unit.from_ != "supplier" else None]
        named += [self.deletion.column if self.deletion else None]
        for clock in (one for versions in self.clocks.values() for one in versions):
            named += clock.inputs
        for name in named:
            if name is not None and name not in self.columns:
                raise ValueError(f"the column “{name}” is named but not declared")
        return self

    @property
    def due_columns(self) -> tuple[str, ...]:
        """The columns that the clocks add."""
        found = [f"{name}_due_on" for name in self.clocks]
        found += [
            f"{name}_base_due_on" for name, versions in self.clocks.items() if any(one.extend for one in versions)
        ]
        return tuple(found)

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
    """Where the annual report prints the figure, and how.

    `printed` is a phrase around `{value}`; `{column}` lists the distinct values of a column of the counted rows.
    `scale`: printed in 万 or 亿. `word`: the word of the qualifier, placed as people write it (超过2600人, 7万余份,
    120多起, 95%以上, 3项等).
    """

    section: int
    printed: str = "{value}"
    scale: Literal["", "万", "亿"] = ""
    word: Literal["", "超过", "余", "多", "以上", "等"] = ""
    is_claim: bool = False


class EarlierRule(Model):
    """A counting rule that held until the end of a year; figures across the change do not compare."""

    until: int
    rule: Label


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
    earlier_rules: tuple[EarlierRule, ...] = ()
    shortfall: Label | None = None
    measured_in: str = ""
    qualifier: Literal["exact", "over", "at_least", "rounded"] = "exact"
    step: Decimal = Decimal(1)
    small_sample: int | None = None
    report: InReport
    no_target: str | None = None
    formerly: Texts = ()


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


class UnitsOf(Model):
    """The size of a roster at the period's end: `{units: town}`."""

    units: str


class Target(Model):
    """What a figure must be. Exactly one of at_least, at_most, equals, more_than."""

    since: date
    until: date | None = None
    judged: Judged
    at_least: Share | None = None
    at_most: Share | None = None
    equals: UnitsOf | Share | None = None
    more_than: Literal["previous_year"] | None = None
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
        bounds = [one for one in (self.at_least, self.at_most, self.equals, self.more_than) if one is not None]
        if len(bounds) != 1:
            raise ValueError("a target has exactly one of at_least, at_most, equals, more_than")
        if self.near is not None and bounds[0] in (0, 1):
            raise ValueError("`near` is not allowed on a 100 % or 0 duty")
        return self


class Identity(Model):
    """What must hold between figures of one period: the sum of one side against the sum of the other.

    `left` and `right` name metrics that count rows or sum a column; every difference opens to their rows.
    """

    label: Label
    left: Texts
    right: Texts
    holds: Literal["equal", "at_most"] = "equal"
    since: date
    until: date | None = None
    judged: Judged
    severity: Severity
    owner: str = "unit"
    basis: str

    @model_validator(mode="before")
    @classmethod
    def _since_a_month(cls, tree: Any) -> Any:
        return tree | {"since": _first_day(tree["since"])} if isinstance(tree, dict) and "since" in tree else tree


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
