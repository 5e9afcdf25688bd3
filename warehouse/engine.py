"""The engine behind three methods: run, rows, frame. DuckDB for a county; for a province DuckDB or a Spark cluster.

Both read DuckDB's SQL, as metrics are compiled to it. What Spark says otherwise is changed here and nowhere else.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import polars as pl

# Files of newer storage versions cannot be opened by the DuckDB a county installed last year.
STORAGE_VERSION = "v1.5.0"
T = TypeVar("T")
SPARK_TYPES = {"VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ"}


class Engine(Protocol):
    """What the rest of the warehouse asks of an engine."""

    def run(self, sql: str) -> None:
        """Run one or more statements."""

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, each a mapping by column."""

    def frame(self, sql: str) -> pl.DataFrame:
        """The rows of a query as a polars frame."""


class LakeEngine(Engine, Protocol):
    """An engine that reads Parquet where it lies."""

    def lend_files(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """Let queries read these files as one table of these columns; without a file it is empty."""

    def close(self) -> None:
        """Let go of everything."""


class EngineMissing(Exception):
    """An engine that is not installed or does not answer; `str()` says what to do, in both languages."""


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
        threads: int | None = None,
        scratch: Path | None = None,
    ) -> None:
        """`threads`: as many as cores that this process may use, two at most."""
        import duckdb

        self._forget: weakref.finalize[..., DuckEngine] | None = None
        config = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": memory_limit,
            "threads": str(threads or min(2, len(os.sched_getaffinity(0)))),
        }
        folder = scratch or (path.parent if path is not None and not read_only else None)
        if folder is None:  # DuckDB would spill into the folder from which the command was given
            folder = Path(tempfile.mkdtemp(prefix="ducha-"))
            self._forget = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        config["temp_directory"] = str(folder)
        self.con: Any = duckdb.connect(config=config)
        # It is on, and written to stdout, where the program came as text (`python -c`).
        self.con.execute("SET enable_progress_bar = false")
        self.path = path
        if path is not None:
            option = "READ_ONLY" if read_only else f"STORAGE_VERSION '{STORAGE_VERSION}'"
            self.con.execute(f"ATTACH {_text(str(path))} AS snapshot ({option})")
            self.con.execute("USE snapshot")

    def run(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run one or more statements; with `values`, one, in which they stand for each `?`."""
        self.con.execute(sql, values or None)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, each a mapping by column: Decimal, date, str, int, bool or None."""
        return rows_of(self.con.execute(sql))

    def kept_rows(self, sql: str) -> list[dict[str, Any]]:
        """As `rows`, for what a file that is only read answers alike each time: a shared engine asks it once."""
        return self.rows(sql)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives; a shared engine makes it once for each key."""
        return make()

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

    def lend_files(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """Let queries read these files as one table of these columns; without a file it is empty."""
        source = f"read_parquet([{', '.join(_text(str(file)) for file in files)}])" if files else None
        self.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {_columns_sql(columns, source)}")

    def close(self) -> None:
        """Write everything into the one file and let go of it."""
        self.con.close()
        if self._forget is not None:
            self._forget()

    def __enter__(self) -> DuckEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def rows_of(result: Any) -> list[dict[str, Any]]:
    """The rows of a DuckDB result, each a mapping by column."""
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class SparkEngine:
    """A session on a Spark cluster, through the extra `[spark]`. A lost executor's work is done again by another.

    `master`: spark://host:port, or local[n] for this machine. Memory and cores come from spark-defaults.conf.
    Refuses (EngineMissing) when pyspark, Java or the master is not there.
    """

    def __init__(self, master: str) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise EngineMissing(
                "没有安装 Spark，请运行 pip install 'ducha[spark]' -c constraints.txt"
                " / Spark is not installed: run pip install 'ducha[spark]' -c constraints.txt"
            ) from None
        wanted = {
            "spark.ui.enabled": "false",  # it would listen on every address of this machine
            "spark.ui.showConsoleProgress": "false",
            # A county has a thousand small files: to list them here is cheaper than to ask the cluster to.
            "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.ansi.enabled": "true",
        }
        if urlsplit(master).hostname in ("127.0.0.1", "localhost") or master.startswith("local"):
            wanted |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
        builder = SparkSession.builder.master(master).appName("ducha province")
        for name, value in wanted.items():
            builder = builder.config(name, value)
        try:
            self.spark: Any = builder.getOrCreate()
        except Exception as error:
            raise EngineMissing(
                f"Spark 没有启动，请检查 Java 和 {master} / Spark did not start: check Java and {master}"
                f" ({type(error).__name__})"
            ) from None
        self.spark.sparkContext.setLogLevel("ERROR")
        if self.spark.conf.get("spark.sql.shuffle.partitions") == "200":  # what nobody set: far too many for counties
            self.spark.conf.set("spark.sql.shuffle.partitions", "16")

    def run(self, sql: str) -> None:
        """Run one or more statements. A temporary table is computed at once and kept by the executors."""
        for statement in _spark_statements(sql):
            self.spark.sql(statement)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, each a mapping by column: Decimal, date, str, int, bool or None."""
        return [row.asDict() for row in self._asked(sql).collect()]

    def frame(self, sql: str) -> pl.DataFrame:
        """The rows of a query as a polars frame."""
        import polars as pl

        found = pl.from_arrow(self._asked(sql).toArrow())
        assert isinstance(found, pl.DataFrame)
        return found

    def lend_files(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """Let queries read these files as one table of these columns; without a file it is empty."""
        source = None
        if files:
            source = f"{name}_files"
            shape = ", ".join(f"`{one}` {SPARK_TYPES.get(kind, kind)}" for one, kind in columns.items())
            addresses = [file.absolute().as_uri() for file in files]
            self.spark.read.schema(shape).parquet(*addresses).createOrReplaceTempView(source)
        self._asked(_columns_sql(columns, source)).createOrReplaceTempView(name)

    def close(self) -> None:
        """End the session; the cluster stays."""
        self.spark.stop()

    def _asked(self, sql: str) -> Any:
        *before, statement = _spark_statements(sql)
        for one in before:
            self.spark.sql(one)
        return self.spark.sql(statement)


def _spark_statements(sql: str) -> Iterator[str]:
    """DuckDB's SQL as Spark reads it: a temporary table, and a WITH that is to be computed once, are kept in memory."""
    import sqlglot
    from sqlglot import exp

    for tree in sqlglot.parse(sql, read="duckdb"):
        if isinstance(tree, exp.Create) and tree.kind == "TABLE":
            yield from _kept(tree.this.name, tree.expression)
        elif tree is not None:
            once = [one for one in tree.find_all(exp.CTE) if one.args.get("materialized")]
            for number, part in enumerate(once):
                within, name = part.find_ancestor(exp.Select, exp.Union), f"{part.alias}_{number}"
                for table in within.find_all(exp.Table) if within is not None else ():
                    if table.name == part.alias:
                        table.set("this", exp.to_identifier(name))
                yield from _kept(name, part.this, "LAZY ")
                part.pop()
            for group in [one for one in tree.find_all(exp.With) if not one.expressions]:
                group.pop()
            yield _to_spark(tree)


def _kept(name: str, query: Any, lazy: str = "") -> Iterator[str]:
    yield f"UNCACHE TABLE IF EXISTS {name}"
    yield f"DROP VIEW IF EXISTS {name}"
    yield f"CACHE {lazy}TABLE {name} AS {_to_spark(query)}"


def _to_spark(tree: Any) -> str:
    """Lists that are unnested side by side become `stack`: Spark allows one generator in a SELECT."""
    from sqlglot import exp

    for select in list(tree.find_all(exp.Select)):
        spread = [one for one in select.expressions if isinstance(one.unalias(), exp.Unnest | exp.Explode)]
        if not spread:
            continue
        lists = [one.find(exp.Array).expressions for one in spread]
        rows = [value for row in zip(*lists, strict=True) for value in row]
        stacked = exp.Anonymous(this="stack", expressions=[exp.Literal.number(len(lists[0])), *rows])
        named = exp.Aliases(this=stacked, expressions=[exp.to_identifier(one.alias) for one in spread])
        kept = [one for one in select.expressions if one not in spread]
        select.set("expressions", [*kept, named])
    return str(tree.sql("spark"))


def _columns_sql(columns: Mapping[str, str], source: str | None) -> str:
    if source is None:
        return "SELECT " + ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in columns.items()) + " LIMIT 0"
    return (
        "SELECT "
        + ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in columns.items())
        + f" FROM {source}"
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
