"""Demonstrating Proof of Possession (RFC 9449): every call carries a proof, signed for it alone, that we hold the key a token is bound to.

A server that wants its nonce in the proof says so, and is called once more. It knows no server and no token's meaning.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Generator

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from oscine.signin.pkce import encoded
from oscine.signin.wire import parsed

ALGORITHM = "ES256"
LONGEST_NONCE = 1_000
SPENT = frozenset({"invalid_token", "InvalidToken", "ExpiredToken"})

Renewed = Callable[[str], str]  # a token in place of one that is spent


def new_key() -> str:
    """A key on P-256, as PEM."""
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem: bytes = ec.generate_private_key(ec.SECP256R1()).private_bytes(*form)
    return pem.decode()


def read_key(pem: str) -> ec.EllipticCurvePrivateKey:
    """A key of ours."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def public(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """What others may know of it, as a JWK (RFC 7517)."""
    told = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {name: str(told[name]) for name in ("crv", "kty", "x", "y")}


def thumbprint(key: ec.EllipticCurvePrivateKey) -> str:
    """What names it among keys (RFC 7638)."""
    return encoded(hashlib.sha256(msgspec.json.encode(dict(sorted(public(key).items())))).digest())


class Proofs(httpx.Auth):
    """Signs the calls of one client with one key, and sends the access token along where there is one, renewed once where it is spent."""

    requires_response_body = True

    def __init__(self, pem: str, token: str = "", renewed: Renewed | None = None) -> None:
        self._key, self._token, self._renewed = read_key(pem), token, renewed
        self._public = public(self._key)
        self._nonces: dict[str, str] = {}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Raises what renewing raises."""
        reply = yield self._signed(request)
        if self._notes_nonce(reply) and _wants_nonce(reply):
            reply = yield self._signed(request)
            self._notes_nonce(reply)
        if self._token and self._renewed and reply.status_code == 401 and SPENT & {_error(reply), *_challenge(reply)}:
            self._token = self._renewed(self._token)
            reply = yield self._signed(request)
            self._notes_nonce(reply)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        request.headers["DPoP"] = self.proof(request.method, request.url)
        if self._token:
            request.headers["Authorization"] = f"DPoP {self._token}"
        return request

    def proof(self, method: str, url: httpx.URL) -> str:
        """A proof for one call (section 4.2)."""
        claims = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": str(url.copy_with(query=None, fragment=None)),
            "iat": int(time.time()),
        }
        if nonce := self._nonces.get(_place(url)):
            claims["nonce"] = nonce
        if self._token:
            claims["ath"] = encoded(hashlib.sha256(self._token.encode()).digest())
        return jwt.encode(claims, self._key, ALGORITHM, headers={"typ": "dpop+jwt", "jwk": self._public})

    def _notes_nonce(self, reply: httpx.Response) -> bool:
        nonce = reply.headers.get("dpop-nonce", "")
        if 0 < len(nonce) <= LONGEST_NONCE:
            self._nonces[_place(reply.request.url)] = nonce
        return bool(nonce)


def _place(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode()}"


def _wants_nonce(reply: httpx.Response) -> bool:
    return reply.status_code in (400, 401) and "use_dpop_nonce" in {_error(reply), *_challenge(reply)}


def _error(reply: httpx.Response) -> str:
    return str(parsed(reply.content).get("error", ""))


def _challenge(reply: httpx.Response) -> list[str]:
    """The words of a challenge (RFC 9110, section 11.6.1), in which a server says what is wrong with a token."""
    challenge: str = reply.headers.get("www-authenticate", "")
    return re.findall(r"\w+", challenge)
