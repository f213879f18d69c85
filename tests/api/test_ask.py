"""`GET /v1/posts/{id}/explain` and `GET /v1/summary`, for those who may read, of what they may read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from api.conftest import MakeKey, client_of, path_of
from oscine.app import App

POSTS = [
    {"id": "https://n.example/@carla/1", "author": "carla", "text": "Is the Isabella bridge still open? My bus goes over it."},
    {"id": "2", "author": "brigade", "created_at": "2024-05-01T13:00:00Z", "reply_to": "https://n.example/@carla/1",
     "text": "No, the Isabella bridge is closed."},
    {"id": "3", "author": "shy", "created_at": "2024-05-01T14:00:00Z", "reply_to": "2", "visibility": "followers",
     "text": "I stay at home then, says the cat."},
]  # fmt: skip


def explained(client: TestClient, post: str, **options: Any) -> Any:
    return client.get(f"/v1/posts/{quote(post, safe='')}/explain", **options)


def test_a_post_explained(client: TestClient, write: Callable[..., Any]) -> None:
    write(*POSTS)
    told = explained(client, "2").json()
    assert told["post"]["id"] == "2" and told["lang"] == "en"
    assert {point["kind"] for point in told["points"]} == {"author", "thread"}
    assert told["points"][-1]["posts"] == ["https://n.example/@carla/1"] == [post["id"] for post in told["posts"]]
    assert "shy" not in str(told) and "cat" not in str(told)


def test_the_language_can_be_chosen(client: TestClient, write: Callable[..., Any]) -> None:
    write(*POSTS)
    assert explained(client, "2", params={"lang": "de"}).json()["points"][0]["text"] == "Geschrieben von brigade am 1. Mai 2024."
    assert explained(client, "2", params={"lang": "english"}).status_code == 400


def test_ids_that_are_addresses_and_ids_that_end_in_explain(client: TestClient, write: Callable[..., Any]) -> None:
    write(*POSTS, {"id": "https://n.example/explain", "author": "ann", "text": "How to explain it?"})
    assert explained(client, "https://n.example/@carla/1").json()["post"]["author"] == "carla"
    assert client.get(path_of("https://n.example/explain")).json()["text"] == "How to explain it?"
    assert explained(client, "https://n.example/explain").json()["post"]["text"] == "How to explain it?"


def test_what_is_not_there_and_what_is_not_for_you_are_the_same(client: TestClient, write: Callable[..., Any]) -> None:
    write(*POSTS)
    for hidden, nowhere in ((explained(client, "3"), explained(client, "x")), *[
        [client.get("/v1/summary", params={"of": of, "q": q}) for q in pair] for of, pair in (("thread", ("3", "x")), ("account", ("shy", "x")))
    ]):  # fmt: skip
        assert hidden.status_code == nowhere.status_code == 404
        assert hidden.json()["error"]["code"] == nowhere.json()["error"]["code"] == "not_found"


def test_a_follower_gets_more(client: TestClient, write: Callable[..., Any], key: MakeKey) -> None:
    write(*POSTS, {"relation": "follow", "actor": "eve", "target": "shy", "at": "2024-05-01T00:00:00Z"})
    headers = key("read", viewer="local/eve")
    assert explained(client, "3", headers=headers).json()["post"]["author"] == "shy"
    asked = {"of": "thread", "q": "2"}
    assert client.get("/v1/summary", params=asked, headers=headers).json()["fact"].startswith("3 posts by 3 accounts")
    assert client.get("/v1/summary", params=asked).json()["fact"].startswith("2 posts by 2 accounts")


@pytest.mark.parametrize(("of", "q"), [("search", "Isabella bridge"), ("thread", "2"), ("day", "2024-05-01"), ("account", "brigade")])
def test_a_summary(client: TestClient, write: Callable[..., Any], of: str, q: str) -> None:
    write(*POSTS)
    told = client.get("/v1/summary", params={"of": of, "q": q, "length": 2}).json()
    assert (told["of"], told["lang"]) == (of, "en") and told["fact"]
    assert 1 <= len(told["sentences"]) <= 2
    assert [said["posts"] for said in told["sentences"]] == [[post["id"]] for post in told["posts"]]


@pytest.mark.parametrize(
    ("asked", "status"),
    [({"of": "day", "q": "soon"}, 400), ({"of": "search", "q": " "}, 400), ({"of": "world", "q": "x"}, 400), ({"of": "day"}, 400),
     ({"of": "search", "q": "x", "length": 0}, 400), ({"of": "search", "q": "x", "length": 1_000}, 400), ({"of": "thread", "q": "\x00"}, 400)],
)  # fmt: skip
def test_what_cannot_be_summed_up(client: TestClient, asked: dict[str, Any], status: int) -> None:
    assert client.get("/v1/summary", params=asked).status_code == status


def test_strangers_need_a_key(app: App) -> None:
    strange = client_of(app, address="203.0.113.9")
    assert explained(strange, "2").status_code == strange.get("/v1/summary", params={"of": "day", "q": "2024-05-01"}).status_code == 401
