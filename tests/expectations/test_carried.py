"""Targets that go, units that merge or are renamed, metrics that are renamed: no finding is orphaned, none doubled."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.carried import Successors, given_back
from expectations.findings import WORKING_DAYS, FindingChange, FindingRefused, is_overdue, move_findings
from expectations.lifecycle import MOVES, Person, Said, move_by_person
from tests.expectations.test_findings import standing
from warehouse.declarations import read_declarations
from warehouse.home import Home
from warehouse.ledger import Ledger, open_ledger
from warehouse.workdays import Calendar

DAY = date(2024, 4, 22)
CALENDAR = Calendar(read_declarations().holidays)
OFFICE = Person("王某", "office")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    home = Home(tmp_path)
    home.make()
    with open_ledger(home) as ledger:
        ledger.con.execute("PRAGMA synchronous = OFF")
        yield ledger


def night(
    ledger: Ledger, *standings: dict[str, Any], day: date = DAY, units: Any = None, metrics: Any = None
) -> list[FindingChange]:
    """One published night, with units and metrics that others stand in the place of; all news is told."""
    successors = Successors(lambda one: (units or {}).get(one, one), lambda one: (metrics or {}).get(one, one))
    name = ledger.begin_night(day)
    with ledger.publishing() as tx:
        tx.publish_night(name, f"{name}.duckdb", "", "", {})
        changes = move_findings(tx, standings, name, day, CALENDAR, lambda row: ("缺", "words"), successors)
        tx.mark_told([change.finding["id"] for change in changes if change.kind != "kept"], name)
    return changes


def actions(ledger: Ledger, finding: int = 1) -> list[str]:
    return [event["action"] for event in ledger.finding_events(finding)]


def test_a_finding_that_nobody_judges_any_more_stands_still_and_says_so_once(ledger: Ledger) -> None:
    night(ledger, standing("short"))
    for n in (2, 3, 30):
        assert night(ledger, day=DAY + timedelta(n)) == []
    (row,) = ledger.findings()
    assert actions(ledger) == ["found", "unjudged"] and row["unjudged_since"] == date(2024, 4, 24)
    assert row["state"] == "found" and not is_overdue(row, date(2024, 12, 1))
    closed = move_by_person(ledger, 1, "close", OFFICE, Said("指标已取消", "counting_rule"), date(2024, 6, 3), CALENDAR)
    assert closed["state"] == "closed" and night(ledger, day=date(2024, 6, 4)) == []
    assert actions(ledger) == ["found", "unjudged", "close"]


def test_a_target_that_returns_goes_on_with_the_days_that_were_left(ledger: Ledger) -> None:
    night(ledger, standing("short"))
    night(ledger, day=date(2024, 4, 26))
    (kept,) = night(ledger, standing("short"), day=date(2024, 5, 7))
    # Sunday 28 April is worked and was the deadline, one working day away; one is left after 7 May too.
    assert (kept.kind, kept.finding["due_on"], kept.finding["unjudged_since"]) == ("kept", date(2024, 5, 8), None)
    assert actions(ledger) == ["found", "unjudged", "judged_again"]
    assert night(ledger, standing("short"), day=date(2024, 5, 9))[0].kind == "overdue"


def test_a_deadline_that_had_passed_is_not_given_back() -> None:
    assert given_back(CALENDAR, date(2024, 4, 19), DAY, date(2024, 5, 7)) == date(2024, 4, 19)


def test_a_renamed_metric_keeps_its_finding_and_is_not_news(ledger: Ledger) -> None:
    night(ledger, standing("short", "old_rate"))
    (kept,) = night(ledger, standing("short", "new_rate"), day=DAY + timedelta(1), metrics={"old_rate": "new_rate"})
    assert (kept.kind, kept.finding["id"], kept.was_told) == ("kept", 1, True)
    (row,) = ledger.findings()
    assert (row["target"], row["metric"], row["due_on"]) == ("new_rate", "new_rate", date(2024, 4, 28))
    assert [(event["action"], event["comment"]) for event in ledger.finding_events(1)] == [
        ("found", ""), ("renamed", "old_rate → new_rate"),
    ]  # fmt: skip


def test_a_closed_finding_of_a_renamed_metric_comes_back_under_its_number(ledger: Ledger) -> None:
    night(ledger, standing("short", "old_rate"))
    move_by_person(ledger, 1, "close", OFFICE, Said("已整改", "put_right"), DAY, CALENDAR)
    (back,) = night(ledger, standing("short", "new_rate"), day=DAY + timedelta(1), metrics={"old_rate": "new_rate"})
    assert (back.kind, back.finding["id"], len(ledger.findings())) == ("relapsed", 1, 1)


def test_a_signed_year_that_still_judges_the_old_name_keeps_it(ledger: Ledger) -> None:
    night(ledger, standing("short", "old_rate"))
    rows = (standing("short", "old_rate"), standing("short", "new_rate", period="2025"))
    night(ledger, *rows, day=DAY + timedelta(1), metrics={"old_rate": "new_rate"})
    assert [(row["target"], row["period"]) for row in ledger.findings()] == [("old_rate", "2024"), ("new_rate", "2025")]
    assert actions(ledger) == ["found"]


def test_two_units_become_one_and_its_finding_is_not_doubled(ledger: Ledger) -> None:
    both = [standing("short", unit=unit, owner=unit) for unit in ("commerce", "market")]
    night(ledger, *both)
    joined, merged = standing("short", unit="trade", owner="trade"), {"commerce": "trade", "market": "trade"}
    changes = night(ledger, joined, day=DAY + timedelta(1), units=merged)
    assert [(change.kind, change.finding["id"]) for change in changes] == [("new", 1)]
    first, second = ledger.findings()
    assert (first["unit"], first["owner"], second["unit"], second["owner"]) == ("trade", "trade", "market", "trade")
    assert actions(ledger, 1) == ["found", "unit_changed", "handed_over"]
    assert actions(ledger, 2) == ["found", "unjudged", "handed_over"]
    assert [change.kind for change in night(ledger, joined, day=DAY + timedelta(2), units=merged)] == ["kept"]


def test_a_unit_that_is_judged_for_the_year_before_it_merged_keeps_its_finding(ledger: Ledger) -> None:
    night(ledger, standing("short", unit="commerce", owner="commerce"))
    rows = (standing("short", unit="commerce", owner="trade"), standing("short", unit="trade", owner="trade"))
    changes = night(ledger, *rows, day=DAY + timedelta(1), units={"commerce": "trade"})
    assert [(change.kind, change.finding["unit"]) for change in changes] == [("new", "commerce"), ("new", "trade")]


def test_an_open_finding_is_untold_news_to_the_unit_it_is_handed_to_and_a_recovery_is_none(ledger: Ledger) -> None:
    row, merged = {"unit": "commerce", "owner": "commerce"}, {"commerce": "trade"}
    night(ledger, standing("short", **row), standing("short", "other", **row))
    night(ledger, standing("short", **row), standing("met", "other", **row), day=DAY + timedelta(1))
    row = {"unit": "trade", "owner": "trade"}
    rows = standing("short", **row), standing("met", "other", **row)
    changes = night(ledger, *rows, day=DAY + timedelta(2), units=merged)
    assert [(change.kind, change.finding["owner"], change.was_told) for change in changes] == [
        ("new", "trade", False), ("kept", "trade", False),
    ]  # fmt: skip
    carried = [(event["night"], event["who"], event["action"]) for event in ledger.finding_events(1)[1:]]
    assert carried == [("2024-04-24.1", "night", "unit_changed"), ("2024-04-24.1", "night", "handed_over")]


def play_reforms(ledger: Ledger, dice: random.Random, histories: int, nights: int) -> int:
    """Histories side by side, a metric each: nights, people, targets that go, renamings and mergers, in any order.

    Of a history the reference knows only its metric's and its unit's present name, and what number it got first.
    Returns how many moves people made.
    """
    people = (OFFICE, Person("李某", "office"), Person("县长", "leader"))
    words = ("short", "short", "met", "missing", "unsure", "error", "near", "not_due")
    said = Said("看过材料", "measures_taken", 2, "police", {"sha256": "a" * 64, "name": "佐证.pdf"})
    names = [(f"m{n}_0", f"u{n}_0") for n in range(histories)]
    ids: dict[int, int] = {}
    units: dict[str, str] = {}
    metrics: dict[str, str] = {}
    moved, day = 0, DAY
    for turn in range(1, nights + 1):
        day += timedelta(dice.randint(0, 3))
        rows = []
        for n, (metric, unit) in enumerate(names):
            reform = dice.random()
            if reform < 0.05:
                metrics |= {
                    old: f"m{n}_{turn}" for old in (*(o for o, new in metrics.items() if new == metric), metric)
                }
            elif reform < 0.1:
                units |= {old: f"u{n}_{turn}" for old in (*(o for o, new in units.items() if new == unit), unit)}
            names[n] = (metrics.get(metric, metric), units.get(unit, unit))
            if reform < 0.9:
                word, lacking = dice.choice(words), dice.randint(1, 3)
                rows.append(standing(word, names[n][0], lacking, unit=names[n][1], owner=names[n][1]))
        night(ledger, *rows, day=day, units=units, metrics=metrics)
        found = ledger.findings()
        keys = {(row["target"], row["unit"]) for row in rows}
        for row in found:
            number = int(row["target"].partition("_")[0][1:])
            assert ids.setdefault(number, row["id"]) == row["id"], "a second finding of one history"
            is_judged = (row["target"], row["unit"]) in keys
            assert is_judged or row["state"] in ("closed", "looked_back") or row["unjudged_since"] is not None
            assert not (is_judged and row["unjudged_since"]) and not (row["unjudged_since"] and is_overdue(row, day))
        assert len(ids) == len(found) == sum(ledger.finding_totals().values())
        for row in dice.sample(found, min(len(found), max(1, histories // 4))):
            action = dice.choice(tuple(MOVES))
            try:
                after = move_by_person(ledger, row["id"], action, dice.choice(people), said, day, CALENDAR)
            except FindingRefused:
                continue
            moved += 1
            assert after["id"] == row["id"]
            if action == "reopen":  # a new life has its own deadline, whatever was granted to the last one
                assert after["due_on"] == CALENDAR.add_working_days(day, WORKING_DAYS[row["severity"]])
            else:
                assert after["due_on"] >= row["due_on"], action
    for row in ledger.findings():
        assert [event["action"] for event in ledger.finding_events(row["id"])].count("found") == 1
    return moved


def test_histories_of_nights_people_and_reforms_never_make_two_of_one(ledger: Ledger) -> None:
    assert play_reforms(ledger, random.Random(17), histories=60, nights=30) > 50
    assert ledger.verify_audit() == []
