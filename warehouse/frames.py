"""Rows in files, read and written in order and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH = 50_000
FEW = 5_000


def batches(rows: Path, size: int = BATCH) -> Iterator[pl.DataFrame]:
    """Rows of a Parquet file in batches of at most `size`: the memory of one batch, whatever the file."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(rows) as file:
        if 0 < file.metadata.num_rows <= size:  # most sheets: half of the time of an iterator
            yield _frame(file.read(use_threads=False))
            return
        for batch in file.iter_batches(batch_size=size):
            yield _frame(batch)


def head(rows: Path, count: int) -> pl.DataFrame:
    """The first `count` rows."""
    for frame in batches(rows, count):
        return frame
    return pl.DataFrame(schema={"_row": pl.Int32})


def tail(rows: Path, count: int) -> pl.DataFrame:
    """The last `count` rows, without their numbers."""
    return pl.scan_parquet(rows, glob=False).tail(count).collect().drop("_row")


def _frame(batch: pa.RecordBatch | pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    # A column of a sheet that is empty throughout may come without a type.
    untyped = [pl.col(name).cast(pl.String) for name, kind in frame.schema.items() if kind == pl.Null]
    if untyped or frame.schema["_row"] != pl.Int32:
        frame = frame.with_columns(pl.col("_row").cast(pl.Int32), *untyped)
    return frame


class FrameWriter:
    """Appends frames to one Parquet file. `close()` writes an empty file with the schema when nothing came.

    A first frame of few rows waits in memory: nearly every sheet is one, and a file of one frame costs half.
    """

    def __init__(self, path: Path, empty: pl.DataFrame) -> None:
        self.path = path
        self.rows = 0
        self._empty = empty
        self._waiting: pl.DataFrame | None = None
        self._writer: pq.ParquetWriter | None = None

    def append(self, frame: pl.DataFrame) -> None:
        """Add rows. The columns are those of the empty frame, by name; types must agree."""
        if not frame.height:
            return
        frame = frame[self._empty.columns]
        if frame.schema != self._empty.schema:
            frame = frame.cast(self._empty.schema)
        if not self.rows and frame.height <= FEW:
            self._waiting = frame
        else:
            self._write(frame)
        self.rows += frame.height

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()
        else:
            (self._empty if self._waiting is None else self._waiting).write_parquet(self.path, compression="zstd")

    def take_back(self) -> Iterator[pl.DataFrame]:
        """Instead of `close`: the rows in their order, as often as asked. `forget` then removes what was written."""
        if self._writer is not None:
            self._writer.close()
            yield from batches(self.path)
        elif self._waiting is not None:
            yield self._waiting

    def forget(self) -> None:
        """Remove the file, if there is one."""
        self.path.unlink(missing_ok=True)

    def _write(self, frame: pl.DataFrame) -> None:
        import pyarrow.parquet as pq

        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, self._arrow(self._empty).schema, compression="zstd")
            if self._waiting is not None:
                self._writer.write_table(self._arrow(self._waiting))
                self._waiting = None
        self._writer.write_table(self._arrow(frame))

    @staticmethod
    def _arrow(frame: pl.DataFrame) -> pa.Table:
        return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
