"""The book of letters: what became of each, why a unit got none, and what is told to nobody for a while."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from warehouse.ledger import DecisionRefused, Ledger
from warehouse.publishing import Publishing, Row, insert, unpacked

# A silence is a pause, not a way to make a duty disappear.
LONGEST_SILENCE_DAYS = 92


class SilenceRefused(DecisionRefused):
    """A silence that cannot be. `field` is the column at fault; `str()` is the sentence in both languages."""

    def __init__(self, field: str, say: str) -> None:
        super().__init__(say)
        self.field = field


def letter_log(ledger: Ledger, night: str | None = None, unit: str | None = None) -> list[Row]:
    """The lines of the book, oldest first. Grain: one per letter and what befell it, or per unit told nothing."""
    where = "(:night IS NULL OR night = :night) AND (:unit IS NULL OR unit = :unit)"
    found = ledger.con.execute(
        f"SELECT * FROM letter_log WHERE {where} ORDER BY seq", {"night": night, "unit": unit}
    ).fetchall()
    return [unpacked(row) for row in found]


def hold_back(ledger: Ledger, letter: int, reason: str) -> None:
    """A letter that is due waits all the same: it keeps its place, and the book says why."""
    with ledger.publishing() as tx:
        (row,) = ledger.letters(id=letter)
        tx.con.execute("UPDATE letters SET reason = ? WHERE id = ?", (reason, letter))
        tx.log_letter(row["night"], row["unit"], row["kind"], reason, letter)


def silences(con: sqlite3.Connection, on: date | None = None) -> list[Row]:
    """All silences, or those that hold on a day: from their first day to the last, unless a person ended them."""
    rows = [_days(unpacked(row)) for row in con.execute("SELECT * FROM silences ORDER BY id")]
    return rows if on is None else [row for row in rows if holds(row, on)]


def holds(silence: Mapping[str, Any], on: date) -> bool:
    """Whether a silence holds on a day."""
    ended = silence["ended_on"]
    return bool(silence["from_on"] <= on <= silence["until_on"] and (ended is None or on < ended))


def is_silenced(finding: Mapping[str, Any], held: list[Row]) -> bool:
    """Whether one of these silences covers a finding: all that a silence names must be the finding's."""
    return any(
        row["finding"] in (None, finding["id"])
        and row["unit"] in (None, finding["owner"])
        and row["target"] in (None, finding["target"])
        for row in held
    )


def add_silence(
    ledger: Ledger, until: date, reason: str, who: str, today: date, *, finding: int | None = None,
    unit: str | None = None, target: str | None = None,
) -> int:  # fmt: skip
    """Tell nobody of a finding, a unit's findings or a target's until a day. Returns its number; it is audited.

    Refuses (SilenceRefused): what names none of the three, no reason, an end before today or more than 92 days off.
    """
    with ledger.publishing() as tx:
        return keep_silence(tx, until, reason, who, today, finding=finding, unit=unit, target=target)


def keep_silence(
    tx: Publishing, until: date, reason: str, who: str, today: date, *, finding: int | None = None,
    unit: str | None = None, target: str | None = None,
) -> int:  # fmt: skip
    """The same inside a transaction that does more."""
    row = {
        "finding": finding, "unit": unit, "target": target, "from_on": today, "until_on": until,
        "reason": reason.strip(), "who": who.strip(),
    }  # fmt: skip
    check_silence(tx.con, row)
    number = insert(tx.con, "silences", row)
    tx.audit(who, "silence_added", {"silence": number} | {key: str(value) for key, value in row.items() if value})
    return number


def check_silence(con: sqlite3.Connection, row: Mapping[str, Any]) -> None:
    """Refuse (SilenceRefused) a silence that cannot be: `row` holds its columns, the first day is today."""
    first, until, finding = row["from_on"], row["until_on"], row["finding"]
    if finding is None and row["unit"] is None and row["target"] is None:
        raise SilenceRefused("finding", "请指明暂缓哪个问题、单位或指标 / say which finding, unit or target")
    if not row["reason"] or not row["who"]:
        raise SilenceRefused("reason", "暂缓提示要写原因和经办人 / a silence needs a reason and a person")
    if not first <= until <= first + timedelta(days=LONGEST_SILENCE_DAYS):
        raise SilenceRefused(
            "until_on",
            f"截止日期要在今天（{first}）至 {LONGEST_SILENCE_DAYS} 天之内 / it must end within "
            f"{LONGEST_SILENCE_DAYS} days from today, {first}",
        )
    if finding is not None and not con.execute("SELECT 1 FROM findings WHERE id = ?", (finding,)).fetchone():
        raise SilenceRefused("finding", f"没有编号为 {finding} 的问题 / no finding {finding}")


def end_silence(ledger: Ledger, silence: int, who: str, today: date) -> None:
    """End a silence before its day; the next night tells what is due. Refuses (DecisionRefused) one that is over."""
    with ledger.publishing() as tx:
        close_silence(tx, silence, who, today)


def close_silence(tx: Publishing, silence: int, who: str, today: date) -> None:
    """The same inside a transaction that does more."""
    found = [row for row in silences(tx.con) if row["id"] == silence]
    if not found:
        raise DecisionRefused(f"没有编号为 {silence} 的暂缓提示 / no silence {silence}")
    if not holds(found[0], today):
        raise DecisionRefused(f"暂缓提示 {silence} 已经结束 / the silence {silence} is over")
    tx.con.execute("UPDATE silences SET ended_on = ?, ended_by = ? WHERE id = ?", (today.isoformat(), who, silence))
    tx.audit(who, "silence_ended", {"silence": silence})


def _days(row: Row) -> Row:
    names = ("from_on", "until_on", "ended_on")
    return row | {name: date.fromisoformat(row[name]) for name in names if row[name]}
