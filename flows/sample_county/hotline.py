"""Tickets of the county hotline: a file a month; what is closed after it was sent follows with the next one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from random import Random

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.responsibility import overseen_units
from flows.sample_county.setting import Setting

UNIT, DATASET = "hotline_office", "hotline_tickets"
TICKETS = 128
LIMITS = {"consultation": 1, "help": 5, "complaint": 5, "suggestion": 5, "report": 15}
# Calls of the last weeks are closed before the year's last file is sent.
QUICK_FROM = (12, 11)
# In which month each plant stands.
PLANTED = {
    "ticket_closed_late": 3, "ticket_never_closed": 5, "ticket_extended_late": 8, "ticket_on_last_day": 9,
    "ticket_extended_in_time": 10, "void_ticket": 6,
}  # fmt: skip


def hotline_exports(setting: Setting) -> Iterator[Export]:
    """Twelve files, each with the calls of its month and the older tickets that were closed since the last one."""
    tickets = [ticket for month in range(1, 13) for ticket in _tickets(setting, month)]
    sent_before: datetime | None = None
    for month in range(1, 13):
        sent = setting.arrival(DATASET, f"{setting.year}-{month:02d}", 2)
        rows = [_as_known(one, sent) for one in tickets if _is_told(one, month, sent_before)]
        yield Export(DATASET, UNIT, setting.text(DATASET, "file", month=month), _layout(setting, month), rows, sent)
        sent_before = sent


def _layout(setting: Setting, month: int) -> Layout:
    title = setting.text(DATASET, "title", month=month)
    match month % 3:
        case 0:
            return Layout("csv", encoding="gb18030", title=title, dates=("slash_time", "slash"), empties=("", "/"))
        case 1:
            spaced = ("\n\t", "\u00a0", "\u3000", "")
            return Layout("xlsx", title, serial=True, dates=("midnight", "chinese"), paddings=spaced, empties=("", "—"))
        case _:
            return Layout("html", title, alias=1, dates=("iso", "dot"), empties=("", "—"), notes=setting.notes())


def _day(ticket: Row, column: str) -> date:
    day = ticket[column]
    assert isinstance(day, date)
    return day


def _is_told(ticket: Row, month: int, sent_before: datetime | None) -> bool:
    """Calls of the month, and older ones that were closed after the last file."""
    called, closed = _day(ticket, "called_on").month, ticket.get("closed_on")
    is_news = sent_before is not None and isinstance(closed, date) and closed > sent_before.date()
    return called == month or (called < month and is_news)


def _as_known(ticket: Row, sent: datetime) -> Row:
    """The ticket as it stood when the file was sent."""
    closed = ticket.get("closed_on")
    if isinstance(closed, date) and closed > sent.date():
        return ticket | {"closed_on": None, "status": "open", "satisfaction": None}
    return ticket


def _tickets(setting: Setting, month: int) -> Iterator[Row]:
    rnd, words = setting.random(f"{DATASET}:{month}"), setting.words[DATASET]
    units = overseen_units(setting)
    plants = [(plant, one) for plant, at in PLANTED.items() for one in units if setting.is_planted(plant, one)]
    due = iter([(plant, unit) for plant, unit in plants if PLANTED[plant] == month])
    days = setting.workdays(setting.year, month)
    for serial in range(1, TICKETS + month % 5 + 1):
        kind = rnd.choice(("consultation", "consultation", "help", "complaint", "complaint", "suggestion", "report"))
        is_online = kind == "consultation" and rnd.random() < 0.8
        called = rnd.choice(days)
        ticket: Row = {
            "ticket_number": words["number"].format(year=setting.year, month=month, serial=serial),
            "called_on": called,
            "channel": rnd.choice(words["channels"]),
            "kind": kind,
            "subject": rnd.choice(words["subjects"]),
            "way": "online" if is_online else "dispatched",
            "handling_unit": UNIT if is_online else rnd.choice(units),
        }
        is_void = not is_online and serial % 40 == 7
        plant, unit = next(due, ("", "")) if serial % 20 == 3 else ("", "")
        if plant:
            early = rnd.choice(days[:8])
            yield ticket | {"handling_unit": unit, "way": "dispatched"} | _planted(setting, plant, early)
        elif is_void:
            yield ticket | {"status": "void"}
        else:
            yield ticket | _closed(setting, rnd, called, 0 if is_online else LIMITS[kind])


def _closed(setting: Setting, rnd: Random, called: date, limit: int) -> Row:
    limit = min(limit, 4) if (called.month, called.day) >= QUICK_FROM else limit
    ratings = ("satisfied", "satisfied", "satisfied", "mostly_satisfied", "dissatisfied", "not_rated", None)
    closed = setting.after(called, rnd.randint(0, limit))
    return {"closed_on": closed, "status": "closed", "satisfaction": rnd.choice(ratings)}


def _planted(setting: Setting, plant: str, called: date) -> Row:
    """A complaint, which has five working days and five more where they were approved in time."""
    row: Row = {"kind": "complaint", "called_on": called, "status": "closed", "satisfaction": "satisfied"}
    match plant:
        case "ticket_closed_late":
            return row | {"closed_on": setting.after(called, 7)}
        case "ticket_never_closed":
            return row | {"status": "open", "satisfaction": None}
        case "ticket_extended_late":
            return row | {"extension_approved_on": setting.after(called, 6), "closed_on": setting.after(called, 8)}
        case "ticket_extended_in_time":
            return row | {"extension_approved_on": setting.after(called, 5), "closed_on": setting.after(called, 10)}
        case "void_ticket":
            return row | {"status": "void", "satisfaction": None}
        case _:
            return row | {"closed_on": setting.after(called, 5)}
