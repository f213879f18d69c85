"""From an order to what it brought, over HTTP: who may order, what is reviewed, what is shown, counted and charged, and what the public sees of it."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from api.conftest import MakeKey, client_of
from oscine.app import App

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"}
PAGE = "The ferry to Lindholm leaves at nine. It sails every day from the old harbour. Book a cabin."

Order = Callable[..., dict[str, Any]]


@pytest.fixture
def client(app: App) -> Iterator[TestClient]:
    app.settings.requests_per_minute = 1_000_000
    app.settings.embedding = "none"
    made = client_of(app)
    made.headers.update(BROWSER)
    yield made


@pytest.fixture
def order(client: TestClient) -> Order:
    """Order a campaign; what is given differs from one that runs at once."""

    def made(headers: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
        told = client.post("/v1/ads/advertisers", json={"name": "Northern Ferries", "payer": "Harbour Holding"}, headers=headers or {})
        assert told.status_code == 201, told.text
        reply = client.post("/v1/ads/campaigns", json=body(told.json()["id"], **changes), headers=headers or {})
        assert reply.status_code == 201, reply.text
        found: dict[str, Any] = reply.json()
        return found

    return made


def body(advertiser: int, **changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    flight = {
        "starts_at": (now - timedelta(minutes=1)).isoformat(), "ends_at": (now + timedelta(days=2)).isoformat(), "budget": 5_000_000, "bid": 1_000_000,
    }  # fmt: skip
    return {"advertiser": advertiser, "name": "Summer", "pace": "fast", "flights": [flight], "creatives": [ad()], **changes}


def ad(**changes: Any) -> dict[str, Any]:
    return {
        "headline": "The ferry to Lindholm leaves at nine", "body": "It sails every day from the old harbour.", "action": "Book a cabin",
        "link": "https://ferry.example/book?from=1#now", "brand": "Northern Ferries", "lang": "en", "brief": PAGE, **changes,
    }  # fmt: skip


def running(client: TestClient, order: Order, **changes: Any) -> dict[str, Any]:
    made = order(**changes)
    told = client.post(f"/v1/ads/campaigns/{made['id']}/launch", json={"why": "The season begins."}).json()
    assert told["state"] == "running", told
    found: dict[str, Any] = told
    return found


def shown(client: TestClient, **place: Any) -> list[dict[str, Any]]:
    app: App = client.app.state.oscine  # type: ignore[attr-defined]
    app.ads.running.forget()
    reply = client.post("/v1/ads/decide", json={"placement": "post", "lang": "en", **place})
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["ads"]
    return found


def test_from_an_order_to_its_charge(client: TestClient, order: Order) -> None:
    campaign = running(client, order)
    (found,) = shown(client)
    assert (found["campaign"], found["on_behalf_of"], found["paid_by"]) == (campaign["id"], "Northern Ferries", "Harbour Holding")
    assert client.get("/v1/ads/ledger").json()["data"] == [], "what was handed out is reserved, not charged"
    for counted in (True, False):
        told = client.post(f"/v1/ads/events/{found['token']}/impression").json()
        assert told == {"kind": "impression", "counted": counted}
    ledger = client.get("/v1/ads/ledger").json()
    (entry,) = ledger["data"]
    assert (entry["kind"], entry["amount"], entry["campaign"]) == ("charge", 200, campaign["id"]), "the reserve, for one of a thousand"
    assert ledger["totals"][0]["sum"] == 200 and entry["token"] not in found["token"][6:]
    kept = client.get(f"/v1/ads/campaigns/{campaign['id']}").json()
    assert (kept["flights"][0]["spent"], kept["flights"][0]["reserved"]) == (200, 0)
    report = client.get(f"/v1/ads/campaigns/{campaign['id']}/report?by=day,placement").json()
    assert report["total"]["impressions"] == 1 and report["lines"][0]["group"]["placement"] == "post"


def test_a_click_leads_where_the_advertiser_said(client: TestClient, order: Order) -> None:
    running(client, order, objective="clicks")
    (found,) = shown(client)
    client.post(f"/v1/ads/events/{found['token']}/impression")
    reply = client.get(f"/v1/ads/click/{found['token']}", params={"url": "https://evil.example", "oscine": "x"}, follow_redirects=False)
    assert reply.status_code == 303
    assert reply.headers["location"].startswith("https://ferry.example/book?from=1&oscine=") and reply.headers["location"].endswith("#now")
    assert found["token"] not in reply.headers["location"], "the advertiser gets another, for conversions only"


def test_refunds_are_entries(client: TestClient, order: Order) -> None:
    campaign = running(client, order)
    (found,) = shown(client)
    client.post(f"/v1/ads/events/{found['token']}/impression")
    flight = campaign["flights"][0]["id"]
    too_much = client.post("/v1/ads/ledger", json={"flight": flight, "kind": "refund", "amount": 201, "why": "Too slow a page."})
    assert too_much.status_code == 400, too_much.text
    assert client.post("/v1/ads/ledger", json={"flight": flight, "kind": "refund", "amount": 200, "why": "A crawler."}).status_code == 201
    told = client.get(f"/v1/ads/ledger?campaign={campaign['id']}").json()
    assert [each["amount"] for each in told["data"]] == [-200, 200] and told["totals"][0]["sum"] == 0


def test_what_a_machine_doubts_waits_for_a_person(client: TestClient, order: Order) -> None:
    made = order(creatives=[ad(brief="")])
    number, review = made["id"], made["creatives"][0]["review"]
    assert client.post(f"/v1/ads/campaigns/{number}/launch", json={}).json()["state"] == "review"
    assert shown(client) == []
    decided = client.post(f"/v1/ads/reviews/{review}/decision", json={"decision": "accept", "reason": "The page says so."})
    assert decided.status_code == 200, decided.text
    assert client.get(f"/v1/ads/campaigns/{number}").json()["state"] == "running" and len(shown(client)) == 1
    client.post(f"/v1/ads/reviews/{review}/decision", json={"decision": "refuse", "reason": "The page changed."})
    assert client.get(f"/v1/ads/campaigns/{number}").json()["state"] == "refused" and shown(client) == []
    trail = client.get(f"/v1/ads/campaigns/{number}/trail").json()["data"]
    assert [step["state"] for step in trail if "state" in step["change"]] == ["review", "running", "refused"]


def test_what_is_forbidden_does_not_run(client: TestClient, order: Order) -> None:
    made = order(creatives=[ad(headline="Buy rifles and ammunition here", brief="Buy rifles and ammunition here.")])
    assert client.post(f"/v1/ads/campaigns/{made['id']}/launch", json={}).json()["state"] == "refused"
    assert shown(client) == []


@pytest.mark.parametrize(
    "targeting",
    [{"topics": ["cancer patients"]}, {"interests": ["gay dating"]}, {"query": "#islam"}, {"not_topics": ["trade union members"]}],
)
def test_nobody_is_aimed_at_by_what_is_special(client: TestClient, order: Order, targeting: dict[str, Any]) -> None:
    made = client.post("/v1/ads/advertisers", json={"name": "Somebody"}).json()
    for path, sent in (("/v1/ads/campaigns", body(made["id"], targeting=targeting)), ("/v1/ads/reach", {"targeting": targeting})):
        reply = client.post(path, json=sent)
        assert reply.status_code == 400 and "(rule: " in reply.json()["error"]["message"], reply.text
    campaign = order()
    assert client.patch(f"/v1/ads/campaigns/{campaign['id']}", json={"targeting": targeting}).status_code == 400


def test_whose(client: TestClient, order: Order, key: MakeKey, app: App) -> None:
    mine, other = key("ads"), key("ads")
    made = order(headers=mine)
    outside = client_of(app, "http://oscine.example", "10.0.0.7")
    for path in ("", "/trail", "/report", "/compare", "/summary"):
        assert outside.get(f"/v1/ads/campaigns/{made['id']}{path}", headers=mine).status_code == 200, path
        assert outside.get(f"/v1/ads/campaigns/{made['id']}{path}", headers=other).status_code == 404, path
    assert outside.get("/v1/ads/campaigns", headers=other).json()["data"] == []
    assert outside.post("/v1/ads/campaigns", json=body(made["advertiser"]), headers=other).status_code == 404
    assert outside.post(f"/v1/ads/campaigns/{made['id']}/launch", json={}, headers=other).status_code == 404
    told = outside.post("/v1/ads/explain", json={}, headers=other).json()
    assert told["bidders"] == told["wins"] == told["left_out"] == []
    assert outside.post("/v1/ads/explain", json={"person": "local/ann"}, headers=other).status_code == 403, "it would tell of ann"


@pytest.mark.parametrize(
    "changes",
    [
        {"flights": [{"starts_at": "2026-01-01T00:00:00", "ends_at": "2099-01-01T00:00:00Z", "budget": 1}]},
        {"flights": [{"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-02-01T00:00:00Z", "budget": 1_000_000}]},
        {"flights": [{"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z", "budget": 1.5}]},
        {"flights": [{"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z", "budget": 2**63}]},
        {"flights": [{"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z", "budget": -1}]},
        {"placements": ["nowhere"]},
        {"objective": "fame"},
        {"holdout": 0.9},
        {"targeting": {"langs": ["klingon"]}},
        {"targeting": {"places": ["Atlantis"]}},
        {"targeting": {"hours": [168]}},
        {"targeting": {"query": "min_faves:3 (cats"}},
        {"targeting": {"colour": ["blue"]}},
        {"creatives": [{"headline": "x", "link": "javascript:alert(1)", "brief": PAGE}]},
        {"creatives": [{"headline": "x", "link": "https://ferry.example/", "pictures": [{"size": "300x250", "png": "AAAA"}]}]},
        {"name": "two\nlines"},
    ],
    ids=str,
)
def test_what_cannot_be_ordered(client: TestClient, changes: dict[str, Any]) -> None:
    made = client.post("/v1/ads/advertisers", json={"name": "Somebody"}).json()
    reply = client.post("/v1/ads/campaigns", json=body(made["id"], **changes))
    assert reply.status_code in (400, 413), reply.text
    assert reply.json()["error"]["message"] and client.get("/v1/ads/campaigns").json()["data"] == [], "nothing of it is kept"


def test_changes_are_told_in_the_trail(client: TestClient, order: Order) -> None:
    campaign = running(client, order)
    number, flight = campaign["id"], campaign["flights"][0]
    changed = client.patch(f"/v1/ads/campaigns/{number}", json={
        "name": "Late summer", "caps": {"impressions": 3, "hours": 24}, "why": "More room.",
        "flights": [{**{name: flight[name] for name in ("id", "starts_at", "ends_at", "bid")}, "budget": 9_000_000}],
    })  # fmt: skip
    assert changed.status_code == 200, changed.text
    assert (changed.json()["name"], changed.json()["flights"][0]["budget"], changed.json()["objective"]) == (
        "Late summer",
        9_000_000,
        "impressions",
    )
    last = client.get(f"/v1/ads/campaigns/{number}/trail").json()["data"][-1]
    assert last["change"]["name"] == ["Summer", "Late summer"] and last["why"] == "More room." and last["by"] == "local"


def test_pausing_stops_it_at_once(client: TestClient, order: Order) -> None:
    number = running(client, order)["id"]
    assert client.post(f"/v1/ads/campaigns/{number}/resume", json={}).status_code == 400
    for step, state, places in (("pause", "paused", 0), ("resume", "running", 1), ("end", "ended", 0)):
        assert client.post(f"/v1/ads/campaigns/{number}/{step}", json={}).json()["state"] == state
        assert len(shown(client)) == places
    assert client.post(f"/v1/ads/campaigns/{number}/resume", json={}).status_code == 400


def test_a_draft_is_deleted_and_what_ran_is_ended(client: TestClient, order: Order) -> None:
    draft = order()["id"]
    assert client.delete(f"/v1/ads/campaigns/{draft}").json() == {"id": draft, "deleted": True}
    assert client.get(f"/v1/ads/campaigns/{draft}").status_code == 404
    number = running(client, order)["id"]
    assert client.delete(f"/v1/ads/campaigns/{number}").json()["state"] == "ended"


def picture(width: int = 300, height: int = 250) -> str:
    told = io.BytesIO()
    Image.new("RGB", (width, height), "#335577").save(told, "PNG")
    return base64.b64encode(told.getvalue()).decode()


def test_pictures_are_shown_where_they_fit(client: TestClient, order: Order, app: App) -> None:
    drawn = [{"size": "300x250", "png": picture(), "alt": "A ferry"}]
    campaign = running(client, order, placements=["banner", "post"], creatives=[ad(pictures=drawn)])
    assert shown(client, placement="banner", sizes=["728x90"]) == []
    (found,) = shown(client, placement="banner", sizes=["728x90", "300x250"])
    assert (found["picture"]["width"], found["picture"]["height"]) == (300, 250)
    outside = client_of(app, "http://oscine.example", "10.0.0.7")
    reply = outside.get(found["picture"]["url"].partition("8420")[2])
    assert reply.status_code == 200 and reply.headers["content-type"] == "image/png"
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert outside.get(f"/v1/ads/pictures/{campaign['creatives'][0]['id']}/../../1").status_code == 404


def test_a_picture_of_what_waits_is_its_owners(client: TestClient, order: Order, key: MakeKey, app: App) -> None:
    drawn = [{"size": "300x250", "png": picture(), "alt": ""}]
    mine = key("ads")
    made = order(headers=mine, creatives=[ad(pictures=drawn, brief="")])
    outside, path = client_of(app, "http://oscine.example", "10.0.0.7"), f"/v1/ads/pictures/{made['creatives'][0]['id']}/300x250"
    told = [outside.get(path, headers=headers).status_code for headers in ({}, key("ads"), key("read"), mine)]
    assert told == [404, 404, 404, 200]


def test_a_picture_is_of_the_size_that_it_is_said_to_be(client: TestClient) -> None:
    made = client.post("/v1/ads/advertisers", json={"name": "Somebody"}).json()
    drawn = [{"size": "728x90", "png": picture(), "alt": ""}]
    reply = client.post("/v1/ads/campaigns", json=body(made["id"], creatives=[ad(pictures=drawn)]))
    assert reply.status_code == 400 and "300x250" in reply.json()["error"]["message"]


def test_conversions_count_once(client: TestClient, order: Order) -> None:
    campaign = running(client, order, objective="conversions")
    (found,) = shown(client)
    client.post(f"/v1/ads/events/{found['token']}/impression")
    led = client.get(f"/v1/ads/click/{found['token']}", follow_redirects=False).headers["location"].partition("oscine=")[2].partition("#")[0]
    for path in (f"/v1/ads/why/{led}", f"/v1/ads/click/{led}"):
        assert client.get(path, follow_redirects=False).json()["error"]["code"] == "forged"
    assert client.post("/v1/ads/conversions", json={"token": found["token"], "ref": "order 7"}).status_code == 400
    sent = {"token": led, "ref": "order 7", "value": 20_000_000}
    assert [client.post("/v1/ads/conversions", json=sent).json()["counted"] for _ in range(2)] == [True, False]
    by_account = {"advertiser": campaign["advertiser"], "account": "local/ann", "ref": "order 8"}
    assert [client.post("/v1/ads/conversions", json=by_account).json()["counted"] for _ in range(2)] == [True, False]
    assert client.post("/v1/ads/conversions", json={"ref": "order 9"}).status_code == 400
    assert client.get(f"/v1/ads/campaigns/{campaign['id']}/report").json()["total"]["conversions"] == 1


def test_an_order_reads_as_json(client: TestClient, order: Order) -> None:
    made = order(targeting={"topics": ["cycling"], "langs": ["en"]})
    again = client.get("/v1/ads/campaigns").json()["data"][0]
    assert json.dumps(again["targeting"]) == json.dumps(made["targeting"]) and again["totals"]["impressions"] == 0
