"""Files that come again: the same, corrected, smaller, withdrawn; and everything built anew."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from flows.rebuilding import rebuild_home
from flows.sample_county.county import write_sample
from flows.settings import read_settings
from tests.flows.conftest import one_night
from warehouse.home import Home
from warehouse.ledger import open_ledger
from warehouse.snapshot import open_snapshot

HEADER = ["文号", "制定机关", "印发日期", "报备日期", "报备机关"]
YEAR = date(2025, 2, 6)


def filings(count: int, unfiled: int = 0) -> list[list[str]]:
    return [
        [f"样政发〔2024〕{n}号", "样例县司法局", "2024-03-04", "" if n <= unfiled else "2024-03-11", "市政府"]
        for n in range(1, count + 1)
    ]


def drop(home: Path, rows: list[list[str]], name: str = "备案台账.csv") -> Path:
    path = home / "inbox" / "justice_bureau" / name
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="gb18030", newline="") as target:
        csv.writer(target).writerows([HEADER, *rows])
    return path


def states(home: Path) -> list[str]:
    with open_ledger(Home(home), read_only=True) as ledger:
        return [row["state"] for row in ledger.deliveries(dataset="normative_document_filings")]


def filed(home: Path, night: str | None = None) -> int:
    """How many filings the current, or that night's, snapshot holds with a date."""
    with open_ledger(Home(home), read_only=True) as ledger:
        name = ledger.current_snapshot() if night is None else f"{night}.duckdb"
    with open_snapshot(home / "snapshots" / str(name)) as snapshot:
        sql = "SELECT count(filed_on) AS filed FROM normative_document_filings"
        return int(snapshot.engine.rows(sql)[0]["filed"])


def test_the_same_inbox_again_loads_no_row_and_writes_no_letter(copied_sample: Path) -> None:
    write_sample(Home(copied_sample))
    again = one_night(copied_sample)
    assert again.rows == 0 and again.loaded == 0
    assert again.deliveries.get("in_force", 0) == 0 and again.deliveries["duplicate"] >= 26
    assert again.changes == {} and again.letters.get("letter", 0) == 0
    with open_ledger(Home(copied_sample), read_only=True) as ledger:
        first, second = sorted(ledger.nights(state="published"), key=lambda night: night["id"])
    assert first["figures_sha256"] == second["figures_sha256"]


def test_a_night_with_nothing_new_changes_nothing(copied_sample: Path) -> None:
    with open_ledger(Home(copied_sample), read_only=True) as ledger:
        before = ledger.findings()
    one_night(copied_sample)
    with open_ledger(Home(copied_sample), read_only=True) as ledger:
        assert [row["state"] for row in ledger.findings()] == [row["state"] for row in before]


def test_a_corrected_file_replaces_and_the_earlier_night_still_reads_as_it_was(bare_home: Path) -> None:
    drop(bare_home, filings(10, unfiled=2))
    one_night(bare_home, YEAR)
    drop(bare_home, filings(10), "备案台账（更正）.csv")
    one_night(bare_home, YEAR)
    assert states(bare_home) == ["replaced", "in_force"]
    assert filed(bare_home) == 10
    assert filed(bare_home, "2025-02-06.1") == 8


def test_a_withdrawn_correction_is_undone(bare_home: Path) -> None:
    drop(bare_home, filings(10, unfiled=2))
    one_night(bare_home, YEAR)
    drop(bare_home, filings(10))
    one_night(bare_home, YEAR)
    with open_ledger(Home(bare_home)) as ledger:
        ledger.withdraw(ledger.in_force("normative_document_filings")[0]["id"], "报错了", "clerk")
    one_night(bare_home, YEAR)
    assert states(bare_home) == ["in_force", "withdrawn"]
    assert filed(bare_home) == 8


def test_a_shrinking_file_is_held_until_a_person_accepts_it(bare_home: Path) -> None:
    drop(bare_home, filings(10))
    one_night(bare_home, YEAR)
    drop(bare_home, filings(7))
    held = one_night(bare_home, YEAR)
    assert states(bare_home) == ["in_force", "held"] and filed(bare_home) == 10
    assert "20%" in held.refused[0]["say"]
    with open_ledger(Home(bare_home)) as ledger:
        ledger.accept(ledger.deliveries(state="held")[0]["id"], "clerk", "核实过")
    one_night(bare_home, YEAR)
    assert states(bare_home) == ["replaced", "in_force"] and filed(bare_home) == 7


def test_a_file_that_lost_a_row_behind_an_open_finding_is_held(copied_sample: Path) -> None:
    from warehouse.snapshot import open_current

    snapshot = open_current(Home(copied_sample))
    assert snapshot is not None
    with snapshot:
        (late,) = snapshot.trace("filing_on_time_rate", "2024", side="shortfall")
        sql = "SELECT * FROM normative_document_filings ORDER BY _row"
        rows = [row for row in snapshot.engine.rows(sql) if row["document_number"] != late["document_number"]]
    header = [*HEADER, "备案结论"]
    names = {"city_government": "市政府", "county_congress": "县人大", "county_government": "县政府"}
    lines = [
        [row["document_number"], row["drafting_unit"], row["issued_on"], row["filed_on"] or "",
         names[row["filing_authority"]], "合格" if row["conclusion"] else ""]
        for row in rows
    ]  # fmt: skip
    path = copied_sample / "inbox" / "县司法局" / "备案台账.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        csv.writer(target).writerows([header, *lines])
    one_night(copied_sample)
    with open_ledger(Home(copied_sample), read_only=True) as ledger:
        (held,) = ledger.deliveries(state="held")
    assert held["refusal_code"] == "drops_cited_rows" and late["document_number"] in held["say"]


def test_rebuild_of_the_sample_county_gives_the_figures_of_its_night(copied_sample: Path) -> None:
    result = rebuild_home(read_settings(copied_sample), lambda *_: None)
    assert result.same and result.figures > 50_000


def test_rebuild_of_the_sample_county_gives_the_figures_carried_over_three_nights(copied_sample: Path) -> None:
    for reason in ("重报", "报错了"):
        drop(copied_sample, filings(10))
        with open_ledger(Home(copied_sample)) as ledger:
            ledger.withdraw(ledger.in_force("normative_document_filings")[0]["id"], reason, "clerk")
        one_night(copied_sample)
    assert rebuild_home(read_settings(copied_sample), lambda *_: None).same


def test_rebuild_after_a_correction_brings_a_lost_snapshot_back(bare_home: Path) -> None:
    for count in (10, 11):
        drop(bare_home, filings(count))
        one_night(bare_home, YEAR)
    assert states(bare_home) == ["replaced", "in_force"]
    kept = rebuild_home(read_settings(bare_home), lambda *_: None)
    assert kept.same and not kept.published
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        lost = bare_home / "snapshots" / str(ledger.current_snapshot())
    lost.unlink()
    result = rebuild_home(read_settings(bare_home), lambda *_: None)
    assert result.same and result.published and lost.exists() and result.figures > 1000


def test_a_file_in_no_units_folder_is_told_once_and_stays(bare_home: Path) -> None:
    (bare_home / "inbox" / "散落.csv").write_text("文号\n1\n", "utf-8")
    first = one_night(bare_home, YEAR)
    assert [one["file"] for one in first.refused] == ["散落.csv"]
    assert one_night(bare_home, YEAR).refused == []
    assert (bare_home / "inbox" / "散落.csv").exists()


def test_a_scheduled_night_leaves_a_file_that_is_still_being_written(bare_home: Path) -> None:
    from flows.night import run_night

    drop(bare_home, filings(3))
    (bare_home / "inbox" / "justice_bureau" / "~$备案台账.xlsx").write_bytes(b"lock")
    (bare_home / "inbox" / "justice_bureau" / "大表.csv.part").write_bytes(b"half")
    scheduled = run_night(read_settings(bare_home), YEAR, scheduled=True)
    assert scheduled.files == 0 and scheduled.waiting == 1
    assert one_night(bare_home, YEAR).files == 1


def test_a_quarantined_row_that_may_be_late_leaves_the_figure_unsure(bare_home: Path) -> None:
    documents = bare_home / "inbox" / "justice_bureau" / "制定台账.csv"
    with documents.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([
            ["文号", "名称", "文件层级", "制定机关", "印发日期", "合法性审查意见日期", "是否需公平竞争审查"],
            ["样司发〔2024〕1号", "甲办法", "部门", "样例县司法局", "2024-03-04", "2024-03-01", "否"],
            ["样司发〔2024〕2号", "乙办法", "部门", "样例县司法局", "2024-04-01", "2024年13月1日", "否"],
        ])  # fmt: skip
    one_night(bare_home, YEAR)
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        name = ledger.current_snapshot()
    with open_snapshot(bare_home / "snapshots" / str(name)) as snapshot:
        (row,) = snapshot.standings("2024", unit="justice_bureau", target="legal_review_rate")
    assert row["standing"] == "unsure" and (row["numerator"], row["denominator"]) == (1, 1)


def test_a_night_never_runs_backwards(bare_home: Path) -> None:
    from flows.night import NightRefused

    one_night(bare_home, YEAR)
    with pytest.raises(NightRefused, match="不能往回跑"):
        one_night(bare_home, date(2025, 2, 5))


def test_dates_that_did_not_run_are_told_and_covered(bare_home: Path) -> None:
    one_night(bare_home, YEAR)
    later = one_night(bare_home, date(2025, 2, 10))
    assert later.missed == [date(2025, 2, 7), date(2025, 2, 8), date(2025, 2, 9)]
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        assert [row["action"] for row in ledger.audit()].count("night_missed") == 3
    assert one_night(bare_home, date(2025, 2, 11)).missed == []
