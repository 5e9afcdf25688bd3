"""Many counties counted at once: the figures that each county's own night published, and none of another's rows."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.provinces import SIZES, TRIALS, make_province, metric
from warehouse.by_county import NotByCounty, by_county
from warehouse.engine import DuckEngine
from warehouse.lake import LakeRefused, publish_to_lake, read_county, read_lake
from warehouse.province import build_province, current_province


@pytest.fixture(scope="module", name="province")
def _province(tmp_path_factory: pytest.TempPathFactory, lasting_county: Callable[..., Any]) -> tuple[Path, Any]:
    lake = tmp_path_factory.mktemp("lake")
    return lake, make_province(lake, lambda: lasting_county(metrics=TRIALS))


def counted(lake: Path) -> Any:
    with DuckEngine() as engine:
        return build_province(lake, engine, "duckdb")


def figures(path: Path) -> list[dict[str, Any]]:
    with DuckEngine(path, read_only=True) as engine:
        return engine.rows("SELECT * FROM figures ORDER BY ALL")


def test_every_county_has_the_figures_that_its_own_night_published(province: tuple[Path, Any]) -> None:
    lake, built = province
    made = counted(lake)
    assert made.differing == () and made.counties == len(SIZES) and made.rules == 1
    assert current_province(lake) == made.path
    found = figures(made.path)
    own = [{"county": name, **row} for name, one in sorted(built.items()) for row in figures(one.path)]
    assert found == own and {row["metric"] for row in found} >= set(TRIALS)


def test_a_second_publication_writes_nothing_and_leaves_every_file(province: tuple[Path, Any]) -> None:
    lake, built = province
    files = {path: path.stat().st_mtime_ns for path in lake.rglob("*.parquet")}
    written, held = publish_to_lake(lake, "small_county", built["small_county"].path)
    assert written == 0 and held > 0
    assert files == {path: path.stat().st_mtime_ns for path in lake.rglob("*.parquet")}


def test_only_touched_months_are_written_and_what_was_replaced_goes(province: tuple[Path, Any], tmp_path: Path) -> None:
    lake, snapshot = tmp_path / "lake", tmp_path / "next.duckdb"
    publish_to_lake(lake, "small_county", province[1]["small_county"].path)
    before = read_county(lake, "small_county")
    shutil.copyfile(province[1]["small_county"].path, snapshot)
    with DuckEngine(snapshot) as engine:
        engine.run(
            "UPDATE mediation_cases SET amount_yuan = 7654321 WHERE _row = (SELECT min(_row) FROM mediation_cases)"
        )
        (touched,) = engine.rows(
            "SELECT strftime(_on, '%Y-%m') AS month FROM mediation_cases WHERE amount_yuan = 7654321"
        )
    assert publish_to_lake(lake, "small_county", snapshot) == (1, len(before.parts))
    after = read_county(lake, "small_county")
    changed = set(after.parts) - set(before.parts)
    assert [(part.table, part.month) for part in changed] == [("mediation_cases", touched["month"])]
    standing = {path.relative_to(lake).as_posix() for path in lake.rglob("*.parquet")}
    assert standing == {part.path("small_county") for part in after.parts}


def test_no_name_and_no_text_of_a_cell_leaves_the_county(province: tuple[Path, Any]) -> None:
    lake, _ = province
    with DuckEngine() as engine:
        for table, columns in {
            "mediation_cases": ("party_names", "_file"),
            "penalty_cases": ("party_name", "officer_names"),
            "hotline_tickets": ("subject",),
            "deliveries": ("reasons", "told", "file_name"),
        }.items():
            files = f"read_parquet('{lake}/{table}/*/*/*.parquet')"
            (row,) = engine.rows(
                f"SELECT count(*) AS rows, {', '.join(f'count({one}) AS {one}' for one in columns)} FROM {files}"
            )
            assert row.pop("rows") > 0 and set(row.values()) == {0}, table
    assert not list(lake.glob("penalty_cases_officer_names")) and not list(lake.glob("listed"))


def test_counties_that_count_by_other_rules_are_counted_by_their_own(
    tmp_path: Path, county_with: Callable[..., Any]
) -> None:
    for name, where in {"a_county": "town is null", "b_county": "town is not null"}.items():
        county = county_with()
        own = {"trial_cents": metric("mediation_cases", f"sum(amount_yuan) where {where}")}
        county.declarations = county.declarations.model_copy(update={"metrics": own})
        county.folder = tmp_path / name
        county.folder.mkdir()
        rows = county.random_rows(random.Random(2), "mediation_cases", 40)
        told = {"county": name, "county_en": name, "night": "1"}
        publish_to_lake(tmp_path / "lake", name, county.build(county.deliver("mediation_cases", rows), meta=told).path)
    made = counted(tmp_path / "lake")
    assert (made.rules, made.counties, made.differing) == (2, 2, ())
    sums = {
        row["county"]: row["numerator"] for row in figures(made.path) if (row["period"], row["unit"]) == ("2024", None)
    }
    assert len(set(sums.values())) == 2 and all(sums.values())


def test_two_counties_of_one_name_and_an_empty_lake_are_refused_in_both_languages(
    province: tuple[Path, Any], tmp_path: Path
) -> None:
    lake, built = province
    with pytest.raises(LakeRefused, match=r"湖中.*set this county's own"):
        publish_to_lake(lake, "small_county", built["big_county"].path)
    assert read_county(lake, "small_county").name == "small_county"
    with pytest.raises(LakeRefused, match=r"还没有县的数据.*no county has published"):
        read_lake(tmp_path)
    with pytest.raises(LakeRefused, match="标识"):
        read_county(lake, "../small_county")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a, row_number() OVER (ORDER BY b) FROM t",
        "SELECT a FROM t LIMIT 5",
        "SELECT a FROM t RIGHT JOIN u ON u.a = t.a",
        "SELECT a FROM t JOIN u USING (a)",
        "SELECT a FROM t EXCEPT SELECT a FROM u",
        "SELECT FROM WHERE",
    ],
)
def test_what_would_reach_over_counties_is_refused(sql: str) -> None:
    with pytest.raises(NotByCounty):
        by_county(sql)


def test_a_query_asks_each_county_of_its_own_rows_only() -> None:
    with DuckEngine() as engine:
        engine.run("CREATE TABLE t (county VARCHAR, a INTEGER, b INTEGER); CREATE TABLE u (county VARCHAR, a INTEGER)")
        engine.run(
            "INSERT INTO t VALUES ('x', 1, 1), ('x', 2, 5), ('y', 1, 7), ('y', NULL, 9); INSERT INTO u VALUES ('x', 1)"
        )
        for one, expected in {
            "SELECT sum(t.b) AS n FROM t": [("x", 6), ("y", 16)],
            "SELECT t.b FROM t WHERE t.a IN (SELECT u.a FROM u)": [("x", 1)],
            "SELECT t.b FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a)": [("x", 5), ("y", 7), ("y", 9)],
            "SELECT t.b FROM t LEFT JOIN u ON u.a = t.a WHERE u.a IS NULL": [("x", 5), ("y", 7), ("y", 9)],
            "SELECT t.b FROM t CROSS JOIN u": [("x", 1), ("x", 5)],
            "WITH w AS (SELECT max(t.b) AS m FROM t) SELECT w.m FROM w": [("x", 5), ("y", 9)],
        }.items():
            assert sorted(tuple(row.values()) for row in engine.rows(by_county(one))) == expected, one
