"""Text cells of a batch -> typed columns and faults. Each distinct text is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field

import polars as pl

from warehouse import cells
from warehouse.cells import CellError, MoneyUnit
from warehouse.match import Match
from warehouse.models import Column, Contract
from warehouse.resolve import UnitNames
from warehouse.row_kinds import EMPTY, INK

FAULTS = pl.Schema(
    {
        "_row": pl.Int32,
        "order": pl.Int32,
        "rule": pl.String,
        "column": pl.String,
        "at": pl.Int32,
        "value": pl.String,
        "say": pl.String,
        "say_en": pl.String,
    }
)
Fault = tuple[int, int, str, str, int, str | None, str, str]  # a row of FAULTS
MONEY = pl.Decimal(24, 6)
NUMBERED = {"identifier", "citizen_id", "credit_code", "document_number", "phone"}
# Letters, digits, Han characters and nothing to clean; longer than every mark for “empty”.
PLAIN = r"^[0-9A-Za-z_\-\x{4E00}-\x{9FFF}]{8,}$"
TIME = r" (?:[01]?\d|2[0-3]):[0-5]\d:[0-5]\d"
DAY = r"(?:19|20|21)\d\d(?:-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2})"
Reader = Callable[[str], object]
Outcome = tuple[object, CellError | None]
Place = tuple[str, int]  # a column of the contract, and a place of it in the sheet
Read = tuple[pl.Series, dict[str, CellError]]


def fault_columns(order: int, name: str, at: int | None, value: pl.Expr, *said: str | pl.Expr) -> list[pl.Expr]:
    """What rows at fault select to become FAULTS. `said`: the rule and its sentences, or what they are made of."""
    rule, say, say_en = (pl.lit(one) if isinstance(one, str) else one for one in said)
    found = {
        "_row": pl.col("_row"), "order": pl.lit(order, pl.Int32), "rule": rule, "column": pl.lit(name),
        "at": pl.lit(at, pl.Int32), "value": value, "say": say, "say_en": say_en,
    }  # fmt: skip
    return [expression.alias(each) for each, expression in found.items()]


def dtype_of(column: Column) -> pl.DataType:
    """The type of a contract column in the core table."""
    match column.type:
        case "date" | "year":
            return pl.Date()
        case "timestamp":
            return pl.Datetime("us")
        case "integer":
            return pl.Int64()
        case "decimal" | "yuan":
            return MONEY
        case "flag":
            return pl.Boolean()
        case _:
            return pl.String()


def core_schema(contract: Contract) -> dict[str, pl.DataType]:
    """Contract columns in order with their types."""
    return {name: dtype_of(column) for name, column in contract.columns.items()}


@dataclass
class BatchReader:
    """Reads batches of one sheet. Keeps what it has read, so a value of many rows costs once."""

    contract: Contract
    match: Match
    names: UnitNames
    damaged: Set[tuple[int, int]]
    _known: dict[tuple[str, str], dict[str, Outcome]] = field(default_factory=dict)

    def read(self, data: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """(`_row` and the contract columns typed, faults). A cell at fault is null in the typed columns.

        Money leaves in yuan, dates as Date. An empty cell of a required column is the fault `required`.
        """
        for name, places in self.match.columns.items():
            if self.contract.columns[name].take == "last":
                data = _only_last(data, places)
        cells, typed, faults = self._read_cells(data), [data["_row"]], list[Fault]()
        for name, column in self.contract.columns.items():
            values, found = self._read_column(name, column, data, cells)
            typed.append(values.alias(name))
            faults += found
        return pl.DataFrame(typed), pl.DataFrame(faults, schema=FAULTS, orient="row")

    def read_one(self, name: str, at: int, raw: str) -> object:
        """One cell as the column's value; None when empty. Raises CellError."""
        value, error = self._outcomes(name, self.contract.columns[name], at, [raw])[0]
        if error:
            raise error
        return value

    def _read_cells(self, data: pl.DataFrame) -> dict[Place, Read]:
        """The cells of every place, typed, and the texts at fault. Few statements: most sheets have few rows."""
        columns = self.contract.columns
        places = {f"{name}:{at}": (name, at) for name, found in self.match.columns.items() for at in found}
        read = data.with_columns(
            _quick(pl.col(f"c{at}"), columns[name]).alias(key) for key, (name, at) in places.items()
        )
        slow = [
            pl.col(f"c{at}")
            .filter(pl.col(f"c{at}").is_not_null() & pl.col(key).is_null())
            .unique()
            .implode()
            .alias(key)
            for key, (_, at) in places.items()
        ]
        known, wrong = [], {}
        for (key, (name, at)), texts in zip(places.items(), read.select(slow).row(0), strict=True):
            if texts:
                outcomes = self._outcomes(name, columns[name], at, texts)
                wrong[key] = {text: error for text, (_, error) in zip(texts, outcomes, strict=True) if error}
                values = pl.Series([value for value, _ in outcomes], dtype=dtype_of(columns[name]), strict=True)
                found = pl.col(f"c{at}").replace_strict(
                    pl.Series(texts, dtype=pl.String), values, default=None, return_dtype=values.dtype
                )
                known.append(pl.coalesce(key, found).alias(key))
        read = read.with_columns(known)
        return {place: (read[key], wrong.get(key, {})) for key, place in places.items()}

    def _read_column(
        self, name: str, column: Column, data: pl.DataFrame, cells: Mapping[Place, Read]
    ) -> tuple[pl.Series, list[Fault]]:
        places = self.match.columns.get(name, ())
        if not places:
            return pl.Series(name, [None] * data.height, dtype_of(column)), []
        read = [self._judged(name, column, at, data, *cells[name, at]) for at in places]
        values, faults = read[0][0], [fault for _, found in read for fault in found]
        for at, (other, _) in zip(places[1:], read[1:], strict=True):
            differs = (values != other).fill_null(False)
            faults += self._two_values(name, data, places[0], at, differs)
            values = pl.select(pl.coalesce(values, other)).to_series()
        if not column.optional and values.null_count():
            faults += self._required(name, data, places[0], values, faults)
        return values, faults

    def _judged(
        self, name: str, column: Column, at: int, data: pl.DataFrame, values: pl.Series, wrong: dict[str, CellError]
    ) -> tuple[pl.Series, list[Fault]]:
        faults = self._wrong(name, at, data, wrong)
        if column.type in NUMBERED and self.damaged:
            return self._without_damaged(name, at, data, values, faults)
        return values, faults

    def _wrong(self, name: str, at: int, data: pl.DataFrame, wrong: dict[str, CellError]) -> list[Fault]:
        if not wrong:
            return []
        said = {text: (error.rule, error.say, error.say_en) for text, error in wrong.items()}
        rows = data.select("_row", f"c{at}").filter(pl.col(f"c{at}").is_in(list(said))).rows()
        return self._faults(name, at, ((row, text, *said[text]) for row, text in rows))

    def _without_damaged(
        self, name: str, at: int, data: pl.DataFrame, read: pl.Series, faults: list[Fault]
    ) -> tuple[pl.Series, list[Fault]]:
        """Excel keeps 15 digits of a number: the last ones of a longer id are gone, though it may look whole."""
        bad = [row for row, place in self.damaged if place == at]
        is_bad = data["_row"].is_in(bad)
        say = "号码曾以数字格式保存，末几位已丢失，请将该列设为文本后重新填写"
        say_en = "it was stored as a number and has lost its last digits: store the column as text"
        rows = data.select("_row", f"c{at}").filter(is_bad).rows()
        damaged = self._faults(name, at, ((row, text, "damaged_number", say, say_en) for row, text in rows))
        told = {row for row, _ in rows}
        values = pl.select(pl.when(~is_bad).then(read)).to_series()
        return values, [fault for fault in faults if fault[0] not in told] + damaged

    def _two_values(self, name: str, data: pl.DataFrame, first: int, other: int, differs: pl.Series) -> list[Fault]:
        header = self.match.headers[first]
        say, say_en = f"两个“{header}”列的内容不一致，请只保留一列", f"two columns “{header}” hold different values"
        rows = data.select("_row", f"c{first}", f"c{other}").filter(differs).rows()
        return self._faults(name, other, ((row, f"{a} | {b}", "two_values", say, say_en) for row, a, b in rows))

    def _required(self, name: str, data: pl.DataFrame, at: int, values: pl.Series, faults: list[Fault]) -> list[Fault]:
        told = {fault[0] for fault in faults}
        header = self.match.headers[at]
        say, say_en = f"必填列“{header}”为空", f"the required column {name} is empty"
        rows = data.select("_row", f"c{at}").filter(values.is_null()).rows()
        empty = ((row, text or "", "required", say, say_en) for row, text in rows if row not in told)
        return self._faults(name, at, empty)

    def _faults(self, name: str, at: int, found: Iterable[tuple[int, str | None, str, str, str]]) -> list[Fault]:
        """One fault for each (row, value, rule, say, say_en)."""
        order = [*self.contract.columns].index(name)
        return [(row, order, rule, name, at, value, say, say_en) for row, value, rule, say, say_en in found]

    def _outcomes(self, name: str, column: Column, at: int, texts: list[str]) -> list[Outcome]:
        unit = self.match.money_units.get(at, "yuan")
        known = self._known.setdefault((name, unit), {})
        if len(known) > 60_000:
            known.clear()
        read = reader_of(column, unit, self.names)
        found = []
        for text in texts:
            if text not in known:
                known[text] = _outcome(read, column, text)
            found.append(known[text])
        return found


def _only_last(data: pl.DataFrame, places: tuple[int, ...]) -> pl.DataFrame:
    """Of the label's cells only the right-most filled one of each row is left."""
    filled = {at: pl.col(f"c{at}").str.contains(INK) & ~pl.col(f"c{at}").str.contains(EMPTY) for at in places}
    later = pl.lit(False)
    kept = []
    for at in reversed(places):
        kept.append(pl.when(filled[at] & ~later).then(pl.col(f"c{at}")).alias(f"c{at}"))
        later = later | filled[at].fill_null(False)
    return data.with_columns(kept)


def _quick(raw: pl.Expr, column: Column) -> pl.Expr:
    """What needs no reader, for files of millions of rows: plain texts, days and times. Null: read it slowly."""
    if column.personal == "name":
        return pl.when(raw.str.contains(r"^[\p{Han}]+$")).then(raw)
    if column.type in ("text", "identifier"):
        return pl.when(raw.str.contains(PLAIN)).then(raw)
    if column.type == "date":
        plain = pl.when(raw.str.contains(rf"^{DAY}(?:{TIME})?$")).then(raw)
        days = plain.str.replace_all("/", "-", literal=True).str.extract(r"^(\d{4}-\d{1,2}-\d{1,2})")
        return days.str.to_date("%Y-%m-%d", strict=False)
    if column.type == "timestamp":
        plain = pl.when(raw.str.contains(rf"^{DAY}{TIME}$")).then(raw)
        moments = plain.str.replace_all("/", "-", literal=True)
        return moments.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    return pl.lit(None, dtype_of(column))


def _outcome(read: Reader, column: Column, text: str) -> Outcome:
    if cells.is_empty(text, column.type, column.values):
        return None, None
    try:
        return read(text), None
    except CellError as error:
        return None, error


def reader_of(column: Column, unit: MoneyUnit, names: UnitNames) -> Reader:
    """The reader of a column's cells. It raises CellError for what it cannot read."""
    match column.type:
        case "yuan":
            return lambda raw: cells.read_yuan(raw, unit)
        case "text" if column.personal == "name":
            return cells.read_name
        case "code":
            return lambda raw: cells.read_code(raw, column.values)
        case "metric":
            return lambda raw: cells.read_metric(raw, column.values)
        case "unit":
            return names.read_unit
        case "town":
            return names.read_town
        case "units":
            return lambda raw: ";".join(dict.fromkeys(names.read_unit(part) for part in cells.read_several(raw)))
        case "several":
            return lambda raw: ";".join(cells.read_several(raw))
        case plain:
            return PLAIN_READERS[plain]


PLAIN_READERS: dict[str, Reader] = {
    "text": cells.read_text,
    "identifier": cells.read_identifier,
    "document_number": cells.read_document_number,
    "flag": cells.read_flag,
    "date": cells.read_date,
    "timestamp": cells.read_timestamp,
    "year": cells.read_year,
    "integer": cells.read_integer,
    "decimal": cells.read_decimal,
    "credit_code": cells.read_credit_code,
    "citizen_id": cells.read_citizen_id,
    "phone": cells.read_phone,
    "stated_figure": cells.read_stated_text,
}
