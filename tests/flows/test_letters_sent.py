"""Letters in the queue: one that was not written yet waits, one that cannot be read stops no other."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows import posting
from flows.cli import app
from flows.mail import MailFailed
from flows.night import locked
from flows.settings import read_settings
from tests.flows.test_files_again import YEAR
from warehouse.home import Home
from warehouse.inbox import COUNTY_TIME
from warehouse.ledger import open_ledger
from warehouse.letter_book import letter_log

# A worked day within the hours for letters, long after any attempt of these tests.
OPEN = datetime(2031, 3, 5, 10, tzinfo=COUNTY_TIME)


def queue(home: Path, *letters: dict[str, Any]) -> None:
    with open_ledger(Home(home)) as ledger:
        night = ledger.begin_night(YEAR)
        with ledger.publishing() as tx:
            for letter in letters:
                tx.queue_letters(night, [{"kind": "letter", "content": {}, **letter}])


def send(home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, int], list[str]]:
    went: list[str] = []
    monkeypatch.setattr(posting, "send_eml", lambda _eml, recipient, _rules: went.append(recipient))
    settings = read_settings(home)
    settings = settings.model_copy(update={"mail": settings.mail.model_copy(update={"host": "mail.sample.invalid"})})
    with open_ledger(Home(home)) as ledger:
        return posting.send_waiting(ledger, settings, OPEN), went


def letter(unit: str, **more: Any) -> dict[str, Any]:
    return {"unit": unit, "path": f"letters/{unit}.eml", "message_id": f"<{unit}@x>", **more}


def test_a_letter_that_the_killed_night_did_not_write_yet_waits(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(bare_home, letter("finance_bureau"))
    counts, went = send(bare_home, monkeypatch)
    assert counts == {"sent": 0, "written": 0, "failed": 0, "waiting": 0} and went == []
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        assert [row["state"] for row in ledger.letters()] == ["queued"]


def test_a_letter_whose_file_is_gone_stops_no_other(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(
        bare_home,
        letter("finance_bureau", subject="甲", recipient="a@sample.invalid"),
        letter("justice_bureau", subject="乙", recipient="b@sample.invalid"),
    )
    (bare_home / "letters" / "justice_bureau.eml").write_bytes(b"Subject: x\r\n\r\nx")
    counts, went = send(bare_home, monkeypatch)
    assert counts == {"sent": 1, "written": 0, "failed": 1, "waiting": 0} and went == ["b@sample.invalid"]


def test_letters_are_not_sent_twice_at_once(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUCHA_MAIL__HOST", "mail.sample.invalid")
    with locked(Home(bare_home)):
        result = CliRunner().invoke(app, ["letters", "send", "--home", str(bare_home)])
    assert result.exit_code == 2


def test_the_preview_of_a_letter_that_was_never_written_says_so(bare_home: Path) -> None:
    queue(bare_home, letter("finance_bureau"))
    result = CliRunner().invoke(app, ["letters", "preview", "1", "--home", str(bare_home)])
    assert result.exit_code == 2


def test_letters_leave_within_their_hours_of_a_worked_day_and_a_failed_one_pauses_longer_each_time(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_eml: bytes, _recipient: str, _rules: object) -> None:
        raise MailFailed("unreachable", "TimeoutError")

    queue(bare_home, letter("justice_bureau", subject="乙", recipient="b@sample.invalid"))
    (bare_home / "letters" / "justice_bureau.eml").write_bytes(b"Subject: x\r\n\r\nx")
    monkeypatch.setattr(posting, "send_eml", refuse)
    settings = read_settings(bare_home)
    settings = settings.model_copy(update={"mail": settings.mail.model_copy(update={"host": "mail.sample.invalid"})})
    tried, minute = [], OPEN.replace(hour=8, minute=0)
    with open_ledger(Home(bare_home)) as ledger:
        for closed in (minute, minute.replace(hour=18), OPEN + timedelta(days=3)):  # before, after, a Saturday
            assert posting.send_waiting(ledger, settings, closed)["waiting"] == 1
        while minute.hour < 13:
            if posting.send_waiting(ledger, settings, minute)["failed"]:
                tried.append(minute.strftime("%H:%M"))
            minute += timedelta(minutes=5)
        assert tried == ["08:30", "08:35", "08:45", "09:05", "09:45", "11:05"]
        assert posting.send_waiting(ledger, settings, minute, by_hand=True)["failed"] == 1
        assert [row["reason"] for row in letter_log(ledger)] == ["queued", *["unreachable"] * 7]


def test_what_is_over_the_limit_goes_an_hour_later_and_the_book_says_so(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("finance_bureau", "justice_bureau", "water_bureau")
    queue(bare_home, *(letter(name, subject="甲", recipient=f"{name}@sample.invalid") for name in names))
    for name in names:
        (bare_home / "letters" / f"{name}.eml").write_bytes(b"Subject: x\r\n\r\nx" + name.encode())
    monkeypatch.setattr(posting, "send_eml", lambda *_: None)
    settings = read_settings(bare_home)
    mail = settings.mail.model_copy(update={"host": "mail.sample.invalid", "most_per_hour": 2})
    settings = settings.model_copy(update={"mail": mail})
    sent = {"sent": 2, "written": 0, "failed": 0, "waiting": 1}
    with open_ledger(Home(bare_home)) as ledger:
        assert posting.send_waiting(ledger, settings, OPEN) == sent
        assert posting.send_waiting(ledger, settings, OPEN)["waiting"] == 1
        assert posting.send_waiting(ledger, settings, OPEN + timedelta(minutes=61))["sent"] == 1
        assert [row["reason"] for row in letter_log(ledger)][3:] == ["sent", "sent", "over_limit", "sent"]
        mail = mail.model_copy(update={"most_bytes": 10})
        with ledger.publishing() as tx:
            tx.con.execute("UPDATE letters SET state = 'queued' WHERE id = 1")
        posting.send_waiting(ledger, settings.model_copy(update={"mail": mail}), OPEN + timedelta(days=1))
        assert ledger.letters(id=1)[0]["reason"] == "too_large"


def test_what_waits_for_the_clerk_after_a_restore_goes_only_when_asked_for(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(bare_home, letter("justice_bureau", subject="乙", recipient="b@sample.invalid", state="held"))
    (bare_home / "letters" / "justice_bureau.eml").write_bytes(b"Subject: x\r\n\r\nx")
    counts, went = send(bare_home, monkeypatch)
    assert counts["sent"] == 0 and went == []
    monkeypatch.setenv("DUCHA_MAIL__HOST", "mail.sample.invalid")
    result = CliRunner().invoke(app, ["letters", "send", "--held", "--json", "--home", str(bare_home)])
    assert result.exit_code == 0 and went == ["b@sample.invalid"], result.output


def test_a_silence_is_added_listed_and_ended_by_command(bare_home: Path) -> None:
    def ducha(*words: str) -> Any:
        return CliRunner().invoke(app, [*words, "--home", str(bare_home)])

    with open_ledger(Home(bare_home)) as ledger:
        night = ledger.begin_night(YEAR)
        with ledger.publishing() as tx:
            tx.publish_night(night, "x.duckdb", "", "", {})
    until = (datetime.now(COUNTY_TIME).date() + timedelta(days=20)).isoformat()
    added = ducha("silence", "add", "--unit", "县财政局", "--until", until, "--reason", "系统切换", "--json")
    assert json.loads(added.output) == {"id": 1}, added.output
    (row,) = json.loads(ducha("silence", "list", "--json").output)
    assert (row["unit"], row["until_on"], row["holds"]) == ("finance_bureau", until, True)
    assert ducha("silence", "end", "1").exit_code == 0
    assert json.loads(ducha("silence", "list", "--json").output)[0]["holds"] is False
    assert "系统切换" in ducha("silence", "list").output
    for wrong in (["--unit", "nobody"], ["--target", "nothing"], []):
        assert ducha("silence", "add", "--until", until, "--reason", "x", *wrong).exit_code == 2
    assert ducha("silence", "add", "--unit", "finance_bureau", "--until", "tomorrow", "--reason", "x").exit_code == 2
    assert ducha("silence", "end", "9").exit_code == 2
