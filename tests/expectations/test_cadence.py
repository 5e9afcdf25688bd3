"""Who is told what and when, against a reference model: no letter too many, none missing, no recovery unannounced."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from expectations import cadence
from expectations.cadence import Cadence, Plan, after_change, mark_letters_told, plan_letters
from expectations.desk import gather_desk, weekly_trend
from expectations.findings import move_findings
from expectations.lifecycle import Person, Said, move_by_person
from tests.conftest import Cases
from tests.drills.seeding import SEED
from tests.expectations.test_findings import CALENDAR, _ledger, standing
from warehouse.declarations import read_declarations
from warehouse.ledger import DecisionRefused, Ledger
from warehouse.letter_book import add_silence, end_silence, letter_log
from warehouse.workdays import Calendar, is_set_day

THURSDAY = date(2025, 2, 6)
DAILY = Cadence()
NO_SET_DAYS = Cadence(remind_on=())
Said_ = dict[tuple[str, str], list[tuple[str, str]]]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with _ledger(tmp_path) as ledger:
        yield ledger


def tonight(
    ledger: Ledger, *standings: dict[str, Any], on: date = THURSDAY, cadence: Cadence = NO_SET_DAYS,
    mail: str = "sent", calendar: Calendar = CALENDAR,
) -> Said_:  # fmt: skip
    """One published night: (unit, kind) -> (target, change) of each of its letters, which all end in one state."""
    last = ledger.current_night()
    name = ledger.begin_night(on)
    with ledger.publishing() as tx:
        tx.publish_night(name, f"{name}.duckdb", "", "", {})
        moved = move_findings(tx, standings, name, on, calendar, lambda row: (f"缺{row['short_by']}", "words"))
        plan = plan_letters(tx, moved, cadence, calendar, name, on, last["business_date"] if last else None)
        ids = tx.queue_letters(name, [
            {
                "unit": one.unit, "kind": one.kind, "path": "p", "message_id": f"{name}{one.unit}{one.kind}",
                "content": {"changes": [{"finding_id": it.finding["id"], "change": it.change} for it in one.items]},
            }
            for one in plan.letters
        ])  # fmt: skip
        mark_letters_told(tx, plan, name)
        for unit, (reason, count) in plan.silent.items():
            tx.log_letter(name, unit, "letter", reason, findings=count)
    for letter in ids:
        ledger.mark_letter(letter, mail, mail)
    return _said(plan)


def _said(plan: Plan) -> Said_:
    return {
        (one.unit, one.kind): sorted((item.finding["target"], item.change) for item in one.items)
        for one in plan.letters
    }


def to_police(*items: tuple[str, str]) -> Said_:
    return {("police", "letter"): list(items)}


def low(word: str, target: str = "filing_rate", **more: Any) -> dict[str, Any]:
    return standing(word, target, severity="low", **more)


def day(number: int) -> date:
    return THURSDAY + timedelta(number)


def reasons(ledger: Ledger) -> list[str]:
    return [row["reason"] for row in letter_log(ledger)]


def test_the_first_night_tells_all_and_the_routine_waits_for_its_day(ledger: Ledger) -> None:
    assert tonight(ledger, low("short")) == to_police(("filing_rate", "new"))
    both = low("short"), low("short", "other")
    for number in range(1, 7):
        assert tonight(ledger, *both, on=day(number)) == {}
    assert tonight(ledger, *both, on=day(7)) == to_police(("other", "new"))
    assert reasons(ledger) == ["queued", "sent", *["waiting"] * 6, "queued", "sent"]


def test_high_severity_is_told_at_once_and_takes_along_what_waits(ledger: Ledger) -> None:
    tonight(ledger, low("met"))
    assert tonight(ledger, low("short"), on=day(1)) == {}
    told = tonight(ledger, low("short"), standing("short", "other"), on=day(2))
    assert told == to_police(("filing_rate", "new"), ("other", "new"))


def test_a_unit_has_one_letter_a_date(ledger: Ledger) -> None:
    assert tonight(ledger, standing("short")) == to_police(("filing_rate", "new"))
    both = standing("short"), standing("short", "other")
    assert tonight(ledger, *both) == {}
    assert tonight(ledger, *both, on=day(1)) == to_police(("other", "new"))


def test_a_set_day_on_a_holiday_is_the_next_worked_day_and_no_night_skips_it(ledger: Ledger) -> None:
    calendar = Calendar(read_declarations().holidays)
    spring = [each for each in (date(2025, 1, 27) + timedelta(n) for n in range(14)) if is_set_day(
        each, lambda one: one.weekday() == 3, calendar
    )]  # fmt: skip
    assert spring == [date(2025, 2, 5), date(2025, 2, 6)]  # Thursday 30 January is in the Spring Festival
    tonight(ledger, low("met"))
    assert tonight(ledger, low("short"), on=day(9)) == to_police(("filing_rate", "new"))  # no night ran on its Thursday


def test_a_recovery_is_told_once_on_the_routine_day_and_only_after_its_alert(ledger: Ledger) -> None:
    tonight(ledger, low("short"))
    assert tonight(ledger, low("met"), low("short", "other"), on=day(1)) == {}
    assert tonight(ledger, low("met"), low("met", "other"), on=day(7)) == to_police(("filing_rate", "put_right"))
    assert tonight(ledger, low("met"), low("met", "other"), on=day(14)) == {}
    assert reasons(ledger)[-1] == "unchanged"


def test_a_recovery_that_a_person_closed_before_it_was_told_is_told(ledger: Ledger) -> None:
    tonight(ledger, low("short"))
    tonight(ledger, low("met"), on=day(1))
    said = Said(comment="已核对", reason="put_right")
    move_by_person(ledger, 1, "close", Person("inspector", "inspector"), said, day(1), CALENDAR)
    assert tonight(ledger, low("met"), on=day(7)) == to_police(("filing_rate", "put_right"))
    assert tonight(ledger, low("met"), on=day(14)) == {}


def test_what_a_person_settled_before_its_owner_heard_of_it_is_not_told(ledger: Ledger) -> None:
    tonight(ledger, low("met"))
    tonight(ledger, low("short"), on=day(1))
    said = Said(comment="文号重复", reason="false_alarm")
    move_by_person(ledger, 1, "close", Person("inspector", "inspector"), said, day(1), CALENDAR)
    assert tonight(ledger, low("short"), on=day(7)) == {}


def test_a_contest_is_not_answered_by_letters_until_it_is_decided(ledger: Ledger) -> None:
    tonight(ledger, standing("short"))
    liaison = Person("liaison", "liaison", "police")
    move_by_person(ledger, 1, "contest", liaison, Said(comment="口径不同"), day(1), CALENDAR)
    assert tonight(ledger, standing("short", lacking=2), on=day(2)) == {}
    move_by_person(ledger, 1, "reject", Person("chief", "leader"), Said(comment="依据不足"), day(3), CALENDAR)
    assert tonight(ledger, standing("short", lacking=2), on=day(4)) == to_police(("filing_rate", "worse"))


def test_a_check_that_did_not_run_tells_a_unit_nothing(ledger: Ledger) -> None:
    tonight(ledger, low("met"))
    tonight(ledger, low("short"), on=day(1))
    assert tonight(ledger, low("error"), on=day(7)) == {}
    assert tonight(ledger, low("short"), on=day(14)) == to_police(("filing_rate", "new"))


def test_what_stays_open_is_said_again_on_set_days_only(ledger: Ledger) -> None:
    cadence = Cadence(remind_on=(15,), leader_after=90, office_after=99)
    tonight(ledger, low("short"), cadence=cadence)
    told = {
        each: said
        for each in map(day, range(1, 60))
        if (said := tonight(ledger, low("short"), on=each, cadence=cadence))
    }
    again = to_police(("filing_rate", "reminder"))
    # 15 February 2025 is a Saturday; the deadline of 20 working days, 6 March, passed the night before the 7th.
    assert told == {
        date(2025, 2, 17): again, date(2025, 3, 13): to_police(("filing_rate", "overdue")), date(2025, 3, 17): again
    }  # fmt: skip


def test_a_deadline_long_past_goes_to_the_leader_and_then_to_the_office_once_each(ledger: Ledger) -> None:
    tonight(ledger, standing("short"))
    told = {}
    for number in range(1, 60):
        if said := tonight(ledger, standing("short"), on=day(number)):
            told[day(number)] = said
    assert told == {
        date(2025, 2, 14): to_police(("filing_rate", "overdue")),
        date(2025, 2, 20): {("police", "leader"): [("filing_rate", "overdue")]},
    }
    actions = [(row["action"], row["night"][:10]) for row in ledger.finding_events(1) if row["action"].startswith("to")]
    assert actions == [("to_leader", "2025-02-20"), ("to_office", "2025-02-27")]


def test_more_time_given_starts_the_way_up_anew(ledger: Ledger) -> None:
    tonight(ledger, standing("short"))
    for number in range(1, 16):
        tonight(ledger, standing("short"), on=day(number))
    ask, give = Person("liaison", "liaison", "police"), Person("leader", "leader")
    move_by_person(ledger, 1, "extend", ask, Said(comment="系统升级", days=20), day(16), CALENDAR)
    move_by_person(ledger, 1, "approve", give, Said(comment="同意"), day(16), CALENDAR)
    told = [said for number in range(17, 60) if (said := tonight(ledger, standing("short"), on=day(number)))]
    assert told == [
        to_police(("filing_rate", "overdue")), {("police", "leader"): [("filing_rate", "overdue")]}
    ]  # fmt: skip


def test_a_silence_holds_letters_back_until_its_end_and_is_audited(ledger: Ledger) -> None:
    tonight(ledger, standing("met"))
    for bad in ({"unit": "police", "reason": " "}, {"reason": "系统迁移"}):
        with pytest.raises(DecisionRefused):
            add_silence(ledger, day(5), bad.pop("reason"), "clerk", day(0), **bad)  # type: ignore[arg-type]
    for until in (day(-1), day(93)):
        with pytest.raises(DecisionRefused):
            add_silence(ledger, until, "系统迁移", "clerk", day(0), unit="police")
    add_silence(ledger, day(5), "系统迁移", "clerk", day(0), unit="police")
    bureau = standing("short", "other", unit="water", owner="water")
    assert tonight(ledger, standing("short"), bureau, on=day(5)) == {("water", "letter"): [("other", "new")]}
    assert "silenced" in reasons(ledger)
    assert tonight(ledger, standing("short"), bureau, on=day(6)) == to_police(("filing_rate", "new"))
    number = add_silence(ledger, day(60), "专项核查", "clerk", day(7), finding=1)
    assert tonight(ledger, standing("met"), bureau, on=day(8)) == {}
    end_silence(ledger, number, "chief", day(9))
    with pytest.raises(DecisionRefused):
        end_silence(ledger, number, "chief", day(10))
    told = tonight(ledger, standing("met"), bureau, on=day(14))
    assert told == to_police(("filing_rate", "put_right")) | {("water", "letter"): [("other", "overdue")]}
    assert [row["action"] for row in ledger.audit() if row["action"].startswith("silence")] == [
        "silence_added", "silence_added", "silence_ended"
    ]  # fmt: skip


def test_news_in_a_letter_that_never_went_out_stands_in_the_one_that_supersedes_it(ledger: Ledger) -> None:
    tonight(ledger, standing("short"), mail="failed")
    assert tonight(ledger, standing("short"), on=day(1)) == {}  # the letter that waits is tried again
    both = standing("short"), standing("short", "other")
    assert tonight(ledger, *both, on=day(2)) == to_police(("filing_rate", "new"), ("other", "new"))
    assert [row["state"] for row in ledger.letters()] == ["superseded", "sent"]
    third = tonight(ledger, *both, standing("short", "third"), on=day(3))
    assert third == to_police(("third", "new"))


def test_a_letter_of_which_nothing_is_true_any_more_goes_no_more(ledger: Ledger) -> None:
    tonight(ledger, standing("short"), mail="failed")
    assert tonight(ledger, standing("met"), on=day(7)) == {}
    assert [row["state"] for row in ledger.letters()] == ["superseded"]


def test_a_recovery_in_a_letter_that_never_went_out_is_told_in_the_next(ledger: Ledger) -> None:
    tonight(ledger, standing("short"))
    tonight(ledger, standing("met"), standing("short", "other"), on=day(7), mail="failed")
    last = standing("met"), standing("met", "other"), standing("short", "third")
    assert tonight(ledger, *last, on=day(8)) == to_police(("filing_rate", "put_right"), ("third", "new"))


def test_the_office_hears_of_contests_undecided_and_letters_that_do_not_arrive(ledger: Ledger) -> None:
    tonight(ledger, standing("short"), mail="failed")
    for _ in range(2):
        ledger.mark_letter(1, "failed", "unreachable")
    move_by_person(ledger, 1, "contest", Person("l", "liaison", "police"), Said(comment="不属实"), day(1), CALENDAR)
    with ledger.publishing() as tx:
        soon, late = gather_desk(tx, day(14), False), gather_desk(tx, day(20), False)
    assert (soon["undecided"], [row["id"] for row in late["undecided"]]) == ([], [1])
    assert [(row["unit"], row["reason"], row["attempts"]) for row in soon["undelivered"]] == [
        ("police", "unreachable", 3)
    ]


def test_the_weekly_trend_counts_what_moved_and_what_is_open(ledger: Ledger) -> None:
    tonight(ledger, low("short"), low("short", "other"))
    tonight(ledger, low("met"), low("short", "other"), low("short", "third"), on=day(8))
    said = Said(comment="已核对", reason="put_right")
    move_by_person(ledger, 1, "close", Person("inspector", "inspector"), said, day(9), CALENDAR)
    with ledger.publishing() as tx:
        weeks = weekly_trend(tx, day(14))
    told = [(row["until"], row["opened"], row["put_right"], row["closed"], row["open"]) for row in weeks]
    assert told == [(day(0), 2, 0, 0, 2), (day(7), 0, 0, 0, 2), (day(14), 1, 1, 1, 2)]
    assert weeks[-1]["overdue"] == 0


def told_for_a_month(ledger: Ledger) -> dict[date, Said_]:
    """500 shortfalls of 40 units, and 30 nights on which nothing changes."""
    rows = [standing("short", f"t{n}", unit=f"unit{n % 40}", owner=f"unit{n % 40}", severity="low") for n in range(500)]
    told = {day(0): tonight(ledger, *rows, cadence=DAILY)}
    for number in range(1, 31):
        told[day(number)] = tonight(ledger, *rows, on=day(number), cadence=DAILY)
    return told


def test_five_hundred_shortfalls_over_forty_units_are_forty_letters_and_then_only_the_set_days(
    ledger: Ledger, cases: Cases
) -> None:
    told = told_for_a_month(ledger)
    assert len(told[day(0)]) == 40 and sum(map(len, told[day(0)].values())) == 500
    cases.add(len(told))
    # 15 February and 1 March 2025 are Saturdays; the deadline of 20 working days, 6 March, has passed on the 7th.
    assert [each for each, said in told.items() if said and each != day(0)] == [date(2025, 2, 17), date(2025, 3, 3)]
    for each in (date(2025, 2, 17), date(2025, 3, 3)):
        assert len(told[each]) == 40
        assert {change for said in told[each].values() for _, change in said} == {"reminder"}
    assert len(ledger.letters()) == 120


def test_a_cadence_that_reminds_every_night_is_noticed(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expectations.cadence._Planner._falls", lambda *_: True)
    told = told_for_a_month(ledger)
    assert sum(bool(said) for said in told.values()) > 3


@dataclass
class Model:
    """One finding of one unit, written from the rules, without the code under test."""

    open: bool = False
    waits: bool = False
    told: bool = False
    untold: str = ""
    lacking: int = 0
    due_on: date = THURSDAY
    said_overdue: bool = False
    error: bool = False

    def night(self, on: date, word: str, lacking: int) -> None:
        """What a night's word makes untold."""
        self.error = word == "error"
        if word == "short" and not self.open:
            is_first = not self.waits
            self.open, self.waits, self.told, self.lacking = True, False, False, lacking
            self.untold = "new" if is_first else "relapsed"
            self.due_on, self.said_overdue = CALENDAR.add_working_days(on, 5), False
            return
        if word == "short" and lacking > self.lacking:
            self.untold = self.untold if self.untold in ("new", "relapsed") else "worse"
            self.lacking = lacking
            return
        self.lacking = lacking if word == "short" else self.lacking
        if word == "met" and self.open:
            self.open, self.waits = False, True
            self.untold = "put_right" if self.told else ""
        elif self.open and self.due_on < on and not self.said_overdue:
            self.said_overdue = True
            self.untold = self.untold or "overdue"


@dataclass
class Unit:
    """One unit with its findings, whether it is silenced, and what it was told on which date."""

    findings: list[Model] = field(default_factory=lambda: [Model() for _ in range(3)])
    last_letter: date | None = None

    def letter(self, on: date, before: date | None, is_silenced: bool) -> list[tuple[int, str]]:
        is_routine = before is None or any(
            (before + timedelta(each)).weekday() == 3 for each in range(1, (on - before).days + 1)
        )
        ready = [] if is_silenced else [(n, m) for n, m in enumerate(self.findings) if m.untold and not m.error]
        is_due = is_routine or any(model.untold != "put_right" for _, model in ready)
        if not ready or not is_due or self.last_letter == on:
            return []
        self.last_letter = on
        said = [(number, model.untold) for number, model in ready]
        for _, model in ready:
            model.told, model.untold = True, ""
        return said


def test_ten_thousand_sequences_with_silences_equal_the_model(ledger: Ledger, cases: Cases) -> None:
    play_sequences(ledger, 3_334)
    cases.add(3 * 3_334)


def test_a_recovery_told_without_its_alert_is_noticed(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program as it would be if it took every finding that was put right for one that had been told."""
    monkeypatch.setattr(
        cadence, "after_change", lambda change: "put_right" if change.kind == "put_right" else after_change(change)
    )
    with pytest.raises(AssertionError):
        play_sequences(ledger, 200, silent=0.6)


def play_sequences(ledger: Ledger, count: int, silent: float = 0.05) -> None:
    """Random nights of so many units with three findings each; every letter is that of the model."""
    dice = random.Random(SEED)
    units = [Unit() for _ in range(count)]
    until = [THURSDAY - timedelta(1)] * len(units)
    before, on, nights = None, THURSDAY, 0
    cadence = Cadence(remind_on=(), leader_after=900, office_after=999)
    words = ("met", "short", "short", "missing", "error")
    while nights < 5:
        rows, expected = [], defaultdict(list)
        for number, unit in enumerate(units):
            if before and dice.random() < silent and until[number] < before:
                until[number] = before + timedelta(dice.randint(0, 6))
                add_silence(ledger, until[number], "核查", "clerk", before, unit=f"u{number}")
            for target, model in enumerate(unit.findings):
                word, lacking = dice.choice(words), dice.randint(1, 3)
                more = {"unit": f"u{number}", "owner": f"u{number}", "short_by": Decimal(lacking)}
                rows.append(standing(word, f"t{target}", **more))
                model.night(on, word, lacking)
            if said := unit.letter(on, before, on <= until[number]):
                expected[f"u{number}", "letter"] = sorted((f"t{target}", change) for target, change in said)
        assert tonight(ledger, *rows, on=on, cadence=cadence) == expected
        before, on, nights = on, on + timedelta(dice.choice((0, 1, 1, 2, 5))), nights + 1
