"""metrics and trace: the figures, and the rows behind each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from app.wording import chosen_lang, judged_word, text
from flows.commands.shared import (
    HomeOption,
    JsonOption,
    Refused,
    UnitOption,
    existing_home,
    out,
    print_json,
    print_table,
    say,
    speaks_plainly,
    unit_named,
)
from flows.settings import Settings
from warehouse.comparing import with_last_year
from warehouse.identity_rows import trace_identity
from warehouse.masking import HIDDEN
from warehouse.provisional import provisional_columns

if TYPE_CHECKING:
    from warehouse.snapshot import Snapshot

COMPARED = ("上年同期 / year before", "变化 / change")
PeriodOption = Annotated[str | None, typer.Option("--period", help="2024, 2024Q1, 2024-05")]


class Side(StrEnum):
    """Which rows of a figure."""

    numerator = "numerator"
    denominator = "denominator"
    shortfall = "shortfall"


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(speaks_plainly(metrics))
    app.command()(speaks_plainly(trace))


@contextmanager
def current_snapshot(settings: Settings) -> Iterator[Snapshot]:
    """The published snapshot, read-only. Refuses a home without one."""
    from warehouse.snapshot import open_current

    snapshot = open_current(settings.place)
    if snapshot is None:
        raise Refused("还没有跑过夜间任务，请先运行 ducha nightly / no night was published yet: run `ducha nightly`")
    try:
        yield snapshot
    finally:
        snapshot.close()


def check_period(period: str | None) -> str | None:
    """A period as people write it. Refuses what is none."""
    from warehouse.periods import period_named

    if period is None:
        return None
    try:
        return period_named(period).name
    except ValueError as error:
        raise Refused(str(error)) from None


def check_unit(snapshot: Snapshot, unit: str | None) -> str | None:
    """A unit's id from its id or name. Refuses an unknown one."""
    return None if unit is None else unit_named(snapshot.declarations.units, unit)


def check_metric(snapshot: Snapshot, metric: str | None) -> str | None:
    """A metric's id. Refuses an unknown one, with the nearest."""
    import difflib

    known = snapshot.declarations.metrics
    if metric is None or metric in known:
        return metric
    near = difflib.get_close_matches(metric, known, n=1)
    hint = f"，是不是 {near[0]} / did you mean {near[0]}" if near else ""
    raise Refused(f"没有指标“{metric}” / no metric “{metric}”{hint}")


def metrics(
    home: HomeOption = None,
    json: JsonOption = False,
    period: PeriodOption = None,
    unit: UnitOption = None,
    metric: Annotated[str | None, typer.Option("--metric", help="指标 id / a metric's id")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="与上年同期比较 / beside the year before")] = False,
) -> None:
    """数字和结论 / figures and standings. Without --unit the county's and every unit's."""
    settings, lang = existing_home(home), chosen_lang()
    with current_snapshot(settings) as snapshot:
        rows = snapshot.metrics_json(
            period=check_period(period), unit=check_unit(snapshot, unit), metric=check_metric(snapshot, metric)
        )
        rows = with_last_year(snapshot, rows) if compare else rows
        labels = {name: getattr(entry.label, lang) for name, entry in snapshot.declarations.metrics.items()}
        units = {name: getattr(entry.label, lang) for name, entry in snapshot.declarations.units.items()}
        few = {name: entry.small_sample for name, entry in snapshot.declarations.metrics.items()}
        notes = [] if json else signed_notes(settings, snapshot, {row["period"][:4] for row in rows})
    if json:
        print_json(rows)
        return
    shown = [row for row in rows if unit or metric or (row["unit"] is None and row["town"] is None)]
    print_table(
        say("standings"),
        ("指标 / metric", "期间 / period", "数值 / figure", "结论 / standing", *(COMPARED if compare else ())),
        (
            (
                f"{labels[row['metric']]}\n[dim]{row['metric']}[/]",
                f"{row['period']}\n{units.get(row['unit'] or row['town'] or '', '')}",
                f"{row['printed']}\n[dim]{_sides(row)}[/]",
                _standing(row, few.get(row["metric"])),
                *(_beside_last_year(row) if compare else ()),
            )
            for row in shown
        ),
        say("no_figures"),
    )
    for note in notes:
        out.print(note)


def _standing(row: dict[str, Any], small_sample: int | None) -> str:
    if not row["standing"]:
        return ""
    word = judged_word(row["standing"], row["denominator"], small_sample, chosen_lang())
    return f"{word}\n[dim]{row['standing']}[/]"


def signed_notes(settings: Settings, snapshot: Snapshot, years: set[str]) -> list[str]:
    """A line per signed year that is shown: by whom, and how many figures changed since."""
    from app.report.changes import changes_of
    from warehouse.ledger import open_ledger
    from warehouse.report_decisions import signed_report

    with open_ledger(settings.place, read_only=True) as ledger:
        signed = {year: found for year in sorted(years) if (found := signed_report(ledger, year))}
    return [
        say(
            "metrics_signed", year=year, who=escape(row["who"]), night=row["night"],
            count=len(changes_of(settings.place, year, row["night"], snapshot)),
        )
        for year, row in signed.items()
    ]  # fmt: skip


def _beside_last_year(row: dict[str, Any]) -> tuple[str, str]:
    """Last year's value and the change: percentage points of a rate, 同比 of a count; a dash where none compares."""
    is_rate = row["kind"] == "rate"
    if row["rule_changed"]:
        return say("no_change"), say("rule_changed", period=row["previous_period"])
    if row["previous"] is None:
        return say("no_change"), say("no_change")
    before = f"{row['previous'] * 100:.1f}%" if is_rate else f"{row['previous']:,g}"
    if row["change"] is None:
        return before, say("no_change")
    if is_rate:
        return before, say("points", change=f"{row['change']:+.1f}")
    share = "" if row["percent"] is None else f" ({row['percent']:+.1f}%)"
    return before, f"{row['change']:+,g}{share}"


def _sides(row: dict[str, Any]) -> str:
    """`22/23` of a rate; a count has one side only."""
    return "" if row["denominator"] is None else f"{_count(row['numerator'])}/{_count(row['denominator'])}"


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def trace(
    metric: Annotated[str, typer.Argument(help="指标 id / a metric's id")],
    home: HomeOption = None,
    json: JsonOption = False,
    period: PeriodOption = None,
    unit: UnitOption = None,
    side: Annotated[Side, typer.Option("--side", help="分子、分母或差距 / which rows")] = Side.denominator,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="最多几行 / at most this many rows")] = None,
) -> None:
    """数字背后的行 / the rows behind a figure, each with its file, sheet and row.

    勾稽关系也可追溯：分子是左边，分母是右边 / of an identity the numerator is its left side, the denominator its right.
    """
    settings = existing_home(home)
    with current_snapshot(settings) as snapshot:
        wanted, whose = check_period(period) or snapshot.meta["as_of"][:4], check_unit(snapshot, unit)
        if metric in snapshot.declarations.identities:
            rows = trace_identity(snapshot, metric, wanted, whose, side=side.value, limit=limit)
        else:
            name = check_metric(snapshot, metric) or ""
            rows = snapshot.trace(name, wanted, unit=whose, side=side.value, limit=limit)
        moving = [provisional_columns(snapshot.declarations, row) for row in rows]
    if json:
        named = zip(rows, moving, strict=True)
        print_json([row | {"provisional": list(names)} for row, names in named] if any(moving) else rows)
        return
    print_table(
        f"{metric} {wanted} {side.value}",
        ("文件 / file", "表 / sheet", "行 / row", "内容 / what it says"),
        (
            (row["_file"], row["_sheet"], row["_row"], _said(row, names))
            for row, names in zip(rows, moving, strict=True)
        ),
        say("no_rows"),
    )
    out.print(f"{len(rows)} 行 / rows")
    if any(moving):
        out.print(say("provisional_rows", count=sum(map(bool, moving))))


def _said(row: dict[str, Any], moving: Sequence[str] = ()) -> str:
    """The cells that say something, by column: what is hidden or empty would only fill the screen."""
    shown = {name: value for name, value in row.items() if not name.startswith("_") and value is not None}
    mark = text("provisional", chosen_lang())
    marks = {name: mark for name in moving}
    return "  ".join(f"{name}={value}{marks.get(name, '')}" for name, value in shown.items() if value != HIDDEN)
