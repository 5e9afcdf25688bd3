"""The directory of a zip, looked at before a byte of it is unpacked; and the tables of an archive, unpacked safely."""

from __future__ import annotations

import stat
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from warehouse.refusals import clip, refuse

MAX_ENTRIES = 10_000
MAX_INNER_FILES = 100
SMALL = 1_000_000  # a few kilobytes of zeros may well shrink a thousandfold
ARCHIVE_SUFFIXES = frozenset([".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz"])
IGNORED_NAMES = ("~$", ".", "Thumbs.db", "desktop.ini")


def open_zip(path: Path, file: str, max_unzipped: int, max_ratio: int) -> ZipFile:
    """The zip, its directory checked: entries, sizes, ratios, passwords, methods. Sizes are bytes.

    A zip whose entries unpack to more than the directory says fails in zipfile itself, which stops at that size.
    """
    try:
        archive = ZipFile(path)
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refuse("broken_file", file, detail=repr(error)) from None
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or len({entry.filename for entry in entries}) < len(entries):
        raise refuse("broken_file", file, detail=f"{len(entries)} entries, or equal names")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise refuse("encrypted", file)
    if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
        raise refuse("broken_file", file, detail="unknown compression")
    for entry in entries:
        if entry.file_size > SMALL and entry.file_size > max_ratio * max(entry.compress_size, 1):
            raise refuse("zip_bomb", file, detail=f"{entry.filename!r} {entry.file_size}/{entry.compress_size}")
    if sum(entry.file_size for entry in entries) > max_unzipped:
        raise refuse("too_large", file)
    if sum(entry.compress_size for entry in entries) > path.stat().st_size:
        raise refuse("zip_bomb", file, detail="entries overlap")
    return archive


def inner_name(entry: ZipInfo) -> str:
    """The name as it was meant: Chinese Windows writes GBK and sets no flag, which zipfile reads as cp437."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        raw = entry.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def unpack_tables(archive: ZipFile, file: str, folder: Path) -> list[dict[str, str]]:
    """Unpack the tables of an archive under names of our own: [{name, path}].

    Refuses names that lead outside, links, archives inside, files that are no tables, and an archive without tables.
    """
    wanted: list[tuple[str, ZipInfo]] = []
    for entry in archive.infolist():
        name = inner_name(entry)
        _check_place(entry, name, file)
        if not entry.is_dir() and not _is_ignored(name):
            wanted.append((name, entry))
    if not wanted:
        raise refuse("empty_archive", file)
    if len(wanted) > MAX_INNER_FILES:
        raise refuse("too_many_files", file, limit=MAX_INNER_FILES)
    unpacked = []
    for number, (name, entry) in enumerate(wanted):
        target = folder / f"inner-{number}"
        with archive.open(entry) as source, target.open("xb") as sink:
            while piece := source.read(1 << 20):
                sink.write(piece)
        unpacked.append({"name": clip(name, 200), "path": str(target)})
    return unpacked


def _check_place(entry: ZipInfo, name: str, file: str) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    parts = name.replace("\\", "/").split("/")
    unsafe = name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in entry.orig_filename
    if unsafe or (kind and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))):
        raise refuse("unsafe_archive", file, inner=name)
    if entry.is_dir() or _is_ignored(name):
        return
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in ARCHIVE_SUFFIXES:
        raise refuse("archive_in_archive", file, inner=name)


def _is_ignored(name: str) -> bool:
    """What systems leave behind: lock files, folders' own files."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return name.startswith("__MACOSX/") or base.startswith(IGNORED_NAMES)
