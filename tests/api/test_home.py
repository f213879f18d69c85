"""The feed over HTTP: a page with posts and ads, what came of it told by whose page it was, and what one missed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.conftest import MakeKey, client_of
from api.test_campaigns_api import BROWSER
from api.test_serving import launched
from oscine.app import App
from oscine.records import Viewer

Write = Callable[..., Any]
AT = "2024-05-01T12:00:00Z"


@pytest.fixture
def client(app: App, write: Write) -> TestClient:
    """Ten posts by ten people, an ad after every third post; nothing is left to chance."""
    app.settings.requests_per_minute = 1_000_000
    app.settings.feed_ad_every, app.settings.feed_chance = 3, 0.0
    words = ("harbour", "tomato", "violin", "glacier", "pottery", "lantern", "orchard", "compass", "saddle", "walnut")
    write(*({"id": f"p{n}", "author": f"writer{n}", "created_at": f"2024-05-01T12:{n:02}:00Z", "labels": [],
             "text": f"Somebody told of a {word} that nobody else had seen"} for n, word in enumerate(words)),
          *({"id": name, "author": name, "created_at": "2024-01-01T12:00:00Z", "text": f"hello from {name}"} for name in ("ann", "bob")))  # fmt: skip
    made = client_of(app)
    made.headers.update(BROWSER)
    return made


@pytest.fixture
def ann(client: TestClient, key: MakeKey) -> dict[str, str]:
    return key("read", viewer="local/ann")


def page(client: TestClient, headers: dict[str, str] | None = None, **asked: Any) -> dict[str, Any]:
    reply = client.get("/v1/feed", params=asked, headers=headers)
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


def posts(told: dict[str, Any]) -> list[str]:
    return [item["post"]["id"] for item in told["items"] if item["kind"] == "post"]


def tell(client: TestClient, told: dict[str, Any], headers: dict[str, str] | None = None, **event: Any) -> Any:
    body = {"page": told["token"], "post": posts(told)[0], "network": "local", "kind": "seen", **event}
    return client.post("/v1/feed/events", json=body, headers=headers)


def engaged(app: App) -> list[tuple[str, str, str]]:
    rows = app.database.rows(
        "SELECT e.kind, e.post, a.key FROM engagements e JOIN accounts a ON a.id = e.actor WHERE e.active ORDER BY 1, 2"
    )
    return [(row["kind"], row["post"], row["key"]) for row in rows]


def outcomes(app: App) -> list[tuple[str, str]]:
    rows = app.database.rows("SELECT p.key, o.kind FROM feed_outcomes o JOIN posts p ON p.id = o.post ORDER BY 1, 2")
    return [(row["key"], row["kind"]) for row in rows]


def test_a_page_has_posts_and_ads_and_says_why(client: TestClient, ann: dict[str, str]) -> None:
    launched(client)
    told = page(client, ann, limit=8)
    assert [item["kind"] for item in told["items"]] == ["post"] * 3 + ["ad"] + ["post"] * 5, "an advertiser has one ad on a page"
    post, ad = told["items"][0], told["items"][3]
    assert post["post"]["id"] and post["position"] == 0 and isinstance(post["points"], int) and post["why"] and post["sources"]
    assert ad["headline"] and ad["on_behalf_of"] and ad["paid_by"]
    assert client.post(ad["impression"]).json()["counted"] and client.get(ad["click"], follow_redirects=False).status_code == 303
    assert (told["order"], told["kept"], told["weights"], told["steering"]["personal"]) == ("for-you", True, 0, True)
    assert "ad" not in {item["kind"] for item in page(client, ann, ads=False)["items"]}


def test_the_next_page_goes_on(client: TestClient, ann: dict[str, str]) -> None:
    first = page(client, ann, limit=6)
    second = page(client, ann, limit=6, cursor=first["cursor"])
    assert not set(posts(first)) & set(posts(second)) and len(posts(first) + posts(second)) == 12 - 1, "one's own is not there"
    assert page(client, ann, order="newest", limit=3)["order"] == "newest"
    assert posts(page(client, order="newest", limit=3)) == ["p9", "p8", "p7"]


def test_steering_is_sent_by_whoever_has_no_account(client: TestClient, ann: dict[str, str]) -> None:
    steering = json.dumps({"order": "newest", "dials": {"recent": 0.5}})
    told = page(client, steering=steering, limit=3)
    assert (told["order"], told["steering"]["dials"], told["kept"]) == ("newest", {"recent": 0.5}, False)
    assert page(client, ann, steering=steering, limit=3)["order"] == "for-you", "an account has its own"
    for wrong in (
        "{",
        '{"order": "x"}',
        '{"dials": {"recent": 2}}',
        '{"wishes": [{"kind": "x"}]}',
        '"' + "x" * 30_000 + '"',
        '{"dials": {"\\ud800": 1}}',
    ):
        reply = client.get("/v1/feed", params={"steering": wrong})
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "bad_input"), wrong


def test_what_a_person_does_is_kept_with_the_page_and_in_their_name(app: App, client: TestClient, ann: dict[str, str]) -> None:
    told = page(client, ann, limit=5)
    first, second, third, *_ = posts(told)
    assert tell(client, told, ann, kind="like").json() == {"counted": 1}
    assert tell(client, told, ann, kind="like").json() == {"counted": 0}
    several = [{"post": second, "network": "local", "kind": kind} for kind in ("seen", "dwell", "hide", "reply")]
    batch = {"page": told["token"], "events": [*several, {"page": told["token"], "post": third, "network": "local", "kind": "click"}]}
    assert client.post("/v1/feed/events", json=batch, headers=ann).json() == {"counted": 5}
    assert engaged(app) == [("click", third, "ann"), ("dwell", second, "ann"), ("hide", second, "ann"), ("like", first, "ann")]
    assert sorted(outcomes(app)) == sorted(
        [(first, "like"), *((second, kind) for kind in ("seen", "dwell", "hide", "reply")), (third, "click")]
    )
    assert second not in posts(page(client, ann, limit=10))


def test_without_an_account_only_the_page_hears_of_it(app: App, client: TestClient) -> None:
    told = page(client, limit=5)
    assert tell(client, told, kind="like").json() == {"counted": 1}
    assert (engaged(app), outcomes(app)) == ([], [(posts(told)[0], "like")])
    assert app.feed_log.page(told["token"]).person == ""


def test_whoever_wants_no_profile_is_taken_at_their_word_and_not_watched(app: App, client: TestClient, ann: dict[str, str]) -> None:
    nobodys = page(client, limit=5)
    first, second, *_ = posts(nobodys)
    for post, kind in ((first, "hide"), (first, "dwell"), (second, "click"), (second, "like")):
        tell(client, nobodys, ann, post=post, kind=kind)
    assert engaged(app) == [("hide", first, "ann"), ("like", second, "ann")]


def test_nobody_tells_of_anothers_page_nor_of_what_was_not_on_it(app: App, client: TestClient, ann: dict[str, str], key: MakeKey) -> None:
    bob, told = key("read", viewer="local/bob"), page(client, ann, limit=3)
    missing = next(f"p{n}" for n in range(10) if f"p{n}" not in posts(told))
    for headers in (bob, None):
        assert tell(client, told, headers, kind="like").status_code == 404
    assert tell(client, told | {"token": "x" * 22}, ann).status_code == 404
    for other in ({"post": missing}, {"post": "nowhere"}, {"network": "elsewhere"}):
        assert tell(client, told, ann, kind="like", **other).json() == {"counted": 0}
    assert (engaged(app), outcomes(app)) == ([], [])
    mixed = [{"page": token, "post": posts(told)[0], "network": "local", "kind": "seen"} for token in (told["token"], "rolled-away")]
    assert client.post("/v1/feed/events", json={"events": mixed}, headers=ann).json() == {"counted": 1}


@pytest.mark.parametrize(
    "body",
    [
        {}, {"events": []}, {"page": "x", "post": "p1", "network": "local"}, {"page": "x", "post": "p1", "network": "local", "kind": "love"},
        {"page": "x" * 65, "post": "p1", "network": "local", "kind": "seen"}, {"page": "\x00", "post": "p1", "network": "local", "kind": "seen"},
        {"page": "x", "events": [{"post": "p1", "network": "local", "kind": "seen"}] * 101}, {"page": "x", "events": [{"kind": "seen"}]}, [],
        {"page": "x", "post": "p1", "network": "local", "kind": "seen", "events": [{"post": "p1", "network": "local", "kind": "seen"}]},
    ],
    ids=lambda body: str(body)[:40],
)  # fmt: skip
def test_what_is_told_wrongly_is_refused(client: TestClient, body: Any) -> None:
    reply = client.post("/v1/feed/events", json=body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "bad_input")


def test_since_you_were_away(app: App, client: TestClient, ann: dict[str, str], write: Write) -> None:
    write(
        {"id": "q", "author": "ann", "created_at": "2024-05-01T11:00:00Z", "text": "Which bread keeps for a whole week in summer?"},
        {
            "id": "r",
            "author": "bob",
            "created_at": "2024-05-01T12:05:00Z",
            "reply_to": "q",
            "text": "Rye, the dark kind, kept mine fresh in August.",
        },
    )
    told = client.get("/v1/feed/catch-up", params={"lang": "en"}, headers=ann).json()
    assert (told["until"], told["since"]) == ("2024-05-01T12:09:00Z", "2024-04-30T12:09:00Z")
    (line,) = told["lines"]
    assert line["posts"] == ["r"] == [post["id"] for post in told["posts"]]
    assert (
        line["text"]
        == "You were answered: 1 post by 1 account, 1 May 2024. bob (1 May 2024): “Rye, the dark kind, kept mine fresh in August.”"
    )
    assert client.get("/v1/feed/catch-up").json()["lines"] == []
    later = {"since": "2024-05-01T12:06:00Z"}
    assert client.get("/v1/feed/catch-up", params=later, headers=ann).json()["lines"] == []
    assert client.get("/v1/feed/catch-up", params={"since": "yesterday"}, headers=ann).status_code == 400


def test_what_one_might_want_more_of(client: TestClient, ann: dict[str, str], write: Write) -> None:
    write(
        *({"engagement": "like", "actor": "ann", "post": f"more{n}", "at": "2024-05-01T12:09:00Z"} for n in range(2)),
        *({"id": f"more{n}", "author": "lea", "created_at": "2024-05-01T12:01:00Z", "text": f"more of the same {n}"} for n in range(2)),
    )
    client.app.state.oscine.pool.load()  # type: ignore[attr-defined]
    told = client.get("/v1/feed/proposals", headers=ann).json()
    assert (told["topics"], told["conversations"]) == ([], [])
    (who,) = told["accounts"]
    assert (who["id"], who["network"], who["why"]) == ("lea", "local", "You liked, shared or answered 2 of their posts.")
    assert client.get("/v1/feed/proposals").json() == {"topics": [], "accounts": [], "conversations": []}
    assert client.get("/v1/feed/proposals", params={"limit": 21}).status_code == 400


def test_a_deleted_account_leaves_its_pages_to_nobody(app: App, client: TestClient, ann: dict[str, str], write: Write) -> None:
    told = page(client, ann, limit=3)
    assert app.feed_log.page(told["token"]).person == app.feed_log.person(Viewer(network="local", account="ann"))
    write({"delete_account": "ann"})
    assert app.feed_log.page(told["token"]).person == ""
