"""One visit of one page: the address, the current snapshot and the ledger, and the names that the screens print."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.viewer import Viewer
from app.wording import day_words, has_text, text
from expectations.standings import COUNTY
from warehouse.declarations import Declarations
from warehouse.home import Home
from warehouse.ledger import Ledger
from warehouse.models import Column
from warehouse.provisional import is_provisional
from warehouse.snapshot import Snapshot

PAGE_ROWS = 100
CLOCK = ZoneInfo("Asia/Shanghai")
STALE_HOURS = 36
T = TypeVar("T")


@dataclass(frozen=True)
class Visit:
    """What a screen gets. `night` is the ledger's row of the night that is shown; a download has longer pages."""

    home: Home
    viewer: Viewer
    snapshot: Snapshot
    ledger: Ledger
    night: Mapping[str, Any]
    page_rows: int = PAGE_ROWS

    @property
    def declarations(self) -> Declarations:
        """The declarations that the shown snapshot was made with."""
        return self.snapshot.declarations

    @cached_property
    def owed(self) -> list[dict[str, Any]]:
        """What is owed per dataset, supplier and period, and whether it came; read once a visit."""
        return self.snapshot.owed()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` draws from the shown snapshot alone, made once for all readers of the same scope and language.

        `key`: everything else that it depends on. Its links may keep the night (`on=`) and nothing more of the address.
        """
        return self.snapshot.once((key, self.viewer.lang, self.viewer.asked.get("on", "")), make)

    @property
    def is_sample(self) -> bool:
        """Whether the county is an invented one."""
        return self.snapshot.meta.get("sample") == "true"

    def county(self) -> str:
        """The county's name, as the snapshot has it."""
        meta = self.snapshot.meta
        told = meta.get("county_en" if self.viewer.lang == "en" else "county") or meta.get("county")
        return told or county_name(self.home, self.viewer.say("product"), self.viewer.lang)

    @cached_property
    def nights(self) -> list[dict[str, Any]]:
        """Every night that was begun, the last first; read once a visit."""
        return self.ledger.nights()

    @cached_property
    def is_past(self) -> bool:
        """Whether an earlier night than the current one is shown."""
        current = self.ledger.current_night()
        return current is not None and current["id"] != self.night["id"]

    @cached_property
    def deliveries(self) -> list[dict[str, Any]]:
        """Every delivery, oldest first; of an earlier night as it stood then."""
        return self.snapshot.deliveries(all_known=True) if self.is_past else self.ledger.deliveries()

    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        """Findings by id. Of an earlier night: those found by then, in the state and standing that they had."""
        found = self.ledger.findings()
        return [then for row in found if (then := self._as_then(row))] if self.is_past else found

    def _as_then(self, row: dict[str, Any]) -> dict[str, Any] | None:
        events = self.events_of(row["id"])
        if not events:
            return None
        about = (row["target"], row["unit"], row["period"])
        judged = self._judged.get(about)
        # The sentence is the last night's: it stands only where a person wrote it or both sides are still the same.
        is_same = bool(row["entered"])
        if judged is not None:
            is_same = is_same or all(judged[side] == row[side] for side in ("numerator", "denominator"))
        then = {"state": events[-1]["to_state"], "standing": judged["standing"] if judged else row["standing"]}
        return {**row, **then, **({} if is_same else {"sentence_zh": "", "sentence_en": ""})}

    @cached_property
    def _judged(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        rows = self.snapshot.standings()
        return {(row["target"], row["unit"] or COUNTY, row["period"]): row for row in rows}

    def events_of(self, finding: int) -> list[dict[str, Any]]:
        """The history of one finding up to the shown night, oldest first."""
        events = self.ledger.finding_events(finding)
        return [event for event in events if self._was_before(event)] if self.is_past else events

    def _was_before(self, event: Mapping[str, Any]) -> bool:
        """Whether the shown night knew of it: a night's own doing by the order of nights, a person's by the clock."""
        if event["night"]:
            day, _, number = str(event["night"]).partition(".")
            return (day, int(number)) <= (self.night["business_date"].isoformat(), self.night["sequence"])
        return str(event["at"]) <= str(self.night["finished_at"])

    def meta_year(self) -> str:
        """The year that the shown night lies in."""
        return str(self.night["business_date"].year)

    def unit_name(self, unit: str | None) -> str:
        """A unit's name; none is the county; an id that is not declared stays as it is."""
        if unit in (None, "", COUNTY):
            return self.viewer.say("county")
        known = self.declarations.units.get(str(unit))
        return self.viewer.label(known.label) if known else str(unit)

    def metric_name(self, metric: str) -> str:
        """A metric's name; an id that is not declared stays as it is."""
        known = self.declarations.metrics.get(metric)
        return self.viewer.label(known.label) if known else metric

    def dataset_name(self, dataset: str | None) -> str:
        """A dataset's name; a file that matched none says so."""
        known = self.declarations.contracts.get(dataset or "")
        if known is None and has_text(f"screens.deliveries.no_datasets.{dataset}"):
            return self.viewer.say(f"deliveries.no_datasets.{dataset}")
        return self.viewer.label(known.label) if known else dataset or self.viewer.say("deliveries.unknown_dataset")

    def promised_name(self, target: str) -> str:
        """The name of an identity, or of the dataset that a promise about a file (`<dataset>:<promise>`) is of."""
        identity = self.declarations.identities.get(target)
        return self.viewer.label(identity.label) if identity else self.dataset_name(target.partition(":")[0])

    def target_name(self, target: str) -> str:
        """What is judged: a figure, an identity, or what a file promises."""
        return self.metric_name(target) if target in self.declarations.metrics else self.promised_name(target)

    def matter_name(self, finding: Mapping[str, Any]) -> str:
        """What a finding is about: its metric, what a file promises, or where people found it."""
        if finding["entered"]:
            return text(f"finding_sources.{finding['entered']['source']}", self.viewer.lang)
        return self.metric_name(finding["metric"]) if finding["metric"] else self.promised_name(finding["target"])

    def column_name(self, name: str, datasets: tuple[str, ...]) -> str:
        """A column as the departments head it; in English its own name, spelt out."""
        if has_text(f"screens.columns.{name}"):
            return self.viewer.say(f"columns.{name}")
        column = self._column(name, datasets) or self._column(name, tuple(self.declarations.contracts))
        if self.viewer.lang == "zh" and column is not None:
            return column.header[0]
        if self.viewer.lang == "zh" and name.endswith("_due_on"):
            return self.viewer.say("columns.due_on")
        return name.replace("_", " ")

    def shown(self, value: object, name: str = "", datasets: tuple[str, ...] = ()) -> str:
        """A value of a row as people write it: units and codes by their names, dates in figures, no float noise."""
        match value:
            case None:
                return ""
            case bool():
                return text(f"flags.{'yes' if value else 'no'}", self.viewer.lang)
            case datetime():
                return value.strftime("%Y-%m-%d %H:%M")
            case date():
                mark = text("provisional", self.viewer.lang) if is_provisional(self.declarations, name, value) else ""
                return value.isoformat() + mark
            case Decimal():
                return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
        shown = str(value)
        if shown in self.declarations.units:
            return self.unit_name(shown)
        column = self._column(name, datasets)
        if column is not None and column.values and self.viewer.lang == "zh":
            return next((written for written, code in column.values.items() if code == shown), shown)
        return shown

    def _column(self, name: str, datasets: tuple[str, ...]) -> Column | None:
        contracts = (self.declarations.contracts[each] for each in datasets if each in self.declarations.contracts)
        return next((contract.columns[name] for contract in contracts if name in contract.columns), None)

    def age(self) -> tuple[str, int]:
        """How old the snapshot is, in words, and in whole hours."""
        made = datetime.fromisoformat(str(self.night["finished_at"]))
        minutes = max(0, int((datetime.now(UTC) - made).total_seconds() // 60))
        if minutes < 60:
            return self.viewer.say("data.minutes", n=minutes), 0
        if minutes < 48 * 60:
            return self.viewer.say("data.hours", n=minutes // 60), minutes // 60
        return self.viewer.say("data.days", n=minutes // (24 * 60)), minutes // 60

    def hours_behind(self) -> int:
        """Whole hours since the data was made, or since the day after its business date if that is longer ago.

        The business date of an invented county lies in its own year and is not counted.
        """
        days = (datetime.now(CLOCK).date() - self.night["business_date"]).days - 1
        return max(self.age()[1], 0 if self.is_sample else days * 24)

    def stands(self) -> str:
        """The line that says which data this is and how old."""
        made = datetime.fromisoformat(str(self.night["finished_at"])).astimezone(CLOCK)
        return self.viewer.say(
            "data.stands",
            on=day_words(self.night["business_date"], self.viewer.lang),
            night=self.night["id"],
            at=made.strftime("%Y-%m-%d %H:%M"),
            age=self.age()[0],
        )


def county_told(home: Home) -> Mapping[str, Any]:
    """[county] of ducha.toml; a file that does not read is the doctor's matter, not the page's."""
    try:
        county = tomllib.loads(home.config.read_text("utf-8")).get("county")
    except (OSError, ValueError):
        return {}
    return county if isinstance(county, dict) else {}


def county_name(home: Home, otherwise: str, lang: str = "zh") -> str:
    """The county's name from ducha.toml."""
    county = county_told(home)
    name = (county.get("name_en") if lang == "en" else None) or county.get("name")
    return name if isinstance(name, str) and name else otherwise
