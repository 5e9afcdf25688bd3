"""The engine behind three methods: run, rows, frame. DuckDB here; a Spark engine answers the same three."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import polars as pl

# Files of newer storage versions cannot be opened by the DuckDB a county installed last year.
STORAGE_VERSION = "v1.5.0"


class Engine(Protocol):
    """What the rest of the warehouse asks of an engine."""

    def run(self, sql: str) -> None:
        """Run one or more statements."""

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, each a mapping by column."""

    def frame(self, sql: str) -> pl.DataFrame:
        """The rows of a query as a polars frame."""


class DuckEngine:
    """One DuckDB file, attached to an in-memory database so that work tables never reach the file.

    Nothing is ever downloaded: extensions that are not built in are an error. Without `scratch` a file that is read, or
    no file, spills into a folder of its own that goes with it.
    """

    def __init__(
        self,
        path: Path | None = None,
        read_only: bool = False,
        memory_limit: str = "1GB",
        threads: int = 2,
        scratch: Path | None = None,
    ) -> None:
        import duckdb

        self._forget: weakref.finalize[..., DuckEngine] | None = None
        config = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": memory_limit,
            "threads": str(threads),
        }
        folder = scratch or (path.parent if path is not None and not read_only else None)
        if folder is None:  # DuckDB would spill into the folder from which the command was given
            folder = Path(tempfile.mkdtemp(prefix="ducha-"))
            self._forget = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        config["temp_directory"] = str(folder)
        self.con: Any = duckdb.connect(config=config)
        self.path = path
        if path is not None:
            option = "READ_ONLY" if read_only else f"STORAGE_VERSION '{STORAGE_VERSION}'"
            self.con.execute(f"ATTACH {_text(str(path))} AS snapshot ({option})")
            self.con.execute("USE snapshot")

    def run(self, sql: str) -> None:
        """Run one or more statements."""
        self.con.execute(sql)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, each a mapping by column: Decimal, date, str, int, bool or None."""
        result = self.con.execute(sql)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def frame(self, sql: str) -> pl.DataFrame:
        """The rows of a query as a polars frame."""
        import polars as pl

        found = pl.from_arrow(self.con.sql(sql).to_arrow_table())
        assert isinstance(found, pl.DataFrame)
        return found

    def lend(self, name: str, frame: pl.DataFrame) -> None:
        """Let queries read a frame under a name until `take_back`."""
        self.con.register(name, frame.to_arrow())

    def take_back(self, name: str) -> None:
        """End what `lend` began."""
        self.con.unregister(name)

    def close(self) -> None:
        """Write everything into the one file and let go of it."""
        self.con.close()
        if self._forget is not None:
            self._forget()

    def __enter__(self) -> DuckEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
