"""The quick ways of reading a column give what the readers of single cells give."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import cells
from warehouse.models import Column
from warehouse.readings import _only_last, _quick

NUMBER = st.integers(0, 99)
SIGN = st.sampled_from("-/.")
YEAR = st.sampled_from(["1899", "1900", "2024", "2023", "2199", "2200", "24"])


@st.composite
def moments(draw: st.DrawFn) -> str:
    month, day = draw(st.integers(0, 14)), draw(st.integers(0, 33))
    wide = draw(st.booleans())
    text = draw(YEAR) + draw(SIGN) + (f"{month:02d}" if wide else str(month)) + draw(SIGN)
    text += f"{day:02d}" if wide else str(day)
    if draw(st.booleans()):
        text += f" {draw(st.integers(0, 25)):02d}:{draw(st.integers(0, 61)):02d}:{draw(st.integers(0, 61)):02d}"
    elif draw(st.booleans()):
        text += f" {draw(st.integers(0, 25))}:{draw(st.integers(0, 61))}:{draw(st.integers(0, 61))}"
    return text


def read_quickly(texts: list[str], column: Column) -> pl.Series:
    return pl.DataFrame({"raw": texts}).select(_quick(pl.col("raw"), column)).to_series()


@settings(max_examples=400, deadline=None)
@given(st.lists(moments(), min_size=1, max_size=20))
def test_days_and_times_read_quickly_are_those_of_the_readers(texts: list[str]) -> None:
    for kind, read in (("date", cells.read_date), ("timestamp", cells.read_timestamp)):
        quick = read_quickly(texts, Column.model_validate({"header": ("日期",), "type": kind}))
        for text, value in zip(texts, quick.to_list(), strict=True):
            if value is not None:
                assert value == read(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.sampled_from("样例2024-_AbN/无—.0 　\u200b１"), max_size=14), min_size=1, max_size=20))
def test_texts_read_quickly_are_those_of_the_readers(texts: list[str]) -> None:
    for kind, read in (("text", cells.read_text), ("identifier", cells.read_identifier)):
        column = Column.model_validate({"header": ("编号",), "type": kind})
        quick = read_quickly(texts, column)
        for text, value in zip(texts, quick.to_list(), strict=True):
            if value is not None:
                assert (value, False) == (read(text), cells.is_empty(text, kind))


def test_of_a_label_the_right_most_filled_cell_is_left() -> None:
    data = pl.DataFrame(
        {"c0": ["总项", None, " ", "总项", None], "c1": ["（一）", "（三）", "（三）", "（二）", None],
         "c2": [None, "1.秘密", "　", "/", None], "c3": ["5", None, "6", "7", "8"]}
    )  # fmt: skip
    kept = _only_last(data, (0, 1, 2))
    assert kept.rows() == [
        (None, "（一）", None, "5"),
        (None, None, "1.秘密", None),
        (None, "（三）", None, "6"),
        (None, "（二）", None, "7"),  # a mark for “empty” is no label
        (None, None, None, "8"),
    ]
