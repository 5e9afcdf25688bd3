"""What came of one file: its sheets, loaded, refused or skipped; and how `ducha check` prints it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from warehouse.corrections import CorrectionLine
from warehouse.loaded import Loaded, Told
from warehouse.refusals import DeliveryRefused
from warehouse.return_slips import ReturnedSlip


@dataclass(frozen=True)
class SheetRead:
    """One sheet: exactly one of `refused`, `loaded`, `skipped` is set. `file` names the inner file of a zip.

    `dataset` is told as far as it was recognised, for a refused sheet too.
    """

    file: str
    sheet: str
    dataset: str | None = None
    refused: DeliveryRefused | None = None
    loaded: Loaded | None = None
    skipped: Told | None = None


@dataclass(frozen=True)
class FileRead:
    """One file. When `refused` is set there are no sheets; of a file refused as `secret` keep only the hash.

    A return slip (`slip`) and a 更正单 (`corrections`) are no deliveries by themselves: a dry run says so, the night
    amends what they list.
    """

    file: str
    sha256: str
    refused: DeliveryRefused | None
    sheets: tuple[SheetRead, ...]
    slip: ReturnedSlip | None = None
    corrections: tuple[CorrectionLine, ...] | None = None


def to_check_json(read: FileRead) -> dict[str, Any]:
    """One file as `ducha check --json` prints it. A file of which no sheet loads is refused, for its first reason.

    Skipped sheets are left out; a refused sheet beside loaded ones says why itself.
    """
    refused = read.refused or next((one.refused for one in read.sheets if one.refused), None)
    if any(one.loaded for one in read.sheets):
        refused = None
    return {
        "file": read.file,
        "sha256": read.sha256,
        "refused": _refusal(refused),
        "sheets": [_sheet_json(one) for one in read.sheets if not one.skipped and not refused],
    }


def _refusal(refused: DeliveryRefused | None) -> dict[str, str] | None:
    return {"code": refused.code, "say": refused.say} if refused else None


def _sheet_json(one: SheetRead) -> dict[str, Any]:
    if one.loaded is None:
        none: dict[str, Any] = {"dataset": one.dataset, "rows": 0, "loaded": 0, "quarantined": 0}
        return {"sheet": one.sheet, **none, "listed": {}, "reasons": [], "told": [], "refused": _refusal(one.refused)}
    loaded = one.loaded
    return {
        "sheet": one.sheet,
        "dataset": loaded.dataset,
        "rows": loaded.rows,
        "loaded": loaded.loaded,
        "quarantined": loaded.quarantined,
        "listed": dict(loaded.listed),
        "reasons": [
            {
                "rule": reason.rule,
                "column": reason.column,
                "count": reason.count,
                "examples": [
                    {"row": one.row, "cell": one.cell, "value": one.value, "say": one.say} for one in reason.examples
                ],
            }
            for reason in loaded.reasons
        ],
        "told": [{"code": told.code, "say": told.say} for told in loaded.told],
    }
