"""Calls to one Mastodon server: https://docs.joinmastodon.org/client/intro/. Its errors are ours, its limits are kept, its pages are bounded.

A limit (https://docs.joinmastodon.org/api/rate-limits/) is kept before it is reached: a call that would go beyond raises `RateLimited` unsent.
Which addresses may be called is up to the `httpx.Client` that is handed in. It knows nothing of what the entities mean.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import httpx
import msgspec

from oscine.errors import InputError, KeyRequired, NetworkUnavailable, NotAllowed, NotFound, OscineError, RateLimited, SetupError, TooLarge
from oscine.sources.mastodon import entities
from oscine.sources.mastodon.content import plain
from oscine.sources.mastodon.statuses import full_name

LARGEST = 8_000_000  # bytes of a reply
PACKINGS = ("identity", "gzip")  # of a reply: both grow a thousandfold at most, piece by piece
PAGE = 40  # the most statuses that Mastodon gives at once
MOST_PAGES = 25_000  # of one list: a million statuses
LONGEST_WAIT = 900  # seconds that a limit is waited for; Mastodon's are of 5 minutes
UNSAID = 60.0  # seconds, where a server does not say how long
ATTEMPTS = 4
SPARED = 0.1  # of a limit, which readers leave to those who write under the same token
_ADDRESS = re.compile(r"(?:(https?)://)?([a-z0-9.-]{1,253}(?::\d{1,5})?)/?")
_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3})(:\d+)?")

Answer = tuple[Any, httpx.Headers]


def address(given: str) -> tuple[str, str]:
    """The host and the URL of a server, which is named by either; a host is spoken to in the clear on this very computer only. Raises `InputError`."""
    found = _ADDRESS.fullmatch(given.strip().lower())
    if not found:
        raise InputError(f"{given[:100]!r} is no server.", "Give its host name, such as `mastodon.example`.")
    return found[2], f"{found[1] or _scheme(found[2])}://{found[2]}"


def _scheme(host: str) -> str:
    return "http" if _LOOPBACK.fullmatch(host) else "https"


class Server:
    """One server, spoken to as the account of `token` or, without one, as anybody. Safe to use from several threads."""

    def __init__(self, name: str, http: httpx.Client, token: str = "", patient: bool = True) -> None:
        self.host, self.url = address(name)
        self.name = self.host if address(self.host)[1] == self.url else self.url  # the shorter of the two that `address` takes for it
        self.closed = threading.Event()
        self.http = http
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._patient = patient
        self._spent_until: float = 0.0  # by time.monotonic()
        self._scarce_until: float = 0.0

    @cached_property
    def me(self) -> str:
        """The account of the token, `name@host`; empty without one. Raises `SetupError` where the server does not take the token."""
        return full_name(self._own.acct, self.host) if self.headers else ""

    @property
    def my_id(self) -> str:
        """The server's id of that account."""
        return self._own.id

    @cached_property
    def _own(self) -> entities.Account:
        try:
            return entities.read(self.get("/api/v1/accounts/verify_credentials")[0], entities.Account)
        except (KeyRequired, NotAllowed, InputError) as error:
            raise SetupError(
                f"{self.host} does not take the token: {error.what}", "Make a new one in the account's settings, Development."
            ) from None

    @cached_property
    def instance(self) -> dict[str, Any]:
        """What the server tells of itself: `configuration` and more, by version 2 of that call or by version 1."""
        try:
            found = self.get("/api/v2/instance")[0]
        except NotFound:
            found = self.get("/api/v1/instance")[0]
        return found if isinstance(found, dict) else {}

    def get(self, path: str, **params: Any) -> Answer:
        """GET; one who is patient waits for a limit to be over. Raises what `call` does."""
        if not self._patient:
            return self.call("GET", path, params=params)
        for attempt in range(ATTEMPTS):
            try:
                self._pause(self._scarce_until - time.monotonic())
                return self.call("GET", path, params=params)
            except RateLimited as limited:
                if attempt == ATTEMPTS - 1:
                    raise
                self._pause(limited.retry_after)
        raise AssertionError

    def pages(self, path: str, **params: Any) -> Iterator[list[Any]]:
        """A list, page by page, the newest first. Raises `NetworkUnavailable` where the server gives the same page again, or does not end."""
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            page = listed(self.get(path, limit=PAGE, **params)[0])
            ids = {str(item.get("id")) for item in page}
            if not page:
                return
            if ids <= seen:
                raise NetworkUnavailable(f"{self.host} gives no more than the first page of {path}.")
            yield page
            seen, params["max_id"] = ids, str(page[-1].get("id"))
        raise NetworkUnavailable(f"{self.host} gives more than {MOST_PAGES:,} pages of {path}.")

    def newer(self, path: str, last: str, **params: Any) -> Iterator[list[Any]]:
        """What came to a list after the id `last`, page by page, the oldest first; without one, the newest page. Ends where the server does not go on."""
        seen: set[str] = set()
        while page := listed(self.get(path, limit=PAGE, **params, **({"min_id": last} if last else {}))[0]):
            ids = {str(item.get("id")) for item in page}
            if ids <= seen:
                return
            yield page[::-1]
            seen, last = ids, str(page[0].get("id"))

    def call(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, data: Mapping[str, Any] | None = None, once: str = ""
    ) -> Answer:
        """One call, one try; what it answers and the headers.

        Raises `RateLimited` (perhaps before it calls), `NetworkUnavailable`, `KeyRequired`, `NotAllowed`, `NotFound`, `InputError`, `SetupError`.
        """
        if (left := self._spent_until - time.monotonic()) > 0:
            raise self._limited(left)
        headers = {**self.headers, "Accept-Encoding": "gzip", **({"Idempotency-Key": once} if once else {})}
        try:
            with self.http.stream(method, self.url + path, params=params, data=data, headers=headers) as reply:
                body = read(reply, LARGEST)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NetworkUnavailable(f"{self.host} does not answer ({type(error).__name__}).") from None
        except InputError as error:  # of the client: an address that may not be called, or a reply without end
            raise NetworkUnavailable(f"{self.host} cannot be called: {error}") from None
        self._note(reply)
        if not reply.is_success:
            raise self._refusal(reply, body)
        try:
            return msgspec.json.decode(body or b"null"), reply.headers
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise NetworkUnavailable(f"{self.host} does not answer in JSON at {path}.") from None

    def _pause(self, seconds: float) -> None:
        if seconds > 0 and self.closed.wait(min(seconds, LONGEST_WAIT)):
            raise NetworkUnavailable(f"The connection to {self.host} was closed.")

    def _note(self, reply: httpx.Response) -> None:
        """Keep in mind until when a limit is used up, or nearly."""
        limit, left = (reply.headers.get(f"X-RateLimit-{name}", "") for name in ("Limit", "Remaining"))
        if reply.status_code == 429 or left.isdigit():
            until = time.monotonic() + _wait(reply.headers)
            if reply.status_code == 429 or int(left) == 0:
                self._spent_until = until
            if limit.isdigit() and left.isdigit() and int(left) <= SPARED * int(limit):
                self._scarce_until = until

    def _limited(self, seconds: float) -> RateLimited:
        return RateLimited(f"{self.host} takes no more calls for {seconds:.0f} seconds.", retry_after=math.ceil(seconds))

    def _refusal(self, reply: httpx.Response, body: bytes) -> OscineError:
        """What a status code means, with the server's own words where it has any."""
        status, said = reply.status_code, _words(body)
        if status == 429:
            return self._limited(_wait(reply.headers))
        if status == 401:
            return KeyRequired(f"{self.host} wants a valid token{said}.", "Give one as OSCINE_MASTODON_TOKEN, or sign in again.")
        if status == 403:
            return NotAllowed(f"{self.host} does not allow it{said}.")
        if status in (404, 405, 410, 501):
            return NotFound(f"{self.host} has no such thing{said}.")
        if reply.is_redirect:
            return SetupError(f"{self.host} redirects to {reply.headers.get('location', '')[:100]!r}.", "Name that server.")
        if 400 <= status < 500:
            return InputError(f"{self.host} refuses it{said}.")
        return NetworkUnavailable(f"{self.host} answers {status}.")


def listed(given: Any) -> list[dict[str, Any]]:
    """The objects of what should be a list of them."""
    return [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []


def read(reply: httpx.Response, largest: int) -> bytes:
    """A reply's body. Raises `TooLarge`, and `InputError` for one that may unpack to anything."""
    if reply.headers.get("Content-Encoding", "identity") not in PACKINGS:
        raise InputError("The reply is packed in a way that was not asked for.")
    body = bytearray()
    for piece in reply.iter_bytes():
        body += piece
        if len(body) > largest:
            raise TooLarge(f"The reply is larger than {largest:,} bytes.")
    return bytes(body)


def _words(body: bytes) -> str:
    """The error that a server states, as one line of plain text in brackets."""
    with suppress(msgspec.DecodeError, RecursionError, InputError):
        stated = msgspec.json.decode(body)
        error = stated.get("error") if isinstance(stated, dict) else None
        if isinstance(error, str) and error:
            return f" ({plain(' '.join(error.split())).text[:200]})"
    return ""


def _wait(headers: httpx.Headers) -> float:
    """Seconds until a limit is over: Retry-After in seconds or as a date, X-RateLimit-Reset as a time or in seconds since 1970."""
    for name in ("Retry-After", "X-RateLimit-Reset"):
        stated = headers.get(name, "").strip()
        with suppress(ValueError, OverflowError):
            if stated.isdigit():
                return _bounded(float(stated) if len(stated) < 9 else float(stated) - time.time())
            if stated:
                moment = parsedate_to_datetime(stated) if "," in stated else datetime.fromisoformat(stated)
                return _bounded((moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    return UNSAID


def _bounded(seconds: float) -> float:
    return min(max(seconds, 1.0), LONGEST_WAIT)
