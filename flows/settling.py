"""Steps: which of tonight's deliveries stand, and which datasets are read again from the archive."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from flows.night import Night
from warehouse.settle import Held, Version, same_version, standing_versions

NOTHING_SAID = {"refusal_code": None, "say": None, "say_en": None}


@dataclass(frozen=True)
class Candidate:
    """One sheet of tonight: its ledger row, and what was loaded of it.

    `loaded` (a `warehouse.loaded.Loaded`) is None for bytes that the ledger knows: they are read only if they stand.
    `held`: why it waits for the clerk.
    """

    row: dict[str, Any]
    loaded: Any = None
    held: Held | None = None


def new_candidate(loaded: Any, sha256: str, file_name: str, received_on: date) -> Candidate:
    """A sheet that was read tonight."""
    row = {
        "id": loaded.delivery_id,
        "dataset": loaded.dataset,
        "supplier": loaded.supplier,
        "file_name": file_name,
        "sheet": f"{loaded.file}/{loaded.sheet}",
        "sha256": sha256,
        "coverage_start": loaded.coverage.start,
        "coverage_end": loaded.coverage.end,
        "periods": list(loaded.coverage.periods),
        "received_on": received_on,
    }
    return Candidate(row | counts_of(loaded), loaded)


def known_candidate(known: dict[str, Any], name: str, file_name: str, received_on: date) -> Candidate:
    """A sheet whose bytes came before, from the same supplier."""
    kept = ("dataset", "supplier", "sheet", "sha256", "coverage_start", "coverage_end", "periods")
    row = {key: known[key] for key in kept} | {"id": name, "file_name": file_name, "received_on": received_on}
    return Candidate(row)


def version_of(row: dict[str, Any], night: Night) -> Version | None:
    """A ledger row as a version; None when its dataset is no longer declared."""
    contract = night.declarations.contracts.get(row["dataset"])
    if contract is None:
        return None
    return Version(
        row["id"],
        row["dataset"],
        row["supplier"],
        row["sha256"],
        row["sheet"],
        row["coverage_start"],
        row["coverage_end"],
        contract.mode,
        row.get("amends") or "",
    )


def settle_deliveries(night: Night) -> None:
    """Duplicate, replaced, held or in force. What counts is what stands when all of tonight's files have come.

    So an inbox dropped again, old versions and their corrections alike, changes nothing. A file that is held leaves
    its place to the one before it.
    """
    before = [version for row in night.ledger.in_force() if (version := version_of(row, night))]
    checked: dict[str, Candidate | None] = {}
    while True:
        stays_out = {name for name, found in checked.items() if found is None or found.held}
        lasting, repeated = _lasting(night, before, stays_out)
        open_ones = [one for one in night.candidates if one.row["id"] in lasting - repeated - checked.keys()]
        if not open_ones:
            break
        checked |= {one.row["id"]: _checked(night, one, before) for one in open_ones}
    for candidate in night.candidates:
        found = checked.get(candidate.row["id"], candidate)
        if found is not None:
            _settle(night, found, before, lasting, repeated)


def _lasting(night: Night, before: list[Version], stays_out: set[str]) -> tuple[set[str], set[str]]:
    """The ids that stand in the end, and tonight's that only repeat what stood when they came."""
    standing, repeated = before, set()
    for candidate in night.candidates:
        version = version_of(candidate.row, night)
        assert version is not None
        if version.delivery_id in stays_out:
            continue
        if same_version(version, standing):
            repeated.add(version.delivery_id)
        else:
            standing = standing_versions([*standing, version])
    return {version.delivery_id for version in standing}, repeated


def _checked(night: Night, candidate: Candidate, before: list[Version]) -> Candidate | None:
    """The candidate with its rows, and why it is held if it is; None when an earlier version reads no more."""
    version = version_of(candidate.row, night)
    assert version is not None
    peers = _peers(version, before)
    if same_version(version, peers):
        return candidate
    loaded = candidate.loaded or _loaded_again(night, candidate.row, night.business_date)
    if loaded is None:
        return None
    held = _held(night, loaded, peers) if version.mode == "replace" else None
    return Candidate(candidate.row | counts_of(loaded), loaded, held)


def _peers(version: Version, before: list[Version]) -> list[Version]:
    return [one for one in before if (one.dataset, one.supplier) == (version.dataset, version.supplier)]


def _settle(night: Night, candidate: Candidate, before: list[Version], lasting: set[str], repeated: set[str]) -> None:
    row = candidate.row
    version = version_of(row, night)
    assert version is not None
    peers = _peers(version, before)
    if held := candidate.held:
        said = {"refusal_code": held.code, "say": held.say, "say_en": held.say_en}
        night.ledger_rows.append(row | {"state": "held"} | said)
    elif row["id"] in repeated or same_version(version, peers):
        night.ledger_rows.append(row | {"state": "duplicate"})
    elif row["id"] not in lasting:
        night.ledger_rows.append(row | {"state": "duplicate" if candidate.loaded is None else "replaced"})
    else:
        still = {one.delivery_id for one in standing_versions([*peers, version])}
        gone = [one.delivery_id for one in peers if one.delivery_id not in still]
        night.ledger_rows.append(row | {"state": "in_force", "replaces": gone})
        night.apply.append(applied(night, candidate.loaded, row))


def _held(night: Night, loaded: Any, peers: list[Version]) -> Held | None:
    """Compare the slice that a replacement would drop, key by key, with what it brings."""
    from warehouse.slices import held_against

    last = night.last_snapshot()
    return held_against(last, loaded, night.ledger.findings()) if last is not None and peers else None


def applied(night: Night, loaded: Any, row: dict[str, Any]) -> Any:
    """A loaded sheet as the snapshot's build takes it."""
    from flows import slips
    from warehouse.build import AppliedDelivery

    return AppliedDelivery(
        delivery_id=row["id"],
        dataset=loaded.dataset,
        supplier=loaded.supplier,
        coverage_start=row["coverage_start"],
        coverage_end=row["coverage_end"],
        mode="amend" if row.get("amends") else night.declarations.contracts[loaded.dataset].mode,
        core=loaded.core_path,
        quarantine=loaded.quarantine_path if loaded.quarantined else None,
        listed=loaded.listed_path if loaded.listed else None,
        deletions=loaded.deletions_path if "deletion" in loaded.listed else None,
        meta=row,
        gives_way=slips.places(night, row) if row.get("amends") else (),
    )


def fingerprints(night: Night) -> dict[str, str]:
    """What the rows of each dataset depend on besides their files: contract, unit names, calendar."""
    units = {name: unit.model_dump(mode="json") for name, unit in night.declarations.units.items()}
    holidays = [holiday.model_dump(mode="json") for holiday in night.declarations.holidays]
    found = {}
    for name, contract in night.declarations.contracts.items():
        basis = [contract.model_dump(mode="json", by_alias=True), units, holidays if contract.clocks else None]
        found[name] = hashlib.sha256(json.dumps(basis, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return found


def reload_datasets(night: Night, everything: bool = False) -> None:
    """Read again from the archive: withdrawn, accepted, or read under another contract, roster or calendar."""
    last = night.ledger.current_night()
    everything = everything or (last is not None and night.base() is None)
    known = (last["summary"].get("fingerprints") or {}) if last else {}
    now = fingerprints(night)
    changed = {name for name, mark in now.items() if last and known.get(name) != mark}
    accepted = night.ledger.accepted()
    wanted = changed | set(night.ledger.reloads()) | {row["dataset"] for row in accepted}
    wanted = set(night.declarations.contracts) if everything else wanted & set(night.declarations.contracts)
    again = [one for dataset in sorted(wanted) for one in _read_dataset_again(night, dataset)]
    night.reload = wanted
    night.apply = [*again, *night.apply]


def _read_dataset_again(night: Night, dataset: str) -> list[Any]:
    """What carries rows of a dataset, read again in the order in which it came.

    One that was accepted, or that reads again after its contract was mended, takes the place it had when it came:
    a newer one of its slice stands before it.
    """
    rows = [row for row in night.ledger.deliveries(dataset=dataset) if row["state"] == "in_force" or _may_return(row)]
    read = {row["id"]: one for row in rows if (one := _read_again(night, row)) is not None}
    came = [row for row in rows if row["id"] in read]
    tonight = [one.meta for one in night.apply if one.dataset == dataset]
    versions = [version for row in (*came, *tonight) if (version := version_of(row, night))]
    still = {version.delivery_id for version in standing_versions(versions)}
    for row in came:
        said = {} if row["state"] == "in_force" else NOTHING_SAID
        state = "in_force" if row["id"] in still else "replaced"
        night.ledger_rows.append({"id": row["id"], "state": state} | counts_of(read[row["id"]]) | said)
    standing = [row for row in came if row["id"] in still]
    return [applied(night, read[row["id"]], row | counts_of(read[row["id"]])) for row in standing]


def _may_return(row: dict[str, Any]) -> bool:
    """Held and accepted by a person, or in force until a change of its contract made it unreadable."""
    decided = row["decided"] or {}
    if row["state"] == "held":
        return bool(decided.get("accepted"))
    return bool(row["state"] == "refused" and decided.get("stood"))


def _read_again(night: Night, row: dict[str, Any]) -> Any:
    """One archived delivery, read as it is declared now, under its own id; None when it no longer reads."""
    # As on the night it first came: a date that lay in the future then is quarantined again now.
    loaded = _loaded_again(night, row, date.fromisoformat(row["night"].split(".")[0]))
    if loaded is None:
        night.ledger_rows[-1]["decided"] = (row["decided"] or {}) | {"stood": True}
    return loaded


def _loaded_again(night: Night, row: dict[str, Any], as_of: date) -> Any:
    """Read one archived sheet. What no longer reads is told as refused."""
    from flows import slips
    from warehouse.delivery import read_again
    from warehouse.refusals import DeliveryRefused

    try:
        if row.get("amends"):
            return slips.load_slip_again(night, row, as_of)
        return read_again(
            night.home.archive / row["sha256"],
            row["file_name"],
            row["sheet"],
            row["supplier"],
            row["dataset"],
            night.declarations,
            night.calendar,
            received_on=row["received_on"],
            as_of=as_of,
            work=night.work / f"again-{row['id']}",
            delivery_id=row["id"],
        )
    except DeliveryRefused as refused:
        said = {"refusal_code": refused.code, "say": refused.say, "say_en": refused.say_en}
        night.ledger_rows.append(row | {"state": "refused"} | said)
        return None


def counts_of(loaded: Any) -> dict[str, Any]:
    """What the ledger keeps of how a sheet was split."""
    return {
        "rows": loaded.rows,
        "loaded": loaded.loaded,
        "quarantined": loaded.quarantined,
        "listed": dict(loaded.listed),
        "totals_tie": loaded.totals_tie,
        "key_duplicates": loaded.key_duplicates,
        "reasons": [asdict(reason) for reason in loaded.reasons],
        "told": [asdict(told) for told in loaded.told],
    }
