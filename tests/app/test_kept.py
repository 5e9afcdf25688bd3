"""What the view takes from earlier nights: a figure as it was signed, what differs, the office's own ledger."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.screens import changes, operations, rectification
from app.screens.burden import burden
from app.screens.choice import Choice
from app.screens.reported import reported_facts
from app.viewer import Viewer
from app.visit import Visit
from app.workbook import tables_of
from expectations.entered import Entry, enter_finding
from expectations.lifecycle import Person
from warehouse.history import kept_changes
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.report_decisions import sign_report
from warehouse.snapshot import open_snapshot
from warehouse.workdays import Calendar

FILING = Choice("filing_on_time_rate", "2024", None, None)


@pytest.fixture
def home(sample_night: tuple[Path, Any], tmp_path: Path) -> Home:
    """The sample night with a ledger and a history of its own; the snapshot is the shared one."""
    shared, own = Home(sample_night[0]), Home(tmp_path)
    with open_ledger(shared, read_only=True) as ledger:
        ledger.con.execute("VACUUM INTO ?", (str(own.ledger),))
    shutil.copytree(shared.history, own.history)
    own.snapshots.symlink_to(shared.snapshots)
    return own


@contextmanager
def visit_of(home: Home, screen: str = "figure") -> Iterator[Visit]:
    with open_ledger(home) as ledger:
        night = ledger.current_night()
        assert night is not None
        with open_snapshot(home.snapshots / night["snapshot"]) as snapshot:
            yield Visit(home, Viewer(screen, role="steward"), snapshot, ledger, night)


def facts_of(visit: Visit) -> list[tuple[str, object]]:
    found = visit.snapshot.metrics_json(metric=FILING.metric, period=FILING.period)
    chosen = next(row for row in found if row["unit"] is None and row["town"] is None)
    return reported_facts(visit, FILING, chosen)


def test_a_figure_of_a_signed_year_says_whether_it_is_still_the_one_that_was_signed(home: Home) -> None:
    with visit_of(home) as visit:
        assert facts_of(visit) == []
        night = visit.night["id"]
        signed = dict.fromkeys(
            ("snapshot", "declarations_sha256", "figures_sha256", "docx_sha256", "basis_sha256"), "x"
        )
        sign_report(visit.ledger, {**signed, "year": "2024", "night": night}, "王某")
        ((_, said),) = facts_of(visit)
        assert "95.65%（22／23）" in str(said) and "王某" in str(said) and "至今未变" in str(said)
        path = home.history / night / "figures.parquet"
        is_it = (pl.col("metric") == FILING.metric) & (pl.col("period") == "2024") & pl.col("unit").is_null()
        kept = pl.read_parquet(path)
        told = pl.when(is_it).then(pl.lit(Decimal(20))).otherwise(pl.col("numerator")).cast(kept.schema["numerator"])
        kept.with_columns(numerator=told).write_parquet(path)
        ((_, said),) = facts_of(visit)
        assert "20／23" in str(said) and "此后有变化" in str(said)
        assert reported_facts(visit, FILING, None) == []


def test_two_nights_differ_by_what_one_of_them_has_otherwise_or_not_at_all(home: Home, tmp_path: Path) -> None:
    night = next(path.name for path in home.history.iterdir())
    shutil.copytree(home.history / night, home.history / "earlier")
    kept = pl.read_parquet(home.history / night / "figures.parquet")
    first, second = kept.row(0, named=True), kept.row(1, named=True)
    changed = kept.with_row_index().filter(pl.col("index") != 1).drop("index")
    changed[0, "numerator"] = first["numerator"] + 1
    changed.write_parquet(home.history / "earlier" / "figures.parquet")
    key = ("metric", "unit", "town", "period")
    found = {
        tuple(row[name] for name in key): row
        for row in kept_changes(home.history, "earlier", night, "figures", key, ("numerator", "denominator"))
    }
    assert found.keys() == {tuple(row[name] for name in key) for row in (first, second)}
    one, other = (found[tuple(row[name] for name in key)] for row in (first, second))
    assert one["numerator_before"] == one["numerator_after"] + 1 and one["is_before"] and one["is_after"]
    assert not other["is_before"] and other["numerator_after"] == second["numerator"]
    assert kept_changes(home.history, night, night, "standings", ("target", "unit", "period"), ("standing",)) == []
    with visit_of(home, "changes") as visit:
        assert "没有更早的可比" in changes.content(visit)


def test_the_ledger_of_rectifications_has_the_offices_columns_and_every_finding(home: Home) -> None:
    with visit_of(home, "findings") as visit:
        (ledger,) = tables_of(rectification.content(visit))
        names = [said for said, _ in ledger.rows[0]]
        assert names[:5] == ["序号", "来源", "问题", "类型", "责任单位"] and names[-2:] == ["销号日期", "回头看结论"]
        lines = [[said for said, _ in row] for row in ledger.rows[1:]]
        assert [int(line[0]) for line in lines] == [row["id"] for row in visit.findings]
        assert all(line[2] and line[4] and line[8] for line in lines)
        assert not any(line[at] for line in lines for at in (3, 5, 6))


def test_what_is_asked_of_each_unit_counts_every_file_that_was_owed_once(home: Home) -> None:
    with visit_of(home, "deliveries") as visit:
        page = burden(visit, "2024")
        (told,) = tables_of(page)
        owed = [row for row in visit.owed if row["period"][:4] == "2024"]
        lines = [[int(said or 0) for said, _ in row[1:]] for row in told.rows[1:]]
        assert len(lines) == len({row["supplier"] for row in owed})
        assert sum(line[1] for line in lines) == len(owed)
        assert sum(line[4] for line in lines) == sum(row["outcome"] == "missing" for row in owed)
        assert all(line[2] + line[4] + line[5] <= line[1] and line[3] <= line[2] for line in lines)
        whole = (date(2024, 1, 1), date(2024, 12, 31))
        sent = {
            row["sha256"]
            for row in visit.ledger.deliveries()
            if row["state"] in ("in_force", "replaced") and row["coverage_start"] <= whole[1]
            and row["coverage_end"] >= whole[0]
        }  # fmt: skip
        assert f"使用了{len(sent)}份各单位现有的报表" in page


def test_what_the_audit_trail_says_was_done_is_said_in_words(home: Home) -> None:
    with visit_of(home, "operations") as visit:
        for action in ("signed_in", "finding_close", "home_saved", "some_later_action"):
            visit.ledger.append_audit("王某", action, {})
        trail = next(one for one in tables_of(operations.content(visit)) if one.name == "审计记录")
        assert [row[3][0] for row in trail.rows[1:5]] == ["some_later_action", "备份", "问题办理：销号", "登录"]


def test_an_earlier_night_shows_the_findings_that_there_were_then(home: Home) -> None:
    with visit_of(home) as visit:
        before = {row["id"]: row for row in visit.findings}
        entry = Entry(unit="justice_bureau", what="现场没有公示清单", basis="督察记录")
        calendar = Calendar(visit.declarations.holidays)
        entered = enter_finding(visit.ledger, entry, Person("王某", "office"), visit.night["business_date"], calendar)
        earlier = dict(visit.night, id="earlier")
        then = Visit(visit.home, visit.viewer, visit.snapshot, visit.ledger, earlier)
        assert then.is_past and {row["id"] for row in then.findings} == before.keys()
        assert all(row["standing"] == before[row["id"]]["standing"] for row in then.findings)
        assert all(row["sentence_zh"] == before[row["id"]]["sentence_zh"] for row in then.findings)
        later = dict(earlier, finished_at="2999-01-01T00:00:00+00:00")
        (found,) = [
            row for row in Visit(visit.home, visit.viewer, visit.snapshot, visit.ledger, later).findings
            if row["id"] == entered["id"]
        ]  # fmt: skip
        assert "现场没有公示清单" in found["sentence_zh"] and found["state"] == entered["state"]
