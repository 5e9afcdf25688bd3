"""Opens what one visit reads: the ledger and the snapshot of the night that the address asks for, both read-only."""

from __future__ import annotations

import atexit
import gc
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any

from app.rights import scope_of
from app.sessions import Sessions
from app.viewer import Viewer
from app.visit import PAGE_ROWS, Visit
from warehouse.home import Home
from warehouse.ledger import Ledger, open_ledger
from warehouse.ledger_file import LedgerTooNew
from warehouse.scope import open_ledger_for, open_snapshot_for

log = logging.getLogger("ducha.view")


class NothingToShow(Exception):
    """There is no data for this page; the message is the sentence for the reader."""


def read_by(home: Home, viewer: Viewer, token: str) -> Viewer:
    """The page with its reader. Refuses (NothingToShow) a token without a session."""
    session = Sessions(home).find(token)
    if session is None or session.must_change:
        raise NothingToShow(viewer.say("trouble.signed_out"))
    viewer = replace(viewer, role=session.role, unit=session.unit, who=session.who)
    chosen = {"unit", "town", "source"} & viewer.asked.keys()
    if viewer.unit and viewer.screen in ("figure", "responsible") and not chosen:
        viewer = replace(viewer, asked={**viewer.asked, "unit": viewer.unit})
    return viewer


@contextmanager
def opened(home: Home, viewer: Viewer, page_rows: int = PAGE_ROWS) -> Iterator[Visit]:
    """The current night, or the earlier one that `on=` names, as far as its reader may see it.

    Refuses (NothingToShow) when there is none yet, and a screen that is not open to the reader's role.
    """
    if not viewer.may(viewer.screen):
        raise NothingToShow(viewer.say("trouble.not_yours"))
    if not home.exists():
        raise NothingToShow(viewer.say("trouble.no_home", home=home.root))
    if not home.ledger.is_file():
        raise NothingToShow(viewer.say("trouble.no_snapshot"))
    with ExitStack() as stack:
        scope = scope_of(viewer.role, viewer.unit)
        ledger = stack.enter_context(open_ledger_for(home, scope))
        night = _night(home, viewer, ledger)
        try:
            snapshot = stack.enter_context(open_snapshot_for(home.snapshots / night["snapshot"], scope))
        except Exception as fault:
            log.exception("the snapshot %s does not open", night["snapshot"])
            raise NothingToShow(viewer.say("trouble.unreadable")) from fault
        yield Visit(home, viewer, snapshot, ledger, night, page_rows)


def night_now(home: Home) -> str:
    """The id of the night whose data a page would show now; nothing before the first night, or from a bad ledger."""
    if not home.ledger.is_file():
        return ""
    try:
        with open_ledger(home, read_only=True) as ledger:
            night = ledger.current_night()
    except (sqlite3.Error, LedgerTooNew):
        return ""
    return str(night["id"]) if night else ""


def kept_nights(home: Home, nights: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The published ones whose snapshot is still there, in their order."""
    published = (night for night in nights if night["state"] == "published")
    return (night for night in published if (home.snapshots / night["snapshot"]).is_file())


def _night(home: Home, viewer: Viewer, ledger: Ledger) -> dict[str, Any]:
    """The night of `on=`, by its id or its business date; without it the current one."""
    current = ledger.current_night()
    if current is None:
        raise NothingToShow(viewer.say("trouble.no_snapshot"))
    asked = viewer.asked.get("on", "")
    if not asked:
        return current
    for night in kept_nights(home, ledger.nights()):
        if asked in (night["id"], night["business_date"].isoformat()):
            return night
    raise NothingToShow(viewer.say("past.not_kept", on=asked))


def bring_up_to_date(home: Home) -> None:
    """Give a ledger of an earlier version its new tables before pages read it; they never write for that.

    One that does not open, or that a later version wrote, is left as it is: each page says so in a sentence.
    """
    if home.ledger.is_file():
        with suppress(sqlite3.Error, LedgerTooNew, OSError):
            open_ledger(home).close()


def get_ready() -> None:
    """Import what pages need before anybody asks, and spare the collector from looking through it each time."""
    import altair  # noqa: F401

    import app.view  # noqa: F401

    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)
