"""doctor: what is unwell in this home, and what to do."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.markup import escape

from flows.commands.shared import WE_BROKE, HomeOption, JsonOption, existing_home, out, print_json, speaks_plainly

MARKS = {"well": "[green]✓[/]", "warning": "[yellow]●[/]", "unwell": "[red]✗[/]"}


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(speaks_plainly(doctor))


def doctor(home: HomeOption = None, json: JsonOption = False) -> None:
    """体检 / what is unwell in this home, in words, and what to do; exit code 3 when something is."""
    from flows.checkups import check_home

    found = check_home(existing_home(home))
    if json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            out.print(f"{MARKS[one.state]} {escape(one.say)}\n  [dim]{escape(one.say_en)}[/]")
    if any(one.state == "unwell" for one in found):
        raise typer.Exit(WE_BROKE)
