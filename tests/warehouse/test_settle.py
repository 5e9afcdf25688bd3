from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.settle import Version, same_version, standing_versions, why_held


def version(number: int, first: int, last: int, mode: str = "replace", sha: str = "", sheet: str = "a.csv/") -> Version:
    start, end = date(2024, first, 1), date(2024, last, 28)
    return Version(f"D{number}", "legal_aid_cases", "justice_bureau", sha or f"{number}", sheet, start, end, mode)


def test_a_replaced_month_is_gone_and_a_half_replaced_span_stays() -> None:
    quarter, january = version(1, 1, 3), version(2, 1, 1)
    assert standing_versions([quarter, january]) == [quarter, january]
    assert standing_versions([january, quarter]) == [quarter]


def test_touching_spans_together_cover_an_older_one() -> None:
    whole = Version("D0", "d", "s", "0", "a/", date(2024, 1, 1), date(2024, 3, 31), "replace")
    first = Version("D1", "d", "s", "1", "b/", date(2024, 1, 1), date(2024, 1, 31), "replace")
    rest = Version("D2", "d", "s", "2", "c/", date(2024, 2, 1), date(2024, 3, 31), "replace")
    assert standing_versions([whole, rest, first]) == [rest, first]
    assert standing_versions([whole, first]) == [whole, first]


def test_the_same_bytes_under_another_name_are_a_duplicate_and_another_sheet_is_not() -> None:
    old = version(1, 1, 1, sha="x", sheet="a.xlsx/Sheet1")
    assert same_version(version(2, 1, 1, sha="x", sheet="b.xlsx/Sheet1"), [old]) == old
    assert same_version(version(2, 1, 1, sha="x", sheet="a.xlsx/Sheet2"), [old]) is None
    assert same_version(version(2, 1, 2, sha="x", sheet="a.xlsx/Sheet1"), [old]) is None


def test_a_settlement_that_forgets_where_a_version_lay_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it would be if a file under another name were another file."""
    monkeypatch.setattr("warehouse.settle._inner", lambda sheet: sheet)
    with pytest.raises(AssertionError):
        test_the_same_bytes_under_another_name_are_a_duplicate_and_another_sheet_is_not()


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), min_size=1, max_size=12))
def test_the_last_version_of_every_month_always_stands(spans: list[tuple[int, int]]) -> None:
    versions = [version(n, first, min(12, first + more)) for n, (first, more) in enumerate(spans)]
    kept = {v.delivery_id for v in standing_versions(versions)}
    for month in range(1, 13):
        covering = [v for v in versions if v.coverage_start.month <= month <= v.coverage_end.month]
        assert not covering or covering[-1].delivery_id in kept


def test_dropping_more_than_a_fifth_or_a_cited_row_is_held() -> None:
    assert why_held(100, 20, []) is None
    shrinks = why_held(100, 21, [])
    assert shrinks is not None and shrinks.code == "shrinks"
    cited = why_held(100, 1, ["样政发〔2024〕3号"])
    assert cited is not None and cited.code == "drops_cited_rows" and "样政发〔2024〕3号" in cited.say
    assert why_held(0, 0, []) is None


def test_a_return_slip_stands_exactly_as_long_as_what_it_amends() -> None:
    first = Version("1", "cases", "bureau", "a", "f/s", date(2024, 1, 1), date(2024, 12, 31), "replace")
    slip = Version("2", "cases", "bureau", "b", "g/s", date(2024, 1, 1), date(2024, 12, 31), "replace", "1")
    whole = Version("3", "cases", "bureau", "c", "h/s", date(2024, 1, 1), date(2024, 12, 31), "replace")
    assert standing_versions([first, slip]) == [first, slip]
    assert standing_versions([first, slip, whole]) == [whole]
    assert standing_versions([slip]) == []
