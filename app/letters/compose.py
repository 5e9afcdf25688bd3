"""Every letter of one night: one per owner of a finding that moved, and one to the inspectors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from app.letters.cell_words import declared_words, row_sentence, unit_words
from app.letters.held import held_table
from app.letters.letter import CALLS, LetterFacts, Told, letter_parts, sentence_in, subject_of
from app.letters.message import Letter, Part, Planned, message_id_of, one_line, one_recipient, write_eml
from app.letters.office import OfficeFacts, is_worth_a_mail, office_parts, office_subject
from app.letters.sent import sent_tables
from app.letters.sentences import as_number, finding_label, finding_sentence, scope_words, shortfall_rows
from app.letters.slip import Contested, HeldTable, RowToCheck, Slip, write_slip
from app.lights import gravest_first
from app.wording import day_words, text
from warehouse.declarations import Declarations

if TYPE_CHECKING:
    from warehouse.snapshot import Snapshot

Row = Mapping[str, Any]
ROWS_IN_SLIP = 5_000
TOLD_CHANGES = (*CALLS, "put_right")
NO_UNIT = "office"
Kind = Literal["letter", "leader", "office"]


@dataclass(frozen=True)
class Occasion:
    """Which night of which county writes, and from where. `view_url` may be empty."""

    declarations: Declarations
    night: str
    business_date: date
    county: str
    sample: bool
    office_address: str
    view_url: str
    sender: str = ""
    audit_head: str = ""
    desk: Row = field(default_factory=dict)


def compose(
    snapshot: Snapshot,
    changes: Iterable[Row],
    declarations: Declarations,
    night: str,
    business_date: date,
    county: str,
    sample: bool,
    office_address: str,
    view_url: str,
    *,
    sender: str = "",
    audit_head: str = "",
    letters: Mapping[tuple[str, Kind], Sequence[Row]] | None = None,
    desk: Row | None = None,
) -> list[Letter]:
    """The letters of one night: one per unit, one per leader in charge, and the inspectors' mail.

    `changes`: what `move_findings` returned, as the inspectors hear of it; unchanged findings and checks that did not
    run are nobody's letter, and a recovery is told only where the finding was told before. `letters`: what each unit or
    leader is told tonight; left out, each owner is told its changes. `desk`: what the office itself has to do.
    A unit without a usable address gets its letter written, with no recipient. Writes and sends nothing itself.
    """
    occasion = Occasion(
        declarations, night, business_date, county, sample, office_address, view_url, sender, audit_head, desk or {}
    )
    return Writer(snapshot, changes, occasion, letters).letters()


def told_changes(changes: Iterable[Row]) -> list[Row]:
    """The changes that a letter may tell, of what `move_findings` returned: the gravest first, then what lacks most."""
    rows = [{**change, "finding_id": change.get("finding_id", change.get("id"))} for change in changes]
    told = [
        row
        for row in rows
        if row["change"] in TOLD_CHANGES
        and row["standing"] != "error"
        and (row["change"] != "put_right" or row.get("was_told", True))
    ]
    return sorted(told, key=lambda row: (*gravest_first(row), -(as_number(row.get("short_by")) or 0)))


def by_owner(changes: Iterable[Row]) -> dict[tuple[str, Kind], list[Row]]:
    """The changes of each owner, for a letter of its own."""
    found: dict[tuple[str, Kind], list[Row]] = defaultdict(list)
    for change in changes:
        found[change["owner"], "letter"].append(change)
    return found


def address_for_units(view_url: str) -> str:
    """The view's address as far as a unit can open it: on the loopback only the machine itself can."""
    host = urlsplit(view_url).hostname or ""
    return "" if host == "localhost" or host.startswith("127.") else view_url


class Writer:
    """Plans and writes the letters of one night. Planning reads no rows and renders nothing."""

    def __init__(
        self,
        snapshot: Snapshot,
        changes: Iterable[Row],
        occasion: Occasion,
        letters: Mapping[tuple[str, Kind], Sequence[Row]] | None = None,
    ) -> None:
        self.snapshot, self.occasion = snapshot, occasion
        self.declarations = occasion.declarations
        self.changes = told_changes(changes)
        told = by_owner(self.changes) if letters is None else letters
        self.told = {whom: told_changes(told[whom]) for whom in sorted(told)}
        self.office = OfficeFacts(
            standings=snapshot.standings(),
            owed=snapshot.owed(),
            deliveries=snapshot.deliveries(),
            changes=self.changes,
            declarations=occasion.declarations,
            night=occasion.night,
            business_date=occasion.business_date,
            county=occasion.county,
            sample=occasion.sample,
            view_url=occasion.view_url,
            audit_head=occasion.audit_head,
            desk=occasion.desk,
        )

    def plan(self) -> list[Planned]:
        """Who is written to tonight: the same recipients, subjects and Message-IDs that `letters` gives."""
        planned = [
            self._planned(subject_of(self._facts(unit, kind, [Told(change) for change in told])), unit, kind, told)
            for (unit, kind), told in self.told.items()
        ]
        return planned + ([self._planned_office()] if is_worth_a_mail(self.office) else [])

    def letters(self) -> list[Letter]:
        """The planned letters, written out."""
        return [
            self._office_letter(planned)
            if planned.kind == "office"
            else self._letter(planned, self.told[planned.unit, planned.kind])
            for planned in self.plan()
        ]

    def _planned(self, subject: str, unit: str, kind: Kind, told: Sequence[Row]) -> Planned:
        known = self.declarations.units.get(unit)
        ids = tuple(sorted(int(change["finding_id"]) for change in told))
        address = (known.leader_email if kind == "leader" else known.email) if known else None
        return Planned(unit, kind, one_recipient(address), one_line(subject), self._message_id(unit, kind), ids)

    def _planned_office(self) -> Planned:
        offices = (name for name, unit in self.declarations.units.items() if unit.kind == "office")
        unit, recipient = next(offices, NO_UNIT), one_recipient(self.occasion.office_address)
        subject = one_line(office_subject(self.office))
        return Planned(unit, "office", recipient, subject, self._message_id(unit, "office"), ())

    def _message_id(self, unit: str, kind: str) -> str:
        return message_id_of(self.occasion.county, self.occasion.night, unit, kind)

    def _letter(self, planned: Planned, changes: Sequence[Row]) -> Letter:
        told = [self._told(change) for change in changes]
        slip = self._slip(planned.unit, told) if planned.kind == "letter" else None
        eml = self._eml(planned, letter_parts(self._facts(planned.unit, planned.kind, told, slip is not None)), slip)
        return Letter(**vars(planned), eml=eml, slip=slip)

    def _office_letter(self, planned: Planned) -> Letter:
        return Letter(**vars(planned), eml=self._eml(planned, office_parts(self.office), None))

    def _eml(self, planned: Planned, parts: Sequence[Part], slip: bytes | None) -> bytes:
        name = text("letters.sender_name", "zh", county=self.occasion.county)
        sender = (name, one_recipient(self.occasion.sender))
        attached = text("letters.attachment", "zh")
        return write_eml(planned, sender, self.occasion.business_date, parts, slip, attached)

    def _facts(self, owner: str, kind: Kind, told: Sequence[Told], has_slip: bool = False) -> LetterFacts:
        return LetterFacts(
            unit=owner,
            told=tuple(told),
            stopped=tuple(row for row in self.office.stopped_tonight if row["supplier"] == owner),
            corrected=tuple(
                told
                for row in self.office.deliveries
                if row["supplier"] == owner
                for told in row["told"] or ()
                if told["code"] == "corrected"
            ),
            business_date=self.occasion.business_date,
            sample=self.occasion.sample,
            view_url=address_for_units(self.occasion.view_url),
            has_slip=has_slip,
            declarations=self.declarations,
            is_for_leader=kind == "leader",
        )

    def _told(self, change: Row) -> Told:
        """A change with its rows; a finding that came without its sentence gets it here."""
        rows, count = shortfall_rows(self.snapshot, change, self.declarations, ROWS_IN_SLIP)
        sentences = {}
        for lang in ("zh", "en"):
            first = rows[0] if rows else None
            said = change.get(f"sentence_{lang}")
            sentences[f"sentence_{lang}"] = said or finding_sentence(change, first, count, self.declarations, lang)
        return Told({**change, **sentences}, tuple(rows), count)

    def _slip(self, owner: str, told: Sequence[Told]) -> bytes | None:
        """None when nothing is asked, or when no row explains what is asked."""
        asked = [each for each in told if not each.is_put_right]
        held = self._held(owner) if asked else ()
        rows = tuple(row for each in asked for row in self._rows_to_check(each))
        matters = [row.matter for row in rows]
        traced = zip((row for each in asked for row in each.rows), matters, strict=True)
        if not rows and not held:
            return None
        slip = Slip(
            unit=unit_words(owner, self.declarations, "zh"),
            night=self.occasion.night,
            business_date=self.occasion.business_date,
            day=day_words(self.occasion.business_date, "zh"),
            sample=self.occasion.sample,
            rows=rows,
            more_rows=sum(each.count - len(each.rows) for each in asked),
            held=held,
            sent=sent_tables(traced, owner, self.snapshot, self.declarations),
            unit_id=owner,
            contested=tuple(
                Contested(
                    int(each.finding["finding_id"]),
                    finding_label(each.finding, self.declarations, "zh"),
                    scope_words(each.finding, self.declarations, "zh"),
                    sentence_in(each.finding, "zh"),
                )
                for each in asked
            ),
        )
        return write_slip(slip)

    def _held(self, owner: str) -> tuple[HeldTable, ...]:
        tables: list[HeldTable] = []
        if not self.snapshot.quarantine_count(supplier=owner):
            return ()
        for dataset, contract in self.declarations.contracts.items():
            count = self.snapshot.quarantine_count(dataset=dataset, supplier=owner)
            if count:
                rows = self.snapshot.quarantine(limit=ROWS_IN_SLIP, dataset=dataset, supplier=owner)
                tables.append(held_table(rows, contract, count - len(rows)))
        return tuple(tables)

    def _rows_to_check(self, told: Told) -> list[RowToCheck]:
        if not told.rows:
            return []
        metric = self.declarations.metrics[told.finding["metric"]]
        return [
            RowToCheck(
                figure=metric.label.zh,
                period=scope_words(told.finding, self.declarations, "zh"),
                matter=row_sentence(row, metric, self.declarations, "zh") or "",
                delivery=str(row.get("_delivery") or ""),
                file=declared_words(row, self.declarations, "zh") or str(row.get("_file") or ""),
                sheet=str(row.get("_sheet") or ""),
                row=str(row.get("_row") or ""),
            )
            for row in told.rows
        ]
