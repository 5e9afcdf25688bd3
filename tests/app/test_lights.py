"""Many standings as one light."""

from __future__ import annotations

from app.lights import Light, county_lights, lights_of, listed_units, places_of, year_to_show


def standing(unit: str | None, period: str, word: str, metric: str | None = "filing_rate") -> dict[str, str | None]:
    return {"unit": unit, "metric": metric, "period": period, "standing": word}


def test_a_red_quarter_is_not_hidden_by_the_green_one_after_it() -> None:
    rows = [standing("a", "2024Q1", "short"), standing("a", "2024Q2", "met"), standing("a", "2025Q1", "missing")]
    assert lights_of(rows, "2024") == {("a", "filing_rate"): Light("short", "2024Q1")}


def test_of_equal_periods_the_latest_is_shown() -> None:
    rows = [standing("a", "2024Q1", "met"), standing("a", "2024Q2", "met"), standing("a", "2024Q3", "not_due")]
    assert lights_of(rows, "2024")["a", "filing_rate"].period == "2024Q2"


def test_the_county_shows_the_worst_of_its_units_and_how_many_stand_so() -> None:
    words = {"a": "short", "b": "met", "c": "short", "d": "not_applicable"}
    lights = lights_of([standing(unit, "2024", word) for unit, word in words.items()], "2024")
    assert county_lights(lights) == {"filing_rate": Light("short", "2024", alike=2, units=3)}


def test_a_county_that_is_judged_itself_shows_its_own_light() -> None:
    lights = lights_of([standing("county", "2024", "met"), standing("a", "2024", "short")], "2024")
    assert county_lights(lights)["filing_rate"].standing == "met"


def test_units_that_fall_short_come_first_and_those_that_did_not_deliver_last() -> None:
    words = {"a": "missing", "b": "met", "c": "not_due", "d": "short", "e": "unsure"}
    lights = lights_of([standing(unit, "2024", word) for unit, word in words.items()], "2024")
    assert listed_units(lights) == (["d", "e", "b", "a"], ["c"])


def test_units_with_as_many_of_each_bad_standing_share_a_place_and_the_missing_have_none() -> None:
    words = {"a": "short", "b": "short", "c": "near", "d": "missing", "e": "met"}
    rows = [standing(unit, "2024", word) for unit, word in words.items()]
    rows.append(standing("b", "2024", "met", metric="filing_on_time_rate"))
    lights = lights_of(rows, "2024")
    places = places_of(lights, listed_units(lights)[0])
    assert places == {"a": (1, True), "b": (1, True), "c": (3, False), "e": (4, False), "d": None}


def test_the_year_shown_is_the_last_whose_yearly_targets_are_judged() -> None:
    rows = [standing("a", "2024", "met"), standing("a", "2025Q1", "short"), standing("a", "2025", "not_due")]
    assert year_to_show(rows, "") == "2024"
    assert year_to_show(rows, "2025") == "2025"
    assert year_to_show([], "2025") is None


def test_promises_about_files_have_no_light_here() -> None:
    assert lights_of([standing("a", "2024", "short", metric=None)], "2024") == {}
