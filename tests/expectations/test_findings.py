"""Findings against a reference model: one per target, unit and period, reopened under its id, closed by people only."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.findings import FindingChange, FindingRefused, move_findings
from expectations.findings_json import findings_json
from expectations.lifecycle import NOT_KNOWN, Person, Said, move_by_person
from expectations.standings import WORST_FIRST
from warehouse.home import Home
from warehouse.ledger import Ledger, open_ledger
from warehouse.workdays import Calendar

DAY = date(2025, 2, 6)
CALENDAR = Calendar(())


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with _ledger(tmp_path) as ledger:
        yield ledger


def _ledger(folder: Path) -> Ledger:
    home = Home(folder)
    home.make()
    ledger = open_ledger(home)
    ledger.con.execute("PRAGMA synchronous = OFF")  # thousands of nights; power cuts are tested with the ledger
    return ledger


def standing(word: str, target: str = "filing_rate", lacking: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "target": target, "metric": None if ":" in target else target, "unit": "police", "period": "2024",
        "standing": word, "numerator": Decimal(9), "denominator": Decimal(10), "short_by": Decimal(lacking),
        "severity": "high", "owner": "police", "cause": None,
    } | more  # fmt: skip


def in_words(row: Any) -> tuple[str, str]:
    return f"缺{row['short_by']}", "words"


def night(
    ledger: Ledger, *standings: dict[str, Any], day: date = DAY, mail: str | None = None,
    say: Callable[[Any], tuple[str, str]] = in_words,
) -> list[FindingChange]:  # fmt: skip
    """One published night; with `mail`, its news is queued in one letter to the police, which ends in that state."""
    name = ledger.begin_night(day)
    with ledger.publishing() as tx:
        tx.publish_night(name, f"{name}.duckdb", "", "", {})
        changes = move_findings(tx, standings, name, day, CALENDAR, say)
        if mail and any(change.kind != "kept" for change in changes):
            row = {
                "unit": "police",
                "kind": "letter",
                "path": "p",
                "message_id": name,
                "content": {"news": len(changes)},
            }
            (letter,) = tx.queue_letters(name, [row])
            told = [each for each in changes if each.kind != "kept" and (each.kind != "put_right" or each.was_told)]
            tx.mark_told([change.finding["id"] for change in told], name)
    if mail and ledger.letters(night=name):
        ledger.mark_letter(letter, mail)
    return changes


def close_finding(ledger: Ledger, finding: int, who: str, reason: str, comment: str) -> None:
    said = Said(comment=comment, reason=reason)
    move_by_person(ledger, finding, "close", Person(who, "inspector"), said, DAY, CALENDAR)


def test_a_shortfall_opens_one_finding_with_a_deadline_and_keeps_it(ledger: Ledger) -> None:
    (new,) = night(ledger, standing("short"))
    (kept,) = night(ledger, standing("short"), day=DAY + timedelta(1))
    assert (new.kind, kept.kind, new.finding["id"]) == ("new", "kept", kept.finding["id"])
    (row,) = ledger.findings()
    assert (row["first_seen"], row["last_seen"], row["due_on"]) == (DAY, DAY + timedelta(1), date(2025, 2, 13))
    assert (row["state"], row["sentence_zh"], row["severity"]) == ("found", "缺1", "high")
    assert findings_json([row]) == [{
        "id": 1, "metric": "filing_rate", "unit": "police", "period": "2024", "state": "found", "standing": "short",
        "first_seen": "2025-02-06", "last_seen": "2025-02-07", "due_on": "2025-02-13",
    }]  # fmt: skip


def test_amber_weighs_one_degree_less_and_has_more_time(ledger: Ledger) -> None:
    (change,) = night(ledger, standing("near"))
    assert (change.finding["severity"], change.finding["due_on"]) == ("medium", date(2025, 2, 20))
    (worse,) = night(ledger, standing("short"))
    assert (worse.kind, ledger.findings()[0]["severity"]) == ("worse", "high")
    assert night(ledger, standing("short", lacking=2))[0].kind == "worse"
    assert night(ledger, standing("short", lacking=1))[0].kind == "kept"


def test_what_only_follows_from_something_told_elsewhere_opens_nothing(ledger: Ledger) -> None:
    assert night(ledger, standing("short", "delivery_rate", cause="delivery:documents:bureau:2024")) == []
    assert night(ledger, standing("unsure", cause="unplaced:documents:1")) == []
    assert night(ledger, standing("missing"), standing("error", "x"), standing("not_due", "y")) == []
    (change,) = night(ledger, standing("missing", "documents:delivered"))
    assert (change.kind, findings_json(ledger.findings())[0]["metric"]) == ("new", "documents:delivered")


def test_met_waits_for_a_person_and_what_is_missing_puts_nothing_right(ledger: Ledger) -> None:
    night(ledger, standing("short"))
    for word in ("missing", "error", "not_due", "not_applicable"):
        (kept,) = night(ledger, standing(word))
        assert (kept.kind, kept.finding["state"], ledger.findings()[0]["standing"]) == ("kept", "found", word)
    (change,) = night(ledger, standing("met"))
    assert (change.kind, change.finding["state"]) == ("put_right", "awaiting_verification")
    night(ledger, standing("missing"))
    assert ledger.findings()[0]["state"] == "awaiting_verification"
    assert ledger.findings()[0]["standing"] == "missing"


def test_only_a_person_closes_with_a_reason_and_a_comment_and_it_is_audited(ledger: Ledger) -> None:
    night(ledger, standing("short"))
    for reason, comment in (("because", "seen"), ("put_right", " ")):
        with pytest.raises(FindingRefused):
            close_finding(ledger, 1, "inspector", reason, comment)
    close_finding(ledger, 1, "inspector", "false_alarm", "文号重复，已核对")
    with pytest.raises(FindingRefused):
        close_finding(ledger, 1, "inspector", "false_alarm", "again")
    assert [(event["action"], event["who"]) for event in ledger.finding_events(1)] == [
        ("found", "night"), ("close", "inspector")
    ]  # fmt: skip
    assert ledger.audit()[-1]["action"] == "finding_close"
    assert ledger.finding_totals() == {"closed": 1}


def test_a_settled_finding_rests_until_it_worsens_and_a_false_claim_reopens_at_once(ledger: Ledger) -> None:
    night(ledger, standing("short"), standing("short", "other"))
    close_finding(ledger, 1, "inspector", "measures_taken", "期限已过，已采取措施")
    close_finding(ledger, 2, "inspector", "put_right", "已整改")
    (relapsed,) = night(ledger, standing("short"), standing("short", "other"))
    assert (relapsed.kind, relapsed.finding["id"], relapsed.finding["state"]) == ("relapsed", 2, "found")
    (worse,) = [change for change in night(ledger, standing("short", lacking=2)) if change.finding["id"] == 1]
    assert (worse.kind, worse.finding["state"]) == ("relapsed", "found")
    assert ledger.finding_totals() == {"found": 2}


def test_a_passed_deadline_is_news_once(ledger: Ledger) -> None:
    night(ledger, standing("short"))
    days = [night(ledger, standing("short"), day=date(2025, 2, day))[0].kind for day in (13, 14, 15)]
    assert days == ["kept", "overdue", "kept"]


def test_a_recovery_may_be_told_only_if_its_alert_went_out(ledger: Ledger) -> None:
    night(ledger, standing("short"), mail="sent")
    night(ledger, standing("short"), standing("short", "other"), mail="failed")
    recovered = night(ledger, standing("met"), standing("met", "other"))
    assert [(row.kind, row.was_told) for row in recovered] == [("put_right", True), ("put_right", False)]


def test_a_rehearsal_tells_what_the_night_will_do_and_leaves_nothing(ledger: Ledger) -> None:
    night(ledger, standing("short"))
    name = ledger.begin_night(DAY)
    rows = [standing("met"), standing("short", "other")]
    with ledger.rehearsing() as tx:
        rehearsed = move_findings(tx, rows, name, DAY, CALENDAR, lambda row: ("", ""))
    assert [row["state"] for row in ledger.findings()] == ["found"]
    with ledger.publishing() as tx:
        assert move_findings(tx, rows, name, DAY, CALENDAR, lambda row: ("", "")) == rehearsed
    assert [row["id"] for row in ledger.findings()] == [1, 2]


def test_a_night_that_fails_while_it_publishes_moves_no_finding(ledger: Ledger) -> None:
    def no_words(row: Any) -> tuple[str, str]:
        if row["target"] == "other":
            raise KeyError("no sentence")
        return "", ""

    name = ledger.begin_night(DAY)
    with pytest.raises(KeyError), ledger.publishing() as tx:
        move_findings(tx, [standing("short"), standing("short", "other")], name, DAY, CALENDAR, no_words)
    assert ledger.findings() == []


@dataclass
class Model:
    """What one finding must be, written from the rules: its state, and what may be told of it."""

    state: str | None = None
    judged: str = ""
    lacking: int = 0
    told: bool = False
    claimed: bool = False
    due_on: date = DAY
    said_overdue: bool = False

    def night(self, day: date, word: str, lacking: int, cause: str | None) -> str | None:
        """The change that a night must report; None for nothing."""
        change = self.move(word, lacking, cause)
        if change in ("new", "relapsed"):
            self.due_on = CALENDAR.add_working_days(day, 10 if word == "near" else 5)
            self.said_overdue = False
        if change == "kept" and self.state == "found" and self.due_on < day and not self.said_overdue:
            self.said_overdue = True
            return "overdue"
        return change

    def move(self, word: str, lacking: int, cause: str | None) -> str | None:
        bad = word in ("short", "near", "unsure") and cause is None
        if self.state is None:
            if bad:
                self.state, self.judged, self.lacking = "found", word, lacking
            return "new" if bad else None
        if word == "met":
            was, self.judged, self.lacking = self.state, "met", lacking
            if was == "found":
                self.state = "awaiting_verification"
                return "put_right"
            return "kept" if was == "awaiting_verification" else None
        if not bad:
            return "kept" if self.state != "closed" else None
        order = ("met", "near", "unsure", "short")
        grew = (order.index(word), lacking) > (order.index(self.judged), self.lacking if word == self.judged else 99)
        if self.state == "closed" and not (self.judged == "met" or grew or self.claimed):
            return None
        came_back = self.state != "found"
        self.state, self.judged, self.lacking = "found", word, lacking
        if came_back:
            self.told = False
            return "relapsed"
        return "worse" if grew else "kept"


def play(ledger: Ledger, histories: list[list[tuple[str, int, str | None, str]]]) -> None:
    """Play histories side by side, one target each, one night after the other, and compare with the model."""
    models = [Model() for _ in histories]
    ids: dict[int, int] = {}
    for turn in range(max(map(len, histories))):
        now = {number: history[turn] for number, history in enumerate(histories) if turn < len(history)}
        rows = [standing(word, f"t{n}", lacking, cause=cause) for n, (word, lacking, cause, _) in now.items()]
        name = ledger.begin_night(DAY + timedelta(turn))
        with ledger.publishing() as tx:
            tx.publish_night(name, f"{name}.duckdb", "", "", {})
            changes = move_findings(tx, rows, name, DAY + timedelta(turn), CALENDAR, lambda row: ("", ""))
            by_target = {change.finding["target"]: change for change in changes}
            assert len(by_target) == len(changes)
            for number, (word, lacking, cause, after) in now.items():
                change, was_told = by_target.get(f"t{number}"), models[number].told
                assert (change.kind if change else None) == models[number].night(
                    DAY + timedelta(turn), word, lacking, cause
                )
                if change and change.kind == "put_right":
                    assert change.was_told is was_told  # a recovery is told only after its alert, and again only then
                if change and change.kind in ("new", "worse", "overdue", "relapsed") and after == "tell":
                    tx.mark_told([change.finding["id"]], name)
                    models[number].told = True
        for row in ledger.findings():
            number = int(row["target"][1:])
            assert ids.setdefault(number, row["id"]) == row["id"]
            assert row["state"] == models[number].state
            if number in now:
                assert row["standing"] == now[number][0]
            _close(ledger, row, models[number], now[number][3] if number in now else "")
    assert sum(ledger.finding_totals().values()) == len(ids) == len(ledger.findings())


def _close(ledger: Ledger, row: dict[str, Any], model: Model, reason: str) -> None:
    if reason == "put_right" and row["standing"] in NOT_KNOWN and row["state"] != "closed":
        with pytest.raises(FindingRefused):
            close_finding(ledger, row["id"], "inspector", reason, "seen")
    elif reason in ("put_right", "measures_taken") and row["state"] != "closed":
        close_finding(ledger, row["id"], "inspector", reason, "seen")
        model.state, model.claimed = "closed", reason == "put_right"


AFTER = ("", "", "tell", "tell", "put_right", "measures_taken")


def test_ten_thousand_histories_equal_the_model(ledger: Ledger) -> None:
    dice = random.Random(20250206)
    words = [word for word in WORST_FIRST for _ in range(3 if word in ("short", "met") else 1)]
    causes = (None, None, None, "delivery:d:s:2024")
    histories = [
        [
            (dice.choice(words), dice.randint(1, 3), dice.choice(causes), dice.choice(AFTER))
            for _ in range(dice.randint(1, 12))
        ]
        for _ in range(10_000)
    ]  # fmt: skip
    play(ledger, histories)


STEP = st.tuples(
    st.sampled_from(WORST_FIRST), st.integers(1, 3), st.sampled_from((None, "unplaced:d:1")), st.sampled_from(AFTER)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(STEP, min_size=1, max_size=8), min_size=1, max_size=3))
def test_any_history_equals_the_model(
    tmp_path_factory: pytest.TempPathFactory, histories: list[list[tuple[str, int, str | None, str]]]
) -> None:
    with _ledger(tmp_path_factory.mktemp("home")) as ledger:
        play(ledger, histories)
