"""Search over HTTP: the wire's shape, its bounds, and that any text is a query."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from api.conftest import MakeKey
from oscine.app import App

Write = Callable[..., Any]
POST_KEYS = {
    "id", "network", "author", "author_handle", "author_name", "created_at", "edited_at", "lang", "text", "reply_to", "quote_of", "visibility",
    "likes", "reposts", "replies", "quotes", "urls", "tags", "mentions", "media", "labels", "sensitive", "content_warning", "blurred", "page",
}  # fmt: skip


def found(client: TestClient, q: str = "", headers: dict[str, str] | None = None, **params: Any) -> Any:
    reply = client.get("/v1/search", params={"q": q, **params}, headers=headers)
    assert reply.status_code == 200, reply.text
    return reply.json()


def ids(page: Any) -> list[str]:
    return [post["id"] for post in page["posts"]]


def test_the_shape_of_a_page(client: TestClient, write: Write) -> None:
    write({"id": "p1", "text": "Émile saw snow ❄ on the pass, and snow again", "lang": "en", "likes": 3, "author_name": "Ann"})
    page = found(client, "snow min_faves:1 min_faves:x")
    [post] = page["posts"]
    assert set(page) == {"posts", "cursor", "understood", "ignored", "took_ms", "query", "reading", "did_you_mean"}
    assert set(post) == POST_KEYS | {"score", "highlights", "folded"}
    assert (post["created_at"], post["likes"], post["page"]) == ("2024-05-01T12:00:00Z", 3, "/post?id=p1&network=local")
    assert [post["text"][start:end] for start, end in post["highlights"]] == ["snow", "snow"]
    assert page["understood"] == [{"text": "min_faves:1", "operator": "min_faves", "value": "1", "means": "with at least 1 likes"}]
    assert [set(part) for part in page["ignored"]] == [{"text", "why"}]
    assert page["ignored"][0]["text"] == "min_faves:x"
    assert (page["cursor"], post["score"] > 0) == (None, True)


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": 10**30}, "limit"),
        ({"sort": "best"}, "sort"),
        ({"fold": "perhaps"}, "fold"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "ünï"}, "cursor"),
        ({"cursor": "\x00"}, "cursor"),
        ({"cursor": "x" * 5_000}, "cursor"),
    ],
)
def test_a_bad_parameter_is_told(client: TestClient, params: dict[str, Any], names: str) -> None:
    reply = client.get("/v1/search", params={"q": "snow", **params})
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["type"]) == (400, "bad_input", "bad_input")
    assert names in error["message"]
    assert error["fix"]


@pytest.mark.parametrize(
    "place",
    [
        {"offset": -5},
        {"offset": 10**9},
        {"offset": 10**400},
        {"offset": "1"},
        {"offset": 1, "now": "yesterday"},
        {"before": ["2024-01-01T00:00:00Z"]},
        {"before": ["2024-01-01T00:00:00Z", "x"]},
        [],
        "[" * 10_000,
    ],
    ids=str,
)
def test_a_made_up_cursor_is_refused(client: TestClient, place: Any) -> None:
    reply = client.get("/v1/search", params={"cursor": cursor(place)})
    assert (reply.status_code, reply.json()["error"]["message"]) == (400, "The cursor is not one of ours.")


@pytest.mark.parametrize(
    "place",
    [
        {"before": ["2024-01-01T00:00:00Z", 10**18]},
        {"before": ["0001-01-01T00:00:00+14:00", 1]},
        {"before": ["9999-12-31T23:59:59-14:00", 1]},
        {"before": ["2024-01-01T00:00:00", -1]},
        {"offset": 1, "now": "0001-01-01T00:00:00Z"},
    ],
    ids=str,
)
@pytest.mark.parametrize("q", ["snow", "", "snow within_time:9999w"])
def test_a_cursor_in_our_shape_never_breaks_anything(client: TestClient, write: Write, place: Any, q: str) -> None:
    write({"text": "snow"})
    reply = client.get("/v1/search", params={"cursor": cursor(place), "q": q})
    assert reply.status_code in (200, 400), reply.text


def test_a_cursor_without_a_time_zone(client: TestClient, write: Write) -> None:
    write({"text": "snow"})
    place = cursor({"offset": 1, "now": "2024-01-01T00:00:00"})
    assert client.get("/v1/search", params={"cursor": place, "q": "snow"}).status_code == 400


def cursor(place: Any) -> str:
    text = place if isinstance(place, str) else json.dumps(place)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("limit", [1, 100])
def test_the_bounds_of_limit_are_taken(client: TestClient, write: Write, limit: int) -> None:
    write({"text": "snow on the pass"}, {"text": "a quite different day of snow"})
    assert len(found(client, "snow", limit=limit)["posts"]) == min(limit, 2)


@pytest.mark.parametrize("params", [{"q": "snow"}, {"q": "snow", "sort": "latest"}, {"q": ""}])
def test_pages_follow_each_other(client: TestClient, write: Write, params: dict[str, Any]) -> None:
    write(*({"id": f"p{n}", "text": f"snow word{n} other{n * n}", "created_at": f"2024-05-0{n}T00:00:00Z"} for n in range(1, 8)))
    seen: list[str] = []
    page = found(client, limit=3, **params)
    for _ in range(3):
        seen += ids(page)
        page = found(client, limit=3, cursor=page["cursor"] or "", **params) if page["cursor"] else page
    assert sorted(seen) == [f"p{n}" for n in range(1, 8)]
    assert page["cursor"] is None


def test_sort(client: TestClient, write: Write) -> None:
    write(
        {"id": "old", "text": "snow snow snow snow", "created_at": "2020-01-01T00:00:00Z"},
        {"id": "new", "text": "a long tale of a walk with a little snow at its end", "created_at": "2024-01-01T00:00:00Z"},
    )
    assert ids(found(client, "snow", sort="latest")) == ["new", "old"]
    assert set(ids(found(client, "snow", sort="top"))) == {"new", "old"}
    assert found(client, "snow", sort="latest")["posts"][0]["score"] is None


def test_fold(client: TestClient, write: Write) -> None:
    text = "The winter storm closed the pass between the two valleys for nine days."
    write({"id": "one", "text": text}, {"id": "two", "text": text + "!", "author": "bo"})
    [post] = found(client, "storm")["posts"]
    assert {post["id"], *post["folded"]} == {"one", "two"}
    assert sorted(ids(found(client, "storm", fold=False))) == ["one", "two"]


NASTY = [
    "%00", "a%00b", "%ED%A0%80", "%ED%A0%80%ED%B0%80", "%FF%FE", "%C3", "%", "%zz", "%0A%0D%1B%5B2J", "%E2%80%AE", "%F0%9F%A6%89" * 40,
    *(quote(text, safe="") for text in [
        "'; DROP TABLE posts; --", "' OR '1'='1", "$$; SELECT pg_sleep(9) $$", "%s %(a)s {} {0} {x!r}", "\\", "\\'", "E'\\x00'", "a\\\\' | b",
        "x" * 10_000, "a " * 5_000, "(" * 5_000, ")" * 5_000, "-" * 5_000, '"' * 4_999, "OR " * 2_000, "-(" * 2_000, "a OR " * 2_000, "é" * 10_000,
        "(a+)+$" + "a" * 5_000 + "!", "a" * 5_000 + ":" * 5_000, "@" * 3_000, "#" * 3_000, "http://" * 700, "." * 5_000, "a.b." * 2_000, "0" * 9_000,
        "&", "|", "!", "a & | !b", "a:*", "<->", "a <2> b", ":*", "!!", "'", '"', "''", '""', '"""', "-", "--", "- -", "()", "( )", "OR", "AND", "NOT",
        "from:", "from:@", "from:''", "from:%", "from:" + "x" * 5_000, "since:", "since:9999-12-31", "since:0001-01-01", "until:9999-12-31T23:59:59Z",
        "since:2024-02-30", "since:-1", "within_time:999999w", "within_time:0s", "min_faves:-1", "min_faves:999999999", "min_faves:99999999999999",
        "min_faves:１２", "min_faves:²", "lang:", "lang:xx-" + "y" * 500, "filter:nothing", "url:", "url:://", "url:'", "url:" + "a/" * 1_000,
        "conversation_id:'", "conversation_id:" + "x" * 3_000, "#", "#'", "#1", "$", "$$", "$A'", "@'", "@.", "-from:a -from:b -(c OR (d -e))",
        "-snow", "-(snow)", '-"snow"', "snow -snow", "東京の雪", "雪", "ﷺ" * 50, "e\u0301" * 500, "\u200d" * 100, "🏳️‍🌈", "\ufeff", "İ", "ẞ", "\u202esnow",
        "<script>alert(1)</script>", "{{7*7}}", "../../etc/passwd", "null", "NaN", "1e999", "posts_words", "to_bm25query('x')", "%%", "_",
    ]),
]  # fmt: skip


@pytest.mark.parametrize("sort", ["top", "latest"])
def test_any_text_is_a_query(client: TestClient, write: Write, sort: str) -> None:
    """One test for all of them, so that the posts are written once."""
    write({"text": "snow on the pass"}, {"text": "東京の雪"}, {"text": "it's 100% a\\b {x} $A #1 @a"})
    told = {query[:60]: client.get(f"/v1/search?sort={sort}&q={query}") for query in NASTY}
    assert {query: reply.text for query, reply in told.items() if reply.status_code != 200} == {}
    assert ids(found(client, "snow")), "and the posts are still there"


@pytest.mark.parametrize("q", ["snow", "東京", "it's", "'; DROP TABLE posts; --"])
def test_any_text_is_a_query_by_meaning_too(meaning: App, client: TestClient, write: Write, q: str) -> None:
    write({"text": "snow on the pass"}, {"text": "東京の雪"})
    meaning.embed_all()
    assert len(found(client, q)["posts"]) == 2, "by meaning, everything is a little near"


def test_operators(client: TestClient) -> None:
    told = client.get("/v1/operators").json()["operators"]
    assert {"from:", "since:", "filter:", "#", "@", "$"} <= {operator["name"] for operator in told}
    for operator in told:
        assert set(operator) == {"name", "synonyms", "example", "help", "family", "values"}
        page = found(client, operator["example"] + (" near:turin" if operator["name"] == "within:" else ""))
        assert (page["understood"][0]["text"], page["ignored"]) == (operator["example"], [])


def test_examples_are_those_of_the_sample(client: TestClient, write: Write) -> None:
    assert client.get("/v1/examples").json() == {"questions": [], "searches": []}
    write({"text": "from the sample"}, networks=None)
    assert client.get("/v1/examples").json()["questions"] == []
    write({"text": "from the sample", "network": "sample"})
    told = client.get("/v1/examples").json()
    assert told["questions"]
    for search in told["searches"]:
        assert found(client, search)["ignored"] == []


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        ("", {"public"}),
        ("local/fay", {"public", "unlisted", "followers"}),
        ("fay", {"public", "unlisted", "followers"}),
        ("local/ann", {"public", "unlisted", "followers", "direct"}),
        ("local/nobody", {"public", "unlisted"}),
        ("elsewhere/fay", {"public", "unlisted"}),
        ("local/https://far.example/@gil", {"public", "unlisted", "followers"}),
        ("https://far.example/@gil", {"public", "unlisted", "followers"}),
        ("local/@fay.example", {"public", "unlisted", "followers"}),
        ("local/' OR true --", {"public", "unlisted"}),
    ],
)
def test_an_admin_sees_what_another_would(client: TestClient, write: Write, key: MakeKey, viewer: str, seen: set[str]) -> None:
    follow = {"relation": "follow", "target": "ann", "at": "2024-01-01T00:00:00Z"}
    write(
        {"id": "fay1", "text": "me", "author": "fay", "author_handle": "fay.example"}, {**follow, "actor": "fay"}, {**follow, "actor": "https://far.example/@gil"},
        *({"id": kind, "text": f"snow {kind}", "visibility": kind} for kind in ("public", "unlisted", "followers", "direct")),
    )  # fmt: skip
    named = {"Oscine-Viewer": viewer} if viewer else {}
    assert set(ids(found(client, "snow", headers=key("admin") | named))) == seen
    assert set(ids(found(client, "snow", headers=named))) == seen, "the person at this computer is one"
