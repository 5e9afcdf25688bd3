"""A home folder: where one county keeps its inbox, archive, snapshots, ledger and catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# What names a county among others: its folder in the lake.
COUNTY_ID = "[a-z][a-z0-9_]{0,62}"
FOLDERS = ("inbox", "archive", "snapshots", "history", "letters", "reports", "logs", "catalogue")


@dataclass(frozen=True)
class Home:
    """Paths of one home. Nothing is created until `make()`."""

    root: Path

    @property
    def inbox(self) -> Path:
        """What departments drop: a folder per unit."""
        return self.root / "inbox"

    @property
    def archive(self) -> Path:
        """The bytes of every file that was taken, by sha256."""
        return self.root / "archive"

    @property
    def snapshots(self) -> Path:
        """One DuckDB file per night."""
        return self.root / "snapshots"

    @property
    def history(self) -> Path:
        """Figures, standings and declarations of every night, for good."""
        return self.root / "history"

    @property
    def letters(self) -> Path:
        """Letters as written, a folder per night."""
        return self.root / "letters"

    @property
    def reports(self) -> Path:
        """Reports made from a snapshot."""
        return self.root / "reports"

    @property
    def logs(self) -> Path:
        """One log per part of the house."""
        return self.root / "logs"

    @property
    def catalogue(self) -> Path:
        """The county's own declarations."""
        return self.root / "catalogue"

    @property
    def ledger(self) -> Path:
        """The transactional store."""
        return self.root / "ledger.sqlite"

    @property
    def access(self) -> Path:
        """Accounts, sessions and sign-in links of the view."""
        return self.root / "access.sqlite"

    @property
    def lock(self) -> Path:
        """Locked while a night runs."""
        return self.root / "night.lock"

    @property
    def config(self) -> Path:
        """The settings of this home."""
        return self.root / "ducha.toml"

    def make(self) -> None:
        """Create the folders that are missing; never touches what is there."""
        for name in FOLDERS:
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def exists(self) -> bool:
        """A home is a folder with an inbox."""
        return (self.root / "inbox").is_dir()
