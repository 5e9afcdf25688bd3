"""user: the accounts of the view."""

from __future__ import annotations

import getpass
from enum import StrEnum
from typing import Annotated, cast

import typer

from app.rights import ROLES, Role
from app.wording import chosen_lang, text
from flows.commands.shared import (
    HomeOption,
    JsonOption,
    Refused,
    existing_home,
    out,
    print_json,
    print_table,
    say,
    speaks_plainly,
    unit_named,
)

user_app = typer.Typer(
    help="账号 / accounts of the view: add, list, lock, unlock, reset, remove, subject", no_args_is_help=True
)
RoleName = StrEnum("RoleName", {role: role for role in ROLES})  # type: ignore[misc]
NameArgument = Annotated[str, typer.Argument(help="用户名 / a user name")]
SubjectArgument = Annotated[
    str, typer.Argument(metavar="[SUBJECT]", help="编号；不写即取消 / the subject; without one it is taken back")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(user_app, name="user")
    user_app.command("add")(speaks_plainly(add))
    user_app.command("list")(speaks_plainly(list_))
    user_app.command("lock")(speaks_plainly(lock))
    user_app.command("unlock")(speaks_plainly(unlock))
    user_app.command("reset")(speaks_plainly(reset))
    user_app.command("remove")(speaks_plainly(remove))
    user_app.command("subject")(speaks_plainly(subject))


def add(
    name: NameArgument,
    role: Annotated[RoleName, typer.Option("--role", help="角色 / a role of the view")],
    unit: Annotated[str | None, typer.Option("--unit", help="联络员的单位 / a liaison's unit, id or name")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """新建账号 / add an account; its first password is shown once and must be changed."""
    from app.accounts import AccountRefused, Accounts
    from warehouse.declarations import read_declarations

    settings = existing_home(home)
    if (role == "liaison") != bool(unit):
        raise Refused("联络员要写 --unit，其他角色不写 / a liaison needs --unit, any other role has none")
    mine = unit_named(read_declarations(settings.place.catalogue).units, unit) if unit else ""
    try:
        password = Accounts(settings.place).add(name, cast(Role, role.value), mine, getpass.getuser())
    except AccountRefused as refused:
        raise Refused(str(refused)) from None
    if json:
        print_json({"name": name, "role": role.value, "unit": mine, "password": password})
    else:
        out.print(say("user_added", name=name, role=text(f"roles.{role.value}", chosen_lang())))
        out.print(say("user_password", password=password), markup=False)


def list_(home: HomeOption = None, json: JsonOption = False) -> None:
    """账号清单 / every account with its role, unit and state."""
    from app.access_file import this_moment
    from app.accounts import Accounts

    accounts, at = Accounts(existing_home(home).place), this_moment()
    subjects = accounts.subjects()
    rows = [
        {"name": one.name, "role": one.role, "unit": one.unit, "open": one.is_open(at),
         "must_change": one.must_change, "subject": subjects.get(one.name), "signed_in_at": one.signed_in_at}
        for one in accounts.all()
    ]  # fmt: skip
    if json:
        print_json(rows)
        return
    lang = chosen_lang()
    print_table(
        say("users"),
        [say(f"users_{name}") for name in ("name", "role", "unit", "state", "subject", "signed_in")],
        (
            (one["name"], text(f"roles.{one['role']}", lang), one["unit"],
             say("users_open" if one["open"] else "users_locked"), one["subject"], one["signed_in_at"])
            for one in rows
        ),
        say("no_users"),
    )  # fmt: skip


def lock(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """锁定账号 / nobody signs in with it until `unlock`; its open sessions end."""
    _do("lock", name, home, json)


def unlock(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """解锁账号 / take back a lock, also one after bad passwords."""
    _do("unlock", name, home, json)


def reset(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """重置密码 / a new first password, shown once; open sessions end."""
    _do("reset", name, home, json)


def remove(name: NameArgument, home: HomeOption = None, json: JsonOption = False) -> None:
    """删除账号 / take an account away; what it did stays in the audit trail."""
    _do("remove", name, home, json)


def subject(
    name: NameArgument,
    who: Annotated[
        str, typer.Argument(metavar="[SUBJECT]", help="编号；不写即取消 / the subject; none takes it back")
    ] = "",
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """对应统一身份认证的编号 / which person of the identity service an account is; its open sessions end."""
    from app.accounts import AccountRefused, Accounts

    try:
        Accounts(existing_home(home).place).name_subject(name, who.strip(), getpass.getuser())
    except AccountRefused as refused:
        raise Refused(str(refused)) from None
    if json:
        print_json({"name": name, "subject": who.strip() or None})
    else:
        out.print(
            say("user_subject" if who.strip() else "user_no_subject", name=name, subject=who.strip()), markup=False
        )


def _do(what: str, name: str, home: HomeOption, json: bool) -> None:
    from app.accounts import AccountRefused, Accounts

    accounts = Accounts(existing_home(home).place)
    try:
        password = getattr(accounts, what)(name, getpass.getuser())
    except AccountRefused as refused:
        raise Refused(str(refused)) from None
    if json:
        print_json({"name": name, "done": what} | ({"password": password} if password else {}))
        return
    out.print(say(f"user_{what}", name=name))
    if password:
        out.print(say("user_password", password=password), markup=False)
