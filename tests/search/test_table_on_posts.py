"""Every row of the table finds the post that was made for it and not its counterpart; negated, the other way round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg.sql import SQL

from oscine.app import App
from oscine.records import ANONYMOUS, Viewer
from oscine.search import retrieve
from oscine.search.grammar import parse
from oscine.search.operators import FILTERS, OPERATORS
from oscine.search.operators.kinds import PLACES_TO_LOOK
from oscine.search.operators.texts import LANGUAGE_CODES

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
ME = Viewer(network="local", account="me-1")
AT = "2024-05-01T12:00:00Z"
Lines = list[dict[str, Any]]


def act(kind: str, actor: str, post: str) -> dict[str, Any]:
    """An engagement."""
    return {"engagement": kind, "actor": actor, "post": post, "at": AT}


def related(kind: str, actor: str, target: str, **more: Any) -> dict[str, Any]:
    """A relation."""
    return {"relation": kind, "actor": actor, "target": target, "at": AT, **more}


NOTHING: Lines = []
PARENTS: Lines = [
    {"id": "by-nasa", "author": "nasa", "text": "A parent", "created_at": "2020-01-01T00:00:00Z"},
    {"id": "by-esa", "author": "esa", "text": "A parent too", "created_at": "2020-01-01T00:00:00Z"},
]
BIG = "1785000000000000000"
CASES: list[tuple[str, dict[str, Any], dict[str, Any], Lines]] = [
    # people
    ("from:nasa", {"author": "7", "author_handle": "NASA"}, {"author": "esa"}, NOTHING),
    ("from:me", {"author": "me-1"}, {"author": "esa"}, NOTHING),
    ("did:plc:abc", {"author": "did:plc:ABC", "author_handle": "ann"}, {"author": "did:plc:abd"}, NOTHING),
    ("to:nasa", {"reply_to": "by-nasa"}, {"reply_to": "by-esa"}, PARENTS),
    ("to:me", {"reply_to": "x", "mentions": ["me-1"]}, {"reply_to": "x", "mentions": ["nasa"]}, NOTHING),
    ("@nasa", {"text": "Hello @NASA"}, {"text": "Hello @nasal nasa"}, NOTHING),
    ("mentions:did:plc:abc", {"mentions": ["did:plc:abc"]}, {"mentions": ["did:plc:abcd"]}, NOTHING),
    ("@me", {"mentions": ["me-1"]}, {"mentions": ["you-1"]}, NOTHING),
    ("list:ann/birds", {"author": "swift"}, {"author": "cat"}, [
        related("list", "ann", "swift", list="birds", public=True), related("list", "ann", "cat", list="pets", public=True)]),
    ("list:birds", {"author": "swift"}, {"author": "cat"}, [
        related("list", "me-1", "swift", list="Birds"), related("list", "me-1", "cat", list="birds", on=False)]),
    # text
    ("+running", {"text": "It is running"}, {"text": "It runs"}, NOTHING),
    ("#climate", {"text": "All #Climate"}, {"text": "All #climateaction climate"}, NOTHING),
    ("$AAPL", {"text": "Up $aapl"}, {"text": "Up AAPL"}, NOTHING),
    ("?", {"text": "Is it? Yes"}, {"text": "It is https://x.example/?q=1"}, NOTHING),
    (":)", {"text": "It is :-) indeed"}, {"text": "A list (of:)"}, NOTHING),
    (":)", {"text": "Good 😀"}, {"text": "Good 😭"}, NOTHING),
    (":(", {"text": "Alas :("}, {"text": "Alas :)"}, NOTHING),
    (":(", {"text": "Alas 😭"}, {"text": "Alas 😀"}, NOTHING),
    ("lang:fr", {"lang": "fr"}, {"lang": "en"}, NOTHING),
    ("lang:und", {"text": "12 34", "lang": "und"}, {"lang": "en"}, NOTHING),
    ("lang:qam", {"text": "@ann @bob"}, {"text": "@ann hello there"}, NOTHING),
    ("lang:qct", {"text": "$AAPL $GOOG"}, {"text": "$AAPL @ann"}, NOTHING),
    ("lang:qht", {"text": "#sun #sea"}, {"text": "#sun @ann"}, NOTHING),
    ("lang:qme", {"text": "https://x.example/a 😀"}, {"text": "https://x.example/a #sun"}, NOTHING),
    ("lang:qst", {"text": "brb"}, {"text": "A whole English sentence that anyone can tell", "lang": "en"}, NOTHING),
    ("lang:zxx", {"text": "", "media": ["https://x.example/1.jpg"]}, {"text": "Look", "media": ["https://x.example/1.jpg"]}, NOTHING),
    # time
    ("since:2024-05-31", {"created_at": "2024-05-31T00:00:00Z"}, {"created_at": "2024-05-30T23:59:59Z"}, NOTHING),
    ("until:2024-06-01", {"created_at": "2024-05-31T23:59:59Z"}, {"created_at": "2024-06-01T00:00:00Z"}, NOTHING),
    ("until:2024-05-31_20:00:00_CEST", {"created_at": "2024-05-31T18:00:00.9Z"}, {"created_at": "2024-05-31T18:00:01Z"}, NOTHING),
    ("before:2024-05", {"created_at": "2024-04-30T23:59:59Z"}, {"created_at": "2024-05-01T00:00:00Z"}, NOTHING),
    ("after:2024-05-30", {"created_at": "2024-05-31T00:00:00Z"}, {"created_at": "2024-05-30T23:00:00Z"}, NOTHING),
    ("during:2024-05", {"created_at": "2024-05-31T23:59:59Z"}, {"created_at": "2024-06-01T00:00:00Z"}, NOTHING),
    ("during:yesterday", {"created_at": "2024-05-31T00:00:00Z"}, {"created_at": "2024-06-01T00:00:00Z"}, NOTHING),
    ("since_time:1717178400", {"created_at": "2024-05-31T18:00:00Z"}, {"created_at": "2024-05-31T17:59:59Z"}, NOTHING),
    ("until_time:1717178400", {"created_at": "2024-05-31T17:59:59Z"}, {"created_at": "2024-05-31T18:00:00Z"}, NOTHING),
    ("within_time:2d", {"created_at": "2024-05-30T12:00:00Z"}, {"created_at": "2024-05-30T11:59:59Z"}, NOTHING),
    ("since_id:1050118621198921728", {"created_at": "2018-10-10T20:19:25Z"}, {"created_at": "2018-10-10T20:19:23Z"}, NOTHING),
    ("since_id:1050118621198921728", {"id": "1050118621198921729", "created_at": "2018-10-10T20:19:24Z"},
     {"id": "1050118621198921728", "created_at": "2018-10-10T20:19:24Z"}, NOTHING),
    ("max_id:1050118621198921728", {"id": "1050118621198921728", "created_at": "2018-10-10T20:19:24Z"},
     {"id": "1050118621198921729", "created_at": "2018-10-10T20:19:24Z"}, NOTHING),
    ("since_id:by-nasa", {"created_at": "2020-01-01T00:00:01Z"}, {"created_at": "2019-12-31T23:59:59Z"}, PARENTS[:1]),
    ("max_id:by-nasa author:ann", {"author": "ann", "created_at": "2019-12-31T23:59:59Z"},
     {"author": "ann", "created_at": "2020-01-01T00:00:01Z"}, PARENTS[:1]),
    # kinds
    ("filter:links", {"text": "See https://x.example"}, {"text": "See x.example"}, NOTHING),
    ("filter:news", {"text": "See https://www.bbc.co.uk/7"}, {"text": "See https://x.example/bbc.co.uk"}, NOTHING),
    ("filter:media", {"media": ["https://x.example/1.jpg"]}, {}, NOTHING),
    ("filter:images", {"media": ["https://x.example/1.jpg"]}, {"media": [{"url": "https://x.example/1", "kind": "video"}]}, NOTHING),
    ("filter:videos", {"text": "See https://youtu.be/1"}, {"media": ["https://x.example/1.jpg"]}, NOTHING),
    ("has:video", {"media": [{"url": "https://x.example/1", "kind": "video"}]}, {"media": ["https://x.example/1.jpg"]}, NOTHING),
    ("filter:native_video", {"media": [{"url": "https://x.example/1", "kind": "video"}]}, {"text": "See https://youtu.be/1"}, NOTHING),
    ("filter:audio", {"media": [{"url": "https://x.example/1", "kind": "audio"}]}, {"media": ["https://x.example/1.jpg"]}, NOTHING),
    ("filter:spaces", {"text": "https://twitter.com/i/spaces/1"}, {"text": "https://twitter.com/spaces"}, NOTHING),
    ("filter:polls", {"card": {"name": "poll2choice_text_only"}}, {"card": {"name": "summary"}}, NOTHING),
    ("has:poll", {"media": [{"url": "", "kind": "poll"}]}, {"media": ["https://x.example/1.jpg"]}, NOTHING),
    ("filter:cards", {"card": {"name": "summary"}}, {}, NOTHING),
    ("filter:hashtags", {"text": "All #sun"}, {"text": "All sun"}, NOTHING),
    ("filter:mentions", {"text": "All @ann"}, {"text": "All ann"}, NOTHING),
    ("filter:place", {"geo": {"lat": 1, "lon": 2}}, {}, NOTHING),
    ("filter:replies", {"reply_to": "x"}, {"quote_of": "x"}, NOTHING),
    ("filter:self_threads", {"author": "nasa", "reply_to": "by-nasa"}, {"author": "nasa", "reply_to": "by-esa"}, PARENTS),
    ("filter:quote", {"quote_of": "x"}, {"reply_to": "x"}, NOTHING),
    ("filter:retweets", {"text": "RT @ann: hello"}, {"text": "RTL is a channel"}, NOTHING),
    ("filter:has_engagement", {"quotes": 1}, {}, NOTHING),
    ("filter:verified", {"author": "nasa", "verified": True}, {"author": "esa"}, NOTHING),
    ("filter:follows", {"author": "nasa"}, {"author": "esa"}, [related("follow", "me-1", "nasa"), related("follow", "nasa", "esa")]),
    ("filter:safe", {}, {"sensitive": True}, NOTHING),
    ("filter:safe", {"labels": ["cats"]}, {"labels": ["nsfw"]}, NOTHING),
    ("is:sensitive", {"content_warning": "food"}, {"labels": ["nsfw"]}, NOTHING),
    ("exclude:replies", {}, {"reply_to": "x"}, NOTHING),
    ("in:public", {}, {"visibility": "unlisted"}, NOTHING),
    ("in:likes", {"id": "liked"}, {"id": "other"}, [act("like", "me-1", "liked"), act("repost", "me-1", "other"), act("like", "esa", "other")]),
    ("in:reposts", {"id": "liked"}, {"id": "other"}, [act("repost", "me-1", "liked"), act("like", "me-1", "other")]),
    ("in:library", {"mentions": ["me-1"]}, {"mentions": ["esa"]}, NOTHING),
    # links and cards
    ("url:bbc.co.uk/news", {"text": "https://www.bbc.co.uk/news/7"}, {"text": "https://www.bbc.co.uk/sport"}, NOTHING),
    ("domain:bbc.co.uk", {"text": "https://news.bbc.co.uk/7"}, {"text": "https://x.example/bbc.co.uk https://abbc.co.uk"}, NOTHING),
    ("card_name:poll*", {"card": {"name": "Poll3choice_image"}}, {"card": {"name": "a_poll"}}, NOTHING),
    ("card_domain:bbc.co.uk", {"card": {"url": "https://www.bbc.co.uk/7"}}, {"card": {"url": "https://x.example/bbc.co.uk"}}, NOTHING),
    ("card_url:bbc.co.uk/news", {"card": {"url": "https://www.bbc.co.uk/news/7"}}, {"card": {"url": "https://bbcXco.uk/news"}}, NOTHING),
    # conversations
    (f"conversation_id:{BIG}", {"reply_to": BIG}, {"reply_to": BIG + "0"}, NOTHING),
    (f"in_reply_to_tweet_id:{BIG}", {"reply_to": BIG}, {"root": BIG}, NOTHING),
    ("in_reply_to_user_id:nasa", {"reply_to": "by-nasa"}, {"reply_to": "by-esa", "mentions": ["nasa"]}, PARENTS),
    ("replied_to_by_user_id:nasa", {"id": "answered"}, {"id": "other"}, [
        {"id": "a1", "author": "nasa", "text": "An answer", "reply_to": "answered"}, {"id": "a2", "author": "esa", "text": "An answer", "reply_to": "other"}]),
    (f"quoted_tweet_id:{BIG}", {"quote_of": BIG}, {"reply_to": BIG}, NOTHING),
    ("quoted_user_id:nasa", {"quote_of": "by-nasa"}, {"quote_of": "by-esa"}, PARENTS),
    ("retweeted_by_user_id:nasa", {"id": "liked"}, {"id": "other"}, [act("repost", "nasa", "liked"), act("like", "nasa", "other")]),
    (f"retweets_of_tweet_id:{BIG}", {"id": BIG, "reposts": 1}, {"reposts": 1}, NOTHING),
    ("retweets_of_user_id:nasa", {"author": "nasa", "reposts": 1}, {"author": "nasa"}, NOTHING),
    # engagement
    ("min_faves:10", {"likes": 10}, {"likes": 9}, NOTHING),
    ("min_retweets:10", {"reposts": 10}, {"reposts": 9}, NOTHING),
    ("min_replies:10", {"replies": 10}, {"replies": 9}, NOTHING),
    ("min_quotes:10", {"quotes": 10}, {"quotes": 9}, NOTHING),
    # place
    ('near:"new york"', {"geo": "New York, NY"}, {"geo": "York", "text": "New York"}, NOTHING),
    ("near:zurich", {"geo": {"name": "Zürich"}}, {"geo": "Zug"}, NOTHING),
    ("near:turin within:15km", {"geo": {"lat": 45.10, "lon": 7.70}}, {"geo": {"lat": 45.30, "lon": 7.70}},
     [{"id": "at-turin", "text": "Here", "geo": {"lat": 45.07, "lon": 7.68, "name": "Turin"}}]),
    ("place:turin", {"geo": "Turin"}, {"geo": "Turin, Italy"}, NOTHING),
    ("geocode:45.07,7.68,15km", {"geo": {"lat": 45.10, "lon": 7.70}}, {"geo": {"lat": 45.10, "lon": 7.90}}, NOTHING),
    ("geocode:-17,179.95,20km", {"geo": {"lat": -17, "lon": -179.95}}, {"geo": {"lat": -17, "lon": 179.5}}, NOTHING),  # over the date line
    ("geocode:45.07,7.68 within:10mi", {"geo": {"lat": 45.20, "lon": 7.68}}, {"geo": {"lat": 45.25, "lon": 7.68}}, NOTHING),
    # other
    ("source:twitter_for_iphone", {"source": "Twitter for iPhone"}, {"source": "Twitter for iPad"}, NOTHING),
]  # fmt: skip


@pytest.mark.parametrize(("query", "wanted", "counterpart", "others"), CASES, ids=[case[0] for case in CASES])
def test_it_finds_the_post_made_for_it_and_not_its_counterpart(
    app: App, write: Callable[..., Any], query: str, wanted: dict[str, Any], counterpart: dict[str, Any], others: Lines
) -> None:
    same = {"text": "A text of some words", "created_at": AT, "author": "somebody"}
    made, other = same | {"id": "made"} | wanted, same | {"id": "other"} | counterpart
    mine = same | {"id": "mine", "author": "me-1", "created_at": "2023-01-01T00:00:00Z"}
    summary = write(mine, *[same | line if "text" in line else line for line in others], made, other)
    assert not summary.reasons
    found = ids(app, query)
    assert made["id"] in found and other["id"] not in found
    if " " not in query.replace('"new york"', ""):
        assert other["id"] in ids(app, "-" + query) and made["id"] not in ids(app, "-" + query)


def ids(app: App, query: str, viewer: Viewer = ME) -> set[str]:
    """What the conditions of a query leave."""
    parsed = parse(query, NOW, viewer)
    assert not parsed.ignored, parsed.ignored
    rows = app.view(viewer).select(SQL("p.key"), retrieve.condition(parsed, ["en"]), 100)
    return {row["key"] for row in rows}


def test_every_row_of_the_table_has_a_case() -> None:
    tried = [part for query, *_ in CASES for part in parse(query, NOW, ME).understood]
    assert OPERATORS.keys() - {part.operator for part in tried} == {"sort"}  # which says how to search
    assert {part.value for part in tried if part.operator == "lang"} >= LANGUAGE_CODES.keys()
    assert {part.value for part in tried if part.operator == "in"} == PLACES_TO_LOOK.keys()
    assert {part.value for part in tried if part.operator == "filter"} >= FILTERS.keys()


@pytest.mark.parametrize(
    ("query", "wanted", "counterpart"),
    [
        ('"storm * late"', "The storm was late", "The storm late"),
        ('"storm * * late"', "The storm was very late", "The storm was late"),
        ('"storm * late"', "a storm—too late", "a storm that was late"),
        ('"storm late"', "storm late", "storm was late"),
        ('-"storm * late"', "storm late", "storm was late"),
        ('+"storm was"', "storm was", "storms was"),
        ('"大 * 雨"', "大的雨", "大雨"),
        ("-+storms storm", "storm", "storm storms"),
        ("😀", "Good 😀", "Good"),
        ("-😀", "Good", "Good 😀"),
        ("-!!! storm", "storm", "rain"),  # what holds nothing that is indexed excludes nothing
        ("-(!!!) storm", "storm", "rain"),
        ("storm OR !!!", "storm", "rain"),
        ("storm AND late", "storm late", "storm"),
        ("(storm ?)", "storm?", "storm"),
    ],
)
def test_texts(app: App, write: Callable[..., Any], query: str, wanted: str, counterpart: str) -> None:
    write({"id": "made", "text": wanted, "lang": "en"}, {"id": "other", "text": counterpart, "lang": "en"})
    page = app.search.search(app.view(ANONYMOUS), query, sort="latest", now=NOW)
    assert {result.seen.post.id for result in page.results} == {"made"}


def test_place_and_card_are_kept(app: App, write: Callable[..., Any]) -> None:
    write({"id": "made", "text": "Here", "geo": {"lat": 45.07, "lon": 7.68, "name": "Turin"}, "card": {"name": "summary", "url": "https://x.example"}})
    post = app.view(ANONYMOUS).post("made").post
    assert post.geo and (post.geo.lat, post.geo.lon, post.geo.name) == (45.07, 7.68, "Turin")
    assert post.card and (post.card.name, post.card.url, post.card.title) == ("summary", "https://x.example", "")
    write({"id": "made", "text": "Here", "edited_at": "2024-05-02T00:00:00Z"})
    post = app.view(ANONYMOUS).post("made").post
    assert post.geo is None and post.card is None and ids(app, "near:turin") == set()
