"""Steps: put findings into words, write receipts and letters, send, and sum up. Everything here can be done again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from flows.night import Night
from flows.taking import NOTHING_KEPT, supplier_of
from warehouse.durable import sync
from warehouse.inbox import CLOSED, RECEIPTS, shown_name
from warehouse.provisional import provisional_counts
from warehouse.resolve import UnitNames
from warehouse.signed_year import key_of, standings_after_signing

if TYPE_CHECKING:
    from app.letters.message import Letter
    from expectations.cadence import Plan

log = structlog.get_logger()
STANDINGS = ("met", "near", "short", "unsure", "missing", "not_due", "not_applicable", "error")


def word_findings(night: Night) -> None:
    """Give every standing that may be told its sentence, before the commit: no rendering happens inside it."""
    from app.letters.sentences import sentences_from
    from expectations.findings import opens_finding
    from warehouse.snapshot import open_snapshot

    known = {key_of(row) for row in night.ledger.findings()}
    with open_snapshot(night.target) as snapshot:
        night.standings = snapshot.standings()
        night.summary.provisional = provisional_counts(snapshot.engine, night.declarations)
        night.after_signing = standings_after_signing(snapshot.engine)
        write = sentences_from(snapshot, night.declarations)
        after = {key_of(row): row for row in night.after_signing}
        for standing in (after.get(key_of(row), row) for row in night.standings):
            key = key_of(standing)
            if key in known or opens_finding(standing):
                night.sentences[key] = write(standing)


def told_row(night: Night, change: str, finding: Mapping[str, Any]) -> dict[str, Any]:
    """One finding as letters tell it: with what tonight's standing, or the person who entered it, says beside it.

    A finding that nobody judges any more has neither.
    """
    names = ("dataset", "bound", "comparison", "basis")
    standing = finding["entered"] or night.standing_of(key_of(finding)) or {}
    more = {name: standing.get(name) for name in names}
    return {**finding, **more, "change": change, "finding_id": finding["id"]}


def letter_rows(night: Night, plan: Plan, desk: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The queue's rows for tonight: what is planned for units and leaders, and one to the inspectors."""
    from app.letters.message import message_id_of

    county, name = night.settings.county.name, night.night
    rows: list[dict[str, Any]] = [
        {
            "unit": one.unit,
            "kind": one.kind,
            "content": {"changes": [told_row(night, item.change, item.finding) for item in one.items]},
        }
        for one in plan.letters
    ]
    up = [told_row(night, "overdue", finding) for finding in plan.to_office]
    rows.append(
        {
            "unit": night.office,
            "kind": "office",
            "content": {"changes": night.changes, "desk": {**desk, "to_office": up}},
        }
    )
    for row in rows:
        row["message_id"] = message_id_of(county, name, str(row["unit"]), str(row["kind"]))
        row["path"] = f"letters/{name}/{row['kind']}-{row['unit']}.eml"
    return rows


def write_receipts(night: Night, published: Mapping[str, Any] | None = None) -> None:
    """One receipt per file that came, into the folder it came from. A folder closed to us gets none; that is logged."""
    from app.letters.receipt import receipt_name, write_receipt

    name, day = _name_and_day(night, published)
    folders = _folders(night, name)
    by_file: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in night.ledger.deliveries(night=name):
        if row["supplier"] and row["refusal_code"] not in NOTHING_KEPT:
            by_file[row["supplier"], row["file_name"], row["sha256"]].append(row)
    written: set[Path] = set()
    for (supplier, file_name, sha256), rows in by_file.items():
        folder = night.home.inbox / folders.get((supplier, sha256), supplier) / RECEIPTS
        path = folder / receipt_name(file_name, name)
        if path in written:
            path = folder / receipt_name(f"{sha256[:8]}_{file_name}", name)
        written.add(path)
        page = write_receipt(rows, name, day, night.declarations, night.settings.county.sample)
        try:
            _write(path, page)
        except OSError as error:
            if error.errno not in CLOSED:
                raise
            log.warning("receipt_not_written", unit=supplier, sha256=sha256, reason=type(error).__name__)


def _folders(night: Night, name: str) -> dict[tuple[str, str], str]:
    """The inbox folder of a unit (its id, or a name of it) in which these bytes lay on that night."""
    names = UnitNames(night.declarations.units)
    rows = [row for row in night.ledger.nights() if row["id"] == name]
    found = {}
    for relative, sha256 in rows[0]["summary"].get("inbox", ()) if rows else ():
        folder = relative.split("/")[0]
        found[supplier_of(names, shown_name(folder)) or folder, sha256] = folder
    return found


def _name_and_day(night: Night, published: Mapping[str, Any] | None) -> tuple[str, Any]:
    return (published["id"], published["business_date"]) if published else (night.night, night.business_date)


def write_letters(night: Night, published: Mapping[str, Any] | None = None) -> None:
    """Write the queued letters of a night as files; a letter with nothing to say is marked so and not written."""
    from app.letters.compose import compose
    from warehouse.snapshot import open_snapshot

    name, day = _name_and_day(night, published)
    held = (row for row in night.ledger.letters(night=name, state="held") if not row["subject"])
    queued = {row["message_id"]: row for row in (*night.ledger.letters(night=name, state="queued"), *held)}
    if not queued:
        return
    told = {
        (row["unit"], row["kind"]): row["content"].get("changes", ())
        for row in queued.values()
        if row["kind"] != "office"
    }
    office: dict[str, Any] = next((row["content"] for row in queued.values() if row["kind"] == "office"), {})
    target = night.home.snapshots / (published["snapshot"] if published else night.target.name)
    with open_snapshot(target) as snapshot:
        letters = compose(
            snapshot,
            office.get("changes", ()),
            snapshot.declarations,
            name,
            day,
            snapshot.meta["county"],  # as it was named when the letters were queued
            night.settings.county.sample,
            night.settings.mail.office,
            f"http://127.0.0.1:{night.settings.ports.view}",
            sender=night.settings.mail.sender,
            audit_head=night.ledger.audit_head(),
            letters=told,
            desk=office.get("desk"),
        )
    _keep_letters(night, letters, queued)
    for row in queued.values():
        night.ledger.mark_letter(row["id"], "superseded", "unchanged")


def _keep_letters(night: Night, letters: Sequence[Letter], queued: dict[str, dict[str, Any]]) -> None:
    """Each letter as a file, and then as written in the ledger; what is written is taken out of `queued`."""
    from app.letters.on_paper import write_papers

    paths = {letter.message_id: night.settings.home / queued[letter.message_id]["path"] for letter in letters}
    for letter in letters:
        path = paths[letter.message_id]
        _write(path, letter.eml)
        if letter.slip is not None:
            _write(path.with_suffix(".xlsx"), letter.slip)
        if letter.recipient is None:
            paper = write_papers([letter.eml], night.settings.county.sample)
            _write(path.with_suffix(".docx"), paper)
    # The ledger says of a letter that it is written once it outlives a power cut: an empty one would be sent.
    for folder in {path.parent for path in paths.values()}:
        sync(folder)
    for letter in letters:
        night.ledger.word_letter(queued.pop(letter.message_id)["id"], letter.subject, letter.recipient)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(content)
    sync(beside)
    beside.replace(path)


def send_letters(night: Night) -> None:
    """Send what waits; what cannot go stays queued with its reason."""
    from flows.posting import send_waiting

    counts = send_waiting(night.ledger, night.settings, datetime.now(UTC))
    night.summary.letters |= counts


def standing_counts(night: Night) -> dict[str, int]:
    """How many standings of each word tonight has; known before the commit, and committed with it."""
    return {name: 0 for name in STANDINGS} | Counter(row["standing"] for row in night.standings)


def summarise(night: Night) -> None:
    """Count tonight for the clerk."""
    summary = night.summary
    summary.files = len(night.taken)
    rows = night.ledger_rows if night.dry_run else night.ledger.deliveries(night=night.night)
    tonight = {row["id"] for row in rows}
    # Earlier files that were in force and read no more under a changed contract.
    stopped = [row for row in night.ledger_rows if row["state"] == "refused" and row["id"] not in tonight]
    summary.deliveries = dict(Counter(row["state"] for row in (*rows, *stopped)))
    counted = [row for row in rows if row["state"] != "duplicate"]
    for name in ("rows", "loaded", "quarantined"):
        setattr(summary, name, sum(row.get(name) or 0 for row in counted))
    summary.listed = sum(sum((row.get("listed") or {}).values()) for row in counted)
    summary.changes = dict(Counter(change["change"] for change in night.changes))
    summary.open_findings = sum(1 for row in night.ledger.findings() if row["state"] not in ("closed", "looked_back"))
    kinds = Counter(row["kind"] for row in night.ledger.letters(night=night.night) if row["state"] != "superseded")
    summary.letters |= kinds
    summary.letters["receipts"] = len(
        {(row["supplier"], row["file_name"], row["sha256"]) for row in rows if row.get("supplier")}
    )
    summary.refused = [
        {
            "file": row["file_name"],
            "supplier": row["supplier"] or "",
            "state": row["state"],
            "say": row.get("say") or "",
            "say_en": row.get("say_en") or "",
        }
        for row in (*rows, *stopped)
        if row["state"] in ("refused", "held")
    ]
