"""What was written and planted, so that a reader can hold the night's result against it. The night never reads it."""

from __future__ import annotations

from pathlib import Path

from flows.sample_county.planting import Plant
from warehouse.models import Model


class SampleFile(Model):
    """One file. `rows` are those of its table: without title, header, total and notes."""

    path: str
    dataset: str
    supplier: str
    rows: int
    arrived_at: str


class CountyFigure(Model):
    """The county's figure for the year; a count has no denominator."""

    numerator: int
    denominator: int | None = None


class Manifest(Model):
    """One sample year. Every standing of the year that is not met is expected by a plant."""

    county: str
    year: int
    seed: int
    scale: int
    clean: bool
    files: tuple[SampleFile, ...]
    plants: tuple[Plant, ...]
    figures: dict[str, CountyFigure]

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
