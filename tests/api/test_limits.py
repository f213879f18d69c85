"""How much and how often; and what every reply carries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import MakeKey, bearer, client_of
from oscine.api.limits import Buckets
from oscine.app import App
from oscine.errors import RateLimited

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self';"
    " manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(buckets: Buckets, caller: str, tries: int) -> int:
    """How many of so many requests are let through."""
    count = 0
    for _ in range(tries):
        try:
            buckets.take(caller)
            count += 1
        except RateLimited:
            pass
    return count


def test_a_bucket_empties_and_fills() -> None:
    clock = Clock()
    buckets = Buckets(60, clock)
    assert taken(buckets, "a", 20) == 10
    assert taken(buckets, "b", 20) == 10, "one caller's requests are not another's"
    clock.now += 3
    assert taken(buckets, "a", 20) == 3
    clock.now += 3600
    assert taken(buckets, "a", 20) == 10


@pytest.mark.parametrize(("per_minute", "seconds"), [(600, 1), (60, 2), (6, 11), (1, 61)])
def test_the_wait_that_is_told_is_enough(per_minute: int, seconds: int) -> None:
    clock = Clock()
    buckets = Buckets(per_minute, clock)
    taken(buckets, "a", 1_000)
    with pytest.raises(RateLimited) as caught:
        buckets.take("a")
    assert caught.value.retry_after == seconds
    clock.now += seconds
    buckets.take("a")


def test_too_many_requests(app: App) -> None:
    app.settings.requests_per_minute = 12
    client = client_of(app)
    told = [client.get("/v1/status") for _ in range(3)]
    assert [reply.status_code for reply in told] == [200, 200, 429]
    assert told[2].headers["retry-after"] == "6"
    assert told[2].json()["error"]["code"] == "rate_limited"
    assert client.get("/static/app.css").status_code == 200, "the page's own files are not counted"


def test_each_key_has_its_own_count(app: App, key: MakeKey) -> None:
    app.settings.requests_per_minute = 6
    client, first, second = client_of(app), key("read"), key("read")
    assert [client.get("/v1/status", headers=headers).status_code for headers in (first, first, second)] == [200, 429, 200]


@pytest.mark.parametrize("path", ["/v1/posts", "/v1/chat/completions", "/v1/embeddings"])
@pytest.mark.parametrize("told", [True, False], ids=["with a length", "without a length"])
def test_a_body_over_the_limit(app: App, path: str, told: bool) -> None:
    app.settings.max_request_bytes = 1_000
    body = b'{"input": "' + b"x" * 2_000 + b'"}'

    def pieces() -> Iterator[bytes]:
        yield from (body[at : at + 100] for at in range(0, len(body), 100))

    headers = {"Content-Type": "application/json"}
    reply = client_of(app).post(path, content=body if told else pieces(), headers=headers)
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_large")
    assert "1,000 bytes" in reply.json()["error"]["message"]


def test_a_body_at_the_limit(app: App) -> None:
    line = json.dumps({"id": "1", "author": "a", "created_at": "2024-05-01T12:00:00Z", "text": "x"}).encode()
    app.settings.max_request_bytes = len(line)
    assert client_of(app).post("/v1/posts", content=line).json()["accepted"] == 1


def test_a_negative_length_gains_nothing(app: App) -> None:
    app.settings.max_request_bytes = 1_000
    reply = client_of(app).post("/v1/posts", content=b"x" * 2_000, headers={"Content-Length": "-1"})
    assert reply.status_code == 413


Ask = Callable[[TestClient], Any]
REPLIES: dict[str, tuple[Ask, int]] = {
    "page": (lambda client: client.get("/"), 200),
    "static": (lambda client: client.get("/static/app.css"), 200),
    "no such file": (lambda client: client.get("/static/none.css"), 404),
    "API": (lambda client: client.get("/v1/search"), 200),
    "no such path": (lambda client: client.get("/v2/search"), 404),
    "no such post": (lambda client: client.get("/v1/posts/none"), 404),
    "bad parameter": (lambda client: client.get("/v1/search?limit=0"), 400),
    "bad body": (lambda client: client.post("/v1/chat/completions", content=b"{"), 400),
    "wrong method": (lambda client: client.put("/v1/search"), 405),
    "no key": (lambda client: client.get("/v1/search", headers={"Host": "evil.example"}), 401),
    "wrong key": (lambda client: client.get("/v1/search", headers=bearer("osc_a_b")), 401),
    "no model": (lambda client: client.post("/v1/embeddings", json={"input": "x"}), 503),
    "health": (lambda client: client.get("/healthz"), 200),
    "described": (lambda client: client.get("/openapi.json"), 200),
    "unforeseen": (lambda client: client.get("/v1/status"), 500),
}


@pytest.mark.parametrize("kind", REPLIES)
def test_every_reply_carries_the_security_headers(app: App, client: TestClient, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(app, "status", lambda: 1 / 0)
    ask, status = REPLIES[kind]
    reply = ask(client)
    assert reply.status_code == status, reply.text
    assert {name: reply.headers.get(name) for name in SECURITY} == SECURITY
    if status >= 400:
        assert {name for name, value in reply.json()["error"].items() if value} == {"code", "message", "fix", "type"}


def test_too_large_and_too_many_carry_them_too(app: App) -> None:
    app.settings.requests_per_minute, app.settings.max_request_bytes = 12, 1
    told = [client_of(app).post("/v1/posts", content=b"xx")]
    client = client_of(app)
    told += [client.get("/v1/status") for _ in range(3)][-1:]
    assert [reply.status_code for reply in told] == [413, 429]
    assert all({name: reply.headers.get(name) for name in SECURITY} == SECURITY for reply in told)


def test_an_unforeseen_error_tells_nothing_of_itself(app: App, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ValueError("the password is swordfish")

    monkeypatch.setattr(app, "status", fail)
    assert client.get("/v1/status").json()["error"]["message"] == "Something went wrong on our side."


@pytest.mark.parametrize(
    ("content", "says"), [(b"{", "the body"), (b"[" * 100_000, "body"), (b"", "the body"), (b'{"messages": 1}', "messages")]
)
def test_a_malformed_body_is_named(client: TestClient, content: bytes, says: str) -> None:
    reply = client.post("/v1/chat/completions", content=content, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "bad_input")
    assert says in reply.json()["error"]["message"]


def test_the_methods_that_there_are_are_told(client: TestClient) -> None:
    assert client.put("/v1/search").headers["allow"] == "GET"
    assert client.get("/v1/search", headers={"Origin": "http://127.0.0.1:8420"}).headers.get("access-control-allow-origin") is None


def test_the_page_of_the_api_needs_nothing_from_elsewhere(client: TestClient) -> None:
    """Its browser test is in `tests/web`."""
    page = client.get("/docs")
    if page.status_code == 200:
        assert page.headers["content-security-policy"] == POLICY
        assert "//" not in page.text.replace("http://www.w3.org/2000/svg", ""), "every address is a path of ours"
        assert "<script>" not in page.text
