"""A home saved into one file, and made again from it. Both hold the home's lock; neither leaves anything half done."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.making import make_home
from flows.night import WORK, locked
from flows.settings import Settings
from warehouse.backup import BackupRefused, copy_database, files_to_keep, read_backup, write_backup
from warehouse.durable import make_durable
from warehouse.home import Home
from warehouse.inbox import COUNTY_TIME, hash_of, look_into
from warehouse.ledger import Ledger, open_ledger
from warehouse.ledger_file import LedgerTooNew
from warehouse.report_decisions import signatures
from warehouse.snapshot import open_snapshot
from warehouse.yaml_reader import DeclarationError

Show = Callable[[str, int, int], None]
SECRET_LINE = re.compile(r"^\s*(mail\s*\.\s*)?secret\s*=.*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Saved:
    """A backup that was written and read back. `left_in_inbox`: files that no night has taken yet: not in it."""

    file: str
    sha256: str
    files: int
    bytes: int
    night: str | None
    left_in_inbox: int

    def as_json(self) -> dict[str, Any]:
        """Plain values for `--json`."""
        return asdict(self)


@dataclass(frozen=True)
class Restored:
    """A home made from a backup. `held_letters`: they had not gone out, and wait for the clerk."""

    home: str
    night: str | None
    figures_sha256: str
    findings: int
    held_letters: int
    written_at: str

    def as_json(self) -> dict[str, Any]:
        """Plain values for `--json`."""
        return asdict(self)


def backup_home(settings: Settings, out: Path, show: Show) -> Saved:
    """Save ledger, archive, current and signed snapshots, history, catalogue, letters, reports and settings.

    `out`: a folder, or the file to write. The mail secret and what lets someone in are left out.
    Refuses (NightRefused) while a night runs, (BackupRefused) a file that stands already, a home without a ledger,
    too little room, and a ducha.toml whose secret cannot be cut out.
    """
    home = settings.place
    if not home.ledger.exists():
        raise BackupRefused("no_ledger")
    with locked(home), open_ledger(home) as ledger, _work(home) as work:
        night = ledger.current_night()
        target = _target(out, night)
        part = target.with_name(f".{target.name}.part")
        snapshots = {row["snapshot"] for row in signatures(ledger)} | ({night["snapshot"]} if night else set())
        copied = work / "ledger.sqlite"
        copy_database(ledger.con, copied)
        files = [
            *files_to_keep(home, snapshots),
            ("ledger.sqlite", copied),
            *_accounts(home, work),
            *_config(home, work),
        ]
        _check_room(target.parent, sum(path.stat().st_size for _, path in files))
        facts = {
            "night": night["id"] if night else None,
            "figures_sha256": night["figures_sha256"] if night else "",
            "written_at": datetime.now(COUNTY_TIME).isoformat(timespec="seconds"),
            "audit_head": ledger.audit_head(),
        }
        try:
            write_backup(part, files, facts, lambda done, total: show("backup_write", done >> 20, total >> 20))
            found = read_backup(part, lambda done, total: show("backup_check", done >> 20, total >> 20))
            make_durable(part, target)
        finally:
            part.unlink(missing_ok=True)
        sha256 = hash_of(target)
        ledger.append_audit("backup", "home_saved", {"sha256": sha256, "files": len(found.files), **facts})
    left = len(look_into(home.inbox, datetime.now(COUNTY_TIME), 0).files)
    return Saved(str(target), sha256, len(found.files), found.size, facts["night"], left)


@contextmanager
def _work(home: Home) -> Iterator[Path]:
    """The night's work folder, which the next night sweeps when this process dies."""
    work = home.snapshots / WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _target(out: Path, night: dict[str, Any] | None) -> Path:
    """The file to write: in a folder it is named after the night and the moment."""
    moment = f"{datetime.now(COUNTY_TIME):%Y%m%dT%H%M%S}"
    target = out / f"ducha-{night['id'] if night else 'empty'}-{moment}.backup" if out.is_dir() else out
    if target.exists():
        raise BackupRefused("exists", file=target)
    if not target.parent.is_dir() or not os.access(target.parent, os.W_OK | os.X_OK):
        raise BackupRefused("not_writable", folder=target.parent)
    return target


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupRefused("no_room", folder=folder, needed=needed >> 20, free=free >> 20)


def _accounts(home: Home, work: Path) -> list[tuple[str, Path]]:
    """Who may sign in, with hashed passwords, and without the sessions and links that are open now."""
    path, copied = home.access, work / "access.sqlite"
    if not path.is_file():
        return []
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as con:
        copy_database(con, copied)
    return [(path.name, copied)]


def _config(home: Home, work: Path) -> list[tuple[str, Path]]:
    """ducha.toml without the mail secret."""
    if not home.config.is_file():
        return []
    words = home.config.read_text("utf-8")
    tree = tomllib.loads(words)
    if isinstance(tree.get("mail"), dict) and tree["mail"].pop("secret", None) is not None:
        words = SECRET_LINE.sub("", words)
        try:
            is_clean = tomllib.loads(words) == tree
        except tomllib.TOMLDecodeError:
            is_clean = False
        if not is_clean:
            raise BackupRefused("secret")
    copied = work / "ducha.toml"
    copied.write_text(words, "utf-8")
    return [("ducha.toml", copied)]


def restore_home(source: Path, root: Path, show: Show) -> Restored:
    """Make a new home from a backup; figures, findings and audit trail are those of the moment it was written.

    Everything is checked beside the new place, which it takes at the end. Letters that had not gone out are held.
    Refuses (BackupRefused) a place where something stands, too little room, and a backup that is not whole.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise BackupRefused("not_empty", folder=root)
    root.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
    try:
        _check_room(root.parent, source.stat().st_size)
        found = read_backup(source, lambda done, total: show("backup_check", done >> 20, total >> 20), into=beside)
        home = Home(beside)
        with suppress(DeclarationError):  # the doctor tells of it; the home is restored all the same
            make_home(home)
        done = _opened(home, found.facts, hash_of(source))
        beside.chmod(0o777 & ~_umask())  # a share may lead into its inbox
        os.replace(beside, root)
    except OSError as error:
        raise BackupRefused("not_restored", folder=root, error=error.strerror or str(error)) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Restored(str(root), *done, str(found.facts.get("written_at", "")))


def _umask() -> int:
    found = os.umask(0o077)
    os.umask(found)
    return found


def _opened(home: Home, facts: Mapping[str, Any], sha256: str) -> tuple[str | None, str, int, int]:
    """Open what was written, hold its letters; gives night, figures' hash, findings, letters held."""
    try:
        with open_ledger(home) as ledger:
            if faults := [row[0] for row in ledger.con.execute("PRAGMA integrity_check") if row[0] != "ok"]:
                raise BackupRefused("damaged", error=faults[0])
            if changed := ledger.verify_audit(facts.get("audit_head")):
                raise BackupRefused("audit_changed", error=changed[0])
            night = ledger.current_night()
            figures = _figures(home, night) if night else ""
            held = _hold_letters(ledger)
            detail = {"backup": sha256, "written_at": facts.get("written_at"), "held_letters": held}
            ledger.append_audit("restore", "home_restored", detail)
            ledger.con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return (night["id"] if night else None), figures, len(ledger.findings()), held
    except LedgerTooNew:
        raise BackupRefused("too_new") from None
    except sqlite3.DatabaseError as error:
        raise BackupRefused("damaged", error=str(error)) from None


def _figures(home: Home, night: dict[str, Any]) -> str:
    """The hash of the current snapshot's figures, which must be those that the night recorded."""
    path = home.snapshots / night["snapshot"]
    if not path.is_file():  # it was gone when the backup was written; `ducha rebuild` makes it from the archive
        return str(night["figures_sha256"])
    with open_snapshot(path) as snapshot:
        if (found := snapshot.meta["figures_sha256"]) != night["figures_sha256"]:
            raise BackupRefused("other_snapshot")
    return found


def _hold_letters(ledger: Ledger) -> int:
    """What had not gone out may have gone out since: a person decides. The book of letters says so."""
    with ledger.publishing() as tx:
        waiting = [*ledger.letters(state="queued"), *ledger.letters(state="failed")]
        for row in waiting:
            ledger.con.execute("UPDATE letters SET state = 'held', reason = 'restored' WHERE id = ?", (row["id"],))
            tx.log_letter(row["night"], row["unit"], row["kind"], "restored", row["id"])
    return len(waiting)
