"""Who may come in when the house goes up: a sign-in link for a sample county, accounts for all else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from flows.commands.shared import Refused, out, say
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.serve import House

LOOPBACK = "127.0.0.1"


class DemoRole(StrEnum):
    """As whom the sign-in link of a sample county lets in."""

    steward = "steward"
    inspector = "inspector"


def refuse_open_doors(settings: Settings, address: str) -> None:
    """An address that other machines reach needs accounts, and must be the one that people type."""
    from app.accounts import Accounts

    if address == LOOPBACK:
        return
    if address in ("0.0.0.0", "::", ""):
        raise Refused(
            f"--address 要写别人在浏览器里输入的那个地址，不能是“{address}”"
            f" / --address must be the address that people type, not “{address}”"
        )
    if not Accounts(settings.place).all():
        raise Refused(
            f"{address} 可以从别的机器访问，但还没有账号：请先运行 ducha user add"
            f" / {address} is open to other machines and nobody has an account: run `ducha user add` first"
        )


def sign_in_link(house: House, demo: bool, role: DemoRole) -> dict[str, str]:
    """A sign-in link, where a sample county is shown on this machine; else nothing."""
    from app.sessions import Sessions

    settings = house.settings
    if not (demo and settings.county.sample and house.address == LOOPBACK):
        return {}
    return {"sign_in": f"{house.view}/enter?link={Sessions(settings.place).issue_link(role.value)}"}


def say_what_is_open(settings: Settings, addresses: Mapping[str, str]) -> None:
    """Without a link and without an account the view is shut: how to open it. And what others on the line may read."""
    from app.accounts import Accounts

    if LOOPBACK not in addresses["view"] and addresses["view"].startswith("http:"):
        out.print(say("up_plain"))

    if "sign_in" not in addresses and not Accounts(settings.place).all():
        out.print(say("up_no_accounts"))
