"""Everything again, from archive, ledger and the recorded declarations: the same figures, or a reason to worry."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from flows.night import NightRefused, Show, begun
from flows.settings import Settings


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
    """Build the published night's snapshot anew from the archive and compare the figures.

    The current snapshot stays unless it is gone: then the rebuilt one takes its place under its name.
    Refuses (NightRefused) a home without a published night.
    """
    from flows import publishing, settling
    from warehouse.snapshot import open_snapshot

    with begun(settings, None, scheduled=False, dry_run=True, show=show) as night:
        published = night.ledger.current_night()
        if published is None:
            night.ledger.fail_night(night.night, "nothing to rebuild")
            raise NightRefused("还没有发布过夜间任务，无可重算 / no night was published yet")
        night.business_date = published["business_date"]
        settling.reload_datasets(night, everything=True)
        publishing.build_anew(night)
        with open_snapshot(night.target) as snapshot:
            rebuilt, count = snapshot.meta["figures_sha256"], len(snapshot.figures())
        night.ledger.fail_night(night.night, "rebuild")
        kept = night.home.snapshots / published["snapshot"]
        gone = not kept.exists()
        if gone and rebuilt == published["figures_sha256"]:
            night.target.replace(kept)
        else:
            night.target.unlink()
        return Rebuilt(published["id"], count, published["figures_sha256"], rebuilt, gone)
