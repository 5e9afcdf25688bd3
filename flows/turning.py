"""A year's turn: targets copied, what is still to be given listed, and what goes on by itself counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.wording import text
from flows.checkups import latest_day
from flows.making import make_home
from flows.settings import Settings
from warehouse.declarations import Declarations, read_declarations
from warehouse.ledger import open_ledger
from warehouse.models import Roster
from warehouse.report_decisions import signed_report
from warehouse.target_copies import TargetCopies, copy_targets
from warehouse.workdays import Calendar

MOST_NAMED = 8


class YearRefused(Exception):
    """A year that cannot be opened; `str()` says why in both languages. Nothing was done."""


@dataclass(frozen=True)
class ToGive:
    """One thing that a person must give or look through. `kind`: calendar, roster, contacts, unit."""

    kind: str
    subject: str
    count: int
    say: str
    say_en: str


@dataclass(frozen=True)
class OpenedYear:
    """What was done, what is left to do, and what goes on. `running`: dataset -> rows due in the new year."""

    year: int
    targets: TargetCopies
    folders: list[str]
    to_give: list[ToGive]
    open_findings: int
    held: int
    running: dict[str, int]
    is_signed: bool

    @property
    def has_changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.targets.copied or self.folders)


def open_year(settings: Settings, year: int, who: str) -> OpenedYear:
    """Turn the home to a year; done again it changes nothing. Refuses (YearRefused) a year that is too far away."""
    home = settings.place
    _check_near(settings, year)
    read_declarations(home.catalogue)  # nothing is written where something does not read
    targets = copy_targets(home.catalogue, year)
    if not (targets.copied or targets.given or targets.by_hand):
        raise YearRefused(
            f"{year - 1}年末没有任何目标，无可沿用 / no target holds at the end of {year - 1}: there is nothing to copy"
        )
    declared = read_declarations(home.catalogue)
    folders = make_home(home)
    found, held, is_signed = 0, 0, False
    if home.ledger.exists():
        with open_ledger(home) as ledger:
            found = sum(row["state"] not in ("closed", "looked_back") for row in ledger.findings())
            held = len(ledger.deliveries(state="held"))
            is_signed = signed_report(ledger, str(year - 1)) is not None
            if targets.copied:
                ledger.append_audit(who, "year_opened", {"year": year, "targets": list(targets.copied)})
    waiting = list(_to_give(declared, year, home.catalogue))
    return OpenedYear(year, targets, folders, waiting, found, held, _running(settings, declared, year), is_signed)


def _check_near(settings: Settings, year: int) -> None:
    """The running year or the next one: targets of a far year would end those that hold until then."""
    latest = latest_day(settings).year + 1
    if year > latest:
        raise YearRefused(
            f"{year}年还太远，最多可以打开{latest}年 / {year} is too far away: {latest} is the last to open"
        )


def _to_give(declared: Declarations, year: int, catalogue: Path) -> Iterator[ToGive]:
    if not Calendar(declared.holidays).is_known(date(year, 6, 1)):
        yield _item("calendar", "holidays.csv", 1, year=year)
    for name, roster in declared.rosters.items():
        yield from _of_roster(declared, name, roster, year)
    first = date(year, 1, 1)
    units = [declared.units[name] for name in declared.units_for("all", first)]
    silent = [unit.label.zh for unit in units if not (unit.email and unit.liaison)]
    if silent:
        yield _item("contacts", "units.yml", len(silent), names=_named(silent))
    gone = [
        unit.label.zh
        for unit in declared.units.values()
        if unit.valid_to and unit.valid_to < first and not unit.becomes
    ]
    if gone:
        yield _item("unit", "units.yml", len(gone), names=_named(gone))


def _of_roster(declared: Declarations, name: str, roster: Roster, year: int) -> Iterator[ToGive]:
    """A list with a row per year lacks the new one; a list of posts lacks who follows somebody that left."""
    rows, label = roster.rows.values(), roster.label.zh
    if "year_on" in roster.columns:
        if not any(row.get("year_on", "").startswith(f"{year}-") for row in rows):
            yield _item("roster_year", f"{name}.yml", 1, label=label, year=year)
        return
    ends = [column for column in roster.columns if column.endswith(("_to", "_until"))]
    if not ends or "unit" not in roster.columns:
        return
    first = f"{year}-01-01"
    held = {row["unit"] for row in rows if not row.get(ends[0]) or row[ends[0]] > first}
    in_force = declared.units_for("all", date(year, 1, 1))
    left = [unit for unit in dict.fromkeys(row["unit"] for row in rows) if unit not in held and unit in in_force]
    if left:
        names = _named([declared.units[unit].label.zh for unit in left])
        yield _item("roster", f"{name}.yml", len(left), label=label, names=names)
    yield _item("review", f"{name}.yml", len(held), label=label, year=year)


def _item(kind: str, subject: str, count: int, **values: object) -> ToGive:
    said = [text(f"cli.year.{kind}", lang, subject=subject, count=count, **values) for lang in ("zh", "en")]
    return ToGive(kind, subject, count, *said)


def _named(names: list[str]) -> str:
    return "、".join(names[:MOST_NAMED]) + ("……" if len(names) > MOST_NAMED else "")


def _running(settings: Settings, declared: Declarations, year: int) -> dict[str, int]:
    """Rows of earlier years with a statutory deadline in the new year or later, by dataset."""
    from warehouse.snapshot import open_current

    snapshot = open_current(settings.place)
    if snapshot is None:
        return {}
    first, found = f"DATE '{year}-01-01'", {}
    with snapshot:
        for name, contract in snapshot.declarations.contracts.items():
            due = " OR ".join(f"({one} >= {first} AND year({one}) < 9999)" for one in contract.due_columns)
            if due and name in declared.contracts:
                sql = f"SELECT count(*) AS rows FROM {name} WHERE _on < {first} AND ({due})"
                if rows := int(snapshot.engine.rows(sql)[0]["rows"]):
                    found[name] = rows
    return found
