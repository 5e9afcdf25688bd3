"""Steps: build the snapshot, publish it in the one commit, and finish what comes after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from expectations.carried import Successors
from expectations.findings import is_overdue
from flows.night import Night, NightRefused
from flows.settling import fingerprints
from flows.slips import NO_DATASETS
from warehouse.inbox import CLOSED, hash_of
from warehouse.report_decisions import signatures
from warehouse.signed_year import SignedNightGone, SignedYear, read_signed_year, signed_nights

if TYPE_CHECKING:
    from expectations.findings import FindingChange
    from warehouse.publishing import Publishing

log = structlog.get_logger()
KEPT_NIGHTS = 30


def build(night: Night) -> None:
    """Copy last night's snapshot, apply tonight's deliveries, compute and judge. Nothing is published yet."""
    night.past_due = _past_due(night)
    night.signed = _signed_years(night, signed_nights(night.ledger))
    _build(night, night.base(), night.night)


def _signed_years(night: Night, nights: Mapping[str, str]) -> list[SignedYear]:
    """The signed years with what stood on the night of each. Refuses (NightRefused) when that is gone."""
    try:
        return [read_signed_year(night.home, year, name) for year, name in sorted(nights.items())]
    except SignedNightGone as error:
        raise NightRefused(str(error)) from None


def _past_due(night: Night) -> list[dict[str, Any]]:
    """The findings that are past their deadline as the night begins, and whose clock runs.

    The night writes them down: rebuilt later, it must count those that it saw and not those of that day. Each counts
    for the unit that answers tonight, though its handing over is only written at the night's end.
    """
    wanted = ("id", "target", "metric", "unit", "owner", "period", "state", "first_seen", "due_on", "severity")
    return [
        {name: row[name] for name in (*wanted, "sentence_zh")}
        | {"owner": night.declarations.answers_for(row["owner"], night.business_date)}
        for row in night.ledger.findings()
        if is_overdue(row, night.business_date)
    ]


def build_anew(night: Night, name: str) -> None:
    """The same from nothing but what was read again from the archive, as the snapshot of the night `name`."""
    published = night.ledger.current_night()
    summary = published["summary"] if published else {}
    night.past_due = list(summary.get("past_due") or ())
    # As on that night: what was signed after it did not bind it yet.
    night.signed = _signed_years(night, summary.get("signed") or {})
    _build(night, None, name)


def _build(night: Night, previous: Path | None, name: str) -> None:
    from expectations.judge import make_judge
    from warehouse.build import BuildPlan, build_snapshot

    plan = BuildPlan(apply=night.apply, reload=night.reload)
    judge = make_judge(night.declarations, night.calendar, night.business_date, night.evaluate, night.signed)
    meta = {
        "night": name,
        "business_date": night.business_date.isoformat(),
        "sample": str(night.settings.county.sample).lower(),
        "county": night.settings.county.name,
        "county_en": night.settings.county.name_en,
    }
    built = build_snapshot(
        previous,
        night.target,
        night.declarations,
        night.calendar,
        plan,
        night.business_date,
        judge,
        _deliveries(night),
        meta,
        night.past_due,
    )
    night.summary.figures_sha256 = built.figures_sha256
    log.info("counted", night=name, anew=built.counted_anew, of=len(night.declarations.metrics))


def _deliveries(night: Night) -> list[dict[str, Any]]:
    """All deliveries as they stand after tonight: the ledger's rows with tonight's changes on them.

    Those of a dataset that is no longer declared stay in the ledger alone, until it is declared again.
    """
    declared = night.declarations.contracts
    known = (row for row in night.ledger.deliveries() if row["dataset"] not in NO_DATASETS)
    known = (row for row in known if row["state"] != "in_force" or row["dataset"] in declared)
    rows = {row["id"]: dict(row) for row in known}
    for row in night.ledger_rows:
        if row.get("dataset") in NO_DATASETS:
            continue
        rows[row["id"]] = rows.get(row["id"], {"night": night.night}) | row
        for old in row.get("replaces") or ():
            rows[old]["state"] = "replaced"
    return list(rows.values())


def publish(night: Night) -> None:
    """The one commit: snapshot, deliveries, findings and letters, all or nothing, from now on for everybody."""
    from flows import slips, telling

    night.summary.snapshot = night.target.name
    night.summary.standings = telling.standing_counts(night)
    inbox = [
        [taken.file.path.relative_to(night.home.inbox).as_posix(), taken.sha256]
        for taken in night.taken
        if taken.leaves_inbox and taken.sha256
    ]
    summary = json.loads(json.dumps(night.summary.as_json(), default=str))
    past_due = json.loads(json.dumps(night.past_due, default=str))
    signed = {one.year: one.night for one in night.signed}
    last = night.ledger.current_night()
    with night.ledger.publishing() as tx:
        tx.publish_night(
            night.night,
            night.target.name,
            night.declarations.sha256,
            night.summary.figures_sha256,
            summary | {"inbox": inbox, "fingerprints": fingerprints(night), "past_due": past_due, "signed": signed},
        )
        slips.contest(night, tx)
        tx.record_deliveries(night.night, night.ledger_rows)
        _tell(night, tx, last["business_date"] if last else None)
        for day in night.summary.missed:
            tx.audit("night", "night_missed", {"date": day.isoformat(), "covered_by": night.night})


def _tell(night: Night, tx: Publishing, before: date | None) -> None:
    """Move the findings, decide who is told of it, and queue those letters; the book says why the others get none."""
    from expectations.cadence import mark_letters_told, plan_letters
    from expectations.desk import gather_desk
    from expectations.findings import move_findings
    from flows import telling

    moved = move_findings(
        tx, night.standings, night.night, night.business_date, night.calendar, night.sentence_of,
        _successors(night), night.after_signing,
    )  # fmt: skip
    night.changes = [telling.told_row(night, one.kind, one.finding) for one in moved if _is_news(one)]
    cadence, today = night.settings.letters.cadence(), night.business_date
    plan = plan_letters(tx, moved, cadence, night.calendar, night.night, today, before)
    tx.queue_letters(night.night, telling.letter_rows(night, plan, gather_desk(tx, today, plan.is_routine)))
    mark_letters_told(tx, plan, night.night)
    for unit, (reason, count) in plan.silent.items():
        tx.log_letter(night.night, unit, "letter", reason, findings=count)


def _successors(night: Night) -> Successors:
    declared = night.declarations
    return Successors(lambda unit: declared.answers_for(unit, night.business_date), declared.now_called)


def _is_news(moved: FindingChange) -> bool:
    """Whether a night's move is one: what is unchanged, or was never told and is right now, is none."""
    return moved.kind != "kept" and (moved.kind != "put_right" or moved.was_told)


def finish_last_night(night: Night) -> None:
    """A night killed right after its commit left files in the inbox and letters unwritten: they are its own."""
    from flows import telling

    published = night.ledger.current_night()
    if published is None or _is_finished(night, published["id"]):
        return
    _clear_inbox(night, published)
    telling.write_receipts(night, published)
    telling.write_letters(night, published)
    night.ledger.beat("finished", published["id"])


def clear_inbox(night: Night) -> None:
    """Take the files that were published out of the inbox."""
    published = night.ledger.current_night()
    assert published is not None
    _clear_inbox(night, published)


def mark_finished(night: Night) -> None:
    """From here on the next night has nothing left to do for this one."""
    night.ledger.beat("finished", night.night)


def _is_finished(night: Night, published: str) -> bool:
    done = night.ledger.heartbeats().get("finished")
    return done is not None and done["note"] == published


def _clear_inbox(night: Night, published: dict[str, Any]) -> None:
    for relative, sha256 in published["summary"].get("inbox", ()):
        path = night.home.inbox / relative
        try:
            # The same name may hold a newer file by now: only the very bytes that were published go.
            if path.is_file() and hash_of(path) == sha256:
                path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno not in CLOSED:
                raise
            # It stays, comes again as a duplicate, and the doctor names the folder.
            log.warning("file_not_cleared", sha256=sha256, reason=type(error).__name__)


def keep_history(night: Night) -> None:
    """Figures, standings and declarations of every night stay for good; old whole snapshots go.

    Also of earlier nights that were killed before this.
    """
    from warehouse.history import has_history
    from warehouse.snapshot import write_history

    for name in sorted(row["snapshot"] for row in night.ledger.nights(state="published")):
        snapshot = night.home.snapshots / name
        if snapshot.exists() and not has_history(night.home.history, snapshot.stem):
            write_history(snapshot, night.home.history, snapshot.stem)
    _prune(night)


def _prune(night: Night) -> None:
    """Whole snapshots stay for 30 nights, at month-ends, and for good where a signed report pins one."""
    published = [row for row in night.ledger.nights(state="published")]
    keep = {row["snapshot"] for row in published[:KEPT_NIGHTS]} | _month_ends(published)
    keep |= {row["snapshot"] for row in signatures(night.ledger)}
    keep.add(night.target.name)  # whatever the machine's clock said on the nights before
    for path in night.home.snapshots.glob("*.duckdb"):
        if path.name not in keep:
            path.unlink()


def _month_ends(published: list[dict[str, Any]]) -> set[str]:
    last: dict[tuple[int, int], tuple[date, int, str]] = {}
    for row in published:
        day = row["business_date"]
        found = (day, row["sequence"], row["snapshot"])
        last[day.year, day.month] = max(last.get((day.year, day.month), found), found)
    return {snapshot for _, _, snapshot in last.values()}
