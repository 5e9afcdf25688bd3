"""`ducha user` and the doors of `ducha up`: what a script gets, what is refused, what the audit says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.accounts import Accounts
from app.sessions import Sessions
from flows.cli import app
from flows.commands.doors import DemoRole, sign_in_link
from flows.serve import House
from flows.settings import County, SettingsError, read_settings
from warehouse.home import Home
from warehouse.ledger import open_ledger


def ducha(home: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*words, "--home", str(home)])
    assert done.exit_code == code, done.output
    return done.output


def as_json(home: Path, *words: str) -> Any:
    return json.loads(ducha(home, *words, "--json"))


def test_an_account_is_added_once_locked_reset_and_removed(bare_home: Path) -> None:
    made = as_json(bare_home, "user", "add", "li", "--role", "liaison", "--unit", "县卫健局")
    assert made.keys() == {"name", "role", "unit", "password"}
    assert (made["name"], made["role"], made["unit"]) == ("li", "liaison", "health_bureau")
    assert Accounts(Home(bare_home)).sign_in("li", made["password"]) is not None
    ducha(bare_home, "user", "add", "li", "--role", "leader", code=2)
    assert [(one["name"], one["open"], one["must_change"]) for one in as_json(bare_home, "user", "list")] == [
        ("li", True, True)
    ]
    ducha(bare_home, "user", "lock", "li")
    assert "已锁定" in ducha(bare_home, "user", "list") and not as_json(bare_home, "user", "list")[0]["open"]
    assert as_json(bare_home, "user", "reset", "li")["password"] != made["password"]
    ducha(bare_home, "user", "unlock", "li")
    ducha(bare_home, "user", "remove", "li")
    assert as_json(bare_home, "user", "list") == []
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        told = [row["action"] for row in ledger.audit() if row["action"].startswith("account_")]
        assert made["password"] not in str(ledger.audit())
    assert told == [f"account_{one}" for one in ("added", "locked", "reset", "unlocked", "removed")]


@pytest.mark.parametrize(
    "words",
    [
        ("add", "wang", "--role", "liaison"),
        ("add", "wang", "--role", "leader", "--unit", "health_bureau"),
        ("add", "wang", "--role", "liaison", "--unit", "no_such"),
        ("add", "Wang Li", "--role", "leader"),
        ("add", "wang", "--role", "office"),
        ("lock", "nobody"),
    ],
)
def test_what_makes_no_account_is_refused(bare_home: Path, words: tuple[str, ...]) -> None:
    ducha(bare_home, "user", *words, code=2)
    assert not (bare_home / "access.sqlite").exists() or Accounts(Home(bare_home)).all() == []


@pytest.mark.parametrize("address", ["10.0.0.8", "0.0.0.0", "::"])
def test_no_other_machine_is_let_in_before_anybody_has_an_account(bare_home: Path, address: str) -> None:
    assert "--address" in ducha(bare_home, "up", "--address", address, code=2) or address == "10.0.0.8"
    assert not (bare_home / "prefect").exists()


def test_a_sign_in_link_is_for_a_sample_county_on_this_machine(bare_home: Path) -> None:
    settings = read_settings(bare_home)
    sample = settings.model_copy(update={"county": County(sample=True)})
    link = sign_in_link(House(sample), True, DemoRole.inspector)["sign_in"]
    assert link.startswith("http://127.0.0.1:8501/enter?link=")
    token = Sessions(Home(bare_home)).enter(link.partition("=")[2])
    session = Sessions(Home(bare_home)).find(token or "")
    assert session is not None and session.role == "inspector"
    for house, demo in ((House(settings), True), (House(sample), False), (House(sample, "10.0.0.8"), True)):
        assert sign_in_link(house, demo, DemoRole.steward) == {}


def test_an_account_is_one_person_of_the_identity_service_and_no_two_are(bare_home: Path) -> None:
    for name in ("li", "sun"):
        ducha(bare_home, "user", "add", name, "--role", "leader")
    assert as_json(bare_home, "user", "subject", "li", "person-1") == {"name": "li", "subject": "person-1"}
    assert "person-1" in ducha(bare_home, "user", "subject", "sun", "person-1", code=2)
    assert "nobody" in ducha(bare_home, "user", "subject", "nobody", "person-2", code=2)
    assert [one["subject"] for one in as_json(bare_home, "user", "list")] == ["person-1", None]
    ducha(bare_home, "user", "subject", "li")
    assert as_json(bare_home, "user", "subject", "sun", "person-1")["subject"] == "person-1"
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        told = [row["detail"] for row in ledger.audit() if row["action"] == "account_subject"]
    assert told == [
        {"account": who, "subject": one} for who, one in (("li", "person-1"), ("li", ""), ("sun", "person-1"))
    ]


def test_a_view_with_a_certificate_is_reached_over_tls_and_half_of_one_is_refused(bare_home: Path) -> None:
    config, plain = Home(bare_home).config, (bare_home / "ducha.toml").read_text("utf-8")
    assert House(read_settings(bare_home), "10.0.0.8").view.startswith("http://10.0.0.8")
    config.write_text(plain.replace("# certificate_file", "certificate_file"), "utf-8")
    with pytest.raises(SettingsError, match="key_file"):
        read_settings(bare_home)
    config.write_text(config.read_text("utf-8").replace("# key_file", "key_file"), "utf-8")
    assert House(read_settings(bare_home), "10.0.0.8").view.startswith("https://10.0.0.8")


def test_a_restored_home_knows_its_accounts_and_asks_everyone_to_sign_in_again(bare_home: Path, tmp_path: Path) -> None:
    accounts, sessions = Accounts(Home(bare_home)), Sessions(Home(bare_home))
    password = accounts.add("li", "leader", "", "office")
    token, link = sessions.begin(accounts.all()[0]), sessions.issue_link("steward")
    ducha(bare_home, "backup", "--out", str(tmp_path / "one.backup"))
    restored = Home(tmp_path / "new")
    ducha(restored.root, "restore", str(tmp_path / "one.backup"))
    assert restored.access.stat().st_mode & 0o077 == 0
    assert sessions.find(token) and Sessions(restored).find(token) is None and Sessions(restored).enter(link) is None
    assert Accounts(restored).all() == accounts.all() and Accounts(restored).sign_in("li", password) is not None
