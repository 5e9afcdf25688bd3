"""findings, finding: what is open and whose it is; one finding, and what people do about it."""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer
from rich.markup import escape

from app.finding_words import event_words, in_words
from app.wording import chosen_lang, period_words, severity_word, standing_word, state_word
from flows.commands.shared import (
    HomeOption,
    JsonOption,
    Refused,
    UnitOption,
    WhoOption,
    existing_home,
    out,
    owner_named,
    print_json,
    say,
    speaks_plainly,
    unit_label,
)
from flows.settings import Settings

if TYPE_CHECKING:
    from expectations.lifecycle import Role
    from warehouse.declarations import Declarations
    from warehouse.models import Unit

ACTIONS = (
    "show, assign, receive, plan, progress, contest, uphold, reject, evidence, return, verify, close, look_back, "
    "reopen, extend, approve, deny, refer, note"
)
MOST_EVIDENCE = 20 * 1024 * 1024


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
    words: Annotated[str | None, typer.Option("--text", help="句子里的文字 / words of the sentence")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列已过整改期限的 / past the deadline")] = False,
    look_back: Annotated[bool, typer.Option("--look-back", help="只列该回头看的 / due to be looked back on")] = False,
) -> None:  # fmt: skip
    """问题清单 / findings that a person has not closed, with owner and deadline; narrowed by what is asked."""
    from expectations.carried import DONE
    from expectations.findings import STATES, is_overdue
    from expectations.findings_json import findings_json
    from flows.checkups import latest_day
    from warehouse.ledger import open_ledger

    settings = existing_home(home)
    for word, known in ((state, STATES), (severity, ("high", "medium", "low"))):
        if word is not None and word not in known:
            raise Refused(f"没有“{word}”，可用的有 / no “{word}”; known: {', '.join(known)}")
    units = _declared(settings).units
    with open_ledger(settings.place) as ledger:
        rows = ledger.findings(owner=owner_named(units, unit))
    today = latest_day(settings)
    asked = {"state": state, "severity": severity, "target": target, "period": period}
    rows = [row for row in rows if all(value in (None, row[name]) for name, value in asked.items())]
    if words:
        rows = [row for row in rows if words.casefold() in f"{row['sentence_zh']} {row['sentence_en']}".casefold()]
    if overdue:
        rows = [row for row in rows if is_overdue(row, today)]
    if look_back:
        rows = [row for row in rows if row["state"] == "closed" and (row["look_back_on"] or date.max) <= today]
    elif state is None and not everything:
        rows = [row for row in rows if row["state"] not in DONE]
    if json:
        print_json(findings_json(rows))
        return
    for row in rows:
        _print_finding(row, unit_label(units, row["owner"]))
    out.print(say("finding_count", count=len(rows)) if rows else say("no_findings"))


def finding(
    number: Annotated[str, typer.Argument(help="问题编号，或 new 登记一个 / a finding's number, or new to enter one")],
    action: Annotated[str, typer.Argument(help=ACTIONS)] = "show",
    home: HomeOption = None,
    json: JsonOption = False,
    comment: Annotated[str, typer.Option("--comment", help="说明 / a comment")] = "",
    reason: Annotated[str, typer.Option("--reason", help="销号原因 / why it is closed")] = "",
    days: Annotated[int, typer.Option("--days", help="延期的工作日数 / working days of an extension")] = 0,
    to: Annotated[str | None, typer.Option("--to", help="转给的单位 / the unit it is referred to")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="佐证 / evidence", exists=True, dir_okay=False)] = None,
    who: WhoOption = "",
    role: Annotated[str, typer.Option("--role", help="office, inspector, liaison, leader")] = "office",
    unit: UnitOption = None,
    severity: Annotated[str, typer.Option("--severity", help="new: high, medium, low")] = "medium",
    basis: Annotated[str, typer.Option("--basis", help="new: 依据或职责 / the duty or law")] = "",
    due: Annotated[str | None, typer.Option("--due", help="new: 整改期限 / deadline, 2025-03-01")] = None,
    source: Annotated[str, typer.Option("--source", help="new: visit, feedback, other")] = "other",
    from_visit: Annotated[str | None, typer.Option("--from-visit", help="new: 报送编号:行号 / DELIVERY:ROW")] = None,
    from_ledger: Annotated[str | None, typer.Option("--from-ledger", help="new: 整改台账 / DELIVERY:ROW")] = None,
    everything: Annotated[bool, typer.Option("--all", help="new: 整份整改台账 / the whole ledger DELIVERY")] = False,
) -> None:  # fmt: skip
    """一个问题的经过和办理 / one finding: its history, one move of its life, or a new one; all of it is audited."""
    settings, person = existing_home(home), who or getpass.getuser()
    _check_role(role)
    declared = _declared(settings)
    if number == "new":
        from flows.checkups import latest_day
        from flows.commands.finding_new import enter, enter_ledger

        today = latest_day(settings)
        if from_ledger is not None:
            ids = enter_ledger(settings, declared, from_ledger, everything, severity, basis, person, role, today)
            if everything:
                _print_entered(ids, json)
                return
        else:
            ids = [enter(settings, declared, owner_named(declared.units, unit), comment, severity, basis, due, source,
                         from_visit, person, role, today)]  # fmt: skip
        number, action = str(ids[0]), "show"
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Refused(f"没有编号为 {number} 的问题 / no finding {number}")
    if action != "show":
        _move(settings, declared, int(number), action, comment, reason, days, to, file, person, role, unit)
    _show(settings, declared, int(number), json)


def _show(settings: Settings, declared: Declarations, number: int, json: bool) -> None:
    from warehouse.ledger import open_ledger

    with open_ledger(settings.place, read_only=True) as ledger:
        rows = ledger.findings(id=number)
        if not rows:
            raise Refused(f"没有编号为 {number} 的问题 / no finding {number}")
        events = ledger.finding_events(number)
    if json:
        print_json(rows[0] | {"history": events})
    else:
        _print_life(rows[0], events, declared.units)


def _print_entered(ids: list[int], json: bool) -> None:
    if json:
        print_json(ids)
        return
    shown = ", ".join(map(str, ids))
    out.print(say("ledger_entered", count=len(ids), numbers=shown) if ids else say("ledger_none"))


def _move(
    settings: Settings, declared: Declarations, number: int, action: str, comment: str, reason: str, days: int,
    to: str | None, file: Path | None, who: str, role: str, unit: str | None,
) -> None:  # fmt: skip
    from expectations.findings import FindingRefused
    from expectations.lifecycle import Person, Said, move_by_person
    from flows.checkups import latest_day
    from flows.commands.kept_files import keep, read_to_keep
    from warehouse.ledger import open_ledger
    from warehouse.workdays import Calendar

    content, evidence = b"", {}
    if file is not None and action == "evidence":
        content = read_to_keep(file, MOST_EVIDENCE, say("evidence_size", file=file.name))
        evidence = {"sha256": hashlib.sha256(content).hexdigest(), "name": file.name}
    said = Said(comment, reason, days, owner_named(declared.units, to) or "", evidence)
    person = Person(who, cast("Role", role), owner_named(declared.units, unit) or "")
    try:
        with open_ledger(settings.place) as ledger:
            move_by_person(
                ledger, number, action, person, said, latest_day(settings), Calendar(declared.holidays),
                settings.findings.limits(), keep=lambda: keep(settings, content) if content else None,
            )  # fmt: skip
    except FindingRefused as error:
        raise Refused(in_words(str(error))) from None


def _check_role(role: str) -> None:
    from expectations.lifecycle import Role

    if role not in get_args(Role):
        raise Refused(f"没有“{role}”这个角色 / no role {role}: {', '.join(get_args(Role))}")


def _declared(settings: Settings) -> Declarations:
    from warehouse.declarations import read_declarations

    return read_declarations(settings.place.catalogue)


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


def _print_life(row: dict[str, Any], events: list[dict[str, Any]], units: Mapping[str, Unit]) -> None:
    """The finding, then its history, oldest first."""
    lang = chosen_lang()
    _print_finding(row, unit_label(units, row["owner"]))
    for name in ("decide_by", "unjudged_since", "look_back_on"):
        if row[name]:
            out.print(f"      {say(name, day=row[name])}")
    if row["entered"]:
        out.print(f"      {escape(say('basis', basis=row['entered']['basis']))}")
    if row["entered"] and row["entered"]["row"]:
        out.print(f"      {escape(say('visit_row', **row['entered']['row']))}")
    if row["extension"]:
        out.print(f"      {say('extension', days=row['extension']['days'], who=escape(row['extension']['who']))}")
    for event in events:
        when, who, what, said = event_words(event, lang)
        words = (when, who, what, state_word(event["to_state"], lang), said)
        out.print(f"      {escape('  '.join(filter(None, words)))}")
