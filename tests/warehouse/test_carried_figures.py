"""Only what was touched is counted anew, and the figures are those of a snapshot that is built from nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from warehouse.build import AppliedDelivery, Built
from warehouse.declarations import Declarations
from warehouse.engine import DuckEngine

DATASETS = (
    "service_cases",
    "legal_aid_cases",
    "enforcement_officers",
    "normative_documents",
    "normative_document_filings",
)
SPAN = (date(2024, 1, 1), date(2025, 3, 31))


def few(declarations: Declarations) -> dict[str, Any]:
    """The metrics of a few datasets, and those that look into them from elsewhere."""
    from warehouse.metric_rows import datasets_behind

    return {
        name: metric
        for name, metric in declarations.metrics.items()
        if (behind := datasets_behind(declarations, name)) and set(behind) <= set(DATASETS)
    }


class Nights:
    """One county, night after night, beside the same county built from nothing each time."""

    def __init__(self, county: Any, seed: int) -> None:
        self.county, self.chance = county, random.Random(seed)
        self.came: list[AppliedDelivery] = []
        self.last: Built | None = None
        self.day = date(2025, 2, 6)

    def deliver(self) -> AppliedDelivery:
        dataset = self.chance.choice(DATASETS)
        rows = self.county.random_rows(self.chance, dataset, 25)
        start = self.chance.choice((SPAN[0], date(2024, 7, 1)))
        marked = rows[:2] if self.county.declarations.contracts[dataset].mode == "upsert" else ()
        return self.county.deliver(
            dataset, rows, (start, SPAN[1]), deleted=marked if self.chance.random() < 0.3 else ()
        )

    def night(self) -> tuple[Built, Built]:
        """One random thing happens, and a day or a month goes by."""
        apply, reload = [], set()
        match self.chance.choice(("deliver", "deliver", "withdraw", "redefine", "rename", "nothing")):
            case "deliver":
                apply = [self.deliver() for _ in range(self.chance.randrange(1, 3))]
                self.came += apply
            case "withdraw" if self.came:
                gone = self.came.pop(self.chance.randrange(len(self.came)))
                reload = {gone.dataset}
                apply = [one for one in self.came if one.dataset == gone.dataset]
            case "redefine":
                self.redefine()
            case "rename":
                self.rename()
        previous = self.last.path if self.last else None
        gone_by = self.chance.choice((0, 1, 30))
        self.day += timedelta(gone_by)
        self.last = self.county.build(*apply, previous=previous, as_of=self.day, reload=reload)
        return self.last, self.county.build(*self.came, as_of=self.day)

    def redefine(self) -> None:
        """A metric counts something else from tonight on, and one is taken out."""
        metrics = dict(self.county.declarations.metrics)
        name = self.chance.choice([name for name, one in metrics.items() if one.numerator == "count"] or list(metrics))
        of = metrics[name].of
        metrics[name] = metrics[name].model_copy(update={"numerator": "count where _row > 5"})
        metrics.pop(
            self.chance.choice([other for other in metrics if other != name and metrics[other].of == of] or [""]), None
        )
        self.county.declarations = self.county.declarations.model_copy(update={"metrics": metrics})

    def rename(self) -> None:
        """The list of units changes: whatever looks into it may count otherwise."""
        units = dict(self.county.declarations.units)
        name = self.chance.choice(sorted(units))
        units[name] = units[name].model_copy(update={"flags": ("oversight_office",)})
        self.county.declarations = self.county.declarations.model_copy(update={"units": units})


def figures(built: Built, table: str = "figures") -> list[dict[str, Any]]:
    with DuckEngine(built.path, read_only=True) as engine:
        return engine.rows(f"SELECT * FROM {table} ORDER BY ALL")


def keys_that_stand_twice(built: Built, county: Any) -> int:
    keys = {name: ", ".join(one.key) for name, one in county.declarations.contracts.items() if one.key}
    twice = (f"SELECT 1 FROM {name} GROUP BY {key} HAVING count(*) > 1" for name, key in keys.items())
    with DuckEngine(built.path, read_only=True) as engine:
        return len(engine.rows(" UNION ALL ".join(twice)))


@pytest.fixture
def nights(county: Any) -> Callable[[int], Nights]:
    county.declarations = county.declarations.model_copy(update={"metrics": few(county.declarations)})

    def begin(seed: int) -> Nights:
        return Nights(county, seed)

    return begin


@pytest.mark.parametrize("seed", range(2))
def test_figures_carried_over_equal_those_built_from_nothing(nights: Callable[[int], Nights], seed: int) -> None:
    county, kept = nights(seed), 0
    for _ in range(4):
        carried, anew = county.night()
        assert figures(carried) == figures(anew), seed
        assert figures(carried, "contradictions") == figures(anew, "contradictions"), seed
        assert len(figures(carried, "contradictions")) == keys_that_stand_twice(carried, county.county), seed
        assert carried.figures_sha256 == anew.figures_sha256
        kept += anew.counted_anew - carried.counted_anew
    assert kept > 0


def test_a_night_with_nothing_new_counts_only_what_the_day_moves(nights: Callable[[int], Nights]) -> None:
    county = nights(1).county
    first = county.build(
        *(county.deliver(name, county.random_rows(random.Random(name), name, 20), SPAN) for name in DATASETS)
    )
    assert first.counted_anew == len(county.declarations.metrics)
    assert county.build(previous=first.path).counted_anew == 0
    next_day = county.build(previous=first.path, as_of=date(2025, 2, 7)).counted_anew
    assert 0 < next_day < first.counted_anew / 2


def test_a_dataset_that_was_wrongly_held_untouched_would_be_noticed(
    nights: Callable[[int], Nights], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison above can fail: with the fault planted, it does."""
    county = nights(1).county
    rows = county.random_rows(random.Random(1), "legal_aid_cases", 20)
    first = county.build(county.deliver("legal_aid_cases", [*rows, rows[0] | {"case_number": "twice"}], SPAN))
    later = county.deliver("legal_aid_cases", rows, SPAN)  # one row fewer, and every month still has some
    monkeypatch.setattr("warehouse.build.datasets_touched", lambda *_: set())
    assert figures(county.build(later, previous=first.path)) != figures(county.build(later))


def test_the_judge_first_sees_no_figure_of_the_rows_that_it_fills(county: Any) -> None:
    """On a file carried over as on one built from nothing: what it filled last night is not tonight's evidence."""
    metrics = {name: one for name, one in county.declarations.metrics.items() if one.of in ("signals", "proposals")}
    county.declarations = county.declarations.model_copy(update={"metrics": metrics})
    seen: list[tuple[str, set[str]]] = []

    def judge(inputs: dict[str, Any], stage: str) -> dict[str, list[Any]]:
        seen.append((stage, {metrics[row["metric"]].of for row in inputs["figures"]}))
        return {"standings": [], "evaluations": []}

    first = county.build(judge=judge)
    county.build(previous=first.path, judge=judge)
    assert seen == 2 * [("first", {"proposals"}), ("second", {"proposals", "signals"})]


def test_figures_of_a_file_without_keys_are_counted_anew(nights: Callable[[int], Nights], tmp_path: Path) -> None:
    """A snapshot of an earlier version has no keys: nothing of it is taken over unseen."""
    county = nights(1).county
    first = county.build(
        county.deliver("legal_aid_cases", county.random_rows(random.Random(1), "legal_aid_cases", 20), SPAN)
    )
    with DuckEngine(first.path) as engine:
        engine.run("DROP TABLE figure_keys")
        engine.run("UPDATE figures SET numerator = numerator + 1")
    again = county.build(previous=first.path)
    assert again.counted_anew == len(county.declarations.metrics)
    assert again.figures_sha256 == first.figures_sha256
