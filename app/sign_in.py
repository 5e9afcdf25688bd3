"""The pages in front of the view: sign in, change the password, sign out. Own HTML, no script, nothing from outside."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from app.accounts import Accounts
from app.opening import night_now
from app.sessions import Session, Sessions
from app.single_sign_on import BACK, NotSignedIn, Provider
from app.visit import county_name, county_told
from app.wording import Lang, text
from warehouse.home import Home

COOKIE, FORM_COOKIE, TICKET = "ducha_session", "ducha_form", "ducha_sso"
SIGN_IN, PASSWORD, OUT, ENTER, STATE, WATCH = "/sign-in", "/password", "/out", "/enter", "/session", "/watch.js"
SSO = "/sso"
PATHS = frozenset({SIGN_IN, PASSWORD, OUT, ENTER, STATE, WATCH, SSO, BACK})
LARGEST_FORM = 8_000
# Each password costs 64 MB and a core for a moment: more at once would stop the view for those who are in.
AT_ONCE = 2
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# What app/watch.js asks for: whether the session stands, and which night is the current one. It does not count as use.
NIGHT = "ducha-night"
log = logging.getLogger("ducha.door")


class Desk:
    """Answers the paths of `PATHS` for one home."""

    def __init__(
        self,
        home: Home,
        accounts: Accounts,
        sessions: Sessions,
        with_links: bool,
        secure: bool,
        provider: Provider | None = None,
    ) -> None:
        self.home, self.accounts, self.sessions = home, accounts, sessions
        self.with_links, self.secure, self.provider = with_links, secure, provider
        self.with_passwords = provider is None or provider.rules.with_passwords
        self.turns = asyncio.Semaphore(AT_ONCE)

    async def answer(self, request: Request, session: Session | None) -> Response:
        """The answer to one of our own paths; 401 and 404 as the door gives them for any other path."""
        try:
            return await self._answer(request, session)
        except Exception:
            log.exception("%s failed", request.url.path)
            lang = _lang(request.query_params)
            return self._page("broken", text("door.sign_in", lang), lang, 503, said=text("door.broken", lang))

    async def _answer(self, request: Request, session: Session | None) -> Response:
        is_post = request.method == "POST"
        match request.url.path:
            case "/sign-in":
                return await self._take_sign_in(request) if is_post else self._sign_in(request, session)
            case "/enter" if self.with_links and not is_post:
                return self._enter(request)
            case "/sso" if self.provider and not is_post:
                return await self._to_provider(request, self.provider)
            case "/sso/back" if self.provider and not is_post:
                return await self._from_provider(request, self.provider)
            case _ if session is None:
                return PlainTextResponse("401", 401)
            case "/password" if self.with_passwords:
                return await self._take_password(request, session) if is_post else self._password(request, session)
            case "/out" if not is_post:
                return self._out(request)
            case "/session" if not is_post:
                return Response(status_code=204, headers={NIGHT: await run_in_threadpool(night_now, self.home)})
            case "/watch.js" if not is_post:
                return Response(_watcher(), media_type="text/javascript")
        return PlainTextResponse("404", 404)

    def to_sign_in(self, request: Request) -> Response:
        """A page asked for without a session: first to the sign-in page, then back to it.

        Not a redirect: a link in a web mailer comes from another site, so the browser keeps the cookie back. The step
        from this page is one of our own, and whoever is signed in goes straight on.
        """
        lang = _lang(request.query_params)
        onward = f"{SIGN_IN}?to={quote(request.url.query, safe='')}"
        return self._page("continue", text("door.continue", lang), lang, 401, onward=onward)

    def _sign_in(self, request: Request, session: Session | None) -> Response:
        to = _to(request.query_params)
        if session is not None:
            return _redirect(f"{PASSWORD}?to={quote(to, safe='')}" if session.must_change else f"/?{to}")
        lang = _lang(request.query_params)
        said = next((text(f"door.{key}", lang) for key in ("out", "changed") if key in request.query_params), "")
        if not self.accounts.all():
            said = text("door.no_accounts", lang)
        return self._form("sign_in", request, lang, to, said)

    async def _take_sign_in(self, request: Request) -> Response:
        form = await _form(request)
        lang, to = _lang(form), _to(form)
        if not self.with_passwords:
            return self._form("sign_in", request, lang, to, text("door.no_passwords", lang), 403)
        if not _is_ours(request, form, request.cookies.get(FORM_COOKIE, "")):
            return self._form("sign_in", request, lang, to, text("door.old_form", lang), 403)
        async with self.turns:
            account = await run_in_threadpool(self.accounts.sign_in, form.get("name", ""), form.get("password", ""))
        if account is None:
            return self._form("sign_in", request, lang, to, text("door.wrong", lang), 403)
        answer = _redirect(f"{PASSWORD}?to={quote(to, safe='')}" if account.must_change else f"/?{to}")
        self._give(answer, COOKIE, self.sessions.begin(account))
        return answer

    async def _to_provider(self, request: Request, provider: Provider) -> Response:
        lang, to = _lang(request.query_params), _to(request.query_params)
        ticket = request.cookies.get(TICKET) or secrets.token_urlsafe(32)
        try:
            address = await run_in_threadpool(provider.begin, ticket, to)
        except NotSignedIn as why:
            return self._form("sign_in", request, lang, to, text(f"door.sso.{why}", lang), 503)
        answer = _redirect(address)
        # The way back begins at another site: a strict cookie would stay behind. It opens nothing but that way.
        answer.set_cookie(TICKET, ticket, 600, path=SSO, httponly=True, samesite="lax", secure=self.secure)
        return answer

    async def _from_provider(self, request: Request, provider: Provider) -> Response:
        told = request.query_params
        try:
            subject, to = await run_in_threadpool(provider.finish, told, request.cookies.get(TICKET, ""))
        except NotSignedIn as why:
            self.accounts.refuse_entry(str(why))
            lang = _lang(told)
            return self._form("sign_in", request, lang, "", text(f"door.sso.{why}", lang), 403)
        lang = _lang({"to": to})
        account, why_not = await run_in_threadpool(self.accounts.enter_as, subject)
        if account is None:
            said = text(f"door.sso.{why_not}", lang, subject=subject)
            return self._form("sign_in", request, lang, to, said, 403)
        # A page and no redirect, for the reason told at `to_sign_in`: the session's cookie is a strict one.
        onward = f"/?{to}".removesuffix("?")
        answer = self._page("continue", text("door.signed_in", lang), lang, 200, onward=onward)
        self._give(answer, COOKIE, self.sessions.begin(account))
        answer.delete_cookie(TICKET, path=SSO)
        return answer

    def _enter(self, request: Request) -> Response:
        lang = _lang(request.query_params)
        token = self.sessions.enter(request.query_params.get("link", ""))
        if token is None:
            return self._form("sign_in", request, lang, "", text("door.link_gone", lang), 403)
        answer = _redirect("/?lang=en" if lang == "en" else "/")
        self._give(answer, COOKIE, token)
        return answer

    def _password(self, request: Request, session: Session) -> Response:
        lang = _lang(request.query_params)
        said = text("door.change_first", lang) if session.must_change else ""
        return self._form("password", request, lang, _to(request.query_params), said, session=session)

    async def _take_password(self, request: Request, session: Session) -> Response:
        form = await _form(request)
        lang, to = _lang(form), _to(form)
        if not _is_ours(request, form, request.cookies.get(COOKIE, "")):
            return self._form("password", request, lang, to, text("door.old_form", lang), 403, session)
        if form.get("new") != form.get("again"):
            why = "differs"
        else:
            change = self.accounts.change_password
            async with self.turns:
                why = await run_in_threadpool(change, session.who, form.get("old", ""), form.get("new", ""))
        if why:
            return self._form("password", request, lang, to, text(f"door.why.{why}", lang), 403, session)
        answer = _redirect(f"{SIGN_IN}?changed=1&to={quote(to, safe='')}")
        answer.delete_cookie(COOKIE)
        return answer

    def _out(self, request: Request) -> Response:
        self.sessions.end(request.cookies.get(COOKIE, ""))
        lang = _lang(request.query_params)
        answer = _redirect(f"{SIGN_IN}?out=1&to={'lang%3Den' if lang == 'en' else ''}")
        answer.delete_cookie(COOKIE)
        return answer

    def _form(
        self,
        page: str,
        request: Request,
        lang: Lang,
        to: str,
        said: str,
        status: int = 200,
        session: Session | None = None,
    ) -> Response:
        """A page with a form. Its hidden value belongs to a cookie that no other site can read or send."""
        held = request.cookies.get(COOKIE if session else FORM_COOKIE, "")
        fresh = held or secrets.token_urlsafe(32)
        turned = {"lang": "zh" if lang == "en" else "en"}
        turned["to"] = urlencode(dict(parse_qsl(to)) | {"lang": turned["lang"]})
        other = f"{request.url.path}?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in turned.items())
        back = f"/?{to}" if session and not session.must_change else ""
        key = "change" if page == "password" else page
        answer = self._page(page, text(f"door.{key}", lang), lang, status,
                            said=said, form=_form_value(fresh), to=to, other=other, back=back)  # fmt: skip
        if session is None and not held:
            self._give(answer, FORM_COOKIE, fresh)
        return answer

    def _page(self, page: str, title: str, lang: Lang, status: int, **values: object) -> Response:
        county = county_name(self.home, text("door.product", lang), lang)
        sample = text("screens.sample", lang) if county_told(self.home).get("sample") is True else ""
        words = {"say": lambda key: text(f"door.{key}", lang), "sample": sample, "county": county}
        words |= {"sso": SSO if self.provider else "", "with_passwords": self.with_passwords}
        return HTMLResponse(_template().render(page=page, title=title, lang=lang, **words, **values), status)

    def _give(self, answer: Response, name: str, value: str) -> None:
        answer.set_cookie(name, value, path="/", httponly=True, samesite="strict", secure=self.secure)


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True).get_template("door.html.j2")


@cache
def _watcher() -> str:
    return (Path(__file__).parent / "watch.js").read_text("utf-8")


def _redirect(to: str) -> Response:
    return RedirectResponse(to.removesuffix("?"), 303)


def _form_value(held: str) -> str:
    return hmac.new(held.encode(), b"form", "sha256").hexdigest()


def _is_ours(request: Request, form: Mapping[str, str], held: str) -> bool:
    """Whether a form came from our own page: the value of its cookie, and no other site as far as the browser says."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    return bool(held) and site == "same-origin" and hmac.compare_digest(form.get("form", ""), _form_value(held))


def _lang(told: Mapping[str, str]) -> Lang:
    """The language that is asked for, else that of the page which the reader comes from."""
    asked = told.get("lang") or parse_qs(told.get("to", "")).get("lang", ["zh"])[-1]
    return "en" if asked == "en" else "zh"


def _to(told: Mapping[str, str]) -> str:
    """The query of the page to go back to. Only a query, so that no link can lead to another site."""
    return quote(told.get("to", ""), safe="=&%+|-._~:/?")[:4000]


async def _form(request: Request) -> dict[str, str]:
    """A small urlencoded form; of anything else nothing."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            return {}
    found: dict[str, Any] = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[-1] for name, values in found.items()}
