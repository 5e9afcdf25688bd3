"""findings, finding: what is open and whose it is; one finding, and what people do about it."""

from __future__ import annotations

import getpass
import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from app.wording import (
    Lang,
    chosen_lang,
    has_text,
    move_word,
    period_words,
    reason_word,
    severity_word,
    standing_word,
    state_word,
    text,
)
from flows.commands.shared import HomeOption, JsonOption, Refused, existing_home, out, print_json, say, speaks_plainly
from flows.settings import Settings

ACTIONS = (
    "show, assign, receive, plan, progress, contest, uphold, reject, evidence, return, verify, close, look_back, "
    "reopen, extend, approve, deny, refer, note"
)
MOST_EVIDENCE = 20 * 1024 * 1024
UnitOption = Annotated[str | None, typer.Option("--unit", help="单位 id 或名称 / a unit's id or name")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(speaks_plainly(findings))
    app.command()(speaks_plainly(finding))


def findings(
    home: HomeOption = None,
    json: JsonOption = False,
    unit: UnitOption = None,
    everything: Annotated[bool, typer.Option("--all", help="包括已销号的 / closed ones too")] = False,
    state: Annotated[str | None, typer.Option("--state", help="进展 / found, assigned, contested ...")] = None,
    severity: Annotated[str | None, typer.Option("--severity", help="严重程度 / high, medium, low")] = None,
    target: Annotated[str | None, typer.Option("--target", help="指标 / a target's id")] = None,
    period: Annotated[str | None, typer.Option("--period", help="时段 / 2024, 2024Q1, 2024-05")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列已过整改期限的 / past the deadline")] = False,
    look_back: Annotated[bool, typer.Option("--look-back", help="只列该回头看的 / due to be looked back on")] = False,
) -> None:  # fmt: skip
    """问题清单 / findings that a person has not closed, with owner and deadline; narrowed by what is asked."""
    from expectations.findings import STATES, is_overdue
    from expectations.findings_json import findings_json
    from warehouse.ledger import open_ledger

    settings = existing_home(home)
    for word, known in ((state, STATES), (severity, ("high", "medium", "low"))):
        if word is not None and word not in known:
            raise Refused(f"没有“{word}”，可用的有 / no “{word}”; known: {', '.join(known)}")
    units = _units(settings)
    owner = _unit_id(units, unit)
    with open_ledger(settings.place) as ledger:
        rows = ledger.findings(**({"owner": owner} if owner else {}))
    today = _today(settings)
    asked = {"state": state, "severity": severity, "target": target, "period": period}
    rows = [row for row in rows if all(value in (None, row[name]) for name, value in asked.items())]
    if overdue:
        rows = [row for row in rows if is_overdue(row, today)]
    if look_back:
        rows = [row for row in rows if row["state"] == "closed" and (row["look_back_on"] or date.max) <= today]
    elif state is None and not everything:
        rows = [row for row in rows if row["state"] not in ("closed", "looked_back")]
    if json:
        print_json(findings_json(rows))
        return
    for row in rows:
        _print_finding(row, _name(units, row["owner"]))
    out.print(say("finding_count", count=len(rows)) if rows else say("no_findings"))


def finding(
    number: Annotated[int, typer.Argument(help="问题编号 / a finding's number")],
    action: Annotated[str, typer.Argument(help=ACTIONS)] = "show",
    home: HomeOption = None,
    json: JsonOption = False,
    comment: Annotated[str, typer.Option("--comment", help="说明 / a comment")] = "",
    reason: Annotated[str, typer.Option("--reason", help="销号原因 / why it is closed")] = "",
    days: Annotated[int, typer.Option("--days", help="延期的工作日数 / working days of an extension")] = 0,
    to: Annotated[str | None, typer.Option("--to", help="转给的单位 / the unit it is referred to")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="佐证 / evidence", exists=True, dir_okay=False)] = None,
    who: Annotated[str, typer.Option("--who", help="由谁办理，默认当前用户 / by whom; else this user")] = "",
    role: Annotated[str, typer.Option("--role", help="office, inspector, liaison, leader")] = "office",
    unit: UnitOption = None,
) -> None:  # fmt: skip
    """一个问题的经过和办理 / one finding: its history, or one move of its life, written into history and audit."""
    from warehouse.ledger import open_ledger

    settings = existing_home(home)
    if action != "show":
        _move(settings, number, action, comment, reason, days, to, file, who or getpass.getuser(), role, unit)
    with open_ledger(settings.place, read_only=True) as ledger:
        rows = ledger.findings(id=number)
        if not rows:
            raise Refused(f"没有编号为 {number} 的问题 / no finding {number}")
        events = ledger.finding_events(number)
    if json:
        print_json(rows[0] | {"history": events})
    else:
        _print_life(rows[0], events, _units(settings))


def _move(
    settings: Settings, number: int, action: str, comment: str, reason: str, days: int, to: str | None,
    file: Path | None, who: str, role: str, unit: str | None,
) -> None:  # fmt: skip
    from typing import cast

    from expectations.findings import FindingRefused
    from expectations.lifecycle import Person, Role, Said, move_by_person
    from warehouse.declarations import read_declarations
    from warehouse.ledger import open_ledger
    from warehouse.workdays import Calendar

    if role not in ("office", "inspector", "liaison", "leader"):
        raise Refused(f"没有“{role}”这个角色 / no role {role}: office, inspector, liaison, leader")
    units = _units(settings)
    evidence = _keep_evidence(settings, file) if file is not None and action == "evidence" else {}
    said = Said(comment, reason, days, _unit_id(units, to) or "", evidence)
    person = Person(who, cast(Role, role), _unit_id(units, unit) or "")
    calendar = Calendar(read_declarations(settings.place.catalogue).holidays)
    try:
        with open_ledger(settings.place) as ledger:
            move_by_person(ledger, number, action, person, said, _today(settings), calendar)
    except FindingRefused as error:
        raise Refused(_in_words(str(error))) from None


def _in_words(refusal: str) -> str:
    """The Chinese half of a refusal names states and moves by their words; the English half by what one types."""

    def word(match: re.Match[str]) -> str:
        rooms = ("finding_states", "finding_moves", "closing_reasons", "standings")
        keys = (f"{room}.{match[1]}" for room in rooms)
        return f"“{next((text(key, 'zh') for key in keys if has_text(key)), match[1])}”"

    return re.sub("“([a-z_]+)”", word, refusal)


def _keep_evidence(settings: Settings, file: Path) -> dict[str, str]:
    """The file in the archive under its hash. Refuses a large one and one with a secrecy mark in its name."""
    from flows.commands.kept_files import keep
    from warehouse.secrecy import mark_in

    content = file.read_bytes()
    if mark_in(file.name):
        raise Refused("文件名带有密级标志，不收 / the file's name bears a secrecy mark: it is not kept")
    if not content or len(content) > MOST_EVIDENCE:
        raise Refused(f"{file.name} 是空的或超过20 MB / {file.name} is empty or larger than 20 MB")
    return {"sha256": keep(settings, content), "name": file.name}


def _today(settings: Settings) -> date:
    """The business date: a sample home pretends to be another day."""
    from warehouse.inbox import COUNTY_TIME

    return settings.night.business_date or datetime.now(COUNTY_TIME).date()


def _units(settings: Settings) -> dict[str, Any]:
    from warehouse.declarations import read_declarations

    return dict(read_declarations(settings.place.catalogue).units)


def _unit_id(units: dict[str, Any], asked: str | None) -> str | None:
    """A unit's id from its id or one of its names. Refuses an unknown one."""
    if asked is None or asked in units or asked == "county":
        return asked
    for name, unit in units.items():
        if asked in (unit.label.zh, unit.label.en, *unit.aliases):
            return name
    raise Refused(f"没有单位“{asked}” / no unit “{asked}”")


def _name(units: dict[str, Any], unit: str) -> str:
    known = units.get(unit)
    return str(getattr(known.label, chosen_lang())) if known else unit


def _print_finding(row: dict[str, Any], owner: str) -> None:
    """Who, what, until when; then the sentence."""
    lang = chosen_lang()
    words = (
        owner,
        period_words(row["period"], lang),
        standing_word(row["standing"], lang),
        state_word(row["state"], lang),
        severity_word(row["severity"], lang),
        say("due", day=row["due_on"]),
    )
    out.print(f"[bold]{row['id']:>4}[/]  {escape(' · '.join(words))}")
    out.print(f"      {escape(row[f'sentence_{lang}'])}", style="dim")


def _print_life(row: dict[str, Any], events: list[dict[str, Any]], units: dict[str, Any]) -> None:
    """The finding, then its history, oldest first."""
    lang = chosen_lang()
    _print_finding(row, _name(units, row["owner"]))
    for name in ("decide_by", "look_back_on"):
        if row[name]:
            out.print(f"      {say(name, day=row[name])}")
    if row["extension"]:
        out.print(f"      {say('extension', days=row['extension']['days'], who=escape(row['extension']['who']))}")
    for event in events:
        out.print(f"      {escape(_event_words(event, lang))}")


def _event_words(event: dict[str, Any], lang: Lang) -> str:
    when = event["night"].partition(".")[0] if event["night"] else event["day"].isoformat()
    who = say("by_night") if event["who"] == "night" else event["who"]
    said = [reason_word(event["reason"], lang) if event["reason"] else "", event["comment"]]
    said += [f"{event['evidence']['name']} {event['evidence']['sha256'][:12]}"] if event["evidence"] else []
    words = (when, who, move_word(event["action"], lang), state_word(event["to_state"], lang), *said)
    return "  ".join(word for word in words if word)
