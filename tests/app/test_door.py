"""The front door: accounts, sessions, and every way in without either. Sessions and locks by a given clock."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import sync_playwright
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.accounts import AccountRefused, Accounts
from app.door import LOCAL, build_app
from app.sessions import Sessions
from app.sign_in import COOKIE, FORM_COOKIE
from tests.app.serving import ARGUMENTS, CHROMIUM, cookie_of, needs_chromium, served
from warehouse.home import Home
from warehouse.ledger import open_ledger

OWN = "a-password-of-my-own"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")
ROUTES = (
    *("", "?screen=operations", "favicon.png", "watch.js", "session", "out", "password", "static/css/none.css"),
    *("_stcore/health", "_stcore/host-config", "_stcore/metrics", "_stcore/script-health-check", "_stcore/stream"),
    *("_stcore/agent/openapi.json", "_stcore/upload_file/a/b", "_stcore/allowed-message-origins", "media/a.png"),
    *("healthz", "auth/login", "auth/logout", "oauth2callback", "component/x/index.html", "manifest.json", "nowhere"),
    *("static/../main.py", "app/static/x", "sign-in/", "//sign-in", "%2e%2e/access.sqlite", "enter/../session"),
)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at = datetime(2025, 3, 3, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **by: int) -> None:
        self.at += timedelta(**by)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """To build the app names the home in the environment; what another test finds there is its own."""
    monkeypatch.setenv("DUCHA_HOME", "")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(scope="module")
def county(sample_night: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An own copy of the sample county after one night."""
    return Home(Path(shutil.copytree(sample_night[0], tmp_path_factory.mktemp("door") / "home")))


@pytest.fixture(scope="module")
def view(county: Home) -> Iterator[str]:
    with served(county.root) as address:
        yield address


def actions(home: Home) -> list[tuple[str, str]]:
    with open_ledger(home, read_only=True) as ledger:
        assert ledger.verify_audit() == []
        return [(row["who"], row["action"]) for row in ledger.audit() if row["action"] != "night_published"]


def submit(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Fill in the form of a page and send it, as a browser does."""
    page = client.get(path)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', unescape(page.text)))
    return client.post(path.partition("?")[0], data=hidden | fields)


def sign_in(client: httpx.Client, name: str, password: str, to: str = "") -> httpx.Response:
    return submit(client, f"sign-in?to={to}", name=name, password=password)


def person(home: Home, name: str, role: str, unit: str = "") -> str:
    """An account with a password of its own."""
    accounts = Accounts(home)
    first = accounts.add(name, role, unit, "test")  # type: ignore[arg-type]
    assert accounts.change_password(name, first, OWN) == ""
    return name


def stream(view: str, token: str) -> ClientConnection:
    origin = view.rstrip("/")
    address = origin.replace("http", "ws") + "/_stcore/stream"
    return connect(address, origin=origin, additional_headers={"cookie": f"{COOKIE}={token}"}, proxy=None)  # type: ignore[arg-type]


def test_nothing_but_the_sign_in_page_answers_without_a_session(view: str) -> None:
    with httpx.Client() as client:
        for path in ROUTES:
            for method in METHODS:
                answer = client.request(method, view + path)
                assert answer.status_code == 401, (method, path)
                assert "x-frame-options" in answer.headers and "content-security-policy" in answer.headers
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["referrer-policy"] == "no-referrer" and "server" not in answer.headers
                assert "样例县" not in answer.text or path.partition("?")[0] == ""
        page = client.get(view + "sign-in")
        assert page.status_code == 200 and "国家秘密" in page.text and "样例数据" in page.text
        assert not re.search(r"<script|https?://|src=", page.text)
        assert client.get(view, headers={"host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("token", ["", "no-such-token", "' OR 1=1 --"])
def test_the_stream_is_refused_without_a_session(view: str, token: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        stream(view, token)
    assert refused.value.response.status_code == 403


def test_a_first_password_lets_nobody_further_than_its_change(view: str, county: Home) -> None:
    first = Accounts(county).add("newcomer", "inspector", "", "test")
    with httpx.Client(base_url=view) as client:
        answer = sign_in(client, "newcomer", first, "screen%3Dfigure%26metric%3Dfiling_rate")
        assert answer.headers["location"] == "/password?to=screen%3Dfigure%26metric%3Dfiling_rate"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie
        old = client.cookies[COOKIE]
        assert client.get("/").headers["location"] == "/password"
        assert client.get("_stcore/health").status_code == 404
        with pytest.raises(InvalidStatus):
            stream(view, old)
        for new, again in (
            ("short", "short"),
            (OWN, OWN + "x"),
            (first, first),
            ("x-newcomer-x-12", "x-newcomer-x-12"),
        ):
            assert submit(client, "password", old=first, new=new, again=again).status_code == 403
        to = "password?to=screen%3Dfigure%26metric%3Dfiling_rate"
        assert submit(client, to, old=first, new=OWN, again=OWN).headers["location"].startswith("/sign-in?changed=1")
        assert client.get(view, headers={"cookie": f"{COOKIE}={old}"}).status_code == 401
        answer = sign_in(client, "newcomer", OWN, "screen%3Dfigure%26metric%3Dfiling_rate")
        assert answer.headers["location"] == "/?screen=figure&metric=filing_rate"
        assert client.get("/").status_code == 200
        # A link in a web mailer: the browser comes without its cookie, then goes on by itself.
        onward = re.search(r'url=([^"]+)"', httpx.get(f"{view}?screen=findings&finding=3").text)
        assert onward and client.get(onward[1]).headers["location"] == "/?screen=findings&finding=3"


def test_a_stolen_cookie_is_worth_nothing_after_the_sign_out_and_its_stream_is_cut(view: str, county: Home) -> None:
    token = cookie_of(county.root, view)["value"]
    with httpx.Client(base_url=view, cookies={COOKIE: token}) as client, stream(view, token) as line:
        assert client.get("/").status_code == 200 and client.get("session").status_code == 204
        assert client.get("out").headers["location"].startswith("/sign-in")
        with pytest.raises(ConnectionClosed):
            line.recv(timeout=15)
    assert httpx.get(view, headers={"cookie": f"{COOKIE}={token}"}).status_code == 401
    with pytest.raises(InvalidStatus):
        stream(view, token)
    assert ("demo", "signed_out") in actions(county)


def test_a_lock_ends_what_is_open_and_a_form_of_another_site_signs_nobody_in(view: str, county: Home) -> None:
    name = person(county, "chen", "auditor")
    with httpx.Client(base_url=view) as client:
        client.get("sign-in")
        assert client.post("sign-in", data={"name": name, "password": OWN}).status_code == 403
        forged = {"name": name, "password": OWN, "form": client.cookies[FORM_COOKIE]}
        assert client.post("sign-in", data=forged).status_code == 403
        client.headers["sec-fetch-site"] = "cross-site"
        assert sign_in(client, name, OWN).status_code == 403
        client.headers["sec-fetch-site"] = "same-origin"
        assert COOKIE not in client.cookies
        assert sign_in(client, name, OWN).status_code == 303
        assert submit(client, "password", old="wrong", new=OWN + "2", again=OWN + "2").status_code == 403
        assert client.post("password", data={"old": OWN, "new": OWN + "2", "again": OWN + "2"}).status_code == 403
        Accounts(county).lock(name, "test")
        assert client.get("/").status_code == 401
        assert sign_in(client, name, OWN).status_code == 403


@pytest.mark.parametrize(
    "to",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "%0d%0aset-cookie: a=b", "a=b\r\nx: y", '"><b>'],
)
def test_the_way_back_leads_to_a_page_of_ours_and_nowhere_else(view: str, county: Home, to: str) -> None:
    cookie = {COOKIE: cookie_of(county.root, view)["value"]}
    answer = httpx.get(view + "sign-in", params={"to": to}, cookies=cookie)
    location = answer.headers["location"]
    assert location.startswith("/?") and not urlsplit(location).netloc and "x" not in answer.headers
    assert "a" not in answer.cookies and not set('<>"\r\n') & set(location)


def test_five_bad_passwords_lock_for_half_an_hour(home: Home) -> None:
    clock = Clock()
    accounts = Accounts(home, clock)
    first = accounts.add("wang", "leader", "", "office")
    assert accounts.sign_in("wang", "wrong") is None
    assert accounts.sign_in("wang", first) is not None  # and the count starts again
    for is_open in (True, True, True, True, False):
        assert accounts.sign_in("wang", "wrong") is None
        assert accounts.all()[0].is_open(clock()) == is_open
    assert accounts.sign_in("wang", first) is None
    clock.turn(minutes=29, seconds=59)
    assert not accounts.all()[0].is_open(clock())
    clock.turn(seconds=1)
    assert accounts.sign_in("wang", "wrong") is None
    assert accounts.sign_in("wang", first) is not None
    assert accounts.sign_in("nobody", first) is None and accounts.sign_in("wang", "x" * 10_000) is None
    assert [what for _, what in actions(home)].count("account_locked_out") == 1
    assert [what for _, what in actions(home)].count("sign_in_failed") == 10


def test_every_change_of_an_account_is_in_the_audit_and_ends_its_sessions(home: Home) -> None:
    accounts, sessions = Accounts(home), Sessions(home)
    first = accounts.add("li", "liaison", "health_bureau", "office")
    with pytest.raises(AccountRefused):
        accounts.add("li", "leader", "", "office")
    with pytest.raises(AccountRefused):
        accounts.add("../li", "leader", "", "office")
    account = accounts.all()[0]
    changes = (accounts.lock, accounts.unlock, accounts.reset, accounts.remove)
    for change in changes:
        token = sessions.begin(account)
        found = sessions.find(token)
        assert found and (found.role, found.unit, found.must_change) == ("liaison", "health_bureau", True)
        change("li", "office")
        assert sessions.find(token) is None
        assert change == accounts.unlock or accounts.sign_in("li", first) is None
    with pytest.raises(AccountRefused):
        accounts.reset("li", "office")
    told = [what for who, what in actions(home) if who == "office"]
    assert told == ["account_added", "account_locked", "account_unlocked", "account_reset", "account_removed"]
    kept = (home.root / "access.sqlite").read_bytes()
    assert first.encode() not in kept and token.encode() not in kept
    assert (home.root / "access.sqlite").stat().st_mode & 0o077 == 0


def test_sessions_end_after_half_an_hour_idle_and_twelve_hours_in_all(home: Home) -> None:
    clock = Clock()
    sessions = Sessions(home, clock)
    app = build_app(home.root, sessions=sessions, accounts=Accounts(home, clock))

    def ask(token: str, path: str = "/") -> int:
        async def asked() -> int:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return (await client.get(path, headers={"cookie": f"{COOKIE}={token}"})).status_code

        return asyncio.run(asked())

    token = sessions.enter(sessions.issue_link("inspector")) or ""
    clock.turn(minutes=29)
    assert ask(token) == 200
    clock.turn(minutes=29)
    assert ask(token, "/session") == 204  # the page asks by itself: that is no use
    clock.turn(minutes=1)
    assert (ask(token), ask(token, "/session")) == (401, 401)
    token = sessions.enter(sessions.issue_link("inspector")) or ""
    for _ in range(35):
        clock.turn(minutes=20)
        assert ask(token) == 200
    clock.turn(minutes=20)
    assert ask(token) == 401


def test_a_sign_in_link_works_once_for_ten_minutes_and_on_this_machine_only(home: Home) -> None:
    clock = Clock()
    sessions = Sessions(home, clock)
    link = sessions.issue_link("inspector")
    token = sessions.enter(link)
    assert token and sessions.find(token) and sessions.enter(link) is None
    link = sessions.issue_link("steward")
    clock.turn(minutes=10)
    assert sessions.enter(link) is None and sessions.enter("") is None
    for hosts, status in ((LOCAL, 303), (("10.0.0.8",), 401)):
        app = build_app(home.root, hosts, sessions=sessions)
        link = sessions.issue_link("steward")

        async def asked(app: Any = app, at: str = hosts[0], link: str = link) -> int:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{at}") as client:
                return (await client.get(f"/enter?link={link}")).status_code

        assert asyncio.run(asked()) == status


def test_over_tls_the_cookie_goes_nowhere_else(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    pem = serialization.Encoding.PEM
    (tmp_path / "view.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "view.key").write_bytes(key.private_bytes(pem, *plain))
    tls = ("--certificate", str(tmp_path / "view.pem"), "--key", str(tmp_path / "view.key"))
    link = Sessions(Home(tmp_path / "home")).issue_link("inspector")
    with served(tmp_path / "home", *tls) as view, httpx.Client(base_url=view, verify=False) as client:
        assert view.startswith("https:")
        assert "Secure" in client.get(f"enter?link={link}").headers["set-cookie"]
        assert client.get("/").status_code == 200


@needs_chromium
def test_a_person_signs_in_changes_the_first_password_and_signs_out(view: str, county: Home) -> None:
    first = Accounts(county).add("zhao", "leader", "", "test")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 390, "height": 800})
        hosts: set[str | None] = set()
        page.on("request", lambda asked: hosts.add(urlsplit(asked.url).hostname))
        page.goto(f"{view}?screen=figure&metric=filing_rate&period=2024&lang=en")
        page.wait_for_url("**/sign-in**")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for password in ("not-this-one", first):
            page.fill("#name", "zhao")
            page.fill("#password", password)
            page.click("button")
        page.wait_for_url("**/password**")
        assert "password of your own" in page.inner_text(".said")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for name, value in (("old", first), ("new", OWN), ("again", OWN)):
            page.fill(f"#{name}", value)
        page.click("button")
        page.wait_for_url("**/sign-in?changed**")
        page.fill("#name", "zhao")
        page.fill("#password", OWN)
        page.click("button")
        page.wait_for_selector("p.sentence", timeout=30_000)
        assert "Filing rate of normative documents" in page.inner_text("p.sentence")
        assert page.locator("header.ducha nav a[href*='screen=operations']").count() == 0
        page.click("header.ducha nav a[href^='/out']")
        page.wait_for_url("**/sign-in?out=1**")
        assert "signed out" in page.inner_text(".said")
        assert COOKIE not in {one["name"] for one in page.context.cookies()}
        assert hosts - {"127.0.0.1", None} == set()
        browser.close()
    said = [what for who, what in actions(county) if who == "zhao"]
    assert said == ["sign_in_failed", "signed_in", "password_asked", "password_changed", "signed_in", "signed_out"]
