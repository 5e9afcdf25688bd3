"""The tree of a predicate: what the closed grammar of metrics and row rules can say, and walking over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal


class PredicateError(Exception):
    """A predicate that does not read. `str()` is one sentence with the place and, if there is one, the nearest name."""


@dataclass(frozen=True)
class Column:
    """A column of the row set."""

    name: str


@dataclass(frozen=True)
class Constant:
    """A text, number, date or flag."""

    value: str | int | Decimal | date | bool


@dataclass(frozen=True)
class Parameter:
    """`as_of`, `period_start` or `period_end`."""

    name: str


@dataclass(frozen=True)
class Shift:
    """A date plus (or minus) whole days."""

    value: Value
    days: int


@dataclass(frozen=True)
class Coalesce:
    """The first value that is not NULL."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class Sum:
    """Numbers added and taken away, exactly; NULL in any of them gives NULL."""

    first: Value
    rest: tuple[tuple[Literal["+", "-"], Value], ...]

    @property
    def values(self) -> tuple[Value, ...]:
        """All that is added or taken away."""
        return (self.first, *(value for _, value in self.rest))


Value = Column | Constant | Parameter | Shift | Coalesce | Sum


@dataclass(frozen=True)
class Compare:
    """Two values compared; NULL on either side gives NULL."""

    sign: str
    left: Value
    right: Value


@dataclass(frozen=True)
class Joined:
    """All parts (and), or any part (or)."""

    word: Literal["and", "or"]
    parts: tuple[Predicate, ...]


@dataclass(frozen=True)
class Negated:
    """NOT: NULL stays NULL."""

    part: Predicate


@dataclass(frozen=True)
class Flag:
    """A bare flag column as a predicate."""

    value: Value


@dataclass(frozen=True)
class IsNull:
    """The value is NULL."""

    value: Value


@dataclass(frozen=True)
class InList:
    """The value is one of the constants."""

    value: Value
    constants: tuple[Constant, ...]


@dataclass(frozen=True)
class InDataset:
    """The values stand together in a row of another dataset for which `where` holds."""

    values: tuple[Value, ...]
    dataset: str
    columns: tuple[str, ...]
    where: Predicate | None


Predicate = Compare | Joined | Negated | Flag | IsNull | InList | InDataset
Node = Predicate | Value


@dataclass(frozen=True)
class Measure:
    """What one side of a metric counts: rows, the sum of a column, or its distinct values, where a predicate holds."""

    kind: Literal["count", "sum", "distinct"]
    column: str | None
    where: Predicate | None


def nodes(node: Node | None) -> Iterator[Node]:
    """The node and all inside it, without what stands inside another dataset's brackets."""
    if node is None:
        return
    yield node
    match node:
        case Compare(_, left, right):
            children: tuple[Node, ...] = (left, right)
        case Joined(_, parts):
            children = parts
        case Negated(part):
            children = (part,)
        case Flag(value) | IsNull(value) | InList(value) | Shift(value):
            children = (value,)
        case InDataset(values) | Coalesce(values):
            children = values
        case Sum():
            children = node.values
        case _:
            children = ()
    for child in children:
        yield from nodes(child)


def columns_of(node: Node | None) -> set[str]:
    """The columns of the row set itself that a predicate reads."""
    return {one.name for one in nodes(node) if isinstance(one, Column)}


def lookups_of(node: Node | None) -> list[InDataset]:
    """Every `in dataset(...)`, those inside another one's condition included."""
    found: list[InDataset] = []
    for one in nodes(node):
        if isinstance(one, InDataset):
            found += [one, *lookups_of(one.where)]
    return found


def parameters_of(node: Node | None) -> set[str]:
    """The parameters that a predicate reads, those inside another dataset's brackets included."""
    trees = [node, *(lookup.where for lookup in lookups_of(node))]
    return {one.name for tree in trees for one in nodes(tree) if isinstance(one, Parameter)}
