"""letters, delivery: the queue, the files."""

from __future__ import annotations

import getpass
from typing import Annotated, Any

import typer

from app.wording import chosen_lang, letter_reason_word, outcome_word, period_words, text
from flows.commands.figures import check_unit, current_snapshot
from flows.commands.shared import (
    HomeOption,
    JsonOption,
    Refused,
    existing_home,
    out,
    print_json,
    print_table,
    say,
    speaks_plainly,
)

letters_app = typer.Typer(help="信函 / letters: list, preview, send", no_args_is_help=True)
delivery_app = typer.Typer(help="报送 / deliveries: list, owed, withdraw, accept", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(letters_app, name="letters")
    app.add_typer(delivery_app, name="delivery")
    letters_app.command("list")(speaks_plainly(letters_list))
    letters_app.command("preview")(speaks_plainly(preview))
    letters_app.command("send")(speaks_plainly(send))
    delivery_app.command("list")(speaks_plainly(delivery_list))
    delivery_app.command("owed")(speaks_plainly(delivery_owed))
    delivery_app.command("withdraw")(speaks_plainly(withdraw))
    delivery_app.command("accept")(speaks_plainly(accept))


def letters_list(home: HomeOption = None, json: JsonOption = False) -> None:
    """信函清单 / letters of all nights, newest last."""
    from warehouse.ledger import open_ledger

    settings = existing_home(home)
    with open_ledger(settings.place) as ledger:
        rows = [{key: value for key, value in row.items() if key != "content"} for row in ledger.letters()]
    if json:
        print_json(rows)
        return
    print_table(
        say("letters"),
        ("id", "夜 / night", "单位 / unit", "类别", "收件人", "状态", "原因", "文件"),
        ((row["id"], row["night"], row["unit"], *letter_words(row), row["path"]) for row in rows),
        say("no_letters"),
    )


def letter_words(row: dict[str, Any]) -> tuple[str, str, str, str]:
    """Kind, recipient, state and reason of a letter in words; what the mail server said stays as it is."""
    lang = chosen_lang()
    why = letter_reason_word(row["reason"] or "", lang)
    state = text(f"letter_states.{row['state']}", lang)
    return text(f"letter_kinds.{row['kind']}", lang), row["recipient"] or "", state, why


def preview(
    letter: Annotated[int, typer.Argument(help="信函 id / a letter's id")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """预览一封信 / print the text of one letter."""
    from email import message_from_bytes
    from email.policy import default

    from warehouse.ledger import open_ledger

    settings = existing_home(home)
    with open_ledger(settings.place) as ledger:
        found = ledger.letters(id=letter)
    if not found:
        raise Refused(f"没有信函 {letter} / no letter {letter}")
    path = settings.home / found[0]["path"]
    if not path.is_file():
        raise Refused(f"信函 {letter} 没有写成文件 / the letter {letter} was not written ({found[0]['state']})")
    message = message_from_bytes(path.read_bytes(), policy=default)
    body = message.get_body(preferencelist=("plain",))
    words = body.get_content() if body else ""
    if json:
        print_json({"id": letter, "subject": message["Subject"], "to": message["To"], "text": words})
    else:
        out.print(str(message["Subject"]), markup=False)
        out.print(words, markup=False)


def send(
    home: HomeOption = None,
    json: JsonOption = False,
    hours: Annotated[bool, typer.Option("--hours", help="只在发函时段 / only within its hours")] = False,
    held: Annotated[bool, typer.Option("--held", help="恢复后待确认的也发 / also those held after a restore")] = False,
) -> None:
    """发送未发出的信 / send the letters that wait, one recipient each, now or only within the hours for letters."""
    from datetime import UTC, datetime

    from flows.night import NightRefused, locked
    from flows.posting import send_waiting
    from warehouse.ledger import open_ledger

    settings = existing_home(home)
    if not settings.mail.host:
        raise Refused("没有设置邮件服务器（ducha.toml 的 [mail] host） / no SMTP host is set in ducha.toml")
    try:
        # A night that sends at the same time would send the same letters.
        with locked(settings.place), open_ledger(settings.place) as ledger:
            result = send_waiting(ledger, settings, datetime.now(UTC), by_hand=not hours, held=held)
    except NightRefused as error:
        raise Refused(str(error)) from None
    print_json(result) if json else out.print(say("letters_sent", **result))


def delivery_list(
    home: HomeOption = None,
    json: JsonOption = False,
    state: Annotated[str | None, typer.Option("--state", help="in_force, held, refused ...")] = None,
) -> None:
    """报送清单 / every sheet that came, and what became of it."""
    from warehouse.ledger import open_ledger

    settings = existing_home(home)
    with open_ledger(settings.place) as ledger:
        rows = ledger.deliveries(state=state)
    if json:
        print_json(rows)
        return

    def shown(row: dict[str, Any]) -> tuple[object, ...]:
        covered = f"{row['coverage_start']}—{row['coverage_end']}" if row["coverage_start"] else ""
        counts = f"{row['rows']} = {row['loaded']} + {row['quarantined']} + {sum(row['listed'].values())}"
        said = row["say"] or ""
        return (row["id"], row["supplier"], row["dataset"], row["file_name"], covered, counts,
                outcome_word(row["state"], chosen_lang()), said)  # fmt: skip

    print_table(
        say("files"),
        ("id", "单位", "数据集", "文件", "覆盖期间", "行 = 载入 + 隔离 + 列明", "状态", "说明"),
        map(shown, rows),
        say("no_deliveries"),
    )


def delivery_owed(
    home: HomeOption = None,
    json: JsonOption = False,
    year: Annotated[str | None, typer.Option("--year", help="年度 / only this year")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="单位 id 或名称 / a unit's id or name")] = None,
) -> None:
    """应报清单 / what each unit owes and whether it came; what is missing stands first."""
    with current_snapshot(existing_home(home)) as snapshot:
        supplier = check_unit(snapshot, unit)
        rows = [row for row in snapshot.owed(supplier=supplier) if year in (None, row["period"][:4])]
        declared = snapshot.declarations
    if json:
        print_json(rows)
        return
    lang = chosen_lang()

    def named(labels: Any, name: str) -> str:
        return str(getattr(labels[name].label, lang)) if name in labels else name

    print_table(
        say("owed"),
        [say(f"owed_{name}") for name in ("unit", "dataset", "period", "due", "outcome", "came")],
        (
            (named(declared.units, row["supplier"]), named(declared.contracts, row["dataset"]),
             period_words(row["period"], lang), row["due_on"], outcome_word(row["outcome"], lang), row["came_on"])
            for row in rows
        ),
        say("nothing_owed"),
    )  # fmt: skip


def withdraw(
    delivery: Annotated[str, typer.Argument(help="报送 id / a delivery's id")],
    reason: Annotated[str, typer.Option("--reason", help="原因 / why")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """撤回一份报送 / take a file out; the next night loads its dataset again without it."""
    from warehouse.ledger import open_ledger

    settings = existing_home(home)
    with open_ledger(settings.place) as ledger:
        ledger.withdraw(delivery, reason, getpass.getuser())
    _decided(json, delivery, "withdrawn", "已撤回，下一晚生效 / withdrawn from the next night on")


def accept(
    delivery: Annotated[str, typer.Argument(help="报送 id / a delivery's id")],
    home: HomeOption = None,
    json: JsonOption = False,
    comment: Annotated[str, typer.Option("--comment", help="说明 / a comment")] = "",
    who: Annotated[str, typer.Option("--who", help="由谁同意，默认当前用户 / by whom; else this user")] = "",
) -> None:
    """同意载入被暂缓的报送或更正单 / let a held delivery or list of corrections in; the next night applies it."""
    from warehouse.ledger import open_ledger

    settings = existing_home(home)
    with open_ledger(settings.place) as ledger:
        ledger.accept(delivery, who or getpass.getuser(), comment)
    _decided(json, delivery, "accepted", "已同意，下一晚载入 / accepted, applied by the next night")


def _decided(json: bool, delivery: str, state: str, say: str) -> None:
    print_json({"id": delivery, "decided": state}) if json else out.print(f"{delivery} {say}")
