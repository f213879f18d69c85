"""Steering over HTTP: said, kept, sent along; why a post is there; what if; starting again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import Headers, MakeKey
from feed.world import ago, follow, like, post
from oscine.app import App
from oscine.records import Viewer

Write = Callable[..., Any]
SAID = "fewer outrage posts, more gardening, nothing from @bob"


@pytest.fixture
def me(key: MakeKey, write: Write) -> Headers:
    write(
        *(post(n, f"a{n % 4}", n, text=f"a note number {n} on {'gardening' if n % 3 else 'trains'}") for n in range(12)), follow("a1"),
        like(4, hours_ago=3), {"id": "bob1", "author": "bob", "text": "I am bob", "created_at": ago(1)},
    )  # fmt: skip
    return key("read", viewer="local/me")


def page(client: TestClient, headers: Headers, **params: Any) -> dict[str, Any]:
    told = client.get("/v1/feed", headers=headers, params={"ads": False, **params})
    assert told.status_code == 200, told.text
    made: dict[str, Any] = told.json()
    return made


def test_a_sentence_is_read_then_kept_and_steers(client: TestClient, me: Headers) -> None:
    told = client.post("/v1/feed/steering/read", headers=me, json={"sentence": SAID}).json()
    assert [one["means"] for one in told["understood"]] == ["less outrage", "more “gardening”", "never @bob"]
    assert told["steering"]["rules"] == [{"kind": "author", "value": "local/bob", "mode": "never"}] and told["not_understood"] == []
    assert client.get("/v1/feed/steering", headers=me).json()["rules"] == []  # nothing is kept by reading
    assert client.put("/v1/feed/steering", headers=me, json=told["steering"]).json() == told["steering"]
    assert client.get("/v1/feed/steering", headers=me).json() == told["steering"]
    made = page(client, me)
    assert made["dropped"]["you asked never for @bob"] == 1 and "bob1" not in [item["post"]["id"] for item in made["items"]]
    assert client.delete("/v1/feed/steering", headers=me).json() == {"forgotten": True}
    assert "bob1" in [item["post"]["id"] for item in page(client, me)["items"]]


def test_the_parts_add_up_to_what_was_served(client: TestClient, me: Headers) -> None:
    client.put(
        "/v1/feed/steering", headers=me, json={"wishes": [{"kind": "topic", "value": "gardening", "weight": 1}], "dials": {"recent": 0.5}}
    )
    made = page(client, me)
    names = set()
    for at, item in enumerate(made["items"], 1):
        why = client.get("/v1/feed/why", headers=me, params={"page": made["token"], "post": item["post"]["id"], "network": "local"}).json()
        assert sum(part["points"] for part in why["parts"]) == why["points"] == item["points"]
        assert (why["position"], why["sources"]) == (at, item["sources"])
        names |= {part["name"] for part in why["parts"]}
    assert {"you asked for more “gardening”", "you asked for more of what is new"} <= names


def test_why_names_what_one_did(client: TestClient, me: Headers) -> None:
    made = page(client, me)
    why = client.get("/v1/feed/why", headers=me, params={"page": made["token"], "post": "p1"}).json()
    assert why["acts"][0] == {"kind": "follow", "account": "a1", "network": "local", "words": "your follow of a1"}
    assert {"kind": "like", "post": "p4", "network": "local", "words": "your like of “a note number 4 on gardening”"} in why["acts"]


def test_without_a_follow_a_post_falls(client: TestClient, me: Headers) -> None:
    made = page(client, me)
    ids = [item["post"]["id"] for item in made["items"]]
    asked = {"page": made["token"], "post": "p1", "network": "local", "without": {"kind": "follow", "account": "a1", "network": "local"}}
    told = client.post("/v1/feed/what-if", headers=me, json=asked).json()
    assert told["before"] == ids.index("p1") + 1 == 1 and told["after"] > 1
    otherwise = {
        "page": made["token"],
        "post": "p1",
        "network": "local",
        "steering": {"rules": [{"kind": "author", "value": "local/a1", "mode": "never"}]},
    }
    told = client.post("/v1/feed/what-if", headers=me, json=otherwise).json()
    assert told["after"] is None and told["then"]["dropped"] == "you asked never for @a1"


def test_what_was_not_done_cannot_be_undone(client: TestClient, me: Headers) -> None:
    made = page(client, me)
    told = client.post(
        "/v1/feed/what-if", headers=me, json={"page": made["token"], "post": "p1", "without": {"kind": "like", "post": "p2"}}
    )
    assert told.status_code == 404 and "no like of yours" in told.text


def test_another_persons_page_is_nobody_elses(client: TestClient, me: Headers, key: MakeKey) -> None:
    made = page(client, me)
    eve = key("read", viewer="local/eve")
    assert client.get("/v1/feed/why", headers=eve, params={"page": made["token"], "post": "p1"}).status_code == 404
    assert client.post("/v1/feed/what-if", headers=eve, json={"page": made["token"], "post": "p1", "steering": {}}).status_code == 404


def test_of_a_post_that_one_may_not_see_nothing_is_said(client: TestClient, me: Headers, write: Write) -> None:
    write({"id": "secret", "author": "eve", "text": "for followers", "created_at": ago(1), "visibility": "followers"})
    made = page(client, me)
    for name in ("secret", "no-such-post"):
        told = client.get("/v1/feed/why", headers=me, params={"page": made["token"], "post": name})
        assert (
            told.status_code == 404
            and told.json()["error"]["message"].replace(name, "X") == "There is no post 'X' here, or it is not for you to see."
        )


def test_whoever_has_no_account_sends_it_along(client: TestClient, me: Headers) -> None:
    steering = json.dumps({"rules": [{"kind": "topic", "value": "gardening", "mode": "only"}], "personal": False})
    made = page(client, {}, steering=steering)
    assert {item["post"]["text"].split()[-1] for item in made["items"]} == {"gardening"}
    why = client.get("/v1/feed/why", params={"page": made["token"], "post": made["items"][0]["post"]["id"], "steering": steering}).json()
    assert sum(part["points"] for part in why["parts"]) == why["points"] == made["items"][0]["points"]
    assert client.put("/v1/feed/steering", json={}).status_code == 400
    newest = page(client, {}, steering=steering, order="newest")
    assert {item["post"]["text"].split()[-1] for item in newest["items"]} == {"gardening"}


@pytest.mark.parametrize("wrong", [
    {"dials": {"followed": 2}}, {"dials": {"anger": 1}}, {"wishes": [{"kind": "topic", "value": "", "weight": 1}]}, {"order": "best"}, {"wishes": "x"},
    {"wishes": [{"kind": "topic", "value": f"t{n}", "weight": 1} for n in range(51)]}, {"rules": [{"kind": "word", "value": "x", "mode": "always"}]},
])  # fmt: skip
def test_what_is_no_steering_gets_one_clear_sentence(client: TestClient, me: Headers, wrong: dict[str, Any]) -> None:
    told = client.put("/v1/feed/steering", headers=me, json=wrong)
    assert told.status_code == 400 and told.json()["error"]["fix"]
    assert client.get("/v1/feed", params={"steering": json.dumps(wrong)}).status_code == 400


@pytest.mark.parametrize("value", ["\\ud800x", "a\\u0000b"])
def test_half_a_character_is_refused(client: TestClient, me: Headers, value: str) -> None:
    body = f'{{"wishes": [{{"kind": "topic", "value": "{value}", "weight": 1}}]}}'
    told = client.put("/v1/feed/steering", headers={**me, "Content-Type": "application/json"}, content=body)
    assert told.status_code == 400 and client.get("/v1/feed/steering", headers=me).json()["wishes"] == []


def test_start_again(client: TestClient, me: Headers, app: App) -> None:
    client.put("/v1/feed/steering", headers=me, json={"order": "newest"})
    made = page(client, me, order="for-you")
    client.post("/v1/feed/events", headers=me, json={"page": made["token"], "post": "p1", "network": "local", "kind": "hide"})
    assert "p1" not in [item["post"]["id"] for item in page(client, me)["items"]]
    told = client.delete("/v1/feed/history", headers=me).json()
    assert told["steering"] == 1 and told["pages"] == 2 and told["acts"] == 1
    assert client.get("/v1/feed/steering", headers=me).json()["order"] == "for-you"
    acts = app.feed.ask(Viewer(network="local", account="me")).reader.acts
    assert {act.kind for act in acts} == {"like", "follow"}  # what was done in public is the network's
