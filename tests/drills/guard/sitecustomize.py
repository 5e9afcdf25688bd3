"""The cable is out: every Python process that finds this file notes and refuses whatever would leave the machine.

`DUCHA_GUARD` names the file of attempts. `DUCHA_FAULTS` plants faults, so that a drill can show that it sees them.
"""

from __future__ import annotations

import os
import sys
from typing import Any

HERE = ("127.0.0.1", "localhost", "::1", "", None)
NOTES = os.environ.get("DUCHA_GUARD")


def _watch(event: str, args: tuple[Any, ...]) -> None:
    match event:
        case "socket.connect" | "socket.sendto" | "socket.sendmsg":
            address = args[1]
            host = address[0] if isinstance(address, tuple) else None  # a path is a socket of this machine
        case "socket.getaddrinfo" | "socket.gethostbyname" | "socket.gethostbyaddr":
            host = args[0]
        case _:
            return
    host = host.decode("latin-1") if isinstance(host, bytes) else host
    if host in HERE or (isinstance(host, str) and host.startswith("127.")):
        return
    with open(str(NOTES), "a", encoding="utf-8") as notes:
        notes.write(f"{event} {host} {sys.argv[:3]}\n")
    raise OSError(f"the cable is out: {event} {host}")


def _plant(faults: str) -> None:
    if "door" not in sys.argv[0] and "app.door" not in sys.orig_argv:
        return
    import contextlib
    import socket
    import time

    import uvicorn

    import app.opening
    import app.sign_in
    import app.wording
    import warehouse.ledger
    import warehouse.masking
    import warehouse.scope

    if "scope" in faults:
        warehouse.scope.Scope.has = lambda self, unit: True  # type: ignore[method-assign]
    if "masking" in faults:
        warehouse.masking.mask_value = lambda kind, value: value  # type: ignore[assignment, return-value]
    if "words" in faults:
        told = app.wording.standing_word
        app.wording.standing_word = lambda one, lang: told("met" if one == "missing" else one, lang)
    if "outbound" in faults:
        opened = app.opening.opened

        def calling(*args: Any) -> Any:
            with contextlib.suppress(OSError), socket.socket() as line:
                line.connect(("192.0.2.1", 9))
            return opened(*args)

        app.opening.opened = calling
    if "moment" in faults:  # as if nothing held the ledger still, and a page took its time

        def looked_up(*args: Any) -> Any:
            night = named(*args)
            time.sleep(1)
            return night

        named, app.opening._night = app.opening._night, looked_up
        app.opening.open_ledger_for = lambda home, scope: warehouse.scope.ScopedLedger(
            warehouse.ledger.open_ledger(home, read_only=True), scope
        )
    if "untold" in faults:
        app.sign_in.night_now = lambda home: ""
    if "headers" in faults:
        serve = uvicorn.run

        def bare(app: Any, **how: Any) -> None:
            async def less(scope: Any, receive: Any, send: Any) -> None:
                async def sent(message: Any) -> None:
                    told = message.get("headers", [])
                    await send(message | {"headers": [one for one in told if one[0] != b"x-frame-options"]})

                await app(scope, receive, sent if scope["type"] == "http" else send)

            serve(less, **how)

        uvicorn.run = bare


if NOTES:
    sys.addaudithook(_watch)
    if os.environ.get("DUCHA_FAULTS"):
        _plant(os.environ["DUCHA_FAULTS"])
