"""Towns as tiles: a sketch of the county without any map. A tile's number says what its shade says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.markup import Html, anchor, joined, tag
from app.visit import Visit
from warehouse.declarations import Declarations

Row = Mapping[str, Any]
# From here on a sketch says more than the table below it.
FEWEST = 3
# Light to dark, told apart in black and white; on the two darkest the writing is white.
SHADES = 5


def town_tiles(visit: Visit, rows: Sequence[Row], values: Mapping[str, str], links: Mapping[str, str]) -> Html:
    """One tile per town that has a figure, in the order of the roster. `values`, `links`: by town. Few: nothing."""
    viewer = visit.viewer
    towns = towns_of(visit.declarations, rows)
    if len(towns) < FEWEST:
        return Html("")
    shades = shades_of({town: row["value"] for town, row in towns.items()})
    tiles = [
        anchor(
            links[town],
            joined([tag("span", visit.unit_name(town)), tag("b", values[town])]),
            class_=f"tile s{shades[town]}",
        )
        for town in towns
    ]
    title = tag("h2", viewer.say("figure.tiles"), class_="part")
    say = tag("p", viewer.say("figure.tiles_say"), class_="say")
    return joined(
        [title, say, tag("div", joined(tiles), class_="tiles", role="group", aria_label=viewer.say("figure.tiles"))]
    )


def towns_of(declarations: Declarations, rows: Sequence[Row]) -> dict[str, Row]:
    """Per town its figure: as a town of the rows, else as a unit that is judged itself."""
    found = {row["unit"]: row for row in rows if row["unit"]} | {row["town"]: row for row in rows if row["town"]}
    return {name: found[name] for name, unit in declarations.units.items() if unit.kind == "town" and name in found}


def shades_of(values: Mapping[str, object]) -> dict[str, int]:
    """1 to 5 by where a value lies between the least and the most; without a value 0, all alike in the middle."""
    numbers = {name: Decimal(str(value)) for name, value in values.items() if value is not None}
    least, most = min(numbers.values(), default=Decimal(0)), max(numbers.values(), default=Decimal(0))
    middle = (SHADES + 1) // 2
    spread = most - least

    def shade(number: Decimal) -> int:
        return middle if not spread else min(SHADES, 1 + int((number - least) * SHADES / spread))

    return {name: shade(numbers[name]) if name in numbers else 0 for name in values}
