"""What lies in the inbox, taken as bytes: nothing is parsed here and nothing is lost here."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import re
import secrets
import shutil
import stat
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from warehouse.durable import make_durable

RECEIPTS = "回执"
COUNTY_TIME = ZoneInfo("Asia/Shanghai")
UNFINISHED = (".part", ".tmp", ".crdownload", ".download", ".partial")
NOT_A_DELIVERY = {"thumbs.db", "desktop.ini"}
MOST_NAME, MOST_SUFFIX = 150, 10  # bytes of a name before its ending; signs of the ending


# A folder that is closed to us stays closed tomorrow; a full disk or a lost share does not.
CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class NotTaken(Exception):
    """A file changed while it was copied; it stays where it is for the next night."""


@dataclass(frozen=True)
class InboxFile:
    """One file as it lay in the inbox. `folder` is the first folder below the inbox, "" without one.

    `name` is for people: text, also where the bytes of the name on the disk are GBK.
    """

    path: Path
    folder: str
    name: str
    size: int
    modified_at: datetime


@dataclass(frozen=True)
class Inbox:
    """What a night sees: files to take, and files that are still being written."""

    files: tuple[InboxFile, ...]
    waiting: tuple[Path, ...]


def look_into(inbox: Path, now: datetime, settled_seconds: int) -> Inbox:
    """List the inbox. A file is waiting until its size and times stood still for `settled_seconds`.

    The inode's change time counts too: a copy that keeps an old modification time still moves it.
    Office lock files, partial downloads, receipts, hidden files and links are never taken.
    """
    files, waiting = [], []
    for path in sorted(inbox.rglob("*")):
        parts = path.relative_to(inbox).parts
        if any(part == RECEIPTS or part.startswith(".") for part in parts) or not _is_delivery(path):
            continue
        try:
            state = path.lstat()
        except OSError:  # gone since it was listed
            continue
        if not stat.S_ISREG(state.st_mode):
            continue
        if _is_fresh(state, now, settled_seconds):
            waiting.append(path)
            continue
        modified_at = datetime.fromtimestamp(state.st_mtime, COUNTY_TIME)
        folder = shown_name(parts[0]) if len(parts) > 1 else ""
        files.append(InboxFile(path, folder, shown_name(path.name), state.st_size, modified_at))
    return Inbox(tuple(files), tuple(waiting))


def _is_fresh(state: os.stat_result, now: datetime, settled_seconds: int) -> bool:
    """Whether it was touched just now. A stamp far in the future comes from a wrong clock, not from a pen."""
    return any(abs(now.timestamp() - at) < settled_seconds for at in (state.st_mtime, state.st_ctime))


def shown_name(name: str) -> str:
    """A file or folder name as text: what old Windows packed in GBK comes from the disk as bytes that are no UTF-8."""
    raw = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _is_delivery(path: Path) -> bool:
    name = path.name.lower()
    return not (name.startswith("~$") or name.endswith(UNFINISHED) or name in NOT_A_DELIVERY)


def safe_name(name: str) -> str:
    """A file's name from elsewhere as one that may stand in the inbox and that a night takes: its last part alone."""
    plain = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    plain = "".join(sign for sign in plain if sign.isprintable() and sign not in '<>:"|?*').strip(" .~$")
    stem, dot, suffix = plain.rpartition(".")
    stem, suffix = (stem, dot + suffix[:MOST_SUFFIX]) if dot and stem else (plain, "")
    while len(stem.encode()) > MOST_NAME:
        stem = stem[:-1]
    plain = f"{stem.strip()}{suffix}".lstrip(".~$ ")
    if not plain or plain == RECEIPTS or not _is_delivery(Path(plain)):
        plain = f"delivery_{plain.replace('.', '_')}"
    return plain


def drop_into(folder: Path, name: str, data: bytes) -> Path:
    """Put bytes into an inbox folder under a safe name, whole or not at all; what is there is never overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{secrets.token_hex(8)}.part"
    try:
        with beside.open("wb") as whole:
            whole.write(data)
            whole.flush()
            os.fsync(whole.fileno())
        path = _reserved(folder, safe_name(name))
        beside.replace(path)
        return path
    finally:
        beside.unlink(missing_ok=True)


def _reserved(folder: Path, name: str) -> Path:
    """A name that nobody else has taken, held by an empty file: `a.xlsx`, `a (2).xlsx` ..."""
    wanted = Path(name)
    for number in itertools.count(1):
        path = folder / (name if number == 1 else f"{wanted.stem} ({number}){wanted.suffix}")
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise AssertionError("there is always a next number")


def copy_out(file: InboxFile, work: Path) -> tuple[Path, str]:
    """Copy a file into the night's work folder; gives the copy and its sha256.

    Refuses (NotTaken) a file that changed or went while it was copied.
    """
    work.mkdir(parents=True, exist_ok=True)
    target = work / "incoming"
    digest = hashlib.sha256()
    try:
        before = file.path.stat()
        with file.path.open("rb") as source, target.open("wb") as copy:
            while block := source.read(1 << 20):
                digest.update(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        after = file.path.stat()
    except OSError as error:
        raise NotTaken(str(error)) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise NotTaken(file.name)
    named = work / f"{digest.hexdigest()}{Path(file.name).suffix.lower()[:16]}"
    target.replace(named)
    return named, digest.hexdigest()


def archive(copy: Path, sha256: str, archive_folder: Path) -> Path:
    """Keep the bytes for good under their hash; the same bytes are kept once.

    A name stands there only for whole bytes: from another disk they come as `.tmp` first, which a night sweeps.
    """
    kept = archive_folder / sha256
    if kept.exists():
        copy.unlink()
        return kept
    if _same_disk(copy, archive_folder):
        copy.replace(kept)
    else:
        beside = archive_folder / f"{sha256}.tmp"
        shutil.copyfile(copy, beside)
        with beside.open("rb") as whole:
            os.fsync(whole.fileno())
        beside.replace(kept)
        copy.unlink()
    folder = os.open(archive_folder, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return kept


def keep_bytes(content: bytes, archive_folder: Path) -> str:
    """Keep a file that a person hands in, in the archive under its hash; gives the hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    if not (archive_folder / sha256).exists():
        beside = archive_folder / f"{sha256}.tmp"
        beside.write_bytes(content)
        make_durable(beside, archive_folder / sha256)
    return sha256


def _same_disk(copy: Path, folder: Path) -> bool:
    return copy.stat().st_dev == folder.stat().st_dev


def hash_of(path: Path) -> str:
    """The sha256 of a file, read in blocks."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
