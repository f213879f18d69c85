"""People by handle, name, topic and bio; and whom a name means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oscine.app import App
from oscine.records import ANONYMOUS, Viewer
from oscine.search import people

Find = Callable[..., list[tuple[str, str, int]]]


@pytest.fixture
def find(app: App) -> Find:
    def run(query: str, viewer: Viewer = ANONYMOUS, limit: int = 10) -> list[tuple[str, str, int]]:
        found = people.find(app.search, app.view(viewer), query, limit)
        return [(person.account.handle, person.why, person.posts) for person in found]

    return run


@pytest.fixture
def village(write: Callable[..., Any]) -> None:
    write(
        {
            "author": "1",
            "author_handle": "Ann_Smith",
            "author_name": "Ann Smith",
            "author_followers": 10,
            "text": "The telescope is ready.",
        },
        {"author": "1", "author_handle": "Ann_Smith", "author_name": "Ann Smith", "text": "A new telescope for the astronomy club."},
        {
            "author": "2",
            "author_handle": "bob",
            "author_name": "Zoë Müller",
            "author_bio": "Amateur astronomy in Kiel",
            "text": "Bread again.",
        },
        {"author": "3", "author_handle": "annette", "author_name": "Annette", "author_followers": 5_000, "text": "Rain."},
        {"author": "4", "author_handle": "cleo", "author_name": "Cleo", "text": "The telescope saw Saturn."},
    )


@pytest.mark.usefixtures("village")
def test_by_handle_name_topic_and_bio(find: Find) -> None:
    assert find("ann") == [("annette", "handle", 0), ("Ann_Smith", "handle", 2)], "both begin so: the followed one first"
    assert find("@BOB") == [("bob", "handle", 0)], "nobody mentions bob"
    assert find("ann smith")[0] == ("Ann_Smith", "name", 2), "posts are found by their author's name too"
    assert find("zoe muller")[0][:2] == ("bob", "name"), "accents do not count"
    assert find("telescope") == [("Ann_Smith", "posts", 2), ("cleo", "posts", 1)]
    assert find("astronomy") == [("Ann_Smith", "posts", 1), ("bob", "bio", 0)]
    assert len(find("telescope", limit=1)) == 1
    assert find("") == find("%") == find("_") == find("nobody of this name") == []


@pytest.mark.usefixtures("village")
def test_who_may_not_be_found(app: App, write: Callable[..., Any], find: Find) -> None:
    write(
        {"author": "5", "author_handle": "eve", "author_name": "Eve", "text": "The telescope of my followers.", "visibility": "followers"},
        {"author": "6", "author_handle": "spammer", "author_name": "Spammer", "text": "Cheap telescope", "labels": ["spam"]},
        {"author": "7", "author_handle": "shy", "author_name": "Shy", "text": "My telescope"},
        {"relation": "block", "actor": "4", "target": "1", "at": "2024-05-01T12:00:00Z"},
        {"relation": "follow", "actor": "2", "target": "5", "at": "2024-05-01T12:00:00Z"},
    )
    app.database.execute("UPDATE accounts SET searchable = false WHERE handle = 'shy'")
    handles = lambda query, viewer=ANONYMOUS: {handle for handle, _, _ in find(query, viewer)}  # noqa: E731
    assert handles("telescope") == {"Ann_Smith", "cleo"}
    assert handles("eve") == handles("spammer") == handles("shy") == set()
    me, blocked = Viewer(network="local", account="4"), Viewer(network="local", account="1")
    assert handles("ann smith", me) == set() and handles("cleo", blocked) == set(), "blocked both ways"
    assert handles("telescope", me) == {"cleo"} and handles("telescope", blocked) == {"Ann_Smith"}
    follower = Viewer(network="local", account="2")
    assert ("eve", "posts", 1) not in find("telescope", follower), "what only followers read makes nobody findable"


@pytest.mark.usefixtures("village")
def test_whom_a_name_means(app: App, write: Callable[..., Any]) -> None:
    known = app.known.known
    assert known("ann smith") == known("@ann_smith") == known("ANN_SMITH") == "Ann_Smith"
    assert known("Zoe Muller") == "bob" and known("Annette") == "annette"
    assert known("ann") is known("") is known("nobody") is known("%") is None
    write({"author": "8", "author_handle": "annette2", "author_name": "Annette", "author_followers": 4_000, "text": "I am Annette"})
    assert known("annette") == "annette", "a handle goes before a name"
    write(
        {"author": "9", "author_handle": "kim1", "author_name": "Kim", "author_followers": 900, "text": "One"},
        {"author": "10", "author_handle": "kim2", "author_name": "Kim", "author_followers": 800, "text": "Two"},
    )
    assert known("kim") is None, "two of about the same size"
    write({"author": "9", "author_handle": "kim1", "author_name": "Kim", "author_followers": 90_000, "text": "Three"})
    assert known("kim") == "kim1"
    write({"author": "11", "author_handle": "kim", "author_name": "K", "text": "For few", "visibility": "followers"})
    assert known("kim") == "kim1", "who has no public post is not known"


@pytest.mark.usefixtures("village")
def test_names_are_not_code(find: Find) -> None:
    for query in ("'; DROP TABLE accounts; --", "\\", "a\\%", "to_tsquery('x')", "{}", "%s", "ann & !"):
        find(query)
    assert find("bob")
