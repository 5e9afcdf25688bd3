"""An identity provider on this machine: code flow, PKCE and signed tokens, and every fault that a test asks for."""

from __future__ import annotations

import base64
import hashlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "ducha", "the-secret-of-the-client"


class IdentityProvider:
    """Signs in `person` without asking. `spoil` changes the claims, `signed` makes another token of them."""

    def __init__(self, issuer: str) -> None:
        self.issuer, self.person = issuer, "person-1"
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.codes: dict[str, dict[str, str]] = {}
        self.told: list[str] = []
        self.calm()

    def calm(self) -> None:
        """Without a fault from now on."""
        self.spoil: Callable[[dict[str, Any]], object] = lambda claims: None
        self.signed: Callable[[dict[str, Any]], str] = self.sign
        self.is_down = False
        self.metadata: dict[str, Any] = {}

    def sign(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        """A token as it should be."""
        return jwt.encode({"alg": "RS256", "kid": (key or self.key).kid}, claims, key or self.key)

    async def describe(self, request: Request) -> Response:
        """/.well-known/openid-configuration"""
        if self.is_down:
            return Response(status_code=503)
        places = {name: f"{self.issuer}/{name}" for name in ("authorize", "token", "keys")}
        return JSONResponse({
            "issuer": self.issuer, "authorization_endpoint": places["authorize"], "token_endpoint": places["token"],
            "jwks_uri": places["keys"], "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            **self.metadata,
        })  # fmt: skip

    async def keys(self, request: Request) -> Response:
        """The public keys."""
        return JSONResponse({"keys": [self.key.as_dict(private=False), {"kty": "SM2", "kid": "odd"}]})

    async def authorize(self, request: Request) -> Response:
        """Sign the person in and send the browser back."""
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT and asked["response_type"] == "code" and asked["scope"] == "openid"
        assert asked["code_challenge_method"] == "S256" and len(asked["state"]) >= 43 and len(asked["nonce"]) >= 43
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return RedirectResponse(asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]}), 302)

    async def token(self, request: Request) -> Response:
        """A token for a code, once, to the client that has the secret and the verifier."""
        form = dict(parse_qsl((await request.body()).decode()))
        self.told.append(f"{request.url} {form}")
        asked = self.codes.pop(form["code"], None)
        told = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        is_ours = request.headers.get("authorization") == f"Basic {told}"
        if not asked or not is_ours or challenge.decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        assert form["redirect_uri"] == asked["redirect_uri"]
        at = int(self.clock().timestamp())
        claims: dict[str, Any] = {"iss": self.issuer, "sub": self.person, "aud": CLIENT, "iat": at, "exp": at + 300}
        claims |= {"nonce": asked["nonce"], "roles": ["steward"], "groups": ["admin"], "number": 7}
        self.spoil(claims)
        answer = {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self.signed(claims)}
        return JSONResponse(answer)

    def app(self) -> Starlette:
        """Its routes."""
        described = Route("/.well-known/openid-configuration", self.describe)
        routes = [Route("/keys", self.keys), Route("/authorize", self.authorize)]
        return Starlette(routes=[described, *routes, Route("/token", self.token, methods=["POST"])])


@contextmanager
def standing(make: Callable[[str], Any], host: str = "127.0.0.1") -> Iterator[Any]:
    """What `make` makes of its address: something with an `app()`, standing on a free port until the end."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    made = make(f"http://{host}:{held.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(made.app(), lifespan="off", log_level="error", server_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [held]}, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.02)
    assert server.started
    try:
        yield made
    finally:
        server.should_exit = True
        thread.join(10)
