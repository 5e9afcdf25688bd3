"""Everything again, from archive, ledger and the recorded declarations: the same figures, or a reason to worry."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flows.night import Night, NightRefused, Show, begun
from flows.settings import Settings
from warehouse.declarations import Declarations
from warehouse.history import read_recorded
from warehouse.ledger import open_ledger
from warehouse.workdays import Calendar


@dataclass(frozen=True)
class Rebuilt:
    """Both hashes, of the sorted figures table. `current_sha256` is what the published night recorded."""

    night: str
    figures: int
    current_sha256: str
    rebuilt_sha256: str
    published: bool

    same = property(lambda self: self.current_sha256 == self.rebuilt_sha256)

    def as_json(self) -> dict[str, Any]:
        """Plain values for `--json`."""
        return asdict(self) | {"same": self.same}


def rebuild_home(settings: Settings, show: Show) -> Rebuilt:
    """Build the published night's snapshot anew, from the archive and the declarations it had; compare the figures.

    The current snapshot stays unless it is gone: then the rebuilt one takes its place under its name.
    Refuses (NightRefused) a home without a published night, and one where a person's decision waits for the next night.
    """
    from flows import publishing, settling
    from warehouse.snapshot import open_snapshot

    published = _published(settings)
    with begun(settings, published["business_date"], scheduled=False, dry_run=True, show=show) as night:
        kept = night.home.snapshots / published["snapshot"]
        gone = not kept.exists()
        night.declarations = _recorded(night, published["id"], kept)
        night.calendar = Calendar(night.declarations.holidays)
        settling.reload_datasets(night, everything=True)
        publishing.build_anew(night, published["id"])
        with open_snapshot(night.target) as snapshot:
            rebuilt, count = snapshot.meta["figures_sha256"], len(snapshot.figures())
        night.ledger.fail_night(night.night, "rebuild")
        returns = gone and rebuilt == published["figures_sha256"]
        if returns:
            night.target.replace(kept)
        else:
            night.target.unlink()
        return Rebuilt(published["id"], count, published["figures_sha256"], rebuilt, returns)


def _published(settings: Settings) -> dict[str, Any]:
    with open_ledger(settings.place) as ledger:
        published = ledger.current_night()
        if published is None:
            raise NightRefused("还没有发布过夜间任务，无可重算 / no night was published yet")
        if ledger.reloads() or ledger.accepted():
            raise NightRefused(
                "有撤回或同意载入的报送尚待下一晚生效，请先运行 ducha nightly"
                " / a withdrawal or an acceptance waits for the next night: run `ducha nightly` first"
            )
        return published


def _recorded(night: Night, published: str, kept: Path) -> Declarations:
    """The declarations of the published night: what the catalogue says by now is the next night's matter."""
    from warehouse.snapshot import open_snapshot

    recorded = read_recorded(night.home.history, published)
    if recorded is None and kept.exists():
        with open_snapshot(kept) as snapshot:
            recorded = snapshot.declarations
    return recorded or night.declarations
