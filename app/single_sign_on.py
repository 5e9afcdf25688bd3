"""Sign in at the office's identity provider (OpenID Connect, code flow with PKCE): who it is, and nothing more.

What a person may see stands in our own accounts; no role, group or unit is read from a token. Authlib speaks to the
provider and checks the claims; the way of a browser there and back is known to this process alone, for ten minutes.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.access_file import this_moment, token_hash
from app.county_rules import SignInRules, is_safe_address

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session

BACK = "/sso/back"
WAY_LASTS = timedelta(minutes=10)
# More ways at once than a county has people: whoever asks without end pushes out the oldest, not the memory.
MOST_WAYS = 2000
PROVIDER_SECONDS = 10
TOLD_FOR = timedelta(hours=1)
ASK_AGAIN = timedelta(minutes=1)
LONGEST_SUBJECT = 256
# Signatures that only the provider can make: none with a shared secret, and never “none”.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
KEYS = ("RSA", "EC")
log = logging.getLogger("ducha.door")


class NotSignedIn(Exception):
    """`str()` is the reason: `way` (not begun here, used, too old), `refused`, `provider` or `token`."""


@dataclass(frozen=True)
class Way:
    """One browser on its way to the provider. `ticket`: the hash of the cookie that it must bring back."""

    ticket: str
    nonce: str
    verifier: str
    to: str
    ends_at: datetime


class Provider:
    """The provider of one home, as `[sign_in]` of ducha.toml names it."""

    def __init__(self, rules: SignInRules, clock: Callable[[], datetime] = this_moment) -> None:
        self.rules, self.clock = rules, clock
        self.ways: dict[str, Way] = {}
        self.held: dict[str, tuple[datetime, Any]] = {}
        self.lock = threading.Lock()

    def begin(self, ticket: str, to: str) -> str:
        """The address at the provider where the browser that holds `ticket` signs in, to come back for `to`.

        Refuses (NotSignedIn, `provider`) while the provider does not say where that is.
        """
        told, at = self._told(), self.clock()
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        way = Way(token_hash(ticket), nonce, verifier, to, at + WAY_LASTS)
        with self.lock:
            self.ways = {key: one for key, one in self.ways.items() if one.ends_at > at}
            for oldest in list(self.ways)[: len(self.ways) - MOST_WAYS + 1]:
                del self.ways[oldest]
            self.ways[state] = way
        with self._client(told) as client:
            address, _ = client.create_authorization_url(
                told["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(address)

    def look(self) -> None:
        """Whether people could sign in now. Refuses (NotSignedIn, `provider`) a provider that does not say where."""
        self._client(self._told()).close()

    def finish(self, answer: Mapping[str, str], ticket: str) -> tuple[str, str]:
        """Who came back (the value of the declared claim) and where the browser was going. A way is walked once.

        Refuses (NotSignedIn) anything that is not, in every point, the answer to a way that this browser began.
        """
        way = self._take(answer.get("state", ""), ticket)
        if answer.get("iss", self.rules.issuer) != self.rules.issuer:
            raise NotSignedIn("token")
        if "error" in answer or not answer.get("code"):
            raise NotSignedIn("refused")
        told = self._told()
        token = self._exchange(told, answer["code"], way.verifier)
        claims = self._claims(told, token, way.nonce)
        subject = claims.get(self.rules.claim)
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise NotSignedIn("token")
        return subject, way.to

    def _take(self, state: str, ticket: str) -> Way:
        with self.lock:
            way = self.ways.get(state)
            if way is None or not hmac.compare_digest(way.ticket, token_hash(ticket)):
                raise NotSignedIn("way")
            del self.ways[state]
        if way.ends_at <= self.clock():
            raise NotSignedIn("way")
        return way

    def _exchange(self, told: Mapping[str, Any], code: str, verifier: str) -> Mapping[str, Any]:
        """The token of a code. What went wrong is logged by its kind alone: the words may hold the secret."""
        from authlib.common.errors import AuthlibBaseError
        from requests import RequestException

        try:
            with self._client(told) as client:
                token = client.fetch_token(
                    told["token_endpoint"], code=code, code_verifier=verifier, timeout=PROVIDER_SECONDS,
                    allow_redirects=False,
                )  # fmt: skip
        except (AuthlibBaseError, RequestException, OSError, ValueError, TypeError) as fault:
            log.warning("the identity provider gave no token: %s", type(fault).__name__)
            raise NotSignedIn("provider") from None
        if not isinstance(token, Mapping) or not isinstance(token.get("id_token"), str):
            raise NotSignedIn("token")
        return token

    def _claims(self, told: Mapping[str, Any], token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """The claims of a token: signature, issuer, audience, times, nonce and the access token's hash are right."""
        from authlib.common.errors import AuthlibBaseError
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError

        rules = self.rules
        required = {
            "iss": {"essential": True, "value": rules.issuer},
            "aud": {"essential": True, "value": rules.client},
        }
        asked = {"nonce": nonce, "client_id": rules.client, "access_token": token.get("access_token")}
        try:
            read = jwt.decode(token["id_token"], self._keys(told, token["id_token"]), algorithms=ALGORITHMS)
            claims = CodeIDToken(read.claims, read.header, required, asked)
            claims.validate(int(self.clock().timestamp()), rules.skew_seconds)
        except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError) as fault:
            log.warning("a token of the identity provider was not taken: %s", type(fault).__name__)
            raise NotSignedIn("token") from None
        return dict(claims)

    def _told(self) -> Mapping[str, Any]:
        """What the provider says of itself; addresses that could be listened to on the way are not used."""
        told = self._asked(f"{self.rules.issuer.rstrip('/')}/.well-known/openid-configuration", TOLD_FOR)
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        is_ours = isinstance(told, dict) and told.get("issuer") == self.rules.issuer
        if not is_ours or not all(isinstance(told.get(name), str) and is_safe_address(told[name]) for name in names):
            log.warning("the identity provider does not describe itself as %s", self.rules.issuer)
            self.held.clear()
            raise NotSignedIn("provider")
        return dict(told)

    def _keys(self, told: Mapping[str, Any], id_token: str) -> Any:
        """The provider's keys; asked for again when a token names one that is not among them."""
        from joserfc.jwk import KeySet
        from joserfc.jws import extract_compact

        named = extract_compact(id_token.encode()).headers().get("kid")
        for age in (TOLD_FOR, ASK_AGAIN):
            held = self._asked(told["jwks_uri"], age)
            listed = held.get("keys", []) if isinstance(held, dict) else []
            keys = [one for one in listed if one.get("kty") in KEYS and one.get("use", "sig") == "sig"]
            if named is None or any(one.get("kid") == named for one in keys):
                break
        return KeySet.import_key_set({"keys": keys})

    def _asked(self, address: str, age: timedelta) -> Any:
        """A JSON document of the provider, not older than `age`."""
        from requests import RequestException, Session

        at = self.clock()
        if (held := self.held.get(address)) and at - held[0] < age:
            return held[1]
        try:
            with Session() as session:
                session.trust_env = False  # no proxy: whom the home names is asked, and nobody else
                verify = str(self.rules.ca_file) if self.rules.ca_file else True
                answer = session.get(address, timeout=PROVIDER_SECONDS, allow_redirects=False, verify=verify)
            answer.raise_for_status()
            told = answer.json()
        except (RequestException, OSError, ValueError) as fault:
            log.warning("the identity provider does not answer at %s: %s", address, type(fault).__name__)
            raise NotSignedIn("provider") from None
        self.held[address] = (at, told)
        return told

    def _client(self, told: Mapping[str, Any]) -> OAuth2Session:
        from authlib.integrations.requests_client import OAuth2Session

        rules = self.rules
        try:
            secret = rules.client_secret()
        except (OSError, UnicodeDecodeError) as fault:
            log.warning("the secret of [sign_in] does not read: %s", type(fault).__name__)
            raise NotSignedIn("provider") from None
        methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        client = OAuth2Session(
            rules.client, secret or None, token_endpoint_auth_method=method if secret else "none",
            scope=rules.scope, redirect_uri=rules.address.rstrip("/") + BACK, code_challenge_method="S256",
        )  # fmt: skip
        client.trust_env = False
        client.verify = str(rules.ca_file) if rules.ca_file else True
        return client
