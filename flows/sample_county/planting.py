"""The faults that are planted in a sample year, read from plants/, and the standings that must follow from each."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, cast

from warehouse.models import Model
from warehouse.yaml_reader import read_yaml, validate

PLANTS = Path(__file__).with_name("plants")
# Before this year nothing is owed and nothing judged: see `since` in datasets and targets.
OWED_SINCE = 2024
Standing = Literal["met", "near", "short", "unsure", "missing"]
Night = Literal["july", "january", "final"]
# A year is looked at on three nights: in its middle, when its reports have come, and when what was corrected is in.
NIGHTS: dict[Night, tuple[int, int, int]] = {"july": (0, 7, 20), "january": (1, 1, 25), "final": (1, 2, 6)}


def night_of(year: int, night: Night) -> date:
    """The business date of one of the three nights."""
    later, month, day = NIGHTS[night]
    return date(year + later, month, day)


class Planting(Model):
    """One entry of plants/: `nights` are those on which it shows; a line may end in ` @january` for its own."""

    kind: Literal["fault", "twin", "file"]
    dataset: str = ""
    unit: str
    year: int | None = None
    what: str
    nights: tuple[Night, ...] = ("final",)
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
    nights: tuple[Night, ...]


class Plant(Model):
    """One planted thing of one year."""

    id: str
    kind: str
    dataset: str
    what: str
    expects: tuple[Expected, ...]


@cache
def plantings() -> dict[str, Planting]:
    """All files of plants/; no name twice."""
    found: dict[str, Planting] = {}
    for path in sorted(PLANTS.glob("*.yml")):
        for name, tree in read_yaml(path).items():
            if name in found:
                raise ValueError(f"{path}: {name} is planted twice")
            found[name] = validate(Planting, tree, path, name)
    return found


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
        text, _, named = line.partition(" @")
        standing, target, unit, period = text.format(unit=one.unit, year=year).split(" ")
        opens = standing not in ("met", "near") and not follows
        nights = cast(tuple[Night, ...], tuple(named.split(","))) if named else one.nights
        known = cast(Standing, standing)
        found.append(
            Expected(target=target, unit=unit, period=period, standing=known, opens_finding=opens, nights=nights)
        )
    return tuple(found)
