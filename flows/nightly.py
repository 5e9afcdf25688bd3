"""The night as one Prefect flow: thin tasks over the steps of `flows/night.py`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import structlog
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from app.wording import outcome_word, standing_word
from flows.night import Show, Step, Summary, no_show, run_night
from flows.settings import Settings, read_settings

log = structlog.get_logger()
# Only what touches the outside world is tried again; a wrong figure does not get better by repeating it.
RETRIED = {"take_files": 2, "read_delivery": 1, "archive_files": 2, "send_letters": 2}
_shows: dict[str, Show] = {}
_done: dict[str, Summary] = {}
lost: list[str] = []  # nights of which their server, which died, does not know the end


def as_task(name: str, step: Step) -> Step:
    """One step as a Prefect task. Nothing of it is cached or kept: the ledger and the snapshot are the record.

    A task's arguments are walked whole for futures before it runs, which for a night costs many times the step itself:
    the task takes none.
    """
    wrap = task(
        name=name,
        retries=RETRIED.get(name, 0),
        retry_delay_seconds=2,
        cache_policy=NO_CACHE,
        persist_result=False,
        log_prints=False,
    )

    def run(*night: Any) -> Any:
        return wrap(lambda: step(*night))()

    return run


@flow(name="nightly", persist_result=False, validate_parameters=False)
def nightly(home: str, date: str | None = None, scheduled: bool = False) -> dict[str, Any]:
    """One night of one home; gives its summary. `date` is the business date, today in Asia/Shanghai by default."""
    settings = read_settings(Path(home))
    on = _day(date)
    show = _shows.get(str(settings.home), no_show)
    summary = _done[str(settings.home)] = run_night(settings, on, scheduled=scheduled, show=show, call=as_task)
    show_artifacts(settings, summary)
    return summary.as_json() | {"summary": None}


@flow(name="post", persist_result=False, validate_parameters=False)
def post(home: str) -> dict[str, int]:
    """Send the letters that wait, and the card, in the county's hours; gives how many letters went.

    A night that runs sends its own.
    """
    from flows.card import send_card
    from flows.night import NightRefused, locked
    from flows.posting import send_waiting
    from warehouse.ledger import open_ledger

    settings = read_settings(Path(home))
    try:
        with locked(settings.place), open_ledger(settings.place) as ledger:
            send_card(settings, ledger, datetime.now(UTC))
            return send_waiting(ledger, settings, datetime.now(UTC))
    except NightRefused:
        return {}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def run_as_flow(settings: Settings, on: date | None, show: Show) -> Summary:
    """Run tonight as a flow run on the server that PREFECT_API_URL names.

    A server that died under the night cannot be told that it is through: the night is, and the log says so.
    """
    key = str(settings.home)
    _shows[key] = show
    _done.pop(key, None)
    try:
        nightly(home=key, date=on.isoformat() if on else None)
    except Exception as error:
        if key not in _done:
            raise
        lost.append(_done[key].night)
        log.warning("prefect_not_told", night=_done[key].night, error=f"{type(error).__name__}: {error}"[:300])
    finally:
        _shows.pop(key, None)
    return _done.pop(key)


def show_artifacts(settings: Settings, summary: Summary) -> None:
    """Two tables in the Prefect UI: tonight's deliveries and the standings. No personal data, no rows."""
    from warehouse.ledger import open_ledger

    with open_ledger(settings.place, read_only=True) as ledger:
        rows = ledger.deliveries(night=summary.night)
    deliveries = [
        {
            "supplier": row["supplier"] or "",
            "dataset": row["dataset"] or "",
            "file": row["file_name"],
            "rows": row["rows"],
            "loaded": row["loaded"],
            "quarantined": row["quarantined"],
            "listed": sum(row["listed"].values()),
            "outcome": outcome_word(row["state"], "zh"),
            "why": row["say"] or "",
        }
        for row in rows
    ]
    standings = [{"standing": standing_word(name, "zh"), "count": count} for name, count in summary.standings.items()]
    mark = "样例数据 · " if summary.sample else ""
    if deliveries:
        create_table_artifact(
            key="deliveries", table=deliveries, description=f"{mark}{summary.night}: 报送 / deliveries"
        )
    else:
        create_markdown_artifact(key="deliveries", markdown=f"{mark}{summary.night}: 没有新文件 / nothing new came")
    create_table_artifact(key="standings", table=standings, description=f"{mark}{summary.night}: 结论 / standings")
