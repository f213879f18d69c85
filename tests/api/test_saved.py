"""Saved searches over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import MakeKey
from oscine.app import App


def save(client: TestClient, headers: dict[str, str] | None = None, **body: Any) -> dict[str, Any]:
    reply = client.post("/v1/saved", json={"name": "storms", "query": "storm", **body}, headers=headers)
    assert reply.status_code == 201, reply.text
    told: dict[str, Any] = reply.json()
    return told


def ids(client: TestClient, number: int, **query: Any) -> list[str]:
    return [post["id"] for post in client.get(f"/v1/saved/{number}/new", params=query).json()["posts"]]


def test_from_saving_to_forgetting(client: TestClient, write: Any) -> None:
    saved = save(client)
    assert saved == {"id": saved["id"], "name": "storms", "query": "storm", "new": 0, "more": False, "webhook": None}
    write({"id": "a", "text": "storm"}, {"id": "b", "text": "storms"}, {"id": "c", "text": "sun"})
    assert client.get("/v1/saved").json() == {"saved": [{**saved, "new": 2}]}
    number = saved["id"]
    assert ids(client, number) == ids(client, number) == ["b", "a"], "to look is not to have seen"
    assert client.post(f"/v1/saved/{number}/seen", json={"post": "a"}).json() == {"id": number, "seen": True}
    assert ids(client, number) == ["b"]
    assert client.post(f"/v1/saved/{number}/seen", json={"post": "none"}).status_code == 404
    client.post(f"/v1/saved/{number}/seen", json={})
    assert ids(client, number) == []
    assert client.delete(f"/v1/saved/{number}").json() == {"id": number, "removed": True}
    assert client.get(f"/v1/saved/{number}/new").status_code == client.delete(f"/v1/saved/{number}").status_code == 404


def test_each_has_its_own(client: TestClient, key: MakeKey) -> None:
    ann, anns_other, bare = key("read", viewer="local/ann"), key("read", viewer="local/ann"), key("read")
    number = save(client, ann)["id"]
    names = lambda headers: [one["id"] for one in client.get("/v1/saved", headers=headers).json()["saved"]]  # noqa: E731
    assert names(ann) == names(anns_other) == [number] and names(bare) == names(key("read")) == names(None) == []
    for call in (client.get(f"/v1/saved/{number}/new", headers=bare), client.delete(f"/v1/saved/{number}", headers=bare),
                 client.post(f"/v1/saved/{number}/seen", json={}, headers=bare)):  # fmt: skip
        assert call.status_code == 404
    assert client.get("/v1/saved", headers=key("chat")).status_code == 403


def test_a_webhook_and_its_secret(app: App, client: TestClient) -> None:
    saved = save(client, webhook="https://hook.example/x?y=1")
    assert len(saved["secret"]) > 30 and saved["webhook"] == {"url": "https://hook.example/x?y=1", "trouble": "", "stopped": False}
    assert "secret" not in client.get("/v1/saved").json()["saved"][0]
    (row,) = app.database.rows("SELECT secret FROM saved_searches")
    assert row["secret"] == saved["secret"]


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"query": ""}, {"name": "x" * 101}, {"webhook": "ftp://a.example"}, {"webhook": "http://u:p@a.example"}, {"name": None}],
)
def test_what_cannot_be_saved(client: TestClient, wrong: dict[str, Any]) -> None:
    reply = client.post("/v1/saved", json={"name": "a", "query": "b", **wrong})
    assert reply.status_code == 400 and client.get("/v1/saved").json() == {"saved": []}
