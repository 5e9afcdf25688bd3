"""What was written and planted, so that a reader can hold the night's result against it. The night never reads it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from flows.sample_county.plants import Plant


@dataclass(frozen=True)
class SampleFile:
    """One file. `rows` are those of its table: without title, header, total and notes."""

    path: str
    dataset: str
    supplier: str
    rows: int
    arrived_at: str


@dataclass(frozen=True)
class Manifest:
    """One sample year. `figures`: metric -> the county's numerator and denominator for the year."""

    county: str
    year: int
    seed: int
    scale: int
    clean: bool
    files: tuple[SampleFile, ...]
    plants: tuple[Plant, ...]
    figures: dict[str, dict[str, int | None]]

    def write(self, path: Path) -> None:
        """As JSON with sorted keys."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        path.write_text(text + "\n", encoding="utf-8")
