"""Opens what one visit reads: the ledger and the snapshot of the night that the address asks for, both read-only."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from app.viewer import Viewer
from app.visit import PAGE_ROWS, Visit
from warehouse.home import Home
from warehouse.ledger import Ledger, open_ledger
from warehouse.snapshot import open_snapshot

log = logging.getLogger("ducha.view")


class NothingToShow(Exception):
    """There is no data for this page; the message is the sentence for the reader."""


@contextmanager
def opened(home: Home, viewer: Viewer, page_rows: int = PAGE_ROWS) -> Iterator[Visit]:
    """The current night, or the earlier one that `on=` names. Refuses (NothingToShow) when there is none yet."""
    if not home.exists():
        raise NothingToShow(viewer.say("trouble.no_home", home=home.root))
    if not home.ledger.is_file():
        raise NothingToShow(viewer.say("trouble.no_snapshot"))
    with ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(home, read_only=True))
        night = _night(home, viewer, ledger)
        try:
            snapshot = stack.enter_context(open_snapshot(home.snapshots / night["snapshot"]))
        except Exception as fault:
            log.exception("the snapshot %s does not open", night["snapshot"])
            raise NothingToShow(viewer.say("trouble.unreadable")) from fault
        yield Visit(home, viewer, snapshot, ledger, night, page_rows)


def kept_nights(home: Home, ledger: Ledger) -> list[dict[str, Any]]:
    """The published nights whose snapshot is still there, the last first."""
    return [night for night in ledger.nights(state="published") if (home.snapshots / night["snapshot"]).is_file()]


def _night(home: Home, viewer: Viewer, ledger: Ledger) -> dict[str, Any]:
    """The night of `on=`, by its id or its business date; without it the current one."""
    current = ledger.current_night()
    if current is None:
        raise NothingToShow(viewer.say("trouble.no_snapshot"))
    asked = viewer.asked.get("on", "")
    if not asked:
        return current
    for night in kept_nights(home, ledger):
        if asked in (night["id"], night["business_date"].isoformat()):
            return night
    raise NothingToShow(viewer.say("past.not_kept", on=asked))
