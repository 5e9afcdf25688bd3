"""The five yearly tables of enforcement, one row per unit, counted from the year's own cases, measures and officers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.officers import enforcing_units, officers
from flows.sample_county.setting import Setting

PENALTIES, LICENCES = "penalty_statistics", "licence_statistics"
COERCION, ACTIONS, CERTIFICATES = "coercion_statistics", "other_action_statistics", "certificate_statistics"
# The columns that stand under the merged header of each table.
GROUPED = {
    PENALTIES: ("warnings", "total"),
    LICENCES: ("carried_in", "revoked"),
    COERCION: ("sealings", "total"),
    ACTIONS: ("levies", "total"),
    CERTIFICATES: ("held_before", "on_staff"),
}


def statistics_exports(
    setting: Setting, penalties: list[Row], measures: list[Row], inspections: list[Row]
) -> Iterator[Export]:
    """Five workbooks with a header in two rows and a note below; fines in 万元."""
    rows = {
        PENALTIES: list(_penalties(setting, penalties)),
        LICENCES: list(_licences(setting)),
        COERCION: list(_coercion(setting, measures)),
        ACTIONS: list(_actions(setting, inspections)),
        CERTIFICATES: list(_certificates(setting)),
    }
    for left, (dataset, (first, last)) in enumerate(GROUPED.items(), start=3):
        group = (setting.text(dataset, "group"), setting.header(dataset, first), setting.header(dataset, last))
        layout = Layout(
            "xlsx",
            setting.text(dataset, "title"),
            group=group,
            serial=dataset in (PENALTIES, ACTIONS),
            empties=("", "—", "/"),
            money_header=str(setting.words["enterprises"]["wan_yuan"]),
            total=dataset == PENALTIES,
            notes=(str(setting.words["statistics_notes"]), *setting.notes()),
        )
        name = setting.text(dataset, "file")
        arrives = setting.arrival(dataset, str(setting.year), left)
        yield Export(dataset, "justice_bureau", name, layout, rows[dataset], arrives)


def _units(setting: Setting) -> list[str]:
    return setting.declarations.units_for("enforcement", date(setting.year, 12, 31))


def _row(setting: Setting, unit: str, counts: dict[str, int]) -> Row:
    """What was never done is left blank, as the note allows."""
    return {"stat_year_on": date(setting.year, 12, 31), "unit": unit} | {
        name: count if count or name == "total" else None for name, count in counts.items()
    }


def _penalties(setting: Setting, penalties: list[Row]) -> Iterator[Row]:
    classes = {held["kind_name"]: held for held in setting.declarations.rosters["penalty_classes"].rows.values()}
    for unit in _units(setting):
        own = [row for row in penalties if row["enforcement_unit"] == unit and row.get("decided_on")
               and row["discretion"] != "exempt"]  # fmt: skip
        counts = Counter(_gravest(classes, str(row["kinds"])) for row in own)
        row = _row(setting, unit, dict(counts) | {"total": len(own)})
        if setting.is_planted("statistics_do_not_tie", unit):
            row["total"] = len(own) + 1
        money = [row.get(name) for row in own for name in ("fine_yuan", "confiscated_yuan")]
        yield row | {"amount_yuan": sum((one for one in money if isinstance(one, Decimal)), Decimal(0))}


def _gravest(classes: dict[Any, dict[str, str]], kinds: str) -> str:
    return max((classes[kind] for kind in kinds.split("、")), key=lambda held: int(held["gravity"]))["class"]


def _licences(setting: Setting) -> Iterator[Row]:
    rnd = setting.random(LICENCES)
    for unit in _units(setting):
        carried, applied = rnd.randint(0, 6), rnd.randint(20, 900)
        accepted = applied - rnd.randint(0, applied // 20)
        refused, revoked = rnd.randint(0, 3), rnd.randint(0, 1)
        granted = accepted + carried - refused - revoked - rnd.randint(0, 5)
        row = _row(setting, unit, {"carried_in": carried, "refused": refused, "revoked": revoked})
        yield row | {"applied": applied, "accepted": accepted, "granted": granted}


def _coercion(setting: Setting, measures: list[Row]) -> Iterator[Row]:
    rnd = setting.random(COERCION)
    for unit in _units(setting):
        own = [row for row in measures if row["enforcement_unit"] == unit]
        # A measure that ended before it began is in the ledger by mistake, and the unit's own table does without it.
        kinds = Counter(str(row["measure"]) for row in own if str(row.get("ended_on") or "9") >= str(row["started_on"]))
        counts = {"sealings": kinds["sealing"], "seizures": kinds["seizure"], "extra_fines": rnd.randint(0, 3),
                  "performed_by_others": rnd.choice((0, 0, 1)), "court_executions": rnd.randint(0, 6)}  # fmt: skip
        yield _row(setting, unit, counts | {"total": sum(counts.values())})


def _actions(setting: Setting, inspections: list[Row]) -> Iterator[Row]:
    rnd = setting.random(ACTIONS)
    for unit in _units(setting):
        own = sum(row["enforcement_unit"] == unit for row in inspections)
        counts = {"levies": rnd.choice((0, 0, 40)), "rulings": rnd.choice((0, 0, 2)),
                  "confirmations": rnd.randint(0, 60), "rewards": rnd.choice((0, 3)),
                  "payments": rnd.choice((0, 0, 120)), "inspections": own + rnd.randint(5, 90)}  # fmt: skip
        yield _row(setting, unit, counts | {"total": sum(counts.values())})


def _certificates(setting: Setting) -> Iterator[Row]:
    start, end = date(setting.year, 1, 1), date(setting.year, 12, 31)
    everyone = officers(setting)
    for unit in enforcing_units(setting):
        own = [one for one in everyone if one.unit == unit and one.issued_on <= end]
        new = sum(one.issued_on >= start for one in own)
        cancelled = sum(one.cancelled_on is not None for one in own)
        row = _row(setting, unit, {"newly_certified": new, "cancelled": cancelled})
        after = len(own) - cancelled
        yield row | {"held_before": len(own) - new, "held_after": after, "on_staff": after + len(own) % 3}
