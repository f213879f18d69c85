"""Feeds read by a real feed reader: whatever people write, the feed is well formed, says it as text, and shows what search shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import feedparser
import httpx
import pytest
from starlette.testclient import TestClient

from api.conftest import HERE, MakeKey, client_of
from oscine.app import App

FORMS = ["rss", "atom", "json"]
XML = ["rss", "atom"]
ODD = [
    "plain words",
    "<script>alert(1)</script> & <b>bold</b>",
    "already escaped: &amp; &lt;b&gt; &#x26;",
    "the end ]]> of a section <![CDATA[ x",
    "control \x01\x08\x0b\x0c\x1f\x7f\x9b and \ufffe\uffff",
    "family 👨‍👩‍👧‍👦 flags 🇮🇹 skin 👍🏽",
    "two\nlines\tand a tab",
    "turned \u202e\u2066 around",
    "漢字 العربية עברית ไทย",
    "&",
    "]]>",
    "' \" ` --> <!-- ",
]
LEFT_OUT = dict.fromkeys(
    [
        *range(0x09),
        0x0B,
        0x0C,
        *range(0x0E, 0x20),
        *range(0x7F, 0x85),
        *range(0x86, 0xA0),
        0xFFFE,
        0xFFFF,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)
Write = Callable[..., Any]


def fit(words: str) -> str:
    """What a feed can hold of a text."""
    return words.translate(LEFT_OUT)


def get(client: TestClient, form: str, headers: dict[str, str] | None = None, **asked: Any) -> httpx.Response:
    return client.get(f"/v1/search.{form}", params=asked, headers=headers)


def entries(client: TestClient, form: str, **asked: Any) -> list[dict[str, Any]]:
    """The entries as a reader has them: id, link, text, author, time."""
    reply = get(client, form, **asked)
    assert reply.status_code == 200, reply.text
    if form == "json":
        items = json.loads(reply.content)["items"]
        return [
            {"id": i["id"], "link": i["url"], "text": i["content_text"], "author": i["authors"][0]["name"], "at": i["date_published"]}
            for i in items
        ]
    ET.fromstring(reply.content)  # a strict parser: raises where the feed is not well formed
    read = feedparser.parse(reply.content, response_headers={"content-type": reply.headers["content-type"]}, sanitize_html=False)
    assert not read.bozo, read.bozo_exception
    return [
        {"id": e.id, "link": e.link, "text": e.content[0].value if "content" in e else e.summary, "author": e.author,
         "at": "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*e.published_parsed[:6])} for e in read.entries
    ]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_is_the_search(client: TestClient, write: Write, form: str) -> None:
    write(
        *(
            {
                "id": f"https://n.example/{n}?a=1&b=<2>",
                "text": f"storm {n}",
                "author_name": "Ann <b>",
                "created_at": f"2024-05-0{n}T08:00:00Z",
            }
            for n in (1, 2, 3)
        )
    )
    found = client.get("/v1/search", params={"q": "storm since:2024-05-02", "sort": "latest"}).json()["posts"]
    told = entries(client, form, q="storm since:2024-05-02")
    assert [entry["text"] for entry in told] == [post["text"] for post in found] == ["storm 3", "storm 2"]
    assert [entry["at"] for entry in told] == [post["created_at"] for post in found]
    assert [entry["link"] for entry in told] == [HERE + post["page"] for post in found]
    assert {entry["author"].replace("&lt;", "<").replace("&gt;", ">") for entry in told} == {"Ann <b> (@ann)"}
    assert [entry["text"] for entry in entries(client, form, q="storm", limit=1)] == ["storm 3"]


@pytest.mark.parametrize("form", FORMS)
def test_whatever_people_write_is_text(client: TestClient, write: Write, form: str) -> None:
    write(
        *(
            {"id": str(n), "text": words, "author_name": words, "created_at": f"2024-05-01T08:00:{n:02}Z", "author": f"a{n}"}
            for n, words in enumerate(ODD)
        )
    )
    told = [entry["text"] for entry in entries(client, form, limit=100, fold=False)]
    wanted = [fit(words) for words in reversed(ODD)]
    if form == "rss":  # whose texts are HTML
        wanted = [words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br />") for words in wanted]
        assert not any(mark in words for words in told for mark in ("<script", "<b>", "<!"))
    assert [" ".join(words.split()) for words in told] == [" ".join(words.split()) for words in wanted]


@pytest.mark.parametrize("form", XML)
def test_a_reader_that_takes_html_finds_none(client: TestClient, write: Write, form: str) -> None:
    """As readers do it: with their sanitiser on, nothing is left to be taken away."""
    write({"text": "<img src=x onerror=alert(1)> <b>bold</b>", "author_name": "<script>alert(2)</script>"})
    read = feedparser.parse(get(client, form).content)
    shown = [read.entries[0].title, read.entries[0].summary]
    if form == "rss":
        assert all("&lt;img src=x onerror=alert(1)&gt; &lt;b&gt;bold" in words for words in shown)
    else:
        assert all("<img src=x onerror=alert(1)> <b>bold" in words for words in shown)
        assert {read.entries[0].title_detail.type, read.entries[0].content[0].type} == {"text/plain"}
    raw = ET.fromstring(get(client, form).content)
    assert {part.tag.rpartition("}")[2] for part in raw.iter()} <= {
        "rss", "channel", "item", "guid", "pubDate", "description", "lastBuildDate", "creator",
        "feed", "entry", "id", "title", "updated", "published", "author", "name", "link", "content",
    }  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("query", ['storm OR "a <b> & c"', "\x00\x01 ]]>", "", "🦉 é", "x" * 3_000])
def test_any_query_has_a_feed(client: TestClient, form: str, query: str) -> None:
    assert entries(client, form, q=query) == []


@pytest.mark.parametrize("form", XML)
def test_a_feed_knows_its_own_address(client: TestClient, write: Write, form: str) -> None:
    write({"text": "storm & rain"})
    read = feedparser.parse(get(client, form, q="storm & rain", limit=5).content).feed
    [own] = [link.href for link in read.links if link.rel == "self"]
    assert client.get(own).content == get(client, form, q="storm & rain", limit=5).content
    [page] = [link.href for link in read.links if link.rel == "alternate"]
    assert parse_qs(urlsplit(page).query)["q"] == ["storm & rain"]
    assert read.title.replace("&amp;", "&") == "Oscine: storm & rain"


def test_a_json_feed_has_what_its_version_demands(client: TestClient, write: Write) -> None:
    write({"text": "storm #rain", "lang": "en"})
    reply = get(client, "json", q="storm")
    told = reply.json()
    assert reply.headers["content-type"].startswith("application/feed+json")
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert client.get(told["feed_url"]).json() == told
    [item] = told["items"]
    assert (item["tags"], item["language"], item["date_published"]) == (["rain"], "en", "2024-05-01T12:00:00Z")


@pytest.mark.parametrize("form", FORMS)
def test_an_identity_stays(client: TestClient, write: Write, form: str) -> None:
    """The same in every form and every search, and after an edit."""
    write({"id": "same", "text": "storm"}, {"id": "same", "network": "other", "text": "storm"})
    before = [entry["id"] for entry in entries(client, form, q="storm", fold=False)]
    assert len(set(before)) == 2 and all(name.startswith("urn:uuid:") for name in before)
    assert before == [entry["id"] for entry in entries(client, "atom", fold=False)]
    write({"id": "same", "text": "storm and rain", "edited_at": "2024-05-02T12:00:00Z"})
    assert set(before) == {entry["id"] for entry in entries(client, form, q="storm", fold=False)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("header", ["If-None-Match", "If-Modified-Since"])
def test_what_a_reader_has_is_not_sent_again(client: TestClient, write: Write, form: str, header: str) -> None:
    write({"id": "1", "text": "storm"})
    first = get(client, form, q="storm")
    known = {header: first.headers["ETag" if header == "If-None-Match" else "Last-Modified"]}
    again = get(client, form, known, q="storm")
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    write({"id": "2", "text": "storm again", "created_at": "2024-06-01T12:00:00Z"})
    assert get(client, form, known, q="storm").status_code == 200
    write({"delete": "2", "created_at": "2024-06-01T12:00:00Z"})
    assert get(client, form, known, q="storm").status_code == 304


def test_etags_come_in_lists_and_weak(client: TestClient, write: Write) -> None:
    write({"text": "storm"})
    tag = get(client, "rss").headers["ETag"]
    for known, status in [(f'"x", W/{tag}', 304), ("*", 304), ('"x"', 200), ("", 200)]:
        assert get(client, "rss", {"If-None-Match": known}).status_code == status
    later = {"If-None-Match": '"x"', "If-Modified-Since": get(client, "rss").headers["Last-Modified"]}
    assert get(client, "rss", later).status_code == 200, "where both are given the tag decides"


def test_a_covered_post_stays_covered(client: TestClient, write: Write) -> None:
    write({"text": "storm of nakedness", "labels": ["nudity"]})
    for form in FORMS:
        reply = get(client, form, q="storm")
        assert "nakedness" not in reply.text and "Covered" in reply.text


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_shows_what_its_key_sees(app: App, write: Write, key: MakeKey, form: str) -> None:
    write(
        {"id": "open", "text": "storm"}, {"id": "closed", "text": "storm, for friends", "visibility": "followers"},
        {"relation": "follow", "actor": "cat", "target": "ann", "at": "2024-05-01T12:00:00Z"},
    )  # fmt: skip
    outside = client_of(app, address="10.0.0.9")
    follower, stranger = (key("read", viewer=f"local/{who}")["Authorization"].removeprefix("Bearer ") for who in ("cat", "dan"))
    assert len(entries(outside, form, q="storm", key=follower)) == 2
    assert len(entries(outside, form, q="storm", key=stranger)) == 1
    reply = get(outside, form, q="storm", key=follower)
    assert follower not in reply.text, "the feed is passed on, the key is not"
    assert (reply.headers["cache-control"], reply.headers["referrer-policy"]) == ("private, no-cache", "no-referrer")


@pytest.mark.parametrize("scopes", [("read", "chat"), ("read", "write"), ("admin",), ("chat",), ("read", "admin")])
def test_a_key_in_an_address_may_only_read(app: App, key: MakeKey, scopes: tuple[str, ...]) -> None:
    secret = key(*scopes)["Authorization"].removeprefix("Bearer ")
    reply = get(client_of(app, address="10.0.0.9"), "rss", key=secret)
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "not_allowed")
    assert "read right only" in reply.json()["error"]["message"] and secret not in reply.text


def test_a_key_in_an_address_is_for_feeds_only(app: App, key: MakeKey) -> None:
    outside = client_of(app, address="10.0.0.9")
    secret = key("read")["Authorization"].removeprefix("Bearer ")
    for path in ("/v1/search", "/v1/status", "/v1/operators", "/mcp"):
        assert outside.get(path, params={"key": secret}).status_code == 401, path
    for wrong in ("osc_abc_x", "", "x" * 5_000):
        assert get(outside, "rss", key=wrong).status_code == 401


def test_a_key_in_a_header_serves_too(app: App, key: MakeKey) -> None:
    outside = client_of(app, address="10.0.0.9")
    assert get(outside, "atom", key("read", "chat")).status_code == 200
    assert get(outside, "atom", key("chat")).status_code == 403
    assert get(outside, "atom").status_code == 401


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/search.xml", 400), ("/v1/search.rss?limit=0", 400), ("/v1/search.rss?sort=oldest", 400)]
)
def test_a_wrong_address_is_told(client: TestClient, path: str, status: int) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, "bad_input")


def test_a_key_is_in_no_log(server: Any) -> None:
    """A real server's, whose reader comes with a key that is refused and one that is not a key."""
    for asked in ("osc_abcdef_sesamesesame", "osc_abcdef_sesamesesame\x00"):
        assert httpx.get(server.url + "/v1/search.rss", params={"q": "storm", "key": asked}).status_code == 401
    assert "sesame" not in (server.data / "up.log").read_text()
