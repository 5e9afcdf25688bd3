"""Step: hand the published night on to the province's lake, where settings name one."""

from __future__ import annotations

import structlog

from flows.night import Night

log = structlog.get_logger()


def hand_on(night: Night) -> None:
    """Write what tonight changed into the lake. Whatever hinders it is told and does not undo the night.

    The heartbeat `lake` holds the reason; empty: all was handed on.
    """
    rules = night.settings.lake
    if not (rules.folder and rules.county):
        return
    from warehouse.lake import publish_to_lake

    reason = ""
    try:
        written, files = publish_to_lake(rules.folder, rules.county, night.target)
        night.summary.lake = {"written": written, "files": files}
    except Exception as error:  # a share that is gone, full or closed: each engine says so in its own way
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        night.summary.lake = {"failed": reason}
        log.error("not_handed_on", reason=reason)
    night.ledger.beat("lake", reason)
