"""Decisions of a clerk and changes in the catalogue: no row is lost by them, and none stands that should not."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from flows.night import NightRefused
from flows.rebuilding import rebuild_home
from flows.settings import read_settings
from tests.flows.conftest import one_night
from tests.flows.test_files_again import YEAR, drop, filed, filings, states
from warehouse.home import Home
from warehouse.ledger import open_ledger

NAME = "normative_document_filings"
PACKAGED = Path(__file__).parents[2] / "warehouse" / "datasets"


def held(home: Path) -> str:
    with open_ledger(Home(home), read_only=True) as ledger:
        return str(ledger.deliveries(state="held")[-1]["id"])


def accept(home: Path, delivery: str) -> None:
    with open_ledger(Home(home)) as ledger:
        ledger.accept(delivery, "clerk", "核实过")


def withdraw(home: Path, delivery: str) -> None:
    with open_ledger(Home(home)) as ledger:
        ledger.withdraw(delivery, "报错了", "clerk")


def test_a_good_version_stands_while_a_later_shrunken_one_is_held(bare_home: Path) -> None:
    drop(bare_home, filings(10, unfiled=5), "一.csv")
    one_night(bare_home, YEAR)
    drop(bare_home, filings(10, unfiled=1), "二.csv")
    drop(bare_home, filings(3), "三.csv")
    one_night(bare_home, YEAR)
    assert states(bare_home) == ["replaced", "in_force", "held"] and filed(bare_home) == 9
    withdraw(bare_home, held(bare_home))
    one_night(bare_home, YEAR)
    assert states(bare_home) == ["replaced", "in_force", "withdrawn"] and filed(bare_home) == 9


def test_a_held_file_accepted_on_the_night_of_a_newer_one_gives_way_to_it(bare_home: Path) -> None:
    drop(bare_home, filings(10))
    one_night(bare_home, YEAR)
    drop(bare_home, filings(7))
    one_night(bare_home, YEAR)
    accept(bare_home, held(bare_home))
    drop(bare_home, filings(9), "新.csv")
    one_night(bare_home, YEAR)
    assert states(bare_home) == ["replaced", "replaced", "in_force"] and filed(bare_home) == 9


def test_a_held_file_accepted_after_a_newer_one_takes_its_own_place(bare_home: Path) -> None:
    drop(bare_home, filings(10))
    one_night(bare_home, YEAR)
    drop(bare_home, filings(7))
    one_night(bare_home, YEAR)
    drop(bare_home, filings(9), "新.csv")
    one_night(bare_home, YEAR)
    accept(bare_home, held(bare_home))
    one_night(bare_home, YEAR)
    assert states(bare_home) == ["replaced", "replaced", "in_force"] and filed(bare_home) == 9
    assert rebuild_home(read_settings(bare_home), lambda *_: None).same


def test_a_decision_taken_while_the_night_runs_stands(bare_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import taking

    drop(bare_home, filings(10, unfiled=2))
    one_night(bare_home, YEAR)
    drop(bare_home, filings(10), "更正.csv")
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        (first,) = ledger.in_force(NAME)
    real = taking.archive_files

    def meanwhile(night: object) -> None:
        withdraw(bare_home, first["id"])
        real(night)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(taking, "archive_files", meanwhile)
        one_night(bare_home, YEAR)
    assert states(bare_home) == ["withdrawn", "in_force"]
    one_night(bare_home, YEAR)
    assert filed(bare_home) == 10


def contract(home: Path, text: str | None) -> None:
    path = home / "catalogue" / "datasets" / f"{NAME}.yml"
    if text is None:
        path.unlink()
    else:
        path.write_text(text, "utf-8")


def test_rows_lost_by_a_slip_in_a_contract_are_told_and_come_back_with_its_mending(bare_home: Path) -> None:
    drop(bare_home, filings(10))
    one_night(bare_home, YEAR)
    good = (PACKAGED / f"{NAME}.yml").read_text("utf-8")
    contract(bare_home, good.replace("[印发日期, ", "[引发日期, ").replace("[印发日期", "[引发日期"))
    broken = one_night(bare_home, YEAR)
    assert states(bare_home) == ["refused"]
    assert [one["state"] for one in broken.refused] == ["refused"]
    contract(bare_home, None)
    mended = one_night(bare_home, YEAR)
    assert states(bare_home) == ["in_force"] and filed(bare_home) == 10 and mended.refused == []


def test_a_dataset_that_is_no_longer_declared_stops_no_night(bare_home: Path) -> None:
    own = (PACKAGED / f"{NAME}.yml").read_text("utf-8").replace("报备", "交存")
    path = bare_home / "catalogue" / "datasets" / "county_registers.yml"
    path.write_text(own, "utf-8")
    target = bare_home / "inbox" / "justice_bureau" / "自建.csv"
    target.write_text(
        "文号,制定机关,印发日期,交存日期,交存机关\n样政发〔2024〕1号,样例县司法局,2024-03-04,2024-03-11,市政府\n",
        "utf-8",
    )
    assert one_night(bare_home, YEAR).loaded == 1
    path.unlink()
    assert one_night(bare_home, YEAR).loaded == 0
    path.write_text(own, "utf-8")
    one_night(bare_home, YEAR)
    with open_ledger(Home(bare_home), read_only=True) as ledger:
        assert [row["state"] for row in ledger.deliveries(dataset="county_registers")] == ["in_force"]


def test_a_new_file_that_comes_with_a_new_key_is_compared_by_its_rows(bare_home: Path) -> None:
    own = (PACKAGED / f"{NAME}.yml").read_text("utf-8").replace("报备", "交存")
    path = bare_home / "catalogue" / "datasets" / "county_registers.yml"
    inbox = bare_home / "inbox" / "justice_bureau"
    lines = [f"样政发〔2024〕{n}号,样例县司法局,2024-03-04,2024-03-11,市政府" for n in range(1, 6)]
    for text, count in ((own, 5), (own.replace("filing_authority", "kept_at"), 4)):
        path.write_text(text, "utf-8")
        written = "\n".join(["文号,制定机关,印发日期,交存日期,交存机关", *lines[:count], ""])
        (inbox / "自建.csv").write_text(written, "utf-8")
        assert one_night(bare_home, YEAR).loaded == count


def test_a_date_that_has_not_come_is_refused(bare_home: Path) -> None:
    with pytest.raises(NightRefused, match="还没有到"):
        one_night(bare_home, date.today() + timedelta(days=3))


def test_rebuild_of_a_home_run_past_its_pinned_date(bare_home: Path) -> None:
    with (bare_home / "ducha.toml").open("a", encoding="utf-8") as config:
        config.write("\n")
    config_text = (
        (bare_home / "ducha.toml").read_text("utf-8").replace("[night]\n", "[night]\nbusiness_date = 2025-02-06\n")
    )
    (bare_home / "ducha.toml").write_text(config_text, "utf-8")
    drop(bare_home, filings(10))
    one_night(bare_home, date(2025, 3, 1))
    assert rebuild_home(read_settings(bare_home), lambda *_: None).same


def test_rebuild_counts_by_the_declarations_of_the_night_it_repeats(bare_home: Path) -> None:
    drop(bare_home, filings(10))
    one_night(bare_home, YEAR)
    good = (PACKAGED / f"{NAME}.yml").read_text("utf-8")
    contract(bare_home, good.replace("[印发日期, ", "[引发日期, ").replace("[印发日期", "[引发日期"))
    assert rebuild_home(read_settings(bare_home), lambda *_: None).same
