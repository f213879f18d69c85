"""Posts in and out over HTTP: what is accepted, what is refused and why, and that a deleted post is gone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import zstandard
from starlette.testclient import TestClient

from api.conftest import MakeKey, client_of, path_of
from conftest import Server
from oscine.app import App

AT = "2024-05-01T12:00:00Z"
URL = "https://social.example/@ann/111?a=1&b=%2F#top"
AT_URI = "at://did:plc:abc123/app.bsky.feed.post/3kxyz"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;\u202e\x1b[31m"


def post(id: str = "p1", text: str = "a post", **more: Any) -> dict[str, Any]:
    return {"id": id, "author": "ann", "created_at": AT, "text": text, **more}


def lines(*posts: dict[str, Any]) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in posts).encode()


def send(client: TestClient, *posts: dict[str, Any], **params: str) -> Any:
    """The summary of an import that went well."""
    reply = client.post("/v1/posts", content=lines(*posts), params=params)
    assert reply.status_code == 200, reply.text
    return reply.json()


def counts(summary: dict[str, Any]) -> tuple[int, ...]:
    return tuple(summary[name] for name in ("accepted", "updated", "unchanged", "deleted", "refused"))


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda body: body,
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "two gzip members": lambda body: gzip.compress(body[:20]) + gzip.compress(body[20:]),
}


@pytest.mark.parametrize("packing", PACKED)
def test_a_body_may_be_packed(client: TestClient, packing: str) -> None:
    reply = client.post("/v1/posts", content=PACKED[packing](lines(post(text="snow on the pass"), post("p2"))))
    assert counts(reply.json()) == (2, 0, 0, 0, 0)
    assert [seen["id"] for seen in client.get("/v1/search", params={"q": "snow"}).json()["posts"]] == ["p1"]


def test_a_body_of_several_pieces_larger_than_memory_allows(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for n in range(300):
            yield lines(post(f"p{n}", f"word{n} " + "x" * 8_000))

    assert counts(client.post("/v1/posts", content=pieces()).json()) == (300, 0, 0, 0, 0)


def test_the_summary_counts_every_line(client: TestClient) -> None:
    send(client, post("old"), post("same"), post("gone"))
    edited = post("old", "edited", edited_at="2024-05-02T00:00:00Z")
    like = {"engagement": "like", "actor": "bo", "post": "old", "at": AT}
    told = send(client, post("new"), edited, post("same"), {"delete": "gone"}, like, {"id": "bad"})
    assert counts(told) == (2, 1, 1, 1, 1)
    assert [reason["line"] for reason in told["reasons"]] == [6]
    assert told["seconds"] >= 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", "not JSON"),
        (b"[1, 2]", "object"),
        (b'"text"', "object"),
        (b"[" * 100_000, "object"),
        (b'{"id": "x"', "not JSON"),
        (b'{"id": "x", "author": "a", "text": "t"}', "created_at"),
        (b'{"id": "", "author": "a", "created_at": "2024-05-01T12:00:00Z", "text": "t"}', "length"),
        (b'{"id": "x", "author": "a", "created_at": "2024-05-01", "text": "t"}', "created_at"),
        (b'{"id": "x", "author": "a", "created_at": "2024-05-01T12:00:00", "text": "t"}', "timezone"),
        (b'{"id": "x", "author": "a", "created_at": "2024-05-01T12:00:00Z", "text": 7}', "text"),
        (b'{"id": "x", "author": "a", "created_at": "2024-05-01T12:00:00Z", "text": "\\ud800"}', "JSON"),
        (b'{"id": "x", "author": "a", "created_at": "2024-05-01T12:00:00Z", "text": "t", "visibility": "secret"}', "visibility"),
        (b'{"id": "x", "author": "a", "created_at": "2024-05-01T12:00:00Z", "text": "\xff"}', "UTF-8"),
        (b'{"relation": "love", "actor": "a", "target": "b", "at": "2024-05-01T12:00:00Z"}', "relation"),
        (b'{"id": "' + b"x" * 1_000_000 + b'"}', "longer than 1,000,000 bytes"),
    ],
    ids=range(15),
)
def test_a_bad_line_is_refused_by_its_number_and_the_rest_goes_on(client: TestClient, line: bytes, reason: str) -> None:
    body = b"\n".join([lines(post("before")).strip(), line, lines(post("after"))])
    told = client.post("/v1/posts", content=body).json()
    assert counts(told) == (2, 0, 0, 0, 1)
    assert told["reasons"][0]["line"] == 2
    assert reason in told["reasons"][0]["reason"]


@pytest.mark.parametrize("body", [b"", b"\n \n\n", gzip.compress(b"")])
def test_an_empty_body_is_nothing_to_do(client: TestClient, body: bytes) -> None:
    assert counts(client.post("/v1/posts", content=body).json()) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_packed_data_that_breaks_off_is_told(client: TestClient, pack: Callable[[bytes], bytes]) -> None:
    whole = pack(lines(*(post(f"p{n}", f"{n * n} words") for n in range(2_000))))
    told = client.post("/v1/posts", content=whole[: len(whole) // 2]).json()
    assert told["accepted"] < 2_000
    assert "breaks off or is damaged" in told["reasons"][-1]["reason"]


def test_many_refused_lines_are_counted_but_not_all_told(client: TestClient) -> None:
    told = client.post("/v1/posts", content=b"bad\n" * 500).json()
    assert (told["refused"], len(told["reasons"])) == (500, 20)


def test_a_body_that_is_too_large(app: App) -> None:
    app.settings.max_request_bytes = 1_000
    reply = client_of(app).post("/v1/posts", content=lines(post(text="x" * 1_000)))
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_large")
    assert "1,000 bytes" in reply.json()["error"]["message"]
    assert client_of(app).get(path_of("p1")).status_code == 404


@pytest.mark.parametrize("id", ["plain", URL, AT_URI, "a//b/../c", "trailing/", "50%", "ünï 🦉", "x" * 512, "?q=1&network=z"])
def test_any_id_can_be_read_and_deleted(server: Server, id: str) -> None:
    server.write([post(id, "an odd name")])
    address = server.url + path_of(id)
    read = httpx.get(address)
    assert (read.status_code, read.json().get("id")) == (200, id), read.text
    assert httpx.delete(address).json() == {"id": id, "network": "local", "deleted": True}
    assert httpx.get(address).status_code == 404


def test_a_posts_page_names_its_id_and_network(server: Server) -> None:
    server.write([post(URL + "2", network="far/away")])
    page = httpx.get(server.url + path_of(URL + "2")).json()["page"]
    assert page == "/post?id=https%3A%2F%2Fsocial.example%2F%40ann%2F111%3Fa%3D1%26b%3D%252F%23top2&network=far%2Faway"
    assert httpx.get(server.url + page).status_code == 200


def test_a_deleted_post_is_gone_at_once(meaning: App) -> None:
    client = client_of(meaning)
    words = "The Quarnholm ferry leaves the pier at seven all winter."
    question = {"messages": [{"role": "user", "content": "When does the Quarnholm ferry leave the pier in winter?"}]}
    send(client, post("kept", "A Quarnholm ferry ticket costs four crowns."), post("gone", words))
    meaning.embed_all()
    assert words in client.post("/v1/chat/completions", json=question).text, "it was there"
    assert client.delete(path_of("gone")).status_code == 200
    told = [
        client.get(path_of("gone")),
        client.get("/v1/search", params={"q": "Quarnholm ferry winter"}),
        client.get("/v1/search", params={"q": "from:ann", "sort": "latest"}),
        client.get("/v1/search", params={"q": "conversation_id:gone"}),
        client.post("/v1/chat/completions", json=question),
        client.post("/v1/chat/completions", json=question | {"stream": True}),
    ]
    assert [words in reply.text for reply in told] == [False] * len(told)
    assert "four crowns" in told[1].text


def test_a_late_copy_of_a_deleted_post_is_refused(client: TestClient) -> None:
    send(client, post())
    client.delete(path_of("p1"))
    told = send(client, post(text="back again", edited_at="2030-01-01T00:00:00Z"))
    assert (told["refused"], told["accepted"]) == (1, 0)
    assert "a deleted post does not come back" in told["reasons"][0]["reason"]
    assert client.get(path_of("p1")).status_code == 404


def test_a_delete_that_comes_before_its_post_holds(client: TestClient) -> None:
    assert client.delete(path_of("early")).status_code == 200
    assert send(client, post("early"))["refused"] == 1


def test_missing_deleted_and_not_visible_are_told_apart_to_nobody(client: TestClient, key: MakeKey) -> None:
    reader = key("read")

    def told() -> tuple[int, str]:
        reply = client.get(path_of("p1"), headers=reader)
        return reply.status_code, reply.text

    missing = told()
    send(client, post(visibility="followers"))
    unseen = told()
    send(client, post(visibility="public", labels=["!hide"], edited_at="2024-05-02T00:00:00Z"))
    hidden = told()
    client.delete(path_of("p1"))
    assert missing[0] == 404
    assert missing == unseen == hidden == told()


def test_a_network_of_its_own(client: TestClient) -> None:
    send(client, post("same", "on the first"), network="one")
    send(client, post("same", "on the second"), network="two")
    send(client, post("named", "by the line", network="three"), network="one")
    read = {name: client.get(path_of("same", network=name)) for name in ("one", "two", "none")}
    assert [read[name].json().get("text") for name in ("one", "two")] == ["on the first", "on the second"]
    assert read["none"].status_code == 404
    assert client.get(path_of("named")).json()["network"] == "three"
    client.delete(path_of("same", network="one"))
    assert client.get(path_of("same")).json()["text"] == "on the second"


def test_hostile_text_comes_back_as_it_was(client: TestClient) -> None:
    fields = ["author_name", "author_handle", "content_warning", "lang", "reply_to", "quote_of", "text", "id"]
    lists = {"tags": [HOSTILE], "urls": [HOSTILE], "mentions": [HOSTILE], "labels": [HOSTILE]}
    media = [{"url": HOSTILE, "alt": HOSTILE, "kind": HOSTILE}]
    given = post() | dict.fromkeys(fields, HOSTILE) | lists | {"media": media, "lang": "en", "author": HOSTILE}
    send(client, given, network=HOSTILE)
    read = client.get(path_of(HOSTILE, network=HOSTILE))
    found = client.get("/v1/search", params={"q": "alert"})
    assert read.headers["content-type"] == found.headers["content-type"] == "application/json"
    seen = read.json()
    assert {name: seen[name] for name in (*fields, *lists, "media", "network")} == (
        {name: given[name] for name in (*fields, *lists, "media")} | {"mentions": [HOSTILE.lower()], "network": HOSTILE}
    )
    assert found.json()["posts"][0]["text"] == HOSTILE


def test_nul_is_taken_out_of_what_is_written(client: TestClient) -> None:
    send(client, post("a\x00b", "nul\x00 here", tags=["\x00x"]))
    assert client.get(path_of("ab")).json()["text"] == "nul here"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", path_of("a\x00b")),
        ("DELETE", path_of("a\x00b")),
        ("GET", path_of("ab", network="n\x00")),
        ("DELETE", path_of("ab", network="n\x00")),
        ("POST", "/v1/posts?network=n%00"),
        ("DELETE", path_of("x" * 5_000)),
        ("DELETE", "/v1/posts/"),
        ("GET", "/v1/posts/"),
        ("GET", path_of("x" * 5_000)),
        ("GET", "/v1/posts/%ED%A0%80"),
        ("DELETE", path_of("ab", network="x" * 5_000)),
    ],
)
def test_what_can_be_no_id_or_network_is_the_callers_mistake(client: TestClient, method: str, path: str) -> None:
    reply = client.request(method, path, content=lines(post()) if method == "POST" else None)
    assert reply.status_code in (400, 404), reply.text
    assert set(reply.json()["error"]) == {"code", "message", "fix", "type"}
