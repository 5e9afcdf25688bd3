"""init, sample, nightly, up, rebuild: what makes a home and runs it."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from flows.commands.doors import LOOPBACK, DemoRole, refuse_open_doors, say_what_is_open, sign_in_link
from flows.commands.shared import (
    FELL_SHORT,
    WE_BROKE,
    HomeOption,
    JsonOption,
    Refused,
    err,
    existing_home,
    out,
    print_json,
    say,
    settings_of,
    speaks_plainly,
)
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.night import Summary


class FailOn(StrEnum):
    """What makes `nightly` end with exit code 1."""

    short = "short"
    refused = "refused"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (init, sample, nightly, up, rebuild):
        app.command()(speaks_plainly(command))


def init(
    home: HomeOption = None,
    json: JsonOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="不说话 / say nothing")] = False,
) -> None:
    """新建工作目录 / make a home: an inbox with a folder for each unit, a catalogue, ducha.toml."""
    from flows.making import make_home

    settings = settings_of(home)
    made = make_home(settings.place)
    if json:
        print_json({"home": str(settings.home), "made": made})
    elif not quiet:
        out.print(say("home_ready", home=settings.home))
        out.print(say("inbox_hint", inbox=settings.place.inbox))


def sample(
    home: HomeOption = None,
    json: JsonOption = False,
    year: Annotated[int, typer.Option(min=2004, max=2025, help="年度 / the year of the exports")] = 2024,
    seed: Annotated[int, typer.Option(help="随机种子 / the same seed gives the same rows")] = 20240101,
    scale: Annotated[int, typer.Option(min=1, help="行数倍数 / multiplies the rows")] = 1,
    clean: Annotated[bool, typer.Option("--clean", help="不埋设差距 / plant no shortfall")] = False,
) -> None:
    """写入样例县的导出表 / write the invented sample county's exports into the inbox."""
    from flows.making import make_home
    from flows.sample_county.county import write_sample

    settings = settings_of(home)
    make_home(settings.place)
    try:
        manifest = write_sample(settings.place, year=year, seed=seed, scale=scale, clean=clean)
    except ValueError as error:
        raise Refused(str(error)) from None
    files = sum(1 for path in settings.place.inbox.rglob("*") if path.is_file())
    if json:
        print_json({"home": str(settings.home), "year": year, "files": files, "plants": len(manifest.plants)})
    else:
        out.print(say("sample_written", year=year, files=files, inbox=settings.place.inbox))


def nightly(
    home: HomeOption = None,
    json: JsonOption = False,
    date_: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="业务日期 / the business date")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="不经 Prefect / without Prefect")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="试运行，什么也不保存 / keep nothing")] = False,
    fail_on: Annotated[FailOn | None, typer.Option("--fail-on", help="有未达标或拒收时退出码为1 / exit 1")] = None,
) -> None:
    """跑一晚 / run one night: read, compute, judge, publish, write letters."""
    from flows.commands.summary import print_summary
    from flows.night import NightRefused

    settings = existing_home(home)
    on = date_.date() if date_ else None
    try:
        summary = _run(settings, on, plain, dry_run, quiet=json)
    except NightRefused as error:
        raise Refused(str(error)) from None
    if json:
        print_json(summary.as_json())
    else:
        print_summary(summary, settings)
    _leave(FELL_SHORT if fail_on and summary.counts_towards(fail_on.value) else 0)


def _leave(code: int) -> None:
    """End with this code; at once where the Prefect server died under the night, which the ledger has whole.

    Prefect tries at the end of a process to tell the server of each task, for ten seconds each.
    """
    night = sys.modules.get("flows.nightly")
    if night is not None and night.lost:
        err.print(say("prefect_not_told"))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    if code:
        raise typer.Exit(code)


def _run(settings: Settings, on: date | None, plain: bool, dry_run: bool, quiet: bool) -> Summary:
    """The night as a Prefect flow run; without Prefect when asked to, or when its server does not start."""
    from flows.night import run_night
    from flows.prefect_server import ServerDidNotStart, at_a_terminal, standing_server

    with Bar(quiet) as show:
        if plain or dry_run:
            return run_night(settings, on, dry_run=dry_run, show=show)
        try:
            waiting = _waiting(show)
            with standing_server(settings.place, settings.ports.prefect, waiting) as port:
                os.environ.update(at_a_terminal(settings.place, port))
                from flows.nightly import run_as_flow

                return run_as_flow(settings, on, show)
        except ServerDidNotStart as error:
            err.print(say("without_prefect", reason=str(error)))
            return run_night(settings, on, show=show)


def _waiting(show: Any) -> Any:
    def waiting() -> None:
        show("starting_server", 0, 0)

    return waiting


class Bar:
    """A progress bar on stderr, gone when the night is over; nothing where nobody looks."""

    def __init__(self, quiet: bool) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            console=err,
            transient=True,
            disable=quiet or not err.is_terminal,
        )

    def __enter__(self) -> Any:
        self.progress.start()
        task = self.progress.add_task(" ", total=None)

        def show(step: str, done: int, total: int) -> None:
            words = say("starting_server" if step == "starting_server" else f"step.{step}")
            if total:
                words += f" {done}/{total}"
            self.progress.update(task, description=words, total=total or None, completed=done)

        return show

    def __exit__(self, *_: object) -> None:
        self.progress.stop()


def up(
    home: HomeOption = None,
    json: JsonOption = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="先备样例县跑一晚，给登录链接 / a sample county, one night, a sign-in link")
    ] = False,
    as_: Annotated[
        DemoRole, typer.Option("--as", help="登录链接的角色 / the role of the sign-in link")
    ] = DemoRole.steward,
    address: Annotated[
        str, typer.Option("--address", help="视图的监听地址 / where the view listens; needs accounts unless 127.0.0.1")
    ] = LOOPBACK,
) -> None:  # fmt: skip
    """启动服务 / the Prefect server with the schedule, and the view; Ctrl-C stops all."""
    from flows.prefect_server import ServerDidNotStart
    from flows.serve import DidNotStart, House, stand_until_stopped

    settings = settings_of(home)
    refuse_open_doors(settings, address)
    if demo and _needs_demo(settings):
        _prepare_demo(settings, quiet=json)
    settings = existing_home(home)
    house = House(settings, address)
    try:
        with Bar(json) as show:
            house.start(_waiting(show))
        addresses = {
            "view": house.view,
            "prefect": f"http://127.0.0.1:{settings.ports.prefect}",
            "logs": str(settings.place.logs),
        } | sign_in_link(house, demo, as_)
        if json:
            print_json(addresses)
        else:
            out.print(say("up_ready"))
            for key, value in addresses.items():
                out.print(f"  {say(f'up_{key}')}  {value}")
            say_what_is_open(settings, addresses)
        stand_until_stopped(house)
    except (ServerDidNotStart, DidNotStart) as error:
        raise Refused(f"没有启动，请看日志 / did not start: {error}") from None
    if not json:
        out.print(say("up_stopped"))


def _prepare_demo(settings: Settings, quiet: bool) -> None:
    """A sample county and its first night."""
    from flows.commands.summary import print_summary
    from flows.making import make_home
    from flows.sample_county.county import write_sample

    make_home(settings.place)
    write_sample(settings.place)
    settings = settings_of(settings.home)
    print_summary(_run(settings, None, plain=True, dry_run=False, quiet=quiet), settings)


def _needs_demo(settings: Settings) -> bool:
    """Whether no night was published here yet."""
    from warehouse.ledger import open_ledger

    if not settings.place.ledger.exists():
        return True
    with open_ledger(settings.place) as ledger:
        return ledger.current_snapshot() is None


def rebuild(home: HomeOption = None, json: JsonOption = False) -> None:
    """全部重算并比对 / everything again from archive, ledger and declarations; tells whether it is the same."""
    from flows.night import NightRefused
    from flows.rebuilding import rebuild_home

    settings = existing_home(home)
    try:
        with Bar(json) as show:
            result = rebuild_home(settings, show)
    except NightRefused as error:
        raise Refused(str(error)) from None
    if json:
        print_json(result.as_json())
    elif result.same:
        out.print(say("rebuilt_same", count=result.figures, sha=result.rebuilt_sha256[:16]))
    else:
        out.print(say("rebuilt_differs", old=result.current_sha256, new=result.rebuilt_sha256))
    if not result.same:
        raise typer.Exit(WE_BROKE)
