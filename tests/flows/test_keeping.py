"""A home saved and made again: the same figures, findings, audit trail and files; what is cut or altered is refused."""

from __future__ import annotations

import json
import random
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.access_file import token_hash
from app.accounts import Accounts
from app.sessions import Sessions
from flows import keeping
from flows.cli import app
from flows.keeping import backup_home, restore_home
from flows.night import Summary, locked, no_show
from flows.prefect_server import free_port
from flows.rebuilding import rebuild_home
from flows.settings import read_settings
from tests.drills.searching import places_of
from tests.flows.conftest import Postbox, one_night
from tests.flows.test_files_again import YEAR, drop, filings
from warehouse.backup import BackupRefused, read_backup
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_current

SEED = 20261127
SECRET = "horse-battery-staple"


def ducha(home: Path, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*words, "--home", str(home)])
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def kept(home: Path) -> dict[str, Any]:
    """What a backup promises to bring back."""
    with open_ledger(Home(home), read_only=True) as ledger:
        found = {
            "night": ledger.current_night(), "findings": ledger.findings(), "deliveries": ledger.deliveries(),
            "audit": ledger.audit(), "faults": ledger.verify_audit(),
        }  # fmt: skip
    snapshot = open_current(Home(home))
    assert snapshot is not None
    with snapshot:
        found["figures"] = snapshot.figures()
        found["standings"] = snapshot.standings()
    rooms = ("archive", "catalogue", "history", "letters")
    paths = [path for room in rooms for path in sorted((home / room).rglob("*")) if path.is_file()]
    return found | {"files": {path.relative_to(home).as_posix(): path.read_bytes() for path in paths}}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after one night whose letters could not go out: its mail server is down. Look, do not touch."""
    from flows.making import make_home

    home = tmp_path_factory.mktemp("keeping") / "home"
    make_home(Home(home))
    config = home / "ducha.toml"
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {free_port()}\nsecurity = "none"\nsecret = "{SECRET}"'
    config.write_text(config.read_text("utf-8").replace("[mail]", mail), "utf-8")
    drop(home, filings(6, unfiled=2))
    one_night(home, YEAR)
    return home


@pytest.fixture(scope="module")
def saved(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(backup_home(read_settings(small), tmp_path_factory.mktemp("saved"), no_show).file)


def test_the_sample_county_comes_back_with_its_figures_findings_and_audit(
    sample_night: tuple[Path, Summary], tmp_path: Path
) -> None:
    home = Path(shutil.copytree(sample_night[0], tmp_path / "home"))
    before = kept(home)
    done = json.loads(ducha(home, "backup", "--out", str(tmp_path / "one.backup"), "--json"))
    assert done["night"] == before["night"]["id"] and (tmp_path / "one.backup").stat().st_mode & 0o077 == 0
    new = tmp_path / "elsewhere" / "new"
    said = ducha(new, "restore", str(tmp_path / "one.backup"))
    assert done["night"] in said and "ducha doctor" in said
    after = kept(new)
    assert after.pop("faults") == before.pop("faults") == []
    audit = after.pop("audit")
    assert audit[: len(before["audit"])] == before.pop("audit") and audit[-1]["action"] == "home_restored"
    assert audit[-1]["detail"]["backup"] == done["sha256"]
    assert len(before["findings"]) > 100 and len(before["figures"]) > 1000 and len(before["files"]) > 100
    assert after == before


def test_a_backup_that_leaves_a_room_out_is_noticed(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program as it would be if the history of figures were not saved."""
    real = keeping.files_to_keep
    monkeypatch.setattr(
        keeping, "files_to_keep", lambda *asked: [one for one in real(*asked) if not one[0].startswith("history/")]
    )
    restore_home(Path(backup_home(read_settings(small), tmp_path, no_show).file), tmp_path / "new", no_show)
    assert kept(tmp_path / "new")["files"] != kept(small)["files"]


def test_a_restored_home_is_built_anew_to_the_same_figures_and_goes_on(saved: Path, tmp_path: Path) -> None:
    restore_home(saved, tmp_path / "new", no_show)
    assert rebuild_home(read_settings(tmp_path / "new"), no_show).same
    drop(tmp_path / "new", filings(6), "更正.csv")
    assert one_night(tmp_path / "new", YEAR).loaded == 6


def test_letters_that_had_not_gone_out_wait_for_the_clerk(
    saved: Path, tmp_path: Path, server: tuple[Postbox, int]
) -> None:
    home = tmp_path / "new"
    held = restore_home(saved, home, no_show).held_letters
    assert held >= 2
    config = home / "ducha.toml"
    lines = [f"port = {server[1]}" if line.startswith("port =") else line for line in config.read_text().splitlines()]
    config.write_text("\n".join(lines), "utf-8")
    listed = json.loads(ducha(home, "letters", "list", "--json"))
    assert [(row["state"], row["reason"]) for row in listed if row["state"] != "written"] == [
        ("held", "restored")
    ] * held
    ducha(home, "letters", "send")
    assert server[0].taken == []
    ducha(home, "letters", "send", "--held")
    assert len(server[0].taken) == held
    ducha(home, "letters", "send", "--held")
    assert len(server[0].taken) == held


def test_no_password_and_no_sign_in_is_in_a_backup_and_accounts_are(small: Path, saved: Path, tmp_path: Path) -> None:
    assert SECRET in (small / "ducha.toml").read_text("utf-8")
    home = Path(shutil.copytree(small, tmp_path / "home"))
    password = Accounts(Home(home)).add("inspector.one", "inspector", "", "clerk")
    (account,) = Accounts(Home(home)).all()
    token = Sessions(Home(home)).begin(account)
    ours = Path(backup_home(read_settings(home), tmp_path, no_show).file)
    for path in (saved, ours):
        with zipfile.ZipFile(path) as backup:
            for name in backup.namelist():
                content = backup.read(name)
                assert not any(word.encode() in content for word in (SECRET, password, token, token_hash(token))), name
    restore_home(ours, tmp_path / "new", no_show)
    assert (tmp_path / "new" / "access.sqlite").stat().st_mode & 0o077 == 0
    assert [one.name for one in Accounts(Home(tmp_path / "new")).all()] == ["inspector.one"]
    assert read_settings(tmp_path / "new").mail.host == "127.0.0.1"
    assert read_settings(tmp_path / "new").mail.password() == ""


def test_no_secret_stands_in_logs_letters_snapshot_or_ledger(small: Path, tmp_path: Path) -> None:
    """After a night whose mail failed, a person's sign-in and what the operator's commands told and wrote."""
    home = Path(shutil.copytree(small, tmp_path / "home"))
    password = Accounts(Home(home)).add("inspector.one", "inspector", "", "clerk")
    (account,) = Accounts(Home(home)).all()
    token = Sessions(Home(home)).begin(account)
    told = ducha(home, "letters", "send") + ducha(home, "letters", "log") + ducha(home, "user", "list")
    told += CliRunner().invoke(app, ["doctor", "--home", str(home)]).output
    assert not any(word in told for word in (SECRET, password, token))
    assert places_of(home, [SECRET, password, token]) == {SECRET: ["ducha.toml"], password: [], token: []}


def test_a_secret_that_cannot_be_cut_out_alone_stops_the_backup(small: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(small, tmp_path / "home"))
    words = (home / "ducha.toml").read_text("utf-8").replace(f'secret = "{SECRET}"', f'secret = """\\\n{SECRET}"""')
    (home / "ducha.toml").write_text(words, "utf-8")
    assert "secret_file" in ducha(home, "backup", "--out", str(tmp_path), code=2)
    assert not [*tmp_path.glob("*.backup"), *tmp_path.glob(".*.part")]


def test_a_backup_waits_for_no_night_and_overwrites_nothing(small: Path, saved: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(small, tmp_path / "home"))
    with locked(Home(home)):
        assert "另一晚正在运行" in ducha(home, "backup", "--out", str(tmp_path), code=2)
    assert "已存在" in ducha(home, "backup", "--out", str(saved), code=2)
    assert "不是空文件夹" in ducha(home, "restore", str(saved), code=2)
    assert kept(home) == kept(small)


def test_a_cut_backup_makes_no_home(saved: Path, tmp_path: Path) -> None:
    whole, chance = saved.read_bytes(), random.Random(SEED)
    for cut in (0, 10, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(12))):
        (tmp_path / "cut.backup").write_bytes(whole[:cut])
        assert "另一份备份" in ducha(tmp_path / "new", "restore", str(tmp_path / "cut.backup"), code=2)
        assert [path.name for path in tmp_path.iterdir()] == ["cut.backup"]


def test_an_altered_backup_never_becomes_another_home(saved: Path, tmp_path: Path) -> None:
    """A byte changed anywhere is refused, or (in what the zip repeats) changes nothing of what is read."""
    chance, expected, refused = random.Random(SEED), read_backup(saved, lambda *_: None), 0
    for _ in range(60):
        altered = bytearray(saved.read_bytes())
        at = chance.randrange(len(altered))
        altered[at] ^= 1 << chance.randrange(8)
        (tmp_path / "altered.backup").write_bytes(altered)
        try:
            assert read_backup(tmp_path / "altered.backup", lambda *_: None) == expected, (SEED, at)
        except BackupRefused:
            refused += 1
    assert refused >= 40


@pytest.mark.parametrize("name", ["../outside", "/etc/cron.d/x", "archive/../../outside", "logs/x", "a\\..\\b"])
def test_a_backup_with_a_name_that_leads_outside_writes_nothing(saved: Path, tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(tmp_path / "evil.backup", "w") as evil:
        tree = json.loads(whole.read("backup.json"))
        tree["files"][name] = [1, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"]
        for entry in whole.namelist()[:-1]:
            evil.writestr(entry, whole.read(entry))
        evil.writestr(name, "x")
        evil.writestr("backup.json", json.dumps(tree))
    assert "不属于工作目录" in ducha(tmp_path / "new", "restore", str(tmp_path / "evil.backup"), code=2)
    assert [path.name for path in tmp_path.iterdir()] == ["evil.backup"]


def test_a_changed_audit_trail_is_noticed_before_a_home_is_made(saved: Path, tmp_path: Path) -> None:
    """Someone who rewrites the ledger in a backup, and its list as well, is found by the chain."""
    import hashlib
    import sqlite3

    ledger = tmp_path / "ledger.sqlite"
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(tmp_path / "evil.backup", "w") as evil:
        ledger.write_bytes(whole.read("ledger.sqlite"))
        with sqlite3.connect(ledger) as con:
            con.execute("UPDATE audit SET who = 'nobody' WHERE seq = 1")
        con.close()
        tree = json.loads(whole.read("backup.json"))
        tree["files"]["ledger.sqlite"] = [ledger.stat().st_size, hashlib.sha256(ledger.read_bytes()).hexdigest()]
        for entry in whole.namelist()[:-1]:
            evil.writestr(entry, ledger.read_bytes() if entry == "ledger.sqlite" else whole.read(entry))
        evil.writestr("backup.json", json.dumps(tree))
    assert "审计记录被改动" in ducha(tmp_path / "new", "restore", str(tmp_path / "evil.backup"), code=2)
    assert not (tmp_path / "new").exists()
