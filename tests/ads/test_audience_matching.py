"""A query met by one post in memory is the query that search answers from the store."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg.sql import SQL

from oscine.ads.audience.conditions import TESTS
from oscine.ads.audience.matching import matcher, read
from oscine.app import App
from oscine.errors import InputError
from oscine.records import ANONYMOUS
from oscine.search.operators import FILTERS, OPERATORS
from oscine.search.search import common_languages

Write = Callable[..., Any]
NOW = datetime(2024, 6, 1, tzinfo=UTC)
WORDS = "storm storms Running ran e-mail don't café CAFE the of ferry ferries 東京タワー 東京 naïve u.s. running! o'clock hail ¿qué".split()
TAGS, PEOPLE = ("#ClimateStrike", "#rain", "#東京", "$AAPL"), ("@ann", "@bob.example", "@did:plc:x1")
ADDRESSES = ("https://www.bbc.co.uk/news/1", "https://youtu.be/abc", "https://x.com/i/spaces/1", "http://example.org/?q=rain")
LEAVES = [
    *WORDS, *TAGS, *PEOPLE, '"storm warning"', '"the * storm"', '"café ferries"', '"東京タワー"', "?", ":)", ":(", "+running", "+ran", "lang:en", "lang:de",
    "lang:und", "from:ann", "from:BOB", "from:nobody", "did:plc:x1", "url:bbc.co.uk/news", "url:example", "domain:bbc.co.uk", "domain:x.com", "!!!",
    *(f"has:{name}" for name, kind in FILTERS.items() if not kind.personal and name != "self_threads"), "exclude:replies", "exclude:links", "in:public",
    "card_name:poll*", "card_name:summary", "card_domain:bbc.co.uk", "card_url:news", "since:2024-05-02", "until:2024-05-03", "before:2024-05-02",
    "after:2024-05-01", "during:2024-05", "since_time:1714600000", "until_time:1714600000", "min_faves:2", "min_retweets:1", "min_replies:3", "min_quotes:1",
    'near:"new york"', "place:Turin", "geocode:45.07,7.68,15km", "source:twitter_for_iphone", "in_reply_to_tweet_id:q1", "quoted_tweet_id:q2",
    "retweets_of_tweet_id:p3", "retweets_of_user_id:ann", "mentions:ann", "tag:rain", "cashtag:AAPL",
]  # fmt: skip


def post(dice: random.Random, number: int) -> dict[str, Any]:
    """A post by chance, of what the queries ask for."""

    def maybe(**fields: Any) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if dice.random() < 0.25}

    pieces = [*WORDS, *TAGS, *PEOPLE, *ADDRESSES, "storm warning", "the big storm", "?", ":)", ":(", "RT", "WARNING"]
    said = " ".join(dice.choice(pieces) for _ in range(dice.randint(1, 9)))
    return {
        "id": f"p{number}",
        "author": dice.choice(["ann", "bob", "did:plc:x1", "Cleo"]),
        "author_handle": "",
        "created_at": f"2024-05-{dice.randint(1, 4):02}T{dice.randint(0, 23):02}:00:00Z",
        "text": said,
        **maybe(
            lang=dice.choice(["en", "de", "ja"]),
            reply_to="q1",
            quote_of="q2",
            likes=dice.randint(0, 4),
            reposts=dice.randint(0, 3),
            replies=4,
            quotes=1,
            media=[
                {
                    "url": "u",
                    "alt": "a storm over the ferry",
                    **dice.choice([{}, {"kind": "video"}, {"kind": "poll"}, {"kind": "Audio/ogg"}]),
                }
            ],
            urls=[dice.choice(ADDRESSES)],
            tags=["rain", "Storm"],
            mentions=["ann"],
            labels=dice.choice([[], ["nsfw"], ["other"]]),
            sensitive=True,
            content_warning="wet",
            source="Twitter for iPhone",
            geo=dice.choice([{"lat": 45.05, "lon": 7.6, "name": "Turin"}, {"name": "New York City"}, {"lat": 10.0, "lon": 7.6}]),
            card=dice.choice([{"name": "poll2choice"}, {"name": "summary", "url": "https://bbc.co.uk/news"}, {}]),
        ),
    }


def query(dice: random.Random, depth: int = 0) -> str:
    """A query by chance."""
    kind = dice.random()
    if depth < 2 and kind < 0.15:
        return f"({query(dice, depth + 1)} {query(dice, depth + 1)})"
    if depth < 2 and kind < 0.35:
        return f"{query(dice, 2)} OR {query(dice, 2)}"
    if depth < 2 and kind < 0.55:
        return f"-{query(dice, 2)}" if kind < 0.5 else f"-({query(dice, 2)} {query(dice, 2)})"
    if depth == 0 and kind < 0.75:
        return f"{query(dice, 1)} {query(dice, 1)}"
    return dice.choice(LEAVES)


def test_the_matcher_and_search_agree_on_random_posts_and_queries(app: App, write: Write) -> None:
    dice = random.Random(7)
    write(*(post(dice, number) for number in range(120)))
    view = app.view(ANONYMOUS)
    seen = view.posts([row["id"] for row in view.select(SQL("p.id"), SQL("true"), 1_000)])
    reads, network = [read(each) for each in seen], common_languages(view)
    assert len(seen) == 120
    some = 0
    for asked in [*LEAVES, *(f"-{leaf}" for leaf in LEAVES), *(query(dice) for _ in range(500))]:
        try:
            test = matcher(asked, network)
        except InputError:
            continue
        found = {row["id"] for row in view.select(SQL("p.id"), app.search.condition(asked, NOW), 1_000)}
        assert {each.seen.number for each in reads if test(each)} == found, asked
        some += 0 < len(found) < 120
    assert some > 400, "most queries told posts apart"


@pytest.mark.parametrize(
    ("asked", "culprit"),
    [
        ("conversation_id:1", "conversation_id:1"), ("ferry list:ann/birds", "list:ann/birds"), ("to:ann", "to:ann"), ("within_time:2d", "within_time:2d"),
        ("during:today", "during:today"), ("since:yesterday", "since:yesterday"), ("has:self_threads", "has:self_threads"), ("from:me", "from:me"),
        ("has:follows", "has:follows"), ("sort:latest ferry", "sort:latest"), ("since_id:1785000000000000000", "since_id"), ("foo:bar", "foo:bar"),
        ('near:turin within:15km', "near:turin"), ("lang:qht", "lang:qht"), ("(ferry", "("), ("retweeted_by:ann", "retweeted_by"),
    ],
)  # fmt: skip
def test_what_a_single_post_does_not_tell_is_refused_by_name(asked: str, culprit: str) -> None:
    with pytest.raises(InputError, match="cannot be matched on a single post") as error:
        matcher(asked)
    assert culprit in str(error.value)


@pytest.mark.parametrize("asked", ["", "  ", "!!!", "-!!!"])
def test_a_query_says_something(asked: str) -> None:
    with pytest.raises(InputError, match="says nothing"):
        matcher(asked)


def test_every_test_is_of_an_operator() -> None:
    assert TESTS.keys() <= OPERATORS.keys()
