"""Letters in the queue: one that was not written yet waits, one that cannot be read stops no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows import posting
from flows.cli import app
from flows.night import locked
from flows.settings import read_settings
from tests.flows.test_files_again import YEAR
from warehouse.home import Home
from warehouse.ledger import open_ledger


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
        return posting.send_waiting(ledger, settings), went


def letter(unit: str, **more: Any) -> dict[str, Any]:
    return {"unit": unit, "path": f"letters/{unit}.eml", "message_id": f"<{unit}@x>", **more}


def test_a_letter_that_the_killed_night_did_not_write_yet_waits(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(bare_home, letter("finance_bureau"))
    counts, went = send(bare_home, monkeypatch)
    assert counts == {"sent": 0, "written": 0, "failed": 0} and went == []
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
    assert counts == {"sent": 1, "written": 0, "failed": 1} and went == ["b@sample.invalid"]


def test_letters_are_not_sent_twice_at_once(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUCHA_MAIL__HOST", "mail.sample.invalid")
    with locked(Home(bare_home)):
        result = CliRunner().invoke(app, ["letters", "send", "--home", str(bare_home)])
    assert result.exit_code == 2


def test_the_preview_of_a_letter_that_was_never_written_says_so(bare_home: Path) -> None:
    queue(bare_home, letter("finance_bureau"))
    result = CliRunner().invoke(app, ["letters", "preview", "1", "--home", str(bare_home)])
    assert result.exit_code == 2
