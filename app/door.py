"""The door in front of the view: nobody passes without a session, and every answer carries the security headers."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.accounts import Accounts
from app.county_rules import read_county_rules
from app.front_page import ICON, front_page, streamlit_options
from app.opening import bring_up_to_date, get_ready
from app.rights import may
from app.sessions import Session, Sessions
from app.sign_in import COOKIE, PAGE_POLICY, PASSWORD, PATHS, Desk
from app.single_sign_on import Provider
from app.upload_room import FULL, MB, UploadRoom
from warehouse.home import Home

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

MAIN = Path(__file__).parent / "main.py"
LOCAL = ("127.0.0.1", "localhost")
STREAM = "/_stcore/stream"
OVER_SECONDS = 2.0
# A file on its way to the page that asked for it: the stream's own number, and one that the page gave the file.
UPLOAD = re.compile(r"/_stcore/upload_file/[0-9a-f-]{36}/[0-9a-f-]{36}")
# For whoever is signed in. Streamlit also serves metrics, logins and an interface for programs: never.
OPEN = ("/", "/favicon.png", "/_stcore/health", "/_stcore/host-config")
# Streamlit styles its page from the script (emotion), so inline style is allowed and inline script is not.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-src 'none'; object-src 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Door:
    """Every request comes through here. Default deny: without a session only the sign-in pages answer."""

    def __init__(self, app: Asgi, desk: Desk, hosts: Iterable[str], files: Iterable[str], room: UploadRoom) -> None:
        self.app, self.desk, self.sessions, self.room = app, desk, desk.sessions, room
        self.hosts = frozenset(hosts)
        self.paths = frozenset([*OPEN, *files])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it: 401 (not signed in), 404 (no such path), 421 (not our host)."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._stream(scope, receive, send)
        elif not self._is_our_host(scope):
            await _answer(421, _guarded(send, scope))
        else:
            await self._request(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.requests import Request
        from starlette.responses import RedirectResponse

        request, path = Request(scope, receive), scope["path"]
        # A page is use; what the browser fetches by itself is not.
        found = self.sessions.use if path == "/" else self.sessions.find
        session = found(_token(scope))
        is_read = scope["method"] in ("GET", "HEAD")
        if path in PATHS and (is_read or scope["method"] == "POST"):
            answer = await self.desk.answer(request, session)
        elif session is None and path == "/" and is_read:
            answer = self.desk.to_sign_in(request)
        elif session is None:
            await _answer(401, _guarded(send, scope))
            return
        elif session.must_change and path == "/":
            answer = RedirectResponse(PASSWORD, 303)
        elif session.must_change or not ((is_read and path in self.paths) or self._is_upload(scope, session)):
            await _answer(404, _guarded(send, scope))
            return
        else:
            await self._let_in(scope, receive, _guarded(send, scope))
            return
        await answer(scope, receive, _guarded(send, scope, PAGE_POLICY))

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a file only while there is room for it (else 507)."""
        with self.room.taking(_header(scope, b"content-length") if scope["method"] == "PUT" else "0") as has_room:
            if has_room:
                await self.app(scope, receive, send)
            else:
                await _answer(507, send, FULL)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A page of another origin may not open our stream: the browser would let it, so we compare the two."""
        origin = urlsplit(_header(scope, b"origin")).netloc
        is_ours = scope["path"] == STREAM and self._is_our_host(scope) and origin == _header(scope, b"host")
        if is_ours and _may_enter(self.sessions.use(_token(scope))):
            await self._while_signed_in(scope, receive, send)
            return
        await receive()
        if "websocket.http.response" in scope.get("extensions", {}):
            headers = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
            await send({"type": "websocket.http.response.start", "status": 403, "headers": headers})
            await send({"type": "websocket.http.response.body", "body": b""})
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _while_signed_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry the stream until it or the session ends; what the reader sends after that is not passed on."""
        token = _token(scope)

        async def received() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not _may_enter(self.sessions.use(token)):
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        async def until_over() -> None:
            while _may_enter(self.sessions.find(token)):
                await asyncio.sleep(OVER_SECONDS)

        stream = asyncio.ensure_future(self.app(scope, received, send))
        over = asyncio.ensure_future(until_over())
        try:
            await asyncio.wait({stream, over}, return_when=asyncio.FIRST_COMPLETED)
            if stream.done():
                stream.result()
            else:
                await send({"type": "websocket.close", "code": 1008})
        finally:
            stream.cancel()
            over.cancel()
            await asyncio.gather(stream, over, return_exceptions=True)

    def _is_upload(self, scope: Scope, session: Session) -> bool:
        """A file that a page of ours sends or takes back. Streamlit holds its own token against its cookie besides."""
        is_ours = urlsplit(_header(scope, b"origin")).netloc == _header(scope, b"host")
        is_known = scope["method"] in ("PUT", "DELETE") and UPLOAD.fullmatch(scope["path"]) is not None
        return is_known and is_ours and may(session.role, "upload")

    def _is_our_host(self, scope: Scope) -> bool:
        return urlsplit(f"//{_header(scope, b'host')}").hostname in self.hosts


def _may_enter(session: Session | None) -> bool:
    return session is not None and not session.must_change


def _token(scope: Scope) -> str:
    """The session's token as the browser sent it; nothing when it sent none."""
    from starlette.requests import HTTPConnection

    return HTTPConnection(scope).cookies.get(COOKIE, "")


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _guarded(send: Send, scope: Scope, policy: str = CONTENT_POLICY) -> Send:
    """`send`, with the security headers put on the first message, over whatever stood there."""
    own = SECURITY_HEADERS | {"content-security-policy": policy}
    if not scope["path"].startswith("/static/"):
        own["cache-control"] = "no-store"

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if name.decode("latin-1").lower() not in own]
            message["headers"] = [*kept, *((name.encode(), value.encode()) for name, value in own.items())]
        await send(message)

    return guarded


async def _answer(status: int, send: Send, said: str = "") -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": (said or str(status)).encode()})


def build_app(
    home: Path,
    hosts: Iterable[str] = LOCAL,
    secure: bool = False,
    accounts: Accounts | None = None,
    sessions: Sessions | None = None,
) -> Asgi:
    """The ASGI app of one home. Sets Streamlit's configuration for this process; needs no config file.

    Sign-in links work only where nobody but this machine can ask. `secure`: the browser talks to us over TLS.
    Refuses (ValueError, OSError) a ducha.toml that does not read: nobody could tell who may sign in.
    """
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, Response
    from starlette.routing import Route
    from streamlit import file_util
    from streamlit.starlette import App
    from streamlit.web.bootstrap import load_config_options

    from app.exports import export_paths, export_routes

    # Flags win over any config.toml that lies in a home directory; STREAMLIT_* variables are not read at all here.
    rules = read_county_rules(Home(home)).view
    load_config_options(streamlit_options(rules.largest_upload_mb))
    os.environ["DUCHA_HOME"] = str(home.resolve())
    static = Path(file_util.get_static_dir())
    index = (static / "index.html").read_text("utf-8")
    # Exactly the files that are there: for any other path Streamlit answers with its own front page.
    files = [f"/{path.relative_to(static).as_posix()}" for path in (static / "static").rglob("*") if path.is_file()]

    async def front(request: Request) -> Response:
        lang = parse_qs(request.url.query).get("lang", ["zh"])[-1]
        return HTMLResponse(front_page(index, "en" if lang == "en" else "zh"))

    async def icon(request: Request) -> Response:
        return Response(ICON, media_type="image/svg+xml")

    place = Home(home.resolve())
    desk, names = _desk(place, frozenset(hosts), secure, accounts or Accounts(place), sessions or Sessions(place))
    routes = [Route("/", front), Route("/favicon.png", icon), *export_routes(place)]
    room = UploadRoom(rules.uploads_together_mb * MB)
    return Door(App(MAIN, routes=routes), desk, names, [*files, *export_paths()], room)


def _desk(
    home: Home, hosts: frozenset[str], secure: bool, accounts: Accounts, sessions: Sessions
) -> tuple[Desk, frozenset[str]]:
    """The desk at the door, and the names under which people reach it: also the one that `[sign_in]` gives."""
    rules = read_county_rules(home).sign_in
    outside = urlsplit(rules.address)
    names = hosts | {outside.hostname} if outside.hostname else hosts
    provider = Provider(rules, accounts.clock) if rules.issuer else None
    secure = secure or outside.scheme == "https"
    return Desk(home, accounts, sessions, names <= set(LOCAL), secure, provider), names


def main(arguments: list[str] | None = None) -> int:
    """Serve the view of one home until SIGTERM or Ctrl-C. Prints only its log.

    Refuses (2) an address that other machines reach while nobody has an account.
    """
    import uvicorn

    parser = argparse.ArgumentParser(prog="app.door")
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("DUCHA_HOME", "./var")))
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default=LOCAL[0])
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if asked.address not in LOCAL and not Accounts(Home(asked.home)).all():
        logging.error("%s is open to other machines, and nobody has an account: `ducha user add` first", asked.address)
        return 2
    try:
        hosts = LOCAL if asked.address in LOCAL else (asked.address,)
        app = build_app(asked.home, hosts, asked.certificate is not None)
    except (ValueError, OSError) as fault:
        logging.error("%s: %s", Home(asked.home).config, fault)
        return 2
    bring_up_to_date(Home(asked.home))
    get_ready()
    # uvicorn raises the signal again once it has closed; without this the exit would read as a crash.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        app,
        host=asked.address,
        port=asked.port,
        access_log=False,
        server_header=False,
        ssl_certfile=asked.certificate,
        ssl_keyfile=asked.key,
        log_config=None,
        log_level="info",
        timeout_graceful_shutdown=2,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
