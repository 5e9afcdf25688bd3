"""One night: what it knows, and its steps in order. The same steps run under Prefect and without it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from expectations.judge import Evaluator
from expectations.suites import JudgingProcess, evaluate
from flows.logs import log_to
from flows.settings import Settings
from warehouse.declarations import Declarations, read_declarations
from warehouse.home import Home
from warehouse.inbox import COUNTY_TIME, InboxFile
from warehouse.ledger import Ledger, NightRunning, open_ledger
from warehouse.night_lock import HomeHeld, Note, held, noted
from warehouse.purging import pending
from warehouse.signed_year import SignedYear
from warehouse.workdays import Calendar

Show = Callable[[str, int, int], None]
Step = Callable[..., Any]
Call = Callable[[str, Step], Step]
WORK = ".tonight"


class NightRefused(Exception):
    """A night that may not run now; `str()` says why in both languages. Nothing was done."""


def no_show(step: str, done: int, total: int) -> None:
    """Nobody watches."""


@dataclass
class Summary:
    """What a clerk reads when the night is over."""

    night: str
    business_date: date
    sample: bool
    files: int = 0
    waiting: int = 0
    deliveries: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    loaded: int = 0
    quarantined: int = 0
    listed: int = 0
    standings: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    open_findings: int = 0
    provisional: dict[str, int] = field(default_factory=dict)
    letters: dict[str, int] = field(default_factory=dict)
    refused: list[dict[str, str]] = field(default_factory=list)
    missed: list[date] = field(default_factory=list)
    figures_sha256: str = ""
    snapshot: str = ""
    lake: dict[str, Any] = field(default_factory=dict)
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        """Plain values for `--json` and the ledger."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def counts_towards(self, reason: str) -> bool:
        """Whether `--fail-on` has a reason to fail: short figures, or refused files."""
        counts = self.standings if reason == "short" else self.deliveries
        return counts.get(reason, 0) > 0


@dataclass
class Taken:
    """One file of tonight: where it lay, its copy, and the ledger rows it became."""

    file: InboxFile
    supplier: str | None
    received_on: date
    sha256: str = ""
    copy: Path | None = None
    keep_bytes: bool = True
    leaves_inbox: bool = True


@dataclass
class Night:
    """The state that tonight's steps share. Lives for one run; everything that lasts is in ledger and snapshot."""

    settings: Settings
    home: Home
    ledger: Ledger
    declarations: Declarations
    calendar: Calendar
    night: str
    business_date: date
    summary: Summary
    scheduled: bool = False
    dry_run: bool = False
    show: Show = no_show
    evaluate: Evaluator = evaluate
    taken: list[Taken] = field(default_factory=list)
    candidates: list[Any] = field(default_factory=list)
    slips: list[Any] = field(default_factory=list)
    lists: list[Any] = field(default_factory=list)
    ledger_rows: list[dict[str, Any]] = field(default_factory=list)
    apply: list[Any] = field(default_factory=list)
    reload: set[str] = field(default_factory=set)
    replaced: dict[str, list[str]] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    sentences: dict[tuple[str, str, str], tuple[str, str]] = field(default_factory=dict)
    standings: list[dict[str, Any]] = field(default_factory=list)
    past_due: list[dict[str, Any]] = field(default_factory=list)
    signed: list[SignedYear] = field(default_factory=list)
    after_signing: list[dict[str, Any]] = field(default_factory=list)
    _by_key: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        """Tonight's work folder, beside the snapshots so that a rename publishes."""
        return self.home.snapshots / WORK

    @property
    def target(self) -> Path:
        """Tonight's snapshot file; its name is never used twice."""
        return self.home.snapshots / f"{self.night}.duckdb"

    @property
    def office(self) -> str:
        """The unit that stands for the inspectors' office."""
        return next((name for name, unit in self.declarations.units.items() if unit.kind == "office"), "office")

    def sentence_of(self, standing: Mapping[str, Any]) -> tuple[str, str]:
        """The sentence of a standing in both languages, written before the commit."""
        return self.sentences.get((standing["target"], standing["unit"], standing["period"]), ("", ""))

    def standing_of(self, key: tuple[str, str, str]) -> dict[str, Any] | None:
        """Tonight's standing of (target, unit, period); None for what nobody judges any more."""
        if not self._by_key:
            self._by_key.update({(row["target"], row["unit"], row["period"]): row for row in self.standings})
        return self._by_key.get(key)

    def last_snapshot(self) -> Path | None:
        """The current snapshot's file; None before the first night, and when the file is gone."""
        current = self.ledger.current_snapshot()
        path = self.home.snapshots / current if current else None
        return path if path is not None and path.exists() else None

    def base(self) -> Path | None:
        """What tonight's snapshot is copied from; None: it is built anew, as after a purge."""
        return None if pending(self.ledger) else self.last_snapshot()


@contextmanager
def locked(home: Home) -> Iterator[Note]:
    """The home's OS lock: one night at a time. The lock of a dead process is free by itself.

    Refuses (NightRefused) while another process holds it.
    """
    with ExitStack() as stack:
        try:
            note = stack.enter_context(held(home))
        except HomeHeld as owner:
            raise NightRefused(f"另一晚正在运行（进程{owner}）/ another night is running (process {owner})") from None
        yield note


@contextmanager
def begun(settings: Settings, on: date | None, scheduled: bool, dry_run: bool, show: Show) -> Iterator[Night]:
    """Lock the home, sweep what a killed night left, and begin; a night that raises stands as failed in the ledger."""
    home = settings.place
    with locked(home) as note, open_ledger(home) as ledger:
        log_to(home)
        declarations = read_declarations(home.catalogue)
        day = _business_date(settings, ledger, on)
        try:
            name = ledger.begin_night(day)
        except NightRunning as error:
            raise NightRefused(str(error)) from None
        state = "failed"
        try:
            sweep(home, ledger, name)
            calendar = Calendar(declarations.holidays)
            summary = Summary(name, day, settings.county.sample, dry_run=dry_run)
            show = noted(show, note)
            night = Night(settings, home, ledger, declarations, calendar, name, day, summary, scheduled, dry_run, show)
            night.summary.missed = [] if settings.night.business_date else _missed(ledger, day)
            with JudgingProcess(home.logs / "judging.log") as judging:
                night.evaluate = judging.evaluate
                yield night
            state = "ended"
        except BaseException as error:
            ledger.fail_night(name, f"{type(error).__name__}: {error}")
            raise
        finally:
            shutil.rmtree(home.snapshots / WORK, ignore_errors=True)
            ledger.beat("night", f"{name} {state}")


def _business_date(settings: Settings, ledger: Ledger, on: date | None) -> date:
    """The asked date, else the home's, else today in Asia/Shanghai.

    Refuses one before the published night's, and an asked one that has not begun: no night could follow it until then.
    A home with a date of its own, as the sample county's, lives in its own time and is asked for any later one.
    """
    today = datetime.now(COUNTY_TIME).date()
    day = on or settings.night.business_date or today
    last = ledger.current_night()
    if on and not settings.night.business_date and on > max(today, last["business_date"] if last else today):
        raise NightRefused(f"{on} 还没有到，今天是 {today} / {on} has not come yet, today is {today}")
    if last and day < last["business_date"]:
        said = f"{day} 早于已发布的 {last['business_date']}，夜间任务不能往回跑"
        raise NightRefused(f"{said} / {day} is before the published {last['business_date']}")
    return day


def _missed(ledger: Ledger, today: date) -> list[date]:
    """Business dates since the last published night that did not run; tonight covers them."""
    last = ledger.current_night()
    if last is None:
        return []
    return ledger.owed_nights(last["business_date"] + timedelta(days=1), today - timedelta(days=1))


def sweep(home: Home, ledger: Ledger, tonight: str) -> None:
    """Remove what no published night names: work folders and half-built snapshots of killed nights."""
    shutil.rmtree(home.snapshots / WORK, ignore_errors=True)
    known = ledger.snapshots()
    for path in home.snapshots.iterdir():
        if path.is_file() and path.name.split(".duckdb")[0] + ".duckdb" not in known:
            path.unlink()
    for path in home.archive.glob("*.tmp"):
        path.unlink()


def run_night(
    settings: Settings,
    on: date | None = None,
    *,
    scheduled: bool = False,
    dry_run: bool = False,
    show: Show = no_show,
    call: Call = lambda _name, step: step,
) -> Summary:  # Long on purpose: the night's roster, a line a step.
    """One whole night. `call` wraps each step by name: as a Prefect task, or not at all.

    Refuses (NightRefused) while another night runs, and a date before the published one.
    """
    from flows import card, corrections, handing_on, publishing, settling, slips, taking, telling

    with begun(settings, on, scheduled, dry_run, show) as night:
        call("finish_last_night", publishing.finish_last_night)(night)
        call("take_files", taking.take_files)(night)
        for number, taken in enumerate(list(night.taken)):
            night.show("read_delivery", number, len(night.taken))
            call("read_delivery", taking.read_delivery)(night, taken)
        night.show("settle", 0, 0)
        call("settle_deliveries", settling.settle_deliveries)(night)
        call("settle_slips", slips.settle_slips)(night)
        call("settle_corrections", corrections.settle_corrections)(night)
        call("reload_datasets", settling.reload_datasets)(night)
        night.show("build", 0, 0)
        call("build_snapshot", publishing.build)(night)
        call("word_findings", telling.word_findings)(night)
        if dry_run:
            return _dry(night, call("summarise", telling.summarise))
        call("archive_files", taking.archive_files)(night)
        night.show("publish", 0, 0)
        call("publish", publishing.publish)(night)
        call("clear_inbox", publishing.clear_inbox)(night)
        night.show("letters", 0, 0)
        call("write_receipts", telling.write_receipts)(night)
        call("write_letters", telling.write_letters)(night)
        call("mark_finished", publishing.mark_finished)(night)
        night.show("send", 0, 0)
        call("send_letters", telling.send_letters)(night)
        call("write_card", card.write_card)(night)
        night.show("history", 0, 0)
        call("keep_history", publishing.keep_history)(night)
        call("hand_on", handing_on.hand_on)(night)
        call("summarise", telling.summarise)(night)
        return night.summary


def _dry(night: Night, summarise: Step) -> Summary:
    """A dry run leaves nothing: its snapshot goes, and its night never was."""
    summarise(night)
    night.target.unlink(missing_ok=True)
    night.ledger.fail_night(night.night, "dry run")
    return night.summary
