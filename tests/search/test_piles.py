"""Words piled up to be found come after posts that speak, and what one account repeats is one post."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from oscine.app import App
from oscine.records import ANONYMOUS
from oscine.search.rank import piled


@pytest.mark.parametrize(
    "post",
    ["quarnholm ferry winter " * 5, "Quarnholm ferry! Quarnholm ferry? Quarnholm ferry. Best deals here", "bac Brévalon hiver, " * 4],
)
def test_piles(post: str) -> None:
    assert piled(post)


@pytest.mark.parametrize(
    "post",
    [
        "",
        "no no no no no no",
        "ha 😂😂😂😂😂😂",
        "The ferry leaves at 07:40. The ferry leaves at 07:40.",
        "go $AAPL $AAPL $AAPL $TSLA $TSLA",
    ],
)
def test_speech(post: str) -> None:
    assert not piled(post)


def test_a_pile_comes_last(app: App, write: Callable[..., Any]) -> None:
    write(
        {"id": "pile", "text": "Quarnholm ferry winter " * 5},
        {"id": "post", "text": "The Quarnholm ferry leaves at 07:40 all winter long, and costs four."},
    )
    found = app.search.search(app.view(ANONYMOUS), "Quarnholm ferry winter").results
    assert [result.seen.post.id for result in found] == ["post", "pile"]


def test_a_flood_is_one_post(app: App, write: Callable[..., Any]) -> None:
    write(*({"author": "eve", "text": f"The Quarnholm ferry leaves at 09:15 in winter, says everybody. {i}"} for i in range(30)))
    write({"id": "true", "author": "port", "text": "In winter the Quarnholm ferry leaves the pier at 07:40."})
    write({"id": "other", "author": "bob", "text": "The Quarnholm ferry leaves at 07:45 in winter, says everybody. 3"})
    query, view = "when does the Quarnholm ferry leave in winter?", app.view(ANONYMOUS)
    found = [result.seen.author.id for result in app.search.search(view, query).results]
    assert sorted(found) == ["bob", "eve", "port"], "a number tells two authors apart, not a flood's posts"
    assert sorted(item.seen.author.id for item in app.search.find(view, query, 12, datetime.now(UTC))[0]) == ["bob", "eve", "port"]
