"""Steps: return slips that came back. Each amends the rows it lists of one delivery, and contests what it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from app.finding_words import in_words
from app.wording import text
from flows.night import Night, Taken
from warehouse.refusals import DeliveryRefused
from warehouse.return_slips import ReturnedSlip, SlipLine, read_slip
from warehouse.settle import CORRECTIONS

Row = dict[str, Any]
# What a slip says of findings is no dataset: its line in the ledger carries no rows.
CONTESTS = "contests"
NO_DATASETS = (CONTESTS, CORRECTIONS)
SAID = ("objection", "reason", "evidence")


@dataclass(frozen=True)
class TakenSlip:
    """A slip of tonight, and the prefix of its deliveries' ids."""

    taken: Taken
    slip: ReturnedSlip
    prefix: str


@dataclass(frozen=True)
class _Part:
    """The lines of one sheet that correct one delivery. `rows`: the slip's row -> the row of that delivery."""

    sheet: str
    base: Row
    rows: Mapping[int, int]


def is_of_slip(row: Mapping[str, Any]) -> bool:
    """Whether a row of the ledger is a part of a return slip or of a 更正单."""
    return bool(row.get("amends")) or row.get("dataset") in NO_DATASETS


def settle_slips(night: Night) -> None:
    """Amend what stands after tonight's files: a delivery that one of them replaced is amended no more."""
    seen: set[tuple[str, str | None]] = set()
    for one in night.slips:
        came = (one.taken.sha256, one.taken.supplier)
        before = night.ledger.deliveries(sha256=came[0], supplier=came[1], state="in_force")
        if came in seen or any(map(is_of_slip, before)):
            night.ledger_rows.append(row_of(one, 0) | {"state": "duplicate"})
        else:
            seen.add(came)
            _settle(night, one)


def _settle(night: Night, one: TakenSlip) -> None:
    slip = one.slip
    if night.declarations.answers_for(slip.unit, night.business_date) != night.declarations.answers_for(
        one.taken.supplier or "", night.business_date
    ):
        night.ledger_rows.append(_refused(night, one, 0, _refusal("other_unit", file=one.taken.file.name)))
        return
    if not (slip.lines or slip.contests or slip.unclear):
        night.ledger_rows.append(_refused(night, one, 0, _refusal("untouched", file=one.taken.file.name)))
        return
    parts, refused = _parts(night, one)
    number = 0
    for part in parts:
        number += 1
        try:
            _amend(night, one, part, number)
        except DeliveryRefused as refusal:
            night.ledger_rows.append(_refused(night, one, number, refusal, part.sheet))
    for sheet, why in refused:
        number += 1
        night.ledger_rows.append(_refused(night, one, number, why, sheet))
    if slip.contests:
        # What becomes of each is known in the commit, from the findings as they are then.
        stands = {"dataset": CONTESTS, "state": "in_force", "told": []}
        night.ledger_rows.append(row_of(one, number + 1, slip.contests[0].sheet) | stands)


def _parts(night: Night, one: TakenSlip) -> tuple[list[_Part], list[tuple[str, DeliveryRefused]]]:
    """The lines by the delivery that they correct in the end: a line may stand for a row of an earlier slip."""
    known = {row["id"]: row for row in night.ledger.deliveries(supplier=one.taken.supplier)}
    found: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    refused = [(sheet, _refusal("unclear", sheet=sheet, row=row)) for sheet, row in one.slip.unclear]
    lost: set[tuple[str, str]] = set()
    for line in one.slip.lines:
        if (row := known.get(line.delivery)) is None:
            lost.add((line.sheet, line.delivery))
        elif row["amends"]:
            found[line.sheet, row["amends"]][line.row] = int(row["amended_rows"][str(line.source_row)])
        else:
            found[line.sheet, line.delivery][line.row] = line.source_row
    refused += [(sheet, _refusal("unknown_delivery", delivery=delivery)) for sheet, delivery in sorted(lost)]
    return [_Part(sheet, known[base], rows) for (sheet, base), rows in found.items()], refused


def _amend(night: Night, one: TakenSlip, part: _Part, number: int) -> None:
    from flows.settling import applied, counts_of

    base = part.base
    gone = {old for row in night.ledger_rows for old in row.get("replaces") or ()}
    if base["state"] != "in_force" or base["id"] in gone or base["dataset"] not in night.declarations.contracts:
        raise _refusal("not_in_force", delivery=base["id"], file=base["file_name"])
    if missing := _not_living(night, base, part.rows.values()):
        raise _refusal("no_row", delivery=base["id"], file=base["file_name"], row=missing[0])
    kept = ("dataset", "coverage_start", "coverage_end", "periods")
    amends = {"amends": base["id"], "amended_rows": {str(row): source for row, source in part.rows.items()}}
    row = row_of(one, number, part.sheet) | {name: base[name] for name in kept} | amends
    lines = [line for line in one.slip.lines if line.sheet == part.sheet and line.row in part.rows]
    own = _cells(lines, part.rows)
    stands = _stands(night, row)
    if all(stands.get(source, {}).items() >= edits.items() for source, edits in own.items()):
        night.ledger_rows.append(row | {"state": "duplicate"})
        return
    loaded = load_amending(night, row, base, own, night.business_date)
    told = {
        "code": "amended",
        **words("slip_back.amended", delivery=base["id"], file=base["file_name"], count=len(part.rows)),
    }
    row |= counts_of(loaded) | {"state": "in_force", "told": [told]}
    night.ledger_rows.append(row)
    night.apply.append(applied(night, loaded, row))


def places(night: Night, row: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Where the rows that a slip corrects may stand: in their delivery, or in another slip that corrected them."""
    wanted = set(row["amended_rows"].values())
    found = [(str(row["amends"]), int(source)) for source in sorted(wanted)]
    for other in (*night.ledger.deliveries(amends=row["amends"]), *night.ledger_rows):
        if other.get("amends") == row["amends"] and other["id"] != row["id"]:
            found += [(other["id"], int(own)) for own, source in other["amended_rows"].items() if source in wanted]
    return tuple(found)


def _not_living(night: Night, base: Row, rows: Iterable[int]) -> list[int]:
    """The rows of a delivery that stand neither loaded nor quarantined, nor in a slip that corrected them."""
    from warehouse.snapshot import open_snapshot

    last = night.last_snapshot()
    if last is None:
        return sorted(rows)
    with open_snapshot(last) as snapshot:
        return [
            source
            for source in sorted(rows)
            if not any(
                # What gave way is only listed: it names what it gave way to.
                "by_delivery" not in found
                for sent, row in places(night, {"id": "", "amends": base["id"], "amended_rows": {"": source}})
                for found in snapshot.rows_behind(sent, None, row)
            )
        ]


def load_slip_again(night: Night, row: Row, as_of: date) -> Any:
    """A slip of an earlier night, read as its delivery is declared now. Refuses what reads no more."""
    (base,) = night.ledger.deliveries(id=row["amends"])
    return load_amending(night, row, base, _edits_of(night, row), as_of)


def load_amending(night: Night, row: Row, base: Row, own: Mapping[int, Mapping[str, str]], as_of: date) -> Any:
    """The rows of a slip or a correction, read on top of all that was corrected in the same delivery before."""
    from warehouse.amending import Amendment, load_amended
    from warehouse.loaded import LoadContext

    cells = _stands(night, row)
    for source, edits in own.items():
        cells[source] |= edits
    sheet = row["sheet"].partition("/")[2]
    amendment = Amendment(sheet, cells, {source: int(at) for at, source in row["amended_rows"].items()})
    context = LoadContext(
        contract=night.declarations.contracts[base["dataset"]], dataset=base["dataset"], supplier=base["supplier"],
        declarations=night.declarations, calendar=night.calendar, delivery_id=row["id"],
        file=_read_archived(night, row)[1], received_on=base["received_on"], as_of=as_of,
        out=night.work / f"slip-{row['id']}",
    )  # fmt: skip
    return load_amended(_kept(night, base["sha256"]), base["file_name"], base["sheet"], amendment, context)


def _stands(night: Night, row: Row) -> dict[int, dict[str, str]]:
    """What the slips before this one have corrected in the same delivery."""
    cells: dict[int, dict[str, str]] = defaultdict(dict)
    for earlier in night.ledger.deliveries(amends=row["amends"], state="in_force"):
        if earlier["id"] == row["id"]:
            break
        for source, edits in _edits_of(night, earlier).items():
            cells[source] |= edits
    return cells


def _edits_of(night: Night, row: Row) -> Mapping[int, Mapping[str, str]]:
    return _read_archived(night, row)[0]


def _read_archived(night: Night, row: Row) -> tuple[Mapping[int, Mapping[str, str]], str]:
    """What a slip or a 更正单 says of the rows that it amended, and the name under which these stand."""
    from flows.corrections import as_amended
    from warehouse.corrections import read_lines
    from warehouse.sheets import read_sheets

    sheets = read_sheets(_kept(night, row["sha256"]), row["file_name"], night.work / f"slip-file-{row['id']}")
    if (lines := read_lines(sheets)) is not None:
        return as_amended(night, row, lines)
    slip = read_slip(sheets)
    rows = {int(at): int(source) for at, source in row["amended_rows"].items()}
    sheet = row["sheet"].partition("/")[2]
    own = [line for line in slip.lines if line.sheet == sheet and line.row in rows] if slip else []
    return _cells(own, rows), row["file_name"]


def _kept(night: Night, sha256: str) -> Path:
    """The bytes in the archive; what came tonight is there only after the night."""
    came = (one.copy for one in night.taken if one.sha256 == sha256 and one.copy)
    return next((path for path in came if path.exists()), night.home.archive / sha256)


def _cells(lines: Iterable[SlipLine], rows: Mapping[int, int]) -> dict[int, Mapping[str, str]]:
    return {rows[line.row]: line.edits for line in lines}


def contest(night: Night, tx: Any) -> None:
    """Inside the commit: the unit contests what it wrote down. What is refused is told in the receipt."""
    from expectations.findings import FindingRefused
    from expectations.lifecycle import Person, Said, move_inside

    came = {one.prefix: one for one in night.slips}
    for row in (row for row in night.ledger_rows if row.get("dataset") == CONTESTS):
        one = came[row["id"].rpartition(".")[0]]
        unit = night.declarations.answers_for(one.slip.unit, night.business_date)
        author = Person(night.declarations.units[unit].label.zh, "liaison", unit)
        for line in one.slip.contests:
            objection = text("slip_back.objection", "zh", **{name: line.said.get(name, "") for name in SAID})
            try:
                after = move_inside(
                    tx, night.ledger, line.finding, "contest", author, Said(objection), night.business_date,
                    night.calendar, night.settings.findings.limits(),
                )  # fmt: skip
                said = words("slip_back.contested", finding=line.finding, day=after["decide_by"])
            except FindingRefused as refused:
                zh, _, en = in_words(str(refused)).partition(" / ")
                place = {"row": line.row, "finding": line.finding}
                said = {"say": text("slip_back.not_contested", "zh", why=zh, **place),
                        "say_en": text("slip_back.not_contested", "en", why=en, **place)}  # fmt: skip
            row["told"].append({"code": "contest", **said})


def row_of(one: Any, number: int, sheet: str = "") -> Row:
    """The part of a ledger row that says which file of tonight it is; `one` has `taken` and `prefix`."""
    taken = one.taken
    return {
        "id": f"{one.prefix}.{number}", "supplier": taken.supplier, "file_name": taken.file.name,
        "sheet": f"{taken.file.name}/{sheet}", "sha256": taken.sha256, "received_on": taken.received_on,
    }  # fmt: skip


def _refused(night: Night, one: TakenSlip, number: int, refusal: DeliveryRefused, sheet: str = "") -> Row:
    """The same slip refused again for the same reason is no news, and gets its receipt."""
    told = night.ledger.deliveries(sha256=one.taken.sha256, supplier=one.taken.supplier, refusal_code=refusal.code)
    said = {"refusal_code": refusal.code, "say": refusal.say, "say_en": refusal.say_en}
    return row_of(one, number, sheet) | said | {"state": "duplicate" if told else "refused"}


def _refusal(key: str, **values: object) -> DeliveryRefused:
    said = words(f"slip_back.{key}", **values)
    return DeliveryRefused(f"slip_{key}", said["say"], said["say_en"])


def words(key: str, /, **values: object) -> dict[str, str]:
    """A text in both languages, as the ledger keeps what it tells."""
    return {"say": text(key, "zh", **values), "say_en": text(key, "en", **values)}
