"""The rules that a contract sets for each row, checked and compiled before the first row is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import polars as pl

from warehouse.models import Contract
from warehouse.predicates import PredicateError, check_names, check_sums, columns_of, parse, to_polars
from warehouse.readings import core_schema
from warehouse.yaml_reader import DeclarationError


@dataclass(frozen=True)
class RowRule:
    """A row for which `check` is false is quarantined; null passes. `column` is where its fault is shown."""

    name: str
    check: pl.Expr
    column: str
    say: str
    say_en: str


def row_rules(dataset: str, contract: Contract, as_of: date) -> tuple[RowRule, ...]:
    """The rules of a contract, ready to run.

    Refuses (DeclarationError, naming dataset and rule) a check that does not parse, names no column of the contract,
    looks into another dataset, or compares values of different types.
    """
    schema = core_schema(contract) | {name: pl.Date() for name in contract.due_columns}
    empty = pl.DataFrame(schema=schema)
    numbers = {name for name, kind in schema.items() if kind.is_numeric()}
    found = []
    for name, rule in contract.rules.items():
        try:
            tree = parse(rule.check)
            check_names(tree, schema.keys(), {})
            check_sums(tree, {dataset: numbers}, dataset)
            check = to_polars(tree, as_of)
            if (kind := empty.select(check.alias("check")).schema["check"]) != pl.Boolean:
                raise PredicateError(f"it gives {kind}, not true or false")
        except (PredicateError, pl.exceptions.PolarsError) as error:
            first = str(error).splitlines()[0]
            raise DeclarationError(f"datasets/{dataset}.yml: rules.{name}: “{rule.check}”: {first}") from None
        used = columns_of(tree)
        # The cell to look at is that of the column which the check names first: reviewed_on >= accepted_on.
        named = (word for word in re.findall(r"\w+", rule.check) if word in used and word in contract.columns)
        column = next(named, next(iter(contract.columns)))
        found.append(RowRule(name, check, column, rule.say, rule.say_en or f"the rule {name} does not hold"))
    return tuple(found)
