"""Feeds for Bluesky over HTTP: the skeleton through the asker's own eyes, page after page, and what comes back of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from atproto import models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.conftest import client_of
from oscine.api import xrpc
from oscine.app import App
from oscine.records import Viewer
from oscine.safety.service_tokens import ServiceTokens
from oscine.store.feeds import FeedGenerator
from service_tokens import AUDIENCE, Directory, Signer

Write = Callable[..., Any]
AT = "2024-05-01T12:00:00Z"
BO, ANN, EVE = (f"did:plc:{name * 8}" for name in ("boo", "ann", "eve"))
FEED = f"at://{AUDIENCE}/{xrpc.COLLECTION}/ferries"
SKELETON, INTERACTIONS = "app.bsky.feed.getFeedSkeleton", "app.bsky.feed.sendInteractions"


def uri(name: str, author: str = ANN) -> str:
    return f"at://{author}/app.bsky.feed.post/{name}"


def post(name: str, text: str = "The ferry leaves.", author: str = ANN, **more: Any) -> dict[str, Any]:
    return {"id": uri(name, author), "author": author, "network": "bluesky", "text": text, **more}


BOB = Signer(BO)
NAMES = st.sampled_from(["interactions", "item", "event", "feedContext"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=8
)


@pytest.fixture
def feeds(app: App) -> TestClient:
    """A server of feeds at https://feeds.example that knows Bo's key, with a feed of ferries."""
    app.settings.public_url = "https://feeds.example/"
    app.settings.requests_per_minute = 1_000_000
    app.__dict__["service_tokens"] = ServiceTokens(AUDIENCE, "bsky_fg", Directory(BOB))
    app.feed_generators.add(FeedGenerator(name="ferries", title="Ferries", query="ferry"))
    return client_of(app, "https://feeds.example", "10.0.0.7")


def ask(client: TestClient, who: Signer | None = None, **query: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {who.token(SKELETON)}"} if who else {}
    return client.get(f"/xrpc/{SKELETON}", params={"feed": FEED, **query}, headers=headers)


def given_to(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    read = models.get_or_create(reply.json(), models.AppBskyFeedGetFeedSkeleton.Response)
    assert isinstance(read, models.AppBskyFeedGetFeedSkeleton.Response), "as the SDK reads it"
    return [item.post for item in read.feed]


def act(client: TestClient, *interactions: dict[str, Any], who: Signer | None = BOB) -> httpx.Response:
    headers = {"Authorization": f"Bearer {who.token(INTERACTIONS)}"} if who else {}
    return client.post(f"/xrpc/{INTERACTIONS}", json={"interactions": list(interactions)}, headers=headers)


def deeds(app: App) -> set[tuple[str, str, bool]]:
    rows = app.database.rows("SELECT e.post, e.kind, e.active FROM engagements e JOIN accounts a ON a.id = e.actor WHERE a.key = %s", [BO])
    return {(row["post"], row["kind"], row["active"]) for row in rows}


def test_the_server_says_who_it_is(feeds: TestClient, app: App) -> None:
    told = feeds.get("/.well-known/did.json").json()
    assert told["id"] == AUDIENCE
    assert told["service"] == [{"id": "#bsky_fg", "type": "BskyFeedGenerator", "serviceEndpoint": "https://feeds.example"}]
    described = feeds.get("/xrpc/app.bsky.feed.describeFeedGenerator").json()
    read = models.get_or_create(described, models.AppBskyFeedDescribeFeedGenerator.Response)
    assert isinstance(read, models.AppBskyFeedDescribeFeedGenerator.Response)
    assert (read.did, [feed.uri for feed in read.feeds]) == (AUDIENCE, [FEED])
    app.feed_generators.published("ferries", ANN)
    published = feeds.get("/xrpc/app.bsky.feed.describeFeedGenerator").json()["feeds"][0]["uri"]
    assert published == f"at://{ANN}/{xrpc.COLLECTION}/ferries"
    assert ask(feeds, feed=published).status_code == ask(feeds).status_code == 200, "by either name"


def test_a_port_stands_in_the_name_as_the_method_wants_it(feeds: TestClient, app: App) -> None:
    app.settings.public_url = "http://localhost:8420"
    assert feeds.get("/.well-known/did.json").json()["id"] == "did:web:localhost%3A8420"


def test_without_a_public_address_there_are_no_feeds(feeds: TestClient, app: App) -> None:
    app.settings.public_url = ""
    assert feeds.get("/.well-known/did.json").status_code == 404
    told = feeds.get("/xrpc/app.bsky.feed.describeFeedGenerator")
    assert (told.status_code, told.json()["error"]) == (400, "UnknownFeed")
    assert "OSCINE_PUBLIC_URL" in told.json()["message"]


def test_a_feed_is_the_newest_posts_that_hold_every_word(feeds: TestClient, write: Write) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    write(
        post("1", created_at="2024-05-01T12:00:00Z"),
        post("2", "A ferry, later.", created_at="2024-05-02T12:00:00Z"),
        post("3", "The bus leaves.", created_at="2024-05-03T12:00:00Z"),
        post("4", "A ferry from the future.", created_at=tomorrow),
        {"id": "5", "author": "ann", "text": "A ferry elsewhere.", "network": "other"},
        {"id": uri("6"), "author": ANN, "text": "A ferry for followers.", "network": "bluesky", "visibility": "followers"},
    )
    assert given_to(ask(feeds)) == given_to(ask(feeds, BOB)) == [uri("2"), uri("1")]


def test_each_page_goes_on_where_the_last_ended_whatever_is_written_meanwhile(feeds: TestClient, write: Write) -> None:
    write(*(post(str(n), f"Ferry {n}.", created_at=f"2024-05-01T12:{n // 2:02}:00Z") for n in range(25)))
    seen: list[str] = []
    cursor, pages = {}, 0
    while pages < 20:
        reply = ask(feeds, limit=4, **cursor)
        seen += given_to(reply)
        pages += 1
        write(post(f"new{pages}", created_at="2024-06-01T12:00:00Z"), {"delete": uri(f"new{pages - 1}"), "network": "bluesky"})
        if "cursor" not in reply.json():
            break
        cursor = {"cursor": reply.json()["cursor"]}
    assert [name.rpartition("/")[2] for name in seen] == [str(n) for n in reversed(range(25))]
    assert pages == 7


def test_whom_one_blocks_is_not_in_ones_feed(feeds: TestClient, write: Write, app: App) -> None:
    write(
        post("1"), post("2", author=EVE), post("3", author="did:plc:labelled", labels=["spam"]),
        {"relation": "block", "actor": BO, "target": EVE, "at": AT, "network": "bluesky"},
    )  # fmt: skip
    assert set(given_to(ask(feeds))) == {uri("1"), uri("2", EVE)}
    assert given_to(ask(feeds, BOB)) == [uri("1")]
    write({"relation": "block", "actor": ANN, "target": BO, "at": AT, "network": "bluesky"})
    assert given_to(ask(feeds, BOB)) == [], "and whoever blocks me"


def test_a_deleted_post_is_in_no_feed(feeds: TestClient, write: Write) -> None:
    write(post("1"), post("2"))
    write({"delete": uri("1"), "network": "bluesky"})
    assert given_to(ask(feeds)) == [uri("2")]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (lambda: "Bearer x", "no service token"),
        (lambda: "Bearer osc_0123456789ab_secret", "no service token"),
        (lambda: "Basic eDp5", "no service token"),
        (lambda: "", "no service token"),
        (lambda: f"Bearer {Signer(BO).token(SKELETON)}", "not signed with its issuer's key"),
        (lambda: f"Bearer {BOB.token(INTERACTIONS)}", "for the method"),
    ],
    ids=["junk", "a key of ours", "basic", "empty", "another's key", "another method"],
)
def test_a_bad_token_is_nobody(feeds: TestClient, said: Callable[[], str], message: str) -> None:
    reply = feeds.get(f"/xrpc/{SKELETON}", params={"feed": FEED}, headers={"Authorization": said()})
    assert (reply.status_code, reply.json()["error"], set(reply.json())) == (401, "AuthenticationRequired", {"error", "message"})
    assert message in reply.json()["message"]


def test_a_token_is_good_once(feeds: TestClient) -> None:
    headers = {"Authorization": f"Bearer {BOB.token(SKELETON)}"}
    told = [feeds.get(f"/xrpc/{SKELETON}", params={"feed": FEED}, headers=headers).status_code for _ in range(2)]
    assert told == [200, 401]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"feed": f"at://{AUDIENCE}/{xrpc.COLLECTION}/buses"}, "UnknownFeed"),
        ({"feed": f"at://{EVE}/{xrpc.COLLECTION}/ferries"}, "UnknownFeed"),
        ({"feed": f"at:///{xrpc.COLLECTION}/ferries"}, "UnknownFeed"),
        ({"feed": f"at://{AUDIENCE}/app.bsky.feed.post/ferries"}, "UnknownFeed"),
        ({"feed": FEED + "/x"}, "UnknownFeed"),
        ({"feed": FEED + "\x00"}, "UnknownFeed"),
        ({"feed": "ferries"}, "UnknownFeed"),
        ({"feed": "x" * 3_000}, "InvalidRequest"),
        ({"limit": 0}, "InvalidRequest"),
        ({"limit": 101}, "InvalidRequest"),
        ({"cursor": "x"}, "InvalidRequest"),
        ({"cursor": "x" * 3_000}, "InvalidRequest"),
    ],
    ids=lambda case: str(case)[:60],
)
def test_what_cannot_be_asked_is_told_as_the_protocol_does(feeds: TestClient, query: dict[str, Any], error: str) -> None:
    reply = ask(feeds, **query)
    assert (reply.status_code, reply.json()["error"], set(reply.json())) == (400, error, {"error", "message"})


def test_what_is_not_there_is_told_so_too(feeds: TestClient) -> None:
    assert feeds.get(f"/xrpc/{SKELETON}").json()["error"] == "InvalidRequest", "no feed named"
    assert feeds.get("/xrpc/app.bsky.feed.getTimeline").json()["error"] == "MethodNotImplemented"
    assert feeds.post(f"/xrpc/{SKELETON}").json()["error"] == "InvalidRequest"
    assert feeds.post(f"/xrpc/{INTERACTIONS}", content=b"{" * 3_000).json()["error"] == "InvalidRequest"


def test_what_one_does_with_a_post_that_was_given_counts(feeds: TestClient, write: Write, app: App) -> None:
    write(*(post(str(n), created_at=f"2024-05-01T12:0{n}:00Z") for n in range(6)))
    marks = {item["post"]: item["feedContext"] for item in ask(feeds, BOB).json()["feed"]}
    done = [
        ("0", "requestLess"),
        ("1", "clickthroughItem"),
        ("2", "requestLess"),
        ("2", "requestMore"),
        ("3", "interactionSeen"),
        ("4", "interactionLike"),
    ]
    sent = [{"item": uri(n), "event": f"app.bsky.feed.defs#{event}", "feedContext": marks[uri(n)]} for n, event in done]
    assert act(feeds, *sent).json() == {}
    assert deeds(app) == {(uri("0"), "hide", True), (uri("1"), "click", True), (uri("2"), "hide", False)}
    assert act(feeds, *sent).json() == {}
    assert len(deeds(app)) == 3, "told twice, it is the same"


def test_what_one_asks_to_see_less_of_is_not_in_ones_feed(feeds: TestClient, write: Write) -> None:
    write(post("1", created_at="2024-05-01T12:00:00Z"), post("2", created_at="2024-05-02T12:00:00Z"))
    marks = {item["post"]: item["feedContext"] for item in ask(feeds, BOB).json()["feed"]}
    seen = []
    for event in ("requestLess", "requestMore"):
        act(feeds, {"item": uri("2"), "event": f"app.bsky.feed.defs#{event}", "feedContext": marks[uri("2")]})
        seen.append(given_to(ask(feeds, BOB)))
    assert seen == [[uri("1")], [uri("2"), uri("1")]]
    act(feeds, {"item": uri("1"), "event": "app.bsky.feed.defs#requestLess", "feedContext": marks[uri("1")]})
    assert given_to(ask(feeds)) == [uri("2"), uri("1")], "others see it"


def test_what_was_not_given_does_not_count(feeds: TestClient, write: Write, app: App) -> None:
    write(post("1"), post("2"))
    key, now = app.feed_secret, datetime.now(UTC)
    bo, eve = (Viewer(network="bluesky", account=did) for did in (BO, EVE))
    good = xrpc.mark(key, bo, uri("1"), now)
    wrong = {
        "none": "", "another's": xrpc.mark(key, eve, uri("1"), now), "another post's": xrpc.mark(key, bo, uri("2"), now),
        "too old": xrpc.mark(key, bo, uri("1"), now - timedelta(days=8)), "of tomorrow": xrpc.mark(key, bo, uri("1"), now + timedelta(days=1)),
        "another key's": xrpc.mark(b"x" * 32, bo, uri("1"), now), "a digit that is none": "²" + good,
    }  # fmt: skip
    for mark in wrong.values():
        body = json.dumps({"interactions": [{"item": uri("1"), "event": "app.bsky.feed.defs#requestLess", "feedContext": mark}]})
        headers = {"Authorization": f"Bearer {BOB.token(INTERACTIONS)}", "Content-Type": "application/json"}
        assert feeds.post(f"/xrpc/{INTERACTIONS}", content=body, headers=headers).status_code == 200
    assert deeds(app) == set()
    act(feeds, {"item": uri("1"), "event": "app.bsky.feed.defs#requestLess", "feedContext": good})
    assert deeds(app) == {(uri("1"), "hide", True)}


def test_interactions_are_somebodys_and_not_too_many(feeds: TestClient) -> None:
    assert act(feeds, who=None).json()["error"] == "AuthenticationRequired"
    assert act(feeds, *({"item": uri(str(n))} for n in range(101))).json()["error"] == "InvalidRequest"
    assert act(feeds, {"item": "x" * 2_001}).json()["error"] == "InvalidRequest"


def test_a_deed_with_a_deleted_post_is_none(feeds: TestClient, write: Write, app: App) -> None:
    write(post("1"))
    mark = ask(feeds, BOB).json()["feed"][0]["feedContext"]
    write({"delete": uri("1"), "network": "bluesky"})
    act(feeds, {"item": uri("1"), "event": "app.bsky.feed.defs#requestLess", "feedContext": mark})
    assert deeds(app) == set()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=JSON)
def test_whatever_is_sent_gets_an_answer(feeds: TestClient, body: Any) -> None:
    headers = {"Authorization": f"Bearer {BOB.token(INTERACTIONS)}", "Content-Type": "application/json"}
    reply = feeds.post(f"/xrpc/{INTERACTIONS}", content=json.dumps(body), headers=headers)
    assert reply.status_code in (200, 400)


def test_a_feed_is_ranked_for_each_who_asks(feeds: TestClient, app: App, write: Write) -> None:
    app.feed_generators.add(FeedGenerator(name="mine", title="For you", personal=True))
    mine = FEED.replace("ferries", "mine")
    write(
        post("of-ann"),
        post("of-eve", "Trams.", EVE),
        {"id": "elsewhere", "author": "zoe", "text": "Another network.", "network": "other"},
        post("for-followers", "Psst.", visibility="followers"),
        {"relation": "follow", "network": "bluesky", "actor": BO, "target": ANN, "at": AT},
        {"relation": "block", "network": "bluesky", "actor": BO, "target": EVE, "at": AT},
    )
    app.pool.load()
    assert set(given_to(ask(feeds, feed=mine))) == {uri("of-ann"), uri("of-eve", EVE)}, "nobody asks: what is public"
    assert set(given_to(ask(feeds, BOB, feed=mine))) == {uri("of-ann"), uri("for-followers")}
    first = ask(feeds, BOB, feed=mine, limit=1).json()
    assert given_to(ask(feeds, BOB, feed=mine, limit=1, cursor=first["cursor"])) != [first["feed"][0]["post"]]
    assert ask(feeds, feed=mine, limit=1, cursor=first["cursor"]).status_code in (400, 404), "a page is its person's"
