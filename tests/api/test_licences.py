"""Keys with a licence over HTTP: which doors they pass, what is given at each, how often, for how long; and how an admin grants and ends them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import Headers, bearer, client_of, path_of
from oscine import access
from oscine.access.fields import FIELDS
from oscine.api.doors import DOORS
from oscine.app import App
from oscine.records import Viewer

Write = Callable[..., Any]
ALL = sorted(FIELDS)


def licensed(app: App, *uses: str, fields: list[str] = ALL, viewer: Viewer | None = None, **more: Any) -> tuple[Headers, str]:
    """A key with a licence: its header, and its id."""
    secret, key = access.create(app.database, "test", ["read", "chat"], [], viewer or Viewer())
    app.license(key.id, {"holder": "h", "purpose": "research", "uses": uses, "fields": fields, **more}, "test")
    return bearer(secret), key.id


ASKED = {"messages": [{"role": "user", "content": "How much is the ferry?"}]}
CALLS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("search", "GET", "/v1/search", {"params": {"q": "ferry"}}), ("search", "GET", "/v1/search.rss", {"params": {"q": "ferry"}}),
    ("search", "GET", "/v1/operators", {}), ("search", "GET", "/v1/people", {"params": {"q": "ann"}}), ("search", "GET", "/v1/posts/p1/similar", {}),
    ("read", "GET", "/v1/posts/p1", {}), ("answer", "GET", "/v1/posts/p1/explain", {}), ("answer", "POST", "/v1/chat/completions", {"json": ASKED}),
    ("answer", "GET", "/v1/summary", {"params": {"of": "search", "q": "ferry"}}), ("answer", "GET", "/v1/models", {}), ("export", "GET", "/v1/export", {}),
    ("stream", "GET", "/v1/stream", {"params": {"after": "bad"}}), ("search", "POST", "/v1/tools/search_posts", {"json": {"query": "ferry"}}),
    ("read", "POST", "/v1/tools/get_thread", {"json": {"post": "p1"}}), ("search", "POST", "/v1/tools/find_accounts", {"json": {"query": "ann"}}),
    ("answer", "POST", "/v1/tools/ask_posts", {"json": {"question": "How much is the ferry?"}}),
    ("none", "POST", "/v1/tools/get_trending", {"json": {}}),
]  # fmt: skip


@pytest.mark.parametrize("use", ["read", "search", "answer", "export", "stream"])
def test_a_licence_opens_the_doors_of_its_use_and_no_other(app: App, client: TestClient, write: Write, use: str) -> None:
    write({"id": "p1", "text": "The ferry costs four crowns."})
    headers, _ = licensed(app, use)
    told = {(method, path): client.request(method, path, headers=headers, **how) for _, method, path, how in CALLS}
    assert {call for call, reply in told.items() if reply.status_code != 403} == {(method, path) for door, method, path, _ in CALLS if door == use}
    for reply in told.values():
        assert reply.status_code in (200, 403) or (use == "stream" and reply.status_code == 400)
        assert reply.status_code != 403 or "This licence does not cover" in reply.json()["error"]["message"]


def test_every_route_that_is_not_in_the_table_is_shut(app: App) -> None:
    """Whatever is added later is shut to licences until somebody puts it into the table."""
    app.settings.requests_per_minute = 1_000_000
    headers, _ = licensed(app, "read", "search", "answer", "export", "stream")
    client, tried = client_of(app, "http://oscine.example", "10.0.0.7"), 0
    doors = {(method, path.replace(":path", "")) for method, path in DOORS}
    for described, methods in client.get("/openapi.json").json()["paths"].items():
        for method in {each.upper() for each in methods} - {each for each, path in doors if path == described}:
            path = re.sub(r"\{(\w+)\}", lambda name: {"post_id": "p1", "form": "rss"}.get(name[1], "1"), described)
            reply, without = (client.request(method, path, headers=sent) for sent in (headers, {}))
            tried += without.status_code == 401
            assert without.status_code != 401 or reply.status_code in (401, 403), f"{method} {path}"  # nobody's without a key: nor with a licence
    assert tried > 80


@pytest.mark.parametrize("path", ["/v1/feed", "/v1/trending", "/v1/related?q=x", "/v1/saved", "/v1/feed/catch-up", "/v1/status", "/metrics", "/v1/evals",
                                  "/v1/keys", "/v1/connections", "/v1/embeddings"])  # fmt: skip
def test_what_ranks_or_counts_is_shut(app: App, client: TestClient, path: str) -> None:
    headers, _ = licensed(app, "read", "search", "answer", "export", "stream")
    method = "POST" if path.endswith("embeddings") else "GET"
    reply = client.request(method, path, headers=headers, **({"json": {"input": "x"}} if method == "POST" else {}))
    assert (reply.status_code, reply.json()["error"]["message"]) == (403, "This licence does not cover this call.")


def test_a_licence_ends_on_its_day(app: App, client: TestClient) -> None:
    headers, key = licensed(app, "search", expires_at=datetime.now(UTC) + timedelta(hours=1))
    before = client.get("/v1/search", headers=headers).status_code
    app.database.execute("UPDATE licences SET expires_at = '2024-05-31T00:00:00Z' WHERE key = %s", [key])
    reply = client.get("/v1/search", headers=headers)
    assert (before, reply.status_code, reply.json()["error"]["message"]) == (200, 403, "This licence ended on 2024-05-31.")
    assert list(app.view(Viewer(licence=access.keys(app.database)[0].licence)).posts([1])) == []


def test_so_many_calls_a_minute(app: App, client: TestClient) -> None:
    headers, _ = licensed(app, "search", per_minute=12)
    other, _ = licensed(app, "search")
    told = [client.get("/v1/feed" if n else "/v1/search", headers=headers) for n in range(4)]
    assert [reply.status_code for reply in told] == [200, 403, 429, 429], "what is refused counts as well"
    assert "this licence allows 12 a minute" in told[-1].json()["error"]["fix"] and 1 <= int(told[-1].headers["retry-after"]) <= 6
    assert client.get("/v1/search", headers=other).status_code == 200


POSTS = [
    {"id": "one", "author": "ann", "author_name": "Ann Quarn", "text": "the ferry is late", "network": "near", "likes": 77, "urls": ["https://far.example/"],
     "media": [{"url": "https://pic.example/1"}], "labels": ["odd"]},
    {"id": "two", "author": "bob", "text": "the ferry is early", "network": "far"},
]  # fmt: skip


def test_only_its_networks_fields_and_days(app: App, client: TestClient, write: Write) -> None:
    now = datetime.now(UTC).isoformat()
    write(*({**post, "created_at": now} for post in POSTS), {"id": "old", "author": "ann", "text": "the ferry of old", "network": "near"})
    headers, _ = licensed(app, "search", "read", fields=["text"], networks=["near"], days=30)
    found = client.get("/v1/search", params={"q": "ferry"}, headers=headers).json()
    assert [post["text"] for post in found["posts"]] == ["the ferry is late"]
    told = json.dumps(found)
    assert not [trace for trace in ("Quarn", "ann", "77", "far.example", "pic.example", '"odd"', '"one"') if trace in told]
    [post] = found["posts"]
    assert client.get(path_of(post["id"]), headers=headers).json()["text"] == post["text"]
    assert client.get(path_of("one"), headers=headers).status_code == 404
    refused = client.get("/v1/search", params={"q": "from:ann"}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["message"]) == (403, "`from:ann` looks at what this licence does not give: author.")
    assert client.get("/v1/people", params={"q": "ann"}, headers=headers).status_code == 403
    rss = client.get("/v1/search.rss", params={"q": "ferry"}, headers=headers).text
    assert "ferry is late" in rss and "Quarn" not in rss and "<dc:creator>somebody<" in rss


def test_the_key_of_an_address_keeps_to_its_licence(app: App, write: Write) -> None:
    write(*POSTS)
    secret, key = access.create(app.database, "reader", ["read"], [], Viewer())
    client = client_of(app, "http://oscine.example", "10.0.0.7")
    assert client.get("/v1/search.rss", params={"q": "ferry", "key": secret}).status_code == 200
    app.license(key.id, {"holder": "h", "purpose": "research", "uses": ["read"], "fields": ALL}, "test")
    assert client.get("/v1/search.rss", params={"q": "ferry", "key": secret}).status_code == 403


def test_tools_are_those_that_the_licence_covers(app: App, client: TestClient) -> None:
    headers, _ = licensed(app, "search", fields=["text"])
    assert [tool["function"]["name"] for tool in client.get("/v1/tools", headers=headers).json()["data"]] == ["search_posts"]
    everything, _ = licensed(app, "search", "read", "answer")
    named = {tool["function"]["name"] for tool in client.get("/v1/tools", headers=everything).json()["data"]}
    assert named == {"search_posts", "get_thread", "find_accounts", "ask_posts"}


def test_granting_narrowing_revoking(app: App, client: TestClient, write: Write) -> None:
    write(*POSTS)
    made = client.post("/v1/keys", json={"name": "lab", "scopes": ["read"], "account": "ann"}).json()
    headers, key = bearer(made["key"]), made["id"]
    assert made["account"] == f"{app.settings.network}/ann" and made["licence"] is None
    first = {"holder": "Lab", "purpose": "research", "uses": ["search", "read"], "fields": ALL, "networks": ["near"], "days": 36_500, "per_minute": 600,
             "expires_at": "2090-01-01T00:00:00Z", "why": "a study"}  # fmt: skip
    given = client.put(f"/v1/keys/{key}/licence", json=first).json()["licence"]
    assert {name: given[name] for name in first if name not in ("uses", "fields")} == {k: v for k, v in first.items() if k not in ("uses", "fields")}
    assert (given["version"], sorted(given["uses"]), given["by"]) == (1, ["read", "search"], "local")
    assert client.get("/v1/search", params={"q": "ferry"}, headers=headers).status_code == 200
    narrowed = {**first, "uses": ["read"], "why": "less"}
    assert client.put(f"/v1/keys/{key}/licence", json=narrowed).json()["licence"]["version"] == 2
    assert client.get("/v1/search", params={"q": "ferry"}, headers=headers).status_code == 403
    versions = client.get(f"/v1/keys/{key}/licences").json()["licences"]
    assert [(each["version"], each["why"]) for each in versions] == [(2, "less"), (1, "a study")]
    [listed] = client.get("/v1/keys").json()["keys"]
    assert listed["licence"]["version"] == 2 and made["key"].split("_")[2] not in json.dumps(listed)
    assert client.delete(f"/v1/keys/{key}").json() == {"id": key, "revoked": True}
    assert client.get(path_of("one"), headers=headers).status_code == 401
    assert client.put(f"/v1/keys/{key}/licence", json=first).status_code == client.delete(f"/v1/keys/{key}").status_code == 404
    logged = [row["what"] for row in app.database.rows("SELECT what FROM access_log WHERE key = %s AND what <> 'read' ORDER BY id", [key])]
    assert logged == ["granted", "narrowed", "revoked"]


@pytest.mark.parametrize("change", [
    {"uses": []}, {"uses": ["sing"]}, {"fields": []}, {"fields": ["soul"]}, {"purpose": "gossip"}, {"holder": " "}, {"holder": "\x00"}, {"holder": "x" * 201},
    {"days": 0}, {"days": -1}, {"days": 1e9}, {"per_minute": 0}, {"per_minute": 10**12}, {"per_minute": 1.5}, {"expires_at": "2024-01-01T00:00:00Z"},
    {"expires_at": "2090-01-01"}, {"expires_at": "soon"}, {"networks": [""]}, {"networks": ["\ud800"]}, {"why": "x" * 2_000}, {"surprise": 1},
])  # fmt: skip
def test_what_no_licence_can_be(app: App, client: TestClient, change: dict[str, Any]) -> None:
    _, key = access.create(app.database, "test", ["read"], [], Viewer())
    body = json.dumps({"holder": "h", "purpose": "research", "uses": ["search"], "fields": ["text"], **change}, allow_nan=True)
    reply = client.put(f"/v1/keys/{key.id}/licence", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400, reply.text
    assert access.keys(app.database)[0].licence is None


def test_an_admin_key_takes_no_licence(app: App, client: TestClient) -> None:
    _, key = access.create(app.database, "test", ["admin"], [], Viewer())
    body = {"holder": "h", "purpose": "research", "uses": ["search"], "fields": ["text"]}
    reply = client.put(f"/v1/keys/{key.id}/licence", json=body)
    assert (reply.status_code, reply.json()["error"]["message"]) == (400, "An admin key may do everything.")


def test_a_webhook_that_was_saved_before_the_licence_is_not_called_after_it(app: App, write: Write) -> None:
    _, key = access.create(app.database, "test", ["read"], [], Viewer())
    app.saved.add(key.id, Viewer(), "ferries", "ferry", "https://hook.example/", "secret")
    write({"id": "1", "text": "the ferry"})
    assert [one.name for one in app.saved.due(app.saved.arrived())] == ["ferries"]
    app.database.execute("UPDATE saved_searches SET next_try = now()")
    app.license(key.id, {"holder": "h", "purpose": "research", "uses": ["search"], "fields": ALL}, "test")
    assert app.saved.due(app.saved.arrived()) == []
