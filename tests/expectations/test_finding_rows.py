"""What stands in a finding and in its history: what the desk shows, what a letter says, and what auditors read back."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from expectations.findings import FindingChange, move_findings, opens_finding
from expectations.lifecycle import Person, Said, move_by_person
from expectations.standings import WORST_FIRST
from tests.expectations.test_findings import CALENDAR, DAY, _ledger, close_finding, night, standing
from warehouse.ledger import Ledger

OFFICE, OTHER = Person("王某", "office"), Person("李某", "office")
FIVE_DAYS, TEN_DAYS, TWENTY_DAYS = date(2025, 2, 13), date(2025, 2, 20), date(2025, 3, 6)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with _ledger(tmp_path) as ledger:
        yield ledger


def tonight(ledger: Ledger, row: dict[str, Any], day: date = DAY) -> list[FindingChange]:
    """One night whose sentences name what they are about."""
    return night(ledger, row, day=day, say=lambda one: (f"中{one['standing']}", f"en {one['short_by']}"))


def seen(row: dict[str, Any]) -> dict[str, Any]:
    columns = ("standing", "judged", "severity", "owner", "short_by", "numerator", "denominator", "cause")
    return {name: row[name] for name in columns} | {"words": (row["sentence_zh"], row["sentence_en"])}


def history(ledger: Ledger) -> list[tuple[Any, ...]]:
    return [
        (row["night"], row["who"], row["action"], row["from_state"], row["to_state"])
        for row in ledger.finding_events(1)
    ]  # fmt: skip


def test_a_new_finding_holds_the_standing_that_opened_it(ledger: Ledger) -> None:
    row = standing(
        "short", "complaints", 3, unit="schools", owner="bureau", numerator=Decimal(5), denominator=None, severity="low"
    )
    (change,) = tonight(ledger, row)
    (kept,) = ledger.findings()
    assert seen(kept) == {
        "standing": "short", "judged": "short", "severity": "low", "owner": "bureau", "short_by": 3, "numerator": 5,
        "denominator": None, "cause": None, "words": ("中short", "en 3"),
    }  # fmt: skip
    assert (kept["target"], kept["metric"], kept["unit"], kept["period"]) == (
        "complaints",
        "complaints",
        "schools",
        "2024",
    )
    assert (kept["state"], kept["first_seen"], kept["last_seen"], kept["due_on"]) == ("found", DAY, DAY, TWENTY_DAYS)
    for never in ("told_night", "unjudged_since", "untold", "look_back_on", "contested_on"):
        assert kept[never] is None
    assert not kept["entered"]
    # What letters are written from says the same as what is kept, without looking it up again.
    assert {name: kept[name] for name in change.finding} == change.finding | {"entered": kept["entered"]}
    assert history(ledger) == [("2025-02-06.1", "night", "found", None, "found")]


@pytest.mark.parametrize(
    ("severity", "word", "weighs", "due_on"),
    [
        ("high", "short", "high", FIVE_DAYS),
        ("high", "near", "medium", TEN_DAYS),
        ("medium", "short", "medium", TEN_DAYS),
        ("medium", "near", "low", TWENTY_DAYS),
        ("low", "short", "low", TWENTY_DAYS),
        ("low", "near", "low", TWENTY_DAYS),
        ("high", "unsure", "high", FIVE_DAYS),
    ],
)
def test_amber_weighs_one_degree_less_than_its_duty(
    ledger: Ledger, severity: str, word: str, weighs: str, due_on: date
) -> None:
    (change,) = tonight(ledger, standing(word, severity=severity))
    assert (change.finding["severity"], change.finding["due_on"]) == (weighs, due_on)


def test_every_night_writes_down_how_an_open_finding_stands_and_leaves_its_deadline(ledger: Ledger) -> None:
    tonight(ledger, standing("near"))
    later = DAY + timedelta(1)
    (worse,) = tonight(
        ledger, standing("short", lacking=2, owner="bureau", numerator=Decimal(8), denominator=Decimal(11)), later
    )
    assert worse.kind == "worse" and worse.finding == ledger.findings()[0]
    assert seen(worse.finding) == {
        "standing": "short", "judged": "short", "severity": "high", "owner": "bureau", "short_by": 2, "numerator": 8,
        "denominator": 11, "cause": None, "words": ("中short", "en 2"),
    }  # fmt: skip
    assert (worse.finding["first_seen"], worse.finding["last_seen"], worse.finding["due_on"]) == (DAY, later, TEN_DAYS)
    assert history(ledger)[1:] == [("2025-02-07.1", "night", "worse", "found", "found")]


def test_a_recovery_is_written_with_its_figures_and_the_word_that_was_said_stays(ledger: Ledger) -> None:
    tonight(ledger, standing("unsure", cause="quarantine:documents:1"))
    assert ledger.findings()[0]["cause"] == "quarantine:documents:1"
    row = standing("met", lacking=0, numerator=Decimal(10), denominator=Decimal(10))
    (right,) = tonight(ledger, row, DAY + timedelta(1))
    assert (right.kind, right.was_told) == ("put_right", False) and right.finding == ledger.findings()[0]
    assert seen(right.finding) == {
        "standing": "met", "judged": "met", "severity": "high", "owner": "police", "short_by": 0, "numerator": 10,
        "denominator": 10, "cause": None, "words": ("中unsure", "en 1"),
    }  # fmt: skip
    assert (right.finding["last_seen"], right.finding["due_on"]) == (DAY, FIVE_DAYS)
    assert history(ledger)[1:] == [("2025-02-07.1", "night", "put_right", "found", "awaiting_verification")]
    (kept,) = tonight(ledger, standing("met", lacking=-2), DAY + timedelta(2))
    assert (kept.kind, kept.finding["short_by"], len(history(ledger))) == ("kept", -2, 2)
    assert kept.finding == ledger.findings()[0]


def test_a_recovery_ends_a_contest(ledger: Ledger) -> None:
    tonight(ledger, standing("short"))
    contested = move_by_person(ledger, 1, "contest", OFFICE, Said("重复计算"), DAY, CALENDAR)
    assert contested["decide_by"] is not None
    (right,) = tonight(ledger, standing("met"), DAY + timedelta(1))
    assert (right.kind, right.finding["state"]) == ("put_right", "awaiting_verification")
    for stopped in ("contested_on", "decide_by", "extension"):
        assert right.finding[stopped] is None and ledger.findings()[0][stopped] is None
    assert history(ledger)[-1][2:] == ("put_right", "contested", "awaiting_verification")


def test_a_finding_that_comes_back_begins_a_new_life_under_its_number(ledger: Ledger) -> None:
    night(ledger, standing("short"), mail="sent")
    assert ledger.findings()[0]["told_night"] == "2025-02-06.1"
    move_by_person(ledger, 1, "extend", OTHER, Said("等批复", days=3), DAY, CALENDAR)
    close_finding(ledger, 1, "inspector", "put_right", "已整改")
    assert ledger.findings()[0]["look_back_on"] is not None
    later = date(2025, 2, 20)
    (back,) = tonight(ledger, standing("near", lacking=4), later)
    assert (back.kind, back.was_told, back.finding["id"]) == ("relapsed", False, 1)
    assert back.finding == ledger.findings()[0]
    for gone in ("told_night", "look_back_on", "contested_on", "decide_by", "extension"):
        assert back.finding[gone] is None, gone
    assert (back.finding["state"], back.finding["due_on"]) == ("found", CALENDAR.add_working_days(later, 10))
    assert (back.finding["severity"], back.finding["short_by"], back.finding["judged"]) == ("medium", 4, "near")
    assert history(ledger)[-1] == ("2025-02-20.1", "night", "relapsed", "closed", "found")


def test_a_settled_finding_shows_tonights_word_and_keeps_what_it_was_judged_by(ledger: Ledger) -> None:
    tonight(ledger, standing("short", lacking=2))
    close_finding(ledger, 1, "inspector", "measures_taken", "已采取措施")
    assert tonight(ledger, standing("near", lacking=9), DAY + timedelta(1)) == []
    row = ledger.findings()[0]
    assert (row["standing"], row["judged"], row["short_by"], row["state"]) == ("near", "short", 2, "closed")
    assert tonight(ledger, standing("met", lacking=0), DAY + timedelta(2)) == []
    row = ledger.findings()[0]
    assert (row["standing"], row["judged"], row["short_by"], row["state"]) == ("met", "met", 0, "closed")
    (back,) = tonight(ledger, standing("near", lacking=-1), DAY + timedelta(3))  # kept, by little: worse than met
    assert back.kind == "relapsed"


def test_a_contest_that_was_upheld_as_wrong_data_is_a_claim_too(ledger: Ledger) -> None:
    tonight(ledger, standing("short"))
    close_finding(ledger, 1, "inspector", "data_corrected", "数据已更正")
    (back,) = tonight(ledger, standing("short"), DAY + timedelta(1))
    assert back.kind == "relapsed"
    close_finding(ledger, 1, "inspector", "false_alarm", "误报")  # the last closing counts, not the first
    assert tonight(ledger, standing("short"), DAY + timedelta(2)) == []


def test_a_duty_that_is_kept_to_a_hair_does_not_worsen_by_staying_so(ledger: Ledger) -> None:
    kinds = [tonight(ledger, standing("near", lacking=lacking), DAY)[0].kind for lacking in (0, 0, -1, 0)]
    assert kinds == ["new", "kept", "kept", "worse"]


def test_the_same_word_is_worse_only_when_more_is_lacking_than_when_it_was_last_judged(ledger: Ledger) -> None:
    tonight(ledger, standing("short", lacking=2))
    kinds = []
    for day, row in enumerate([
        standing("short", lacking=2), standing("error", lacking=7), standing("short", lacking=3),
        standing("unsure", lacking=8), standing("short", lacking=1), standing("short", lacking=1, short_by=None),
        standing("short", lacking=1),
    ], start=1):  # fmt: skip
        kinds += [change.kind for change in tonight(ledger, row, DAY + timedelta(day % 2))]
    # Unsure is less bad than short; an error is no judgement; a finding that never had a figure lacked nothing.
    assert kinds == ["kept", "kept", "worse", "kept", "worse", "kept", "worse"]


@pytest.mark.parametrize(
    ("word", "target", "cause", "opens"),
    [
        ("missing", "documents:delivered", None, True),
        ("missing", "documents:totals_tie", "delivery:documents:bureau:2024", False),
        ("missing", "filing_rate", None, False),
        ("short", "weak_units", "signals:2", False),
        ("short", "filing_rate", "unplaced:documents:1", False),
        ("short", "filing_rate", "quarantine:documents:1", True),
        ("unsure", "filing_rate", "quarantine:documents:1", True),
        *((word, "filing_rate", None, word in ("short", "near", "unsure")) for word in WORST_FIRST),
    ],
)
def test_a_standing_is_a_finding_in_itself_or_follows_from_another(
    word: str, target: str, cause: str | None, opens: bool
) -> None:
    assert opens_finding(standing(word, target, cause=cause)) is opens


def test_the_findings_own_letter_decides_whether_it_was_told(ledger: Ledger) -> None:
    """A letter to the bureau that waits does not make untold what the police were told that night."""
    name = ledger.begin_night(DAY)
    with ledger.publishing() as tx:
        tx.publish_night(name, f"{name}.duckdb", "", "", {})
        rows = [standing("short"), standing("short", unit="bureau", owner="bureau")]
        changes = move_findings(tx, rows, name, DAY, CALENDAR, lambda row: ("", ""))
        assert [change.was_told for change in changes] == [False, False]
        letters = [
            {"unit": unit, "kind": "letter", "path": "p", "message_id": unit, "content": {}}
            for unit in ("police", "bureau")
        ]
        sent, _ = tx.queue_letters(name, letters)
        tx.mark_told([1, 2], name)
    ledger.mark_letter(sent, "sent")
    rows = [standing("met"), standing("met", unit="bureau", owner="bureau")]
    assert [(change.finding["unit"], change.was_told) for change in night(ledger, *rows, day=DAY + timedelta(1))] == [
        ("police", True), ("bureau", False),
    ]  # fmt: skip


def test_a_passed_deadline_is_news_in_the_state_it_is_found_in(ledger: Ledger) -> None:
    tonight(ledger, standing("short"))
    move_by_person(ledger, 1, "assign", OFFICE, Said("请办理"), DAY, CALENDAR)
    (late,) = tonight(ledger, standing("missing"), FIVE_DAYS + timedelta(1))
    assert late.kind == "overdue"
    assert history(ledger)[-1] == ("2025-02-14.1", "night", "overdue", "assigned", "assigned")
    # An extension gives it another deadline, and that may pass too.
    move_by_person(ledger, 1, "extend", OFFICE, Said("等批复", days=2), date(2025, 2, 14), CALENDAR)
    given = move_by_person(ledger, 1, "approve", OTHER, Said("同意"), date(2025, 2, 14), CALENDAR)
    days = (given["due_on"], given["due_on"] + timedelta(1), given["due_on"] + timedelta(2))
    assert [tonight(ledger, standing("short"), day)[0].kind for day in days] == ["kept", "overdue", "kept"]


def tell_overdue(ledger: Ledger, day: date) -> date:
    """A passed deadline is news on the night after it, and on no further one."""
    kinds = [tonight(ledger, standing("short"), day + timedelta(days))[0].kind for days in (0, 1, 2)]
    assert kinds == ["kept", "overdue", "kept"]
    return day + timedelta(2)


def test_every_deadline_that_is_given_anew_may_pass_anew(ledger: Ledger) -> None:
    """After it came back by itself, after a person opened it again, and after a contest against it was rejected."""
    tonight(ledger, standing("short"))
    later = tell_overdue(ledger, FIVE_DAYS)
    close_finding(ledger, 1, "inspector", "put_right", "已整改")
    assert tonight(ledger, standing("short"), later)[0].kind == "relapsed"
    later = tell_overdue(ledger, ledger.findings()[0]["due_on"])
    close_finding(ledger, 1, "inspector", "measures_taken", "已采取措施")
    move_by_person(ledger, 1, "reopen", OFFICE, Said("仍有问题"), later, CALENDAR)
    assert night(ledger, standing("short"), day=later + timedelta(1), mail="sent")[0].kind == "new"
    later = tell_overdue(ledger, ledger.findings()[0]["due_on"])
    move_by_person(ledger, 1, "contest", OFFICE, Said("重复计算"), later, CALENDAR)
    move_by_person(ledger, 1, "reject", OTHER, Said("已核对原件"), later, CALENDAR)
    kinds = [tonight(ledger, standing("short"), later + timedelta(days))[0].kind for days in (1, 2)]
    assert kinds == ["overdue", "kept"]


def test_what_came_back_after_a_referral_is_news_by_its_return_alone(ledger: Ledger) -> None:
    tonight(ledger, standing("short"))
    move_by_person(ledger, 1, "refer", OFFICE, Said("转办", unit="bureau"), DAY, CALENDAR)
    assert tonight(ledger, standing("short"), DAY + timedelta(1))[0].kind == "new"
    close_finding(ledger, 1, "inspector", "put_right", "已整改")
    kinds = [tonight(ledger, standing("short"), DAY + timedelta(days))[0].kind for days in (2, 3)]
    assert kinds == ["relapsed", "kept"]
