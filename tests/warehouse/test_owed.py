"""Who owes a delivery, under whose name it may come."""

from __future__ import annotations

from datetime import date
from typing import Any

from warehouse.snapshot import open_snapshot


def test_what_an_abolished_unit_owed_its_successor_owes_and_either_name_will_do(county_with: Any) -> None:
    units = county_with().declarations.units
    gone = units["justice_bureau"].model_copy(update={"valid_to": date(2024, 6, 30), "becomes": "approval_bureau"})
    county = county_with(units={"justice_bureau": gone})
    quarters = {f"2024Q{n}": (date(2024, 3 * n - 2, 1), date(2024, 3 * n, 30 + n % 3 % 2)) for n in (1, 2, 3)}
    sent = [
        county.deliver("legal_aid_cases", [], span, received_on=date(2025, 1, 2), supplier=supplier)
        for span, supplier in zip(
            quarters.values(), ("justice_bureau", "approval_bureau", "justice_bureau"), strict=True
        )
    ]
    with open_snapshot(county.build(*sent).path) as snapshot:
        found = {row["period"]: (row["supplier"], row["outcome"]) for row in snapshot.owed("legal_aid_cases")}
        judged = snapshot.declarations.units_for("justice_bureau", date(2024, 9, 30))
    assert found == {
        "2024Q1": ("justice_bureau", "late"),
        "2024Q2": ("justice_bureau", "late"),
        "2024Q3": ("approval_bureau", "late"),
        "2024Q4": ("approval_bureau", "missing"),
    }
    assert judged == ["approval_bureau"]
