"""Every export under tests/exports loads to the rows that stand beside it.

`<case>.json` was written by hand with the cells; the three csv files were read against the cells before they were kept.
To see what a change does to them: `python tests/warehouse/test_golden.py` writes them anew, and git shows the rest.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from warehouse.declarations import Declarations, read_declarations
from warehouse.delivery import FileRead, read_file
from warehouse.workdays import Calendar

EXPORTS = Path(__file__).parents[1] / "exports"
CASES = sorted(EXPORTS.glob("*/*.*.json"))
KINDS = ("core", "quarantine", "listed")
CORE_META = {"_dataset", "_delivery", "_supplier", "_file"}


def declared() -> Declarations:
    return read_declarations(EXPORTS / "catalogue")


@pytest.fixture(scope="session")
def declarations() -> Declarations:
    return declared()


def told_of(case: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(case.read_text("utf-8"))
    return told


@pytest.fixture(scope="session")
def calendar(declarations: Declarations) -> Calendar:
    return Calendar(declarations.holidays)


def read_case(case: Path, declarations: Declarations, calendar: Calendar, work: Path) -> FileRead:
    told = told_of(case)
    path = case.with_suffix("")
    return read_file(
        path,
        told.get("display_name", path.name),
        told["supplier"],
        declarations,
        calendar,
        date.fromisoformat(told["received_on"]),
        date.fromisoformat(told["as_of"]),
        work,
        "G",
    )


def rendered(read: FileRead, kind: str) -> str:
    """All sheets' rows of one kind as csv a person can read; columns that are empty throughout are left out."""
    frames = []
    for sheet in read.sheets:
        if sheet.loaded:
            path = {
                "core": sheet.loaded.core_path,
                "quarantine": sheet.loaded.quarantine_path,
                "listed": sheet.loaded.listed_path,
            }[kind]
            frames.append(pl.read_parquet(path).sort("_row"))
    frame = pl.concat(frames)
    drop = CORE_META | ({"say_en", "_period_start", "_period_end"} if kind == "quarantine" else set())
    order = ["_sheet", "_row", *(name for name in frame.columns if name not in ("_sheet", "_row"))]
    names = [name for name in order if name not in drop and (name == "_row" or frame[name].drop_nulls().len())]
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(names)
    for row in frame.select(names).rows():
        writer.writerow([_shown(value) for value in row])
    return lines.getvalue()


def _shown(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    return text.rstrip("0").rstrip(".") if type(value).__name__ == "Decimal" else text


def golden(case: Path, kind: str) -> Path:
    return case.with_name(case.name.removesuffix(".json") + f".{kind}.csv")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name.removesuffix('.json')}")
def test_an_export_loads_as_it_was_read_by_a_person(
    case: Path, declarations: Declarations, calendar: Calendar, tmp_path: Path
) -> None:
    told = told_of(case)
    read = read_case(case, declarations, calendar, tmp_path)
    if "refused" in told:
        assert read.refused is not None and (read.refused.code, read.sheets) == (told["refused"], ())
        assert read.refused.say and read.refused.say_en
        return
    assert read.refused is None
    assert len(read.sheets) == len(told["sheets"])
    for sheet, wanted in zip(read.sheets, told["sheets"], strict=True):
        if sheet.loaded is None:
            found = (
                {"refused": sheet.refused.code} if sheet.refused else {"skipped": sheet.skipped and sheet.skipped.code}
            )
            assert found == wanted
            continue
        loaded = sheet.loaded
        assert loaded.rows == loaded.loaded + loaded.quarantined + sum(loaded.listed.values())
        rows = {kind: pl.read_parquet(path) for kind, path in zip(KINDS, _paths(sheet), strict=True)}
        found = {
            "dataset": loaded.dataset,
            "periods": list(loaded.coverage.periods),
            "rows": loaded.rows,
            "loaded": rows["core"].height,
            "quarantined": {
                str(row): rule for row, rule in rows["quarantine"].sort("_row").select("_row", "rule").rows()
            },
            "listed": {str(row): kind for row, kind in rows["listed"].sort("_row").select("_row", "kind").rows()},
            "told": [one.code for one in loaded.told],
            "totals_tie": loaded.totals_tie,
        }
        assert found == wanted
        assert dict(loaded.listed) == dict(Counter(rows["listed"]["kind"]))
    if any(sheet.loaded for sheet in read.sheets):
        for kind in KINDS:
            assert rendered(read, kind) == golden(case, kind).read_text("utf-8")


def _paths(sheet: Any) -> tuple[Path, Path, Path]:
    return sheet.loaded.core_path, sheet.loaded.quarantine_path, sheet.loaded.listed_path


def test_every_dataset_has_a_golden_case(declarations: Declarations) -> None:
    assert set(declarations.contracts) <= {case.parent.name for case in CASES}
    assert len(CASES) >= 60


def test_every_export_stands_beside_what_it_says() -> None:
    kept = {case.with_suffix("") for case in CASES}
    lone = [
        path.name
        for path in EXPORTS.glob("*/*")
        if path.is_file() and path.suffix not in (".json", ".yml") and path not in kept
        and not path.name.endswith(tuple(f".{kind}.csv" for kind in KINDS))
    ]  # fmt: skip
    assert lone == []


if __name__ == "__main__":
    declarations_now = declared()
    calendar_now = Calendar(declarations_now.holidays)
    for one in CASES:
        if len(sys.argv) == 1 or any(part in one.name for part in sys.argv[1:]):
            with tempfile.TemporaryDirectory() as folder:
                result = read_case(one, declarations_now, calendar_now, Path(folder))
                if any(sheet.loaded for sheet in result.sheets):
                    for kind_now in KINDS:
                        golden(one, kind_now).write_text(rendered(result, kind_now), "utf-8")
