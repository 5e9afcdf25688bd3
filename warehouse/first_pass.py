"""The first reading of a sheet: every row is typed and held back in a draft, quarantined, or listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from warehouse.cells import CellError
from warehouse.frames import FrameWriter
from warehouse.keys import Keys
from warehouse.loaded import LoadContext
from warehouse.match import Match
from warehouse.quarantine import SCHEMA, Reasons, quarantine_rows
from warehouse.readings import BatchReader, core_schema, fault_columns
from warehouse.resolve import names_of
from warehouse.row_kinds import INK, row_kinds
from warehouse.row_rules import RowRule
from warehouse.sheets import TextSheet
from warehouse.totals import Totals
from warehouse.workdays import add_due_dates

LISTED = pl.Schema(
    {
        "_delivery": pl.String,
        "_dataset": pl.String,
        "_supplier": pl.String,
        "_file": pl.String,
        "_sheet": pl.String,
        "_row": pl.Int32,
        "kind": pl.String,
        "by": pl.Int32,
        "text": pl.String,
    }
)
SHOWN_CELLS = 6
DATES = ("date", "timestamp", "year")


class FirstPass:
    """Takes batches in order. Memory: one batch, the hashes of the keys, and the values read so far."""

    def __init__(self, sheet: TextSheet, match: Match, context: LoadContext, rules: tuple[RowRule, ...]) -> None:
        contract = context.contract
        names = names_of(context.declarations.units)
        self.sheet, self.match, self.context, self.rules = sheet, match, context, rules
        self.reader = BatchReader(contract, match, names, sheet.damaged)
        self.successors = names.successors()
        self.keys, self.totals, self.reasons = Keys(contract), Totals(contract), Reasons(contract)
        self.rows, self.kinds = 0, Counter[str]()
        self.dates: set[date] = set()
        self.strays = Counter[int]()
        draft = {"_row": pl.Int32(), **core_schema(contract)}
        draft |= {name: pl.Date() for name in contract.due_columns}
        draft |= {"_unit": pl.String(), "_on": pl.Date(), "_covers": pl.Date()}
        self.draft = FrameWriter(context.out / "draft.parquet", pl.DataFrame(schema=draft))
        self.quarantine = FrameWriter(context.out / "quarantine_draft.parquet", pl.DataFrame(schema=SCHEMA))
        self.listed = FrameWriter(context.out / "listed.parquet", pl.DataFrame(schema=LISTED))

    def take(self, batch: pl.DataFrame) -> None:
        """Read one batch of physical rows."""
        kinds = row_kinds(batch, self.match, self.context.contract)
        self.rows += int((kinds != "head").sum())
        aside = [place for place, kind in enumerate(kinds) if kind not in ("head", "data")]
        self.list_rows(_at(batch, aside), kinds[aside])
        data = batch.filter(kinds == "data")
        self._count_strays(data)
        typed, faults = self.type_rows(data)
        self._check_totals(_at(batch, [place for place in aside if kinds[place] == "total"]), typed)
        kept = typed.filter(~pl.col("_row").is_in(faults["_row"].to_list())) if faults.height else typed
        self.set_aside(data, faults, typed)
        self.keys.add(kept)
        self.draft.append(kept)

    def type_rows(self, data: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The typed rows with due dates, `_unit`, `_on` and `_covers`, and every fault in them."""
        contract = self.context.contract
        typed, faults = self.reader.read(data)
        late = self._future(data, typed)
        typed = add_due_dates(typed, contract, self.context.calendar)
        faults = pl.concat([faults, *late, *self._broken_rules(data, typed)])
        if (mark := contract.deletion) is not None:
            # A source that deletes a row often sends its key and the mark alone.
            needed = [*contract.key, mark.column, contract.order_by, contract.covers_on]
            gone = typed.filter(pl.col(mark.column) == mark.value)["_row"].to_list()
            faults = faults.filter(~pl.col("_row").is_in(gone) | pl.col("column").is_in([one for one in needed if one]))
        typed = self._placed(typed, late)
        self.dates |= {day for day in typed["_covers"].unique() if day is not None}
        return typed, faults

    def set_aside(self, data: pl.DataFrame, faults: pl.DataFrame, placed: pl.DataFrame) -> None:
        """Write the rows at fault to quarantine and count their reasons."""
        found = quarantine_rows(data, faults, placed, self.match, self.sheet.name, self.context)
        self.reasons.add(found)
        self.quarantine.append(found)

    def list_rows(self, rows: pl.DataFrame, kinds: pl.Series, by: pl.Series | None = None) -> None:
        """Write rows that neither load nor fail, with the first of their cells."""
        if not rows.height:
            return
        cells = [pl.when(pl.col(name).str.contains(INK)).then(pl.col(name)) for name in rows.columns if name != "_row"]
        text = pl.concat_list(cells).list.drop_nulls().list.head(SHOWN_CELLS).list.join(" ") if cells else pl.lit("")
        context = self.context
        self.kinds.update(kinds.to_list())
        self.listed.append(
            rows.select(
                "_row",
                text.str.slice(0, 200).alias("text"),
                kind=kinds,
                by=by if by is not None else pl.lit(None, pl.Int32),
                _delivery=pl.lit(context.delivery_id),
                _dataset=pl.lit(context.dataset),
                _supplier=pl.lit(context.supplier),
                _file=pl.lit(context.file),
                _sheet=pl.lit(self.sheet.name),
            )
        )

    def _future(self, data: pl.DataFrame, typed: pl.DataFrame) -> list[pl.DataFrame]:
        as_of, found = self.context.as_of, []
        # A year is written before it is over: only a year after this one lies in the future.
        lasts = {
            name: date(as_of.year, 12, 31) if column.type == "year" else as_of
            for name, column in self.context.contract.columns.items()
            if column.type in DATES and not column.may_be_future and name in self.match.columns
        }
        late = typed.select(pl.col(name).cast(pl.Date).gt(last).fill_null(False) for name, last in lasts.items())
        for order, name in enumerate(self.context.contract.columns):
            if name in lasts and late[name].any():
                header = self.match.headers[self.match.columns[name][0]]
                say = f"“{header}”晚于数据截止日{as_of:%Y-%m-%d}，请核对年份"
                say_en = f"{name} lies after {as_of}"
                found.append(self._faults(data.filter(late[name]), name, order, "future_date", say, say_en))
        return found

    def _broken_rules(self, data: pl.DataFrame, typed: pl.DataFrame) -> list[pl.DataFrame]:
        found, after = [], len(self.context.contract.columns)
        if not self.rules:
            return []
        broken = typed.with_columns((~rule.check).fill_null(False).alias(rule.name) for rule in self.rules)
        for order, rule in enumerate(self.rules, start=after):
            if broken[rule.name].any():
                rows = data.filter(broken[rule.name])
                found.append(self._faults(rows, rule.column, order, rule.name, rule.say, rule.say_en))
        return found

    def _faults(self, rows: pl.DataFrame, name: str, order: int, rule: str, say: str, say_en: str) -> pl.DataFrame:
        at = self.match.columns.get(name, (None,))[0]
        value = pl.col(f"c{at}") if at is not None else pl.lit("")
        return rows.select(fault_columns(order, name, at, value, rule, say, say_en))

    def _placed(self, typed: pl.DataFrame, late: list[pl.DataFrame]) -> pl.DataFrame:
        """`_unit`, `_on`, `_covers`. A date in the future is no date: such a row belongs to the whole delivery."""
        contract = self.context.contract
        wrong: dict[str, list[int]] = {name: [] for name in contract.columns}
        for frame in late:
            for name, row in zip(frame["column"], frame["_row"], strict=True):
                wrong[name].append(row)

        def day(name: str | None) -> pl.Expr:
            if name is None:
                return pl.lit(None, pl.Date)
            return pl.when(~pl.col("_row").is_in(wrong[name])).then(pl.col(name).cast(pl.Date))

        typed = typed.with_columns(_on=day(contract.dated_on), _covers=day(contract.covers_on))
        units = [name for name, column in contract.columns.items() if column.type in ("unit", "town")]
        for old, last_day, new in self.successors:
            after = pl.col("_on") > last_day
            typed = typed.with_columns(
                pl.when(after & (pl.col(name) == old)).then(pl.lit(new)).otherwise(pl.col(name)).alias(name)
                for name in units
            )
        source = contract.unit.from_
        unit = pl.lit(self.context.supplier) if source == "supplier" else pl.col(source)
        return typed.with_columns(_unit=unit)

    def _check_totals(self, totals: pl.DataFrame, typed: pl.DataFrame) -> None:
        above = 0
        for row in totals.iter_rows(named=True):
            self.totals.add(typed.filter(pl.col("_row").is_between(above, row["_row"])))
            self.totals.check(row["_row"], lambda name, row=row: self._total_cell(name, row))  # type: ignore[misc]
            above = row["_row"]
        self.totals.add(typed.filter(pl.col("_row") > above) if above else typed)

    def _total_cell(self, name: str, row: dict[str, str | None]) -> tuple[str, Decimal | None]:
        for at in self.match.columns.get(name, ()):
            text = row[f"c{at}"]
            if not text:
                continue
            try:
                value = self.reader.read_one(name, at, text)
            except CellError:
                continue
            if isinstance(value, (int, Decimal)):
                return text, Decimal(value)
        return "", None

    def _count_strays(self, data: pl.DataFrame) -> None:
        """How many cells stand under headers that the contract does not know."""
        places = [at for _, at in self.match.unknown]
        if places and data.height:
            counts = data.select(pl.col(f"c{at}").str.contains(INK).sum() for at in places).row(0)
            self.strays.update({at: count or 0 for at, count in zip(places, counts, strict=True)})


def _at(rows: pl.DataFrame, places: Sequence[int]) -> pl.DataFrame:
    """The rows at these places, 0-based."""
    return rows[pl.Series(places, dtype=pl.UInt32)]
