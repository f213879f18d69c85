"""The short answer that was read in a post: the post's words, or its author's name, never a stretch of both."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from oscine.ask import answer, worth
from oscine.engines.reader import Reading
from oscine.search.search import Found
from oscine.view import SeenPost

Seen = Callable[..., SeenPost]


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [
        (" The night", "ferry", "The night ferry"),  # a token begins with the space before its word
        (": The night", "ferry", "The night ferry"),
        ("leaves", "leaves", "leaves"),
        ("Ann", "Ann", "Ann"),
        ("Ann", "ferry", None),
        ("2024", "The night", None),
    ],
)
def test_what_is_read_is_said_where_it_is_of_the_post_or_of_its_author(seen: Seen, begins: str, ends: str, said: str | None) -> None:
    post = seen("The night ferry leaves.")
    shown = worth.readable(post)
    start = shown.index(begins)
    reading = Reading(0.9, start, shown.index(ends, start) + len(ends), 0.9)
    claim = answer.claimed(worth.Judged(Found(post, 0.0, None), 1.0, 1.0, reading))
    assert (claim.value if claim else None) == said
