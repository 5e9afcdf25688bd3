"""finding new: a person enters a finding, in words or from a row of the ledger of visits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, cast

from app.wording import day_words, text
from flows.commands.shared import Refused
from flows.settings import Settings

if TYPE_CHECKING:
    from warehouse.declarations import Declarations

VISITS = "oversight_visits"


def enter(
    settings: Settings, declared: Declarations, unit: str | None, what: str, severity: str, basis: str,
    due: str | None, source: str, visit: str | None, who: str, role: str, today: date,
) -> int:  # fmt: skip
    """Enter a finding and return its number. Refuses in a sentence, with nothing done."""
    from expectations.entered import enter_finding
    from expectations.findings import FindingRefused
    from expectations.lifecycle import Person, Role
    from warehouse.ledger import open_ledger
    from warehouse.workdays import Calendar

    calendar = Calendar(declared.holidays)
    entry = _entry(settings, unit, what, severity, basis, _day(due), source, visit)
    try:
        with open_ledger(settings.place) as ledger:
            return int(enter_finding(ledger, entry, Person(who, cast(Role, role)), today, calendar)["id"])
    except FindingRefused as error:
        raise Refused(str(error)) from None


def _entry(
    settings: Settings, unit: str | None, what: str, severity: str, basis: str, due: date | None, source: str,
    visit: str | None,
) -> Any:  # fmt: skip
    from expectations.entered import Entry

    if visit is None:
        return Entry(unit or "", what, severity=severity, basis=basis, source=source, due_on=due)
    row = _visit_row(settings, visit)
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


def _visit_row(settings: Settings, asked: str) -> dict[str, Any]:
    """The loaded row of the ledger of visits that DELIVERY:ROW names."""
    from warehouse.ledger import open_ledger
    from warehouse.snapshot import open_current

    delivery, _, number = asked.rpartition(":")
    if not delivery or not (number.isascii() and number.isdigit()) or len(number) > 7:
        raise Refused(f"“{asked}”要写成 报送编号:行号 / write DELIVERY:ROW, as `ducha delivery list` names it")
    with open_ledger(settings.place, read_only=True) as ledger:
        known = ledger.deliveries(id=delivery, dataset=VISITS)
    if not known:
        raise Refused(f"“{delivery}”不是实地督察台账的报送 / {delivery} is no delivery of the ledger of visits")
    snapshot = open_current(settings.place)
    if snapshot is None:
        raise Refused("还没有跑过夜间任务 / no night has run yet")
    with snapshot:
        rows = snapshot.rows_behind(delivery, None, int(number))
    found = next((row for row in rows if row.get("visit_number")), None)
    if found is None:
        raise Refused(
            f"{known[0]['file_name']} 第{number}行不是已载入的督察记录 / row {number} of it is no loaded visit: look at"
            " its receipt, or take the row that replaced it"
        )
    return found


def _day(asked: str | None) -> date | None:
    if asked is None:
        return None
    try:
        return date.fromisoformat(asked)
    except ValueError:
        raise Refused(f"“{asked}”不是日期，请写成 2025-03-01 / {asked} is not a day: write 2025-03-01") from None
