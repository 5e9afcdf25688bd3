"""Citizens' letters: a file a quarter; replies given after it was sent follow with the next one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

from flows.sample_county.exports import Export, Layout, Paper, Row, Written
from flows.sample_county.setting import Setting
from warehouse.periods import period_named

UNIT, DATASET = "hotline_office", "citizen_letters"
LETTERS, LIMIT = 84, 20
# Letters of the last weeks are answered before the year's last file is sent.
QUICK_FROM = (12, 16)


def letter_exports(setting: Setting) -> Iterator[Export | Paper]:
    """Four files; in a year with faults also a paper that must not be kept."""
    letters = [letter for quarter in (1, 2, 3, 4) for letter in _letters(setting, quarter)]
    sent_before: datetime | None = None
    for quarter in (1, 2, 3, 4):
        period = period_named(f"{setting.year}Q{quarter}")
        sent = setting.arrival(DATASET, period.name, 1)
        known = [letter for letter in letters if _asked(letter) <= period.end]
        rows = [_as_known(letter, sent) for letter in known if _is_told(letter, period.start, sent_before)]
        if quarter == 2 and not setting.clean:
            rows += _unreadable(setting, [_as_known(letter, sent) for letter in known])
        layout = _layout(setting, quarter)
        yield Export(DATASET, UNIT, setting.text(DATASET, "file", number=quarter), layout, rows, sent)
        sent_before = sent
    if not setting.clean:
        head = setting.text(DATASET, "secret_head").encode("gb18030")
        yield Paper(UNIT, setting.text(DATASET, "secret_file") + ".csv", head + b"\r\n1,2,3\r\n", sent)


def _layout(setting: Setting, quarter: int) -> Layout:
    text = setting.words[DATASET]["quarters"][quarter - 1]
    title = setting.text(DATASET, "title", quarter=text)
    padded = Layout("xlsx", title, dates=("slash_time", "slash", "midnight"), paddings=("\n\t", "\u00a0", "\u3000", ""))
    match quarter:
        case 1:
            layout = padded
        case 2:
            layout = Layout("large_xlsx", title, alias=1, dates=("native", "short"), empties=("", "—"))
        case 3:
            # No title: which quarters it covers is read from its rows.
            layout = Layout("csv", encoding="gb18030", dates=("slash_time",), empties=("", "/"))
        case _:
            layout = Layout("html", title, alias=1, dates=("iso", "chinese"))
    return replace(layout, kind="csv", delimiter="\t") if setting.scale >= 20 else layout


def _asked(letter: Row) -> date:
    asked = letter["asked_on"]
    assert isinstance(asked, date)
    return asked


def _is_told(letter: Row, start: date, sent_before: datetime | None) -> bool:
    """New ones, and older ones whose reply came after the last file."""
    replied = letter["replied_on"]
    late_news = sent_before is not None and isinstance(replied, date) and replied > sent_before.date()
    return _asked(letter) >= start or late_news


def _as_known(letter: Row, sent: datetime) -> Row:
    """The letter as it stood when the file was sent."""
    replied = letter["replied_on"]
    if isinstance(replied, date) and replied > sent.date():
        return letter | {"replied_on": None, "reply": None}
    return letter


def _letters(setting: Setting, quarter: int) -> Iterator[Row]:
    rnd, year = setting.random(f"{DATASET}:{quarter}"), setting.year
    words, period = setting.words[DATASET], period_named(f"{year}Q{quarter}")
    span = (period.end - period.start).days + 1
    towns = [unit.label.zh for unit in setting.declarations.units.values() if unit.kind == "town"]
    for serial in range(1, (LETTERS + quarter) * setting.scale + 1):
        on = date.fromordinal(period.start.toordinal() + rnd.randrange(span))
        limit = 6 if (on.month, on.day) >= QUICK_FROM else LIMIT
        days = rnd.choice((1, 2, 3, 5, 8, 13, limit))
        subject = rnd.choice(words["subjects"])
        letter: Row = {
            "letter_number": f"LY{year}{quarter}{serial:05d}",
            "writer_name": words["writer"].format(serial=rnd.randrange(10000)),
            "subject": subject,
            "asked_on": on,
            "body": words["body"].format(town=rnd.choice(towns), subject=subject),
            "reply": words["reply"].format(subject=subject),
            "replied_on": setting.after(on, min(days, limit)),
        }
        if not setting.clean and serial == 7 and quarter == 1:
            letter |= {"replied_on": None, "reply": None}
        if not setting.clean and serial == 9 and quarter == 3:
            letter |= {"asked_on": setting.workdays(year, 8)[3]}
            letter |= {"replied_on": setting.after(_asked(letter), LIMIT + 5)}
        yield letter


def _unreadable(setting: Setting, known: list[Row]) -> list[Row]:
    """Rows whose day cannot be read; more than a twentieth of the file."""
    spelled = setting.words[DATASET]["unreadable"]
    return [
        known[-1 - at % len(known)] | {"letter_number": f"LY{setting.year}9{at:05d}", "asked_on": Written(text)}
        for at, text in enumerate(spelled * setting.scale)
    ]
