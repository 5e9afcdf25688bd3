"""The office's identity provider: who comes back right is let in with the role of our own accounts, and nobody else."""

from __future__ import annotations

import base64
import hmac
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from argon2 import PasswordHasher
from joserfc.jwk import RSAKey
from playwright.sync_api import sync_playwright
from streamlit.runtime import Runtime

from app import accounts
from app.accounts import AccountRefused, Accounts
from app.county_rules import read_county_rules
from app.door import build_app
from app.sessions import Sessions
from app.sign_in import COOKIE, TICKET
from flows.machine_checkups import look_at_sign_in
from flows.settings import read_settings
from tests.app.identity_provider import CLIENT, SECRET, IdentityProvider, standing
from tests.app.serving import ARGUMENTS, CHROMIUM, needs_chromium
from tests.app.test_door import sign_in
from warehouse.home import Home
from warehouse.ledger import open_ledger


class View:
    """The door of a home that knows a provider, on a port of its own, by a clock that a test turns."""

    def __init__(self, address: str, home: Home, issuer: str, more: str = "") -> None:
        self.address, self.home, self.at = address, home, datetime.now(UTC)
        secret = home.root / "sso.secret"
        secret.write_text(SECRET + "\n")
        rules = {"issuer": issuer, "client": CLIENT, "secret_file": secret, "address": address}
        lines = [f'{name} = "{value}"' for name, value in rules.items()]
        home.config.write_text("\n".join(["[sign_in]", *lines, more]))
        self.accounts = Accounts(home, lambda: self.at)

    def app(self) -> Any:
        return build_app(self.home.root, accounts=self.accounts, sessions=Sessions(self.home, lambda: self.at))

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, verify=False)

    def failed(self) -> list[tuple[str, str]]:
        with open_ledger(self.home, read_only=True) as ledger:
            assert ledger.verify_audit() == []
            tries = (row for row in ledger.audit() if row["action"] == "sign_in_failed")
            return [(row["who"], row["detail"]["reason"]) for row in tries]


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with standing(IdentityProvider, "localhost") as made:
        yield made


@pytest.fixture
def view(provider: IdentityProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[View]:
    monkeypatch.setenv("DUCHA_HOME", "")
    monkeypatch.setattr(accounts, "HASHER", PasswordHasher(1, 8, 1))  # what argon2 costs is tested at the door
    monkeypatch.setattr(Runtime, "_instance", None)  # a process has one of it: this test's own, and gone with it
    provider.calm()
    home = Home(tmp_path / "home")
    home.make()
    with standing(lambda address: View(address, home, provider.issuer)) as made:
        made.accounts.add("li", "liaison", "health_bureau", "test")
        made.accounts.name_subject("li", "person-1", "test")
        provider.clock = lambda: made.at
        yield made


def way(client: httpx.Client, to: str = "") -> str:
    """The address with which the provider sends the browser back."""
    out = client.get("/sso", params={"to": to})
    assert out.status_code == 303, out.text
    back = httpx.get(out.headers["location"], verify=False).headers["location"]
    return back.removeprefix(str(client.base_url))


def refused(view: View, client: httpx.Client, answer: httpx.Response, words: str) -> None:
    assert answer.status_code == 403 and words in unescape(answer.text)
    assert COOKIE not in answer.cookies and COOKIE not in client.cookies
    assert client.get("/session").status_code == 401


def test_a_person_comes_in_with_the_role_of_our_accounts_and_goes_on(view: View, provider: IdentityProvider) -> None:
    with view.browser() as client:
        page = client.get("/sign-in?to=screen%3Dfindings%26lang%3Den")
        link = unescape(page.text).split('class="go" href="')[1].split('"')[0]
        assert "Sign in by the identity service" in page.text and "<input" not in page.text
        out = client.get(link)
        asked = parse_qs(urlsplit(out.headers["location"]).query)
        assert out.headers["location"].startswith(provider.issuer) and asked["redirect_uri"] == [
            view.address + "/sso/back"
        ]
        assert "HttpOnly" in out.headers["set-cookie"] and "SameSite=lax" in out.headers["set-cookie"]
        back = httpx.get(out.headers["location"], verify=False).headers["location"]
        answer = client.get(back)
        assert answer.status_code == 200 and 'url=/?screen=findings&lang=en"' in unescape(answer.text)
        cookies = answer.headers.get_list("set-cookie")
        assert any(one.startswith(COOKIE) and "HttpOnly" in one and "SameSite=strict" in one for one in cookies)
        found = Sessions(view.home, lambda: view.at).find(client.cookies[COOKIE])
        # The token says steward and admin: that is not where roles come from.
        assert found and (found.who, found.role, found.unit, found.must_change) == (
            "li",
            "liaison",
            "health_bureau",
            False,
        )
        assert client.get("/session").status_code == 204
        assert client.get("/password").status_code == 404 and client.post("/password").status_code == 404
        view.accounts.lock("li", "test")
        assert client.get("/session").status_code == 401
    kept = b"".join(
        path.read_bytes() for path in view.home.root.rglob("*") if path.is_file() and "secret" not in path.name
    )
    assert SECRET.encode() not in kept and b"an-access-token" not in kept


def flipped(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "==")) | {"sub": "person-1", "admin": True}
    return ".".join([head, base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode(), signature])


def unsigned(claims: dict[str, Any]) -> str:
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts) + "."


def by_public_key(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    """Signed with what everybody can read, as if it were a shared secret."""
    parts = ({"alg": "HS256", "kid": "first"}, claims)
    told = ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in parts)
    signature = hmac.digest(provider.key.as_pem(private=False), told.encode(), "sha256")
    return f"{told}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


CLAIM_FAULTS = {
    "another's nonce": lambda claims: claims.update(nonce="x" * 64),
    "no nonce": lambda claims: claims.pop("nonce"),
    "another's audience": lambda claims: claims.update(aud="another"),
    "no audience": lambda claims: claims.pop("aud"),
    "two audiences and no party": lambda claims: claims.update(aud=[CLIENT, "another"]),
    "another's party": lambda claims: claims.update(azp="another"),
    "another's issuer": lambda claims: claims.update(iss="http://localhost:1"),
    "too old": lambda claims: claims.update(exp=claims["iat"] - 61),
    "from the future": lambda claims: claims.update(iat=claims["iat"] + 61),
    "no end": lambda claims: claims.pop("exp"),
    "an end that is no number": lambda claims: claims.update(exp="never"),
    "no person": lambda claims: claims.update(sub=""),
    "a person that is a list": lambda claims: claims.update(sub=["person-1"]),
    "another's access token": lambda claims: claims.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


def test_a_token_that_is_not_right_in_one_claim_signs_nobody_in(view: View, provider: IdentityProvider) -> None:
    for fault, spoil in CLAIM_FAULTS.items():
        provider.spoil = spoil
        with view.browser() as client:
            print(fault)
            refused(view, client, client.get(way(client)), "未通过核对")
    assert view.failed() == [("unknown", "token")] * len(CLAIM_FAULTS)


def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(view: View, provider: IdentityProvider) -> None:
    other = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
    faults: dict[str, Callable[[dict[str, Any]], str]] = {
        "changed": lambda claims: flipped(provider.sign(claims)),
        "none": unsigned,
        "by the public key": lambda claims: by_public_key(provider, claims),
        "of another key": lambda claims: provider.sign(claims, other),
        "no token at all": lambda claims: "",
    }
    for fault, signed in faults.items():
        provider.signed = signed
        with view.browser() as client:
            print(fault)
            refused(view, client, client.get(way(client)), "未通过核对")
    assert view.failed() == [("unknown", "token")] * len(faults)


def test_the_clocks_may_differ_by_a_minute_and_keys_may_change(view: View, provider: IdentityProvider) -> None:
    for spoil in (
        lambda claims: claims.update(exp=claims["iat"] - 59),
        lambda claims: claims.update(iat=claims["iat"] + 59),
    ):
        provider.spoil = spoil
        with view.browser() as client:
            assert client.get(way(client)).status_code == 200
    first, provider.key = provider.key, RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    view.at += timedelta(minutes=2)
    with view.browser() as client:
        assert client.get(way(client)).status_code == 200
    provider.key = first


def test_a_way_is_walked_once_in_the_browser_that_began_it_within_ten_minutes(view: View) -> None:
    with view.browser() as client, view.browser() as thief:
        back = way(client)
        ticket = client.cookies[TICKET]
        refused(view, thief, thief.get(back), "重新点登录")  # the answer alone, as from a stolen address
        assert client.get(back).status_code == 200
        thief.cookies.set(TICKET, ticket)
        refused(view, thief, thief.get(back), "重新点登录")  # used, even with the cookie
        for other in ("/sso/back", "/sso/back?code=a", "/sso/back?code=a&state=b"):
            refused(view, thief, thief.get(other), "重新点登录")
        late = way(thief)
        view.at += timedelta(minutes=10)
        refused(view, thief, thief.get(late), "重新点登录")
        state = parse_qs(urlsplit(way(thief)).query)["state"][0]
        for wrong, words in ((f"error=access_denied&state={state}", "没有让您登录"),):
            refused(view, thief, thief.get("/sso/back?" + wrong), words)
        mixed = way(thief) + "&iss=http%3A%2F%2Flocalhost%3A1"
        refused(view, thief, thief.get(mixed), "未通过核对")
        foreign = way(thief).replace("code=", "code=x")
        refused(view, thief, thief.get(foreign), "没有应答")


def test_who_has_no_account_or_a_locked_one_is_told_so_and_gets_nothing(view: View, provider: IdentityProvider) -> None:
    provider.spoil = lambda claims: claims.update(sub='<b>person-2"')
    with view.browser() as client:
        answer = client.get(way(client))
        refused(view, client, answer, "没有您的账号")
        assert "<b>" not in answer.text and "&lt;b&gt;person-2" in answer.text
    provider.spoil = lambda claims: claims.update(sub="PERSON-1")
    with view.browser() as client:
        refused(view, client, client.get(way(client, "lang=en")), "no account of yours")
    provider.calm()
    view.accounts.lock("li", "test")
    with view.browser() as client:
        refused(view, client, client.get(way(client)), "已锁定")
    view.accounts.unlock("li", "test")
    with view.browser() as client:
        assert client.get(way(client)).status_code == 200
    assert view.failed() == [("unknown", "unknown"), ("unknown", "unknown"), ("li", "locked")]
    view.accounts.add("sun", "leader", "", "test")
    with pytest.raises(AccountRefused):
        view.accounts.name_subject("sun", "person-1", "test")
    view.accounts.name_subject("li", "", "test")
    with view.browser() as client:
        refused(view, client, client.get(way(client)), "没有您的账号")
    view.accounts.name_subject("sun", "person-1", "test")
    view.accounts.remove("sun", "test")
    assert view.accounts.subjects() == {}


def test_a_local_password_opens_the_door_only_where_that_is_set(view: View, provider: IdentityProvider) -> None:
    first = view.accounts.reset("li", "test")
    with view.browser() as client:
        refused(view, client, sign_in(client, "li", first), "只用统一身份认证")
    home = Home(view.home.root.parent / "second")
    home.make()
    with standing(lambda address: View(address, home, provider.issuer, "local = true\n")) as other:
        first = other.accounts.add("li", "leader", "", "test")
        with other.browser() as client:
            assert "本地账号" in client.get("/sign-in").text
            assert sign_in(client, "li", first).headers["location"] == "/password?to="


def test_a_provider_that_is_down_or_another_is_told_and_the_secret_is_never_logged(
    view: View, provider: IdentityProvider, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.is_down = True
    with view.browser() as client:
        down = client.get("/sso")
        assert down.status_code == 503 and "没有应答" in down.text
        provider.is_down = False
        faults = ({"issuer": "http://localhost:1"}, {"token_endpoint": "http://sso.example/token"}, {"jwks_uri": None})
        for told in faults:
            provider.metadata = told
            assert client.get("/sso").status_code == 503
        provider.metadata = {}
        assert client.get(way(client)).status_code == 200
        (view.home.root / "sso.secret").write_text("wrong")
        with view.browser() as other:
            refused(view, other, other.get(way(other)), "没有应答")
        (view.home.root / "sso.secret").unlink()
        assert client.get("/sso").status_code == 503
        view.home.config.write_text(re.sub("secret_file.*", "", view.home.config.read_text()))
        monkeypatch.setenv("DUCHA_SSO_SECRET", SECRET)
        rules = read_county_rules(view.home).sign_in
        assert rules.client_secret() == SECRET and SECRET not in repr(rules)
    assert provider.told and SECRET not in caplog.text and "code_verifier" not in caplog.text
    assert "an-access-token" not in caplog.text


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ('issuer = "http://sso.example"\nclient = "d"\naddress = "https://a"', "issuer"),
        ('issuer = "https://sso.example"\nclient = "d"', "address"),
        ('issuer = "https://sso.example"\naddress = "https://a"\nsecret = "hush-hush"', "secret"),
        ('issuer = "https://sso.example"\nclient = "d"\naddress = "https://a"\nskew_seconds = 9000', "skew_seconds"),
        ('isuer = "https://sso.example"\nsecret = "hush-hush"', "isuer"),
    ],
)
def test_rules_that_would_let_anybody_in_are_refused_without_telling_the_secret(
    tmp_path: Path, rules: str, named: str
) -> None:
    home = Home(tmp_path)
    home.config.write_text(f"[sign_in]\n{rules}\n")
    with pytest.raises(ValueError, match=named) as refusal:
        read_county_rules(home)
    assert "hush" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    with pytest.raises(ValueError, match=named):
        build_app(home.root)


def test_the_doctor_says_whether_the_provider_answers_and_who_may_read_the_secret(
    view: View, provider: IdentityProvider
) -> None:
    secret = view.home.root / "sso.secret"
    settings = read_settings(view.home.root)
    secret.chmod(0o644)
    assert [(one.state, str(secret) in one.say) for one in look_at_sign_in(settings)] == [
        ("unwell", True),
        ("well", False),
    ]
    secret.chmod(0o600)
    provider.is_down = True
    assert [(one.state, provider.issuer in one.say) for one in look_at_sign_in(settings)] == [("unwell", True)]
    provider.is_down = False
    secret.unlink()
    assert [one.state for one in look_at_sign_in(settings)] == ["unwell"]


@needs_chromium
def test_a_browser_goes_to_the_provider_and_comes_back_from_the_other_site(view: View) -> None:
    """127.0.0.1 and localhost are two sites: strict cookies stay behind on the way, as they would in the office."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = browser.new_page()
        page.goto(f"{view.address}/?screen=findings&lang=en")
        page.wait_for_url("**/sign-in**")
        page.click("a.go")
        page.wait_for_url("**/?screen=findings&lang=en", wait_until="commit")
        held = {one["name"]: one for one in page.context.cookies()}
        assert held[COOKIE]["httpOnly"] and held[COOKIE]["sameSite"] == "Strict" and TICKET not in held
        assert page.request.get(f"{view.address}/session").status == 204
        browser.close()
