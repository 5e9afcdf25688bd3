"""Why rows wait in quarantine, as receipts, `check` and the ledger hold it."""

from __future__ import annotations

import polars as pl

from warehouse.declarations import read_declarations
from warehouse.quarantine import Reasons


def test_examples_of_a_reason_hold_nobodys_number() -> None:
    reasons = Reasons(read_declarations().contracts["legal_aid_cases"])
    found = {
        "rule": "damaged_number", "column": "phone", "_row": 4, "cell": "E4", "value": "13812345678 ",
        "say": "“13812345678”有误", "say_en": "13812345678 is wrong",
    }  # fmt: skip
    reasons.add(pl.DataFrame([found]))
    (reason,) = reasons.all()
    (example,) = reason.examples
    assert (reason.count, example.row, example.cell) == (1, 4, "E4")
    assert (example.value, example.say, example.say_en) == ("138***78", "“138***78”有误", "138***78 is wrong")
