"""Calls to a server: limits are waited for by who reads and told to who writes, errors are ours, and nothing of it is without end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import zstandard

from oscine.errors import InputError, KeyRequired, NetworkUnavailable, NotAllowed, NotFound, OscineError, RateLimited, SetupError
from oscine.sources.mastodon import server as servers
from oscine.sources.mastodon.server import Server, address


def answering(reply: Callable[[httpx.Request], httpx.Response]) -> Server:
    """A server that says what no real one can be made to say."""
    return Server("one.example", httpx.Client(transport=httpx.MockTransport(reply)), "the-token", patient=False)


@pytest.mark.parametrize(
    ("given", "host", "url"),
    [
        ("one.example", "one.example", "https://one.example"),
        (" One.Example/ ", "one.example", "https://one.example"),
        ("https://one.example", "one.example", "https://one.example"),
        ("http://one.example:3000", "one.example:3000", "http://one.example:3000"),
        ("127.0.0.1:3000", "127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("localhost", "localhost", "http://localhost"),
        ("localhost.example", "localhost.example", "https://localhost.example"),
    ],
)
def test_a_server_is_named_by_host_or_address(given: str, host: str, url: str) -> None:
    assert address(given) == (host, url)
    with httpx.Client() as client:
        assert address(Server(given, client).name) == (host, url)


@pytest.mark.parametrize(
    "given", ["", "one example", "ftp://one.example", "one.example/path", "ann:secret@one.example", "one.example?x", "a\nb"]
)
def test_what_is_no_server_is_refused(given: str) -> None:
    with pytest.raises(InputError, match="no server"):
        address(given)


@pytest.mark.parametrize(
    ("name", "written", "least", "most"),
    [
        ("Retry-After", lambda soon: "7", 7, 7),
        ("Retry-After", lambda soon: "99999999", 900, 900),
        ("Retry-After", lambda soon: "soon", 60, 60),
        ("Retry-After", lambda soon: format_datetime(soon, usegmt=True), 100, 301),
        ("X-RateLimit-Reset", lambda soon: soon.isoformat(), 100, 301),
        ("X-RateLimit-Reset", lambda soon: str(int(soon.timestamp())), 100, 301),
        ("X-RateLimit-Reset", lambda soon: "2999-01-01T00:00:00Z", 900, 900),
        ("X-RateLimit-Reset", lambda soon: "", 60, 60),
    ],
)
def test_the_end_of_a_limit_is_read_however_it_is_written(name: str, written: Callable[[datetime], str], least: int, most: int) -> None:
    headers = {name: written(datetime.now(UTC) + timedelta(seconds=300))}
    with pytest.raises(RateLimited) as limited:
        answering(lambda _: httpx.Response(429, headers=headers)).call("GET", "/")
    assert least <= limited.value.retry_after <= most


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (httpx.Response(401, json={"error": "The access token is invalid"}), KeyRequired),
        (httpx.Response(403, json={"error": "This action is outside the authorized scopes"}), NotAllowed),
        (httpx.Response(404, html="<h1>404 Not Found</h1>"), NotFound),
        (httpx.Response(410), NotFound),
        (httpx.Response(422, json={"error": "Validation failed: <b>Text</b> can't be blank"}), InputError),
        (httpx.Response(301, headers={"Location": "https://other.example/"}), SetupError),
        (httpx.Response(500), NetworkUnavailable),
        (httpx.Response(503), NetworkUnavailable),
        (httpx.Response(200, html="<p>Hello</p>"), NetworkUnavailable),
        (httpx.Response(200, content=b"[" * 200_000), NetworkUnavailable),
        (httpx.Response(200, content=b"\xff"), NetworkUnavailable),
    ],
)
def test_what_a_server_answers_is_an_error_of_ours(reply: httpx.Response, error: type[OscineError]) -> None:
    with pytest.raises(error) as raised:
        answering(lambda _: reply).call("GET", "/")
    assert raised.type is error
    assert "the-token" not in str(raised.value)
    assert "<b>" not in str(raised.value)


def test_a_reply_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "LARGEST", 1_000)
    with pytest.raises(NetworkUnavailable, match="larger than 1,000"):
        answering(lambda _: httpx.Response(200, content=iter([b" " * 600] * 1_000_000))).call("GET", "/")


def test_a_reply_that_may_unpack_to_anything_is_not_read() -> None:
    bomb = zstandard.compress(b" " * 10_000_000)
    with pytest.raises(NetworkUnavailable, match="packed"):
        answering(lambda _: httpx.Response(200, stream=httpx.ByteStream(bomb), headers={"Content-Encoding": "zstd"})).call("GET", "/")


def test_an_address_that_may_not_be_called_is_no_answer() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise InputError("'one.example' is not a public address.")

    with pytest.raises(NetworkUnavailable, match="not a public address"):
        answering(refuse).call("GET", "/")


def test_pages_that_do_not_go_on_are_not_all() -> None:
    pages = answering(lambda _: httpx.Response(200, json=[{"id": "2"}, {"id": "1"}])).pages("/list")
    assert [item["id"] for item in next(pages)] == ["2", "1"]
    with pytest.raises(NetworkUnavailable, match="no more than the first page"):
        next(pages)


def test_newer_pages_that_do_not_go_on_end() -> None:
    pages = answering(lambda _: httpx.Response(200, json=[{"id": "2"}, {"id": "1"}, "rubbish"])).newer("/list", "0")
    assert [[item["id"] for item in page] for page in pages] == [["1", "2"]]


def test_an_older_server_tells_of_itself_too() -> None:
    def old(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404 if "v2" in request.url.path else 200, json={"configuration": {"statuses": {"max_characters": 7}}})

    assert answering(old).instance["configuration"]["statuses"]["max_characters"] == 7
