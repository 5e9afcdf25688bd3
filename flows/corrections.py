"""Steps: what the office corrects (更正单). A second person approves it; each line stands until the source agrees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.wording import text
from flows.night import Night, Taken
from flows.slips import row_of, words
from warehouse.corrections import BadLine, Correction, CorrectionLine, read_correction, read_lines
from warehouse.predicates import constant_sql
from warehouse.refusals import DeliveryRefused
from warehouse.resolve import UnitNames
from warehouse.settle import CORRECTIONS
from warehouse.tables import TYPES

Row = dict[str, Any]


@dataclass(frozen=True)
class TakenList:
    """A 更正单 of tonight, and the prefix of its id in the ledger."""

    taken: Taken
    lines: tuple[CorrectionLine, ...]
    prefix: str


@dataclass(frozen=True)
class _Found:
    """A row that a line names, as it stands after tonight's files, and which of the line's values it has."""

    delivery: str
    row: int
    is_old: bool
    is_new: bool


def settle_corrections(night: Night) -> None:
    """Hold tonight's lists for a second person, then let every approved line stand, or end."""
    names = UnitNames(night.declarations.units)
    for one in night.lists:
        night.ledger_rows.append(_held(night, one, names))
    for row in night.ledger.accepted():
        if row["dataset"] == CORRECTIONS:
            night.ledger_rows.append({"id": row["id"], "dataset": CORRECTIONS, "state": "in_force"})
            _apply_list(night, row, names)
    for row in night.ledger.in_force(dataset=CORRECTIONS):
        _apply_list(night, row, names)


def _held(night: Night, one: TakenList, names: UnitNames) -> Row:
    """The list's row in the ledger: held, repeated, or refused with what is wrong in each line."""
    row = row_of(one, 0, one.lines[0].sheet if one.lines else "") | {"dataset": CORRECTIONS}
    unit = night.declarations.units[one.taken.supplier or ""]
    if unit.kind != "office":
        return row | _refused("not_office", file=one.taken.file.name)
    same = night.ledger.deliveries(sha256=one.taken.sha256, dataset=CORRECTIONS)
    if any(known["state"] in ("held", "in_force") for known in same):
        return row | {"state": "duplicate"}
    bad = [_bad_words(line, error) for line, error in _bad_lines(night, one.lines, names)]
    if len(bad) == len(one.lines):
        return row | _refused("no_line", file=one.taken.file.name) | {"told": bad}
    authors = sorted({line.said["entered_by"] for line in one.lines})
    waits = words("corrections.waits", count=len(one.lines) - len(bad), id=row["id"])
    held = {"state": "held", "refusal_code": "second_person", "decided": {"entered_by": authors}, "told": bad}
    return row | held | waits


def _refused(code: str, **values: object) -> Row:
    return {"state": "refused", "refusal_code": f"corrections_{code}", **words(f"corrections.{code}", **values)}


def _bad_lines(
    night: Night, lines: tuple[CorrectionLine, ...], names: UnitNames
) -> Iterator[tuple[CorrectionLine, BadLine]]:
    for line in lines:
        try:
            read_correction(line, night.declarations.contracts, names)
        except BadLine as error:
            yield line, error


def _bad_words(line: CorrectionLine, error: BadLine) -> dict[str, str]:
    zh = {"row": line.row, **error.values}
    en = zh | ({"say": error.values["say_en"]} if "say_en" in error.values else {})
    key = f"corrections.{error.code}"
    return {"code": "bad_line", "say": text(key, "zh", **zh), "say_en": text(key, "en", **en)}


def _apply_list(night: Night, row: Row, names: UnitNames) -> None:
    """Each line of an approved list that has not ended: it stands already, takes its place tonight, or ends."""
    known = night.ledger.deliveries(sha256=row["sha256"])
    ended = {one["code"] for each in known if each["state"] == "replaced" for one in each["told"] or ()}
    for line in lines_of(night, row):
        if f"ended:{line.sheet}:{line.row}" in ended:
            continue
        try:
            correction = read_correction(line, night.declarations.contracts, names)
        except BadLine:
            continue  # told when the list came
        if (why := _place(night, row, correction)) is not None:
            told = words(f"corrections.{why}", row=line.row, **_sides(night, correction))
            name = f"{night.night}-e{len(night.ledger_rows):04d}"
            kept = ("supplier", "file_name", "sheet", "sha256")
            night.ledger_rows.append(
                {key: row[key] for key in kept}
                | {"id": name, "dataset": CORRECTIONS, "received_on": night.business_date, "state": "replaced"}
                | {"told": [{"code": f"ended:{line.sheet}:{line.row}", **told}]}
            )


def _place(night: Night, row: Row, correction: Correction) -> str | None:
    """Let a line stand in the place of the row that it names; else why it has ended."""
    found = _rows_now(night, correction)
    if len(found) != 1:
        return "several_rows" if found else "no_such_row"
    (one,) = found
    known = {each["id"]: each for each in (*night.ledger.deliveries(id=one.delivery), *night.ledger_rows)}
    base, at = known[one.delivery], one.row
    if base.get("amends"):
        if base["sha256"] == row["sha256"] and at == correction.line.row:
            return None  # it stands
        at = int(base["amended_rows"][str(at)])
        (base,) = night.ledger.deliveries(id=base["amends"])
    if not one.is_old:
        return "source_agrees" if one.is_new else "source_differs"
    return _amend(night, row, correction, base, at)


def _amend(night: Night, row: Row, correction: Correction, base: Row, at: int) -> str | None:
    from flows.settling import applied, counts_of
    from flows.slips import load_amending

    line, contract = correction.line, night.declarations.contracts[correction.dataset]
    told = {"code": "corrected", **words("corrections.corrected", **_sides(night, correction))}
    new = {
        "id": f"{night.night}-c{len(night.ledger_rows):04d}", "supplier": base["supplier"], "dataset": base["dataset"],
        "file_name": row["file_name"], "sheet": f"{row['file_name']}/{line.sheet}", "sha256": row["sha256"],
        "received_on": night.business_date, "amends": base["id"], "amended_rows": {str(line.row): at},
    }  # fmt: skip
    new |= {name: base[name] for name in ("coverage_start", "coverage_end", "periods")}
    edits = {at: {contract.columns[correction.column].header[0]: line.said["new"]}}
    try:
        loaded = load_amending(night, new, base, edits, night.business_date)
    except DeliveryRefused:
        return "no_longer_reads"
    if loaded.loaded != 1:
        return "breaks_a_rule"
    new |= counts_of(loaded) | {"state": "in_force", "told": [told]}
    night.ledger_rows.append(new)
    night.apply.append(applied(night, loaded, new))
    return None


def _rows_now(night: Night, correction: Correction) -> list[_Found]:
    """The rows of that key as they stand after tonight: tonight's own where it brings any, else last night's."""
    from warehouse.snapshot import open_snapshot

    last = night.last_snapshot()
    if last is None:
        return []
    contract = night.declarations.contracts[correction.dataset]

    def has(name: str, value: object) -> str:
        kind = TYPES.get(contract.columns[name].type, "VARCHAR")
        return f"{name} IS NULL" if value is None else f"{name} = CAST({constant_sql(str(value))} AS {kind})"

    sides = ", ".join(
        f"coalesce({has(correction.column, value)}, FALSE) AS is_{side}"
        for side, value in (("old", correction.old), ("new", correction.new))
    )
    where = " AND ".join(has(name, value) for name, value in correction.key.items())
    ask = f"SELECT _delivery AS delivery, _row AS row, {sides} FROM {{source}} WHERE {where}"
    tonight = [one.core for one in night.apply if one.dataset == correction.dataset and one.mode != "amend"]
    gone = {old for row in night.ledger_rows for old in row.get("replaces") or ()}
    with open_snapshot(last) as snapshot:
        found = [
            row
            for path in tonight
            for row in snapshot.engine.rows(ask.format(source=f"read_parquet({constant_sql(str(path))})"))
        ]
        found = found or snapshot.engine.rows(ask.format(source=correction.dataset))
    return [_Found(**row) for row in found if row["delivery"] not in gone]


def _sides(night: Night, correction: Correction) -> dict[str, str]:
    """A correction in words: a person's own data is never written out."""
    contract = night.declarations.contracts[correction.dataset]
    column, said = contract.columns[correction.column], correction.line.said
    hidden = {"old": "***", "new": "***"} if column.personal else {}
    shown = {name: said[name] for name in ("key", "old", "new", "basis", "document")} | hidden
    return {**shown, "dataset": contract.label.zh, "column": column.header[0]}


def lines_of(night: Night, row: Row) -> tuple[CorrectionLine, ...]:
    """The lines of an archived 更正单."""
    from warehouse.sheets import read_sheets

    work = night.work / f"corrections-{row['id']}"
    return read_lines(read_sheets(night.home.archive / row["sha256"], row["file_name"], work)) or ()


def as_amended(night: Night, row: Row, lines: tuple[CorrectionLine, ...]) -> tuple[dict[int, dict[str, str]], str]:
    """What a standing correction changes (row -> header -> text), and how its place is written: with both values."""
    contract = night.declarations.contracts[row["dataset"]]
    names = UnitNames(night.declarations.units)
    line = next(one for one in lines if str(one.row) in row["amended_rows"] and row["sheet"].endswith(f"/{one.sheet}"))
    try:
        correction = read_correction(line, night.declarations.contracts, names)
    except BadLine as error:
        said = words("corrections.no_longer_reads", row=line.row, file=row["file_name"])
        raise DeliveryRefused("corrections_no_longer_reads", said["say"], said["say_en"]) from error
    header = contract.columns[correction.column].header[0]
    place = text("corrections.place", "zh", file=row["file_name"], **_sides(night, correction))
    return {int(row["amended_rows"][str(line.row)]): {header: line.said["new"]}}, place
