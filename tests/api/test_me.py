"""`/v1/me`: what is held about a person, narrowing it, deleting it. By a session: tests/api/test_signin.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import MakeKey, client_of
from oscine.app import App

Write = Callable[..., Any]
AT = "2024-05-01T12:00:00Z"
CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/v1/me", None), ("GET", "/v1/me/export", None), ("PUT", "/v1/me/choices", {"training": "deny"}),
    ("DELETE", "/v1/me/posts/p1", None), ("POST", "/v1/me/delete", {"confirm": "ann"}),
]  # fmt: skip


@pytest.fixture
def network(write: Write, app: App) -> App:
    """Ann wrote twice and likes what bo wrote; bo follows her."""
    write(
        {"id": "p1", "text": "A heron stands in the reeds, and nobody sees it.", "author_handle": "ann", "author_name": "Ann of the Lake"},
        {"id": "p2", "text": "The heron is gone again.", "author_name": "Ann of the Lake"},
        {"id": "p3", "text": "Nobody ever sees herons here.", "author": "bo"},
        {"engagement": "like", "actor": "ann", "post": "p3", "at": AT},
        {"relation": "follow", "actor": "bo", "target": "ann", "at": AT},
    )
    return app


def held(told: dict[str, Any]) -> dict[str, int]:
    return {each["what"]: each["count"] for each in told["held"]}


@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=[f"{method} {path}" for method, path, _ in CALLS])
def test_it_is_for_the_account_alone(network: App, key: MakeKey, method: str, path: str, body: Any) -> None:
    public = client_of(network, "http://oscine.example", "10.0.0.7")
    scopes = ("read",) if method == "GET" else ("write",)
    callers = {
        "nobody": {}, "nobody's key": key(*scopes), "wrong": {"Authorization": "Bearer osc_0_x"}, "no right": key("serve", viewer="local/ann"),
        "another's": key(*scopes, viewer="local/bo"), "another network": key(*scopes, networks=("far",), viewer="local/ann"),
        "own": key(*scopes, viewer="local/ann"),
    }  # fmt: skip
    told = {name: public.request(method, path, headers=headers, json=body).status_code for name, headers in callers.items()}
    anothers = {"/v1/me/posts/p1": 404, "/v1/me/delete": 400}.get(path, 200)
    assert told == {
        "nobody": 403, "nobody's key": 403, "wrong": 401, "no right": 403, "another's": anothers, "own": 200,
        "another network": 403 if method != "GET" else 200,
    }  # fmt: skip


def test_what_is_held_is_told(network: App, client: TestClient, key: MakeKey) -> None:
    told = client.get("/v1/me", headers=key("read", viewer="local/ann")).json()
    assert told["account"] == {"network": "local", "id": "ann", "handle": "ann", "name": "Ann of the Lake", "bio": "", "created_at": None, "followers": None,
                               "following": None, "bot": False, "verified": False}  # fmt: skip
    assert held(told).items() >= {"account": 1, "posts": 2, "what you liked, reposted, opened, hid": 1, "who follows, blocks, mutes you": 1}.items()
    assert all(each["kept"] and each["where"] for each in told["held"])
    assert told["choices"] == {"searchable": True, "training": "unset", "archive": "unset", "bulk": "unset"}
    assert [told[name] for name in ("corpora", "models", "labels", "deletions")] == [[], [], [], []]
    assert told["reads"].keys() >= {"total", "by_door", "by_purpose", "newest"}


def test_all_of_it_can_be_taken_away(network: App, client: TestClient, key: MakeKey) -> None:
    reply = client.get("/v1/me/export", headers=key("read", viewer="local/ann"))
    told = reply.json()
    assert reply.headers["content-disposition"] == 'attachment; filename="oscine-about-me.json"'
    assert [row["text"] for row in told["rows"] if row["what"] == "posts"] == ["A heron stands in the reeds, and nobody sees it.", "The heron is gone again."]
    assert "herons here" not in reply.text and "hash" not in {name for row in told["rows"] for name in row}


def test_a_choice_counts_at_once_and_waits_for_the_purge(network: App, client: TestClient, key: MakeKey) -> None:
    ann = key("read", "write", viewer="local/ann")
    bodies: list[dict[str, Any]] = [{"training": "deny"}, {"training": "deny", "bulk": "allow"}, {"searchable": False}]
    told = [client.put("/v1/me/choices", headers=ann, json=body).json() for body in bodies]
    assert told[-1] == {"searchable": False, "training": "deny", "archive": "unset", "bulk": "allow"}
    [row] = client.get("/v1/me", headers=ann).json()["deletions"]
    assert (row["kind"], row["key"], row["certificate"]) == ("consent", "training", "")
    assert client.put("/v1/me/choices", headers=ann, json={"training": "perhaps"}).status_code == 400
    assert [post["id"] for post in client.get("/v1/search", params={"q": "heron"}).json()["posts"]] == ["p3"], "ann is not to be found"


def test_a_post_of_ones_own_is_deleted_for_good(network: App, client: TestClient, key: MakeKey, write: Write) -> None:
    ann = key("read", "write", viewer="local/ann")
    reply = client.delete("/v1/me/posts/p1", headers=ann).json()
    assert (reply["deleted"], reply["bound_days"], reply["purged_by"][-1]) == (True, 30.0, "Z")
    assert [client.delete(f"/v1/me/posts/{post}", headers=ann).status_code for post in ("p1", "p3", "p9")] == [404] * 3
    assert write({"id": "p1", "text": "A heron again."}).refused == 1
    assert [row["key"] for row in client.get("/v1/me", headers=ann).json()["deletions"]] == ["p1"]


def test_an_account_is_deleted_when_its_handle_is_typed(network: App, client: TestClient, key: MakeKey) -> None:
    ann = key("read", "write", viewer="local/ann")
    wrong = client.post("/v1/me/delete", headers=ann, json={"confirm": "bo"})
    assert (wrong.status_code, network.database.one("SELECT count(*) AS n FROM posts")) == (400, {"n": 3})
    assert client.post("/v1/me/delete", headers=ann, json={"confirm": "@Ann"}).json()["deleted"] is True
    assert network.database.rows("SELECT key FROM posts") == [{"key": "p3"}]
    assert client.get("/v1/me", headers=ann).status_code == 401, "a key that acted for it ended with it"
    again = key("admin") | {"Oscine-Viewer": "local/ann"}
    assert client.post("/v1/me/delete", headers=again, json={"confirm": "ann"}).status_code == 404
    told = client.get("/v1/me", headers=again).json()
    assert held(told).keys() <= {"deletions of yours"}
    assert [(row["kind"], row["key"]) for row in told["deletions"]] == [("account", "ann")]
    assert "heron" not in json.dumps(told)


def test_a_certificate_that_is_not_there(client: TestClient) -> None:
    assert client.get("/v1/certificates/abc").status_code == 404
    assert client.get("/v1/certificates/" + "x" * 65).status_code == 400
