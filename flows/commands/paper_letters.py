"""letters print: the letters that no mail reaches, or all of them, as one file for the printer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from flows.commands.kept_files import write_whole
from flows.commands.loop import letters_app
from flows.commands.shared import HomeOption, JsonOption, Refused, existing_home, out, print_json, say, speaks_plainly


def register(_app: object) -> None:
    """Add this command to `letters`."""
    letters_app.command("print")(speaks_plainly(print_letters))


def print_letters(
    out_path: Annotated[Path, typer.Option("--out", help="写到哪个docx / the docx to write")],
    home: HomeOption = None,
    json: JsonOption = False,
    night: Annotated[
        str | None, typer.Option("--night", help="哪一夜，默认最近有信的一夜 / 2025-02-06.1; else the last")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="有邮箱地址的也印 / those with an address too")] = False,
) -> None:
    """打印信函 / the letters of a night that have no address, as one docx, each on its own sheet."""
    from app.letters.on_paper import write_papers
    from warehouse.ledger import open_ledger

    settings = existing_home(home)
    if out_path.suffix.lower() != ".docx":
        raise Refused(say("print_docx", file=out_path.name))
    with open_ledger(settings.place) as ledger:
        if night is not None and night not in {row["id"] for row in ledger.nights(state="published")}:
            raise Refused(say("print_no_night", night=night))
        written = [row for row in ledger.letters() if row["subject"] and row["state"] != "superseded"]
    wanted = [row for row in written if everything or not row["recipient"]]
    asked = night or max((row["night"] for row in wanted), key=_order, default="")
    letters = [row for row in wanted if row["night"] == asked]
    here = [row for row in letters if (settings.home / row["path"]).is_file()]
    if letters and not here:
        raise Refused(say("print_gone", night=asked, count=len(letters)))
    if here:
        emls = [(settings.home / row["path"]).read_bytes() for row in here]
        write_whole(out_path, write_papers(emls, settings.county.sample))
    gone = [row["id"] for row in letters if row not in here]
    if json:
        told = {"night": asked, "letters": [row["id"] for row in here], "gone": gone}
        print_json(told | {"file": str(out_path) if here else None})
        return
    if not here:
        out.print(say("print_none" if asked else "print_none_at_all", night=asked))
        return
    out.print(escape(say("printed", night=asked, count=len(here), path=out_path)))
    if gone:
        out.print(say("print_some_gone", count=len(gone)))


def _order(night: str) -> tuple[str, int]:
    """`2025-02-06.10` is later than `2025-02-06.9`."""
    day, _, number = night.partition(".")
    return day, int(number)
