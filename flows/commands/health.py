"""doctor: what is unwell in this home, and what to do; watch: whether last night ran."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.markup import escape

from app.wording import chosen_lang, text
from flows.commands.shared import (
    WE_BROKE,
    HomeOption,
    JsonOption,
    existing_home,
    out,
    print_json,
    speaks_plainly,
)

MARKS = {"well": "[green]✓[/]", "warning": "[yellow]●[/]", "unwell": "[red]✗[/]"}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(speaks_plainly(doctor))
    app.command()(speaks_plainly(watch))


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


def watch(home: HomeOption = None, json: JsonOption = False) -> None:
    """看守 / whether last night ran; if not, writes to the operator and ends with 3. For cron or systemd."""
    from datetime import UTC, datetime

    from flows.watch import watch as look

    settings = existing_home(home)
    seen = look(settings, datetime.now(UTC))
    lang = chosen_lang()
    if json:
        print_json(asdict(seen))
    else:
        detail = seen.detail or text("nothing", lang)
        out.print(escape(text(f"letters.watch.{seen.verdict}", lang, detail=detail, home=settings.home)))
        if seen.told:
            out.print(escape(text(f"letters.watch.told_{seen.told}", lang)))
    if seen.verdict not in ("early", "ran"):
        raise typer.Exit(WE_BROKE)
