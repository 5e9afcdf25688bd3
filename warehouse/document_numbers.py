"""The numbers of formal documents (○○〔2025〕3号): running in each kind and year, given once, audited."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from warehouse.ledger import DecisionRefused, Ledger
from warehouse.publishing import insert, now

Kind = Literal["notice", "supervision"]


@dataclass(frozen=True)
class NumberedDocument:
    """One document that has its number: to whom, about which findings, until when."""

    kind: Kind
    year: str
    number: int
    unit: str
    findings: tuple[int, ...]
    by_day: date
    on_day: date
    who: str


def take_number(
    ledger: Ledger, kind: Kind, unit: str, findings: Iterable[int], by_day: date, who: str, today: date,
    is_new: bool = False,
) -> NumberedDocument:  # fmt: skip
    """The next number of the kind and year. The same findings keep the number that they have, unless `is_new`.

    Refuses (DecisionRefused) a deadline before today, nobody's name, and another deadline under a number that was
    given: two papers of one number that say different things are worse than two numbers.
    """
    ids = tuple(sorted(set(findings)))
    with ledger.publishing() as tx:
        before = [one for one in numbered_documents(ledger) if (one.kind, one.unit, one.findings) == (kind, unit, ids)]
        if before and not is_new:
            if before[-1].by_day != by_day:
                raise DecisionRefused(
                    f"这些问题已取号 {before[-1].year} 年第 {before[-1].number} 号，期限为 {before[-1].by_day}；"
                    f"要改期限请加 --new 另取新号 / they have number {before[-1].number} of {before[-1].year}, due "
                    f"{before[-1].by_day}; with --new they get another"
                )
            return before[-1]
        if by_day < today:
            raise DecisionRefused(f"期限 {by_day} 已过（今天是 {today}） / {by_day} is over: it is {today}")
        if not who.strip():
            raise DecisionRefused("取号要写经办人 / a number is taken by a person")
        year = str(today.year)
        last = ledger.con.execute(
            "SELECT coalesce(max(number), 0) FROM numbered_documents WHERE kind = ? AND year = ?", (kind, year)
        ).fetchone()[0]
        taken = NumberedDocument(kind, year, int(last) + 1, unit, ids, by_day, today, who.strip())
        row = vars(taken) | {"findings": json.dumps(ids), "at": now()}
        insert(tx.con, "numbered_documents", row)
        tx.audit(taken.who, "document_numbered", {
            "kind": kind, "year": year, "number": taken.number, "unit": unit, "findings": list(ids),
            "by_day": by_day.isoformat(),
        })  # fmt: skip
        return taken


def numbered_documents(ledger: Ledger) -> list[NumberedDocument]:
    """All of them, oldest first; none from a ledger that no later program has opened for writing yet."""
    known = ledger.con.execute("SELECT 1 FROM sqlite_master WHERE name = 'numbered_documents'").fetchone()
    rows: list[Any] = ledger.con.execute("SELECT * FROM numbered_documents ORDER BY id").fetchall() if known else []
    return [
        NumberedDocument(
            row["kind"], row["year"], row["number"], row["unit"], tuple(json.loads(row["findings"])),
            date.fromisoformat(row["by_day"]), date.fromisoformat(row["on_day"]), row["who"],
        )
        for row in rows
    ]  # fmt: skip
