"""Steps: take files from the inbox, read each once, keep their bytes."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from typing import Any

from flows.corrections import TakenList
from flows.night import Night, Taken
from flows.settling import known_candidate, new_candidate
from flows.slips import TakenSlip, is_of_slip
from warehouse.cells import CellError
from warehouse.inbox import COUNTY_TIME, InboxFile, NotTaken, archive, copy_out, look_into
from warehouse.purging import is_purged
from warehouse.resolve import UnitNames

SECRET = "secret"
PURGED = "purged"
NOTHING_KEPT = (SECRET, PURGED)


def take_files(night: Night) -> None:
    """List the inbox; a scheduled night leaves files that are still being written."""
    wait = night.settings.inbox.settled_seconds if night.scheduled else 0
    inbox = look_into(night.home.inbox, datetime.now(UTC), wait)
    names = UnitNames(night.declarations.units)
    here = [file for file in inbox.files if not _comes_later(night, file)]
    night.summary.waiting = len(inbox.waiting) + len(inbox.files) - len(here)
    night.taken = [Taken(file, supplier_of(names, file.folder), _received_on(night, file)) for file in here]
    # Older files first, so that of two versions of one export the later one stands.
    night.taken.sort(key=lambda taken: (taken.file.modified_at, taken.file.path.as_posix()))
    night.work.mkdir(parents=True, exist_ok=True)


def supplier_of(names: UnitNames, folder: str) -> str | None:
    """The unit whose folder it is, by id or name; None for a folder of nobody."""
    try:
        return names.read_unit(folder) if folder else None
    except CellError:
        return None


def _comes_later(night: Night, file: InboxFile) -> bool:
    """Where a file's own time is its arrival, a night asked for an earlier date leaves what came after it.

    A file dropped today into a home whose date is pinned is of that home's today, and is taken.
    """
    today = night.settings.night.business_date or datetime.now(COUNTY_TIME).date()
    if night.settings.inbox.arrival != "file_time" or night.business_date >= today:
        return False
    return night.business_date < file.modified_at.astimezone(COUNTY_TIME).date() <= datetime.now(COUNTY_TIME).date()


def _received_on(night: Night, file: InboxFile) -> date:
    """The night's date, or, where a home says so, the day the file itself bears (never a later one)."""
    if night.settings.inbox.arrival == "file_time":
        return min(file.modified_at.astimezone(COUNTY_TIME).date(), night.business_date)
    return night.business_date


def read_delivery(night: Night, taken: Taken) -> None:
    """Copy one file out, read it in guarded children, and note what each of its sheets became."""
    folder = night.work / f"{night.taken.index(taken):05d}"
    shutil.rmtree(folder, ignore_errors=True)  # what an earlier try left
    try:
        taken.copy, taken.sha256 = copy_out(taken.file, folder)
    except NotTaken:
        night.taken.remove(taken)
        night.summary.waiting += 1
        return
    if taken.supplier is None:
        _note_no_supplier(night, taken)
        return
    if is_purged(night.ledger, taken.sha256):
        _note_purged(night, taken)
        return
    known = _known(night, taken)
    prefix = f"{night.night}-{night.taken.index(taken):04d}"
    for number, row in enumerate(known, start=1):
        name = f"{prefix}.{number}"
        night.candidates.append(known_candidate(row, name, taken.file.name, taken.received_on))
    if not known:
        _read(night, taken, folder, prefix)


def _known(night: Night, taken: Taken) -> list[dict[str, Any]]:
    """The sheets of these very bytes when all of them were loaded before: then there is nothing to read."""
    seen = night.ledger.deliveries(sha256=taken.sha256, supplier=taken.supplier)
    if any(map(is_of_slip, seen)):
        return []
    loaded = [row for row in seen if row["state"] in ("in_force", "replaced")]
    if len(loaded) != len([row for row in seen if row["state"] != "duplicate"]):
        return []
    declared = night.declarations.contracts
    latest = {row["sheet"].partition("/")[2]: row for row in loaded if row["dataset"] in declared}
    return list(latest.values()) if (night.home.archive / taken.sha256).exists() else []


def _read(night: Night, taken: Taken, folder: Any, prefix: str) -> None:
    from warehouse.delivery import read_file

    assert taken.copy is not None and taken.supplier is not None
    read = read_file(
        taken.copy,
        taken.file.name,
        taken.supplier,
        night.declarations,
        night.calendar,
        received_on=taken.received_on,
        as_of=night.business_date,
        work=folder,
        delivery_id_prefix=prefix,
    )
    if read.slip is not None:
        night.slips.append(TakenSlip(taken, read.slip, prefix))
        return
    if read.corrections is not None:
        night.lists.append(TakenList(taken, read.corrections, prefix))
        return
    refusals = [(sheet.refused, sheet) for sheet in read.sheets if sheet.refused is not None]
    if read.refused is not None and not refusals:
        _note(night, taken, state="refused", refusal=read.refused)
    if read.refused is not None and read.refused.code == SECRET:
        taken.keep_bytes = taken.leaves_inbox = False
    for refusal, sheet in refusals:
        _note(night, taken, state="refused", refusal=refusal, sheet=f"{sheet.file}/{sheet.sheet}")
    for sheet in read.sheets:
        if sheet.loaded is not None:
            night.candidates.append(new_candidate(sheet.loaded, taken.sha256, taken.file.name, taken.received_on))


def _note_no_supplier(night: Night, taken: Taken) -> None:
    """A file outside every unit's folder stays where it lies, and is told once per version."""
    taken.keep_bytes = taken.leaves_inbox = False
    told = night.ledger.deliveries(sha256=taken.sha256, state="refused")
    if not any(row["refusal_code"] == "no_supplier" and row["file_name"] == taken.file.name for row in told):
        from warehouse.refusals import DeliveryRefused

        refusal = DeliveryRefused(
            "no_supplier",
            f"“{taken.file.name}”不在任何单位的文件夹里，请放入 inbox/<单位>/",
            f"“{taken.file.name}” lies in no unit's folder: move it into inbox/<unit>/",
        )
        _note(night, taken, state="refused", refusal=refusal)


def _note_purged(night: Night, taken: Taken) -> None:
    """The bytes of a purged file stay where they lie, are told once, and nothing of them is read or kept."""
    from warehouse.refusals import DeliveryRefused

    taken.keep_bytes = taken.leaves_inbox = False
    _note(night, taken, state="refused", refusal=DeliveryRefused(
        PURGED,
        "这份文件的内容已按决定销毁，不再载入，也不留存；请从收件夹移除，如需重报请报送更正后的文件",
        "its content was destroyed by decision: it is not taken again; please remove it, or send a corrected file",
    ))  # fmt: skip


def _note(
    night: Night,
    taken: Taken,
    *,
    state: str,
    refusal: Any = None,
    sheet: str = "",
) -> None:
    """One ledger row for a file or sheet of which nothing loads. A refused secret keeps no name."""
    secret = refusal is not None and refusal.code in NOTHING_KEPT
    if secret and night.ledger.deliveries(sha256=taken.sha256, refusal_code=refusal.code):
        return
    row: dict[str, Any] = {
        "id": f"{night.night}-{len(night.ledger_rows):04d}x",
        "supplier": taken.supplier,
        "file_name": "（不留存）" if secret else taken.file.name,
        "sheet": "" if secret else sheet,
        "sha256": taken.sha256,
        "received_on": taken.received_on,
        "state": state,
    }
    if refusal is not None:
        row |= {"refusal_code": refusal.code, "say": refusal.say, "say_en": refusal.say_en}
        told = night.ledger.deliveries(sha256=taken.sha256, supplier=taken.supplier, refusal_code=refusal.code)
        # The same bytes refused again for the same reason: the unit gets its receipt, nobody gets news.
        row["state"] = "duplicate" if told and taken.supplier else state
    night.ledger_rows.append(row)


def archive_files(night: Night) -> None:
    """Keep tonight's bytes under their hash, before the commit that names them; secrets are not kept."""
    for taken in night.taken:
        if taken.copy is None or not taken.copy.exists():
            continue
        if taken.keep_bytes:
            archive(taken.copy, taken.sha256, night.home.archive)
        else:
            shutil.rmtree(taken.copy.parent, ignore_errors=True)
