"""The closed grammar: what it reads, what it refuses, and that SQL and polars mean the same by it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.declarations import read_declarations
from warehouse.predicates import (
    Measure,
    PredicateError,
    check_names,
    check_sums,
    columns_of,
    lookups_of,
    parameters_of,
    parse,
    parse_measure,
    to_polars,
    to_sql,
)

AS_OF = date(2025, 2, 6)
PARAMETERS = {name: f"DATE '{day}'" for name, day in {"as_of": AS_OF, "period_start": "2024-01-01"}.items()}


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("is_final", "r.is_final"),
        ("a = 'it''s' or not b", "((r.a = 'it''s') OR (NOT r.b))"),
        ("issued_on >= 2024-08-01 and x is not null", "((r.issued_on >= DATE '2024-08-01') AND (r.x IS NOT NULL))"),
        ("a <= as_of - 30 days", "(r.a <= CAST(DATE '2025-02-06' + INTERVAL '-30' DAY AS DATE))"),
        ("n not in (1, -2.5)", "(NOT (r.n IN (1, -2.5)))"),
        ("a + 3 > 1", "((CAST(r.a AS DECIMAL(38,6)) + CAST(3 AS DECIMAL(38,6))) > 1)"),
        ("a - -1 = coalesce(b, 0)", "((CAST(r.a AS DECIMAL(38,6)) - CAST(-1 AS DECIMAL(38,6))) = coalesce(r.b, 0))"),
        ("a + 3 days - 1 days < b", "(CAST(CAST(r.a + INTERVAL '3' DAY AS DATE) + INTERVAL '-1' DAY AS DATE) < r.b)"),
        ("a != 3 AND (b OR c)", "((r.a <> 3) AND (r.b OR r.c))"),
        (
            "(a, b) in d(x, y where z = period_start)",
            "((r.a, r.b) IN (SELECT r_in.x, r_in.y FROM d r_in"
            " WHERE r_in.x IS NOT NULL AND r_in.y IS NOT NULL AND (r_in.z = DATE '2024-01-01')))",
        ),
    ],
)  # fmt: skip
def test_a_predicate_becomes_portable_sql(text: str, sql: str) -> None:
    assert to_sql(parse(text), PARAMETERS) == sql


@pytest.mark.parametrize(
    "text",
    ["", "a =", "a = 1 b", "a; drop table x", "a + 1.5 days > b", "a > 2024-02-30", "(a, b)", "a in (b)",
     "a like 'x%'", "'x'", "a = 'b\\c'", "(a, b) in d(x)", "now() > a", "a = \"b\"", "not",
     "a + > 1", "a + 'x' > 1", "a + true > 1", "a + 2024-01-01 > 1", "as_of + 1 > b", "a - as_of > 1", "a + b days > c",
     "a + b + 3 days > c", "a + 3 days + 1 > c", "a + b", "a * b = c", "a = b ++ c"],
)  # fmt: skip
def test_whatever_is_outside_the_grammar_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(PredicateError, match="“"):
        parse(text)


def test_an_unknown_column_names_the_nearest_one() -> None:
    tables = {"credit_checks": {"credit_code", "checked_on"}}
    with pytest.raises(PredicateError, match="no column “issued_om”; did you mean “issued_on”"):
        check_names(parse("issued_om is null"), {"issued_on"}, {})
    with pytest.raises(PredicateError, match="credit_checks has no column “checked_at”; did you mean “checked_on”"):
        check_names(parse("a in credit_checks(credit_code where checked_at > as_of)"), {"a"}, tables)
    with pytest.raises(PredicateError, match="no dataset “credit_check”; did you mean “credit_checks”"):
        check_names(parse("a in credit_check(credit_code)"), {"a"}, tables)


@pytest.mark.parametrize(
    "text",
    ["n + t > 1", "n + f > 1", "d - e > 1", "n in x(n where n - d > 1)", "coalesce(t, 0) - n = 0",
     "coalesce(n, 'x') + 1 = 2"],
)  # fmt: skip
def test_only_numbers_are_added(text: str) -> None:
    numbers = {"x": {"n", "m"}}
    with pytest.raises(PredicateError, match="is not a number"):
        check_sums(parse(text), numbers, "x")
    check_sums(parse("coalesce(n, 0) + m - 1.5 >= 0 and d + 3 days < e and t = 'a'"), numbers, "x")


def test_a_sum_of_a_null_is_null_and_a_written_zero_is_not() -> None:
    frame = pl.DataFrame({"a": [1, None], "b": [2, 2], "total": [3, 2]})
    plain = frame.select(x=to_polars(parse("a + b = total"), AS_OF))["x"].to_list()
    filled = frame.select(x=to_polars(parse("coalesce(a, 0) + b = total"), AS_OF))["x"].to_list()
    assert (plain, filled) == ([True, None], [True, True])


def test_columns_parameters_and_lookups_are_told_apart() -> None:
    tree = parse("(unit, name) in reports(unit, name where year_on = period_end) and coalesce(held_on, x) < as_of")
    assert columns_of(tree) == {"unit", "name", "held_on", "x"}
    assert parameters_of(tree) == {"period_end", "as_of"}
    assert [lookup.dataset for lookup in lookups_of(tree)] == ["reports"]


def test_a_measure_is_count_sum_or_distinct() -> None:
    assert parse_measure("count") == Measure("count", None, None)
    assert parse_measure("sum(amount_yuan) where paid").column == "amount_yuan"
    assert parse_measure("distinct(unit) where standing = 'short'").kind == "distinct"
    with pytest.raises(PredicateError):
        parse_measure("avg(x)")


def test_every_packaged_predicate_reads() -> None:
    declared = read_declarations()
    for metric in declared.metrics.values():
        for text in (metric.numerator, metric.denominator):
            if text:
                parse_measure(text)
    for contract in declared.contracts.values():
        for rule in contract.rules.values():
            assert columns_of(parse(rule.check)) <= set(contract.columns)
            to_polars(parse(rule.check), AS_OF)


days = st.dates(date(2024, 1, 1), date(2024, 1, 9))
comparisons = st.one_of(
    st.builds("{} {} {}".format, st.sampled_from(["d", "e", "d + 3 days", "coalesce(d, e)"]),
              st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), days | st.sampled_from(["d", "e", "as_of"])),
    st.builds("t {} ('a', 'c')".format, st.sampled_from(["in", "not in"])),
    st.builds("n {} {}".format, st.sampled_from(["=", "<", ">="]), st.sampled_from(["1", "1.5", "-2"])),
    st.builds("{} {} {} {} {} {}".format, st.sampled_from(["n", "m", "coalesce(n, 0)", "coalesce(m, 0)", "-1"]),
              st.sampled_from("+-"), st.sampled_from(["n", "m", "0.25", "2", "k"]),
              st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), st.sampled_from(["n", "m", "k", "1", "-0.25"]),
              st.sampled_from(["", "+ n", "- m", "- k", "+ 0.5 - n"])),
    st.sampled_from(["f", "f = true", "d is null", "t is not null", "m >= 0.5"]),
)  # fmt: skip
predicates = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "d": st.none() | days,
            "e": st.none() | days,
            "t": st.none() | st.sampled_from("abc"),
            "n": st.none() | st.integers(-3, 3),
            "k": st.none() | st.integers(-(10**18) + 1, 10**18 - 1),
            "m": st.none() | st.sampled_from([Decimal("0.5"), Decimal("0.49"), Decimal(2)]),
            "f": st.none() | st.booleans(),
        }
    ),
    min_size=1,
    max_size=12,
)
SCHEMA = {
    "d": pl.Date,
    "e": pl.Date,
    "t": pl.Utf8,
    "n": pl.Int64,
    "k": pl.Int64,
    "m": pl.Decimal(24, 6),
    "f": pl.Boolean,
}


@settings(max_examples=150, deadline=None)
@given(predicates, rows)
def test_sql_and_polars_give_true_false_or_null_alike(text: str, found: list[dict[str, object]]) -> None:
    frame = pl.DataFrame(found, schema=SCHEMA)
    tree = parse(text)
    in_polars = frame.with_columns(x=to_polars(tree, date(2024, 1, 5)))["x"].to_list()  # as rules of rows are read
    with duckdb.connect() as con:
        con.register("rows_of", frame.to_arrow())
        sql = to_sql(tree, {"as_of": "DATE '2024-01-05'"})
        in_sql = [value for (value,) in con.execute(f"SELECT {sql} FROM rows_of r").fetchall()]
    assert in_polars == in_sql
