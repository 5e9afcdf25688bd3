"""province: every county of the lake counted anew, by DuckDB here or on Spark; and the nights of many counties."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from flows.commands.shared import (
    WE_BROKE,
    HomeOption,
    JsonOption,
    Refused,
    out,
    print_json,
    print_table,
    say,
    settings_of,
    speaks_plainly,
)
from warehouse.home import Home

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
    group.command()(speaks_plainly(nights))
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


def nights(
    counties: Annotated[
        Path, typer.Option("--counties", help="各县工作目录所在的文件夹 / the folder of the counties' homes")
    ],
    home: HomeOption = None,
    json: JsonOption = False,
    at_once: Annotated[int, typer.Option("--at-once", min=1, help="同时运行几个县 / how many at once")] = 2,
    date_: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="业务日期 / the business date")
    ] = None,
) -> None:
    """跑各县的夜间任务 / run the night of every county's home in a folder; one that fails does not stop the others."""
    from flows.prefect_server import ServerDidNotStart, at_a_terminal, standing_server

    root = counties.absolute()
    homes = sorted(one for one in (root.iterdir() if root.is_dir() else ()) if Home(one).exists())
    if not homes:
        raise Refused(
            f"{root} 里没有县的工作目录 / holds no county's home: a folder in it for each, made by `ducha init`"
        )
    try:
        with standing_server(Home(root), settings_of(home).ports.prefect) as port:
            os.environ.update(at_a_terminal(Home(root), port))
            from flows.province_nights import run_nights

            ended = run_nights(homes, at_once, date_.date() if date_ else None)
    except ServerDidNotStart as error:
        raise Refused(f"Prefect 没有启动，请看日志 / Prefect did not start: {error}") from None
    if json:
        print_json([asdict(one) for one in ended])
    else:
        columns = [say("province_county"), say("province_outcome"), say("province_told")]
        told = [(one.county, say(f"province_{one.outcome}"), escape(one.night or one.say)) for one in ended]
        print_table(say("province_nights", count=len(ended)), columns, told, "")
    if any(one.outcome != "published" for one in ended):
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
