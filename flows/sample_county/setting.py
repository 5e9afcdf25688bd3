"""The setting of one sample year: calendar, words, chance, and the days on which files arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from flows.sample_county.people import People
from flows.sample_county.planting import plantings
from warehouse.declarations import Declarations
from warehouse.inbox import COUNTY_TIME
from warehouse.periods import due_day, period_named
from warehouse.workdays import Calendar
from warehouse.yaml_reader import read_yaml

# The register of enterprises may hold 500,000 rows: beyond this scale only service cases and letters keep growing.
MOST_FIRMS_SCALE = 30


@dataclass(frozen=True)
class Setting:
    """What every part of the sample county is drawn from. The same seed gives the same rows."""

    year: int
    seed: int
    scale: int
    clean: bool
    declarations: Declarations
    calendar: Calendar

    @cached_property
    def words(self) -> dict[str, Any]:
        """All files of words/; no name twice."""
        found: dict[str, Any] = {}
        for path in sorted(Path(__file__).with_name("words").glob("*.yml")):
            tree = read_yaml(path)
            if twice := found.keys() & tree.keys():
                raise ValueError(f"{path}: {', '.join(sorted(twice))} stand elsewhere too")
            found |= tree
        return found

    @cached_property
    def people(self) -> People:
        """One pool of people for all files."""
        return People(self.random("people"), self.words)

    @property
    def firms_scale(self) -> int:
        """How many times the registers of firms are repeated."""
        return min(self.scale, MOST_FIRMS_SCALE)

    def random(self, part: str) -> Random:
        """A source of chance of its own for each part, so that one part's changes move no other's."""
        return Random(f"{self.seed}:{self.year}:{part}")

    def text(self, dataset: str, key: str, **values: object) -> str:
        """A text of words/, filled; `{mark}` says that the data are a sample."""
        return str(self.words[dataset][key]).format(**{"year": self.year, "mark": self.words["mark"], **values})

    def is_planted(self, plant: str, unit: object) -> bool:
        """Whether this plant of plants/ stands in this year and in this unit."""
        planting = plantings()[plant]
        return planting.unit == unit and planting.stands_in(self.year, self.clean)

    def workdays(self, year: int, month: int) -> list[date]:
        """The working days of a month."""
        first = date(year, month, 1)
        days = (first + timedelta(days=offset) for offset in range(31))
        return [day for day in days if day.month == month and self.calendar.is_workday(day)]

    def after(self, day: date, working_days: int) -> date:
        """So many working days later."""
        return self.calendar.add_working_days(day, working_days)

    def arrival(self, dataset: str, period: str, days_left: int, at: time = time(10, 30)) -> datetime:
        """A time in the county, `days_left` days before the delivery is due; below 0 it is late."""
        contract = self.declarations.contracts[dataset]
        if contract.due is None:
            raise ValueError(f"nobody owes {dataset}")
        due = due_day(contract.due, period_named(period), self.calendar)
        return datetime.combine(due - timedelta(days=days_left), at, COUNTY_TIME)

    def header(self, dataset: str, column: str, alias: int = 0) -> str:
        """One header as a layout with this alias writes it."""
        spelled = self.declarations.contracts[dataset].columns[column].header
        return spelled[min(alias, len(spelled) - 1)]

    def notes(self) -> tuple[str, ...]:
        """The line below a table."""
        return (str(self.words["note"]),)


def spread(total: int, weights: list[int]) -> list[int]:
    """`total` in whole parts by weight; the parts sum to it."""
    marks = [total * sum(weights[: at + 1]) // sum(weights) for at in range(len(weights))]
    return [mark - before for mark, before in zip(marks, [0, *marks[:-1]], strict=True)]
