"""The page of the province: counties compared by one figure, and the way down to a county and its units."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.opening import NothingToShow
from app.screens.province import content, opened_province
from app.viewer import Viewer, read_viewer
from flows.making import make_home
from tests.app.serving import cookie_of, needs_chromium, served
from tests.app.test_view import Reader
from tests.warehouse.conftest import _county
from tests.warehouse.provinces import TRIALS
from warehouse.engine import DuckEngine
from warehouse.home import Home
from warehouse.lake import publish_to_lake
from warehouse.printed import printed
from warehouse.province import build_province

COUNTIES = {"a_county": ("甲县", "County A", 30), "b_county": ("乙县", "County B", 5)}
METRICS = {name: TRIALS[name] for name in ("trial_cents", "trial_not")}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A province's home: no night of its own, and a lake with two counties that was counted once."""
    folder = tmp_path_factory.mktemp("province")
    for seed, (name, (zh, en, rows)) in enumerate(COUNTIES.items()):
        (folder / name).mkdir()
        county = _county(folder / name)
        county.declarations = county.declarations.model_copy(update={"metrics": METRICS})
        chance = random.Random(seed)
        sent = [
            county.deliver(dataset, county.random_rows(chance, dataset, rows))
            for dataset in ("mediation_cases", "penalty_cases")
        ]
        built = county.build(*sent, meta={"county": zh, "county_en": en, "night": f"2025-02-06.{seed + 1}"})
        publish_to_lake(folder / "lake", name, built.path)
    with DuckEngine() as engine:
        build_province(folder / "lake", engine, "duckdb")
    home = Home(folder / "home")
    make_home(home)
    named = home.config.read_text("utf-8").replace("[lake]\n", f'[lake]\nfolder = "{folder / "lake"}"\n')
    home.config.write_text(named, "utf-8")
    return home


def page(home: Home, **asked: str) -> str:
    viewer = read_viewer({"screen": "province", **asked})
    viewer = Viewer(viewer.screen, viewer.lang, viewer.asked, role="leader")
    with opened_province(home, viewer) as province:
        return str(content(province, viewer))


def totals(home: Home, where: str) -> list[dict[str, object]]:
    (path,) = (home.root.parent / "lake" / "province").glob("*.duckdb")
    with DuckEngine(path, read_only=True) as engine:
        return engine.rows(f"SELECT * FROM figures WHERE {where}")


def test_counties_stand_side_by_side_the_largest_first_each_with_its_own_figure(home: Home) -> None:
    shown = page(home, metric="trial_not", period="2024")
    assert shown.index("甲县") < shown.index("乙县") and "trial" not in re.sub(r'href="[^"]*"', "", shown)
    own = totals(home, "metric = 'trial_not' AND period = '2024' AND unit IS NULL AND town IS NULL")
    assert len(own) == 2
    for row in own:
        assert f"<td>{row['numerator']:,.0f}</td>" in shown
    rates = page(home, metric="trial_cents", period="2024")
    for row in totals(home, "metric = 'trial_cents' AND period = '2024' AND unit IS NULL AND town IS NULL"):
        assert f"<td>{printed(METRICS['trial_cents'], row['numerator'], row['denominator'])}</td>" in rates


def test_from_all_counties_to_one_and_to_its_units(home: Home) -> None:
    first = page(home)
    assert "county=a_county" in first and "metric=trial_not" in first and "一致" in first and "不一致" not in first
    county = page(home, county="a_county", period="2024")
    assert "metric=trial_not" in county and "乙县" not in county
    units = page(home, county="a_county", metric="trial_not", period="2024")
    own = totals(home, "county = 'a_county' AND metric = 'trial_not' AND period = '2024' AND unit IS NOT NULL")
    assert own and units.count("<tr>") == len(own) + 1


def test_the_page_speaks_english_too_and_takes_an_unknown_choice_for_none(home: Home) -> None:
    shown = page(home, lang="en", county="nowhere", metric="nothing", period="1999")
    assert "County A" in shown and "the same" in shown and not re.search("[\u4e00-\u9fff]", shown)


def test_a_liaison_and_a_home_without_a_lake_get_a_sentence(home: Home, tmp_path: Path) -> None:
    with pytest.raises(NothingToShow, match="角色"), opened_province(home, Viewer("province", role="liaison")):
        pass
    make_home(Home(tmp_path))
    with pytest.raises(NothingToShow, match="ducha province"), opened_province(Home(tmp_path), Viewer(role="leader")):
        pass


@needs_chromium
def test_a_leader_walks_from_the_province_to_a_unit_on_a_telephone(chromium: Browser, home: Home) -> None:
    (asked,) = totals(
        home, "county = 'a_county' AND metric = 'trial_not' AND period = '2024' AND unit IS NULL AND town IS NULL"
    )
    with served(home.root) as view:
        context = chromium.new_context(viewport={"width": 390, "height": 800})
        context.add_cookies([cookie_of(home.root, view, "leader")])  # type: ignore[list-item]
        reader = Reader(context.new_page())
        reader.page.on("console", lambda said: said.type in ("error", "warning") and reader.faults.append(said.text))
        reader.hosts.add("127.0.0.1")
        reader.open(f"{view}?screen=province&period=2024")
        page = reader.page

        def walk(name: str, then: str) -> None:
            page.get_by_role("link", name=name, exact=True).first.click()
            page.wait_for_url(f"**{then}**")
            page.locator("h2.part").filter(has_text=name).wait_for()
            reader.settle()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390

        assert page.locator("table tbody tr").count() == len(COUNTIES) and "一致" in reader.text()
        page.locator("details.more a").nth(list(METRICS).index("trial_not")).click()
        page.wait_for_url("**metric=trial_not**")
        page.get_by_role("columnheader", name="数值").wait_for()
        shown = page.locator("table tbody tr").filter(has_text="甲县").locator("td").first.inner_text()
        assert shown == f"{asked['numerator']:,.0f}"
        walk("甲县", "county=a_county")
        units = totals(home, "county = 'a_county' AND metric = 'trial_not' AND period = '2024' AND unit IS NOT NULL")
        assert page.locator("table tbody tr").count() == len(units)
        page.get_by_role("navigation").get_by_role("link", name="全省").click()
        page.wait_for_url(re.compile("^(?!.*county=).*screen=province"))
        page.get_by_role("columnheader", name="业务日期").wait_for()
        assert page.locator("table tbody tr").count() == len(COUNTIES) and reader.is_well()
        context.close()
