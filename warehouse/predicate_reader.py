"""Reads the closed grammar of predicates and measures: text -> tree.

    predicate := comparison | NOT p | p AND p | p OR p | (p) | a bare flag column
    comparison := value (= | <> | != | < | <= | > | >=) value | value IS [NOT] NULL
                | value [NOT] IN (literal, ...) | value or (a, b) [NOT] IN dataset(a, b [where p])
    value := column | 'text' | number | 2024-08-01 | true | false | coalesce(value, ...) | value + 30 days
           | as_of | period_start | period_end | number or numeric column + or - another ...

Whatever is not in the grammar is refused, never passed on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from warehouse.predicate_tree import (
    Coalesce,
    Column,
    Compare,
    Constant,
    Flag,
    InDataset,
    InList,
    IsNull,
    Joined,
    Measure,
    Negated,
    Parameter,
    Predicate,
    PredicateError,
    Shift,
    Sum,
    Value,
)

PARAMETERS = ("as_of", "period_start", "period_end")
WORDS = {"and", "or", "not", "in", "is", "null", "where", "true", "false", "days", "coalesce"}
TOKEN = re.compile(
    r"\s*(?:(?P<date>\d{4}-\d\d-\d\d)\b|(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><>|!=|<=|>=|[=<>(),+\-]))"
)


class _Reader:
    """Recursive descent over the tokens of one predicate."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        position = 0
        while text[position:].strip():
            match = TOKEN.match(text, position)
            if match is None:
                raise PredicateError(f"“{text}”: cannot read from “{text[position:].strip()[:20]}”")
            kind = str(match.lastgroup)
            word = match.group(kind)
            lowered = word.lower() if kind == "name" and word.lower() in WORDS else word
            self.tokens.append(("word" if lowered in WORDS and kind == "name" else kind, lowered))
            position = match.end()

    def refuse(self, expected: str) -> PredicateError:
        found = self.tokens[self.at][1] if self.at < len(self.tokens) else "the end"
        return PredicateError(f"“{self.text}”: {expected} expected, found “{found}”")

    def peek(self, *words: str, ahead: int = 0) -> bool:
        place = self.at + ahead
        return place < len(self.tokens) and self.tokens[place][0] != "text" and self.tokens[place][1] in words

    def take(self, *words: str) -> bool:
        if self.peek(*words):
            self.at += 1
            return True
        return False

    def need(self, word: str) -> None:
        if not self.take(word):
            raise self.refuse(f"“{word}”")

    def kind(self, kind: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == kind:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def name(self) -> str:
        if (found := self.kind("name")) is None:
            raise self.refuse("a name")
        return found

    def predicate(self, word: Literal["or", "and"] = "or") -> Predicate:
        read: Callable[[], Predicate] = (lambda: self.predicate("and")) if word == "or" else self.negation
        parts = [read()]
        while self.take(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def negation(self) -> Predicate:
        if self.take("not"):
            return Negated(self.negation())
        if self.peek("(") and not self.is_tuple():
            self.need("(")
            inner = self.predicate()
            self.need(")")
            return inner
        return self.comparison()

    def is_tuple(self) -> bool:
        """`(a, b) in dataset(...)` starts as a bracket too; only a tuple has a comma after its first name."""
        return self.at + 1 < len(self.tokens) and self.tokens[self.at + 1][0] == "name" and self.peek(",", ahead=2)

    def comparison(self) -> Predicate:
        values = self.tuple_of_values() if self.peek("(") else (self.value(),)
        if len(values) == 1:
            for sign in ("=", "<>", "!=", "<=", ">=", "<", ">"):
                if self.take(sign):
                    return Compare("<>" if sign == "!=" else sign, values[0], self.value())
            if self.take("is"):
                negated = self.take("not")
                self.need("null")
                return Negated(IsNull(values[0])) if negated else IsNull(values[0])
        negated = self.take("not")
        if self.take("in"):
            inside = self.constants(values[0]) if self.peek("(") and len(values) == 1 else self.dataset(values)
            return Negated(inside) if negated else inside
        if negated or len(values) > 1:
            raise self.refuse("“in”")
        if isinstance(values[0], Column) or (isinstance(values[0], Constant) and isinstance(values[0].value, bool)):
            return Flag(values[0])
        raise self.refuse("a comparison")

    def tuple_of_values(self) -> tuple[Value, ...]:
        self.need("(")
        values = [self.value()]
        while self.take(","):
            values.append(self.value())
        self.need(")")
        return tuple(values)

    def constants(self, value: Value) -> InList:
        constants = self.tuple_of_values()
        if not all(isinstance(one, Constant) for one in constants):
            raise PredicateError(f"“{self.text}”: IN takes only texts, numbers and dates, or a dataset")
        return InList(value, tuple(one for one in constants if isinstance(one, Constant)))

    def dataset(self, values: tuple[Value, ...]) -> InDataset:
        dataset = self.name()
        self.need("(")
        columns = [self.name()]
        while self.take(","):
            columns.append(self.name())
        where = self.predicate() if self.take("where") else None
        self.need(")")
        if len(columns) != len(values):
            raise PredicateError(f"“{self.text}”: {len(values)} values against {len(columns)} columns of {dataset}")
        return InDataset(values, dataset, tuple(columns), where)

    def value(self) -> Value:
        value = self.single()
        while self.peek("+", "-"):
            value = self.shifted(value) if self.peek("days", ahead=2) else self.summed(value)
        return value

    def shifted(self, value: Value) -> Shift:
        sign = 1 if self.take("+") or not self.take("-") else -1
        days = self.kind("number")
        if days is None or "." in days or not self.take("days") or isinstance(value, Sum):
            raise self.refuse("a day and a whole number of days (“+ 30 days”)")
        return Shift(value, sign * int(days))

    def summed(self, first: Value) -> Sum:
        sign: Literal["+", "-"] = "+" if self.take("+") or not self.take("-") else "-"
        more = self.single()
        if not (_may_be_number(first) and _may_be_number(more)):
            raise self.refuse("numbers to add, or a day and whole days (“+ 30 days”)")
        before = first if isinstance(first, Sum) else Sum(first, ())
        return Sum(before.first, (*before.rest, (sign, more)))

    def single(self) -> Value:
        if self.take("coalesce"):
            return Coalesce(self.tuple_of_values())
        if self.peek("true", "false"):
            return Constant(self.take("true") or not self.take("false"))
        if (text := self.kind("text")) is not None:
            if "\\" in text:  # Spark reads a backslash as an escape, DuckDB does not
                raise PredicateError(f"“{self.text}”: a text may not hold a backslash")
            return Constant(text[1:-1].replace("''", "'"))
        if (day := self.kind("date")) is not None:
            return Constant(date.fromisoformat(day))
        negative = self.take("-")
        if (number := self.kind("number")) is not None:
            amount = Decimal(number) if "." in number else int(number)
            return Constant(-amount if negative else amount)
        if negative:
            raise self.refuse("a number")
        name = self.name()
        return Parameter(name) if name in PARAMETERS else Column(name)


def _may_be_number(value: Value) -> bool:
    """Whether the value could be a number; of a column only its table can tell."""
    if isinstance(value, Constant):
        return isinstance(value.value, int | Decimal) and not isinstance(value.value, bool)
    return isinstance(value, Column | Coalesce | Sum)


@lru_cache(maxsize=4_096)  # a night asks for the same conditions again and again, and a tree never changes
def parse(text: str) -> Predicate:
    """One predicate as a tree. Refuses (PredicateError) whatever is outside the grammar."""
    reader = _Reader(text)
    try:
        predicate = reader.predicate()
    except ValueError as error:  # 2024-02-30
        raise PredicateError(f"“{text}”: {error}") from None
    if reader.at < len(reader.tokens):
        raise reader.refuse("the end")
    return predicate


@lru_cache(maxsize=4_096)
def parse_measure(text: str) -> Measure:
    """`count where P`, `sum(column) where P` or `distinct(column) where P`; the condition may be left out."""
    match = re.fullmatch(r"\s*(count|(sum|distinct)\s*\(\s*(\w+)\s*\))\s*(?:\s+where\s+(.+))?", text, re.S | re.I)
    if match is None:
        raise PredicateError(f"“{text}”: “count”, “sum(column)” or “distinct(column)” expected, then “where”")
    where = parse(match[4]) if match[4] else None
    if match[2] is None:
        return Measure("count", None, where)
    return Measure("sum" if match[2].lower() == "sum" else "distinct", match[3], where)
