"""What a viewer may not see decides nothing: a hidden post or person never shows by what a query finds or leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg.sql import SQL

from oscine.app import App
from oscine.records import ANONYMOUS, Viewer
from oscine.search import retrieve
from oscine.search.grammar import parse

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
AT = "2024-05-01T12:00:00Z"
BOB, CLEO = (Viewer(network="local", account=name) for name in ("bob", "cleo"))


def ids(app: App, query: str, viewer: Viewer) -> list[str]:
    """What the conditions of a query leave to a viewer, in order."""
    rows = app.view(viewer).select(SQL("p.key"), retrieve.condition(parse(query, NOW, viewer), ["en"]), 100, order=SQL("p.key"))
    return [row["key"] for row in rows]


def relation(kind: str, actor: str, target: str, **more: Any) -> dict[str, Any]:
    """A line."""
    return {"relation": kind, "actor": actor, "target": target, "at": AT, **more}


HIDDEN = {"id": "secret", "author": "ann", "text": "For followers", "visibility": "followers", "created_at": "2024-05-01T10:00:00Z"}
AROUND: list[dict[str, Any]] = [
    {"id": "answer", "author": "dan", "text": "Indeed", "reply_to": "secret"},
    {"id": "quote", "author": "dan", "text": "See this", "quote_of": "secret"},
    {"id": "deeper", "author": "eve", "text": "So it is", "reply_to": "answer"},
    {"id": "own", "author": "ann", "text": "One more thing", "reply_to": "secret"},
]
PROBES = [
    "to:ann", "in_reply_to_user_id:ann", "quoted_user_id:ann", "filter:self_threads", "since_id:secret", "max_id:secret",
    "replied_to_by_user_id:ann", "conversation_id:secret", "quoted_tweet_id:secret", "in_reply_to_tweet_id:secret",
    "retweets_of_tweet_id:secret", "near:turin within:5km", "near:turin",
]  # fmt: skip


@pytest.fixture
def told(app: App, write: Callable[..., Any]) -> Iterator[Callable[..., list[list[str]]]]:
    """What every probe finds, in a world with some lines."""

    def probe(viewer: Viewer, *lines: dict[str, Any]) -> list[list[str]]:
        write(*lines)
        return [ids(app, minus + query, viewer) for query in PROBES for minus in ("", "-")]

    yield probe


@pytest.mark.parametrize("viewer", [ANONYMOUS, BOB], ids=["anonymous", "bob"])
def test_a_hidden_post_is_as_good_as_none(app: App, told: Callable[..., list[list[str]]], viewer: Viewer) -> None:
    without = told(viewer, relation("follow", "cleo", "ann"), *AROUND)
    place = {"geo": {"lat": 45.0, "lon": 7.0, "name": "Turin"}, "reposts": 3, "reply_to": "own"}
    near = {"id": "near", "author": "dan", "text": "Near it", "geo": {"lat": 45.0, "lon": 7.0}}
    assert told(viewer, HIDDEN | place) == without
    assert "near" not in ids(app, "near:turin within:5km", viewer) and told(viewer, near)
    assert "near" not in ids(app, "near:turin within:5km", viewer)


def test_who_may_see_it_finds_what_hangs_on_it(app: App, write: Callable[..., Any]) -> None:
    write(relation("follow", "cleo", "ann"), *AROUND, HIDDEN)
    assert ids(app, "to:ann", CLEO) == ["answer", "own"]
    assert ids(app, "quoted_user_id:ann", CLEO) == ["quote"]
    assert ids(app, "filter:self_threads", CLEO) == ["own"]
    assert ids(app, "conversation_id:secret", CLEO) == ["answer", "deeper", "own", "secret"]
    assert ids(app, "conversation_id:secret", BOB) == ["answer", "deeper", "own"]  # the ids that visible posts name themselves
    assert ids(app, "since_id:secret", CLEO) == ["answer", "deeper", "own", "quote"]
    assert ids(app, "since_id:secret", BOB) == []


def test_a_hidden_post_cuts_a_conversation(app: App, write: Callable[..., Any]) -> None:
    write({"id": "top", "text": "Top"}, HIDDEN | {"reply_to": "top"}, AROUND[0], relation("follow", "cleo", "ann"))
    assert ids(app, "conversation_id:top", BOB) == ["top"]
    assert ids(app, "conversation_id:top", CLEO) == ["answer", "secret", "top"]


def test_a_list_is_for_its_owner_unless_it_is_public(app: App, write: Callable[..., Any]) -> None:
    write(
        {"id": "made", "author": "dan", "text": "Indeed"},
        relation("list", "bob", "dan", list="friends"),
        relation("list", "ann", "dan", list="birds", public=True),
    )
    for query in ("list:friends", "list:bob/friends"):
        assert [ids(app, query, viewer) for viewer in (BOB, CLEO, ANONYMOUS)] == [["made"], [], []]
        assert [ids(app, "-" + query, viewer) for viewer in (BOB, CLEO, ANONYMOUS)] == [[], ["made"], ["made"]]
    assert ids(app, "list:me/friends", BOB) == ["made"]
    assert [ids(app, "list:ann/birds", viewer) for viewer in (BOB, CLEO, ANONYMOUS)] == [["made"]] * 3
    write(relation("block", "ann", "cleo"))
    assert [ids(app, "list:ann/birds", viewer) for viewer in (BOB, CLEO, ANONYMOUS)] == [["made"], [], ["made"]]
    write(relation("list", "ann", "dan", list="birds", at="2024-05-02T00:00:00Z"))  # no longer public
    assert ids(app, "list:ann/birds", BOB) == []


def test_reposts_of_people_whom_the_viewer_may_not_find_count_for_nothing(app: App, write: Callable[..., Any]) -> None:
    write(
        {"id": "made", "author": "dan", "text": "Indeed"},
        {"engagement": "repost", "actor": "ann", "post": "made", "at": AT},
        relation("block", "ann", "bob"),
    )
    assert [ids(app, "retweeted_by_user_id:ann", viewer) for viewer in (BOB, CLEO, ANONYMOUS)] == [[], ["made"], ["made"]]
    app.database.execute("UPDATE accounts SET searchable = false WHERE key = 'ann'")
    assert ids(app, "retweeted_by_user_id:ann", CLEO) == []


def test_likes_are_ones_own(app: App, write: Callable[..., Any]) -> None:
    write({"id": "made", "author": "dan", "text": "Indeed"}, {"engagement": "like", "actor": "bob", "post": "made", "at": AT})
    assert ids(app, "in:likes", BOB) == ["made"]
    assert ids(app, "in:likes", CLEO) == []
    assert parse("in:likes", NOW).ignored  # nobody's


def test_search_knows_its_viewer(app: App, write: Callable[..., Any]) -> None:
    write({"id": "mine", "author": "bob", "text": "Indeed a birthday"}, {"id": "other", "author": "dan", "text": "Indeed, the storm is here"})
    write(relation("follow", "bob", "dan"))

    def found(query: str, viewer: Viewer) -> list[str]:
        return sorted(result.seen.post.id for result in app.search.search(app.view(viewer), query, now=NOW).results)

    for sort in ("", " sort:latest"):
        assert found("indeed from:me" + sort, BOB) == ["mine"]
        assert found("indeed filter:follows" + sort, BOB) == ["other"]
        assert found("indeed from:me" + sort, ANONYMOUS) == ["mine", "other"]  # told in `ignored`, and no narrower
