"""Who we are to AT Protocol's authorization servers: https://atproto.com/specs/oauth#clients

A server with a public address is a confidential client: its metadata and its key are public there, and it signs what it asks for. One on this
computer only is the loopback client that every server knows.
"""

from __future__ import annotations

import secrets
import time
from typing import Any, Protocol
from urllib.parse import urlencode

import httpx
import jwt

from oscine.errors import InputError
from oscine.safety.outbound import is_loopback
from oscine.signin import dpop
from oscine.signin.apps import Apps

IDENTIFY = "atproto"
POST = "repo:app.bsky.feed.post?action=create"  # https://atproto.com/specs/permission
METADATA, KEYS, REDIRECT = "/oauth-client-metadata.json", "/oauth/jwks.json", "/sign-in/bluesky"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 60
APP = "oauth client"  # what our key is kept as


class Client(Protocol):
    """A client: its id, and what it adds to a call to the server `issuer` to show that it is the one."""

    id: str
    redirect: str

    def shown(self, issuer: str) -> dict[str, str]:
        """Fields of a form."""
        ...


class Loopback:
    """The client that stands for whatever runs on the person's own computer. Raises `InputError` where `home` is not addressed as servers want it."""

    def __init__(self, home: str) -> None:
        if httpx.URL(home).host == "localhost":
            raise InputError("Bluesky sends nobody back to `localhost`.", f"Open this page as {home.replace('localhost', '127.0.0.1')}.")
        self.redirect = home + REDIRECT
        self.id = "http://localhost?" + urlencode({"redirect_uri": self.redirect, "scope": f"{IDENTIFY} {POST}"})

    def shown(self, issuer: str) -> dict[str, str]:
        """Nothing but its id: there is no secret."""
        return {"client_id": self.id}


class Confidential:
    """A client with an address and a key of its own (RFC 7523, section 2.2)."""

    def __init__(self, home: str, apps: Apps) -> None:
        self.id, self.redirect = home + METADATA, home + REDIRECT
        self._home = home
        kept = apps.of(APP) or apps.keep(APP, {"key": dpop.new_key()})
        self._key = dpop.read_key(kept["key"])

    def shown(self, issuer: str) -> dict[str, str]:
        """Its id, and an assertion for that server alone."""
        now = int(time.time())
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        }
        signed = jwt.encode(claims, self._key, dpop.ALGORITHM, headers={"kid": dpop.thumbprint(self._key)})
        return {"client_id": self.id, "client_assertion_type": ASSERTION, "client_assertion": signed}

    def metadata(self) -> dict[str, Any]:
        """What servers read at its id."""
        return {
            "client_id": self.id, "client_name": "Oscine", "client_uri": self._home, "application_type": "web", "redirect_uris": [self.redirect],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "scope": f"{IDENTIFY} {POST}",
            "dpop_bound_access_tokens": True, "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": dpop.ALGORITHM,
            "jwks_uri": self._home + KEYS,
        }  # fmt: skip

    def keys(self) -> dict[str, Any]:
        """Its public key, as a JWK set."""
        return {"keys": [dpop.public(self._key) | {"kid": dpop.thumbprint(self._key), "use": "sig", "alg": dpop.ALGORITHM}]}


def client(home: str, apps: Apps) -> Client:
    """The client that a server at `home` is. Raises `InputError` where it can be none."""
    address = httpx.URL(home)
    if is_loopback(address.host):
        return Loopback(home)
    if address.scheme != "https":
        raise InputError("Bluesky lets nobody sign in at an address without https.", "Set OSCINE_PUBLIC_URL to an https address.")
    return Confidential(home, apps)
