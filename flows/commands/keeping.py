"""backup, restore, delivery purge: a home in one file, a home from it, and a file destroyed in all of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from app.wording import LANGS, text
from flows.commands.loop import delivery_app
from flows.commands.running import Bar
from flows.commands.shared import (
    HomeOption,
    JsonOption,
    Refused,
    existing_home,
    out,
    print_json,
    say,
    settings_of,
    speaks_plainly,
)

if TYPE_CHECKING:
    from warehouse.backup import BackupRefused


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(speaks_plainly(backup))
    app.command()(speaks_plainly(restore))
    delivery_app.command("purge")(speaks_plainly(purge))


def backup(
    home: HomeOption = None,
    json: JsonOption = False,
    to: Annotated[
        Path, typer.Option("--out", help="文件夹或文件名 / a folder, or the file to write", show_default="./")
    ] = Path("."),
) -> None:
    """备份 / save the whole home into one file, read back and verified; not the inbox, and no password."""
    from flows.keeping import backup_home
    from flows.night import NightRefused
    from warehouse.backup import BackupRefused

    settings = existing_home(home)
    try:
        with Bar(json) as show:
            saved = backup_home(settings, to, show)
    except NightRefused as error:
        raise Refused(str(error)) from None
    except BackupRefused as error:
        raise _refused(error) from None
    if json:
        print_json(saved.as_json())
        return
    out.print(
        escape(say("saved", file=saved.file, files=saved.files, size=saved.bytes >> 20, night=saved.night or "-"))
    )
    out.print(f"  sha256 {saved.sha256}")
    out.print(escape(say("saved_left_out")))
    if saved.left_in_inbox:
        out.print(escape(say("saved_inbox", count=saved.left_in_inbox)))


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="备份文件 / a backup")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """恢复 / make a new home from a backup; letters that had not gone out wait for you."""
    from flows.keeping import restore_home
    from warehouse.backup import BackupRefused

    root = settings_of(home).home
    try:
        with Bar(json) as show:
            done = restore_home(file, root, show)
    except BackupRefused as error:
        raise _refused(error) from None
    if json:
        print_json(done.as_json())
        return
    out.print(escape(say("restored", home=done.home, night=done.night or "-", moment=done.written_at)))
    out.print(escape(say("restored_same", findings=done.findings, sha=done.figures_sha256[:16])))
    if done.held_letters:
        out.print(escape(say("restored_held", count=done.held_letters, home=done.home)))
    out.print(escape(say("restored_next", home=done.home)))


def purge(
    delivery: Annotated[str, typer.Argument(help="报送 id / a delivery's id")],
    reason: Annotated[str, typer.Option("--reason", help="理由 / why")],
    who: Annotated[str, typer.Option("--who", help="决定人 / who decides")],
    second: Annotated[str, typer.Option("--second", help="第二人 / the second person")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """销毁一份报送 / destroy a delivered file and every copy of its rows; two people decide; runs a night."""
    from flows.night import NightRefused
    from flows.purging import purge_delivery

    settings = existing_home(home)
    try:
        with Bar(json) as show:
            done = purge_delivery(settings, delivery, reason, who, second, show)
    except NightRefused as error:
        raise Refused(str(error)) from None
    if json:
        print_json(done.as_json())
        return
    told = {"count": str(len(done.deliveries)), "sha": ", ".join(done.sha256), "night": done.night or "-"}
    out.print(escape(say("purged", snapshots=done.snapshots, files=done.files, **told)))
    out.print(escape(say("purged_backups")))
    for place in done.left:
        out.print(escape(say("purged_left", place=place)))


def _refused(error: BackupRefused) -> Refused:
    return Refused(" / ".join(text(f"cli.backup_refused.{error.code}", lang, **error.values) for lang in LANGS))
