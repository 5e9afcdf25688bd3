"""province: every county of the lake counted anew, by DuckDB here or on a Spark cluster."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.shared import (
    WE_BROKE,
    HomeOption,
    JsonOption,
    Refused,
    out,
    print_json,
    say,
    settings_of,
    speaks_plainly,
)

if TYPE_CHECKING:
    from warehouse.engine import LakeEngine


class EngineName(StrEnum):
    """What counts."""

    duckdb = "duckdb"
    spark = "spark"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(help="全省统计 / the province: all counties of the lake", invoke_without_command=True)
    group.callback()(speaks_plainly(province))
    app.add_typer(group, name="province")


def province(
    context: typer.Context,
    home: HomeOption = None,
    json: JsonOption = False,
    lake: Annotated[
        Path | None, typer.Option("--lake", help="湖的文件夹，默认 \\[lake] folder / the lake's folder")
    ] = None,
    engine: Annotated[EngineName, typer.Option("--engine", help="由谁计算 / what counts")] = EngineName.duckdb,
    master: Annotated[str, typer.Option("--master", help="Spark 主节点 / spark://host:port or local[2]")] = "",
    memory: Annotated[str, typer.Option("--memory", help="DuckDB 内存上限 / memory limit of DuckDB")] = "2GB",
) -> None:
    """重算湖中各县的全部指标 / count every metric of every county in the lake into a province snapshot."""
    if context.invoked_subcommand is not None:
        return
    from warehouse.lake import LakeRefused
    from warehouse.province import build_province

    folder = lake or settings_of(home).lake.folder
    if folder is None:
        raise Refused("请用 --lake 指明湖的文件夹 / name the lake's folder: --lake DIR")
    counting = _engine(engine, master, memory)
    try:
        built = build_province(folder.absolute(), counting, engine.value)
    except LakeRefused as error:
        raise Refused(str(error)) from None
    finally:
        counting.close()
    if json:
        print_json(asdict(built))
    else:
        out.print(say("province_built", counties=built.counties, figures=f"{built.figures:,}", path=built.path))
        out.print(say("province_sha", sha=built.figures_sha256))
        if built.rules > 1:
            out.print(say("province_rules", rules=built.rules))
        if built.differing:
            out.print(say("province_differs", counties=", ".join(built.differing)))
        else:
            out.print(say("province_same"))
    if built.differing:
        raise typer.Exit(WE_BROKE)


def _engine(name: EngineName, master: str, memory: str) -> LakeEngine:
    """The engine that was asked for. Refuses one that is not there, and a master without Spark."""
    from warehouse.engine import DuckEngine, EngineMissing, SparkEngine

    if (name == EngineName.spark) != bool(master):
        raise Refused(
            "--engine spark 要与 --master 一起写 / --engine spark and --master go together: --master spark://host:7077"
        )
    try:
        return SparkEngine(master) if name == EngineName.spark else DuckEngine(memory_limit=memory)
    except EngineMissing as error:
        raise Refused(str(error)) from None
