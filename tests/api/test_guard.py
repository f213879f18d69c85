"""Who may call: the person at this computer without a key, everybody else with one that has the right."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from api.conftest import Headers, MakeKey, bearer, client_of, path_of
from conftest import Server
from oscine import access
from oscine.app import App
from oscine.records import Viewer

Write = Callable[..., Any]
AT = "2024-05-01T12:00:00Z"


def line(id: str = "p1", text: str = "a post", **more: Any) -> str:
    return json.dumps({"id": id, "author": "ann", "created_at": AT, "text": text, **more}) + "\n"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8420"}, 200),
        ({"Host": "[::1]:8420"}, 200),
        ({"Host": "127.0.0.1:8420", "Origin": "http://127.0.0.1:8420", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Authorization": "Bearer whatever-openais-client-wants"}, 200),
        ({"Host": "oscine.example"}, 401),
        ({"Host": "127.0.0.1.rebind.example:8420"}, 401),
        ({"Host": "localhost.rebind.example"}, 401),
        ({"Host": "10.0.0.1:8420"}, 401),
        ({"Host": ""}, 401),
        ({"Host": "127.0.0.1:8420@evil.example"}, 401),
        ({"Host": "["}, 401),
        ({"Host": "127.0.0.1:x"}, 401),
        ({"Origin": "https://other.example"}, 401),
        ({"Origin": "null"}, 401),
        ({"Origin": "http://127.0.0.1:9999"}, 401),
        ({"Origin": "https://127.0.0.1:8420"}, 401),
        ({"Sec-Fetch-Site": "cross-site"}, 401),
        ({"Sec-Fetch-Site": "same-site"}, 401),
        ({"X-Forwarded-For": "127.0.0.1"}, 401),
        ({"X-Forwarded-For": ""}, 401),
        ({"X-Real-IP": "10.0.0.1"}, 401),
        ({"Forwarded": "for=127.0.0.1"}, 401),
        ({"X-Forwarded-Host": "oscine.example"}, 401),
        ({"Via": "1.1 proxy"}, 401),
    ],
    ids=str,
)
def test_without_a_key_only_the_person_at_this_computer(client: TestClient, headers: Headers, status: int) -> None:
    for method, path in (("GET", "/v1/status"), ("POST", "/v1/posts")):
        reply = client.request(method, path, headers=headers)
        assert reply.status_code == status, reply.text
        assert status == 200 or reply.json()["error"]["code"] == "key_required"


@pytest.mark.parametrize(("address", "host", "status"), [
    ("127.0.0.1", "127.0.0.1", 200), ("::1", "::1", 200), ("10.0.0.7", "127.0.0.1", 401), ("127.0.0.1", "0.0.0.0", 401), ("", "127.0.0.1", 401),
])  # fmt: skip
def test_the_connection_and_the_server_are_on_loopback(app: App, address: str, host: str, status: int) -> None:
    app.settings.host = host
    assert client_of(app, address=address).get("/v1/status").status_code == status


def test_the_real_server_guards_itself_the_same(server: Server) -> None:
    told = [
        httpx.get(server.url + "/v1/status", headers=headers)
        for headers in (Headers(), {"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"X-Forwarded-For": "1.2.3.4"})
    ]
    assert [reply.status_code for reply in told] == [200, 401, 401, 401]
    assert told[1].json()["error"] == {
        "code": "key_required", "type": "key_required", "message": "This call needs a key.",
        "fix": "Send `Authorization: Bearer KEY`; `oscine keys create` makes one.",
    }  # fmt: skip


PICTURE = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAGUlEQVR4nGNUWpXGQApgIkn1qIZRDUNKAwDatQFSl88DMwAAAABJRU5ErkJggg=="
QUESTION = {"messages": [{"role": "user", "content": "What is here?"}]}
ROUTES: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", "/v1/posts", {"content": line("new")}, "write"),
    ("GET", "/v1/posts/p1", {}, "read"),
    ("DELETE", "/v1/posts/p1", {}, "write"),
    ("GET", "/v1/search", {}, "read"),
    ("GET", "/v1/feed", {}, "read"),
    ("POST", "/v1/feed/events", {"json": {"page": "x", "post": "p1", "network": "local", "kind": "seen"}}, "read"),
    ("GET", "/v1/feed/catch-up", {}, "read"),
    ("GET", "/v1/feed/steering", {}, "read"),
    ("PUT", "/v1/feed/steering", {"json": {}}, "read"),
    ("DELETE", "/v1/feed/steering", {}, "read"),
    ("POST", "/v1/feed/steering/read", {"json": {"sentence": "more cats"}}, "read"),
    ("GET", "/v1/feed/why", {"params": {"page": "x", "post": "p1"}}, "read"),
    ("POST", "/v1/feed/what-if", {"json": {"page": "x", "post": "p1"}}, "read"),
    ("DELETE", "/v1/feed/history", {}, "read"),
    ("GET", "/v1/feed/proposals", {}, "read"),
    ("GET", "/v1/feed/digest", {}, "read"),
    ("GET", "/v1/operators", {}, "read"),
    ("GET", "/v1/examples", {}, "read"),
    ("POST", "/v1/chat/completions", {"json": QUESTION}, "chat"),
    ("POST", "/v1/embeddings", {"json": {"input": "x"}}, "read"),
    ("GET", "/v1/models", {}, "read"),
    ("GET", "/v1/status", {}, "read"),
    ("GET", "/metrics", {}, "read"),
    ("GET", "/v1/connections", {}, "admin"),
    ("GET", "/v1/connections/letters", {"params": {"connection": "x"}}, "admin"),
    ("DELETE", "/v1/connections/letters", {"params": {"connection": "x"}}, "admin"),
    ("POST", "/v1/connections/replay", {"json": {"connection": "x"}}, "admin"),
    ("GET", "/v1/posts/p1/explain", {}, "read"),
    ("GET", "/v1/posts/p1/similar", {}, "read"),
    ("GET", "/v1/summary", {"params": {"of": "search", "q": "x"}}, "read"),
    ("GET", "/v1/people", {"params": {"q": "x"}}, "read"),
    ("GET", "/v1/trending", {}, "read"),
    ("GET", "/v1/related", {"params": {"q": "x"}}, "read"),
    ("GET", "/v1/search.rss", {}, "read"),
    ("GET", "/v1/saved", {}, "read"),
    ("POST", "/v1/saved", {"json": {"name": "x", "query": "x"}}, "read"),
    ("GET", "/v1/saved/1/new", {}, "read"),
    ("POST", "/v1/saved/1/seen", {"json": {}}, "read"),
    ("DELETE", "/v1/saved/1", {}, "read"),
    ("GET", "/v1/tools", {}, "any"),
    ("POST", "/v1/tools/search_posts", {"json": {"query": "x"}}, "read"),
    ("GET", "/v1/evals", {}, "read"),
    ("POST", "/v1/drafts", {"json": {"beginning": "x"}}, "chat"),
    ("POST", "/v1/completions", {"json": {"model": "x", "prompt": "x"}}, "chat"),
    ("POST", "/v1/rewrite", {"json": {"text": "x", "style": "shorter"}}, "chat"),
    ("POST", "/v1/images/generations", {"json": {"prompt": "a tree", "size": "64x64"}}, "chat"),
    ("POST", "/v1/images/alt", {"json": {"image": PICTURE}}, "chat"),
    ("POST", "/v1/audio/transcriptions", {"files": {"file": b"RIFF"}}, "chat"),
    ("POST", "/v1/audio/speech", {"json": {"input": "x"}}, "chat"),
    ("GET", "/v1/ads/placements", {}, "chat"),
    ("POST", "/v1/ads/creatives", {"json": {"brief": "The ferry leaves at nine.", "count": 1}}, "chat"),
    ("POST", "/v1/ads/check", {"json": {"passages": [], "headline": "x"}}, "chat"),
    ("POST", "/v1/ads/pictures", {"json": {"headline": "x", "sizes": ["320x50"]}}, "chat"),
    ("POST", "/v1/ads/score", {"json": {"ads": [{"headline": "x"}]}}, "chat"),
    ("POST", "/v1/ads/reviews", {"json": {"headline": "x"}}, "chat"),
    ("GET", "/v1/ads/reviews", {}, "chat"),
    ("GET", "/v1/ads/reviews/1", {}, "chat"),
    ("POST", "/v1/ads/reviews/1/appeal", {"json": {"words": "x"}}, "chat"),
    ("POST", "/v1/ads/reviews/1/decision", {"json": {"decision": "accept", "reason": "x"}}, "admin"),
    ("POST", "/v1/feed/weights", {"json": {"actions": {"like": 5}, "why": "x"}}, "admin"),
    ("POST", "/v1/feed/weights/1/estimate", {}, "admin"),
    ("POST", "/v1/feed/weights/1/live", {"json": {"why": "x"}}, "admin"),
    ("POST", "/v1/feed/tests", {"json": {"name": "x", "treatment": 1, "why": "x"}}, "admin"),
    ("GET", "/v1/feed/tests", {}, "admin"),
    ("GET", "/v1/feed/tests/1", {}, "admin"),
    ("POST", "/v1/feed/tests/1/end", {"json": {"why": "x"}}, "admin"),
    ("POST", "/v1/ads/advertisers", {"json": {"name": "x"}}, "ads"),
    ("GET", "/v1/ads/advertisers", {}, "ads"),
    ("POST", "/v1/ads/campaigns", {"json": {"advertiser": 1, "name": "x"}}, "ads"),
    ("GET", "/v1/ads/campaigns", {}, "ads"),
    ("GET", "/v1/ads/campaigns/1", {}, "ads"),
    ("PATCH", "/v1/ads/campaigns/1", {"json": {"name": "x"}}, "ads"),
    ("DELETE", "/v1/ads/campaigns/1", {}, "ads"),
    ("POST", "/v1/ads/campaigns/1/creatives", {"json": {"creatives": [{"headline": "x", "link": "https://x.example/"}]}}, "ads"),
    ("DELETE", "/v1/ads/campaigns/1/creatives/2", {}, "ads"),
    *((("POST", f"/v1/ads/campaigns/1/{step}", {"json": {}}, "ads")) for step in ("launch", "pause", "resume", "end")),
    *((("GET", f"/v1/ads/campaigns/1/{told}", {}, "ads")) for told in ("trail", "report", "lift", "compare", "summary")),
    ("GET", "/v1/ads/campaigns/1/whatif", {"params": {"policy": "even"}}, "ads"),
    ("GET", "/v1/ads/ledger", {}, "ads"),
    ("POST", "/v1/ads/ledger", {"json": {"flight": 1, "kind": "refund", "amount": 1, "why": "x"}}, "admin"),
    ("POST", "/v1/ads/reach", {"json": {}}, "ads"),
    ("POST", "/v1/ads/explain", {"json": {}}, "ads"),
    ("POST", "/v1/ads/conversions", {"json": {"ref": "1", "advertiser": 1, "account": "ann"}}, "ads"),
    ("GET", "/v1/ads/refusals", {}, "admin"),
    ("POST", "/v1/ads/decide", {"json": {}}, "serve"),
    ("POST", "/openrtb2/auction", {"json": {"id": "1", "imp": [{"id": "1"}]}}, "serve"),
    ("POST", "/v1/trust/incidents", {"json": {"title": "x", "what": "x"}}, "admin"),
    ("POST", "/v1/trust/incidents/1/end", {"json": {"mended": "x"}}, "admin"),
    ("POST", "/v1/labels", {"json": {"texts": ["x"]}}, "read"),
    ("GET", "/v1/labels/posts/p1", {}, "read"),
    ("GET", "/v1/labels/appeals", {}, "read"),
    ("POST", "/v1/labels/appeals", {"json": {"post": "p1", "network": "local", "label": "spam", "words": "x"}}, "read"),
    ("GET", "/v1/labels/queue", {}, "admin"),
    ("POST", "/v1/labels/decisions", {"json": {"post": "p1", "network": "local", "label": "spam", "is": True, "why": "x"}}, "admin"),
    ("POST", "/v1/labels/appeals/1", {"json": {"uphold": True, "why": "x"}}, "admin"),
    ("GET", "/v1/access/log", {}, "admin"),
    ("GET", "/v1/access/verify", {}, "admin"),
    ("GET", "/v1/keys", {}, "admin"),
    ("POST", "/v1/keys", {"json": {"scopes": ["read"]}}, "admin"),
    ("DELETE", "/v1/keys/k1", {}, "admin"),
    ("PUT", "/v1/keys/k1/licence", {"json": {"holder": "x", "purpose": "research", "uses": ["search"], "fields": ["text"]}}, "admin"),
    ("GET", "/v1/keys/k1/licences", {}, "admin"),
    ("GET", "/v1/export", {}, "admin"),
    ("GET", "/v1/stream", {"params": {"after": "none of ours"}}, "admin"),
    ("POST", "/v1/ads/less/x", {}, "read"),
    ("GET", "/v1/ads/choices", {}, "read"),
    ("PUT", "/v1/ads/choices", {"json": {}}, "read"),
    ("DELETE", "/v1/ads/choices", {}, "read"),
]
UNDESCRIBED = {("POST", "/openrtb2/auction")}  # a standard's own
BY_TOKEN = {  # whoever holds an ad's token may tell what happened to it, and anybody may look an ad up
    ("POST", "/v1/ads/events/{token}/{kind}"), ("GET", "/v1/ads/events/{token}/{kind}.gif"), ("GET", "/v1/ads/click/{token}"),
    ("GET", "/v1/feed/weights"), ("GET", "/v1/access/head"),  # published
    ("GET", "/v1/trust"), ("GET", "/v1/trust/published/{name}"), ("GET", "/v1/trust/cards/{name}"),  # for everyone
    ("GET", "/v1/certificates/{certificate}"),  # nobody guesses its id
    ("GET", "/v1/ads/why/{token}"), ("GET", "/v1/ads/pictures/{creative}/{size}"), ("GET", "/v1/ads/repository"),
    ("GET", "/v1/ads/repository/{number}"), ("POST", "/v1/ads/tag"),
    ("GET", "/.well-known/did.json"), ("GET", "/xrpc/app.bsky.feed.describeFeedGenerator"),  # a person's server speaks for it by a service token
    ("GET", "/xrpc/app.bsky.feed.getFeedSkeleton"), ("POST", "/xrpc/app.bsky.feed.sendInteractions"),
    *(("POST", f"/v1/messengers/{messenger}") for messenger in ("webhook", "slack", "dingtalk")),  # which sign what they send
}  # fmt: skip
BY_SESSION = {  # whoever signed in, or is about to: no key stands for a person
    ("GET", "/v1/sign-in"), ("POST", "/v1/sign-in"), ("POST", "/v1/sign-in/finish"), ("GET", "/v1/sessions"), ("DELETE", "/v1/sessions"),
    ("DELETE", "/v1/sessions/{number}"), ("POST", "/v1/me/consent"), ("POST", "/v1/me/posts"),
    ("GET", "/oauth-client-metadata.json"), ("GET", "/oauth/jwks.json"),  # read by servers before they ask the person
}  # fmt: skip
BY_ACCOUNT = {  # whoever signed in, or a key that acts for an account; tests/api/test_me.py
    ("GET", "/v1/me"), ("GET", "/v1/me/export"), ("PUT", "/v1/me/choices"), ("DELETE", "/v1/me/posts/{post_id}"), ("POST", "/v1/me/delete"),
}  # fmt: skip
OPEN = {"/healthz", "/", "/search", "/post", "/ads", "/docs", "/campaigns", "/ads/queue", "/ads/repository", "/ads/choices", "/ads/why", "/sign-in",
        "/connections", "/feed", "/feed/weights", "/labels", "/trust", "/me", "/access"}  # fmt: skip


def test_the_table_holds_every_route(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]
    named = {
        r"/creatives/2$": "/creatives/{creative}", r"/less/x$": "/less/{token}", r"/p1\b": "/{post_id}", r"/k1\b": "/{key_id}", r"/1\b": "/{number}",
        r"/search_posts$": "/{name}", r"\.rss$": ".{form}",
    }  # fmt: skip

    def as_described(path: str) -> str:
        for pattern, name in named.items():
            path = re.sub(pattern, name, path)
        return path

    known = {(method, as_described(path)) for method, path, _, _ in ROUTES}
    told = {(method.upper(), path) for path, methods in described.items() if path not in OPEN for method in methods}
    assert known - UNDESCRIBED | BY_TOKEN | BY_SESSION | BY_ACCOUNT == told


@pytest.mark.parametrize(("method", "path", "body", "scope"), ROUTES, ids=[f"{method} {path}" for method, path, _, _ in ROUTES])
def test_each_call_needs_its_right(
    meaning: App, write: Write, key: MakeKey, method: str, path: str, body: dict[str, Any], scope: str
) -> None:
    client = client_of(meaning, "http://oscine.example", "10.0.0.7")
    write({"id": "p1", "text": "a post"})
    secret, _ = access.create(meaning.database, "test", ["read", "chat"], [], Viewer())
    callers: dict[str, Headers] = {
        "nobody": {},
        "wrong": bearer(secret + "x"),
        "malformed": bearer("osc_"),
        **{name: key(name) for name in access.SCOPES},
    }
    told = {name: client.request(method, path, headers=headers, **body).status_code for name, headers in callers.items()}
    refused = {name: told[name] for name in callers if told[name] in (401, 403)}
    forbidden = {name: 403 for name in access.SCOPES if name not in (scope, "admin") and scope != "any"}
    assert refused == forbidden | {"nobody": 401, "wrong": 401, "malformed": 401}
    assert {told[name] for name in callers if name not in refused} <= {200, 201, 204, 400, 404, 409, 503}  # there already, not there, or no model


@pytest.mark.parametrize("path", sorted(OPEN - {"/docs"}))
def test_pages_and_health_need_no_key(app: App, path: str) -> None:
    assert client_of(app, "http://oscine.example", "10.0.0.7").get(path).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "osc_",
        "osc__",
        "osc_x",
        "osc_x_y",
        "osc_%00_y",
        "OSC_x_y",
        "osc_' OR true --_y",
        "osc_ünï_y",
        "osc_" + "x" * 10_000,
        "",
        " ",
        "osc_½_y",
    ],
)
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Basic", ""])
def test_a_malformed_key_is_refused(app: App, scheme: str, text: str) -> None:
    headers = {b"Authorization": f"{scheme} {text}".encode()}
    reply = client_of(app, "http://oscine.example", "10.0.0.7").get("/v1/status", headers=headers)
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "key_required")


def test_a_wrong_key_is_refused_on_loopback_too(client: TestClient) -> None:
    reply = client.get("/v1/status", headers=bearer("osc_0123456789ab_secret"))
    assert (reply.status_code, reply.json()["error"]["message"]) == (401, "This key is unknown or was revoked.")


def test_a_revoked_key_ends_at_once(app: App, client: TestClient) -> None:
    secret, key = access.create(app.database, "test", ["read"], [], Viewer())
    before = client.get("/v1/status", headers=bearer(secret)).status_code
    access.revoke(app.database, key.id)
    assert (before, client.get("/v1/status", headers=bearer(secret)).status_code) == (200, 401)


@pytest.mark.parametrize("network", [{}, {"network": "theirs"}, {"network": "mine"}], ids=str)
@pytest.mark.parametrize("named", [{}, {"network": "theirs"}], ids=str)
@pytest.mark.parametrize(
    "attack",
    [
        {"id": "p1", "author": "ann", "created_at": AT, "edited_at": "2030-01-01T00:00:00Z", "text": "overwritten"},
        {"delete": "p1"},
        {"engagement": "like", "actor": "bo", "post": "p1", "at": AT},
    ],
    ids=["edit", "delete", "like"],
)
def test_a_key_cannot_touch_another_network(
    client: TestClient, write: Write, key: MakeKey, attack: dict[str, Any], named: dict[str, str], network: dict[str, str]
) -> None:
    write({"id": "p1", "text": "untouched", "network": "theirs"})
    before = client.get(path_of("p1", network="theirs")).json()
    reply = client.post("/v1/posts", params=network, content=json.dumps(attack | named), headers=key("write", networks=("mine",)))
    theirs = "theirs" in (named or network).values()
    assert reply.json()["refused"] == theirs, "what is meant for its own network it may write"
    assert not theirs or "'theirs' is not one that this key may write (mine)" in reply.json()["reasons"][0]["reason"]
    assert client.get(path_of("p1", network="theirs")).json() == before


def test_a_key_cannot_follow_or_block_for_another_network(client: TestClient, write: Write, key: MakeKey) -> None:
    write({"id": "p1", "text": "for followers", "network": "theirs", "visibility": "followers"})
    follow = {"relation": "follow", "actor": "eve", "target": "ann", "at": AT, "network": "theirs"}
    told = client.post("/v1/posts", content=json.dumps(follow), headers=key("write", networks=("mine",))).json()
    assert (told["refused"], told["accepted"]) == (1, 0)
    seen = client.get(path_of("p1", network="theirs"), headers=key("admin") | {"Oscine-Viewer": "theirs/eve"})
    assert seen.status_code == 404


def test_a_key_cannot_delete_on_another_network(client: TestClient, write: Write, key: MakeKey) -> None:
    write({"id": "p1", "text": "theirs", "network": "theirs"}, {"id": "p1", "text": "mine", "network": "mine"})
    mine = key("write", networks=("mine",))
    refused = client.delete(path_of("p1", network="theirs"), headers=mine)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")
    assert client.delete(path_of("p1"), headers=mine).json()["network"] == "mine", "where none is named it is the key's own"
    assert client.get(path_of("p1", network="theirs")).json()["text"] == "theirs"
    late = client.post("/v1/posts", content=line("p1", network="theirs", edited_at="2030-01-01T00:00:00Z"))
    assert late.json()["updated"] == 1, "no tombstone was left on the other network"


def test_a_key_bound_to_two_networks_writes_both(client: TestClient, key: MakeKey) -> None:
    both = key("write", networks=("b", "a"))
    told = client.post("/v1/posts", content=line("1", network="b") + line("2", network="c") + line("3"), headers=both).json()
    assert (told["accepted"], told["refused"]) == (2, 1)
    assert client.get(path_of("3")).json()["network"] == "a"


@pytest.fixture
def circle(meaning: App, write: Write) -> Iterator[App]:
    """Ann's posts: one for everybody, one for her followers; fay follows her, bo does not."""
    write(
        {"id": "open", "text": "The Quarnholm ferry ticket costs four crowns."},
        {"id": "closed", "text": "The Quarnholm ferry secretly leaves from pier nine at midnight.", "visibility": "followers"},
        {"relation": "follow", "actor": "fay", "target": "ann", "at": AT},
    )
    meaning.embed_all()
    yield meaning


ASKED = ["Does the Quarnholm ferry secretly leave from pier nine at midnight?", "What is the boiling point of liquid hydrogen?"]


@pytest.mark.parametrize(
    ("viewer", "sees"), [("local/fay", True), ("local/ann", True), ("local/bo", False), ("", False), ("far/fay", False)]
)
def test_a_key_sees_what_its_account_may_see(circle: App, key: MakeKey, viewer: str, sees: bool) -> None:
    client, headers = client_of(circle), key("read", "chat", viewer=viewer)
    asked = [{"messages": [{"role": "user", "content": question}], "stream": stream} for question in ASKED for stream in (False, True)]
    found = client.get("/v1/search", params={"q": "Quarnholm ferry"}, headers=headers)
    replies = [
        found,
        client.get("/v1/search", params={"q": "", "sort": "latest"}, headers=headers),
        client.get(path_of("closed"), headers=headers),
        *(client.post("/v1/chat/completions", json=body, headers=headers) for body in asked),
    ]
    assert ["midnight" in reply.text.replace(ASKED[0], "") for reply in replies] == [sees] * len(replies)
    assert "four crowns" in found.text


def test_a_question_about_what_one_may_not_see_is_refused(circle: App, key: MakeKey) -> None:
    body = {"messages": [{"role": "user", "content": ASKED[0]}]}
    told = [
        client_of(circle).post("/v1/chat/completions", json=body, headers=key("chat", viewer=f"local/{name}")).json()
        for name in ("fay", "bo")
    ]
    assert ["closed" in [post for said in reply["oscine"]["sentences"] for post in said["posts"]] for reply in told] == [True, False]
    assert "closed" not in [post["id"] for post in told[1]["oscine"]["posts"]]


@pytest.mark.parametrize("scopes", [("read",), ("read", "chat"), ("read", "write", "chat")])
@pytest.mark.parametrize("path", ["/v1/search", "/v1/posts/closed"])
def test_only_admin_names_another_viewer(circle: App, key: MakeKey, scopes: tuple[str, ...], path: str) -> None:
    reply = client_of(circle).get(path, headers=key(*scopes) | {"Oscine-Viewer": "local/fay"})
    assert (reply.status_code, reply.json()["error"]["message"]) == (403, "Only an admin key may name another viewer.")


def test_counts_are_of_public_posts_for_everybody(circle: App, key: MakeKey) -> None:
    for headers in (key("read", viewer="local/fay"), key("admin"), {}):
        assert client_of(circle).get("/v1/status", headers=headers).json()["posts"] == 1
        assert "oscine_posts 1\n" in client_of(circle).get("/metrics", headers=headers).text


def test_a_server_for_others_needs_a_key_first(tmp_path: Path) -> None:
    """One data directory: refused without a key, refused with a revoked one, started with a live one; the secret is nowhere but here."""

    def oscine(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "oscine", "--data", str(tmp_path), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=90)

    public = Server(tmp_path, "--host", "0.0.0.0", environment={"OSCINE_EMBEDDING": "none"})
    assert public.process.wait(60) == 1
    log = (tmp_path / "up.log").read_text()
    assert "oscine: 0.0.0.0 can be reached by others, and there is no key yet." in log
    assert "oscine keys create" in log
    assert "Traceback" not in log
    secret = json.loads(oscine("keys", "create", "--name", "me", "--scope", "read", "--json").stdout)["key"]
    running = Server(tmp_path, "--host", "0.0.0.0", environment={"OSCINE_EMBEDDING": "none"}).wait()
    try:
        told = [
            httpx.get(running.url + "/v1/status", headers=headers).status_code
            for headers in (Headers(), bearer(secret), bearer(secret[:-1] + "!"))
        ]
        httpx.get(running.url + "/v1/search", params={"q": "x\x00", "cursor": "x"}, headers=bearer(secret))
    finally:
        running.stop()
    assert told == [401, 200, 401]
    hidden = secret.split("_", 2)[2]
    holding = [path for path in tmp_path.rglob("*") if path.is_file() and hidden.encode() in path.read_bytes()]
    assert holding == [], "neither a log nor the database's own files hold the secret"
