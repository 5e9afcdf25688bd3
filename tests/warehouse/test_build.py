"""Deliveries applied to a snapshot: what replaces what, and that no row is ever unaccounted for."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from warehouse.build import BuildError
from warehouse.snapshot import open_snapshot

Row = dict[str, Any]
Q1, Q2 = (date(2024, 1, 1), date(2024, 3, 31)), (date(2024, 4, 1), date(2024, 6, 30))
HALF = (Q1[0], Q2[1])


def aid(number: str, month: int, **more: Any) -> Row:
    return {"case_number": number, "service": "legal_aid", "kind": "civil", "accepted_on": date(2024, month, 5), **more}


def case(number: str, hour: int, **more: Any) -> Row:
    return {
        "case_number": number, "accepted_on": date(2024, 5, 2), "synced_at": datetime(2024, 5, 3, hour),
        "handling_unit": "market_bureau", "sync_mark": "updated", "level": "town", "channel": "counter",
        "can_be_online": True, **more,
    }  # fmt: skip


def held_row(number: str, on: date | None = None, **more: Any) -> Row:
    return {"rule": "required", "column": "kind", "cell": "C9", "value": "", "say": "案件性质为空", "say_en": "empty",
            "_on": on, "raw": f'{{"办件编号": "{number}", "案件编号": "{number}"}}', **more}  # fmt: skip


MAY = (date(2024, 5, 1), date(2024, 5, 31))


def names(path: Path, table: str, what: str = "case_number", where: str = "TRUE") -> list[Any]:
    with open_snapshot(path) as snapshot:
        found = snapshot.engine.rows(f"SELECT {what} AS name FROM {table} WHERE {where} ORDER BY 1")
        return [row["name"] for row in found]


def states(path: Path) -> dict[str, str]:
    with open_snapshot(path) as snapshot:
        return {row["id"]: row["state"] for row in snapshot.deliveries(all_known=True)}


def test_a_replacing_file_is_the_whole_list_of_its_supplier_and_coverage(county: Any) -> None:
    first = county.build(
        county.deliver("legal_aid_cases", [aid("a", 1), aid("b", 2)], Q1, name="first"),
        county.deliver("legal_aid_cases", [aid("c", 4)], Q2, name="second"),
    )
    fixed = county.deliver("legal_aid_cases", [aid("a", 1)], Q1, name="fixed")
    second = county.build(fixed, previous=first.path)
    assert names(second.path, "legal_aid_cases") == ["a", "c"]
    assert states(second.path) == {"first": "replaced", "second": "in_force", "fixed": "in_force"}
    assert names(first.path, "legal_aid_cases") == ["a", "b", "c"]  # last night's file is as it was


def test_what_a_file_covers_only_in_part_stays_and_its_lost_rows_are_listed(county: Any) -> None:
    held = [held_row("x", date(2024, 5, 1)), held_row("y", date(2024, 2, 1)), held_row("z")]
    wide = county.deliver("legal_aid_cases", [aid("a", 1), aid("b", 4)], HALF, name="wide", held=held)
    built = county.build(wide, county.deliver("legal_aid_cases", [aid("c", 5)], Q2, name="late"))
    assert names(built.path, "legal_aid_cases") == ["a", "c"]
    assert states(built.path)["wide"] == "in_force"
    assert names(built.path, "quarantine", "raw::JSON->>'案件编号'") == ["y", "z"]
    with open_snapshot(built.path) as snapshot:
        listed = [(row["_delivery"], row["_row"], row["kind"], row["by_delivery"]) for row in snapshot.listed()]
    assert listed == [("wide", 3, "superseded", "late"), ("wide", 4, "superseded", "late")]


def test_another_suppliers_rows_are_never_replaced_and_their_equal_keys_are_told(county: Any) -> None:
    document = {"document_number": "甲〔2024〕1号", "issued_on": date(2024, 3, 1), "level": "county"}
    built = county.build(
        county.deliver("normative_documents", [document], supplier="justice_bureau", name="one"),
        county.deliver("normative_documents", [document], supplier="market_bureau", name="two"),
    )
    assert len(names(built.path, "normative_documents", "document_number")) == 2
    with open_snapshot(built.path) as snapshot:
        (told,) = snapshot.contradictions()
    assert told == {
        "dataset": "normative_documents", "key": "甲〔2024〕1号", "kind": "two_suppliers",
        "suppliers": "justice_bureau;market_bureau", "deliveries": "one;two", "rows": 2,
    }  # fmt: skip


def test_equal_keys_stay_told_until_one_of_them_goes(county: Any) -> None:
    def told(built: Any) -> list[Any]:
        with open_snapshot(built.path) as snapshot:
            return [(row["dataset"], row["key"], row["deliveries"], row["rows"]) for row in snapshot.contradictions()]

    document = {"document_number": "甲〔2024〕1号", "issued_on": date(2024, 3, 1), "level": "county"}
    other = document | {"document_number": "乙〔2024〕1号"}
    one = county.deliver("normative_documents", [document], supplier="justice_bureau", name="one")
    two = county.deliver("normative_documents", [document, other], supplier="market_bureau", name="two")
    both = [("normative_documents", "甲〔2024〕1号", "one;two", 2)]
    nights = [county.build(one, two)]
    nights.append(county.build(previous=nights[-1].path))
    nights.append(county.build(county.deliver("legal_aid_cases", [aid("a", 1)], Q1), previous=nights[-1].path))
    assert [told(night) for night in nights] == [both] * 3
    three = county.deliver("normative_documents", [other], supplier="tax_bureau", name="three")
    third = county.build(three, previous=nights[-1].path)
    assert told(third) == [("normative_documents", "乙〔2024〕1号", "three;two", 2), *both]
    two_again = county.deliver("normative_documents", [other], supplier="market_bureau", name="two again")
    assert told(county.build(two_again, previous=third.path)) == [
        ("normative_documents", "乙〔2024〕1号", "three;two again", 2)
    ]


def test_upsert_takes_the_later_row_of_a_key_whichever_file_comes_first(county: Any) -> None:
    old = county.deliver("service_cases", [case("a", 8, channel="counter"), case("b", 8)], MAY, name="old")
    new = county.deliver("service_cases", [case("a", 9, channel="online")], MAY, name="new")
    for order in ([old, new], [new, old]):
        built = county.build(*order)
        assert names(built.path, "service_cases", "case_number || channel") == ["aonline", "bcounter"]
        assert states(built.path) == {"old": "in_force", "new": "in_force"}
        with open_snapshot(built.path) as snapshot:
            assert [(row["_delivery"], row["_row"], row["kind"]) for row in snapshot.listed()] == [
                ("old", 2, "superseded")
            ]


def test_a_deletion_mark_removes_its_key_even_from_an_older_file_that_comes_later(county: Any) -> None:
    old = county.deliver("service_cases", [case("a", 8), case("b", 8)], MAY, name="old")
    marks = county.deliver("service_cases", [case("c", 9)], MAY, name="marks", deleted=[case("a", 9)])
    again = county.deliver("service_cases", [case("a", 10)], MAY, name="again")
    for order in ([old, marks], [marks, old]):
        built = county.build(*order)
        assert names(built.path, "service_cases") == ["b", "c"]
        assert names(county.build(again, previous=built.path).path, "service_cases") == ["a", "b", "c"]


def test_a_quarantined_row_is_settled_when_its_key_comes_readable(county: Any) -> None:
    bad = county.deliver("service_cases", [], MAY, name="bad", held=[held_row("a"), held_row("b")])
    built = county.build(bad)
    fixed = county.build(county.deliver("service_cases", [case("a", 9)], MAY, name="fixed"), previous=built.path)
    assert names(fixed.path, "quarantine", "raw::JSON->>'办件编号'") == ["b"]
    with open_snapshot(fixed.path) as snapshot:
        assert [(row["_delivery"], row["by_delivery"]) for row in snapshot.listed()] == [("bad", "fixed")]


def test_a_stock_is_replaced_whole_but_never_by_an_earlier_day(county: Any) -> None:
    def register(year: int, *codes: str) -> Any:
        rows = [{"credit_code": code, "registered_on": date(2020, 1, 1)} for code in codes]
        return county.deliver("enterprises", rows, (date(year, 1, 1), date(year, 12, 31)))

    built = county.build(register(2023, "a", "b"), register(2024, "b", "c"))
    assert names(built.path, "enterprises", "credit_code") == ["b", "c"]
    late = county.build(register(2023, "a"), previous=built.path)
    assert names(late.path, "enterprises", "credit_code") == ["b", "c"]


def test_withdrawing_takes_out_every_row_and_reloading_brings_back_what_it_had_replaced(county: Any) -> None:
    good = county.deliver("legal_aid_cases", [aid("a", 1), aid("b", 2)], Q1, name="good", listed=["title"])
    wrong = county.deliver("legal_aid_cases", [aid("x", 1)], Q1, name="wrong")
    built = county.build(good, wrong)
    withdrawn = county.build(previous=built.path, withdraw=["wrong"])
    assert names(withdrawn.path, "legal_aid_cases") == []
    assert states(withdrawn.path)["wrong"] == "withdrawn"
    again = county.build(good, previous=built.path, reload=["legal_aid_cases"])
    assert names(again.path, "legal_aid_cases") == ["a", "b"]
    assert again.figures_sha256 == county.build(good).figures_sha256


def test_what_the_ledger_took_out_goes_and_what_it_misses_is_refused(county: Any) -> None:
    sent = county.deliver("legal_aid_cases", [aid("a", 1)], Q1, name="sent")
    built = county.build(sent)
    row = {"id": "sent", "state": "in_force", "dataset": "legal_aid_cases", "supplier": "justice_bureau", "night": "N1"}
    with open_snapshot(county.build(sent, deliveries=[row]).path) as snapshot:
        assert [delivery["night"] for delivery in snapshot.deliveries()] == ["N1"]
    row["state"] = "withdrawn"
    assert names(county.build(previous=built.path, deliveries=[row]).path, "legal_aid_cases") == []
    with pytest.raises(BuildError, match="lost is in force and none of its rows are here"):
        county.build(previous=built.path, deliveries=[row | {"id": "lost", "state": "in_force"}])


def test_the_same_delivery_applied_again_changes_nothing(county: Any) -> None:
    sent = county.deliver("service_cases", [case("a", 8)], MAY, name="sent", deleted=[case("b", 9)], listed=["title"])
    built = county.build(sent)
    assert county.build(sent, previous=built.path).figures_sha256 == built.figures_sha256


def test_a_delivery_whose_rows_do_not_tie_is_refused_and_leaves_nothing(county: Any) -> None:
    sent = county.deliver("legal_aid_cases", [aid("a", 1), aid("b", 1)], Q1, name="sent")
    pl.read_parquet(sent.core).head(1).write_parquet(sent.core)
    before = {path.name for path in county.folder.iterdir()}
    with pytest.raises(BuildError, match="delivery sent had 2 rows, 1 are accounted for"):
        county.build(sent)
    assert {path.name for path in county.folder.iterdir()} == before


def test_a_changed_contract_is_refused_until_its_deliveries_are_read_again(county: Any, county_with: Any) -> None:
    built = county.build(county.deliver("legal_aid_cases", [aid("a", 1)], Q1))
    contract = county.declarations.contracts["legal_aid_cases"]
    wider = contract.model_copy(update={"columns": contract.columns | {"office": contract.columns["handled_by"]}})
    changed = county_with(contracts={"legal_aid_cases": wider})
    changed.count = county.count
    with pytest.raises(BuildError, match="“legal_aid_cases” changed"):
        changed.build(previous=built.path)
    sent = changed.deliver("legal_aid_cases", [aid("a", 1, office="甲所")], Q1)
    again = changed.build(sent, previous=built.path, reload=["legal_aid_cases"])
    assert names(again.path, "legal_aid_cases", "office") == ["甲所"]


@pytest.mark.parametrize("seed", range(3))
def test_every_row_stays_accounted_for_through_random_nights(county: Any, seed: int) -> None:
    import random

    chance = random.Random(seed)
    path = None
    for _ in range(4):
        sent = []
        for dataset in chance.sample(sorted(county.declarations.contracts), 5):
            start = date(2024, chance.choice((1, 4)), 1)
            span = (start, date(2024, chance.choice((6, 9, 12)), 30))
            rows = county.random_rows(chance, dataset, 20)
            held = [held_row(f"c{n}", chance.choice((None, date(2024, 5, 1)))) for n in range(3)]
            sent.append(county.deliver(dataset, rows, span, held=held, listed=["title", "total"]))
        path = county.build(*sent, previous=path).path  # its own check refuses rows that do not tie
        with open_snapshot(path) as snapshot:
            for row in snapshot.deliveries():
                own = f"WHERE _delivery = '{row['id']}'"
                tables = (row["dataset"], "quarantine", "listed")
                counts = [snapshot.engine.rows(f"SELECT count(*) AS n FROM {table} {own}")[0]["n"] for table in tables]
                assert sum(counts) == row["rows"]
            loose = "SELECT _delivery FROM {} EXCEPT SELECT id FROM deliveries WHERE state = 'in_force'"
            for table in (*county.declarations.contracts, "quarantine", "listed"):
                assert snapshot.engine.rows(loose.format(table)) == []


def owed(path: Path, dataset: str) -> dict[str, tuple[str, Any]]:
    with open_snapshot(path) as snapshot:
        return {row["period"]: (row["outcome"], row["came_on"]) for row in snapshot.owed(dataset)}


def test_what_is_owed_came_late_or_is_missing_and_a_correction_makes_nobody_late(county: Any) -> None:
    first = county.build(county.deliver("legal_aid_cases", [], Q1, received_on=date(2024, 4, 10), name="one"))
    months = [county.deliver("legal_aid_cases", [], span, received_on=day) for span, day in (
        ((date(2024, 4, 1), date(2024, 4, 30)), date(2024, 5, 3)),
        ((date(2024, 5, 1), date(2024, 6, 30)), date(2024, 7, 20)),
    )]  # fmt: skip
    correction = county.deliver("legal_aid_cases", [aid("a", 1)], Q1, received_on=date(2024, 9, 1), name="two")
    refused = {
        "id": "r", "state": "refused", "dataset": "legal_aid_cases", "supplier": "justice_bureau",
        "received_on": date(2024, 10, 9), "coverage_start": date(2024, 7, 1), "coverage_end": date(2024, 9, 30),
    }  # fmt: skip
    built = county.build(*months, correction, previous=first.path, deliveries=[refused])
    assert owed(built.path, "legal_aid_cases") == {
        "2024Q1": ("came", date(2024, 4, 10)),
        "2024Q2": ("late", date(2024, 7, 20)),
        "2024Q3": ("refused", None),
        "2024Q4": ("missing", None),
    }
    # What is missing heads what is owed.
    assert next(iter(owed(built.path, "legal_aid_cases"))) == "2024Q4"
    in_time = county.build(as_of=date(2024, 4, 5))
    assert owed(in_time.path, "legal_aid_cases") == {"2024Q1": ("not_due", None)}


def test_the_judge_sees_plain_rows_twice_and_its_signals_are_counted_in_between(county: Any) -> None:
    seen: list[tuple[str, Any]] = []

    def judge(inputs: dict[str, Any], stage: str) -> dict[str, Any]:
        weak = [row for row in inputs["figures"] if row["metric"] == "weak_first_responsible_persons"]
        seen.append((stage, inputs | {"weak": [row for row in weak if row["period"] == "2024" and not row["unit"]]}))
        signal = {
            "scorecard": "card", "unit": "market_bureau", "period": "2024", "period_start_on": date(2024, 1, 1),
            "period_end_on": date(2024, 12, 31), "signal": "filing", "standing": "short", "_dataset": "signals",
            "_file": "scorecards/card.yml", "_sheet": "", "_row": 1,
        }  # fmt: skip
        standing = {"target": f"{stage}:x", "unit": "county", "period": "2024", "standing": "short", "every": "year"}
        signals = [signal] if stage == "first" else []
        return {"standings": [standing], "evaluations": [{"target": "x", "success": True}], "signals": signals}

    held = [held_row("z", date(2024, 2, 1)), held_row("y", date(2024, 2, 1))]
    sent = county.deliver("legal_aid_cases", [aid("a", 1)], Q1, held=held, totals_tie=False, key_duplicates=2)
    built = county.build(sent, judge=judge)
    assert [stage for stage, _ in seen] == ["first", "second"] and built.standings == 2
    first, second = seen[0][1], seen[1][1]
    assert first["weak"] == [] and [row["numerator"] for row in second["weak"]] == [1]
    (delivery,) = first["deliveries"]
    assert first["quarantined"] == [
        {"dataset": "legal_aid_cases", "supplier": "justice_bureau", "unit": None, "on": date(2024, 2, 1),
         "period_start": Q1[0], "period_end": Q1[1], "received_on": delivery["received_on"], "rows": 2}
    ]  # fmt: skip
    assert (delivery["rows"], delivery["quarantined"], delivery["totals_tie"], delivery["key_duplicates"]) == (
        3,
        2,
        False,
        2,
    )
    assert (delivery["coverage_start"], delivery["coverage_end"]) == Q1
    owed = {name for name, contract in county.declarations.contracts.items() if contract.due}
    assert {row["dataset"] for row in first["owed"]} == owed


def test_units_that_stand_together_in_one_cell_are_linked_one_by_one(county: Any) -> None:
    suit = {
        "case_number": "行初1",
        "filed_on": date(2024, 4, 1),
        "defendants": "market_bureau; county_government;market_bureau",
    }
    with open_snapshot(county.build(county.deliver("litigation_cases", [suit])).path) as snapshot:
        linked = snapshot.engine.rows("SELECT entity FROM litigation_cases_defendants ORDER BY 1")
        assert [row["entity"] for row in linked] == ["county_government", "market_bureau"]
        (figure,) = snapshot.figures(period="2024", metric="county_defendant_suits", unit=None)
        assert figure["numerator"] == 1


def test_a_copied_file_does_not_grow_night_after_night(county: Any) -> None:
    path = county.build(*county.random_deliveries(1)).path
    sizes = []
    for _ in range(5):
        path = county.build(previous=path).path
        sizes.append(path.stat().st_size)
    assert max(sizes[2:]) <= max(sizes[:2])
