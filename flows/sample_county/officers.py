"""The register of enforcement officers: 1,935 in post on 31 December, 158 of them certified in the year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.people import People
from flows.sample_county.setting import Setting, spread

DATASET = "enforcement_officers"
IN_POST, NEW, CANCELLED, AFTER = 1935, 158, 43, 6
# How many officers a unit has, against the others.
WEIGHTS = {"public_security_bureau": 30, "market_bureau": 24, "urban_management_bureau": 20, "transport_bureau": 12,
           "agriculture_bureau": 10, "natural_resources_bureau": 10, "tax_bureau": 10, "health_bureau": 8,
           "ecology_environment_bureau": 7, "forestry_bureau": 6, "emergency_bureau": 5}  # fmt: skip


@dataclass(frozen=True)
class Officer:
    """One holder of a certificate."""

    certificate: str
    name: str
    citizen_id: str
    unit: str
    issued_on: date
    cancelled_on: date | None

    def may_act_on(self, day: date) -> bool:
        """Whether the certificate was in force on a day."""
        return self.issued_on <= day and (self.cancelled_on is None or day < self.cancelled_on)


def enforcing_units(setting: Setting) -> list[str]:
    """Departments that enforce, then the towns: all that hold officers on 31 December."""
    on = date(setting.year, 12, 31)
    return [*setting.declarations.units_for("enforcement", on), *setting.declarations.units_for("town", on)]


def officers(setting: Setting) -> list[Officer]:
    """Everyone on the register: in post before the year, certified in it, cancelled in it, certified after it.

    The same list for every part that asks: officers sign cases, go to trainings and carry out inspections.
    """
    rnd, year = setting.random(DATASET), setting.year
    people = People(setting.random(f"{DATASET}:people"), setting.words)
    units = enforcing_units(setting)
    weights = [WEIGHTS.get(unit, 3) for unit in units]
    held = [unit for unit, count in zip(units, spread(IN_POST - NEW, weights), strict=True) for _ in range(count)]
    fresh = [unit for unit, count in zip(units, spread(NEW, weights), strict=True) for _ in range(count)]
    found = []
    for serial, unit in enumerate([*held, *fresh, *rnd.sample(held, CANCELLED), *rnd.sample(held, AFTER)], start=1):
        name, citizen_id = people.person()
        issued, cancelled = date(year, 1, 1) - timedelta(days=rnd.randint(1, 2200)), None
        if len(held) < serial <= IN_POST:
            issued = rnd.choice(setting.workdays(year, rnd.choice((4, 6, 10))))
        elif IN_POST < serial <= IN_POST + CANCELLED:
            # The first of them leaves on the last day itself and is no longer in post on it.
            cancelled = date(year, 12, 31) - timedelta(days=rnd.randint(1, 300) if serial > IN_POST + 1 else 0)
        elif serial > IN_POST + CANCELLED:
            issued = date(year + 1, 1, 2) + timedelta(days=rnd.randint(0, 6))
        certificate = setting.text(DATASET, "certificate", serial=serial)
        found.append(Officer(certificate, name, citizen_id, unit, issued, cancelled))
    return found


def officer_export(setting: Setting) -> Export:
    """The register as the platform gives it: a page named xls, with a running number and dates in three styles."""
    layout = Layout(
        "html",
        setting.text(DATASET, "title"),
        alias=1,
        serial=True,
        dates=("slash", "chinese", "compact"),
        empties=("", "—", "/"),
        header_spaces=True,
        notes=setting.notes(),
    )
    arrives = setting.arrival(DATASET, str(setting.year), 5)
    return Export(DATASET, "justice_bureau", setting.text(DATASET, "file"), layout, _rows(setting), arrives)


def _rows(setting: Setting) -> Iterator[Row]:
    rnd, year = setting.random(f"{DATASET}:rows"), setting.year
    for officer in sorted(officers(setting), key=lambda one: one.unit):
        registered = officer.issued_on + timedelta(days=rnd.randint(0, 20))
        yield {
            "certificate_number": officer.certificate,
            "officer_name": officer.name,
            "citizen_id": officer.citizen_id if rnd.random() < 0.97 else None,
            "unit": officer.unit,
            "field": rnd.choice(setting.words[DATASET]["fields"]),
            "issued_on": officer.issued_on,
            "valid_until_on": date(max(officer.issued_on.year + 5, year + 1), 12, 31),
            "cancelled_on": officer.cancelled_on,
            "platform_registered_on": min(registered, date(year, 12, 31)) if officer.issued_on.year <= year else None,
        }
