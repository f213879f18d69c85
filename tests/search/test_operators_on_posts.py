"""Every operator finds what it should and nothing else, on a dozen written posts; cursors lead through everything once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from oscine.app import App
from oscine.errors import InputError
from oscine.records import ANONYMOUS
from oscine.search.search import Sort

NOW = datetime(2024, 6, 1, tzinfo=UTC)
POSTS: list[dict[str, Any]] = [
    {"id": "storm", "author": "1", "author_handle": "Ann", "text": "The storm was running late @bob #ClimateAction", "lang": "en",
     "created_at": "2024-05-01T12:00:00Z", "likes": 10, "reposts": 3, "replies": 2},
    {"id": "answer", "author": "2", "author_handle": "bob", "text": "No rain here at all", "lang": "en", "reply_to": "storm",
     "created_at": "2024-05-01T12:00:30.500000Z", "likes": 9},
    {"id": "deeper", "author": "3", "author_handle": "cleo", "text": "Hail instead, @ann", "lang": "en", "reply_to": "answer",
     "root": "storm", "created_at": "2024-05-02T00:00:00Z"},
    {"id": "news", "author": "2", "author_handle": "bob", "text": "Read https://www.bbc.co.uk/news/7 about trains", "lang": "en",
     "created_at": "2024-05-03T00:00:00Z", "likes": 200},
    {"id": "picture", "author": "1", "author_handle": "Ann", "text": "My breakfast", "lang": "en", "created_at": "2024-05-04T00:00:00Z",
     "media": [{"url": "https://img.example/1.jpg", "alt": "a bowl of cherries"}]},
    {"id": "quoting", "author": "3", "author_handle": "cleo", "text": "This is a running man", "lang": "en", "quote_of": "storm",
     "created_at": "2024-05-05T00:00:00Z"},
    {"id": "man", "author": "4", "author_handle": "dan", "text": "Run man run, climate change", "lang": "en", "created_at": "2024-05-06T00:00:00Z"},
    {"id": "money", "author": "4", "author_handle": "dan", "text": "$AAPL and apples", "lang": "en", "created_at": "2024-05-07T00:00:00Z"},
    {"id": "french", "author": "5", "author_handle": "eve", "text": "Le café est fermé aujourd'hui", "lang": "fr", "created_at": "2024-05-08T00:00:00Z"},
    {"id": "chinese", "author": "6", "author_handle": "fu", "text": "今天北京下了很大的雨", "lang": "zh", "created_at": "2024-05-09T00:00:00Z"},
    {"id": "japanese", "author": "7", "author_handle": "goro", "text": "東京タワーに行きました", "lang": "ja", "created_at": "2024-05-10T00:00:00Z"},
    {"id": "thai", "author": "8", "author_handle": "han", "text": "วันนี้ฝนตกหนักมาก", "lang": "th", "created_at": "2024-05-11T00:00:00Z"},
    {"id": "arabic", "author": "9", "author_handle": "ibn", "text": "القطار متأخر اليوم", "lang": "ar", "created_at": "2024-05-12T00:00:00Z"},
    {"id": "hindi", "author": "10", "author_handle": "jai", "text": "आज दिल्ली में बारिश हुई", "lang": "hi", "created_at": "2024-05-31T12:00:00Z"},
]  # fmt: skip
ALL = {post["id"] for post in POSTS}


@pytest.fixture
def found(app: App, write: Callable[..., Any]) -> Callable[..., list[str]]:
    """The ids that a query finds among `POSTS`."""
    write(*POSTS)

    def search(query: str, sort: Sort = "top", **options: Any) -> list[str]:
        page = app.search.search(app.view(ANONYMOUS), query, limit=50, sort=sort, now=NOW, **options)
        return [result.seen.post.id for result in page.results]

    return search


OPERATORS: list[tuple[str, set[str]]] = [
    ("from:bob", {"answer", "news"}),
    ("from:@BOB", {"answer", "news"}),
    ("from:2", {"answer", "news"}),  # the account's id
    ("from:nobody", set()),
    ("-from:bob from:ann", {"storm", "picture"}),
    ("to:ann", {"answer", "deeper"}),  # by what is answered, and by being named in a reply
    ("to:bob", {"deeper"}),  # `storm` names bob, but answers nobody
    ("@bob", {"storm"}),
    ("@ann", {"deeper"}),
    ("#climateaction", {"storm"}),
    ("#climate", set()),
    ("$aapl", {"money"}),
    ("$apple", set()),
    ("lang:fr", {"french"}),
    ("lang:de", set()),
    ("since:2024-05-12", {"arabic", "hindi"}),
    ("since:2024-05-12T00:00:00Z", {"arabic", "hindi"}),
    ("since:2024-05-12T00:00:01Z", {"hindi"}),
    ("until:2024-05-02", {"storm", "answer"}),
    ("until:2024-05-01T12:00:00Z", {"storm"}),
    ("until:2024-05-01T12:00:30Z", {"storm", "answer"}),  # the second that is named is in
    ("until:2024-05-01T12:00:29Z", {"storm"}),
    ("until:2024-05-01T14:00:00+02:00", {"storm"}),
    ("until:2024-05-01_12:00:29_UTC", {"storm"}),
    ("since:2024-05-02 until:2024-05-04", {"deeper", "news"}),
    ("within_time:1d", {"hindi"}),
    ("within_time:11h", set()),
    ("within_time:3w", {"arabic", "hindi", "thai"}),
    ("min_faves:10", {"storm", "news"}),
    ("min_faves:11", {"news"}),
    ("min_retweets:3", {"storm"}),
    ("min_replies:2", {"storm"}),
    ("min_replies:3", set()),
    ("filter:links", {"news"}),
    ("filter:media", {"picture"}),
    ("filter:replies", {"answer", "deeper"}),
    ("filter:quote", {"quoting"}),
    *((f"-filter:{kind}", ALL - ids) for kind, ids in
      {"links": {"news"}, "media": {"picture"}, "replies": {"answer", "deeper"}, "quote": {"quoting"}}.items()),
    ("url:bbc", {"news"}),
    ("url:bbc.co.uk", {"news"}),
    ("url:https://www.bbc.co.uk/news", {"news"}),
    ("url:bbc.com", set()),
    ("conversation_id:storm", {"storm", "answer", "deeper"}),
    ("conversation_id:answer", {"answer", "deeper"}),
    ("conversation_id:nothing", set()),
]  # fmt: skip
WORDS: list[tuple[str, set[str]]] = [
    ('"running man"', {"quoting"}),
    ('"run man"', {"man"}),
    ('"man running"', set()),
    ('"of cherries"', {"picture"}),  # the words of a picture's description
    ('"breakfast a bowl"', set()),  # but no phrase spans the two
    ("-run from:dan", {"money"}),
    ('-"run man" from:dan', {"money"}),
    ("hail OR breakfast", {"deeper", "picture"}),
    ("(from:ann OR from:bob) -filter:replies", {"storm", "picture", "news"}),
    ("-(from:ann OR from:bob) until:2024-05-06", {"deeper", "quoting"}),
    ("from:cleo (hail OR (running man))", {"deeper", "quoting"}),
]


@pytest.mark.parametrize("sort", ["top", "latest"])
def test_each_operator(found: Callable[..., list[str]], sort: Sort) -> None:
    wrong = {
        query: (set(ids), wanted)
        for query, wanted in OPERATORS + WORDS
        if set(ids := found(query, sort)) != wanted or len(ids) != len(wanted)
    }
    assert not wrong


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("climate action", {"storm"}),  # the hashtag's words
        ("runs", {"storm", "quoting", "man"}),
        ("CAFE", {"french"}),
        ("北京", {"chinese"}),
        ("大的雨", {"chinese"}),
        ("東京", {"japanese"}),
        ("タワー", {"japanese"}),
        ("ฝนตก", {"thai"}),
        ("القطار", {"arabic"}),
        ("बारिश", {"hindi"}),
        ("bbc", set()),  # a link's parts are for url:
    ],
)
def test_latest_wants_all_words(found: Callable[..., list[str]], query: str, ids: set[str]) -> None:
    assert set(found(query, "latest")) == ids
    assert ids <= set(found(query, "top"))


def test_top_takes_any_word_and_ranks_all_first(found: Callable[..., list[str]]) -> None:
    assert found("storm hail", "latest") == []
    assert set(found("storm hail")) == {"storm", "deeper"}
    assert found("climate action")[0] == "storm"
    assert found("running late storm")[0] == "storm"


def test_latest_is_newest_first(found: Callable[..., list[str]]) -> None:
    order = [post["id"] for post in sorted(POSTS, key=lambda post: post["created_at"], reverse=True)]
    assert found("", "latest") == order == found("", "top")


def test_an_account_that_is_not_searchable_is_not_found(app: App, found: Callable[..., list[str]]) -> None:
    app.database.execute("UPDATE accounts SET searchable = false WHERE handle = 'Ann'")
    assert found("from:ann") == [] and found("storm", "latest") == []
    assert found("from:bob") != []


def test_highlights_name_the_words_found(app: App, found: Callable[..., list[str]]) -> None:
    (result,) = app.search.search(app.view(ANONYMOUS), "climate runs storm from:ann -breakfast", sort="latest").results
    text = result.seen.post.text
    assert [text[start:end] for start, end in result.highlights] == ["storm", "running", "Climate"]


@pytest.mark.parametrize("sort", ["top", "latest"])
@pytest.mark.parametrize("fold", [True, False])
def test_a_cursor_leads_through_everything_once(app: App, write: Callable[..., Any], sort: Sort, fold: bool) -> None:
    at = "2024-05-01T12:00:00Z"  # of one moment, so that ties are told apart by something else
    write(*({"id": f"p{n}", "text": f"storm number{n} unlike{n * n} others{n * 7}", "created_at": at} for n in range(25)))
    pages, cursor = [], None
    while True:
        page = app.search.search(app.view(ANONYMOUS), "storm", limit=7, sort=sort, cursor=cursor, fold=fold)
        pages.append([result.seen.post.id for result in page.results])
        cursor = page.cursor
        if cursor is None:
            break
        write({"id": f"later{len(pages)}", "text": "calm", "created_at": "2024-05-02T00:00:00Z"})
    assert [len(page) for page in pages] == [7, 7, 7, 4]
    assert {identity for page in pages for identity in page} == {f"p{n}" for n in range(25)}


def test_near_duplicates_are_folded_under_the_first(app: App, write: Callable[..., Any]) -> None:
    copies = [{"id": f"copy{n}", "text": f"Breaking news: the old bridge is closed https://x.example/{n}"} for n in range(3)]
    write(*copies, {"id": "other", "text": "The bridge is open again, says the mayor"})
    for sort in ("top", "latest"):
        page = app.search.search(app.view(ANONYMOUS), "bridge", sort=sort)
        under = {result.seen.post.id: set(result.folded) for result in page.results}
        assert len(under) == 2 and under["other"] == set()
        (kept,) = under.keys() - {"other"}
        assert under[kept] | {kept} == {"copy0", "copy1", "copy2"}
        assert len(app.search.search(app.view(ANONYMOUS), "bridge", sort=sort, fold=False).results) == 4


@pytest.mark.parametrize("cursor", ["x", "e30x", "eyJvZmZzZXQiOi0xfQ", "eyJvZmZzZXQiOjk5OTk5OTl9", "ÿ", "'; --"])
def test_a_cursor_that_is_not_ours_is_refused(app: App, cursor: str) -> None:
    with pytest.raises(InputError, match="cursor"):
        app.search.search(app.view(ANONYMOUS), "storm", cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_limits_are_told(app: App, limit: int) -> None:
    with pytest.raises(InputError, match="limit"):
        app.search.search(app.view(ANONYMOUS), "storm", limit=limit)
