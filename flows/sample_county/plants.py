"""The faults that are planted in a sample year, read from plants.yml, and the standings that must follow from each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, cast

from warehouse.models import Model
from warehouse.yaml_reader import read_yaml, validate

PLANTS = Path(__file__).with_name("plants.yml")
# Before this year nothing is owed and nothing judged: see `since` in datasets and targets.
OWED_SINCE = 2024
Standing = Literal["met", "short", "unsure", "missing"]


class Planting(Model):
    """One entry of plants.yml."""

    kind: Literal["fault", "twin", "file"]
    dataset: str = ""
    unit: str
    year: int | None = None
    what: str
    expects: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()

    def stands_in(self, year: int, clean: bool) -> bool:
        """Twins stand in a clean year too; `year` binds a plant to one year."""
        return (self.kind == "twin" or not clean) and self.year in (None, year)


class Expected(Model):
    """One standing that must come out; the county's unit is `county`, as in the standings themselves."""

    target: str
    unit: str
    period: str
    standing: Standing
    opens_finding: bool


class Plant(Model):
    """One planted thing of one year."""

    id: str
    kind: str
    dataset: str
    what: str
    expects: tuple[Expected, ...]


@cache
def plantings() -> dict[str, Planting]:
    """plants.yml."""
    return {name: validate(Planting, tree, PLANTS, name) for name, tree in read_yaml(PLANTS).items()}


def unit_of(plant: str) -> str:
    """The unit that a fault or twin is planted in."""
    return plantings()[plant].unit


def planted(year: int, clean: bool) -> tuple[Plant, ...]:
    """All plants of a year; a clean year has only the twins."""
    return tuple(
        Plant(
            id=name,
            kind=one.kind,
            dataset=one.dataset,
            what=one.what,
            expects=_expected(one, year) if year >= OWED_SINCE else (),
        )
        for name, one in plantings().items()
        if one.stands_in(year, clean)
    )


def _expected(one: Planting, year: int) -> tuple[Expected, ...]:
    found = []
    for line, follows in [*((line, False) for line in one.expects), *((line, True) for line in one.follows)]:
        standing, target, unit, period = line.format(unit=one.unit, year=year).split(" ")
        opens = standing != "met" and not follows
        known = cast(Standing, standing)
        found.append(Expected(target=target, unit=unit, period=period, standing=known, opens_finding=opens))
    return tuple(found)
