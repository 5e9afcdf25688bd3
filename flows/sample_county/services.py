"""Government service cases: a file a month, with marks I/U/D, repeated and superseded rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time

from flows.sample_county.exports import Export, Layout, Row
from flows.sample_county.service_cases import Case, Desk, planted_cases
from flows.sample_county.setting import Setting, spread

# The published figure of the sample year; every scale is a multiple of it.
COMPLETED = 9425
CARRIED_IN, CARRIED_OUT, VOID, DELETED, NEXT_COMPLETED, NEXT_OPEN = 38, 61, 47, 23, 300, 20
SEASON = [7, 5, 9, 9, 9, 9, 9, 8, 9, 8, 9, 9]
PADDINGS = ("\t", "\n\t", "\u00a0", "\u3000", "")
DATES = ("iso", "slash", "slash_time", "midnight", "chinese", "dot")


def service_exports(setting: Setting) -> Iterator[Export]:
    """Thirteen files: January to December and, for cases completed after the year, the January that follows.

    Rows are made month by month while they are written: only unfinished cases are held in memory.
    """
    for month, rows in enumerate(_months(setting), start=1):
        year, number = (setting.year, month) if month < 13 else (setting.year + 1, 1)
        values = {"year": year, "month": number}
        layout = _layout(setting, month, setting.text("service_cases", "title", **values))
        yield Export(
            dataset="service_cases",
            supplier="approval_bureau",
            name=setting.text("service_cases", "file", **values),
            layout=layout,
            rows=rows,
            arrives_at=setting.arrival("service_cases", f"{year}-{number:02d}", *_days_left(month)),
            copies=(setting.text("service_cases", "copy", **values),) if month == 11 else (),
        )


def _days_left(month: int) -> tuple[int, time]:
    """May's file comes in the last minutes of its last day; January's comes before the night of 6 February."""
    if month == 5:
        return 0, time(23, 40)
    return (5 if month == 13 else 1 + month % 4), time(9, 10 + month)


def _months(setting: Setting) -> Iterator[Iterator[Row]]:
    rnd = setting.random("service_cases")
    desk = Desk(setting, rnd)
    waiting: list[Case] = []
    for month in range(1, 14):
        fresh = _accepted(setting, desk, month)
        yield _rows(setting, month, fresh, waiting)


def _rows(setting: Setting, month: int, fresh: Iterator[Case], waiting: list[Case]) -> Iterator[Row]:
    """The month's rows: changes of older cases, then new ones; a few rows stand twice, as after a repeated batch."""
    year, number = (setting.year, month) if month < 13 else (setting.year + 1, 1)
    rnd = setting.random(f"service_cases:{month}")
    older, waiting[:] = waiting[:], []
    for case in older:
        yield from case.rows(year, number)
        if case.ends > (year, number):
            waiting.append(case)
    for case in fresh:
        for row in case.rows(year, number):
            yield row
            if rnd.random() < 0.003:
                yield row
        if case.ends > (year, number):
            waiting.append(case)


def _accepted(setting: Setting, desk: Desk, month: int) -> Iterator[Case]:
    """The cases of a month, in the numbers that make the year's count exact."""
    rnd, scale, year = setting.random(f"service_cases:accepted:{month}"), setting.scale, setting.year
    if month == 13:
        yield from _next_january(setting, desk)
        return
    days, last = setting.workdays(year, month), date(year, 12, 31)
    planted = list(planted_cases(setting, desk, month))
    yield from planted
    if month == 1:
        end_of_last_year = setting.workdays(year - 1, 12)[-5:]
        for at in range(CARRIED_IN * scale):
            item = desk.item_for(40 + at, least_days=10)
            yield desk.carried(item, rnd.choice(end_of_last_year), date(year, 1, 1))
    count = spread((COMPLETED - CARRIED_IN) * scale, SEASON)[month - 1] - sum(_counts(case) for case in planted)
    for at in range(count):
        yield desk.completed(desk.item_for(at), rnd.choice(days), last)
    for _ in range(spread(VOID * scale, SEASON)[month - 1]):
        yield desk.void(desk.item_for(40), rnd.choice(days))
    for _ in range(spread(DELETED * scale, [*SEASON[:11], 0])[month - 1]):
        on = rnd.choice(days)
        yield desk.deleted(desk.item_for(40), on, setting.after(on, rnd.randint(1, 10)))
    if month == 12:
        for _ in range(CARRIED_OUT * scale):
            yield desk.carried(desk.item_for(40, least_days=10), rnd.choice(days[-5:]), date(year + 1, 1, 1))


def _counts(case: Case) -> bool:
    """Whether a planted case is among those completed in the year."""
    return isinstance(case.changes[-1][2].get("completed_on"), date)


def _next_january(setting: Setting, desk: Desk) -> Iterator[Case]:
    rnd = setting.random("service_cases:next_january")
    days = setting.workdays(setting.year + 1, 1)
    for at in range(NEXT_COMPLETED * setting.scale):
        yield desk.completed(desk.item_for(at), rnd.choice(days[:-6]), days[-1])
    for _ in range(NEXT_OPEN * setting.scale):
        yield desk.unfinished(desk.item_for(40, least_days=15), rnd.choice(days[-5:]))


def _layout(setting: Setting, month: int, title: str) -> Layout:
    """Another format every month. From scale 20 on only delimited text: a sheet ends at 1,048,576 rows."""
    batch = ((str(setting.words["service_cases"]["batch"]), f"{setting.year}{month:02d}00001"),)
    empties, notes = ("", "—", "/"), setting.notes()
    first, last = (setting.header("service_cases", f"special_{end}_on") for end in ("started", "ended"))
    group = (str(setting.words["service_cases"]["group"]), first, last)
    texts = (
        Layout("csv", encoding="gb18030", serial=True, extra=batch, dates=("slash_time",)),
        Layout("csv", encoding="utf-8-sig", alias=1, dates=("iso", "slash"), empties=empties),
        Layout("csv", encoding="gb18030", delimiter="\t", dates=("chinese",), empties=("", "-")),
        Layout("csv", delimiter=";", title=title, dates=("midnight",), extra=batch),
        Layout("zip", encoding="gb18030", dates=DATES, empties=empties),
        Layout("csv", encoding="gb18030", dates=("slash_time", "slash"), paddings=PADDINGS),
    )
    sheets = (
        Layout("xlsx", title, dates=("native", "chinese"), serial=True, group=group, notes=notes, more_sheets=True),
        Layout("large_xlsx", title, alias=1, dates=("serial", "iso"), full_width=True, extra=batch, notes=notes),
        Layout("html", title, encoding="gb18030", dates=("dot", "slash"), empties=empties, notes=notes),
        Layout("xlsx", title, dates=DATES, header_spaces=True, paddings=("", "\u3000"), empties=empties),
    )
    if setting.scale >= 20:
        return texts[month % len(texts)]
    return sheets[month // 3 % 4] if month % 3 == 1 else texts[(month - (month + 2) // 3 - 1) % len(texts)]
