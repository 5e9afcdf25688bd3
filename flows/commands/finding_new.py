"""finding new: a person enters a finding, in words or from a row of the ledger of visits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, cast

from app.wording import day_words, text
from flows.commands.shared import Refused, day_asked
from flows.settings import Settings

if TYPE_CHECKING:
    from warehouse.declarations import Declarations

VISITS, LEDGER = "oversight_visits", "rectifications"
# What the night found itself lives under its own number.
OWN_SOURCE = "automatic"


def enter(
    settings: Settings, declared: Declarations, unit: str | None, what: str, severity: str, basis: str,
    due: str | None, source: str, visit: str | None, who: str, role: str, today: date,
) -> int:  # fmt: skip
    """Enter a finding and return its number. Refuses in a sentence, with nothing done."""
    entry = _entry(settings, unit, what, severity, basis, day_asked(due) if due is not None else None, source, visit)
    return _entered(settings, declared, [entry], who, role, today)[0]


def enter_ledger(
    settings: Settings, declared: Declarations, asked: str, everything: bool, severity: str, basis: str, who: str,
    role: str, today: date,
) -> list[int]:  # fmt: skip
    """Enter a row of a ledger of rectifications, or all of a delivery's that are open and not entered yet.

    Refuses in a sentence, with nothing done, a single row that is closed, entered before, or the night's own finding.
    """
    from expectations.entered import ENTERED
    from warehouse.ledger import open_ledger

    if not everything:
        row = _row_of(settings, asked, LEDGER, "整改台账", "the ledger of rectifications", "rectification_number")
        if row["closed_on"] is not None or row["source"] == OWN_SOURCE:
            raise Refused(
                f"整改台账第{row['_row']}行已销号，或是系统自动发现的问题，不再登记"
                f" / row {row['_row']} is closed, or a finding of the night itself: it is not entered again"
            )
        return _entered(settings, declared, [_of_ledger(declared, row, severity, basis)], who, role, today)
    with open_ledger(settings.place, read_only=True) as ledger:
        known = {(one["target"], one["period"]) for one in ledger.findings() if one["entered"]}
    entries = [
        _of_ledger(declared, row, severity, basis)
        for row in _all_rows(settings, asked)
        if row["closed_on"] is None and row["source"] != OWN_SOURCE
    ]
    new = [one for one in entries if (f"{ENTERED}{one.number}", one.period) not in known]
    return _entered(settings, declared, new, who, role, today)


def _entered(
    settings: Settings, declared: Declarations, entries: list[Any], who: str, role: str, today: date
) -> list[int]:
    from expectations.entered import enter_finding
    from expectations.findings import FindingRefused
    from expectations.lifecycle import Person, Role
    from warehouse.ledger import open_ledger
    from warehouse.workdays import Calendar

    calendar = Calendar(declared.holidays)
    person = Person(who, cast(Role, role))
    try:
        with open_ledger(settings.place) as ledger:
            return [int(enter_finding(ledger, entry, person, today, calendar)["id"]) for entry in entries]
    except FindingRefused as error:
        raise Refused(str(error)) from None


def _entry(
    settings: Settings, unit: str | None, what: str, severity: str, basis: str, due: date | None, source: str,
    visit: str | None,
) -> Any:  # fmt: skip
    from expectations.entered import Entry

    if visit is None:
        return Entry(unit or "", what, severity=severity, basis=basis, source=source, due_on=due)
    row = _row_of(settings, visit, VISITS, "实地督察台账", "the ledger of visits", "visit_number")
    if unit not in (None, row["visited_unit"]):
        raise Refused(f"这次督察的是“{row['visited_unit']}”，不是“{unit}” / the visit was to {row['visited_unit']}")
    if not row["problems_count"] and not what.strip():
        raise Refused(
            "台账没有记发现的问题，请用 --comment 写明 / no problem is recorded: say with --comment what was found"
        )
    said = {
        lang: text(f"cli.visit_found_{'other' if what.strip() else 'count'}", lang, number=row["visit_number"],
                   day=day_words(row["visited_on"], lang), count=row["problems_count"], what=what.strip())
        for lang in ("zh", "en")
    }  # fmt: skip
    place = {"delivery": row["_delivery"], "file": row["_file"], "sheet": row["_sheet"], "row": row["_row"]}
    period = str(row["visited_on"].year)
    return Entry(
        row["visited_unit"], said["zh"], said["en"], severity, basis, "visit", due, period, row["visit_number"], place
    )


def _of_ledger(declared: Declarations, row: dict[str, Any], severity: str, basis: str) -> Any:
    from app.letters.cell_words import code_words
    from expectations.entered import Entry

    column = declared.contracts[LEDGER].columns["source"]
    words = {lang: code_words("source", row["source"], column, declared, lang) for lang in ("zh", "en")}
    said = {
        lang: text("cli.ledger_problem", lang, number=row["rectification_number"], source=words[lang],
                   day=day_words(row["assigned_on"], lang), problem=row["problem"])
        for lang in ("zh", "en")
    }  # fmt: skip
    place = {"delivery": row["_delivery"], "file": row["_file"], "sheet": row["_sheet"], "row": row["_row"]}
    return Entry(
        row["unit"], said["zh"], said["en"], severity, basis or text("cli.ledger_basis", "zh", source=words["zh"]),
        "feedback", row["limit_on"], str(row["assigned_on"].year), f"{LEDGER}:{row['rectification_number']}", place,
        is_on_record=True,
    )  # fmt: skip


def _all_rows(settings: Settings, delivery: str) -> list[dict[str, Any]]:
    """Every loaded row of a delivery of the ledger of rectifications."""
    from warehouse.predicates import constant_sql
    from warehouse.snapshot import open_current

    _check_delivery(settings, delivery, LEDGER, "整改台账", "the ledger of rectifications")
    snapshot = open_current(settings.place)
    if snapshot is None:
        raise Refused("还没有跑过夜间任务 / no night has run yet")
    with snapshot:
        where = f"_delivery = {constant_sql(delivery)}"
        numbers = snapshot.engine.rows(f"SELECT _row FROM {LEDGER} WHERE {where} ORDER BY _row")
        return [row for one in numbers for row in snapshot.rows_behind(delivery, None, one["_row"])]


def _check_delivery(settings: Settings, delivery: str, dataset: str, zh: str, en: str) -> dict[str, Any]:
    from warehouse.ledger import open_ledger

    with open_ledger(settings.place, read_only=True) as ledger:
        known = ledger.deliveries(id=delivery, dataset=dataset)
    if not known:
        raise Refused(f"“{delivery}”不是{zh}的报送 / {delivery} is no delivery of {en}")
    return known[0]


def _row_of(settings: Settings, asked: str, dataset: str, zh: str, en: str, key: str) -> dict[str, Any]:
    """The loaded row of a dataset that DELIVERY:ROW names."""
    from warehouse.snapshot import open_current

    delivery, _, number = asked.rpartition(":")
    if not delivery or not (number.isascii() and number.isdigit()) or len(number) > 7:
        raise Refused(f"“{asked}”要写成 报送编号:行号 / write DELIVERY:ROW, as `ducha delivery list` names it")
    known = _check_delivery(settings, delivery, dataset, zh, en)
    snapshot = open_current(settings.place)
    if snapshot is None:
        raise Refused("还没有跑过夜间任务 / no night has run yet")
    with snapshot:
        rows = snapshot.rows_behind(delivery, None, int(number))
    found = next((row for row in rows if row.get(key)), None)
    if found is None:
        raise Refused(
            f"{known['file_name']} 第{number}行不是已载入的{zh}记录 / row {number} of it is no loaded row of {en}: look"
            " at its receipt, or take the row that replaced it"
        )
    return found
