"""Towns as tiles, and what a trend is held against."""

from __future__ import annotations

from decimal import Decimal

from app.screens.tiles import shades_of, towns_of
from warehouse.declarations import read_declarations


def test_a_town_without_a_value_has_no_shade_and_equal_ones_have_the_middle_one() -> None:
    assert shades_of({"a": Decimal(2), "b": Decimal(2), "c": None}) == {"a": 3, "b": 3, "c": 0}
    assert shades_of({}) == {}


def test_shades_run_from_the_least_to_the_most() -> None:
    values = {str(number): Decimal(number) for number in (0, 19, 20, 50, 99, 100)}
    assert shades_of(values) == {"0": 1, "19": 1, "20": 2, "50": 3, "99": 5, "100": 5}


def test_a_town_is_a_tile_by_its_own_figure_in_the_order_of_the_roster() -> None:
    declared = read_declarations()
    towns = [name for name, unit in declared.units.items() if unit.kind == "town"]
    rows = [
        {"unit": towns[1], "town": None, "value": 1},
        {"unit": "justice_bureau", "town": towns[0], "value": 2},
        {"unit": "justice_bureau", "town": None, "value": 3},
    ]
    assert list(towns_of(declared, rows)) == towns[:2]
