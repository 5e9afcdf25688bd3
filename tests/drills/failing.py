"""Tests that count, stop, skip and fail: run by test_promises.py alone, which reads what their line says."""

from __future__ import annotations

import pytest

from tests.conftest import Cases


def test_counts(cases: Cases) -> None:
    assert list(cases.each("abc")) == ["a", "b", "c"]


def test_stops(cases: Cases) -> None:
    for number in cases.each(range(10)):
        assert number < 4


@pytest.mark.skip
def test_skipped(cases: Cases) -> None:
    cases.add(1000)


@pytest.mark.parametrize("number", range(5))
def test_one_by_one(number: int) -> None:
    pass


def test_fault_noticed() -> None:
    pass


def test_fault_missed() -> None:
    assert not "the drill noticed nothing"
