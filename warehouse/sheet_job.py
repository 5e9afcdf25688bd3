"""What a guarded child is asked to read, and the sheets it hands back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warehouse.header_cells import Merge
from warehouse.refusals import refuse
from warehouse.text_rows import RowWriter

MAX_SHEETS = 300
MAX_MERGED = 20_000


@dataclass
class SheetJob:
    """One file to read into `folder`: a Parquet file per sheet, and what else is known of each."""

    path: Path
    file: str
    folder: Path
    max_unzipped: int
    max_ratio: int
    encoding: str | None = None
    sheets: list[dict[str, Any]] = field(default_factory=list)
    opened: int = 0

    def open_sheet(self, name: str) -> RowWriter:
        """A writer for the next sheet."""
        if self.opened >= MAX_SHEETS:
            raise refuse("too_many_sheets", self.file, limit=MAX_SHEETS)
        self.opened += 1
        return RowWriter(self.folder / f"sheet-{self.opened}.parquet", self.file, name)

    def close_sheet(
        self, writer: RowWriter, merged: Sequence[Merge] = (), hidden: bool = False, encoding: str = ""
    ) -> None:
        """Finish a sheet and note it."""
        writer.finish(merged)
        damaged = writer.path.with_suffix(".damaged")
        damaged.write_bytes(writer.damaged.tobytes())
        self.sheets.append({
            "name": writer.sheet, "rows": str(writer.path), "damaged": str(damaged), "width": writer.width,
            "height": writer.height, "hidden": hidden, "merged": list(merged)[:MAX_MERGED], "encoding": encoding,
            "hidden_rows": writer.hidden_rows,
        })  # fmt: skip
