"""People, trends, related searches, more like this, did you mean: over HTTP, through the caller's own view."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import MakeKey, path_of
from oscine.app import App


@pytest.fixture(autouse=True)
def network(write: Any) -> None:
    write(
        *({"text": f"breakfast {n}", "author": f"a{n}", "created_at": "2024-05-10T12:00:00Z"} for n in range(30)),
        *(
            {"id": f"https://x.example/{n}", "text": f"{'abcde'[n] * 4} the ferry is late #ferrydown", "author": f"a{n}",
             "author_name": f"Person {n}", "created_at": "2024-05-12T12:00:00Z"}
            for n in range(5)
        ),
    )  # fmt: skip


def test_people(client: TestClient) -> None:
    told = client.get("/v1/people", params={"q": "ferry", "limit": 2}).json()["people"]
    assert len(told) == 2 and told[0].keys() == {"id", "network", "handle", "name", "bio", "followers", "verified", "bot", "why", "posts"}
    assert {person["why"] for person in told} == {"posts"}
    assert client.get("/v1/people", params={"q": "person 3"}).json()["people"][0]["handle"] == "a3"
    assert client.get("/v1/people").status_code == 400 and client.get("/v1/people", params={"q": "x", "limit": 0}).status_code == 400


def test_trending(client: TestClient) -> None:
    (told,) = client.get("/v1/trending").json()["trends"]
    assert {name: told[name] for name in ("kind", "text", "query", "posts", "authors")} == {
        "kind": "tag", "text": "#ferrydown", "query": "#ferrydown", "posts": 5, "authors": 5,
    }  # fmt: skip
    assert told["sample"]["id"].startswith("https://x.example/") and told["score"] > 10
    assert client.get("/v1/trending", params={"at": "2024-05-10T13:00:00Z"}).json() == {"trends": []}
    for wrong in ({"hours": "0"}, {"at": "yesterday"}, {"at": "2024-05-10T13:00:00"}, {"lang": "EN'"}, {"hours": "nan"}):
        assert client.get("/v1/trending", params=wrong).status_code == 400, wrong


def test_related_and_similar(client: TestClient) -> None:
    assert "#ferrydown" in [item["query"] for item in client.get("/v1/related", params={"q": "ferry"}).json()["related"]]
    path = path_of("https://x.example/1") + "/similar"
    assert {post["id"] for post in client.get(path).json()["posts"]} == {f"https://x.example/{n}" for n in (0, 2, 3, 4)}
    assert len(client.get(path, params={"limit": 2}).json()["posts"]) == 2
    assert client.get(path_of("https://x.example/none") + "/similar").status_code == 404


def test_similar_by_meaning(meaning: App, client: TestClient, write: Any) -> None:
    """By the stored vector, and by one made for the occasion where the post still waits for its own."""
    write({"id": "dog", "text": "My little dog loves her new home"})
    meaning.embed_all()
    write({"id": "puppy", "text": "We adopted a puppy from the shelter"})
    nearest = lambda: [post["id"] for post in client.get("/v1/posts/puppy/similar", params={"limit": 1}).json()["posts"]]  # noqa: E731
    assert nearest() == ["dog"], "not a word in common"
    meaning.embed_all()
    assert nearest() == ["dog"]


def test_similar_is_for_who_may_see(client: TestClient, write: Any, key: MakeKey) -> None:
    write({"id": "secret", "text": "the ferry", "visibility": "followers", "author": "bob"})
    assert client.get("/v1/posts/secret/similar").status_code == 404
    assert client.get("/v1/posts/secret/similar", headers=key("read", viewer="local/bob")).status_code == 200


def test_did_you_mean(app: App, client: TestClient) -> None:
    assert client.get("/v1/search", params={"q": "ferrry"}).json()["did_you_mean"] is None, "no words have been read"
    app.spelling.refresh()
    assert client.get("/v1/search", params={"q": "ferrry lang:en"}).json()["did_you_mean"] == "ferry lang:en"
    assert client.get("/v1/search", params={"q": "ferry"}).json()["did_you_mean"] is None


def test_a_key_is_needed_from_elsewhere(client: TestClient) -> None:
    for path in ("/v1/people?q=x", "/v1/trending", "/v1/related?q=x", "/v1/posts/x/similar", "/v1/saved"):
        assert client.get(path, headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 401
