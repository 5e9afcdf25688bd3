"""The life of a finding in people's hands: every move from every state by every role, clocks, second persons."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from expectations.carried import DONE
from expectations.findings import STATES, FindingRefused, is_overdue
from expectations.lifecycle import MOVES, Limits, Person, Role, Said, move_by_person
from tests.expectations.test_findings import night, standing
from warehouse.declarations import read_declarations
from warehouse.home import Home
from warehouse.ledger import Ledger, open_ledger
from warehouse.workdays import Calendar

DAY = date(2024, 4, 22)
CALENDAR = Calendar(read_declarations().holidays)
OFFICE, OTHER = Person("王某", "office"), Person("李某", "office")
LIAISON = Person("张某", "liaison", "police")
SHORT = Limits(5, {"high": 20, "medium": 30, "low": 40})
EVERYTHING = Said("看过材料", "measures_taken", 3, "police", {"sha256": "a" * 64, "name": "佐证.pdf"})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    home = Home(tmp_path)
    home.make()
    with open_ledger(home) as ledger:
        ledger.con.execute("PRAGMA synchronous = OFF")
        night(ledger, standing("short"), day=DAY)
        yield ledger


def move(ledger: Ledger, action: str, person: Person = OFFICE, on: date = DAY, **said: Any) -> dict[str, Any]:
    return move_by_person(ledger, 1, action, person, Said(**({"comment": "看过"} | said)), on, CALENDAR)


def set_state(ledger: Ledger, state: str) -> None:
    with ledger.publishing() as tx:
        tx.change_finding(1, {"state": state, "extension": {"days": 3, "who": "x"}, "contested_on": DAY})


@pytest.mark.parametrize("state", STATES)
def test_a_move_is_made_exactly_from_its_states_and_by_its_roles(ledger: Ledger, state: str) -> None:
    for action, one in MOVES.items():
        for role in get_args(Role):
            set_state(ledger, state)
            before, events = ledger.findings()[0], len(ledger.finding_events(1))
            person = Person(role, role, "police")
            if state in one.from_states and role in one.roles:
                after = move_by_person(ledger, 1, action, person, EVERYTHING, DAY, CALENDAR)
                assert after == ledger.findings()[0] and len(ledger.finding_events(1)) == events + 1
                assert after["state"] == (one.to_state or (after["state"] if action == "reject" else state))
                assert ledger.audit()[-1]["action"] == f"finding_{action}"
                ledger.con.execute("DELETE FROM finding_events WHERE action <> 'found'")
            else:
                with pytest.raises(FindingRefused, match=" / "):
                    move_by_person(ledger, 1, action, person, EVERYTHING, DAY, CALENDAR)
                assert ledger.findings()[0] == before and len(ledger.finding_events(1)) == events


@pytest.mark.parametrize("action", [action for action, one in MOVES.items() if one.needs])
def test_what_a_move_needs_and_was_not_said_is_refused(ledger: Ledger, action: str) -> None:
    one = MOVES[action]
    empty = {"comment": " ", "reason": "", "days": 0, "unit": "", "evidence": {}}
    for need in one.needs:
        set_state(ledger, min(one.from_states))
        with pytest.raises(FindingRefused, match=action):
            move_by_person(ledger, 1, action, OFFICE, Said(**(vars(EVERYTHING) | {need: empty[need]})), DAY, CALENDAR)


def test_the_clock_of_a_contested_finding_stands_still_until_another_decides(ledger: Ledger) -> None:
    assert ledger.findings()[0]["due_on"] == date(2024, 4, 29)
    contested = move(ledger, "contest", LIAISON, date(2024, 4, 26), comment="文号重复计算")
    assert (contested["state"], contested["decide_by"]) == ("contested", date(2024, 5, 13))
    assert not is_overdue(contested, date(2024, 6, 1))
    (kept,) = night(ledger, standing("short"), day=date(2024, 5, 6))
    assert (kept.kind, kept.finding["state"]) == ("kept", "contested")
    with pytest.raises(FindingRefused, match="提出人"):
        move(ledger, "reject", Person("张某", "office"), date(2024, 5, 7))
    # Sunday 28 April is worked, 1 to 5 May are off: 28, 29, 30 April, 6 and 7 May stood still and are given back.
    rejected = move(ledger, "reject", OTHER, date(2024, 5, 7), comment="已核对原件")
    assert (rejected["state"], rejected["due_on"]) == ("found", date(2024, 5, 9))
    assert rejected["contested_on"] is None
    assert night(ledger, standing("short"), day=date(2024, 5, 13))[0].kind == "overdue"


def test_a_contest_after_the_deadline_gives_no_time_back(ledger: Ledger) -> None:
    move(ledger, "contest", LIAISON, date(2024, 5, 6))
    assert move(ledger, "reject", OTHER, date(2024, 5, 20))["due_on"] == date(2024, 4, 29)


def test_an_upheld_contest_closes_it_and_it_rests_while_nothing_worsens(ledger: Ledger) -> None:
    move(ledger, "contest", LIAISON)
    assert move(ledger, "uphold", OTHER, comment="确属重复")["state"] == "closed"
    assert night(ledger, standing("short"), day=DAY + timedelta(1)) == []
    (back,) = night(ledger, standing("short", lacking=2), day=DAY + timedelta(2))
    assert (back.kind, back.finding["id"], back.finding["state"]) == ("relapsed", 1, "found")


def test_an_upheld_contest_counts_over_an_earlier_closing_as_put_right(ledger: Ledger) -> None:
    move(ledger, "close", OTHER, reason="put_right")
    (back,) = night(ledger, standing("short"), day=DAY + timedelta(1))
    assert back.kind == "relapsed"
    move(ledger, "contest", LIAISON)
    move(ledger, "uphold", OTHER)
    assert night(ledger, standing("short"), day=DAY + timedelta(2)) == []
    assert ledger.findings()[0]["state"] == "closed"


def test_a_referral_holds_through_the_nights_and_its_new_owner_is_told(ledger: Ledger) -> None:
    night(ledger, standing("short"), day=DAY, mail="sent")
    move(ledger, "refer", OFFICE, unit="bureau")
    (told,) = night(ledger, standing("short"), day=DAY + timedelta(1), mail="sent")
    assert (told.kind, told.finding["owner"], told.finding["state"]) == ("new", "bureau", "assigned")
    (kept,) = night(ledger, standing("short"), day=DAY + timedelta(2), mail="sent")
    assert (kept.kind, ledger.findings()[0]["owner"]) == ("kept", "bureau")
    move(ledger, "close", OTHER, reason="put_right")
    (back,) = night(ledger, standing("short"), day=DAY + timedelta(3), mail="sent")
    assert (back.kind, back.finding["owner"]) == ("relapsed", "bureau")


def test_what_a_person_opens_again_is_told_again_once(ledger: Ledger) -> None:
    night(ledger, standing("short"), day=DAY, mail="sent")
    move(ledger, "close", OTHER, reason="measures_taken")
    move(ledger, "reopen", OTHER)
    kinds = [night(ledger, standing("short"), day=DAY + timedelta(n), mail="sent")[0].kind for n in (1, 2)]
    assert kinds == ["new", "kept"]


@pytest.mark.parametrize(("word", "days"), [("short", 60), ("near", 90)])
def test_the_graver_is_looked_back_on_sooner_and_no_request_outlives_a_closing(
    ledger: Ledger, word: str, days: int
) -> None:
    night(ledger, standing(word), day=DAY)
    move(ledger, "extend", LIAISON, days=3)
    closed = move(ledger, "close", OTHER, reason="measures_taken")
    assert (closed["look_back_on"], closed["extension"]) == (CALENDAR.add_working_days(DAY, days), None)


def test_an_extension_is_given_by_another_and_moves_the_deadline(ledger: Ledger) -> None:
    with pytest.raises(FindingRefused, match="没有待批"):
        move(ledger, "approve", OTHER)
    asked = move(ledger, "extend", LIAISON, days=3, comment="等上级批复")
    assert asked["extension"] == {"days": 3, "who": "张某"} and asked["due_on"] == date(2024, 4, 29)
    with pytest.raises(FindingRefused, match="申请人"):
        move(ledger, "approve", Person("张某", "leader"))
    given = move(ledger, "approve", OTHER)
    assert (given["due_on"], given["extension"]) == (date(2024, 5, 7), None)  # 30 April, 6 and 7 May
    move(ledger, "extend", LIAISON, days=3)
    assert move(ledger, "deny", OTHER)["due_on"] == date(2024, 5, 7)


def test_whoever_gave_the_evidence_does_not_verify_it(ledger: Ledger) -> None:
    file = {"sha256": "b" * 64, "name": "整改照片&<1>.jpg"}
    given = move(ledger, "evidence", OFFICE, evidence=file, comment="")
    assert given["state"] == "evidenced" and not is_overdue(given, date(2024, 12, 1))
    with pytest.raises(FindingRefused, match="佐证"):
        move(ledger, "verify", OFFICE)
    assert move(ledger, "verify", OTHER)["state"] == "verified"
    assert move(ledger, "close", OTHER, reason="measures_taken")["look_back_on"] == date(2024, 7, 17)
    assert ledger.finding_events(1)[1]["evidence"] == file
    assert move(ledger, "look_back", OTHER, comment="没有反弹")["state"] == "looked_back"
    (back,) = night(ledger, standing("short", lacking=3), day=date(2024, 8, 1))
    assert (back.kind, back.finding["id"]) == ("relapsed", 1)


@pytest.mark.parametrize("word", ["missing", "unsure", "error"])
def test_nothing_is_closed_as_put_right_on_data_that_is_not_there(ledger: Ledger, word: str) -> None:
    night(ledger, standing(word, cause="delivery:d:s:2024"), day=DAY)
    for reason in ("put_right", "data_corrected"):
        with pytest.raises(FindingRefused, match=word):
            move(ledger, "close", reason=reason)
    assert move(ledger, "close", reason="false_alarm")["state"] == "closed"


def test_a_liaison_moves_only_what_the_own_unit_answers_for(ledger: Ledger) -> None:
    with pytest.raises(FindingRefused, match="本单位"):
        move(ledger, "receive", Person("赵某", "liaison", "bureau"))
    assert move(ledger, "receive", LIAISON)["state"] == "received"
    assert move(ledger, "refer", OFFICE, unit="bureau")["owner"] == "bureau"
    with pytest.raises(FindingRefused, match="本单位"):
        move(ledger, "plan", LIAISON)
    with pytest.raises(FindingRefused, match="no finding"):
        move_by_person(ledger, 99, "note", OFFICE, EVERYTHING, DAY, CALENDAR)
    with pytest.raises(FindingRefused, match="dance"):
        move(ledger, "dance")


def test_a_thousand_histories_of_people_and_nights_never_make_two_of_one(ledger: Ledger) -> None:
    """Nights and people in any order: one finding per target, its id stays, no state or deadline is ever lost."""
    dice, people = random.Random(20240422), (OFFICE, OTHER, LIAISON, Person("县长", "leader"))
    ids: dict[str, int] = {row["target"]: row["id"] for row in ledger.findings()}
    words = ("short", "met", "missing", "unsure", "error", "near", "not_due")
    moved, day = 0, DAY
    for turn in range(60):
        day += timedelta(dice.randint(0, 4))
        night(ledger, *(standing(dice.choice(words), f"t{n}", dice.randint(1, 3)) for n in range(17)), day=day)
        for row in ledger.findings():
            assert ids.setdefault(row["target"], row["id"]) == row["id"]
            action, person = dice.choice(tuple(MOVES)), dice.choice(people)
            try:
                after = move_by_person(ledger, row["id"], action, person, EVERYTHING, day, CALENDAR, SHORT)
            except FindingRefused:
                assert ledger.findings(id=row["id"])[0] == row
                continue
            moved += 1
            assert after["state"] in STATES and after["due_on"] >= row["due_on"]
            assert (after["state"] == "contested") == (after["decide_by"] is not None)
            assert after["state"] in DONE or after["look_back_on"] is None
        assert len(ids) == len(ledger.findings()) == sum(ledger.finding_totals().values()), turn
    assert moved > 200 and ledger.verify_audit() == []
