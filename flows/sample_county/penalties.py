"""Cases of administrative penalties: 189 exempt, 242 mitigated, 124 lighter, and the ordinary ones beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.officers import Officer, officers
from flows.sample_county.penalty_faults import plant_penalties, unreadable_case
from flows.sample_county.people import People, firm_code
from flows.sample_county.setting import Setting, spread

DATASET = "penalty_cases"
# The three published figures of the sample year, and what else was decided and is still open.
DECIDED = {"exempt": 189, "mitigated": 242, "lighter": 124, "ordinary": 872}
OPEN = 31
WEIGHTS = {"market_bureau": 26, "transport_bureau": 18, "public_security_bureau": 16, "urban_management_bureau": 14,
           "agriculture_bureau": 8, "health_bureau": 7, "natural_resources_bureau": 6, "emergency_bureau": 6,
           "housing_construction_bureau": 6, "ecology_environment_bureau": 6, "fire_rescue_brigade": 6,
           "forestry_bureau": 5, "tobacco_bureau": 5, "culture_tourism_bureau": 4, "water_bureau": 4}  # fmt: skip
# Imposed together or alone, by how often.
KINDS = ("fine", "fine", "fine", "fine", "warning", "warning", "warning_and_fine", "warning_and_fine",
         "fine_and_confiscation", "fine_and_confiscation", "confiscation", "criticism", "suspension", "halted",
         "revoked")  # fmt: skip
WITH_FINE = ("fine", "warning_and_fine", "fine_and_confiscation", "suspension", "revoked")
# The enterprises of the register begin at 0; parties are taken from a stretch of it.
FIRST_FIRM = 3000
# No case takes longer from filing to decision.
LONGEST = timedelta(days=150)


def penalty_export(setting: Setting) -> Export:
    """The platform's export: GB18030 text under a title, fines in 万元, several certificates in a cell."""
    layout = Layout(
        "csv",
        setting.text(DATASET, "title"),
        encoding="gb18030",
        alias=1,
        serial=True,
        dates=("slash_time", "iso", "short", "chinese"),
        paddings=("", "\n\t", "\u3000"),
        empties=("", "—", "/"),
        brackets=tuple(setting.words["normative_documents"]["brackets"]),
        money_header=str(setting.words["enterprises"]["wan_yuan"]),
        total=True,
        notes=setting.notes(),
    )
    arrives = setting.arrival(DATASET, str(setting.year), 2)
    return Export(DATASET, "justice_bureau", setting.text(DATASET, "file"), layout, penalty_rows(setting), arrives)


def penalty_rows(setting: Setting) -> list[Row]:
    """Every case of the year by the day of its decision, open ones last: the same rows for every part that asks.

    Columns as in the dataset. An open case has no decided_on and no document_number. Decisions lie inside the year;
    a case may have been filed in the year before, and be served or published in the January after.
    """
    rnd = setting.random(DATASET)
    by_unit: dict[str, list[Officer]] = {}
    for officer in officers(setting):
        by_unit.setdefault(officer.unit, []).append(officer)
    people = People(setting.random(f"{DATASET}:people"), setting.words)
    rows = list(_decided(setting, rnd, by_unit, people))
    plant_penalties(setting, rows)
    rows.sort(key=lambda row: str(row["decided_on"]))
    rows += _open(setting, rnd, by_unit, people)
    rows[-1] = unreadable_case(setting, rows[-1])
    _number(setting, rows)
    return rows


def _units(setting: Setting) -> dict[str, int]:
    units = setting.declarations.units_for("enforcement", date(setting.year, 12, 31))
    return {unit: WEIGHTS.get(unit, 2) for unit in units}


def _decided(setting: Setting, rnd: Random, by_unit: dict[str, list[Officer]], people: People) -> Iterator[Row]:
    """All decided cases, in the order of their days."""
    weights, total = _units(setting), sum(DECIDED.values())
    units = [unit for unit, count in zip(weights, spread(total, list(weights.values())), strict=True)
             for _ in range(count)]  # fmt: skip
    discretions = [name for name, count in DECIDED.items() for _ in range(count)]
    rnd.shuffle(discretions)
    days = [day for month in range(1, 13) for day in setting.workdays(setting.year, month)]
    cases = sorted((rnd.choice(days), at) for at in range(total))
    for decided, at in cases:
        yield _case(setting, rnd, people, by_unit[units[at]], units[at], discretions[at], decided)


def _case(
    setting: Setting, rnd: Random, people: People, staff: list[Officer], unit: str, discretion: str, decided: date
) -> Row:
    is_summary = discretion == "ordinary" and rnd.random() < 0.15
    filed = decided if is_summary else decided - timedelta(days=rnd.randint(9, 76))
    kind = "exempt" if discretion == "exempt" else "warning" if is_summary else rnd.choice(KINDS)
    reviewed = None if is_summary else max(filed, decided - timedelta(days=rnd.randint(1, 8)))
    served = decided if is_summary else setting.after(decided, rnd.randint(0, 6))
    row = _party(setting, rnd, people) | _signed(setting, rnd, staff, decided)
    return row | {
        "enforcement_unit": unit,
        "procedure": "summary" if is_summary else "ordinary",
        "filed_on": filed,
        "needs_legal_review": reviewed is not None and (discretion != "ordinary" or rnd.random() < 0.7),
        "legal_reviewed_on": reviewed,
        "decided_on": decided,
        "kinds": setting.words[DATASET]["kinds"][kind],
        "discretion": discretion,
        "is_educated": True if discretion == "exempt" else rnd.choice((True, None)),
        "fine_yuan": Decimal(_fine(rnd, discretion)) if kind in WITH_FINE else None,
        "confiscated_yuan": Decimal(rnd.choice((260, 840, 1250, 3600))) if "confiscation" in kind else None,
        "served_on": served,
        "published_on": setting.after(decided, rnd.randint(1, 6)),
    }


def _fine(rnd: Random, discretion: str) -> int:
    steps = {"mitigated": (200, 500, 800), "lighter": (1000, 2000, 3000)}
    return rnd.choice(steps.get(discretion, (2000, 5000, 10000, 20000, 50000, 132500)))


def _party(setting: Setting, rnd: Random, people: People) -> Row:
    cause = rnd.choice(setting.words[DATASET]["causes"])
    if rnd.random() < 0.7:
        return {"party_name": people.firm_name(), "credit_code": firm_code(FIRST_FIRM + rnd.randrange(9000)),
                "cause": cause}  # fmt: skip
    return {"party_name": people.person()[0], "credit_code": None, "cause": cause}


def _signed(setting: Setting, rnd: Random, staff: list[Officer], day: date) -> Row:
    """Two officers, sometimes three, certified well before any case began that was decided or filed on the day."""
    acting = [officer for officer in staff if officer.may_act_on(day - LONGEST) and officer.cancelled_on is None]
    named = rnd.sample(acting, 3 if rnd.random() < 0.2 else 2)
    joiner = rnd.choice(setting.words[DATASET]["joiners"])
    return {
        "officer_names": joiner.join(officer.name for officer in named),
        "certificates": joiner.join(officer.certificate for officer in named),
    }


def _open(setting: Setting, rnd: Random, by_unit: dict[str, list[Officer]], people: People) -> Iterator[Row]:
    """Filed in the last weeks and not decided: their ninety days end in the next year."""
    days = [day for month in (11, 12) for day in setting.workdays(setting.year, month)][8:]
    units = list(_units(setting))
    for filed in sorted(rnd.choice(days) for _ in range(OPEN)):
        unit = rnd.choice(units)
        row = _party(setting, rnd, people) | _signed(setting, rnd, by_unit[unit], filed)
        yield row | {"enforcement_unit": unit, "procedure": "ordinary", "filed_on": filed, "needs_legal_review": True}


def _number(setting: Setting, rows: list[Row]) -> None:
    """Case numbers in one sequence; document numbers in two sequences a unit: penalties, and decisions without one."""
    counts: Counter[tuple[object, str]] = Counter()
    for serial, row in enumerate(rows, start=1):
        row["case_number"] = setting.text(DATASET, "case_number", serial=serial)
        if row.get("decided_on") is None:
            continue
        sequence = "exempt_number" if row["discretion"] == "exempt" else "number"
        counts[row["enforcement_unit"], sequence] += 1
        code = setting.words[DATASET]["codes"][row["enforcement_unit"]]
        serial_of = counts[row["enforcement_unit"], sequence]
        row["document_number"] = setting.text(DATASET, sequence, code=code, serial=serial_of)
