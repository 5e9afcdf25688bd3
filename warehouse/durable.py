"""Names that survive a power cut: bytes are on the disk before their name is, and names before anyone hears of them."""

from __future__ import annotations

import os
from pathlib import Path


def make_durable(part: Path, target: Path) -> None:
    """Give a file that was written beside its name; a file that stood there before gives way."""
    sync(part)
    part.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Wait until the bytes of a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
