"""The system calls of a program, in their order: what a power cut at any moment would have left on the disk."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

CALLS = "openat,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat"
BEGUN = re.compile(r"^(\d+) +(\w+)\((.*?)(?:\) += (-?\d+).*| <unfinished \.\.\.>)$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>.*\) += (-?\d+)")
PATHS = re.compile(r'"((?:[^"\\]|\\.)*)"')
HANDLE = re.compile(r"^\d+<([^>]*)>")
ROOMS = ("snapshots", "archive", "history", "letters", "reports")


def trace(command: list[str], folder: Path, home: Path) -> list[tuple[str, list[str]]]:
    """(call, paths) of every call that succeeded, in the order in which they ended. Paths are whole."""
    log = folder / "calls.txt"
    strace = ["strace", "-f", "-y", "-qq", "--seccomp-bpf", "-s", "4096", "-e", f"trace={CALLS}", "-o", str(log)]
    done = subprocess.run([*strace, sys.executable, *command], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    waiting: dict[str, str] = {}
    calls = []
    for line in log.read_text("utf-8", "replace").splitlines():
        if begun := BEGUN.match(line):
            process, name, arguments, result = begun.groups()
            if result is None:
                waiting[process] = arguments
                continue
        elif resumed := RESUMED.match(line):
            process, name, result = resumed.groups()
            arguments = waiting.pop(process, "")
        else:
            continue
        if not result.startswith("-") and str(home) in (paths := _paths(name, arguments, home)):
            calls.append((name + _kind(arguments), paths.split("\n")))
    return calls


def _kind(arguments: str) -> str:
    return " to write" if "O_WRONLY" in arguments or "O_RDWR" in arguments else ""


def _paths(name: str, arguments: str, home: Path) -> str:
    if handle := HANDLE.match(arguments):
        return handle[1]
    found = [os.fsdecode(one.encode().decode("unicode_escape").encode("latin-1")) for one in PATHS.findall(arguments)]
    return "\n".join(str(home.parent / one) if not one.startswith("/") else one for one in found)


def unsafe(calls: list[tuple[str, list[str]]], home: Path) -> list[str]:
    """Names that a power cut could leave without their bytes, or that the ledger told of before they were safe.

    In the rooms of a home a file gets its name when its bytes are on the disk, and the folder is on the disk before the
    ledger writes down what comes next. Files leave the inbox only after the ledger's own record of the night.
    """
    synced: set[str] = set()
    named: dict[str, str] = {}
    found, published = [], False
    ledger = f"{home / 'ledger.sqlite'}-wal"
    for call, paths in calls:
        if call.startswith("openat to write"):
            synced.discard(paths[-1])
        elif call in ("fsync", "fdatasync"):
            synced.add(paths[0])
            named = {name: folder for name, folder in named.items() if folder != paths[0]}
            if paths[0] == ledger:
                found += [f"told of before its name was safe: {name}" for name in named]
                named, published = {}, published or any(one.endswith(".duckdb") for one in synced)
        elif call.startswith("rename"):
            old, new = paths[0], paths[-1]
            if Path(new).relative_to(home).parts[0] in ROOMS and not _is_work(new, home):
                found += [] if old in synced else [f"named before its bytes were safe: {new}"]
                named[new] = str(Path(new).parent)
            if old in synced:
                synced.add(new)
        elif call.startswith("unlink") and "/inbox/" in paths[-1] and "回执" not in paths[-1] and not published:
            found.append(f"left the inbox before the night was on record: {paths[-1]}")
    return found


def _is_work(path: str, home: Path) -> bool:
    """Tonight's work folder, which the next night sweeps."""
    return "/.tonight/" in path or Path(path).name.startswith(".")
