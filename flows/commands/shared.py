"""What every command shares: its options, its exit codes, and how it speaks."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.wording import chosen_lang, text
from flows.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from warehouse.models import Unit

DONE, FELL_SHORT, WRONG_USAGE, WE_BROKE = 0, 1, 2, 3

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="工作目录，默认 DUCHA_HOME / the home folder, else DUCHA_HOME", show_default=False),
]
UnitOption = Annotated[str | None, typer.Option("--unit", help="单位 id 或名称 / a unit's id or name")]
WhoOption = Annotated[str, typer.Option("--who", help="由谁办理，默认当前用户 / by whom; else this user")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]

F = TypeVar("F", bound=Callable[..., Any])
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class Refused(Exception):
    """A wrong use or setting: one sentence in both languages, exit code 2, nothing done."""


def say(key: str, **values: object) -> str:
    """A text of the command line in the chosen language."""
    return text(f"cli.{key}", chosen_lang(), **values)


def settings_of(context_home: Path | None) -> Settings:
    """The settings of the home that was asked for."""
    try:
        return read_settings(context_home)
    except SettingsError as error:
        raise Refused(str(error)) from None


def existing_home(home: Path | None) -> Settings:
    """The settings of a home that must exist already."""
    settings = settings_of(home)
    if not settings.place.exists():
        raise Refused(f"{settings.home} 还不是工作目录，请先运行 ducha init / is no home yet: run `ducha init` first")
    return settings


def unit_named(units: Mapping[str, Unit], asked: str) -> str:
    """A unit's id from its id or one of its names. Refuses an unknown one."""
    for unit_id, unit in units.items():
        if asked in (unit_id, unit.label.zh, unit.label.en, *unit.aliases):
            return unit_id
    raise Refused(f"没有单位“{asked}”，请用名册中的 id 或名称 / no unit “{asked}”")


def owner_named(units: Mapping[str, Unit], asked: str | None) -> str | None:
    """A unit's id from its id or name; the county answers for itself. Refuses an unknown one."""
    return asked if asked in (None, "county") else unit_named(units, asked)


def unit_label(units: Mapping[str, Unit], unit: str) -> str:
    """A unit's name; an id that is not in the roster stays as it is."""
    known = units.get(unit)
    return str(getattr(known.label, chosen_lang())) if known else unit


def day_asked(asked: str) -> date:
    """A day as people write it. Refuses what is none."""
    try:
        return date.fromisoformat(asked)
    except ValueError:
        raise Refused(f"“{asked}”不是日期，请写成 2025-03-01 / {asked} is not a day: write 2025-03-01") from None


def speaks_plainly(command: F) -> F:
    """Turn what a command raises into its exit code and a sentence; a traceback goes to a log only."""

    @wraps(command)
    def told(*args: Any, **kwargs: Any) -> Any:
        from warehouse.ledger import DecisionRefused
        from warehouse.predicates import PredicateError
        from warehouse.yaml_reader import DeclarationError

        try:
            return command(*args, **kwargs)
        except (Refused, DeclarationError, DecisionRefused, PredicateError) as error:
            err.print("[red]✗[/]", escape(str(error)))
            raise typer.Exit(WRONG_USAGE) from None
        except (typer.Exit, typer.Abort):
            raise
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except Exception as error:
            _we_broke(error, kwargs.get("home"))

    return told  # type: ignore[return-value]


def _we_broke(error: BaseException, home: Path | None) -> NoReturn:
    """Ours, not the user's: where the details are, and exit code 3."""
    try:
        logs = read_settings(home).place.logs
        logs.mkdir(parents=True, exist_ok=True)
        log = logs / f"error-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
        log.write_text("".join(traceback.format_exception(error)), "utf-8")
        where = str(log)
    except Exception:  # the home itself may be what broke
        where = "stderr"
        traceback.print_exception(error)
    err.print(
        f"[red]✗[/] 程序自身出错（不是数据的问题）：{type(error).__name__}，详情见 {where}\n"
        f"  Ducha itself broke (your data did not): {type(error).__name__}; details: {where}"
    )
    raise typer.Exit(WE_BROKE) from None


def print_json(value: Any) -> None:
    """JSON on standard output, alone, with numbers as numbers and dates as ISO text."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def print_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]], empty: str) -> None:
    """A table for people; where there is nothing, a sentence instead."""
    table = Table(title=title, title_justify="left", header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    count = 0
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
        count += 1
    out.print(table if count else empty)
