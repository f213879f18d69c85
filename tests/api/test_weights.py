"""The table of weights over HTTP: anybody reads it with its history; an admin changes it, with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import MakeKey, client_of
from oscine.app import App
from oscine.feed.weights import shipped

MORE_LIKES = {"actions": {"like": 5.5}, "diversity": 0.5, "why": "Likes say more than we thought."}


def test_anybody_reads_the_table_and_its_history(app: App) -> None:
    stranger = client_of(app, "http://oscine.example", "10.0.0.7")
    told = stranger.get("/v1/feed/weights").json()
    assert told["live"]["version"] == 0 and told["live"]["actions"] == shipped().actions and told["live"]["made_at"] is None
    assert [version["version"] for version in told["history"]] == [0] and told["steps"] == []


def test_a_version_is_proposed_and_made_live(app: App, key: MakeKey) -> None:
    client, admin = client_of(app), key("admin")
    made = client.post("/v1/feed/weights", json=MORE_LIKES, headers=admin)
    assert made.status_code == 201
    version = made.json()["version"]
    assert made.json()["actions"] == {**shipped().actions, "like": 5.5} and made.json()["diversity"] == 0.5
    assert client.get("/v1/feed/weights").json()["live"]["version"] == 0, "what is proposed is not live"
    assert client.post(f"/v1/feed/weights/{version}/live", json={"why": "It did well."}, headers=admin).json()["version"] == version
    told = client.get("/v1/feed/weights").json()
    assert told["live"] == told["history"][0] == made.json()
    assert [(step["version"], step["why"]) for step in told["steps"]] == [(version, "It did well.")]
    assert told["steps"][0]["by"] == told["live"]["by"] != "local", "the key that did it"


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/v1/feed/weights", {"actions": {"love": 1}, "why": "x"}, 400, "actions.love is no weight"),
        ("/v1/feed/weights", {"actions": {"like": 1}}, 400, "why"),
        ("/v1/feed/weights", {"actions": {"like": 1}, "why": " "}, 400, "no reason"),
        ("/v1/feed/weights", {"actions": {"like": 1e300}, "why": "x"}, 400, "actions.like is"),
        ("/v1/feed/weights", {"luck": 1, "why": "x"}, 400, "luck"),
        ("/v1/feed/weights/99/live", {"why": "x"}, 404, "no version 99"),
        ("/v1/feed/weights/99/estimate", {}, 404, "no version 99"),
        ("/v1/feed/weights/0/estimate", {}, 400, "0 pages dealt by chance"),
        ("/v1/feed/tests", {"name": "x", "treatment": 0, "why": "x"}, 400, "Version 0 is the one in use"),
        ("/v1/feed/tests", {"name": "x", "treatment": 99, "why": "x"}, 404, "no version 99"),
        ("/v1/feed/tests", {"name": "x", "treatment": 1, "share": 1, "why": "x"}, 400, "share"),
        ("/v1/feed/tests/99/end", {"why": "x"}, 404, "no test 99"),
    ],
)
def test_what_cannot_be_done_is_said(client: TestClient, path: str, body: dict[str, Any], status: int, says: str) -> None:
    reply = client.post(path, json=body)
    assert (reply.status_code, says in reply.json()["error"]["message"]) == (status, True), reply.text


def test_a_test_is_begun_looked_at_and_ended(client: TestClient) -> None:
    version = client.post("/v1/feed/weights", json=MORE_LIKES).json()["version"]
    begun = client.post("/v1/feed/tests", json={"name": "likes", "treatment": version, "share": 0.2, "why": "Do they help?"})
    assert begun.status_code == 201
    number = begun.json()["id"]
    assert (begun.json()["control"], begun.json()["treatment"], begun.json()["ended"]) == (0, version, None)
    told = client.get(f"/v1/feed/tests/{number}").json()
    assert told["people"] == {"control": 0, "treatment": 0}
    assert told["outcomes"][0] == {
        "outcome": "seen",
        "control": None,
        "treatment": None,
        "difference": {"value": None, "low": None, "high": None},
    }
    assert [rail["name"] for rail in told["guardrails"]] == ["report", "hide", "authors", "topics", "small"]
    busy = client.post(f"/v1/feed/weights/{version}/live", json={"why": "x"})
    assert busy.status_code == 400 and "A test of the feed is running" in busy.json()["error"]["message"]
    ended = client.post(f"/v1/feed/tests/{number}/end", json={"why": "Enough."}).json()
    assert (ended["ended"]["by"], ended["ended"]["why"]) == ("local", "Enough.")
    assert [each["id"] for each in client.get("/v1/feed/tests").json()["tests"]] == [number]
