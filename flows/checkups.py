"""What can be unwell in a home, told in words, each with what to do. Looks only; changes nothing."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from flows.settings import Settings
from warehouse.declarations import Declarations, read_declarations
from warehouse.inbox import COUNTY_TIME
from warehouse.ledger import open_ledger
from warehouse.name_check import unconnected
from warehouse.workdays import Calendar
from warehouse.yaml_reader import DeclarationError

PINS = Path(__file__).parents[1] / "constraints.txt"
ROOM_FACTOR = 2.5


@dataclass(frozen=True)
class Checkup:
    """One look. `state`: well, warning (a night runs all the same), unwell (it may not)."""

    name: str
    state: str
    say: str
    say_en: str


def check_home(settings: Settings) -> list[Checkup]:
    """All looks, in the order in which a clerk should mend what they find."""
    looks: tuple[Callable[[Settings], Iterator[Checkup]], ...] = (
        _folders,
        _declarations,
        _ledger,
        _snapshot,
        _room,
        _mail,
        _pins,
    )
    return [found for look in looks for found in look(settings)]


def latest_day(settings: Settings) -> date:
    """The day to which a home has come: its pinned date or today, or that of its last published night if later."""
    days = [settings.night.business_date or datetime.now(COUNTY_TIME).date()]
    if settings.place.ledger.exists():
        # Of a damaged ledger its own look tells.
        with suppress(sqlite3.DatabaseError), open_ledger(settings.place) as ledger:
            days += [night["business_date"] for night in ledger.nights(state="published")[:1]]
    return max(days)


def _well(name: str, say: str, say_en: str) -> Checkup:
    return Checkup(name, "well", say, say_en)


def _folders(settings: Settings) -> Iterator[Checkup]:
    home = settings.place
    units = sorted(path for path in home.inbox.iterdir() if path.is_dir()) if home.inbox.is_dir() else []
    for folder in (home.inbox, home.archive, home.snapshots, home.letters, home.history, home.logs, *units):
        if not os.access(folder, os.W_OK | os.X_OK):
            yield Checkup(
                "folder", "unwell", f"无法写入 {folder}，请检查权限", f"{folder} cannot be written: check rights"
            )
            return
    yield _well("folder", "工作目录可读写", "the home can be read and written")


def _declarations(settings: Settings) -> Iterator[Checkup]:
    try:
        declared = read_declarations(settings.place.catalogue)
    except DeclarationError as error:
        yield Checkup("declarations", "unwell", f"口径文件有误：{error}", f"a declaration does not read: {error}")
        return
    yield _well(
        "declarations", f"口径文件可读，指标{len(declared.metrics)}个", f"{len(declared.metrics)} metrics declared"
    )
    yield from _calendar(declared, latest_day(settings))
    yield from _units(declared)
    yield from _unconnected(declared)
    if empty := [roster.label.zh for roster in declared.rosters.values() if not roster.rows]:
        yield Checkup(
            "rosters",
            "warning",
            f"名册没有条目，以名册为分母的指标不评：{'、'.join(empty)}；请填写 catalogue/rosters/",
            f"{len(empty)} rosters are empty; what divides by them is not judged: fill catalogue/rosters/",
        )


def _calendar(declared: Declarations, today: date) -> Iterator[Checkup]:
    """This year's holidays must be loaded; next year's from October, since deadlines reach into it."""
    calendar = Calendar(declared.holidays)
    years = [today.year, *([today.year + 1] if today.month >= 10 else [])]
    for year in years:
        if not calendar.is_known(date(year, 6, 1)):
            yield Checkup(
                "calendar",
                "unwell" if year == today.year else "warning",
                f"{year}年放假安排尚未载入，期限按周一至周五暂算；国务院公布后请写入 catalogue/holidays.csv",
                f"the holidays of {year} are not loaded: deadlines are provisional; add them to catalogue/holidays.csv",
            )
            return
    yield _well("calendar", f"{years[-1]}年放假安排已载入", f"the holidays of {years[-1]} are loaded")


def _units(declared: Declarations) -> Iterator[Checkup]:
    silent = [unit.label.zh for unit in declared.units.values() if unit.kind != "county" and not unit.email]
    if silent:
        shown = "、".join(silent[:8])
        yield Checkup("addresses", "warning", f"{len(silent)}个单位没有邮箱，信函只写成文件：{shown}",
                      f"{len(silent)} units have no address: their letters are only written")  # fmt: skip
    else:
        yield _well("addresses", "每个单位都有邮箱", "every unit has an address")


def _unconnected(declared: Declarations) -> Iterator[Checkup]:
    """What nobody in this county sends, and what judges none of its units: outside every light, and said here."""
    datasets, targets = unconnected(declared)
    if datasets:
        labels = "、".join(declared.contracts[name].label.zh for name in datasets[:8])
        yield Checkup(
            "not_connected",
            "warning",
            f"{len(datasets)}张数据表在本县没有报送单位，相关指标不评：{labels}；需要时在名册中登记该单位",
            f"no unit of this county supplies {len(datasets)} datasets, and what rests on them is not judged:"
            f" {', '.join(datasets[:8])}; enter the unit in rosters/units.yml",
        )
    if targets:
        yield Checkup(
            "nobody_judged",
            "warning",
            f"{len(targets)}项目标在本县没有适用单位：{'、'.join(targets[:8])}；需要时在名册中给单位加上标记",
            f"{len(targets)} targets judge no unit of this county: {', '.join(targets[:8])}; flag the units meant"
            " in rosters/units.yml",
        )


def _ledger(settings: Settings) -> Iterator[Checkup]:
    if not settings.place.ledger.exists():
        yield Checkup("ledger", "warning", "还没有跑过夜间任务", "no night has run yet")
        return
    with open_ledger(settings.place) as ledger:
        damage = ledger.con.execute("PRAGMA integrity_check").fetchone()[0]
        if damage != "ok":
            yield Checkup("ledger", "unwell", "台账文件损坏，请从备份恢复", f"the ledger is damaged: {damage}")
        for fault in ledger.verify_audit():
            yield Checkup("audit", "unwell", f"审计记录被改动：{fault}", f"the audit trail was changed: {fault}")
        running = ledger.nights(state="running")
        if running:
            yield Checkup("lock", "warning", f"夜间任务 {running[0]['id']} 未结束，下一晚会接手",
                          f"the night {running[0]['id']} did not end: the next one takes over")  # fmt: skip
        held = ledger.deliveries(state="held")
        if held:
            yield Checkup("held", "warning", f"{len(held)}份报送被暂缓，等待确认（ducha delivery list）",
                          f"{len(held)} deliveries are held for you (ducha delivery list)")  # fmt: skip
    yield _well("ledger", "台账完好", "the ledger is whole")


def _snapshot(settings: Settings) -> Iterator[Checkup]:
    from warehouse.snapshot import open_current

    if not settings.place.ledger.exists():
        return
    try:
        snapshot = open_current(settings.place)
    except Exception as error:  # whatever is wrong with the file, the clerk needs the same sentence
        yield Checkup("snapshot", "unwell", f"当前快照打不开，请运行 ducha rebuild（{type(error).__name__}）",
                      f"the current snapshot does not open: run `ducha rebuild` ({type(error).__name__})")  # fmt: skip
        return
    if snapshot is not None:
        yield _well("snapshot", f"当前快照 {snapshot.meta['night']}", f"the snapshot {snapshot.meta['night']} opens")
        snapshot.close()


def _room(settings: Settings) -> Iterator[Checkup]:
    """A night copies the snapshot and writes beside it."""
    largest = max((path.stat().st_size for path in settings.place.snapshots.glob("*.duckdb")), default=0)
    needed = int(largest * ROOM_FACTOR) + 200_000_000
    free = shutil.disk_usage(settings.home).free
    if free < needed:
        yield Checkup("disk", "unwell", f"磁盘空间不足：需要{needed >> 20} MB，剩余{free >> 20} MB",
                      f"too little room: {needed >> 20} MB needed, {free >> 20} MB free")  # fmt: skip
    else:
        yield _well("disk", f"磁盘剩余 {free >> 30} GB", f"{free >> 30} GB of disk are free")


def _mail(settings: Settings) -> Iterator[Checkup]:
    mail = settings.mail
    if not mail.host:
        yield Checkup(
            "mail", "warning", "没有设置邮件服务器，信函只写到 letters/", "no SMTP host: letters are only written"
        )
        return
    try:
        with socket.create_connection((mail.host, mail.port), timeout=5):
            yield _well("mail", f"邮件服务器 {mail.host}:{mail.port} 可连接", "the SMTP server answers")
    except OSError as error:
        yield Checkup("mail", "unwell", f"连不上邮件服务器 {mail.host}:{mail.port}（{error}）", f"SMTP: {error}")


def _pins(_: Settings) -> Iterator[Checkup]:
    """The versions that were tested together (some others silently do not work)."""
    if not PINS.is_file():
        return
    pinned = dict(line.split("==") for line in PINS.read_text().split())
    wrong = []
    for name in (
        "prefect",
        "fastapi",
        "SQLAlchemy",
        "duckdb",
        "polars",
        "great_expectations",
        "streamlit",
    ):
        have, want = importlib.metadata.version(name), pinned.get(name)
        if want and have != want:
            wrong.append(f"{name} {have} (≠ {want})")
    if wrong:
        yield Checkup("versions", "warning", f"软件包版本与测试过的不同：{'、'.join(wrong)}，请重新安装",
                      f"versions differ from the tested ones: {', '.join(wrong)}")  # fmt: skip
    else:
        yield _well("versions", "软件包版本与测试过的一致", "versions are the tested ones")
