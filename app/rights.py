"""Who may see and do what in the view: one small table, default deny. Whose rows they see is warehouse/scope.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from warehouse.scope import Scope

Role = Literal["inspector", "steward", "liaison", "leader", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)
EVERYONE: frozenset[Role] = frozenset(ROLES)
COUNTY: frozenset[Role] = EVERYONE - {"liaison"}
DECIDERS: frozenset[Role] = frozenset({"inspector", "steward", "leader"})
# The office of expectations/lifecycle.py is the steward here. A right that is not named belongs to nobody.
RIGHTS: dict[str, frozenset[Role]] = {
    "tonight": EVERYONE,
    "lights": COUNTY,  # it places the units: alone each would be the first
    "figure": EVERYONE,
    "findings": EVERYONE,
    "deliveries": EVERYONE,
    "check": EVERYONE,
    "responsible": DECIDERS | {"liaison"},
    "priorities": DECIDERS,
    "report": COUNTY,
    "rules": COUNTY,
    "changes": COUNTY,
    "province": COUNTY,  # of a home whose ducha.toml names the lake
    "operations": frozenset({"steward", "auditor"}),
    "move_findings": EVERYONE - {"auditor"},  # which move: expectations/lifecycle.py, by role, unit and state
    "decide_deliveries": frozenset({"steward"}),
    "unmask": frozenset({"inspector", "steward"}),  # a page of rows, for one look, with a reason
    "deliver": frozenset({"steward", "liaison"}),  # a liaison: the own unit's files
    "run_night": frozenset({"steward"}),
    "edit_catalogue": frozenset({"steward"}),
    "upload": EVERYONE - {"auditor"},  # whoever delivers, or hands in evidence with a move
}


def may(role: Role | None, right: str) -> bool:
    """Whether a role has a right; nobody, and a right that the table does not name, never."""
    return role in RIGHTS.get(right, frozenset())


def scope_of(role: Role | None, unit: str) -> Scope:
    """What the read API opens to a reader: a liaison's unit, or the county and the parts that the role has."""
    from warehouse.scope import Scope

    return Scope(
        whole_county=role in COUNTY,
        unit=unit if role == "liaison" else "",
        signals=may(role, "responsible"),
        priorities=may(role, "priorities"),
        operations=may(role, "operations"),
        personal=may(role, "unmask"),
    )
