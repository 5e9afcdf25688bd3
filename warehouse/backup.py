"""A home in one file: written under a list of hashes, read back before anyone relies on it, and opened from it again.

The file is a zip. Its last entry, `backup.json`, names every other entry with its size and sha256.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from warehouse.home import Home

LIST = "backup.json"
FORMAT = 1
BLOCK = 1 << 20
ROOMS = frozenset({"archive", "catalogue", "history", "letters", "reports", "snapshots"})
SINGLE = frozenset({"ledger.sqlite", "access.sqlite", "ducha.toml", "sample_manifest.json"})
# What lets someone in; a restored home asks everyone to sign in again.
LETS_IN = ("sessions", "links")
Seen = Callable[[int, int], None]


class BackupRefused(Exception):
    """A backup that is not written, or cannot be relied on. `code` names the sentence, `values` fill it."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Backup:
    """What a whole backup holds. `files`: path -> (bytes, sha256); `facts`: night, written_at, audit_head ..."""

    files: Mapping[str, tuple[int, str]]
    facts: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Bytes of the home that it opens to."""
        return sum(size for size, _ in self.files.values())


def copy_database(con: sqlite3.Connection, target: Path) -> None:
    """The ledger, or the accounts, through SQLite's own backup: in one file, and without what lets someone in."""
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        con.backup(copy)
        copy.execute("PRAGMA secure_delete = ON")
        copy.execute("PRAGMA journal_mode = DELETE")
        known = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in known.intersection(LETS_IN):
            copy.execute(f"DELETE FROM {table}")
        copy.execute("VACUUM")


def write_backup(target: Path, files: Iterable[tuple[str, Path]], facts: Mapping[str, Any], seen: Seen) -> None:
    """Write the files (path in the home, where it lies now) and their list; on the disk before this returns.

    `seen(done, all)` counts bytes. The file is readable by its owner alone.
    """
    chosen = sorted(files)
    done, total = 0, sum(path.stat().st_size for _, path in chosen)
    listed: dict[str, tuple[int, str]] = {}
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        with ZipFile(handle, "w", ZIP_DEFLATED, compresslevel=1) as backup:
            for name, path in chosen:
                digest, size = hashlib.sha256(), 0
                entry = ZipInfo(name)
                entry.compress_type = ZIP_DEFLATED
                with path.open("rb") as source, backup.open(entry, "w", force_zip64=True) as sink:
                    while block := source.read(BLOCK):
                        digest.update(block)
                        sink.write(block)
                        size += len(block)
                        seen(done + size, total)
                done += size
                listed[name] = (size, digest.hexdigest())
            tree = {"format": FORMAT, "facts": dict(facts), "files": listed}
            backup.writestr(ZipInfo(LIST), json.dumps(tree, ensure_ascii=False, indent=1))
        handle.flush()
        os.fsync(handle.fileno())


def read_backup(source: Path, seen: Seen, into: Path | None = None) -> Backup:
    """Read every byte of a backup against its list; `into`: write the files there as they are read.

    Refuses (BackupRefused) a file that is none, is cut, was changed, or was written by a later version.
    """
    try:
        with ZipFile(source) as backup:
            found = _listed(backup)
            done = 0
            for name, (size, sha256) in found.files.items():
                _copy_out(backup, name, (size, sha256), into, partial(_further, seen, done, found.size))
                done += size
            return found
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BackupRefused("not_whole", file=source.name, error=type(error).__name__) from None


def _further(seen: Seen, before: int, total: int, part: int) -> None:
    seen(before + part, total)


def _listed(backup: ZipFile) -> Backup:
    """The list of a backup. Refuses (BackupRefused) names that lead outside, and entries that it does not name."""
    try:
        tree = json.loads(backup.read(LIST))
        number = int(tree["format"])
        files = {str(name): (int(size), str(sha256)) for name, (size, sha256) in tree["files"].items()}
        facts = dict(tree["facts"])
    except (KeyError, ValueError, TypeError):
        raise BackupRefused("no_list") from None
    if number > FORMAT:
        raise BackupRefused("too_new")
    if strange := [name for name in files if not _belongs(name)]:
        raise BackupRefused("strange_file", file=repr(strange[0]))
    if sorted(backup.namelist()) != sorted([*files, LIST]) or "ledger.sqlite" not in files:
        raise BackupRefused("other_files")
    return Backup(files, facts)


def _belongs(name: str) -> bool:
    parts = PurePosixPath(name).parts
    plain = "/".join(parts) == name and "\\" not in name and "\0" not in name and not {".", ".."} & set(parts)
    return plain and (name in SINGLE or (len(parts) > 1 and parts[0] in ROOMS))


def _copy_out(
    backup: ZipFile, name: str, expected: tuple[int, str], into: Path | None, seen: Callable[[int], None]
) -> None:
    """Read one entry against its hash. Refuses (BackupRefused) one that differs."""
    digest, size = hashlib.sha256(), 0
    sink: IO[bytes] | None = None
    if into is not None:
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        # Settings and accounts are for their owner alone, as they were.
        mode = 0o600 if name in SINGLE else 0o666
        sink = os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
    try:
        with backup.open(name) as entry:
            while size <= expected[0] and (block := entry.read(BLOCK)):
                digest.update(block)
                size += len(block)
                if sink is not None:
                    sink.write(block)
                seen(size)
        if sink is not None:
            sink.flush()
            os.fsync(sink.fileno())
    finally:
        if sink is not None:
            sink.close()
    if (size, digest.hexdigest()) != expected:
        raise BackupRefused("changed", file=name)


def files_to_keep(home: Home, snapshots: Iterable[str]) -> list[tuple[str, Path]]:
    """Archive, catalogue, history, letters, reports and these snapshots: path in the home, and where it lies.

    Not the inbox (a night takes it), the logs, older snapshots, locks, half-written files or links.
    """
    wanted = set(snapshots)
    found = []
    for room in sorted(ROOMS - {"snapshots"}):
        for path in sorted((home.root / room).rglob("*")):
            if path.is_file() and not path.is_symlink() and path.suffix not in (".part", ".tmp"):
                found.append((path.relative_to(home.root).as_posix(), path))
    found += [(f"snapshots/{name}", path) for name in sorted(wanted) if (path := home.snapshots / name).is_file()]
    manifest = home.root / "sample_manifest.json"
    return [*found, *([(manifest.name, manifest)] if manifest.is_file() else [])]
