"""Rows of text + contract -> core rows | quarantined | listed; the counts always tie."""

from __future__ import annotations

import polars as pl

from warehouse.coverage import Coverage, coverage_of, refuse_stale_title
from warehouse.first_pass import FirstPass
from warehouse.frames import FrameWriter
from warehouse.loaded import LoadContext, Loaded
from warehouse.match import Match
from warehouse.quarantine import SCHEMA
from warehouse.readings import core_schema, fault_columns
from warehouse.row_rules import row_rules
from warehouse.sheets import TextSheet
from warehouse.telling import told_of

TRUNCATED = {"year": "1y", "quarter": "1q", "month": "1mo"}


def load_sheet(sheet: TextSheet, match: Match, context: LoadContext) -> Loaded:
    """Split one sheet into core rows, quarantined rows and listed rows, as four Parquet files in `context.out`.

    Grain: one core row per `contract.key`. Money leaves in yuan, dates as Date, unit names as unit ids.
    Two passes in batches, so that memory does not grow with the file: the first reads and judges each row, the second
    lets rows yield to others of their key and writes the periods, which are known only when all dates are.
    Always rows == loaded + quarantined + listed. Refuses (DeclarationError) a contract whose row rules do not read,
    and (DeliveryRefused) a sheet whose title names another period than all its rows.
    """
    rules = row_rules(context.dataset, context.contract, context.as_of)
    context.out.mkdir(parents=True, exist_ok=True)
    first = FirstPass(sheet, match, context, rules)
    for batch in sheet.batches():
        first.take(batch)
    first.totals.finish()
    coverage = _coverage(first)
    drops = first.keys.drops()
    _set_aside_duplicates(first, drops)
    _list_yielding(first, drops)
    core, deletions = _write_core(first, drops, coverage)
    quarantine = _write_quarantine(first, coverage)
    first.listed.close()
    return _checked(
        Loaded(
            dataset=context.dataset,
            supplier=context.supplier,
            delivery_id=context.delivery_id,
            file=context.file,
            sheet=sheet.name,
            coverage=coverage,
            rows=first.rows,
            loaded=core.rows,
            quarantined=quarantine.rows,
            listed={kind: count for kind, count in sorted(first.kinds.items()) if count},
            reasons=first.reasons.all(),
            told=told_of(first, coverage),
            totals_tie=first.totals.ties,
            key_duplicates=int((drops["kind"] == "duplicate_key").sum()),
            core_path=core.path,
            quarantine_path=quarantine.path,
            listed_path=first.listed.path,
            deletions_path=deletions.path,
        )
    )


def _coverage(first: FirstPass) -> Coverage:
    contract, titles = first.context.contract, (*first.match.titles, first.sheet.name)
    coverage = coverage_of(contract, titles, first.dates, first.context.received_on)
    refuse_stale_title(contract, titles, coverage, first.dates)
    return coverage


def _checked(loaded: Loaded) -> Loaded:
    """P9: no row is silently dropped. If the counts do not tie, the fault is ours and nothing may go on."""
    accounted = loaded.loaded + loaded.quarantined + sum(loaded.listed.values())
    if loaded.rows != accounted:
        raise AssertionError(f"{loaded.file}, {loaded.sheet}: {loaded.rows} rows read, {accounted} accounted for")
    return loaded


def _set_aside_duplicates(first: FirstPass, drops: pl.DataFrame) -> None:
    """Quarantine rows whose key stands in an earlier row with other values. Their text is read again."""
    clashing = drops.filter(kind="duplicate_key")[["_row", "by"]]
    if not clashing.height:
        return
    context, match = first.context, first.match
    key = context.contract.key
    at = match.columns.get(key[0], (0,))[0]
    headers = "、".join(match.headers[match.columns[name][0]] for name in key if name in match.columns)
    placed = pl.concat(
        draft.join(clashing, on="_row", how="semi").select("_row", "_unit", "_on") for draft in first.draft.take_back()
    )
    for batch in first.sheet.batches():
        rows = batch.join(clashing, on="_row", how="inner", maintain_order="left")
        if not rows.height:
            continue
        say = pl.format("与第{}行的{}相同但内容不一致，请只保留正确的一行", "by", pl.lit(headers))
        say_en = pl.format("the same key as row {} with other values", "by")
        faults = rows.select(fault_columns(0, key[0], at, pl.col(f"c{at}"), "duplicate_key", say, say_en))
        first.set_aside(rows.drop("by"), faults, placed)


def _list_yielding(first: FirstPass, drops: pl.DataFrame) -> None:
    yielding = drops.filter(pl.col("kind") != "duplicate_key")
    if not yielding.height:
        return
    # Of a row that was read only its key is kept beside its place: the rest may be personal.
    key = [f"c{first.match.columns[name][0]}" for name in first.context.contract.key if name in first.match.columns]
    for batch in first.sheet.batches():
        found = batch.join(yielding, on="_row", how="inner", maintain_order="left")
        first.list_rows(found.select("_row", *key), found["kind"], found["by"])


def _write_core(first: FirstPass, drops: pl.DataFrame, coverage: Coverage) -> tuple[FrameWriter, FrameWriter]:
    context = first.context
    contract = context.contract
    meta = ("_dataset", "_delivery", "_supplier", "_unit", "_file", "_sheet")
    schema = core_schema(contract) | {name: pl.Date() for name in contract.due_columns}
    schema |= {**{name: pl.String() for name in meta}, "_row": pl.Int32(), "_on": pl.Date(), "_period": pl.Date()}
    core = FrameWriter(context.out / "core.parquet", pl.DataFrame(schema=schema))
    ordered = [contract.order_by] if contract.order_by else []
    keys = {name: schema[name] for name in (*contract.key, *ordered, "_dataset", "_delivery", "_supplier", "_row")}
    deletions = FrameWriter(context.out / "deletions.parquet", pl.DataFrame(schema=keys))
    gone = drops.filter(kind="deletion")
    for draft in first.draft.take_back():
        rows = draft.with_columns(
            _dataset=pl.lit(context.dataset),
            _delivery=pl.lit(context.delivery_id),
            _supplier=pl.lit(context.supplier),
            _file=pl.lit(context.file),
            _sheet=pl.lit(first.sheet.name),
            _period=_period(contract.covers_every, coverage),
        )
        core.append(rows.join(drops, on="_row", how="anti", maintain_order="left") if drops.height else rows)
        if gone.height:
            deletions.append(rows.join(gone, on="_row", how="semi", maintain_order="left"))
    core.close()
    deletions.close()
    first.draft.forget()
    return core, deletions


def _period(every: str | None, coverage: Coverage) -> pl.Expr:
    """The first day of the row's period, held inside what the delivery covers."""
    if every is None:
        return pl.lit(coverage.start)
    first = pl.col("_covers").dt.truncate(TRUNCATED[every])
    last = pl.lit(coverage.end).dt.truncate(TRUNCATED[every])
    return first.clip(pl.lit(coverage.start), last).fill_null(last)


def _write_quarantine(first: FirstPass, coverage: Coverage) -> FrameWriter:
    final = FrameWriter(first.context.out / "quarantine.parquet", pl.DataFrame(schema=SCHEMA))
    for rows in first.quarantine.take_back():
        final.append(rows.with_columns(_period_start=pl.lit(coverage.start), _period_end=pl.lit(coverage.end)))
    final.close()
    first.quarantine.forget()
    return final
