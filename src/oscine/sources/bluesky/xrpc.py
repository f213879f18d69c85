"""Asking servers of the AT Protocol (XRPC over HTTP): one GET, one answer, of limited size and within a limited time. It signs in nowhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

import httpx
import msgspec

from oscine.errors import InputError, NetworkUnavailable

LARGEST = 5_000_000  # bytes of an answer
SECONDS = 30.0  # for all of it

Value = str | int | list[str]


class Answer(NamedTuple):
    """What a server said: `told` is its JSON object, empty where there is none."""

    status: int
    told: dict[str, Any]

    @property
    def error(self) -> str:
        """The error's name, such as `RepoNotFound`; empty where it went well."""
        return str(self.told.get("error", self.status)) if self.status >= 400 else ""


def query(http: httpx.Client, server: str, method: str, **parameters: Value) -> Answer:
    """Ask `server`, a URL, for a method. Raises `NetworkUnavailable` for no answer, one that makes no sense, and one that says to try later."""
    return get(http, f"{server}/xrpc/{method}", **parameters)


def get(http: httpx.Client, url: str, **parameters: Value) -> Answer:
    """GET a JSON object. Raises as `query` does."""
    with reply(http, url, parameters) as got:
        told = _object(b"".join(pieces(got, LARGEST, SECONDS)))
    if told is None and got.status_code < 400:
        raise NetworkUnavailable(f"{url} answers what is not JSON.", "Check the address.")
    return Answer(got.status_code, told or {})


def text(http: httpx.Client, url: str, largest: int, seconds: float) -> str:
    """GET a short text; empty where there is none. Raises as `query` does."""
    with reply(http, url, {}, seconds) as got:
        body = b"".join(pieces(got, largest, seconds))
    return body.decode("utf8", "replace").strip() if got.status_code == 200 else ""


def download(http: httpx.Client, url: str, into: IO[bytes], largest: int, seconds: float, **parameters: Value) -> Answer:
    """GET a file; where there is none, the answer says why. Raises as `query` does."""
    with reply(http, url, parameters) as got:
        if got.status_code >= 400:
            return Answer(got.status_code, _object(b"".join(pieces(got, LARGEST, SECONDS))) or {})
        for piece in pieces(got, largest, seconds):
            into.write(piece)
    return Answer(got.status_code, {})


def _object(body: bytes) -> dict[str, Any] | None:
    """A JSON object; None for what is none."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


@contextmanager
def reply(http: httpx.Client, url: str, parameters: Mapping[str, Value], seconds: float = SECONDS) -> Iterator[httpx.Response]:
    """A reply whose body is not read yet; `seconds` for it to come, and for each piece of it."""
    try:
        with http.stream("GET", url, params=dict(parameters) or None, timeout=seconds) as got:
            if got.status_code == 429 or got.status_code >= 500:
                raise NetworkUnavailable(f"{url} answers {got.status_code}.", "It is tried again later.")
            yield got
    except httpx.HTTPError as error:
        raise NetworkUnavailable(f"{url} does not answer: {str(error) or type(error).__name__}.", "It is tried again later.") from None
    except InputError as error:  # an address that may not be called
        raise NetworkUnavailable(error.what, error.fix) from None
    except (httpx.InvalidURL, UnicodeError):
        raise NetworkUnavailable(f"{url[:200]!r} is no address.", "Its server made a mistake.") from None


def pieces(got: httpx.Response, largest: int, seconds: float) -> Iterator[bytes]:
    """The body, unpacked. Raises `NetworkUnavailable` beyond `largest` bytes or `seconds`."""
    end, size = time.monotonic() + seconds, 0
    for piece in got.iter_bytes():
        size += len(piece)
        if size > largest or time.monotonic() > end:
            raise NetworkUnavailable(
                f"{got.url} sends more than {largest:,} bytes, or for longer than {seconds:.0f} s.", "It is tried again later."
            )
        yield piece
