"""A home folder: where one county keeps its inbox, archive, snapshots, ledger and catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("inbox", "archive", "snapshots", "history", "letters", "reports", "logs", "catalogue")


@dataclass(frozen=True)
class Home:
    """Paths of one home. Nothing is created until `make()`."""

    root: Path

    inbox = property(lambda self: self.root / "inbox")
    archive = property(lambda self: self.root / "archive")
    snapshots = property(lambda self: self.root / "snapshots")
    history = property(lambda self: self.root / "history")
    letters = property(lambda self: self.root / "letters")
    reports = property(lambda self: self.root / "reports")
    logs = property(lambda self: self.root / "logs")
    catalogue = property(lambda self: self.root / "catalogue")
    ledger = property(lambda self: self.root / "ledger.sqlite")
    lock = property(lambda self: self.root / "night.lock")
    config = property(lambda self: self.root / "ducha.toml")

    def make(self) -> None:
        """Create the folders that are missing; never touches what is there."""
        for name in FOLDERS:
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def exists(self) -> bool:
        """A home is a folder with an inbox."""
        return (self.root / "inbox").is_dir()
