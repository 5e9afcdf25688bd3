"""A year is looked at on three nights: each plant shows on the nights it names, and nothing else does."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.sample_county.manifest import Manifest
from flows.sample_county.planting import NIGHTS, Night, night_of
from tests.flows.conftest import one_night
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_current

Key = tuple[str, str, str]
BAD = ("short", "unsure", "missing", "near", "error")
YEAR = 2024


@dataclass(frozen=True)
class Seen:
    """What stood after one night: standings, findings, and two figures with their shortfall rows."""

    standings: dict[Key, str]
    findings: tuple[dict[str, Any], ...]
    filings: dict[str, tuple[int, int, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def home(sample_exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The sample county with its whole inbox, before any night."""
    return Home(Path(shutil.copytree(sample_exports, tmp_path_factory.mktemp("three") / "home")))


@pytest.fixture(scope="module")
def seen(home: Home) -> dict[Night, Seen]:
    """Three nights over one inbox, each taking only the files that had come by then."""
    found: dict[Night, Seen] = {}
    for night in NIGHTS:
        one_night(home.root, night_of(YEAR, night))
        found[night] = look(home)
    return found


@pytest.fixture(scope="module")
def manifest(home: Home) -> Manifest:
    """What the sample says of itself."""
    return Manifest.model_validate_json((home.root / "sample_manifest.json").read_text("utf-8"))


def look(home: Home) -> Seen:
    snapshot = open_current(home)
    assert snapshot is not None
    with snapshot, open_ledger(home, read_only=True) as ledger:
        standings = {(row["target"], row["unit"], row["period"]): row["standing"] for row in snapshot.standings()}
        filings = {}
        for metric in ("filing_rate", "filing_pass_rate"):
            for row in snapshot.figures(str(YEAR), unit=None, metric=metric, town=None):
                shortfall = snapshot.trace(metric, str(YEAR), side="shortfall")
                filings[metric] = (row["numerator"], row["denominator"], shortfall)
        return Seen(standings, tuple(ledger.findings()), filings)


def planted_on(manifest: Manifest, night: Night) -> dict[Key, str]:
    return {
        (one.target, one.unit, one.period): one.standing
        for plant in manifest.plants
        for one in plant.expects
        if night in one.nights
    }


def overdue_on(seen: Seen, night: Night) -> dict[Key, str]:
    """What follows from the plants' own findings: units whose deadline to put something right has passed."""
    late = [
        row for row in seen.findings
        if row["state"] == "found" and row["due_on"] < night_of(YEAR, night) and row["target"] != "overdue_findings"
    ]  # fmt: skip
    return {("overdue_findings", row["owner"], str(YEAR)): "short" for row in late}


@pytest.mark.parametrize("night", list(NIGHTS))
def test_exactly_the_plants_of_a_night_show_on_it(night: Night, seen: dict[Night, Seen], manifest: Manifest) -> None:
    planted = planted_on(manifest, night)
    bad = {key: word for key, word in seen[night].standings.items() if word in BAD}
    expected = {key: word for key, word in planted.items() if word in BAD}
    if night == "final":
        expected |= overdue_on(seen[night], night)
        assert len(expected) > len([word for word in planted.values() if word in BAD])
    assert bad == expected
    assert {key: seen[night].standings[key] for key in planted} == planted


def test_what_was_corrected_in_the_year_waits_for_a_person_and_is_closed_by_none(
    seen: dict[Night, Seen], manifest: Manifest
) -> None:
    opened: dict[Night, set[Key]] = {
        night: {
            (one.target, one.unit, one.period)
            for plant in manifest.plants
            for one in plant.expects
            if one.opens_finding and night in one.nights
        }
        for night in NIGHTS
    }
    corrected = (opened["july"] | opened["january"]) - opened["final"]
    assert len(corrected) >= 15
    states: Counter[str] = Counter()
    for row in seen["final"].findings:
        key = (row["target"], row["unit"], row["period"])
        states[row["state"]] += 1
        assert (row["state"] == "awaiting_verification") == (key in corrected), (key, row["state"])
    assert states.keys() == {"found", "awaiting_verification"}


def test_at_least_forty_shortfalls_of_all_kinds_are_planted(manifest: Manifest) -> None:
    faults = [plant for plant in manifest.plants if plant.kind == "fault"]
    words = {one.standing for plant in faults for one in plant.expects}
    assert len(faults) >= 40 and {"short", "missing", "unsure"} <= words
    assert len({plant.dataset for plant in faults}) >= 25


def test_a_document_nobody_entered_as_filed_stays_in_the_denominator_until_it_is(seen: dict[Night, Seen]) -> None:
    some, owed, (missing,) = seen["january"].filings["filing_rate"]
    assert (some, owed) == (22, 23) and missing["filed_on"] is None
    assert missing["_file"] and missing["_row"]
    passed, judged, (failed,) = seen["january"].filings["filing_pass_rate"]
    assert passed == judged - 1 and failed["conclusion"] == "failed"
    for metric in ("filing_rate", "filing_pass_rate"):
        some, owed, rows = seen["final"].filings[metric]
        assert some == owed and rows == []
