"""Ads for places over HTTP: tokens forged, expired and repeated, traffic that is no person's, OpenRTB, the tag, and what people may know and choose."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import MakeKey, client_of
from api.test_campaigns_api import BROWSER, ad, body, picture
from oscine.ads.ledger.tokens import Tokens
from oscine.ads.server import now
from oscine.app import App
from oscine.store.secret import secret

SITE = "https://club.example"


@pytest.fixture
def client(app: App) -> Iterator[TestClient]:
    app.settings.requests_per_minute = 1_000_000
    app.settings.embedding = "none"
    app.settings.ad_sites = frozenset({SITE})
    made = client_of(app)
    made.headers.update(BROWSER)
    yield made


@pytest.fixture
def campaign(client: TestClient) -> dict[str, Any]:
    """One that runs: text and a banner."""
    return launched(client)


def launched(client: TestClient, **changes: Any) -> dict[str, Any]:
    made = client.post("/v1/ads/advertisers", json={"name": "Northern <b>Ferries</b>", "payer": 'Harbour "Holding" & Sons'}).json()
    drawn = [{"size": "300x250", "png": picture(), "alt": ""}]
    terms = {"placements": ["post", "banner"], "objective": "clicks", "creatives": [ad(pictures=drawn)], **changes}
    found = client.post("/v1/ads/campaigns", json=body(made["id"], **terms)).json()
    told: dict[str, Any] = client.post(f"/v1/ads/campaigns/{found['id']}/launch", json={}).json()
    assert told["state"] == "running", told
    app: App = client.app.state.oscine  # type: ignore[attr-defined]
    app.ads.running.forget()
    return told


def token_of(client: TestClient, **place: Any) -> str:
    (found,) = client.post("/v1/ads/decide", json={"placement": "post", **place}).json()["ads"]
    return str(found["token"])


def refused(client: TestClient) -> dict[tuple[str, str], int]:
    return {(each["kind"], each["reason"]): each["events"] for each in client.get("/v1/ads/refusals").json()["data"]}


def charged(client: TestClient) -> int:
    return sum(each["amount"] for each in client.get("/v1/ads/ledger").json()["data"])


def test_forged_expired_and_repeated_tokens_are_refused_and_counted(client: TestClient, campaign: dict[str, Any], app: App) -> None:
    token = token_of(client)
    served = token.partition(".")[0]
    ours, theirs = Tokens(secret(app.database, "ads")), Tokens(b"another secret of thirty-two bytes")
    forged = [
        theirs.sign(served, now() + timedelta(hours=1)),
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        served,
        "x" * 2_000,
        "%00",
        "'; --",
    ]
    for text in forged:
        reply = client.post(f"/v1/ads/events/{text}/impression")
        assert reply.status_code == 400 and reply.json()["error"]["code"] == "forged", text
    old = ours.sign(served, now() - timedelta(seconds=1))
    assert client.post(f"/v1/ads/events/{old}/impression").json()["error"]["code"] == "expired"
    unknown = ours.sign("neverserved", now() + timedelta(hours=1))
    assert client.post(f"/v1/ads/events/{unknown}/impression").status_code == 404
    assert [client.post(f"/v1/ads/events/{token}/impression").json()["counted"] for _ in range(3)] == [True, False, False]
    assert refused(client) == {
        ("impression", "forged"): len(forged),
        ("impression", "expired"): 1,
        ("impression", "replayed"): 2,
        ("impression", "unknown"): 1,
    }


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}, "crawler"),
        ({"User-Agent": ""}, "no_agent"),
        ({"Sec-Purpose": "prefetch"}, "prefetch"),
        ({"Purpose": "prefetch"}, "prefetch"),
    ],
    ids=str,
)
def test_what_is_no_person_is_not_charged(client: TestClient, campaign: dict[str, Any], headers: dict[str, str], reason: str) -> None:
    token = token_of(client)
    client.post(f"/v1/ads/events/{token}/impression")
    reply = client.get(f"/v1/ads/click/{token}", headers=headers, follow_redirects=False)
    assert reply.status_code == 303, "it is led on, like everybody"
    assert charged(client) == 0 and refused(client) == {("click", reason): 1}


def test_a_click_without_an_impression_or_too_soon_is_not_charged(client: TestClient, campaign: dict[str, Any]) -> None:
    unseen, hasty = token_of(client), token_of(client)
    client.get(f"/v1/ads/click/{unseen}", follow_redirects=False)
    client.post(f"/v1/ads/events/{hasty}/impression")
    client.get(f"/v1/ads/click/{hasty}", follow_redirects=False)
    assert charged(client) == 0 and refused(client) == {("click", "no_impression"): 1, ("click", "too_fast"): 1}


def test_a_pixel_is_always_a_pixel(client: TestClient, campaign: dict[str, Any]) -> None:
    token = token_of(client)
    for name, status in ((token, 200), ("forged", 400)):
        reply = client.get(f"/v1/ads/events/{name}/impression.gif")
        assert (reply.status_code, reply.headers["content-type"], reply.content[:3]) == (status, "image/gif", b"GIF")
        assert reply.headers["cache-control"] == "no-store" and "set-cookie" not in reply.headers
    assert client.post(f"/v1/ads/events/{token}/click").status_code == 400, "a click is followed, not told"


NATIVE = {"assets": [
    {"id": 1, "required": 1, "title": {"len": 60}}, {"id": 2, "required": 1, "data": {"type": 2, "len": 100}}, {"id": 3, "data": {"type": 1}},
    {"id": 4, "img": {"type": 3, "wmin": 200, "hmin": 200}},
]}  # fmt: skip


def bid_request(**changes: Any) -> dict[str, Any]:
    imp = {"id": "i1", "banner": {"format": [{"w": 300, "h": 250}]}}
    return {
        "id": "r1",
        "imp": [imp],
        "site": {"domain": "news.example"},
        "device": {"geo": {"country": "DEU"}, "language": "en"},
        "cur": ["EUR"],
        **changes,
    }


def bids(client: TestClient, **changes: Any) -> list[dict[str, Any]]:
    reply = client.post("/openrtb2/auction", json=bid_request(**changes))
    assert reply.status_code in (200, 204), reply.text
    if reply.status_code == 204:
        return []
    told = reply.json()
    assert told["id"] == "r1" and told["cur"] == "EUR" and reply.headers["x-openrtb-version"] == "2.6"
    found: list[dict[str, Any]] = told["seatbid"][0]["bid"]
    return found


def test_a_banner_is_bid_for(client: TestClient, campaign: dict[str, Any]) -> None:
    (bid,) = bids(client)
    assert (bid["impid"], bid["w"], bid["h"], bid["mtype"], bid["adomain"]) == ("i1", 300, 250, 1, ["ferry.example"])
    assert 0.2 <= bid["price"] <= 1000 and bid["ext"]["dsa"]["paid"] == 'Harbour "Holding" & Sons'
    assert "Paid by Harbour &quot;Holding&quot; &amp; Sons" in bid["adm"] and ">Ad</a>" in bid["adm"] and "<b>" not in bid["adm"]
    pixel = bid["adm"].split('<img src="')[-1].split('"')[0]
    assert client.get(pixel).status_code == 200
    assert client.get(f"/v1/ads/campaigns/{campaign['id']}/report").json()["total"]["impressions"] == 1
    assert bids(client, imp=[{"id": "i1", "banner": {"w": 728, "h": 90}}]) == [], "no picture of that size"
    assert bids(client, imp=[{"id": "i1"}, {"id": "i2", "video": {"mimes": ["video/mp4"]}}]) == []


def test_a_native_is_filled_from_the_texts(client: TestClient, campaign: dict[str, Any]) -> None:
    (bid,) = bids(client, imp=[{"id": "n", "native": {"request": json.dumps(NATIVE)}}])
    told = json.loads(bid["adm"])["native"]
    assets = {each["id"]: each for each in told["assets"]}
    assert assets[1]["title"]["text"] == ad()["headline"] and assets[2]["data"]["value"] == ad()["body"]
    assert assets[3]["data"]["value"] == 'Harbour "Holding" & Sons' and assets[4]["img"]["w"] == 300
    assert told["eventtrackers"][0]["url"].endswith(".gif") and "/v1/ads/click/" in told["link"]["url"] and "/ads/why?" in told["privacy"]
    too_short = {"assets": [{"id": 1, "required": 1, "title": {"len": 5}}]}
    assert bids(client, imp=[{"id": "n", "native": {"request": json.dumps(too_short)}}]) == []
    inner = {"native": NATIVE}
    assert len(bids(client, imp=[{"id": "n", "native": {"request": json.dumps(inner)}}])) == 1, "as version 1.0 has it"


@pytest.mark.parametrize(
    "changes",
    [
        {"badv": ["ferry.example"]},
        {"cur": ["JPY"]},
        {"imp": [{"id": "i1", "banner": {"w": 300, "h": 250}, "bidfloor": 9999, "bidfloorcur": "EUR"}]},
        {"test": 1},
    ],
    ids=str,
)
def test_who_is_not_wanted_does_not_bid(client: TestClient, campaign: dict[str, Any], changes: dict[str, Any]) -> None:
    assert len(bids(client)) == 1 and bids(client, **changes) == []


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"[]", b"{}", b'{"id": 1}', b'{"id": "1", "imp": []}', b"\xff", b"[" * 100_000,
        b'{"id": "1", "imp": [{"id": "1", "banner": {"w": 9, "h": 9}, "bidfloor": -1}]}',
        b'{"id": "1", "imp": [{"id": "1", "native": {"request": "{"}}]}',
        b'{"id": "1", "imp": [{"id": "1", "bidfloor": 1e400}]}',
    ],
)  # fmt: skip
def test_what_is_no_bid_request(client: TestClient, sent: bytes) -> None:
    reply = client.post("/openrtb2/auction", content=sent)
    assert reply.status_code == 400 and reply.json()["error"]["message"], sent


def test_a_sellers_person_is_capped_there_and_unknown_elsewhere(client: TestClient, app: App) -> None:
    launched(client, caps={"impressions": 1, "hours": 24})
    (bid,) = bids(client, user={"id": "u1"})
    client.get(bid["adm"].split('<img src="')[-1].split('"')[0])
    assert bids(client, user={"id": "u1"}) == []
    assert len(bids(client, user={"id": "u1"}, site={"domain": "other.example"})) == 1, "no id means anything on another site"
    kept = app.database.rows("SELECT person FROM served WHERE person <> ''")
    assert kept and not any("u1" in row["person"] for row in kept)


def test_the_tag_is_for_named_sites(client: TestClient, campaign: dict[str, Any], app: App) -> None:
    outside = client_of(app, "http://oscine.example", "10.0.0.7")
    sent = json.dumps({"placement": "post", "lang": "en"})
    reply = outside.post("/v1/ads/tag", content=sent, headers={**BROWSER, "Origin": SITE, "Content-Type": "text/plain"})
    assert reply.status_code == 200 and reply.headers["access-control-allow-origin"] == SITE
    assert len(reply.json()["ads"]) == 1 and "set-cookie" not in reply.headers
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    for origin in ("https://evil.example", "null", "", "https://club.example.evil.example"):
        assert outside.post("/v1/ads/tag", content=sent, headers={"Origin": origin}).status_code == 403
    for wrong in (b"{", b"[1]", b'{"placement": "nowhere"}', b"x" * 20_000):
        assert outside.post("/v1/ads/tag", content=wrong, headers={"Origin": SITE}).status_code == 400
    assert outside.get("/v1/ads/tag.js").status_code == 200


def test_why_and_what_to_change(client: TestClient, campaign: dict[str, Any], key: MakeKey, app: App) -> None:
    token = token_of(client)
    outside = client_of(app, "http://oscine.example", "10.0.0.7")
    told = outside.get(f"/v1/ads/why/{token}").json()
    assert told["paid_by"] == 'Harbour "Holding" & Sons' and told["reasons"] and not told["personal"]
    ann, nobody = key("read", viewer="local/ann"), key("read")
    assert outside.post(f"/v1/ads/less/{token}?what=advertiser", headers=nobody).status_code == 400, "there is nobody to keep it for"
    chosen = outside.post(f"/v1/ads/less/{token}?what=advertiser", headers=ann).json()
    assert chosen["hidden"] == [{"id": campaign["advertiser"], "name": "Northern <b>Ferries</b>"}]
    asked = {"placement": "post", "person": "local/ann"}
    assert client.post("/v1/ads/decide", json=asked).json()["ads"] == []
    assert outside.put("/v1/ads/choices", json={"hidden": []}, headers=ann).json()["hidden"] == []
    assert len(client.post("/v1/ads/decide", json=asked).json()["ads"]) == 1


def test_whoever_is_kept_from_a_campaign_sees_it_nowhere_and_is_told_nothing(client: TestClient, app: App) -> None:
    launched(client, holdout=0.5)
    seen = {
        name: len(client.post("/v1/ads/decide", json={"placement": "post", "person": f"local/p{name}"}).json()["ads"]) for name in range(40)
    }
    again = {
        name: len(client.post("/v1/ads/decide", json={"placement": "post", "person": f"local/p{name}"}).json()["ads"]) for name in range(40)
    }
    assert seen == again and 5 < sum(seen.values()) < 35
    kept = app.database.one("SELECT count(DISTINCT person) AS people FROM served WHERE held")
    assert kept and kept["people"] == 40 - sum(seen.values())


def test_who_asks_is_forgotten_in_ads(client: TestClient, campaign: dict[str, Any], key: MakeKey, app: App) -> None:
    client.post("/v1/ads/decide", json={"placement": "post", "person": "local/ann"})
    outside, ann = client_of(app, "http://oscine.example", "10.0.0.7"), key("read", viewer="local/ann")
    outside.put("/v1/ads/choices", json={"personal": True, "less": ["cars"]}, headers=ann)
    assert outside.delete("/v1/ads/choices", headers=ann).json() == {"ads": 1}
    assert app.database.one("SELECT 1 FROM served WHERE person <> ''") is None
    assert outside.get("/v1/ads/choices", headers=ann).json() == {"personal": False, "minor": False, "less": [], "hidden": []}


def test_the_repository_is_everybodys(client: TestClient, campaign: dict[str, Any], app: App) -> None:
    outside = client_of(app, "http://oscine.example", "10.0.0.7")
    assert outside.get("/v1/ads/repository").json()["data"] == [], "nothing was shown yet"
    client.post(f"/v1/ads/events/{token_of(client)}/impression")
    (found,) = outside.get("/v1/ads/repository", params={"q": "ferry"}).json()["data"]
    assert (found["advertiser"], found["payer"]) == ("Northern <b>Ferries</b>", 'Harbour "Holding" & Sons')
    assert outside.get(f"/v1/ads/repository/{campaign['id']}").json() == found
    assert outside.get("/v1/ads/repository", params={"q": "submarine"}).json()["data"] == []


def test_a_deleted_account_is_gone_from_ads(client: TestClient, campaign: dict[str, Any], app: App, write: Callable[..., Any]) -> None:
    write({"id": "p1", "author": "ann", "text": "a post"})
    client.post("/v1/ads/decide", json={"placement": "post", "person": "local/ann"})
    client.post("/v1/ads/conversions", json={"advertiser": campaign["advertiser"], "account": "local/ann", "ref": "1"})
    assert app.database.one("SELECT 1 FROM served WHERE person <> ''")
    write({"delete_account": "ann", "network": "local"})
    for told in ("SELECT 1 FROM served WHERE person <> ''", "SELECT 1 FROM ad_conversions"):
        assert app.database.one(told) is None
