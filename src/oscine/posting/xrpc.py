"""Calls to an AT Protocol server as one account: XRPC, its errors in our own words, and a session opened with an app password.

https://atproto.com/specs/xrpc. Tokens are kept in memory only. It knows no record and no network that is built on the protocol.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from oscine.errors import InputError, NetworkUnavailable, NotAllowed, NotFound, OscineError, RateLimited, SetupError

LARGEST = 2_000_000  # bytes of a reply
LONGEST_WAIT = 3_600  # seconds that a server may ask to be left alone
_OVER = frozenset({"ExpiredToken", "InvalidToken"})
_MISSING = frozenset({"RecordNotFound", "RepoNotFound", "NotFound"})
_BARRED = frozenset({"AccountTakedown", "AccountDeactivated", "AccountNotFound", "InvalidSwap"})
Told = dict[str, Any]


class Xrpc(Protocol):
    """Calls a method by its name (NSID): a procedure where there is a `body`, else a query. Raises our errors."""

    def __call__(self, nsid: str, *, params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None) -> Told:
        """What the server replies."""
        ...


class TokenOver(OscineError):
    """The token was good once: whoever has a way to another asks for one and calls again."""


def call(http: httpx.Client, request: httpx.Request, auth: httpx.Auth | None = None) -> Told:
    """Send a request, shown by `auth` to be whose it is, and read its reply.

    Raises `NetworkUnavailable` where none comes that can be read, `RateLimited` with the server's `retry_after`, `NotFound`, `NotAllowed`,
    `InputError` for what the server does not take, and `TokenOver`.
    """
    host = request.url.host
    try:
        reply = http.send(request, stream=True, auth=auth)
        try:
            told = _read(reply)
        finally:
            reply.close()
    except (httpx.HTTPError, OSError, ValueError, RecursionError) as error:
        if isinstance(error, OscineError):
            raise
        raise NetworkUnavailable(f"{host} does not answer ({type(error).__name__}).", "It is tried again.") from None
    if reply.status_code != 200:
        raise _refusal(host, reply, told)
    return told


def _read(reply: httpx.Response) -> Told:
    body = bytearray()
    for piece in reply.iter_bytes():
        body += piece
        if len(body) > LARGEST:
            raise NetworkUnavailable(f"{reply.request.url.host} sends more than {LARGEST:,} bytes.", "Ask its operator.")
    told = json.loads(body) if body.strip() else {}
    return told if isinstance(told, dict) else {}


def _refusal(host: str, reply: httpx.Response, told: Told) -> OscineError:
    name, said = str(told.get("error", ""))[:100], str(told.get("message", ""))[:200]
    why = f"{host} refuses: {said or name or reply.status_code}."
    if reply.status_code == 429:
        return RateLimited(why, "It is tried again when the server allows.", retry_after=_wait(reply.headers))
    if name in _OVER:
        return TokenOver(why)
    if name in _MISSING or said.startswith("Could not locate record"):
        return NotFound(why, "It may have been deleted.")
    if reply.status_code in (401, 403) or name in _BARRED:
        return NotAllowed(why, "Check the account and what it may do.")
    if reply.status_code >= 500 or reply.status_code in (408, 425):
        return NetworkUnavailable(why, "It is tried again.")
    return InputError(why, "Change what is sent.")


def _wait(headers: Mapping[str, str]) -> int:
    """Seconds to wait, by `retry-after` or by the moment that `ratelimit-reset` names."""
    for name, since in (("retry-after", 0.0), ("ratelimit-reset", time.time())):
        try:
            return round(min(max(float(headers.get(name, "")) - since, 1), LONGEST_WAIT))
        except ValueError:
            continue
    return 60


class PasswordSession:
    """An account's session on `server`, by an app password; opened with the first call, renewed when it is over. An `Xrpc`."""

    def __init__(self, server: str, handle: str, password: str, http: httpx.Client) -> None:
        self._server, self._name, self._password, self._http = server.rstrip("/"), handle, password, http
        self._lock = threading.Lock()
        self._open: Told = {}

    @property
    def account(self) -> str:
        """The account's DID. Raises as a call does."""
        return str(self._session()["did"])

    @property
    def handle(self) -> str:
        """Its handle, as its server knows it. Raises as a call does."""
        return str(self._session()["handle"])

    def __call__(self, nsid: str, *, params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None) -> Told:
        """What the server replies. Raises `SetupError` where it does not take the password, else as `call` does."""
        token = str(self._session()["accessJwt"])
        try:
            return self._send(nsid, token, params, body)
        except TokenOver:
            return self._send(nsid, str(self._session(instead_of=token)["accessJwt"]), params, body)

    def _send(self, nsid: str, token: str = "", params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None) -> Told:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        method = "GET" if body is None else "POST"
        content = json.dumps(body, ensure_ascii=False).encode() if body else None  # what expects no body refuses an empty one
        if content:
            headers["Content-Type"] = "application/json"
        return call(
            self._http, self._http.build_request(method, f"{self._server}/xrpc/{nsid}", params=params, content=content, headers=headers)
        )

    def _session(self, instead_of: str = "") -> Told:
        with self._lock:
            if not self._open or self._open["accessJwt"] == instead_of:
                self._open = self._renewed() or self._opened()
            return self._open

    def _renewed(self) -> Told:
        """The session renewed, or nothing where it is over for good."""
        if not self._open:
            return {}
        try:
            return _session(self._send("com.atproto.server.refreshSession", self._open["refreshJwt"], body={}))
        except (TokenOver, NotAllowed, InputError):
            return {}

    def _opened(self) -> Told:
        try:
            return _session(self._send("com.atproto.server.createSession", body={"identifier": self._name, "password": self._password}))
        except (NotAllowed, InputError, TokenOver) as error:
            raise SetupError(f"{self._name} cannot sign in: {error.what}", "Check the handle and its app password.") from None


def _session(told: Told) -> Told:
    if not all(isinstance(told.get(name), str) for name in ("did", "handle", "accessJwt", "refreshJwt")):
        raise NetworkUnavailable("The server opens a session without its tokens.", "Ask its operator.")
    return told
