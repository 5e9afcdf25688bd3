"""The command line `ducha`. Commands import only what they use, so that each starts fast."""

from __future__ import annotations

import signal
from types import FrameType

import typer

from flows.commands import (
    figures,
    files,
    findings,
    health,
    keeping,
    letters,
    loop,
    paper_letters,
    paper_sheets,
    papers,
    province,
    report,
    running,
    users,
    year,
)
from flows.commands.shared import HomeOption

app = typer.Typer(
    name="ducha",
    help="督察数据仓库：每晚把部门导出表算成可追溯到行的数字 / oversight data: every number opens to its rows",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def default_home(context: typer.Context, home: HomeOption = None) -> None:
    """Take `--home` before the command as well as after it."""
    if home is not None:
        context.default_map = _with_home(context, str(home))


def _with_home(context: typer.Context, home: str) -> dict[str, object]:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    found: dict[str, object] = {}
    for name, command in commands.items():
        below = getattr(command, "commands", None)
        found[name] = {"home": home} | {inner: {"home": home} for inner in below or ()}
    return found


for group in (
    running,
    files,
    figures,
    findings,
    loop,
    letters,
    paper_letters,
    papers,
    paper_sheets,
    report,
    year,
    keeping,
    province,
    users,
    health,
):
    group.register(app)


def command_names() -> list[str]:
    """All commands, groups by their own name: what the README must explain."""
    return sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def main() -> None:
    """The entry point. Ended by SIGTERM, a command still stops what it started."""
    signal.signal(signal.SIGTERM, _end)
    app()


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
