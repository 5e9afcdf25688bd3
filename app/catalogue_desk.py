"""Units, targets, rosters, holidays and silences out as a workbook, and back in: previewed, then taken over whole."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from app.bringing import NotLookedAt, declared_now
from app.county_rules import read_county_rules
from app.visit import Visit
from app.wording import has_text, text
from expectations.foreseen import Foreseen, foreseen
from warehouse.catalogue_book import read_book, write_book
from warehouse.catalogue_change import Change, Fault, changes_of
from warehouse.catalogue_grids import Grid, Key, Kinds, grids_of, masked, personal_of, tree_of
from warehouse.catalogue_silences import PART as SILENCES
from warehouse.catalogue_silences import keep_silences, silence_changes, silences_grid
from warehouse.catalogue_write import fault_of_whole, files_of, take_over
from warehouse.declarations import Declarations
from warehouse.latest_day import latest_day
from warehouse.ledger import DecisionRefused, open_ledger
from warehouse.masking import mask_value
from warehouse.models import Target
from warehouse.night_lock import HomeHeld, held
from warehouse.refusals import DeliveryRefused

CHANGED, TAKEN_OUT = "catalogue_changed", "catalogue_taken_out"
log = logging.getLogger("ducha.view")


@dataclass(frozen=True)
class Preview:
    """What a workbook would change. `basis`: the hash of the declarations that it was held against, and `silenced` the
    silences that stood.

    `is_stale`: it was downloaded before a later change · `whole`: what would be wrong with the catalogue as a whole ·
    `foreseen`: by metric, for changed targets.
    """

    basis: str
    silenced: frozenset[Key]
    is_stale: bool
    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]
    files: Mapping[str, str]
    whole: str
    foreseen: Mapping[str, Foreseen]
    personal: Kinds

    def before(self, change: Change, field: str) -> str:
        """What stood in a cell, masked where it is personal."""
        value, kind = (change.before or {}).get(field, ""), self.personal.get(change.part, {}).get(field)
        return str(mask_value(kind, value)) if kind else value

    @property
    def may_be_taken(self) -> bool:
        """Whether there is something to take over and nothing against it."""
        return bool(self.changes) and not self.faults and not self.whole


def part_title(visit: Visit, grid: Grid) -> str:
    """What people call a table."""
    key = f"screens.catalogue.parts.{grid.part}"
    roster = visit.declarations.rosters.get(grid.part)
    if has_text(key):
        return text(key, visit.viewer.lang)
    return visit.viewer.label(roster.label) if roster else grid.title or grid.part


def field_title(visit: Visit, field: str) -> str:
    """What people call a column."""
    for key in (f"screens.catalogue.fields.{field}", f"screens.rules.columns.{field}"):
        if has_text(key):
            return text(key, visit.viewer.lang)
    return visit.column_name(field, ())


def catalogue_book(visit: Visit) -> bytes:
    """The workbook of everything as it counts now, people masked: for who keeps it, and audited.

    Refuses (NotLookedAt) everybody else, and a catalogue that does not read.
    """
    viewer = visit.viewer
    if not viewer.may("edit_catalogue"):
        raise NotLookedAt(viewer.say("acting.not_yours"))
    declared = declared_now(visit)
    grids = {name: masked(grid, personal_of(declared)) for name, grid in _grids(visit).items()}
    titles = {part: part_title(visit, grid) for part, grid in grids.items()}
    heads = {part: [field_title(visit, field) for field in grid.fields] for part, grid in grids.items()}
    with open_ledger(visit.home) as ledger:
        ledger.append_audit(viewer.who, TAKEN_OUT, {"rows": sum(len(grid.rows) for grid in grids.values())})
    whose = [visit.county(), *([viewer.say("sample")] if visit.is_sample else []), viewer.say("catalogue.note")]
    return write_book(grids, titles, heads, " · ".join(whose), declared.sha256[:12])


def previewed(visit: Visit, name: str, data: bytes) -> Preview:
    """What a workbook would change; nothing is written. Refuses (NotLookedAt) in a sentence what cannot be read."""
    viewer = visit.viewer
    if not viewer.may("edit_catalogue"):
        raise NotLookedAt(viewer.say("acting.not_yours"))
    declared = declared_now(visit)
    grids, today = _grids(visit), _today(visit)
    try:
        rows, versions = read_book(data, name, grids)
    except DeliveryRefused as refused:
        raise NotLookedAt(refused.say_en if viewer.lang == "en" else refused.say) from None
    changes, faults = changes_of(grids, [row for row in rows if row.part != SILENCES], declared)
    files = files_of(visit.home.catalogue, changes) if not faults else {}
    whole = fault_of_whole(visit.home.catalogue, files) if files else ""
    told = {change.key[0]: _foreseen(visit, declared, change) for change in changes if change.part == "targets"}
    quiet = [row for row in rows if row.part == SILENCES]
    silent, wrong = silence_changes(visit.ledger.con, grids[SILENCES], quiet, declared, today, viewer.who)
    changes, faults = [*changes, *silent], [*faults, *wrong]
    is_stale = versions != {declared.sha256[:12]}
    return Preview(
        declared.sha256, frozenset(grids[SILENCES].rows), is_stale, tuple(changes), tuple(faults), files, whole, told,
        personal_of(declared),
    )  # fmt: skip


def _grids(visit: Visit) -> dict[str, Grid]:
    """Every table of the workbook: those of the catalogue, and the silences of the ledger."""
    return grids_of(visit.home.catalogue) | {SILENCES: silences_grid(visit.ledger.con, _today(visit))}


def _today(visit: Visit) -> date:
    """The day of what is done by hand. Refuses (NotLookedAt) a ducha.toml that does not read."""
    try:
        return latest_day(visit.home, read_county_rules(visit.home).night.business_date)
    except (OSError, ValueError):
        raise NotLookedAt(visit.viewer.say("acting.no_rules")) from None


def _foreseen(visit: Visit, declared: Declarations, change: Change) -> Foreseen:
    """An estimate where one target of its metric changes; new and further ones are left to the night."""
    metric = change.key[0]
    if change.before is None or len(declared.targets.get(metric, ())) != 1:
        return Foreseen(is_known=False)
    target = Target.model_validate(tree_of("targets", change.after))
    return foreseen(target, visit.snapshot.standings(target=metric))


def take_in(visit: Visit, preview: Preview) -> str:
    """Take a previewed workbook over, whole; "" or the sentence that refuses it. Never while a night runs.

    What is declared goes into the catalogue and silences into the ledger. Audited with the files' hashes before and
    after; what stood there is kept beside.
    """
    viewer, home = visit.viewer, visit.home
    if visit.is_past:
        return viewer.say("acting.past")
    if not viewer.may("edit_catalogue"):
        return viewer.say("acting.not_yours")
    try:
        with held(home), open_ledger(home) as ledger, ledger.publishing() as tx:
            today, quiet = _today(visit), [one for one in preview.changes if one.part == SILENCES]
            is_same = preview.silenced == frozenset(silences_grid(ledger.con, today).rows)
            if not preview.may_be_taken or not is_same or declared_now(visit).sha256 != preview.basis:
                return viewer.say("catalogue.stale")
            rows = {part: sum(one.part == part for one in preview.changes) for part in _parts(preview)}
            hashes = {place: hashlib.sha256(words.encode()).hexdigest() for place, words in preview.files.items()}
            tx.audit(viewer.who, CHANGED, {"rows": rows, "files": hashes, "before": preview.basis})
            keep_silences(tx, quiet, today, viewer.who)
            take_over(home, preview.files, datetime.now(UTC))
    except DecisionRefused as refused:
        return str(refused).split(" / ")[viewer.lang == "en"]
    except HomeHeld:
        return viewer.say("catalogue.night_runs")
    except NotLookedAt as unread:
        return str(unread)
    except sqlite3.OperationalError:
        log.exception("the ledger could not be written")
        return viewer.say("acting.busy")
    except OSError:
        log.exception("the catalogue could not be written")
        return viewer.say("bring.no_room")
    return ""


def _parts(preview: Preview) -> list[str]:
    return list(dict.fromkeys(one.part for one in preview.changes))
