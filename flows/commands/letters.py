"""letters log, letters test, silence: what became of every letter, whether mail works, what is told to nobody."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from app.wording import chosen_lang, letter_reason_word, text
from flows.commands.loop import letters_app
from flows.commands.shared import (
    HomeOption,
    JsonOption,
    Refused,
    UnitOption,
    WhoOption,
    day_asked,
    existing_home,
    out,
    owner_named,
    print_json,
    print_table,
    say,
    speaks_plainly,
    unit_label,
)
from flows.settings import Settings

if TYPE_CHECKING:
    pass

silence_app = typer.Typer(help="暂缓提示 / silences: add, list, end", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(silence_app, name="silence")
    letters_app.command("log")(speaks_plainly(log))
    letters_app.command("test")(speaks_plainly(test))
    silence_app.command("add")(speaks_plainly(add))
    silence_app.command("list")(speaks_plainly(listed))
    silence_app.command("end")(speaks_plainly(end))


def log(
    home: HomeOption = None,
    json: JsonOption = False,
    night: Annotated[str | None, typer.Option("--night", help="只看这一夜 / one night, 2025-02-06.1")] = None,
    unit: UnitOption = None,
) -> None:
    """发函登记 / what became of every letter, and why a unit with open findings got none."""
    from warehouse.declarations import read_declarations
    from warehouse.ledger import open_ledger
    from warehouse.letter_book import letter_log

    settings = existing_home(home)
    units = read_declarations(settings.place.catalogue).units
    with open_ledger(settings.place) as ledger:
        rows = letter_log(ledger, night, owner_named(units, unit))
    if json:
        print_json(rows)
        return
    lang = chosen_lang()

    print_table(
        say("letter_book"),
        ("夜 / night", "单位 / unit", "函 / letter", "结果 / outcome", "问题数 / findings", "id"),
        (
            (row["night"], unit_label(units, row["unit"]),
             text(f"letter_kinds.{row['kind']}", lang), letter_reason_word(row["reason"], lang),
             row["findings"] or "", row["letter_id"])
            for row in rows
        ),
        say("no_letter_lines"),
    )  # fmt: skip


def test(
    address: Annotated[str, typer.Argument(help="收件地址 / one address")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """发一封测试信 / send one test letter, to see that mail works; it is no letter of any night."""
    from flows.mail import MailFailed, one_address, send_eml

    settings = existing_home(home)
    if not settings.mail.host:
        raise Refused("没有设置邮件服务器（ducha.toml 的 [mail] host） / no SMTP host is set in ducha.toml")
    try:
        recipient = one_address(address, settings.mail.allowed_domains)
        send_eml(_test_letter(settings, recipient), recipient, settings.mail)
    except MailFailed as error:
        why = letter_reason_word(error.reason, "zh"), letter_reason_word(error.reason, "en")
        raise Refused(
            f"测试信没有发出：{why[0]}（{error}） / the test letter did not go out: {why[1]} ({error})"
        ) from None
    print_json({"to": recipient, "state": "sent"}) if json else out.print(say("test_sent", address=escape(recipient)))


def _test_letter(settings: Settings, recipient: str) -> bytes:
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import localtime, make_msgid

    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = settings.mail.sender, recipient
    message["Subject"] = text("letters.test_subject", "zh", county=settings.county.name)
    message["Date"] = localtime()
    message["Message-ID"] = make_msgid(domain="ducha.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(text("letters.test_body", lang) for lang in ("zh", "en")) + "\n")
    return message.as_bytes()


def add(
    until: Annotated[str, typer.Option("--until", help="截止日期 / its last day, 2025-03-31")],
    reason: Annotated[str, typer.Option("--reason", help="原因 / why")],
    home: HomeOption = None,
    json: JsonOption = False,
    finding: Annotated[int | None, typer.Option("--finding", help="问题编号 / a finding's number")] = None,
    unit: UnitOption = None,
    target: Annotated[str | None, typer.Option("--target", help="指标 / a target's id")] = None,
    who: WhoOption = "",
) -> None:
    """暂缓提示 / tell nobody of a finding, a unit's or a target's findings until a day; figures and findings go on."""
    from flows.checkups import latest_day
    from warehouse.declarations import read_declarations
    from warehouse.ledger import open_ledger
    from warehouse.letter_book import add_silence

    settings = existing_home(home)
    declared = read_declarations(settings.place.catalogue)
    with open_ledger(settings.place) as ledger:
        known = {row["target"] for row in ledger.findings()} | set(declared.targets)
        if target is not None and target not in known:
            raise Refused(f"没有“{target}”这项指标 / no target {target}")
        number = add_silence(
            ledger, day_asked(until), reason, who or getpass.getuser(), latest_day(settings),
            finding=finding, unit=owner_named(declared.units, unit), target=target,
        )  # fmt: skip
    print_json({"id": number}) if json else out.print(say("silence_added", id=number, until=until))


def listed(home: HomeOption = None, json: JsonOption = False) -> None:
    """暂缓提示清单 / all silences, those that are over too."""
    from flows.checkups import latest_day
    from warehouse.declarations import read_declarations
    from warehouse.ledger import open_ledger
    from warehouse.letter_book import holds, silences

    settings = existing_home(home)
    today = latest_day(settings)
    with open_ledger(settings.place) as ledger:
        rows = [row | {"holds": holds(row, today)} for row in silences(ledger.con)]
    if json:
        print_json(rows)
        return
    units = read_declarations(settings.place.catalogue).units

    def covers(row: dict[str, Any]) -> str:
        unit = unit_label(units, row["unit"]) if row["unit"] else ""
        parts = (say("silenced_finding", id=row["finding"]) if row["finding"] else "", unit, row["target"])
        return " · ".join(filter(None, parts))

    print_table(
        say("silences"),
        ("id", "事项 / what", "期间 / days", "原因 / why", "经办 / by", "有效 / holds"),
        (
            (row["id"], covers(row), f"{row['from_on']}—{row['ended_on'] or row['until_on']}", row["reason"],
             row["who"], text(f"flags.{'yes' if row['holds'] else 'no'}", chosen_lang()))
            for row in rows
        ),
        say("no_silences"),
    )  # fmt: skip


def end(
    silence: Annotated[int, typer.Argument(help="暂缓提示编号 / a silence's number")],
    home: HomeOption = None,
    json: JsonOption = False,
    who: WhoOption = "",
) -> None:
    """结束暂缓提示 / end a silence before its day."""
    from flows.checkups import latest_day
    from warehouse.ledger import open_ledger
    from warehouse.letter_book import end_silence

    settings = existing_home(home)
    with open_ledger(settings.place) as ledger:
        end_silence(ledger, silence, who or getpass.getuser(), latest_day(settings))
    print_json({"id": silence}) if json else out.print(say("silence_ended", id=silence))
