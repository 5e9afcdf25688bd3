"""The table of promises holds: each has a line, a quick form in the suite and its faults; and a line cannot lie."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import FULL
from tests.drills.lines import KEPT, ROOT, Promise, Result, is_well, line, parts, read_promises, whole
from tests.drills.run import count, run_promise

PROMISES = read_promises()
DRILL = Path(__file__).with_name("failing.py")


def test_every_promise_has_a_line_in_its_order() -> None:
    assert [one.name for one in PROMISES] == [f"P{number}" for number in range(1, 35)]
    assert all(one.promise and one.of and one.cases > 0 and one.tests for one in PROMISES)
    assert len({one.promise for one in PROMISES}) == 34


def test_every_promise_has_a_planted_fault_that_its_tests_must_notice() -> None:
    assert [one.name for one in PROMISES if not one.faults] == []
    assert all("notice" in node.rpartition("::")[2] for one in PROMISES for node in one.faults)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda one: one.name)
def test_what_a_line_names_is_there_and_runs_in_the_suite(promise: Promise) -> None:
    for node in (*promise.tests, *promise.full_tests, *promise.faults):
        path, _, name = node.partition("::")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        names = {one.name for one in tree.body if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")}
        assert path.startswith("tests/") and (name in names if name else names), node
    for option, value in zip(promise.full[::2], promise.full[1::2], strict=True):
        assert FULL[option][0] < int(value), f"{option}: the quick form is the full one"


def a_promise(tests: tuple[str, ...], faults: tuple[str, ...] = ()) -> Promise:
    where = DRILL.relative_to(ROOT).as_posix()
    nodes = tuple(f"{where}::{name}" for name in tests)
    return Promise("P0", "of a test", 3, "things", nodes, (), (), tuple(f"{where}::{name}" for name in faults))


def test_a_line_says_what_ran_and_what_failed() -> None:
    shown: list[int] = []
    names = ("test_counts", "test_stops", "test_skipped", "test_one_by_one")
    promise = a_promise(names, ("test_fault_noticed", "test_fault_missed"))
    result = run_promise(promise, "key", "commit", 7, shown.append)
    # Three counted, four before the one that failed; five tests beside them are of another kind, one was skipped.
    assert (result.cases, result.failures, result.skipped, result.noticed, result.faults) == (7, 1, 1, 1, 2)
    assert not is_well(promise, result)
    # A test that is gone is a failure and no silence, and so is a fault that nobody planted.
    gone = a_promise((*names, "test_gone"), ("test_no_fault",))
    counts = count(KEPT / "P0.xml", gone)
    assert (counts["failures"], counts["noticed"], counts["faults"]) == (3, 0, 1)
    assert line(promise, result).startswith("P0         7 things, 1 failures, 1 of 2 planted faults noticed, 1 skipped")


def test_a_run_that_left_no_report_is_a_failure() -> None:
    assert count(KEPT / "nothing.xml", a_promise(("test_counts",)))["failures"] == 1


def test_fewer_cases_than_promised_are_not_well() -> None:
    promise = a_promise(("test_counts",))
    ran = Result("k", 2, 0, 0, 0, 0, 1.0, 7, "c", "2026-01-01", sys.platform)
    assert not is_well(promise, ran) and "2 things (of 3)" in line(promise, ran)


def test_a_line_in_two_parts_is_the_sum_of_them_and_tests_are_cases_only_where_nothing_else_is() -> None:
    (whole_line,) = parts(a_promise(("test_counts",)))
    promise = replace(whole_line, full_tests=("more",), faults=("fault",))
    first, second = parts(promise)
    assert (first.name, first.tests, first.faults) == ("P0.1", whole_line.tests, ("fault",))
    assert (second.name, second.tests, second.faults, second.full_tests) == ("P0.2", ("more",), (), ())
    ran = Result("k", 900, 0, 1, 1, 0, 2.5, 7, "c", "2026-01-01", sys.platform)
    assert whole([ran]) == ran
    both = whole([ran, replace(ran, key="l", cases=100, failures=1, noticed=0, faults=0)])
    assert (both.cases, both.failures, both.noticed, both.faults, both.seconds, both.key) == (1000, 1, 1, 1, 5.0, "")
    assert whole([replace(ran, cases=2, told=False), ran]).cases == 900
    assert whole([replace(ran, cases=2, told=False), replace(ran, cases=3, told=False)]).cases == 5
