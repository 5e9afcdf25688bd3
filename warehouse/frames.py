"""Rows in files, read and written in order and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 50_000


def batches(rows: Path, size: int = BATCH) -> Iterator[pl.DataFrame]:
    """Rows of a Parquet file in batches of at most `size`: the memory of one batch, whatever the file."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(rows) as file:
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


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    # A column of a sheet that is empty throughout may come without a type.
    return frame.with_columns(pl.col("_row").cast(pl.Int32), pl.selectors.by_dtype(pl.Null).cast(pl.String))


class FrameWriter:
    """Appends frames to one Parquet file. `close()` writes an empty file with the schema when nothing came."""

    def __init__(self, path: Path, empty: pl.DataFrame) -> None:
        import pyarrow.parquet as pq

        self.path = path
        self.rows = 0
        self._empty = empty
        self._writer = pq.ParquetWriter(path, self._arrow(empty).schema, compression="zstd")

    def append(self, frame: pl.DataFrame) -> None:
        """Add rows. The columns are those of the empty frame, by name; types must agree."""
        if frame.height:
            self._writer.write_table(self._arrow(frame.select(self._empty.columns).cast(self._empty.schema)))
            self.rows += frame.height

    def close(self) -> None:
        """Finish the file."""
        if not self.rows:
            self._writer.write_table(self._arrow(self._empty))
        self._writer.close()

    @staticmethod
    def _arrow(frame: pl.DataFrame) -> pa.Table:
        return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
